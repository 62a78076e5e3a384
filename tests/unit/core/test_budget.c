/* SPDX-License-Identifier: Apache-2.0 */
/* CPU budgets: the sums alone, then the scheduler on a pretend machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <core/budget.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <core/task.h>
#include <core/timer.h>

#include "../../fake/fake.h"
#include "../../fake/machine.h"

#define US 1000ull
#define MS 1000000ull
#define LIMIT (20000 * MS)

/*
 * The sums
 */

#define TURNS 4000
static uint64_t turn_from[TURNS], turn_to[TURNS];

/* Most that was used in any stretch of @period, in which a turn ends. */
static uint64_t most_used(unsigned int turns, uint64_t period)
{
	uint64_t most = 0;

	for (unsigned int last = 0; last < turns; last++) {
		uint64_t begin = turn_to[last] - period, used = 0;

		for (unsigned int i = last + 1; i-- > 0;) {
			if (turn_to[i] <= begin && begin < turn_to[last])
				break;
			used += turn_to[i] - MAX(turn_from[i], begin);
		}
		most = MAX(most, used);
	}
	return most;
}

/* A user with turns of up to @turn and pauses of up to @pause between. */
static void use_randomly(uint64_t turn, uint64_t pause)
{
	const uint64_t budget = 3000, period = 10000;
	uint64_t now = 100000;
	struct budget b;

	budget_init(&b, budget, period);
	for (unsigned int i = 0; i < TURNS; i++) {
		uint64_t left = budget_left(&b, now);
		uint64_t want = 1 + fake_random(turn);

		if (!left) {
			uint64_t back = budget_back_at(&b);

			assert_true(back > now);
			assert_true(back <= now + period);
			now = back;
			left = budget_left(&b, now);
			assert_true(left >= budget / 8);
		}
		turn_from[i] = now;
		now += MIN(want, left);
		turn_to[i] = now;
		budget_charge(&b, turn_from[i], turn_from[i], now);
		now += fake_random(pause + 1);
	}
	assert_true(most_used(TURNS, period) <= budget);
}

static void test_no_period_holds_more(void **state)
{
	(void)state;
	fake_seed(4);
	for (unsigned int i = 0; i < 20; i++) {
		use_randomly(5000, 0);
		use_randomly(5, 5);
		use_randomly(50, 500);
		use_randomly(400, 100);
		use_randomly(1, 20000);
	}
}

/* Wanting all the time, one gets all of the budget. */
static void test_all_of_it(void **state)
{
	uint64_t now = 1000, used = 0;
	struct budget b;

	(void)state;
	budget_init(&b, 2500, 10000);
	while (now < 1001000) {
		uint64_t left = budget_left(&b, now);

		if (!left) {
			now = budget_back_at(&b);
			continue;
		}
		budget_charge(&b, now, now, now + left);
		used += left;
		now += left;
	}
	assert_in_range(used, 250000, 252500);
}

/* In the smallest pieces, what is lost is an eighth at most. */
static void test_crumbs(void **state)
{
	uint64_t now = 1000, used = 0;
	struct budget b;

	(void)state;
	budget_init(&b, 2500, 10000);
	while (now < 1001000) {
		uint64_t left = budget_left(&b, now);

		if (!left) {
			now = budget_back_at(&b);
			continue;
		}
		left = MIN(left, 10);
		budget_charge(&b, now, now, now + left);
		used += left;
		now += left + 5;
	}
	assert_in_range(used, 250000 * 8 / 9, 252500);
}

/* What was too much is missing later. */
static void test_overrun_is_paid_back(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, 1000, 10000);
	budget_charge(&b, 5000, 5000, 6500);
	assert_int_equal(budget_left(&b, 6500), 0);
	assert_int_equal(budget_left(&b, 14999), 0);
	assert_int_equal(budget_back_at(&b), 15000);
	assert_int_equal(budget_left(&b, 15000), 1000);
	budget_charge(&b, 15000, 15000, 15600);
	budget_charge(&b, 16000, 16000, 16900);
	assert_int_equal(budget_left(&b, 25000), 100);
	assert_int_equal(budget_left(&b, 26000), 1000);
}

/* Held up by others, it has its budget in time all the same, but no more than
 * one that it missed. */
