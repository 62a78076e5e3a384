/* SPDX-License-Identifier: Apache-2.0 */
/* ext4: where the bytes of a file lie: extents, or blocks of block numbers. */
#include "ext4.h"

#include <errno.h>
#include <string.h>

#include <lib/bytes.h>

#define EXTENT_MAGIC 0xf30a
#define EXTENT_BYTES 12
#define EXTENT_DEPTH_MAX 5
#define EXTENT_LEN_MAX 32768 /* more: so many less, and never written */

#define DIRECT_COUNT 12

/*
 * Extents: a tree whose nodes have a head and sorted entries of 12 bytes
 */
static bool node_is_sane(const uint8_t *node, size_t bytes, unsigned int depth)
{
	unsigned int entries = get16(node + 2), max = get16(node + 4);

	return get16(node) == EXTENT_MAGIC && entries <= max &&
	       (max + 1u) * EXTENT_BYTES <= bytes && get16(node + 6) == depth;
}

/* Behind the entries that a node has room for */
static bool node_is_right(const struct ext4 *fs, const struct ext4_inode *inode,
			  const uint8_t *node)
{
	size_t tail = (get16(node + 4) + 1u) * EXTENT_BYTES;

	if (!fs->checksums)
		return true;
	return tail + 4 <= fs->block_bytes &&
	       ext4_crc(inode->seed, node, tail) == get32(node + tail);
}

/* The last entry that begins at @logical or before; NULL. @next: the one behind
 * it begins there. */
static const uint8_t *node_find(const uint8_t *node, uint32_t logical,
				uint64_t *next)
{
	unsigned int low = 0, high = get16(node + 2);
	const uint8_t *entries = node + EXTENT_BYTES;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (get32(entries + middle * EXTENT_BYTES) <= logical)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < get16(node + 2))
		*next = MIN(*next,
			    (uint64_t)get32(entries + low * EXTENT_BYTES));
	return low ? entries + (low - 1) * EXTENT_BYTES : NULL;
}

static void leaf_map(const uint8_t *e, uint32_t logical, uint64_t next,
		     uint64_t *block, uint64_t *count)
{
	uint32_t len = e ? get16(e + 4) : 0, into = e ? logical - get32(e) : 0;
	bool written = len <= EXTENT_LEN_MAX;

	if (!written)
		len -= EXTENT_LEN_MAX;
	if (into >= len) {
		/* a hole up to the next extent */
		*block = 0;
		*count = next - logical;
		return;
	}
	*count = len - into;
	*block = written ? (get32(e + 8) | (uint64_t)get16(e + 6) << 32) + into
			 : 0;
}

static int extent_map(struct ext4 *fs, const struct ext4_inode *inode,
		      uint64_t logical, uint64_t *block, uint64_t *count)
{
	const uint8_t *node = inode->block, *e;
	unsigned int depth = get16(node + 6);
	size_t bytes = sizeof(inode->block);
	uint64_t next = (uint64_t)UINT32_MAX + 1;
	struct ext4_buf *buf;
	int err;

	if (logical > UINT32_MAX) {
		*block = 0;
		*count = 1;
		return 0;
	}
	for (;;) {
		if (depth > EXTENT_DEPTH_MAX ||
		    !node_is_sane(node, bytes, depth))
			return ext4_bad(fs, "the extents of inode",
					inode->number);
		e = node_find(node, (uint32_t)logical, &next);
		if (!depth || !e)
			break;
		err = ext4_block(
			fs, get32(e + 4) | (uint64_t)get16(e + 8) << 32, &buf);
		if (err)
			return err;
		node = buf->data;
		bytes = fs->block_bytes;
		depth--;
		if (!buf->checked && (!node_is_sane(node, bytes, depth) ||
				      !node_is_right(fs, inode, node)))
			return ext4_bad(fs, "an extent block of inode",
					inode->number);
		buf->checked = true;
	}
	leaf_map(depth ? NULL : e, (uint32_t)logical, next, block, count);
	return 0;
}

/*
 * Block numbers: twelve in the inode, then blocks of them in up to three levels
 */
static int number_at(struct ext4 *fs, uint64_t block, uint32_t index,
		     uint32_t *number)
{
	struct ext4_buf *buf;
	int err = ext4_block(fs, block, &buf);

	if (!err)
		*number = get32(buf->data + (size_t)index * 4);
	return err;
}

