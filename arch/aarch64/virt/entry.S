/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into the guest and, from a handler, back to it or out. The way in from the
 * guest stands in its vectors, ../vectors.S.
 *
 * A handler written in C keeps x19..x29 as the guest left them, so the way back
 * loads these only when told to.
 *
 * Host frame of guest_enter(), 112 bytes: x29 x30 | x19..x28 | regs, pad.
 */
#include <asm/guest_regs.h>

	.text

	.globl	guest_back
	.type	guest_back, %function
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
	.size	guest_back, . - guest_back

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
