/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files: one tree over the file systems of all disks.
 *
 * FAT12/16/32 and exFAT are read and written, ext2/3/4 are read. One file
 * system is the root; every other one is the directory /mnt/<partition>, as
 * /mnt/vda2. Documentation/file-systems.md says which is which, and what a
 * power cut leaves.
 *
 * Paths are UTF-8 and absolute (fs_path_join() makes them of what a user
 * types); `.` and `..` are resolved as text. All functions sleep: tasks only,
 * no spinlock held. Each mounted file system has one lock of its own, so what
 * is done to one never waits for another. A handle belongs to one task at a
 * time.
 *
 * Errors, of all functions: -ENOENT no such file or directory; -ENOTDIR a part
 * of the path is a file; -EISDIR; -EEXIST; -ENOTEMPTY; -ENAMETOOLONG; -EINVAL a
 * name that the file system cannot hold; -EROFS; -EACCES marked read-only; -ENOSPC full, or no room in a
 * directory; -EFBIG; -EBUSY somebody has it open, or a guest its partition; -EXDEV two file systems;
 * -ELOOP symbolic links; -EOPNOTSUPP what this file system cannot do; -EIO the
 * disk failed or holds nonsense, the log says where; -ETIMEDOUT, -ENODEV of the
 * disk; -ENOMEM.
 */
#ifndef FS_FS_H
#define FS_FS_H

#include <lib/types.h>
#include <lib/util.h>

struct fs_file;
struct fs_dir;

#define FS_NAME_MAX 765  /* bytes of a name: 255 UTF-16 units as UTF-8 */
#define FS_PATH_MAX 1024 /* with the NUL */

/**
 * fs_start() - mount what is on all disks that block_register() was told of
 *
 * Once, from a task, after the drivers have found their disks. Finds and mends
 * what a power cut has interrupted. What cannot be mounted is logged and left
 * out; a machine without disks is fine.
 *
 * Return: how many file systems are mounted now.
 */
unsigned int fs_start(void);

/** fs_mounted() - there is a root file system */
bool fs_mounted(void);

/*
 * Paths
 */

/**
 * fs_path_join() - what @path means in the directory @cwd
 * @cwd:  absolute
 * @path: absolute or not; "" is @cwd
 * @out:  absolute, without `.`, `..`, doubled and trailing slashes; may be @cwd
 * @size: of @out; FS_PATH_MAX holds all that other functions take
 *
 * Return: 0; -ENAMETOOLONG.
 */
int __must_check fs_path_join(const char *cwd, const char *path, char *out,
			      size_t size);

enum fs_kind {
	FS_FILE,
	FS_DIRECTORY,
	FS_SYMLINK, /* from fs_readdir() alone: fs_stat() follows links */
	FS_OTHER,   /* devices and such of an ext4 */
};

struct fs_stat {
	enum fs_kind kind;
	bool read_only;
	uint64_t size_bytes;
	uint64_t mtime_s; /* since 1970; FAT's local time as if it were UTC */
};

/** fs_stat() - what @path is. Return: 0; the errors above */
int __must_check fs_stat(const char *path, struct fs_stat *stat);

/*
 * Files
 */

enum {
	FS_READ = 0,      /* of a file that is there */
	FS_WRITE = 1,     /* and write; a second handle to it is refused */
	FS_CREATE = 2,    /* with FS_WRITE: make it where it is missing */
	FS_EXCLUSIVE = 4, /* with FS_CREATE: -EEXIST where it is there */
	FS_TRUNCATE = 8,  /* with FS_WRITE: begin empty */
	FS_APPEND = 0x10, /* with FS_WRITE: fs_write() at the end */
	/*
	 * With FS_WRITE: write a new file and put it in place of the old one,
	 * if any, by fs_close(). Whenever the power is cut, the name stands
	 * for the whole old file or the whole new one.
	 */
	FS_REPLACE = 0x20,
};

/**
 * fs_open() - @flags of the above
 * @file: the handle
 *
 * Return: 0; the errors above; -EBUSY: it is open for writing, or is to be and
 * somebody reads it.
 */
int __must_check fs_open(const char *path, unsigned int flags,
			 struct fs_file **file);

/**
 * fs_read() - from where the last one ended
 * @buf: large reads go from the disk straight into it
 *
 * Return: bytes, fewer than @len only at the end of the file; an error.
 */
