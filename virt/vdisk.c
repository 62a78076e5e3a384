/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_TAG "vdisk"
#include <virt/vdisk.h>

#include "plan.h"

#include <arch/pgtable.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/frames.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vdev.h>

/*
 * Memory
 */

static int piece_add(struct vdisk *disk, uint64_t bytes)
{
	struct vdisk_piece *piece = &disk->pieces[disk->piece_count];
	int err = frames_alloc_zeroed(&disk->vm->owner, bytes, PAGE_SIZE,
				      &piece->at);

	if (err)
		return err;
	piece->bytes = bytes;
	disk->piece_count++;
	return 0;
}

/* In as few pieces as free memory has. */
static int memory_alloc(struct vdisk *disk)
{
	uint64_t done = 0, want = disk->bytes;
	struct frames_stats free;

	frames_stats(&free);
	if (want / PAGE_SIZE > free.free_pages)
		return -ENOMEM;
	while (done < disk->bytes) {
		want = MIN(want, disk->bytes - done);
		if (disk->piece_count == VDISK_PIECES_MAX)
			return -ENOMEM;
		if (!piece_add(disk, want)) {
			done += want;
			continue;
		}
		want = ALIGN_DOWN(want / 2, VDISK_UNIT);
		if (!want)
			return -ENOMEM;
	}
	return 0;
}

void vdisk_destroy(struct vdisk *disk)
{
	if (!disk)
		return;
	for (unsigned int i = 0; i < disk->piece_count; i++)
		frames_free(&disk->vm->owner, disk->pieces[i].at,
			    disk->pieces[i].bytes);
	heap_free(disk);
}

void vm_vdisks_wipe(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vdev_count; i++) {
		const struct vdisk *disk = vm->vdevs[i].disk;

		for (unsigned int j = 0; disk && j < disk->piece_count; j++)
			arch_page_zero(phys_to_virt(disk->pieces[j].at),
				       disk->pieces[j].bytes);
	}
}

/*
 * Size
 */

static const struct image *file_of(const struct vdev *dev)
{
	const struct image *image = &dev->vm->plan->images.image[IMAGE_DISK];

	return image->used && dev->config == vm_config_card(dev->vm->config)
		       ? image
		       : NULL;
}

static int bytes_find(struct vdisk *disk, const struct vdev *dev)
{
	const struct vm_emu_device *emu = dev->config;
	const struct image *file = file_of(dev);
	uint64_t mib = emu->cfg_count ? emu->cfg[0] : 0;

	disk->has_file = file;
	disk->bytes = mib * VDISK_UNIT;
	if (file && !mib)
		disk->bytes = ALIGN_UP(file->size_bytes, VDISK_UNIT);
	if (mib > VM_CARD_MIB_MAX || !disk->bytes ||
	    (file && file->size_bytes > disk->bytes)) {
		log_err("%s: emu_devices: %s: %llu MiB cannot be its size, "
			"disk_path has %llu bytes",
			dev->vm->config->file, emu->name,
			(unsigned long long)mib,
			file ? (unsigned long long)file->size_bytes : 0);
		return -EINVAL;
	}
	return 0;
}

int vdisk_create(struct vdev *dev)
{
	struct vdisk *disk = heap_alloc(sizeof(*disk));
	int err = -ENOMEM;

	if (disk) {
		mutex_init(&disk->lock);
		disk->vm = dev->vm;
		err = bytes_find(disk, dev);
		if (err) {
			heap_free(disk);
			return err;
		}
		err = memory_alloc(disk);
	}
	if (!err) {
		dev->disk = disk;
		return 0;
	}
	log_err("%s: emu_devices: %s: no memory for its %llu MiB",
		dev->vm->config->file, dev->config->name,
		disk ? (unsigned long long)(disk->bytes / VDISK_UNIT) : 0);
	vdisk_destroy(disk);
	return err;
}

/*
 * Content
 */

static int load(struct vdisk *disk)
{
	uint64_t left = disk->vm->plan->images.image[IMAGE_DISK].size_bytes;
	uint64_t at = 0;
	int err = 0;

	/* a file that grew since is cut off */
	left = MIN(left, disk->bytes);
	for (unsigned int i = 0; !err && left; i++) {
		const struct vdisk_piece *piece = &disk->pieces[i];
		uint64_t n = MIN(left, piece->bytes);

		err = vm_image_read(disk->vm, IMAGE_DISK, at,
				    phys_to_virt(piece->at), n);
		at += n;
		left -= n;
	}
	disk->loaded = !err;
	return err;
}

int vm_vdisks_load(struct vm *vm)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < vm->vdev_count; i++) {
		struct vdisk *disk = vm->vdevs[i].disk;

		if (disk && disk->has_file && !disk->loaded)
			err = load(disk);
	}
	return err;
}

bool vm_vdisks_are_loaded(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vdev_count; i++)
		if (vm->vdevs[i].disk && vm->vdevs[i].disk->loaded)
			return true;
	return false;
}

/* @buf is read where @to_disk, else written. */
static int copy(struct vdisk *disk, uint64_t at, char *buf, uint64_t len,
		bool to_disk)
{
	uint64_t start = 0;

	if (at > disk->bytes || len > disk->bytes - at)
		return -EIO;
	for (unsigned int i = 0; len; start += disk->pieces[i++].bytes) {
		uint64_t offset = at - start;
		uint64_t n;
		char *p;

		if (offset >= disk->pieces[i].bytes)
			continue;
		n = MIN(len, disk->pieces[i].bytes - offset);
		p = (char *)phys_to_virt(disk->pieces[i].at) + offset;
		if (to_disk)
			memcpy(p, buf, n);
		else
			memcpy(buf, p, n);
		buf += n;
		at += n;
		len -= n;
	}
	return 0;
}

int vdisk_read(struct vdisk *disk, uint64_t at, void *buf, uint32_t len)
{
	return copy(disk, at, buf, len, false);
}

int vdisk_write(struct vdisk *disk, uint64_t at, const void *buf, uint32_t len)
{
	return copy(disk, at, (char *)(uintptr_t)buf, len, true);
}
