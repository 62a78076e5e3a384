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
#include <stdio.h>
#include <virt/guest_mem.h>
#include <virt/vdisk.h>
#include <virt/vm.h>

/* One thing to be copied; a kernel's BSS makes its room the larger. */
struct piece {
	char key[32];
	gpa_t gpa;
	uint64_t room_bytes;
	const struct elf *elf; /* it has holes */
};
#define PIECES_MAX (IMAGE_COUNT + 1)

static gpa_t image_gpa(const struct vm *vm, enum image_slot slot)
{
	switch (slot) {
	case IMAGE_KERNEL:
		return vm->plan->kernel_gpa;
	case IMAGE_RAMDISK:
		return vm->plan->ramdisk_gpa;
	default:
		return vm->plan->bios_gpa;
	}
}

/* Is it copied as it is? The given tree is not, and a card's content is no
 * RAM. */
static bool is_copied(const struct vm *vm, enum image_slot slot)
{
	return slot < IMAGE_DTB && vm->plan->images.image[slot].used;
}

static unsigned int pieces_list(const struct vm *vm, struct piece *pieces)
{
	const struct vm_images *images = &vm->plan->images;
	unsigned int count = 0;

	for (unsigned int slot = 0; slot < IMAGE_COUNT; slot++) {
		const struct image *image = &images->image[slot];

		if (!is_copied(vm, slot))
			continue;
		pieces[count] = (struct piece){
			.gpa = image_gpa(vm, slot),
			.room_bytes = image->room_bytes,
			.elf = image->is_elf ? &images->elf : NULL,
		};
		snprintf(pieces[count].key, sizeof(pieces[count].key),
			 "kernel.%s", image_key(slot));
		count++;
	}
	pieces[count++] = (struct piece){
		.key = "the device tree",
		.gpa = vm->dtb_gpa,
		.room_bytes = vm->plan->dtb_size,
	};
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

static bool piece_in_ram(const struct vm *vm, const struct piece *piece)
{
	const struct elf *elf = piece->elf;

	if (!elf)
		return in_ram(vm, piece->gpa.v, piece->room_bytes);
	for (unsigned int i = 0; i < elf->count; i++)
		if (!in_ram(vm,
			    piece->gpa.v + elf->segments[i].base - elf->base,
			    elf->segments[i].size_bytes))
			return false;
	return true;
}

static int pieces_check(const struct vm *vm, const struct piece *pieces,
			unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		const struct piece *a = &pieces[i];

		if (!piece_in_ram(vm, a)) {
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

int vm_place(struct vm *vm)
{
	struct piece pieces[PIECES_MAX];
	int err;

	if (!vm->ram_count) {
		log_err("%s: kernel.memory_regions: there are none",
			vm->config->file);
		return -EINVAL;
	}
	err = vm_addresses_decide(vm);
	if (!err)
		err = vm_tree_create(vm);
	return err ? err : pieces_check(vm, pieces, pieces_list(vm, pieces));
}

/* Of files as they are now, which may be larger than they were. */
static int place_again(struct vm *vm)
{
	int err = vm_images_find(vm);

	return err ? err : vm_place(vm);
}

int vm_load(struct vm *vm)
{
	int err = vm_images_are_files(vm) ? place_again(vm) : 0;

	for (unsigned int slot = 0; !err && slot < IMAGE_COUNT; slot++)
		if (is_copied(vm, slot))
			err = vm_image_load(vm, slot, image_gpa(vm, slot));
	if (!err && IS_ENABLED(CONFIG_VDEV_CARDS) && vm_has_vdisks(vm))
		err = vm_vdisks_load(vm);
	if (err)
		return err;
	vm_tree_reseed(vm);
	return guest_load(vm, vm->dtb_gpa, vm->plan->dtb, vm->plan->dtb_size);
}
