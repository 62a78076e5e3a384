/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_virt.h"

#include <core/console.h>
#include <core/task.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool trace_recording;
struct fake_life fake_lives[16];
unsigned int fake_life_count;
bool fake_virq_level[64];
unsigned int fake_virq_sets;
char fake_uart[65536];
size_t fake_uart_len;
struct fake_task fake_tasks[16];
unsigned int fake_task_count;
void (*fake_sleep)(struct wait_queue *wq);
bool fake_uart_async;
size_t fake_uart_room;
unsigned int fake_read_wakes;

void watch_life(const struct vm *vm, int vcpu, unsigned int event)
{
	fake_lives[fake_life_count++ % 16] =
		(struct fake_life){vm, vcpu, event};
}

void *heap_alloc(size_t size)
{
	return size ? calloc(1, size) : NULL;
}

void *heap_alloc_array(size_t count, size_t size)
{
	return count && size ? calloc(count, size) : NULL;
}

void heap_free(void *ptr)
{
	free(ptr);
}

void arch_virq_set(struct vm *vm __unused_arg, unsigned int virq, bool level)
{
	fake_virq_sets++;
	fake_virq_level[virq % 64] = level;
}

/* tests that are about trees have their own */
__attribute__((weak)) const struct arch_fdt_rules *arch_fdt_rules(void)
{
	static const char *const plic[] = {"riscv,plic0", NULL};
	static const struct arch_fdt_rules rules = {.always_compatible = plic};

	return &rules;
}

void fake_uart_clear(void)
{
	fake_uart_len = 0;
	memset(fake_uart, 0, sizeof(fake_uart));
}

static const struct console_screen *fake_screen;

void console_set_screen(const struct console_screen *screen)
{
	fake_screen = screen;
}

static void uart_put(const char *text, size_t len)
{
	if (fake_uart_len + len >= sizeof(fake_uart))
		abort();
	memcpy(fake_uart + fake_uart_len, text, len);
	fake_uart_len += len;
}

/* As core/console.c: a line of the log breaks one of the screen. */
void console_write(const char *text, size_t len)
{
	if (fake_uart_len && fake_uart[fake_uart_len - 1] != '\n')
		uart_put("\r\n", 2);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			uart_put("\r", 1);
		uart_put(&text[i], 1);
	}
	if (fake_screen)
		fake_screen->interrupted();
	console_kick();
}

void console_kick(void)
{
	char buf[CONSOLE_TAKE_MAX];

	bool more = true;

	while (fake_screen && more && (!fake_uart_async || fake_uart_room)) {
		size_t n = fake_screen->take(buf, sizeof(buf), &more);

		if (!n)
			break;
		uart_put(buf, n);
		fake_uart_room -= MIN(n, fake_uart_room);
	}
}

bool console_is_async(void)
{
	return fake_uart_async;
}

void fake_uart_sent(size_t bytes)
{
	fake_uart_room += bytes;
	console_kick();
	fake_screen->room();
}

void fake_uart_panic(void)
{
	char buf[64];
	size_t n;

	while ((n = fake_screen->take_panic(buf, sizeof(buf))))
		uart_put(buf, n);
}

void console_read_wake(void)
{
	fake_read_wakes++;
}

int task_create(const struct task_attr *attr, struct task **task)
{
	struct fake_task *t = &fake_tasks[fake_task_count++ % 16];

	t->name = attr->name;
	t->fn = attr->fn;
	t->arg = attr->arg;
	t->attr = *attr;
	t->promoted = false;
	*task = (struct task *)t;
	return 0;
}

void task_promote(struct task *task, bool on)
{
	((struct fake_task *)task)->promoted = on;
}

void task_join(struct task *task __unused_arg)
{
}

unsigned int task_cpu(const struct task *task __unused_arg)
{
	return 1;
}

uint64_t task_runtime_ns(const struct task *task __unused_arg)
{
	return 5000000;
}

void wait_queue_init(struct wait_queue *wq)
{
	memset(wq, 0, sizeof(*wq));
}

unsigned int fake_wakes;

void wait_wake_all(struct wait_queue *wq __unused_arg)
{
	fake_wakes++;
}

/* Who waits with a deadline meets it after a hundred turns of the others. */
int wait_event_timeout(struct wait_queue *wq, bool (*cond)(void *arg),
		       void *arg, uint64_t deadline_ns __unused_arg)
{
	for (unsigned int i = 0; i < 100; i++) {
		if (cond(arg))
			return 0;
		if (fake_sleep)
			fake_sleep(wq);
	}
	return cond(arg) ? 0 : -ETIMEDOUT;
}

void wait_event(struct wait_queue *wq, bool (*cond)(void *arg), void *arg)
{
	while (!cond(arg)) {
		if (!fake_sleep)
			abort();
		fake_sleep(wq);
	}
}
