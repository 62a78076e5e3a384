/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_RANGES_H
#define VIRT_RANGES_H

#include <lib/types.h>
#include <lib/util.h>
#include <virt/config.h>

/**
 * array_grown() - an array of the heap with room for one more
 * @old, @count, @room: it, in use, allocated; NULL, 0 and 0 to begin with
 * @size: of an element
 *
 * Return: where it is now; NULL: no memory, and nothing has changed.
 */
void *__must_check array_grown(void *old, unsigned int count,
			       unsigned int *room, size_t size);

/** struct range_set - address ranges, sorted, apart; zeroed is empty */
struct range_set {
	struct vm_range *ranges;
	unsigned int count, room;
};

/** range_set_add() - size 0 is fine. Return: 0; -ENOMEM; -EINVAL: wraps */
int __must_check range_set_add(struct range_set *set, uint64_t base,
			       uint64_t size_bytes);

/**
 * range_set_remove() - cut a range out
 *
 * Return: 1 when something was cut; 0; -ENOMEM.
 */
int __must_check range_set_remove(struct range_set *set, uint64_t base,
				  uint64_t size_bytes);

void range_set_free(struct range_set *set);

/** range_overlaps() - do two ranges share a byte? Neither wraps. */
static inline bool range_overlaps(uint64_t a, uint64_t a_size, uint64_t b,
				  uint64_t b_size)
{
	return a_size && b_size && a <= b + b_size - 1 && b <= a + a_size - 1;
}

#endif
