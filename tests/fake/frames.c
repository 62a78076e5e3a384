/* SPDX-License-Identifier: Apache-2.0 */
/* A page allocator to test others with: a bit map of 64 MiB. */
#include "fake.h"

#include <errno.h>
#include <string.h>

#include <lib/log.h>
#include <mm/frames.h>

#define BASE 0x40000000ull
#define PAGES 16384

long fake_frames_fail_after = -1;
static bool used[PAGES];

struct mm_owner mm_owner_heap = {.name = "heap"};
struct mm_owner mm_owner_tables = {.name = "page tables"};
struct mm_owner mm_owner_stacks = {.name = "stacks"};
struct mm_owner mm_owner_misc = {.name = "misc"};

uint64_t fake_frames_out(void)
{
	uint64_t out = 0;

	for (unsigned int i = 0; i < PAGES; i++)
		out += used[i];
	return out;
}

static bool all_free(unsigned int first, unsigned int count)
{
	for (unsigned int i = first; i < first + count; i++) {
		if (used[i])
			return false;
	}
	return true;
}

int frames_alloc(struct mm_owner *owner, uint64_t size_bytes, uint64_t align,
		 hpa_t *pa)
{
	unsigned int count = (size_bytes + PAGE_SIZE - 1) / PAGE_SIZE;
	unsigned int step = align / PAGE_SIZE;

	if (fake_frames_fail_after == 0)
		return -ENOMEM;
	if (fake_frames_fail_after > 0)
		fake_frames_fail_after--;
	for (unsigned int i = 0; i + count <= PAGES; i += step) {
		if (!all_free(i, count))
			continue;
		memset(&used[i], true, count);
		owner->pages += count;
		*pa = hpa(BASE + i * PAGE_SIZE);
		memset(phys_to_virt(*pa), 0xa5, count * PAGE_SIZE);
		return 0;
	}
	return -ENOMEM;
}

int frames_alloc_zeroed(struct mm_owner *owner, uint64_t size_bytes,
			uint64_t align, hpa_t *pa)
{
	int err = frames_alloc(owner, size_bytes, align, pa);

	if (!err)
		memset(phys_to_virt(*pa), 0, ALIGN_UP(size_bytes, PAGE_SIZE));
	return err;
}

__attribute__((weak)) void fake_tlb_table_freed(hpa_t pa)
{
	(void)pa;
}

void frames_free(struct mm_owner *owner, hpa_t base, uint64_t size_bytes)
{
	unsigned int first = (base.v - BASE) / PAGE_SIZE;
	unsigned int count = (size_bytes + PAGE_SIZE - 1) / PAGE_SIZE;

	for (unsigned int i = first; i < first + count; i++) {
		BUG_ON(i >= PAGES || !used[i]);
		used[i] = false;
		fake_tlb_table_freed(hpa(BASE + i * PAGE_SIZE));
	}
	BUG_ON(owner->pages < count);
	owner->pages -= count;
	memset(phys_to_virt(base), 0x5a, count * PAGE_SIZE);
}

bool frames_is_ram(hpa_t base, uint64_t size_bytes)
{
	return base.v >= BASE &&
	       base.v + size_bytes <= BASE + PAGES * PAGE_SIZE;
}

int frames_alloc_at(struct mm_owner *owner, hpa_t base, uint64_t size_bytes)
{
	unsigned int first = (base.v - BASE) / PAGE_SIZE;
	unsigned int count = (size_bytes + PAGE_SIZE - 1) / PAGE_SIZE;

	if (!all_free(first, count))
		return -EBUSY;
	memset(&used[first], true, count);
	owner->pages += count;
	return 0;
}

bool frames_next_free(uint64_t from, hpa_t *base, uint64_t *size_bytes)
{
	unsigned int first =
		from > BASE ? (from - BASE + PAGE_SIZE - 1) / PAGE_SIZE : 0;
	unsigned int end;

	while (first < PAGES && used[first])
		first++;
	for (end = first; end < PAGES && !used[end]; end++)
		;
	*base = hpa(BASE + first * PAGE_SIZE);
	*size_bytes = (end - first) * PAGE_SIZE;
	return end > first;
}
