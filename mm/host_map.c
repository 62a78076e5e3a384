/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's own address space, taken over from boot code.
 *
 * Boot code has mapped the Image and little else, and nothing in the window:
 * so tables of its making always keep an entry, and are never freed.
 */
#include <mm/host_map.h>

#include <errno.h>

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <lib/image.h>
#include <lib/lock.h>
#define LOG_TAG "map"
#include <lib/log.h>
#include <mm/heap.h>
#include <mm/pgtable.h>

#define RAM_PROT (PGT_R | PGT_W)
#define DEVICE_PROT (PGT_R | PGT_W | PGT_DEVICE)

/**
 * struct area - a piece of the window
 * @start, @end:       with the guard pages
 * @map_start, @map_end: what is mapped
 */
struct area {
	uint64_t start, end;
	uint64_t map_start, map_end;
	bool is_stack;
	struct area *next;
};

/* guards all below */
static struct spinlock map_lock = SPINLOCK_INIT(LOCK_RANK_HOST_MAP);
static struct pgtable host_pt;
static struct area *areas; /* ascending */

static int host_table_alloc(struct pgtable *pt, hpa_t *pa)
{
	int err = frames_alloc_zeroed(pt->owner, PAGE_SIZE, PAGE_SIZE, pa);
	void *table;

	if (!err)
		return 0;
	/* the first RAM is mapped before there are frames to take */
	table = arch_table_take();
	if (!table)
		return err;
	arch_page_zero(table, PAGE_SIZE);
	*pa = virt_to_phys(table);
	return 0;
}

static void host_flush(void *ctx, uint64_t va, uint64_t size_bytes)
{
	(void)ctx;
	arch_host_tlb_flush(hva(va), size_bytes);
}

void host_map_init(void)
{
	host_pt = (struct pgtable){
		.format = arch_host_format(),
		.root = arch_host_root(),
		.owner = &mm_owner_tables,
		.flush = host_flush,
		.table_alloc = host_table_alloc,
	};
}

/* map the holes of [va, end) in the linear map */
static int map_holes(uint64_t va, uint64_t end)
{
	int err = 0;

	while (va < end && !err) {
		uint64_t left;
		bool hole = pgtable_lookup(&host_pt, va, NULL, NULL, &left);

		left = MIN(left, end - va);
		if (hole)
			err = pgtable_map(&host_pt, va,
					  virt_to_phys((void *)(uintptr_t)va),
					  left, RAM_PROT);
		va += left;
	}
	return err;
}

int host_map_ram(hpa_t base, uint64_t size_bytes)
{
	uint64_t image_base =
		ALIGN_DOWN((uint64_t)(uintptr_t)image.start, PAGE_SIZE);
	uint64_t image_end =
		ALIGN_UP((uint64_t)(uintptr_t)image.end, PAGE_SIZE);
	uint64_t va =
		ALIGN_UP((uint64_t)(uintptr_t)phys_to_virt(base), PAGE_SIZE);
	uint64_t end =
		ALIGN_DOWN((uint64_t)(uintptr_t)phys_to_virt(base) + size_bytes,
			   PAGE_SIZE);
	int err;

	if (end <= va)
		return 0;
	if (va < HOST_VMAP_BASE + HOST_VMAP_SIZE && end > HOST_VMAP_BASE)
		return -EINVAL; /* the window's */
	spin_lock(&map_lock);
	/* the Image has its own rights, and a guard page that must stay one */
	err = map_holes(va, MIN(end, MAX(image_base, va)));
	if (!err)
		err = map_holes(MAX(va, MIN(image_end, end)), end);
	spin_unlock(&map_lock);
	return err;
}

int host_map_image(const char *start, const char *end, unsigned int prot)
{
	uint64_t va = (uint64_t)(uintptr_t)start;
	uint64_t size = (uint64_t)(end - start);
	struct pgt_range flush = {0};
	int err;

	if (!size)
		return 0;
	spin_lock(&map_lock);
	err = pgtable_map(&host_pt, va, virt_to_phys(start), size, prot);
	if (err == -EEXIST)
		err = pgtable_protect(&host_pt, va, size, prot, &flush);
	if (flush.size_bytes)
		arch_host_tlb_flush(hva(flush.start), flush.size_bytes);
	spin_unlock(&map_lock);
	return err;
}

/*
 * The window
 */

