/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A place for an emulated device that the guest's file gives none.
 *
 * Nothing that the guest has or may look for is there: its RAM and devices,
 * and all registers that the host's tree or its own names, given to it or not.
 */
#include "plan.h"
#include "ranges.h"

#include <arch/virt.h>
#include <errno.h>
#include <lib/fdt.h>
#include <virt/span.h>
#include <virt/vdev.h>
#include <virt/vm.h>

/* The lowest one is taken, far from the windows of buses. */
#define FIRST 0x100000ull
#define END 0x100000000ull
#define GRAIN 0x10000ull

static int take(struct range_set *set, uint64_t base, uint64_t size_bytes)
{
	if (base >= END || !size_bytes)
		return 0;
	return range_set_remove(set, base, MIN(size_bytes, END - base));
}

static int take_tree(struct range_set *set, const void *fdt)
{
	struct fdt_scan scan;
	struct fdt_reg reg;
	int err = 0;

	if (!fdt || !fdt_scan_init(&scan, fdt))
		return 0;
	while (err >= 0 && fdt_scan_next(&scan))
		for (unsigned int i = 0;
		     err >= 0 && !fdt_scan_reg(&scan, i, &reg); i++)
			err = take(set, reg.addr, reg.size);
	return err;
}

static int take_guests(struct range_set *set, const struct vm *vm)
{
	struct arch_window window;
	struct span span;
	int err = 0;

	for (unsigned int i = 0; err >= 0 && span_get(vm->config, i, &span);
	     i++)
		err = take(set, span.base, span.size_bytes);
	/* dummies, too: the guest expects something there */
	for (unsigned int i = 0; err >= 0 && i < vm->config->emu_device_count;
	     i++)
		err = take(set, vm->config->emu_devices[i].gpa,
			   vm->config->emu_devices[i].size_bytes);
	for (unsigned int i = 0; err >= 0 && i < vm->ram_count; i++)
		err = take(set, vm->ram[i].gpa.v, vm->ram[i].size_bytes);
	for (unsigned int i = 0; err >= 0 && i < vm->vdev_count; i++)
		err = take(set, vm->vdevs[i].gpa.v, vm->vdevs[i].size_bytes);
	for (unsigned int i = 0; err >= 0 && arch_vm_window(vm, i, &window);
	     i++)
		err = take(set, window.base, window.size_bytes);
	return err;
}

int vdev_place(const struct vm *vm, uint64_t size_bytes, gpa_t *place)
{
	struct range_set set = {0};
	int err = range_set_add(&set, FIRST, END - FIRST);

	if (!err)
		err = take_guests(&set, vm);
	if (err >= 0)
		err = take_tree(&set, host_fdt());
	if (err >= 0)
		err = take_tree(&set, vm->plan->images.dtb);
	if (err >= 0)
		err = -ENOSPC;
	for (unsigned int i = 0; err == -ENOSPC && i < set.count; i++) {
		const struct vm_range *free = &set.ranges[i];
		uint64_t base = ALIGN_UP(free->base, GRAIN);

		if (base - free->base > free->size_bytes ||
		    free->size_bytes - (base - free->base) < size_bytes)
			continue;
		*place = gpa(base);
		err = 0;
	}
	range_set_free(&set);
	return err;
}
