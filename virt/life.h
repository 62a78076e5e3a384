/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of a VM's life share. */
#ifndef VIRT_LIFE_H
#define VIRT_LIFE_H

#include "plan.h"
#include "vcpu_private.h"

#include <core/timer.h>
#include <errno.h>
#include <lib/types.h>
#include <lib/util.h>
#include <virt/vm_life.h>

/* Hangs end here; on a busy machine everything else comes long before. */
#define START_WAIT_NS 120000000000u
#define LEAVE_WAIT_NS 60000000000u

static inline uint32_t life_state(const struct vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);
}

static inline void life_state_set(struct vm *vm, enum vm_state state)
	__must_hold(vm->lock)
{
	__atomic_store_n(&vm->state, state, __ATOMIC_RELEASE);
	watch_vm(vm, state);
}

static inline int life_refusal(uint32_t state, uint32_t wanted)
{
	return state == wanted ? -EALREADY : -EBUSY;
}

static inline bool at_rest(uint32_t state)
{
	return state == VM_LOADED || state == VM_STOPPED || state == VM_FAILED;
}

static inline int changed_wait(struct vm *vm, bool (*cond)(void *arg),
			       void *arg, uint64_t wait_ns)
{
	return wait_event_timeout(&vm->plan->changed, cond, arg,
				  time_ns() + wait_ns);
}

/* Whoever waits for them is the host: nothing of the guests' holds them. */
static inline void vcpus_hurry(struct vm *vm, bool on) __must_hold(vm->lock)
{
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		vcpu_hurry(vm->vcpus[i], on);
}

#endif
