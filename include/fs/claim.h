/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partitions, and whole disks, that somebody takes as they are: guests' cards.
 *
 * Who has one has it alone. What was mounted of it is not while it is taken:
 * its paths answer with -EBUSY; afterwards it is mounted again, with what is
 * there then. All functions sleep: tasks only, no spinlock held.
 */
#ifndef FS_CLAIM_H
#define FS_CLAIM_H

#include <lib/types.h>
#include <lib/util.h>

struct block_device;
struct fs_claim;

/**
 * fs_claim() - take a partition, "vda2", or a disk, "vda"
 * @claim: result
 * @why:   of an error, for people: "is another guest's"
 *
 * Refused are what others have, or a part of it, the root, what has an open
 * file or directory, and a disk with a partition that is mounted. A disk without
 * a table is taken as a partition is. The disk stays the host's meanwhile.
 *
 * Return: 0; -ENOENT; -EBUSY; -ENODEV; -ENOMEM; block_read()'s and fs_sync()'s
 * errors.
 */
int __must_check fs_claim(const char *name, struct fs_claim **claim,
			  const char **why);

/** fs_claim_drop() - give it back, and mount again what was mounted */
void fs_claim_drop(struct fs_claim *claim);

/** fs_claim_bytes() - its size */
uint64_t fs_claim_bytes(const struct fs_claim *claim);
/** fs_claim_is_read_only() - its disk is */
bool fs_claim_is_read_only(const struct fs_claim *claim);

/**
 * fs_claim_read(), fs_claim_write() - any bytes of it; written to the disk,
 * on the medium after fs_claim_flush()
 *
 * Return: 0; -ERANGE; -EROFS; -ENOMEM; block_read()'s and block_write()'s
 * errors.
 */
int __must_check fs_claim_read(struct fs_claim *claim, void *buf, size_t len,
			       uint64_t offset);
int __must_check fs_claim_write(struct fs_claim *claim, const void *buf,
				size_t len, uint64_t offset);
int __must_check fs_claim_flush(struct fs_claim *claim);

/** fs_is_claimed() - is any block of this disk taken? */
bool fs_is_claimed(const struct block_device *dev);

#endif
