/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disks by name, and the way of a request: one at a time for each disk, in
 * pieces that its driver takes, through memory that its driver reaches.
 */
#include <drivers/block.h>

#include <string.h>

#include <core/mutex.h>
#include <drivers/dma.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>

#include "cache.h"

#define LOG_TAG "block"

#define BOUNCE_BYTES 65536u
/* Larger requests are somebody's data, which nobody reads again. */
#define CACHED_BYTES_MAX (2u * CACHE_LINE_BYTES)

/**
 * struct block_queue - the block layer's side of a disk
 * @lock:   held while its driver works; guards all but @gone and @errors,
 *          which whoever wants may read
 * @bounce: NULL until the first that needs it
 * @holds:  block_hold()s
 */
struct block_queue {
	struct mutex lock;
	struct block_cache cache;
	void *bounce;
	size_t bounce_bytes;
	uint32_t holds;
	uint32_t errors; /* atomic */
	bool gone;       /* atomic */
	struct log_limit log;
};

/* Appended to by the one task that probes; a new one is complete first. */
static struct block_device *disks;

/*
 * The list
 */

struct block_device *block_next(const struct block_device *prev)
{
	return __atomic_load_n(prev ? &prev->next : &disks, __ATOMIC_ACQUIRE);
}

struct block_device *block_find(const char *name)
{
	struct block_device *dev = NULL;

	while ((dev = block_next(dev)) && strcmp(dev->name, name))
		;
	return dev;
}

static bool size_makes_sense(const struct block_device *dev)
{
	uint32_t size = dev->block_size;

	return size >= 512 && size <= 4096 && !(size & (size - 1)) &&
	       dev->block_count && dev->block_count <= INT64_MAX / size &&
	       dev->max_blocks && dev->max_blocks <= UINT32_MAX / size &&
	       dev->dma_align && !(dev->dma_align & (dev->dma_align - 1)) &&
	       dev->dma_align <= PAGE_SIZE;
}

int block_register(struct block_device *dev)
{
	struct block_device **link = &disks;
	uint64_t kib;

	if (!size_makes_sense(dev)) {
		log_err("%s: the %s says it has %llu blocks of %u bytes, which "
			"cannot be: left alone",
			dev->name, dev->driver,
			(unsigned long long)dev->block_count, dev->block_size);
		return -EINVAL;
	}
	if (block_find(dev->name))
		return -EEXIST;
	dev->queue = heap_alloc(sizeof(*dev->queue));
	if (!dev->queue)
		return -ENOMEM;
	mutex_init(&dev->queue->lock);
	if (!dev->dma_max)
		dev->dma_max = UINT64_MAX;
	dev->next = NULL;
	kib = dev->block_count * dev->block_size / 1024;
	log_info("%s: %s, %llu %s, blocks of %u%s", dev->name, dev->driver,
		 (unsigned long long)(kib < 10240 ? kib : kib / 1024),
		 kib < 10240 ? "KiB" : "MiB", dev->block_size,
		 dev->read_only ? ", read-only" : "");
	while (*link)
		link = &(*link)->next;
	__atomic_store_n(link, dev, __ATOMIC_RELEASE);
	return 0;
}

uint32_t block_errors(const struct block_device *dev)
{
	return __atomic_load_n(&dev->queue->errors, __ATOMIC_RELAXED);
}

bool block_is_gone(const struct block_device *dev)
{
	return __atomic_load_n(&dev->queue->gone, __ATOMIC_RELAXED);
}

/*
 * One piece
 */

