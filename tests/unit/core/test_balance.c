/* SPDX-License-Identifier: Apache-2.0 */
/* Which CPU a task goes to, on a pretend machine of 4 CPUs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <core/cpu.h>
#include <core/task.h>
#include <core/timer.h>

#include "../../fake/fake.h"
#include "../../fake/machine.h"

#define MS 1000000ull
#define LIMIT (20000 * MS)

static struct task *spawn(void (*fn)(void *), void *arg, uint8_t priority,
			  uint64_t affinity)
{
	const struct task_attr attr = {
		.name = "t",
		.fn = fn,
		.arg = arg,
		.priority = priority,
		.affinity = affinity,
	};
	struct task *task;

	assert_int_equal(task_create(&attr, &task), 0);
	return task;
}

static bool stop;

struct worker {
	uint64_t done_ns;
	uint64_t seen; /* CPUs */
};

static void work_on(void *arg)
{
	struct worker *w = arg;

	while (!stop) {
		machine_work(MS / 20);
		w->done_ns += MS / 20;
		w->seen |= BIT(arch_this_cpu()->id);
	}
}

static void work(void *arg)
{
	machine_work(*(uint64_t *)arg);
}

static struct worker workers[6];

static void reset(void)
{
	memset(workers, 0, sizeof(workers));
	stop = false;
}

static void join(struct task **tasks, unsigned int count)
{
	stop = true;
	for (unsigned int i = 0; i < count; i++)
		task_join(tasks[i]);
}

/* When a CPU runs out of work it takes what waits elsewhere. */
static void idle_cpu_pulls(void)
{
	uint64_t length = 20 * MS;
	struct task *tasks[3], *blocker;

	reset();
	blocker = spawn(work, &length, 9, BIT(2));
	task_sleep_until(time_ns() + MS);
	/* CPU 2 is taken: both are on CPU 1 */
	tasks[0] = spawn(work_on, &workers[0], 5, BIT(1) | BIT(2));
	tasks[1] = spawn(work_on, &workers[1], 5, BIT(1) | BIT(2));
	task_sleep_until(time_ns() + 10 * MS);
	assert_in_range(workers[0].done_ns + workers[1].done_ns, 9 * MS,
			11 * MS);
	task_join(blocker);
	reset();
	task_sleep_until(time_ns() + 30 * MS);
	assert_in_range(workers[0].done_ns, 29 * MS, 31 * MS);
	assert_in_range(workers[1].done_ns, 29 * MS, 31 * MS);
	join(tasks, 2);
}

/* One that is bound comes between: the other goes to a CPU that idles. */
static void displaced_moves(void)
{
	uint64_t length = 30 * MS;
	struct task *task, *bound;

	reset();
	task = spawn(work_on, &workers[0], 5, BIT(1) | BIT(3));
	task_sleep_until(time_ns() + 5 * MS);
	bound = spawn(work, &length, 9, BIT(task_cpu(task)));
	task_sleep_until(time_ns() + 5 * MS);
	/* nothing lost but the moment of moving */
	assert_in_range(workers[0].done_ns, 10 * MS - MS / 5, 10 * MS);
	assert_int_equal(workers[0].seen, BIT(1) | BIT(3));
	task_join(bound);
	join(&task, 1);
}

static void affinity_holds(void)
{
	struct task *tasks[3];

	reset();
	/* CPU 3 idles, and none of them may run there */
	tasks[0] = spawn(work_on, &workers[0], 5, BIT(1));
	tasks[1] = spawn(work_on, &workers[1], 5, BIT(1));
	tasks[2] = spawn(work_on, &workers[2], 5, BIT(1) | BIT(2));
	task_sleep_until(time_ns() + 50 * MS);
	join(tasks, 3);
	assert_int_equal(workers[0].seen, BIT(1));
	assert_int_equal(workers[1].seen, BIT(1));
	assert_int_equal(workers[2].seen & ~(BIT(1) | BIT(2)), 0);
	assert_true(workers[2].done_ns > 40 * MS);
}

static void higher_is_not_kept_waiting(void)
{
	struct task *tasks[4];

	reset();
	/* one CPU with one above, one with two below */
	tasks[0] = spawn(work_on, &workers[0], 9, BIT(1));
	tasks[1] = spawn(work_on, &workers[1], 3, BIT(2));
	tasks[2] = spawn(work_on, &workers[2], 3, BIT(2));
	task_sleep_until(time_ns() + MS);
	tasks[3] = spawn(work_on, &workers[3], 6, BIT(1) | BIT(2));
	task_sleep_until(time_ns() + 20 * MS);
	assert_in_range(workers[3].done_ns, 19 * MS, 20 * MS);
	join(tasks, 4);
}

