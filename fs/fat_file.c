/* SPDX-License-Identifier: Apache-2.0 */
/* FAT and exFAT: open files. */
#include "fat.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <mm/heap.h>

#define FAT_FILE_MAX 0xffffffffull
#define TEMP_NAME "/~cv%04u.tmp"
#define TEMP_TRIES 10000

static struct fat_file *file_of(const struct fs_file *f)
{
	return f->priv;
}

static FATFS *ff_of(const struct fs_file *f)
{
	return &fat_of(f->mount)->disk.ff;
}

/*
 * Opening
 */

/* A name beside @path that is free */
static int temp_name(struct fs_mount *m, const char *path, char *temp)
{
	struct fat_volume *v = fat_of(m);
	size_t dir = (size_t)(strrchr(path, '/') - path);
	struct fat_node node;
	int err = 0;

	if (dir + sizeof(TEMP_NAME) + 4 > FS_PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(temp, path, dir);
	for (unsigned int i = 0; !err && i < TEMP_TRIES; i++) {
		snprintf(temp + dir, FS_PATH_MAX - dir, TEMP_NAME,
			 v->temp_number++ % TEMP_TRIES);
		err = fat_find(m, temp, &node);
	}
	return err == -ENOENT ? 0 : err ? err : -EEXIST;
}

static int create(struct fs_mount *m, const char *path, bool temp,
		  struct fat_node *node)
{
	int err = fat_begin(m, FAT_GROW);

	if (err)
		return err;
	err = fat_end(m, fat_create(&fat_of(m)->disk.ff, path, temp));
	return err ? err : fat_find(m, path, node);
}

static int open_checks(struct fat_volume *v, const struct fat_node *node,
		       unsigned int flags)
{
	if (node->directory)
		return -EISDIR;
	if (flags & FS_EXCLUSIVE)
		return -EEXIST;
	if ((flags & FS_WRITE) && node->locked)
		return -EACCES;
	/* one writer, or readers */
	return fat_is_open(v, &node->place, !(flags & FS_WRITE)) ? -EBUSY : 0;
}

static int open_replace(struct fs_mount *m, const char *path,
			struct fat_file *file, struct fat_node *node)
{
	int err;

	file->temp = heap_alloc(FS_PATH_MAX);
	file->target = heap_alloc(strlen(path) + 1);
	if (!file->temp || !file->target)
		return -ENOMEM;
	strcpy(file->target, path);
	err = temp_name(m, path, file->temp);
	return err ? err : create(m, file->temp, true, node);
}

static int open_file(struct fs_mount *m, const char *path, unsigned int flags,
		     struct fat_file *file)
{
	struct fat_volume *v = fat_of(m);
	struct fat_node node;
	int err = fat_find(m, path, &node);
	FRESULT res;

	if (!err)
		err = open_checks(v, &node, flags);
	else if (err == -ENOENT && (flags & FS_REPLACE))
		err = 0;
	else if (err == -ENOENT && (flags & FS_CREATE))
		err = create(m, path, false, &node);
	if (!err && (flags & FS_REPLACE)) {
		err = open_replace(m, path, file, &node);
		path = file->temp;
	}
	if (err)
		return err;
	res = f_open(&v->disk.ff, &file->fil, path,
		     flags & FS_WRITE ? FA_READ | FA_WRITE : FA_READ);
	if (res == FR_OK)
		res = fat_valid_bytes(&file->fil, &file->valid_bytes);
	file->place = node.place;
	file->write = flags & FS_WRITE;
	return fat_errno(m, res);
}

static void file_free(struct fat_file *file)
{
	heap_free(file->temp);
	heap_free(file->target);
	heap_free(file);
}

static void file_forget(struct fat_volume *v, struct fat_file *file)
{
	struct fat_file **at = &v->files;

	while (*at != file)
		at = &(*at)->next;
	*at = file->next;
}

int fat_open(struct fs_mount *m, const char *path, unsigned int flags,
	     struct fs_file *f)
{
	struct fat_volume *v = fat_of(m);
	struct fat_file *file = heap_alloc(sizeof(*file));
	int err;

	if (!file)
		return -ENOMEM;
	err = open_file(m, path, flags, file);
	if (err) {
		file_free(file);
		return err;
	}
	file->next = v->files;
	v->files = file;
	f->priv = file;
	f->size_bytes = f_size(&file->fil);
	if ((flags & FS_TRUNCATE) && f->size_bytes) {
		err = fat_truncate(f, 0);
		if (err) {
			file_forget(v, file);
			file_free(file);
		}
	}
	return err;
}

/*
 * Reading
 */
static FRESULT seek(FIL *fil, uint64_t offset)
{
	return fil->fptr == offset ? FR_OK : f_lseek(fil, offset);
}

int64_t fat_file_read(struct fs_file *f, void *buf, size_t len, uint64_t offset)
{
	struct fat_file *file = file_of(f);
	size_t real = len;
	FRESULT res = FR_OK;

	fat_of(f->mount)->disk.err = 0;
	if (offset >= file->valid_bytes)
		real = 0;
	else if (len > file->valid_bytes - offset)
		real = (size_t)(file->valid_bytes - offset);
	if (real)
		res = seek(&file->fil, offset);
	if (real && res == FR_OK)
		res = fat_read(&file->fil, buf, real);
	if (res != FR_OK)
		return fat_errno(f->mount, res);
	memset((uint8_t *)buf + real, 0, len - real);
	return (int64_t)len;
}

/*
 * Writing
 */
static int64_t write_at(struct fs_file *f, const void *buf, size_t len,
			uint64_t offset)
{
	struct fat_file *file = file_of(f);
	const uint8_t *at = buf;
	size_t left = len;
	FRESULT res = seek(&file->fil, offset);

	while (res == FR_OK && left) {
		UINT part = (UINT)MIN(left, (size_t)1 << 30), done = 0;

		res = f_write(&file->fil, at, part, &done);
		at += done;
		left -= done;
		if (done < part)
			break;
	}
	f->size_bytes = f_size(&file->fil);
	file->valid_bytes = MAX(file->valid_bytes, offset + (len - left));
	if (fat_of(f->mount)->disk.failed)
		f->mount->read_only = true;
	if (res != FR_OK)
		return fat_errno(f->mount, res);
	return left == len ? -ENOSPC : (int64_t)(len - left);
}

/* Zeros from where the file's own bytes end up to @end */
static int fill_to(struct fs_file *f, uint64_t end)
{
	struct fat_file *file = file_of(f);
	size_t size = 32 * 1024;
	uint8_t *zeros;
	int64_t done = 1;

	if (file->valid_bytes >= end)
		return 0;
	zeros = heap_alloc(size);
	if (!zeros)
		return -ENOMEM;
	while (done > 0 && file->valid_bytes < end)
		done = write_at(
			f, zeros,
			(size_t)MIN(end - file->valid_bytes, (uint64_t)size),
			file->valid_bytes);
	heap_free(zeros);
	return done < 0 ? (int)done : 0;
}

int64_t fat_file_write(struct fs_file *f, const void *buf, size_t len,
		       uint64_t offset)
{
	int err;

	fat_of(f->mount)->disk.err = 0;
	if (ff_of(f)->fs_type != FS_EXFAT &&
	    (offset > FAT_FILE_MAX || len > FAT_FILE_MAX - offset))
		return -EFBIG;
	/* what an exFAT has beyond its valid length would become valid, too */
	err = fill_to(f, MAX(offset, f->size_bytes));
	return err ? err : write_at(f, buf, len, offset);
}

/* Of FatFs: bytes of a sector that is not whole are in the file's buffer. */
#define FIL_DIRTY 0x80

int fat_file_flush(struct fs_file *f)
{
	struct fat_file *file = file_of(f);

	fat_of(f->mount)->disk.err = 0;
	return fat_end(f->mount,
		       file->fil.flag & FIL_DIRTY ? f_sync(&file->fil) : FR_OK);
}

/* With the name first, then the clusters: fat_disk.h */
static FRESULT shrink(struct fat_file *file, uint64_t size)
{
	FRESULT res = seek(&file->fil, size);

	if (res == FR_OK)
		res = f_truncate(&file->fil);
	return res == FR_OK ? f_sync(&file->fil) : res;
}

int fat_truncate(struct fs_file *f, uint64_t size_bytes)
{
	struct fat_file *file = file_of(f);
	int err;

	fat_of(f->mount)->disk.err = 0;
	if (size_bytes >= f->size_bytes) {
		if (ff_of(f)->fs_type != FS_EXFAT && size_bytes > FAT_FILE_MAX)
			return -EFBIG;
		return fill_to(f, size_bytes);
	}
	err = fat_errno(f->mount, f_sync(&file->fil));
	if (!err)
		err = fat_begin(f->mount, FAT_SHRINK);
	if (err)
		return err;
	err = fat_end(f->mount, shrink(file, size_bytes));
	if (err) {
		/* the handle and the disk tell different things now */
		file->fil.err = FR_INT_ERR;
		file->fil.flag &= (BYTE) ~(FA_WRITE | 0xc0);
		return err;
	}
	f->size_bytes = size_bytes;
	file->valid_bytes = MIN(file->valid_bytes, size_bytes);
	return 0;
}

static int replace(struct fs_mount *m, struct fat_file *file)
{
	struct fat_node node;
	int err = fat_find(m, file->target, &node);

	if (!err && fat_is_open(fat_of(m), &node.place, false))
		return -EBUSY;
	if (err && err != -ENOENT)
		return err;
	err = fat_begin(m, FAT_GROW);
	if (err)
		return err;
	return fat_end(
		m, fat_move(&fat_of(m)->disk, file->temp, file->target, true));
}

static int drop_temp(struct fs_mount *m, struct fat_file *file)
{
	int err = fat_begin(m, FAT_SHRINK);

	if (err)
		return err;
	return fat_end(m, f_unlink(&fat_of(m)->disk.ff, file->temp));
}

int fat_close(struct fs_file *f, bool discard)
{
	struct fs_mount *m = f->mount;
	struct fat_file *file = file_of(f);
	int err = 0, dropped = 0;

	file_forget(fat_of(m), file);
	fat_of(m)->disk.err = 0;
	if (file->write)
		err = fat_end(m, f_close(&file->fil));
	if (file->temp) {
		if (!err && !discard)
			err = replace(m, file);
		if (err || discard)
			dropped = drop_temp(m, file);
	}
	file_free(file);
	return err ? err : dropped;
}
