/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines: formatted on the stack, copied into a ring, handed to the sink in
 * one piece.
 */
#include <lib/log.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <arch/cpu.h>
#include <lib/lock.h>

#define LIMIT_WINDOW_NS 1000000000ull
#define LIMIT_LINES 10
#define RING_BYTES ((uint64_t)CONFIG_LOG_RING_KIB << 10)

/*
 * Levels. Only the shell writes them; a line on its way may see the old ones.
 */
struct tag_level {
	const char *tag; /* NULL: the row is free */
	uint32_t level;
};

static uint32_t default_level = LOG_INFO;
static struct tag_level tag_levels[LOG_TAG_LEVELS];
static uint32_t tag_level_count;
static uint32_t highest_level = LOG_INFO; /* of all these */

/*
 * The ring: a record's header, its text, the next record. Positions only grow.
 */
struct record {
	uint16_t len;
	uint8_t level;
	uint8_t tag_at; /* where in the text the tag begins */
};

/* guards all of it */
static struct spinlock log_lock = SPINLOCK_INIT(LOCK_RANK_LOG);
static char ring[RING_BYTES];
static uint64_t ring_head, ring_tail; /* newest record's end, oldest's start */
static uint64_t first_line, next_line;
static uint64_t overwritten;

static void (*sink)(const char *text, size_t len);
static bool panicking; /* the lock's holder may be stopped for good */

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
			  const char *tag, size_t *tag_at, const char *fmt,
			  va_list args)
{
	uint64_t seconds;
	uint64_t us = ticks_scaled(&seconds, 1000000);
	size_t len;
	int n;

	n = snprintf(line, size, "[%4lu.%06lu] %c ", (unsigned long)seconds,
		     (unsigned long)us, level_letter(level));
	*tag_at = len = n < 0 ? 0 : (size_t)n;
	n = snprintf(line + len, size - len, "%s: ", tag);
	len = n < 0 ? len : MIN(len + (size_t)n, size - 1);
	n = vsnprintf(line + len, size - len, fmt, args);
	if (n > 0)
		len += (size_t)n;
	if (len > size - 2) {
		len = size - 2;
		for (size_t i = len - 3; i < len; i++)
			line[i] = '.';
	}
	line[len++] = '\n';
	return len;
}

/*
 * The ring
 */

static void ring_copy_in(uint64_t at, const void *from, size_t len)
{
	size_t start = (size_t)(at % RING_BYTES);
	size_t n = MIN(len, (size_t)RING_BYTES - start);

	memcpy(ring + start, from, n);
	memcpy(ring, (const char *)from + n, len - n);
}

static void ring_copy_out(uint64_t at, void *to, size_t len)
{
	size_t start = (size_t)(at % RING_BYTES);
	size_t n = MIN(len, (size_t)RING_BYTES - start);

	memcpy(to, ring + start, n);
	memcpy((char *)to + n, ring, len - n);
}

static void drop_oldest_locked(void) __must_hold(log_lock)
{
	struct record record;

	ring_copy_out(ring_tail, &record, sizeof(record));
	ring_tail += sizeof(record) + record.len;
	first_line++;
	overwritten++;
}

static void ring_put(const struct record *record, const char *text)
{
	size_t size = sizeof(*record) + record->len;
	unsigned long flags = spin_lock_irqsave(&log_lock);

	while (ring_head + size - ring_tail > RING_BYTES)
		drop_oldest_locked();
	ring_copy_in(ring_head, record, sizeof(*record));
	ring_copy_in(ring_head + sizeof(*record), text, record->len);
	ring_head += size;
	next_line++;
	spin_unlock_irqrestore(&log_lock, flags);
}

void log_read_begin(struct log_reader *reader)
{
	unsigned long flags = spin_lock_irqsave(&log_lock);

	reader->line = first_line;
	reader->at = ring_tail;
	reader->lost = overwritten;
	spin_unlock_irqrestore(&log_lock, flags);
}

/* The tag stands in the text, up to a colon. */
static void tag_copy(struct log_line *line, size_t tag_at)
{
	size_t n = 0;

	while (n < LOG_TAG_MAX - 1 && tag_at + n < line->len &&
	       line->text[tag_at + n] != ':') {
		line->tag[n] = line->text[tag_at + n];
		n++;
	}
	line->tag[n] = '\0';
}