/*
 * A guest in its halt looks busy to the scheduler. It halts without us while
 * nothing waits; then it is interrupted, asks, and comes back.
 */
static bool halt_alone, came_back;

static void halting_guest(void *arg)
{
	(void)arg;
	halt_alone = !sched_others_ready();
	for (unsigned int i = 0; i < 100 && !came_back; i++) {
		machine_work(MS);
		came_back = sched_others_ready();
	}
	task_sleep_until(time_ns() + 30 * MS); /* the halt, with us */
}

static void halted_guest_gives_its_cpu(void)
{
	struct task *tasks[3];
	uint64_t before;

	reset();
	came_back = false;
	tasks[0] = spawn(halting_guest, NULL, 8, BIT(3));
	task_sleep_until(time_ns() + 10 * MS);
	assert_true(halt_alone);
	assert_false(came_back);
	before = machine_notes.ipis;
	tasks[1] = spawn(work_on, &workers[0], 5, BIT(2) | BIT(3));
	task_sleep_until(time_ns() + MS);
	assert_int_equal(task_cpu(tasks[1]), 2);
	assert_false(came_back);
	tasks[2] = spawn(work_on, &workers[1], 5, BIT(2) | BIT(3));
	task_sleep_until(time_ns() + 3 * MS);
	assert_true(came_back);
	assert_true(machine_notes.ipis > before);
	reset();
	task_sleep_until(time_ns() + 20 * MS);
	assert_in_range(workers[0].done_ns, 19 * MS, 21 * MS);
	assert_in_range(workers[1].done_ns, 19 * MS, 21 * MS);
	join(tasks, 3);
}

/* One bound to its CPU, and below it, has nobody else who would tell it. */
static void halted_guest_gives_its_cpu_to_a_lower_one(void)
{
	struct task *tasks[2];
	uint64_t before;

	reset();
	came_back = false;
	tasks[0] = spawn(halting_guest, NULL, 8, BIT(3));
	task_sleep_until(time_ns() + 10 * MS);
	assert_true(halt_alone);
	before = machine_notes.ipis;
	tasks[1] = spawn(work_on, &workers[0], 5, BIT(3));
	assert_int_equal(machine_notes.ipis, before + 1);
	task_sleep_until(time_ns() + 3 * MS);
	assert_true(came_back);
	reset();
	task_sleep_until(time_ns() + 20 * MS);
	assert_in_range(workers[0].done_ns, 19 * MS, 21 * MS);
	join(tasks, 2);
}

/* Alone, and with nobody who might come: no interrupts at all. */
static void owner_is_left_alone(void)
{
	struct task *tasks[3];

	reset();
	came_back = false;
	tasks[0] = spawn(halting_guest, NULL, 8, BIT(3));
	tasks[1] = spawn(work_on, &workers[0], 5, BIT(1) | BIT(2));
	tasks[2] = spawn(work_on, &workers[1], 5, BIT(1) | BIT(2));
	task_sleep_until(time_ns() + 50 * MS);
	assert_false(came_back);
	came_back = true;
	join(tasks, 3);
}

/* Below one that never ends, it goes to share a CPU with its equals. */
static void starved_goes_elsewhere(void)
{
	struct task *tasks[3];

	reset();
	tasks[0] = spawn(work_on, &workers[0], 5, BIT(1));
	tasks[1] = spawn(work_on, &workers[1], 5, BIT(1) | BIT(2));
	task_sleep_until(time_ns() + MS);
	assert_int_equal(task_cpu(tasks[1]), 2);
	tasks[2] = spawn(work_on, &workers[2], 9, BIT(2));
	task_sleep_until(time_ns() + 25 * MS);
	workers[0].done_ns = workers[1].done_ns = 0;
	task_sleep_until(time_ns() + 100 * MS);
	assert_in_range(workers[0].done_ns, 48 * MS, 52 * MS);
	assert_in_range(workers[1].done_ns, 48 * MS, 52 * MS);
	join(tasks, 3);
}

