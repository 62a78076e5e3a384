/* SPDX-License-Identifier: Apache-2.0 */
/* What a task switch saves: AAPCS64's callee-saved registers. */
#ifndef ASM_TASK_H
#define ASM_TASK_H

#include <lib/types.h>

/* Layout shared with switch.S. */
struct arch_task {
	uint64_t x19_x28[10];
	uint64_t fp; /* x29 */
	uint64_t lr; /* x30: where the switch returns to */
	uint64_t sp;
};

_Static_assert(sizeof(struct arch_task) == 13 * 8, "switch.S");

#endif
