/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: levels, one tag a file, a sink that the console layer sets.
 *
 * Each source that logs defines LOG_TAG before including this header.
 * Not for hot paths. What a guest can trigger uses log_limited().
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <lib/types.h>
#include <lib/util.h>

enum log_level {
	LOG_OFF,
	LOG_ERR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG,
	LOG_TRACE,
};

/* a line with its end; tags are shorter than what is kept of them */
#define LOG_LINE_MAX 256
#define LOG_TAG_MAX 16
/* tags that may have a level of their own at a time */
#define LOG_TAG_LEVELS 16

/**
 * log_print() - one line of log, "[time] level tag: text", newline added
 *
 * It goes into the ring and to the sink. Lines above the current level cost a
 * comparison; while some tag has a level of its own, those below the highest
 * cost a look for theirs. Safe in any context, before the heap and console
 * exist (early output goes to the early UART). The lock is held only to copy
 * the line; lines of several CPUs may reach the sink in another order.
 */
void log_print(enum log_level level, const char *tag, const char *fmt, ...)
	__printf(3, 4);

/** log_is_on() - would log_print() print it? */
bool log_is_on(enum log_level level, const char *tag);

/*
 * What is logged. One task at a time may change it.
 */

/** log_set_level() - LOG_OFF silences everything but panics */
void log_set_level(enum log_level level);
/** log_level() - of the tags that have none of their own */
enum log_level log_level(void);
/**
 * log_set_tag_level() - a level for one subsystem
 * @tag: kept by reference
 *
 * Return: 0; -ENOSPC when LOG_TAG_LEVELS others have one.
 */
int __must_check log_set_tag_level(const char *tag, enum log_level level);
/** log_unset_tag_level() - it follows log_level() again */
void log_unset_tag_level(const char *tag);
/** log_tag_level() - the @index'th tag that has one; NULL: no more */
const char *log_tag_level(unsigned int index, enum log_level *level);

/*
 * What was logged: the newest lines, as many as fit CONFIG_LOG_RING_KIB.
 */

/** struct log_line - one of them, a copy; @text ends in a newline and NUL */
struct log_line {
	enum log_level level;
	char tag[LOG_TAG_MAX];
	size_t len;
	char text[LOG_LINE_MAX + 1];
};

/**
 * struct log_reader - where reading goes on
 * @lost: lines that were overwritten before this reader came to them
 *
 * The other fields are private.
 */
struct log_reader {
	uint64_t line, at;
	uint64_t lost;
};

/** log_read_begin() - at the oldest line */
void log_read_begin(struct log_reader *reader);
/** log_read() - the next line; false: there is none yet */
bool log_read(struct log_reader *reader, struct log_line *line);
/** log_clear() - forget all lines */
void log_clear(void);

/**
 * log_set_sink() - where finished text goes; NULL: to an early UART, if any
 * @write: takes bytes, any CPU, callable with interrupts off, must not log
 */
void log_set_sink(void (*write)(const char *text, size_t len));

/** log_set_panic_sink() - by panic(): from now on here, and without a lock */
void log_set_panic_sink(void (*write)(const char *text, size_t len));

/** struct log_limit - lets a few lines a second through, counts the rest */
struct log_limit {
	uint64_t window_start_ns;
	uint32_t passed;
	uint32_t dropped;
};
/** log_limit_ok() - true when this line may be printed (10 a second) */
bool log_limit_ok(struct log_limit *limit);

/* Which tags there are, for lib/log_tags.h; no pointers, so no relocations. */
#define LOG_TAG_NOTE                                                           \
	static const char log_tag_note[] __linked_in(".log_tags") = LOG_TAG

#define log_at(level, ...)                                                     \
	do {                                                                   \
		LOG_TAG_NOTE;                                                  \
		log_print(level, LOG_TAG, __VA_ARGS__);                        \
	} while (0)
#define log_err(...) log_at(LOG_ERR, __VA_ARGS__)
#define log_warn(...) log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)
#define log_limited(limit, level, ...)                                         \
	do {                                                                   \
		if (log_is_on(level, LOG_TAG) && log_limit_ok(limit))          \
			log_at(level, __VA_ARGS__);                            \
	} while (0)

/**
 * panic() - our own bug: print a report with registers and backtraces of
 * every CPU, wait for the deadline, reboot. Implemented in core/panic.c.
 */
__noreturn void panic(const char *fmt, ...) __printf(1, 2);

#define BUG_ON(cond)                                                           \
	do {                                                                   \
		if (unlikely(cond))                                            \
			panic("%s:%d: %s", __FILE__, __LINE__, #cond);         \
	} while (0)

#endif