int64_t __must_check fs_read(struct fs_file *file, void *buf, size_t len);

/**
 * fs_pread() - the same from @offset, leaving alone where fs_read() is
 *
 * Return: as fs_read().
 */
int64_t __must_check fs_pread(struct fs_file *file, void *buf, size_t len,
			      uint64_t offset);

/**
 * fs_write() - to where the last one ended
 *
 * Return: bytes, fewer than @len when the disk is full; an error. Zero bytes
 * fill what lies between the old end and where it writes.
 */
int64_t __must_check fs_write(struct fs_file *file, const void *buf,
			      size_t len);

/**
 * fs_pwrite() - the same at @offset, leaving alone where fs_write() is
 *
 * Return: as fs_write().
 */
int64_t __must_check fs_pwrite(struct fs_file *file, const void *buf,
			       size_t len, uint64_t offset);

/** fs_seek() - where fs_read() and fs_write() go on; may be behind the end */
void fs_seek(struct fs_file *file, uint64_t offset);

/** fs_size() - of an open file, in bytes */
uint64_t fs_size(const struct fs_file *file);

/** fs_flush() - what was written to its bytes is on the medium; its size and date
 * may follow by fs_close(). Return: 0; an error */
int __must_check fs_flush(struct fs_file *file);

/** fs_truncate() - to any size; what is added is zero. Return: 0; an error */
int __must_check fs_truncate(struct fs_file *file, uint64_t size_bytes);

/**
 * fs_close() - the handle is gone whatever is returned
 *
 * Return: 0: what was written is on the medium, and with FS_REPLACE stands
 * under its name; an error.
 */
int __must_check fs_close(struct fs_file *file);

/** fs_discard() - close; a file of FS_REPLACE is forgotten; NULL is fine */
void fs_discard(struct fs_file *file);

/*
 * Directories
 */

struct fs_dirent {
	struct fs_stat stat;
	char name[FS_NAME_MAX + 1];
};

/** fs_opendir() - Return: 0; the errors above */
int __must_check fs_opendir(const char *path, struct fs_dir **dir);
/**
 * fs_readdir() - the next entry, without `.` and `..`, in no order
 *
 * What is created or removed meanwhile may show or not.
 *
 * Return: 1; 0: no more; an error.
 */
int __must_check fs_readdir(struct fs_dir *dir, struct fs_dirent *entry);
/** fs_closedir() - NULL is fine */
void fs_closedir(struct fs_dir *dir);

/*
 * Names. Each of these is on the medium when it returns.
 */

/** fs_mkdir() - Return: 0; the errors above */
int __must_check fs_mkdir(const char *path);
/** fs_unlink() - remove a file; -EISDIR a directory. Return: 0; an error */
int __must_check fs_unlink(const char *path);
/** fs_rmdir() - remove an empty directory. Return: 0; an error */
int __must_check fs_rmdir(const char *path);
/**
 * fs_rename() - inside one file system
 *
 * A file @to is replaced: it is the old or the new one whenever the power is
 * cut. -EEXIST: a directory @to; -EINVAL: @to lies in @from.
 *
 * Return: 0; the errors above.
 */
int __must_check fs_rename(const char *from, const char *to);

/*
 * File systems
 */

/**
 * fs_sync() - all file systems: what was written is on the medium, and those
 * without open files are marked as well kept
 *
 * Before a reset or power-off, and at the end of a command that writes.
 *
 * Return: 0; the first error.
 */
int __must_check fs_sync(void);

struct fs_volume_info {
	char path[40];      /* "/" or "/mnt/vda2" */
	char partition[32]; /* "vda2", "vda" for a whole disk */
	const char *type;   /* "FAT32", "exFAT", "ext4", … */
	bool read_only;
	uint32_t cluster_bytes; /* what files take multiples of */
	uint64_t size_bytes;
	uint64_t free_bytes;
};

/** fs_volume() - the @index'th, the root first. Return: 0; -ENOENT; -EIO … */
int __must_check fs_volume(unsigned int index, struct fs_volume_info *info);

/** fs_statfs() - the one that holds @path. Return: 0; the errors above */
int __must_check fs_statfs(const char *path, struct fs_volume_info *info);

#endif
