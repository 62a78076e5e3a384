/* SPDX-License-Identifier: Apache-2.0 */
/* Virtio block devices: virtio 1.2, 5.2. */
#include "virtio.h"

#include <string.h>

#include <arch/pgtable.h>
#include <drivers/block.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <stdio.h>

#define LOG_TAG "virtio"

/* 5.2.3 Feature bits */
#define BLK_F_SIZE_MAX BIT(1)
#define BLK_F_SEG_MAX BIT(2)
#define BLK_F_RO BIT(5)
#define BLK_F_BLK_SIZE BIT(6)
#define BLK_F_FLUSH BIT(9)
#define WANTED                                                                 \
	(BLK_F_SIZE_MAX | BLK_F_SEG_MAX | BLK_F_RO | BLK_F_BLK_SIZE |          \
	 BLK_F_FLUSH)

/* 5.2.4 Device configuration layout */
#define CONFIG_CAPACITY 0u
#define CONFIG_SIZE_MAX 8u
#define CONFIG_SEG_MAX 12u
#define CONFIG_BLK_SIZE 20u

/* 5.2.6 Device Operation */
#define BLK_T_IN 0u
#define BLK_T_OUT 1u
#define BLK_T_FLUSH 4u
#define BLK_S_OK 0u
#define SECTOR_SHIFT 9

#define TIMEOUT_MS 10000u
#define TRANSFER_BYTES (1u << 20)
#define DISKS_MAX 26u

struct blk_header {
	uint32_t type;
	uint32_t reserved;
	uint64_t sector;
};

/* What the device reads and writes beside the data. */
struct blk_shared {
	struct blk_header header;
	uint8_t status;
};

/**
 * struct vblk - a disk
 * @segment:  longest piece of data that one descriptor may have
 * @segments: most of them
 * @silent:   the last request had no answer, and a reset followed
 */
struct vblk {
	struct block_device block;
	struct virtio_device *dev;
	struct blk_shared *shared;
	hpa_t shared_at;
	uint32_t segment, segments;
	bool silent;
	char name[4];
};

static unsigned int disk_count;

static uint64_t config64(struct virtio_device *dev, unsigned int offset)
{
	uint32_t before;
	uint64_t value;

	/* 2.5.1: both halves of one generation; a device that changes it for
	 * ever is not waited for */
	for (unsigned int tries = 0; tries < 16; tries++) {
		before = dev->ops->config_generation(dev);
		value = dev->ops->config(dev, offset, 4) |
			(uint64_t)dev->ops->config(dev, offset + 4, 4) << 32;
		if (before == dev->ops->config_generation(dev))
			return value;
	}
	return 0;
}

/*
 * Requests
 */

/* Data in pieces that the device takes. Return: how many. */
static unsigned int pieces(const struct vblk *disk, struct virtq_buf *bufs,
			   uint64_t addr, uint32_t bytes, bool device_writes)
{
	unsigned int count = 0;

	while (bytes) {
		uint32_t n = MIN(bytes, disk->segment);

		bufs[count++] = (struct virtq_buf){addr, n, device_writes};
		addr += n;
		bytes -= n;
	}
	return count;
}

/*
 * After a request that had no proper end: once more, or never again. In any case
 * a reset: what is out must not be written to later.
 */
static int recover(struct vblk *disk, int err)
{
	struct virtio_device *dev = disk->dev;
	bool again = !disk->silent;

	disk->silent = true;
	if (!again || err == -ENODEV) {
		(void)virtio_stop(dev);
		return -ENODEV;
	}
	if (virtio_start(dev, WANTED))
		return -ENODEV;
	virtio_go(dev);
	log_warn("%s: was reset", disk->name);
	return err;
}

static int request(struct vblk *disk, uint32_t type, uint64_t sector,
		   void *data, uint32_t bytes)
{
	struct virtio_device *dev = disk->dev;
	struct blk_shared *shared = disk->shared;
	struct virtq_buf bufs[VIRTQ_SIZE_MAX];
	unsigned int count = 1;
	uint32_t written;
	uint8_t status;
	int err;

	shared->header.type = type;
	shared->header.reserved = 0;
	shared->header.sector = sector;
	shared->status = 0xff;
	bufs[0] = (struct virtq_buf){disk->shared_at.v, sizeof(shared->header),
				     false};
	if (bytes) {
		dma_to_device(&dev->dma, data, bytes);
		count += pieces(disk, bufs + 1, virt_to_phys(data).v, bytes,
				type == BLK_T_IN);
	}
	bufs[count++] = (struct virtq_buf){
		disk->shared_at.v + offsetof(struct blk_shared, status), 1,
		true};
	err = virtio_request(dev, bufs, count, TIMEOUT_MS, &written);
	if (err)
		return recover(disk, err);
	disk->silent = false;
	if (bytes && type == BLK_T_IN)
		dma_from_device(&dev->dma, data, bytes);
	status = __atomic_load_n(&shared->status, __ATOMIC_RELAXED);
	if (status != BLK_S_OK)
		return -EIO;
	/* 2.7.8.2: what legacy devices say there means little */
	if (!dev->legacy && written != 1 + (type == BLK_T_IN ? bytes : 0)) {
		log_err("%s: wrote %u bytes of %u", disk->name, written,
			1 + bytes);
		return -EIO;
	}
	return 0;
}

