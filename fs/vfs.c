/* SPDX-License-Identifier: Apache-2.0 */
/* The files and names of include/fs/fs.h: to the mount that has them. */
#include "fsys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <mm/heap.h>

#include "vfs.h"

int vfs_enter(const char *path, struct vfs_path *p)
{
	int err;

	p->text = heap_alloc(FS_PATH_MAX);
	if (!p->text)
		return -ENOMEM;
	err = *path == '/' ? fs_path_join("/", path, p->text, FS_PATH_MAX)
			   : -ENOENT;
	p->mount = err ? NULL : mounts_find(p->text, &p->inside);
	if (p->mount) {
		mutex_lock(&p->mount->lock);
		if (p->mount->fsys)
			return 0;
		mutex_unlock(&p->mount->lock);
		err = -EBUSY;
	}
	heap_free(p->text);
	return err ? err : -ENOENT;
}

void vfs_leave(struct vfs_path *p)
{
	mutex_unlock(&p->mount->lock);
	heap_free(p->text);
}

/* Is it one of the directories that only the mounts make? */
static bool is_mnt(const struct vfs_path *p)
{
	return fs_mounts->next && !strcmp(p->text, FS_MNT);
}

bool vfs_is_mount_point(const struct vfs_path *p)
{
	return !strcmp(p->inside, "/") || is_mnt(p);
}

int fs_stat(const char *path, struct fs_stat *stat)
{
	struct vfs_path p;
	int err = vfs_enter(path, &p);

	if (err)
		return err;
	err = p.mount->fsys->stat(p.mount, p.inside, stat);
	if (err == -ENOENT && is_mnt(&p)) {
		*stat = (struct fs_stat){.kind = FS_DIRECTORY,
					 .read_only = true};
		err = 0;
	}
	vfs_leave(&p);
	return err;
}

static int check_flags(const struct fs_mount *m, unsigned int flags)
{
	if (!(flags & FS_WRITE))
		return flags == FS_READ ? 0 : -EINVAL;
	return m->read_only || !m->fsys->write ? -EROFS : 0;
}

int fs_open(const char *path, unsigned int flags, struct fs_file **file)
{
	struct fs_file *f = heap_alloc(sizeof(*f));
	struct vfs_path p;
	int err;

	if (!f)
		return -ENOMEM;
	err = vfs_enter(path, &p);
	if (err) {
		heap_free(f);
		return err;
	}
	f->mount = p.mount;
	f->flags = flags;
	err = check_flags(p.mount, flags);
	if (!err)
		err = p.mount->fsys->open(p.mount, p.inside, flags, f);
	if (err)
		heap_free(f);
	else
		p.mount->open_count++;
	vfs_leave(&p);
	*file = err ? NULL : f;
	return err;
}

int64_t fs_pread(struct fs_file *f, void *buf, size_t len, uint64_t offset)
{
	int64_t done = 0;

	mutex_lock(&f->mount->lock);
	if (offset < f->size_bytes)
		done = f->mount->fsys->read(
			f, buf, MIN((uint64_t)len, f->size_bytes - offset),
			offset);
	mutex_unlock(&f->mount->lock);
	return done;
}

int64_t fs_read(struct fs_file *f, void *buf, size_t len)
{
	int64_t done = fs_pread(f, buf, len, f->pos);

	if (done > 0)
		f->pos += (uint64_t)done;
	return done;
}

int64_t fs_pwrite(struct fs_file *f, const void *buf, size_t len,
		  uint64_t offset)
{
	int64_t done;

	if (!(f->flags & FS_WRITE))
		return -EROFS;
	if (!len)
		return 0;
	mutex_lock(&f->mount->lock);
	done = f->mount->read_only ? -EROFS
				   : f->mount->fsys->write(f, buf, len, offset);
	mutex_unlock(&f->mount->lock);
	return done;
}

int64_t fs_write(struct fs_file *f, const void *buf, size_t len)
{
	uint64_t at = f->flags & FS_APPEND ? f->size_bytes : f->pos;
	int64_t done = fs_pwrite(f, buf, len, at);

	if (done > 0)
		f->pos = at + (uint64_t)done;
	return done;
}

void fs_seek(struct fs_file *f, uint64_t offset)
{
	f->pos = offset;
}

uint64_t fs_size(const struct fs_file *f)
{
	return f->size_bytes;
}

int fs_flush(struct fs_file *f)
{
	int err = 0;

	mutex_lock(&f->mount->lock);
	if (f->mount->fsys->flush)
		err = f->mount->fsys->flush(f);
	mutex_unlock(&f->mount->lock);
	return err;
}

