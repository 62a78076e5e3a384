/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <mm/heap.h>

#define CHUNK_BYTES 4000 /* with the heap's own header still one page */
#define ARENA_ALIGN 16

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	_Alignas(ARENA_ALIGN) uint8_t bytes[];
};

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t want;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = ALIGN_UP(MAX(size, (size_t)1), ARENA_ALIGN);
	if (size > arena->left) {
		want = MAX(size, (size_t)CHUNK_BYTES - sizeof(*chunk));
		want = ALIGN_DOWN(want, ARENA_ALIGN);
		chunk = heap_alloc(sizeof(*chunk) + want);
		if (!chunk)
			return NULL;
		chunk->next = arena->chunks;
		chunk->size = want;
		arena->chunks = chunk;
		arena->left = want;
	}
	arena->left -= size;
	return chunk->bytes + chunk->size - arena->left - size;
}

void arena_free(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;
	struct arena_chunk *next;

	for (; chunk; chunk = next) {
		next = chunk->next;
		heap_free(chunk);
	}
	*arena = (struct arena){0};
}