static int vblk_transfer(struct block_device *block_dev, uint64_t block,
			 void *buf, uint32_t count, bool write)
{
	struct vblk *disk = container_of(block_dev, struct vblk, block);
	uint32_t size = block_dev->block_size;

	return request(disk, write ? BLK_T_OUT : BLK_T_IN,
		       block * (size >> SECTOR_SHIFT), buf, count * size);
}

static int vblk_flush(struct block_device *block_dev)
{
	struct vblk *disk = container_of(block_dev, struct vblk, block);

	/* 5.2.6.2: without it, what is written is on the medium */
	return disk->dev->features & BLK_F_FLUSH
		       ? request(disk, BLK_T_FLUSH, 0, NULL, 0)
		       : 0;
}

static void vblk_quit(struct block_device *block_dev)
{
	struct vblk *disk = container_of(block_dev, struct vblk, block);

	(void)virtio_stop(disk->dev);
	if (disk->dev->ops->quit)
		disk->dev->ops->quit(disk->dev);
}

static const struct block_ops vblk_ops = {
	.transfer = vblk_transfer,
	.flush = vblk_flush,
	.quit = vblk_quit,
};

/*
 * Finding
 */

/* 5.2.5: what the device says of itself; block_register() judges it */
static void describe(struct vblk *disk)
{
	struct virtio_device *dev = disk->dev;
	struct block_device *block = &disk->block;
	uint64_t sectors = config64(dev, CONFIG_CAPACITY), bytes;
	uint32_t size = 1u << SECTOR_SHIFT, most = dev->vq.num - 2u;

	if (dev->features & BLK_F_BLK_SIZE)
		size = dev->ops->config(dev, CONFIG_BLK_SIZE, 4);
	disk->segment = TRANSFER_BYTES;
	if (dev->features & BLK_F_SIZE_MAX)
		disk->segment = MIN(disk->segment,
				    dev->ops->config(dev, CONFIG_SIZE_MAX, 4));
	disk->segments = 1;
	if (dev->features & BLK_F_SEG_MAX)
		disk->segments =
			MAX(1u, MIN(most,
				    dev->ops->config(dev, CONFIG_SEG_MAX, 4)));
	bytes = MIN((uint64_t)disk->segment * disk->segments,
		    (uint64_t)TRANSFER_BYTES);
	block->block_size = size;
	block->block_count =
		size >> SECTOR_SHIFT ? sectors / (size >> SECTOR_SHIFT) : 0;
	block->max_blocks = size ? (uint32_t)(bytes / size) : 0;
	block->read_only = dev->features & BLK_F_RO;
	if (size >> SECTOR_SHIFT && sectors % (size >> SECTOR_SHIFT))
		log_warn("%s: %llu sectors are no whole number of blocks of %u",
			 disk->name, (unsigned long long)sectors, size);
}

static int start(struct vblk *disk)
{
	struct virtio_device *dev = disk->dev;
	int err = virtio_start(dev, WANTED);

	if (err)
		return err;
	if (dev->vq.num < 3) {
		log_err("%s: a queue of %u is too short", dev->name,
			dev->vq.num);
		return -EIO;
	}
	disk->shared = dma_alloc_shared(&dev->dma, sizeof(*disk->shared),
					&disk->shared_at);
	if (!disk->shared)
		return -ENOMEM;
	describe(disk);
	virtio_go(dev);
	return block_register(&disk->block);
}

int virtio_blk_probe(struct virtio_device *dev)
{
	struct vblk *disk;
	int err;

	if (disk_count == DISKS_MAX)
		return -ENOSPC;
	disk = heap_alloc(sizeof(*disk));
	if (!disk)
		return -ENOMEM;
	snprintf(disk->name, sizeof(disk->name), "vd%c",
		 'a' + (char)disk_count);
	disk->dev = dev;
	disk->block = (struct block_device){
		.name = disk->name,
		.driver = dev->transport,
		.node = dev->node,
		.ops = &vblk_ops,
		.dma_align = DMA_LINE_BYTES,
		.dma_max = dev->dma.max,
	};
	err = start(disk);
	if (err) {
		(void)virtio_stop(dev);
		virtio_give_up(dev);
		heap_free(disk);
		return err;
	}
	disk_count++;
	return 0;
}
