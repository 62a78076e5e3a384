/* SPDX-License-Identifier: Apache-2.0 */
/* What all of Arm's PrimeCell peripherals have. */
#ifndef VIRT_DEV_PRIMECELL_H
#define VIRT_DEV_PRIMECELL_H

#include <virt/vdev.h>

/* PeriphID0..3, PCellID0..3: the last eight words of its first 4 KiB */
#define PRIMECELL_ID0 0xfe0

/**
 * struct primecell - a peripheral, for its driver in the guest
 * @periph_id:  PeriphID0..3: part, designer, revision
 * @compatible: before "arm,primecell"
 * @clocks:     the name that its driver knows, the clock's node and rate; the
 *              second may be missing
 */
struct primecell {
	uint8_t periph_id[4];
	const char *compatible;
	struct {
		const char *name, *node;
		uint32_t freq_hz;
	} clocks[2];
};

/** primecell_id() - the register at @reg, a multiple of 4; 0: not of these */
uint32_t primecell_id(const struct primecell *cell, uint64_t reg);

/**
 * primecell_fdt_node() - its node in a guest's tree, with clocks and interrupt
 *
 * Return: the node, which is the last of @parent's; -ENOSPC; -EINVAL as
 * vdev_fdt_clock() and vdev_fdt_irq().
 */
int __must_check primecell_fdt_node(const struct primecell *cell,
				    const struct vdev *dev, void *fdt,
				    int parent);

#endif
