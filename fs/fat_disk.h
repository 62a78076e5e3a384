/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between FatFs and a volume: sectors, and the order in which they are written.
 *
 * FatFs writes FAT sectors and directory sectors as it comes to them. Were the
 * power cut between two of them, or did the disk's cache write the later one
 * first, then a name could stand for clusters that the FAT says are free, or a
 * directory could go on in a cluster of some old file's bytes. So changes to the
 * FAT and to directories are held in memory until an operation is complete, and
 * fat_disk_commit() writes them in steps, each on the medium before the next:
 *
 *   FAT_GROW   contents of clusters that were free (written at once) → FAT and
 *              bitmap → directories, the last touched sector after the others
 *   FAT_SHRINK the last touched directory sector → the others → FAT and bitmap
 *
 * The last touched sector is the one with the entry that makes a name count or
 * not. Whatever the moment, no cluster then has two owners, and all that is
 * left over is what fs/fat_check.c finds: clusters without owner, a chain longer
 * than its file, parts of an entry. Before the first of all writes the volume is
 * marked as in use, which asks for that check.
 */
#ifndef FS_FAT_DISK_H
#define FS_FAT_DISK_H

#include <lib/types.h>
#include <lib/util.h>

#include "fat_ff.h"
#include "volume.h"

enum fat_order {
	FAT_GROW,
	FAT_SHRINK,
};

#define FAT_HELD_BYTES (32 * 1024)
#define FAT_HELD_MAX (FAT_HELD_BYTES / FF_MIN_SS)

struct fat_held {
	uint32_t sector;
	uint32_t touched; /* counts up */
	uint8_t *data;
};

struct fat_disk {
	FATFS ff; /* ff.drv is this struct */
	const struct volume *volume;
	uint32_t sector_bytes;
	uint32_t sector_blocks;
	struct fat_held held[FAT_HELD_MAX];
	unsigned int held_count, held_max;
	uint8_t *held_data; /* NULL on a volume that is only read */
	uint32_t touches;
	enum fat_order order;            /* of the operation that goes on */
	uint32_t saved_free, saved_last; /* ff's, at its begin */
	bool marked;                     /* the volume says that it is in use */
	bool unflushed; /* something was written since the last flush */
	int err; /* the first error of a read or write; fs/fat.c clears it */
	bool failed; /* a write failed: nothing is written any more */
};

/**
 * fat_disk_init() - before ff is mounted
 * @sector_bytes: what the file system says, a multiple of the block size
 *
 * Return: 0; -ENOMEM.
 */
int __must_check fat_disk_init(struct fat_disk *d, const struct volume *v,
			       uint32_t sector_bytes);
/** fat_disk_free() - what fat_disk_init() has taken */
void fat_disk_free(struct fat_disk *d);

/** fat_disk_begin() - what was held of earlier ones is written first */
int __must_check fat_disk_begin(struct fat_disk *d, enum fat_order order);
/** fat_disk_commit() - all of it is on the medium. Return: 0; -EIO … */
int __must_check fat_disk_commit(struct fat_disk *d);
/** fat_disk_rollback() - since fat_disk_begin() nothing has happened */
void fat_disk_rollback(struct fat_disk *d);

/** fat_disk_is_marked() - was it in use when it was last seen? */
int __must_check fat_disk_is_marked(struct fat_disk *d, bool *marked);
/** fat_disk_clean() - commit, and say that it is not in use */
int __must_check fat_disk_clean(struct fat_disk *d);

#endif
