/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's images: whether they fit where place.c puts them, and copying them.
 *
 * The pristine images are copied at every start. Checks here are those that
 * need real addresses: an identical region's are known only now.
 */
#define LOG_TAG "loader"
#include "plan.h"
#include "ranges.h"

#include <arch/virt.h>
#include <errno.h>
#include <lib/log.h>
#include <virt/guest_mem.h>
#include <virt/vm.h>

/* One thing to be copied; a kernel's BSS makes @room_bytes the larger. */
struct piece {
	const char *key;
	gpa_t gpa;
	const void *data;
	uint64_t size_bytes;
	uint64_t room_bytes;
};
#define PIECES_MAX 5

static unsigned int pieces_list(const struct vm *vm, struct piece *pieces)
{
	const struct vm_config *config = vm->config;
	const struct vm_plan *plan = vm->plan;
	const struct piece all[PIECES_MAX] = {
		{"kernel.kernel_path", plan->kernel_gpa, config->kernel.data,
		 config->kernel.size_bytes, kernel_footprint(config)},
		{"kernel.ramdisk_path", plan->ramdisk_gpa, config->ramdisk.data,
		 config->ramdisk.size_bytes, config->ramdisk.size_bytes},
		{"kernel.bios_path", plan->bios_gpa,
		 has_bios(config) ? config->bios.data : NULL,
		 config->bios.size_bytes, config->bios.size_bytes},
		{"kernel.uefi_firmware_path", plan->bios_gpa,
		 config->boot_protocol == VM_BOOT_UEFI ? config->uefi.data
						       : NULL,
		 config->uefi.size_bytes, config->uefi.size_bytes},
		{"the device tree", vm->dtb_gpa, plan->dtb, plan->dtb_size,
		 plan->dtb_size},
	};
	unsigned int count = 0;

	for (unsigned int i = 0; i < PIECES_MAX; i++)
		if (all[i].data && all[i].size_bytes)
			pieces[count++] = all[i];
	return count;
}

/* Chunks of RAM may follow each other: go on behind the one it begins in. */
static bool in_ram(const struct vm *vm, uint64_t at, uint64_t size_bytes)
{
	uint64_t last = at + size_bytes - 1;
	bool found = true;

	if (last < at)
		return false;
	while (found) {
		found = false;
		for (unsigned int i = 0; !found && i < vm->ram_count; i++) {
			const struct vm_ram *ram = &vm->ram[i];
			uint64_t end = ram->gpa.v + ram->size_bytes - 1;

			if (!ram->mapped || at < ram->gpa.v || at > end)
				continue;
			if (last <= end)
				return true;
			at = end + 1;
			found = true;
		}
	}
	return false;
}

static int pieces_check(const struct vm *vm, const struct piece *pieces,
			unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		const struct piece *a = &pieces[i];

		if (!in_ram(vm, a->gpa.v, a->room_bytes)) {
			log_err("%s: %s: 0x%llx + 0x%llx lies outside the VM's "
				"RAM",
				vm->config->file, a->key,
				(unsigned long long)a->gpa.v,
				(unsigned long long)a->room_bytes);
			return -EINVAL;
		}
		for (unsigned int j = 0; j < i; j++) {
			const struct piece *b = &pieces[j];

			if (!range_overlaps(a->gpa.v, a->room_bytes, b->gpa.v,
					    b->room_bytes))
				continue;
			log_err("%s: %s at 0x%llx overlaps %s at 0x%llx + "
				"0x%llx",
				vm->config->file, a->key,
				(unsigned long long)a->gpa.v, b->key,
				(unsigned long long)b->gpa.v,
				(unsigned long long)b->room_bytes);
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

static int images_check(const struct vm_config *config)
{
	int err = image_check(config, &config->kernel, "kernel_path");

	if (!err)
		err = image_check(config, &config->ramdisk, "ramdisk_path");
	if (!err)
		err = image_check(config, &config->dtb, "dtb_path");
	if (!err && has_bios(config))
		err = image_check(config, &config->bios, "bios_path");
	if (!err && config->boot_protocol == VM_BOOT_UEFI)
		err = image_check(config, &config->uefi, "uefi_firmware_path");
	return err;
}

int vm_place(struct vm *vm)
{
	struct piece pieces[PIECES_MAX];
	int err;

	if (!vm->ram_count) {
		log_err("%s: kernel.memory_regions: there are none",
			vm->config->file);
		return -EINVAL;
	}
	err = images_check(vm->config);
	if (!err)
		err = vm_addresses_decide(vm);
	if (!err)
		err = vm_tree_create(vm);
	return err ? err : pieces_check(vm, pieces, pieces_list(vm, pieces));
}

int vm_load(struct vm *vm)
{
	struct piece pieces[PIECES_MAX];
	unsigned int count = pieces_list(vm, pieces);

	vm_tree_reseed(vm);
	for (unsigned int i = 0; i < count; i++) {
		int err = guest_load(vm, pieces[i].gpa, pieces[i].data,
				     pieces[i].size_bytes);

		if (err)
			return err;
	}
	return 0;
}
