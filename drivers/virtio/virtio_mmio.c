/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtio over MMIO: virtio 1.2, 4.2, and 4.2.4 for the legacy interface, which
 * QEMU's machines have unless they are told otherwise.
 */
#include "virtio.h"

#include <asm/io.h>
#include <drivers/driver.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/frames.h>
#include <mm/heap.h>
#include <mm/host_map.h>
#include <stdio.h>

#define LOG_TAG "virtio"

/* 4.2.2 MMIO Device Register Layout, 4.2.4 Legacy interface */
#define MMIO_MAGIC 0x000
#define MMIO_VERSION 0x004
#define MMIO_DEVICE_ID 0x008
#define MMIO_DEVICE_FEATURES 0x010
#define MMIO_DEVICE_FEATURES_SEL 0x014
#define MMIO_DRIVER_FEATURES 0x020
#define MMIO_DRIVER_FEATURES_SEL 0x024
#define MMIO_GUEST_PAGE_SIZE 0x028
#define MMIO_QUEUE_SEL 0x030
#define MMIO_QUEUE_NUM_MAX 0x034
#define MMIO_QUEUE_NUM 0x038
#define MMIO_QUEUE_ALIGN 0x03c
#define MMIO_QUEUE_PFN 0x040
#define MMIO_QUEUE_READY 0x044
#define MMIO_QUEUE_NOTIFY 0x050
#define MMIO_INTERRUPT_STATUS 0x060
#define MMIO_INTERRUPT_ACK 0x064
#define MMIO_STATUS 0x070
#define MMIO_QUEUE_DESC 0x080
#define MMIO_QUEUE_DRIVER 0x090
#define MMIO_QUEUE_DEVICE 0x0a0
#define MMIO_CONFIG_GENERATION 0x0fc
#define MMIO_CONFIG 0x100

#define MAGIC 0x74726976u /* "virt" */

/* a queue's page number has 32 bits */
#define LEGACY_DMA_MAX (BIT(32 + PAGE_SHIFT) - 1)

/** struct vmmio - @irq: 0: none */
struct vmmio {
	struct virtio_device dev;
	volatile uint8_t *regs;
	unsigned int irq;
	char name[24];
};

static uint32_t reg_read(const struct virtio_device *dev, unsigned int reg)
{
	return io_read32(container_of(dev, struct vmmio, dev)->regs + reg);
}

static void reg_write(const struct virtio_device *dev, unsigned int reg,
		      uint32_t value)
{
	io_write32(container_of(dev, struct vmmio, dev)->regs + reg, value);
}

static void reg_write64(const struct virtio_device *dev, unsigned int reg,
			uint64_t value)
{
	reg_write(dev, reg, (uint32_t)value);
	reg_write(dev, reg + 4, (uint32_t)(value >> 32));
}

static uint32_t mmio_status(struct virtio_device *dev)
{
	return reg_read(dev, MMIO_STATUS);
}

static void mmio_set_status(struct virtio_device *dev, uint32_t status)
{
	reg_write(dev, MMIO_STATUS, status);
}

static uint64_t mmio_features(struct virtio_device *dev)
{
	uint64_t features;

	reg_write(dev, MMIO_DEVICE_FEATURES_SEL, 0);
	features = reg_read(dev, MMIO_DEVICE_FEATURES);
	if (dev->legacy)
		return features;
	reg_write(dev, MMIO_DEVICE_FEATURES_SEL, 1);
	return features | (uint64_t)reg_read(dev, MMIO_DEVICE_FEATURES) << 32;
}

