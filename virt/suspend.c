/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Suspending and resuming a VM.
 *
 * A vCPU that is asked to pause leaves its guest, gives its registers and
 * timers back to memory, and sleeps. The guest's counter is moved on at the
 * resume, before the first vCPU goes on, by as long as the last had slept.
 */
#define LOG_TAG "vm"
#include "life.h"

#include <arch/cpu.h>
#include <arch/virt.h>

static bool is_parked(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->parked, __ATOMIC_ACQUIRE) ||
	       __atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE) == VCPU_FREE;
}

/*
 * A vCPU that one of them turned on just before it parked is not among the
 * parked ones yet, but does so before it enters its guest.
 */
static bool all_parked(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		if (!is_parked(vm->vcpus[i]))
			return false;
	return true;
}

static bool suspend_over(void *arg)
{
	struct vm *vm = arg;

	return life_state(vm) != VM_SUSPENDED || all_parked(vm);
}

void vm_vcpu_parked(struct vm *vm)
{
	wait_wake_all(&vm->plan->changed);
}

int vm_suspend(struct vm *vm)
{
	uint32_t state;
	int err;

	spin_lock(&vm->lock);
	state = vm->state;
	if (state == VM_RUNNING) {
		life_state_set(vm, VM_SUSPENDED);
		vm->plan->suspended_at = arch_counter();
		vcpus_hurry(vm, true);
		/* under the lock: none of these may come after a restart */
		for (unsigned int i = 0; i < vm->vcpu_count; i++)
			vcpu_request(vm->vcpus[i], VCPU_REQ_PAUSE);
	}
	spin_unlock(&vm->lock);
	if (state != VM_RUNNING)
		return life_refusal(state, VM_SUSPENDED);
	err = changed_wait(vm, suspend_over, vm, LEAVE_WAIT_NS);
	spin_lock(&vm->lock);
	state = vm->state;
	if (state == VM_SUSPENDED) {
		vcpus_hurry(vm, false);
		vm_vdevs_pause(vm);
	}
	spin_unlock(&vm->lock);
	return err || state == VM_SUSPENDED ? err : -ECANCELED;
}

/* How long the guest's time stood still: since the last vCPU parked. */
static uint64_t time_lost(const struct vm *vm)
{
	uint64_t since = vm->plan->suspended_at;

	if (vm->config->suspend_time == VM_TIME_RUNS || !all_parked(vm))
		return 0;
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		since = MAX(since, vm->vcpus[i]->parked_at);
	return arch_counter() - since;
}

int vm_resume(struct vm *vm)
{
	uint32_t state;

	spin_lock(&vm->lock);
	state = vm->state;
	if (state == VM_SUSPENDED) {
		vm_vdevs_resume(vm);
		arch_vm_time_skip(vm, time_lost(vm));
		life_state_set(vm, VM_RUNNING);
		for (unsigned int i = 0; i < vm->vcpu_count; i++)
			vcpu_resume(vm->vcpus[i]);
	}
	spin_unlock(&vm->lock);
	return state == VM_SUSPENDED ? 0 : life_refusal(state, VM_RUNNING);
}
