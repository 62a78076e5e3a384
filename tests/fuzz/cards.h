/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest of little RAM under an emulated controller of cards: what it writes,
 * to registers and to descriptors, comes from the fuzzer. Its RAM has neighbours
 * that must stay as they are.
 */
#ifndef TESTS_FUZZ_CARDS_H
#define TESTS_FUZZ_CARDS_H

#include <arch/pgtable.h>
#include <errno.h>
#include <string.h>
#include <virt/config.h>
#include <virt/vdisk.h>

#include "../unit/virt/fake_virt.h"

#include "input.h"

#define IRQ 45
#define STEPS 200
#define RAM 0x40000000u
#define RAM_BYTES 0x4000u
#define HOST 0x10000000u
#define GUARD 0x1000u
#define DISK_BYTES (1u << 20)

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static const struct vm_config config = {.name = "test"};
static struct vm_ram ram = {
	.gpa = {RAM}, .hpa = {HOST}, .size_bytes = RAM_BYTES, .mapped = true};
static struct vm vm = {.config = &config, .ram = &ram, .ram_count = 1};
static struct vdev dev;
static uint8_t content[DISK_BYTES];
static uint64_t moved;

int vdisk_create(struct vdev *d)
{
	static struct vdisk disk = {.bytes = DISK_BYTES};

	d->disk = &disk;
	return 0;
}

static void touch(uint64_t at, uint32_t len)
{
	must(at <= DISK_BYTES && len <= DISK_BYTES - at);
	moved += len;
}

int vdisk_read(struct vdisk *disk, uint64_t at, void *buf, uint32_t len)
{
	(void)disk;
	touch(at, len);
	memcpy(buf, content + at, len);
	return 0;
}

int vdisk_write(struct vdisk *disk, uint64_t at, const void *buf, uint32_t len)
{
	(void)disk;
	touch(at, len);
	must(at % 512 == 0 && len % 512 == 0);
	memcpy(content + at, buf, len);
	return 0;
}

void mutex_init(struct mutex *mutex)
{
	mutex->owner = 0;
}

void mutex_lock(struct mutex *mutex)
{
	must(!mutex->owner);
	mutex->owner = 1;
}

void mutex_unlock(struct mutex *mutex)
{
	must(mutex->owner == 1);
	mutex->owner = 0;
}

/*
 * A disk of the host's: it has a piece from where it was last asked for what it
 * had not, and says whether it has written when slow_step() has told it.
 */
static uint64_t slow_at, slow_asked;
static uint32_t slow_need;
static int slow_result;

static bool slow_ready(struct vdisk *disk, uint64_t at, uint32_t need,
		       uint32_t want, bool write)
{
	(void)want, (void)write;
	must(disk->lock.owner == 1);
	must(need && need <= VDISK_STEP && at + need <= DISK_BYTES);
	must(at % 512 == 0 && need % 512 == 0);
	if (at >= slow_at && at + need <= slow_at + MAX(slow_need, 1536u))
		return true;
	slow_asked = at;
	slow_need = need;
	slow_at = UINT64_MAX / 2;
	return false;
}

static int slow_committed(struct vdisk *disk)
{
	int result = slow_result;

	must(disk->lock.owner == 1);
	slow_result = -EAGAIN;
	return result;
}

static const struct vdisk_host_ops slow_ops = {
	.is_ready = slow_ready,
	.commit = slow_committed,
};

static inline void slow_step(uint8_t op)
{
	if (!dev.disk->host_ops)
		return;
	slow_at = slow_asked;
	slow_result = op & 7 ? op & 8 ? -EIO : 0 : -EAGAIN;
	mutex_lock(&dev.disk->lock);
	dev.ops->moved(&dev);
	mutex_unlock(&dev.disk->lock);
}

static inline uint32_t rd(uint64_t reg)
{
	return (uint32_t)dev.ops->read(&dev, reg, 4);
}

static inline void wr(uint64_t reg, uint32_t value)
{
	dev.ops->write(&dev, reg, 4, value);
}

/* A word of a descriptor, or a register: likely to mean something. */
static inline uint32_t word(struct input *in)
{
	uint8_t kind = input_u8(in);

	switch (kind & 3) {
	case 0:
		return RAM + (input_u16(in) % (RAM_BYTES + 64) & ~3u);
	case 1:
		return input_u16(in) & (kind & 4 ? 0x1fff : 0xfff);
	case 2:
		return (uint32_t)1 << (kind >> 2 & 31) | input_u8(in);
	default:
		return input_u32(in);
	}
}

static inline void ram_put(struct input *in)
{
	uint32_t at = input_u16(in) % RAM_BYTES & ~15u, value = word(in);

	memcpy((uint8_t *)phys_to_virt(hpa(HOST)) + at + (value & 12), &value,
	       4);
}

static inline void machine_start(const struct vdev_ops *ops, void *state,
				 bool slow)
{
	memset(phys_to_virt(hpa(HOST - GUARD)), 0xa5, RAM_BYTES + 2 * GUARD);
	memset(phys_to_virt(hpa(HOST)), 0, RAM_BYTES);
	memset(fake_virq_level, 0, sizeof(fake_virq_level));
	memset(state, 0, ops->state_size);
	dev = (struct vdev){
		.ops = ops,
		.vm = &vm,
		.virq = IRQ,
		.size_bytes = 0x1000,
		.state = state,
	};
	must(!ops->init(&dev));
	dev.disk->host_ops = slow ? &slow_ops : NULL;
	slow_at = UINT64_MAX / 2; /* nothing yet */
	slow_asked = slow_need = 0;
	slow_result = -EAGAIN;
	ops->reset(&dev);
}

static inline void card_holds(const struct card *card)
{
	must(card->left <= card->bytes);
	must(card->filled < 512 && card->reg_bytes <= 512);
	must(!card->reg_bytes || card->left <= card->reg_bytes);
	must(card->at <= card->bytes || card->reg_bytes ||
	     card->state < CARD_DATA);
}

static inline void guards_hold(void)
{
	const uint8_t *before = phys_to_virt(hpa(HOST - GUARD));
	const uint8_t *behind = phys_to_virt(hpa(HOST + RAM_BYTES));

	for (unsigned int i = 0; i < GUARD; i++)
		must(before[i] == 0xa5 && behind[i] == 0xa5);
}

#endif
