/* SPDX-License-Identifier: Apache-2.0 */
/* What is typed at the host's console: a ring from the UART's interrupt. */
#include <core/console.h>

#include <core/task.h>
#include <lib/lock.h>
#include <lib/util.h>

#include "core.h"

#define INPUT_RING 1024 /* a power of two */

/*
 * One producer (the UART's interrupt goes to one CPU) stores in_head, readers
 * store in_tail under in_lock.
 */
static uint8_t ring[INPUT_RING];
static uint32_t in_head, in_tail;
static struct spinlock in_lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE);
static struct wait_queue in_wq;

void console_input_init(void)
{
	wait_queue_init(&in_wq);
}

void console_input(char c)
{
	uint32_t head = in_head;

	/* pairs with the release in ring_take(): the byte there was read */
	if (head - __atomic_load_n(&in_tail, __ATOMIC_ACQUIRE) == INPUT_RING)
		return; /* nobody reads: typed bytes are lost, not waited for */
	ring[head % INPUT_RING] = (uint8_t)c;
	/* pairs with the acquire in ring_take() */
	__atomic_store_n(&in_head, head + 1, __ATOMIC_RELEASE);
	wait_wake_one(&in_wq);
}

static int ring_take(void)
{
	uint32_t tail;
	int byte = -1;

	spin_lock(&in_lock);
	tail = in_tail;
	/* pairs with the release in console_input() */
	if (tail != __atomic_load_n(&in_head, __ATOMIC_ACQUIRE)) {
		byte = ring[tail % INPUT_RING];
		/* pairs with the acquire in console_input() */
		__atomic_store_n(&in_tail, tail + 1, __ATOMIC_RELEASE);
	}
	spin_unlock(&in_lock);
	return byte;
}

struct read_wait {
	bool (*other)(void);
};

static bool read_over(void *arg)
{
	const struct read_wait *wait = arg;

	return __atomic_load_n(&in_head, __ATOMIC_RELAXED) !=
		       __atomic_load_n(&in_tail, __ATOMIC_RELAXED) ||
	       (wait->other && wait->other());
}

int console_read(bool (*other)(void))
{
	struct read_wait wait = {other};
	int byte;

	while ((byte = ring_take()) < 0) {
		if (other && other())
			return -1;
		wait_event(&in_wq, read_over, &wait);
	}
	return byte;
}

void console_read_wake(void)
{
	wait_wake_all(&in_wq);
}
