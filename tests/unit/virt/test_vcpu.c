/* SPDX-License-Identifier: Apache-2.0 */
/* The run loop against a scripted arch_vcpu_run(). */
#include "fake_virt.h"

#include "../../../virt/steal.h"
#include "../../../virt/vcpu_private.h"

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <core/cpu.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <virt/hypercall.h>
#include <virt/vdev.h>

#include <cmocka.h>

struct cpu cpus[CPU_MAX];
unsigned int cpu_count = 2;

static struct vm_config config = {.name = "test", .vcpu_count = 2};
static struct vm vm;
static struct vcpu *vcpu;
static uint64_t owned_cpus;

static unsigned int published;
static char record[ARCH_STEAL_RECORD_BYTES];

uint64_t steal_enable(struct vcpu *v)
{
	v->steal = record;
	return 0x7000;
}

void steal_publish(struct vcpu *v)
{
	assert_ptr_equal(v->steal, record);
	published++;
}

/* CPUs beyond these two are of another kind */
uint64_t cpus_of_a_kind(uint64_t mask)
{
	return mask & 3 ? mask & 3 : mask;
}

/* 24 MHz */
uint64_t time_to_ticks(uint64_t ns)
{
	return ns * 24 / 1000;
}

uint64_t vm_cpus_owned(void)
{
	return owned_cpus;
}

/* the script, and what came back */
static struct vcpu_exit script[16];
static unsigned int script_len, script_at;
static uint64_t mapped_page;
static unsigned int mapped_prot;
static unsigned int retries;
static uint64_t hypercall_result, mmio_value, reset_entry, reset_arg;
static unsigned int aborts, kicks, halts, resets, left, ended, parks;
static enum cpu_up_result up_result;
static bool wakeable, pause_in_run;

static uint64_t dev_reg;

static uint64_t dev_read(struct vdev *dev, uint64_t offset, unsigned int width)
{
	(void)dev;
	(void)width;
	return dev_reg + offset;
}

static void dev_write(struct vdev *dev, uint64_t offset, unsigned int width,
		      uint64_t value)
{
	(void)dev;
	(void)offset;
	(void)width;
	dev_reg = value;
}

static const struct vdev_ops dev_ops = {
	.name = "test", .read = dev_read, .write = dev_write};

static bool quick_answers;

static bool dev_quick(struct vdev *dev, uint64_t offset, unsigned int width,
		      bool write, uint64_t *value)
{
	(void)dev;
	if (quick_answers && !write)
		*value = offset + width;
	return quick_answers;
}

static const struct vdev_ops quick_ops = {
	.name = "test", .read = dev_read, .quick = dev_quick};
const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];
static struct vdev devs[] = {
	{.ops = &dev_ops, .gpa = {0x1000}, .size_bytes = 0x1000},
	{.ops = &quick_ops, .gpa = {0x3000}, .size_bytes = 0x20},
	{.ops = &dev_ops, .gpa = {0xfffffffffffff000}, .size_bytes = 0x1000},
};

void arch_vcpu_run(struct vcpu *v, struct vcpu_exit *exit)
{
	if (script_at == script_len) {
		/* the script is over: stop, as somebody else would */
		vcpu_request(v, VCPU_REQ_STOP);
		exit->kind = EXIT_NOTHING;
		return;
	}
	*exit = script[script_at++];
	if (pause_in_run)
		vcpu_request(v, VCPU_REQ_PAUSE);
}

void arch_vcpu_reset(struct vcpu *v, uint64_t entry, uint64_t arg)
{
	(void)v;
	resets++;
	reset_entry = entry;
	reset_arg = arg;
}

int arch_vcpu_create(struct vcpu *v)
{
	(void)v;
	return 0;
}

void arch_vcpu_destroy(struct vcpu *v)
{
	(void)v;
}

void arch_vcpu_kick(struct vcpu *v)
{
	(void)v;
	kicks++;
}

bool arch_vcpu_wakeable(struct vcpu *v)
{
	(void)v;
	return wakeable;
}

