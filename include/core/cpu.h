/* SPDX-License-Identifier: Apache-2.0 */
/* The CPUs: one struct each, found by arch_this_cpu(). */
#ifndef CORE_CPU_H
#define CORE_CPU_H

#include <arch/cpu.h>
#include <lib/types.h>
#include <lib/util.h>

struct task;

#define CPU_MAX CONFIG_MAX_CPUS

/**
 * struct cpu - one physical CPU
 * @id:            0.. in the order of the host tree's /cpus; the boot CPU is 0
 * @hwid:          MPIDR affinity bits, hart id, APIC id
 * @node:          offset of its /cpus node in the host tree
 * @stack_top:     of its idle task, set before arch_cpu_start()
 * @online:        atomic; set by the CPU itself when it can take tasks
 * @current:       task that runs here, written by the scheduler only
 * @preempt_count: > 0: no task switch; written by its CPU only
 * @need_resched:  a switch is due; set by any CPU through sched_kick()
 */
struct cpu {
	unsigned int id;
	uint64_t hwid;
	int node;
	void *stack_top;
	bool online;
	struct task *current;
	unsigned int preempt_count;
	bool need_resched;
};

extern struct cpu cpus[CPU_MAX];
/** cpu_count - CPUs of the host tree that are usable, 1..CPU_MAX */
extern unsigned int cpu_count;

/** cpu_find_hwid() - NULL when no CPU has it */
struct cpu *cpu_find_hwid(uint64_t hwid);

/** cpus_start_all() - bring the others up; logs those that do not come */
void cpus_start_all(void);

static inline void preempt_disable(void)
{
	arch_this_cpu()->preempt_count++;
}

void preempt_enable(void); /* switches at once if one became due */

/**
 * smp_call() - run @fn(@arg) on another CPU in interrupt context and wait
 *
 * Task context, interrupts enabled; on the own CPU it is a plain call.
 */
void smp_call(unsigned int cpu, void (*fn)(void *arg), void *arg);

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
