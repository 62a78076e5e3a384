/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Into the guest and out of it, and what reads its instructions.
 *
 * Host frame of guest_enter(), 112 bytes: ra, gp, tp, s0..s11 go to the stack;
 * where it is, and what sscratch, stvec and sstatus of the host are, to the
 * guest's own struct guest_regs, which sscratch names meanwhile.
 */
#include <asm/csr.h>
#include <generated/asm-offsets.h>

#define FRAME_SIZE 128

	.macro	each_host op
	\op	ra, 0(sp)
	\op	gp, 8(sp)
	\op	tp, 16(sp)
	\op	s0, 24(sp)
	\op	s1, 32(sp)
	\op	s2, 40(sp)
	\op	s3, 48(sp)
	\op	s4, 56(sp)
	\op	s5, 64(sp)
	\op	s6, 72(sp)
	\op	s7, 80(sp)
	\op	s8, 88(sp)
	\op	s9, 96(sp)
	\op	s10, 104(sp)
	\op	s11, 112(sp)
	.endm

	/* but x10, which holds the base */
	.macro	each_guest op
	.irp reg, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, \
		19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	x\reg, GUEST_X + 8 * \reg(a0)
	.endr
	.endm

	.text

	/* void guest_enter(struct guest_regs *regs); interrupts masked */
	.balign	4
	.globl	guest_enter
	.type	guest_enter, %function
guest_enter:
	addi	sp, sp, -FRAME_SIZE
	each_host sd
	sd	sp, GUEST_HOST_SP(a0)
	ld	t0, GUEST_PC(a0)
	csrw	sepc, t0
	ld	t0, GUEST_STATUS(a0)
	csrrw	t0, sstatus, t0
	sd	t0, GUEST_HOST_STATUS(a0)
	csrrw	t0, sscratch, a0
	sd	t0, GUEST_HOST_SCRATCH(a0)
	la	t0, guest_left
	csrrw	t0, stvec, t0
	sd	t0, GUEST_HOST_VECTORS(a0)
	each_guest ld
	ld	a0, GUEST_X + 8 * 10(a0)
	sret

	/* stvec while a guest runs: exceptions and interrupts alike */
	.balign	4
guest_left:
	csrrw	a0, sscratch, a0
	each_guest sd
	ld	t0, GUEST_HOST_SCRATCH(a0)
	csrrw	t0, sscratch, t0
	sd	t0, GUEST_X + 8 * 10(a0)
	ld	t0, GUEST_HOST_VECTORS(a0)
	csrw	stvec, t0
	ld	t0, GUEST_HOST_STATUS(a0)
	csrrw	t0, sstatus, t0
	sd	t0, GUEST_STATUS(a0)
	csrr	t0, sepc
	sd	t0, GUEST_PC(a0)
	ld	sp, GUEST_HOST_SP(a0)
	each_host ld
	addi	sp, sp, FRAME_SIZE
	ret
	.size	guest_enter, . - guest_enter

	/*
	 * bool guest_fetch(uint64_t pc, uint16_t *half): HLVX.HU, H 3.1, by
	 * number. A fault, as the guest may have changed its tables, lands
	 * behind it. Interrupts masked.
	 */
	.balign	4
	.globl	guest_fetch
	.type	guest_fetch, %function
guest_fetch:
	la	t0, 1f
	csrrw	t0, stvec, t0
	li	t1, 0
	li	t2, 0
	.insn r 0x73, 4, 0x32, t2, a0, x3
	li	t1, 1
	.balign	4
1:	csrw	stvec, t0
	sh	t2, 0(a1)
	mv	a0, t1
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
