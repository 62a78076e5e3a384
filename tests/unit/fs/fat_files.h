/* SPDX-License-Identifier: Apache-2.0 */
/* A FAT or exFAT that is mounted, and files of known bytes in it */
#ifndef TESTS_UNIT_FS_FAT_FILES_H
#define TESTS_UNIT_FS_FAT_FILES_H

#include <fs/fs.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../../fs/fsys.h"
#include "fat_image.h"

static struct fake_disk *disk;

static inline void restart(void)
{
	mounts_drop();
	assert_int_equal(fs_start(), 1);
}

static inline void begin(enum fat_kind kind)
{
	disk = fat_disk_made(kind);
	assert_int_equal(fs_start(), 1);
}

static inline void end(enum fat_kind kind)
{
	assert_int_equal(fs_sync(), 0);
	assert_true(fat_disk_is_clean(disk, kind));
	mounts_drop();
	fake_disks_free();
}

static inline int cleanup(void **state)
{
	(void)state;
	mounts_drop();
	fake_disks_free();
	return 0;
}

static inline uint8_t pattern(unsigned int seed, size_t at)
{
	return (uint8_t)(seed * 31 + at * 7 + (at >> 9) * 13);
}

static inline uint8_t *bytes_of(unsigned int seed, size_t len)
{
	uint8_t *bytes = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		bytes[i] = pattern(seed, i);
	return bytes;
}

static inline void write_file(const char *path, unsigned int flags,
			      unsigned int seed, size_t len, size_t part)
{
	uint8_t *bytes = bytes_of(seed, len);
	struct fs_file *f;

	assert_int_equal(fs_open(path, FS_WRITE | flags, &f), 0);
	for (size_t at = 0; at < len; at += part) {
		size_t now = len - at < part ? len - at : part;

		assert_int_equal(fs_write(f, bytes + at, now), now);
	}
	assert_int_equal(fs_size(f), len);
	assert_int_equal(fs_close(f), 0);
	free(bytes);
}

static inline void read_file(const char *path, unsigned int seed, size_t len,
			     size_t part)
{
	uint8_t *bytes = bytes_of(seed, len), *got = malloc(part);
	struct fs_file *f;

	assert_int_equal(fs_open(path, FS_READ, &f), 0);
	assert_int_equal(fs_size(f), len);
	for (size_t at = 0; at < len; at += part) {
		size_t now = len - at < part ? len - at : part;

		assert_int_equal(fs_read(f, got, part), now);
		assert_memory_equal(got, bytes + at, now);
	}
	assert_int_equal(fs_read(f, got, part), 0);
	assert_int_equal(fs_close(f), 0);
	free(got);
	free(bytes);
}

static inline int names(const char *path, char *out)
{
	struct fs_dirent e;
	struct fs_dir *d;
	int count = 0, more;

	*out = '\0';
	assert_int_equal(fs_opendir(path, &d), 0);
	while ((more = fs_readdir(d, &e)) > 0) {
		strcat(strcat(out, e.name),
		       e.stat.kind == FS_DIRECTORY ? "/ " : " ");
		count++;
	}
	assert_int_equal(more, 0);
	fs_closedir(d);
	return count;
}

#endif
