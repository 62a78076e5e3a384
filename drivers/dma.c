/* SPDX-License-Identifier: Apache-2.0 */
/* Pages, addresses and cache lines of what a device reads and writes. */
#include <drivers/dma.h>

#include <string.h>

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <errno.h>
#include <lib/fdt.h>
#include <mm/frames.h>
#include <mm/host_map.h>

static struct mm_owner dma_owner = {.name = "dma"};

/* Devicetree Specification v0.4, 2.3.10: on the device or a bus above it. */
bool dma_is_coherent(const void *fdt, int node)
{
	struct fdt_scan scan;

	if (!fdt_scan_init(&scan, fdt))
		return false;
	while (fdt_scan_next(&scan)) {
		if (scan.node != node)
			continue;
		for (int i = 0; i <= scan.depth; i++)
			if (fdt_prop(fdt, scan.chain[i], "dma-coherent", NULL))
				return true;
		return false;
	}
	return false;
}

/* The page allocator knows no limits: look for a free range below one. */
static int alloc_below(uint64_t max, uint64_t size, hpa_t *pa)
{
	uint64_t left, from = 0;
	hpa_t base;

	while (frames_next_free(from, &base, &left)) {
		if (base.v > max || max - base.v < size - 1)
			return -ENOMEM;
		if (left >= size && !frames_alloc_at(&dma_owner, base, size)) {
			*pa = base;
			return 0;
		}
		from = base.v + left;
	}
	return -ENOMEM;
}

void *dma_alloc(uint64_t max, size_t size_bytes)
{
	uint64_t size = ALIGN_UP((uint64_t)size_bytes, PAGE_SIZE);
	hpa_t pa;

	if (frames_alloc(&dma_owner, size, PAGE_SIZE, &pa))
		return NULL;
	if (pa.v <= max && max - pa.v >= size - 1)
		return phys_to_virt(pa);
	frames_free(&dma_owner, pa, size);
	return alloc_below(max, size, &pa) ? NULL : phys_to_virt(pa);
}

void dma_free(void *mem, size_t size_bytes)
{
	if (mem)
		frames_free(&dma_owner, virt_to_phys(mem),
			    ALIGN_UP((uint64_t)size_bytes, PAGE_SIZE));
}

void *dma_alloc_shared(const struct dma *dma, size_t size_bytes, hpa_t *pa)
{
	uint64_t size = ALIGN_UP((uint64_t)size_bytes, PAGE_SIZE);
	void *mem = dma_alloc(dma->max, size);

	if (!mem)
		return NULL;
	memset(mem, 0, size);
	*pa = virt_to_phys(mem);
	if (dma->coherent)
		return mem;
	/* nobody uses the cached address from here on */
	arch_dcache_clean_inval(mem, size);
	return (void *)(uintptr_t)host_map_device(*pa, size);
}

/* Nobody wrote to it by its cached address: no line of that is dirty. */
void dma_free_shared(hpa_t pa, size_t size_bytes)
{
	frames_free(&dma_owner, pa, ALIGN_UP((uint64_t)size_bytes, PAGE_SIZE));
}

bool dma_reaches(uint64_t max, const void *buf, size_t size_bytes)
{
	uint64_t va = (uintptr_t)buf;
	hpa_t pa = virt_to_phys(buf);

	/* stacks and devices lie in a window whose pages lie anywhere */
	if (va >= HOST_VMAP_BASE && va - HOST_VMAP_BASE < HOST_VMAP_SIZE)
		return false;
	return frames_is_ram(pa, size_bytes) && pa.v <= max &&
	       max - pa.v >= size_bytes - 1;
}

void dma_to_device(const struct dma *dma, const void *buf, size_t size_bytes)
{
	if (!dma->coherent)
		arch_dcache_clean_inval(buf, size_bytes);
	arch_wmb(); /* before the device is told */
}

/* Lines that were fetched meanwhile, by speculation, are stale but clean. */
void dma_from_device(const struct dma *dma, const void *buf, size_t size_bytes)
{
	arch_rmb(); /* after the device said it is done */
	if (!dma->coherent)
		arch_dcache_clean_inval(buf, size_bytes);
}
