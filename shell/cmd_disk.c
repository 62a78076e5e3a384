/* SPDX-License-Identifier: Apache-2.0 */
/* disk: the machine's disks, and single blocks of them */
#include "commands.h"

#include <core/timer.h>
#include <drivers/block.h>
#include <drivers/dma.h>
#include <errno.h>
#include <fs/claim.h>
#include <fs/fs.h>
#include <lib/crc32.h>
#include <mm/heap.h>
#include <string.h>

typedef unsigned long long ull;

#define CHUNK_BYTES 262144u

static struct block_device *disk_of(const char *name)
{
	struct block_device *dev = block_find(name);

	if (!dev)
		shell_printf("%s: no such disk; `disk list` lists them\n",
			     name);
	return dev;
}

/* Return: 0; -EINVAL, which was said */
static int number(const char *text, uint64_t max, uint64_t *value)
{
	const char *digit = text;

	for (*value = 0; *digit >= '0' && *digit <= '9' && *value <= max;
	     digit++) {
		if (*value > (UINT64_MAX - 9) / 10)
			break;
		*value = 10 * *value + (uint64_t)(*digit - '0');
	}
	if (*text && !*digit && *value <= max)
		return 0;
	shell_printf("\"%s\" is no number from 0 to %llu\n", text, (ull)max);
	return -EINVAL;
}

static int result(const struct block_device *dev, const char *what, int err)
{
	const char *why = err == -ENODEV      ? "it is gone"
			  : err == -ETIMEDOUT ? "it does not answer"
			  : err == -EROFS     ? "it is read-only"
			  : err == -ENOMEM    ? "no memory"
					      : "the disk reports an error";

	if (err)
		shell_printf("disk: %s: cannot %s: %s\n", dev->name, what, why);
	return err ? 1 : 0;
}

/*
 * disk list
 */

static void size_show(uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	unsigned int unit = 0;

	for (bytes >>= 10; bytes >= 10240 && unit < 3; bytes >>= 10)
		unit++;
	shell_printf("%6llu %s", (ull)bytes, units[unit]);
}

static int disk_list_run(const struct shell_args *args __unused_arg)
{
	shell_printf("%-10s %10s %5s %-12s %6s %-9s %s\n", "NAME", "SIZE",
		     "BLOCK", "DRIVER", "ERRORS", "STATE", "MODEL");
	for (struct block_device *dev = block_next(NULL); dev;
	     dev = block_next(dev)) {
		shell_printf("%-10s ", dev->name);
		size_show(dev->block_count * dev->block_size);
		shell_printf(" %5u %-12s %6u %-9s %s\n", dev->block_size,
			     dev->driver, block_errors(dev),
			     block_is_gone(dev) ? "gone"
			     : dev->read_only   ? "read-only"
						: "ready",
			     dev->model ? dev->model : "-");
	}
	return 0;
}

static const struct shell_cmd disk_list_cmd = {
	.parent = "disk",
	.name = "list",
	.help = "list the disks that the host drives, and their errors so far",
	.run = disk_list_run,
};
SHELL_CMD(disk_list_cmd);

/*
 * disk read
 */

static void dump(const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size; at += 16) {
		shell_printf("%04x ", (unsigned int)at);
		for (size_t i = at; i < at + 16; i++)
			shell_printf(" %02x", bytes[i]);
		shell_printf("  ");
		for (size_t i = at; i < at + 16; i++)
			shell_printf("%c", bytes[i] >= 0x20 && bytes[i] < 0x7f
						   ? bytes[i]
						   : '.');
		shell_printf("\n");
	}
}

static int disk_read_run(const struct shell_args *args)
{
	struct block_device *dev = disk_of(args->words[0]);
	uint64_t block;
	void *buf;
	int err;

	if (!dev || number(args->words[1], dev->block_count - 1, &block))
		return 1;
	buf = heap_alloc(dev->block_size);
	err = buf ? block_read(dev, block, buf, 1) : -ENOMEM;
	if (!err)
		dump(buf, dev->block_size);
	heap_free(buf);
	return result(dev, "read", err);
}

static const struct shell_cmd disk_read_cmd = {
	.parent = "disk",
	.name = "read",
	.help = "show a block of a disk",
	.operands = "DISK BLOCK",
	.operand = SHELL_DISK,
	.min = 2,
	.max = 2,
	.run = disk_read_run,
};
SHELL_CMD(disk_read_cmd);

/*
 * disk check
 */

