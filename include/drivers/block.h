/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disks: block devices with one queue each.
 *
 * Disk drivers register what they find; fs/ reads partitions and file systems
 * from it. A caller sleeps until its request is done, so only tasks may call,
 * with interrupts enabled and no spinlock held. Requests of several tasks for
 * one disk are served in the order in which they came.
 */
#ifndef DRIVERS_BLOCK_H
#define DRIVERS_BLOCK_H

#include <lib/types.h>
#include <lib/util.h>

struct block_device;

/* What a driver does; the block layer calls one at a time for each disk. */
struct block_ops {
	/*
	 * Move @count blocks (at most max_blocks) between @buf and the disk.
	 * 0; -EIO; -ETIMEDOUT; -ENODEV: the disk is gone, and stays so.
	 */
	int (*transfer)(struct block_device *dev, uint64_t block, void *buf,
			uint32_t count, bool write);
	/* Everything written is on the medium; NULL: it always is. */
	int (*flush)(struct block_device *dev);
	/* The host lets go of the controller for a guest: leave it silent, as
	 * after a reset. Nothing is called for this disk afterwards. */
	void (*quit)(struct block_device *dev);
};

struct block_device {
	const char *name;   /* "vda", "nvme0n1", "mmcblk0": lives for ever */
	const char *model;  /* for people, may be NULL */
	const char *driver; /* "virtio-blk" */
	int node;           /* of the host tree: its controller, or PCI's */
	const struct block_ops *ops;
	uint64_t block_count;
	uint32_t block_size; /* 512, 1024, 2048 or 4096 */
	uint32_t max_blocks; /* of one transfer, at least 1 */
	uint32_t dma_align;  /* of buffers the driver takes; power of two */
	uint64_t dma_max;    /* no byte of these lies above; 0: no limit */
	bool read_only;

	struct block_queue *queue; /* the block layer's */
	struct block_device *next; /* the block layer's */
};

/**
 * block_register() - a driver found a disk
 * @dev: filled up to @read_only; stays the driver's, for ever
 *
 * Return: 0; -EINVAL: a size that cannot be, logged; -EEXIST; -ENOMEM.
 */
int __must_check block_register(struct block_device *dev);

/** block_next() - all disks in the order of their finding; NULL begins, ends */
struct block_device *block_next(const struct block_device *prev);

/** block_find() - by name; NULL: none */
struct block_device *block_find(const char *name);

/**
 * block_read() - whole blocks, through the small cache where they are few
 * @block: the first
 * @buf:   any address; what the driver cannot take goes by a bounce buffer
 * @count: 0 is fine
 *
 * Return: 0; -ERANGE: beyond the end of the disk; -EIO; -ETIMEDOUT; -ENODEV;
 * -ENOMEM. After an error @buf holds anything.
 */
int __must_check block_read(struct block_device *dev, uint64_t block, void *buf,
			    size_t count);

/**
 * block_write() - whole blocks; written to the disk when it returns, on the
 * medium after block_flush()
 *
 * Return: as block_read(); -EROFS.
 */
int __must_check block_write(struct block_device *dev, uint64_t block,
			     const void *buf, size_t count);

/** block_flush() - 0: all that was written is on the medium; -EIO … */
int __must_check block_flush(struct block_device *dev);

/** block_errors() - requests that failed so far */
uint32_t block_errors(const struct block_device *dev);

/** block_is_gone() - it answers nothing but -ENODEV */
bool block_is_gone(const struct block_device *dev);

/*
 * Whose a disk is. The host finds disks before it makes VMs and leaves those
 * alone that a guest file of the Image names. One that nobody holds goes to
 * the first VM that its node is passed through to; one that is held, because
 * a file system of it is mounted, stays with the host.
 */

/** block_hold() - the host needs the disk. Return: 0; -ENODEV */
int __must_check block_hold(struct block_device *dev);
/** block_let_go() - once for each block_hold() */
void block_let_go(struct block_device *dev);

/** block_node_is_held() - is a disk of this node of the host tree? */
bool block_node_is_held(int node);

/**
 * block_node_quit() - disks of this node go to a guest
 *
 * They are gone for the host; a request that is under way ends first.
 *
 * Return: how many; -EBUSY: one is held, nothing happened.
 */
int __must_check block_node_quit(int node);

#endif
