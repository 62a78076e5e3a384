/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register block that SP_EL2 points at while a guest runs; shared by
 * the vectors, entry.S and C.
 */
#ifndef ASM_GUEST_REGS_H
#define ASM_GUEST_REGS_H

/* Offsets in struct guest_regs, for entry.S; asserted below. */
#define REGS_X0 0
#define REGS_HOST_SP 264
#define REGS_SIZE 288

/* What guest_sync(), guest_irq() and guest_serror() tell entry.S to do. */
#define RESUME 0     /* x19..x28 of the guest are still in the registers */
#define RESUME_ALL 1 /* one of them was written in the block: load them */
#define LEAVE 2      /* return from guest_enter() */

#ifndef __ASSEMBLER__
#include <lib/types.h>

/**
 * struct guest_regs - general registers of a vCPU
 * @x:       valid between an exit and the return to the guest
 * @pc:      valid while the vCPU is outside arch_vcpu_run(); ELR_EL2 inside
 * @pstate:  the same with SPSR_EL2
 * @host_sp: host stack and frame pointer of the arch_vcpu_run() in progress
 */
struct guest_regs {
	uint64_t x[31];
	uint64_t pc;
	uint64_t pstate;
	uint64_t host_sp;
	uint64_t host_fp;
	uint64_t pad;
} __attribute__((aligned(16)));

_Static_assert(offsetof(struct guest_regs, host_sp) == REGS_HOST_SP, "entry.S");
_Static_assert(sizeof(struct guest_regs) == REGS_SIZE, "entry.S");

/**
 * guest_enter() - load the general registers and go; interrupts masked
 *
 * ELR_EL2 and SPSR_EL2 hold the guest's PC and PSTATE. Returns after the
 * first exit that its handler does not finish.
 */
void guest_enter(struct guest_regs *regs);

/* Called by entry.S. Return: RESUME, RESUME_ALL or LEAVE. */
int guest_sync(struct guest_regs *regs);
int guest_irq(struct guest_regs *regs);
int guest_fiq(struct guest_regs *regs);
int guest_serror(struct guest_regs *regs);
/* The same while exits are watched, watch.c */
int guest_sync_watched(struct guest_regs *regs);
int guest_irq_watched(struct guest_regs *regs);
int guest_fiq_watched(struct guest_regs *regs);
int guest_serror_watched(struct guest_regs *regs);
#endif

#endif