/* With higher ones everywhere there is nowhere to go, and it stays. */
static void nowhere_better(void)
{
	struct task *tasks[3];
	uint64_t before;

	reset();
	tasks[0] = spawn(work_on, &workers[0], 9, BIT(1));
	tasks[1] = spawn(work_on, &workers[1], 9, BIT(2));
	tasks[2] = spawn(work_on, &workers[2], 5, BIT(1) | BIT(2));
	task_sleep_until(time_ns() + 15 * MS);
	before = machine_notes.ipis;
	task_sleep_until(time_ns() + 100 * MS);
	assert_in_range(machine_notes.ipis - before, 0, 3);
	assert_int_equal(workers[2].done_ns, 0);
	join(tasks, 3);
}

static void restless(void *arg)
{
	struct worker *w = arg;

	while (!stop) {
		uint64_t length = (1 + fake_random(20)) * 20000;

		machine_work(length);
		w->done_ns += length;
		w->seen |= BIT(arch_this_cpu()->id);
		if (fake_random(3) == 0)
			task_sleep_until(time_ns() + fake_random(400) * 1000);
	}
}

/*
 * Two that always want a CPU, among others that come and go bound to theirs:
 * one CPU is always free for each of the two.
 */
static void no_cpu_idles(void)
{
	struct task *tasks[5];

	reset();
	fake_seed(9);
	tasks[0] = spawn(work_on, &workers[0], 5, 0xe);
	tasks[1] = spawn(work_on, &workers[1], 5, 0xe);
	tasks[2] = spawn(restless, &workers[2], 9, BIT(1));
	task_sleep_until(time_ns() + 300 * MS);
	/* a move costs it no more than the time that is asked for in pieces */
	assert_true(workers[0].done_ns > 290 * MS);
	assert_true(workers[1].done_ns > 290 * MS);
	assert_true(workers[2].done_ns > 100 * MS);
	join(tasks, 3);

	reset();
	for (unsigned int i = 0; i < 5; i++)
		tasks[i] = spawn(restless, &workers[i], 5, 0xe);
	task_sleep_until(time_ns() + 300 * MS);
	join(tasks, 5);
	for (unsigned int i = 0; i < 5; i++) {
		assert_int_equal(workers[i].seen, 0xe);
		assert_true(workers[i].done_ns > 100 * MS);
	}
}

static void kinds(void)
{
	assert_int_equal(cpus_of_a_kind(0xf), 0xf);
	cpus[2].kind = cpus[3].kind = 7;
	assert_int_equal(cpus_of_a_kind(0xf), 0x3);
	assert_int_equal(cpus_of_a_kind(0xe), 0xc);
	assert_int_equal(cpus_of_a_kind(0x6), 0x2);
	assert_int_equal(cpus_of_a_kind(0x8), 0x8);
	assert_int_equal(cpus_of_a_kind(~0xfull), 0);
	cpus[1].kind = 7;
	assert_int_equal(cpus_of_a_kind(~0ull), 0xe);
	cpus[1].kind = cpus[2].kind = cpus[3].kind = 0;
}

#define ON_MACHINE(fn)                                                         \
	static void test_##fn(void **state)                                    \
	{                                                                      \
		(void)state;                                                   \
		machine_test(fn, LIMIT);                                       \
	}

ON_MACHINE(idle_cpu_pulls)
ON_MACHINE(displaced_moves)
ON_MACHINE(affinity_holds)
ON_MACHINE(higher_is_not_kept_waiting)
ON_MACHINE(halted_guest_gives_its_cpu)
ON_MACHINE(halted_guest_gives_its_cpu_to_a_lower_one)
ON_MACHINE(owner_is_left_alone)
ON_MACHINE(starved_goes_elsewhere)
ON_MACHINE(nowhere_better)
ON_MACHINE(no_cpu_idles)
ON_MACHINE(kinds)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle_cpu_pulls),
		cmocka_unit_test(test_displaced_moves),
		cmocka_unit_test(test_affinity_holds),
		cmocka_unit_test(test_higher_is_not_kept_waiting),
		cmocka_unit_test(test_halted_guest_gives_its_cpu),
		cmocka_unit_test(
			test_halted_guest_gives_its_cpu_to_a_lower_one),
		cmocka_unit_test(test_owner_is_left_alone),
		cmocka_unit_test(test_starved_goes_elsewhere),
		cmocka_unit_test(test_nowhere_better),
		cmocka_unit_test(test_no_cpu_idles),
		cmocka_unit_test(test_kinds),
	};

	machine_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
