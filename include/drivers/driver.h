/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host drivers bind to nodes of the host tree by compatible string.
 *
 * Registration stores a pointer in a linker section: order means nothing;
 * @phase says when a driver is probed.
 */
#ifndef DRIVERS_DRIVER_H
#define DRIVERS_DRIVER_H

#include <core/init.h>
#include <lib/fdt.h>
#include <lib/types.h>
#include <lib/util.h>

struct driver {
	const char *name;
	enum driver_phase phase;
	const char *const *compatible; /* ends in NULL */
	const char *wanted;            /* see drivers_wanted(), or NULL */
	/* 0; -ENODEV: not mine after all; another error is logged */
	int (*probe)(const void *fdt, int node);
	/* of DRIVER_STORAGE, instead: the scan stands at the node, whose first
	 * registers are at @reg */
	int (*probe_at)(const struct fdt_scan *scan, const struct fdt_reg *reg);
};

#define DRIVER(sym)                                                            \
	static const struct driver *const __driver_##sym __linked_in(          \
		".drivers") = &(sym)

#endif
