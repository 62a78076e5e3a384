/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of every bare-metal test guest: arm64 boot header, stacks, vectors.
 * Runs at EL1 with the MMU off, wherever it is loaded in its link page.
 */
	.section .head, "ax"
	.global _start
_start:
	mrs	x19, cntpct_el0		/* the guest's first instruction */
	b	primary
	.quad	0			/* text_offset */
	.quad	__image_size
	.quad	0x2			/* little endian, 4 KiB pages */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

	.text
primary:
	mov	x20, x0
	orr	x21, x1, x2
	orr	x21, x21, x3
	bl	setup
	adrp	x0, __bss_start
	add	x0, x0, :lo12:__bss_start
	adrp	x1, __bss_end
	add	x1, x1, :lo12:__bss_end
1:	cmp	x0, x1
	b.hs	2f
	str	xzr, [x0], #8
	b	1b
2:	adrp	x0, start_regs
	str	x21, [x0, :lo12:start_regs]
	adrp	x0, stack0_top
	add	sp, x0, :lo12:stack0_top
	mov	x0, x19
	mov	x1, x20
	bl	guest_main
3:	wfi
	b	3b

/* Entry of the second CPU, by PSCI CPU_ON; x0 is the context id. */
	.global secondary
secondary:
	mov	x20, x0
	bl	setup
	adrp	x0, stack1_top
	add	sp, x0, :lo12:stack1_top
	mov	x0, x20
	bl	guest_secondary
3:	wfi
	b	3b

	.weak	guest_secondary
guest_secondary:
	ret

setup:
	adr	x0, vectors
	msr	vbar_el1, x0
	mov	x0, #(3 << 20)		/* CPACR_EL1.FPEN: no traps */
	msr	cpacr_el1, x0
	isb
	ret

/*
 * x18 is kept out of the compiler's hands (-ffixed-x18): a vector's first
 * instruction can read the counter into it and lose nothing.
 */
	.macro	vector name
	.balign	128
	mrs	x18, cntvct_el0
	b	\name
	.endm

	.balign	2048
	.global vectors
vectors:
	vector	trap_sync
	vector	trap_irq
	vector	trap_other
	vector	trap_other
	vector	trap_sync
	vector	trap_irq
	vector	trap_other
	vector	trap_serror
	vector	trap_sync_lower
	vector	trap_irq_lower
	vector	trap_other
	vector	trap_serror
	vector	trap_other
	vector	trap_other
	vector	trap_other
	vector	trap_other

	.macro	save
	sub	sp, sp, #192
	stp	x0, x1, [sp]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x29, x30, [sp, #144]
	.endm

	.macro	restore
	ldp	x0, x1, [sp]
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x29, x30, [sp, #144]
	add	sp, sp, #192
	eret
	.endm

trap_irq:
	save
	mov	x0, x18
	bl	guest_irq
	restore
trap_irq_lower:
	b	trap_irq

/* guest_sync(esr, elr, far) returns the address to go on at. */
trap_sync:
	save
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	mrs	x2, far_el1
	bl	guest_sync
	msr	elr_el1, x0
	restore

/* From EL0: the same, and the guest may ask to come back to EL1h. */
trap_sync_lower:
	save
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	mrs	x2, far_el1
	bl	guest_sync_lower
	msr	elr_el1, x0
	mov	x0, #0x3c5
	msr	spsr_el1, x0
	restore

/* An SError is recorded and gone on from. */
trap_serror:
	save
	bl	guest_serror
	restore

trap_other:
	save
	bl	guest_unexpected
1:	wfi
	b	1b

	.weak	guest_sync_lower
guest_sync_lower:
	b	guest_sync
	.weak	guest_serror
guest_serror:
	ret

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
	.balign	16