int fs_truncate(struct fs_file *f, uint64_t size_bytes)
{
	int err;

	if (!(f->flags & FS_WRITE))
		return -EROFS;
	mutex_lock(&f->mount->lock);
	err = f->mount->read_only ? -EROFS
				  : f->mount->fsys->truncate(f, size_bytes);
	mutex_unlock(&f->mount->lock);
	return err;
}

static int file_end(struct fs_file *f, bool discard)
{
	struct fs_mount *m = f->mount;
	int err;

	mutex_lock(&m->lock);
	err = m->fsys->close(f, discard);
	m->open_count--;
	mutex_unlock(&m->lock);
	heap_free(f);
	return err;
}

int fs_close(struct fs_file *f)
{
	return file_end(f, false);
}

void fs_discard(struct fs_file *f)
{
	int err = f ? file_end(f, true) : 0;

	/* whoever gives a file up has had its error before */
	(void)err;
}

/* For what changes names: -EROFS, @mounted for where things are mounted */
static int enter_to_change(const char *path, struct vfs_path *p, int mounted)
{
	int err = vfs_enter(path, p);

	if (err)
		return err;
	if (p->mount->read_only || !p->mount->fsys->write)
		err = -EROFS;
	else if (vfs_is_mount_point(p))
		err = mounted;
	if (err)
		vfs_leave(p);
	return err;
}

int fs_mkdir(const char *path)
{
	struct vfs_path p;
	int err = enter_to_change(path, &p, -EEXIST);

	if (err)
		return err;
	err = p.mount->fsys->mkdir(p.mount, p.inside);
	vfs_leave(&p);
	return err;
}

static int name_remove(const char *path, bool directory)
{
	struct vfs_path p;
	int err = enter_to_change(path, &p, -EBUSY);

	if (err)
		return err;
	err = p.mount->fsys->remove(p.mount, p.inside, directory);
	vfs_leave(&p);
	return err;
}

int fs_unlink(const char *path)
{
	return name_remove(path, false);
}

int fs_rmdir(const char *path)
{
	return name_remove(path, true);
}

/* Does @path lie in @dir? Both are tidy. */
static bool lies_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/';
}

int fs_rename(const char *from, const char *to)
{
	char *target = heap_alloc(FS_PATH_MAX);
	const char *inside;
	struct vfs_path p;
	int err;

	if (!target)
		return -ENOMEM;
	err = *to == '/' ? fs_path_join("/", to, target, FS_PATH_MAX) : -ENOENT;
	if (!err)
		err = enter_to_change(from, &p, -EBUSY);
	if (err) {
		heap_free(target);
		return err;
	}
	if (mounts_find(target, &inside) != p.mount)
		err = -EXDEV;
	else if (!strcmp(inside, "/") || !strcmp(target, FS_MNT))
		err = -EEXIST;
	else if (lies_in(inside, p.inside))
		err = -EINVAL;
	else if (strcmp(inside, p.inside))
		err = p.mount->fsys->rename(p.mount, p.inside, inside);
	else
		err = p.mount->fsys->stat(p.mount, inside, &(struct fs_stat){});
	vfs_leave(&p);
	heap_free(target);
	return err;
}

int fs_sync(void)
{
	int err = 0;

	for (struct fs_mount *m = fs_mounts; m; m = m->next) {
		int one = 0;

		mutex_lock(&m->lock);
		if (m->fsys && m->fsys->sync && !m->read_only)
			one = m->fsys->sync(m);
		mutex_unlock(&m->lock);
		if (!err)
			err = one;
	}
	return err;
}

/* With the mount's lock held */
static int volume_info(struct fs_mount *m, struct fs_volume_info *info)
{
	const struct volume *v = &m->volume;

	*info = (struct fs_volume_info){
		.type = m->fsys ? m->type : "a guest's",
		.read_only = m->read_only || !m->fsys || !m->fsys->write,
	};
	snprintf(info->partition, sizeof(info->partition), "%s", v->name);
	if (m == fs_mounts)
		snprintf(info->path, sizeof(info->path), "/");
	else
		snprintf(info->path, sizeof(info->path), FS_MNT "/%s", v->name);
	return m->fsys ? m->fsys->statfs(m, info) : 0;
}

int fs_volume(unsigned int index, struct fs_volume_info *info)
{
	struct fs_mount *m = fs_mounts;
	int err;

	while (m && index--)
		m = m->next;
	if (!m)
		return -ENOENT;
	mutex_lock(&m->lock);
	err = volume_info(m, info);
	mutex_unlock(&m->lock);
	return err;
}

int fs_statfs(const char *path, struct fs_volume_info *info)
{
	struct fs_stat stat;
	struct vfs_path p;
	int err = fs_stat(path, &stat);

	if (!err)
		err = vfs_enter(path, &p);
	if (err)
		return err;
	err = volume_info(p.mount, info);
	vfs_leave(&p);
	return err;
}
