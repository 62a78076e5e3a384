/* SPDX-License-Identifier: Apache-2.0 */
/* Many small pieces of memory that are freed together. */
#ifndef VIRT_CONFIG_ARENA_H
#define VIRT_CONFIG_ARENA_H

#include <lib/types.h>
#include <lib/util.h>

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks;
	size_t left; /* bytes left in the newest chunk */
};

/** arena_alloc() - zeroed, 16-byte aligned; NULL when memory is out */
void *__must_check arena_alloc(struct arena *arena, size_t size);
void arena_free(struct arena *arena);

#endif
