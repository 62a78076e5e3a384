/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU's task and its run loop, with the only switch over exits.
 *
 * Who may write what: a vCPU's own task moves vcpu->state, except from FREE to
 * READY, which vcpu_start() does under the VM's lock. Requests are set by
 * anybody and read on every way into the guest, by arch_vcpu_run() too, with
 * interrupts masked, so that a kick cannot fall between test and entry.
 */
#define LOG_TAG "vcpu"
#include <virt/vcpu.h>

#include "mmio.h"
#include "steal.h"
#include "vcpu_private.h"

#include <arch/cpu.h>
#include <core/cpu.h>
#include <core/timer.h>
#include <errno.h>
#include <lib/lock.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <stdio.h>
#include <virt/hypercall.h>
#include <virt/vm_life.h>

static enum vcpu_state state_get(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE);
}

static void state_set(struct vcpu *vcpu, enum vcpu_state state)
{
	__atomic_store_n(&vcpu->state, state, __ATOMIC_RELEASE);
}

static uint32_t requests_get(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->requests, __ATOMIC_ACQUIRE);
}

/*
 * Sleeping
 */

void vcpu_wake(struct vcpu *vcpu)
{
	/*
	 * Pairs with the fence in vcpu_halt(): either this load sees BLOCKED,
	 * or the sleeper's test sees what the caller made pending.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&vcpu->state, __ATOMIC_RELAXED) == VCPU_BLOCKED)
		wait_wake_all(&vcpu->wq);
}

static bool halt_over(void *arg)
{
	struct vcpu *vcpu = arg;

	return requests_get(vcpu) || arch_vcpu_wakeable(vcpu);
}

static void vcpu_halt(struct vcpu *vcpu)
{
	state_set(vcpu, VCPU_BLOCKED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with vcpu_wake() */
	arch_vcpu_halt_prepare(vcpu);
	wait_event(&vcpu->wq, halt_over, vcpu);
	arch_vcpu_halt_finish(vcpu);
	state_set(vcpu, VCPU_RUNNING);
}

static bool pause_over(void *arg)
{
	uint32_t requests = requests_get(arg);

	return (requests & VCPU_REQ_STOP) || !(requests & VCPU_REQ_PAUSE);
}

static bool start_or_stop(void *arg)
{
	struct vcpu *vcpu = arg;

	return state_get(vcpu) == VCPU_READY ||
	       (requests_get(vcpu) & VCPU_REQ_STOP);
}

/* Its timers are in memory too, so that none fires meanwhile. */
static void vcpu_park(struct vcpu *vcpu)
{
	state_set(vcpu, VCPU_BLOCKED);
	arch_vcpu_park(vcpu);
	vcpu->parked_at = arch_counter();
	__atomic_store_n(&vcpu->parked, true, __ATOMIC_RELEASE);
	vm_vcpu_parked(vcpu->vm);
	wait_event(&vcpu->wq, pause_over, vcpu);
	__atomic_store_n(&vcpu->parked, false, __ATOMIC_RELEASE);
	state_set(vcpu, VCPU_RUNNING);
}

/* Return: false when the vCPU is to leave the run loop. */
static bool vcpu_obey(struct vcpu *vcpu)
{
	if (requests_get(vcpu) & VCPU_REQ_PAUSE)
		vcpu_park(vcpu);
	return !(requests_get(vcpu) & VCPU_REQ_STOP);
}

/*
 * Exits
 */

static void exit_hypercall(struct vcpu *vcpu, const struct vcpu_exit *exit)
{
	uint64_t result =
		hypercall(vcpu, exit->hypercall.nr, exit->hypercall.args);

	arch_vcpu_hypercall_done(vcpu, result);
}

static void exit_cpu_up(struct vcpu *vcpu, const struct vcpu_exit *exit)
{
	struct vcpu *target = vm_vcpu_by_hwid(vcpu->vm, exit->cpu_up.hwid);
	enum cpu_up_result result = CPU_UP_INVALID;

	if (target)
		result = vcpu_start(target, exit->cpu_up.entry,
				    exit->cpu_up.arg);
	arch_vcpu_cpu_up_done(vcpu, result);
}

