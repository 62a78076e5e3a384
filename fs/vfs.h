/* SPDX-License-Identifier: Apache-2.0 */
/* Between fs/vfs.c and fs/vfs_dir.c */
#ifndef FS_VFS_H
#define FS_VFS_H

#include "fsys.h"

/* A path that a caller gave, and who has it */
struct vfs_path {
	char *text; /* tidy, from the root of all */
	struct fs_mount *mount;
	const char *inside; /* part of text */
};

/** vfs_enter() - take the mount's lock. Return: 0; the errors of fs.h */
int __must_check vfs_enter(const char *path, struct vfs_path *p);
void vfs_leave(struct vfs_path *p);

/** vfs_is_mount_point() - the root, /mnt where it counts, /mnt/<partition> */
bool vfs_is_mount_point(const struct vfs_path *p);

#endif
