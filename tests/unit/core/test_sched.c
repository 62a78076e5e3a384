/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real scheduler, wait queues and timers on a pretend machine of 4 CPUs.
 *
 * Over 600 lines: each case is short and reads the same trail of what ran.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <core/cpu.h>
#include <core/irq.h>
#include <core/task.h>
#include <core/timer.h>

#include "../../fake/machine.h"

#define MS 1000000ull
#define LIMIT (10000 * MS)

/* What happened, in order. */
static char trail[256];
static unsigned int trail_len;

static void mark(char c)
{
	if (trail_len < sizeof(trail) - 1)
		trail[trail_len++] = c;
	trail[trail_len] = 0;
}

static struct task *spawn(const char *name, void (*fn)(void *), void *arg,
			  uint8_t priority, uint64_t affinity)
{
	const struct task_attr attr = {
		.name = name,
		.fn = fn,
		.arg = arg,
		.priority = priority,
		.affinity = affinity,
	};
	struct task *task;

	assert_int_equal(task_create(&attr, &task), 0);
	return task;
}

/*
 * Priorities and pre-emption
 */

static void mark_work_mark(void *arg)
{
	const char *letters = arg;

	mark(letters[0]);
	machine_work(10 * MS);
	mark(letters[1]);
}

static void priorities(void)
{
	struct task *a, *b, *c;

	trail_len = 0;
	a = spawn("a", mark_work_mark, "aA", 3, BIT(1));
	task_sleep_until(time_ns() + MS);
	b = spawn("b", mark_work_mark, "bB", 7, BIT(1));
	c = spawn("c", mark_work_mark, "cC", 5, BIT(1));
	task_join(a);
	task_join(b);
	task_join(c);
	/* b cuts a short; c waits for b and goes before a */
	assert_string_equal(trail, "abBcCA");
}

static uint64_t woken_at;

static void sleeper(void *arg)
{
	uint64_t deadline = *(uint64_t *)arg;

	task_sleep_until(deadline);
	woken_at = time_ns();
}

static void work(void *arg)
{
	machine_work(*(uint64_t *)arg);
}

static void preemption_by_timer(void)
{
	uint64_t deadline = time_ns() + 20 * MS;
	uint64_t length = 50 * MS;
	struct task *high = spawn("high", sleeper, &deadline, 9, BIT(2));
	struct task *low = spawn("low", work, &length, 4, BIT(2));

	task_join(high);
	assert_true(woken_at >= deadline);
	assert_true(woken_at <= deadline + 2 * MACHINE_QUANTUM_NS);
	task_join(low);
}

static bool flag;
static struct wait_queue wq;

static bool flag_set(void *arg)
{
	(void)arg;
	return __atomic_load_n(&flag, __ATOMIC_RELAXED);
}

static void wait_and_mark(void *arg)
{
	wait_event(&wq, flag_set, NULL);
	mark(*(const char *)arg);
}

/* A wake-up inside a section that may not be pre-empted takes effect at its
 * end, be it by the preempt count or by masked interrupts. */
static void wake_in_sections(void *arg)
{
	bool masked = *(bool *)arg;
	unsigned long flags = 0;

	machine_work(MS);
	if (masked)
		flags = arch_irq_save();
	else
		preempt_disable();
	flag = true;
	wait_wake_all(&wq);
	machine_work(MS);
	mark('1');
	if (masked)
		arch_irq_restore(flags);
	else
		preempt_enable();
	mark('2');
}

static void sections(void)
{
	for (unsigned int i = 0; i < 2; i++) {
		bool masked = i;
		struct task *high, *low;

		trail_len = 0;
		flag = false;
		wait_queue_init(&wq);
		high = spawn("high", wait_and_mark, "h", 9, BIT(1));
		low = spawn("low", wake_in_sections, &masked, 4, BIT(1));
		task_join(low);
		task_join(high);
		assert_string_equal(trail, "1h2");
	}
}

/*
 * Round-robin
 */

static void work_and_mark(void *arg)
{
	for (unsigned int i = 0; i < 40; i++) {
		machine_work(MS);
		mark(*(const char *)arg);
	}
}

