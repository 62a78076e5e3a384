/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a PLIC, RISC-V Platform-Level Interrupt Controller
 * Specification 1.0.0, and which of its contexts are ours.
 *
 * A source is turned off by its priority alone, 0: a completion is dropped
 * when the source is not enabled for the context that it is written to
 * (chapter 9), and the source would be silent for ever. The enable bits say
 * to which CPU a source goes, and one of them is always set.
 */
#ifndef PLIC_REGS_H
#define PLIC_REGS_H

#include <arch/percpu.h>
#include <lib/types.h>
#include <lib/util.h>

/* clang-format off */
#define PLIC_PRIORITY(source)	(4u * (source))
#define PLIC_PENDING(source)	(0x1000u + (source) / 32 * 4)
#define PLIC_ENABLE(context)	(0x2000u + 0x80u * (context))
#define PLIC_THRESHOLD(context)	(0x200000u + 0x1000u * (context))
#define PLIC_CLAIM(context)	(PLIC_THRESHOLD(context) + 4u)
#define PLIC_CONTEXT_END(context) PLIC_THRESHOLD((context) + 1)

#define PLIC_CONTEXTS_MAX	15872
#define PLIC_SOURCES_MAX	1023	/* source 0 is none */
#define PLIC_NO_CONTEXT		UINT32_MAX
/* clang-format on */

/**
 * struct plic - the host's PLIC
 * @source_count: sources are 1 to this
 * @context:      the S-mode one of each CPU, or PLIC_NO_CONTEXT
 * @route:        atomic; the CPU that a source goes to
 */
struct plic {
	volatile uint8_t *regs;
	unsigned int source_count;
	uint32_t context[CPU_MAX];
	uint16_t route[PLIC_SOURCES_MAX + 1];
};

/**
 * plic_tree_contexts() - fill @context from a node's interrupts-extended
 * @size_bytes: of its registers; contexts beyond are left out
 *
 * Harts that are no CPU of ours are passed over. What is wrong is logged.
 *
 * Return: how many CPUs have one; -EINVAL.
 */
int plic_tree_contexts(const void *fdt, int node, uint64_t size_bytes,
		       struct plic *plic);

/** plic_init() - all sources off, and routed to @cpu, which has a context */
void plic_init(struct plic *plic, unsigned int cpu);

/** plic_cpu_init() - what gets through to a CPU that has a context: all */
void plic_cpu_init(struct plic *plic, unsigned int cpu);

/** plic_enable(), plic_disable() - any CPU, no lock */
void plic_enable(struct plic *plic, unsigned int source);
void plic_disable(struct plic *plic, unsigned int source);

/**
 * plic_set_cpu() - send a source to a CPU; one caller at a time
 *
 * Return: 0; -EINVAL: the CPU has no context, and nothing changes.
 */
int __must_check plic_set_cpu(struct plic *plic, unsigned int source,
			      unsigned int cpu);

/** plic_claim() - the next of @cpu's, or 0 */
unsigned int plic_claim(struct plic *plic, unsigned int cpu);

/**
 * plic_forget() - a request that nobody took is dropped
 * @cpu: the caller's, interrupts masked
 *
 * The source is off, not claimed, and is routed to @cpu afterwards. One whose
 * line is up requests anew. A PLIC that knows no second priority, and a CPU
 * without a context, leave the request where it is.
 */
void plic_forget(struct plic *plic, unsigned int source, unsigned int cpu);

/** plic_complete() - a claimed source may come again; any CPU, no lock */
void plic_complete(struct plic *plic, unsigned int source);

#endif
