/* SPDX-License-Identifier: Apache-2.0 */
/* What assembly needs to know of C's structures. */
#include <arch/percpu.h>
#include <asm/guest_regs.h>
#include <asm/trap.h>
#include <lib/asm_offsets.h>

#include "boot.h"

void asm_offsets(void);

void asm_offsets(void)
{
	ASM_SIZE(TRAP_FRAME_SIZE, struct arch_trap_frame);
	ASM_OFFSET(TRAP_FRAME_X, struct arch_trap_frame, x);
	ASM_OFFSET(TRAP_FRAME_PC, struct arch_trap_frame, pc);
	ASM_OFFSET(TRAP_FRAME_STATUS, struct arch_trap_frame, status);
	ASM_OFFSET(TRAP_FRAME_CAUSE, struct arch_trap_frame, cause);
	ASM_OFFSET(TRAP_FRAME_VALUE, struct arch_trap_frame, value);

	ASM_OFFSET(GUEST_X, struct guest_regs, x);
	ASM_OFFSET(GUEST_PC, struct guest_regs, pc);
	ASM_OFFSET(GUEST_STATUS, struct guest_regs, status);
	ASM_OFFSET(GUEST_HOST_SP, struct guest_regs, host_sp);
	ASM_OFFSET(GUEST_HOST_SCRATCH, struct guest_regs, host_scratch);
	ASM_OFFSET(GUEST_VECTORS, struct guest_regs, vectors);
	ASM_OFFSET(GUEST_HOST_VECTORS, struct guest_regs, host_vectors);

	ASM_SIZE(GUEST_SIZE, struct guest_regs);

	ASM_OFFSET(CPU_ID, struct cpu, id);

	ASM_OFFSET(SECONDARY_SATP, struct secondary_boot, satp);
	ASM_OFFSET(SECONDARY_STACK_TOP, struct secondary_boot, stack_top);
	ASM_OFFSET(SECONDARY_CPU, struct secondary_boot, cpu);
}
