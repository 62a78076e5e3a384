/* SPDX-License-Identifier: Apache-2.0 */
/* What the virt tests put in place of the runtime below and arch/ beside. */
#ifndef FAKE_VIRT_H
#define FAKE_VIRT_H

#include <arch/virt.h>
#include <core/task.h>
#include <lib/types.h>
#include <virt/vm.h>

/* what watch_life() was told, while trace_recording is set */
struct fake_life {
	const struct vm *vm;
	int vcpu;
	unsigned int event;
};
extern struct fake_life fake_lives[16];
extern unsigned int fake_life_count;

/* interrupt lines as last driven by arch_virq_set() */
extern bool fake_virq_level[64];
extern unsigned int fake_virq_sets;

/*
 * What went out to the UART: the log, and what console_kick() takes of the
 * screen. In the end by its interrupt, when fake_uart_async; it takes
 * fake_uart_room bytes more before that.
 */
extern char fake_uart[65536];
extern size_t fake_uart_len;
extern bool fake_uart_async;
extern size_t fake_uart_room;
extern unsigned int fake_read_wakes; /* console_read_wake() */
extern unsigned int fake_wakes;      /* wait_wake_all() */
void fake_uart_clear(void);
/* so many bytes have left it; its interrupt comes */
void fake_uart_sent(size_t bytes);
/* the panic takes what is left */
void fake_uart_panic(void);

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
