/* SPDX-License-Identifier: Apache-2.0 */
/* SD host controllers on PCI: SD Host Controller 3.00, appendix A. */
#include "sdhci.h"

#include <core/cold.h>
#include <drivers/pci.h>
#include <errno.h>
#include <mm/heap.h>
#include <stdio.h>

/* base system peripheral, SD host controller, with DMA or without */
#define SDHCI_CLASS 0x080500u
#define SDHCI_REGS_BYTES 0x100u

struct sdhci_pci {
	struct sdhci sdhci;
	struct pci_function *fn;
};

static struct sdhci_pci *pci_of(struct mmc_host *mmc)
{
	return container_of(mmc, struct sdhci_pci, sdhci.mmc);
}

static bool pci_irq(void *arg)
{
	struct sdhci_pci *dev = arg;

	return sdhci_irq(&dev->sdhci);
}

static void sdhci_pci_silence(struct mmc_host *mmc)
{
	pci_silence(pci_of(mmc)->fn);
}

static void sdhci_pci_quit(struct mmc_host *mmc)
{
	pci_quit(pci_of(mmc)->fn);
}

static const struct mmc_host_ops sdhci_pci_ops = {
	.reset = sdhci_reset,
	.set_clock = sdhci_set_clock,
	.set_width = sdhci_set_width,
	.command = sdhci_command,
	.abort = sdhci_abort,
	.has_card = sdhci_has_card,
	.is_protected = sdhci_is_protected,
	.silence = sdhci_pci_silence,
	.quit = sdhci_pci_quit,
};

static int start(struct sdhci_pci *dev)
{
	struct sdhci *sdhci = &dev->sdhci;
	int err;

	pci_start(dev->fn);
	sdhci->mmc.wait.has_irq = !pci_irq_connect(dev->fn, pci_irq, dev);
	err = sdhci_init(sdhci);
	if (err)
		return err;
	sdhci->mmc.lines = sdhci->caps & CAPS_8_LINES ? 8 : 4;
	return mmc_attach(&sdhci->mmc);
}

static int sdhci_pci_probe(struct pci_function *fn)
{
	struct sdhci_pci *dev;
	struct mmc_host *mmc;
	int err = cold_load(); /* where the cards' protocol is */

	if (err)
		return err;
	dev = heap_alloc(sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	err = -EIO;
	dev->fn = fn;
	mmc = &dev->sdhci.mmc;
	mmc->removable = mmc->protectable = true;
	mmc->ops = &sdhci_pci_ops;
	snprintf(mmc->name, sizeof(mmc->name), "%s", fn->name);
	mmc->driver = "sdhci-pci";
	mmc->node = pci_node(fn);
	mmc->dma = pci_dma(fn);
	io_wait_init(&mmc->wait);
	io_wait_init(&mmc->poll);
	/* A.2: of several slots, the first */
	dev->sdhci.regs = pci_bar(fn, 0, SDHCI_REGS_BYTES);
	if (dev->sdhci.regs)
		err = start(dev);
	if (!err)
		return 0;
	pci_quit(fn);
	heap_free(dev);
	return err;
}

const struct pci_driver sdhci_pci_driver = {
	.name = "sdhci",
	.class = SDHCI_CLASS,
	.class_mask = 0xffff00,
	.probe = sdhci_pci_probe,
};
