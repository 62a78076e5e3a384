/* SPDX-License-Identifier: Apache-2.0 */
/* Between fs/fat_check*.c: a walk over all directories, and who has a cluster */
#ifndef FS_FAT_CHECK_H
#define FS_FAT_CHECK_H

#include "fat.h"

#define ENTRY_BYTES 32

struct check_dir {
	uint32_t first; /* cluster; 0: the fixed root of FAT12 and FAT16 */
	uint32_t parent;
	uint32_t clusters;
	bool contiguous; /* exFAT: the FAT says nothing about it */
	bool root;
};

/* Where an entry stands on the volume */
struct check_place {
	uint32_t sector;
	uint32_t offset;
};

struct check_cursor {
	const struct check_dir *dir;
	uint32_t cluster, done; /* clusters */
	uint32_t sector;        /* in the cluster, or in the fixed root */
	uint32_t offset;
	bool end;
};

enum check_pass {
	PASS_COUNT,  /* of marks */
	PASS_SHARE,  /* who has the clusters of those that have one */
	PASS_SETTLE, /* who of new, temporary and replaced ones stays */
	PASS_REMOVE, /* old names of what has moved */
	PASS_UNMARK,
	PASS_MEND,
};

/* The first cluster of something with a mark */
#define MARKED_MAX 8
struct check_marked {
	uint32_t first;
	unsigned int names;
};

struct check {
	struct fs_mount *m;
	FATFS *ff;
	uint8_t *used; /* a bit for each cluster */
	uint32_t used_count;
	struct check_dir
		*dirs; /* those that were found, and are to be walked */
	size_t dir_count, dir_room;
	enum check_pass pass;
	bool dry; /* a first look: nothing is changed */
	unsigned int marks[256 - FAT_MARK_MIN];
	struct check_marked marked[MARKED_MAX];
	unsigned int marked_count;
	unsigned int removed, resized, parts;
	uint32_t lost;
	unsigned int foreign; /* damage that no interrupted write makes */
};

/** check_fail() - FRESULT as an error */
int check_fail(struct check *c, FRESULT res);

/** cursor_begin(), cursor_next() - entries of a directory, one by one
 *
 * Return: 1, with a copy in @entry; 0: no more; an error.
 */
void cursor_begin(struct check_cursor *cur, const struct check_dir *dir);
int __must_check cursor_next(struct check *c, struct check_cursor *cur,
			     uint8_t *entry, struct check_place *at);

/** entry_write() - over part of an entry. Return: 0; an error */
int __must_check entry_write(struct check *c, const struct check_place *at,
			     unsigned int from, const void *data, size_t len);

/**
 * chain_claim() - the clusters of a file or directory
 * @max:   further ones are cut off
 * @count: how many are there; the chain is cut where it breaks
 *
 * Return: 0; an error. A cluster that has an owner already is counted as
 * foreign damage.
 */
int __must_check chain_claim(struct check *c, uint32_t first, uint32_t max,
			     bool contiguous, uint32_t *count);

/** check_add_dir() - to be walked. Return: 0; -ENOMEM */
int __must_check check_add_dir(struct check *c, const struct check_dir *dir);

enum check_verdict {
	ENTRY_KEEP,
	ENTRY_UNMARK,
	ENTRY_REMOVE,
};

/**
 * check_mark() - what the pass makes of a file or directory
 * @mark:  its hundredths of a second
 * @first: its first cluster
 * @temp:  it is called as a temporary file is
 */
enum check_verdict check_mark(struct check *c, uint8_t mark, uint32_t first,
			      bool temp);

/** fat_check_dir(), exfat_check_dir() - one directory in the present pass */
int __must_check fat_check_dir(struct check *c, const struct check_dir *dir);
int __must_check exfat_check_dir(struct check *c, const struct check_dir *dir);
/** exfat_check_bitmap() - make it say what is used. Return: 0; an error */
int __must_check exfat_check_bitmap(struct check *c);

#endif
