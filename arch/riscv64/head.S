/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: from the boot loader (no translation, S-mode, a0 = hart, a1 = device
 * tree) and, for the other CPUs, from SBI's hart_start.
 *
 * The Image stands at its physical address with translation on as well, so
 * that turning it on changes no address.
 */
#include <asm/csr.h>
#include <arch/emergency.h>
#include <generated/asm-offsets.h>

#include "boot.h"

	.section .head.text, "ax"

	/* RISC-V boot protocol: the 64-byte header of an Image */
	.globl	_start
_start:
	.option	push
	.option	norvc
	.option	norelax
	tail	primary_entry		/* two words: guests lie in between */
	.option	pop
	.dword	0x200000		/* text_offset: any 2 MiB boundary */
	.dword	__image_end - __image_start
	.dword	0			/* little endian */
	.word	2			/* version 0.2 */
	.word	0
	.dword	0
	.ascii	"RISCV\0\0\0"
	.ascii	"RSC\x05"
	.word	0

	.text

	/* a known state of this CPU's S-mode: no interrupts, no translation,
	 * no FP or vector registers, no access to what is U-mode's */
	.macro	s_mode_prepare
	csrw	sie, zero
	li	t0, SSTATUS_SIE | SSTATUS_FS | SSTATUS_VS | SSTATUS_SUM | \
		SSTATUS_MXR
	csrc	sstatus, t0
	csrw	satp, zero
	sfence.vma
	lla	t0, host_vectors
	ori	t0, t0, STVEC_VECTORED
	csrw	stvec, t0
	.endm

primary_entry:
	/* Firmware without HSM starts every hart here: the first one goes on,
	 * the others could not be had back. */
	lla	t0, boot_lottery
	li	t1, 1
	amoswap.w.aqrl t1, t1, (t0)
	bnez	t1, dead_end
	mv	s1, a0
	mv	s2, a1
	s_mode_prepare
	mv	tp, zero
	lla	t0, emergency_stacks + EMERGENCY_SIZE
	csrw	sscratch, t0
	lla	a0, _start
	lla	a1, __rela_start
	call	arch_relocate
	call	clear_bss
	lla	sp, boot_stack_top
	mv	s0, zero
	call	boot_map_image
	beqz	a0, dead_end
	csrw	satp, a0
	sfence.vma
	mv	a0, s1
	mv	a1, s2
	mv	ra, zero
	tail	boot_primary

	.globl	secondary_entry
secondary_entry:
	mv	s1, a1
	s_mode_prepare
	ld	a0, SECONDARY_SATP(s1)
	csrw	satp, a0
	sfence.vma
	/* a mode that this hart lacks leaves the register as it was */
	csrr	a1, satp
	bne	a0, a1, dead_end
	ld	sp, SECONDARY_STACK_TOP(s1)
	ld	tp, SECONDARY_CPU(s1)
	lwu	t1, CPU_ID(tp)
	addi	t1, t1, 1
	slli	t1, t1, EMERGENCY_SHIFT
	lla	t0, emergency_stacks
	add	t0, t0, t1
	csrw	sscratch, t0
	mv	a0, tp
	mv	s0, zero
	mv	ra, zero
	tail	boot_secondary

/* Nothing can be said here; a debugger finds the symbol. */
dead_end:
	wfi
	j	dead_end

/*
 * arch_relocate - the Image is linked at 0: add where it is to every pointer
 * @a0: where it is
 * @a1: the places, packed as in ELF's SHT_RELR, with a zero behind the last
 *	(scripts/pack_image.py): an even word is the offset of a pointer; bit n
 *	of an odd one says that the n-th word behind the last place is a
 *	pointer, of the 63 that follow it
 */
	.globl	arch_relocate
arch_relocate:
1:	ld	t2, 0(a1)
	addi	a1, a1, 8
	beqz	t2, 5f
	andi	t3, t2, 1
	bnez	t3, 2f
	add	t6, a0, t2
	ld	t4, 0(t6)
	add	t4, t4, a0
	sd	t4, 0(t6)
	addi	t6, t6, 8		/* behind the last place */
	j	1b
2:	mv	t5, t6
	addi	t6, t6, 63 * 8
3:	srli	t2, t2, 1
	beqz	t2, 1b
	andi	t3, t2, 1
	beqz	t3, 4f
	ld	t4, 0(t5)
	add	t4, t4, a0
	sd	t4, 0(t5)
4:	addi	t5, t5, 8
	j	3b
5:	fence.i
	ret

/* The linker script keeps it to whole pairs of words. */
clear_bss:
	lla	t0, __bss_start
	lla	t1, __bss_end
1:	bgeu	t0, t1, 2f
	sd	zero, 0(t0)
	sd	zero, 8(t0)
	addi	t0, t0, 16
	j	1b
2:	ret

	/* loaded, not cleared: harts look at it before .bss is */
	.data
	.balign	4
boot_lottery:
	.word	0

	/* The boot CPU's stack, which its idle task keeps. The page below is
	 * left out of the tables by boot_map_image(). */
	.section .boot_stack, "aw", %nobits
	.balign	4096
	.globl	boot_stack_guard
boot_stack_guard:
	.skip	4096
	.globl	boot_stack_bottom
boot_stack_bottom:
	.skip	16384
	.globl	boot_stack_top
boot_stack_top:
