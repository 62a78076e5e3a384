/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few blocks of a disk that were read last, in lines of 4 KiB: what file
 * systems read again and again is their tables. Written through: the disk
 * always has what the cache has. The owner of the queue is alone here.
 */
#ifndef DRIVERS_BLOCK_CACHE_H
#define DRIVERS_BLOCK_CACHE_H

#include <lib/types.h>
#include <lib/util.h>

#define CACHE_LINE_BYTES 4096u
#define CACHE_LINES 32u

/**
 * struct block_cache - zeroed: empty
 * @memory: CACHE_LINES lines; NULL: none yet, or no memory
 */
struct block_cache {
	uint8_t *memory;
	uint32_t clock;
	struct cache_line {
		uint64_t first; /* block */
		uint32_t count; /* of blocks; 0: empty */
		uint32_t used;  /* @clock at that time */
	} lines[CACHE_LINES];
};

/** cache_find() - the bytes of @block, to the end of its line; NULL: not here */
const void *cache_find(struct block_cache *cache, uint64_t block,
		       uint32_t block_size);

/** cache_victim() - the line to fill next, emptied */
void *cache_victim(struct block_cache *cache, unsigned int *line);

/** cache_filled() - cache_victim()'s line holds @count blocks now */
void cache_filled(struct block_cache *cache, unsigned int line, uint64_t first,
		  uint32_t count);

/**
 * cache_update() - blocks were written
 * @buf: what; NULL: it went wrong, nobody knows what is there
 */
void cache_update(struct block_cache *cache, uint64_t block, const void *buf,
		  uint64_t count, uint32_t block_size);

#endif
