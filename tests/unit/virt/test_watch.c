/* SPDX-License-Identifier: Apache-2.0 */
/* Watching guests: what is reported, what exits cost, when CPUs are told. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/virt.h>
#include <core/cpu.h>
#include <core/task.h>
#include <virt/vm.h>
#include <virt/watch.h>

#define CPUS 3

struct cpu cpus[CPU_MAX];
unsigned int cpu_count = CPUS;
bool trace_recording;

static const struct vm_config config = {.id = 5, .name = "guest"};
static struct vcpu vcpu;
static struct vm vm = {.config = &config, .vcpu_count = 1, .vcpus = {&vcpu}};

static uint64_t ran_ticks;
static bool watched[CPUS];
static unsigned int told;
static int start_err;
static uint64_t started_tag;
static unsigned int stops, pauses;

static struct {
	enum trace_kind kind;
	unsigned int arg;
	uint64_t tag, a;
} records[16];
static unsigned int record_count;

uint64_t task_ran_ticks(void)
{
	return ran_ticks;
}

struct vm *vm_first(void)
{
	return &vm;
}

const char *vm_state_name(enum vm_state state)
{
	return state == VM_RUNNING ? "Running" : "other";
}

static unsigned int this_cpu;

void smp_call(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	this_cpu = cpu;
	fn(arg);
}

void arch_exits_watch(bool on)
{
	watched[this_cpu] = on;
	told++;
}

void trace_emit(enum trace_kind kind, unsigned int arg, uint64_t tag,
		uint64_t a, uint64_t b __unused_arg)
{
	records[record_count].kind = kind;
	records[record_count].arg = arg;
	records[record_count].tag = tag;
	records[record_count].a = a;
	record_count++;
}

void trace_named(enum trace_kind kind, unsigned int arg, uint64_t tag,
		 const char *name)
{
	assert_string_equal(name, "guest");
	trace_emit(kind, arg, tag, 0, 0);
}

struct trace_open trace_exit_begin(uint64_t tag, uint64_t pc, uint64_t syndrome)
{
	if (trace_recording)
		trace_emit(TRACE_EXIT, TRACE_REASON_OPEN, tag, pc, syndrome);
	return (struct trace_open){77, 0};
}

void trace_exit_reason(struct trace_open open, unsigned int reason)
{
	assert_int_equal(open.pos, 77);
	if (trace_recording)
		records[record_count - 1].arg = reason;
}

int trace_start(unsigned int kib, uint64_t tag)
{
	assert_int_equal(kib, 64);
	/* vCPUs that the marks interrupt must be seen to go on */
	for (unsigned int i = 0; i < CPUS; i++)
		assert_true(watched[i]);
	started_tag = tag;
	trace_recording = !start_err;
	return start_err;
}

void trace_stop(void)
{
	trace_recording = false;
	stops++;
}

void trace_pause(bool pause)
{
	trace_recording = !pause;
	pauses += pause;
}

static int setup(void **state)
{
	(void)state;
	vcpu = (struct vcpu){.vm = &vm, .id = 2};
	vm.state = VM_RUNNING;
	for (unsigned int i = 0; i < CPUS; i++)
		cpus[i].online = true;
	record_count = told = stops = pauses = 0;
	start_err = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	watch_cost_set(false);
	watch_trace_stop();
	assert_false(watch_is_on());
	for (unsigned int i = 0; i < CPUS; i++)
		assert_false(watched[i]);
	return 0;
}

/* An exit for @reason that takes @ticks, with the guest in before and after. */
static void exit_once(unsigned int reason, uint64_t ticks)
{
	watch_exit(&vcpu, 0x1000, 0x56);
	ran_ticks += ticks / 2;
	watch_handled(&vcpu); /* it is not over yet: the guest stays out */
	watch_reason(&vcpu, reason);
	ran_ticks += ticks - ticks / 2;
	watch_handled(&vcpu);
	ran_ticks += 5; /* looking at what was done is not the exit's */
	watch_entry(&vcpu);
	ran_ticks += 1000000; /* the guest's own time */
}

static void assert_cost(unsigned int reason, uint64_t count, uint64_t ticks,
			uint64_t worst)
{
	struct exit_cost cost = watch_cost(&vcpu, reason);

	assert_int_equal(cost.count, count);
	assert_int_equal(cost.ticks, ticks);
	assert_int_equal(cost.worst, worst);
}

