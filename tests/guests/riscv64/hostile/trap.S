/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tries and traps of the hostile guest; struct hart of hostile.h. Whatever a
 * try leaves in the registers, its trap comes back to who called try_go().
 */
#define PC 256
#define CAUSE 264
#define VALUE 272
#define STATUS 280
#define KEPT 288
#define TRYING 408
#define HART_SIZE 0x5000

	.macro	each_kept op
	\op	ra, KEPT(a0)
	\op	sp, KEPT + 8(a0)
	\op	tp, KEPT + 16(a0)
	\op	s0, KEPT + 24(a0)
	\op	s1, KEPT + 32(a0)
	\op	s2, KEPT + 40(a0)
	\op	s3, KEPT + 48(a0)
	\op	s4, KEPT + 56(a0)
	\op	s5, KEPT + 64(a0)
	\op	s6, KEPT + 72(a0)
	\op	s7, KEPT + 80(a0)
	\op	s8, KEPT + 88(a0)
	\op	s9, KEPT + 96(a0)
	\op	s10, KEPT + 104(a0)
	\op	s11, KEPT + 112(a0)
	.endm

	/* but a0, which holds the base */
	.macro	each_x op
	.irp	reg, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, \
		18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	x\reg, 8 * \reg(a0)
	.endr
	.endm

	.text
	/* void try_go(struct hart *hart, uint64_t status) */
	.balign	4
	.globl	try_go
	.hidden	try_go
try_go:
	each_kept sd
	li	t0, 1
	sd	t0, TRYING(a0)
	ld	t0, PC(a0)
	csrw	sepc, t0
	csrw	sstatus, a1
	each_x	ld
	ld	a0, 80(a0)
	sret

	.balign	4
	.globl	hostile_trap
	.hidden	hostile_trap
hostile_trap:
	csrrw	a0, sscratch, a0
	each_x	sd
	csrrw	t0, sscratch, a0
	sd	t0, 80(a0)
	csrr	t0, sepc
	sd	t0, PC(a0)
	csrr	t0, scause
	sd	t0, CAUSE(a0)
	csrr	t0, stval
	sd	t0, VALUE(a0)
	csrr	t0, sstatus
	sd	t0, STATUS(a0)
	ld	t0, TRYING(a0)
	beqz	t0, 1f
	sd	zero, TRYING(a0)
	each_kept ld
	ret
1:	/* between tries: an interrupt of code that has a stack */
	mv	s0, a0
	call	trap_irq
	mv	a0, s0
	ld	t0, PC(a0)
	csrw	sepc, t0
	each_x	ld
	ld	a0, 80(a0)
	sret

	/* by hart_start: a0 is the hart, a1 what it shall call */
	.balign	4
	.globl	hostile_secondary
	.hidden	hostile_secondary
hostile_secondary:
	lla	t0, hostile_trap
	csrw	stvec, t0
	lla	tp, harts
	li	t0, HART_SIZE
	mul	t0, t0, a0
	add	tp, tp, t0
	csrw	sscratch, tp
	li	t0, HART_SIZE
	add	sp, tp, t0
	jalr	a1
	li	a7, 0x48534d
	li	a6, 1
	ecall
2:	j	2b
	.section .note.GNU-stack, "", %progbits
