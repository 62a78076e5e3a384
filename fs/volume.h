/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A volume: the blocks of a partition, or of a whole disk, that a file system
 * lies in. Nothing outside of them is reached through it.
 */
#ifndef FS_VOLUME_H
#define FS_VOLUME_H

#include <lib/types.h>
#include <lib/util.h>

struct block_device;
struct partition;

struct volume {
	struct block_device *dev;
	uint64_t first_block;
	uint64_t block_count;
	uint32_t block_size;
	bool read_only;
	char name[32]; /* of the partition, "vda2" */
};

/** volume_init() - of a partition, or a whole disk */
void volume_init(struct volume *v, struct block_device *dev,
		 const struct partition *p);

/** volume_read() - whole blocks. Return: 0; -ERANGE; block_read()'s errors */
int __must_check volume_read(const struct volume *v, uint64_t block, void *buf,
			     size_t count);
/** volume_write() - the same. Return: 0; -ERANGE; -EROFS; block_write()'s */
int __must_check volume_write(const struct volume *v, uint64_t block,
			      const void *buf, size_t count);
/** volume_flush() - Return: 0; block_flush()'s errors */
int __must_check volume_flush(const struct volume *v);

/**
 * volume_pread() - any bytes; whole blocks among them go straight into @buf
 *
 * Return: 0; -ERANGE: some lie behind the end; -ENOMEM; block_read()'s errors.
 */
int __must_check volume_pread(const struct volume *v, uint64_t offset,
			      void *buf, size_t len);

/**
 * volume_pwrite() - any bytes; of a block that is written in part, the rest is
 * read before
 *
 * Return: 0; -ERANGE; -EROFS; -ENOMEM; block_read()'s, block_write()'s errors.
 */
int __must_check volume_pwrite(const struct volume *v, uint64_t offset,
			       const void *buf, size_t len);

/** volume_bytes() - its size */
static inline uint64_t volume_bytes(const struct volume *v)
{
	return v->block_count * v->block_size;
}

#endif
