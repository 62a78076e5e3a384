/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phytium's controllers of SD cards and eMMC by the tree, "phytium,mci" of the
 * vendor's kernel. Power and pins are as firmware left them.
 */
#include <core/cold.h>
#include <drivers/clk.h>
#include <drivers/driver.h>
#include <errno.h>
#include <mm/heap.h>
#include <mm/host_map.h>

#include "mmc_tree.h"
#include "phytium_mci.h"

/* E2000's, where the tree does not say it in words that are understood */
#define BASE_HZ 1200000000u
#define CARD_HZ_MAX 50000000u

static const struct mmc_host_ops phytium_ops = {
	.reset = phytium_mci_reset,
	.set_clock = phytium_mci_set_clock,
	.set_width = phytium_mci_set_width,
	.command = phytium_mci_command,
	.abort = phytium_mci_abort,
	.has_card = phytium_mci_has_card,
	.is_protected = phytium_mci_is_protected,
	.silence = phytium_mci_silence,
	.quit = mmc_tree_quit,
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

static int start(struct phytium_mci *mci, const struct fdt_scan *scan)
{
	struct mmc_host *mmc = &mci->mmc;
	int err;

	mmc_tree_describe(mmc, scan);
	mmc->ops = &phytium_ops;
	mmc->driver = "phytium-mci";
	mci->base_hz = base_hz(scan);
	mci->fixed = has(scan, "non-removable");
	mci->hold = has(scan, "use-hold");
	if (!mmc->max_hz)
		mmc->max_hz = CARD_HZ_MAX;
	err = phytium_mci_init(mci);
	return err ? err : mmc_tree_start(mmc, scan, phytium_mci_irq);
}

static int phytium_probe(const struct fdt_scan *scan, const struct fdt_reg *reg)
{
	struct phytium_mci *mci;
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
	mci = heap_alloc(sizeof(*mci));
	if (!mci)
		return -ENOMEM;
	mci->regs = host_map_device(hpa(reg->addr), reg->size);
	err = mci->regs ? start(mci, scan) : -ENOMEM;
	if (err)
		heap_free(mci);
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
