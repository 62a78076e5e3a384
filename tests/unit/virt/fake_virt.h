/* SPDX-License-Identifier: Apache-2.0 */
/* What the virt tests put in place of the runtime below and arch/ beside. */
#ifndef FAKE_VIRT_H
#define FAKE_VIRT_H

#include <arch/virt.h>
#include <core/task.h>
#include <lib/types.h>
#include <virt/vm.h>

/* interrupt lines as last driven by arch_virq_set() */
extern bool fake_virq_level[64];
extern unsigned int fake_virq_sets;

/* what console_write() and console_write_raw() sent to the UART */
extern char fake_uart[65536];
extern size_t fake_uart_len;
void fake_uart_clear(void);

/* log lines by level */
extern unsigned int fake_log_lines;

/* the tasks that were created, run by the test itself */
struct fake_task {
	const char *name;
	void (*fn)(void *arg);
	void *arg;
	struct task_attr attr;
	bool promoted;
};
extern struct fake_task fake_tasks[16];
extern unsigned int fake_task_count;

/*
 * wait_event() calls this until the condition holds; it makes the condition
 * true, or leaves by longjmp. NULL: a sleep fails the test.
 */
extern void (*fake_sleep)(struct wait_queue *wq);

#endif
