/* SPDX-License-Identifier: Apache-2.0 */
/* What a task switch saves: the callee-saved registers of RISC-V's psABI. */
#ifndef ASM_TASK_H
#define ASM_TASK_H

#include <lib/types.h>

/* Layout shared with switch.S. */
struct arch_task {
	uint64_t s[12]; /* s0 is the frame pointer */
	uint64_t ra;    /* where the switch returns to */
	uint64_t sp;
};

_Static_assert(sizeof(struct arch_task) == 14 * 8, "switch.S");

#endif
