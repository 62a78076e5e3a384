/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rockchip's eMMC controllers in RK3568 and RK3588: Synopsys' DWC_mshc, which
 * is an SDHCI with registers of its own. RK3568 and RK3588 TRM part 2, chapter
 * "eMMC Host Controller".
 *
 * Its divider is not relied on: the clock unit gives the card its clock, 400
 * kHz at the most and then 24 MHz, which needs no other timing. An Image
 * without a driver of that unit sets the one field that is needed, to the
 * board's crystal, and a 64th of it; all else stays as firmware left it.
 */
#include <asm/io.h>
#include <core/cold.h>
#include <drivers/clk.h>
#include <drivers/driver.h>
#include <drivers/reset.h>
#include <drivers/soc.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <mm/host_map.h>

#include "mmc_tree.h"
#include "sdhci.h"

#define LOG_TAG "dwcmshc"

#define REGS_BYTES 0x900u

/* where the area of its own is */
#define VENDOR_POINTER 0xe8u
#define VENDOR_POINTER_MASK 0xfffu
#define VENDOR_FIRST 0x100u /* behind the standard's */
#define VENDOR_HOST_CTRL3 0x08u
#define HOST_CTRL3_CONFLICT 0x01u /* checks for conflicts on CMD */
#define HOST_CTRL3_NO_GATE 0x10u  /* the internal clock runs on */
#define VENDOR_EMMC_CTRL 0x2cu
#define EMMC_CTRL_IS_EMMC 0x001u
#define EMMC_CTRL_STROBE 0x100u

/* The delay lines: up to 52 MHz they are passed by. */
#define DLL_CTRL 0x800u
#define DLL_CTRL_START 0x1u
#define DLL_CTRL_BYPASS 0x1000000u
#define DLL_RXCLK 0x804u
#define DLL_RXCLK_ORIGINAL 0x80000000u
#define DLL_TXCLK 0x808u
#define DLL_STRBIN 0x80cu
#define DLL_CMDOUT 0x810u

/* a descriptor's data lies in one of these */
#define DMA_BOUNDARY (128u << 20)

#define FAST_HZ 24000000u
#define SLOW_HZ 400000u
#define CRYSTAL_SLOW_HZ (FAST_HZ / 64)

/**
 * struct soc - its clock unit, TRM part 1, chapter "CRU"
 * @clock:  "core" in the tree's numbers
 * @offset: CRU_CLKSEL_CON…, with the multiplexer and what divides behind it;
 *          bits 31..16 say which of 15..0 are written
 */
struct soc {
	const char *compatible;
	const char *cru;
	uint32_t clock, offset, fast, slow;
};

static const struct soc socs[] = {
	/* CRU_CLKSEL_CON28, 14..12: 0 the crystal, 5 a 64th of it */
	{"rockchip,rk3568-dwcmshc", "rockchip,rk3568-cru", 124, 0x170,
	 0x70000000, 0x70005000},
	/* CRU_CLKSEL_CON77, 15..14: 2 the crystal; 13..8: divisor - 1 */
	{"rockchip,rk3588-dwcmshc", "rockchip,rk3588-cru", 300, 0x434,
	 0xff008000, 0xff00bf00},
};

/** struct dwcmshc - @own: the area of its own; @core: its clock, or @soc and
 * @clksel, of the clock unit */
struct dwcmshc {
	struct sdhci sdhci;
	volatile uint8_t *own;
	struct clk core;
	const struct soc *soc;
	volatile uint8_t *clksel;
	bool is_emmc;
};

static struct dwcmshc *dwcmshc_of(struct mmc_host *mmc)
{
	return container_of(mmc, struct dwcmshc, sdhci.mmc);
}

static enum irq_result dwcmshc_irq(unsigned int irq, void *mmc)
{
	struct dwcmshc *dev = dwcmshc_of(mmc);

	(void)irq;
	/* even one that nobody waits for */
	io_write32(dev->sdhci.regs + SDHCI_INT_SIGNAL, 0);
	(void)sdhci_irq(&dev->sdhci);
	return IRQ_HANDLED;
}

