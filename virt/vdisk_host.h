/* SPDX-License-Identifier: Apache-2.0 */
/* Cards whose content is a partition or a file of the host's. */
#ifndef VIRT_VDISK_HOST_H
#define VIRT_VDISK_HOST_H

#include <lib/types.h>
#include <lib/util.h>

struct vdisk;

/** vdisk_host_create() - take what the VM's disk_path names; its size becomes
 * the disk's. Return: 0; -Exxx, logged */
int __must_check vdisk_host_create(struct vdisk *disk);
/** vdisk_host_load() - before each start: take it again where it was given
 * back, and write zeros where a file has no bytes yet. Return: 0; -Exxx, logged */
int __must_check vdisk_host_load(struct vdisk *disk);
/** vdisk_host_release() - give it back, some time; nothing moves from now on */
void vdisk_host_release(struct vdisk *disk);
/** vdisk_host_wait() - until vdisk_host_release() has come to its end */
void vdisk_host_wait(struct vdisk *disk);
/** vdisk_host_destroy() - after vdisk_host_wait() */
void vdisk_host_destroy(struct vdisk *disk);

/** vdisk_host_copy() - what vdisk_read() and vdisk_write() do */
int __must_check vdisk_host_copy(struct vdisk *disk, uint64_t at, void *buf,
				 uint32_t len, bool to_disk);

#endif
