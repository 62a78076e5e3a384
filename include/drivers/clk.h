/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks, as the device tree's common binding has them: providers are found
 * when a device asks for one. Nothing is counted and nothing turned off: a
 * clock that runs may be firmware's or a guest's, too.
 *
 * In tasks, or at boot; one device is its driver's alone.
 */
#ifndef DRIVERS_CLK_H
#define DRIVERS_CLK_H

#include <lib/types.h>
#include <lib/util.h>

struct clk_provider;

/** struct clk - one clock of a provider; both are the provider's */
struct clk {
	const struct clk_provider *from;
	uint32_t id;
};

/**
 * clk_get() - a device's clock
 * @name: of "clock-names"; NULL: the first one
 *
 * Return: 0; -ENOENT: the tree has none like that, or its provider does not
 * know it; -ENODEV: nobody drives its provider; -ENOMEM; -EINVAL: damage.
 */
int __must_check clk_get(const void *fdt, int node, const char *name,
			 struct clk *clk);

/** clk_rate() - in Hz; 0: not known */
uint64_t clk_rate(const struct clk *clk);

/** clk_enable() - with all that it is made of. Return: 0; -EIO … */
int __must_check clk_enable(const struct clk *clk);

/**
 * clk_set_rate() - the fastest that is not above @hz
 *
 * What it is made of stays as it is: others may use that.
 *
 * Return: 0; -ERANGE: there is none that slow; -EPERM: not to be changed.
 */
int __must_check clk_set_rate(const struct clk *clk, uint64_t hz);

/** clk_set_phase() - against its source, in quarters. Return: 0; -EINVAL */
int __must_check clk_set_phase(const struct clk *clk, unsigned int degrees);

/**
 * clk_node_start() - a device's clocks run, set as "assigned-clocks" and what
 * belongs to that ask for
 *
 * What is not known is logged and left as firmware has it.
 */
void clk_node_start(const void *fdt, int node);

#endif
