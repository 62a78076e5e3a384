/* SPDX-License-Identifier: Apache-2.0 */
/* Controllers that a tree describes: its binding mmc-controller. */
#ifndef DRIVERS_MMC_TREE_H
#define DRIVERS_MMC_TREE_H

#include <drivers/driver.h>

#include "mmc.h"

/**
 * mmc_tree_describe() - what the node says about @host, all else of it zero
 *
 * Its name, node, dma, lines and high_speed; max_hz, 0: nothing is said; who
 * knows about the card and its switch.
 */
void mmc_tree_describe(struct mmc_host *host, const struct fdt_scan *scan);

/** mmc_tree_start() - mmc_attach() with the node's interrupt; @handler gets
 * @host */
int __must_check mmc_tree_start(struct mmc_host *host,
				const struct fdt_scan *scan,
				irq_handler_t handler);

/** mmc_tree_quit() - for struct mmc_host_ops */
void mmc_tree_quit(struct mmc_host *host);

#endif