static void exit_fault(struct vcpu *vcpu, const struct vcpu_exit *exit)
{
	char detail[sizeof(vcpu->vm->stop_detail)];

	snprintf(detail, sizeof(detail),
		 "vcpu%u: %s, pc 0x%llx, syndrome 0x%llx, address 0x%llx",
		 vcpu->id, exit->fault.what, (unsigned long long)exit->fault.pc,
		 (unsigned long long)exit->fault.syndrome,
		 (unsigned long long)exit->fault.gpa.v);
	vm_guest_ended(vcpu->vm, VM_STOP_FAULT, false, detail);
}

const char *vcpu_exit_kind_name(enum vcpu_exit_kind kind)
{
	static const char *const names[EXIT_KIND_COUNT] = {
		[EXIT_NOTHING] = "nothing",
		[EXIT_HYPERCALL] = "hypercall",
		[EXIT_MMIO_READ] = "read",
		[EXIT_MMIO_WRITE] = "write",
		[EXIT_UNMAPPED] = "unmapped",
		[EXIT_HALT] = "halt",
		[EXIT_CPU_UP] = "cpu on",
		[EXIT_CPU_DOWN] = "cpu off",
		[EXIT_SYSTEM_OFF] = "power off",
		[EXIT_SYSTEM_RESET] = "reset",
		[EXIT_STEAL_TIME] = "stolen time",
		[EXIT_FAULT] = "fault",
	};

	return (unsigned int)kind < EXIT_KIND_COUNT ? names[kind] : "?";
}

static uint64_t exit_value(const struct vcpu_exit *exit)
{
	switch (exit->kind) {
	case EXIT_HYPERCALL:
		return exit->hypercall.nr;
	case EXIT_MMIO_READ:
	case EXIT_MMIO_WRITE:
	case EXIT_UNMAPPED:
		return exit->mmio.gpa.v;
	case EXIT_CPU_UP:
		return exit->cpu_up.hwid;
	case EXIT_FAULT:
		return exit->fault.gpa.v;
	default:
		return 0;
	}
}

/* The frequent exits are finished in arch_vcpu_run() and not among these. */
static void exit_note(struct vcpu *vcpu, const struct vcpu_exit *exit)
{
	vcpu->exit_notes[vcpu->exit_notes_made++ % VCPU_EXIT_NOTES] =
		(struct vcpu_exit_note){
			.ticks = arch_counter(),
			.pc = arch_vcpu_pc(vcpu),
			.value = exit_value(exit),
			.kind = exit->kind,
		};
}

/* Run until the guest turns this vCPU off or somebody stops it. */
static void vcpu_loop(struct vcpu *vcpu)
{
	struct vcpu_exit exit;

	for (;;) {
		if (unlikely(requests_get(vcpu)) && !vcpu_obey(vcpu)) {
			vcpu->stopped_on = true;
			return;
		}
		if (unlikely(vcpu->steal))
			steal_publish(vcpu);
		arch_vcpu_run(vcpu, &exit);
		if (exit.kind != EXIT_NOTHING)
			exit_note(vcpu, &exit);
		switch (exit.kind) {
		case EXIT_NOTHING:
			break;
		case EXIT_HYPERCALL:
			exit_hypercall(vcpu, &exit);
			break;
		case EXIT_MMIO_READ:
		case EXIT_MMIO_WRITE:
			vcpu_mmio(vcpu, &exit);
			break;
		case EXIT_UNMAPPED:
			vcpu_unmapped(vcpu, &exit);
			break;
		case EXIT_HALT:
			vcpu_halt(vcpu);
			break;
		case EXIT_CPU_UP:
			exit_cpu_up(vcpu, &exit);
			break;
		case EXIT_STEAL_TIME:
			arch_vcpu_hypercall_done(vcpu, steal_enable(vcpu));
			break;
		case EXIT_CPU_DOWN:
			return;
		case EXIT_SYSTEM_OFF:
			vm_guest_ended(vcpu->vm, VM_STOP_SYSTEM_DOWN, false,
				       "powered off by its guest");
			break;
		case EXIT_SYSTEM_RESET:
			vm_guest_ended(vcpu->vm, VM_STOP_SYSTEM_DOWN, true,
				       "reset by its guest");
			break;
		case EXIT_FAULT:
		default:
			exit_fault(vcpu, &exit);
			break;
		}
	}
}