/* What cannot be read is passed over block by block and counted. */
static int check(struct block_device *dev, uint64_t first, uint64_t count,
		 uint8_t *buf)
{
	uint64_t per_chunk = CHUNK_BYTES / dev->block_size, bad = 0;
	uint64_t start = time_ns(), end = first + count, ms, bytes;
	unsigned long crc = 0;

	bytes = count * dev->block_size;
	for (uint64_t block = first; block < end;) {
		uint64_t n = MIN(per_chunk, end - block);
		int err = block_read(dev, block, buf, n);

		if (err && err != -EIO)
			return result(dev, "read", err);
		per_chunk = err ? 1 : CHUNK_BYTES / dev->block_size;
		if (err && n > 1)
			continue;
		bad += err != 0;
		if (!err)
			crc = crc32(crc, buf, (uint32_t)n * dev->block_size);
		block += n;
	}
	ms = (time_ns() - start) / 1000000;
	shell_printf(
		"%llu blocks, %llu bad, CRC-32 %08lx, %llu ms, %llu KiB/s\n",
		(ull)count, (ull)bad, crc, (ull)ms,
		(ull)(bytes / 1024 * 1000 / MAX(ms, (uint64_t)1)));
	return bad ? 1 : 0;
}

static int disk_check_run(const struct shell_args *args)
{
	struct block_device *dev = disk_of(args->words[0]);
	uint64_t first = 0, count;
	uint8_t *buf;
	int err;

	if (!dev || (args->count > 1 &&
		     number(args->words[1], dev->block_count - 1, &first)))
		return 1;
	count = dev->block_count - first;
	if (args->count > 2 && number(args->words[2], count, &count))
		return 1;
	/* which its driver takes as it is */
	buf = dma_alloc(dev->dma_max, CHUNK_BYTES);
	if (!buf)
		return result(dev, "read", -ENOMEM);
	err = check(dev, first, count, buf);
	dma_free(buf, CHUNK_BYTES);
	return err;
}

static const struct shell_cmd disk_check_cmd = {
	.parent = "disk",
	.name = "check",
	.help = "read a disk, or COUNT blocks from FIRST; say how many are bad, "
		"how long it took, and the CRC-32 of all that was read",
	.operands = "DISK [FIRST [COUNT]]",
	.operand = SHELL_DISK,
	.min = 1,
	.max = 3,
	.run = disk_check_run,
};
SHELL_CMD(disk_check_cmd);

/*
 * disk write
 */

/* Its partitions are called as Linux calls them: vda2, nvme0n1p3. */
static bool is_mounted(const struct block_device *dev)
{
	size_t len = strlen(dev->name);
	struct fs_volume_info info = {0};

	/* one that cannot be asked for its room is mounted all the same */
	for (unsigned int i = 0;
	     IS_ENABLED(CONFIG_FS) && fs_volume(i, &info) != -ENOENT; i++) {
		const char *number = info.partition + len;

		if (strncmp(info.partition, dev->name, len))
			continue;
		if (*number == 'p')
			number++;
		if (!number[strspn(number, "0123456789")])
			return true;
	}
	return false;
}

static int disk_write_run(const struct shell_args *args)
{
	struct block_device *dev = disk_of(args->words[0]);
	size_t len = strlen(args->words[2]);
	uint64_t block;
	char *buf;
	int err;

	if (!dev || number(args->words[1], dev->block_count - 1, &block))
		return 1;
	if (is_mounted(dev)) {
		shell_printf("disk: %s has a mounted file system (`df` lists "
			     "them): its blocks are not written singly\n",
			     dev->name);
		return 1;
	}
	if (IS_ENABLED(CONFIG_FS) && fs_is_claimed(dev)) {
		shell_printf("disk: %s is used by a guest, in whole or in "
			     "part: its blocks are not written singly\n",
			     dev->name);
		return 1;
	}
	buf = heap_alloc(dev->block_size);
	if (!buf)
		return result(dev, "write", -ENOMEM);
	memcpy(buf, args->words[2], MIN(len, (size_t)dev->block_size));
	err = block_write(dev, block, buf, 1);
	if (!err)
		err = block_flush(dev);
	heap_free(buf);
	return result(dev, "write", err);
}

static const struct shell_cmd disk_write_cmd = {
	.parent = "disk",
	.name = "write",
	.help = "fill a block of a disk with TEXT and zeros: what was there is "
		"lost",
	.operands = "DISK BLOCK TEXT",
	.operand = SHELL_DISK,
	.min = 3,
	.max = 3,
	.run = disk_write_run,
};
SHELL_CMD(disk_write_cmd);

static const struct shell_cmd disk_cmd = {
	.name = "disk",
	.help = "look at the machine's disks",
};
SHELL_CMD(disk_cmd);
