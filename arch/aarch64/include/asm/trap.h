/* SPDX-License-Identifier: Apache-2.0 */
/* What a host exception saves on its stack. */
#ifndef ASM_TRAP_H
#define ASM_TRAP_H

#include <lib/types.h>

/* Layout shared with vectors.S through asm-offsets. */
struct arch_trap_frame {
	uint64_t x[31];
	uint64_t sp; /* before the exception */
	uint64_t pc;
	uint64_t pstate;
	uint64_t esr;
	uint64_t far;
};

_Static_assert(sizeof(struct arch_trap_frame) % 16 == 0, "SP alignment");

#endif
