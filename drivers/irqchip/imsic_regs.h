/* SPDX-License-Identifier: Apache-2.0 */
/* The harts' interrupt files: AIA 1.0, chapter 3. */
#ifndef IMSIC_REGS_H
#define IMSIC_REGS_H

#include <arch/aia.h>
#include <lib/types.h>

/**
 * imsic_cpu_init() - on each CPU that has a file
 *
 * Every identity is enabled, whoever may use it: what is not to come is held
 * back where it comes from. So no CPU ever has to ask another to enable one.
 */
void imsic_cpu_init(const struct imsic *imsic);

/**
 * imsic_tree_read() - the S-level files of a node
 *
 * What is wrong is logged.
 *
 * Return: 0; -ENODEV: they are machine level's; -EINVAL.
 */
int imsic_tree_read(const void *fdt, int node, struct imsic *imsic);

/**
 * imsic_use() - probe this node now, unless it is done
 *
 * Return: 0: these are the files that are used; -Exxx.
 */
int imsic_use(const void *fdt, int node);

#endif