void arch_vcpu_halt_prepare(struct vcpu *v)
{
	assert_int_equal(v->state, VCPU_BLOCKED);
	halts++;
}

void arch_vcpu_halt_finish(struct vcpu *v)
{
	(void)v;
	halts += 100;
}

void arch_vcpu_hypercall_done(struct vcpu *v, uint64_t result)
{
	(void)v;
	hypercall_result = result;
}

void arch_vcpu_mmio_done(struct vcpu *v, uint64_t value)
{
	(void)v;
	mmio_value = value;
}

void arch_vcpu_cpu_up_done(struct vcpu *v, enum cpu_up_result result)
{
	(void)v;
	up_result = result;
}

void arch_vcpu_inject_abort(struct vcpu *v, const struct vcpu_exit *exit)
{
	(void)v;
	(void)exit;
	aborts++;
}

uint64_t arch_vcpu_pc(const struct vcpu *v)
{
	(void)v;
	return 0x8000 + script_at;
}

void arch_vcpu_park(struct vcpu *v)
{
	assert_false(v->parked);
	parks++;
}

void vm_vcpu_parked(struct vm *v)
{
	assert_true(v->vcpus[0]->parked || !vcpu_is_on(v->vcpus[0]));
	parks += 100;
}

void arch_vcpu_retry(struct vcpu *v)
{
	(void)v;
	retries++;
}

int stage2_lookup(struct stage2 *s2, gpa_t gpa, hpa_t *hpa, unsigned int *prot,
		  uint64_t *left)
{
	(void)s2;
	(void)hpa;
	(void)left;
	*prot = mapped_prot;
	return gpa.v >> 12 == mapped_page ? 0 : -ENOENT;
}

uint64_t hypercall(struct vcpu *v, uint64_t nr, const uint64_t args[6])
{
	(void)v;
	(void)args;
	return nr + 1;
}

void vm_vcpu_left(struct vm *v)
{
	left++;
	v->running_vcpus--;
}

void vm_guest_ended(struct vm *v, enum vm_stop_reason reason, bool reset,
		    const char *detail)
{
	(void)detail;
	ended = 10 * reason + reset;
	for (unsigned int i = 0; i < v->vcpu_count; i++)
		vcpu_request(v->vcpus[i], VCPU_REQ_STOP);
}

struct vcpu *vm_vcpu_by_hwid(struct vm *v, uint64_t hwid)
{
	return hwid < v->vcpu_count ? v->vcpus[hwid] : NULL;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	vm.config = &config;
	vm.vdevs = devs;
	vm.vdev_count = ARRAY_SIZE(devs);
	spin_init(&vm.lock, LOCK_RANK_VM);
	for (unsigned int i = 0; i < 2; i++) {
		if (vcpu_create(&vm, i))
			return -1;
		vm.vcpu_count++;
		vm.vcpus[i]->state = VCPU_FREE;
	}
	vcpu = vm.vcpus[0];
	script_len = script_at = fake_task_count = 0;
	aborts = kicks = halts = resets = left = ended = parks = 0;
	mapped_page = retries = 0;
	mapped_prot = PGT_R | PGT_W | PGT_X;
	hypercall_result = mmio_value = 0;
	up_result = 99;
	wakeable = pause_in_run = false;
	fake_sleep = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++)
		vcpu_destroy(vm.vcpus[i]);
	return 0;
}

static struct vcpu_exit *add(enum vcpu_exit_kind kind)
{
	struct vcpu_exit *exit = &script[script_len++];

	memset(exit, 0, sizeof(*exit));
	exit->kind = kind;
	return exit;
}

static void run(void)
{
	assert_int_equal(vcpu_start(vcpu, 0x8000, 0x9000), CPU_UP_OK);
	assert_int_equal(vcpu_launch(vcpu), 0);
	fake_tasks[fake_task_count - 1].fn(fake_tasks[fake_task_count - 1].arg);
	assert_int_equal(left, 1);
	assert_int_equal(vm.running_vcpus, 0);
	assert_false(vcpu_is_on(vcpu));
}

