/* SPDX-License-Identifier: Apache-2.0 */
/* See fat_disk.h. */
#include "fat_disk.h"

#include <errno.h>
#include <string.h>

#include <diskio.h>

#include <lib/bytes.h>
#include <lib/log.h>
#include <mm/heap.h>

#define LOG_TAG "fat"

/*
 * Marks of a volume in use. Microsoft's FAT specification, section 4.1: FAT[1]
 * of FAT16 and FAT32 has a bit that is set while all is well; byte 37 or 65 of
 * the first sector, bit 0, is what Linux sets, and all that FAT12 has.
 * exFAT specification, section 3.1.13: VolumeDirty.
 */
#define FAT16_CLEAN 0x8000u
#define FAT32_CLEAN 0x08000000u
#define BOOT_STATE_16 37
#define BOOT_STATE_32 65
#define BOOT_DIRTY 1
#define EXFAT_FLAGS 106
#define EXFAT_DIRTY 2

enum sector_class {
	SECTOR_INFO, /* FSInfo: a hint, of no matter to anybody */
	SECTOR_FAT,  /* and the bitmap of an exFAT */
	SECTOR_DIR,
};

static struct fat_disk *disk_of(void *drv)
{
	return drv;
}

int fat_disk_init(struct fat_disk *d, const struct volume *v,
		  uint32_t sector_bytes)
{
	d->volume = v;
	d->sector_bytes = sector_bytes;
	d->sector_blocks = sector_bytes / v->block_size;
	d->ff.drv = d;
	if (v->read_only)
		return 0;
	d->held_max = FAT_HELD_BYTES / sector_bytes;
	d->held_data = heap_alloc(FAT_HELD_BYTES);
	if (!d->held_data)
		return -ENOMEM;
	for (unsigned int i = 0; i < d->held_max; i++)
		d->held[i].data = d->held_data + i * sector_bytes;
	return 0;
}

void fat_disk_free(struct fat_disk *d)
{
	heap_free(d->held_data);
}

/*
 * Sectors on the volume, past what is held
 */
static int fail(struct fat_disk *d, int err)
{
	if (err && !d->err)
		d->err = err;
	return err;
}

static int raw_read(struct fat_disk *d, uint32_t sector, void *buf,
		    uint32_t count)
{
	return fail(d,
		    volume_read(d->volume, (uint64_t)sector * d->sector_blocks,
				buf, (size_t)count * d->sector_blocks));
}

/* After a write that failed, what is on the disk is not known any more. */
static int write_fail(struct fat_disk *d, int err)
{
	if (err && !d->failed) {
		d->failed = true;
		log_err("%s: a write failed, error %d: nothing more is "
			"written to this file system",
			d->volume->name, err);
	}
	return fail(d, err);
}

static int raw_write(struct fat_disk *d, uint32_t sector, const void *buf,
		     uint32_t count)
{
	if (d->failed)
		return fail(d, -EIO);
	d->unflushed = true;
	return write_fail(
		d, volume_write(d->volume, (uint64_t)sector * d->sector_blocks,
				buf, (size_t)count * d->sector_blocks));
}

static int flush(struct fat_disk *d)
{
	if (!d->unflushed)
		return 0;
	if (d->failed)
		return fail(d, -EIO);
	d->unflushed = false;
	return write_fail(d, volume_flush(d->volume));
}

/*
 * The mark
 */

/* FAT[1], in a copy of the FAT's first sector */
static void fat_mark_set(const struct fat_disk *d, uint8_t *sector, bool in_use)
{
	uint32_t value;

	if (d->ff.fs_type == FS_FAT16) {
		value = get16(sector + 2);
		value = in_use ? value & ~FAT16_CLEAN : value | FAT16_CLEAN;
		put16(sector + 2, (uint16_t)value);
	} else if (d->ff.fs_type == FS_FAT32) {
		value = get32(sector + 4);
		value = in_use ? value & ~FAT32_CLEAN : value | FAT32_CLEAN;
		put32(sector + 4, value);
	}
}

static bool fat_mark_get(const struct fat_disk *d, const uint8_t *sector)
{
	if (d->ff.fs_type == FS_FAT16)
		return !(get16(sector + 2) & FAT16_CLEAN);
	if (d->ff.fs_type == FS_FAT32)
		return !(get32(sector + 4) & FAT32_CLEAN);
	return false;
}

