/* SPDX-License-Identifier: Apache-2.0 */
/* A hart's own controller is the child of its CPU's node. */
#include "intc_tree.h"

#include <core/cpu.h>
#include <lib/fdt.h>
#include <libfdt.h>

static const char *const intc_compatible[] = {"riscv,cpu-intc", NULL};

/* One cell or two, as the tree has them. */
static uint64_t number_of(const void *bytes, int len)
{
	return len == 8 ? fdt64_ld(bytes) : fdt32_ld(bytes);
}

void intc_tree_read(struct intc_tree *tree, const void *fdt)
{
	struct fdt_scan scan;
	const void *reg;
	struct cpu *cpu;
	int len;

	tree->count = 0;
	if (!fdt_scan_init(&scan, fdt))
		return;
	while (tree->count < CPU_MAX && fdt_scan_next(&scan)) {
		if (scan.depth < 2 ||
		    !fdt_node_compatible_any(fdt, scan.node, intc_compatible))
			continue;
		reg = fdt_getprop(fdt, scan.chain[scan.depth - 1], "reg", &len);
		if (!reg || (len != 4 && len != 8))
			continue;
		cpu = cpu_find_hwid(number_of(reg, len));
		if (!cpu)
			continue;
		tree->intcs[tree->count].phandle =
			fdt_get_phandle(fdt, scan.node);
		tree->intcs[tree->count++].cpu = cpu->id;
	}
}

int intc_tree_cpu(const struct intc_tree *tree, uint32_t phandle)
{
	for (unsigned int i = 0; i < tree->count; i++)
		if (tree->intcs[i].phandle == phandle)
			return (int)tree->intcs[i].cpu;
	return -1;
}
