/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disks in memory, in place of drivers/block.c and of core's mutexes. What
 * is written is recorded block by block, so that a test can make the image of
 * any moment.
 */
#ifndef TESTS_UNIT_FS_FAKE_DISK_H
#define TESTS_UNIT_FS_FAKE_DISK_H

#include <drivers/block.h>

/* A block that was written; data NULL: a flush. Old data is what stood there. */
struct fake_write {
	uint64_t block;
	uint8_t *data;
};

struct fake_disk {
	struct block_device dev;
	uint8_t *bytes;
	bool record;
	struct fake_write *writes;
	size_t write_count, write_room;
	uint64_t bad_block; /* + 1; cannot be read or written */
	long writes_left;   /* then each fails; negative: never */
	int gone;           /* all fail with it */
	unsigned int holds; /* block_hold()s */
	uint64_t reads, read_blocks;
};

/** fake_disk_new() - registered, empty */
struct fake_disk *fake_disk_new(const char *name, uint64_t size_bytes,
				uint32_t block_size);
/** fake_disk_load() - the file's bytes, with its size rounded up */
struct fake_disk *fake_disk_load(const char *name, const char *file,
				 uint32_t block_size);
/** fake_disk_save() - into a file */
void fake_disk_save(const struct fake_disk *d, const char *file);
/** fake_disks_free() - all of them; nothing is mounted any more */
void fake_disks_free(void);

/** fake_shell() - run a command of the build machine; false: it failed */
bool fake_shell(const char *fmt, ...) __printf(1, 2);
/** fake_path() - of a file of this test, in a folder of its own */
const char *fake_path(const char *name);
/** fake_cleanup() - remove that folder */
void fake_cleanup(void);

#endif
