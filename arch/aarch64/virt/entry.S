/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into the guest and out of it.
 *
 * While the guest runs, SP_EL2 points at its struct guest_regs: an exception
 * stores the general registers there without needing a scratch register, then
 * takes the host stack from the block. A handler written in C keeps x19..x29
 * as the guest left them, so the way back loads these only when told to.
 *
 * Host frame of guest_enter(), 112 bytes: x29 x30 | x19..x28 | regs, pad.
 */
#include "regs.h"

	.text

	.macro save_guest
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
	.endm

	.macro guest_vector name, handler
	.globl	\name
	.balign	64
	.type	\name, %function
\name:
	save_guest
	bl	\handler
	b	guest_back
	.size	\name, . - \name
	.endm

	guest_vector el1_irq_entry, guest_irq
	guest_vector el1_fiq_entry, guest_fiq
	guest_vector el1_serror_entry, guest_serror

#ifdef CONFIG_TRACE
	guest_vector el1_sync_watched, guest_sync_watched
	guest_vector el1_irq_watched, guest_irq_watched
	guest_vector el1_fiq_watched, guest_fiq_watched
	guest_vector el1_serror_watched, guest_serror_watched
#endif

	/* EL1 is never AArch32 (HCR_EL2.RW), so that is AArch32 at EL0: the
	 * syndrome and SPSR_EL2 tell */
	.globl	el1_sync_entry, el1_a32_entry
	.balign	64
	.type	el1_sync_entry, %function
el1_sync_entry:
el1_a32_entry:
	save_guest
	bl	guest_sync
	/* falls through */
	.size	el1_sync_entry, . - el1_sync_entry

guest_back:
	ldr	x1, [sp, #96]
	cbnz	w0, 1f
0:	mov	sp, x1
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldr	x18, [sp, #144]
	ldp	x29, x30, [sp, #232]
	ldp	x0, x1, [sp, #REGS_X0]
	eret
	/* nothing runs past ERET, in speculation either */
	dsb	nsh
	isb

1:	cmp	w0, #LEAVE
	b.eq	2f
guest_load_saved:
	ldp	x19, x20, [x1, #152]
	ldp	x21, x22, [x1, #168]
	ldp	x23, x24, [x1, #184]
	ldp	x25, x26, [x1, #200]
	ldp	x27, x28, [x1, #216]
	b	0b

2:	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret

	.globl	guest_enter
	.type	guest_enter, %function
guest_enter:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #96]
	mov	x29, sp
	stp	x29, x29, [x0, #REGS_HOST_SP]
	mov	x1, x0
	b	guest_load_saved
	.size	guest_enter, . - guest_enter

	.section .note.GNU-stack, "", %progbits
