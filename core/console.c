/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way out to the host's console UART.
 *
 * Two sources have bytes for it: the log, in the ring here, and the screen
 * (consoles of guests and the shell), which keeps its own. Whoever has put
 * bytes into either calls console_kick(): one CPU at a time moves bytes from
 * the sources to the UART while it has room; the others only leave word that
 * there is more, and go on. When the UART is full its interrupt goes on from
 * there. So nobody waits for the UART, or for another CPU that does, and a CPU
 * moves KICK_BYTES at most for others before the interrupt takes over.
 *
 * The sources take turns: whole lines of the log, LOG_TURN bytes of them, then
 * one piece of the screen. A line of the log begins at the left margin.
 *
 * Polled instead: until interrupts are on at boot, where a report of what goes
 * wrong must not depend on them; UARTs without an interrupt, where who prints
 * waits, and what is left after POLLED_BYTES comes with the next line; a panic.
 */
#include <core/console.h>

#include <string.h>

#include <arch/cpu.h>
#include <lib/fdt.h>
#include <lib/lock.h>
#include <lib/log.h>
#include <lib/util.h>
#include <stdio.h>

#include "core.h"

#define KICK_BYTES 64u
/* Polled: more than all that may wait at boot. */
#define POLLED_BYTES (2u * CONFIG_CONSOLE_LOG_BYTES)
#define LOG_TURN 512u
#define STAGE_BYTES (CONSOLE_TAKE_MAX + 8)
/* In a panic: of what the screen had left. */
#define PANIC_SCREEN_BYTES 4096u

/* guards the choice of device and the log's ring */
static struct spinlock log_lock = SPINLOCK_INIT(LOCK_RANK_UART);
static const struct console_dev *current_dev;
static bool boot_done;   /* no better device will come */
static bool early_shown; /* an early UART prints it, not the ring */
static char log_ring[CONFIG_CONSOLE_LOG_BYTES];
static uint64_t log_tail, log_head; /* positions; @log_head by the mover */
static uint32_t log_dropped;        /* lines */

static const struct console_screen *screen; /* constant once set */
static bool async;                          /* constant once set */

/*
 * Who moves bytes. @moving is taken by exchange; who fails leaves @again set,
 * and the mover, after it let go, looks at it. Both are sequentially
 * consistent: either the mover sees @again, or the other one takes @moving.
 */
static bool moving, again;
static bool panicking; /* atomic: nobody begins to move, who moves ends */

/* The mover's own: bytes on their way, and where the cursor stands. */
static char stage[STAGE_BYTES];
static size_t stage_at, stage_len;
static bool screen_more = true; /* the screen had more */
static bool in_log_line;        /* the log's line has not ended */
static bool at_margin = 1;      /* the last byte was '\n' */
static bool broke_line;         /* the log did, in the screen's */
static unsigned int log_turn_left = LOG_TURN;

/*
 * Devices
 */

void console_register(const struct console_dev *dev)
{
	unsigned long flags;
	bool wins;

	/* the first needs no better claim */
	wins = console_dev() && dev->node >= 0 &&
	       dev->node == fdt_stdout_node(host_fdt());
	flags = spin_lock_irqsave(&log_lock);
	if (!current_dev || wins)
		current_dev = dev;
	spin_unlock_irqrestore(&log_lock, flags);
}

const struct console_dev *console_dev(void)
{
	return __atomic_load_n(&current_dev, __ATOMIC_RELAXED);
}

void console_set_screen(const struct console_screen *s)
{
	/* pairs with the acquire in screen_get() */
	__atomic_store_n(&screen, s, __ATOMIC_RELEASE);
}

static const struct console_screen *screen_get(void)
{
	return __atomic_load_n(&screen, __ATOMIC_ACQUIRE);
}

bool console_is_async(void)
{
	return __atomic_load_n(&async, __ATOMIC_RELAXED);
}

/*
 * The log's ring
 */

/* No device, or not yet: an early UART prints it at once. */
static bool early_write(const char *text, size_t len)
{
	void (*print)(char c) = arch_early_putc;

	if (!print || (boot_done && current_dev))
		return false;
	early_shown = true;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			print('\r');
		print(text[i]);
	}
	return true;
}

static void log_put_locked(const char *text, size_t len)
{
	uint64_t used = log_tail - __atomic_load_n(&log_head, __ATOMIC_ACQUIRE);

	if (len > sizeof(log_ring) - used) {
		__atomic_fetch_add(&log_dropped, 1, __ATOMIC_RELAXED);
		return;
	}
	for (size_t i = 0; i < len; i++)
		log_ring[(log_tail + i) % sizeof(log_ring)] = text[i];
	/* pairs with the acquire in log_pending() */
	__atomic_store_n(&log_tail, log_tail + len, __ATOMIC_RELEASE);
}

