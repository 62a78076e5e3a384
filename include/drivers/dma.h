/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that a device reads and writes by itself.
 *
 * A device whose node, or a bus above it, says "dma-coherent" sees the CPUs'
 * caches; of any other one the lines are written back and dropped around each
 * transfer. No IOMMU: a device's addresses are the host's physical ones.
 */
#ifndef DRIVERS_DMA_H
#define DRIVERS_DMA_H

#include <lib/types.h>
#include <lib/util.h>

/* No machine here has longer cache lines: CTR_EL0 allows 2 KiB, none does it. */
#define DMA_LINE_BYTES 128u

/**
 * struct dma - what a device can do
 * @coherent: it sees the caches
 * @max:      highest address that it reaches
 */
struct dma {
	bool coherent;
	uint64_t max;
};

/** dma_is_coherent() - of a node in a tree */
bool dma_is_coherent(const void *fdt, int node);

/**
 * dma_alloc() - pages for transfers, through dma_to_device() and
 * dma_from_device(); contents undefined
 * @max: no byte lies above this address
 *
 * Return: NULL: no memory there.
 */
void *__must_check dma_alloc(uint64_t max, size_t size_bytes);
void dma_free(void *mem, size_t size_bytes);

/**
 * dma_alloc_shared() - zeroed pages that both look at all the time: rings
 * @pa: their address for the device
 *
 * Uncached for a device that does not see the caches; then only aligned
 * accesses are allowed. Stays for ever where a device that went silent may
 * still write there.
 *
 * Return: NULL: no memory there.
 */
void *__must_check dma_alloc_shared(const struct dma *dma, size_t size_bytes,
				    hpa_t *pa);
/** dma_free_shared() - of a device that reaches no memory any more; what an
 * uncached mapping took of the host's window is not taken again */
void dma_free_shared(hpa_t pa, size_t size_bytes);

/** dma_reaches() - can a device with @max use this buffer of the caller's? */
bool dma_reaches(uint64_t max, const void *buf, size_t size_bytes);

/** dma_to_device() - before a device reads or writes a buffer */
void dma_to_device(const struct dma *dma, const void *buf, size_t size_bytes);

/** dma_from_device() - after it wrote, before the CPU reads */
void dma_from_device(const struct dma *dma, const void *buf, size_t size_bytes);

#endif
