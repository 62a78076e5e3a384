/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio's life cycle and its queue. Nothing that the device writes is believed:
 * indices, ids and lengths are held against what was put in.
 */
#include "virtio.h"

#include <arch/cpu.h>
#include <errno.h>
#include <lib/log.h>

#define LOG_TAG "virtio"

#define RESET_MS 1000u
#define GONE UINT32_MAX /* all ones: nobody answers on the bus */

/*
 * Life cycle, 3.1.1
 */

static bool is_reset(void *arg)
{
	struct virtio_device *dev = arg;

	return dev->ops->status(dev) == 0;
}

int virtio_stop(struct virtio_device *dev)
{
	int err;

	dev->ops->set_status(dev, 0);
	/* 2.1.2: it reads 0 when the reset is done */
	err = io_wait(&dev->wait, is_reset, dev, RESET_MS);
	if (err)
		log_err("%s: does not reset", dev->name);
	return err ? -EIO : 0;
}

static void status_add(struct virtio_device *dev, uint32_t bits)
{
	dev->ops->set_status(dev, dev->ops->status(dev) | bits);
}

void virtio_give_up(struct virtio_device *dev)
{
	status_add(dev, VIRTIO_STATUS_FAILED);
}

static int features_agree(struct virtio_device *dev, uint64_t wanted)
{
	uint64_t offered = dev->ops->features(dev);

	dev->features = offered & (wanted | VIRTIO_F_VERSION_1 |
				   VIRTIO_F_ACCESS_PLATFORM);
	/* 6: without ACCESS_PLATFORM it reaches memory as the CPUs do, whatever
	 * the tree says; with it as a device there does. No IOMMU here. */
	if (!(dev->features & VIRTIO_F_ACCESS_PLATFORM))
		dev->dma.coherent = true;
	if (!dev->legacy && !(offered & VIRTIO_F_VERSION_1)) {
		log_err("%s: offers no VIRTIO_F_VERSION_1", dev->name);
		return -EIO;
	}
	dev->ops->set_features(dev, dev->features);
	if (dev->legacy)
		return 0;
	status_add(dev, VIRTIO_STATUS_FEATURES_OK);
	if (!(dev->ops->status(dev) & VIRTIO_STATUS_FEATURES_OK)) {
		log_err("%s: refuses the features %#llx that it offered",
			dev->name, (unsigned long long)dev->features);
		return -EIO;
	}
	return 0;
}

static int queue_start(struct virtio_device *dev)
{
	uint32_t num = dev->ops->queue_max(dev);
	struct virtq *vq = &dev->vq;

	if (!num) {
		log_err("%s: has no queue", dev->name);
		return -EIO;
	}
	if (!dev->mem)
		dev->mem = dma_alloc_shared(&dev->dma, VIRTQ_BYTES, &vq->at);
	if (!dev->mem)
		return -ENOMEM;
	num = MIN(num, VIRTQ_SIZE_MAX);
	while (num & (num - 1))
		num &= num - 1; /* 2.7: a power of two */
	vq->num = (uint16_t)num;
	vq->next = 0;
	vq->desc = dev->mem;
	/* 2.7.2: behind the descriptors that there are */
	vq->avail = (void *)((uint8_t *)dev->mem + num * sizeof(*vq->desc));
	vq->used = (void *)((uint8_t *)dev->mem + PAGE_SIZE);
	vq->avail->flags = vq->avail->idx = 0;
	vq->used->flags = vq->used->idx = 0;
	arch_wmb();
	dev->ops->queue_set(dev, vq);
	return 0;
}

int virtio_start(struct virtio_device *dev, uint64_t wanted)
{
	int err = virtio_stop(dev);

	if (err)
		return dev->ops->status(dev) == GONE ? -ENODEV : err;
	status_add(dev, VIRTIO_STATUS_ACKNOWLEDGE);
	status_add(dev, VIRTIO_STATUS_DRIVER);
	err = features_agree(dev, wanted);
	if (!err)
		err = queue_start(dev);
	if (err)
		virtio_give_up(dev);
	return err;
}

void virtio_go(struct virtio_device *dev)
{
	status_add(dev, VIRTIO_STATUS_DRIVER_OK);
}

/*
 * A request
 */

static uint16_t used_idx(const struct virtio_device *dev)
{
	return __atomic_load_n(&dev->vq.used->idx, __ATOMIC_RELAXED);
}

static bool is_answered(void *arg)
{
	const struct virtio_device *dev = arg;

	return used_idx(dev) != (uint16_t)(dev->vq.next - 1);
}

/* 2.7.13: descriptors, then the ring's entry, then its index, then the bell. */
static void put_in(struct virtio_device *dev, const struct virtq_buf *bufs,
		   unsigned int count)
{
	struct virtq *vq = &dev->vq;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int next = i + 1 < count;

		vq->desc[i].addr = bufs[i].addr;
		vq->desc[i].len = bufs[i].len;
		vq->desc[i].flags =
			(uint16_t)((next ? VIRTQ_DESC_F_NEXT : 0) |
				   (bufs[i].device_writes ? VIRTQ_DESC_F_WRITE
							  : 0));
		vq->desc[i].next = (uint16_t)(i + next);
	}
	vq->avail->ring[vq->next % vq->num] = 0;
	vq->next++;
	arch_wmb(); /* the entry before its index, for the device */
	__atomic_store_n(&vq->avail->idx, vq->next, __ATOMIC_RELAXED);
	arch_mb(); /* the index before the bell */
	dev->ops->notify(dev);
}

static int take_out(struct virtio_device *dev, uint32_t writable,
		    uint32_t *written)
{
	const struct virtq *vq = &dev->vq;
	const struct virtq_used_elem *elem =
		&vq->used->ring[(uint16_t)(vq->next - 1) % vq->num];
	uint16_t idx = used_idx(dev);
	uint32_t id, len;

	arch_rmb(); /* the index before what it stands for */
	id = __atomic_load_n(&elem->id, __ATOMIC_RELAXED);
	len = __atomic_load_n(&elem->len, __ATOMIC_RELAXED);
	if (idx != vq->next || id != 0 || len > writable) {
		log_err("%s: answered with index %u, request %u, %u bytes; "
			"%u, 0, at most %u were right",
			dev->name, idx, id, len, vq->next, writable);
		return -EIO;
	}
	*written = len;
	return 0;
}

int virtio_request(struct virtio_device *dev, const struct virtq_buf *bufs,
		   unsigned int count, uint32_t timeout_ms, uint32_t *written)
{
	uint32_t writable = 0;

	if (!count || count > dev->vq.num)
		return -EIO;
	for (unsigned int i = 0; i < count; i++)
		writable += bufs[i].device_writes ? bufs[i].len : 0;
	put_in(dev, bufs, count);
	if (io_wait(&dev->wait, is_answered, dev, timeout_ms))
		return dev->ops->status(dev) == GONE ? -ENODEV : -ETIMEDOUT;
	return take_out(dev, writable, written);
}

int virtio_probe(struct virtio_device *dev, uint32_t id)
{
	if (id == VIRTIO_ID_BLOCK)
		return virtio_blk_probe(dev);
	return -ENODEV;
}
