/* SPDX-License-Identifier: Apache-2.0 */
/* The trace on a pretend machine: on, off, what the scheduler reports. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <core/cpu.h>
#include <core/task.h>
#include <core/timer.h>
#include <core/trace.h>

#include "../../fake/fake.h"
#include "../../fake/machine.h"

#define MS 1000000ull
#define TAG TRACE_TAG_VCPU(9, 1)

/* The @nth record of this kind in a CPU's ring, from @pos on. */
static bool find(unsigned int cpu, enum trace_kind kind, uint64_t *pos,
		 struct trace_record *record)
{
	const struct trace_ring *ring = trace_ring_of(cpu);

	assert_non_null(ring);
	for (; !trace_ring_get(ring, *pos, record); (*pos)++)
		if (trace_record_kind(record) == kind)
			return true;
	return false;
}

static bool is_named(const struct trace_record *record, const char *name)
{
	char text[17] = "";

	memcpy(text, &record->a, 8);
	memcpy(text + 8, &record->b, 8);
	return !strcmp(text, name);
}

static void refusals(void)
{
	assert_false(trace_is_on());
	assert_null(trace_ring_of(0));
	assert_int_equal(trace_start(TRACE_KIB_MIN - 1, 0), -EINVAL);
	assert_int_equal(trace_start(TRACE_KIB_MAX + 1, 0), -EINVAL);
	trace_stop(); /* harmless */
	trace_pause(true);
	trace_pause(false);
	assert_false(trace_is_on());
	trace_emit(TRACE_WAKE, 0, 0, 0, 0); /* nowhere to go */
}

static void on_off(void)
{
	const uint64_t before = fake_frames_out();
	struct trace_record record;
	uint64_t pos;

	assert_int_equal(trace_start(5, 0), 0);
	assert_true(trace_is_on());
	assert_int_equal(trace_start(5, 0), -EBUSY);
	for (unsigned int cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		pos = 0;
		/* 5 KiB make a ring of 4 */
		assert_int_equal(trace_ring_of(cpu)->size, 128);
		assert_true(find(cpu, TRACE_MARK, &pos, &record));
		assert_int_equal(trace_record_arg(&record), TRACE_MARK_START);
		/* who runs is known from the start */
		assert_true(find(cpu, TRACE_SWITCH, &pos, &record));
	}
	assert_null(trace_ring_of(MACHINE_CPUS));
	trace_stop();
	assert_false(trace_is_on());
	assert_null(trace_ring_of(0));
	assert_int_equal(fake_frames_out(), before);
}

static void out_of_memory(void)
{
	const uint64_t before = fake_frames_out();

	/* two of four rings, then no more */
	fake_frames_fail_after = 2;
	assert_int_equal(trace_start(64, 0), -ENOMEM);
	fake_frames_fail_after = -1;
	assert_false(trace_is_on());
	assert_null(trace_ring_of(0));
	assert_int_equal(fake_frames_out(), before);
	assert_int_equal(trace_start(64, 0), 0);
	trace_stop();
}

static struct wait_queue wq;
static bool flag;

static bool flag_set(void *arg)
{
	(void)arg;
	return flag;
}

static void waiter(void *arg)
{
	(void)arg;
	wait_event(&wq, flag_set, NULL);
}

