/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into the guest and out of it, and what reads its instructions.
 *
 * An exit calls its handler on the stack of guest_enter(), which returns only
 * when the handler says LEAVE. A handler written in C keeps s1..s11 as the
 * guest left them, and nothing of the host uses gp: the way back loads these
 * only when told to. sepc, sstatus and hstatus stay as the exit left them, so
 * a handler takes no trap but that of guest_fetch().
 *
 * Host frame: a record for backtraces (ra, s0) on top, tp, s1..s11, regs.
 */
#include <asm/csr.h>
#include <asm/guest_regs.h>
#include <generated/asm-offsets.h>

#define FRAME_SIZE 128
#define FRAME_REGS 0
#define FRAME_TP 8

	.macro	each_host op
	\op	tp, FRAME_TP(sp)
	\op	s1, 16(sp)
	\op	s2, 24(sp)
	\op	s3, 32(sp)
	\op	s4, 40(sp)
	\op	s5, 48(sp)
	\op	s6, 56(sp)
	\op	s7, 64(sp)
	\op	s8, 72(sp)
	\op	s9, 80(sp)
	\op	s10, 88(sp)
	\op	s11, 96(sp)
	\op	s0, 112(sp)
	\op	ra, 120(sp)
	.endm

	/* but a0 and a1, the latter of which holds the base on the way in */
	.macro	each_volatile op, base
	.irp reg, 1, 2, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	\op	x\reg, GUEST_X + 8 * \reg(\base)
	.endr
	.endm
	.macro	each_kept op, base
	.irp reg, 3, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	\op	x\reg, GUEST_X + 8 * \reg(\base)
	.endr
	.endm

	/* stvec while a guest runs: exceptions and interrupts alike */
	.macro	exit_to name, handler
	.balign	4
	.globl	\name
\name:
	csrrw	a0, sscratch, a0
	each_volatile sd, a0
	each_kept sd, a0
	sd	a1, GUEST_X + 8 * 11(a0)
	ld	t0, GUEST_HOST_SCRATCH(a0)
	ld	t1, GUEST_HOST_VECTORS(a0)
	csrrw	t0, sscratch, t0
	csrw	stvec, t1
	sd	t0, GUEST_X + 8 * 10(a0)
	ld	sp, GUEST_HOST_SP(a0)
	csrr	a1, scause
	ld	tp, FRAME_TP(sp)
	addi	s0, sp, FRAME_SIZE
	call	\handler
	.endm

	.text

	.globl	guest_enter
	.type	guest_enter, %function
guest_enter:
	addi	sp, sp, -FRAME_SIZE
	each_host sd
	sd	a0, FRAME_REGS(sp)
	sd	sp, GUEST_HOST_SP(a0)
	csrr	t0, sscratch
	sd	t0, GUEST_HOST_SCRATCH(a0)
	csrr	t0, stvec
	sd	t0, GUEST_HOST_VECTORS(a0)
	ld	t0, GUEST_PC(a0)
	csrw	sepc, t0
	ld	t0, GUEST_STATUS(a0)
	csrw	sstatus, t0
	mv	a1, a0
	j	load_all

	exit_to	guest_left_watched, guest_exit_watched
	j	guest_back
	exit_to	guest_left, guest_exit
guest_back:
	ld	a1, FRAME_REGS(sp)
	lw	t0, GUEST_SIZE(a1)	/* arch_vcpu.marks */
	or	t0, t0, a0
	bnez	t0, 1f
load_volatile:
	ld	t0, GUEST_VECTORS(a1)
	csrw	sscratch, a1
	csrw	stvec, t0
	each_volatile ld, a1
	ld	a0, GUEST_X + 8 * 10(a1)
	ld	a1, GUEST_X + 8 * 11(a1)
	sret

1:	mv	t0, a0
	mv	a0, a1
	mv	a1, t0
	call	guest_resume
	ld	a1, FRAME_REGS(sp)
	beqz	a0, load_volatile
	li	t0, LEAVE
	beq	a0, t0, 2f
load_all:
	each_kept ld, a1
	j	load_volatile

2:	csrr	t0, sepc
	sd	t0, GUEST_PC(a1)
	csrr	t0, sstatus
	sd	t0, GUEST_STATUS(a1)
	/* the SRET of a host interrupt that was taken before all this must
	 * not lead into the guest */
	li	t0, HSTATUS_SPV
	csrc	CSR_HSTATUS, t0
	each_host ld
	addi	sp, sp, FRAME_SIZE
	ret
	.size	guest_enter, . - guest_enter

	/*
	 * bool guest_fetch(uint64_t pc, uint16_t *half): HLVX.HU, H 3.1, by
	 * number, right after an exit, whose scause, stval, htval and htinst
	 * have been read. A fault, as the guest may have changed its tables,
	 * lands behind it and has the other CSRs put back. Interrupts masked.
	 */
	.balign	4
	.globl	guest_fetch
	.type	guest_fetch, %function
guest_fetch:
	lla	t0, 1f
	csrr	t3, sepc
	csrr	t4, sstatus
	csrr	t5, CSR_HSTATUS
	csrrw	t0, stvec, t0
	li	t2, 0
	.insn r 0x73, 4, 0x32, t2, a0, x3
	csrw	stvec, t0
	sh	t2, 0(a1)
	li	a0, 1
	ret
	.balign	4
1:	csrw	stvec, t0
	csrw	sepc, t3
	csrw	sstatus, t4
	csrw	CSR_HSTATUS, t5
	li	a0, 0
	ret
	.size	guest_fetch, . - guest_fetch

	/* FLD and FSD by number: the host is built without them. FS is on. */
	.macro	each_f op
	.irp reg, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, \
		17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	\reg
	.endr
	.endm
	.macro	fsd_x reg
	.insn s 0x27, 3, x\reg, 8 * \reg(a0)
	.endm
	.macro	fld_x reg
	.insn i 0x07, 3, x\reg, 8 * \reg(a0)
	.endm

	/* void fp_save(struct arch_fp_state *fp) */
	.globl	fp_save
	.type	fp_save, %function
fp_save:
	li	t0, SSTATUS_FS
	csrs	sstatus, t0
	each_f	fsd_x
	csrr	t1, 0x003		/* fcsr */
	sd	t1, 256(a0)
	csrc	sstatus, t0
	ret
	.size	fp_save, . - fp_save

	/* void fp_restore(const struct arch_fp_state *fp) */
	.globl	fp_restore
	.type	fp_restore, %function
fp_restore:
	li	t0, SSTATUS_FS
	csrs	sstatus, t0
	each_f	fld_x
	ld	t1, 256(a0)
	csrw	0x003, t1
	csrc	sstatus, t0
	ret
	.size	fp_restore, . - fp_restore

	.section .note.GNU-stack, "", %progbits
