/* SPDX-License-Identifier: Apache-2.0 */
/*
 * S-mode's trap vectors, Privileged ISA 12.1.2, of the host itself: exceptions
 * come to the table's first entry, interrupts to the one of their cause.
 *
 * No exception of the host is survived, so it switches to an emergency stack
 * at once: one that hits its stack's guard page has nowhere else to go. While
 * the host runs, sscratch holds this CPU's.
 */
#include <asm/csr.h>
#include <generated/asm-offsets.h>

#include <arch/emergency.h>

	/* Interrupts: caller-saved registers, then what SRET needs; on top a
	 * frame record (s0, pc), so that backtraces go on through it. */
#define IRQ_FRAME_SIZE 160
#define IRQ_STATUS 128
#define IRQ_RECORD 144

	.macro	each_caller_saved op
	\op	ra, 0(sp)
	\op	t0, 8(sp)
	\op	t1, 16(sp)
	\op	t2, 24(sp)
	\op	a0, 32(sp)
	\op	a1, 40(sp)
	\op	a2, 48(sp)
	\op	a3, 56(sp)
	\op	a4, 64(sp)
	\op	a5, 72(sp)
	\op	a6, 80(sp)
	\op	a7, 88(sp)
	\op	t3, 96(sp)
	\op	t4, 104(sp)
	\op	t5, 112(sp)
	\op	t6, 120(sp)
	.endm

	.section .text.vectors, "ax"
	.balign	256
	.option	push
	.option	norvc
	.option	norelax
	.globl	host_vectors
host_vectors:
	j	fatal
	.rept	15
	j	host_irq
	.endr
	.option	pop

	.balign	4
host_irq:
	addi	sp, sp, -IRQ_FRAME_SIZE
	each_caller_saved sd
	csrr	t0, sepc
	csrr	t1, sstatus
	sd	t1, IRQ_STATUS(sp)
	sd	s0, IRQ_RECORD(sp)
	sd	t0, IRQ_RECORD + 8(sp)
	addi	s0, sp, IRQ_FRAME_SIZE
	call	core_irq
	call	core_preempt
	ld	t0, IRQ_RECORD + 8(sp)
	ld	t1, IRQ_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	ld	s0, IRQ_RECORD(sp)
	each_caller_saved ld
	addi	sp, sp, IRQ_FRAME_SIZE
	sret

/*
 * fatal - build a frame on the emergency stack, of which the top words serve
 * as scratch
 *
 * Inside it (the report itself failed) the new frame goes below what is there,
 * until half of it is full.
 */
	.balign	4
fatal:
	csrrw	sp, sscratch, sp
	sd	t0, -8(sp)
	sd	t1, -16(sp)
	csrr	t0, sscratch		/* the interrupted sp */
	csrw	sscratch, sp
	sub	t1, sp, t0		/* depth, if we are on it */
	sd	t0, -24(sp)
	addi	sp, sp, -32
	srli	t0, t1, EMERGENCY_SHIFT
	bnez	t0, 1f
	srli	t0, t1, EMERGENCY_SHIFT - 1
	bnez	t0, hopeless
	/* a misaligned sp may be the reason */
	andi	t1, t1, -16
	addi	t1, t1, 16 - 32
	sub	sp, sp, t1
1:	addi	sp, sp, -TRAP_FRAME_SIZE
	.irp	reg, 1, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, \
		20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\reg, TRAP_FRAME_X + 8 * \reg(sp)
	.endr
	csrr	t2, sscratch
	ld	t0, -8(t2)
	sd	t0, TRAP_FRAME_X + 8 * 5(sp)
	ld	t0, -16(t2)
	sd	t0, TRAP_FRAME_X + 8 * 6(sp)
	ld	t0, -24(t2)
	sd	t0, TRAP_FRAME_X + 8 * 2(sp)
	csrr	t0, sepc
	sd	t0, TRAP_FRAME_PC(sp)
	csrr	t0, sstatus
	sd	t0, TRAP_FRAME_STATUS(sp)
	csrr	t0, scause
	sd	t0, TRAP_FRAME_CAUSE(sp)
	csrr	t0, stval
	sd	t0, TRAP_FRAME_VALUE(sp)
	mv	a0, sp
	mv	s0, zero
	mv	ra, zero
	tail	trap_fatal

hopeless:
	wfi
	j	hopeless

	.section .noinit, "aw", %nobits
	.balign	4096
	.globl	emergency_stacks
emergency_stacks:
	.skip	EMERGENCY_SIZE * CONFIG_MAX_CPUS
