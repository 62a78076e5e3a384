/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's life: stops and resets that meet each other. */
#include "fake_virt.h"

#include "../../../virt/plan.h"
#include "../../../virt/vcpu_private.h"

#include <core/cpu.h>
#include <errno.h>
#include <lib/log.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <virt/vconsole.h>

#include <cmocka.h>

struct cpu cpus[CPU_MAX];
unsigned int cpu_count = 2;
const struct vm_config *const vm_config_table[1];
const unsigned int vm_config_count;

static const struct vm_config config = {
	.name = "test", .file = "test.toml", .id = 1, .vcpu_count = 2};
static unsigned int loads, launched, wakes, log_lines, holds;
static unsigned int channels_died, wakes_of_stops;
static int load_err;

/*
 * What a VM is made of; only the vCPUs' count and the loads matter here
 */
/* clang-format off */
int host_kept_find(const struct vm *vm __unused_arg,
		   struct host_kept *kept __unused_arg) { return 0; }
void host_kept_warn(const struct vm *vm __unused_arg,
		    const struct host_kept *kept __unused_arg)
{
}

void host_kept_free(struct host_kept *kept __unused_arg) {}
int reserved_check(const struct vm *vm __unused_arg,
		   const struct host_kept *kept __unused_arg) { return 0; }
const void *host_fdt(void) { return NULL; }
const struct arch_fdt_rules *arch_fdt_rules(void) { return NULL; }
int fdt_select(const void *fdt __unused_arg,
	       const struct vm_config *cfg __unused_arg,
	       const struct arch_fdt_rules *rules __unused_arg,
	       const int *kept __unused_arg, unsigned int count __unused_arg,
	       struct fdt_selection *sel __unused_arg) { return 0; }
void fdt_selection_free(struct fdt_selection *sel __unused_arg) {}
int vm_vdevs_create(struct vm *vm __unused_arg) { return 0; }
void vm_vdevs_destroy(struct vm *vm __unused_arg) {}
void vm_vdevs_reset(struct vm *vm __unused_arg) {}
void vm_vdevs_stop(struct vm *vm __unused_arg) {}
int vm_passthrough_create(struct vm *vm __unused_arg,
			  const struct host_kept *kept __unused_arg)
{ return 0; }
void vm_passthrough_destroy(struct vm *vm __unused_arg) {}
int vm_place(struct vm *vm __unused_arg) { return 0; }
int vm_ram_create(struct vm *vm __unused_arg) { return 0; }
void vm_ram_destroy(struct vm *vm __unused_arg) {}
void vm_ram_zero(struct vm *vm __unused_arg) {}
int arch_vm_create(struct vm *vm __unused_arg) { return 0; }
void arch_vm_destroy(struct vm *vm __unused_arg) {}
void arch_vm_reset(struct vm *vm __unused_arg) {}
int arch_virq_forward(struct vm *vm __unused_arg,
		      unsigned int irq __unused_arg,
		      unsigned int virq __unused_arg) { return 0; }
void arch_virq_unforward_all(struct vm *vm __unused_arg) {}
const char *arch_irq_passthrough_refusal(void) { return NULL; }
int stage2_create(struct stage2 *s2 __unused_arg,
		  struct mm_owner *owner __unused_arg) { return 0; }
void stage2_destroy(struct stage2 *s2 __unused_arg) {}
uint64_t mm_owner_retire(struct mm_owner *owner __unused_arg) { return 0; }
uint64_t time_ns(void) { return 1; }
bool vconsole_is_attached(const struct vm *vm __unused_arg) { return false; }
void vconsole_attach(struct vm *vm __unused_arg) {}
int ivc_vm_create(struct vm *vm __unused_arg) { return 0; }
void ivc_vm_destroy(struct vm *vm __unused_arg) {}
void ivc_vm_stopped(struct vm *vm __unused_arg)
{
	/* before the vmm is told, and once */
	assert_int_equal(channels_died, wakes_of_stops);
	channels_died++;
}
void vmm_wake(void)
{
	wakes++;
	if (channels_died > wakes_of_stops)
		wakes_of_stops++;
}
void vcpu_join(struct vcpu *vcpu __unused_arg) {}
void vcpu_hurry(struct vcpu *vcpu __unused_arg, bool on __unused_arg) {}
void vm_list_hold(void) { assert_int_equal(holds++, 0); }
void vm_list_release(void) { holds--; }
/* clang-format on */

uint64_t vcpu_host_cpus(const struct vm_config *cfg __unused_arg,
			unsigned int id __unused_arg)
{
	return UINT64_MAX;
}

