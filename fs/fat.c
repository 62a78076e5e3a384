/* SPDX-License-Identifier: Apache-2.0 */
/* FAT12, FAT16, FAT32 and exFAT for fs/vfs.c: mounting, names, directories. */
#include "fat.h"

#include <errno.h>
#include <string.h>

#include <lib/bytes.h>
#include <lib/log.h>
#include <mm/heap.h>

#define LOG_TAG "fat"

int fat_errno(struct fs_mount *m, FRESULT res)
{
	struct fat_disk *d = &fat_of(m)->disk;

	switch (res) {
	case FR_OK:
		return 0;
	case FR_DISK_ERR:
		return d->err ? d->err : -EIO;
	case FR_NO_FILE:
	case FR_NO_PATH:
		return -ENOENT;
	case FR_INVALID_NAME:
		return -EINVAL;
	case FR_DENIED: /* callers have looked at the other reasons */
		return -ENOSPC;
	case FR_EXIST:
		return -EEXIST;
	case FR_WRITE_PROTECTED:
		return -EROFS;
	case FR_NOT_ENOUGH_CORE:
		return -ENOMEM;
	default:
		log_err("%s: the file system is damaged: check it with "
			"fsck.%s",
			m->volume.name,
			d->ff.fs_type == FS_EXFAT ? "exfat" : "fat");
		return -EIO;
	}
}

int fat_begin(struct fs_mount *m, enum fat_order order)
{
	struct fat_disk *d = &fat_of(m)->disk;

	d->err = 0;
	return fat_disk_begin(d, order);
}

int fat_end(struct fs_mount *m, FRESULT res)
{
	struct fat_disk *d = &fat_of(m)->disk;
	int err = fat_errno(m, res);

	if (!err)
		err = fat_disk_commit(d);
	else
		fat_disk_rollback(d);
	if (d->failed)
		m->read_only = true;
	return err;
}

/* FatFs takes a backslash for a slash, and counts names in UTF-16. */
static int check_names(const char *path)
{
	unsigned int units = 0;

	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (c == '\\')
			return -EINVAL;
		if (c == '/')
			units = 0;
		else if ((c & 0xc0) != 0x80)
			units += c >= 0xf0 ? 2 : 1;
		if (units > FF_MAX_LFN)
			return -ENAMETOOLONG;
	}
	return 0;
}

/* Why is there no such path: is a part of it a file? */
static int why_no_path(struct fs_mount *m, const char *path)
{
	char *part = heap_alloc(FS_PATH_MAX);
	struct fat_node node;
	FRESULT res = FR_NO_PATH;

	if (!part)
		return -ENOMEM;
	strncpy(part, path, FS_PATH_MAX - 1);
	while (res == FR_NO_PATH || res == FR_NO_FILE) {
		char *slash = strrchr(part, '/');

		if (!slash || slash == part)
			break;
		*slash = '\0';
		res = fat_lookup(&fat_of(m)->disk.ff, part, &node);
	}
	heap_free(part);
	return res == FR_OK && !node.directory ? -ENOTDIR : -ENOENT;
}

int fat_find(struct fs_mount *m, const char *path, struct fat_node *node)
{
	struct fat_disk *d = &fat_of(m)->disk;
	int err = check_names(path);
	FRESULT res;

	if (err)
		return err;
	d->err = 0;
	res = fat_lookup(&d->ff, path, node);
	return res == FR_NO_PATH ? why_no_path(m, path) : fat_errno(m, res);
}

bool fat_is_open(const struct fat_volume *v, const struct fat_place *place,
		 bool write)
{
	for (const struct fat_file *f = v->files; f; f = f->next)
		if (f->place.dir == place->dir &&
		    f->place.offset == place->offset && (f->write || !write))
			return true;
	return false;
}

