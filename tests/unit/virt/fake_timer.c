/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_timer.h"

#include <stdlib.h>

struct timer *fake_timer_armed;
unsigned int fake_timer_sets;

static uint64_t now_ns;

uint64_t time_ns(void)
{
	return now_ns;
}

void timer_init(struct timer *timer, void (*fn)(struct timer *timer), void *ctx)
{
	*timer = (struct timer){.fn = fn, .ctx = ctx};
}

void timer_set(struct timer *timer, uint64_t deadline_ns)
{
	if (fake_timer_armed && fake_timer_armed != timer)
		abort();
	fake_timer_sets++;
	timer->deadline_ns = deadline_ns;
	fake_timer_armed = timer;
}

void timer_cancel(struct timer *timer)
{
	if (fake_timer_armed == timer)
		fake_timer_armed = NULL;
}

void fake_time_start(uint64_t ns)
{
	now_ns = ns;
	fake_timer_armed = NULL;
	fake_timer_sets = 0;
}

void fake_time_pass(uint64_t ns)
{
	uint64_t end_ns = now_ns + ns;

	while (fake_timer_armed && fake_timer_armed->deadline_ns <= end_ns) {
		struct timer *timer = fake_timer_armed;

		if (now_ns < timer->deadline_ns)
			now_ns = timer->deadline_ns;
		fake_timer_armed = NULL;
		timer->fn(timer);
	}
	now_ns = end_ns;
}
