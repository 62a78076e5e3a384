/* SPDX-License-Identifier: Apache-2.0 */
/* Task switch; layout of struct arch_task in asm/task.h. */

	.text

	/* void arch_task_switch(struct arch_task *prev, *next) */
	.globl	arch_task_switch
	.type	arch_task_switch, %function
arch_task_switch:
	mov	x9, sp
	stp	x19, x20, [x0, #8 * 0]
	stp	x21, x22, [x0, #8 * 2]
	stp	x23, x24, [x0, #8 * 4]
	stp	x25, x26, [x0, #8 * 6]
	stp	x27, x28, [x0, #8 * 8]
	stp	x29, x30, [x0, #8 * 10]
	str	x9, [x0, #8 * 12]
	ldp	x19, x20, [x1, #8 * 0]
	ldp	x21, x22, [x1, #8 * 2]
	ldp	x23, x24, [x1, #8 * 4]
	ldp	x25, x26, [x1, #8 * 6]
	ldp	x27, x28, [x1, #8 * 8]
	ldp	x29, x30, [x1, #8 * 10]
	ldr	x9, [x1, #8 * 12]
	mov	sp, x9
	ret
	.size	arch_task_switch, . - arch_task_switch

	/* A new task's first return: x19 = function, x20 = its argument. */
	.globl	task_trampoline
	.type	task_trampoline, %function
task_trampoline:
	msr	daifclr, #4		/* SError; the function unmasks IRQ */
	mov	x0, x20
	blr	x19
	b	core_task_exit
	.size	task_trampoline, . - task_trampoline
