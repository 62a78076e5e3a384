/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to do about a FAT or exFAT that was in use when the power went.
 *
 * First the marks of fs/fat_lib.h: a file that was being moved keeps one name,
 * one that was being replaced is the old or the new one. Then each directory is
 * walked: parts of entries are removed, chains and sizes brought to agree. Where
 * a first look finds damage that no cut of ours makes, nothing is changed. What
 * has no owner in the end is free. The volume stays marked until all is on the
 * medium, so a cut during this begins it anew; each step is one that may be
 * done twice.
 */
#include "fat_check.h"

#include <errno.h>
#include <string.h>

#include <diskio.h>

#include <lib/bytes.h>
#include <lib/log.h>
#include <mm/heap.h>

#define LOG_TAG "fat"

#define CLUSTERS_MAX ((uint32_t)128 << 20)

int check_fail(struct check *c, FRESULT res)
{
	return fat_errno(c->m, res);
}

/*
 * Directories
 */
void cursor_begin(struct check_cursor *cur, const struct check_dir *dir)
{
	*cur = (struct check_cursor){
		.dir = dir, .cluster = dir->first, .done = 0};
}

/* To the next sector of the directory. Return: 1; 0: there is none; an error */
static int cursor_step(struct check *c, struct check_cursor *cur)
{
	const FATFS *ff = c->ff;
	uint32_t next;

	cur->offset = 0;
	cur->sector++;
	if (!cur->dir->first)
		return cur->sector < ff->n_rootdir * ENTRY_BYTES / ff->ssize;
	if (cur->sector < ff->csize)
		return 1;
	cur->sector = 0;
	if (++cur->done >= cur->dir->clusters)
		return 0;
	next = cur->dir->contiguous ? cur->cluster + 1
				    : fat_next(c->ff, cur->cluster);
	if (next == 0xffffffff)
		return check_fail(c, FR_DISK_ERR);
	if (next < 2 || next >= ff->n_fatent)
		return 0;
	cur->cluster = next;
	return 1;
}

int cursor_next(struct check *c, struct check_cursor *cur, uint8_t *entry,
		struct check_place *at)
{
	FATFS *ff = c->ff;
	FRESULT res;
	int more = 1;

	if (cur->end || (cur->dir->first && !cur->dir->clusters))
		return 0;
	if (cur->offset == ff->ssize)
		more = cursor_step(c, cur);
	if (more <= 0)
		return more;
	at->sector = cur->sector +
		     (cur->dir->first ? fat_cluster_sector(ff, cur->cluster)
				      : ff->dirbase);
	at->offset = cur->offset;
	res = fat_sector(ff, at->sector);
	if (res != FR_OK)
		return check_fail(c, res);
	memcpy(entry, ff->win + at->offset, ENTRY_BYTES);
	cur->offset += ENTRY_BYTES;
	cur->end = !entry[0];
	return !cur->end;
}

int entry_write(struct check *c, const struct check_place *at,
		unsigned int from, const void *data, size_t len)
{
	FRESULT res = c->dry ? FR_OK : fat_sector(c->ff, at->sector);

	if (c->dry || res != FR_OK)
		return check_fail(c, res);
	memcpy(c->ff->win + at->offset + from, data, len);
	c->ff->wflag = 1;
	return 0;
}

int check_add_dir(struct check *c, const struct check_dir *dir)
{
	if (c->dir_count == c->dir_room) {
		size_t room = MAX(2 * c->dir_room, (size_t)64);
		struct check_dir *dirs = heap_alloc_array(room, sizeof(*dirs));

		if (!dirs)
			return -ENOMEM;
		if (c->dir_count)
			memcpy(dirs, c->dirs, c->dir_count * sizeof(*dirs));
		heap_free(c->dirs);
		c->dirs = dirs;
		c->dir_room = room;
	}
	c->dirs[c->dir_count++] = *dir;
	return 0;
}

/*
 * Clusters
 */
static bool is_used(const struct check *c, uint32_t cluster)
{
	return c->used[cluster / 8] >> cluster % 8 & 1;
}

static void set_used(struct check *c, uint32_t cluster)
{
	c->used[cluster / 8] |= (uint8_t)(1 << cluster % 8);
	c->used_count++;
}

static bool is_cluster(const struct check *c, uint32_t cluster)
{
	return cluster >= 2 && cluster < c->ff->n_fatent;
}

