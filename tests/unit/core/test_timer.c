/* SPDX-License-Identifier: Apache-2.0 */
/* Timers on a pretend machine, and the conversion of time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <core/cpu.h>
#include <core/irq.h>
#include <core/task.h>
#include <core/timer.h>

#include "../../../core/core.h"
#include "../../fake/machine.h"

#define MS 1000000ull

/* Each fired timer notes its letter and when. */
static char order[64];
static unsigned int fired;
static uint64_t fired_at[64];
static unsigned int fired_on;

static void note(struct timer *timer)
{
	order[fired] = *(const char *)timer->ctx;
	fired_at[fired++] = time_ns();
	order[fired] = 0;
	fired_on = arch_this_cpu()->id;
}

static void reset(void)
{
	fired = 0;
	order[0] = 0;
}

static void ordering(void)
{
	static const struct {
		const char *letter;
		uint64_t after_ns;
	} rows[] = {
		{"c", 3 * MS}, {"a", 1 * MS}, {"d", 3 * MS}, /* after c */
		{"b", 2 * MS}, {"e", 9 * MS},
	};
	struct timer timers[ARRAY_SIZE(rows)];
	uint64_t start = time_ns();

	reset();
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		timer_init(&timers[i], note, (void *)rows[i].letter);
		timer_set(&timers[i], start + rows[i].after_ns);
	}
	machine_work(20 * MS);
	assert_string_equal(order, "abcde");
	assert_in_range(fired_at[0], start + MS, start + MS + 5000);
	assert_in_range(fired_at[4], start + 9 * MS, start + 9 * MS + 5000);
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(timers[i].cpu, 0);
}

static void past_fires_at_once(void)
{
	struct timer timer;

	reset();
	timer_init(&timer, note, "p");
	timer_set(&timer, 0);
	machine_work(MACHINE_QUANTUM_NS);
	assert_string_equal(order, "p");
}

static void rearming_moves(void)
{
	struct timer timer;
	uint64_t start = time_ns();

	reset();
	timer_init(&timer, note, "m");
	timer_set(&timer, start + MS);
	timer_set(&timer, start + 4 * MS);
	machine_work(2 * MS);
	assert_int_equal(fired, 0);
	timer_set(&timer, start + 3 * MS);
	machine_work(10 * MS);
	assert_int_equal(fired, 1);
	assert_in_range(fired_at[0], start + 3 * MS, start + 3 * MS + 5000);
}

static void cancelling(void)
{
	struct timer a, b, c;
	uint64_t start = time_ns();

	reset();
	timer_init(&a, note, "a");
	timer_init(&b, note, "b");
	timer_init(&c, note, "c");
	timer_set(&a, start + MS);
	timer_set(&b, start + 2 * MS);
	timer_set(&c, start + 3 * MS);
	timer_cancel(&b); /* in the middle */
	timer_cancel(&a); /* the first */
	timer_cancel(&a); /* not armed any more */
	machine_work(5 * MS);
	assert_string_equal(order, "c");
	timer_cancel(&c); /* fired already */
}

/* fn arms its timer again, four times. */
static void again(struct timer *timer)
{
	note(timer);
	if (fired < 5)
		timer_set(timer, timer->deadline_ns + MS);
}

static void periodic(void)
{
	struct timer timer;
	uint64_t start = time_ns();

	reset();
	timer_init(&timer, again, "x");
	timer_set(&timer, start + MS);
	machine_work(20 * MS);
	assert_int_equal(fired, 5);
	assert_in_range(fired_at[4], start + 5 * MS, start + 5 * MS + 5000);
}

/* A function that takes long, on another CPU. */
static volatile unsigned int slow_stage;

static void slow(struct timer *timer)
{
	(void)timer;
	slow_stage = 1;
	machine_work(2 * MS);
	slow_stage = 2;
}

static void arm(void *arg)
{
	struct timer *timer = arg;

	timer_set(timer, time_ns() + MS);
}

static void cancel_waits_for_a_running_function(void)
{
	struct timer timer;

	slow_stage = 0;
	timer_init(&timer, slow, NULL);
	smp_call(2, arm, &timer);
	assert_int_equal(timer.cpu, 3);
	while (slow_stage == 0)
		machine_work(MACHINE_QUANTUM_NS);
	assert_int_equal(slow_stage, 1);
	timer_cancel(&timer);
	assert_int_equal(slow_stage, 2);
}

