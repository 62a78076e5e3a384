/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's life: stops and resets that meet each other. */
#include "fake_vm.h"

#include <errno.h>
#include <lib/log.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct vm_config config = {
	.name = "test", .file = "test.toml", .id = 1, .vcpu_count = 2};
static unsigned int log_lines;

/*
 * The tests
 */
static struct vm *vm;

static void count_lines(const char *text __unused_arg, size_t len __unused_arg)
{
	log_lines++;
}

static void others_run(struct wait_queue *wq __unused_arg)
{
	fake_vm_step(vm);
}

static int setup(void **state __unused_arg)
{
	fake_vm_reset();
	log_lines = 0;
	log_set_sink(count_lines);
	fake_sleep = others_run;
	return vm_create(&config, &vm) || vm_start(vm);
}

static int teardown(void **state __unused_arg)
{
	int err = vm_stop(vm, VM_STOP_FORCED);

	return (err && err != -EALREADY) || vm_destroy(vm);
}

static void stop_twice(void **state __unused_arg)
{
	assert_int_equal(fake_vm.launched, 2);
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), 0);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(vm->stop_reason, VM_STOP_CLEAN);
	assert_int_equal(fake_vm.channels_died, 1);
	assert_int_equal(vm_stop(vm, VM_STOP_FORCED), -EALREADY);
	assert_int_equal(vm->stop_reason, VM_STOP_CLEAN);
	vm_guest_ended(vm, VM_STOP_FAULT, true, "late");
	vm_life_step(vm);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(fake_vm.loads, 1);
}

static void reset_starts_again(void **state __unused_arg)
{
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	assert_int_equal(vm->state, VM_STOPPING);
	assert_int_equal(vm_destroy(vm), -EBUSY);
	vm_life_step(vm);
	/* never STOPPED: nobody may start or delete it meanwhile */
	assert_int_equal(vm->state, VM_LOADING);
	assert_int_equal(vm_start(vm), -EBUSY);
	assert_int_equal(vm_destroy(vm), -EBUSY);
	others_run(NULL);
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(fake_vm.loads, 2);
	vm_life_step(vm); /* joins the task */
	assert_null(vm->plan->loader);
}

static void stop_outranks_reset(void **state __unused_arg)
{
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), 0);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(fake_vm.loads, 1);
}

static void stop_while_it_restarts(void **state __unused_arg)
{
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	vm_life_step(vm);
	assert_int_equal(vm->state, VM_LOADING);
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), 0);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(vm->stop_reason, VM_STOP_CLEAN);
	assert_int_equal(fake_vm.loads, 2);
}

static void restart_fails(void **state __unused_arg)
{
	fake_vm.load_err = -ENOMEM;
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	vm_life_step(vm);
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), 0);
	assert_int_equal(vm->state, VM_FAILED);
	assert_int_equal(vm_start(vm), -ENOMEM);
	assert_int_equal(vm->state, VM_FAILED);
	fake_vm.load_err = 0;
	assert_int_equal(vm_start(vm), 0);
	assert_int_equal(vm->state, VM_RUNNING);
}

/* A guest that resets without end: its own time, few lines. */
static void resets_without_end(void **state __unused_arg)
{
	unsigned int tasks = fake_task_count;

	for (unsigned int i = 0; i < 1000; i++) {
		vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
		others_run(NULL);
		others_run(NULL);
	}
	assert_int_equal(fake_vm.loads, 1001);
	assert_int_equal(fake_vm.channels_died, 1000);
	assert_int_equal(fake_task_count - tasks, 1000);
	assert_in_range(log_lines, 1, 20);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stop_twice),          TEST(reset_starts_again),
		TEST(stop_outranks_reset), TEST(stop_while_it_restarts),
		TEST(restart_fails),       TEST(resets_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
