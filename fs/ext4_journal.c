/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ext4: the journal of a file system that was not unmounted.
 *
 * A transaction is descriptor blocks, each followed by copies of the blocks that
 * it lists, then a commit block; revoke blocks list what older transactions must
 * not bring back. Numbers are big-endian. Nothing is written: what the journal
 * has newer is remembered by its place, and read from there.
 */
#include "ext4.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lib/bytes.h>
#include <lib/log.h>
#include <mm/heap.h>

#define LOG_TAG "ext4"

enum {
	TYPE_DESCRIPTOR = 1,
	TYPE_COMMIT = 2,
	TYPE_SUPER_1 = 3,
	TYPE_SUPER_2 = 4,
	TYPE_REVOKE = 5,
};

#define HEAD_BYTES 12 /* magic, type, transaction */

#define FEATURE_REVOKE 0x1
#define FEATURE_64BIT 0x2
#define FEATURE_ASYNC_COMMIT 0x4
#define FEATURE_CSUM_V2 0x8
#define FEATURE_CSUM_V3 0x10
#define FEATURE_FAST_COMMIT 0x20
#define FAST_BLOCKS_DEFAULT 256

#define TAG_ESCAPED 1
#define TAG_SAME_UUID 2
#define TAG_LAST 8

struct revoked {
	uint64_t block;
	uint32_t transaction;
};

enum pass {
	PASS_SCAN, /* which transactions are whole, and how much there is */
	PASS_REVOKE,
	PASS_REPLAY,
};

struct journal {
	struct ext4 *fs;
	struct ext4_inode inode;
	uint8_t *block;       /* that is being looked at */
	uint8_t *copy;        /* of a block that is listed in it */
	uint32_t first, end;  /* of the log's blocks */
	uint32_t start;       /* where it begins */
	uint32_t transaction; /* the first one's number */
	uint32_t past;        /* the first that is not whole */
	uint32_t features;
	uint32_t seed;
	enum pass pass;
	struct revoked *revoked;
	size_t revoked_count, revoked_room;
	struct ext4_newer *newer;
	size_t newer_count, newer_room;
};

static bool has_csums(const struct journal *j)
{
	return j->features & (FEATURE_CSUM_V2 | FEATURE_CSUM_V3);
}

static int block_place(struct journal *j, uint32_t at, uint64_t *block)
{
	uint64_t count;
	int err = ext4_map(j->fs, &j->inode, at, block, &count);

	if (!err && !*block)
		err = ext4_bad(j->fs, "a hole in the journal at block", at);
	return err;
}

static int journal_block(struct journal *j, uint32_t at)
{
	uint64_t block;
	int err = block_place(j, at, &block);

	return err ? err
		   : volume_pread(j->fs->volume, block * j->fs->block_bytes,
				  j->block, j->fs->block_bytes);
}

static uint32_t log_next(const struct journal *j, uint32_t at)
{
	return at + 1 >= j->end ? j->first : at + 1;
}

/* The checksum of a descriptor, revoke or commit block, at @at in it */
static bool block_is_right(struct journal *j, size_t at)
{
	uint32_t wanted, crc;

	if (!has_csums(j))
		return true;
	wanted = get32_be(j->block + at);
	put32(j->block + at, 0);
	crc = ext4_crc(j->seed, j->block, j->fs->block_bytes);
	put32(j->block + at, __builtin_bswap32(wanted));
	return crc == wanted;
}

/*
 * Revoke blocks
 */
static int revoke_block(struct journal *j, uint32_t transaction)
{
	uint32_t each = j->features & FEATURE_64BIT ? 8 : 4;
	uint32_t used = get32_be(j->block + HEAD_BYTES);
	uint32_t room = j->fs->block_bytes - (has_csums(j) ? 4 : 0);

	if (used > room)
		return -EILSEQ;
	for (uint32_t at = HEAD_BYTES + 4; at + each <= used; at += each) {
		const uint8_t *e = j->block + at;
		struct revoked *r;

		if (j->pass == PASS_SCAN) {
			j->revoked_room++;
			continue;
		}
		if (j->pass != PASS_REVOKE ||
		    j->revoked_count == j->revoked_room)
			continue;
		r = &j->revoked[j->revoked_count++];
		r->transaction = transaction;
		r->block = get32_be(e);
		if (each == 8)
			r->block = r->block << 32 | get32_be(e + 4);
	}
	return 0;
}

static int revoked_compare(const void *a, const void *b)
{
	const struct revoked *x = a, *y = b;

	if (x->block != y->block)
		return x->block < y->block ? -1 : 1;
	/* the newest first; numbers wrap */
	return (int32_t)(y->transaction - x->transaction) < 0 ? -1 : 1;
}

static bool is_revoked(const struct journal *j, uint64_t block,
		       uint32_t transaction)
{
	size_t low = 0, high = j->revoked_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (j->revoked[middle].block < block)
			low = middle + 1;
		else
			high = middle;
	}
	return low < j->revoked_count && j->revoked[low].block == block &&
	       (int32_t)(j->revoked[low].transaction - transaction) >= 0;
}