static void test_missed_is_caught_up(void **state)
{
	struct budget b;

	(void)state;
	budget_init(&b, 1000, 10000);
	budget_charge(&b, 5000, 9000, 10000);
	assert_int_equal(budget_left(&b, 10000), 0);
	assert_int_equal(budget_back_at(&b), 15000);
	assert_int_equal(budget_left(&b, 15000), 1000);
	budget_charge(&b, 15000, 90000, 91000);
	assert_int_equal(budget_left(&b, 91000), 1000);
	budget_charge(&b, 91000, 91000, 92000);
	assert_int_equal(budget_left(&b, 92000), 0);
	assert_int_equal(budget_back_at(&b), 101000);
}

/*
 * The scheduler
 */

static struct task *spawn(void (*fn)(void *), void *arg, uint8_t priority,
			  uint64_t affinity, struct budget *budget)
{
	const struct task_attr attr = {
		.name = "t",
		.fn = fn,
		.arg = arg,
		.priority = priority,
		.affinity = affinity,
		.budget = budget,
	};
	struct task *task;

	assert_int_equal(task_create(&attr, &task), 0);
	return task;
}

/* Work without end, noting when; until a flag says stop. */
struct worker {
	uint64_t done_ns;
	uint64_t most_ns;                   /* in any 10 ms */
	uint64_t recent[10 * MS / US / 10]; /* when each 10 us were worked */
	unsigned int at;
};

static bool stop;

static void work_on(void *arg)
{
	struct worker *w = arg;

	while (!stop) {
		machine_work(10 * US);
		w->done_ns += 10 * US;
		w->recent[w->at++ % ARRAY_SIZE(w->recent)] = time_ns();
		if (w->most_ns < w->done_ns) {
			uint64_t in_period = 0;

			for (unsigned int i = 0; i < ARRAY_SIZE(w->recent); i++)
				if (w->recent[i] &&
				    w->recent[i] + 10 * MS > time_ns())
					in_period += 10 * US;
			w->most_ns = MAX(w->most_ns, in_period);
		}
	}
}

static void run_for(uint64_t ns, struct task **tasks, unsigned int count)
{
	stop = false;
	task_sleep_until(time_ns() + ns);
	stop = true;
	for (unsigned int i = 0; i < count; i++)
		task_join(tasks[i]);
}

static struct worker workers[4];

static void workers_reset(void)
{
	memset(workers, 0, sizeof(workers));
	stop = false;
}

/* Above the other, but no more than 3 of 10 ms; the other has the rest. */
static void shares(void)
{
	struct task *tasks[2];
	struct budget b;

	workers_reset();
	budget_init(&b, 3 * MS, 10 * MS);
	tasks[0] = spawn(work_on, &workers[0], 9, BIT(1), &b);
	tasks[1] = spawn(work_on, &workers[1], 4, BIT(1), NULL);
	run_for(200 * MS, tasks, 2);
	assert_in_range(workers[0].done_ns, 59 * MS, 61 * MS);
	assert_in_range(workers[1].done_ns, 138 * MS, 141 * MS);
	/* an overrun is one quantum of the machine, and the 10 us that span */
	assert_true(workers[0].most_ns <= 3 * MS + 20 * US);
}

/* Bursts of higher ones do not cost it its share, while there is room. */
static void held_up(void)
{
	struct task *tasks[3];
	struct budget above, b;

	workers_reset();
	budget_init(&above, 5 * MS, 17 * MS);
	budget_init(&b, 3 * MS, 10 * MS);
	tasks[0] = spawn(work_on, &workers[0], 12, BIT(1), &above);
	tasks[1] = spawn(work_on, &workers[1], 9, BIT(1), &b);
	tasks[2] = spawn(work_on, &workers[2], 4, BIT(1), NULL);
	run_for(500 * MS, tasks, 3);
	assert_in_range(workers[0].done_ns, 145 * MS, 151 * MS);
	assert_in_range(workers[1].done_ns, 147 * MS, 153 * MS);
	assert_true(workers[1].most_ns <= 6 * MS + 20 * US);
}

/* With nobody else there, a budget is a limit all the same. */
static void limit_without_rival(void)
{
	struct task *task;
	struct budget b;

	workers_reset();
	budget_init(&b, 2 * MS, 10 * MS);
	task = spawn(work_on, &workers[0], 9, BIT(2), &b);
	run_for(100 * MS, &task, 1);
	assert_in_range(workers[0].done_ns, 19 * MS, 22 * MS);
}

