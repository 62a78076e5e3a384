/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stolen time: a page with a record for each vCPU, read-only to the guest, at
 * guest addresses where nothing else of the VM is. Its owner is the VM. Or the
 * record is in the guest's RAM, where it wants it.
 */
#include "steal.h"

#include "space.h"

#include <arch/pgtable.h>
#include <arch/virt.h>
#include <core/task.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/frames.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/guest_mem.h>
#include <virt/steal.h>
#include <virt/vm.h>

#define LOG_TAG "steal"

_Static_assert(CONFIG_VM_MAX_VCPUS *ARCH_STEAL_RECORD_BYTES <= PAGE_SIZE,
	       "a VM's records are one page");

/**
 * struct vm_steal - a VM's records
 * @space:  guest addresses
 * @page, @mapped: vm->lock
 */
struct vm_steal {
	struct space_taken space;
	hpa_t page;
	bool mapped;
};

int steal_create(struct vm *vm)
{
	const struct space_wish wish = {PAGE_SIZE, PAGE_SIZE, 0, 0};
	struct vm_steal *steal = heap_alloc(sizeof(*steal));

	if (!steal)
		return -ENOMEM;
	if (space_take(vm, &wish, &steal->space)) {
		log_warn("%s: no free guest address for stolen time",
			 vm->config->name);
		heap_free(steal);
		return 0;
	}
	vm->steal = steal;
	return 0;
}

void steal_destroy(struct vm *vm)
{
	struct vm_steal *steal = vm->steal;

	if (!steal)
		return;
	if (steal->mapped)
		frames_free(&vm->owner, steal->page, PAGE_SIZE);
	space_give(vm, &steal->space);
	heap_free(steal);
	vm->steal = NULL;
}

/* Once in a VM's existence; a restart finds it. */
static int page_map(struct vm *vm, struct vm_steal *steal) __must_hold(vm->lock)
{
	int err = frames_alloc_zeroed(&vm->owner, PAGE_SIZE, PAGE_SIZE,
				      &steal->page);

	if (err)
		return err;
	err = stage2_map(&vm->stage2, gpa(steal->space.base), steal->page,
			 PAGE_SIZE, PGT_R);
	if (err)
		frames_free(&vm->owner, steal->page, PAGE_SIZE);
	steal->mapped = !err;
	return err;
}

uint64_t steal_enable(struct vcpu *vcpu)
{
	struct vm_steal *steal = vcpu->vm->steal;
	uint64_t offset = vcpu->id * ARCH_STEAL_RECORD_BYTES;
	int err = 0;

	if (!steal)
		return UINT64_MAX;
	spin_lock(&vcpu->vm->lock);
	if (!steal->mapped)
		err = page_map(vcpu->vm, steal);
	spin_unlock(&vcpu->vm->lock);
	if (err)
		return UINT64_MAX;
	vcpu->steal = (char *)phys_to_virt(steal->page) + offset;
	steal_publish(vcpu);
	return steal->space.base + offset;
}

int steal_place(struct vcpu *vcpu, gpa_t at)
{
	void *record = guest_ptr(vcpu->vm, at, ARCH_STEAL_RECORD_BYTES);

	if (!record)
		return -EFAULT;
	memset(record, 0, ARCH_STEAL_RECORD_BYTES);
	vcpu->steal = record;
	steal_publish(vcpu);
	return 0;
}

void steal_off(struct vcpu *vcpu)
{
	vcpu->steal = NULL;
}

void steal_publish(struct vcpu *vcpu)
{
	arch_steal_record_set(vcpu->steal, task_steal_own_ns());
}