/* Armed elsewhere: setting it moves it here, cancelling takes it out there. */
static void across_cpus(void)
{
	struct timer timer;
	uint64_t start = time_ns();

	reset();
	timer_init(&timer, note, "r");
	smp_call(1, arm, &timer);
	timer_cancel(&timer);
	assert_int_equal(timer.cpu, 0);
	machine_work(3 * MS);
	assert_int_equal(fired, 0);
	smp_call(1, arm, &timer);
	timer_set(&timer, time_ns() + 2 * MS);
	machine_work(5 * MS);
	assert_int_equal(fired, 1);
	assert_int_equal(fired_on, 0);
	(void)start;
}

/* A function that never ends arming its timer loses against timer_cancel(). */
static void forever(struct timer *timer)
{
	timer_set(timer, time_ns() + 3 * MACHINE_QUANTUM_NS);
	machine_work(2 * MACHINE_QUANTUM_NS);
}

static void cancel_beats_rearming(void)
{
	for (unsigned int i = 0; i < 50; i++) {
		struct timer timer;

		timer_init(&timer, forever, NULL);
		smp_call(1, arm, &timer);
		machine_work(MS + i * MACHINE_QUANTUM_NS);
		timer_cancel(&timer);
		assert_int_equal(timer.cpu, 0);
		machine_work(20 * MACHINE_QUANTUM_NS);
		assert_int_equal(timer.cpu, 0);
	}
}

/* Nothing armed: no interrupts, and the host timer is left alone. */
static void tickless(void)
{
	unsigned int sets;
	uint64_t irqs;

	machine_work(20 * MS); /* what earlier tests left fires */
	sets = machine_notes.timer_sets;
	irqs = irq_count_on(MACHINE_TIMER_IRQ, 0);
	machine_work(100 * MS);
	assert_int_equal(machine_notes.timer_sets, sets);
	assert_int_equal(irq_count_on(MACHINE_TIMER_IRQ, 0), irqs);
}

static void delays(void)
{
	uint64_t start = time_ns();

	time_delay_us(250);
	assert_in_range(time_ns(), start + 250000, start + 255000);
}

static void test_conversion(void **state)
{
	static const uint64_t freqs[] = {1000000,  19200000,   24000000,
					 62500000, 1000000000, 2000000000};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(freqs); i++) {
		uint64_t freq = freqs[i];
		uint64_t century_s = 86400ull * 36500;
		uint64_t century_ns = century_s * 1000000000;

		time_calibrate(freq);
		assert_int_equal(time_from_ticks(0), 0);
		assert_in_range(time_from_ticks(freq), 999999999, 1000000000);
		/* a century later it is still off by no more than rounding */
		assert_in_range(time_from_ticks(century_s * freq),
				century_ns - 1, century_ns);
		assert_in_range(time_to_ticks(century_ns), century_s * freq - 1,
				century_s * freq);
		assert_int_equal(time_to_ticks(UINT64_MAX) == UINT64_MAX,
				 freq >= 1000000000);
		assert_int_equal(time_from_ticks(UINT64_MAX) == UINT64_MAX,
				 freq <= 1000000000);
		/* there and back is never later, nor much earlier */
		for (uint64_t ns = 1; ns < UINT64_MAX / 20; ns = ns * 7 + 3)
			assert_in_range(time_from_ticks(time_to_ticks(ns) + 2),
					ns, ns + 2 + 2000000000 / freq);
	}
	time_calibrate(MACHINE_FREQ_HZ);
}

#define ON_MACHINE(fn)                                                         \
	static void test_##fn(void **state)                                    \
	{                                                                      \
		(void)state;                                                   \
		machine_test(fn, 10000 * MS);                                  \
	}

ON_MACHINE(ordering)
ON_MACHINE(past_fires_at_once)
ON_MACHINE(rearming_moves)
ON_MACHINE(cancelling)
ON_MACHINE(periodic)
ON_MACHINE(cancel_waits_for_a_running_function)
ON_MACHINE(across_cpus)
ON_MACHINE(cancel_beats_rearming)
ON_MACHINE(tickless)
ON_MACHINE(delays)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordering),
		cmocka_unit_test(test_past_fires_at_once),
		cmocka_unit_test(test_rearming_moves),
		cmocka_unit_test(test_cancelling),
		cmocka_unit_test(test_periodic),
		cmocka_unit_test(test_cancel_waits_for_a_running_function),
		cmocka_unit_test(test_across_cpus),
		cmocka_unit_test(test_cancel_beats_rearming),
		cmocka_unit_test(test_tickless),
		cmocka_unit_test(test_delays),
		cmocka_unit_test(test_conversion),
	};

	machine_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
