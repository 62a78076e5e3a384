/* SPDX-License-Identifier: Apache-2.0 */
/* mm/heap.h on the build machine, for virt/config/ in host tools. */
#include <mm/heap.h>

#include <stdlib.h>

void *heap_alloc(size_t size)
{
	return size ? calloc(1, size) : NULL;
}

void *heap_alloc_array(size_t count, size_t size)
{
	return count && size ? calloc(count, size) : NULL;
}

void heap_free(void *ptr)
{
	free(ptr);
}
