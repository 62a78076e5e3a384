/* SPDX-License-Identifier: Apache-2.0 */
/* A mounted FAT or exFAT: between fs/fat.c, fs/fat_file.c and fs/fat_check.c */
#ifndef FS_FAT_H
#define FS_FAT_H

#include "fat_disk.h"
#include "fat_lib.h"
#include "fsys.h"

struct fat_file {
	FIL fil;
	struct fat_file *next; /* of those that are open */
	struct fat_place place;
	uint64_t valid_bytes;
	bool write;
	char *temp;   /* FS_REPLACE: what is written, */
	char *target; /* and what it becomes */
};

struct fat_volume {
	struct fat_disk disk;
	struct fat_file *files;
	unsigned int temp_number;
};

static inline struct fat_volume *fat_of(const struct fs_mount *m)
{
	return m->priv;
}

/** fat_errno() - what FatFs says, as an error of fs.h */
int fat_errno(struct fs_mount *m, FRESULT res);
/** fat_begin(), fat_end() - around what changes names or chains; fat_end()
 * commits, or undoes it. Return: 0; an error */
int __must_check fat_begin(struct fs_mount *m, enum fat_order order);
int __must_check fat_end(struct fs_mount *m, FRESULT res);
/** fat_find() - with a look at the name first. Return: 0; an error */
int __must_check fat_find(struct fs_mount *m, const char *path,
			  struct fat_node *node);
/** fat_is_open() - by somebody; @write: for writing */
bool fat_is_open(const struct fat_volume *v, const struct fat_place *place,
		 bool write);

int fat_open(struct fs_mount *m, const char *path, unsigned int flags,
	     struct fs_file *f);
int64_t fat_file_read(struct fs_file *f, void *buf, size_t len,
		      uint64_t offset);
int64_t fat_file_write(struct fs_file *f, const void *buf, size_t len,
		       uint64_t offset);
int fat_file_flush(struct fs_file *f);
int fat_truncate(struct fs_file *f, uint64_t size_bytes);
int fat_close(struct fs_file *f, bool discard);

/**
 * fat_check() - find and mend what an interrupted write has left
 *
 * Return: 0; -EILSEQ: there is damage of another kind, logged, nothing may be
 * written; -ENOMEM; -EIO ….
 */
int __must_check fat_check(struct fs_mount *m);

#endif