static void switches_and_wakes(uint64_t only, bool tagged)
{
	struct task_attr attr = {
		.name = "guest/1",
		.fn = waiter,
		.priority = 5,
		.affinity = BIT(2),
		.tag = TAG,
	};
	struct trace_record record;
	struct task *task;
	uint64_t pos = 0, woken;

	flag = false;
	wait_queue_init(&wq);
	assert_int_equal(trace_start(16, only), 0);
	assert_int_equal(task_create(&attr, &task), 0);
	assert_int_equal(task_tag(task), TAG);
	assert_int_equal(task_priority(task), 5);
	task_sleep_until(time_ns() + MS);
	flag = true;
	wait_wake_all(&wq);
	task_join(task);

	/* it came, waited, came again on CPU 2 */
	for (unsigned int i = 0; i < 2; i++, pos++) {
		do {
			assert_true(find(2, TRACE_SWITCH, &pos, &record));
		} while (!is_named(&record, "guest/1") && ++pos);
		assert_int_equal(trace_record_tag(&record), tagged ? TAG : 0);
	}
	pos = 0;
	woken = 0;
	while (find(0, TRACE_WAKE, &pos, &record)) {
		woken += trace_record_tag(&record) == TAG;
		pos++;
	}
	assert_int_equal(woken, tagged ? 1 : 0);
	/* in order of time, on every CPU */
	for (unsigned int cpu = 0; cpu < MACHINE_CPUS; cpu++) {
		uint64_t last = 0;

		for (pos = 0; !trace_ring_get(trace_ring_of(cpu), pos, &record);
		     pos++) {
			assert_true(record.ticks >= last);
			last = record.ticks;
		}
	}
	trace_stop();
}

static void all_vms(void)
{
	switches_and_wakes(0, true);
}

static void this_vm(void)
{
	switches_and_wakes(TRACE_TAG_VM(9), true);
}

static void another_vm(void)
{
	switches_and_wakes(TRACE_TAG_VM(8), false);
}

static void exits(void)
{
	struct trace_record record;
	struct trace_open open;
	uint64_t pos = 0;
	unsigned long flags;

	assert_int_equal(trace_start(4, TRACE_TAG_VM(9)), 0);
	flags = arch_irq_save();
	open = trace_exit_begin(TRACE_TAG_VCPU(8, 0), 1, 2);
	trace_exit_reason(open, 3); /* of another VM: nothing */
	open = trace_exit_begin(TAG, 0x1000, 0x56);
	assert_true(find(0, TRACE_EXIT, &pos, &record));
	assert_int_equal(trace_record_arg(&record), TRACE_REASON_OPEN);
	trace_exit_reason(open, 6);
	assert_true(find(0, TRACE_EXIT, &pos, &record));
	assert_int_equal(trace_record_arg(&record), 6);
	assert_int_equal(trace_record_tag(&record), TAG);
	assert_int_equal(record.a, 0x1000);
	assert_int_equal(record.b, 0x56);
	pos++;
	assert_false(find(0, TRACE_EXIT, &pos, &record));
	open = trace_exit_begin(TAG, 0x1000, 0x56);
	arch_irq_restore(flags);
	trace_stop();
	/* the trace was turned off while the exit was handled */
	flags = arch_irq_save();
	trace_exit_reason(open, 6);
	arch_irq_restore(flags);
}

static void pausing(void)
{
	struct trace_record record;
	uint64_t pos = 0;

	assert_int_equal(trace_start(4, 0), 0);
	trace_pause(true);
	assert_false(trace_is_on());
	for (unsigned int i = 0; i < 2; i++, pos++)
		assert_true(find(1, TRACE_MARK, &pos, &record));
	assert_int_equal(trace_record_arg(&record), TRACE_MARK_PAUSE);
	trace_pause(false);
	assert_true(trace_is_on());
	assert_true(find(1, TRACE_MARK, &pos, &record));
	assert_int_equal(trace_record_arg(&record), TRACE_MARK_RESUME);
	trace_stop();
}

#define ON_MACHINE(fn)                                                         \
	static void test_##fn(void **state)                                    \
	{                                                                      \
		(void)state;                                                   \
		machine_test(fn, 10000 * MS);                                  \
	}

ON_MACHINE(refusals)
ON_MACHINE(on_off)
ON_MACHINE(out_of_memory)
ON_MACHINE(all_vms)
ON_MACHINE(this_vm)
ON_MACHINE(another_vm)
ON_MACHINE(exits)
ON_MACHINE(pausing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_on_off),
		cmocka_unit_test(test_out_of_memory),
		cmocka_unit_test(test_all_vms),
		cmocka_unit_test(test_this_vm),
		cmocka_unit_test(test_another_vm),
		cmocka_unit_test(test_exits),
		cmocka_unit_test(test_pausing),
	};

	machine_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
