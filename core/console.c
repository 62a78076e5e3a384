/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's console: which UART it is, bytes out under a lock, bytes in
 * through a ring.
 */
#include <core/console.h>

#include <string.h>

#include <arch/cpu.h>
#include <core/task.h>
#include <lib/fdt.h>
#include <lib/lock.h>
#include <lib/log.h>
#include <lib/util.h>

#include "core.h"

#define LOG_TAG "console"

#define INPUT_RING 1024 /* a power of two */
#define CHUNK 64
/* bytes that go out under the lock, interrupts masked: a line of the log stays
 * whole, a longer text does not hold its CPU for the time the UART takes */
#define LOCKED_MAX 256

/* guards the choice of device, the early buffer, and the device's registers */
static struct spinlock out_lock = SPINLOCK_INIT(LOCK_RANK_UART);
static const struct console_dev *current_dev;
static bool boot_done;
static char early[CONFIG_CONSOLE_EARLY_BYTES];
static size_t early_len;
static bool early_shown; /* an early UART printed it already */

/*
 * One producer (the UART's interrupt goes to one CPU) stores in_head, readers
 * store in_tail under in_lock.
 */
static uint8_t ring[INPUT_RING];
static uint32_t in_head, in_tail;
static struct spinlock in_lock = SPINLOCK_INIT(LOCK_RANK_CONSOLE);
static struct wait_queue in_wq;

void console_register(const struct console_dev *dev)
{
	unsigned long flags;
	bool wins;

	/* the first needs no better claim */
	wins = console_dev() && dev->node >= 0 &&
	       dev->node == fdt_stdout_node(host_fdt());
	flags = spin_lock_irqsave(&out_lock);
	if (!current_dev || wins)
		current_dev = dev;
	spin_unlock_irqrestore(&out_lock, flags);
}

const struct console_dev *console_dev(void)
{
	return __atomic_load_n(&current_dev, __ATOMIC_RELAXED);
}

/* '\n' becomes "\r\n", in pieces that fit the stack. */
static void dev_write(const struct console_dev *dev, const char *text,
		      size_t len)
{
	char piece[CHUNK];
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			piece[n++] = '\r';
		piece[n++] = text[i];
		if (n >= CHUNK - 1 || i + 1 == len) {
			dev->write(piece, n);
			n = 0;
		}
	}
}

/* No device yet: to an early UART if there is one, and kept for the device. */
static void early_write(const char *text, size_t len)
{
	void (*putc)(char c) = arch_early_putc;
	size_t room = sizeof(early) - early_len;

	if (putc) {
		early_shown = true;
		for (size_t i = 0; i < len; i++) {
			if (text[i] == '\n')
				putc('\r');
			putc(text[i]);
		}
		return;
	}
	memcpy(early + early_len, text, MIN(len, room));
	early_len += MIN(len, room);
}

static void early_flush(void)
{
	const struct console_dev *dev = current_dev;

	if (dev && early_len && !early_shown)
		dev_write(dev, early, early_len);
	early_len = 0;
}

void console_boot_done(void)
{
	unsigned long flags = spin_lock_irqsave(&out_lock);

	boot_done = true;
	early_flush();
	spin_unlock_irqrestore(&out_lock, flags);
}

/* What goes out in one piece: all, or up to the last line end that fits. */
static size_t locked_len(const char *text, size_t len)
{
	if (len <= LOCKED_MAX)
		return len;
	for (size_t n = LOCKED_MAX; n; n--)
		if (text[n - 1] == '\n')
			return n;
	return LOCKED_MAX;
}

void console_write(const char *text, size_t len)
{
	while (len) {
		size_t n = locked_len(text, len);
		unsigned long flags = spin_lock_irqsave(&out_lock);

		if (boot_done && current_dev)
			dev_write(current_dev, text, n);
		else
			early_write(text, n);
		spin_unlock_irqrestore(&out_lock, flags);
		text += n;
		len -= n;
	}
}

void console_write_raw(const char *text, size_t len)
{
	while (len) {
		size_t n = locked_len(text, len);
		unsigned long flags = spin_lock_irqsave(&out_lock);

		if (boot_done && current_dev)
			current_dev->write(text, n);
		else
			early_write(text, n);
		spin_unlock_irqrestore(&out_lock, flags);
		text += n;
		len -= n;
	}
}

void console_panic_write(const char *text, size_t len)
{
	static bool flushed;

	if (!flushed) {
		flushed = true;
		early_flush();
	}
	if (current_dev)
		dev_write(current_dev, text, len);
	else
		early_write(text, len);
}

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

static bool ring_has_byte(void *arg)
{
	(void)arg;
	return __atomic_load_n(&in_head, __ATOMIC_RELAXED) !=
	       __atomic_load_n(&in_tail, __ATOMIC_RELAXED);
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

int console_read(void)
{
	int byte;

	while ((byte = ring_take()) < 0)
		wait_event(&in_wq, ring_has_byte, NULL);
	return byte;
}
