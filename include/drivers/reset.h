/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resets of devices, as the device tree's common binding has them ("resets").
 * Those that nobody drives, or that have a number nobody knows, are logged and
 * left as firmware has them.
 */
#ifndef DRIVERS_RESET_H
#define DRIVERS_RESET_H

#include <lib/types.h>

/** reset_node_release() - a device is in none of its resets any more */
void reset_node_release(const void *fdt, int node);

/** reset_node_pulse() - a device is as after power-on; its clocks run */
void reset_node_pulse(const void *fdt, int node);

#endif
