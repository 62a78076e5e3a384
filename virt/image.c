/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's images: where they are, how large, and into RAM with them.
 *
 * A file's bytes go from the disk straight into the guest's RAM. What a file or
 * a packed stream says of itself is only believed as far as it can be checked
 * before a byte is written.
 */
#define LOG_TAG "image"
#include "image.h"

#include "plan.h"
#include "unpack.h"

#include <arch/virt.h>
#include <core/cold.h>
#include <core/timer.h>
#include <errno.h>
#include <fs/fs.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/heap.h>
#include <stdio.h>
#include <string.h>
#include <virt/guest_mem.h>
#include <virt/span.h>

#define HEADER_BYTES 64 /* of a Linux kernel, and of an ELF file */
#define PROGRESS_NS 2000000000u

static const struct {
	const char *key;
	uint16_t offset;
} slots[IMAGE_SLOTS] = {
	[IMAGE_KERNEL] = {"kernel_path", offsetof(struct vm_config, kernel)},
	[IMAGE_RAMDISK] = {"ramdisk_path", offsetof(struct vm_config, ramdisk)},
	[IMAGE_BIOS] = {"bios_path", offsetof(struct vm_config, bios)},
	[IMAGE_UEFI] = {"uefi_firmware_path", offsetof(struct vm_config, uefi)},
	[IMAGE_DTB] = {"dtb_path", offsetof(struct vm_config, dtb)},
	[IMAGE_DISK] = {"disk_path", offsetof(struct vm_config, disk)},
};

const char *image_key(enum image_slot slot)
{
	return slots[slot].key;
}

const struct vm_image *image_config(const struct vm_config *config,
				    enum image_slot slot)
{
	return (const void *)((const char *)config + slots[slot].offset);
}

static bool is_used(const struct vm_config *config, enum image_slot slot)
{
	if (slot == IMAGE_BIOS)
		return has_bios(config);
	if (slot == IMAGE_UEFI)
		return config->boot_protocol == VM_BOOT_UEFI;
	if (IS_ENABLED(CONFIG_VDEV_CARDS) && slot == IMAGE_DISK)
		return vm_config_card(config) && !vm_disk_is_kept(config);
	return true;
}

int image_failed(const struct vm *vm, enum image_slot slot, const char *what,
		 int err)
{
	log_err("%s: kernel.%s: %s: %s, error %d", vm->config->name,
		image_key(slot), image_config(vm->config, slot)->path, what,
		err);
	return err;
}

const char *image_error_text(int err)
{
	switch (err) {
	case -ENOENT:
		return "no such file";
	case -EISDIR:
		return "is a directory";
	case -EBUSY:
		return "is being written, or is open";
	case -EIO:
		return "the disk failed";
	case -ETIMEDOUT:
		return "the disk does not answer";
	case -ENODEV:
		return "the disk is gone";
	case -ENOMEM:
		return "not enough free memory";
	case -EBADMSG:
		return "is damaged or cut off";
	default:
		return "cannot be read";
	}
}

/*
 * Where the bytes are
 */

/* A guest file from a disk may name what an embedded VM has. */
static const struct vm_image *embedded_find(const char *path)
{
	for (unsigned int i = 0; i < vm_config_count; i++)
		for (unsigned int slot = 0; slot < IMAGE_COUNT; slot++) {
			const struct vm_image *image =
				image_config(vm_config_table[i], slot);

			if (image->data && !strcmp(image->path, path))
				return image;
		}
	return NULL;
}

int image_file_open(const struct vm_config *config, const char *path,
		    unsigned int flags, struct fs_file **file)
{
	char *full = heap_alloc(FS_PATH_MAX);
	const char *slash = strrchr(config->file, '/');
	int err;

	if (!full)
		return -ENOMEM;
	err = fs_path_join("/", path, full, FS_PATH_MAX);
	if (!err)
		err = fs_open(full, flags, file);
	if (err == -ENOENT && *path != '/' && *config->file == '/') {
		snprintf(full, FS_PATH_MAX, "%.*s",
			 (int)(slash - config->file + 1), config->file);
		err = fs_path_join(full, path, full, FS_PATH_MAX);
		if (!err)
			err = fs_open(full, flags, file);
	}
	heap_free(full);
	return err;
}

