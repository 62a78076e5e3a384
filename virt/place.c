/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a VM's images, its tree and its first instruction are.
 *
 * A guest file's addresses hold as written, but for two things: what it puts
 * inside an identical region moves with that region, and an identical first
 * region begins with the kernel. What it leaves out is found a place for.
 */
#define LOG_TAG "loader"
#include "plan.h"
#include "ranges.h"

#include <errno.h>
#include <lib/log.h>
#include <virt/guest_fdt.h>
#include <virt/span.h>
#include <virt/vm.h>

bool has_bios(const struct vm_config *config)
{
	return config->bios.path && config->boot_protocol != VM_BOOT_DIRECT;
}

static const struct image *image_of(const struct vm *vm, enum image_slot slot)
{
	return &vm->plan->images.image[slot];
}

static bool region0_moves(const struct vm *vm)
{
	return vm->config->regions[0].map_type == VM_MAP_IDENTICAL;
}

/* Where a region really begins. */
static uint64_t region_base(const struct vm *vm, unsigned int region)
{
	for (unsigned int i = 0; i < vm->ram_count; i++)
		if (vm->ram[i].region == region)
			return vm->ram[i].gpa.v;
	return vm->config->regions[region].gpa;
}

/*
 * An address of the file. Another region may lie over an identical one's
 * written place, which is only a hint: then that region is meant.
 */
static gpa_t moved(const struct vm *vm, uint64_t addr)
{
	const struct vm_config *config = vm->config;
	uint64_t result = addr;

	for (unsigned int i = config->region_count; i-- > 0;) {
		const struct vm_region *region = &config->regions[i];

		if (addr - region->gpa >= region->size_bytes)
			continue;
		if (region->map_type != VM_MAP_IDENTICAL)
			return gpa(addr);
		result = addr - region->gpa + region_base(vm, i);
	}
	return gpa(result);
}

/*
 * Identical memory: the kernel stands at the region's start, or 2 MiB above a
 * BIOS there, whatever the file says. An entry that the file puts inside the
 * image keeps its distance from the image's start. An ELF file says itself where
 * it lies and is entered.
 */
static void kernel_place(struct vm *vm)
{
	const struct vm_config *config = vm->config;
	uint64_t load = config->kernel.load, entry = config->entry_point;
	const struct image *kernel = image_of(vm, IMAGE_KERNEL);
	const struct elf *elf = &vm->plan->images.elf;

	vm->plan->bios_gpa = moved(vm, config->bios.load);
	if (kernel->is_elf) {
		load = moved(vm, elf->base).v;
		entry = elf->entry - elf->base + load;
	} else if (region0_moves(vm)) {
		uint64_t base = vm->ram[0].gpa.v;

		if (has_bios(config))
			base += SIZE_2M;
		entry = entry - load < kernel->room_bytes
				? base + (entry - load)
				: base;
		load = base;
	} else {
		load = moved(vm, load).v;
		entry = moved(vm, entry).v;
	}
	vm->plan->kernel_gpa = gpa(load);
	vm->entry = gpa(entry);
	if (config->boot_protocol == VM_BOOT_UEFI)
		vm->entry = vm->plan->bios_gpa;
}

/*
 * Finding room
 */

static int cut(struct range_set *set, gpa_t at, uint64_t size_bytes)
{
	int err = range_set_remove(set, at.v, size_bytes);

	return err < 0 ? err : 0;
}

/* RAM that no image takes; @tree_bytes at the tree's place, 0: not yet. */
static int free_ram(const struct vm *vm, uint64_t tree_bytes,
		    struct range_set *set)
{
	const struct vm_config *config = vm->config;
	const struct vm_plan *plan = vm->plan;
	int err = 0;

	for (unsigned int i = 0; !err && i < vm->ram_count; i++)
		if (vm->ram[i].mapped)
			err = range_set_add(set, vm->ram[i].gpa.v,
					    vm->ram[i].size_bytes);
	if (!err)
		err = cut(set, plan->kernel_gpa,
			  image_of(vm, IMAGE_KERNEL)->room_bytes);
	if (!err)
		err = cut(set, plan->bios_gpa,
			  image_of(vm, IMAGE_BIOS)->room_bytes);
	if (!err)
		err = cut(set, plan->bios_gpa,
			  image_of(vm, IMAGE_UEFI)->room_bytes);
	if (!err && config->ramdisk.has_load)
		err = cut(set, moved(vm, config->ramdisk.load),
			  image_of(vm, IMAGE_RAMDISK)->room_bytes);
	if (!err)
		err = cut(set, vm->dtb_gpa, tree_bytes);
	return err;
}