/* Two that share one budget get it together. */
static void shared_budget(void)
{
	struct task *tasks[3];
	struct budget b;

	workers_reset();
	budget_init(&b, 4 * MS, 10 * MS);
	tasks[0] = spawn(work_on, &workers[0], 9, BIT(1), &b);
	tasks[1] = spawn(work_on, &workers[1], 9, BIT(1), &b);
	tasks[2] = spawn(work_on, &workers[2], 4, BIT(1), NULL);
	run_for(400 * MS, tasks, 3);
	assert_in_range(workers[0].done_ns + workers[1].done_ns, 158 * MS,
			162 * MS);
	assert_in_range(workers[2].done_ns, 237 * MS, 242 * MS);
}

static void nap_often(void *arg)
{
	struct worker *w = arg;

	while (!stop) {
		machine_work(20 * US);
		w->done_ns += 20 * US;
		task_sleep_until(time_ns() + 10 * US);
	}
}

/* One that sleeps and wakes all the time is held to it as well. */
static void sleeper_is_limited(void)
{
	struct task *task;
	struct budget b;

	workers_reset();
	budget_init(&b, 2 * MS, 10 * MS);
	task = spawn(nap_often, &workers[0], 9, BIT(2), &b);
	run_for(300 * MS, &task, 1);
	assert_in_range(workers[0].done_ns, 52 * MS, 61 * MS);
}

/* A start from new does not bring a new budget. */
static void outlives_its_task(void)
{
	struct budget b;
	uint64_t begin = time_ns();

	budget_init(&b, 1 * MS, 10 * MS);
	workers_reset();
	for (unsigned int i = 0; i < 10; i++) {
		struct task *task = spawn(work_on, &workers[0], 9, BIT(1), &b);

		/* ends at its first chance once 900 us are used */
		stop = false;
		while (workers[0].done_ns < (i + 1) * 900 * US)
			task_sleep_until(time_ns() + 50 * US);
		stop = true;
		task_join(task);
	}
	assert_true(time_ns() - begin > 80 * MS);
}

static bool must_halt_with_us;

static void ask(void *arg)
{
	(void)arg;
	must_halt_with_us = sched_others_ready();
}

static void halts_are_no_use(void)
{
	struct budget b;

	budget_init(&b, 1 * MS, 10 * MS);
	task_join(spawn(ask, NULL, 9, BIT(1), NULL));
	assert_false(must_halt_with_us);
	task_join(spawn(ask, NULL, 9, BIT(1), &b));
	assert_true(must_halt_with_us);
	task_join(spawn(ask, NULL, 9, BIT(1), NULL));
	assert_false(must_halt_with_us);
}

/* Ticks are for those that have a budget, and few. */
static void ticks(void)
{
	uint64_t before = irq_count_on(MACHINE_TIMER_IRQ, 3);
	struct task *task;
	struct budget b;

	workers_reset();
	task = spawn(work_on, &workers[0], 9, BIT(3), NULL);
	run_for(100 * MS, &task, 1);
	assert_int_equal(irq_count_on(MACHINE_TIMER_IRQ, 3), before);
	budget_init(&b, 2 * MS, 10 * MS);
	task = spawn(work_on, &workers[0], 9, BIT(3), &b);
	run_for(100 * MS, &task, 1);
	/* an end and a beginning each period */
	assert_in_range(irq_count_on(MACHINE_TIMER_IRQ, 3) - before, 18, 24);
}

/*
 * The host's own
 */

#define HOST_SHARE (200 * MS * CONFIG_HOST_BUDGET_US / CONFIG_HOST_PERIOD_US)

/* A shell that runs away has its share, a guest the rest; then the reverse. */
static void runaway_shell(void)
{
	struct task *tasks[3];

	workers_reset();
	tasks[0] = spawn(work_on, &workers[0], TASK_PRIO_SHELL, BIT(1), NULL);
	tasks[1] = spawn(work_on, &workers[1], TASK_PRIO_SHELL, BIT(1), NULL);
	tasks[2] =
		spawn(work_on, &workers[2], TASK_PRIO_GUEST_MIN, BIT(1), NULL);
	run_for(200 * MS, tasks, 3);
	assert_in_range(workers[0].done_ns + workers[1].done_ns,
			HOST_SHARE - MS, HOST_SHARE + MS);
	assert_in_range(workers[2].done_ns, 200 * MS - HOST_SHARE - 2 * MS,
			200 * MS - HOST_SHARE + MS);
}

/* Nobody wants the CPU: the shell may have all of it. */
static void lonely_shell(void)
{
	struct task *task;

	task_sleep_until(time_ns() + 200 * MS); /* of the test before */
	workers_reset();
	task = spawn(work_on, &workers[0], TASK_PRIO_SHELL, BIT(1), NULL);
	run_for(200 * MS, &task, 1);
	assert_in_range(workers[0].done_ns, 199 * MS, 201 * MS);
}

