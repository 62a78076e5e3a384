/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which context is whose: the n-th entry of interrupts-extended is what
 * context n drives, an interrupt of a hart's own controller, which is the
 * child of its CPU's node.
 */
#include "plic_regs.h"

#include <core/cpu.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>

#define LOG_TAG "plic"

/* Privileged ISA, scause: the external interrupt at S. */
#define CAUSE_S_EXTERNAL 9

/* A hart's own controller, by phandle. */
struct intc {
	uint32_t phandle;
	unsigned int cpu;
};

static const char *const intc_compatible[] = {"riscv,cpu-intc", NULL};

/* One cell or two, as the tree has them. */
static uint64_t number_of(const void *bytes, int len)
{
	return len == 8 ? fdt64_ld(bytes) : fdt32_ld(bytes);
}

/* Those of our CPUs, in one pass over the tree. */
static unsigned int intcs_find(const void *fdt, struct intc intcs[CPU_MAX])
{
	unsigned int count = 0;
	struct fdt_scan scan;
	const void *reg;
	struct cpu *cpu;
	int len;

	if (!fdt_scan_init(&scan, fdt))
		return 0;
	while (count < CPU_MAX && fdt_scan_next(&scan)) {
		if (scan.depth < 2 ||
		    !fdt_node_compatible_any(fdt, scan.node, intc_compatible))
			continue;
		reg = fdt_getprop(fdt, scan.chain[scan.depth - 1], "reg", &len);
		if (!reg || (len != 4 && len != 8))
			continue;
		cpu = cpu_find_hwid(number_of(reg, len));
		if (!cpu)
			continue;
		intcs[count].phandle = fdt_get_phandle(fdt, scan.node);
		intcs[count++].cpu = cpu->id;
	}
	return count;
}

static const struct intc *intc_of(const struct intc *intcs, unsigned int count,
				  uint32_t phandle)
{
	for (unsigned int i = 0; i < count; i++)
		if (intcs[i].phandle == phandle)
			return &intcs[i];
	return NULL;
}

static void context_found(struct plic *plic, uint32_t context, unsigned int cpu,
			  uint64_t size_bytes)
{
	if (PLIC_CONTEXT_END((uint64_t)context) > size_bytes) {
		log_err("context %u of cpu%u lies beyond the %#lx bytes of reg",
			context, cpu, (unsigned long)size_bytes);
		return;
	}
	if (plic->context[cpu] != PLIC_NO_CONTEXT) {
		log_warn("cpu%u has context %u already, not %u as well", cpu,
			 plic->context[cpu], context);
		return;
	}
	plic->context[cpu] = context;
}

int plic_tree_contexts(const void *fdt, int node, uint64_t size_bytes,
		       struct plic *plic)
{
	struct intc intcs[CPU_MAX];
	const struct intc *intc;
	unsigned int intc_count;
	const fdt32_t *entry;
	int found = 0;
	int len;

	for (unsigned int i = 0; i < CPU_MAX; i++)
		plic->context[i] = PLIC_NO_CONTEXT;
	entry = fdt_getprop(fdt, node, "interrupts-extended", &len);
	if (!entry || !len || len % 8 || len / 8 > PLIC_CONTEXTS_MAX) {
		log_err("interrupts-extended is no list of harts' interrupts");
		return -EINVAL;
	}
	intc_count = intcs_find(fdt, intcs);
	for (uint32_t i = 0; i < (uint32_t)len / 8; i++, entry += 2) {
		if (fdt32_ld(entry + 1) != CAUSE_S_EXTERNAL)
			continue;
		intc = intc_of(intcs, intc_count, fdt32_ld(entry));
		if (intc)
			context_found(plic, i, intc->cpu, size_bytes);
	}
	for (unsigned int i = 0; i < CPU_MAX; i++)
		found += plic->context[i] != PLIC_NO_CONTEXT;
	return found;
}
