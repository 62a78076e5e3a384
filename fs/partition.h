/* SPDX-License-Identifier: Apache-2.0 */
/* Partition tables: GPT and MBR. */
#ifndef FS_PARTITION_H
#define FS_PARTITION_H

#include <lib/types.h>
#include <lib/util.h>

struct block_device;

#define PARTITION_MAX 128

struct partition {
	uint64_t first_block;
	uint64_t block_count;
	unsigned int number; /* as "vda2" has it; 0: the whole disk */
	bool boot;           /* the table marks it as what is booted from */
};

/**
 * partition_list() - what the disk is divided into
 * @list:  PARTITION_MAX entries
 * @count: how many were filled; one of number 0 where there is no table
 *
 * Entries that do not lie on the disk, or share blocks with one before, are left
 * out, and logged.
 *
 * Return: 0; -EILSEQ: the table is damaged, logged; -ENOMEM; block_read()'s.
 */
int __must_check partition_list(struct block_device *dev,
				struct partition *list, unsigned int *count);

/* What partition_list() is made of; @block0 is the disk's first block. */

/** partition_add() - an entry if it lies on the disk, else a log line */
void partition_add(const struct block_device *dev, struct partition *list,
		   unsigned int *count, const struct partition *entry);
/** gpt_list() - Return: 0; -EILSEQ: none of both copies is whole, not logged;
 * others */
int __must_check gpt_list(struct block_device *dev, struct partition *list,
			  unsigned int *count);
/** mbr_has_gpt() - a GPT stands behind it */
bool mbr_has_gpt(const uint8_t *block0);
/** mbr_is_table() - its four entries may be a partition table */
bool mbr_is_table(const struct block_device *dev, const uint8_t *block0);
/** mbr_list() - with logical partitions. Return: 0; -EILSEQ; others */
int __must_check mbr_list(struct block_device *dev, const uint8_t *block0,
			  struct partition *list, unsigned int *count);

#endif
