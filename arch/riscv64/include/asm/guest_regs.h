/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's exit saves, beside the CSRs that stay in the hart. */
#ifndef ASM_GUEST_REGS_H
#define ASM_GUEST_REGS_H

/* What guest_exit() and guest_resume() tell entry.S to do. */
#define RESUME 0     /* s1..s11 of the guest are still in the registers */
#define RESUME_ALL 1 /* one of them was written in memory: load them */
#define LEAVE 2      /* return from guest_enter() */

#ifndef __ASSEMBLY__
#include <lib/types.h>

/**
 * struct guest_regs - layout shared with entry.S through asm-offsets
 * @x:       valid between an exit and the return to the guest; x[0] is not
 *           written
 * @pc:      valid while the vCPU is outside guest_enter(); sepc inside
 * @status:  the same with sstatus: SPP is its mode, FS its registers' state
 * @vectors: where an exit goes: guest_left or guest_left_watched
 * @host_*:  of the guest_enter() in progress
 */
struct guest_regs {
	uint64_t x[32];
	uint64_t pc;
	uint64_t status;
	uint64_t vectors;
	uint64_t host_sp;
	uint64_t host_scratch;
	uint64_t host_vectors;
};

/**
 * guest_enter() - load the general registers and go; interrupts masked
 *
 * Returns after the first exit that its handler does not finish.
 */
void guest_enter(struct guest_regs *regs);
extern const char guest_left[], guest_left_watched[];

/* Called by entry.S. Return: RESUME, RESUME_ALL or LEAVE. */
int guest_exit(struct guest_regs *regs, uint64_t cause);
/* The same while exits are watched */
int guest_exit_watched(struct guest_regs *regs, uint64_t cause);
/** guest_resume() - before a return that does not just go on: @action says so,
 * or marks stand in struct arch_vcpu */
int guest_resume(struct guest_regs *regs, int action);
#endif

#endif
