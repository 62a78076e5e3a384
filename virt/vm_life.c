/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual machine's life: states, start, stop, policy; suspend.c has the rest.
 *
 * Whoever wants a VM to stop moves it from RUNNING or SUSPENDED to STOPPING
 * under its lock and asks every vCPU to leave. The last one that leaves wakes
 * the vmm's task, which ends the stop: to STOPPED, or, when a reset was asked
 * for, to LOADING at once, so that nobody takes the VM for stopped meanwhile.
 *
 * Every start runs in a loader task on the VM's own CPUs, of its own priority
 * unless a command waits for it, which also clears away what is left of the run before: one guest's gigabytes of
 * zeros hold up neither the shell nor another guest, and a guest that resets
 * without end spends its own time.
 *
 * A task that the vmm or the shell joins masks interrupts before it says that
 * it is done: nothing of higher priority comes between that and its end, so
 * the joiner is not held up by guests.
 */
#define LOG_TAG "vm"
#include <virt/vm_life.h>

#include "life.h"
#include "plan.h"
#include "vcpu_private.h"

#include <arch/cpu.h>
#include <arch/virt.h>
#include <core/timer.h>
#include <errno.h>
#include <lib/log.h>
#include <stdio.h>
#include <string.h>
#include <virt/ivc.h>
#include <virt/power_key.h>
#include <virt/vconsole.h>
#include <virt/vdisk.h>

_Static_assert(sizeof(((struct vm_life *)0)->detail) ==
		       sizeof(((struct vm *)0)->stop_detail),
	       "copied whole");

/*
 * Loading
 */

static void irqs_connect(struct vm *vm)
{
	for (unsigned int irq = 0; irq < 64 * ARRAY_SIZE(vm->irq_owned);
	     irq++) {
		if (!vm->irq_owned[irq / 64]) {
			irq |= 63; /* none in this word */
			continue;
		}
		if (!(vm->irq_owned[irq / 64] & BIT(irq % 64)))
			continue;
		if (arch_virq_forward(vm, irq, irq)) {
			log_warn("%s: interrupt %u cannot be routed",
				 vm->config->name, irq);
			vm->irq_owned[irq / 64] &= ~BIT(irq % 64);
		}
	}
}

/* Of the run before: every vCPU has left, and ends. */
static void remains_clear(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		vcpu_join(vm->vcpus[i]);
	if (IS_ENABLED(CONFIG_CLK) && vm->plan->soc.reset_count)
		vm_soc_stop(vm);
	if (vm->plan->died)
		vm_crash_capture(vm);
	vm->plan->died = false;
	vm_vdevs_stop(vm);
	arch_virq_unforward_all(vm);
}

static int cold_state(struct vm *vm)
{
	int err;

	vm_ram_zero(vm);
	err = vm_load(vm);
	if (err)
		return err;
	/* devices first: a line that falls later has interrupted already */
	vm_vdevs_reset(vm);
	arch_vm_reset(vm);
	if (IS_ENABLED(CONFIG_CLK) && vm->plan->soc.reset_count)
		vm_soc_start(vm);
	irqs_connect(vm);
	for (unsigned int i = 0; i < vm->vcpu_count; i++) {
		struct vcpu *vcpu = vm->vcpus[i];

		vcpu->requests = 0;
		vcpu->stopped_on = false;
		__atomic_store_n(&vcpu->state, VCPU_FREE, __ATOMIC_RELEASE);
	}
	return 0;
}

/* In the time of the last vCPU, not the vmm's: it may have many pages. */
static void guest_left(struct vm *vm, unsigned int vcpus)
{
	if (vcpus &&
	    !__atomic_sub_fetch(&vm->plan->in_guest, vcpus, __ATOMIC_ACQ_REL))
		ivc_vm_stopped(vm);
}

static void task_left(struct vm *vm)
{
	if (!__atomic_sub_fetch(&vm->running_vcpus, 1, __ATOMIC_ACQ_REL))
		vmm_wake();
}

void vm_vcpu_left(struct vm *vm)
{
	guest_left(vm, 1);
	arch_irq_disable();
	task_left(vm);
}

static int vcpus_launch(struct vm *vm)
{
	unsigned int i = 0;
	int err = 0;

	while (!err && i < vm->vcpu_count) {
		err = vcpu_launch(vm->vcpus[i]);
		i += !err;
	}
	if (!err && vcpu_start(vm->vcpus[0], vm->entry.v, vm->dtb_gpa.v))
		err = -EINVAL;
	if (err) {
		log_err("%s: vCPUs do not start, error %d", vm->config->name,
			err);
		vm_guest_ended(vm, VM_STOP_FAULT, false,
			       "its vCPUs could not be started");
	}
	/* those that were not made will not leave */
	guest_left(vm, 1 + vm->vcpu_count - i);
	task_left(vm);
	return err;
}

