/* SPDX-License-Identifier: Apache-2.0 */
/* What assembly needs to know of C's structures. */
#include <arch/percpu.h>
#include <asm/trap.h>
#include <lib/asm_offsets.h>

#include "boot.h"

void asm_offsets(void);

void asm_offsets(void)
{
	ASM_SIZE(TRAP_FRAME_SIZE, struct arch_trap_frame);
	ASM_OFFSET(TRAP_FRAME_X, struct arch_trap_frame, x);
	ASM_OFFSET(TRAP_FRAME_SP, struct arch_trap_frame, sp);
	ASM_OFFSET(TRAP_FRAME_PC, struct arch_trap_frame, pc);
	ASM_OFFSET(TRAP_FRAME_PSTATE, struct arch_trap_frame, pstate);
	ASM_OFFSET(TRAP_FRAME_ESR, struct arch_trap_frame, esr);
	ASM_OFFSET(TRAP_FRAME_FAR, struct arch_trap_frame, far);

	ASM_OFFSET(CPU_ID, struct cpu, id);

	ASM_OFFSET(SECONDARY_ROOT, struct secondary_boot, root);
	ASM_OFFSET(SECONDARY_STACK_TOP, struct secondary_boot, stack_top);
	ASM_OFFSET(SECONDARY_CPU, struct secondary_boot, cpu);
}
