/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of the GICv3 driver share. */
#ifndef GICV3_REGS_H
#define GICV3_REGS_H

#include <arch/gic.h>
#include <arch/gic_regs.h>
#include <lib/types.h>
#include <lib/util.h>

/**
 * gicv3_redist_probe() - map the regions, find each CPU's redistributor
 *
 * Fills @info's regions, stride and registers.
 *
 * Return: 0; -EINVAL; -ENOMEM; -ENODEV when the boot CPU has none.
 */
int gicv3_redist_probe(const void *fdt, int node, struct gic *info);

#endif
