/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resets of devices, as the device tree's common binding has them ("resets").
 * Those that nobody drives, or that have a number nobody knows, are logged and
 * left as firmware has them.
 */
#ifndef DRIVERS_RESET_H
#define DRIVERS_RESET_H

#include <lib/types.h>
#include <lib/util.h>

/* In a reset for so long: the slowest clock, 400 kHz, has some edges in it. */
#define RESET_PULSE_US 20u

/** struct reset - one: a bit of a register whose upper half is a mask */
struct reset {
	volatile uint8_t *reg;
	uint32_t bit;
};

/**
 * reset_get() - entry @index of a device's list
 *
 * Return: 0; -ERANGE: behind the last one; -EINVAL: damage from there on;
 * -ENOENT, -ENODEV, -ENOMEM: this one cannot be had.
 */
int __must_check reset_get(const void *fdt, int node, unsigned int index,
			   struct reset *reset);

/** reset_write() - into it or out of it; it is when this returns */
void reset_write(const struct reset *reset, bool in_reset);

/** reset_node_release() - a device is in none of its resets any more */
void reset_node_release(const void *fdt, int node);

/** reset_node_pulse() - a device is as after power-on; its clocks run */
void reset_node_pulse(const void *fdt, int node);

#endif
