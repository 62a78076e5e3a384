/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hypercalls about channels: pointers, permissions, results.
 *
 * Everything that a guest passes is looked at before anything changes: what is
 * left to go wrong afterwards is undone. A guest's RAM does not change while it
 * lives, so an address that was good is so at the end as well.
 */
#define LOG_TAG "ivc"
#include "ivc.h"

#include <lib/log.h>
#include <virt/config.h>
#include <virt/guest_mem.h>
#include <virt/hypercall.h>
#include <virt/vcpu.h>
#include <virt/vm.h>

static bool u64_read(struct vm *vm, uint64_t at, uint64_t *value)
{
	return !guest_read(vm, gpa(at), value, sizeof(*value));
}

static bool is_good(struct vm *vm, uint64_t at)
{
	uint64_t value;

	return u64_read(vm, at, &value);
}

static uint64_t both_write(struct vm *vm, uint64_t gpa_at, uint64_t window,
			   uint64_t size_at, uint64_t size_bytes)
{
	if (guest_write(vm, gpa(gpa_at), &window, sizeof(window)) ||
	    guest_write(vm, gpa(size_at), &size_bytes, sizeof(size_bytes)))
		return HYPERCALL_FAIL;
	return 0;
}

/*
 * Permissions: without a table, as AxVisor has it, everything
 */

static void refuse(const struct vm *vm, const char *what, uint64_t publisher,
		   uint64_t key)
{
	static struct log_limit limit;

	log_limited(&limit, LOG_WARN,
		    "%s: may not %s VM %llu's key 0x%llx: not in its [ivc] "
		    "table",
		    vm->config->name, what, (unsigned long long)publisher,
		    (unsigned long long)key);
}

static bool may_publish(const struct vm *vm, uint64_t key)
{
	const struct vm_config *config = vm->config;

	if (!config->has_ivc)
		return true;
	for (unsigned int i = 0; i < config->ivc_publish_count; i++)
		if (config->ivc_publish[i] == key)
			return true;
	refuse(vm, "publish", config->id, key);
	return false;
}

static bool may_subscribe(const struct vm *vm, uint64_t publisher, uint64_t key)
{
	const struct vm_config *config = vm->config;

	if (!config->has_ivc)
		return true;
	for (unsigned int i = 0; i < config->ivc_subscribe_count; i++)
		if (config->ivc_subscribe[i].vm == publisher &&
		    config->ivc_subscribe[i].key == key)
			return true;
	refuse(vm, "subscribe to", publisher, key);
	return false;
}

/*
 * Calls
 */

uint64_t ivc_call_publish(struct vcpu *vcpu, const uint64_t args[6])
{
	struct vm *vm = vcpu->vm;
	uint64_t bytes, window;

	if (!is_good(vm, args[1]) || !u64_read(vm, args[2], &bytes) ||
	    !may_publish(vm, args[0]) ||
	    ivc_publish(vm, args[0], bytes, &window, &bytes))
		return HYPERCALL_FAIL;
	return both_write(vm, args[1], window, args[2], bytes);
}

uint64_t ivc_call_subscribe(struct vcpu *vcpu, const uint64_t args[6])
{
	struct vm *vm = vcpu->vm;
	uint64_t bytes, window;

	if (!is_good(vm, args[2]) || !is_good(vm, args[3]) ||
	    !may_subscribe(vm, args[0], args[1]) ||
	    ivc_subscribe(vm, args[0], args[1], &window, &bytes))
		return HYPERCALL_FAIL;
	return both_write(vm, args[2], window, args[3], bytes);
}

uint64_t ivc_call_unpublish(struct vcpu *vcpu, const uint64_t args[6])
{
	return ivc_unpublish(vcpu->vm, args[0]) ? HYPERCALL_FAIL : 0;
}

uint64_t ivc_call_unsubscribe(struct vcpu *vcpu, const uint64_t args[6])
{
	return ivc_unsubscribe(vcpu->vm, args[0], args[1]) ? HYPERCALL_FAIL : 0;
}

uint64_t ivc_call_notify(struct vcpu *vcpu, const uint64_t args[6])
{
	int told = ivc_notify_key(vcpu->vm, args[0], args[1]);

	return told < 0 ? HYPERCALL_FAIL : (uint64_t)told;
}

uint64_t ivc_call_ack(struct vcpu *vcpu, const uint64_t args[6])
{
	return ivc_ack(vcpu->vm, (uint32_t)args[0]);
}

uint64_t ivc_call_slot(struct vcpu *vcpu, const uint64_t args[6])
{
	int slot = ivc_slot(vcpu->vm, args[0], args[1]);

	return slot < 0 ? HYPERCALL_FAIL : (uint64_t)slot;
}

uint64_t ivc_call_events(struct vcpu *vcpu, const uint64_t args[6])
{
	if (args[0] >= IVC_SLOTS || !(ivc_connected(vcpu->vm) & BIT(args[0])))
		return HYPERCALL_FAIL;
	return ivc_events_clear(vcpu->vm, (unsigned int)args[0],
				(uint32_t)args[1]);
}
