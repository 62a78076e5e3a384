/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host PLIC's model under its driver's registers, a guest's virtual PLIC, and
 * between them what is tested. core/irq.c is a table of handlers here.
 */
#ifndef FORWARD_MACHINE_H
#define FORWARD_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <core/irq.h>
#include <errno.h>
#include <mm/heap.h>

#include "../../../arch/riscv64/virt/forward.h"
#include "../../../drivers/irqchip/plic_regs.h"
#include "../drivers/plic_model.h"
#include "vplic_machine.h"

#define HOST_CPUS 3

static struct plic host;
static struct forward forward;
static irq_handler_t handlers[SOURCES + 1];
static void *args[SOURCES + 1];
static unsigned int live; /* allocations */
static unsigned int allocs_left;
static unsigned int routings;
static bool host_edges;

void *heap_alloc(size_t size)
{
	if (!allocs_left)
		return NULL;
	allocs_left--;
	live++;
	return calloc(1, size);
}

void *heap_alloc_array(size_t count, size_t size)
{
	return heap_alloc(count * size);
}

void heap_free(void *ptr)
{
	live -= ptr != NULL;
	free(ptr);
}

static bool chip_is_shared(unsigned int irq)
{
	return irq && irq <= SOURCES;
}

static void chip_deactivate(unsigned int irq)
{
	plic_complete(&host, irq);
}

static bool chip_is_edge(unsigned int irq __unused_arg)
{
	return host_edges;
}

const struct irqchip *irq_chip(void)
{
	static const struct irqchip chip = {.deactivate = chip_deactivate,
					    .is_edge = chip_is_edge,
					    .is_shared = chip_is_shared};

	return &chip;
}

bool irq_is_free(unsigned int irq)
{
	return !handlers[irq];
}

int irq_request(unsigned int irq, irq_handler_t handler, void *arg,
		const char *name __unused_arg,
		enum irq_trigger trigger __unused_arg)
{
	if (!irq_is_free(irq))
		return -EBUSY;
	args[irq] = arg;
	__atomic_store_n(&handlers[irq], handler, __ATOMIC_RELEASE);
	plic_enable(&host, irq);
	return 0;
}

void irq_free(unsigned int irq)
{
	plic_disable(&host, irq);
	handlers[irq] = NULL;
}

void irq_set_cpu(unsigned int irq, unsigned int cpu)
{
	__atomic_fetch_add(&routings, 1, __ATOMIC_SEQ_CST);
	assert_int_equal(plic_set_cpu(&host, irq, cpu), 0);
}

void irq_forget(unsigned int irq)
{
	plic_forget(&host, irq, 0);
}

/* One interrupt on a CPU, as core_irq() takes it. Return: it, or 0. */
static inline unsigned int host_take(unsigned int cpu)
{
	unsigned int irq = plic_claim(&host, cpu);
	irq_handler_t handler;

	if (!irq)
		return 0;
	handler = __atomic_load_n(&handlers[irq], __ATOMIC_ACQUIRE);
	assert_non_null(handler);
	if (handler(irq, args[irq]) == IRQ_HANDLED)
		plic_complete(&host, irq);
	return irq;
}

static inline void machine_make(void (*raise)(struct vm *, unsigned int, bool))
{
	memset(&plic_model, 0, sizeof(plic_model));
	memset(handlers, 0, sizeof(handlers));
	plic_model_priorities = 7;
	live = routings = 0;
	host_edges = false;
	allocs_left = 1000;
	host = (struct plic){.regs = window, .source_count = SOURCES};
	for (unsigned int i = 0; i < CPU_MAX; i++)
		host.context[i] = i < HOST_CPUS ? 2 * i + 1 : PLIC_NO_CONTEXT;
	plic_init(&host, 0);
	for (unsigned int i = 0; i < HOST_CPUS; i++)
		plic_cpu_init(&host, i);
	begin(SOURCES);
	forward_init(&forward, NULL, raise, SOURCES + 1);
}

/* As the guest's write of its claim register does it. */
static inline uint64_t guest_complete(unsigned int vcpu, unsigned int cpu,
				      unsigned int source)
{
	uint64_t told = 0;
	unsigned int done =
		vplic_write(&plic, CLAIM(S_MODE(vcpu)), 4, source, &told);

	if (done)
		forward_completed(&forward, done, vcpu, cpu);
	return told;
}

#endif
