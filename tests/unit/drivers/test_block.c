/* SPDX-License-Identifier: Apache-2.0 */
/* The block layer over a disk in memory, on a pretend machine of 4 CPUs. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/cpu.h>
#include <core/mutex.h>
#include <core/task.h>
#include <core/timer.h>
#include <drivers/block.h>
#include <drivers/dma.h>

#include "../../fake/fake.h"
#include "../../fake/machine.h"

#define MS 1000000ull
#define LIMIT (10000 * MS)

#define BLOCKS 1000u
#define BLOCK 512u

/*
 * The disk
 */

static struct {
	uint8_t data[BLOCKS * BLOCK];
	unsigned int transfers, flushes, quits;
	uint64_t bad; /* this block cannot be read */
	int answer;   /* to everything, instead */
	uint64_t work_ns;
	bool busy;
	uint64_t last_block;
	uint32_t last_count;
	char order[16];
	unsigned int order_len;
} disk;

static int disk_transfer(struct block_device *dev, uint64_t block, void *buf,
			 uint32_t count, bool write)
{
	uint8_t *at = disk.data + block * BLOCK;

	assert_false(disk.busy);
	disk.busy = true;
	disk.transfers++;
	disk.last_block = block;
	disk.last_count = count;
	assert_true(count >= 1 && count <= dev->max_blocks);
	assert_true(block + count <= BLOCKS);
	assert_true(IS_ALIGNED((uintptr_t)buf, dev->dma_align));
	assert_true(dma_reaches(dev->dma_max, buf, count * BLOCK));
	if (disk.order_len < sizeof(disk.order))
		disk.order[disk.order_len++] = (char)('a' + block / 100);
	if (disk.work_ns)
		machine_work(disk.work_ns);
	disk.busy = false;
	if (disk.answer)
		return disk.answer;
	if (disk.bad >= block && disk.bad < block + count)
		return -EIO;
	memcpy(write ? (void *)at : buf, write ? buf : (void *)at,
	       count * BLOCK);
	return 0;
}

static int disk_flush(struct block_device *dev)
{
	(void)dev;
	disk.flushes++;
	return disk.answer;
}

static void disk_quit(struct block_device *dev)
{
	(void)dev;
	disk.quits++;
}

static const struct block_ops disk_ops = {
	.transfer = disk_transfer,
	.flush = disk_flush,
	.quit = disk_quit,
};

/* A new one for each test: they stay in the list for ever. */
static struct block_device *disk_new(void)
{
	static struct block_device devs[16];
	static char names[16][8];
	static unsigned int count;
	struct block_device *dev = &devs[count];

	memset(&disk, 0, sizeof(disk));
	disk.bad = UINT64_MAX;
	for (unsigned int i = 0; i < sizeof(disk.data); i++)
		disk.data[i] = (uint8_t)(i / BLOCK * 7 + i);
	names[count][0] = 't';
	names[count][1] = (char)('a' + count);
	*dev = (struct block_device){
		.name = names[count],
		.driver = "test",
		.node = 100 + (int)count,
		.ops = &disk_ops,
		.block_count = BLOCKS,
		.block_size = BLOCK,
		.max_blocks = 32,
		.dma_align = 64,
	};
	count++;
	assert_int_equal(block_register(dev), 0);
	return dev;
}

static bool same(const void *buf, uint64_t block, size_t count)
{
	return !memcmp(buf, disk.data + block * BLOCK, count * BLOCK);
}

static void registering(void)
{
	struct block_device *dev = disk_new(), other;

	assert_ptr_equal(block_find(dev->name), dev);
	assert_null(block_find("nonsense"));
	other = *dev;
	assert_int_equal(block_register(&other), -EEXIST);
	other.name = "bad";
	for (unsigned int i = 0; i < 8; i++) {
		other = *dev;
		other.name = "bad";
		switch (i) {
		case 0:
			other.block_size = 0;
			break;
		case 1:
			other.block_size = 520;
			break;
		case 2:
			other.block_size = 8192;
			break;
		case 3:
			other.block_size = 256;
			break;
		case 4:
			other.block_count = 0;
			break;
		case 5:
			other.block_count = UINT64_MAX / 512;
			break;
		case 6:
			other.max_blocks = 0;
			break;
		case 7:
			other.dma_align = 3;
			break;
		}
		assert_int_equal(block_register(&other), -EINVAL);
	}
	assert_null(block_find("bad"));
}

