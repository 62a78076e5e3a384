/* SPDX-License-Identifier: Apache-2.0 */
/* Processor primitives of a few instructions, see <arch/cpu.h>. */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <asm/sysreg.h>
#include <lib/types.h>

struct cpu;

/* TPIDR_EL2 is the host's alone: no guest can see or write it. */
static inline struct cpu *arch_this_cpu(void)
{
	struct cpu *cpu;

	/* volatile: a task may have moved since the last read */
	__asm__ volatile("mrs %0, tpidr_el2" : "=r"(cpu));
	return cpu;
}

static inline void arch_set_this_cpu(struct cpu *cpu)
{
	write_sysreg((uintptr_t)cpu, tpidr_el2);
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long flags = read_sysreg(daif);

	__asm__ volatile("msr daifset, #2" ::: "memory");
	return flags;
}

static inline void arch_irq_restore(unsigned long flags)
{
	write_sysreg(flags, daif);
}

static inline void arch_irq_enable(void)
{
	__asm__ volatile("msr daifclr, #2" ::: "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

static inline bool arch_irqs_enabled(void)
{
	return !(read_sysreg(daif) & PSR_I);
}

static inline void arch_wait_for_irq(void)
{
	/* what was stored before must be visible to whoever is to wake us */
	__asm__ volatile("dsb sy; wfi" ::: "memory");
}

/* implementer, part and revision: errata are known by all of them */
static inline uint64_t arch_cpu_kind(void)
{
	return read_sysreg(midr_el1);
}

static inline void arch_cpu_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

static inline void arch_wait_event(void)
{
	__asm__ volatile("wfe" ::: "memory");
}

static inline void arch_send_event(void)
{
	/* the store that ends the wait goes first */
	__asm__ volatile("dsb ishst; sev" ::: "memory");
}

/* Against devices too, hence the full system; DSB where completion counts. */
static inline void arch_mb(void)
{
	dmb(sy);
}

static inline void arch_rmb(void)
{
	dmb(ld);
}

static inline void arch_wmb(void)
{
	dmb(st);
}

static inline uint64_t arch_counter(void)
{
	/* the counter may be read ahead of earlier instructions otherwise */
	isb();
	return read_sysreg(cntpct_el0);
}

/** aarch64_timer_node() - the timers' in the host tree; < 0: none */
int aarch64_timer_node(void);

#endif
