/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories: what the file system lists, and after it what the mounts add:
 * "mnt" in the root, and in /mnt each partition but the root's. A name that the
 * file system has there too is hidden, as a mount point hides what lies under
 * it.
 */
#include "fsys.h"

#include <errno.h>
#include <string.h>

#include <mm/heap.h>

#include "vfs.h"

enum {
	EXTRA_NONE,
	EXTRA_ROOT,
	EXTRA_MNT, /* counts up from here */
};

static const char *const mnt_name = &FS_MNT[1];

static unsigned int extra_of(const struct vfs_path *p)
{
	if (!fs_mounts->next)
		return EXTRA_NONE;
	if (!strcmp(p->text, "/"))
		return EXTRA_ROOT;
	return strcmp(p->text, FS_MNT) ? EXTRA_NONE : EXTRA_MNT;
}

int fs_opendir(const char *path, struct fs_dir **dir)
{
	struct fs_dir *d = heap_alloc(sizeof(*d));
	struct vfs_path p;
	int err;

	if (!d)
		return -ENOMEM;
	err = vfs_enter(path, &p);
	if (err) {
		heap_free(d);
		return err;
	}
	d->extra = extra_of(&p);
	d->mount = p.mount;
	err = p.mount->fsys->opendir(p.mount, p.inside, d);
	p.mount->open_count += !err;
	if (err == -ENOENT && d->extra == EXTRA_MNT) {
		d->mount = NULL;
		err = 0;
	}
	vfs_leave(&p);
	if (err) {
		heap_free(d);
		d = NULL;
	}
	*dir = d;
	return err;
}

static bool is_partition(const char *name)
{
	for (struct fs_mount *m = fs_mounts->next; m; m = m->next)
		if (!strcmp(m->volume.name, name))
			return true;
	return false;
}

static bool is_hidden(const struct fs_dir *d, const char *name)
{
	if (d->extra == EXTRA_ROOT)
		return !strcmp(name, mnt_name);
	return d->extra >= EXTRA_MNT && is_partition(name);
}

static int extra_next(struct fs_dir *d, struct fs_dirent *entry)
{
	struct fs_mount *m = fs_mounts;

	if (d->extra == EXTRA_NONE)
		return 0;
	*entry = (struct fs_dirent){
		.stat = {.kind = FS_DIRECTORY, .read_only = true}};
	if (d->extra == EXTRA_ROOT) {
		d->extra = EXTRA_NONE;
		strcpy(entry->name, mnt_name);
		return 1;
	}
	for (unsigned int i = EXTRA_MNT; i <= d->extra && m; i++)
		m = m->next;
	if (!m)
		return 0;
	d->extra++;
	strcpy(entry->name, m->volume.name);
	return 1;
}

/* The rest is what the mounts add; lock held */
static void dir_end(struct fs_dir *d)
{
	d->mount->fsys->closedir(d);
	d->mount->open_count--;
	d->mount = NULL;
}

int fs_readdir(struct fs_dir *d, struct fs_dirent *entry)
{
	struct fs_mount *m = d->mount;
	int more = 0;

	if (m) {
		mutex_lock(&m->lock);
		do
			more = m->fsys->readdir(d, entry);
		while (more > 0 && is_hidden(d, entry->name));
		if (!more)
			dir_end(d);
		mutex_unlock(&m->lock);
	}
	return more ? more : extra_next(d, entry);
}

void fs_closedir(struct fs_dir *d)
{
	struct fs_mount *m = d ? d->mount : NULL;

	if (m) {
		mutex_lock(&m->lock);
		dir_end(d);
		mutex_unlock(&m->lock);
	}
	heap_free(d);
}
