/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of arch/: switching stacks between tasks. */
#ifndef ARCH_TASK_H
#define ARCH_TASK_H

#include <lib/types.h>

/* struct arch_task: what a switch saves (callee-saved registers, sp) */
#include <asm/task.h>

/**
 * arch_task_init() - make a new task's first switch enter @fn
 * @task:      storage to fill
 * @stack_top: 16-byte aligned
 * @fn:        runs with interrupts masked, as arch_task_switch() is called,
 *             and unmasks them itself; its return is core_task_exit()
 * @arg:       its argument
 */
void arch_task_init(struct arch_task *task, void *stack_top,
		    void (*fn)(void *arg), void *arg);

/**
 * arch_task_switch() - leave @prev, go on in @next; interrupts masked
 *
 * Returns when somebody switches back to @prev. Guest state is not touched:
 * arch_vcpu_run() notices by itself that another vCPU had the CPU.
 */
void arch_task_switch(struct arch_task *prev, struct arch_task *next);

#endif
