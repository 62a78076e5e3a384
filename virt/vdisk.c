/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_TAG "vdisk"
#include <virt/vdisk.h>

#include "plan.h"
#include "vdisk_host.h"

#include <arch/pgtable.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/frames.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vdev.h>

static bool is_on_host(const struct vdisk *disk)
{
	return IS_ENABLED(CONFIG_VDISK_HOST) && disk->host;
}

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
	if (is_on_host(disk)) {
		vdisk_host_release(disk);
		vdisk_host_wait(disk);
		vdisk_host_destroy(disk);
	}
	for (unsigned int i = 0; i < disk->piece_count; i++)
		frames_free(&disk->vm->owner, disk->pieces[i].at,
			    disk->pieces[i].bytes);
	heap_free(disk);
}

static void wipe(struct vdisk *disk)
{
	if (is_on_host(disk)) {
		vdisk_host_release(disk);
		vdisk_host_wait(disk);
	}
	for (unsigned int i = 0; i < disk->piece_count; i++)
		arch_page_zero(phys_to_virt(disk->pieces[i].at),
			       disk->pieces[i].bytes);
}

static void release(struct vdisk *disk)
{
	if (is_on_host(disk))
		vdisk_host_release(disk);
}

static void for_each(const struct vm *vm, void (*fn)(struct vdisk *disk))
{
	for (unsigned int i = 0; i < vm->vdev_count; i++)
		if (vm->vdevs[i].disk)
			fn(vm->vdevs[i].disk);
}

void vm_vdisks_wipe(const struct vm *vm)
{
	for_each(vm, wipe);
}

void vm_vdisks_release(const struct vm *vm)
{
	for_each(vm, release);
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

static int content_create(struct vdisk *disk)
{
	const struct vm_config *config = disk->vm->config;
	int err;

	if (disk->dev->config == vm_config_card(config) &&
	    vm_disk_is_kept(config)) {
		if (IS_ENABLED(CONFIG_VDISK_HOST))
			return vdisk_host_create(disk);
		return image_failed(disk->vm, IMAGE_DISK,
				    "this Image was built without CONFIG_FS",
				    -ENODEV);
	}
	err = bytes_find(disk, disk->dev);
	if (err)
		return err;
	err = memory_alloc(disk);
	if (err)
		log_err("%s: emu_devices: %s: no memory for its %llu MiB",
			config->file, disk->dev->config->name,
			(unsigned long long)(disk->bytes / VDISK_UNIT));
	return err;
}

int vdisk_create(struct vdev *dev)
{
	struct vdisk *disk = heap_alloc(sizeof(*disk));
	int err;

	if (!disk) {
		log_err("%s: emu_devices: %s: not enough free memory",
			dev->vm->config->file, dev->config->name);
		return -ENOMEM;
	}
	mutex_init(&disk->lock);
	disk->dev = dev;
	disk->vm = dev->vm;
	err = content_create(disk);
	if (err)
		vdisk_destroy(disk);
	else
		dev->disk = disk;
	return err;
}

/*
 * Content
 */

static void load(struct vdisk *disk)
{
	const struct image *image = &disk->vm->plan->images.image[IMAGE_DISK];
	const uint8_t *from = image->data;
	uint64_t left = image->size_bytes;

	for (unsigned int i = 0; left; i++) {
		const struct vdisk_piece *piece = &disk->pieces[i];
		uint64_t n = MIN(left, piece->bytes);

		memcpy(phys_to_virt(piece->at), from, n);
		from += n;
		left -= n;
	}
	disk->loaded = true;
}

int vm_vdisks_load(struct vm *vm)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < vm->vdev_count; i++) {
		struct vdisk *disk = vm->vdevs[i].disk;

		if (disk && is_on_host(disk))
			err = vdisk_host_load(disk);
		else if (disk && disk->has_file && !disk->loaded)
			load(disk);
	}
	return err;
}

/* @buf is read where @to_disk, else written. */
static int copy(struct vdisk *disk, uint64_t at, char *buf, uint64_t len,
		bool to_disk)
{
	uint64_t start = 0;

	if (at > disk->bytes || len > disk->bytes - at)
		return -EIO;
	if (is_on_host(disk))
		return vdisk_host_copy(disk, at, buf, len, to_disk);
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