/* Days since 1970 of a date from 1980 on, Gregorian */
static uint64_t date_days(unsigned int year, unsigned int month,
			  unsigned int day)
{
	static const uint16_t before[] = {0,   31,  59,  90,  120, 151,
					  181, 212, 243, 273, 304, 334};
	unsigned int leaps = (year - 1969) / 4 - (year > 2100);

	if (month < 1 || month > 12)
		month = 1;
	if (year % 4 == 0 && year != 2100 && month > 2)
		day++;
	return (year - 1970) * 365ull + leaps + before[month - 1] + day - 1;
}

static uint64_t seconds_of(uint16_t date, uint16_t time)
{
	if (!date)
		return 0;
	return date_days(1980 + (date >> 9), date >> 5 & 15,
			 MAX(date & 31, 1)) *
		       86400 +
	       (time >> 11) * 3600u + (time >> 5 & 63) * 60u + (time & 31) * 2u;
}

static int stat_path(struct fs_mount *m, const char *path, struct fs_stat *stat)
{
	struct fat_node node;
	int err = fat_find(m, path, &node);

	if (err)
		return err;
	*stat = (struct fs_stat){
		.kind = node.directory ? FS_DIRECTORY : FS_FILE,
		.read_only = m->read_only || node.locked,
		.size_bytes = node.size_bytes,
		.mtime_s = seconds_of(node.date, node.time),
	};
	return 0;
}

/*
 * Directories
 */
struct fat_dir {
	FF_DIR dir;
	FILINFO info;
};

static int open_dir(struct fs_mount *m, const char *path, struct fs_dir *d)
{
	struct fat_dir *dir;
	struct fat_node node;
	int err = fat_find(m, path, &node);

	if (!err && !node.directory)
		err = -ENOTDIR;
	if (err)
		return err;
	dir = heap_alloc(sizeof(*dir));
	if (!dir)
		return -ENOMEM;
	err = fat_errno(m, f_opendir(&fat_of(m)->disk.ff, &dir->dir, path));
	if (err) {
		heap_free(dir);
		return err;
	}
	d->priv = dir;
	return 0;
}

static int read_dir(struct fs_dir *d, struct fs_dirent *entry)
{
	struct fat_dir *dir = d->priv;
	int err;

	_Static_assert(sizeof(entry->name) >= sizeof(dir->info.fname), "name");
	fat_of(d->mount)->disk.err = 0;
	err = fat_errno(d->mount, f_readdir(&dir->dir, &dir->info));
	if (err || !dir->info.fname[0])
		return err;
	strcpy(entry->name, dir->info.fname);
	entry->stat = (struct fs_stat){
		.kind = dir->info.fattrib & AM_DIR ? FS_DIRECTORY : FS_FILE,
		.read_only =
			d->mount->read_only || (dir->info.fattrib & AM_RDO),
		.size_bytes = dir->info.fattrib & AM_DIR ? 0 : dir->info.fsize,
		.mtime_s = seconds_of(dir->info.fdate, dir->info.ftime),
	};
	return 1;
}

static void close_dir(struct fs_dir *d)
{
	heap_free(d->priv);
}

/*
 * Names
 */
static int make_dir(struct fs_mount *m, const char *path)
{
	struct fat_node node;
	int err = fat_find(m, path, &node);

	if (err != -ENOENT)
		return err ? err : -EEXIST;
	err = fat_begin(m, FAT_GROW);
	return err ? err : fat_end(m, f_mkdir(&fat_of(m)->disk.ff, path));
}

static int remove_name(struct fs_mount *m, const char *path, bool directory)
{
	struct fat_node node;
	int err = fat_find(m, path, &node);
	FRESULT res;

	if (err)
		return err;
	if (node.directory != directory)
		return directory ? -ENOTDIR : -EISDIR;
	if (node.locked)
		return -EACCES;
	if (fat_is_open(fat_of(m), &node.place, false))
		return -EBUSY;
	err = fat_begin(m, FAT_SHRINK);
	if (err)
		return err;
	res = f_unlink(&fat_of(m)->disk.ff, path);
	err = fat_end(m, res);
	return res == FR_DENIED && directory ? -ENOTEMPTY : err;
}