void console_write(const char *text, size_t len)
{
	unsigned long flags = spin_lock_irqsave(&log_lock);

	if (!early_write(text, len))
		log_put_locked(text, len);
	spin_unlock_irqrestore(&log_lock, flags);
	console_kick();
}

static size_t log_pending(void)
{
	return (size_t)(__atomic_load_n(&log_tail, __ATOMIC_ACQUIRE) -
			log_head);
}

/* Is there anything of the log, or to be done for it? */
static bool log_waits(void)
{
	return log_pending() || broke_line ||
	       __atomic_load_n(&log_dropped, __ATOMIC_RELAXED);
}

/* The ring is empty: say what did not fit. */
static void log_tell_dropped(void)
{
	uint32_t lines;
	int n;

	if (likely(!__atomic_load_n(&log_dropped, __ATOMIC_RELAXED)))
		return;
	lines = __atomic_exchange_n(&log_dropped, 0, __ATOMIC_RELAXED);
	n = snprintf(stage, sizeof(stage),
		     "%s[%u lines of the log were not printed]\r\n",
		     at_margin ? "" : "\r\n", lines);
	stage_len = n > 0 ? (size_t)n : 0;
}

/* Up to the end of a line, '\n' as "\r\n". */
static void stage_log(void)
{
	uint64_t at = log_head;
	size_t left = MIN(log_pending(), (size_t)CONSOLE_TAKE_MAX / 2);
	char c = 0;

	if (!in_log_line && !at_margin) {
		stage[stage_len++] = '\r';
		stage[stage_len++] = '\n';
		broke_line = true;
	}
	while (left-- && c != '\n') {
		c = log_ring[at++ % sizeof(log_ring)];
		if (c == '\n')
			stage[stage_len++] = '\r';
		stage[stage_len++] = c;
	}
	in_log_line = c != '\n';
	log_turn_left -= MIN(log_turn_left, (unsigned int)stage_len);
	/* pairs with the acquire in log_put_locked() */
	__atomic_store_n(&log_head, at, __ATOMIC_RELEASE);
}

/*
 * Moving
 */

static void stage_screen(void)
{
	const struct console_screen *s = screen_get();

	log_turn_left = LOG_TURN;
	if (!s)
		return;
	if (broke_line) {
		broke_line = false;
		s->interrupted();
	}
	stage_len = s->take(stage, CONSOLE_TAKE_MAX, &screen_more);
}

/* Return: false when no source has anything. */
static bool stage_fill(void)
{
	stage_at = stage_len = 0;
	if (log_pending() && (in_log_line || log_turn_left))
		stage_log();
	if (!stage_len)
		stage_screen();
	if (!stage_len && log_pending())
		stage_log();
	if (!stage_len)
		log_tell_dropped();
	if (!stage_len)
		return false;
	at_margin = stage[stage_len - 1] == '\n';
	return true;
}

/* Return: bytes that went out; *@full: the UART takes no more. */
static unsigned int move(const struct console_dev *dev, unsigned int max,
			 bool *full)
{
	unsigned int moved = 0;

	*full = false;
	while (moved < max && !*full &&
	       !__atomic_load_n(&panicking, __ATOMIC_RELAXED)) {
		size_t n, want;

		if (stage_at == stage_len) {
			/* what comes from now on is announced by @again */
			if (!screen_more && !log_waits())
				break;
			if (!stage_fill())
				break;
		}
		want = MIN(stage_len - stage_at, (size_t)(max - moved));
		n = dev->send(stage + stage_at, want);
		stage_at += n;
		moved += (unsigned int)n;
		*full = n < want;
	}
	return moved;
}

/* A bound, because others may put as fast as this takes. */
static void move_polled(const struct console_dev *dev)
{
	size_t moved = 0;

	do {
		dev->write(stage + stage_at, stage_len - stage_at);
		moved += stage_len - stage_at;
		stage_at = stage_len;
	} while (moved < POLLED_BYTES && stage_fill());
}

/* As the mover: what there is room for. Return: false to stop for now. */
static bool move_some(const struct console_dev *dev, unsigned int *left)
{
	unsigned int moved;
	bool full;

	if (!console_is_async()) {
		move_polled(dev);
		*left -= 1;
		return *left;
	}
	moved = move(dev, *left, &full);
	*left -= MAX(moved, 1u); /* calls of others end as well */
	return !full && *left;
}