static void vcpu_task(void *arg)
{
	struct vcpu *vcpu = arg;

	vcpu->steal = NULL; /* as the guest, which is new */
	for (;;) {
		wait_event(&vcpu->wq, start_or_stop, vcpu);
		if (requests_get(vcpu) & VCPU_REQ_STOP)
			break;
		vcpu->exit_notes_made = 0;
		arch_vcpu_reset(vcpu, vcpu->boot_entry, vcpu->boot_arg);
		state_set(vcpu, VCPU_RUNNING);
		if (trace_is_on())
			watch_life(vcpu->vm, (int)vcpu->id, WATCH_VCPU_ON);
		vcpu_loop(vcpu);
		if (trace_is_on())
			watch_life(vcpu->vm, (int)vcpu->id, WATCH_VCPU_OFF);
		state_set(vcpu, VCPU_FREE);
		/* instead of parking. Whoever asks for that looks at the state
		 * afterwards: one of the two sees the other's */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (requests_get(vcpu) & VCPU_REQ_PAUSE)
			vm_vcpu_parked(vcpu->vm);
	}
	state_set(vcpu, VCPU_FREE);
	vm_vcpu_left(vcpu->vm);
}

/*
 * Asking something of a vCPU
 */

void vcpu_request(struct vcpu *vcpu, enum vcpu_request request)
{
	__atomic_fetch_or(&vcpu->requests, request, __ATOMIC_SEQ_CST);
	wait_wake_all(&vcpu->wq);
	arch_vcpu_kick(vcpu);
}

void vcpu_resume(struct vcpu *vcpu)
{
	__atomic_fetch_and(&vcpu->requests, ~(uint32_t)VCPU_REQ_PAUSE,
			   __ATOMIC_SEQ_CST);
	wait_wake_all(&vcpu->wq);
}

enum cpu_up_result vcpu_start(struct vcpu *vcpu, uint64_t entry, uint64_t arg)
{
	enum cpu_up_result result = CPU_UP_ALREADY_ON;
	enum vcpu_state state;

	/* two starters at once: one wins, with its own entry and arg */
	spin_lock(&vcpu->vm->lock);
	state = state_get(vcpu);
	if (state == VCPU_FREE) {
		vcpu->boot_entry = entry;
		vcpu->boot_arg = arg;
		state_set(vcpu, VCPU_READY);
		result = CPU_UP_OK;
	} else if (state == VCPU_READY) {
		result = CPU_UP_PENDING;
	}
	spin_unlock(&vcpu->vm->lock);

	if (result == CPU_UP_OK)
		wait_wake_all(&vcpu->wq);
	return result;
}

bool vcpu_is_on(const struct vcpu *vcpu)
{
	enum vcpu_state state = state_get(vcpu);

	return state != VCPU_CREATED && state != VCPU_FREE;
}

const char *vcpu_state_name(enum vcpu_state state)
{
	static const char *const names[] = {
		[VCPU_CREATED] = "Created", [VCPU_FREE] = "Free",
		[VCPU_READY] = "Ready",     [VCPU_RUNNING] = "Running",
		[VCPU_BLOCKED] = "Blocked",
	};

	return (unsigned int)state < ARRAY_SIZE(names) ? names[state] : "?";
}

/*
 * Making and ending one
 */

uint64_t vcpu_host_cpus(const struct vm_config *config, unsigned int id)
{
	return config->phys_cpu_sets ? config->phys_cpu_sets[id] : UINT64_MAX;
}

_Static_assert(VM_SCHED_PRIORITY_MIN == TASK_PRIO_GUEST_MIN &&
		       VM_SCHED_PRIORITY_MAX == TASK_PRIO_GUEST_MAX &&
		       VM_SCHED_PRIORITY_DEFAULT == TASK_PRIO_VCPU,
	       "guest files and core/task.h have the same priorities");

static const struct vm_sched *vcpu_sched(const struct vcpu *vcpu)
{
	const struct vm_sched *sched = vcpu->vm->config->sched;

	return sched ? &sched[vcpu->id] : NULL;
}

