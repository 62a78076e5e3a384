/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page allocator: free host RAM, in ranges of whole pages, each page
 * accounted to an owner.
 */
#ifndef MM_FRAMES_H
#define MM_FRAMES_H

#include <lib/types.h>
#include <lib/util.h>

/**
 * struct mm_owner - who holds pages
 *
 * Static, or part of what owns the pages (a VM). Registered on first use, so
 * that `mem` can list all; a count that is not 0 at mm_owner_retire() is a
 * leak and is logged.
 */
struct mm_owner {
	const char *name;
	uint64_t pages;
	struct mm_owner *next;
};

extern struct mm_owner mm_owner_heap, mm_owner_tables, mm_owner_stacks,
	mm_owner_misc;

/**
 * frames_add() - RAM that may be handed out
 * @base, @size_bytes: rounded inwards to whole pages; must not overlap what is
 *               already there. Must be linearly mapped by host_map_ram().
 */
void frames_add(hpa_t base, uint64_t size_bytes);

/**
 * frames_add_reserved() - RAM that somebody else has: never handed out, and
 * never written, but frames_is_ram() knows it
 */
void frames_add_reserved(hpa_t base, uint64_t size_bytes);

/**
 * frames_release() - whole pages of what frames_add_reserved() was given that
 * nobody needs any more: they may be handed out
 *
 * They must be mapped linearly, for reading and writing.
 */
void frames_release(hpa_t base, uint64_t size_bytes);

/**
 * frames_reserve() - take a range out because something else lives there
 *
 * Parts that are not free RAM are passed over: reserving twice is harmless.
 */
void frames_reserve(hpa_t base, uint64_t size_bytes);

/**
 * frames_alloc() - a contiguous range
 * @owner:      accounted to
 * @size_bytes: rounded up to whole pages
 * @align:      power of two, at least PAGE_SIZE
 * @pa:         result; contents undefined
 *
 * Small requests are packed together, away from the large ranges. Cost is
 * logarithmic, whatever RAM's size.
 *
 * Return: 0; -ENOMEM.
 */
int __must_check frames_alloc(struct mm_owner *owner, uint64_t size_bytes,
			      uint64_t align, hpa_t *pa);

/** frames_alloc_zeroed() - the same, zeroed. Return: 0; -ENOMEM */
int __must_check frames_alloc_zeroed(struct mm_owner *owner,
				     uint64_t size_bytes, uint64_t align,
				     hpa_t *pa);

/**
 * frames_alloc_at() - exactly this range
 *
 * Return: 0; -EBUSY when any page of it is not free.
 */
int __must_check frames_alloc_at(struct mm_owner *owner, hpa_t base,
				 uint64_t size_bytes);

/**
 * frames_free() - give back a range, or any whole-page part of one
 *
 * Panics when a page of it is free already.
 */
void frames_free(struct mm_owner *owner, hpa_t base, uint64_t size_bytes);

/** frames_is_ram() - all of the range is RAM that frames_add() was given */
bool frames_is_ram(hpa_t base, uint64_t size_bytes);

/** frames_any_ram() - some of the range is; true for a range that wraps */
bool frames_any_ram(hpa_t base, uint64_t size_bytes);

/**
 * frames_next_free() - the first free range that ends above @from
 *
 * A look only: another CPU may take pages of it at any time.
 *
 * Return: false: there is none.
 */
bool frames_next_free(uint64_t from, hpa_t *base, uint64_t *size_bytes);

struct frames_stats {
	uint64_t total_pages;
	uint64_t free_pages;
	uint64_t released_pages; /* by frames_release() */
	uint64_t largest_free_bytes;
};
/** frames_stats() - how many pages there are, and are free */
void frames_stats(struct frames_stats *stats);

/** mm_owner_first() - list of owners in use, follow ->next */
const struct mm_owner *mm_owner_first(void);
/** mm_owner_retire() - the owner goes away; logs a leak. Return: pages left */
uint64_t mm_owner_retire(struct mm_owner *owner);

#endif