static int indirect_map(struct ext4 *fs, const struct ext4_inode *inode,
			uint64_t logical, uint64_t *block, uint64_t *count)
{
	uint64_t each = fs->block_bytes / 4, span = 1;
	unsigned int level = 0;
	uint32_t number;

	*count = 1;
	if (logical < DIRECT_COUNT) {
		*block = get32(inode->block + logical * 4);
		return 0;
	}
	logical -= DIRECT_COUNT;
	do {
		if (level == 3)
			return ext4_bad(fs, "the size of inode", inode->number);
		level++;
		if (level > 1)
			logical -= span;
		span *= each;
	} while (logical >= span);
	number = get32(inode->block + (DIRECT_COUNT - 1 + level) * 4);
	while (level-- && number) {
		int err;

		span /= each;
		err = number_at(fs, number, (uint32_t)(logical / span),
				&number);
		if (err)
			return err;
		logical %= span;
	}
	*block = number;
	return 0;
}

int ext4_map(struct ext4 *fs, const struct ext4_inode *inode, uint64_t logical,
	     uint64_t *block, uint64_t *count)
{
	int err = inode->flags & EXT4_INODE_EXTENTS
			  ? extent_map(fs, inode, logical, block, count)
			  : indirect_map(fs, inode, logical, block, count);

	if (!err && *block &&
	    (*block >= fs->block_count || *count > fs->block_count - *block))
		err = ext4_bad(fs, "blocks that are not there in inode",
			       inode->number);
	return err;
}

/*
 * Reading
 */

/* @count more blocks as long as they follow each other on the disk */
static int map_run(struct ext4 *fs, const struct ext4_inode *inode,
		   uint64_t logical, uint64_t max, uint64_t *block,
		   uint64_t *count)
{
	int err = ext4_map(fs, inode, logical, block, count);

	while (!err && *count < max) {
		uint64_t next, more;

		err = ext4_map(fs, inode, logical + *count, &next, &more);
		if (err || next != (*block ? *block + *count : 0))
			break;
		*count += more;
	}
	*count = MIN(*count, max);
	return err;
}

/* Part of a block, or one of which the journal has a newer copy */
static int read_buffered(struct ext4 *fs, uint64_t block, uint32_t from,
			 void *to, size_t len)
{
	struct ext4_buf *buf;
	int err = ext4_block(fs, block, &buf);

	if (!err)
		memcpy(to, buf->data + from, len);
	return err;
}

static int read_blocks(struct ext4 *fs, uint64_t block, uint64_t count,
		       uint8_t *to)
{
	while (count) {
		size_t at = ext4_newer_find(fs, block);
		uint64_t run = at < fs->newer_count
				       ? MIN(fs->newer[at].block - block, count)
				       : count;
		int err;

		if (run) {
			err = volume_pread(fs->volume, block * fs->block_bytes,
					   to, run * fs->block_bytes);
		} else {
			run = 1;
			err = read_buffered(fs, block, 0, to, fs->block_bytes);
		}
		if (err)
			return err;
		block += run;
		count -= run;
		to += run * fs->block_bytes;
	}
	return 0;
}

static int read_inline(struct ext4 *fs, const struct ext4_inode *inode,
		       uint8_t *to, size_t len, uint64_t offset)
{
	size_t head = sizeof(inode->block);

	if (offset + len > head + inode->more_bytes)
		return ext4_bad(fs, "the inline data of inode", inode->number);
	if (offset < head) {
		size_t part = MIN(len, head - (size_t)offset);

		memcpy(to, inode->block + offset, part);
		to += part;
		len -= part;
		offset += part;
	}
	if (len)
		memcpy(to, inode->more + (offset - head), len);
	return 0;
}

int ext4_read(struct ext4 *fs, const struct ext4_inode *inode, void *buf,
	      size_t len, uint64_t offset)
{
	uint32_t size = fs->block_bytes;
	uint8_t *to = buf;

	if (inode->flags & EXT4_INODE_INLINE)
		return read_inline(fs, inode, to, len, offset);
	while (len) {
		uint32_t from = (uint32_t)(offset % size);
		uint64_t whole = from ? 0 : len / size, block, count;
		size_t part = MIN(len, (size_t)(size - from));
		int err = map_run(fs, inode, offset / size, MAX(whole, 1u),
				  &block, &count);

		if (err)
			return err;
		if (whole)
			part = (size_t)count * size;
		if (!block)
			memset(to, 0, part);
		else if (whole)
			err = read_blocks(fs, block, count, to);
		else
			err = read_buffered(fs, block, from, to, part);
		if (err)
			return err;
		to += part;
		len -= part;
		offset += part;
	}
	return 0;
}