void console_kick(void)
{
	const struct console_dev *dev = console_dev();
	unsigned int left = KICK_BYTES;
	bool go_on = true;

	if (!__atomic_load_n(&boot_done, __ATOMIC_ACQUIRE) || !dev ||
	    __atomic_load_n(&panicking, __ATOMIC_RELAXED))
		return;
	lock_preempt_disable();
	__atomic_store_n(&again, true, __ATOMIC_SEQ_CST);
	while (go_on && __atomic_load_n(&again, __ATOMIC_SEQ_CST) &&
	       !__atomic_exchange_n(&moving, true, __ATOMIC_SEQ_CST)) {
		__atomic_store_n(&again, false, __ATOMIC_SEQ_CST);
		screen_more = true;
		go_on = move_some(dev, &left);
		__atomic_store_n(&moving, false, __ATOMIC_SEQ_CST);
	}
	/*
	 * The interrupt goes on: it comes, for the UART is full, or takes bytes
	 * so fast that it has come already. Not before others may move: it may
	 * come here, at once.
	 */
	if (!go_on && console_is_async())
		dev->tx_irq(true);
	lock_preempt_enable();
}

/*
 * The interrupt is turned off first. Who is moving meanwhile, so that this
 * cannot, has not let go yet and will turn it on again, should it stop.
 */
void console_tx_ready(void)
{
	const struct console_dev *dev = console_dev();
	const struct console_screen *s = screen_get();

	if (dev && dev->tx_irq)
		dev->tx_irq(false);
	console_kick();
	if (s)
		s->room();
}

/*
 * Boot and panic
 */

void console_boot_done(void)
{
	unsigned long flags = spin_lock_irqsave(&log_lock);

	if (early_shown)
		log_head = log_tail;
	/* pairs with the acquire in console_kick() */
	__atomic_store_n(&boot_done, true, __ATOMIC_RELEASE);
	spin_unlock_irqrestore(&log_lock, flags);
	console_kick();
}

void console_start_async(void)
{
	const struct console_dev *dev = console_dev();

	if (dev && dev->send && dev->tx_irq)
		__atomic_store_n(&async, true, __ATOMIC_RELAXED);
}

static void panic_log_flush(const struct console_dev *dev)
{
	uint64_t tail = __atomic_load_n(&log_tail, __ATOMIC_RELAXED);

	/* a CPU that was stopped in the midst of it left it odd: no more */
	for (size_t n = 0; log_head != tail && n < sizeof(log_ring); n++) {
		char c = log_ring[log_head++ % sizeof(log_ring)];

		if (c == '\n')
			dev->write("\r", 1);
		dev->write(&c, 1);
		at_margin = c == '\n';
	}
}

static void panic_screen_flush(const struct console_dev *dev)
{
	const struct console_screen *s = screen_get();
	char buf[64];

	for (size_t n, sum = 0; s && sum < PANIC_SCREEN_BYTES; sum += n) {
		n = s->take_panic(buf, sizeof(buf));
		if (!n)
			return;
		dev->write(buf, n);
		at_margin = buf[n - 1] == '\n';
	}
}

/* What was on its way, in the order in which it would have come. */
static void panic_flush(const struct console_dev *dev)
{
	if (stage_at < stage_len && stage_len <= sizeof(stage))
		dev->write(stage + stage_at, stage_len - stage_at);
	if (log_head != log_tail && !in_log_line && !at_margin)
		dev->write("\r\n", 2);
	panic_log_flush(dev);
	panic_screen_flush(dev);
	if (!at_margin)
		dev->write("\r\n", 2);
}

/*
 * Another CPU may be moving bytes: it ends soon, unless it was this one, or is
 * stuck itself.
 */
static void panic_take_uart(void)
{
	uint64_t end = arch_counter() + arch_counter_freq_hz() / 100;

	__atomic_store_n(&panicking, true, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&moving, __ATOMIC_ACQUIRE) &&
	       arch_counter() < end)
		arch_cpu_relax();
}

void console_panic_write(const char *text, size_t len)
{
	const struct console_dev *dev = current_dev;
	static bool flushed;

	if (!dev) {
		(void)early_write(text, len);
		return;
	}
	if (!flushed) {
		flushed = true;
		panic_take_uart();
		panic_flush(dev);
	}
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			dev->write("\r", 1);
		dev->write(&text[i], 1);
	}
}
