/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ext2, ext3 and ext4, read only. The layout is told by the kernel's
 * Documentation/filesystems/ext4/; the names of its fields stand beside offsets
 * here. All that is read may be damaged: numbers are checked where they are
 * taken from the disk, and what goes round in circles is counted.
 */
#ifndef FS_EXT4_H
#define FS_EXT4_H

#include <lib/log.h>
#include <lib/types.h>
#include <lib/util.h>

#include "fsys.h"
#include "volume.h"

/* s_feature_incompat */
#define EXT4_FILETYPE 0x2
#define EXT4_RECOVER 0x4
#define EXT4_META_BG 0x10
#define EXT4_EXTENTS 0x40
#define EXT4_64BIT 0x80
#define EXT4_MMP 0x100
#define EXT4_FLEX_BG 0x200
#define EXT4_EA_INODE 0x400
#define EXT4_CSUM_SEED 0x2000
#define EXT4_LARGEDIR 0x4000
#define EXT4_INLINE_DATA 0x8000
#define EXT4_ENCRYPT 0x10000
#define EXT4_CASEFOLD 0x20000

/* i_flags */
#define EXT4_INODE_COMPRESSED 0x4
#define EXT4_INODE_ENCRYPTED 0x800
#define EXT4_INODE_INDEX 0x1000
#define EXT4_INODE_EXTENTS 0x80000
#define EXT4_INODE_INLINE 0x10000000

/* i_mode */
#define EXT4_MODE_KIND 0xf000
#define EXT4_MODE_DIR 0x4000
#define EXT4_MODE_FILE 0x8000
#define EXT4_MODE_LINK 0xa000

#define EXT4_ROOT_INODE 2
#define EXT4_NAME_MAX 255
#define EXT4_LINKS_MAX 40
#define EXT4_INLINE_MAX 4096 /* bytes of a file inside of its inode */

/* A block in memory */
struct ext4_buf {
	uint64_t block; /* UINT64_MAX: none */
	uint32_t used;  /* counts up */
	bool checked;   /* its checksum was right */
	uint8_t *data;
};

/* Where the journal has a newer copy of a block */
struct ext4_newer {
	uint64_t block;
	uint64_t copy; /* and EXT4_ESCAPED */
};
#define EXT4_ESCAPED BIT(63) /* its first four bytes are the journal's magic */
#define EXT4_JOURNAL_MAGIC 0xc03b3998

struct ext4 {
	struct volume *volume;
	uint32_t block_bytes;
	uint64_t block_count;
	uint64_t free_blocks;
	uint32_t first_block; /* s_first_data_block */
	uint32_t blocks_per_group, inodes_per_group;
	uint32_t group_count, inode_count;
	uint32_t inode_bytes, desc_bytes;
	uint32_t incompat, ro_compat;
	uint32_t first_meta_bg;
	uint32_t backup_groups[2];
	uint32_t journal_inode;
	bool sparse_super, sparse_super2;
	bool checksums;
	uint32_t seed; /* of checksums */

	struct ext4_buf *bufs;
	unsigned int buf_count;
	uint32_t uses;
	uint8_t *buf_data;

	struct ext4_newer *newer; /* sorted by block */
	size_t newer_count;

	struct log_limit limit;
};

struct ext4_inode {
	uint32_t number;
	uint32_t seed; /* of the checksums of what it has */
	uint16_t mode;
	uint32_t flags;
	uint64_t size_bytes;
	uint64_t mtime_s;
	uint8_t block[60]; /* i_block: extents, block numbers or bytes */
	uint8_t *more;     /* inline data beyond them, NULL */
	uint32_t more_bytes;
};

/** ext4_bad() - log what is damaged, for the caller to return. Return: -EIO */
int ext4_bad(struct ext4 *fs, const char *what, uint64_t number);

/**
 * ext4_block() - a block, by way of the buffers and the journal
 * @buf: until the next call
 *
 * Return: 0; -EIO: there is no such block, logged; volume_pread()'s errors.
 */
int __must_check ext4_block(struct ext4 *fs, uint64_t block,
			    struct ext4_buf **buf);
/** ext4_newer_find() - first entry at or behind @block, or newer_count */
size_t ext4_newer_find(const struct ext4 *fs, uint64_t block);
/** ext4_crc() - one step of crc32c */
uint32_t ext4_crc(uint32_t crc, const void *data, size_t len);

/** ext4_inode_get(), ext4_inode_put() - Return: 0; -EIO; -ENOMEM … */
int __must_check ext4_inode_get(struct ext4 *fs, uint32_t number,
				struct ext4_inode *inode);
void ext4_inode_put(struct ext4_inode *inode);

static inline bool ext4_is_dir(const struct ext4_inode *inode)
{
	return (inode->mode & EXT4_MODE_KIND) == EXT4_MODE_DIR;
}

/**
 * ext4_map() - where a file's blocks lie
 * @block: 0: there is a hole, or room that was never written
 * @count: how many follow each other, at least 1
 *
 * Return: 0; -EIO …
 */
int __must_check ext4_map(struct ext4 *fs, const struct ext4_inode *inode,
			  uint64_t logical, uint64_t *block, uint64_t *count);

/** ext4_read() - bytes of a file, @len not beyond its end. Return: 0; … */
int __must_check ext4_read(struct ext4 *fs, const struct ext4_inode *inode,
			   void *buf, size_t len, uint64_t offset);

/* Where reading a directory goes on */
struct ext4_dir_at {
	uint64_t offset;
};

struct ext4_entry {
	uint32_t inode;
	uint8_t kind; /* as on disk: 1 file, 2 directory, 7 link; 0: not told */
	char name[EXT4_NAME_MAX + 1];
};

/** ext4_dir_next() - Return: 1; 0: no more; -EIO … */
int __must_check ext4_dir_next(struct ext4 *fs, const struct ext4_inode *dir,
			       struct ext4_dir_at *at,
			       struct ext4_entry *entry);

/** ext4_walk() - the inode of a path, links followed. Return: 0; -ENOENT … */
int __must_check ext4_walk(struct ext4 *fs, const char *path,
			   struct ext4_inode *inode);

/** ext4_journal_read() - fill newer. Return: 0; -EIO …, logged */
int __must_check ext4_journal_read(struct ext4 *fs);

#endif
