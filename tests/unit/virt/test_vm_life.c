/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every command from every state, as Documentation/life-cycle.md has it, the
 * guest's own ends from every state, suspended time, and the restart policy.
 */
#include "fake_vm.h"

#include <arch/cpu.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <virt/crash.h>

#include <cmocka.h>

static struct vm_config config = {
	.name = "test", .file = "test.toml", .id = 1, .vcpu_count = 2};
static struct vm *vm;

static void others_run(struct wait_queue *wq __unused_arg)
{
	fake_vm_step(vm);
}

static void hush(const char *text __unused_arg, size_t len __unused_arg)
{
}

static int setup(void **state __unused_arg)
{
	fake_vm_reset();
	log_set_sink(hush);
	fake_sleep = others_run;
	config.on_exit = VM_ON_EXIT_STOP;
	config.suspend_time = VM_TIME_STOPS;
	config.restart_limit = 3;
	return vm_create(&config, &vm);
}

static int teardown(void **state __unused_arg)
{
	int err;

	fake_vm.busy = false;
	fake_vm.load_err = 0;
	err = vm_stop(vm, VM_STOP_FORCED);
	return (err && err != -EALREADY) || vm_destroy(vm);
}

/* Bring a new VM into a state. */
static void reach(uint32_t state)
{
	if (state == VM_LOADED)
		return;
	if (state == VM_LOADING) {
		assert_int_equal(vm_start_begin(vm), 0);
	} else if (state == VM_FAILED) {
		fake_vm.load_err = -ENOMEM;
		assert_int_equal(vm_start(vm), -ENOMEM);
		fake_vm.load_err = 0;
	} else {
		assert_int_equal(vm_start(vm), 0);
	}
	if (state == VM_SUSPENDED)
		assert_int_equal(vm_suspend(vm), 0);
	if (state == VM_STOPPING) {
		fake_vm.busy = true;
		vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, false, "off");
	}
	if (state == VM_STOPPED)
		assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), 0);
	assert_int_equal(vm->state, state);
	fake_vm.loads = 0;
}

/*
 * Commands
 */

static int cmd_start(void)
{
	return vm_start(vm);
}

static int cmd_stop(void)
{
	return vm_stop(vm, VM_STOP_CLEAN);
}

static int cmd_graceful(void)
{
	fake_vm.power_key = KEY_OBEYED;
	return vm_stop_graceful(vm, 1);
}

static int cmd_ignored(void)
{
	fake_vm.power_key = KEY_IGNORED;
	return vm_stop_graceful(vm, 1);
}

static int cmd_no_key(void)
{
	fake_vm.power_key = KEY_NONE;
	return vm_stop_graceful(vm, 1);
}

static int cmd_suspend(void)
{
	return vm_suspend(vm);
}

static int cmd_resume(void)
{
	return vm_resume(vm);
}

static int cmd_restart(void)
{
	return vm_restart(vm, false);
}

static int cmd_restart_force(void)
{
	return vm_restart(vm, true);
}

#define STATES (VM_FAILED + 1)

/* By enum vm_state: what it returns, where it ends, how often it loads. */
struct row {
	const char *name;
	int (*run)(void);
	struct {
		int err;
		uint32_t after;
		unsigned int loads;
	} from[STATES];
};

#define LOADING [VM_LOADING]
#define LOADED [VM_LOADED]
#define RUNNING [VM_RUNNING]
#define SUSPENDED [VM_SUSPENDED]
#define STOPPING [VM_STOPPING]
#define STOPPED [VM_STOPPED]
#define FAILED [VM_FAILED]