static int source_open(const struct vm *vm, enum image_slot slot,
		       struct image_source *source)
{
	const struct vm_image *image = image_config(vm->config, slot);
	bool in_memory = vm->config->image_location == VM_IMAGE_MEMORY;
	int err;

	*source = (struct image_source){0};
	if (!image->data && in_memory)
		image = embedded_find(image->path);
	if (image && image->data) {
		source->data = image->data;
		source->size_bytes = image->size_bytes;
		return 0;
	}
	if (in_memory)
		return image_failed(
			vm, slot,
			"is not embedded in this Image; put it on a disk "
			"and use image_location = \"fs\"",
			-ENOENT);
	if (!IS_ENABLED(CONFIG_FS) || !cold_is_loaded() || !fs_mounted())
		return image_failed(
			vm, slot,
			"image_location is \"fs\", and no file system is "
			"mounted",
			-ENODEV);
	err = image_file_open(vm->config, image->path, FS_READ, &source->file);
	if (err)
		return image_failed(vm, slot, image_error_text(err), err);
	source->size_bytes = fs_size(source->file);
	if (source->size_bytes)
		return 0;
	fs_discard(source->file);
	return image_failed(vm, slot, "is empty", -ENODATA);
}

static void source_close(struct image_source *source)
{
	if (IS_ENABLED(CONFIG_FS) && source->file)
		fs_discard(source->file);
}

/*
 * Looking at them
 */

static uint64_t all_ram(const struct vm_config *config)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < config->region_count; i++)
		bytes += config->regions[i].size_bytes;
	return bytes;
}

/* What is in a packed kernel without a header: it is unpacked to nowhere. */
static int packed_count(const struct vm *vm, struct unpack *u, uint64_t *bytes)
{
	uint64_t most = all_ram(vm->config);
	uint8_t *buf = heap_alloc(UNPACK_IN_BYTES);
	int64_t n = buf ? 1 : -ENOMEM;

	while (n > 0 && *bytes <= most) {
		n = unpack_read(u, buf, UNPACK_IN_BYTES);
		if (n > 0)
			*bytes += (uint64_t)n;
	}
	heap_free(buf);
	if (n < 0)
		return image_failed(vm, IMAGE_KERNEL, image_error_text((int)n),
				    (int)n);
	if (*bytes > most)
		return image_failed(vm, IMAGE_KERNEL,
				    "unpacks to more than the VM's RAM",
				    -EFBIG);
	return 0;
}

static int packed_look(const struct vm *vm, struct image *image,
		       struct image_source *source)
{
	uint8_t head[HEADER_BYTES] = {0};
	const struct vm_image header = {.data = head,
					.size_bytes = sizeof(head)};
	struct unpack u;
	int64_t n;
	int err = unpack_begin(&u, image->pack, source);

	if (err)
		return image_failed(vm, IMAGE_KERNEL, image_error_text(err),
				    err);
	n = unpack_read(&u, head, sizeof(head));
	if (n < 0) {
		err = image_failed(vm, IMAGE_KERNEL, image_error_text((int)n),
				   (int)n);
		goto out;
	}
	image->room_bytes = vm_image_footprint(&header);
	if (elf_is(head, (size_t)n)) {
		err = image_failed(vm, IMAGE_KERNEL,
				   "is an ELF file, packed; unpack it",
				   -EOPNOTSUPP);
	} else if (image->room_bytes == sizeof(head)) {
		image->room_bytes = (uint64_t)n;
		err = packed_count(vm, &u, &image->room_bytes);
	}
	if (!err && !image->room_bytes)
		err = image_failed(vm, IMAGE_KERNEL, "is empty", -ENODATA);
out:
	unpack_end(&u);
	return err;
}

