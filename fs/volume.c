/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: block_read() and its like with a partition's bounds. */
#include "volume.h"

#include <errno.h>
#include <string.h>

#include <drivers/block.h>
#include <mm/heap.h>

static bool holds(const struct volume *v, uint64_t block, size_t count)
{
	return block <= v->block_count && count <= v->block_count - block;
}

int volume_read(const struct volume *v, uint64_t block, void *buf, size_t count)
{
	if (!holds(v, block, count))
		return -ERANGE;
	return block_read(v->dev, v->first_block + block, buf, count);
}

int volume_write(const struct volume *v, uint64_t block, const void *buf,
		 size_t count)
{
	if (v->read_only)
		return -EROFS;
	if (!holds(v, block, count))
		return -ERANGE;
	return block_write(v->dev, v->first_block + block, buf, count);
}

int volume_flush(const struct volume *v)
{
	return block_flush(v->dev);
}

/* Part of one block */
static int read_part(const struct volume *v, uint64_t block, uint32_t from,
		     void *buf, size_t len)
{
	uint8_t *bounce = heap_alloc(v->block_size);
	int err;

	if (!bounce)
		return -ENOMEM;
	err = volume_read(v, block, bounce, 1);
	if (!err)
		memcpy(buf, bounce + from, len);
	heap_free(bounce);
	return err;
}

int volume_pread(const struct volume *v, uint64_t offset, void *buf, size_t len)
{
	uint32_t size = v->block_size;
	uint8_t *at = buf;

	while (len) {
		uint64_t block = offset / size;
		uint32_t from = (uint32_t)(offset % size);
		size_t part = len - len % size;
		int err;

		if (from || !part) {
			part = MIN((size_t)(size - from), len);
			err = read_part(v, block, from, at, part);
		} else {
			err = volume_read(v, block, at, part / size);
		}
		if (err)
			return err;
		at += part;
		offset += part;
		len -= part;
	}
	return 0;
}
