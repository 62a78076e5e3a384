/* SPDX-License-Identifier: Apache-2.0 */
/* Time that a test makes pass, and the one timer of the device it tests. */
#ifndef FAKE_TIMER_H
#define FAKE_TIMER_H

#include <core/timer.h>

#define NS_PER_S 1000000000ull

/* NULL: not armed */
extern struct timer *fake_timer_armed;
/* calls of timer_set() */
extern unsigned int fake_timer_sets;

/** fake_time_start() - time_ns() is @ns, nothing is armed */
void fake_time_start(uint64_t ns);
/** fake_time_pass() - the timer fires on its way when it is due */
void fake_time_pass(uint64_t ns);

#endif