/* Does @path lie in the directory @dir, in whatever letters it is written? */
static int lies_in(struct fs_mount *m, const char *path,
		   const struct fat_node *dir, bool *inside)
{
	char *part = heap_alloc(FS_PATH_MAX), *slash;
	struct fat_node node;
	int err = 0;

	*inside = false;
	if (!part)
		return -ENOMEM;
	strncpy(part, path, FS_PATH_MAX - 1);
	while (!err && !*inside && (slash = strrchr(part, '/')) != part) {
		*slash = '\0';
		err = fat_find(m, part, &node);
		*inside = !err && node.place.dir == dir->place.dir &&
			  node.place.offset == dir->place.offset;
	}
	heap_free(part);
	return err;
}

static int rename_name(struct fs_mount *m, const char *from, const char *to)
{
	struct fat_volume *v = fat_of(m);
	struct fat_node old, new;
	bool inside = false;
	int err = fat_find(m, from, &old);

	if (!err && old.directory)
		err = lies_in(m, to, &old, &inside);
	if (err)
		return err;
	if (inside)
		return -EINVAL;
	err = fat_find(m, to, &new);
	if (err && err != -ENOENT)
		return err;
	if (fat_is_open(v, &old.place, false) ||
	    (!err && fat_is_open(v, &new.place, false)))
		return -EBUSY;
	if (!err && new.locked)
		return -EACCES;
	err = fat_begin(m, FAT_GROW);
	return err ? err : fat_end(m, fat_move(&v->disk, from, to, false));
}

/*
 * The whole
 */
static int sync_all(struct fs_mount *m)
{
	struct fat_volume *v = fat_of(m);
	bool writers = false;
	FRESULT res = FR_OK;
	int err;

	v->disk.err = 0;
	for (struct fat_file *f = v->files; f && res == FR_OK; f = f->next) {
		if (!f->write)
			continue;
		writers = true;
		res = f_sync(&f->fil);
	}
	if (res == FR_OK)
		res = fat_flush_info(&v->disk.ff);
	err = fat_end(m, res);
	return err || writers ? err : fat_disk_clean(&v->disk);
}

static int stat_fs(struct fs_mount *m, struct fs_volume_info *info)
{
	FATFS *ff = &fat_of(m)->disk.ff;
	DWORD free = 0;
	int err;

	fat_of(m)->disk.err = 0;
	err = fat_errno(m, f_getfree(ff, &free));
	info->cluster_bytes = (uint32_t)ff->csize * ff->ssize;
	info->size_bytes = (uint64_t)(ff->n_fatent - 2) * info->cluster_bytes;
	info->free_bytes = (uint64_t)free * info->cluster_bytes;
	return err;
}

/* The size of sectors that the first block tells; 0: this is none of ours */
static uint32_t sector_size(const uint8_t *b)
{
	uint32_t size;

	if (b[510] != 0x55 || b[511] != 0xaa)
		return 0;
	if (!memcmp(b + 3, "EXFAT   ", 8))
		return b[108] >= 9 && b[108] <= 12 ? 1u << b[108] : 0;
	if (memcmp(b + 54, "FAT", 3) && memcmp(b + 82, "FAT32", 5))
		return 0;
	size = get16(b + 11);
	return size >= FF_MIN_SS && size <= FF_MAX_SS && !(size & (size - 1))
		       ? size
		       : 0;
}

/* What FatFs does not look at */
static int check_layout(struct fs_mount *m)
{
	const FATFS *ff = &fat_of(m)->disk.ff;
	uint64_t fats = (uint64_t)ff->fsize * ff->n_fats;
	uint64_t end = ff->database + (uint64_t)(ff->n_fatent - 2) * ff->csize;
	bool exfat = ff->fs_type == FS_EXFAT;

	if (ff->volbase || !ff->fsize || ff->fatbase + fats > ff->database ||
	    (exfat && ff->fsize * (uint64_t)ff->ssize / 4 < ff->n_fatent)) {
		log_err("%s: the first sector is damaged: sizes that "
			"contradict each other",
			m->volume.name);
		return -EIO;
	}
	if (end * ff->ssize > volume_bytes(&m->volume)) {
		log_warn("%s: the file system is larger than its partition: "
			 "it is only read",
			 m->volume.name);
		m->read_only = true;
	}
	return 0;
}

