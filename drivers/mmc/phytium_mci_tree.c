/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phytium's controllers of SD cards and eMMC by the tree, "phytium,mci" of the
 * vendor's kernel. Power and pins are as firmware left them.
 */
#include <core/cold.h>
#include <drivers/clk.h>
#include <drivers/driver.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <mm/host_map.h>
#include <stdio.h>

#include "mmc_tree.h"
#include "phytium_mci.h"

#define LOG_TAG "phytium_mci"

/* E2000's, where the tree does not say it in words that are understood */
#define BASE_HZ 1200000000u
#define CARD_HZ_MAX 50000000u

/** struct phytium - @irq: 0: none; @protect: nobody can read the switch */
struct phytium {
	struct phytium_mci mci;
	unsigned int irq;
	bool protect;
	char name[24];
};

static struct phytium *phytium_of(struct mmc_host *mmc)
{
	return container_of(mmc, struct phytium, mci.mmc);
}

static enum irq_result phytium_irq(unsigned int irq, void *arg)
{
	struct phytium *dev = arg;

	(void)irq;
	phytium_mci_irq(&dev->mci);
	return IRQ_HANDLED;
}

static bool phytium_is_protected(struct mmc_host *mmc)
{
	return phytium_of(mmc)->protect || phytium_mci_is_protected(mmc);
}

static void phytium_quit(struct mmc_host *mmc)
{
	struct phytium *dev = phytium_of(mmc);

	if (dev->irq)
		irq_free(dev->irq);
	dev->irq = 0;
}

static const struct mmc_host_ops phytium_ops = {
	.reset = phytium_mci_reset,
	.set_clock = phytium_mci_set_clock,
	.set_width = phytium_mci_set_width,
	.command = phytium_mci_command,
	.has_card = phytium_mci_has_card,
	.is_protected = phytium_is_protected,
	.silence = phytium_mci_silence,
	.quit = phytium_quit,
};

static uint32_t base_hz(const struct fdt_scan *scan)
{
	struct clk clk;
	uint64_t hz = 0;

	if (!clk_get(scan->fdt, scan->node, NULL, &clk))
		hz = clk_rate(&clk);
	return hz && hz <= UINT32_MAX ? (uint32_t)hz : BASE_HZ;
}

static bool has(const struct fdt_scan *scan, const char *name)
{
	return fdt_prop(scan->fdt, scan->node, name, NULL);
}

static void describe(struct phytium *dev, const struct fdt_scan *scan)
{
	struct phytium_mci *mci = &dev->mci;
	struct mmc_wires wires;

	mmc_wires_read(scan->fdt, scan->node, &wires);
	snprintf(dev->name, sizeof(dev->name), "%s", scan->name);
	dev->protect = wires.unread_switch;
	mci->base_hz = base_hz(scan);
	mci->fixed = has(scan, "non-removable");
	mci->hold = has(scan, "use-hold");
	mci->removable = wires.detects;
	mci->protectable = wires.protectable;
	io_wait_init(&mci->wait);
	io_wait_init(&mci->poll);
	mci->mmc = (struct mmc_host){
		.ops = &phytium_ops,
		.name = dev->name,
		.driver = "phytium-mci",
		.node = scan->node,
		.dma.coherent = dma_is_coherent(scan->fdt, scan->node),
		.dma.max = UINT64_MAX,
		.lines = wires.lines,
		.max_hz = wires.max_hz ? wires.max_hz : CARD_HZ_MAX,
		.high_speed = wires.high_speed,
	};
	if (dev->protect)
		log_warn("%s: \"wp-gpios\" cannot be read: not to be written",
			 dev->name);
}

static int start(struct phytium *dev, const struct fdt_scan *scan)
{
	int err = phytium_mci_init(&dev->mci);
	int irq;

	if (err)
		return err;
	irq = io_irq_connect(scan->fdt, scan->node, 0, phytium_irq, dev,
			     "disk");
	dev->irq = irq > 0 ? (unsigned int)irq : 0;
	dev->mci.wait.has_irq = irq > 0;
	err = mmc_attach(&dev->mci.mmc);
	if (err)
		phytium_quit(&dev->mci.mmc);
	return err;
}

static int phytium_probe(const struct fdt_scan *scan, const struct fdt_reg *reg)
{
	struct phytium *dev;
	int err;

	/* SDIO, as a radio's: a guest's, and left as it is */
	if (has(scan, "no-sd") && has(scan, "no-mmc"))
		return -ENODEV;
	if (reg->addr % 4 || reg->size < MCI_REGS_BYTES)
		return -EINVAL;
	/* the cards' protocol and drivers of clocks are in the cold part */
	err = cold_load();
	if (err)
		return err;
	dev = heap_alloc(sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	dev->mci.regs = host_map_device(hpa(reg->addr), reg->size);
	err = dev->mci.regs ? 0 : -ENOMEM;
	if (!err) {
		describe(dev, scan);
		err = start(dev, scan);
	}
	if (err)
		heap_free(dev);
	return err;
}

static const char *const phytium_compatible[] = {"phytium,mci", NULL};

static const struct driver phytium_mci_driver = {
	.name = "phytium-mci",
	.phase = DRIVER_STORAGE,
	.compatible = phytium_compatible,
	.probe_at = phytium_probe,
};
DRIVER(phytium_mci_driver);
