/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio 1.2: what a transport gives, what a device's driver uses. One virtqueue
 * with one request in it at a time: that is how disks are used here.
 */
#ifndef DRIVERS_VIRTIO_PRIVATE_H
#define DRIVERS_VIRTIO_PRIVATE_H

#include <drivers/dma.h>
#include <drivers/io_wait.h>
#include <lib/types.h>
#include <lib/util.h>

/* 2.1 Device Status Field */
#define VIRTIO_STATUS_ACKNOWLEDGE 0x01u
#define VIRTIO_STATUS_DRIVER 0x02u
#define VIRTIO_STATUS_DRIVER_OK 0x04u
#define VIRTIO_STATUS_FEATURES_OK 0x08u
#define VIRTIO_STATUS_NEEDS_RESET 0x40u
#define VIRTIO_STATUS_FAILED 0x80u

/* 6 Reserved Feature Bits */
#define VIRTIO_F_VERSION_1 BIT(32)
#define VIRTIO_F_ACCESS_PLATFORM BIT(33)

#define VIRTIO_ID_BLOCK 2u

/* One request needs no more descriptors than this. */
#define VIRTQ_SIZE_MAX 64u

/* 2.7.5 The Virtqueue Descriptor Table */
struct virtq_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};
#define VIRTQ_DESC_F_NEXT 1u
#define VIRTQ_DESC_F_WRITE 2u

/* 2.7.6 The Virtqueue Available Ring */
struct virtq_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[];
};

/* 2.7.8 The Virtqueue Used Ring */
struct virtq_used_elem {
	uint32_t id;
	uint32_t len;
};
struct virtq_used {
	uint16_t flags;
	uint16_t idx;
	struct virtq_used_elem ring[];
};

_Static_assert(sizeof(struct virtq_desc) == 16, "2.7.5");
_Static_assert(sizeof(struct virtq_used_elem) == 8, "2.7.8");

/**
 * struct virtq - a split virtqueue
 * @num:    entries, a power of two
 * @at:     where the device sees it
 * @next:   requests put in so far, as the rings count
 */
struct virtq {
	uint16_t num;
	uint16_t next;
	struct virtq_desc *desc;
	struct virtq_avail *avail;
	struct virtq_used *used;
	hpa_t at;
};

/* One page for what the driver writes, one for the used ring: 2.7.2 asks for
 * such a layout of legacy devices, the others take any. */
#define VIRTQ_BYTES (2 * PAGE_SIZE)
#define VIRTQ_AVAIL (VIRTQ_SIZE_MAX * sizeof(struct virtq_desc))

/** struct virtq_buf - a piece of a request; those that the device writes come
 * last */
struct virtq_buf {
	uint64_t addr;
	uint32_t len;
	bool device_writes;
};

struct virtio_device;

struct virtio_ops {
	uint32_t (*status)(struct virtio_device *dev);
	void (*set_status)(struct virtio_device *dev, uint32_t status);
	uint64_t (*features)(struct virtio_device *dev);
	void (*set_features)(struct virtio_device *dev, uint64_t features);
	uint32_t (*config)(struct virtio_device *dev, unsigned int offset,
			   unsigned int width);
	uint32_t (*config_generation)(struct virtio_device *dev);
	/* the longest that queue 0 may be; 0: there is none */
	uint32_t (*queue_max)(struct virtio_device *dev);
	void (*queue_set)(struct virtio_device *dev, const struct virtq *vq);
	void (*notify)(struct virtio_device *dev);
	/* the device is the host's no more; may be NULL */
	void (*quit)(struct virtio_device *dev);
};

/**
 * struct virtio_device - one behind its transport
 * @name:   of the transport's device, for messages
 * @legacy: of before 1.0: no FEATURES_OK, lengths of used buffers mean little
 * @mem:    VIRTQ_BYTES of rings, made once: a device that went silent may
 *          still write there
 */
struct virtio_device {
	const struct virtio_ops *ops;
	const char *name;
	const char *transport;
	int node;
	bool legacy;
	struct dma dma;
	struct io_wait wait;
	struct virtq vq;
	void *mem;
	uint64_t features; /* that both have */
};

/**
 * virtio_start() - reset the device, agree upon features, set queue 0 up
 * @wanted: features that the driver knows
 *
 * virtio_go() follows when the configuration was read.
 *
 * Return: 0; -EIO, logged: the device does not do as the specification says;
 * -ENODEV; -ENOMEM.
 */
int __must_check virtio_start(struct virtio_device *dev, uint64_t wanted);

/** virtio_go() - the driver is ready */
void virtio_go(struct virtio_device *dev);

/** virtio_stop() - reset; nothing of the host's is written to any more. Return:
 * 0; -EIO: it does not say so, logged */
int virtio_stop(struct virtio_device *dev);

/** virtio_give_up() - tell the device, keep the memory */
void virtio_give_up(struct virtio_device *dev);

/**
 * virtio_request() - put one request in and wait for its end
 * @written: bytes that the device says it wrote, at most what it may
 *
 * Return: 0; -ETIMEDOUT; -EIO: what came back is not what was put in, logged;
 * -ENODEV. After any of these only virtio_start() helps.
 */
int __must_check virtio_request(struct virtio_device *dev,
				const struct virtq_buf *bufs,
				unsigned int count, uint32_t timeout_ms,
				uint32_t *written);

/** virtio_probe() - by the transports: bind the driver of device type @id */
int __must_check virtio_probe(struct virtio_device *dev, uint32_t id);

/** virtio_blk_probe() - Return: 0; -Exxx */
int __must_check virtio_blk_probe(struct virtio_device *dev);

#endif
