/* SPDX-License-Identifier: Apache-2.0 */
/* NVMe controllers on PCI: NVM Express 1.4, 2. */
#include "nvme.h"

#include <drivers/pci.h>
#include <errno.h>
#include <mm/heap.h>

/* 2.1.5: mass storage, non-volatile memory, NVMe I/O controller */
#define NVME_CLASS 0x010802u
#define REGS_BYTES 0x1010u

struct nvme_pci {
	struct nvme nvme;
	struct pci_function *fn;
};

static bool pci_irq(void *arg)
{
	struct nvme_pci *dev = arg;

	return nvme_irq(&dev->nvme);
}

static void nvme_pci_silence(struct nvme *nvme)
{
	pci_silence(container_of(nvme, struct nvme_pci, nvme)->fn);
}

static void nvme_pci_quit(struct nvme *nvme)
{
	pci_quit(container_of(nvme, struct nvme_pci, nvme)->fn);
}

static int nvme_pci_probe(struct pci_function *fn)
{
	struct nvme_pci *dev = heap_alloc(sizeof(*dev));
	struct nvme *nvme;
	int err = -EIO;

	if (!dev)
		return -ENOMEM;
	dev->fn = fn;
	nvme = &dev->nvme;
	nvme->name = fn->name;
	nvme->node = pci_node(fn);
	nvme->dma = pci_dma(fn);
	nvme->silence = nvme_pci_silence;
	nvme->quit = nvme_pci_quit;
	nvme_init(nvme);
	nvme->regs = pci_bar(fn, 0, REGS_BYTES);
	if (nvme->regs) {
		pci_start(fn);
		nvme->wait.has_irq = !pci_irq_connect(fn, pci_irq, dev);
		err = nvme_start(nvme);
	}
	if (!err)
		err = nvme_disks_register(nvme);
	if (!err)
		return 0;
	if (nvme->regs)
		(void)nvme_stop(nvme);
	pci_quit(fn);
	heap_free(dev);
	return err;
}

const struct pci_driver nvme_driver = {
	.name = "nvme",
	.class = NVME_CLASS,
	.class_mask = 0xffffff,
	.probe = nvme_pci_probe,
};
