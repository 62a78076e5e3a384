/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an emulated card keeps: host memory of its VM's, which outlives the
 * guest's resets and goes with the VM.
 */
#ifndef VIRT_VDISK_H
#define VIRT_VDISK_H

#include <core/mutex.h>
#include <lib/types.h>
#include <lib/util.h>

#define VDISK_PIECES_MAX 32
#define VDISK_UNIT ((uint64_t)1 << 20)

struct vdev;
struct vm;

/**
 * struct vdisk
 * @lock:    its device's registers, against each other; its holder may copy
 *           as much as one command moves
 * @bytes:   whole units
 * @has_file: its first bytes are kernel.disk_path's; @loaded: they are there
 */
struct vdisk {
	struct mutex lock;
	struct vm *vm;
	uint64_t bytes;
	bool has_file, loaded;
	unsigned int piece_count;
	struct vdisk_piece {
		hpa_t at;
		uint64_t bytes;
	} pieces[VDISK_PIECES_MAX];
};

/**
 * vdisk_create() - zeroed memory for a device: cfg[0] MiB, or as many as the
 * VM's disk_path has, which goes to the first such device of its file
 *
 * Return: 0; -EINVAL, -ENOMEM, logged.
 */
int __must_check vdisk_create(struct vdev *dev);

/** vdisk_destroy() - memory is given back; NULL is fine */
void vdisk_destroy(struct vdisk *disk);

/**
 * vm_vdisks_load() - copy the file in, at the VM's first start; may take long
 *
 * Return: 0; -Exxx, logged.
 */
int __must_check vm_vdisks_load(struct vm *vm);
/** vm_vdisks_are_loaded() - its content is there, the file is not needed */
bool vm_vdisks_are_loaded(const struct vm *vm);

/** vm_vdisks_wipe() - what a guest wrote is nobody's to see; may take seconds */
void vm_vdisks_wipe(const struct vm *vm);

/** vdisk_read(), vdisk_write() - Return: 0; -EIO: beyond its end */
int __must_check vdisk_read(struct vdisk *disk, uint64_t at, void *buf,
			    uint32_t len);
int __must_check vdisk_write(struct vdisk *disk, uint64_t at, const void *buf,
			     uint32_t len);

#endif
