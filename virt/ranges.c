/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of address ranges: union and difference. Pure but for its memory. */
#include "ranges.h"

#include <errno.h>
#include <mm/heap.h>
#include <string.h>

void *array_grown(void *old, unsigned int count, unsigned int *room,
		  size_t size)
{
	unsigned int new_room = *room ? 2 * *room : 16;
	void *new;

	if (count < *room)
		return old;
	new = heap_alloc_array(new_room, size);
	if (!new)
		return NULL;
	*room = new_room;
	if (count)
		memcpy(new, old, count * size);
	heap_free(old);
	return new;
}

static int room_for_one(struct range_set *set)
{
	struct vm_range *ranges = array_grown(set->ranges, set->count,
					      &set->room, sizeof(*ranges));

	if (!ranges)
		return -ENOMEM;
	set->ranges = ranges;
	return 0;
}

static void open_at(struct range_set *set, unsigned int at)
{
	memmove(&set->ranges[at + 1], &set->ranges[at],
		(set->count - at) * sizeof(*set->ranges));
	set->count++;
}

static void close_at(struct range_set *set, unsigned int at, unsigned int n)
{
	memmove(&set->ranges[at], &set->ranges[at + n],
		(set->count - at - n) * sizeof(*set->ranges));
	set->count -= n;
}

int range_set_add(struct range_set *set, uint64_t base, uint64_t size_bytes)
{
	uint64_t end = base + size_bytes;
	unsigned int first = 0, last;

	if (end < base)
		return -EINVAL;
	if (!size_bytes)
		return 0;
	if (room_for_one(set))
		return -ENOMEM;

	/* [first, last) touch the new range and melt into it */
	while (first < set->count &&
	       set->ranges[first].base + set->ranges[first].size_bytes < base)
		first++;
	for (last = first; last < set->count && set->ranges[last].base <= end;
	     last++) {
		struct vm_range *r = &set->ranges[last];

		base = MIN(base, r->base);
		end = MAX(end, r->base + r->size_bytes);
	}
	if (last == first)
		open_at(set, first);
	else
		close_at(set, first + 1, last - first - 1);
	set->ranges[first] = (struct vm_range){base, end - base};
	return 0;
}

int range_set_remove(struct range_set *set, uint64_t base, uint64_t size_bytes)
{
	uint64_t end = base + size_bytes;
	int hit = 0;

	if (end < base)
		end = UINT64_MAX;
	for (unsigned int i = 0; size_bytes && i < set->count; i++) {
		struct vm_range *r = &set->ranges[i];
		uint64_t r_end = r->base + r->size_bytes;

		if (r_end <= base || r->base >= end)
			continue;
		hit = 1;
		if (r->base < base && r_end > end) {
			if (room_for_one(set))
				return -ENOMEM;
			open_at(set, i + 1);
			r = &set->ranges[i];
			set->ranges[i + 1] =
				(struct vm_range){end, r_end - end};
			r->size_bytes = base - r->base;
		} else if (r->base < base) {
			r->size_bytes = base - r->base;
		} else if (r_end > end) {
			r->base = end;
			r->size_bytes = r_end - end;
		} else {
			close_at(set, i--, 1);
		}
	}
	return hit;
}

void range_set_free(struct range_set *set)
{
	heap_free(set->ranges);
	*set = (struct range_set){0};
}
