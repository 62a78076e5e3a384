/* SPDX-License-Identifier: Apache-2.0 */
/* ext4: group descriptors and inodes, and files that live inside of one. */
#include "ext4.h"

#include <errno.h>
#include <string.h>

#include <lib/bytes.h>
#include <mm/heap.h>

#define DESC_CSUM 0x1e
#define INODE_CSUM_LOW 0x7c
#define INODE_CSUM_HIGH 0x82
#define INODE_OLD_BYTES 128
#define XATTR_MAGIC 0xea020000
#define XATTR_SYSTEM 7 /* e_name_index */

static bool is_power_of(uint32_t n, uint32_t base)
{
	while (n > 1 && n % base == 0)
		n /= base;
	return n == 1;
}

/* Does the group begin with a copy of the superblock? */
static bool has_super(const struct ext4 *fs, uint32_t group)
{
	if (group == 0)
		return true;
	if (fs->sparse_super2)
		return group == fs->backup_groups[0] ||
		       group == fs->backup_groups[1];
	if (group == 1 || !fs->sparse_super)
		return true;
	return is_power_of(group, 3) || is_power_of(group, 5) ||
	       is_power_of(group, 7);
}

/* The block that holds a group's descriptor */
static uint64_t desc_block(const struct ext4 *fs, uint32_t group)
{
	uint32_t each = fs->block_bytes / fs->desc_bytes;
	uint32_t number = group / each;
	uint32_t first = number * each;

	if (!(fs->incompat & EXT4_META_BG) || number < fs->first_meta_bg)
		return (uint64_t)fs->first_block + 1 + number;
	/* its group's first block, behind a superblock; with blocks of 1024
	 * bytes from 0 on, that of group 0 is the second */
	return (uint64_t)first * fs->blocks_per_group + fs->first_block +
	       has_super(fs, first) +
	       (fs->block_bytes == 1024 && !number && !fs->first_block);
}

static bool desc_is_right(const struct ext4 *fs, uint32_t group,
			  const uint8_t *d)
{
	static const uint8_t zero[2];
	uint8_t number[4];
	uint32_t crc;

	if (!fs->checksums)
		return true;
	put32(number, group);
	crc = ext4_crc(fs->seed, number, 4);
	crc = ext4_crc(crc, d, DESC_CSUM);
	crc = ext4_crc(crc, zero, 2);
	crc = ext4_crc(crc, d + DESC_CSUM + 2, fs->desc_bytes - DESC_CSUM - 2);
	return (uint16_t)crc == get16(d + DESC_CSUM);
}

/* Where a group's inodes begin */
static int inode_table(struct ext4 *fs, uint32_t group, uint64_t *block)
{
	uint32_t each = fs->block_bytes / fs->desc_bytes;
	struct ext4_buf *buf;
	const uint8_t *d;
	int err = ext4_block(fs, desc_block(fs, group), &buf);

	if (err)
		return err;
	d = buf->data + group % each * fs->desc_bytes;
	if (!desc_is_right(fs, group, d))
		return ext4_bad(fs, "the checksum of block group", group);
	*block = get32(d + 8);
	if (fs->desc_bytes >= 64)
		*block |= (uint64_t)get32(d + 0x28) << 32;
	return 0;
}

/* i_extra_isize; what is too large counts as none */
static uint32_t extra_bytes(const struct ext4 *fs, const uint8_t *i)
{
	uint32_t extra =
		fs->inode_bytes > INODE_OLD_BYTES ? get16(i + 0x80) : 0;

	return extra % 4 || extra > fs->inode_bytes - INODE_OLD_BYTES ? 0
								      : extra;
}

static bool inode_is_right(const struct ext4 *fs, uint32_t seed,
			   const uint8_t *i)
{
	static const uint8_t zero[2];
	bool high = extra_bytes(fs, i) >= 4;
	uint32_t crc, wanted = get16(i + INODE_CSUM_LOW);
	uint32_t at = INODE_CSUM_LOW + 2;

	if (!fs->checksums)
		return true;
	crc = ext4_crc(seed, i, INODE_CSUM_LOW);
	crc = ext4_crc(crc, zero, 2);
	if (high) {
		crc = ext4_crc(crc, i + at, INODE_CSUM_HIGH - at);
		crc = ext4_crc(crc, zero, 2);
		at = INODE_CSUM_HIGH + 2;
		wanted |= (uint32_t)get16(i + INODE_CSUM_HIGH) << 16;
	}
	crc = ext4_crc(crc, i + at, fs->inode_bytes - at);
	return (high ? crc : (uint16_t)crc) == wanted;
}