static void round_robin(void)
{
	struct task *a, *b;
	unsigned int run = 0, switches = 0;

	trail_len = 0;
	a = spawn("a", work_and_mark, "a", 5, BIT(3));
	b = spawn("b", work_and_mark, "b", 5, BIT(3));
	task_join(a);
	task_join(b);
	assert_int_equal(trail_len, 80);
	for (unsigned int i = 1; i < trail_len; i++) {
		run++;
		if (trail[i] == trail[i - 1])
			continue;
		switches++;
		/* a slice is 10 ms; the last one takes what is left */
		assert_in_range(run, 9, 11);
		run = 0;
	}
	assert_in_range(switches, 6, 8);
}

static void yielder(void *arg)
{
	for (unsigned int i = 0; i < 5; i++) {
		mark(*(const char *)arg);
		task_yield();
	}
}

static void yields(void)
{
	struct task *a, *b;

	trail_len = 0;
	/* made here, at the highest priority: both are there when a starts */
	a = spawn("a", yielder, "a", 5, BIT(0));
	b = spawn("b", yielder, "b", 5, BIT(0));
	task_join(a);
	task_join(b);
	assert_string_equal(trail, "ababababab");
}

/* Alone on its CPU, or with lower ones waiting, a task takes no ticks. */
static void tickless(void)
{
	uint64_t length = 100 * MS;
	uint64_t before = irq_count_on(MACHINE_TIMER_IRQ, 2);
	struct task *alone = spawn("alone", work, &length, 6, BIT(2));
	struct task *lower = spawn("lower", work, &length, 3, BIT(2));

	task_join(alone);
	assert_int_equal(irq_count_on(MACHINE_TIMER_IRQ, 2), before);
	task_join(lower);
	assert_int_equal(irq_count_on(MACHINE_TIMER_IRQ, 2), before);
}

/* Cut short by a higher one, a task goes on with the rest of its slice. */
static void slice_survives_preemption(void)
{
	uint64_t deadline = time_ns() + 5 * MS + MS / 2;
	struct task *high = spawn("high", sleeper, &deadline, 9, BIT(1));
	struct task *a, *b;

	trail_len = 0;
	a = spawn("a", work_and_mark, "a", 5, BIT(1));
	b = spawn("b", work_and_mark, "b", 5, BIT(1));
	task_join(a);
	task_join(b);
	task_join(high);
	for (unsigned int i = 0; i < 9; i++)
		assert_int_equal(trail[i], 'a');
}

/*
 * Affinity and placement
 */

struct where {
	uint64_t allowed;
	uint64_t seen;
};

static void wander(void *arg)
{
	struct where *where = arg;

	for (unsigned int i = 0; i < 50; i++) {
		machine_work(100000);
		where->seen |= BIT(arch_this_cpu()->id);
		task_sleep_until(time_ns() + 50000 * (i % 3));
	}
}

static void affinity(void)
{
	struct where where[6] = {
		{.allowed = BIT(1)},          {.allowed = BIT(1) | BIT(2)},
		{.allowed = BIT(2) | BIT(3)}, {.allowed = BIT(3)},
		{.allowed = BIT(0) | BIT(3)}, {.allowed = 0xf},
	};
	struct task *tasks[6];

	for (unsigned int i = 0; i < 6; i++)
		tasks[i] = spawn("w", wander, &where[i], 5, where[i].allowed);
	for (unsigned int i = 0; i < 6; i++) {
		task_join(tasks[i]);
		assert_int_equal(where[i].seen & ~where[i].allowed, 0);
		assert_int_not_equal(where[i].seen, 0);
	}
}

static void spread_over_idle_cpus(void)
{
	uint64_t length = 20 * MS;
	uint64_t cpus_used = 0;
	struct task *tasks[3];

	for (unsigned int i = 0; i < 3; i++) {
		tasks[i] = spawn("t", work, &length, 5, 0xe);
		cpus_used |= BIT(task_cpu(tasks[i]));
	}
	for (unsigned int i = 0; i < 3; i++)
		task_join(tasks[i]);
	assert_int_equal(cpus_used, 0xe);
}

static void attributes(void)
{
	struct task_attr attr = {
		.name = "x",
		.fn = work,
		.priority = 5,
		.affinity = 1,
	};
	struct task *task;

	attr.affinity = 0;
	assert_int_equal(task_create(&attr, &task), -EINVAL);
	attr.affinity = BIT(MACHINE_CPUS); /* never came up */
	assert_int_equal(task_create(&attr, &task), -EINVAL);
	attr.affinity = 1;
	attr.priority = TASK_PRIO_IDLE;
	assert_int_equal(task_create(&attr, &task), -EINVAL);
	attr.priority = TASK_PRIO_MAX + 1;
	assert_int_equal(task_create(&attr, &task), -EINVAL);
}

