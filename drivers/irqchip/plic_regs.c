/* SPDX-License-Identifier: Apache-2.0 */
#include "plic_regs.h"

#include <arch/cpu.h>
#include <asm/io.h>
#include <errno.h>

/* All of the host's are of one priority. */
#define PRIORITY_OFF 0
#define PRIORITY_ON 1
#define PRIORITY_HIGHEST UINT32_MAX /* as far as it has bits: WARL, 4 */

void plic_enable(struct plic *plic, unsigned int source)
{
	io_write32(plic->regs + PLIC_PRIORITY(source), PRIORITY_ON);
}

void plic_disable(struct plic *plic, unsigned int source)
{
	io_write32(plic->regs + PLIC_PRIORITY(source), PRIORITY_OFF);
}

static void enables_fill(struct plic *plic, unsigned int cpu, uint32_t value)
{
	volatile uint8_t *reg = plic->regs + PLIC_ENABLE(plic->context[cpu]);

	for (unsigned int i = 0; i <= plic->source_count / 32; i++)
		io_write32(reg + 4 * i, value);
}

void plic_init(struct plic *plic, unsigned int cpu)
{
	for (unsigned int source = 1; source <= plic->source_count; source++) {
		plic_disable(plic, source);
		plic->route[source] = (uint16_t)cpu;
	}
	for (unsigned int i = 0; i < CPU_MAX; i++)
		if (plic->context[i] != PLIC_NO_CONTEXT)
			enables_fill(plic, i, i == cpu ? UINT32_MAX : 0);
}

void plic_cpu_init(struct plic *plic, unsigned int cpu)
{
	io_write32(plic->regs + PLIC_THRESHOLD(plic->context[cpu]), 0);
}

static void enable_write(struct plic *plic, unsigned int source,
			 unsigned int cpu, bool on)
{
	volatile uint8_t *reg =
		plic->regs + PLIC_ENABLE(plic->context[cpu]) + source / 32 * 4;
	uint32_t bit = 1u << source % 32;
	uint32_t value = io_read32(reg) & ~bit;

	io_write32(reg, on ? value | bit : value);
}

/*
 * It may be claimed on the CPU that it is taken from, and be completed right
 * now: either plic_complete() sees the new route, or its write comes before
 * the old bit goes.
 */
int plic_set_cpu(struct plic *plic, unsigned int source, unsigned int cpu)
{
	unsigned int old = plic->route[source];

	if (plic->context[cpu] == PLIC_NO_CONTEXT)
		return -EINVAL;
	if (cpu == old)
		return 0;
	enable_write(plic, source, cpu, true);
	__atomic_store_n(&plic->route[source], (uint16_t)cpu, __ATOMIC_RELAXED);
	/* pairs with the one in plic_complete() */
	arch_mb();
	enable_write(plic, source, old, false);
	return 0;
}

unsigned int plic_claim(struct plic *plic, unsigned int cpu)
{
	if (plic->context[cpu] == PLIC_NO_CONTEXT)
		return 0;
	return io_read32(plic->regs + PLIC_CLAIM(plic->context[cpu]));
}

/* Any context for which the source is enabled will do; twice does no harm. */
void plic_complete(struct plic *plic, unsigned int source)
{
	uint16_t cpu, next;

	next = __atomic_load_n(&plic->route[source], __ATOMIC_RELAXED);
	do {
		cpu = next;
		io_write32(plic->regs + PLIC_CLAIM(plic->context[cpu]), source);
		/* pairs with the one in plic_set_cpu() */
		arch_mb();
		next = __atomic_load_n(&plic->route[source], __ATOMIC_RELAXED);
	} while (next != cpu);
}

/*
 * Pending bits are read-only (chapter 5): the one way to clear one is a claim,
 * which gives the highest priority first. No other source has more than 1.
 */
void plic_forget(struct plic *plic, unsigned int source, unsigned int cpu)
{
	volatile uint8_t *priority = plic->regs + PLIC_PRIORITY(source);
	uint32_t pending = io_read32(plic->regs + PLIC_PENDING(source));

	if (!(pending >> source % 32 & 1) || plic_set_cpu(plic, source, cpu))
		return;
	io_write32(priority, PRIORITY_HIGHEST);
	if (io_read32(priority) > PRIORITY_ON && plic_claim(plic, cpu))
		plic_complete(plic, source);
	io_write32(priority, PRIORITY_OFF);
}