/*
 * The value of the attribute system.data: what of a small file does not fit
 * i_block. @x is the space for attributes inside of the inode.
 */
static const uint8_t *inline_more(const uint8_t *x, uint32_t len,
				  uint32_t *bytes)
{
	const uint8_t *first = x + 4;
	uint32_t at = 0, room = len - 4;

	*bytes = 0;
	if (len < 8 || get32(x) != XATTR_MAGIC)
		return NULL;
	while (at + 16 <= room && get32(first + at)) {
		const uint8_t *e = first + at;
		uint32_t value = get16(e + 2), size = get32(e + 8);

		if (e[0] == 4 && e[1] == XATTR_SYSTEM && at + 20 <= room &&
		    !memcmp(e + 16, "data", 4)) {
			if (get32(e + 4) || value > room || size > room - value)
				return NULL;
			*bytes = size;
			return first + value;
		}
		at += ALIGN_UP(16u + e[0], 4u);
	}
	return NULL;
}

static int inline_fill(struct ext4 *fs, const uint8_t *i,
		       struct ext4_inode *inode)
{
	uint32_t begin = INODE_OLD_BYTES + extra_bytes(fs, i);
	const uint8_t *more;

	if (fs->inode_bytes <= begin)
		return 0;
	more = inline_more(i + begin, fs->inode_bytes - begin,
			   &inode->more_bytes);
	if (more && inode->more_bytes) {
		inode->more = heap_alloc(inode->more_bytes);
		if (!inode->more)
			return -ENOMEM;
		memcpy(inode->more, more, inode->more_bytes);
	}
	return 0;
}

static int inode_fill(struct ext4 *fs, const uint8_t *i,
		      struct ext4_inode *inode)
{
	uint8_t number[4];
	uint32_t extra = extra_bytes(fs, i);

	put32(number, inode->number);
	inode->seed = ext4_crc(fs->seed, number, 4);
	inode->seed = ext4_crc(inode->seed, i + 0x64, 4);
	if (!inode_is_right(fs, inode->seed, i))
		return ext4_bad(fs, "the checksum of inode", inode->number);
	inode->mode = get16(i);
	inode->flags = get32(i + 0x20);
	inode->size_bytes = get32(i + 4) | (uint64_t)get32(i + 0x6c) << 32;
	inode->mtime_s = get32(i + 0x10);
	/* i_mtime_extra: two more bits of seconds; before 1970 is 1970 */
	if (extra >= 0x8c - INODE_OLD_BYTES)
		inode->mtime_s |= (uint64_t)(get32(i + 0x88) & 3) << 32;
	else if (inode->mtime_s > INT32_MAX)
		inode->mtime_s = 0;
	memcpy(inode->block, i + 0x28, sizeof(inode->block));
	if (!inode->mode || inode->size_bytes > INT64_MAX)
		return ext4_bad(fs, "there is nothing in inode", inode->number);
	/* that many blocks are needed at least */
	if (ext4_is_dir(inode) &&
	    inode->size_bytes / fs->block_bytes > fs->block_count)
		return ext4_bad(fs, "the size of the directory in inode",
				inode->number);
	return inode->flags & EXT4_INODE_INLINE ? inline_fill(fs, i, inode) : 0;
}

int ext4_inode_get(struct ext4 *fs, uint32_t number, struct ext4_inode *inode)
{
	uint32_t each = fs->block_bytes / fs->inode_bytes;
	struct ext4_buf *buf;
	uint64_t block = 0;
	uint32_t index;
	int err;

	*inode = (struct ext4_inode){.number = number};
	if (!number || number > fs->inode_count)
		return ext4_bad(fs, "there is no inode", number);
	index = (number - 1) % fs->inodes_per_group;
	err = inode_table(fs, (number - 1) / fs->inodes_per_group, &block);
	if (!err)
		err = ext4_block(fs, block + index / each, &buf);
	if (err)
		return err;
	return inode_fill(fs, buf->data + index % each * fs->inode_bytes,
			  inode);
}

void ext4_inode_put(struct ext4_inode *inode)
{
	heap_free(inode->more);
	inode->more = NULL;
}
