/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Harts by the phandles of their own controllers: entries of a controller's
 * interrupts-extended name those, and a cause.
 */
#ifndef INTC_TREE_H
#define INTC_TREE_H

#include <arch/percpu.h>
#include <lib/types.h>
#include <lib/util.h>

/* Privileged ISA, scause: the external interrupt at S. */
#define CAUSE_S_EXTERNAL 9

struct intc_tree {
	unsigned int count;
	struct {
		uint32_t phandle;
		unsigned int cpu;
	} intcs[CPU_MAX];
};

/** intc_tree_read() - those of our CPUs, in one pass over the tree */
void intc_tree_read(struct intc_tree *tree, const void *fdt);

/** intc_tree_cpu() - whose it is; -1: no CPU of ours */
int intc_tree_cpu(const struct intc_tree *tree, uint32_t phandle);

#endif
