/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of a bare-metal test guest: a0 = hart id, a1 = device tree. */
	.section .head, "ax"
	.global _start
_start:
	lla	t0, __bss_start
	lla	t1, __bss_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	lla	sp, stack0_top
	lla	t0, trap
	csrw	stvec, t0
	call	guest_main
2:	wfi
	j	2b

/* Entry of the second hart, by hart_start; a1 is its argument. */
	.global secondary
	.balign	4
secondary:
	lla	sp, stack1_top
	lla	t0, trap
	csrw	stvec, t0
	call	guest_secondary
2:	wfi
	j	2b

	.macro	each op
	.irp	reg, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	\op	x\reg, 8 * \reg(sp)
	.endr
	.endm

	.balign	4
trap:
	addi	sp, sp, -256
	each	sd
	csrr	a0, scause
	csrr	a1, sepc
	csrr	a2, stval
	call	guest_trap
	csrw	sepc, a0
	each	ld
	addi	sp, sp, 256
	sret

	.bss
	.balign	16
	.skip	16384
stack0_top:
	.skip	16384
stack1_top:
	.section .note.GNU-stack, "", %progbits