/* The byte of the boot sector, and its bit */
static unsigned int boot_mark_at(const struct fat_disk *d, uint8_t *bit)
{
	*bit = d->ff.fs_type == FS_EXFAT ? EXFAT_DIRTY : BOOT_DIRTY;
	if (d->ff.fs_type == FS_EXFAT)
		return EXFAT_FLAGS;
	return d->ff.fs_type == FS_FAT32 ? BOOT_STATE_32 : BOOT_STATE_16;
}

static bool has_fat_mark(const struct fat_disk *d)
{
	return d->ff.fs_type == FS_FAT16 || d->ff.fs_type == FS_FAT32;
}

static int boot_mark_write(struct fat_disk *d, uint8_t *sector, bool in_use)
{
	uint8_t bit;
	unsigned int at = boot_mark_at(d, &bit);
	int err = raw_read(d, 0, sector, 1);

	if (err || !(sector[at] & bit) == !in_use)
		return err;
	sector[at] ^= bit;
	return raw_write(d, 0, sector, 1);
}

static int fat_mark_write(struct fat_disk *d, uint8_t *sector, bool in_use)
{
	int err = 0;

	for (unsigned int i = 0; i < d->ff.n_fats && !err; i++) {
		uint32_t at = d->ff.fatbase + i * d->ff.fsize;

		err = raw_read(d, at, sector, 1);
		if (err)
			break;
		fat_mark_set(d, sector, in_use);
		err = raw_write(d, at, sector, 1);
	}
	return err;
}

static int mark(struct fat_disk *d, bool in_use)
{
	uint8_t *sector = heap_alloc(d->sector_bytes);
	int err = 0;

	if (!sector)
		return fail(d, -ENOMEM);
	if (has_fat_mark(d))
		err = fat_mark_write(d, sector, in_use);
	/* Linux's byte is cleared here, and never set beside a mark in FAT[1] */
	if (!err && (!in_use || !has_fat_mark(d)))
		err = boot_mark_write(d, sector, in_use);
	if (!err)
		err = flush(d);
	if (!err)
		d->marked = in_use;
	heap_free(sector);
	return err;
}

int fat_disk_is_marked(struct fat_disk *d, bool *marked)
{
	uint8_t *sector = heap_alloc(d->sector_bytes);
	uint8_t bit;
	unsigned int at = boot_mark_at(d, &bit);
	int err;

	if (!sector)
		return -ENOMEM;
	err = raw_read(d, 0, sector, 1);
	*marked = !err && (sector[at] & bit);
	/* one copy may have been written, and the other not */
	for (unsigned int i = 0; has_fat_mark(d) && i < d->ff.n_fats; i++) {
		if (err || *marked)
			break;
		err = raw_read(d, d->ff.fatbase + i * d->ff.fsize, sector, 1);
		*marked = !err && fat_mark_get(d, sector);
	}
	heap_free(sector);
	d->marked = *marked;
	return err;
}

/*
 * What is held
 */
static uint32_t bitmap_sectors(const struct fat_disk *d)
{
	uint32_t bits = d->sector_bytes * 8;

	return (d->ff.n_fatent - 2 + bits - 1) / bits;
}

static enum sector_class class_of(const struct fat_disk *d, uint32_t sector)
{
	const FATFS *ff = &d->ff;

	if (sector < ff->fatbase)
		return SECTOR_INFO;
	if (sector - ff->fatbase < ff->fsize * ff->n_fats)
		return SECTOR_FAT;
	if (ff->fs_type == FS_EXFAT && sector - ff->bitbase < bitmap_sectors(d))
		return SECTOR_FAT;
	return SECTOR_DIR;
}

static struct fat_held *held_find(struct fat_disk *d, uint32_t sector)
{
	for (unsigned int i = 0; i < d->held_count; i++)
		if (d->held[i].sector == sector)
			return &d->held[i];
	return NULL;
}

/* Forget one; the last takes its place */
static void held_drop(struct fat_disk *d, struct fat_held *h)
{
	struct fat_held *last = &d->held[--d->held_count];
	struct fat_held gone = *h;

	*h = *last;
	*last = gone;
}

