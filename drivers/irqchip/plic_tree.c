/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which context is whose: the n-th entry of interrupts-extended is what
 * context n drives, an interrupt of a hart's own controller, which is the
 * child of its CPU's node.
 */
#include "intc_tree.h"
#include "plic_regs.h"

#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>

#define LOG_TAG "plic"

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
	struct intc_tree intcs;
	const fdt32_t *entry;
	int found = 0;
	int cpu, len;

	for (unsigned int i = 0; i < CPU_MAX; i++)
		plic->context[i] = PLIC_NO_CONTEXT;
	entry = fdt_getprop(fdt, node, "interrupts-extended", &len);
	if (!entry || !len || len % 8 || len / 8 > PLIC_CONTEXTS_MAX) {
		log_err("interrupts-extended is no list of harts' interrupts");
		return -EINVAL;
	}
	intc_tree_read(&intcs, fdt);
	for (uint32_t i = 0; i < (uint32_t)len / 8; i++, entry += 2) {
		if (fdt32_ld(entry + 1) != CAUSE_S_EXTERNAL)
			continue;
		cpu = intc_tree_cpu(&intcs, fdt32_ld(entry));
		if (cpu >= 0)
			context_found(plic, i, (unsigned int)cpu, size_bytes);
	}
	for (unsigned int i = 0; i < CPU_MAX; i++)
		found += plic->context[i] != PLIC_NO_CONTEXT;
	return found;
}