static int own_find(struct dwcmshc *dev)
{
	uint32_t at = io_read32(dev->sdhci.regs + VENDOR_POINTER) &
		      VENDOR_POINTER_MASK;

	if (at % 4 || at < VENDOR_FIRST || at >= DLL_CTRL - VENDOR_EMMC_CTRL) {
		log_err("%s: registers of its own at %#x cannot be",
			dev->sdhci.mmc.name, at);
		return -EIO;
	}
	dev->own = dev->sdhci.regs + at;
	return 0;
}

static void own_registers(const struct dwcmshc *dev)
{
	volatile uint8_t *regs = dev->sdhci.regs, *own = dev->own;
	uint16_t emmc = io_read16(own + VENDOR_EMMC_CTRL);

	io_write32(own + VENDOR_HOST_CTRL3,
		   (io_read32(own + VENDOR_HOST_CTRL3) & ~HOST_CTRL3_CONFLICT) |
			   HOST_CTRL3_NO_GATE);
	emmc &= (uint16_t) ~(EMMC_CTRL_STROBE | EMMC_CTRL_IS_EMMC);
	if (dev->is_emmc)
		emmc |= EMMC_CTRL_IS_EMMC;
	io_write16(own + VENDOR_EMMC_CTRL, emmc);
	io_write32(regs + DLL_CTRL, DLL_CTRL_BYPASS | DLL_CTRL_START);
	io_write32(regs + DLL_RXCLK, DLL_RXCLK_ORIGINAL);
	io_write32(regs + DLL_TXCLK, 0);
	io_write32(regs + DLL_CMDOUT, 0);
	io_write32(regs + DLL_STRBIN, 0);
}

static int core_set(struct dwcmshc *dev, bool fast)
{
	int err;

	if (!IS_ENABLED(CONFIG_CLK_ROCKCHIP)) {
		io_write32(dev->clksel, fast ? dev->soc->fast : dev->soc->slow);
		dev->sdhci.base_hz = fast ? FAST_HZ : CRYSTAL_SLOW_HZ;
		return 0;
	}
	err = clk_set_rate(&dev->core, fast ? FAST_HZ : SLOW_HZ);
	dev->sdhci.base_hz = (uint32_t)clk_rate(&dev->core);
	return err;
}

/* While the card has no clock, it gets another. */
static void dwcmshc_set_clock(struct mmc_host *mmc, uint32_t hz,
			      bool high_speed)
{
	struct dwcmshc *dev = dwcmshc_of(mmc);
	bool fast = MIN(hz, mmc->max_hz) >= FAST_HZ;
	int err;

	io_write16(dev->sdhci.regs + SDHCI_CLOCK, 0);
	err = core_set(dev, fast);
	if (err) {
		log_err("%s: its core clock cannot be set: error %d",
			dev->sdhci.mmc.name, err);
		return; /* a card without clock does not answer */
	}
	own_registers(dev);
	sdhci_set_clock(mmc, hz, high_speed);
}

/* There is no switch outside of it: without its clock no data comes. */
static void dwcmshc_silence(struct mmc_host *mmc)
{
	volatile uint8_t *regs = dwcmshc_of(mmc)->sdhci.regs;

	io_write16(regs + SDHCI_CLOCK, 0);
	io_write8(regs + SDHCI_POWER, 0);
}

static const struct mmc_host_ops dwcmshc_ops = {
	.reset = sdhci_reset,
	.set_clock = dwcmshc_set_clock,
	.set_width = sdhci_set_width,
	.command = sdhci_command,
	.abort = sdhci_abort,
	.has_card = sdhci_has_card,
	.is_protected = sdhci_is_protected,
	.silence = dwcmshc_silence,
	.quit = mmc_tree_quit,
};

static const struct soc *soc_of(const struct fdt_scan *scan)
{
	const struct soc *soc = socs;

	while (soc < socs + ARRAY_SIZE(socs)) {
		const char *const list[] = {soc->compatible, NULL};

		if (fdt_node_compatible_any(scan->fdt, scan->node, list))
			return soc;
		soc++;
	}
	return NULL;
}

