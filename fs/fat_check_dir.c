/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checking a directory of FAT12, FAT16 or FAT32: Microsoft's FAT specification,
 * sections 6 and 7. A long name is a row of entries before the short one, which
 * alone has clusters and size.
 */
#include "fat_check.h"

#include <errno.h>
#include <string.h>

#include <lib/bytes.h>

#define DELETED 0xe5
#define ATTR_VOLUME 0x08
#define ATTR_DIRECTORY 0x10
#define ATTR_LONG 0x0f
#define LONG_LAST 0x40
#define LONG_MAX 20

#define AT_ATTR 11
#define AT_TIME10 13
#define AT_LONG_SUM 13
#define AT_FIRST_HIGH 20
#define AT_FIRST_LOW 26
#define AT_SIZE 28

/* The long name that is being passed */
struct long_name {
	struct check_place parts[LONG_MAX];
	unsigned int count;
	unsigned int left; /* parts that should follow, numbered down to 1 */
	uint8_t sum;
};

struct fat_walk {
	struct check *c;
	const struct check_dir *dir;
	struct long_name name;
	unsigned int index;
};

static uint32_t first_of(const struct check *c, const uint8_t *e)
{
	uint32_t first = get16(e + AT_FIRST_LOW);

	if (c->ff->fs_type == FS_FAT32)
		first |= (uint32_t)get16(e + AT_FIRST_HIGH) << 16;
	return first;
}

static int first_set(struct check *c, const struct check_place *at,
		     uint32_t first)
{
	uint8_t high[2], low[2];
	int err = 0;

	put16(high, (uint16_t)(first >> 16));
	put16(low, (uint16_t)first);
	if (c->ff->fs_type == FS_FAT32)
		err = entry_write(c, at, AT_FIRST_HIGH, high, 2);
	return err ? err : entry_write(c, at, AT_FIRST_LOW, low, 2);
}

static int size_set(struct check *c, const struct check_place *at,
		    uint32_t size)
{
	uint8_t bytes[4];

	put32(bytes, size);
	c->resized++;
	return entry_write(c, at, AT_SIZE, bytes, 4);
}

static int entry_remove(struct check *c, const struct check_place *at)
{
	static const uint8_t deleted = DELETED;

	return entry_write(c, at, 0, &deleted, 1);
}

/*
 * Long names
 */
static int parts_remove(struct fat_walk *w)
{
	struct long_name *n = &w->name;
	int err = 0;

	for (unsigned int i = 0; i < n->count && !err; i++)
		if (w->c->pass == PASS_MEND) {
			err = entry_remove(w->c, &n->parts[i]);
			w->c->parts++;
		}
	n->count = 0;
	return err;
}

static int part_pass(struct fat_walk *w, const uint8_t *e,
		     const struct check_place *at)
{
	struct long_name *n = &w->name;
	unsigned int number = e[0] & (LONG_LAST - 1);
	bool begins = e[0] & LONG_LAST && number && number <= LONG_MAX;
	bool goes_on = n->count && n->left && !(e[0] & LONG_LAST) &&
		       number == n->left && e[AT_LONG_SUM] == n->sum;
	int err = goes_on ? 0 : parts_remove(w);

	if (err)
		return err;
	n->parts[n->count++] = *at;
	if (!goes_on && !begins)
		return parts_remove(w);
	n->left = number - 1;
	n->sum = e[AT_LONG_SUM];
	return 0;
}

/* Does the long name belong to the short one behind it? */
static bool name_fits(const struct long_name *n, const uint8_t *e)
{
	return n->count && !n->left && n->sum == fat_short_sum(e);
}

/*
 * Files and directories
 */
static int check_file(struct fat_walk *w, const uint8_t *e,
		      const struct check_place *at)
{
	struct check *c = w->c;
	uint32_t first = first_of(c, e), size = get32(e + AT_SIZE), count = 0;
	uint32_t bytes = (uint32_t)c->ff->csize * c->ff->ssize;
	uint32_t max = size / bytes + (size % bytes != 0);
	int err = first ? chain_claim(c, first, max, false, &count) : 0;

	if (err)
		return err;
	if (count < max)
		err = size_set(c, at, count * bytes);
	if (!err && first && !count)
		err = first_set(c, at, 0);
	return err;
}

static int check_subdir(struct fat_walk *w, const uint8_t *e)
{
	struct check *c = w->c;
	struct check_dir dir = {
		.first = first_of(c, e),
		.parent = w->dir->root ? 0 : w->dir->first,
	};
	int err = chain_claim(c, dir.first, c->ff->n_fatent, false,
			      &dir.clusters);

	if (err)
		return err;
	if (!dir.clusters) {
		c->foreign++;
		return 0;
	}
	return check_add_dir(c, &dir);
}

/* A moved directory's `..` may still name the old place. */
static int check_parent(struct fat_walk *w, const uint8_t *e,
			const struct check_place *at)
{
	if (w->c->pass != PASS_MEND || w->index != 2 ||
	    memcmp(e, "..         ", 11) || first_of(w->c, e) == w->dir->parent)
		return 0;
	return first_set(w->c, at, w->dir->parent);
}

static int check_short(struct fat_walk *w, const uint8_t *e,
		       const struct check_place *at)
{
	static const uint8_t none;
	struct check *c = w->c;
	bool directory = e[AT_ATTR] & ATTR_DIRECTORY;

	switch (check_mark(c, e[AT_TIME10], first_of(c, e),
			   !memcmp(e, "~CV", 3))) {
	case ENTRY_REMOVE:
		c->removed++;
		return entry_remove(c, at);
	case ENTRY_UNMARK:
		if (entry_write(c, at, AT_TIME10, &none, 1))
			return -EIO;
		break;
	case ENTRY_KEEP:
		break;
	}
	if (directory)
		return check_subdir(w, e);
	return c->pass == PASS_MEND ? check_file(w, e, at) : 0;
}

static int check_entry(struct fat_walk *w, const uint8_t *e,
		       const struct check_place *at)
{
	uint8_t attr = e[AT_ATTR] & 0x3f;
	int err = 0;

	if (e[0] != DELETED && attr == ATTR_LONG)
		return part_pass(w, e, at);
	if (e[0] == DELETED || attr & ATTR_VOLUME || !name_fits(&w->name, e))
		err = parts_remove(w);
	w->name.count = 0;
	if (err || e[0] == DELETED || attr & ATTR_VOLUME)
		return err;
	if (e[0] == '.')
		return check_parent(w, e, at);
	return check_short(w, e, at);
}

int fat_check_dir(struct check *c, const struct check_dir *dir)
{
	struct fat_walk w = {.c = c, .dir = dir};
	struct check_cursor cur;
	struct check_place at;
	uint8_t entry[ENTRY_BYTES];
	int more;

	cursor_begin(&cur, dir);
	while ((more = cursor_next(c, &cur, entry, &at)) > 0) {
		int err;

		w.index++;
		err = check_entry(&w, entry, &at);
		if (err)
			return err;
	}
	return more ? more : parts_remove(&w);
}
