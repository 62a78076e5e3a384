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

/**
 * log_print() - one line of log, "[time] level tag: text", newline added
 *
 * Lines above the current level cost a comparison. Safe in any context,
 * before the heap and console exist (early output goes to the early UART).
 */
void log_print(enum log_level level, const char *tag, const char *fmt, ...)
	__printf(3, 4);

/** log_set_level() - LOG_OFF silences everything but panics */
void log_set_level(enum log_level level);
enum log_level log_level(void);

/**
 * log_set_sink() - where finished text goes; NULL: nowhere
 * @write: takes bytes, callable with interrupts off, must not log
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

#define log_err(...) log_print(LOG_ERR, LOG_TAG, __VA_ARGS__)
#define log_warn(...) log_print(LOG_WARN, LOG_TAG, __VA_ARGS__)
#define log_info(...) log_print(LOG_INFO, LOG_TAG, __VA_ARGS__)
#define log_debug(...) log_print(LOG_DEBUG, LOG_TAG, __VA_ARGS__)
#define log_limited(limit, level, ...)                                         \
	do {                                                                   \
		if (log_limit_ok(limit))                                       \
			log_print(level, LOG_TAG, __VA_ARGS__);                \
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
