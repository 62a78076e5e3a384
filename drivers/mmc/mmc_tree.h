/* SPDX-License-Identifier: Apache-2.0 */
/* What a controller's node says about its wires: the tree's binding
 * mmc-controller. */
#ifndef DRIVERS_MMC_TREE_H
#define DRIVERS_MMC_TREE_H

#include <lib/types.h>

/**
 * struct mmc_wires
 * @lines:       of data: 1, 4, 8
 * @max_hz:      0: nothing is said
 * @high_speed:  they carry 50 MHz
 * @detects:     the controller's own input tells whether a card is there
 * @protectable: its own input has the switch on the card
 * @unread_switch: that switch is where nobody reads it
 */
struct mmc_wires {
	unsigned int lines;
	uint32_t max_hz;
	bool high_speed;
	bool detects, protectable, unread_switch;
};

/** mmc_wires_read() - of @node */
void mmc_wires_read(const void *fdt, int node, struct mmc_wires *wires);

#endif