/*
 * Descriptor blocks
 */
struct tag {
	uint64_t block;
	uint32_t flags;
	uint32_t crc;
	uint32_t bytes; /* of the tag */
};

static uint32_t tag_bytes(const struct journal *j)
{
	if (j->features & FEATURE_CSUM_V3)
		return 16;
	return 8u + (j->features & FEATURE_CSUM_V2 ? 2 : 0) +
	       (j->features & FEATURE_64BIT ? 4 : 0);
}

static void tag_parse(const struct journal *j, const uint8_t *t,
		      struct tag *tag)
{
	bool v3 = j->features & FEATURE_CSUM_V3;

	tag->block = get32_be(t);
	tag->flags = v3 ? get32_be(t + 4) : get32_be(t + 4) & 0xffff;
	tag->crc = v3 ? get32_be(t + 12) : get32_be(t + 4) >> 16;
	if (j->features & FEATURE_64BIT)
		tag->block |= (uint64_t)get32_be(t + 8) << 32;
	tag->bytes = tag_bytes(j) + (tag->flags & TAG_SAME_UUID ? 0 : 16);
}

/* The checksum of a copy, with its transaction's number before it */
static int copy_check(struct journal *j, const struct tag *tag,
		      uint32_t transaction, uint64_t place)
{
	uint32_t bytes = j->fs->block_bytes, crc;
	uint8_t number[4];
	int err;

	if (!has_csums(j))
		return 0;
	err = volume_pread(j->fs->volume, place * bytes, j->copy, bytes);
	if (err)
		return err;
	put32(number, __builtin_bswap32(transaction));
	crc = ext4_crc(ext4_crc(j->seed, number, 4), j->copy, bytes);
	if (!(j->features & FEATURE_CSUM_V3))
		crc &= 0xffff;
	return crc == tag->crc ? 0
			       : ext4_bad(j->fs, "the journal's copy of block",
					  tag->block);
}

static int newer_add(struct journal *j, const struct tag *tag,
		     uint32_t transaction, uint32_t at)
{
	struct ext4_newer *n;
	uint64_t copy;
	int err;

	if (is_revoked(j, tag->block, transaction) ||
	    j->newer_count == j->newer_room)
		return 0;
	err = block_place(j, at, &copy);
	if (!err)
		err = copy_check(j, tag, transaction, copy);
	if (err)
		return err;
	n = &j->newer[j->newer_count++];
	n->block = tag->block;
	n->copy = copy | (tag->flags & TAG_ESCAPED ? EXT4_ESCAPED : 0);
	return 0;
}

/* @at: of the descriptor, and then of its last copy */
static int descriptor_block(struct journal *j, uint32_t transaction,
			    uint32_t *at)
{
	uint32_t room = j->fs->block_bytes - (has_csums(j) ? 4 : 0);
	uint32_t from = HEAD_BYTES;
	struct tag tag;

	do {
		if (from + tag_bytes(j) > room)
			return 0; /* it ends without a last one */
		tag_parse(j, j->block + from, &tag);
		from += tag.bytes;
		*at = log_next(j, *at);
		if (j->pass == PASS_SCAN) {
			j->newer_room++;
		} else if (j->pass == PASS_REPLAY) {
			int err = newer_add(j, &tag, transaction, *at);

			if (err)
				return err;
		}
	} while (!(tag.flags & TAG_LAST));
	return 0;
}

/*
 * The log
 */
static bool is_of(const struct journal *j, uint32_t transaction)
{
	return get32_be(j->block) == EXT4_JOURNAL_MAGIC &&
	       get32_be(j->block + 8) == transaction;
}

/* Each log block at most once in a walk, however the log is damaged */
static int log_walk(struct journal *j, enum pass pass)
{
	uint32_t transaction = j->transaction, at = j->start;
	uint32_t tail = j->fs->block_bytes - 4, seen = 0, before = at;
	int err = 0;

	j->pass = pass;
	for (; !err && seen < j->end - j->first; at = log_next(j, at)) {
		if (pass != PASS_SCAN && transaction == j->past)
			return 0;
		err = journal_block(j, at);
		if (err || !is_of(j, transaction))
			break;
		before = at;
		switch (get32_be(j->block + 4)) {
		case TYPE_DESCRIPTOR:
			if (!block_is_right(j, tail))
				goto end;
			err = descriptor_block(j, transaction, &at);
			break;
		case TYPE_REVOKE:
			if (!block_is_right(j, tail))
				goto end;
			err = revoke_block(j, transaction);
			break;
		case TYPE_COMMIT:
			if (!block_is_right(j, 0x10))
				goto end;
			transaction++;
			break;
		default:
			goto end;
		}
		seen += (at >= before ? at - before
				      : at - j->first + j->end - before) +
			1;
	}
end:
	if (pass == PASS_SCAN)
		j->past = transaction;
	return err;
}