/*
 * Wait queues
 */

#define ROUNDS 5000

static unsigned int produced, consumed;
static struct wait_queue full_wq, empty_wq;

static bool has_item(void *arg)
{
	(void)arg;
	return produced != consumed;
}

static bool has_room(void *arg)
{
	(void)arg;
	return produced == consumed;
}

static void producer(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		wait_event(&empty_wq, has_room, NULL);
		machine_work(i * 7919 % 5 * MACHINE_QUANTUM_NS);
		produced++;
		wait_wake_one(&full_wq);
	}
}

static void consumer(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		wait_event(&full_wq, has_item, NULL);
		machine_work(i * 104729 % 4 * MACHINE_QUANTUM_NS);
		consumed++;
		wait_wake_one(&empty_wq);
	}
}

/* Over several CPUs, over one, and free to move. A lost wake-up hangs. */
static void no_lost_wakeups(void)
{
	static const uint64_t masks[][2] = {
		{BIT(1), BIT(2)}, {BIT(1), BIT(1)}, {0xf, 0xf}};

	for (unsigned int i = 0; i < 3; i++) {
		struct task *p, *c;

		produced = consumed = 0;
		wait_queue_init(&full_wq);
		wait_queue_init(&empty_wq);
		p = spawn("p", producer, NULL, 5, masks[i][0]);
		c = spawn("c", consumer, NULL, 6, masks[i][1]);
		task_join(p);
		task_join(c);
		assert_int_equal(consumed, ROUNDS);
	}
}

static unsigned int tokens;

static bool has_token(void *arg)
{
	(void)arg;
	return tokens != 0;
}

static void take_token(void *arg)
{
	wait_event(&wq, has_token, NULL);
	tokens--;
	mark(*(const char *)arg);
}

static void wake_one_is_fifo(void)
{
	static const char *const names[] = {"a", "b", "c"};
	struct task *tasks[3];

	trail_len = 0;
	tokens = 0;
	wait_queue_init(&wq);
	for (unsigned int i = 0; i < 3; i++) {
		tasks[i] = spawn("t", take_token, (void *)names[i], 5, BIT(1));
		task_sleep_until(time_ns() + MS);
	}
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(trail_len, i);
		tokens++;
		wait_wake_one(&wq);
		task_sleep_until(time_ns() + MS);
	}
	assert_string_equal(trail, "abc");
	for (unsigned int i = 0; i < 3; i++)
		task_join(tasks[i]);
}

static void set_flag_later(void *arg)
{
	task_sleep_until(*(uint64_t *)arg);
	flag = true;
	wait_wake_all(&wq);
}

static void timeouts(void)
{
	uint64_t start = time_ns();
	uint64_t at = start + 5 * MS;
	struct task *task;

	wait_queue_init(&wq);
	flag = false;
	assert_int_equal(
		wait_event_timeout(&wq, flag_set, NULL, start + 2 * MS),
		-ETIMEDOUT);
	assert_true(time_ns() >= start + 2 * MS);
	task = spawn("later", set_flag_later, &at, 5, BIT(1));
	assert_int_equal(
		wait_event_timeout(&wq, flag_set, NULL, start + 50 * MS), 0);
	assert_in_range(time_ns(), at, at + MS);
	/* holds already: a deadline in the past does not matter */
	assert_int_equal(wait_event_timeout(&wq, flag_set, NULL, 0), 0);
	flag = false;
	assert_int_equal(wait_event_timeout(&wq, flag_set, NULL, 0),
			 -ETIMEDOUT);
	assert_null(wq.head);
	task_join(task);
}

/* Wake-ups and time-outs at the same moment, on different CPUs. */
static void timeouts_race(void)
{
	for (unsigned int i = 0; i < 200; i++) {
		uint64_t at = time_ns() + 20 * MACHINE_QUANTUM_NS;
		struct task *task;
		int err;

		wait_queue_init(&wq);
		flag = false;
		task = spawn("later", set_flag_later, &at, 5, BIT(1));
		err = wait_event_timeout(&wq, flag_set, NULL,
					 at - 5 * MACHINE_QUANTUM_NS +
						 i % 10 * MACHINE_QUANTUM_NS);
		assert_true(err == 0 || err == -ETIMEDOUT);
		if (!err)
			assert_true(flag);
		task_join(task);
		assert_null(wq.head);
	}
}

