/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest of little RAM under an emulated controller of cards, which the test
 * includes: virt/guest_mem.c is the real one, the card's content is here.
 */
#ifndef TESTS_CARD_MACHINE_H
#define TESTS_CARD_MACHINE_H

#include "fake_virt.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <virt/config.h>
#include <virt/vdisk.h>
#include <virt/vm.h>

#include <arch/pgtable.h>
#include <cmocka.h>

#define IRQ 45
#define RAM 0x40000000u
#define RAM_BYTES (2u << 20)
/* adjacent for the guest alone */
#define RAM_2 (RAM + RAM_BYTES)
#define RAM_2_BYTES 0x10000u
#define RAM_END (RAM_2 + RAM_2_BYTES)
#define DISK_BYTES (2u << 20)

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static const struct vm_config config = {.name = "test", .id = 3};
static struct vm_ram ram[] = {
	{.gpa = {RAM},
	 .hpa = {0x10000000},
	 .size_bytes = RAM_BYTES,
	 .mapped = true},
	{.gpa = {RAM_2},
	 .hpa = {0x30000000},
	 .size_bytes = RAM_2_BYTES,
	 .mapped = true},
};
static struct vm vm = {.config = &config, .ram = ram, .ram_count = 2};
static struct vdev dev;
static uint8_t content[DISK_BYTES];
static uint64_t bad_byte; /* neither read nor written */
static uint64_t moved;    /* by the disk */

int vdisk_create(struct vdev *d)
{
	static struct vdisk disk = {.bytes = DISK_BYTES};

	d->disk = &disk;
	return 0;
}

static int touch(uint64_t at, uint32_t len)
{
	assert_true(at <= DISK_BYTES && len <= DISK_BYTES - at);
	moved += len;
	return at <= bad_byte && bad_byte < at + len ? -5 : 0;
}

int vdisk_read(struct vdisk *disk, uint64_t at, void *buf, uint32_t len)
{
	int err = touch(at, len);

	assert_ptr_equal(disk, dev.disk);
	if (!err)
		memcpy(buf, content + at, len);
	return err;
}

int vdisk_write(struct vdisk *disk, uint64_t at, const void *buf, uint32_t len)
{
	int err = touch(at, len);

	assert_ptr_equal(disk, dev.disk);
	assert_int_equal((at | len) % 512, 0);
	if (!err)
		memcpy(content + at, buf, len);
	return err;
}

/* A disk of the host's, which takes its time: what it says when it is asked; or
 * by position, so many bytes from where it was last asked for what it has not. */
static bool slow_is_ready;
static int slow_commit;
static uint32_t slow_stage;
static uint64_t slow_at, slow_asked;

static bool slow_ready(struct vdisk *disk, uint64_t at, uint32_t need,
		       uint32_t want, bool write)
{
	(void)want, (void)write;
	assert_ptr_equal(disk, dev.disk);
	assert_int_equal(disk->lock.owner, 1);
	assert_true(need && need <= VDISK_STEP && at + need <= DISK_BYTES);
	assert_int_equal((at | need) % 512, 0);
	if (!slow_stage)
		return slow_is_ready;
	if (at >= slow_at && at + need <= slow_at + slow_stage)
		return true;
	slow_asked = at;
	return false;
}

static int slow_committed(struct vdisk *disk)
{
	assert_ptr_equal(disk, dev.disk);
	return slow_commit;
}

static const struct vdisk_host_ops slow_ops = {
	.is_ready = slow_ready,
	.commit = slow_committed,
};

/* one task: nobody else has it */
void mutex_init(struct mutex *mutex)
{
	mutex->owner = 0;
}

void mutex_lock(struct mutex *mutex)
{
	assert_int_equal(mutex->owner, 0);
	mutex->owner = 1;
}

void mutex_unlock(struct mutex *mutex)
{
	assert_int_equal(mutex->owner, 1);
	mutex->owner = 0;
}

static uint32_t rd(uint64_t reg)
{
	return (uint32_t)dev.ops->read(&dev, reg, 4);
}

static void wr(uint64_t reg, uint32_t value)
{
	dev.ops->write(&dev, reg, 4, value);
}

static bool line(void)
{
	return fake_virq_level[IRQ];
}

static void *ram_at(uint32_t at)
{
	uint64_t host = at < RAM_2 ? 0x10000000 + (at - RAM)
				   : 0x30000000 + (at - RAM_2);

	return phys_to_virt(hpa(host));
}

static void machine_start(const struct vdev_ops *ops, void *state)
{
	for (unsigned int i = 0; i < DISK_BYTES; i++)
		content[i] = (uint8_t)(i / 512 * 7 + i);
	memset(ram_at(RAM), 0xee, RAM_BYTES);
	memset(ram_at(RAM_2), 0xee, RAM_2_BYTES);
	memset(fake_virq_level, 0, sizeof(fake_virq_level));
	memset(state, 0, ops->state_size);
	bad_byte = UINT64_MAX;
	moved = 0;
	dev = (struct vdev){
		.ops = ops,
		.vm = &vm,
		.virq = IRQ,
		.gpa = gpa(0xa100000),
		.size_bytes = 0x1000,
		.state = state,
	};
	assert_int_equal(ops->init(&dev), 0);
	dev.disk->host_ops = NULL;
	dev.disk->read_only = false;
	ops->reset(&dev);
}

/* From now on its disk is slow. */
static void slow_begin(void)
{
	slow_is_ready = false;
	slow_stage = 0;
	slow_commit = -EAGAIN;
	dev.disk->host_ops = &slow_ops;
}

/* As its disk's task does when it is through */
static void slow_moved(bool is_ready, int commit)
{
	slow_is_ready = is_ready;
	slow_commit = commit;
	mutex_lock(&dev.disk->lock);
	dev.ops->moved(&dev);
	mutex_unlock(&dev.disk->lock);
}

/* Has the guest's memory what the disk has? */
static void assert_moved(uint32_t at, uint64_t from, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i += 4)
		assert_memory_equal(ram_at(at + i), content + from + i, 4);
}

static void assert_untouched(uint32_t at, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		assert_int_equal(*(uint8_t *)ram_at(at + i), 0xee);
}

#endif
