/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which file systems there are, and which is the root: the first, in the order
 * of disks and their tables, that holds /guest; else the first whose partition
 * is marked for booting; else the first.
 */
#include "fsys.h"

#include <errno.h>
#include <string.h>

#include <drivers/block.h>
#include <lib/log.h>
#include <mm/heap.h>

#include "partition.h"

#define LOG_TAG "fs"

struct fs_mount *fs_mounts;
static struct block_device *root_dev; /* held */

static const struct fsys *const kinds[] = {
#ifdef CONFIG_FS_FAT
	&fsys_fat,
#endif
#ifdef CONFIG_FS_EXT4
	&fsys_ext4,
#endif
};

static int mount_kind(struct fs_mount *m, const struct block_device *dev)
{
	int err = -EINVAL;

	for (size_t i = 0; i < ARRAY_SIZE(kinds) && err == -EINVAL; i++) {
		m->fsys = kinds[i];
		m->read_only = dev->read_only;
		err = kinds[i]->mount(m);
	}
	return err;
}

static struct fs_mount *mount_one(struct block_device *dev,
				  const struct partition *p)
{
	struct fs_mount *m = heap_alloc(sizeof(*m));
	int err;

	if (!m) {
		log_err("%s: no memory to mount partition %u", dev->name,
			p->number);
		return NULL;
	}
	volume_init(&m->volume, dev, p);
	m->boot = p->boot;
	mutex_init(&m->lock);
	err = mount_kind(m, dev);
	if (!err)
		return m;
	if (err == -EINVAL)
		log_info("%s: no file system that is known here",
			 m->volume.name);
	else
		log_err("%s: not mounted, error %d", m->volume.name, err);
	heap_free(m);
	return NULL;
}

void mounts_again(struct fs_mount *m)
{
	int err;

	mutex_lock(&m->lock);
	err = mount_kind(m, m->volume.dev);
	if (err) {
		m->fsys = NULL;
		log_info("%s: not mounted again, error %d", m->volume.name,
			 err);
	}
	mutex_unlock(&m->lock);
}

static void mount_disk(struct block_device *dev, struct partition *list,
		       struct fs_mount ***end)
{
	unsigned int count;

	if (partition_list(dev, list, &count))
		return;
	for (unsigned int i = 0; i < count; i++) {
		struct fs_mount *m = mount_one(dev, &list[i]);

		if (!m)
			continue;
		**end = m;
		*end = &m->next;
	}
}

static bool holds_guests(struct fs_mount *m)
{
	struct fs_stat stat;

	return !m->fsys->stat(m, "/guest", &stat) && stat.kind == FS_DIRECTORY;
}

static bool is_boot(struct fs_mount *m)
{
	return m->boot;
}

/* The link to the first that @wanted says yes to; NULL */
static struct fs_mount **find_link(bool (*wanted)(struct fs_mount *m))
{
	for (struct fs_mount **at = &fs_mounts; *at; at = &(*at)->next)
		if (wanted(*at))
			return at;
	return NULL;
}

/*
 * The host keeps the root's disk: no VM gets it from now on. Any other goes to
 * the VM that asks for it, and its files with it.
 */
static void choose_root(void)
{
	struct fs_mount **at = find_link(holds_guests);
	struct fs_mount *root;
	int err;

	if (!at)
		at = find_link(is_boot);
	if (!at)
		at = &fs_mounts;
	root = *at;
	if (!root)
		return;
	*at = root->next;
	root->next = fs_mounts;
	fs_mounts = root;
	err = block_hold(root->volume.dev);
	if (err)
		log_err("%s: the root's disk is gone, error %d",
			root->volume.name, err);
	else
		root_dev = root->volume.dev;
}

unsigned int fs_start(void)
{
	struct fs_mount **end = &fs_mounts;
	struct partition *list;
	struct block_device *dev = NULL;
	unsigned int count = 0;

	if (!block_next(NULL))
		return 0;
	claims_init();
	list = heap_alloc_array(PARTITION_MAX, sizeof(*list));
	if (!list) {
		log_err("no memory to read partition tables");
		return 0;
	}
	while ((dev = block_next(dev)))
		mount_disk(dev, list, &end);
	heap_free(list);
	choose_root();
	for (struct fs_mount *m = fs_mounts; m; m = m->next, count++)
		log_info("%s: %s on %s%s%s", m->volume.name, m->type,
			 m == fs_mounts ? "/" : FS_MNT "/",
			 m == fs_mounts ? "" : m->volume.name,
			 m->read_only ? ", read-only" : "");
	return count;
}

bool fs_mounted(void)
{
	return fs_mounts;
}

struct fs_mount *mounts_find(const char *path, const char **inside)
{
	size_t mnt = strlen(FS_MNT);

	*inside = path;
	if (strncmp(path, FS_MNT "/", mnt + 1) || !fs_mounts)
		return fs_mounts;
	for (struct fs_mount *m = fs_mounts->next; m; m = m->next) {
		size_t len = strlen(m->volume.name);
		const char *rest = path + mnt + 1 + len;

		if (strncmp(path + mnt + 1, m->volume.name, len) ||
		    (*rest && *rest != '/'))
			continue;
		*inside = *rest ? rest : "/";
		return m;
	}
	return fs_mounts;
}

void mounts_drop(void)
{
	while (fs_mounts) {
		struct fs_mount *m = fs_mounts;

		fs_mounts = m->next;
		if (m->fsys)
			m->fsys->unmount(m);
		heap_free(m);
	}
	if (root_dev)
		block_let_go(root_dev);
	root_dev = NULL;
}