/* Return: false: somebody stopped it while it was loaded. */
static bool load_succeeded(struct vm *vm)
{
	bool go;

	spin_lock(&vm->lock);
	go = !vm->plan->give_up;
	if (go) {
		vm->start_ns = time_ns();
		vm->stop_reason = VM_STOP_NONE;
		vm->stop_detail[0] = '\0';
		/*
		 * Held until all vCPUs are made, so that the counts end at 0
		 * once; a stop may begin as soon as the state says that there
		 * is one to end.
		 */
		vm->plan->in_guest = 1 + vm->vcpu_count;
		__atomic_store_n(&vm->running_vcpus, 1, __ATOMIC_RELEASE);
		life_state_set(vm, VM_RUNNING);
	}
	spin_unlock(&vm->lock);
	return go;
}

/* It rests: others may have what its cards are on. */
static void disks_release(struct vm *vm)
{
	if (IS_ENABLED(CONFIG_VDEV_CARDS) && vm_has_vdisks(vm))
		vm_vdisks_release(vm);
}

static int load(struct vm *vm)
{
	int err;

	remains_clear(vm);
	err = cold_state(vm);
	if (!err && load_succeeded(vm))
		return vcpus_launch(vm);
	if (err)
		log_err("%s: cannot be loaded, error %d", vm->config->name,
			err);
	else
		remains_clear(vm); /* the interrupts, no vCPU has run */
	disks_release(vm);
	return err;
}

/* The last thing a loader does; at the latest now the VM is its no more. */
static void load_ended(struct vm *vm, int err)
{
	struct vm_plan *plan = vm->plan;

	spin_lock(&vm->lock);
	if (vm->state == VM_LOADING) {
		life_state_set(vm, err ? VM_FAILED : VM_STOPPED);
		if (err) {
			vm->stop_reason = VM_STOP_FAULT;
			snprintf(vm->stop_detail, sizeof(vm->stop_detail),
				 "it cannot be loaded, error %d", err);
		}
	}
	plan->load_err = err;
	__atomic_fetch_add(&plan->loads, 1, __ATOMIC_RELEASE);
	plan->loader_done = true;
	spin_unlock(&vm->lock);
	wait_wake_all(&plan->changed);
	vmm_wake();
}

/* The VM is LOADING, which makes it this task's alone. */
static void loader_task(void *arg)
{
	int err = load(arg);

	arch_irq_disable();
	load_ended(arg, err);
}

/* @hurry: the host waits for it; else it is at the guest's own cost. */
static void loader_launch(struct vm *vm, bool hurry)
{
	struct task_attr attr = {
		.name = vm->config->name,
		.fn = loader_task,
		.arg = vm,
		.tag = TRACE_TAG_VM(vm->config->id),
	};
	struct vm_plan *plan = vm->plan;

	vcpu_task_attr(vm->vcpus[0], &attr);
	if (hurry)
		attr.priority = TASK_PRIO_SHELL;
	spin_lock(&vm->lock);
	plan->loader_done = false;
	spin_unlock(&vm->lock);
	/* the pointer is there before the task runs, and until it is done
	 * nobody else looks at it */
	if (!task_create(&attr, &plan->loader))
		return;
	plan->loader = NULL;
	load_ended(vm, load(vm)); /* better here than not at all */
}

/* Return: false: there is one, and it is not done. */
static bool loader_take(struct vm *vm, struct task **loader)
{
	struct vm_plan *plan = vm->plan;
	bool done;

	spin_lock(&vm->lock);
	done = plan->loader_done;
	*loader = plan->loader_done ? plan->loader : NULL;
	if (plan->loader_done)
		plan->loader = NULL;
	spin_unlock(&vm->lock);
	return done;
}

void vm_loader_join(struct vm *vm)
{
	struct task *loader;

	(void)loader_take(vm, &loader);
	if (loader)
		task_join(loader);
}

/*
 * Starting
 */

int vm_start_begin(struct vm *vm)
{
	struct vm_plan *plan = vm->plan;
	uint32_t state;

	spin_lock(&vm->lock);
	state = vm->state;
	if (at_rest(state)) {
		life_state_set(vm, VM_LOADING);
		plan->asked = false;
		plan->give_up = false;
		plan->restarts = 0;
	}
	spin_unlock(&vm->lock);
	if (!at_rest(state))
		return life_refusal(state, VM_RUNNING);
	vm_crash_forget(vm);
	vm_loader_join(vm); /* of the start before; the vmm may be late */
	loader_launch(vm, true);
	return 0;
}