void vcpu_task_attr(struct vcpu *vcpu, struct task_attr *attr)
{
	const struct vm_sched *sched = vcpu_sched(vcpu);

	attr->priority = sched ? (uint8_t)sched->priority : TASK_PRIO_VCPU;
	attr->slice_us = sched ? sched->slice_us : 0;
	attr->budget = sched && sched->budget_us ? &vcpu->budget : NULL;
	attr->affinity = vcpu->affinity;
}

static void vcpu_budget_init(struct vcpu *vcpu)
{
	const struct vm_sched *sched = vcpu_sched(vcpu);

	if (sched && sched->budget_us)
		budget_init(&vcpu->budget,
			    time_to_ticks(sched->budget_us * 1000ull),
			    time_to_ticks(sched->period_us * 1000ull));
}

int vcpu_create(struct vm *vm, unsigned int id)
{
	const struct vm_config *config = vm->config;
	struct vcpu *vcpu = heap_alloc(sizeof(*vcpu));
	int err;

	if (!vcpu)
		return -ENOMEM;
	vcpu->vm = vm;
	vcpu->id = id;
	vcpu->hwid = config->phys_cpu_ids ? config->phys_cpu_ids[id] : id;
	/* never between CPUs of unlike kinds (big.LITTLE) */
	vcpu->affinity =
		cpus_of_a_kind(vcpu_host_cpus(config, id) &
			       GENMASK(cpu_count - 1, 0) & ~vm_cpus_owned());
	vcpu->state = VCPU_CREATED;
	vcpu->loaded_cpu = -1;
	wait_queue_init(&vcpu->wq);
	vcpu_budget_init(vcpu);
	if (!vcpu->affinity) {
		log_err("%s vcpu%u: phys_cpu_sets 0x%llx names none of this "
			"machine's %u CPUs that no other VM owns",
			config->name, id,
			(unsigned long long)vcpu_host_cpus(config, id),
			cpu_count);
		err = -EINVAL;
		goto err_free;
	}

	err = arch_vcpu_create(vcpu);
	if (err)
		goto err_free;
	vm->vcpus[id] = vcpu;
	return 0;

err_free:
	heap_free(vcpu);
	return err;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	if (!vcpu)
		return;
	vcpu->vm->vcpus[vcpu->id] = NULL;
	arch_vcpu_destroy(vcpu);
	heap_free(vcpu);
}

int vcpu_launch(struct vcpu *vcpu)
{
	char name[32];
	struct task_attr attr = {
		.name = name,
		.fn = vcpu_task,
		.arg = vcpu,
		.tag = TRACE_TAG_VCPU(vcpu->vm->config->id, vcpu->id),
	};
	struct task *task;
	int err;

	vcpu_task_attr(vcpu, &attr);
	snprintf(name, sizeof(name), "%.24s/%u", vcpu->vm->config->name,
		 vcpu->id);
	__atomic_fetch_add(&vcpu->vm->running_vcpus, 1, __ATOMIC_ACQ_REL);
	err = task_create(&attr, &task);
	if (err) {
		__atomic_fetch_sub(&vcpu->vm->running_vcpus, 1,
				   __ATOMIC_ACQ_REL);
		return err;
	}
	spin_lock(&vcpu->vm->lock);
	vcpu->task = task;
	if (vcpu->hurried) /* it is to stop before it began */
		task_promote(task, true);
	spin_unlock(&vcpu->vm->lock);
	return 0;
}

void vcpu_hurry(struct vcpu *vcpu, bool on)
{
	vcpu->hurried = on;
	if (vcpu->task)
		task_promote(vcpu->task, on);
}

void vcpu_join(struct vcpu *vcpu)
{
	struct task *task;

	/* whoever looks at it does so under the lock */
	spin_lock(&vcpu->vm->lock);
	task = vcpu->task;
	vcpu->task = NULL;
	vcpu->hurried = false;
	spin_unlock(&vcpu->vm->lock);
	if (task)
		task_join(task);
}

bool vcpu_task_info(struct vcpu *vcpu, unsigned int *cpu, uint64_t *run_ns)
{
	const struct task *task;

	spin_lock(&vcpu->vm->lock);
	task = vcpu->task;
	if (task) {
		*cpu = task_cpu(task);
		*run_ns = task_runtime_ns(task);
	}
	spin_unlock(&vcpu->vm->lock);
	return task;
}