static const struct row rows[] = {
	{"start",
	 cmd_start,
	 {
		 LOADED = {0, VM_RUNNING, 1},
		 LOADING = {-EBUSY, VM_LOADING, 0},
		 RUNNING = {-EALREADY, VM_RUNNING, 0},
		 SUSPENDED = {-EBUSY, VM_SUSPENDED, 0},
		 STOPPING = {-EBUSY, VM_STOPPING, 0},
		 STOPPED = {0, VM_RUNNING, 1},
		 FAILED = {0, VM_RUNNING, 1},
	 }},
	{"stop",
	 cmd_stop,
	 {
		 LOADED = {-EALREADY, VM_LOADED, 0},
		 LOADING = {0, VM_STOPPED, 1},
		 RUNNING = {0, VM_STOPPED, 0},
		 SUSPENDED = {0, VM_STOPPED, 0},
		 STOPPING = {0, VM_STOPPED, 0},
		 STOPPED = {-EALREADY, VM_STOPPED, 0},
		 FAILED = {-EALREADY, VM_FAILED, 0},
	 }},
	{"stop -g",
	 cmd_graceful,
	 {
		 LOADED = {-EALREADY, VM_LOADED, 0},
		 LOADING = {-EBUSY, VM_LOADING, 0},
		 RUNNING = {0, VM_STOPPED, 0},
		 SUSPENDED = {-EBUSY, VM_SUSPENDED, 0},
		 STOPPING = {0, VM_STOPPED, 0},
		 STOPPED = {-EALREADY, VM_STOPPED, 0},
		 FAILED = {-EALREADY, VM_FAILED, 0},
	 }},
	{"stop -g, ignored",
	 cmd_ignored,
	 {
		 LOADED = {-EALREADY, VM_LOADED, 0},
		 LOADING = {-EBUSY, VM_LOADING, 0},
		 RUNNING = {0, VM_STOPPED, 0},
		 SUSPENDED = {-EBUSY, VM_SUSPENDED, 0},
		 STOPPING = {0, VM_STOPPED, 0},
		 STOPPED = {-EALREADY, VM_STOPPED, 0},
		 FAILED = {-EALREADY, VM_FAILED, 0},
	 }},
	{"stop -g, no key",
	 cmd_no_key,
	 {
		 LOADED = {-EALREADY, VM_LOADED, 0},
		 LOADING = {-EBUSY, VM_LOADING, 0},
		 RUNNING = {-ENODEV, VM_RUNNING, 0},
		 SUSPENDED = {-EBUSY, VM_SUSPENDED, 0},
		 STOPPING = {0, VM_STOPPED, 0},
		 STOPPED = {-EALREADY, VM_STOPPED, 0},
		 FAILED = {-EALREADY, VM_FAILED, 0},
	 }},
	{"suspend",
	 cmd_suspend,
	 {
		 LOADED = {-EBUSY, VM_LOADED, 0},
		 LOADING = {-EBUSY, VM_LOADING, 0},
		 RUNNING = {0, VM_SUSPENDED, 0},
		 SUSPENDED = {-EALREADY, VM_SUSPENDED, 0},
		 STOPPING = {-EBUSY, VM_STOPPING, 0},
		 STOPPED = {-EBUSY, VM_STOPPED, 0},
		 FAILED = {-EBUSY, VM_FAILED, 0},
	 }},
	{"resume",
	 cmd_resume,
	 {
		 LOADED = {-EBUSY, VM_LOADED, 0},
		 LOADING = {-EBUSY, VM_LOADING, 0},
		 RUNNING = {-EALREADY, VM_RUNNING, 0},
		 SUSPENDED = {0, VM_RUNNING, 0},
		 STOPPING = {-EBUSY, VM_STOPPING, 0},
		 STOPPED = {-EBUSY, VM_STOPPED, 0},
		 FAILED = {-EBUSY, VM_FAILED, 0},
	 }},
	{"restart",
	 cmd_restart,
	 {
		 LOADED = {0, VM_RUNNING, 1},
		 LOADING = {-EBUSY, VM_LOADING, 0},
		 RUNNING = {0, VM_RUNNING, 1},
		 SUSPENDED = {0, VM_RUNNING, 1},
		 STOPPING = {-EBUSY, VM_STOPPING, 0},
		 STOPPED = {0, VM_RUNNING, 1},
		 FAILED = {0, VM_RUNNING, 1},
	 }},
	{"restart -f",
	 cmd_restart_force,
	 {
		 LOADED = {0, VM_RUNNING, 1},
		 LOADING = {-EBUSY, VM_LOADING, 0},
		 RUNNING = {0, VM_RUNNING, 1},
		 SUSPENDED = {0, VM_RUNNING, 1},
		 STOPPING = {0, VM_RUNNING, 1},
		 STOPPED = {0, VM_RUNNING, 1},
		 FAILED = {0, VM_RUNNING, 1},
	 }},
};

static void commands(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows) * STATES; i++) {
		const struct row *row = &rows[i / STATES];
		uint32_t from = i % STATES;
		int err;

		if (i) {
			assert_int_equal(teardown(state), 0);
			assert_int_equal(setup(state), 0);
		}
		reach(from);
		err = row->run();
		if (err != row->from[from].err ||
		    vm->state != row->from[from].after ||
		    fake_vm.loads != row->from[from].loads)
			fail_msg("%s from %s: error %d, then %s, %u loads",
				 row->name, vm_state_name(from), err,
				 vm_state_name(vm->state), fake_vm.loads);
		assert_int_equal(fake_vm.vdevs_paused,
				 vm->state == VM_SUSPENDED);
	}
}