static int failed(struct block_device *dev, const char *what, uint64_t block,
		  uint32_t count, int err)
{
	struct block_queue *queue = dev->queue;

	__atomic_store_n(&queue->errors, queue->errors + 1, __ATOMIC_RELAXED);
	if (err == -ENODEV) {
		if (!queue->gone)
			log_err("%s: is gone; everything on it fails from here "
				"on",
				dev->name);
		__atomic_store_n(&queue->gone, true, __ATOMIC_RELAXED);
		return err;
	}
	log_limited(&queue->log, LOG_ERR, "%s: %s %u blocks from %llu: %s",
		    dev->name, what, count, (unsigned long long)block,
		    err == -ETIMEDOUT ? "no answer in time" : "error");
	return err == -ETIMEDOUT ? err : -EIO;
}

/* @buf is one that the driver takes; lock held */
static int piece(struct block_device *dev, uint64_t block, void *buf,
		 uint32_t count, bool write)
{
	int err = dev->queue->gone
			  ? -ENODEV
			  : dev->ops->transfer(dev, block, buf, count, write);

	return err ? failed(dev, write ? "writing" : "reading", block, count,
			    err)
		   : 0;
}

static bool driver_takes(const struct block_device *dev, const void *buf,
			 size_t size_bytes)
{
	return IS_ALIGNED((uintptr_t)buf, dev->dma_align) &&
	       dma_reaches(dev->dma_max, buf, size_bytes);
}

static bool has_bounce(struct block_device *dev)
{
	struct block_queue *queue = dev->queue;
	uint64_t most = (uint64_t)dev->max_blocks * dev->block_size;

	if (!queue->bounce) {
		queue->bounce_bytes = MIN(most, (uint64_t)BOUNCE_BYTES);
		queue->bounce = dma_alloc(dev->dma_max, queue->bounce_bytes);
	}
	return queue->bounce;
}

/* Whole requests, past the cache; lock held. */
static int move(struct block_device *dev, uint64_t block, uint8_t *buf,
		size_t count, bool write)
{
	struct block_queue *queue = dev->queue;
	uint32_t size = dev->block_size;
	bool direct = driver_takes(dev, buf, count * size);
	size_t most = dev->max_blocks;
	int err = 0;

	if (!direct) {
		if (!has_bounce(dev))
			return -ENOMEM;
		most = queue->bounce_bytes / size;
	}
	while (!err && count) {
		size_t n = MIN(count, most);
		uint8_t *via = direct ? buf : queue->bounce;

		if (!direct && write)
			memcpy(via, buf, n * size);
		err = piece(dev, block, via, (uint32_t)n, write);
		if (!direct && !write && !err)
			memcpy(buf, via, n * size);
		block += n;
		buf += n * size;
		count -= n;
	}
	return err;
}

/*
 * The cache
 */

static bool has_cache(struct block_device *dev)
{
	struct block_cache *cache = &dev->queue->cache;

	if (!cache->memory)
		cache->memory =
			dma_alloc(dev->dma_max, CACHE_LINES * CACHE_LINE_BYTES);
	return cache->memory;
}

/* The line that holds @block, from the disk */
static int line_read(struct block_device *dev, uint64_t block,
		     const void **bytes)
{
	struct block_cache *cache = &dev->queue->cache;
	uint32_t in_line = CACHE_LINE_BYTES / dev->block_size;
	uint64_t first = ALIGN_DOWN(block, (uint64_t)in_line);
	uint32_t count =
		(uint32_t)MIN((uint64_t)in_line, dev->block_count - first);
	unsigned int line;
	void *empty = cache_victim(cache, &line);
	int err = move(dev, first, empty, count, false);

	if (err)
		return err;
	cache_filled(cache, line, first, count);
	*bytes = cache_find(cache, block, dev->block_size);
	return 0;
}

static int cached_read(struct block_device *dev, uint64_t block, uint8_t *buf,
		       size_t count)
{
	uint32_t size = dev->block_size;
	uint32_t in_line = CACHE_LINE_BYTES / size;

	while (count) {
		size_t n = MIN(count, in_line - (size_t)(block % in_line));
		const void *bytes = cache_find(&dev->queue->cache, block, size);
		int err = bytes ? 0 : line_read(dev, block, &bytes);

		/* a bad block must not take its neighbours with it */
		if (err == -EIO)
			return move(dev, block, buf, count, false);
		if (err)
			return err;
		memcpy(buf, bytes, n * size);
		block += n;
		buf += n * size;
		count -= n;
	}
	return 0;
}

