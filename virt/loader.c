/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a VM's images go, and putting them there.
 *
 * Places are decided once, the pristine images copied at every start. Checks
 * here are those that need real addresses: an identical region's are known
 * only now.
 */
#define LOG_TAG "loader"
#include "plan.h"
#include "ranges.h"

#include <arch/virt.h>
#include <errno.h>
#include <lib/log.h>
#include <virt/guest_mem.h>
#include <virt/vm.h>

/* One thing to be copied. */
struct piece {
	const char *key;
	gpa_t gpa;
	const void *data;
	uint64_t size_bytes;
};
#define PIECES_MAX 5

static bool region0_moved(const struct vm *vm)
{
	return vm->config->region_count &&
	       vm->config->regions[0].map_type == VM_MAP_IDENTICAL;
}

/* An address that the file gives inside region 0 follows that region. */
static gpa_t moved(const struct vm *vm, uint64_t addr)
{
	const struct vm_region *region = &vm->config->regions[0];

	if (region0_moved(vm) && addr - region->gpa < region->size_bytes)
		addr += vm->ram[0].gpa.v - region->gpa;
	return gpa(addr);
}

static bool has_bios(const struct vm_config *config)
{
	return config->bios.path && config->boot_protocol != VM_BOOT_DIRECT;
}

/*
 * Identical memory: the kernel stands at the region's start, or 2 MiB above a
 * BIOS there, whatever the file says. An entry that the file puts inside the
 * image keeps its distance from the image's start.
 */
static void kernel_place(struct vm *vm)
{
	const struct vm_config *config = vm->config;
	uint64_t load = config->kernel.load, entry = config->entry_point;

	vm->plan->bios_gpa = moved(vm, config->bios.load);
	if (region0_moved(vm)) {
		uint64_t base = vm->ram[0].gpa.v;

		if (has_bios(config))
			base += SIZE_2M;
		entry = entry - load < config->kernel.size_bytes
				? base + (entry - load)
				: base;
		load = base;
	}
	vm->plan->kernel_gpa = gpa(load);
	vm->entry = gpa(entry);
	if (config->boot_protocol == VM_BOOT_UEFI)
		vm->entry = vm->plan->bios_gpa;
}

static void dtb_place(struct vm *vm)
{
	const struct vm_config *config = vm->config;

	if (config->dtb.has_load && !region0_moved(vm)) {
		vm->dtb_gpa = gpa(config->dtb.load);
		return;
	}
	/* the region's size, however many chunks of host memory it has */
	vm->dtb_gpa = guest_fdt_address(vm->ram[0].gpa,
					config->regions[0].size_bytes);
}

/* Without an address of its own: below the tree, on a 2 MiB boundary. */
static void ramdisk_place(struct vm *vm)
{
	const struct vm_image *ramdisk = &vm->config->ramdisk;

	if (ramdisk->has_load)
		vm->plan->ramdisk_gpa = moved(vm, ramdisk->load);
	else if (ramdisk->size_bytes < vm->dtb_gpa.v)
		vm->plan->ramdisk_gpa = gpa(ALIGN_DOWN(
			vm->dtb_gpa.v - ramdisk->size_bytes, SIZE_2M));
}

static unsigned int pieces_list(const struct vm *vm, struct piece *pieces)
{
	const struct vm_config *config = vm->config;
	const struct vm_plan *plan = vm->plan;
	const struct piece all[PIECES_MAX] = {
		{"kernel_path", plan->kernel_gpa, config->kernel.data,
		 config->kernel.size_bytes},
		{"ramdisk_path", plan->ramdisk_gpa, config->ramdisk.data,
		 config->ramdisk.size_bytes},
		{"bios_path", plan->bios_gpa,
		 has_bios(config) ? config->bios.data : NULL,
		 config->bios.size_bytes},
		{"uefi_firmware_path", plan->bios_gpa,
		 config->boot_protocol == VM_BOOT_UEFI ? config->uefi.data
						       : NULL,
		 config->uefi.size_bytes},
		{"device tree", vm->dtb_gpa, plan->dtb, plan->dtb_size},
	};
	unsigned int count = 0;

	for (unsigned int i = 0; i < PIECES_MAX; i++)
		if (all[i].data && all[i].size_bytes)
			pieces[count++] = all[i];
	return count;
}

static bool in_ram(struct vm *vm, const struct piece *piece)
{
	uint64_t last = piece->gpa.v + piece->size_bytes - 1;

	for (unsigned int i = 0; i < vm->ram_count; i++) {
		const struct vm_ram *ram = &vm->ram[i];
		uint64_t end = ram->gpa.v + ram->size_bytes - 1;

		if (!ram->mapped || last < ram->gpa.v || piece->gpa.v > end)
			continue;
		/* chunks of one region follow each other: go on behind it */
		if (piece->gpa.v < ram->gpa.v)
			return false;
		if (last <= end)
			return true;
		struct piece rest = {.gpa = gpa(end + 1),
				     .size_bytes = last - end};

		return in_ram(vm, &rest);
	}
	return false;
}

static int pieces_check(struct vm *vm, const struct piece *pieces,
			unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		const struct piece *a = &pieces[i];

		if (!in_ram(vm, a)) {
			log_err("%s: %s: 0x%llx + 0x%llx lies outside the VM's "
				"RAM",
				vm->config->file, a->key,
				(unsigned long long)a->gpa.v,
				(unsigned long long)a->size_bytes);
			return -EINVAL;
		}
		for (unsigned int j = 0; j < i; j++) {
			const struct piece *b = &pieces[j];

			if (!range_overlaps(a->gpa.v, a->size_bytes, b->gpa.v,
					    b->size_bytes))
				continue;
			log_err("%s: %s at 0x%llx overlaps %s at 0x%llx",
				vm->config->file, a->key,
				(unsigned long long)a->gpa.v, b->key,
				(unsigned long long)b->gpa.v);
			return -EINVAL;
		}
	}
	return 0;
}

static int image_check(const struct vm_config *config,
		       const struct vm_image *image, const char *key)
{
	if (!image->path || image->data)
		return 0;
	log_err("%s: kernel.%s: %s is not embedded in this Image, and there is "
		"no file system to read it from; use image_location = "
		"\"memory\"",
		config->file, key, image->path);
	return -ENOENT;
}

int vm_place(struct vm *vm)
{
	const struct vm_config *config = vm->config;
	struct piece pieces[PIECES_MAX];
	int err;

	if (!vm->ram_count) {
		log_err("%s: memory_regions: there are none", config->file);
		return -EINVAL;
	}
	err = image_check(config, &config->kernel, "kernel_path");
	if (!err)
		err = image_check(config, &config->ramdisk, "ramdisk_path");
	if (!err)
		err = image_check(config, &config->dtb, "dtb_path");
	if (!err && has_bios(config))
		err = image_check(config, &config->bios, "bios_path");
	if (err)
		return err;

	kernel_place(vm);
	dtb_place(vm);
	ramdisk_place(vm);
	err = vm_tree_create(vm);
	if (err)
		return err;
	return pieces_check(vm, pieces, pieces_list(vm, pieces));
}

int vm_load(struct vm *vm)
{
	struct piece pieces[PIECES_MAX];
	unsigned int count = pieces_list(vm, pieces);

	for (unsigned int i = 0; i < count; i++) {
		int err = guest_load(vm, pieces[i].gpa, pieces[i].data,
				     pieces[i].size_bytes);

		if (err)
			return err;
	}
	return 0;
}
