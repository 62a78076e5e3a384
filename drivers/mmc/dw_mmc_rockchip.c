/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rockchip's DesignWare controllers of SD cards, RK3288 and later.
 *
 * Clocks, power domain and pins are as firmware left them: nobody here changes
 * them, and a controller whose bus clock is off would not answer the CPU at
 * all. U-Boot leaves on what its tree calls "okay", which is what is bound.
 *
 * What the card's clock is made of is known by its limit alone: "ciu" is at
 * most 400 MHz (RK3568 TRM part 1, CRU_CLKSEL_CON30; RK3588's is 200 MHz at
 * the card, too), and the controller's own generator halves it before it
 * divides (RK3288 binding: "ciu" is twice the card's clock). So 200 MHz is
 * divided, and the card's clock is what was asked for, or less: at a "ciu" of
 * 24 MHz, the crystal, 3 MHz where 50 were asked for. "clock-frequency" says
 * what "ciu" is, where somebody wrote it into the tree.
 */
#include <drivers/driver.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <mm/host_map.h>
#include <stdio.h>

#include "dw_mmc.h"
#include "mmc_tree.h"

#define LOG_TAG "dw_mmc"

#define CIU_HZ_MAX 400000000u
#define CIU_DIVIDER 2u

/** struct rockchip - @irq: 0: none; @protect: nobody can read the switch */
struct rockchip {
	struct dw_mmc dw;
	unsigned int irq;
	bool protect;
	char name[24];
};

static struct rockchip *rockchip_of(struct mmc_host *mmc)
{
	return container_of(mmc, struct rockchip, dw.mmc);
}

static enum irq_result rockchip_irq(unsigned int irq, void *arg)
{
	struct rockchip *dev = arg;

	(void)irq;
	dw_mmc_irq(&dev->dw);
	return IRQ_HANDLED;
}

static bool rockchip_is_protected(struct mmc_host *mmc)
{
	return rockchip_of(mmc)->protect || dw_mmc_is_protected(mmc);
}

static void rockchip_quit(struct mmc_host *mmc)
{
	struct rockchip *dev = rockchip_of(mmc);

	if (dev->irq)
		irq_free(dev->irq);
	dev->irq = 0;
}

static const struct mmc_host_ops rockchip_ops = {
	.reset = dw_mmc_reset,
	.set_clock = dw_mmc_set_clock,
	.set_width = dw_mmc_set_width,
	.command = dw_mmc_command,
	.has_card = dw_mmc_has_card,
	.is_protected = rockchip_is_protected,
	.silence = dw_mmc_silence,
	.quit = rockchip_quit,
};

static void describe(struct rockchip *dev, const struct fdt_scan *scan)
{
	struct dw_mmc *dw = &dev->dw;
	struct mmc_wires wires;

	mmc_wires_read(scan->fdt, scan->node, &wires);
	snprintf(dev->name, sizeof(dev->name), "%s", scan->name);
	dev->protect = wires.unread_switch;
	dw->fifo_depth = fdt_u32(scan->fdt, scan->node, "fifo-depth", 0);
	dw->base_hz =
		fdt_u32(scan->fdt, scan->node, "clock-frequency", CIU_HZ_MAX) /
		CIU_DIVIDER;
	dw->removable = wires.detects;
	dw->protectable = wires.protectable;
	io_wait_init(&dw->wait);
	io_wait_init(&dw->poll);
	dw->mmc = (struct mmc_host){
		.ops = &rockchip_ops,
		.name = dev->name,
		.driver = "dw-mmc",
		.node = scan->node,
		.dma.coherent = dma_is_coherent(scan->fdt, scan->node),
		.dma.max = UINT64_MAX,
		.lines = wires.lines,
		.max_hz = wires.max_hz ? wires.max_hz : dw->base_hz,
		.high_speed = wires.high_speed,
	};
	if (dev->protect)
		log_warn("%s: \"wp-gpios\" cannot be read: not to be written",
			 dev->name);
}

static int start(struct rockchip *dev, const struct fdt_scan *scan)
{
	int err = dw_mmc_init(&dev->dw);
	int irq;

	if (err)
		return err;
	irq = io_irq_connect(scan->fdt, scan->node, 0, rockchip_irq, dev,
			     "disk");
	dev->irq = irq > 0 ? (unsigned int)irq : 0;
	dev->dw.wait.has_irq = irq > 0;
	err = mmc_attach(&dev->dw.mmc);
	if (err)
		rockchip_quit(&dev->dw.mmc);
	return err;
}

static int rockchip_probe(const struct fdt_scan *scan,
			  const struct fdt_reg *reg)
{
	struct rockchip *dev;
	int err;

	if (reg->addr % 4 || reg->size < DW_REGS_BYTES)
		return -EINVAL;
	dev = heap_alloc(sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	dev->dw.regs = host_map_device(hpa(reg->addr), reg->size);
	err = -ENOMEM;
	if (dev->dw.regs) {
		describe(dev, scan);
		err = start(dev, scan);
	}
	if (err)
		heap_free(dev);
	return err;
}

static const char *const rockchip_compatible[] = {"rockchip,rk3288-dw-mshc",
						  NULL};

static const struct driver dw_mmc_rockchip_driver = {
	.name = "dw-mmc",
	.phase = DRIVER_STORAGE,
	.compatible = rockchip_compatible,
	.probe_at = rockchip_probe,
};
DRIVER(dw_mmc_rockchip_driver);