static uint32_t bad_cluster(const FATFS *ff)
{
	static const uint32_t bad[] = {
		[FS_FAT12] = 0xff7,
		[FS_FAT16] = 0xfff7,
		[FS_FAT32] = 0x0ffffff7,
		[FS_EXFAT] = 0x7ffffff7,
	};

	return bad[ff->fs_type];
}

int chain_claim(struct check *c, uint32_t first, uint32_t max, bool contiguous,
		uint32_t *count)
{
	uint32_t at = first, last = 0, next = first;
	FRESULT res = FR_OK;

	for (*count = 0; *count < max && is_cluster(c, at); ++*count) {
		next = contiguous ? at + 1 : fat_next(c->ff, at);
		if (next == 0xffffffff)
			return check_fail(c, FR_DISK_ERR);
		/* FAT and exFAT: what is free, or bad, is nobody's */
		if (next == 0 || next == bad_cluster(c->ff))
			break;
		if (is_used(c, at)) {
			c->foreign++;
			break;
		}
		set_used(c, at);
		last = at;
		at = next;
	}
	/* ends where it should: at its size, or by an end mark */
	if (!last || contiguous || next >= c->ff->n_fatent)
		return 0;
	if (c->pass == PASS_MEND && !c->dry)
		res = fat_set(c->ff, last, 0xffffffff);
	return check_fail(c, res);
}

/* What is in use by nobody, in the FAT */
static int free_lost(struct check *c)
{
	FATFS *ff = c->ff;
	FRESULT res = FR_OK;

	for (uint32_t i = 2; i < ff->n_fatent && res == FR_OK; i++) {
		uint32_t value = fat_next(ff, i);

		if (value == 0xffffffff)
			return check_fail(c, FR_DISK_ERR);
		if (!value || value == bad_cluster(ff) || is_used(c, i))
			continue;
		c->lost++;
		res = fat_set(ff, i, 0);
	}
	return check_fail(c, res);
}

/* The first FAT is the one that is read: the others follow it. */
static int copy_fats(struct check *c)
{
	FATFS *ff = c->ff;
	uint8_t *copy = heap_alloc(ff->ssize);
	FRESULT res = copy ? FR_OK : FR_NOT_ENOUGH_CORE;

	for (uint32_t i = 0; ff->n_fats == 2 && i < ff->fsize && res == FR_OK;
	     i++) {
		uint32_t at = ff->fatbase + i;

		res = fat_sector(ff, at);
		if (res == FR_OK &&
		    disk_read(ff->drv, copy, at + ff->fsize, 1) != RES_OK)
			res = FR_DISK_ERR;
		if (res == FR_OK && memcmp(copy, ff->win, ff->ssize))
			ff->wflag = 1; /* written to both */
	}
	heap_free(copy);
	return check_fail(c, res);
}

/*
 * Marks
 */
static unsigned int marked(const struct check *c, uint8_t mark)
{
	return c->marks[mark - FAT_MARK_MIN];
}

static void mark_note(struct check *c, uint8_t mark, uint32_t first)
{
	if (mark < FAT_MARK_MIN)
		return;
	c->marks[mark - FAT_MARK_MIN]++;
	if (c->marked_count < MARKED_MAX)
		c->marked[c->marked_count].first = first;
	c->marked_count++;
}

static void share_note(struct check *c, uint32_t first)
{
	for (unsigned int i = 0; i < c->marked_count; i++)
		if (first && c->marked[i].first == first)
			c->marked[i].names++;
}

/* Has it its clusters together with another name? Nothing has none. */
static bool is_shared(const struct check *c, uint32_t first)
{
	for (unsigned int i = 0; i < c->marked_count; i++)
		if (c->marked[i].first == first)
			return !first || c->marked[i].names > 1;
	return false;
}

/*
 * Others may have written anything into that byte: what has clusters of its own
 * is never removed for a mark, but for a temporary file, which its name shows.
 */
static enum check_verdict settle(const struct check *c, uint8_t mark,
				 uint32_t first, bool temp)
{
	bool done;

	switch (mark) {
	case FAT_NEW:
		return marked(c, FAT_GONE) || !is_shared(c, first)
			       ? ENTRY_UNMARK
			       : ENTRY_REMOVE;
	case FAT_TEMP:
		return temp ? ENTRY_REMOVE : ENTRY_UNMARK;
	case FAT_OVER:
		done = first ? is_shared(c, first) : marked(c, FAT_TARGET);
		return done ? ENTRY_KEEP : ENTRY_UNMARK;
	default:
		return ENTRY_KEEP;
	}
}

