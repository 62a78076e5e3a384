/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry: from the boot loader (MMU off, EL2, x0 = device tree) and, for the
 * other CPUs, from PSCI CPU_ON.
 *
 * Until the MMU is on, data goes to memory past the caches. Stale lines of
 * the places written then are thrown away before (a dirty line of the loader
 * could be written over ours) and after (a clean one could be read instead).
 */
#include <asm/sysreg.h>
#include <generated/asm-offsets.h>

#include "boot.h"

	.macro	adr_sym reg, sym
	adrp	\reg, \sym
	add	\reg, \reg, :lo12:\sym
	.endm

	.section .head.text, "ax"

	/* arm64 boot protocol: the 64-byte header of an Image */
	.globl	_start
_start:
	b	primary_entry
	.long	0
	.quad	0			/* text_offset: any 2 MiB boundary */
	.long	_image_size_lo, _image_size_hi
	.quad	0xa			/* little endian, 4 KiB pages, anywhere */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.text

primary_entry:
	mov	x21, x0
	bl	el2_prepare
	mov	x22, x0

	adr_sym	x0, __relro_start
	adr_sym	x1, __relro_end
	bl	dcache_drop
	adr_sym	x0, __data_start
	adr_sym	x1, __cold_text
	bl	dcache_drop
	adr_sym	x0, __bss_start
	adr_sym	x1, __image_end
	bl	dcache_drop

	adr_sym	x0, _start
	adr_sym	x1, __rela_start
	bl	arch_relocate
	bl	clear_bss

	adr_sym	x0, boot_stack_top
	mov	sp, x0
	mov	x29, xzr
	mov	x30, xzr
	bl	boot_map_image
	cbnz	x22, refuse
	mov	x20, x0

	adr_sym	x0, __relro_start
	adr_sym	x1, __relro_end
	bl	dcache_drop
	adr_sym	x0, __data_start
	adr_sym	x1, __cold_text
	bl	dcache_drop
	adr_sym	x0, __bss_start
	adr_sym	x1, __image_end
	bl	dcache_drop

	mov	x0, x20
	bl	mmu_enable
	mov	x0, x21
	mov	x29, xzr
	mov	x30, xzr
	b	boot_primary

/* The MMU stays off: C code here keeps to aligned accesses. */
refuse:
	mov	x0, x21
	mov	x1, x22
	b	boot_refuse

	.globl	secondary_entry
secondary_entry:
	mov	x21, x0
	bl	el2_prepare
	cbnz	x0, dead_end
	ldr	x0, [x21, #SECONDARY_ROOT]
	bl	mmu_enable
	ldr	x0, [x21, #SECONDARY_STACK_TOP]
	mov	sp, x0
	ldr	x0, [x21, #SECONDARY_CPU]
	msr	tpidr_el2, x0
	mov	x29, xzr
	mov	x30, xzr
	b	boot_secondary

/*
 * el2_prepare - a known state of this CPU's EL2; MMU and caches off
 *
 * Everything else that concerns guests is arch/aarch64/virt's.
 *
 * Return: x0, 0 or why this CPU cannot go on (boot.h).
 */
el2_prepare:
	msr	daifset, #0xf
	mrs	x1, CurrentEL
	cmp	x1, #(2 << 2)
	mov	x0, #REFUSED_EL
	b.ne	1f
	/* EL2 takes interrupts only while they are routed to it (D1.3.6) */
	ldr	x1, =(HCR_RW | HCR_IMO | HCR_FMO | HCR_AMO)
	msr	hcr_el2, x1
	isb
	/* A CPU whose E2H reads as one knows only the other layout of the
	 * registers below (no FEAT_E2H0). */
	mrs	x2, hcr_el2
	mov	x0, #REFUSED_E2H
	tbnz	x2, #34, 1f
	ldr	w1, =SCTLR_EL2_RES1
	msr	sctlr_el2, x1
	isb
	msr	spsel, #1
	mov	x1, #CPTR_EL2_DEFAULT
	msr	cptr_el2, x1
	msr	hstr_el2, xzr
	msr	vttbr_el2, xzr
	msr	tpidr_el2, xzr
	adr_sym	x1, el2_vectors
	msr	vbar_el2, x1
	isb
	mov	x0, xzr
1:	ret

/* Nothing can be said here; a debugger finds the symbol. */
dead_end:
	wfi
	b	dead_end

/*
 * arch_relocate - the Image is linked at 0: add where it is to every pointer
 * @x0: where it is
 * @x1: the places, packed as in ELF's SHT_RELR, with a zero behind the last
 *	(scripts/pack_image.py): an even word is the offset of a pointer; bit n
 *	of an odd one says that the n-th word behind the last place is a
 *	pointer, of the 63 that follow it
 */
	.globl	arch_relocate
arch_relocate:
1:	ldr	x2, [x1], #8
	cbz	x2, 5f
	tbnz	x2, #0, 2f
	add	x3, x0, x2
	ldr	x4, [x3]
	add	x4, x4, x0
	str	x4, [x3], #8
	b	1b
2:	mov	x5, x3
	add	x3, x3, #63 * 8
	lsr	x2, x2, #1
	cbz	x2, 1b
3:	rbit	x6, x2			/* the lowest bit's number */
	clz	x6, x6
	ldr	x4, [x5, x6, lsl #3]
	add	x4, x4, x0
	str	x4, [x5, x6, lsl #3]
	sub	x6, x2, #1
	and	x2, x2, x6
	cbnz	x2, 3b
	b	1b
5:	ret

clear_bss:
	adr_sym	x0, __bss_start
	adr_sym	x1, __bss_end
	sub	x2, x1, #64
	cmp	x0, x2
	b.hi	2f
1:	stp	xzr, xzr, [x0], #16
	stp	xzr, xzr, [x0], #16
	stp	xzr, xzr, [x0], #16
	stp	xzr, xzr, [x0], #16
	cmp	x0, x2
	b.ls	1b
2:	cmp	x0, x1
	b.hs	3f
	stp	xzr, xzr, [x0], #16
	b	2b
3:	ret

/* dcache_drop - write back and forget lines of [x0, x1), to memory */
dcache_drop:
	mrs	x2, ctr_el0
	ubfx	x2, x2, #16, #4		/* DminLine: log2 of words */
	mov	x3, #4
	lsl	x3, x3, x2
	sub	x2, x3, #1
	bic	x0, x0, x2
	dmb	sy			/* stores above, then maintenance */
	cmp	x0, x1
	b.hs	2f
1:	dc	civac, x0
	add	x0, x0, x3
	cmp	x0, x1
	b.lo	1b
2:	dsb	sy
	ret

/* mmu_enable - translate by the tables at x0; the caller is identity mapped */
mmu_enable:
	msr	ttbr0_el2, x0
	ldr	x1, =MAIR_EL2_VALUE
	msr	mair_el2, x1
	ldr	x1, =(TCR_EL2_RES1 | TCR_T0SZ(48) | TCR_IRGN0_WBWA | \
		      TCR_ORGN0_WBWA | TCR_SH0_INNER)
	mrs	x2, id_aa64mmfr0_el1
	and	x2, x2, #0xf
	mov	x3, #5			/* 48 bits; more needs another format */
	cmp	x2, x3
	csel	x2, x2, x3, lo
	orr	x1, x1, x2, lsl #TCR_PS_SHIFT
	msr	tcr_el2, x1
	isb
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	ldr	x1, =(SCTLR_EL2_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | \
		      SCTLR_I | SCTLR_WXN)
	msr	sctlr_el2, x1
	isb
	ret

	.ltorg

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
