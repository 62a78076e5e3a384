/* SPDX-License-Identifier: Apache-2.0 */
/* Partitions that are somebody's: whose, and what was mounted there. */
#include <fs/claim.h>

#include <errno.h>
#include <string.h>

#include <core/mutex.h>
#include <drivers/block.h>
#include <mm/heap.h>

#include "fsys.h"
#include "partition.h"

/** struct fs_claim - @mount: what is to be mounted again; NULL: nothing */
struct fs_claim {
	struct volume volume;
	struct fs_mount *mount;
	struct fs_claim *next;
};

/* held from before a disk is looked at until the claim is in the list */
static struct mutex lock;
static struct fs_claim *claims;

void claims_init(void)
{
	mutex_init(&lock);
}

static bool overlap(const struct volume *a, const struct volume *b)
{
	return a->dev == b->dev &&
	       a->first_block < b->first_block + b->block_count &&
	       b->first_block < a->first_block + a->block_count;
}

/* Of one disk. @list: PARTITION_MAX */
static int find_on(struct block_device *dev, const char *name,
		   struct partition *list, struct volume *v)
{
	const struct partition whole = {.block_count = dev->block_count};
	unsigned int count = 0;
	int err = 0;

	volume_init(v, dev, &whole);
	if (!strcmp(name, dev->name))
		return 0;
	if (!strncmp(name, dev->name, strlen(dev->name)))
		err = partition_list(dev, list, &count);
	for (unsigned int i = 0; i < count; i++) {
		volume_init(v, dev, &list[i]);
		if (!strcmp(name, v->name))
			return 0;
	}
	return err ? err : -ENOENT;
}

static int find(const char *name, struct volume *v, const char **why)
{
	struct partition *list = heap_alloc_array(PARTITION_MAX, sizeof(*list));
	struct block_device *dev = NULL;
	int err = list ? -ENOENT : -ENOMEM;

	*why = list ? "no such disk or partition" : "not enough free memory";
	while (err == -ENOENT && (dev = block_next(dev)))
		err = find_on(dev, name, list, v);
	if (dev && err)
		*why = "its disk's partition table cannot be read";
	heap_free(list);
	return err;
}

/* All that was written is there before somebody else looks. */
static int unmount(struct fs_mount *m, const char **why)
{
	int err = m->open_count ? -EBUSY : 0;

	*why = "has open files";
	if (!err && m->fsys->sync && !m->read_only) {
		*why = "its file system cannot be unmounted";
		err = m->fsys->sync(m);
	}
	if (!err) {
		m->fsys->unmount(m);
		m->fsys = NULL;
	}
	return err;
}

/* One that lies on @v alone is taken off; no other may be there. */
static int unmount_from(const struct volume *v, struct fs_mount **mount,
			const char **why)
{
	int err = 0;

	for (struct fs_mount *m = fs_mounts; m && !err; m = m->next) {
		if (!overlap(&m->volume, v))
			continue;
		*why = m == fs_mounts ? "has the root file system"
				      : "a partition of it is mounted";
		if (m == fs_mounts || strcmp(m->volume.name, v->name))
			return -EBUSY;
		mutex_lock(&m->lock);
		if (m->fsys) /* it may not have mounted again */
			err = unmount(m, why);
		mutex_unlock(&m->lock);
		if (!err)
			*mount = m;
	}
	return err;
}

static int take(struct fs_claim *c, const char *name, const char **why)
{
	int err = find(name, &c->volume, why);

	for (struct fs_claim *other = claims; other && !err;
	     other = other->next) {
		*why = "is another guest's, or still being given back";
		if (overlap(&other->volume, &c->volume))
			err = -EBUSY;
	}
	if (err)
		return err;
	*why = "its disk is gone";
	err = block_hold(c->volume.dev);
	if (err)
		return err;
	err = unmount_from(&c->volume, &c->mount, why);
	if (err) {
		if (c->mount)
			mounts_again(c->mount);
		block_let_go(c->volume.dev);
		return err;
	}
	c->next = claims;
	claims = c;
	return 0;
}

int fs_claim(const char *name, struct fs_claim **claim, const char **why)
{
	struct fs_claim *c;
	int err;

	*claim = NULL;
	*why = "there are no disks";
	if (!block_next(NULL)) /* nor was claims_init() called */
		return -ENOENT;
	*why = "not enough free memory";
	c = heap_alloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	mutex_lock(&lock);
	err = take(c, name, why);
	mutex_unlock(&lock);
	if (err)
		heap_free(c);
	else
		*claim = c;
	return err;
}

void fs_claim_drop(struct fs_claim *c)
{
	struct fs_claim **at = &claims;

	/* it may take long, and is nobody else's until then */
	if (c->mount)
		mounts_again(c->mount);
	mutex_lock(&lock);
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	block_let_go(c->volume.dev);
	mutex_unlock(&lock);
	heap_free(c);
}

bool fs_is_claimed(const struct block_device *dev)
{
	bool claimed = false;

	mutex_lock(&lock);
	for (const struct fs_claim *c = claims; c; c = c->next)
		claimed = claimed || c->volume.dev == dev;
	mutex_unlock(&lock);
	return claimed;
}

uint64_t fs_claim_bytes(const struct fs_claim *c)
{
	return volume_bytes(&c->volume);
}

bool fs_claim_is_read_only(const struct fs_claim *c)
{
	return c->volume.read_only;
}

int fs_claim_read(struct fs_claim *c, void *buf, size_t len, uint64_t offset)
{
	return volume_pread(&c->volume, offset, buf, len);
}

int fs_claim_write(struct fs_claim *c, const void *buf, size_t len,
		   uint64_t offset)
{
	return volume_pwrite(&c->volume, offset, buf, len);
}

int fs_claim_flush(struct fs_claim *c)
{
	return volume_flush(&c->volume);
}