struct load_wait {
	const struct vm_plan *plan;
	uint32_t before;
};

static bool load_over(void *arg)
{
	const struct load_wait *wait = arg;

	return __atomic_load_n(&wait->plan->loads, __ATOMIC_ACQUIRE) !=
	       wait->before;
}

int vm_start(struct vm *vm)
{
	struct load_wait wait = {vm->plan, vm->plan->loads};
	int err = vm_start_begin(vm);

	if (!err)
		err = changed_wait(vm, load_over, &wait, START_WAIT_NS);
	return err ? err : vm->plan->load_err;
}

/*
 * Stopping
 */

static void vcpus_request_stop(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		vcpu_request(vm->vcpus[i], VCPU_REQ_STOP);
}

static void end_note(struct vm *vm, enum vm_stop_reason reason,
		     const char *detail) __must_hold(vm->lock)
{
	vm->stop_reason = reason;
	snprintf(vm->stop_detail, sizeof(vm->stop_detail), "%s", detail);
}

/* A guest died: does it start again? */
static bool policy_restarts(struct vm *vm) __must_hold(vm->lock)
{
	struct vm_plan *plan = vm->plan;
	size_t len = strlen(vm->stop_detail);

	if (vm->config->on_exit != VM_ON_EXIT_RESTART || plan->asked)
		return false;
	if (time_ns() - vm->start_ns >= VM_RESTART_WINDOW_NS)
		plan->restarts = 0;
	if (plan->restarts < vm->config->restart_limit) {
		plan->restarts++;
		return true;
	}
	plan->failed = true;
	snprintf(vm->stop_detail + len, sizeof(vm->stop_detail) - len,
		 "; restarted %u times", plan->restarts);
	return false;
}

/* Who ends a run. */
enum ender { BY_COMMAND, BY_GUEST };

/*
 * RUNNING or SUSPENDED becomes STOPPING. A command stops a VM that is being
 * loaded as soon as it is, and outranks a reset that has begun.
 *
 * Return: the state it was in.
 */
static uint32_t stop_begin(struct vm *vm, enum ender by,
			   enum vm_stop_reason reason, bool reset,
			   const char *detail)
{
	struct vm_plan *plan = vm->plan;
	uint32_t state;

	spin_lock(&vm->lock);
	state = vm->state;
	if (state == VM_RUNNING || state == VM_SUSPENDED) {
		life_state_set(vm, VM_STOPPING);
		end_note(vm, reason, detail);
		plan->failed = false;
		plan->hurry = by == BY_COMMAND;
		plan->died = by == BY_GUEST && reason == VM_STOP_FAULT;
		plan->reset = reset && !plan->asked;
		if (plan->died)
			plan->reset = policy_restarts(vm);
		vcpus_hurry(vm, true);
	} else if (by == BY_COMMAND && state == VM_STOPPING) {
		plan->reset = reset;
		plan->hurry = true;
	} else if (by == BY_COMMAND && state == VM_LOADING && !reset) {
		plan->give_up = true;
		end_note(vm, reason, "before it ran");
	}
	spin_unlock(&vm->lock);
	if (state == VM_RUNNING || state == VM_SUSPENDED)
		vcpus_request_stop(vm);
	return state;
}

void vm_guest_ended(struct vm *vm, enum vm_stop_reason reason, bool reset,
		    const char *detail)
{
	uint32_t state = stop_begin(vm, BY_GUEST, reason, reset, detail);

	if (state == VM_RUNNING || state == VM_SUSPENDED)
		log_limited(&vm->plan->ended,
			    reason == VM_STOP_FAULT ? LOG_ERR : LOG_INFO,
			    "%s: %s", vm->config->name, detail);
}

static bool is_at_rest(void *arg)
{
	return at_rest(life_state(arg));
}

static int stop_wait(struct vm *vm, enum vm_stop_reason reason,
		     const char *detail)
{
	uint32_t state = stop_begin(vm, BY_COMMAND, reason, false, detail);

	if (at_rest(state))
		return -EALREADY;
	return changed_wait(vm, is_at_rest, vm,
			    state == VM_LOADING ? START_WAIT_NS
						: LEAVE_WAIT_NS);
}

int vm_stop(struct vm *vm, enum vm_stop_reason reason)
{
	return stop_wait(vm, reason, "");
}

