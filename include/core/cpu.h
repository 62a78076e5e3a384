/* SPDX-License-Identifier: Apache-2.0 */
/* The CPUs: one struct each, found by arch_this_cpu(). */
#ifndef CORE_CPU_H
#define CORE_CPU_H

#include <arch/cpu.h>
#include <arch/percpu.h>
#include <lib/types.h>
#include <lib/util.h>

extern struct cpu cpus[CPU_MAX];
/** cpu_count - CPUs of the host tree that are usable, 1..CPU_MAX */
extern unsigned int cpu_count;

/** cpu_find_hwid() - NULL when no CPU has it */
struct cpu *cpu_find_hwid(uint64_t hwid);

/**
 * cpus_of_a_kind() - those of @mask that are online and of one kind
 *
 * Of the kind that most of them are; of two such, the one with the first CPU.
 *
 * Return: 0: none is online.
 */
uint64_t cpus_of_a_kind(uint64_t mask);

/** cpus_start_all() - bring the others up; logs those that do not come */
void cpus_start_all(void);

static inline void preempt_disable(void)
{
	arch_this_cpu()->preempt_count++;
}

/** preempt_enable() - switches at once if one became due */
void preempt_enable(void);

/**
 * smp_call() - run @fn(@arg) on another CPU in interrupt context and wait
 *
 * Task context, interrupts enabled; on the own CPU it is a plain call.
 */
void smp_call(unsigned int cpu, void (*fn)(void *arg), void *arg);

/**
 * smp_quiesce() - until every CPU has left what it was in with interrupts masked
 *
 * Task context, interrupts enabled.
 */
void smp_quiesce(void);

/**
 * smp_reach_set() - a CPU may be where no interrupt of ours gets to it
 * @reach: called before each interrupt to another CPU or the own, when what
 *         that CPU is to find is written; it brings the CPU back. Any context.
 */
void smp_reach_set(void (*reach)(unsigned int cpu));

/**
 * smp_is_wanted() - has somebody an smp_call() for this CPU, or is it to stop?
 *
 * Whoever goes out of reach says so first, then asks this.
 */
bool smp_is_wanted(void);

/** smp_kick() - interrupt a CPU so that it looks at its requests; any context */
void smp_kick(unsigned int cpu);

#endif
