/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rockchip's DesignWare controllers of SD cards, RK3288 and later.
 *
 * The controller's own generator halves "ciu" before it divides (RK3288
 * binding: "ciu" is twice the card's clock), so that 100 MHz are asked for, or
 * what "clock-frequency" says, where somebody wrote that into the tree. Where
 * nobody drives its clock, it is as firmware left it, and known by its limit
 * alone: at most 400 MHz (RK3568 TRM part 1, CRU_CLKSEL_CON30; RK3588's is
 * 200 MHz at the card, too). The card's clock is what was asked for then, or
 * less: at a "ciu" of 24 MHz, the crystal, 3 MHz where 50 were asked for.
 */
#include <core/cold.h>
#include <drivers/clk.h>
#include <drivers/driver.h>
#include <drivers/reset.h>
#include <drivers/soc.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <mm/host_map.h>

#include "dw_mmc.h"
#include "mmc_tree.h"

#define LOG_TAG "dw_mmc"

#define CIU_HZ_MAX 400000000u
#define CIU_DIVIDER 2u
#define CIU_HZ_WANTED (CIU_DIVIDER * 50000000u)

static const struct mmc_host_ops rockchip_ops = {
	.reset = dw_mmc_reset,
	.set_clock = dw_mmc_set_clock,
	.set_width = dw_mmc_set_width,
	.command = dw_mmc_command,
	.abort = dw_mmc_abort,
	.has_card = dw_mmc_has_card,
	.is_protected = dw_mmc_is_protected,
	.silence = dw_mmc_silence,
	.quit = mmc_tree_quit,
};

/* A new card's data is in the middle of its clock, without tuning. */
#define DRIVE_DEGREES 90u
#define SAMPLE_DEGREES 0u

static void phase(const struct fdt_scan *scan, const char *name,
		  unsigned int degrees)
{
	struct clk clk;

	if (!clk_get(scan->fdt, scan->node, name, &clk) &&
	    clk_set_phase(&clk, degrees))
		log_warn("%s: phase of %s: %u degrees cannot be", scan->name,
			 name, degrees);
}

static int power_up(const struct fdt_scan *scan)
{
	int err = 0;

	if (IS_ENABLED(CONFIG_CLK)) {
		err = soc_device_on(scan->fdt, scan->node);
		if (!err && IS_ENABLED(CONFIG_CLK_ROCKCHIP))
			reset_node_pulse(scan->fdt, scan->node);
	}
	return err;
}

static uint32_t ciu_hz(const struct fdt_scan *scan)
{
	uint32_t wanted = fdt_u32(scan->fdt, scan->node, "clock-frequency", 0);
	struct clk ciu;
	uint64_t hz = 0;

	if (IS_ENABLED(CONFIG_CLK)) {
		phase(scan, "ciu-drive", DRIVE_DEGREES);
		phase(scan, "ciu-sample",
		      fdt_u32(scan->fdt, scan->node,
			      "rockchip,default-sample-phase", SAMPLE_DEGREES));
		if (!clk_get(scan->fdt, scan->node, "ciu", &ciu)) {
			/* where that cannot be, what it is counts */
			(void)!clk_set_rate(&ciu,
					    wanted ? wanted : CIU_HZ_WANTED);
			hz = clk_rate(&ciu);
		}
	}
	if (hz && hz <= CIU_HZ_MAX)
		return (uint32_t)hz;
	return wanted ? wanted : CIU_HZ_MAX;
}

static int start(struct dw_mmc *dw, const struct fdt_scan *scan)
{
	struct mmc_host *mmc = &dw->mmc;
	int err;

	mmc_tree_describe(mmc, scan);
	mmc->ops = &rockchip_ops;
	mmc->driver = "dw-mmc";
	dw->fifo_depth = fdt_u32(scan->fdt, scan->node, "fifo-depth", 0);
	dw->base_hz = ciu_hz(scan) / CIU_DIVIDER;
	if (!mmc->max_hz)
		mmc->max_hz = dw->base_hz;
	err = dw_mmc_init(dw);
	return err ? err : mmc_tree_start(mmc, scan, dw_mmc_irq);
}

static int rockchip_probe(const struct fdt_scan *scan,
			  const struct fdt_reg *reg)
{
	struct dw_mmc *dw;
	int err;

	if (reg->addr % 4 || reg->size < DW_REGS_BYTES)
		return -EINVAL;
	/* the cards' protocol and drivers of clocks are in the cold part */
	err = cold_load();
	if (err)
		return err;
	dw = heap_alloc(sizeof(*dw));
	if (!dw)
		return -ENOMEM;
	err = power_up(scan);
	if (!err) {
		dw->regs = host_map_device(hpa(reg->addr), reg->size);
		err = dw->regs ? start(dw, scan) : -ENOMEM;
	}
	if (err)
		heap_free(dw);
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
