/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an emulated card keeps: host memory of its VM's, which outlives the
 * guest's resets and goes with the VM; or a partition or a file of the host's
 * (virt/vdisk_host.c).
 *
 * Memory is there at once. A partition or file is read and written by a task of
 * the disk's own, one piece at a time, while the device goes on without: it asks
 * by vdisk_is_ready() and vdisk_commit(), and struct vdev_ops' moved() tells it
 * when to ask again.
 */
#ifndef VIRT_VDISK_H
#define VIRT_VDISK_H

#include <core/mutex.h>
#include <lib/types.h>
#include <lib/util.h>
#include <virt/vdev.h>
#include <virt/vm.h>

#define VDISK_PIECES_MAX 32
#define VDISK_UNIT ((uint64_t)1 << 20)
/* As much as vdisk_is_ready() may be asked for. */
#define VDISK_STEP 131072u

struct vdisk;
struct vdisk_host;

/** struct vdisk_host_ops - of a partition or file; @dev->disk->lock is held */
struct vdisk_host_ops {
	bool (*is_ready)(struct vdisk *disk, uint64_t at, uint32_t need,
			 uint32_t want, bool write);
	int (*commit)(struct vdisk *disk);
};

/**
 * struct vdisk
 * @lock:    its device's registers, against each other and against what its
 *           task has moved; its holder may copy as much as one command moves
 * @bytes:   whole units
 * @has_file: its first bytes are kernel.disk_path's; @loaded: they are there
 * @read_only: what it is on cannot be written
 * @host_ops, @host: NULL: it is in memory
 */
struct vdisk {
	struct mutex lock;
	struct vdev *dev;
	struct vm *vm;
	uint64_t bytes;
	bool has_file, loaded, read_only;
	const struct vdisk_host_ops *host_ops;
	struct vdisk_host *host;
	unsigned int piece_count;
	struct vdisk_piece {
		hpa_t at;
		uint64_t bytes;
	} pieces[VDISK_PIECES_MAX];
};

/**
 * vdisk_create() - for a device: what the VM's disk_path names, for the first
 * such device of its file, or zeroed memory of cfg[0] MiB
 *
 * Return: 0; -EINVAL, -ENOMEM, fs_claim()'s and fs_open()'s errors, logged.
 */
int __must_check vdisk_create(struct vdev *dev);

/** vdisk_destroy() - memory is given back, or the partition or file */
void vdisk_destroy(struct vdisk *disk);

/** vm_has_vdisks() - does it have any? They are in the cold part: only then may
 * what follows be called */
static inline bool vm_has_vdisks(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vdev_count; i++)
		if (vm->vdevs[i].disk)
			return true;
	return false;
}

/**
 * vm_vdisks_load() - at each start: embedded content is copied in, once; what
 * vm_vdisks_release() has given back is taken again. May take long
 *
 * Return: 0; -Exxx, logged.
 */
int __must_check vm_vdisks_load(struct vm *vm);

/** vm_vdisks_release() - the VM rests: partitions and files are given back as
 * soon as what their tasks do is done; does not wait for that */
void vm_vdisks_release(const struct vm *vm);

/** vm_vdisks_wipe() - the VM is to go: what a guest wrote to memory is nobody's
 * to see, and partitions and files are given back. May take seconds */
void vm_vdisks_wipe(const struct vm *vm);

/**
 * vdisk_is_ready() - can vdisk_read() or vdisk_write() move @need bytes at @at?
 * @need: at most VDISK_STEP
 * @want: as much will be asked for of what follows, more or less
 *
 * Return: false: not yet, moved() is called when to ask again.
 */
static inline bool vdisk_is_ready(struct vdisk *disk, uint64_t at,
				  uint32_t need, uint32_t want, bool write)
{
	return !disk->host_ops ||
	       disk->host_ops->is_ready(disk, at, need, want, write);
}

/**
 * vdisk_commit() - is what was written where it is to outlive a power cut?
 *
 * Return: 0; -EAGAIN: not yet, moved() is called when to ask again; -EIO: some
 * of it is not written, and this has told it.
 */
static inline int vdisk_commit(struct vdisk *disk)
{
	return disk->host_ops ? disk->host_ops->commit(disk) : 0;
}

/** vdisk_read(), vdisk_write() - of what is ready. Return: 0; -EIO: beyond its
 * end, not ready, or the host's disk failed */
int __must_check vdisk_read(struct vdisk *disk, uint64_t at, void *buf,
			    uint32_t len);
int __must_check vdisk_write(struct vdisk *disk, uint64_t at, const void *buf,
			     uint32_t len);

#endif