static void test_cost(void **state)
{
	(void)state;
	exit_once(3, 10); /* nobody asked */
	assert_cost(3, 0, 0, 0);
	assert_false(watch_cost_is_on());
	watch_cost_set(true);
	assert_true(watch_cost_is_on());
	exit_once(3, 10);
	exit_once(3, 50);
	exit_once(3, 20);
	exit_once(4, 7);
	assert_cost(3, 3, 80, 50);
	assert_cost(4, 1, 7, 7);
	/* an entry that follows no exit, as the first one, costs nothing */
	watch_entry(&vcpu);
	assert_cost(4, 1, 7, 7);
	/* figures stay when it ends, and go when it begins again */
	watch_cost_set(false);
	exit_once(3, 99);
	assert_cost(3, 3, 80, 50);
	watch_cost_set(true);
	assert_cost(3, 0, 0, 0);
	watch_cost_set(true);
	exit_once(VCPU_EXIT_REASONS, 1); /* no such row: not counted */
	assert_int_equal(record_count, 0);
}

static void test_trace(void **state)
{
	const uint64_t tag = TRACE_TAG_VCPU(5, 2);

	(void)state;
	assert_int_equal(watch_trace_start(64, &vm), 0);
	assert_int_equal(started_tag, TRACE_TAG_VM(5));
	/* what the VMs' states are is in the trace from the start */
	assert_int_equal(record_count, 1);
	assert_int_equal(records[0].kind, TRACE_LIFE);
	assert_int_equal(records[0].arg, VM_RUNNING);
	assert_int_equal(records[0].tag, TRACE_TAG_VM(5));
	watch_exit(&vcpu, 0x1000, 0x56);
	watch_reason(&vcpu, 6);
	watch_inject(&vcpu, 27);
	watch_entry(&vcpu);
	assert_int_equal(record_count, 4);
	assert_int_equal(records[1].kind, TRACE_EXIT);
	assert_int_equal(records[1].arg, 6);
	assert_int_equal(records[1].a, 0x1000);
	assert_int_equal(records[2].kind, TRACE_INJECT);
	assert_int_equal(records[2].a, 27);
	assert_int_equal(records[3].kind, TRACE_ENTRY);
	for (unsigned int i = 1; i < 4; i++)
		assert_int_equal(records[i].tag, tag);
	watch_vm(&vm, VM_STOPPING);
	watch_life(&vm, 2, WATCH_VCPU_OFF);
	assert_int_equal(records[4].arg, VM_STOPPING);
	assert_int_equal(records[5].tag, tag);
	assert_cost(6, 0, 0, 0); /* that is another matter */
	assert_int_equal(watch_trace_start(64, NULL), -EBUSY);
	assert_true(trace_recording);
	/* what there is stays, until it is stopped once more or begun anew */
	stops = 0;
	watch_trace_stop();
	assert_int_equal(pauses, 1);
	assert_int_equal(stops, 0);
	watch_vm(&vm, VM_STOPPED);
	assert_int_equal(record_count, 6);
	watch_trace_stop();
	assert_int_equal(stops, 1);
	assert_int_equal(watch_trace_start(64, NULL), 0);
	assert_int_equal(stops, 2);
	assert_int_equal(pauses, 1);
}

/* Each CPU changes its vectors when the first begins and the last ends. */
static void test_cpus(void **state)
{
	(void)state;
	cpus[1].online = false;
	watch_cost_set(true);
	assert_true(watched[0] && watched[2] && !watched[1]);
	assert_int_equal(told, 2);
	watch_cost_set(false);
	assert_int_equal(told, 4);
	assert_false(watch_is_on());

	cpus[1].online = true;
	assert_int_equal(watch_trace_start(64, NULL), 0);
	assert_int_equal(started_tag, 0);
	assert_int_equal(told, 7);
	watch_cost_set(true);
	watch_trace_stop();
	assert_int_equal(told, 7);
	assert_true(watched[0] && watched[1] && watched[2]);
	watch_cost_set(false);
	assert_int_equal(told, 10);
}

static void test_start_fails(void **state)
{
	(void)state;
	start_err = -ENOMEM;
	assert_int_equal(watch_trace_start(64, NULL), -ENOMEM);
	assert_false(watch_is_on());
	assert_int_equal(record_count, 0);
	start_err = 0;
	assert_int_equal(watch_trace_start(64, NULL), 0);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(watch_life_name(VM_RUNNING), "Running");
	assert_string_equal(watch_life_name(WATCH_VM_CREATED), "created");
	assert_string_equal(watch_life_name(WATCH_VCPU_OFF), "vcpu-off");
	assert_null(watch_life_name(VM_FAILED + 1));
	assert_null(watch_life_name(WATCH_LIFE_COUNT));
}

#define WATCH_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WATCH_TEST(test_cost),  WATCH_TEST(test_trace),
		WATCH_TEST(test_cpus),  WATCH_TEST(test_start_fails),
		WATCH_TEST(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
