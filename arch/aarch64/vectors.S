/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EL2's exception vectors, Arm ARM D1.3.1.3.
 *
 * What comes from a lower level is a guest's. While one runs, SP_EL2 points at
 * its struct guest_regs: a vector stores the general registers there without
 * needing a scratch register, takes the host's stack from the block and calls
 * the handler, whose result virt/entry.S obeys.
 *
 * No synchronous exception, FIQ or SError of the host itself is survived, so
 * these switch to an emergency stack at once: one that hits its stack's guard
 * page has nowhere else to go.
 */
#include <arch/emergency.h>
#include <asm/sysreg.h>
#include <generated/asm-offsets.h>

#include <asm/guest_regs.h>

	.macro	adr_sym reg, sym
	adrp	\reg, \sym
	add	\reg, \reg, :lo12:\sym
	.endm

	.macro	vector target
	.balign	0x80
	b	\target
	.endm

	/* A guest's TPIDR_EL1 and TPIDRRO_EL0 serve as scratch: it will not
	 * run again. */
	.macro	fatal_vector kind
	.balign	0x80
	msr	tpidr_el1, x0
	msr	tpidrro_el0, x1
	mov	x0, #\kind
	b	fatal
	.endm

	.macro	guest_vector handler
	.balign	0x80
	stp	x0, x1, [sp, #REGS_X0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	str	x30, [sp, #240]
	mov	x0, sp
	ldp	x1, x29, [x0, #REGS_HOST_SP]
	mov	sp, x1
	bl	\handler
	b	guest_back
	.endm

	.macro	vector_table name, sync, irq, fiq, serror
	.balign	0x800
	.globl	\name
\name:
	/* EL2t: SP_EL0 is never selected here */
	fatal_vector 4
	fatal_vector 5
	fatal_vector 6
	fatal_vector 7
	/* EL2h: the host */
	fatal_vector 0
	vector	host_irq
	fatal_vector 2
	fatal_vector 3
	/* guests, AArch64 */
	guest_vector \sync
	guest_vector \irq
	guest_vector \fiq
	guest_vector \serror
	/* AArch32, at EL0 alone (HCR_EL2.RW): syndrome and SPSR_EL2 tell */
	guest_vector \sync
	guest_vector \irq
	guest_vector \fiq
	guest_vector \serror
	.balign	0x80
	.endm

	.section .text.vectors, "ax"
	vector_table el2_vectors, guest_sync, guest_irq, guest_fiq, guest_serror
#ifdef CONFIG_TRACE
	/* while guests' exits are watched: virt/watch.c */
	vector_table el2_vectors_watched, guest_sync_watched, \
		guest_irq_watched, guest_fiq_watched, guest_serror_watched
#endif

host_irq:
	sub	sp, sp, #TRAP_FRAME_SIZE
	stp	x0, x1, [sp, #TRAP_FRAME_X + 8 * 0]
	stp	x2, x3, [sp, #TRAP_FRAME_X + 8 * 2]
	stp	x4, x5, [sp, #TRAP_FRAME_X + 8 * 4]
	stp	x6, x7, [sp, #TRAP_FRAME_X + 8 * 6]
	stp	x8, x9, [sp, #TRAP_FRAME_X + 8 * 8]
	stp	x10, x11, [sp, #TRAP_FRAME_X + 8 * 10]
	stp	x12, x13, [sp, #TRAP_FRAME_X + 8 * 12]
	stp	x14, x15, [sp, #TRAP_FRAME_X + 8 * 14]
	stp	x16, x17, [sp, #TRAP_FRAME_X + 8 * 16]
	mrs	x0, elr_el2
	mrs	x1, spsr_el2
	/* x18 and a frame record (x29, pc) where x19, x20 would stand, so
	 * that backtraces go on through the interrupt */
	str	x18, [sp, #TRAP_FRAME_X + 8 * 18]
	stp	x29, x0, [sp, #TRAP_FRAME_X + 8 * 20]
	add	x29, sp, #TRAP_FRAME_X + 8 * 20
	str	x30, [sp, #TRAP_FRAME_X + 8 * 30]
	stp	x0, x1, [sp, #TRAP_FRAME_PC]
	bl	core_irq
	bl	core_preempt
	ldp	x0, x1, [sp, #TRAP_FRAME_PC]
	msr	elr_el2, x0
	msr	spsr_el2, x1
	ldr	x30, [sp, #TRAP_FRAME_X + 8 * 30]
	ldr	x29, [sp, #TRAP_FRAME_X + 8 * 20]
	ldr	x18, [sp, #TRAP_FRAME_X + 8 * 18]
	ldp	x16, x17, [sp, #TRAP_FRAME_X + 8 * 16]
	ldp	x14, x15, [sp, #TRAP_FRAME_X + 8 * 14]
	ldp	x12, x13, [sp, #TRAP_FRAME_X + 8 * 12]
	ldp	x10, x11, [sp, #TRAP_FRAME_X + 8 * 10]
	ldp	x8, x9, [sp, #TRAP_FRAME_X + 8 * 8]
	ldp	x6, x7, [sp, #TRAP_FRAME_X + 8 * 6]
	ldp	x4, x5, [sp, #TRAP_FRAME_X + 8 * 4]
	ldp	x2, x3, [sp, #TRAP_FRAME_X + 8 * 2]
	ldp	x0, x1, [sp, #TRAP_FRAME_X + 8 * 0]
	add	sp, sp, #TRAP_FRAME_SIZE
	eret

/*
 * fatal - x0: kind; the interrupted x0 in TPIDR_EL1, x1 in TPIDRRO_EL0
 *
 * Inside an emergency stack (the report itself failed) the new frame goes
 * below what is there, until half of it is full.
 */
fatal:
	msr	tpidr_el0, x0		/* the guest's as well */
	mrs	x0, tpidr_el2
	cbz	x0, 1f
	ldr	w0, [x0, #CPU_ID]
1:	adr_sym	x1, emergency_stacks + EMERGENCY_SIZE
	add	x1, x1, x0, lsl #EMERGENCY_SHIFT
	mov	x0, sp
	sub	x0, x1, x0		/* depth, if we are on it */
	cmp	x0, #EMERGENCY_SIZE
	b.hs	2f
	cmp	x0, #(EMERGENCY_SIZE / 2)
	b.hs	hopeless
	bic	x0, x0, #0xf
	add	x0, x0, #16		/* a misaligned sp may be the reason */
	sub	x1, x1, x0
2:	sub	x1, x1, #TRAP_FRAME_SIZE
	mov	x0, sp
	str	x0, [x1, #TRAP_FRAME_SP]
	mov	sp, x1
	mrs	x0, tpidr_el1
	mrs	x1, tpidrro_el0
	stp	x0, x1, [sp, #TRAP_FRAME_X + 8 * 0]
	stp	x2, x3, [sp, #TRAP_FRAME_X + 8 * 2]
	stp	x4, x5, [sp, #TRAP_FRAME_X + 8 * 4]
	stp	x6, x7, [sp, #TRAP_FRAME_X + 8 * 6]
	stp	x8, x9, [sp, #TRAP_FRAME_X + 8 * 8]
	stp	x10, x11, [sp, #TRAP_FRAME_X + 8 * 10]
	stp	x12, x13, [sp, #TRAP_FRAME_X + 8 * 12]
	stp	x14, x15, [sp, #TRAP_FRAME_X + 8 * 14]
	stp	x16, x17, [sp, #TRAP_FRAME_X + 8 * 16]
	stp	x18, x19, [sp, #TRAP_FRAME_X + 8 * 18]
	stp	x20, x21, [sp, #TRAP_FRAME_X + 8 * 20]
	stp	x22, x23, [sp, #TRAP_FRAME_X + 8 * 22]
	stp	x24, x25, [sp, #TRAP_FRAME_X + 8 * 24]
	stp	x26, x27, [sp, #TRAP_FRAME_X + 8 * 26]
	stp	x28, x29, [sp, #TRAP_FRAME_X + 8 * 28]
	str	x30, [sp, #TRAP_FRAME_X + 8 * 30]
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	stp	x2, x3, [sp, #TRAP_FRAME_PC]
	mrs	x2, esr_el2
	mrs	x3, far_el2
	stp	x2, x3, [sp, #TRAP_FRAME_ESR]
	mov	x0, sp
	mrs	x1, tpidr_el0
	mov	x29, xzr
	mov	x30, xzr
	b	trap_fatal

hopeless:
	wfi
	b	hopeless

	.section .noinit, "aw", %nobits
	.balign	4096
	.globl	emergency_stacks
emergency_stacks:
	.skip	EMERGENCY_SIZE * CONFIG_MAX_CPUS
