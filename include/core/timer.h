/* SPDX-License-Identifier: Apache-2.0 */
/* Time, and one-shot timers: one queue a CPU, tickless. */
#ifndef CORE_TIMER_H
#define CORE_TIMER_H

#include <lib/types.h>

/** time_ns() - monotonic, since the counter's zero */
uint64_t time_ns(void);
/** time_from_ticks(), time_to_ticks() - arch_counter() units; saturate */
uint64_t time_from_ticks(uint64_t ticks);
uint64_t time_to_ticks(uint64_t ns);
void time_delay_us(uint32_t us);

/**
 * struct timer - storage belongs to the caller; zeroed is "not armed"
 *
 * All fields are private to core/timer.c but for the first two.
 */
struct timer {
	void (*fn)(struct timer *timer); /* interrupt context */
	void *ctx;
	uint64_t deadline_ns;
	struct timer *next;
	int cpu; /* 1 + id of the CPU whose queue holds it; 0: not armed */
};

/** timer_init() - before first use */
void timer_init(struct timer *timer, void (*fn)(struct timer *timer),
		void *ctx);
/** timer_set() - (re-)arm on the calling CPU; a past deadline fires at once */
void timer_set(struct timer *timer, uint64_t deadline_ns);
/** timer_cancel() - when it returns, fn is not running and will not run */
void timer_cancel(struct timer *timer);

/** timer_cpu_init() - on each CPU: connect the host timer's interrupt */
void timer_cpu_init(void);

#endif