/* Whatever end the guest comes to from now on, it stays down. */
static uint32_t asked_set(struct vm *vm, bool asked)
{
	uint32_t state;

	spin_lock(&vm->lock);
	state = vm->state;
	if (state == VM_RUNNING || state == VM_STOPPING)
		vm->plan->asked = asked;
	if (state == VM_STOPPING && asked)
		vm->plan->reset = false;
	spin_unlock(&vm->lock);
	return state;
}

int vm_stop_ask(struct vm *vm)
{
	uint32_t state = asked_set(vm, true);
	int err = 0;

	if (at_rest(state))
		return -EALREADY;
	if (state == VM_RUNNING)
		err = power_key_press(vm);
	else if (state != VM_STOPPING)
		err = -EBUSY;
	if (err)
		asked_set(vm, false);
	return err;
}

int vm_stop_graceful(struct vm *vm, uint64_t timeout_ns)
{
	char detail[64];
	int err = vm_stop_ask(vm);

	if (err)
		return err;
	if (!changed_wait(vm, is_at_rest, vm, timeout_ns))
		return 0;
	snprintf(detail, sizeof(detail),
		 "it did not power off within %llu s of its power key",
		 (unsigned long long)(timeout_ns / 1000000000));
	err = stop_wait(vm, VM_STOP_FORCED, detail);
	return err == -EALREADY ? 0 : err;
}

static bool is_settled(void *arg)
{
	uint32_t state = life_state(arg);

	return state != VM_STOPPING && state != VM_LOADING;
}

int vm_restart(struct vm *vm, bool force)
{
	uint32_t state = life_state(vm);
	int err;

	if (at_rest(state))
		return vm_start(vm);
	if (state == VM_LOADING || (state == VM_STOPPING && !force))
		return -EBUSY;
	spin_lock(&vm->lock);
	vm->plan->restarts = 0;
	vm->plan->asked = false;
	spin_unlock(&vm->lock);
	vm_crash_forget(vm);
	state = stop_begin(vm, BY_COMMAND,
			   force ? VM_STOP_FORCED : VM_STOP_CLEAN, true,
			   "to be restarted");
	if (at_rest(state)) /* it ended just now */
		return vm_start(vm);
	err = changed_wait(vm, is_settled, vm, START_WAIT_NS);
	return !err && life_state(vm) == VM_FAILED ? vm->plan->load_err : err;
}

/* A stop is over. Return: true: it rests; false: it starts again. */
static bool stop_end(struct vm *vm, bool may_rest)
{
	struct vm_plan *plan = vm->plan;
	bool reset;

	spin_lock(&vm->lock);
	reset = plan->reset;
	plan->reset = false;
	if (reset) {
		plan->give_up = false;
		life_state_set(vm, VM_LOADING);
	} else if (may_rest) {
		life_state_set(vm, plan->failed ? VM_FAILED : VM_STOPPED);
	}
	spin_unlock(&vm->lock);
	return !reset;
}

static void come_to_rest(struct vm *vm)
{
	enum vm_state state = vm->plan->failed ? VM_FAILED : VM_STOPPED;
	enum vm_stop_reason reason = vm->stop_reason;

	remains_clear(vm);
	disks_release(vm);
	if (vconsole_is_attached(vm))
		vconsole_attach(NULL);
	/* a restart may have been asked for meanwhile */
	if (!stop_end(vm, true)) {
		loader_launch(vm, vm->plan->hurry);
		return;
	}
	log_info("%s: %s (%s)", vm->config->name, vm_state_name(state),
		 vm_stop_reason_name(reason));
	wait_wake_all(&vm->plan->changed);
}

void vm_life_step(struct vm *vm)
{
	struct task *loader;
	bool done = loader_take(vm, &loader);

	if (loader)
		task_join(loader);
	if (!done || life_state(vm) != VM_STOPPING ||
	    __atomic_load_n(&vm->running_vcpus, __ATOMIC_ACQUIRE))
		return;
	/* in this task, which acts on what they have to say of this run */
	vm_vdevs_stop(vm);
	if (stop_end(vm, false))
		come_to_rest(vm);
	else
		loader_launch(vm, vm->plan->hurry);
}

/*
 * Looking
 */

void vm_life_get(struct vm *vm, struct vm_life *life)
{
	spin_lock(&vm->lock);
	*life = (struct vm_life){
		.state = vm->state,
		.reason = vm->stop_reason,
		.starts = vm->plan->loads,
		.restarts = vm->plan->restarts,
	};
	if (vm->state == VM_RUNNING || vm->state == VM_SUSPENDED)
		life->up_ns = time_ns() - vm->start_ns;
	memcpy(life->detail, vm->stop_detail, sizeof(life->detail));
	spin_unlock(&vm->lock);
}