/* first gap of @size whose start is @phase modulo @align; area not linked yet */
static struct area **gap_find(uint64_t size, uint64_t align, uint64_t phase,
			      uint64_t *start)
{
	struct area **link = &areas;
	uint64_t from = HOST_VMAP_BASE;

	for (;;) {
		uint64_t limit = *link ? (*link)->start
				       : HOST_VMAP_BASE + HOST_VMAP_SIZE;
		uint64_t at = ALIGN_DOWN(from, align) + phase;

		if (at < from)
			at += align;
		if (at <= limit && size <= limit - at) {
			*start = at;
			return link;
		}
		if (!*link)
			return NULL;
		from = (*link)->end;
		link = &(*link)->next;
	}
}

/* map @size at @pa, with @guard bytes unmapped on both sides; map_lock held */
static uint64_t area_map(hpa_t pa, uint64_t size, uint64_t guard,
			 unsigned int prot)
{
	uint64_t align = size >= SIZE_2M ? SIZE_2M : PAGE_SIZE;
	uint64_t phase = (pa.v - guard) & (align - 1);
	struct area *area = heap_alloc(sizeof(*area));
	struct area **link;
	uint64_t start;

	if (!area)
		return 0;
	link = gap_find(size + 2 * guard, align, phase, &start);
	if (!link || pgtable_map(&host_pt, start + guard, pa, size, prot)) {
		heap_free(area);
		return 0;
	}
	area->start = start;
	area->end = start + size + 2 * guard;
	area->map_start = start + guard;
	area->map_end = start + guard + size;
	area->is_stack = guard != 0;
	area->next = *link;
	/* complete before it is linked: host_map_guard_hit() takes no lock */
	__atomic_store_n(link, area, __ATOMIC_RELEASE);
	return area->map_start;
}

/* take an area out again; its host memory. map_lock held */
static hpa_t area_unmap(uint64_t map_start, uint64_t size)
{
	struct area **link = &areas;
	struct pgt_range flush;
	struct area *area;
	hpa_t pa;

	while (*link && (*link)->map_start != map_start)
		link = &(*link)->next;
	area = *link;
	BUG_ON(!area || area->map_end != map_start + size);
	BUG_ON(pgtable_lookup(&host_pt, map_start, &pa, NULL, NULL));
	/* it was mapped whole, so nothing is split and this cannot fail */
	BUG_ON(pgtable_unmap(&host_pt, map_start, size, &flush));
	if (flush.size_bytes)
		arch_host_tlb_flush(hva(flush.start), flush.size_bytes);
	__atomic_store_n(link, area->next, __ATOMIC_RELEASE);
	heap_free(area);
	return pa;
}

volatile void *host_map_device(hpa_t base, uint64_t size_bytes)
{
	uint64_t start = ALIGN_DOWN(base.v, PAGE_SIZE);
	uint64_t end = ALIGN_UP(base.v + size_bytes, PAGE_SIZE);
	uint64_t va = 0;

	if (size_bytes && end > start) {
		spin_lock(&map_lock);
		va = area_map(hpa(start), end - start, 0, DEVICE_PROT);
		spin_unlock(&map_lock);
	}
	if (!va) {
		log_err("no room to map the device at %#lx, %#lx bytes",
			(unsigned long)base.v, (unsigned long)size_bytes);
		return NULL;
	}
	return (volatile void *)(uintptr_t)(va + base.v - start);
}

void *host_stack_alloc(size_t size_bytes)
{
	uint64_t va;
	hpa_t pa;

	BUG_ON(!size_bytes || !IS_ALIGNED(size_bytes, PAGE_SIZE));
	if (frames_alloc(&mm_owner_stacks, size_bytes, PAGE_SIZE, &pa))
		return NULL;
	spin_lock(&map_lock);
	va = area_map(pa, size_bytes, PAGE_SIZE, RAM_PROT);
	spin_unlock(&map_lock);
	if (!va) {
		frames_free(&mm_owner_stacks, pa, size_bytes);
		return NULL;
	}
	return (void *)(uintptr_t)(va + size_bytes);
}

void host_stack_free(void *top, size_t size_bytes)
{
	hpa_t pa;

	if (!top)
		return;
	spin_lock(&map_lock);
	pa = area_unmap((uint64_t)(uintptr_t)top - size_bytes, size_bytes);
	spin_unlock(&map_lock);
	frames_free(&mm_owner_stacks, pa, size_bytes);
}

bool host_map_guard_hit(hva_t va)
{
	const struct area *area = __atomic_load_n(&areas, __ATOMIC_ACQUIRE);

	for (; area && area->start <= va.v;
	     area = __atomic_load_n(&area->next, __ATOMIC_ACQUIRE)) {
		if (area->is_stack && va.v < area->end &&
		    (va.v < area->map_start || va.v >= area->map_end))
			return true;
	}
	return false;
}
