/* SPDX-License-Identifier: Apache-2.0 */
/* What a device stands on in its SoC, as far as there are drivers for it. */
#ifndef DRIVERS_SOC_H
#define DRIVERS_SOC_H

#include <lib/types.h>
#include <lib/util.h>

/**
 * soc_device_on() - a device has power, pins and clocks, and is in no reset
 *
 * By its node in the host tree, "power-domains", "pinctrl-0", "clocks",
 * "assigned-clocks", "resets". What nobody drives is logged and left as it is;
 * nothing is ever turned off.
 *
 * Return: 0; -EIO: its power domain does not come on, logged: whoever touches
 * its registers hangs.
 */
int __must_check soc_device_on(const void *fdt, int node);

/**
 * soc_is_provider() - is it one of those that soc_device_on() writes to?
 *
 * Who owns one does all that himself.
 */
bool soc_is_provider(const void *fdt, int node);

/** power_node_on() - its power domains, and those around them. Return: 0; -EIO
 */
int __must_check power_node_on(const void *fdt, int node);

/** pins_node_apply() - its pins are as the state "default" of them says */
void pins_node_apply(const void *fdt, int node);

#endif
