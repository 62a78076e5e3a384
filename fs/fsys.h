/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kind of file system does for fs/vfs.c. All is called with the mount's
 * lock held. Paths are absolute inside of the file system, and tidy: "/" or
 * "/a/b".
 */
#ifndef FS_FSYS_H
#define FS_FSYS_H

#include <core/mutex.h>
#include <fs/fs.h>

#include "volume.h"

struct fs_mount {
	struct mutex lock;
	struct volume volume;
	const struct fsys *fsys; /* NULL: somebody has the partition, claim.h */
	const char *type;        /* "FAT32" */
	void *priv;              /* the file system's */
	bool read_only;
	bool boot; /* its partition is what the table says to boot from */
	unsigned int open_count; /* files and directories */
	struct fs_mount *next;
};

struct fs_file {
	struct fs_mount *mount;
	void *priv;
	uint64_t size_bytes; /* the file system keeps it up to date */
	uint64_t pos;
	unsigned int flags; /* of fs_open() */
};

struct fs_dir {
	struct fs_mount *mount; /* NULL: nothing but what extra says */
	void *priv;
	unsigned int extra; /* names that the VFS adds, see vfs_dir.c */
};

/* What is NULL cannot be done: -EROFS. */
struct fsys {
	const char *name;
	/*
	 * Look at mount->volume, fill type, priv, read_only. -EINVAL: another
	 * kind of file system, nothing logged; other errors: its own, but it
	 * cannot be mounted, what is wrong with it is logged.
	 */
	int (*mount)(struct fs_mount *m);
	int (*stat)(struct fs_mount *m, const char *path, struct fs_stat *stat);
	int (*open)(struct fs_mount *m, const char *path, unsigned int flags,
		    struct fs_file *f);
	int64_t (*read)(struct fs_file *f, void *buf, size_t len,
			uint64_t offset);
	int64_t (*write)(struct fs_file *f, const void *buf, size_t len,
			 uint64_t offset);
	int (*flush)(struct fs_file *f);
	int (*truncate)(struct fs_file *f, uint64_t size_bytes);
	/* Frees priv whatever it returns. */
	int (*close)(struct fs_file *f, bool discard);
	int (*opendir)(struct fs_mount *m, const char *path, struct fs_dir *d);
	int (*readdir)(struct fs_dir *d, struct fs_dirent *entry);
	void (*closedir)(struct fs_dir *d);
	int (*mkdir)(struct fs_mount *m, const char *path);
	int (*remove)(struct fs_mount *m, const char *path, bool directory);
	int (*rename)(struct fs_mount *m, const char *from, const char *to);
	int (*sync)(struct fs_mount *m);
	int (*statfs)(struct fs_mount *m, struct fs_volume_info *info);
	/* Give priv back; nothing is open, nothing is written. */
	void (*unmount)(struct fs_mount *m);
};

extern const struct fsys fsys_fat;
extern const struct fsys fsys_ext4;

/*
 * The mounts, fs/mounts.c: the root first. Made by fs_start(), then constant.
 */
extern struct fs_mount *fs_mounts;

/* "/mnt/<partition>" */
#define FS_MNT "/mnt"

/**
 * mounts_find() - the file system that holds a tidy absolute path
 * @inside: the rest of the path in it
 *
 * Return: NULL: there is none; /mnt itself is the root's, if there is a root.
 */
struct fs_mount *mounts_find(const char *path, const char **inside);

/** mounts_again() - its partition is nobody's any more; what it says is logged */
void mounts_again(struct fs_mount *m);

/** claims_init() - before any disk is looked at, fs/claim.c */
void claims_init(void);

/** mounts_drop() - unmount all, without writing; for tests */
void mounts_drop(void);

#endif