static void mmio_set_features(struct virtio_device *dev, uint64_t features)
{
	reg_write(dev, MMIO_DRIVER_FEATURES_SEL, 0);
	reg_write(dev, MMIO_DRIVER_FEATURES, (uint32_t)features);
	if (dev->legacy)
		return;
	reg_write(dev, MMIO_DRIVER_FEATURES_SEL, 1);
	reg_write(dev, MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
}

/* 4.2.2.2: the configuration of legacy devices is read in its own widths, too */
static uint32_t mmio_config(struct virtio_device *dev, unsigned int offset,
			    unsigned int width)
{
	const volatile uint8_t *at =
		container_of(dev, struct vmmio, dev)->regs + MMIO_CONFIG +
		offset;

	return width == 4   ? io_read32(at)
	       : width == 2 ? io_read16(at)
			    : io_read8(at);
}

static uint32_t mmio_config_generation(struct virtio_device *dev)
{
	return dev->legacy ? 0 : reg_read(dev, MMIO_CONFIG_GENERATION);
}

static uint32_t mmio_queue_max(struct virtio_device *dev)
{
	reg_write(dev, MMIO_QUEUE_SEL, 0);
	return reg_read(dev, MMIO_QUEUE_NUM_MAX);
}

static void mmio_queue_set(struct virtio_device *dev, const struct virtq *vq)
{
	uint64_t at = vq->at.v;

	reg_write(dev, MMIO_QUEUE_SEL, 0);
	if (dev->legacy)
		reg_write(dev, MMIO_GUEST_PAGE_SIZE, (uint32_t)PAGE_SIZE);
	reg_write(dev, MMIO_QUEUE_NUM, vq->num);
	if (dev->legacy) {
		reg_write(dev, MMIO_QUEUE_ALIGN, (uint32_t)PAGE_SIZE);
		reg_write(dev, MMIO_QUEUE_PFN, (uint32_t)(at >> PAGE_SHIFT));
		return;
	}
	reg_write64(dev, MMIO_QUEUE_DESC, at);
	reg_write64(dev, MMIO_QUEUE_DRIVER, at + vq->num * sizeof(*vq->desc));
	reg_write64(dev, MMIO_QUEUE_DEVICE, at + PAGE_SIZE);
	reg_write(dev, MMIO_QUEUE_READY, 1);
}

static void mmio_notify(struct virtio_device *dev)
{
	reg_write(dev, MMIO_QUEUE_NOTIFY, 0);
}

static void mmio_quit(struct virtio_device *dev)
{
	struct vmmio *mmio = container_of(dev, struct vmmio, dev);

	if (mmio->irq)
		irq_free(mmio->irq);
}

static const struct virtio_ops mmio_ops = {
	.status = mmio_status,
	.set_status = mmio_set_status,
	.features = mmio_features,
	.set_features = mmio_set_features,
	.config = mmio_config,
	.config_generation = mmio_config_generation,
	.queue_max = mmio_queue_max,
	.queue_set = mmio_queue_set,
	.notify = mmio_notify,
	.quit = mmio_quit,
};

static enum irq_result mmio_irq(unsigned int irq, void *arg)
{
	struct vmmio *mmio = arg;

	(void)irq;
	reg_write(&mmio->dev, MMIO_INTERRUPT_ACK,
		  reg_read(&mmio->dev, MMIO_INTERRUPT_STATUS));
	io_wake(&mmio->dev.wait);
	return IRQ_HANDLED;
}

/*
 * QEMU's machines have dozens of them, most of them empty, side by side: one
 * mapping, of one entry, for all in 2 MiB. Nobody looks at what else is there.
 */
static volatile uint8_t *map(const struct fdt_reg *reg)
{
	static uint64_t last_base = UINT64_MAX;
	static volatile uint8_t *last;
	uint64_t base = ALIGN_DOWN(reg->addr, SIZE_2M);

	if (reg->addr - base + reg->size > SIZE_2M ||
	    frames_any_ram(hpa(base), SIZE_2M))
		return host_map_device(hpa(reg->addr), reg->size);
	if (base != last_base) {
		last = host_map_device(hpa(base), SIZE_2M);
		last_base = last ? base : UINT64_MAX;
	}
	return last ? last + (reg->addr - base) : NULL;
}

static int bind(const struct fdt_scan *scan, volatile uint8_t *regs,
		uint32_t version)
{
	uint32_t id = io_read32(regs + MMIO_DEVICE_ID);
	struct vmmio *mmio = heap_alloc(sizeof(*mmio));
	int irq, err;

	if (!mmio)
		return -ENOMEM;
	mmio->regs = regs;
	snprintf(mmio->name, sizeof(mmio->name), "%s", scan->name);
	mmio->dev = (struct virtio_device){
		.ops = &mmio_ops,
		.name = mmio->name,
		.transport = "virtio-mmio",
		.node = scan->node,
		.legacy = version == 1,
		.dma.coherent = dma_is_coherent(scan->fdt, scan->node),
		.dma.max = version == 1 ? LEGACY_DMA_MAX : UINT64_MAX,
	};
	io_wait_init(&mmio->dev.wait);
	irq = io_irq_connect(scan->fdt, scan->node, 0, mmio_irq, mmio, "disk");
	mmio->irq = irq > 0 ? (unsigned int)irq : 0;
	mmio->dev.wait.has_irq = irq > 0;
	err = virtio_probe(&mmio->dev, id);
	if (err) {
		mmio_quit(&mmio->dev);
		heap_free(mmio);
	}
	return err;
}

static int mmio_probe(const struct fdt_scan *scan, const struct fdt_reg *reg)
{
	volatile uint8_t *regs;
	uint32_t version;

	if (reg->addr % 4 || reg->size < MMIO_CONFIG)
		return -EINVAL;
	regs = map(reg);
	if (!regs)
		return -ENOMEM;
	/* 4.2.2.2: device 0 is a place without one */
	if (io_read32(regs + MMIO_MAGIC) != MAGIC ||
	    io_read32(regs + MMIO_DEVICE_ID) != VIRTIO_ID_BLOCK)
		return -ENODEV;
	version = io_read32(regs + MMIO_VERSION);
	if (version < 1 || version > 2) {
		log_warn("%s: version %u is unknown, left alone", scan->name,
			 version);
		return -ENODEV;
	}
	return bind(scan, regs, version);
}

static const char *const mmio_compatible[] = {"virtio,mmio", NULL};

static const struct driver virtio_mmio_driver = {
	.name = "virtio-mmio",
	.phase = DRIVER_STORAGE,
	.compatible = mmio_compatible,
	.probe_at = mmio_probe,
};
DRIVER(virtio_mmio_driver);
