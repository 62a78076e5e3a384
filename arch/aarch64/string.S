/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memcpy() and memmove() for any alignment, 64 bytes to a round: the
 * library's, written for any machine, go byte by byte between addresses of
 * different alignment. Normal memory only, with the MMU on.
 */
	.text

	/* void *memmove(void *dst, const void *src, size_t size) */
	.globl	memmove
	.type	memmove, %function
memmove:
	sub	x3, x0, x1
	cmp	x3, x2
	b.lo	backwards	/* dst lies inside [src, src + size) */
	/* forwards does: falls through */
	.size	memmove, . - memmove

	/* Each round loads all before it stores, as memmove() needs. */
	.globl	memcpy
	.type	memcpy, %function
memcpy:
	mov	x3, x0
	subs	x2, x2, #64
	b.lo	2f
1:	ldp	x4, x5, [x1]
	ldp	x6, x7, [x1, #16]
	ldp	x8, x9, [x1, #32]
	ldp	x10, x11, [x1, #48]
	add	x1, x1, #64
	stp	x4, x5, [x3]
	stp	x6, x7, [x3, #16]
	stp	x8, x9, [x3, #32]
	stp	x10, x11, [x3, #48]
	add	x3, x3, #64
	subs	x2, x2, #64
	b.hs	1b
	/* x2 is the rest less 64: its low six bits are the rest's */
2:	tbz	x2, #5, 3f
	ldp	x4, x5, [x1]
	ldp	x6, x7, [x1, #16]
	add	x1, x1, #32
	stp	x4, x5, [x3]
	stp	x6, x7, [x3, #16]
	add	x3, x3, #32
3:	tbz	x2, #4, 4f
	ldp	x4, x5, [x1], #16
	stp	x4, x5, [x3], #16
4:	tbz	x2, #3, 5f
	ldr	x4, [x1], #8
	str	x4, [x3], #8
5:	tbz	x2, #2, 6f
	ldr	w4, [x1], #4
	str	w4, [x3], #4
6:	tbz	x2, #1, 7f
	ldrh	w4, [x1], #2
	strh	w4, [x3], #2
7:	tbz	x2, #0, 8f
	ldrb	w4, [x1]
	strb	w4, [x3]
8:	ret
	.size	memcpy, . - memcpy

	.type	backwards, %function
backwards:
	add	x1, x1, x2
	add	x3, x0, x2
	subs	x2, x2, #64
	b.lo	2f
1:	ldp	x4, x5, [x1, #-16]
	ldp	x6, x7, [x1, #-32]
	ldp	x8, x9, [x1, #-48]
	ldp	x10, x11, [x1, #-64]!
	stp	x4, x5, [x3, #-16]
	stp	x6, x7, [x3, #-32]
	stp	x8, x9, [x3, #-48]
	stp	x10, x11, [x3, #-64]!
	subs	x2, x2, #64
	b.hs	1b
2:	tbz	x2, #5, 3f
	ldp	x4, x5, [x1, #-16]
	ldp	x6, x7, [x1, #-32]!
	stp	x4, x5, [x3, #-16]
	stp	x6, x7, [x3, #-32]!
3:	tbz	x2, #4, 4f
	ldp	x4, x5, [x1, #-16]!
	stp	x4, x5, [x3, #-16]!
4:	tbz	x2, #3, 5f
	ldr	x4, [x1, #-8]!
	str	x4, [x3, #-8]!
5:	tbz	x2, #2, 6f
	ldr	w4, [x1, #-4]!
	str	w4, [x3, #-4]!
6:	tbz	x2, #1, 7f
	ldrh	w4, [x1, #-2]!
	strh	w4, [x3, #-2]!
7:	tbz	x2, #0, 8f
	ldrb	w4, [x1, #-1]
	strb	w4, [x3, #-1]
8:	ret
	.size	backwards, . - backwards
