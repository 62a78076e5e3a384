/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind of partition table a disk has, if any. */
#include "partition.h"

#include <errno.h>
#include <string.h>

#include <drivers/block.h>
#include <lib/bytes.h>
#include <lib/log.h>
#include <mm/heap.h>

#define LOG_TAG "part"

static bool overlap(const struct partition *a, const struct partition *b)
{
	return a->first_block < b->first_block + b->block_count &&
	       b->first_block < a->first_block + a->block_count;
}

void partition_add(const struct block_device *dev, struct partition *list,
		   unsigned int *count, const struct partition *entry)
{
	if (*count == PARTITION_MAX)
		return;
	if (!entry->block_count || entry->first_block >= dev->block_count ||
	    entry->block_count > dev->block_count - entry->first_block) {
		log_warn("%s: partition %u is left out: it ends behind the "
			 "disk's %llu blocks",
			 dev->name, entry->number,
			 (unsigned long long)dev->block_count);
		return;
	}
	/* two file systems would write to the same blocks */
	for (unsigned int i = 0; i < *count; i++) {
		if (!overlap(&list[i], entry))
			continue;
		log_warn("%s: partition %u is left out: it shares blocks with "
			 "partition %u",
			 dev->name, entry->number, list[i].number);
		return;
	}
	list[(*count)++] = *entry;
}

/*
 * The first block of a FAT file system ends in 55 aa as an MBR does, and its
 * code may look like partitions. Microsoft's FAT specification, section 3.1.
 */
static bool is_fat_boot(const uint8_t *b)
{
	uint16_t sector = get16(b + 11);

	if (!memcmp(b + 3, "EXFAT   ", 8))
		return true;
	if (b[0] != 0xeb && b[0] != 0xe9)
		return false;
	return sector >= 512 && sector <= 4096 && !(sector & (sector - 1)) &&
	       b[13] && !(b[13] & (b[13] - 1)) && get16(b + 14) &&
	       (b[16] == 1 || b[16] == 2) && (b[21] == 0xf0 || b[21] >= 0xf8);
}

static int list_tables(struct block_device *dev, const uint8_t *block0,
		       struct partition *list, unsigned int *count)
{
	bool marked = block0[510] == 0x55 && block0[511] == 0xaa;
	int err;

	if (marked && is_fat_boot(block0))
		return 0;
	if (!marked || mbr_has_gpt(block0)) {
		err = gpt_list(dev, list, count);
		/* without a mark a GPT was only a try */
		if (err != -EILSEQ || !marked)
			return err == -EILSEQ ? 0 : err;
		log_err("%s: neither copy of the GPT is whole: repair it with "
			"gdisk or sfdisk",
			dev->name);
		return err;
	}
	return mbr_is_table(dev, block0) ? mbr_list(dev, block0, list, count)
					 : 0;
}

int partition_list(struct block_device *dev, struct partition *list,
		   unsigned int *count)
{
	uint8_t *block0 = heap_alloc(dev->block_size);
	int err;

	*count = 0;
	if (!block0)
		return -ENOMEM;
	err = block_read(dev, 0, block0, 1);
	if (err)
		log_err("%s: block 0 cannot be read, error %d", dev->name, err);
	else
		err = list_tables(dev, block0, list, count);
	heap_free(block0);
	if (!err && !*count) {
		list[0] = (struct partition){.block_count = dev->block_count};
		*count = 1;
	}
	return err;
}
