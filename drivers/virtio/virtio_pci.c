/* SPDX-License-Identifier: Apache-2.0 */
/* Virtio over PCI, the modern interface: virtio 1.2, 4.1. */
#include "virtio.h"

#include <asm/io.h>
#include <drivers/pci.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>

#define LOG_TAG "virtio"

/* 4.1.2 PCI Device Discovery */
#define VENDOR 0x1af4u
#define DEVICE_TRANSITIONAL_BLOCK 0x1001u
#define DEVICE_BLOCK (0x1040u + VIRTIO_ID_BLOCK)

/* 4.1.4 Virtio Structure PCI Capabilities */
#define CAP_ID 0x09u
#define CAP_TYPE 3u
#define CAP_BAR 4u
#define CAP_OFFSET 8u
#define CAP_LENGTH 12u
#define CAP_NOTIFY_MULTIPLIER 16u
enum { CFG_COMMON = 1, CFG_NOTIFY, CFG_ISR, CFG_DEVICE, CFG_TYPES };

/* 4.1.4.3 Common configuration structure layout */
#define COMMON_DEVICE_FEATURE_SELECT 0x00
#define COMMON_DEVICE_FEATURE 0x04
#define COMMON_DRIVER_FEATURE_SELECT 0x08
#define COMMON_DRIVER_FEATURE 0x0c
#define COMMON_DEVICE_STATUS 0x14
#define COMMON_CONFIG_GENERATION 0x15
#define COMMON_QUEUE_SELECT 0x16
#define COMMON_QUEUE_SIZE 0x18
#define COMMON_QUEUE_ENABLE 0x1c
#define COMMON_QUEUE_NOTIFY_OFF 0x1e
#define COMMON_QUEUE_DESC 0x20
#define COMMON_QUEUE_DRIVER 0x28
#define COMMON_QUEUE_DEVICE 0x30
#define COMMON_BYTES 0x38

/**
 * struct vpci - @at: its structures, by CFG_*, which have @bytes
 * @bell: where queue 0 is notified
 */
struct vpci {
	struct virtio_device dev;
	struct pci_function *fn;
	volatile uint8_t *at[CFG_TYPES];
	uint32_t bytes[CFG_TYPES];
	uint32_t multiplier;
	volatile uint8_t *bell;
};

static volatile uint8_t *common(const struct virtio_device *dev)
{
	return container_of(dev, struct vpci, dev)->at[CFG_COMMON];
}

/* All ones are no status: nobody is there. */
static uint32_t vpci_status(struct virtio_device *dev)
{
	uint8_t status = io_read8(common(dev) + COMMON_DEVICE_STATUS);

	return status == 0xff ? UINT32_MAX : status;
}

static void vpci_set_status(struct virtio_device *dev, uint32_t status)
{
	io_write8(common(dev) + COMMON_DEVICE_STATUS, (uint8_t)status);
}

static uint64_t vpci_features(struct virtio_device *dev)
{
	uint64_t features;

	io_write32(common(dev) + COMMON_DEVICE_FEATURE_SELECT, 0);
	features = io_read32(common(dev) + COMMON_DEVICE_FEATURE);
	io_write32(common(dev) + COMMON_DEVICE_FEATURE_SELECT, 1);
	return features |
	       (uint64_t)io_read32(common(dev) + COMMON_DEVICE_FEATURE) << 32;
}

static void vpci_set_features(struct virtio_device *dev, uint64_t features)
{
	io_write32(common(dev) + COMMON_DRIVER_FEATURE_SELECT, 0);
	io_write32(common(dev) + COMMON_DRIVER_FEATURE, (uint32_t)features);
	io_write32(common(dev) + COMMON_DRIVER_FEATURE_SELECT, 1);
	io_write32(common(dev) + COMMON_DRIVER_FEATURE,
		   (uint32_t)(features >> 32));
}

static uint32_t vpci_config(struct virtio_device *dev, unsigned int offset,
			    unsigned int width)
{
	const struct vpci *vpci = container_of(dev, struct vpci, dev);
	const volatile uint8_t *at = vpci->at[CFG_DEVICE] + offset;

	if (offset + width > vpci->bytes[CFG_DEVICE])
		return 0;
	return width == 4   ? io_read32(at)
	       : width == 2 ? io_read16(at)
			    : io_read8(at);
}

static uint32_t vpci_config_generation(struct virtio_device *dev)
{
	return io_read8(common(dev) + COMMON_CONFIG_GENERATION);
}

static uint32_t vpci_queue_max(struct virtio_device *dev)
{
	io_write16(common(dev) + COMMON_QUEUE_SELECT, 0);
	return io_read16(common(dev) + COMMON_QUEUE_SIZE);
}

static void write64(volatile uint8_t *at, uint64_t value)
{
	io_write32(at, (uint32_t)value);
	io_write32(at + 4, (uint32_t)(value >> 32));
}