static int64_t elf_read(void *source, void *buf, size_t len, uint64_t offset)
{
	return source_pread(source, buf, len, offset);
}

static int elf_look(struct vm *vm, struct image *image,
		    struct image_source *source)
{
	struct elf *elf = &vm->plan->images.elf;
	const char *why;
	int err;

	if (!IS_ENABLED(CONFIG_LOAD_ELF))
		return image_failed(vm, IMAGE_KERNEL,
				    "is an ELF file, and this Image was built "
				    "without CONFIG_LOAD_ELF",
				    -EOPNOTSUPP);
	err = elf_parse(elf_read, source, source->size_bytes, elf, &why);
	if (err)
		return image_failed(
			vm, IMAGE_KERNEL,
			err == -EINVAL ? why : image_error_text(err), err);
	if (elf->machine != arch_elf_machine())
		return image_failed(vm, IMAGE_KERNEL,
				    "is an ELF file for another architecture",
				    -EINVAL);
	image->is_elf = true;
	image->room_bytes = elf->size_bytes;
	return 0;
}

static int kernel_look(struct vm *vm, struct image *image,
		       struct image_source *source)
{
	uint8_t head[HEADER_BYTES] = {0};
	const struct vm_image raw = {.data = head,
				     .size_bytes = source->size_bytes};
	int64_t n = source_pread(source, head, sizeof(head), 0);
	const char *option;
	char text[64];
	int err;

	if (n < 0)
		return image_failed(vm, IMAGE_KERNEL, image_error_text((int)n),
				    (int)n);
	option = unpack_missing(head, (size_t)n);
	if (option) {
		snprintf(
			text, sizeof(text),
			"is packed, and this Image was built without CONFIG_%s",
			option);
		return image_failed(vm, IMAGE_KERNEL, text, -EOPNOTSUPP);
	}
	image->pack = unpack_find(head, (size_t)n);
	if (image->pack) {
		/* the readers are in the cold part, but for gzip's */
		err = image->pack == &unpack_gzip ? 0 : cold_load();
		return err ? err : packed_look(vm, image, source);
	}
	if (elf_is(head, (size_t)n))
		return elf_look(vm, image, source);
	image->room_bytes = vm_image_footprint(&raw);
	return 0;
}

static int dtb_look(struct vm *vm, struct image_source *source)
{
	struct vm_images *images = &vm->plan->images;
	int64_t n;

	images->dtb = source->data;
	if (images->dtb)
		return 0;
	if (source->size_bytes > GUEST_FDT_MAX)
		return image_failed(vm, IMAGE_DTB, "is larger than 1 MiB",
				    -EFBIG);
	images->dtb = images->dtb_copy = heap_alloc(source->size_bytes);
	if (!images->dtb)
		return image_failed(vm, IMAGE_DTB, image_error_text(-ENOMEM),
				    -ENOMEM);
	n = source_read(source, images->dtb_copy, source->size_bytes);
	if (n < 0)
		return image_failed(vm, IMAGE_DTB, image_error_text((int)n),
				    (int)n);
	if ((uint64_t)n < source->size_bytes ||
	    fdt_check_full(images->dtb, source->size_bytes))
		return image_failed(vm, IMAGE_DTB, "is no device tree blob",
				    -EINVAL);
	return 0;
}

static int image_look(struct vm *vm, enum image_slot slot)
{
	struct image *image = &vm->plan->images.image[slot];
	struct image_source source;
	int err;

	if (!image_config(vm->config, slot)->path || !is_used(vm->config, slot))
		return 0;
	err = source_open(vm, slot, &source);
	if (err)
		return err;
	image->used = true;
	image->data = source.data;
	image->size_bytes = image->room_bytes = source.size_bytes;
	if (slot == IMAGE_KERNEL)
		err = kernel_look(vm, image, &source);
	else if (slot == IMAGE_DTB)
		err = dtb_look(vm, &source);
	source_close(&source);
	return err;
}

