/* SPDX-License-Identifier: Apache-2.0 */
/* What a host exception saves on its stack. */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

#include <lib/types.h>

/* Layout shared with vectors.S through asm-offsets. */
struct arch_trap_frame {
	uint64_t x[32]; /* x[0] is not written */
	uint64_t pc;
	uint64_t status;
	uint64_t cause;
	uint64_t value;
};

_Static_assert(sizeof(struct arch_trap_frame) % 16 == 0, "sp's alignment");

#endif
