/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's images, in the Image or in files: found when the VM is made and, where
 * they are files, again at every start, since they may be others by then.
 */
#ifndef VIRT_IMAGE_H
#define VIRT_IMAGE_H

#include <lib/types.h>
#include <lib/util.h>
#include <virt/elf.h>

struct fs_file;
struct unpack_ops;
struct vm;
struct vm_config;
struct vm_image;

enum image_slot {
	IMAGE_KERNEL,
	IMAGE_RAMDISK,
	IMAGE_BIOS,
	IMAGE_UEFI,
	IMAGE_DTB,
	IMAGE_DISK, /* embedded content of a card, which copies it itself */
	IMAGE_SLOTS,
};
#define IMAGE_COUNT (IMAGE_DISK + IS_ENABLED(CONFIG_VDEV_CARDS))

/**
 * struct image - what was found
 * @used:  the VM has it
 * @is_elf: the kernel: vm_images.elf says what it is
 * @pack:  how the kernel is packed; NULL: not
 * @size_bytes: as it is stored
 * @data:  of one that is embedded
 * @room_bytes: that it takes in RAM, a kernel's BSS included
 */
struct image {
	bool used;
	bool is_elf;
	const struct unpack_ops *pack;
	const void *data;
	uint64_t size_bytes;
	uint64_t room_bytes;
};

/**
 * struct vm_images - all of a VM
 * @dtb: bytes of the given tree; @dtb_copy: what is to be freed of them
 */
struct vm_images {
	struct image image[IMAGE_SLOTS];
	struct elf elf;
	const void *dtb;
	void *dtb_copy;
};

/** image_key() - "kernel_path" … */
const char *image_key(enum image_slot slot);
/** image_config() - what the guest file says of it */
const struct vm_image *image_config(const struct vm_config *config,
				    enum image_slot slot);

/**
 * vm_images_find() - look at all of them, read the given tree
 *
 * Return: 0; -Exxx, logged with the VM, the key, the path and the error.
 */
int __must_check vm_images_find(struct vm *vm);
/** vm_images_free() - what vm_images_find() has taken */
void vm_images_free(struct vm *vm);
/** vm_images_are_files() - may they be others at the next start? */
bool vm_images_are_files(const struct vm *vm);

/**
 * vm_image_load() - into guest RAM at @gpa, unpacked
 *
 * Nothing is written but the room that vm_images_find() told, which the caller
 * has found to be RAM.
 *
 * Return: 0; -Exxx, logged as above.
 */
int __must_check vm_image_load(struct vm *vm, enum image_slot slot, gpa_t gpa);

/** image_failed() - one line for all that can go wrong with an image.
 * Return: @err */
int image_failed(const struct vm *vm, enum image_slot slot, const char *what,
		 int err);
/** image_error_text() - of an error of fs/fs.h, for that line */
const char *image_error_text(int err);

/**
 * image_file_open() - a file that a guest file names
 * @path: absolute, or from the root, then from the guest file's folder
 *
 * Return: 0; fs_open()'s errors, not logged.
 */
int __must_check image_file_open(const struct vm_config *config,
				 const char *path, unsigned int flags,
				 struct fs_file **file);

#endif
