/* SPDX-License-Identifier: Apache-2.0 */
/* Small host allocations from slab classes; large ones from frames. */
#ifndef MM_HEAP_H
#define MM_HEAP_H

#include <lib/types.h>
#include <lib/util.h>

/**
 * heap_alloc() - zeroed memory, 16-byte aligned
 *
 * Not in interrupt handlers, not on hot paths.
 *
 * Return: NULL when RAM is out or @size is 0.
 */
void *__must_check heap_alloc(size_t size);

/** heap_alloc_array() - NULL also when @count * @size overflows */
void *__must_check heap_alloc_array(size_t count, size_t size);

/** heap_free() - NULL is fine; a pointer that is not allocated panics */
void heap_free(void *ptr);

struct heap_stats {
	uint64_t live_objects;
	uint64_t live_bytes;
};
/** heap_stats() - what is allocated now */
void heap_stats(struct heap_stats *stats);

#endif