static void starts_where_told(void **state)
{
	(void)state;
	add(EXIT_NOTHING);
	run();
	assert_int_equal(resets, 1);
	assert_int_equal(reset_entry, 0x8000);
	assert_int_equal(reset_arg, 0x9000);
	assert_int_equal(script_at, 1);
}

static void hypercall_is_answered(void **state)
{
	(void)state;
	add(EXIT_HYPERCALL)->hypercall.nr = 77;
	run();
	assert_int_equal(hypercall_result, 78);
}

/* Once asked for, the stolen time is told on each way into the guest; a guest
 * that is started again has to ask again. */
static void steal_time(void **state)
{
	(void)state;
	published = 0;
	add(EXIT_NOTHING);
	add(EXIT_STEAL_TIME);
	add(EXIT_NOTHING);
	add(EXIT_NOTHING);
	run();
	assert_int_equal(hypercall_result, 0x7000);
	assert_in_range(published, 2, 3); /* the last is stopped at once */
	published = 0;
	script_len = script_at = left = 0;
	vcpu->requests = 0;
	add(EXIT_NOTHING);
	run();
	assert_int_equal(published, 0);
	assert_null(vcpu->steal);
}

static void mmio_finds_devices(void **state)
{
	static const struct {
		uint64_t gpa;
		uint8_t width;
		bool found;
	} rows[] = {
		{0x0fff, 1, false},
		{0x1000, 4, true},
		{0x1fff, 1, true},
		{0x1ffd, 4, false}, /* over the end */
		{0x2000, 4, false},
		{0x3018, 8, true},
		{0x301c, 8, false},
		{0x3020, 1, false},
		{0, 8, false},
		{0xffffffffffffffff, 1, true},
		{0xfffffffffffffffc, 8, false},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(
			vdev_at(&vm, gpa(rows[i].gpa), rows[i].width) != NULL,
			rows[i].found);
}

static void mmio_is_answered(void **state)
{
	struct vcpu_exit *exit;

	(void)state;
	exit = add(EXIT_MMIO_WRITE);
	exit->mmio.gpa = gpa(0x1000);
	exit->mmio.width = 2;
	exit->mmio.value = 0x12345678; /* wider than the access */
	exit = add(EXIT_MMIO_READ);
	exit->mmio.gpa = gpa(0x1001);
	exit->mmio.width = 1;
	run();
	assert_int_equal(dev_reg, 0x5678);
	assert_int_equal(mmio_value, 0x79); /* cut to the width */
	assert_int_equal(aborts, 0);
}

static void wild_access_is_a_fault(void **state)
{
	struct vcpu_exit *exit;

	(void)state;
	exit = add(EXIT_MMIO_READ);
	exit->mmio.gpa = gpa(0x2000);
	exit->mmio.width = 4;
	exit = add(EXIT_MMIO_READ); /* a fetch from a device */
	exit->mmio.gpa = gpa(0x1000);
	exit->mmio.width = 4;
	exit->mmio.needs = PGT_X;
	run();
	assert_int_equal(aborts, 2);
}

/* the table was being changed when the access came, and maps it now */
static void mapped_meanwhile(void **state)
{
	struct vcpu_exit *exit;

	(void)state;
	mapped_page = 7;
	exit = add(EXIT_MMIO_WRITE);
	exit->mmio.gpa = gpa(0x7008);
	exit->mmio.width = 8;
	exit = add(EXIT_UNMAPPED);
	exit->mmio.gpa = gpa(0x7ff0);
	exit = add(EXIT_UNMAPPED);
	exit->mmio.gpa = gpa(0x8000);
	run();
	assert_int_equal(retries, 2);
	assert_int_equal(aborts, 1);
}

/* a mapping that does not allow it is no reason to try for ever */
static void mapped_without_rights(void **state)
{
	struct vcpu_exit *exit;

	(void)state;
	mapped_page = 7;
	mapped_prot = PGT_R;
	exit = add(EXIT_UNMAPPED);
	exit->mmio.gpa = gpa(0x7000);
	exit->mmio.needs = PGT_X;
	exit = add(EXIT_MMIO_WRITE);
	exit->mmio.gpa = gpa(0x7000);
	exit->mmio.needs = PGT_W;
	exit = add(EXIT_MMIO_READ);
	exit->mmio.gpa = gpa(0x7000);
	exit->mmio.needs = PGT_R;
	run();
	assert_int_equal(retries, 1);
	assert_int_equal(aborts, 2);
}

static void wake_up(struct wait_queue *wq)
{
	(void)wq;
	wakeable = true;
}

static void halt_sleeps(void **state)
{
	(void)state;
	fake_sleep = wake_up;
	add(EXIT_HALT);
	run();
	assert_int_equal(halts, 101);
	assert_true(wakeable);
}

static void stop_in_sleep(struct wait_queue *wq)
{
	(void)wq;
	vcpu_request(vcpu, VCPU_REQ_STOP);
}

static void stop_ends_a_halt(void **state)
{
	(void)state;
	fake_sleep = stop_in_sleep;
	add(EXIT_HALT);
	add(EXIT_FAULT);
	run();
	assert_int_equal(script_at, 1); /* never entered again */
	assert_int_equal(halts, 101);
	assert_true(kicks > 0);
}

static void resume_in_sleep(struct wait_queue *wq)
{
	(void)wq;
	assert_int_equal(vcpu->state, VCPU_BLOCKED);
	vcpu_resume(vcpu);
}

static void pause_sleeps_until_resumed(void **state)
{
	(void)state;
	fake_sleep = resume_in_sleep;
	vcpu_request(vcpu, VCPU_REQ_PAUSE);
	add(EXIT_NOTHING);
	fake_counter = 77;
	run();
	assert_int_equal(script_at, 1);
	assert_int_equal(parks, 101);
	assert_int_equal(vcpu->parked_at, 77);
	assert_false(vcpu->parked);
}

static void stop_in_pause(struct wait_queue *wq)
{
	(void)wq;
	assert_true(vcpu->parked);
	vcpu_request(vcpu, VCPU_REQ_STOP);
}

static void stop_ends_a_pause(void **state)
{
	(void)state;
	fake_sleep = stop_in_pause;
	vcpu_request(vcpu, VCPU_REQ_PAUSE);
	add(EXIT_NOTHING);
	run();
	assert_int_equal(script_at, 0); /* never entered */
	assert_false(vcpu->parked);
}

/* It goes off on its way to a pause: whoever waits for that is told. */
static void off_instead_of_paused(void **state)
{
	(void)state;
	pause_in_run = true;
	fake_sleep = stop_in_sleep;
	add(EXIT_CPU_DOWN);
	run();
	assert_int_equal(parks, 100);
}

static void cpu_up(void **state)
{
	struct vcpu_exit *exit;

	(void)state;
	exit = add(EXIT_CPU_UP);
	exit->cpu_up.hwid = 1;
	exit->cpu_up.entry = 0x1234;
	exit->cpu_up.arg = 5;
	run();
	assert_int_equal(up_result, CPU_UP_OK);
	assert_int_equal(vm.vcpus[1]->state, VCPU_READY);
	assert_int_equal(vm.vcpus[1]->boot_entry, 0x1234);
	assert_int_equal(vcpu_start(vm.vcpus[1], 1, 1), CPU_UP_PENDING);
	assert_int_equal(vm.vcpus[1]->boot_entry, 0x1234);
	vm.vcpus[1]->state = VCPU_RUNNING;
	assert_int_equal(vcpu_start(vm.vcpus[1], 1, 1), CPU_UP_ALREADY_ON);
}

static void cpu_up_of_nobody(void **state)
{
	(void)state;
	add(EXIT_CPU_UP)->cpu_up.hwid = 2;
	run();
	assert_int_equal(up_result, CPU_UP_INVALID);
}

static void start_again(struct wait_queue *wq)
{
	(void)wq;
	assert_int_equal(vcpu->state, VCPU_FREE);
	assert_int_equal(vcpu_start(vcpu, 0xa000, 7), CPU_UP_OK);
}

static void cpu_down_and_up(void **state)
{
	(void)state;
	fake_sleep = start_again;
	add(EXIT_CPU_DOWN);
	add(EXIT_NOTHING);
	run();
	assert_int_equal(resets, 2);
	assert_int_equal(reset_entry, 0xa000);
	assert_int_equal(script_at, 2);
}

static void ends(void **state)
{
	static const struct {
		enum vcpu_exit_kind kind;
		unsigned int ended;
	} rows[] = {
		{EXIT_SYSTEM_OFF, 10 * VM_STOP_SYSTEM_DOWN},
		{EXIT_SYSTEM_RESET, 10 * VM_STOP_SYSTEM_DOWN + 1},
		{EXIT_FAULT, 10 * VM_STOP_FAULT},
		{EXIT_KIND_COUNT, 10 * VM_STOP_FAULT}, /* unheard of */
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		if (i) {
			teardown(state);
			setup(state);
		}
		add(rows[i].kind)->fault.what = "a test";
		add(EXIT_NOTHING);
		run();
		assert_int_equal(ended, rows[i].ended);
		assert_int_equal(script_at, 1);
	}
}

/* The ring holds the newest, and what the hot paths finish is not there. */
static void exits_are_noted(void **state)
{
	(void)state;
	add(EXIT_NOTHING);
	add(EXIT_HYPERCALL)->hypercall.nr = 77;
	add(EXIT_MMIO_READ)->mmio.gpa = gpa(0x2000);
	run();
	assert_int_equal(vcpu->exit_notes_made, 2);
	assert_int_equal(vcpu->exit_notes[0].kind, EXIT_HYPERCALL);
	assert_int_equal(vcpu->exit_notes[0].value, 77);
	assert_int_equal(vcpu->exit_notes[0].pc, 0x8002);
	assert_int_equal(vcpu->exit_notes[1].value, 0x2000);
	assert_true(vcpu->stopped_on);
}

static void affinity(void **state)
{
	static const uint64_t sets[] = {0x2, 0xfc};
	struct vm_config pinned = config;
	struct vm other = {.config = &pinned};

	(void)state;
	pinned.phys_cpu_sets = sets;
	assert_int_equal(vcpu->affinity, 3);
	assert_int_equal(vcpu_create(&other, 0), 0);
	assert_int_equal(other.vcpus[0]->affinity, 2);
	assert_int_equal(vcpu_create(&other, 1), -EINVAL);
	vcpu_destroy(other.vcpus[0]);
}

/* A VM that is made later keeps off the CPUs of one in passthrough mode. */
static void affinity_beside_an_owner(void **state)
{
	static const uint64_t sets[] = {0x2, 0x3};
	struct vm_config pinned = config;
	struct vm other = {.config = &config};

	(void)state;
	owned_cpus = 2;
	assert_int_equal(vcpu_create(&other, 0), 0);
	assert_int_equal(other.vcpus[0]->affinity, 1);
	vcpu_destroy(other.vcpus[0]);
	pinned.phys_cpu_sets = sets;
	other.config = &pinned;
	assert_int_equal(vcpu_create(&other, 0), -EINVAL);
	/* every CPU is owned, and the file says nothing of CPUs */
	owned_cpus = 3;
	other.config = &config;
	assert_int_equal(vcpu_create(&other, 1), -EINVAL);
	owned_cpus = 0;
}

/* big.LITTLE: a vCPU stays on CPUs of one kind. */
static void affinity_is_of_one_kind(void **state)
{
	static const uint64_t sets[] = {0xe, 0xc};
	struct vm_config mixed = config;
	struct vm other = {.config = &mixed};

	(void)state;
	mixed.phys_cpu_sets = sets;
	cpu_count = 4;
	assert_int_equal(vcpu_create(&other, 0), 0);
	assert_int_equal(other.vcpus[0]->affinity, 2);
	assert_int_equal(vcpu_create(&other, 1), 0);
	assert_int_equal(other.vcpus[1]->affinity, 0xc);
	vcpu_destroy(other.vcpus[0]);
	vcpu_destroy(other.vcpus[1]);
	cpu_count = 2;
}

static void runs_as_its_file_says(void **state)
{
	static const struct vm_sched sched[] = {
		{.priority = 12},
		{.priority = 3,
		 .slice_us = 500,
		 .budget_us = 2000,
		 .period_us = 10000},
	};
	const struct task_attr *attr;

	(void)state;
	assert_int_equal(vcpu_launch(vcpu), 0);
	attr = &fake_tasks[0].attr;
	assert_int_equal(attr->priority, TASK_PRIO_VCPU);
	assert_int_equal(attr->slice_us, 0);
	assert_null(attr->budget);
	assert_int_equal(attr->affinity, 3);

	teardown(state);
	config.sched = sched;
	setup(state);
	assert_int_equal(vcpu_launch(vm.vcpus[0]), 0);
	assert_int_equal(vcpu_launch(vm.vcpus[1]), 0);
	config.sched = NULL;
	attr = &fake_tasks[0].attr;
	assert_int_equal(attr->priority, 12);
	assert_null(attr->budget);
	attr = &fake_tasks[1].attr;
	assert_int_equal(attr->priority, 3);
	assert_int_equal(attr->slice_us, 500);
	assert_ptr_equal(attr->budget, &vm.vcpus[1]->budget);
	assert_int_equal(attr->budget->budget, 48000);
	assert_int_equal(attr->budget->period, 240000);
}

/* Whom the host waits for is not held up by guests, started or not. */
static void hurries(void **state)
{
	(void)state;
	assert_int_equal(vcpu_launch(vcpu), 0);
	spin_lock(&vm.lock);
	vcpu_hurry(vm.vcpus[0], true);
	vcpu_hurry(vm.vcpus[1], true);
	spin_unlock(&vm.lock);
	assert_true(fake_tasks[0].promoted);
	assert_int_equal(vcpu_launch(vm.vcpus[1]), 0);
	assert_true(fake_tasks[1].promoted);
	spin_lock(&vm.lock);
	vcpu_hurry(vm.vcpus[0], false);
	spin_unlock(&vm.lock);
	assert_false(fake_tasks[0].promoted);
	/* the next run begins as any */
	vcpu_join(vm.vcpus[1]);
	assert_int_equal(vcpu_launch(vm.vcpus[1]), 0);
	assert_false(fake_tasks[2].promoted);
}

/* A device may answer in the trap's handler, or leave it to the task. */
static void quick_devices(void **state)
{
	uint64_t value = 7;

	(void)state;
	quick_answers = true;
	assert_true(vdev_quick(&vm, gpa(0x3008), 4, false, &value));
	assert_int_equal(value, 8 + 4);
	quick_answers = false;
	assert_false(vdev_quick(&vm, gpa(0x3008), 4, false, &value));
	quick_answers = true;
	assert_false(vdev_quick(&vm, gpa(0x301e), 4, false, &value)); /* over */
	assert_false(vdev_quick(&vm, gpa(0x1000), 4, true, &value));  /* slow */
	assert_false(vdev_quick(&vm, gpa(0x5000), 4, true, &value));  /* none */
	assert_int_equal(value, 12);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(quick_devices),
		TEST(starts_where_told),
		TEST(hypercall_is_answered),
		TEST(mapped_meanwhile),
		TEST(mapped_without_rights),
		TEST(steal_time),
		TEST(mmio_finds_devices),
		TEST(mmio_is_answered),
		TEST(wild_access_is_a_fault),
		TEST(halt_sleeps),
		TEST(stop_ends_a_halt),
		TEST(pause_sleeps_until_resumed),
		TEST(stop_ends_a_pause),
		TEST(off_instead_of_paused),
		TEST(cpu_up),
		TEST(cpu_up_of_nobody),
		TEST(cpu_down_and_up),
		TEST(ends),
		TEST(exits_are_noted),
		TEST(affinity),
		TEST(affinity_beside_an_owner),
		TEST(affinity_is_of_one_kind),
		TEST(runs_as_its_file_says),
		TEST(hurries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