static uint64_t latest_ns;

static void wake_often(void *arg)
{
	uint64_t at = time_ns();

	(void)arg;
	while (!stop) {
		at += 5 * MS;
		task_sleep_until(at);
		latest_ns = MAX(latest_ns, time_ns() - at);
		machine_work(100 * US);
	}
}

/* Within its budget it comes before the busiest guest. */
static void shell_comes_first(void)
{
	struct task *tasks[2];

	task_sleep_until(time_ns() + 200 * MS);
	workers_reset();
	latest_ns = 0;
	tasks[0] = spawn(wake_often, NULL, TASK_PRIO_SHELL, BIT(1), NULL);
	tasks[1] =
		spawn(work_on, &workers[1], TASK_PRIO_GUEST_MAX, BIT(1), NULL);
	run_for(300 * MS, tasks, 2);
	assert_true(latest_ns <= 2 * MACHINE_QUANTUM_NS);
	/* and above the host's own there is what starts the machine */
	assert_true(workers[1].done_ns > 290 * MS);
}

/*
 * Steal
 */

static void steal(void)
{
	struct task *tasks[2];
	struct budget b;

	workers_reset();
	tasks[0] = spawn(work_on, &workers[0], 9, BIT(1), NULL);
	tasks[1] = spawn(work_on, &workers[1], 4, BIT(1), NULL);
	task_sleep_until(time_ns() + 30 * MS);
	/* while it goes on */
	assert_in_range(task_steal_ns(tasks[1]), 29 * MS, 31 * MS);
	assert_int_equal(task_steal_ns(tasks[0]), 0);
	run_for(0, tasks, 2);

	budget_init(&b, 2 * MS, 10 * MS);
	workers_reset();
	tasks[0] = spawn(work_on, &workers[0], 9, BIT(1), &b);
	task_sleep_until(time_ns() + 100 * MS);
	assert_in_range(task_steal_ns(tasks[0]), 79 * MS, 81 * MS);
	run_for(0, tasks, 1);

	/* asleep, it misses nothing */
	workers_reset();
	tasks[0] = spawn(wake_often, NULL, 9, BIT(1), NULL);
	task_sleep_until(time_ns() + 100 * MS);
	assert_in_range(task_steal_ns(tasks[0]), 0, MS / 10);
	run_for(0, tasks, 1);
}

static uint64_t own_ns;

static void tell_steal(void *arg)
{
	(void)arg;
	own_ns = task_steal_own_ns();
}

static void steal_of_own(void)
{
	struct task *tasks[2];

	workers_reset();
	tasks[0] = spawn(work_on, &workers[0], 9, BIT(1), NULL);
	tasks[1] = spawn(tell_steal, NULL, 4, BIT(1), NULL);
	run_for(20 * MS, tasks, 2);
	assert_in_range(own_ns, 19 * MS, 21 * MS);
}

#define ON_MACHINE(fn)                                                         \
	static void test_##fn(void **state)                                    \
	{                                                                      \
		(void)state;                                                   \
		machine_test(fn, LIMIT);                                       \
	}

ON_MACHINE(shares)
ON_MACHINE(held_up)
ON_MACHINE(limit_without_rival)
ON_MACHINE(shared_budget)
ON_MACHINE(sleeper_is_limited)
ON_MACHINE(outlives_its_task)
ON_MACHINE(halts_are_no_use)
ON_MACHINE(ticks)
ON_MACHINE(runaway_shell)
ON_MACHINE(lonely_shell)
ON_MACHINE(shell_comes_first)
ON_MACHINE(steal)
ON_MACHINE(steal_of_own)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_period_holds_more),
		cmocka_unit_test(test_all_of_it),
		cmocka_unit_test(test_crumbs),
		cmocka_unit_test(test_overrun_is_paid_back),
		cmocka_unit_test(test_missed_is_caught_up),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_held_up),
		cmocka_unit_test(test_limit_without_rival),
		cmocka_unit_test(test_shared_budget),
		cmocka_unit_test(test_sleeper_is_limited),
		cmocka_unit_test(test_outlives_its_task),
		cmocka_unit_test(test_halts_are_no_use),
		cmocka_unit_test(test_ticks),
		cmocka_unit_test(test_runaway_shell),
		cmocka_unit_test(test_lonely_shell),
		cmocka_unit_test(test_shell_comes_first),
		cmocka_unit_test(test_steal),
		cmocka_unit_test(test_steal_of_own),
	};

	machine_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
