/* SPDX-License-Identifier: Apache-2.0 */
/* Processor primitives of a few instructions, see <arch/cpu.h>. */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <asm/csr.h>
#include <lib/types.h>

struct cpu;

/* tp, which no compiler touches. A guest's is swapped on the way in and out. */
static inline struct cpu *arch_this_cpu(void)
{
	struct cpu *cpu;

	/* volatile: a task may have moved since the last read */
	__asm__ volatile("mv %0, tp" : "=r"(cpu));
	return cpu;
}

static inline void arch_set_this_cpu(struct cpu *cpu)
{
	__asm__ volatile("mv tp, %0" ::"r"(cpu) : "memory");
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long flags;

	__asm__ volatile("csrrci %0, sstatus, %1"
			 : "=r"(flags)
			 : "i"(SSTATUS_SIE)
			 : "memory");
	return flags;
}

static inline void arch_irq_enable(void)
{
	csr_set(SSTATUS_SIE, sstatus);
}

static inline void arch_irq_disable(void)
{
	csr_clear(SSTATUS_SIE, sstatus);
}

static inline void arch_irq_restore(unsigned long flags)
{
	if (flags & SSTATUS_SIE)
		arch_irq_enable();
	else
		arch_irq_disable();
}

static inline bool arch_irqs_enabled(void)
{
	return csr_read(sstatus) & SSTATUS_SIE;
}

static inline void arch_wait_for_irq(void)
{
	/* what was stored before must be visible to whoever is to wake us */
	__asm__ volatile("fence; wfi" ::: "memory");
}

/* vendor, architecture and implementation in one number */
uint64_t arch_cpu_kind(void);

static inline void arch_cpu_relax(void)
{
	/* PAUSE, by number: a FENCE that orders nothing where Zihintpause is
	 * missing */
	__asm__ volatile(".4byte 0x0100000f" ::: "memory");
}

/* There is no event to wait for: who waits looks again. */
static inline void arch_wait_event(void)
{
	arch_cpu_relax();
}

static inline void arch_send_event(void)
{
}

/* Against devices too, hence all four letters. */
static inline void arch_mb(void)
{
	__asm__ volatile("fence iorw, iorw" ::: "memory");
}

static inline void arch_rmb(void)
{
	__asm__ volatile("fence ir, iorw" ::: "memory");
}

static inline void arch_wmb(void)
{
	__asm__ volatile("fence ow, ow" ::: "memory");
}

static inline uint64_t arch_counter(void)
{
	uint64_t ticks;

	/* reading it is device input to FENCE (Unprivileged ISA 6.1) */
	__asm__ volatile("fence r, i; rdtime %0" : "=r"(ticks)::"memory");
	return ticks;
}

#endif