static int held_write(struct fat_disk *d, struct fat_held *h)
{
	uint32_t at = h->sector - d->ff.fatbase;
	int err;

	if (has_fat_mark(d) && h->sector >= d->ff.fatbase &&
	    at < d->ff.fsize * d->ff.n_fats && at % d->ff.fsize == 0)
		fat_mark_set(d, h->data, d->marked);
	err = raw_write(d, h->sector, h->data, 1);
	held_drop(d, h);
	return err;
}

static struct fat_held *dir_last(struct fat_disk *d)
{
	struct fat_held *last = NULL;

	for (unsigned int i = 0; i < d->held_count; i++) {
		struct fat_held *h = &d->held[i];

		if (class_of(d, h->sector) == SECTOR_DIR &&
		    (!last || h->touched > last->touched))
			last = h;
	}
	return last;
}

static int write_class(struct fat_disk *d, enum sector_class class,
		       const struct fat_held *but)
{
	uint32_t skip = but ? but->sector : 0;
	int err = 0;

	for (unsigned int i = d->held_count; i-- > 0 && !err;) {
		struct fat_held *h = &d->held[i];

		if (class_of(d, h->sector) == class &&
		    !(but && h->sector == skip))
			err = held_write(d, h);
	}
	return err;
}

/* Each of these leaves nothing unflushed. */
static int write_fat(struct fat_disk *d)
{
	int err = flush(d);

	if (!err)
		err = write_class(d, SECTOR_FAT, NULL);
	return err ? err : flush(d);
}

static int write_dirs(struct fat_disk *d)
{
	struct fat_held *last = dir_last(d);
	int err = flush(d);

	if (err || !last)
		return err;
	if (d->order == FAT_SHRINK) {
		err = held_write(d, last);
		last = NULL;
	} else {
		err = write_class(d, SECTOR_DIR, last);
	}
	if (!err)
		err = flush(d);
	if (!err)
		err = write_class(d, SECTOR_DIR, NULL);
	return err ? err : flush(d);
}

static int write_held(struct fat_disk *d)
{
	int err;

	if (d->order == FAT_SHRINK) {
		err = write_dirs(d);
		if (!err)
			err = write_fat(d);
	} else {
		err = write_fat(d);
		if (!err)
			err = write_dirs(d);
	}
	if (!err)
		err = write_class(d, SECTOR_INFO, NULL);
	return err ? err : flush(d);
}

/*
 * No room: so far the operation has held what may be written already, as it
 * goes through a long chain: FAT sectors, after the directory's in FAT_SHRINK.
 */
static int make_room(struct fat_disk *d)
{
	int err = 0;

	if (d->order == FAT_SHRINK)
		err = write_dirs(d);
	if (!err)
		err = write_fat(d);
	if (!err && d->held_count == d->held_max)
		err = write_held(d);
	return err;
}

static int hold(struct fat_disk *d, uint32_t sector, const uint8_t *data)
{
	struct fat_held *h = held_find(d, sector);
	int err;

	if (!h && d->held_count == d->held_max) {
		err = make_room(d);
		if (err)
			return err;
	}
	if (!h) {
		h = &d->held[d->held_count++];
		h->sector = sector;
	}
	h->touched = ++d->touches;
	memcpy(h->data, data, d->sector_bytes);
	return 0;
}

/*
 * Does the medium say that nobody has the sector's cluster? Such a sector can
 * be written at any time.
 */
static int is_free(struct fat_disk *d, uint32_t sector, bool *free)
{
	const FATFS *ff = &d->ff;
	uint32_t cluster, bytes = d->sector_bytes, at;
	uint8_t *buf;
	int err;

	*free = false;
	if (sector < ff->database || class_of(d, sector) != SECTOR_DIR)
		return 0;
	cluster = (sector - ff->database) / ff->csize;
	if (cluster >= ff->n_fatent - 2)
		return 0;
	buf = heap_alloc(2 * bytes);
	if (!buf)
		return fail(d, -ENOMEM);
	if (ff->fs_type == FS_EXFAT) {
		at = cluster / 8;
		err = raw_read(d, ff->bitbase + at / bytes, buf, 1);
		*free = !(buf[at % bytes] >> cluster % 8 & 1);
		heap_free(buf);
		return err;
	}
	cluster += 2;
	at = ff->fs_type == FS_FAT32   ? cluster * 4
	     : ff->fs_type == FS_FAT16 ? cluster * 2
				       : cluster + cluster / 2;
	/* an entry of FAT12 may lie across two sectors */
	err = raw_read(
		d, ff->fatbase + at / bytes, buf,
		ff->fs_type == FS_FAT12 && at / bytes + 1 < ff->fsize ? 2 : 1);
	at %= bytes;
	if (ff->fs_type == FS_FAT32)
		*free = !(get32(buf + at) & 0x0fffffff);
	else if (ff->fs_type == FS_FAT16)
		*free = !get16(buf + at);
	else
		*free = !(cluster & 1 ? get16(buf + at) >> 4
				      : get16(buf + at) & 0xfff);
	heap_free(buf);
	return err;
}