static int super_read(struct journal *j)
{
	const uint8_t *s = j->block;
	uint32_t type, fast;
	int err = journal_block(j, 0);

	if (err)
		return err;
	type = get32_be(s + 4);
	if (get32_be(s) != EXT4_JOURNAL_MAGIC ||
	    (type != TYPE_SUPER_1 && type != TYPE_SUPER_2) ||
	    get32_be(s + 0xc) != j->fs->block_bytes)
		return ext4_bad(j->fs, "the journal's superblock, inode",
				j->inode.number);
	j->end = get32_be(s + 0x10);
	j->first = get32_be(s + 0x14);
	j->transaction = get32_be(s + 0x18);
	j->start = get32_be(s + 0x1c);
	j->features = type == TYPE_SUPER_2 ? get32_be(s + 0x28) : 0;
	j->seed = ext4_crc(~0u, s + 0x30, 16);
	if (j->features & ~(uint32_t)(FEATURE_REVOKE | FEATURE_64BIT |
				      FEATURE_ASYNC_COMMIT | FEATURE_CSUM_V2 |
				      FEATURE_CSUM_V3 | FEATURE_FAST_COMMIT))
		return ext4_bad(j->fs, "unknown features of the journal",
				j->features);
	if (j->features & FEATURE_FAST_COMMIT) {
		fast = get32_be(s + 0x54);
		fast = fast ? fast : FAST_BLOCKS_DEFAULT;
		j->end -= MIN(fast, j->end);
		log_warn("%s: its journal has fast commits, which are left "
			 "out: the newest changes to files may be missing",
			 j->fs->volume->name);
	}
	if (!j->first || j->first >= j->end ||
	    (j->start && j->start < j->first) || j->start >= j->end ||
	    j->end > j->inode.size_bytes / j->fs->block_bytes)
		return ext4_bad(j->fs, "the size of the journal in inode",
				j->inode.number);
	return 0;
}

/* Of several copies of a block the last one counts. */
static int newer_compare(const void *a, const void *b)
{
	const struct ext4_newer *x = a, *y = b;

	return x->block < y->block ? -1 : x->block > y->block;
}

static int newer_sort(struct journal *j)
{
	/* with their order, which qsort() does not keep, in place of the
	 * block number's high bits: those are too large for a disk */
	size_t kept = 0;

	for (size_t i = 0; i < j->newer_count; i++) {
		if (j->newer[i].block >= (uint64_t)1 << 40)
			return -EILSEQ;
		j->newer[i].block = j->newer[i].block << 24 | i;
	}
	qsort(j->newer, j->newer_count, sizeof(*j->newer), newer_compare);
	for (size_t i = 0; i < j->newer_count; i++) {
		j->newer[i].block >>= 24;
		if (kept && j->newer[kept - 1].block == j->newer[i].block)
			kept--;
		j->newer[kept++] = j->newer[i];
	}
	j->newer_count = kept;
	return 0;
}

static int replay(struct journal *j)
{
	int err = super_read(j);

	if (err || !j->start)
		return err;
	err = log_walk(j, PASS_SCAN);
	if (err || j->past == j->transaction)
		return err;
	if (j->newer_room > CONFIG_FS_EXT4_JOURNAL_BLOCKS ||
	    j->revoked_room > CONFIG_FS_EXT4_JOURNAL_BLOCKS) {
		log_warn("%s: %lu blocks of journal are more than "
			 "CONFIG_FS_EXT4_JOURNAL_BLOCKS",
			 j->fs->volume->name,
			 (unsigned long)MAX(j->newer_room, j->revoked_room));
		return -EFBIG;
	}
	if (j->revoked_room) {
		j->revoked =
			heap_alloc_array(j->revoked_room, sizeof(*j->revoked));
		if (!j->revoked)
			return -ENOMEM;
		err = log_walk(j, PASS_REVOKE);
		qsort(j->revoked, j->revoked_count, sizeof(*j->revoked),
		      revoked_compare);
	}
	if (err || !j->newer_room)
		return err;
	j->newer = heap_alloc_array(j->newer_room, sizeof(*j->newer));
	if (!j->newer)
		return -ENOMEM;
	err = log_walk(j, PASS_REPLAY);
	return err ? err : newer_sort(j);
}

int ext4_journal_read(struct ext4 *fs)
{
	struct journal *j = heap_alloc(sizeof(*j));
	int err =
		j ? ext4_inode_get(fs, fs->journal_inode, &j->inode) : -ENOMEM;

	if (err) {
		heap_free(j);
		return err;
	}
	j->fs = fs;
	j->block = heap_alloc(fs->block_bytes);
	j->copy = heap_alloc(fs->block_bytes);
	err = j->block && j->copy ? replay(j) : -ENOMEM;
	if (!err && j->newer_count) {
		fs->newer = j->newer;
		fs->newer_count = j->newer_count;
		j->newer = NULL;
		log_info("%s: not unmounted when it was last written: %lu "
			 "blocks are read from its journal",
			 fs->volume->name, (unsigned long)fs->newer_count);
	}
	heap_free(j->newer);
	heap_free(j->revoked);
	heap_free(j->copy);
	heap_free(j->block);
	ext4_inode_put(&j->inode);
	heap_free(j);
	return err;
}
