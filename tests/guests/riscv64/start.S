/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of every bare-metal test guest: stacks, the trap vector. a0 = hart id,
 * a1 = device tree; in S-mode without translation, wherever it is loaded.
 *
 * The compiler leaves gp and tp alone (nothing is relaxed): tp is the number of
 * the CPU, and into gp a trap's first instruction can read the counter.
 */
	.macro	each op, list:vararg
	.irp	reg, \list
	\op	x\reg, 8 * \reg(sp)
	.endr
	.endm

	.section .head, "ax"
	.global _start
_start:
	rdtime	gp			/* the guest's first instruction */
	.irp	reg, 1, 2, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, \
		21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	or	tp, tp, x\reg
	.endr
	lla	t0, __bss_start
	lla	t1, __bss_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b
	lla	t0, start_regs
	sd	tp, 0(t0)
	li	tp, 0
	lla	sp, stack0_top
	mv	s1, gp
	mv	s2, a1
	call	setup
	call	machine_start
	mv	a0, s1
	mv	a1, s2
	li	s0, 0			/* the last frame */
	call	guest_main
2:	wfi
	j	2b

/* Entry of the second hart, by hart_start; a1 is its argument. */
	.global secondary
	.balign	4
secondary:
	li	tp, 1
	lla	sp, stack1_top
	mv	s2, a1
	call	setup
	mv	a0, s2
	li	s0, 0
	call	guest_secondary
3:	wfi
	j	3b

setup:
	lla	t0, trap
	csrw	stvec, t0
	li	t0, 1 << 13		/* FS: no traps */
	csrs	sstatus, t0
	ret

	.weak	guest_secondary
guest_secondary:
	ret

/* What a call may change; others are kept by who is called. */
	.balign	4
trap:
	rdtime	gp
	.global trap_counted		/* with another counter in gp */
trap_counted:
	addi	sp, sp, -256
	each	sd, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	csrr	a0, scause
	bltz	a0, 1f
	csrr	a1, sepc
	csrr	a2, stval
	call	guest_sync
	csrw	sepc, a0
	j	3f
1:	slli	a0, a0, 1
	srli	a0, a0, 1
	li	t0, 1
	beq	a0, t0, 2f
	li	t0, 5
	beq	a0, t0, 2f
	li	t0, 9
	beq	a0, t0, 2f
	call	guest_unexpected
	j	3f
2:	mv	a0, gp
	call	guest_irq
3:	each	ld, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	addi	sp, sp, 256
	sret

	.bss
	.balign	8
	.global	start_regs
start_regs:
	.skip	8
	.balign	16
	.skip	16384
stack0_top:
	.skip	16384
stack1_top:
	.section .note.GNU-stack, "", %progbits
