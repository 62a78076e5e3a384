/* SPDX-License-Identifier: Apache-2.0 */
/* Damaged GPTs and MBRs: partitions lie on the disk and share no blocks. */
#include "fs_disk.h"

#include <lib/crc32.h>

#include "../../fs/partition.h"

/* the same table, and so the same inputs, each time */
#define GUID "3b0a5c1e-64d2-4c5f-9d33-6a51c7e2f90"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fs_disk_seed("truncate -s 1M disk; printf 'label: gpt\\nfirst-lba: "
		     "34\\nlabel-id: " GUID "0\\n"
		     "start=40,size=100,uuid=" GUID "1\\n"
		     "start=200,size=300,uuid=" GUID "2\\n"
		     "start=600,size=700,uuid=" GUID "3\\n' | sfdisk disk");
	fs_disk_seed("truncate -s 1M disk; printf 'label: dos\\nlabel-id: 1\\n"
		     "start=10,size=40\\n"
		     "start=100,size=1500,type=f\\nstart=110,size=20"
		     "\\nstart=200,size=100\\nstart=400,size=7\\n' | sfdisk "
		     "disk");
	return 0;
}

static void put(uint8_t *at, uint32_t value)
{
	for (unsigned int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* With right checksums the damage gets further. */
static void crcs_mend(uint8_t *disk)
{
	uint8_t *header = disk + 512;

	put(header + 88, (uint32_t)crc32(0, disk + 1024, 128 * 128));
	put(header + 16, 0);
	put(header + 16, (uint32_t)crc32(0, header, 92));
	fs_disk_note(512, 512);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct partition list[PARTITION_MAX];
	struct input in = {.at = data, .left = size};
	uint8_t *disk = fs_disk_damage(&in);
	struct block_device *dev = block_next(NULL);
	unsigned int count;

	if (input_u8(&in) & 1 && disk[510] == 0x55)
		crcs_mend(disk);
	if (partition_list(dev, list, &count))
		must(!count || count <= PARTITION_MAX);
	for (unsigned int i = 0; i < count; i++) {
		must(list[i].block_count &&
		     list[i].first_block < dev->block_count &&
		     list[i].block_count <=
			     dev->block_count - list[i].first_block);
		for (unsigned int j = 0; j < i; j++)
			must(list[i].first_block >=
				     list[j].first_block +
					     list[j].block_count ||
			     list[j].first_block >=
				     list[i].first_block + list[i].block_count);
	}
	fs_disk_restore();
	return 0;
}