/* The first of its clocks is "core": the binding has them in this order. */
static int clksel_find(struct dwcmshc *dev, const struct fdt_scan *scan)
{
	const char *const cru[] = {dev->soc->cru, NULL};
	struct fdt_reg reg;
	int len, node = -1;
	const void *clocks = fdt_prop(scan->fdt, scan->node, "clocks", &len);

	if (clocks && len >= 8 && fdt_cell(clocks, 1) == dev->soc->clock)
		node = fdt_phandle_node(scan->fdt, fdt_cell(clocks, 0));
	if (node < 0 || !fdt_node_compatible_any(scan->fdt, node, cru) ||
	    fdt_node_reg(scan->fdt, node, 0, &reg) || reg.addr % 4 ||
	    reg.size < dev->soc->offset + 4) {
		log_err("%s: its core clock is not one of %s: left alone",
			dev->sdhci.mmc.name, dev->soc->cru);
		return -ENODEV;
	}
	dev->clksel = host_map_device(hpa(reg.addr), reg.size);
	if (!dev->clksel)
		return -ENOMEM;
	dev->clksel += dev->soc->offset;
	return 0;
}

static int clock_find(struct dwcmshc *dev, const struct fdt_scan *scan)
{
	int err;

	dev->soc = soc_of(scan);
	if (!dev->soc)
		return -ENODEV;
	if (!IS_ENABLED(CONFIG_CLK_ROCKCHIP))
		return clksel_find(dev, scan);
	err = clk_get(scan->fdt, scan->node, "core", &dev->core);
	if (err)
		log_err("%s: its core clock, error %d: left alone",
			dev->sdhci.mmc.name, err);
	if (err)
		return err;
	err = soc_device_on(scan->fdt, scan->node);
	if (!err)
		reset_node_pulse(scan->fdt, scan->node);
	return err;
}

static int start(struct dwcmshc *dev, const struct fdt_scan *scan)
{
	struct sdhci *sdhci = &dev->sdhci;
	struct mmc_host *mmc = &sdhci->mmc;
	uint32_t max_hz = mmc->max_hz ? mmc->max_hz : FAST_HZ;
	int err;

	mmc->ops = &dwcmshc_ops;
	mmc->driver = "dwcmshc";
	sdhci->base_hz = FAST_HZ;
	sdhci->boundary = DMA_BOUNDARY;
	dev->is_emmc = fdt_prop(scan->fdt, scan->node, "non-removable", NULL);
	err = sdhci_init(sdhci);
	if (!err)
		err = own_find(dev);
	if (err)
		return err;
	mmc->max_hz = MIN(max_hz, FAST_HZ);
	mmc->high_speed = false;
	io_write32(sdhci->regs + SDHCI_INT_SIGNAL, 0);
	return mmc_tree_start(mmc, scan, dwcmshc_irq);
}

static int dwcmshc_probe(const struct fdt_scan *scan, const struct fdt_reg *reg)
{
	struct dwcmshc *dev;
	int err;

	if (reg->addr % 4 || reg->size < REGS_BYTES)
		return -EINVAL;
	/* the cards' protocol and drivers of clocks are in the cold part */
	err = cold_load();
	if (err)
		return err;
	dev = heap_alloc(sizeof(*dev));
	if (!dev)
		return -ENOMEM;
	mmc_tree_describe(&dev->sdhci.mmc, scan);
	err = clock_find(dev, scan);
	if (!err) {
		dev->sdhci.regs = host_map_device(hpa(reg->addr), reg->size);
		err = dev->sdhci.regs ? start(dev, scan) : -ENOMEM;
	}
	if (err)
		heap_free(dev);
	return err;
}

static const char *const dwcmshc_compatible[] = {
	"rockchip,rk3568-dwcmshc", "rockchip,rk3588-dwcmshc", NULL};

static const struct driver dwcmshc_rockchip_driver = {
	.name = "dwcmshc",
	.phase = DRIVER_STORAGE,
	.compatible = dwcmshc_compatible,
	.probe_at = dwcmshc_probe,
};
DRIVER(dwcmshc_rockchip_driver);