static const char *type_name(const FATFS *ff)
{
	static const char *const names[] = {
		[FS_FAT12] = "FAT12",
		[FS_FAT16] = "FAT16",
		[FS_FAT32] = "FAT32",
		[FS_EXFAT] = "exFAT",
	};

	return names[ff->fs_type];
}

/* Was it left in the middle of something? */
static int check_mark(struct fs_mount *m)
{
	struct fat_disk *d = &fat_of(m)->disk;
	bool marked;
	int err = fat_disk_is_marked(d, &marked);

	if (err || !marked)
		return err;
	if (m->read_only) {
		log_warn("%s: not unmounted when it was last written, and it "
			 "cannot be mended while it is only read",
			 m->volume.name);
		return 0;
	}
	log_info("%s: not unmounted when it was last written: checking it",
		 m->volume.name);
	err = fat_check(m);
	if (!err)
		return fat_disk_clean(d);
	fat_disk_rollback(d);
	log_warn("%s: not mended, error %d: it is only read; check it with "
		 "fsck.%s",
		 m->volume.name, err,
		 d->ff.fs_type == FS_EXFAT ? "exfat" : "fat");
	m->read_only = true;
	return 0;
}

static int mount_volume(struct fs_mount *m, uint32_t sector_bytes)
{
	struct fat_disk *d = &fat_of(m)->disk;
	FRESULT res;
	int err = fat_disk_init(d, &m->volume, sector_bytes);

	if (err)
		return err;
	res = f_mount(&d->ff);
	if (res != FR_OK) {
		log_err("%s: not a FAT or exFAT that can be mounted (%s)",
			m->volume.name,
			res == FR_DISK_ERR ? "the disk failed"
					   : "its first sector is damaged, or "
					     "of a kind that is not known");
		return res == FR_DISK_ERR && d->err ? d->err : -EIO;
	}
	m->type = type_name(&d->ff);
	err = check_layout(m);
	return err ? err : check_mark(m);
}

static int mount_fat(struct fs_mount *m)
{
	uint8_t first[512];
	uint32_t size;
	int err = volume_bytes(&m->volume) < sizeof(first)
			  ? -EINVAL
			  : volume_pread(&m->volume, 0, first, sizeof(first));

	if (err)
		return err;
	size = sector_size(first);
	if (!size)
		return -EINVAL;
	if (size % m->volume.block_size) {
		log_err("%s: sectors of %u bytes on a disk of %u-byte blocks "
			"cannot be written one by one",
			m->volume.name, size, m->volume.block_size);
		return -EIO;
	}
	m->priv = heap_alloc(sizeof(struct fat_volume));
	if (!m->priv)
		return -ENOMEM;
	err = mount_volume(m, size);
	if (err) {
		fat_disk_free(&fat_of(m)->disk);
		heap_free(m->priv);
	}
	return err;
}

static void unmount_fat(struct fs_mount *m)
{
	fat_disk_free(&fat_of(m)->disk);
	heap_free(m->priv);
}

const struct fsys fsys_fat = {
	.name = "FAT",
	.mount = mount_fat,
	.unmount = unmount_fat,
	.stat = stat_path,
	.open = fat_open,
	.read = fat_file_read,
	.write = fat_file_write,
	.flush = fat_file_flush,
	.truncate = fat_truncate,
	.close = fat_close,
	.opendir = open_dir,
	.readdir = read_dir,
	.closedir = close_dir,
	.mkdir = make_dir,
	.remove = remove_name,
	.rename = rename_name,
	.sync = sync_all,
	.statfs = stat_fs,
};
