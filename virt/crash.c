/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The crash capsule: made with the VM, so that no memory is needed at a death,
 * filled when no vCPU runs any more and RAM is still the guest's.
 *
 * @seq is odd while it is being filled; a copy that saw it change is thrown
 * away. One task fills it at a time: the VM's loader, or the vmm's.
 */
#include <virt/crash.h>

#include "plan.h"

#include <core/timer.h>
#include <errno.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vconsole.h>

struct vm_capsule {
	uint32_t seq;
	bool filled;
	size_t size_bytes; /* of @crash with all registers behind it */
	struct vm_crash crash;
};

static size_t state_bytes(void)
{
	return ALIGN_UP(arch_vcpu_state_size(), 16);
}

/* A heap object begins at a multiple of 16; so does each state in it. */
static size_t states_offset(unsigned int vcpu_count)
{
	return ALIGN_UP(sizeof(struct vm_crash) +
				vcpu_count * sizeof(struct crash_vcpu),
			16);
}

struct arch_vcpu_state *crash_state(const struct vm_crash *crash,
				    unsigned int id)
{
	return (struct arch_vcpu_state *)((uintptr_t)crash +
					  states_offset(crash->vcpu_count) +
					  id * state_bytes());
}

int vm_crash_create(struct vm *vm)
{
	unsigned int count = vm->config->vcpu_count;
	size_t size = states_offset(count) + count * state_bytes();

	vm->plan->capsule =
		heap_alloc(offsetof(struct vm_capsule, crash) + size);
	if (!vm->plan->capsule)
		return -ENOMEM;
	vm->plan->capsule->size_bytes = size;
	vm->plan->capsule->crash.vcpu_count = count;
	return 0;
}

void vm_crash_destroy(struct vm *vm)
{
	heap_free(vm->plan->capsule);
	vm->plan->capsule = NULL;
}

void vm_crash_forget(struct vm *vm)
{
	__atomic_store_n(&vm->plan->capsule->filled, false, __ATOMIC_RELEASE);
}

/* Its ring of notes into order. */
static void exits_copy(struct crash_vcpu *to, const struct vcpu *vcpu)
{
	unsigned int count = MIN(vcpu->exit_notes_made, VCPU_EXIT_NOTES + 0u);

	to->exit_count = count;
	for (unsigned int i = 0; i < count; i++)
		to->exits[i] =
			vcpu->exit_notes[(vcpu->exit_notes_made - count + i) %
					 VCPU_EXIT_NOTES];
}

static void vcpu_capture(struct vm_crash *crash, struct vcpu *vcpu)
{
	struct crash_vcpu *to = &crash->vcpus[vcpu->id];
	struct arch_vcpu_state *state = crash_state(crash, vcpu->id);

	to->was_on = vcpu->stopped_on;
	arch_vcpu_state_get(vcpu, state);
	to->pc_count = arch_vcpu_backtrace(vcpu->vm, state, to->pcs,
					   ARRAY_SIZE(to->pcs));
	exits_copy(to, vcpu);
}

void vm_crash_capture(struct vm *vm)
{
	struct vm_capsule *capsule = vm->plan->capsule;
	struct vm_crash *crash = &capsule->crash;

	__atomic_fetch_add(&capsule->seq, 1, __ATOMIC_SEQ_CST);
	memcpy(crash->detail, vm->stop_detail, sizeof(crash->detail));
	crash->at_ns = time_ns();
	crash->up_ns = crash->at_ns - vm->start_ns;
	crash->console_len =
		vconsole_tail(vm, crash->console, sizeof(crash->console));
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		vcpu_capture(crash, vm->vcpus[i]);
	__atomic_store_n(&capsule->filled, true, __ATOMIC_RELAXED);
	__atomic_fetch_add(&capsule->seq, 1, __ATOMIC_SEQ_CST);
}

int crash_get(struct vm *vm, struct vm_crash **result)
{
	struct vm_capsule *capsule = vm->plan->capsule;
	uint32_t seq = __atomic_load_n(&capsule->seq, __ATOMIC_SEQ_CST);
	struct vm_crash *crash;

	if (!__atomic_load_n(&capsule->filled, __ATOMIC_ACQUIRE))
		return -ENOENT;
	crash = heap_alloc(capsule->size_bytes);
	if (!crash)
		return -ENOMEM;
	memcpy(crash, &capsule->crash, capsule->size_bytes);
	if ((seq & 1) ||
	    seq != __atomic_load_n(&capsule->seq, __ATOMIC_SEQ_CST)) {
		heap_free(crash);
		return -EAGAIN;
	}
	*result = crash;
	return 0;
}