static void deleted_at_rest_only(void **state)
{
	for (uint32_t from = 0; from < STATES; from++) {
		bool rests = from == VM_LOADED || from == VM_STOPPED ||
			     from == VM_FAILED;
		uint32_t before;

		reach(from);
		before = fake_vm.wipes;
		assert_int_equal(vm_destroy(vm), rests ? 0 : -EBUSY);
		/* what no guest has written needs no clearing */
		assert_int_equal(fake_vm.wipes - before,
				 rests && from != VM_LOADED);
		if (rests)
			assert_null(vm_find(1));
		else
			assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
	}
}

/* Off, reset, and death of the guest itself, from every state. */
static void guests_ends(void **state)
{
	static const struct {
		enum vm_stop_reason reason;
		bool reset;
		uint32_t after;
	} ends[] = {
		{VM_STOP_SYSTEM_DOWN, false, VM_STOPPED},
		{VM_STOP_SYSTEM_DOWN, true, VM_RUNNING},
		{VM_STOP_FAULT, false, VM_STOPPED},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(ends) * STATES; i++) {
		uint32_t from = i % STATES, after = from;

		if (i) {
			assert_int_equal(teardown(state), 0);
			assert_int_equal(setup(state), 0);
		}
		reach(from);
		vm_guest_ended(vm, ends[i / STATES].reason,
			       ends[i / STATES].reset, "a test");
		if (from == VM_RUNNING || from == VM_SUSPENDED)
			after = ends[i / STATES].after;
		else if (from == VM_LOADING) /* a late one, of the run before */
			after = VM_RUNNING;
		else if (from == VM_STOPPING)
			after = VM_STOPPED;
		for (unsigned int j = 0; j < 4; j++)
			fake_vm_step(vm);
		assert_int_equal(vm->state, after);
	}
}

/*
 * Transitions that meet each other
 */

/* The guest ends while vCPUs are on their way to a suspend. */
static bool end_reset;

static void end_in_suspend(struct wait_queue *wq __unused_arg)
{
	fake_sleep = others_run;
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, end_reset, "a test");
}

static void ends_while_it_suspends(void **state)
{
	for (unsigned int reset = 0; reset < 2; reset++) {
		if (reset) {
			assert_int_equal(teardown(state), 0);
			assert_int_equal(setup(state), 0);
		}
		reach(VM_RUNNING);
		end_reset = reset;
		fake_vm.busy = true;
		fake_sleep = end_in_suspend;
		assert_int_equal(vm_suspend(vm), -ECANCELED);
		assert_false(fake_vm.vdevs_paused);
		for (unsigned int j = 0; j < 4; j++)
			fake_vm_step(vm);
		assert_int_equal(vm->state, reset ? VM_RUNNING : VM_STOPPED);
		/* and the new run does not wait for a resume */
		for (unsigned int i = 0; reset && i < vm->vcpu_count; i++)
			assert_int_equal(vm->vcpus[i]->requests, 0);
	}
}

static void graceful_outranks_reset(void **state __unused_arg)
{
	reach(VM_RUNNING);
	fake_vm.power_key = KEY_RESETS;
	assert_int_equal(vm_stop_graceful(vm, 1), 0);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(vm->stop_reason, VM_STOP_SYSTEM_DOWN);
	assert_int_equal(fake_vm.loads, 0);
	/* which is forgotten with the next start */
	assert_int_equal(vm_start(vm), 0);
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	for (unsigned int j = 0; j < 4; j++)
		fake_vm_step(vm);
	assert_int_equal(vm->state, VM_RUNNING);
}

static void ignored_key_ends_by_force(void **state __unused_arg)
{
	reach(VM_RUNNING);
	fake_vm.power_key = KEY_IGNORED;
	assert_int_equal(vm_stop_graceful(vm, 7000000000), 0);
	assert_int_equal(vm->stop_reason, VM_STOP_FORCED);
	assert_non_null(strstr(vm->stop_detail, "within 7 s"));
}

