/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Free guest addresses.
 *
 * First fit, by looking at everything that the VM has: its RAM, devices and
 * windows are constant once it is made, so there is no second account of them
 * that could differ. A look costs as many steps as the VM has ranges, for each
 * range that is in the way.
 */
#include "space.h"

#include "ranges.h"

#include <arch/pgtable.h>
#include <arch/virt.h>
#include <errno.h>
#include <virt/vdev.h>
#include <virt/vm.h>

#define LOW_END ((uint64_t)1 << 32) /* what small guests map */

struct look {
	const struct vm *vm;
	const struct space_wish *wish;
	uint64_t base;
	uint64_t end; /* of what is in the way */
};

/* Return: true when it is in the way; notes where it ends. */
static bool meets(struct look *look, uint64_t base, uint64_t size_bytes)
{
	if (!range_overlaps(look->base, look->wish->size_bytes, base,
			    size_bytes))
		return false;
	look->end = base + size_bytes;
	return true;
}

static bool meets_device(struct look *look, const struct vdev *dev)
{
	/* the range that the wish names lies in that very window */
	if (dev->gpa.v <= look->wish->lo &&
	    look->wish->hi <= dev->gpa.v + dev->size_bytes &&
	    look->base >= look->wish->lo &&
	    look->base + look->wish->size_bytes <= look->wish->hi)
		return false;
	return meets(look, dev->gpa.v, dev->size_bytes);
}

static bool meets_any(struct look *look)
{
	const struct vm *vm = look->vm;
	struct arch_window window;

	for (unsigned int i = 0; i < vm->ram_count; i++)
		if (meets(look, vm->ram[i].gpa.v, vm->ram[i].size_bytes))
			return true;
	for (unsigned int i = 0; i < vm->vdev_count; i++)
		if (meets_device(look, &vm->vdevs[i]))
			return true;
	for (unsigned int i = 0; arch_vm_window(vm, i, &window); i++)
		if (meets(look, window.base, window.size_bytes))
			return true;
	for (unsigned int i = 0; i < vm->window_count; i++)
		if (meets(look, vm->windows[i].gpa.v,
			  vm->windows[i].size_bytes))
			return true;
	for (const struct space_taken *t = vm->taken; t; t = t->next)
		if (meets(look, t->base, t->size_bytes))
			return true;
	return false;
}

static bool fits(const struct look *look, uint64_t end)
{
	return look->base < end && look->wish->size_bytes <= end - look->base;
}

/* The lowest place within [@base, @end). */
static bool place_find(const struct vm *vm, const struct space_wish *wish,
		       uint64_t base, uint64_t end, uint64_t *at)
{
	struct look look = {.vm = vm, .wish = wish};

	look.base = ALIGN_UP(base, wish->align);
	while (fits(&look, end)) {
		if (!meets_any(&look)) {
			*at = look.base;
			return true;
		}
		if (look.end <= look.base)
			return false; /* a range up to the very end */
		look.base = ALIGN_UP(look.end, wish->align);
	}
	return false;
}

static uint64_t low_ram_end(const struct vm *vm)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < vm->ram_count; i++) {
		uint64_t last = vm->ram[i].gpa.v + vm->ram[i].size_bytes;

		if (last <= LOW_END && last > end)
			end = last;
	}
	return end;
}

int space_take(struct vm *vm, const struct space_wish *wish,
	       struct space_taken *taken)
{
	uint64_t top = BIT(arch_stage2_format()->va_bits);
	uint64_t low = MIN(top, LOW_END), at;

	if (!place_find(vm, wish, wish->lo, wish->hi, &at) &&
	    !place_find(vm, wish, low_ram_end(vm), low, &at) &&
	    !place_find(vm, wish, LOW_END, top, &at) &&
	    !place_find(vm, wish, PAGE_SIZE, low, &at))
		return -ENOSPC;
	*taken = (struct space_taken){at, wish->size_bytes, vm->taken};
	vm->taken = taken;
	return 0;
}

void space_give(struct vm *vm, struct space_taken *taken)
{
	struct space_taken **at = &vm->taken;

	while (*at && *at != taken)
		at = &(*at)->next;
	if (*at)
		*at = taken->next;
	taken->next = NULL;
}
