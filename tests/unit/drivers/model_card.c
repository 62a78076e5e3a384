/* SPDX-License-Identifier: Apache-2.0 */
#include "model_card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>
#include <arch/virt.h>
#include <errno.h>
#include <virt/config.h>
#include <virt/guest_mem.h>
#include <virt/vm.h>

#include <virt/vdisk.h>

struct fake_card card;
bool card_line;

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static const struct vm_config config = {.name = "test", .id = 1};
static struct vm vm = {.config = &config};

/*
 * What lies below the devices
 */

int vdisk_create(struct vdev *dev)
{
	static struct vdisk disk = {.bytes = CARD_BYTES};

	dev->disk = &disk;
	return 0;
}

int vdisk_read(struct vdisk *disk, uint64_t at, void *buf, uint32_t len)
{
	(void)disk;
	assert_true(at + len <= CARD_BYTES);
	if (at / 512 <= card.bad && card.bad < (at + len + 511) / 512)
		return -EIO;
	memcpy(buf, card.data + at, len);
	return 0;
}

int vdisk_write(struct vdisk *disk, uint64_t at, const void *buf, uint32_t len)
{
	(void)disk;
	assert_true(at + len <= CARD_BYTES);
	assert_int_equal(at % 512 | len % 512, 0);
	memcpy(card.data + at, buf, len);
	return 0;
}

void *guest_ptr(const struct vm *v, gpa_t at, uint64_t len)
{
	(void)v, (void)len;
	return phys_to_virt(hpa(at.v));
}

int guest_read(struct vm *v, gpa_t at, void *buf, size_t len)
{
	memcpy(buf, guest_ptr(v, at, len), len);
	return 0;
}

int guest_write(struct vm *v, gpa_t at, const void *buf, size_t len)
{
	memcpy(guest_ptr(v, at, len), buf, len);
	return 0;
}

void arch_virq_set(struct vm *v, unsigned int virq, bool level)
{
	(void)v;
	assert_int_equal(virq, 1);
	card_line = level;
}

/* no guest's tree is made here */
const struct arch_fdt_rules *arch_fdt_rules(void)
{
	abort();
}

/*
 * The card
 */

void card_new(enum fake_kind kind)
{
	memset(&card, 0, sizeof(card));
	card.kind = kind;
	card.bad = UINT64_MAX;
	for (unsigned int i = 0; i < CARD_BYTES; i++)
		card.data[i] = (uint8_t)(i / 512 * 3 + i);
}

void card_insert(struct card *is)
{
	card_init(is, card.kind == EMMC ? CARD_EMMC : CARD_SD, CARD_BYTES, 7);
	is->high = card.kind == SDHC || card.kind == EMMC;
	card.is = is;
}

void card_device(struct vdev *dev, const struct vdev_ops *ops, void *state)
{
	*dev = (struct vdev){
		.ops = ops,
		.vm = &vm,
		.virq = 1,
		.size_bytes = 0x1000,
		.state = state,
	};
	memset(state, 0, ops->state_size);
	card_line = false;
	assert_int_equal(ops->init(dev), 0);
	ops->reset(dev);
}

/* SD 5.1: it is asked in its voltage, and told that high capacity is known */
static void power_up_starts(uint32_t *arg)
{
	assert_true(*arg & 0x00300000);
	if (card.kind == SDHC)
		assert_true(*arg & 0x40000000);
	/* who only asks does not begin */
	if (card.never_ready || ++card.polls < 3)
		*arg = 0;
}

bool card_starts(uint8_t *index, uint32_t *arg, uint32_t bytes)
{
	bool emmc = card.kind == EMMC, app = card.app;

	card.set = card.clear = 0;
	card.app = *index == 55;
	if (card.kind == NO_CARD)
		return false;
	if (*index == 0) {
		card.resets++;
		card.polls = 0;
	}
	if ((*index == 41 && app) || (*index == 1 && emmc))
		power_up_starts(arg);
	if (*index == 8 && card.kind == SD1)
		*index = 63; /* which no card knows either */
	if (*index == 6)
		assert_true(app ? *arg == 2 : !emmc || *arg >> 24 == 3);
	if (*index == 17 || *index == 18 || *index == 24 || *index == 25) {
		assert_int_equal(bytes % 512, 0);
		assert_int_equal(bytes > 512, *index == 18 || *index == 25);
	}
	if (*index == 24 || *index == 25)
		card.busy_left = card.busy_polls;
	if (*index == 13 && card.busy_left) {
		card.busy_left--;
		card.clear = 0x100;
	}
	if (*index == 7 && card.locked)
		card.set = 0x2000000;
	/* nobody wired the others */
	if (*index == 8 && card.only_1_line && card.is->lines > 1)
		card.is->ext_csd[212] ^= 0x55;
	return true;
}

void card_ends(uint8_t index)
{
	if (index == 8 && card.only_1_line && card.is->lines > 1)
		card.is->ext_csd[212] ^= 0x55;
}
