/* SPDX-License-Identifier: Apache-2.0 */
/* Task switch; layout of struct arch_task in asm/task.h. */

	.macro	each_callee_saved op, base
	\op	s0, 0(\base)
	\op	s1, 8(\base)
	\op	s2, 16(\base)
	\op	s3, 24(\base)
	\op	s4, 32(\base)
	\op	s5, 40(\base)
	\op	s6, 48(\base)
	\op	s7, 56(\base)
	\op	s8, 64(\base)
	\op	s9, 72(\base)
	\op	s10, 80(\base)
	\op	s11, 88(\base)
	\op	ra, 96(\base)
	\op	sp, 104(\base)
	.endm

	.text

	/* void arch_task_switch(struct arch_task *prev, *next) */
	.balign	4
	.globl	arch_task_switch
	.type	arch_task_switch, %function
arch_task_switch:
	each_callee_saved sd, a0
	each_callee_saved ld, a1
	ret
	.size	arch_task_switch, . - arch_task_switch

	/* A new task's first return: s1 = function, s2 = its argument. */
	.balign	4
	.globl	task_trampoline
	.type	task_trampoline, %function
task_trampoline:
	mv	a0, s2
	jalr	s1
	tail	core_task_exit
	.size	task_trampoline, . - task_trampoline