int vm_images_find(struct vm *vm)
{
	int err = 0;

	vm_images_free(vm);
	for (unsigned int slot = 0; !err && slot < IMAGE_COUNT; slot++)
		err = image_look(vm, slot);
	return err;
}

void vm_images_free(struct vm *vm)
{
	heap_free(vm->plan->images.dtb_copy);
	vm->plan->images = (struct vm_images){0};
}

bool vm_images_are_files(const struct vm *vm)
{
	return vm->config->image_location == VM_IMAGE_FS;
}

/*
 * Loading them
 */

struct loading {
	const struct vm *vm;
	enum image_slot slot;
	struct image_source *source;
	struct unpack unpack;
	uint64_t told_ns;
};

static void progress(struct loading *l)
{
	uint64_t now = time_ns();

	if (now - l->told_ns < PROGRESS_NS)
		return;
	l->told_ns = now;
	log_info("%s: kernel.%s: %s: %llu of %llu MiB", l->vm->config->name,
		 image_key(l->slot), image_config(l->vm->config, l->slot)->path,
		 (unsigned long long)(l->source->at >> 20),
		 (unsigned long long)(l->source->size_bytes >> 20));
}

static int64_t loading_fill(void *ctx, void *buf, size_t len)
{
	struct loading *l = ctx;

	progress(l);
	return unpack_read(&l->unpack, buf, len);
}

/* What the bytes leave of their room stays as it is. */
static int stream_load(struct loading *l, struct vm *vm, gpa_t gpa,
		       const struct image *image)
{
	int64_t n = guest_fill(vm, gpa, image->room_bytes, loading_fill, l);
	uint8_t more;

	if (n < 0)
		return image_failed(vm, l->slot, image_error_text((int)n),
				    (int)n);
	if (!image->pack && (uint64_t)n < image->size_bytes)
		return image_failed(vm, l->slot, "has become shorter", -EIO);
	/* the end of a packed stream proves the rest */
	n = unpack_read(&l->unpack, &more, 1);
	if (n < 0)
		return image_failed(vm, l->slot, image_error_text((int)n),
				    (int)n);
	if (n)
		return image_failed(vm, l->slot,
				    "is larger than it says, or than it was",
				    -EFBIG);
	return 0;
}

static int segment_load(struct loading *l, struct vm *vm, gpa_t at,
			const struct elf_segment *segment)
{
	int64_t n = 0;

	l->source->at = segment->offset;
	if (segment->file_bytes)
		n = guest_fill(vm, at, segment->file_bytes, loading_fill, l);
	if (n < 0)
		return image_failed(vm, l->slot, image_error_text((int)n),
				    (int)n);
	if ((uint64_t)n < segment->file_bytes)
		return image_failed(vm, l->slot, "has become shorter", -EIO);
	return guest_zero(vm, gpa(at.v + segment->file_bytes),
			  segment->size_bytes - segment->file_bytes);
}

static int elf_load(struct loading *l, struct vm *vm, gpa_t at)
{
	const struct elf *elf = &vm->plan->images.elf;
	int err = 0;

	for (unsigned int i = 0; !err && i < elf->count; i++)
		err = segment_load(
			l, vm, gpa(at.v + elf->segments[i].base - elf->base),
			&elf->segments[i]);
	return err;
}

int vm_image_load(struct vm *vm, enum image_slot slot, gpa_t gpa)
{
	const struct image *image = &vm->plan->images.image[slot];
	struct image_source source;
	struct loading l = {
		.vm = vm,
		.slot = slot,
		.source = &source,
		.told_ns = time_ns(),
	};
	int err = source_open(vm, slot, &source);

	if (err)
		return err;
	err = unpack_begin(&l.unpack, image->pack, &source);
	if (err)
		err = image_failed(vm, slot, image_error_text(err), err);
	else if (image->is_elf)
		err = elf_load(&l, vm, gpa);
	else
		err = stream_load(&l, vm, gpa, image);
	unpack_end(&l.unpack);
	source_close(&source);
	return err;
}