/* vCPUs that get no CPU: whoever waits gives up, and it goes on later. */
static void waits_end(void **state __unused_arg)
{
	reach(VM_RUNNING);
	fake_vm.busy = true;
	fake_sleep = NULL;
	assert_int_equal(vm_suspend(vm), -ETIMEDOUT);
	assert_int_equal(vm->state, VM_SUSPENDED);
	/* not all stood still, so no time is taken from the guest */
	fake_counter += 1000;
	assert_int_equal(vm_resume(vm), 0);
	assert_int_equal(fake_vm.skipped, 0);
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), -ETIMEDOUT);
	assert_int_equal(vm->state, VM_STOPPING);
	assert_int_equal(vm_restart(vm, true), -ETIMEDOUT);
	fake_sleep = others_run;
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), 0);
	assert_int_equal(vm->state, VM_STOPPED);
	fake_sleep = NULL;
	assert_int_equal(vm_start(vm), -ETIMEDOUT);
	assert_int_equal(vm->state, VM_LOADING);
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), -ETIMEDOUT);
	fake_sleep = others_run;
	for (unsigned int j = 0; j < 4; j++)
		fake_vm_step(vm);
	assert_int_equal(vm->state, VM_STOPPED);
}

/* Deleting never waits for ever either. */
static void delete_goes_on_later(void **state)
{
	reach(VM_STOPPED);
	fake_sleep = NULL;
	assert_int_equal(vm_destroy(vm), -ETIMEDOUT);
	assert_null(vm_find_name("test"));
	fake_vm_step(vm);
	assert_int_equal(setup(state), 0);
}

/*
 * Time
 */

static void time_stands_still(void **state)
{
	for (unsigned int runs = 0; runs < 2; runs++) {
		if (runs) {
			assert_int_equal(teardown(state), 0);
			assert_int_equal(setup(state), 0);
		}
		config.suspend_time = runs ? VM_TIME_RUNS : VM_TIME_STOPS;
		reach(VM_RUNNING);
		vm->vcpus[1]->state = VCPU_RUNNING;
		fake_vm.busy = true;
		fake_sleep = NULL;
		fake_counter = 1000;
		assert_int_equal(vm_suspend(vm), -ETIMEDOUT);
		/* the second vCPU leaves its guest later than the first */
		vm->vcpus[0]->parked = vm->vcpus[1]->parked = true;
		vm->vcpus[0]->parked_at = 1010;
		vm->vcpus[1]->parked_at = 1100;
		fake_counter = 5100;
		assert_int_equal(vm_resume(vm), 0);
		assert_int_equal(fake_vm.skipped, runs ? 0 : 4000);
		fake_vm.busy = false;
		fake_sleep = others_run;
	}
}

/* One that is off does not count, and one turned on meanwhile parks. */
static void time_with_vcpus_off(void **state __unused_arg)
{
	reach(VM_RUNNING);
	fake_counter = 1000;
	assert_int_equal(vm->vcpus[1]->state, VCPU_FREE);
	assert_int_equal(vm_suspend(vm), 0);
	fake_counter = 3000;
	assert_int_equal(vm_resume(vm), 0);
	assert_int_equal(fake_vm.skipped, 2000);
}

/*
 * Policy
 */

static void die(void)
{
	vm_guest_ended(vm, VM_STOP_FAULT, false, "a wild jump");
	for (unsigned int j = 0; j < 4; j++)
		fake_vm_step(vm);
}

static void restarts_up_to_the_limit(void **state __unused_arg)
{
	config.on_exit = VM_ON_EXIT_RESTART;
	reach(VM_RUNNING);
	for (unsigned int i = 0; i < 3; i++) {
		die();
		assert_int_equal(vm->state, VM_RUNNING);
	}
	/* a long run, and all is forgiven */
	fake_vm.time_ns += VM_RESTART_WINDOW_NS;
	for (unsigned int i = 0; i < 3; i++) {
		die();
		assert_int_equal(vm->state, VM_RUNNING);
	}
	die();
	assert_int_equal(vm->state, VM_FAILED);
	assert_int_equal(vm->stop_reason, VM_STOP_FAULT);
	assert_string_equal(vm->stop_detail, "a wild jump; restarted 3 times");
	/* a command begins anew */
	assert_int_equal(vm_start(vm), 0);
	for (unsigned int i = 0; i < 3; i++) {
		die();
		assert_int_equal(vm->state, VM_RUNNING);
	}
	assert_int_equal(vm_restart(vm, false), 0);
	die();
	assert_int_equal(vm->state, VM_RUNNING);
}