/* What the driver can reach it gets as it is, in pieces of its size. */
static void direct(void)
{
	struct block_device *dev = disk_new();
	uint8_t *buf = dma_alloc(UINT64_MAX, 100 * BLOCK);

	assert_int_equal(block_read(dev, 17, buf, 100), 0);
	assert_true(same(buf, 17, 100));
	assert_int_equal(disk.transfers, 4); /* 32 + 32 + 32 + 4 */
	assert_int_equal(disk.last_count, 4);
	memset(buf, 0x11, 100 * BLOCK);
	assert_int_equal(block_write(dev, 500, buf, 100), 0);
	assert_true(same(buf, 500, 100));
	assert_int_equal(disk.transfers, 8);
	dma_free(buf, 100 * BLOCK);
}

/* Off the alignment, or memory of no RAM: by the bounce buffer. */
static void bounced(void)
{
	struct block_device *dev = disk_new();
	uint8_t *page = dma_alloc(UINT64_MAX, 100 * BLOCK);
	uint8_t *heap = malloc(64 * BLOCK);

	assert_int_equal(block_read(dev, 3, page + 8, 64), 0);
	assert_true(same(page + 8, 3, 64));
	assert_int_equal(block_read(dev, 900, heap, 64), 0);
	assert_true(same(heap, 900, 64));
	memset(heap, 0x22, 64 * BLOCK);
	assert_int_equal(block_write(dev, 64, heap, 64), 0);
	assert_true(same(heap, 64, 64));
	free(heap);
	dma_free(page, 100 * BLOCK);
}

static void no_memory(void)
{
	struct block_device *dev = disk_new();
	uint8_t buf[BLOCK];

	fake_frames_fail_after = 0;
	assert_int_equal(block_read(dev, 3, buf, 1), -ENOMEM);
	fake_frames_fail_after = -1;
	assert_int_equal(block_read(dev, 3, buf, 1), 0);
	assert_true(same(buf, 3, 1));
}

static void limits(void)
{
	struct block_device *dev = disk_new();
	uint8_t buf[2 * BLOCK];

	assert_int_equal(block_read(dev, BLOCKS - 1, buf, 1), 0);
	assert_true(same(buf, BLOCKS - 1, 1));
	assert_int_equal(block_read(dev, BLOCKS - 1, buf, 2), -ERANGE);
	assert_int_equal(block_read(dev, BLOCKS, buf, 1), -ERANGE);
	assert_int_equal(block_read(dev, UINT64_MAX, buf, 2), -ERANGE);
	assert_int_equal(block_read(dev, 1, buf, SIZE_MAX), -ERANGE);
	assert_int_equal(block_write(dev, BLOCKS, buf, 1), -ERANGE);
	assert_int_equal(block_read(dev, BLOCKS, buf, 0), 0);
	dev->read_only = true;
	assert_int_equal(block_write(dev, 0, buf, 1), -EROFS);
}

static void cache_hits(void)
{
	struct block_device *dev = disk_new();
	uint8_t buf[4 * BLOCK];

	for (unsigned int i = 8; i < 16; i++) {
		assert_int_equal(block_read(dev, i, buf, 1), 0);
		assert_true(same(buf, i, 1));
	}
	assert_int_equal(disk.transfers, 1);
	assert_int_equal(disk.last_block, 8);
	assert_int_equal(disk.last_count, 8);
	/* over the end of a line */
	assert_int_equal(block_read(dev, 14, buf, 4), 0);
	assert_true(same(buf, 14, 4));
	assert_int_equal(disk.transfers, 2);
	/* a write is on the disk and in the cache */
	memset(buf, 0x33, sizeof(buf));
	assert_int_equal(block_write(dev, 15, buf, 2), 0);
	assert_true(same(buf, 15, 2));
	assert_int_equal(disk.transfers, 3);
	memset(buf, 0, sizeof(buf));
	assert_int_equal(block_read(dev, 14, buf, 4), 0);
	assert_true(same(buf, 14, 4));
	assert_int_equal(disk.transfers, 3);
	/* one that failed: nobody knows what is there */
	disk.answer = -EIO;
	assert_int_equal(block_write(dev, 15, buf, 1), -EIO);
	disk.answer = 0;
	disk.data[15 * BLOCK] = 0x44;
	assert_int_equal(block_read(dev, 15, buf, 1), 0);
	assert_true(same(buf, 15, 1));
}

/* 32 lines: what was used longest ago makes room. */
static void cache_is_lru(void)
{
	struct block_device *dev = disk_new();
	uint8_t buf[BLOCK];

	for (unsigned int i = 0; i < 32; i++)
		assert_int_equal(block_read(dev, 8 * i, buf, 1), 0);
	assert_int_equal(block_read(dev, 0, buf, 1), 0);
	assert_int_equal(disk.transfers, 32);
	assert_int_equal(block_read(dev, 8 * 32, buf, 1), 0);
	assert_int_equal(disk.transfers, 33);
	assert_int_equal(block_read(dev, 0, buf, 1), 0);
	assert_int_equal(disk.transfers, 33);
	assert_int_equal(block_read(dev, 8, buf, 1), 0);
	assert_int_equal(disk.transfers, 34);
}