/*
 * The rest
 */

static void runtime_is_accounted(void)
{
	uint64_t length = 30 * MS;
	uint64_t deadline = time_ns() + 5 * MS;
	struct task *low = spawn("low", work, &length, 4, BIT(1));
	struct task *nap = spawn("nap", sleeper, &deadline, 9, BIT(1));

	task_sleep_until(time_ns() + 10 * MS);
	assert_in_range(task_runtime_ns(low), 9 * MS, 11 * MS);
	task_sleep_until(time_ns() + 40 * MS);
	assert_in_range(task_runtime_ns(low), 30 * MS, 31 * MS);
	assert_in_range(task_runtime_ns(nap), 0, MS);
	assert_int_equal(task_state(low), TASK_DEAD);
	task_join(low);
	task_join(nap);
}

static void count_tasks(const struct task *task, void *ctx)
{
	assert_non_null(task_name(task));
	++*(unsigned int *)ctx;
}

static void listing(void)
{
	uint64_t length = MS;
	unsigned int before = 0, with = 0, after = 0;
	struct task *task;

	task_for_each(count_tasks, &before);
	assert_int_equal(before, MACHINE_CPUS + 1); /* idle, job */
	task = spawn("a name that is much too long to keep", work, &length, 4,
		     BIT(1));
	assert_true(task_is_pinned(task));
	assert_int_equal(strlen(task_name(task)), 23);
	task_for_each(count_tasks, &with);
	task_join(task);
	task_for_each(count_tasks, &after);
	assert_int_equal(with, before + 1);
	assert_int_equal(after, before);
}

static void note_cpu(void *arg)
{
	*(unsigned int *)arg = arch_this_cpu()->id;
	assert_false(arch_irqs_enabled());
}

static void calls(void)
{
	uint64_t length = 5 * MS;
	struct task *busy = spawn("busy", work, &length, 9, BIT(3));

	for (unsigned int id = 0; id < MACHINE_CPUS; id++) {
		unsigned int ran_on = 99;

		smp_call(id, note_cpu, &ran_on);
		assert_int_equal(ran_on, id);
	}
	task_join(busy);
}

static bool others;

static void ask_others(void *arg)
{
	(void)arg;
	machine_work(MS);
	others = sched_others_ready();
	machine_work(2 * MS);
}

static void others_ready(void)
{
	uint64_t length = MS;
	struct task *asker, *other;

	asker = spawn("asker", ask_others, NULL, 5, BIT(1));
	task_join(asker);
	assert_false(others);
	asker = spawn("asker", ask_others, NULL, 5, BIT(1));
	other = spawn("other", work, &length, 3, BIT(1));
	task_join(asker);
	assert_true(others);
	task_join(other);
}

#define ON_MACHINE(fn)                                                         \
	static void test_##fn(void **state)                                    \
	{                                                                      \
		(void)state;                                                   \
		machine_test(fn, LIMIT);                                       \
	}

ON_MACHINE(priorities)
ON_MACHINE(preemption_by_timer)
ON_MACHINE(sections)
ON_MACHINE(round_robin)
ON_MACHINE(yields)
ON_MACHINE(tickless)
ON_MACHINE(slice_survives_preemption)
ON_MACHINE(affinity)
ON_MACHINE(spread_over_idle_cpus)
ON_MACHINE(attributes)
ON_MACHINE(no_lost_wakeups)
ON_MACHINE(wake_one_is_fifo)
ON_MACHINE(timeouts)
ON_MACHINE(timeouts_race)
ON_MACHINE(runtime_is_accounted)
ON_MACHINE(listing)
ON_MACHINE(calls)
ON_MACHINE(others_ready)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_priorities),
		cmocka_unit_test(test_preemption_by_timer),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_round_robin),
		cmocka_unit_test(test_yields),
		cmocka_unit_test(test_tickless),
		cmocka_unit_test(test_slice_survives_preemption),
		cmocka_unit_test(test_affinity),
		cmocka_unit_test(test_spread_over_idle_cpus),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_no_lost_wakeups),
		cmocka_unit_test(test_wake_one_is_fifo),
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_timeouts_race),
		cmocka_unit_test(test_runtime_is_accounted),
		cmocka_unit_test(test_listing),
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_others_ready),
	};

	machine_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