static void policy_is_for_deaths(void **state __unused_arg)
{
	config.on_exit = VM_ON_EXIT_RESTART;
	reach(VM_RUNNING);
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, false, "off");
	for (unsigned int j = 0; j < 4; j++)
		fake_vm_step(vm);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(vm_start(vm), 0);
	/* nor when somebody wants it to end */
	fake_vm.busy = true;
	vm_guest_ended(vm, VM_STOP_FAULT, false, "a wild jump");
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), 0);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(vm->stop_reason, VM_STOP_FAULT);
}

/*
 * What a death leaves
 */

static void capsule(void **state __unused_arg)
{
	struct vm_crash *crash;

	config.on_exit = VM_ON_EXIT_RESTART;
	reach(VM_RUNNING);
	assert_int_equal(crash_get(vm, &crash), -ENOENT);
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	for (unsigned int j = 0; j < 4; j++)
		fake_vm_step(vm);
	assert_int_equal(crash_get(vm, &crash), -ENOENT);
	vm->vcpus[0]->stopped_on = true;
	for (unsigned int i = 0; i < VCPU_EXIT_NOTES + 3; i++)
		vm->vcpus[0]->exit_notes[i % VCPU_EXIT_NOTES].value = i;
	vm->vcpus[0]->exit_notes_made = VCPU_EXIT_NOTES + 3;
	fake_vm.time_ns += 5000;
	die();
	/* through the restart */
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(crash_get(vm, &crash), 0);
	assert_string_equal(crash->detail, "a wild jump");
	assert_int_equal(crash->up_ns, 5000);
	assert_memory_equal(crash->console, "alas\n", 5);
	assert_int_equal(crash->console_len, 5);
	assert_int_equal(crash->vcpu_count, 2);
	assert_true(crash->vcpus[0].was_on);
	assert_false(crash->vcpus[1].was_on);
	assert_int_equal(crash->vcpus[0].pcs[0], 0x1234);
	assert_int_equal(crash->vcpus[0].exit_count, VCPU_EXIT_NOTES);
	assert_int_equal(crash->vcpus[0].exits[0].value, 3);
	assert_int_equal(crash->vcpus[0].exits[VCPU_EXIT_NOTES - 1].value,
			 VCPU_EXIT_NOTES + 2);
	assert_int_equal(*(char *)crash_state(crash, 1), 0x41);
	heap_free(crash);
	/* until somebody starts it */
	assert_int_equal(vm_restart(vm, false), 0);
	assert_int_equal(crash_get(vm, &crash), -ENOENT);
}

/*
 * Host devices: in reset from the last vCPU's end on, before the memory is
 * anything else's, until the next one's start.
 */
static void devices_reset(void **state __unused_arg)
{
	vm->plan->soc.reset_count = 1;
	assert_int_equal(vm_start(vm), 0);
	memset(fake_vm.trail, 0, sizeof(fake_vm.trail));
	assert_int_equal(vm_restart(vm, false), 0);
	assert_string_equal(fake_vm.trail, "jjRzlrvv");
	memset(fake_vm.trail, 0, sizeof(fake_vm.trail));
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	fake_vm_step(vm);
	fake_vm_step(vm);
	assert_string_equal(fake_vm.trail, "jjRzlrvv");
	memset(fake_vm.trail, 0, sizeof(fake_vm.trail));
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), 0);
	assert_string_equal(fake_vm.trail, "jjR");
	/* it cannot be loaded: they stay there */
	fake_vm.load_err = -EIO;
	memset(fake_vm.trail, 0, sizeof(fake_vm.trail));
	assert_int_equal(vm_start(vm), -EIO);
	assert_string_equal(fake_vm.trail, "jjRzl");
	vm->plan->soc.reset_count = 0;
	memset(fake_vm.trail, 0, sizeof(fake_vm.trail));
	fake_vm.load_err = 0;
	assert_int_equal(vm_start(vm), 0);
	assert_string_equal(fake_vm.trail, "jjzlvv");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(commands),
		TEST(deleted_at_rest_only),
		TEST(guests_ends),
		TEST(ends_while_it_suspends),
		TEST(graceful_outranks_reset),
		TEST(ignored_key_ends_by_force),
		TEST(waits_end),
		TEST(delete_goes_on_later),
		TEST(time_stands_still),
		TEST(time_with_vcpus_off),
		TEST(restarts_up_to_the_limit),
		TEST(policy_is_for_deaths),
		TEST(capsule),
		TEST(devices_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