/*
 * Requests
 */

static bool is_inside(const struct block_device *dev, uint64_t block,
		      size_t count)
{
	return block <= dev->block_count && count <= dev->block_count - block;
}

int block_read(struct block_device *dev, uint64_t block, void *buf,
	       size_t count)
{
	int err;

	if (!is_inside(dev, block, count))
		return -ERANGE;
	if (!count)
		return 0;
	mutex_lock(&dev->queue->lock);
	if (dev->queue->gone)
		err = -ENODEV;
	else if (count * dev->block_size <= CACHED_BYTES_MAX && has_cache(dev))
		err = cached_read(dev, block, buf, count);
	else
		err = move(dev, block, buf, count, false);
	mutex_unlock(&dev->queue->lock);
	return err;
}

int block_write(struct block_device *dev, uint64_t block, const void *buf,
		size_t count)
{
	int err;

	if (dev->read_only)
		return -EROFS;
	if (!is_inside(dev, block, count))
		return -ERANGE;
	if (!count)
		return 0;
	mutex_lock(&dev->queue->lock);
	/* the driver only reads it */
	err = move(dev, block, (uint8_t *)(uintptr_t)buf, count, true);
	cache_update(&dev->queue->cache, block, err ? NULL : buf, count,
		     dev->block_size);
	mutex_unlock(&dev->queue->lock);
	return err;
}

int block_flush(struct block_device *dev)
{
	int err = 0;

	mutex_lock(&dev->queue->lock);
	if (dev->queue->gone)
		err = -ENODEV;
	else if (dev->ops->flush)
		err = dev->ops->flush(dev);
	if (err)
		err = failed(dev, "flushing", 0, 0, err);
	mutex_unlock(&dev->queue->lock);
	return err;
}

/*
 * Whose it is
 */

int block_hold(struct block_device *dev)
{
	int err = 0;

	mutex_lock(&dev->queue->lock);
	if (dev->queue->gone)
		err = -ENODEV;
	else
		dev->queue->holds++;
	mutex_unlock(&dev->queue->lock);
	return err;
}

void block_let_go(struct block_device *dev)
{
	mutex_lock(&dev->queue->lock);
	BUG_ON(!dev->queue->holds);
	dev->queue->holds--;
	mutex_unlock(&dev->queue->lock);
}

bool block_node_is_held(int node)
{
	bool held = false;

	for (struct block_device *dev = block_next(NULL); dev && !held;
	     dev = block_next(dev)) {
		if (dev->node != node)
			continue;
		mutex_lock(&dev->queue->lock);
		held = dev->queue->holds;
		mutex_unlock(&dev->queue->lock);
	}
	return held;
}

/* Of a disk that will not write there any more. */
static void memory_free(struct block_queue *queue)
{
	dma_free(queue->bounce, queue->bounce_bytes);
	dma_free(queue->cache.memory, CACHE_LINES * CACHE_LINE_BYTES);
	queue->bounce = queue->cache.memory = NULL;
}

int block_node_quit(int node)
{
	int count = 0;

	if (block_node_is_held(node))
		return -EBUSY;
	for (struct block_device *dev = block_next(NULL); dev;
	     dev = block_next(dev)) {
		if (dev->node != node || !dev->ops->quit)
			continue;
		mutex_lock(&dev->queue->lock);
		if (!dev->queue->gone) {
			__atomic_store_n(&dev->queue->gone, true,
					 __ATOMIC_RELAXED);
			dev->ops->quit(dev);
			memory_free(dev->queue);
			log_info("%s: goes to a guest", dev->name);
			count++;
		}
		mutex_unlock(&dev->queue->lock);
	}
	return count;
}