/* The highest place within [@base, @end). */
static bool room_find(const struct range_set *set, uint64_t base, uint64_t end,
		      uint64_t size_bytes, uint64_t align, gpa_t *at)
{
	for (unsigned int i = set->count; i-- > 0;) {
		const struct vm_range *r = &set->ranges[i];
		uint64_t lo = MAX(base, r->base);
		uint64_t hi = MIN(end, r->base + r->size_bytes);

		if (hi <= lo || hi - lo < size_bytes)
			continue;
		at->v = ALIGN_DOWN(hi - size_bytes, align);
		if (at->v >= lo)
			return true;
	}
	return false;
}

/* The region that holds the kernel: where a guest looks first. */
static struct vm_range home_region(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->config->region_count; i++) {
		uint64_t base = region_base(vm, i);
		uint64_t size = vm->config->regions[i].size_bytes;

		if (vm->plan->kernel_gpa.v - base < size)
			return (struct vm_range){base, size};
	}
	return (struct vm_range){vm->ram[0].gpa.v,
				 vm->config->regions[0].size_bytes};
}

/* The rule's place; in a small guest, wherever a tree still fits. */
static int dtb_place(struct vm *vm)
{
	static const uint64_t sizes[] = {GUEST_FDT_MAX, 128 << 10, 16 << 10};
	const struct vm_config *config = vm->config;
	struct vm_range home = home_region(vm);
	struct range_set set = {0};
	gpa_t at;
	int err;

	vm->dtb_gpa = guest_fdt_address(gpa(home.base), home.size_bytes);
	if (config->dtb.has_load && !region0_moves(vm)) {
		vm->dtb_gpa = moved(vm, config->dtb.load);
		return 0;
	}
	err = free_ram(vm, 0, &set);
	if (!err &&
	    !room_find(&set, vm->dtb_gpa.v, vm->dtb_gpa.v + GUEST_FDT_MAX,
		       GUEST_FDT_MAX, PAGE_SIZE, &at))
		for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
			if (room_find(&set, home.base,
				      home.base + home.size_bytes, sizes[i],
				      PAGE_SIZE, &at)) {
				vm->dtb_gpa = at;
				break;
			}
	range_set_free(&set);
	return err;
}

/* On a 2 MiB boundary below the tree, else above, else wherever it fits. */
static int ramdisk_place(struct vm *vm)
{
	const struct vm_image *ramdisk = &vm->config->ramdisk;
	uint64_t size = image_of(vm, IMAGE_RAMDISK)->room_bytes;
	uint64_t tree = vm->dtb_gpa.v;
	struct vm_range home = home_region(vm);
	uint64_t end = home.base + home.size_bytes;
	gpa_t *at = &vm->plan->ramdisk_gpa;
	struct range_set set = {0};
	int err;

	if (!size)
		return 0;
	if (ramdisk->has_load) {
		*at = moved(vm, ramdisk->load);
		return 0;
	}
	err = free_ram(vm, GUEST_FDT_MAX, &set);
	if (!err &&
	    !room_find(&set, home.base, MIN(tree, end), size, SIZE_2M, at) &&
	    !room_find(&set, home.base, end, size, SIZE_2M, at) &&
	    !room_find(&set, home.base, end, size, PAGE_SIZE, at) &&
	    !room_find(&set, 0, UINT64_MAX, size, PAGE_SIZE, at)) {
		log_err("%s: kernel.ramdisk_path: %s: 0x%llx bytes do not fit "
			"into the RAM beside the kernel",
			vm->config->file, ramdisk->path,
			(unsigned long long)size);
		err = -ENOSPC;
	}
	range_set_free(&set);
	return err;
}

int vm_addresses_decide(struct vm *vm)
{
	int err;

	kernel_place(vm);
	err = dtb_place(vm);
	return err ? err : ramdisk_place(vm);
}
