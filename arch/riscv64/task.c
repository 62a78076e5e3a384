/* SPDX-License-Identifier: Apache-2.0 */
/* A new task's registers. */
#include <arch/task.h>

void task_trampoline(void);

void arch_task_init(struct arch_task *task, void *stack_top,
		    void (*fn)(void *arg), void *arg)
{
	*task = (struct arch_task){
		/* s0 = 0 ends backtraces */
		.s = {0, (uintptr_t)fn, (uintptr_t)arg},
		.ra = (uintptr_t)task_trampoline,
		.sp = (uintptr_t)stack_top,
	};
}
