/* SPDX-License-Identifier: Apache-2.0 */
/* What a task switch saves on the pretend processor: for tests to look at. */
#ifndef ASM_TASK_H
#define ASM_TASK_H

#include <lib/types.h>

struct arch_task {
	void *stack_top;
	void (*fn)(void *arg);
	void *arg;
	uint64_t switches;
	void *context; /* tests/fake/machine.c: what really runs */
};

#endif
