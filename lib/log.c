/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: formatted on the stack, handed to the sink in one piece. */
#include <lib/log.h>

#include <stdarg.h>
#include <stdio.h>

#include <arch/cpu.h>
#include <lib/lock.h>

#define LINE_MAX_BYTES 256
#define LIMIT_WINDOW_NS 1000000000ull
#define LIMIT_LINES 10

static enum log_level current_level = LOG_INFO;
static void (*sink)(const char *text, size_t len);
static bool panicking; /* the lock's holder may be stopped for good */
/* keeps the lines of several CPUs apart */
static struct spinlock log_lock = SPINLOCK_INIT(LOCK_RANK_LOG);

/* counter ticks to a fraction of seconds, without overflow for 580 years */
static uint64_t ticks_scaled(uint64_t *seconds, uint64_t units)
{
	uint64_t freq_hz = arch_counter_freq_hz();
	uint64_t ticks = arch_counter();

	if (!freq_hz) {
		*seconds = 0;
		return 0;
	}
	*seconds = ticks / freq_hz;
	return ticks % freq_hz * units / freq_hz;
}

static void early_write(const char *text, size_t len)
{
	if (!arch_early_putc)
		return;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n')
			arch_early_putc('\r');
		arch_early_putc(text[i]);
	}
}

static char level_letter(enum log_level level)
{
	return "-EWIDT"[level <= LOG_TRACE ? level : LOG_TRACE];
}

/* one line into @line, always ending in '\n'; an overlong one ends in "..." */
static size_t format_line(char *line, size_t size, enum log_level level,
			  const char *tag, const char *fmt, va_list args)
{
	uint64_t seconds;
	uint64_t us = ticks_scaled(&seconds, 1000000);
	size_t len;
	int n;

	n = snprintf(line, size, "[%4lu.%06lu] %c %s: ", (unsigned long)seconds,
		     (unsigned long)us, level_letter(level), tag);
	len = n < 0 ? 0 : MIN((size_t)n, size - 1);
	n = vsnprintf(line + len, size - len, fmt, args);
	if (n > 0)
		len += n;
	if (len > size - 2) {
		len = size - 2;
		for (size_t i = len - 3; i < len; i++)
			line[i] = '.';
	}
	line[len++] = '\n';
	return len;
}

void log_print(enum log_level level, const char *tag, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	unsigned long flags;
	va_list args;
	size_t len;

	if (level > __atomic_load_n(&current_level, __ATOMIC_RELAXED))
		return;
	va_start(args, fmt);
	len = format_line(line, sizeof(line), level, tag, fmt, args);
	va_end(args);

	if (panicking) {
		sink(line, len);
		return;
	}
	flags = spin_lock_irqsave(&log_lock);
	if (sink)
		sink(line, len);
	else
		early_write(line, len);
	spin_unlock_irqrestore(&log_lock, flags);
}

void log_set_panic_sink(void (*write)(const char *text, size_t len))
{
	sink = write;
	panicking = true;
}

void log_set_level(enum log_level level)
{
	__atomic_store_n(&current_level, level, __ATOMIC_RELAXED);
}

enum log_level log_level(void)
{
	return __atomic_load_n(&current_level, __ATOMIC_RELAXED);
}

void log_set_sink(void (*write)(const char *text, size_t len))
{
	unsigned long flags = spin_lock_irqsave(&log_lock);

	sink = write;
	spin_unlock_irqrestore(&log_lock, flags);
}

/*
 * Several CPUs may share one limit: a lost update lets a line more or less
 * through, which is why plain relaxed atomics do.
 */
bool log_limit_ok(struct log_limit *limit)
{
	uint64_t seconds;
	uint64_t ns = ticks_scaled(&seconds, LIMIT_WINDOW_NS);
	uint64_t now = seconds * LIMIT_WINDOW_NS + ns;
	uint64_t start =
		__atomic_load_n(&limit->window_start_ns, __ATOMIC_RELAXED);

	if (start == 0 || now >= start + LIMIT_WINDOW_NS) {
		uint32_t dropped = __atomic_exchange_n(&limit->dropped, 0,
						       __ATOMIC_RELAXED);

		__atomic_store_n(&limit->window_start_ns, now ? now : 1,
				 __ATOMIC_RELAXED);
		__atomic_store_n(&limit->passed, 0, __ATOMIC_RELAXED);
		if (dropped)
			log_print(LOG_WARN, "log",
				  "%u lines like the next were dropped",
				  dropped);
	}
	if (__atomic_fetch_add(&limit->passed, 1, __ATOMIC_RELAXED) <
	    LIMIT_LINES)
		return true;
	__atomic_fetch_add(&limit->dropped, 1, __ATOMIC_RELAXED);
	return false;
}
