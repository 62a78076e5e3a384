/* SPDX-License-Identifier: Apache-2.0 */
/* What is added to FatFs, with its own insides: fs/fat_lib.c. */
#ifndef FS_FAT_LIB_H
#define FS_FAT_LIB_H

#include <lib/types.h>
#include <lib/util.h>

#include "fat_disk.h"

/*
 * A file that is renamed or replaced has two names for a moment, and which of
 * them counts after a power cut must stand on the disk. The byte of an entry
 * that holds hundredths of a second of its creation goes to 199; these values
 * say what the entry is for. One write of one sector turns an operation from
 * not done to done.
 *
 *   move to a free name: new entry, FAT_NEW → old one FAT_GONE (done) → new one
 *     without mark → old one removed
 *   move over a file: old one FAT_OVER → target gets its clusters and FAT_TARGET
 *     (done) → old one removed → target without mark, its clusters freed
 *   a file of FS_REPLACE is FAT_TEMP, in place of FAT_OVER, from its begin
 *
 * fs/fat_check.c says what it makes of them.
 */
enum {
	FAT_MARK_MIN = 200,
	FAT_GONE = 203,
	FAT_NEW = 204,
	FAT_OVER = 205,
	FAT_TARGET = 206,
	FAT_TEMP = 207,
};

/* Where an entry stands: the same for as long as it exists */
struct fat_place {
	uint32_t dir; /* first cluster of its directory, 0: the root */
	uint32_t offset;
};

struct fat_node {
	struct fat_place place;
	bool root, directory, locked;
	uint64_t size_bytes;
	uint64_t
		valid_bytes; /* what lies behind reads as zero: exFAT's alone */
	uint16_t date, time;
};

/** fat_lookup() - Return: FR_OK; FR_NO_FILE; FR_NO_PATH; … */
FRESULT fat_lookup(FATFS *ff, const char *path, struct fat_node *node);

/**
 * fat_create() - a new file of size 0, held, to be committed
 * @temp: an FAT_TEMP
 */
FRESULT fat_create(FATFS *ff, const char *path, bool temp);

/**
 * fat_move() - rename, over a file where there is one, committed
 * @temp: @from is a FAT_TEMP
 */
FRESULT fat_move(struct fat_disk *d, const char *from, const char *to,
		 bool temp);

/** fat_valid_bytes() - of an open file, as in struct fat_node */
FRESULT fat_valid_bytes(FIL *fil, uint64_t *valid);

/**
 * fat_read() - from fil's place, in runs of neighbouring clusters
 * @len: no further than the end of the file
 */
FRESULT fat_read(FIL *fil, void *buf, size_t len);

/** fat_flush_info() - FSInfo and the window, held. Return: FR_OK; … */
FRESULT fat_flush_info(FATFS *ff);

/* Single entries and sectors, for fs/fat_check*.c: */

/** fat_next() - what the FAT says follows @cluster; 1: nonsense; 0xffffffff:
 * the disk failed */
uint32_t fat_next(FATFS *ff, uint32_t cluster);
/** fat_set() - change that; held */
FRESULT fat_set(FATFS *ff, uint32_t cluster, uint32_t value);
/** fat_sector() - into ff->win, where it may be changed; then set ff->wflag */
FRESULT fat_sector(FATFS *ff, uint32_t sector);
/** fat_cluster_sector() - its first; 0: there is no such cluster */
uint32_t fat_cluster_sector(FATFS *ff, uint32_t cluster);
/** fat_short_sum() - of the eleven bytes of a short name, for its long one */
uint8_t fat_short_sum(const uint8_t *entry);

#endif