static void errors(void)
{
	struct block_device *dev = disk_new();
	uint8_t buf[BLOCK];

	disk.bad = 42;
	assert_int_equal(block_read(dev, 41, buf, 1), 0);
	assert_true(same(buf, 41, 1));
	assert_int_equal(block_read(dev, 42, buf, 1), -EIO);
	assert_int_equal(block_read(dev, 43, buf, 1), 0);
	assert_int_equal(block_errors(dev), 4);
	disk.answer = -ETIMEDOUT;
	disk.transfers = 0;
	assert_int_equal(block_read(dev, 80, buf, 1), -ETIMEDOUT);
	assert_int_equal(disk.transfers, 1); /* nobody waits twice */
	disk.answer = -EINVAL;               /* a driver's nonsense */
	assert_int_equal(block_read(dev, 80, buf, 1), -EIO);
	assert_int_equal(block_flush(dev), -EIO);
	disk.answer = 0;
	assert_int_equal(block_flush(dev), 0);
	assert_int_equal(disk.flushes, 2);
	assert_int_equal(block_read(dev, 80, buf, 1), 0);
	/* gone is for ever, the cache included */
	disk.answer = -ENODEV;
	assert_int_equal(block_write(dev, 80, buf, 1), -ENODEV);
	disk.answer = 0;
	disk.transfers = 0;
	assert_true(block_is_gone(dev));
	assert_int_equal(block_read(dev, 41, buf, 1), -ENODEV);
	assert_int_equal(block_write(dev, 41, buf, 1), -ENODEV);
	assert_int_equal(block_flush(dev), -ENODEV);
	assert_int_equal(block_hold(dev), -ENODEV);
	assert_int_equal(disk.transfers, 0);
}

static void leaving(void)
{
	struct block_device *dev = disk_new();
	uint64_t before = fake_frames_out();
	uint8_t buf[BLOCK];

	assert_int_equal(block_read(dev, 0, buf, 1), 0);
	assert_int_equal(block_hold(dev), 0);
	assert_true(block_node_is_held(dev->node));
	assert_int_equal(block_node_quit(dev->node), -EBUSY);
	assert_int_equal(block_read(dev, 0, buf, 1), 0);
	block_let_go(dev);
	assert_false(block_node_is_held(dev->node));
	assert_int_equal(block_node_quit(dev->node), 1);
	assert_int_equal(disk.quits, 1);
	assert_int_equal(fake_frames_out(), before);
	assert_int_equal(block_read(dev, 0, buf, 1), -ENODEV);
	assert_int_equal(block_node_quit(dev->node), 0);
	assert_int_equal(disk.quits, 1);
}

/* Several tasks: one at a time, in the order in which they came. */
struct job {
	struct block_device *dev;
	uint64_t block;
	int err;
};

static void job_run(void *arg)
{
	struct job *job = arg;
	uint8_t *buf = malloc(40 * BLOCK);

	job->err = block_read(job->dev, job->block, buf, 32);
	if (!job->err && !same(buf, job->block, 32))
		job->err = 1;
	free(buf);
}

static void in_order(void)
{
	struct job jobs[8];
	struct task *tasks[8];

	struct block_device *dev = disk_new();

	disk.work_ns = 5 * MS;
	for (unsigned int i = 0; i < 8; i++) {
		/* those of later ones are more urgent, which counts for nothing */
		const struct task_attr attr = {
			.name = "job",
			.fn = job_run,
			.arg = &jobs[i],
			.priority = (uint8_t)(3 + i),
			.affinity = BIT(i % MACHINE_CPUS),
		};

		jobs[i] = (struct job){dev, 100 * i, -1};
		assert_int_equal(task_create(&attr, &tasks[i]), 0);
		task_sleep_until(time_ns() + MS);
	}
	for (unsigned int i = 0; i < 8; i++) {
		task_join(tasks[i]);
		assert_int_equal(jobs[i].err, 0);
	}
	assert_memory_equal(disk.order, "abcdefgh", 8);
}

/* clang-format off */
#define CASE(fn) static void test_##fn(void **s) { (void)s; machine_test(fn, LIMIT); }
/* clang-format on */
CASE(registering)
CASE(direct)
CASE(bounced)
CASE(no_memory)
CASE(limits)
CASE(cache_hits)
CASE(cache_is_lru)
CASE(errors)
CASE(leaving)
CASE(in_order)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registering),
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_bounced),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_cache_hits),
		cmocka_unit_test(test_cache_is_lru),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_leaving),
		cmocka_unit_test(test_in_order),
	};

	machine_start();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
