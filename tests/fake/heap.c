/* SPDX-License-Identifier: Apache-2.0 */
/* The heap is the C library's: ASan sees leaks and overruns. */
#include <mm/heap.h>

#include <stdlib.h>

long fake_heap_fail_after = -1; /* so many succeed; negative: all do */

void *heap_alloc(size_t size)
{
	if (size == 0 || fake_heap_fail_after == 0)
		return NULL;
	if (fake_heap_fail_after > 0)
		fake_heap_fail_after--;
	return calloc(1, size);
}

void *heap_alloc_array(size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return NULL;
	return heap_alloc(count * size);
}

void heap_free(void *ptr)
{
	free(ptr);
}

void heap_stats(struct heap_stats *stats)
{
	*stats = (struct heap_stats){0};
}
