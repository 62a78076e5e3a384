/* SPDX-License-Identifier: Apache-2.0 */
/* The pretend processor: a thread of the test program. See tests/fake/fake.h */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <lib/types.h>
#include <sched.h>

struct cpu;

extern _Thread_local struct cpu *fake_this_cpu;
extern _Thread_local bool fake_irqs_masked;
extern uint64_t fake_counter; /* what arch_counter() reads; tests set it */
extern void (*fake_wait_for_irq)(void);  /* called by arch_wait_for_irq() */
extern void (*fake_relax)(void);         /* by spin loops, for sched_yield() */
extern void (*fake_irqs_unmasked)(void); /* whenever interrupts are on again */

static inline struct cpu *arch_this_cpu(void)
{
	return fake_this_cpu;
}

static inline void arch_set_this_cpu(struct cpu *cpu)
{
	fake_this_cpu = cpu;
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long flags = fake_irqs_masked;

	fake_irqs_masked = true;
	return flags;
}

static inline void arch_irq_restore(unsigned long flags)
{
	fake_irqs_masked = flags;
	if (!flags && fake_irqs_unmasked)
		fake_irqs_unmasked();
}

static inline void arch_irq_enable(void)
{
	arch_irq_restore(false);
}

static inline void arch_irq_disable(void)
{
	fake_irqs_masked = true;
}

static inline bool arch_irqs_enabled(void)
{
	return !fake_irqs_masked;
}

/* tests set cpus[].kind themselves */
static inline uint64_t arch_cpu_kind(void)
{
	return 0;
}

static inline void arch_wait_for_irq(void)
{
	if (fake_wait_for_irq)
		fake_wait_for_irq();
}

static inline void arch_cpu_relax(void)
{
	if (fake_relax)
		fake_relax();
	else
		sched_yield();
}

static inline void arch_wait_event(void)
{
	arch_cpu_relax();
}

static inline void arch_send_event(void)
{
}

static inline void arch_mb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void arch_rmb(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static inline void arch_wmb(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static inline uint64_t arch_counter(void)
{
	return __atomic_load_n(&fake_counter, __ATOMIC_RELAXED);
}

#endif