bool log_read(struct log_reader *reader, struct log_line *line)
{
	unsigned long flags = spin_lock_irqsave(&log_lock);
	struct record record = {0};
	bool found;

	if (reader->line < first_line) {
		reader->lost += first_line - reader->line;
		reader->line = first_line;
		reader->at = ring_tail;
	}
	found = reader->line < next_line;
	if (found) {
		ring_copy_out(reader->at, &record, sizeof(record));
		reader->at += sizeof(record);
		ring_copy_out(reader->at, line->text, record.len);
		reader->at += record.len;
		reader->line++;
	}
	spin_unlock_irqrestore(&log_lock, flags);
	if (!found)
		return false;

	line->level = record.level;
	line->len = record.len;
	line->text[record.len] = '\0';
	tag_copy(line, record.tag_at);
	return true;
}

void log_clear(void)
{
	unsigned long flags = spin_lock_irqsave(&log_lock);

	ring_tail = ring_head;
	first_line = next_line;
	overwritten = 0;
	spin_unlock_irqrestore(&log_lock, flags);
}

/*
 * Levels
 */

static struct tag_level *tag_find(const char *tag)
{
	for (unsigned int i = 0; i < LOG_TAG_LEVELS; i++) {
		struct tag_level *row = &tag_levels[i];
		const char *name = __atomic_load_n(&row->tag, __ATOMIC_ACQUIRE);

		if (name && !strcmp(name, tag))
			return row;
	}
	return NULL;
}

bool log_is_on(enum log_level level, const char *tag)
{
	const struct tag_level *row;

	if (level > __atomic_load_n(&highest_level, __ATOMIC_RELAXED))
		return false;
	if (!__atomic_load_n(&tag_level_count, __ATOMIC_RELAXED))
		return true;
	row = tag_find(tag);
	return level <= __atomic_load_n(row ? &row->level : &default_level,
					__ATOMIC_RELAXED);
}

static void levels_changed(void)
{
	uint32_t highest = default_level, count = 0;

	for (unsigned int i = 0; i < LOG_TAG_LEVELS; i++) {
		if (!tag_levels[i].tag)
			continue;
		count++;
		highest = MAX(highest, tag_levels[i].level);
	}
	__atomic_store_n(&tag_level_count, count, __ATOMIC_RELAXED);
	__atomic_store_n(&highest_level, highest, __ATOMIC_RELAXED);
}

void log_set_level(enum log_level level)
{
	__atomic_store_n(&default_level, (uint32_t)level, __ATOMIC_RELAXED);
	levels_changed();
}

enum log_level log_level(void)
{
	return __atomic_load_n(&default_level, __ATOMIC_RELAXED);
}

int log_set_tag_level(const char *tag, enum log_level level)
{
	struct tag_level *row = tag_find(tag);

	for (unsigned int i = 0; !row && i < LOG_TAG_LEVELS; i++)
		if (!tag_levels[i].tag)
			row = &tag_levels[i];
	if (!row)
		return -ENOSPC;
	__atomic_store_n(&row->level, (uint32_t)level, __ATOMIC_RELAXED);
	__atomic_store_n(&row->tag, tag, __ATOMIC_RELEASE);
	levels_changed();
	return 0;
}

void log_unset_tag_level(const char *tag)
{
	struct tag_level *row = tag_find(tag);

	if (row)
		__atomic_store_n(&row->tag, NULL, __ATOMIC_RELAXED);
	levels_changed();
}

const char *log_tag_level(unsigned int index, enum log_level *level)
{
	for (unsigned int i = 0; i < LOG_TAG_LEVELS; i++) {
		if (!tag_levels[i].tag || index--)
			continue;
		*level = tag_levels[i].level;
		return tag_levels[i].tag;
	}
	return NULL;
}

/*
 * Lines
 */

void log_print(enum log_level level, const char *tag, const char *fmt, ...)
{
	void (*write)(const char *text, size_t len);
	char line[LOG_LINE_MAX];
	struct record record;
	va_list args;
	size_t len, tag_at;

	if (!log_is_on(level, tag))
		return;
	va_start(args, fmt);
	len = format_line(line, sizeof(line), level, tag, &tag_at, fmt, args);
	va_end(args);

	write = __atomic_load_n(&sink, __ATOMIC_ACQUIRE);
	if (!panicking) {
		record = (struct record){
			.len = (uint16_t)len,
			.level = (uint8_t)level,
			.tag_at = (uint8_t)tag_at,
		};
		ring_put(&record, line);
	}
	if (write)
		write(line, len);
	else
		early_write(line, len);
}

void log_set_panic_sink(void (*write)(const char *text, size_t len))
{
	sink = write;
	panicking = true;
}

void log_set_sink(void (*write)(const char *text, size_t len))
{
	__atomic_store_n(&sink, write, __ATOMIC_RELEASE);
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
