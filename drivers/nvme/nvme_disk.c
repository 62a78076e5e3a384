/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces of an NVMe controller as disks. NVM Express 1.4, 5.15, 6. */
#include "nvme.h"

#include <string.h>

#include <arch/pgtable.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <stdio.h>

#define LOG_TAG "nvme"

#define CONTROLLERS_MAX 10u
#define NAMESPACES_MAX 8u

/* 5.15.2.2 Identify Controller */
#define CTRL_MODEL 24u
#define CTRL_MODEL_BYTES 40u
#define CTRL_MDTS 77u
#define CTRL_VWC 525u

/* 5.15.2.1 Identify Namespace */
#define NS_SIZE 0u
#define NS_FLBAS 26u
#define NS_ATTR 99u
#define NS_LBAF 128u

/** struct nvme_disk - a namespace; @cached: flushing has a meaning */
struct nvme_disk {
	struct block_device block;
	struct nvme *nvme;
	uint32_t nsid;
	bool cached;
	char name[16];
	char model[CTRL_MODEL_BYTES + 1];
};

/** struct controller - what all its namespaces have */
struct controller {
	uint32_t index;
	uint32_t max_bytes;
	bool cached;
	char model[CTRL_MODEL_BYTES + 1];
};

static uint64_t little(const uint8_t *bytes, unsigned int count)
{
	uint64_t value = 0;

	while (count--)
		value = value << 8 | bytes[count];
	return value;
}

static int io(struct nvme_disk *disk, struct nvme_command *command)
{
	struct nvme *nvme = disk->nvme;
	int err;

	mutex_lock(&nvme->lock);
	command->nsid = disk->nsid;
	err = nvme_command(nvme, &nvme->io, command);
	mutex_unlock(&nvme->lock);
	return err;
}

static int disk_transfer(struct block_device *block_dev, uint64_t block,
			 void *buf, uint32_t count, bool write)
{
	struct nvme_disk *disk =
		container_of(block_dev, struct nvme_disk, block);
	struct nvme *nvme = disk->nvme;
	uint32_t bytes = count * block_dev->block_size;
	struct nvme_command command = {
		.cdw0 = write ? NVME_IO_WRITE : NVME_IO_READ,
		.nsid = disk->nsid,
		.cdw10 = (uint32_t)block,
		.cdw11 = (uint32_t)(block >> 32),
		.cdw12 = count - 1,
	};
	int err;

	dma_to_device(&nvme->dma, buf, bytes);
	mutex_lock(&nvme->lock);
	nvme_prp(nvme, &command, virt_to_phys(buf).v, bytes);
	err = nvme_command(nvme, &nvme->io, &command);
	mutex_unlock(&nvme->lock);
	if (!err && !write)
		dma_from_device(&nvme->dma, buf, bytes);
	return err;
}

static int disk_flush(struct block_device *block_dev)
{
	struct nvme_disk *disk =
		container_of(block_dev, struct nvme_disk, block);
	struct nvme_command command = {.cdw0 = NVME_IO_FLUSH};

	return disk->cached ? io(disk, &command) : 0;
}

/* All of them go, or none: the first takes the controller along, when no other
 * has a command out. */
static void disk_quit(struct block_device *block_dev)
{
	struct nvme *nvme =
		container_of(block_dev, struct nvme_disk, block)->nvme;

	mutex_lock(&nvme->lock);
	if (!nvme->dead) {
		nvme->dead = true;
		(void)nvme_stop(nvme);
		nvme->quit(nvme);
	}
	mutex_unlock(&nvme->lock);
}

static const struct block_ops disk_ops = {
	.transfer = disk_transfer,
	.flush = disk_flush,
	.quit = disk_quit,
};

/* Padded with blanks; what is no text is not shown as such. */
static void model_copy(char *model, const uint8_t *bytes)
{
	unsigned int len = CTRL_MODEL_BYTES;

	while (len && (bytes[len - 1] == ' ' || !bytes[len - 1]))
		len--;
	for (unsigned int i = 0; i < len; i++)
		model[i] = bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char)bytes[i]
							       : '?';
	model[len] = 0;
}

static int controller_read(struct nvme *nvme, struct controller *controller)
{
	static uint32_t count;
	const uint8_t *id = nvme_identify(nvme, NVME_CNS_CONTROLLER, 0);
	uint8_t mdts;

	if (!id)
		return -EIO;
	if (count == CONTROLLERS_MAX)
		return -ENOSPC;
	controller->index = count++;
	/* in pages, as a power of two; 0: no limit */
	mdts = id[CTRL_MDTS];
	controller->max_bytes = NVME_TRANSFER_BYTES;
	if (mdts && mdts < 8)
		controller->max_bytes = (uint32_t)PAGE_SIZE << mdts;
	controller->cached = id[CTRL_VWC] & 1;
	model_copy(controller->model, id + CTRL_MODEL);
	return 0;
}

static int namespace_add(struct nvme *nvme, const struct controller *controller,
			 uint32_t nsid)
{
	const uint8_t *id = nvme_identify(nvme, NVME_CNS_NAMESPACE, nsid);
	struct nvme_disk *disk;
	uint32_t format;
	int err;

	if (!id)
		return -EIO;
	format = (uint32_t)little(
		id + NS_LBAF + 4 * (size_t)(id[NS_FLBAS] & 0xf), 4);
	if (!little(id + NS_SIZE, 8))
		return 0; /* a namespace that is not active */
	if ((uint16_t)format) {
		log_warn("%s: namespace %u has metadata with its blocks: left "
			 "alone",
			 nvme->name, nsid);
		return 0;
	}
	disk = heap_alloc(sizeof(*disk));
	if (!disk)
		return -ENOMEM;
	disk->nvme = nvme;
	disk->nsid = nsid;
	disk->cached = controller->cached;
	memcpy(disk->model, controller->model, sizeof(disk->model));
	snprintf(disk->name, sizeof(disk->name), "nvme%un%u", controller->index,
		 nsid);
	disk->block = (struct block_device){
		.name = disk->name,
		.model = disk->model,
		.driver = "nvme",
		.node = nvme->node,
		.ops = &disk_ops,
		.block_count = little(id + NS_SIZE, 8),
		.block_size = 1u << (format >> 16 & 0x1f),
		.dma_align = DMA_LINE_BYTES,
		.dma_max = nvme->dma.max,
		.read_only = id[NS_ATTR] & 1,
	};
	disk->block.max_blocks =
		MIN(controller->max_bytes / disk->block.block_size, 65536u);
	err = block_register(&disk->block);
	if (err)
		heap_free(disk);
	return err == -EINVAL ? 0 : err; /* which was logged */
}

int nvme_disks_register(struct nvme *nvme)
{
	uint32_t nsids[NAMESPACES_MAX];
	unsigned int count = 0, found = 0;
	struct controller controller;
	const uint8_t *list;
	int err = controller_read(nvme, &controller);

	if (err)
		return err;
	list = nvme_identify(nvme, NVME_CNS_LIST, 0);
	while (list && count < NAMESPACES_MAX &&
	       little(list + 4 * (size_t)count, 4)) {
		nsids[count] = (uint32_t)little(list + 4 * (size_t)count, 4);
		count++;
	}
	/* 1.0 had no list, and the first is always there */
	if (!list) {
		nsids[0] = 1;
		count = 1;
	}
	for (unsigned int i = 0; i < count; i++) {
		err = namespace_add(nvme, &controller, nsids[i]);
		if (err)
			log_err("%s: namespace %u: error %d", nvme->name,
				nsids[i], err);
		else
			found++;
	}
	return found ? 0 : -ENODEV;
}
