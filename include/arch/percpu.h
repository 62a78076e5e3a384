/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the contract of arch/ knows of a CPU: arch_this_cpu() gives its struct
 * out, arch_cpu_start() takes it. core/ fills it in and has the array of them,
 * <core/cpu.h>; arch/ reads id, hwid and stack_top, and writes nothing.
 */
#ifndef ARCH_PERCPU_H
#define ARCH_PERCPU_H

#include <lib/types.h>

struct task;

#define CPU_MAX CONFIG_MAX_CPUS

/**
 * struct cpu - one physical CPU
 * @id:            0.. in the order of the host tree's /cpus; the boot CPU is 0
 * @hwid:          MPIDR affinity bits, hart id, APIC id
 * @kind:          arch_cpu_kind(), set before @online
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
	uint64_t kind;
	int node;
	void *stack_top;
	bool online;
	struct task *current;
	unsigned int preempt_count;
	bool need_resched;
};

#endif
