/* SPDX-License-Identifier: Apache-2.0 */
/* Lines by linear search: they are few, and a disk is slow. */
#include "cache.h"

#include <string.h>

static uint8_t *line_bytes(const struct block_cache *cache, unsigned int line)
{
	return cache->memory + (size_t)line * CACHE_LINE_BYTES;
}

const void *cache_find(struct block_cache *cache, uint64_t block,
		       uint32_t block_size)
{
	for (unsigned int i = 0; i < CACHE_LINES; i++) {
		struct cache_line *line = &cache->lines[i];

		if (block < line->first || block - line->first >= line->count)
			continue;
		line->used = ++cache->clock;
		return line_bytes(cache, i) +
		       (block - line->first) * block_size;
	}
	return NULL;
}

void *cache_victim(struct block_cache *cache, unsigned int *line)
{
	uint32_t oldest = 0;
	unsigned int best = 0;

	for (unsigned int i = 0; i < CACHE_LINES; i++) {
		/* the clock may wrap: ages do not */
		uint32_t age = cache->lines[i].count
				       ? cache->clock - cache->lines[i].used
				       : UINT32_MAX;

		if (age >= oldest) {
			oldest = age;
			best = i;
		}
	}
	cache->lines[best].count = 0;
	*line = best;
	return line_bytes(cache, best);
}

void cache_filled(struct block_cache *cache, unsigned int line, uint64_t first,
		  uint32_t count)
{
	cache->lines[line] = (struct cache_line){
		.first = first,
		.count = count,
		.used = ++cache->clock,
	};
}

void cache_update(struct block_cache *cache, uint64_t block, const void *buf,
		  uint64_t count, uint32_t block_size)
{
	for (unsigned int i = 0; i < CACHE_LINES; i++) {
		struct cache_line *line = &cache->lines[i];
		uint64_t from = MAX(block, line->first);
		uint64_t to = MIN(block + count, line->first + line->count);

		if (!line->count || from >= to)
			continue;
		if (buf)
			memcpy(line_bytes(cache, i) +
				       (from - line->first) * block_size,
			       (const uint8_t *)buf +
				       (from - block) * block_size,
			       (to - from) * block_size);
		else
			line->count = 0;
	}
}