int vm_load(struct vm *vm)
{
	assert_int_equal(vm->state, VM_LOADING);
	loads++;
	return load_err;
}

int vcpu_create(struct vm *vm, unsigned int id)
{
	vm->vcpus[id] = calloc(1, sizeof(struct vcpu));
	vm->vcpus[id]->vm = vm;
	vm->vcpus[id]->affinity = 3;
	return 0;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	free(vcpu);
}

void vcpu_task_attr(struct vcpu *vcpu, struct task_attr *attr)
{
	attr->priority = TASK_PRIO_VCPU;
	attr->affinity = vcpu->affinity;
}

int vcpu_launch(struct vcpu *vcpu)
{
	/* a stop that comes before the first task has one to wait for */
	assert_true(vcpu->vm->running_vcpus);
	assert_int_equal(vcpu->vm->state, VM_RUNNING);
	vcpu->vm->running_vcpus++;
	launched++;
	return 0;
}

enum cpu_up_result vcpu_start(struct vcpu *vcpu __unused_arg,
			      uint64_t entry __unused_arg,
			      uint64_t arg __unused_arg)
{
	return CPU_UP_OK;
}

void vcpu_request(struct vcpu *vcpu, enum vcpu_request request)
{
	assert_int_equal(request, VCPU_REQ_STOP);
	vm_vcpu_left(vcpu->vm);
}

/*
 * The tests
 */
static struct vm *vm;

static void count_lines(const char *text __unused_arg, size_t len __unused_arg)
{
	log_lines++;
}

/* What the vmm and a loader do while somebody waits. */
static void others_run(struct wait_queue *wq __unused_arg)
{
	struct fake_task *task = (struct fake_task *)vm->plan->loader;

	assert_true(vm->state == VM_STOPPING || vm->state == VM_LOADING);
	if (vm->state == VM_STOPPING)
		vm_stop_finish(vm);
	else
		task->fn(task->arg);
}

static int setup(void **state __unused_arg)
{
	channels_died = wakes_of_stops = 0;
	loads = launched = wakes = log_lines = holds = 0;
	load_err = 0;
	log_set_sink(count_lines);
	fake_sleep = others_run;
	return vm_create(&config, &vm) || vm_start(vm);
}

static int teardown(void **state __unused_arg)
{
	return vm_stop(vm, VM_STOP_FORCED) || vm_destroy(vm);
}

static void stop_twice(void **state __unused_arg)
{
	assert_int_equal(launched, 2);
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), 0);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(vm->stop_reason, VM_STOP_CLEAN);
	assert_int_equal(channels_died, 1);
	assert_int_equal(vm_stop(vm, VM_STOP_FORCED), 0);
	assert_int_equal(vm->stop_reason, VM_STOP_CLEAN);
	vm_guest_ended(vm, VM_STOP_FAULT, true, "late");
	assert_false(vm_stop_finish(vm));
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(loads, 1);
}

static void reset_starts_again(void **state __unused_arg)
{
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	assert_int_equal(vm->state, VM_STOPPING);
	assert_int_equal(vm_destroy(vm), -EBUSY);
	assert_true(vm_stop_finish(vm));
	/* never STOPPED: nobody may start or delete it meanwhile */
	assert_int_equal(vm->state, VM_LOADING);
	assert_int_equal(vm_start(vm), -EBUSY);
	assert_int_equal(vm_destroy(vm), -EBUSY);
	others_run(NULL);
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(loads, 2);
	assert_false(vm_stop_finish(vm)); /* but joins the task */
	assert_null(vm->plan->loader);
}

static void stop_outranks_reset(void **state __unused_arg)
{
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	vm_stop(vm, VM_STOP_CLEAN);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(loads, 1);
}

static void stop_while_it_restarts(void **state __unused_arg)
{
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	vm_stop_finish(vm);
	assert_int_equal(vm->state, VM_LOADING);
	vm_stop(vm, VM_STOP_CLEAN);
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(vm->stop_reason, VM_STOP_CLEAN);
	assert_int_equal(loads, 2);
}

static void restart_fails(void **state __unused_arg)
{
	load_err = -ENOMEM;
	vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	vm_stop_finish(vm);
	assert_int_equal(vm_stop(vm, VM_STOP_CLEAN), 0);
	assert_int_equal(vm->state, VM_FAILED);
	assert_int_equal(vm_start(vm), -ENOMEM);
	assert_int_equal(vm->state, VM_FAILED);
	load_err = 0;
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
	assert_int_equal(loads, 1001);
	assert_int_equal(channels_died, 1000);
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