/*
 * What FatFs calls
 */
DRESULT disk_read(void *drv, BYTE *buf, DWORD sector, UINT count)
{
	struct fat_disk *d = disk_of(drv);
	struct fat_held *h = count == 1 ? held_find(d, sector) : NULL;

	if (h) {
		memcpy(buf, h->data, d->sector_bytes);
		return RES_OK;
	}
	return raw_read(d, sector, buf, count) ? RES_ERROR : RES_OK;
}

/* File data, and new clusters: now. FAT and directories: held. */
static int write_sectors(struct fat_disk *d, const uint8_t *buf,
			 uint32_t sector, uint32_t count)
{
	bool now = buf != d->ff.win;
	int err = 0;

	if (!d->marked)
		err = mark(d, true);
	if (!err && !now)
		err = is_free(d, sector, &now);
	if (err)
		return err;
	if (!now)
		return hold(d, sector, buf);
	for (unsigned int i = d->held_count; i-- > 0;)
		if (d->held[i].sector - sector < count)
			held_drop(d, &d->held[i]);
	return raw_write(d, sector, buf, count);
}

DRESULT disk_write(void *drv, const BYTE *buf, DWORD sector, UINT count)
{
	struct fat_disk *d = disk_of(drv);

	if (!d->held_data)
		return RES_WRPRT;
	return write_sectors(d, buf, sector, count) ? RES_ERROR : RES_OK;
}

DRESULT disk_ioctl(void *drv, BYTE cmd, void *arg)
{
	struct fat_disk *d = disk_of(drv);

	switch (cmd) {
	case GET_SECTOR_SIZE:
		*(WORD *)arg = (WORD)d->sector_bytes;
		return RES_OK;
	case IOCTL_INIT:
	case IOCTL_STATUS:
		*(DSTATUS *)arg = d->held_data ? 0 : STA_PROTECT;
		return RES_OK;
	case CTRL_SYNC: /* fat_disk_commit() does it */
		return RES_OK;
	default:
		return RES_PARERR;
	}
}

/*
 * Operations
 */
int fat_disk_begin(struct fat_disk *d, enum fat_order order)
{
	int err = fat_disk_commit(d);

	d->order = order;
	d->saved_free = d->ff.free_clst;
	d->saved_last = d->ff.last_clst;
	return err;
}

int fat_disk_commit(struct fat_disk *d)
{
	int err = 0;

	if (!d->held_data)
		return 0;
	if (d->ff.wflag) {
		/* what f_sync() and its like have left in the window */
		const FATFS *ff = &d->ff;

		d->ff.wflag = 0;
		err = write_sectors(d, ff->win, ff->winsect, 1);
		if (!err && ff->winsect - ff->fatbase < ff->fsize &&
		    ff->n_fats == 2)
			err = write_sectors(d, ff->win, ff->winsect + ff->fsize,
					    1);
	}
	if (!err)
		err = write_held(d);
	d->order = FAT_GROW;
	return err;
}

void fat_disk_rollback(struct fat_disk *d)
{
	d->held_count = 0;
	d->ff.wflag = 0;
	d->ff.winsect = 0xffffffff;
	d->ff.free_clst = d->saved_free;
	d->ff.last_clst = d->saved_last;
	d->order = FAT_GROW;
}

int fat_disk_clean(struct fat_disk *d)
{
	int err = fat_disk_commit(d);

	if (!err && d->marked)
		err = mark(d, false);
	return err;
}
