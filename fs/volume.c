/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: block_read() and its like with a partition's bounds. */
#include "volume.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <drivers/block.h>
#include <mm/heap.h>

#include "partition.h"

/* Partitions are called as Linux calls them. */
void volume_init(struct volume *v, struct block_device *dev,
		 const struct partition *p)
{
	size_t len = strlen(dev->name);
	bool digit =
		len && dev->name[len - 1] >= '0' && dev->name[len - 1] <= '9';

	*v = (struct volume){
		.dev = dev,
		.first_block = p->first_block,
		.block_count = p->block_count,
		.block_size = dev->block_size,
		.read_only = dev->read_only,
	};
	if (p->number)
		snprintf(v->name, sizeof(v->name), "%s%s%u", dev->name,
			 digit ? "p" : "", p->number);
	else
		snprintf(v->name, sizeof(v->name), "%s", dev->name);
}

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

/* Part of one block; @buf is read where @write, else written */
static int move_part(const struct volume *v, uint64_t block, uint32_t from,
		     uint8_t *buf, size_t len, bool write)
{
	uint8_t *bounce = heap_alloc(v->block_size);
	int err;

	if (!bounce)
		return -ENOMEM;
	err = volume_read(v, block, bounce, 1);
	if (!err && write) {
		memcpy(bounce + from, buf, len);
		err = volume_write(v, block, bounce, 1);
	} else if (!err) {
		memcpy(buf, bounce + from, len);
	}
	heap_free(bounce);
	return err;
}

static int move(const struct volume *v, uint64_t offset, uint8_t *buf,
		size_t len, bool write)
{
	uint32_t size = v->block_size;
	int err = 0;

	while (len && !err) {
		uint64_t block = offset / size;
		uint32_t from = (uint32_t)(offset % size);
		size_t part = len - len % size;

		if (from || !part) {
			part = MIN((size_t)(size - from), len);
			err = move_part(v, block, from, buf, part, write);
		} else if (write) {
			err = volume_write(v, block, buf, part / size);
		} else {
			err = volume_read(v, block, buf, part / size);
		}
		buf += part;
		offset += part;
		len -= part;
	}
	return err;
}

int volume_pread(const struct volume *v, uint64_t offset, void *buf, size_t len)
{
	return move(v, offset, buf, len, false);
}

int volume_pwrite(const struct volume *v, uint64_t offset, const void *buf,
		  size_t len)
{
	/* nothing is written to it there */
	return move(v, offset, (uint8_t *)(uintptr_t)buf, len, true);
}
