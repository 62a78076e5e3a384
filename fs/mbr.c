/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MBR partition tables (UEFI Specification 2.10, section 5.2): four entries in
 * the first block; an extended partition is a chain of blocks of the same kind,
 * each with one partition and the place of the next.
 */
#include "partition.h"

#include <errno.h>
#include <string.h>

#include <drivers/block.h>
#include <lib/bytes.h>
#include <lib/log.h>
#include <mm/heap.h>

#define LOG_TAG "part"

#define MBR_ENTRIES 446
#define MBR_LOGICAL_FIRST 5
#define MBR_CHAIN_MAX 64

#define TYPE_GPT 0xee
#define TYPE_ESP 0xef

static const uint8_t *entry_of(const uint8_t *block, unsigned int index)
{
	return block + MBR_ENTRIES + 16 * index;
}

static bool is_extended(const uint8_t *e)
{
	return e[4] == 0x05 || e[4] == 0x0f || e[4] == 0x85;
}

bool mbr_has_gpt(const uint8_t *block0)
{
	for (unsigned int i = 0; i < 4; i++)
		if (entry_of(block0, i)[4] == TYPE_GPT)
			return true;
	return false;
}

bool mbr_is_table(const struct block_device *dev, const uint8_t *block0)
{
	bool any = false;

	for (unsigned int i = 0; i < 4; i++) {
		const uint8_t *e = entry_of(block0, i);

		if (e[0] & 0x7f)
			return false;
		if (e[4] && get32(e + 12) && get32(e + 8) < dev->block_count)
			any = true;
	}
	return any;
}

static void add(const struct block_device *dev, const uint8_t *e, uint64_t base,
		unsigned int number, struct partition *list,
		unsigned int *count)
{
	partition_add(dev, list, count,
		      &(struct partition){
			      .first_block = base + get32(e + 8),
			      .block_count = get32(e + 12),
			      .number = number,
			      .boot = e[4] == TYPE_ESP || (e[0] & 0x80),
		      });
}

/* Is the chain still short, and has not been at this block? */
static bool may_follow(uint64_t seen[MBR_CHAIN_MAX], unsigned int links,
		       uint64_t block)
{
	if (links == MBR_CHAIN_MAX)
		return false;
	for (unsigned int i = 0; i < links; i++)
		if (seen[i] == block)
			return false;
	seen[links] = block;
	return true;
}

/*
 * Places in the chain count from the extended partition, a partition's own from
 * the block that names it.
 */
static int chain_list(struct block_device *dev, uint64_t base, uint64_t size,
		      struct partition *list, unsigned int *count)
{
	uint8_t *block = heap_alloc(dev->block_size);
	unsigned int number = MBR_LOGICAL_FIRST;
	uint64_t seen[MBR_CHAIN_MAX], at = base;
	int err = 0;

	if (!block)
		return -ENOMEM;
	for (unsigned int links = 0;; links++) {
		const uint8_t *e = entry_of(block, 0), *next;

		if (!may_follow(seen, links, at) || at >= dev->block_count ||
		    at - base >= size) {
			log_err("%s: the logical partitions after number %u "
				"are left out: their chain is damaged",
				dev->name, number - 1);
			break;
		}
		err = block_read(dev, at, block, 1);
		if (err)
			break;
		if (block[510] != 0x55 || block[511] != 0xaa) {
			log_err("%s: no logical partition in block %llu, where "
				"number %u should be",
				dev->name, (unsigned long long)at, number);
			break;
		}
		if (e[4] && get32(e + 12))
			add(dev, e, at, number++, list, count);
		next = entry_of(block, 1);
		if (!is_extended(next) || !get32(next + 12))
			break;
		at = base + get32(next + 8);
	}
	heap_free(block);
	return err;
}

int mbr_list(struct block_device *dev, const uint8_t *block0,
	     struct partition *list, unsigned int *count)
{
	const uint8_t *extended = NULL;

	for (unsigned int i = 0; i < 4; i++) {
		const uint8_t *e = entry_of(block0, i);

		if (!e[4] || !get32(e + 12))
			continue;
		if (!is_extended(e))
			add(dev, e, 0, i + 1, list, count);
		else if (!extended)
			extended = e;
	}
	if (!extended)
		return 0;
	return chain_list(dev, get32(extended + 8), get32(extended + 12), list,
			  count);
}
