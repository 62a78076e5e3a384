/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GUID partition tables, UEFI Specification 2.10, section 5.3: a header in the
 * second block and another in the last, each with its own array of entries.
 */
#include "partition.h"

#include <errno.h>
#include <string.h>

#include <drivers/block.h>
#include <lib/bytes.h>
#include <lib/crc32.h>
#include <lib/log.h>
#include <mm/heap.h>

#define LOG_TAG "part"

#define GPT_HEADER_BYTES 92
#define GPT_ARRAY_MAX (1024 * 1024)
#define GPT_BOOT_LEGACY BIT(2) /* of an entry's attributes */

/* EFI system partition c12a7328-f81f-11d2-ba4b-00a0c93ec93b, as stored */
static const uint8_t esp_guid[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8,
				     0xd2, 0x11, 0xba, 0x4b, 0x00, 0xa0,
				     0xc9, 0x3e, 0xc9, 0x3b};

struct gpt {
	uint64_t array_block;
	uint64_t first_usable, last_usable;
	uint32_t entry_count, entry_bytes;
	uint32_t array_crc;
};

static uint32_t crc_of(const void *data, size_t len)
{
	return (uint32_t)crc32(0, data, (uint32_t)len);
}

static bool header_parse(const struct block_device *dev, uint8_t *h,
			 uint64_t block, struct gpt *gpt)
{
	uint32_t size = get32(h + 12), crc = get32(h + 16);

	if (memcmp(h, "EFI PART", 8) || size < GPT_HEADER_BYTES ||
	    size > dev->block_size || get64(h + 24) != block)
		return false;
	put32(h + 16, 0);
	if (crc_of(h, size) != crc)
		return false;
	*gpt = (struct gpt){
		.array_block = get64(h + 72),
		.first_usable = get64(h + 40),
		.last_usable = get64(h + 48),
		.entry_count = get32(h + 80),
		.entry_bytes = get32(h + 84),
		.array_crc = get32(h + 88),
	};
	return gpt->entry_bytes >= 128 &&
	       !(gpt->entry_bytes & (gpt->entry_bytes - 1)) &&
	       gpt->entry_bytes <= GPT_ARRAY_MAX && gpt->entry_count &&
	       gpt->entry_count <= GPT_ARRAY_MAX / gpt->entry_bytes;
}

static void entry_add(const struct block_device *dev, const struct gpt *gpt,
		      const uint8_t *e, unsigned int number,
		      struct partition *list, unsigned int *count)
{
	static const uint8_t unused[16];
	uint64_t first = get64(e + 32), last = get64(e + 40);

	if (!memcmp(e, unused, sizeof(unused)))
		return;
	if (first > last || first < gpt->first_usable ||
	    last > gpt->last_usable) {
		log_warn("%s: partition %u is left out: blocks %llu to %llu "
			 "are not among those of the table",
			 dev->name, number, (unsigned long long)first,
			 (unsigned long long)last);
		return;
	}
	partition_add(dev, list, count,
		      &(struct partition){
			      .first_block = first,
			      .block_count = last - first + 1,
			      .number = number,
			      .boot = !memcmp(e, esp_guid, sizeof(esp_guid)) ||
				      (get64(e + 48) & GPT_BOOT_LEGACY),
		      });
}

static int array_read(struct block_device *dev, const struct gpt *gpt,
		      struct partition *list, unsigned int *count)
{
	size_t bytes = (size_t)gpt->entry_count * gpt->entry_bytes;
	size_t blocks = ALIGN_UP(bytes, dev->block_size) / dev->block_size;
	uint8_t *array;
	int err;

	if (gpt->array_block >= dev->block_count ||
	    blocks > dev->block_count - gpt->array_block)
		return -EILSEQ;
	array = heap_alloc(blocks * dev->block_size);
	if (!array)
		return -ENOMEM;
	err = block_read(dev, gpt->array_block, array, blocks);
	if (!err && crc_of(array, bytes) != gpt->array_crc)
		err = -EILSEQ;
	for (uint32_t i = 0; !err && i < gpt->entry_count; i++)
		entry_add(dev, gpt, array + (size_t)i * gpt->entry_bytes, i + 1,
			  list, count);
	heap_free(array);
	return err;
}

static int copy_list(struct block_device *dev, uint64_t block,
		     struct partition *list, unsigned int *count)
{
	uint8_t *header = heap_alloc(dev->block_size);
	struct gpt gpt;
	int err;

	if (!header)
		return -ENOMEM;
	err = block_read(dev, block, header, 1);
	if (!err && !header_parse(dev, header, block, &gpt))
		err = -EILSEQ;
	if (!err)
		err = array_read(dev, &gpt, list, count);
	heap_free(header);
	return err;
}

int gpt_list(struct block_device *dev, struct partition *list,
	     unsigned int *count)
{
	int err;

	if (dev->block_count < 3)
		return -EILSEQ;
	err = copy_list(dev, 1, list, count);
	if (!err || err == -ENOMEM)
		return err;
	/* a block that cannot be read is one reason to have two copies */
	err = copy_list(dev, dev->block_count - 1, list, count);
	if (!err)
		log_warn("%s: the first GPT is damaged, its copy at the end "
			 "of the disk is used",
			 dev->name);
	return err;
}