enum check_verdict check_mark(struct check *c, uint8_t mark, uint32_t first,
			      bool temp)
{
	switch (c->pass) {
	case PASS_COUNT:
		mark_note(c, mark, first);
		return ENTRY_KEEP;
	case PASS_SHARE:
		share_note(c, first);
		return ENTRY_KEEP;
	case PASS_SETTLE:
		return settle(c, mark, first, temp);
	case PASS_REMOVE:
		if (mark != FAT_GONE && mark != FAT_OVER)
			return ENTRY_KEEP;
		return is_shared(c, first) ? ENTRY_REMOVE : ENTRY_UNMARK;
	default:
		return mark == FAT_TARGET ? ENTRY_UNMARK : ENTRY_KEEP;
	}
}

/*
 * Passes
 */
static int root_dir(struct check *c, struct check_dir *dir)
{
	const FATFS *ff = c->ff;

	*dir = (struct check_dir){.root = true};
	if (ff->fs_type < FS_FAT32)
		return 0;
	dir->first = ff->dirbase;
	return chain_claim(c, dir->first, ff->n_fatent, false, &dir->clusters);
}

static int walk(struct check *c, enum check_pass pass)
{
	bool exfat = c->ff->fs_type == FS_EXFAT;
	struct check_dir dir;
	int err;

	c->pass = pass;
	memset(c->used, 0, c->ff->n_fatent / 8 + 1);
	c->used_count = 0;
	c->dir_count = 0;
	err = root_dir(c, &dir);
	if (!err)
		err = check_add_dir(c, &dir);
	for (size_t i = 0; i < c->dir_count && !err; i++) {
		/* the list moves when it grows */
		dir = c->dirs[i];
		err = exfat ? exfat_check_dir(c, &dir) : fat_check_dir(c, &dir);
	}
	return err ? err : fat_disk_commit(c->ff->drv);
}

static int settle_marks(struct check *c)
{
	int err = walk(c, PASS_COUNT);

	/* one operation leaves two of them, and open files one each */
	if (c->marked_count > MARKED_MAX)
		log_warn("%s: %u files with odd times of creation, which are "
			 "left alone",
			 c->m->volume.name, c->marked_count);
	if (!c->marked_count || c->marked_count > MARKED_MAX)
		return err;
	for (enum check_pass pass = PASS_SHARE; pass < PASS_MEND && !err;
	     pass++)
		err = walk(c, pass);
	return err;
}

static int mend(struct check *c)
{
	FATFS *ff = c->ff;
	int err = settle_marks(c);

	if (err)
		return err;
	c->foreign = 0;
	c->dry = true;
	err = walk(c, PASS_MEND);
	c->dry = false;
	if (err)
		return err;
	if (c->foreign) {
		log_err("%s: %u files or directories share clusters with "
			"others, or have lost theirs",
			c->m->volume.name, c->foreign);
		return -EILSEQ;
	}
	c->resized = c->parts = 0;
	err = walk(c, PASS_MEND);
	if (err)
		return err;
	err = fat_disk_begin(ff->drv, FAT_SHRINK);
	if (!err)
		err = ff->fs_type == FS_EXFAT ? exfat_check_bitmap(c)
					      : free_lost(c);
	if (!err && ff->fs_type != FS_EXFAT)
		err = copy_fats(c);
	ff->free_clst = ff->n_fatent - 2 - c->used_count;
	ff->fsi_flag |= 1;
	if (!err)
		err = check_fail(c, fat_flush_info(ff));
	return err ? err : fat_disk_commit(ff->drv);
}

int fat_check(struct fs_mount *m)
{
	struct fat_disk *d = &fat_of(m)->disk;
	struct check *c;
	int err;

	if (d->ff.n_fatent > CLUSTERS_MAX) {
		log_err("%s: %u clusters are too many to be checked here",
			m->volume.name, d->ff.n_fatent);
		return -EFBIG;
	}
	c = heap_alloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->m = m;
	c->ff = &d->ff;
	c->used = heap_alloc(d->ff.n_fatent / 8 + 1);
	err = c->used ? mend(c) : -ENOMEM;
	if (!err)
		log_info("%s: mended: %u lost clusters freed, %u files cut "
			 "to what is there, %u names and %u parts of names "
			 "removed",
			 m->volume.name, c->lost, c->resized, c->removed,
			 c->parts);
	heap_free(c->dirs);
	heap_free(c->used);
	heap_free(c);
	return err;
}