static void vpci_queue_set(struct virtio_device *dev, const struct virtq *vq)
{
	struct vpci *vpci = container_of(dev, struct vpci, dev);
	volatile uint8_t *at = common(dev);
	uint64_t bell;

	io_write16(at + COMMON_QUEUE_SELECT, 0);
	io_write16(at + COMMON_QUEUE_SIZE, vq->num);
	write64(at + COMMON_QUEUE_DESC, vq->at.v);
	write64(at + COMMON_QUEUE_DRIVER,
		vq->at.v + vq->num * sizeof(*vq->desc));
	write64(at + COMMON_QUEUE_DEVICE, vq->at.v + PAGE_SIZE);
	/* 4.1.4.4; one that lies outside rings for nobody */
	bell = (uint64_t)io_read16(at + COMMON_QUEUE_NOTIFY_OFF) *
	       vpci->multiplier;
	vpci->bell = bell + 2 <= vpci->bytes[CFG_NOTIFY]
			     ? vpci->at[CFG_NOTIFY] + bell
			     : NULL;
	io_write16(at + COMMON_QUEUE_ENABLE, 1);
}

static void vpci_notify(struct virtio_device *dev)
{
	const struct vpci *vpci = container_of(dev, struct vpci, dev);

	if (vpci->bell)
		io_write16(vpci->bell, 0);
}

static void vpci_quit(struct virtio_device *dev)
{
	pci_quit(container_of(dev, struct vpci, dev)->fn);
}

static const struct virtio_ops vpci_ops = {
	.status = vpci_status,
	.set_status = vpci_set_status,
	.features = vpci_features,
	.set_features = vpci_set_features,
	.config = vpci_config,
	.config_generation = vpci_config_generation,
	.queue_max = vpci_queue_max,
	.queue_set = vpci_queue_set,
	.notify = vpci_notify,
	.quit = vpci_quit,
};

/* 4.1.4.5: to read it is to acknowledge it */
static bool vpci_irq(void *arg)
{
	struct vpci *vpci = arg;
	uint8_t isr = io_read8(vpci->at[CFG_ISR]);

	if (isr == 0 || isr == 0xff)
		return false;
	io_wake(&vpci->dev.wait);
	return true;
}

/* The first of each kind that lies in a BAR; 4.1.4: others may be nonsense. */
static void structure_note(struct vpci *vpci, unsigned int cap)
{
	struct pci_function *fn = vpci->fn;
	unsigned int type = io_read8(fn->config + cap + CAP_TYPE);
	unsigned int bar = io_read8(fn->config + cap + CAP_BAR);
	uint32_t offset = io_read32(fn->config + cap + CAP_OFFSET);
	uint32_t length = io_read32(fn->config + cap + CAP_LENGTH);
	volatile uint8_t *at;

	if (type < CFG_COMMON || type >= CFG_TYPES || vpci->at[type] ||
	    bar >= PCI_BARS || !length)
		return;
	at = pci_bar(fn, bar, (uint64_t)offset + length);
	if (!at)
		return;
	vpci->at[type] = at + offset;
	vpci->bytes[type] = length;
	if (type == CFG_NOTIFY)
		vpci->multiplier =
			io_read32(fn->config + cap + CAP_NOTIFY_MULTIPLIER);
}

static int structures_find(struct vpci *vpci)
{
	unsigned int cap = 0;

	/* pci_capability() ends in circles, too */
	for (unsigned int i = 0; i < 48; i++) {
		cap = pci_capability(vpci->fn, CAP_ID, cap);
		if (!cap)
			break;
		structure_note(vpci, cap);
	}
	if (vpci->at[CFG_COMMON] && vpci->bytes[CFG_COMMON] >= COMMON_BYTES &&
	    vpci->at[CFG_NOTIFY] && vpci->at[CFG_ISR] && vpci->at[CFG_DEVICE])
		return 0;
	log_err("%s: has no modern virtio interface: without disable-modern it "
		"would",
		vpci->fn->name);
	return -ENODEV;
}

static int virtio_pci_probe(struct pci_function *fn)
{
	struct vpci *vpci = heap_alloc(sizeof(*vpci));
	int err;

	if (!vpci)
		return -ENOMEM;
	vpci->fn = fn;
	vpci->dev = (struct virtio_device){
		.ops = &vpci_ops,
		.name = fn->name,
		.transport = "virtio-pci",
		.node = pci_node(fn),
		.dma = pci_dma(fn),
	};
	io_wait_init(&vpci->dev.wait);
	err = structures_find(vpci);
	if (!err) {
		pci_start(fn);
		vpci->dev.wait.has_irq = !pci_irq_connect(fn, vpci_irq, vpci);
		err = virtio_probe(&vpci->dev, VIRTIO_ID_BLOCK);
	}
	if (err) {
		pci_quit(fn);
		heap_free(vpci);
	}
	return err;
}

/* 4.1.2.1: modern, and transitional, which has both interfaces */
const struct pci_driver virtio_pci_driver = {
	.name = "virtio-pci",
	.vendor = VENDOR,
	.devices = {DEVICE_BLOCK, DEVICE_TRANSITIONAL_BLOCK},
	.probe = virtio_pci_probe,
};
