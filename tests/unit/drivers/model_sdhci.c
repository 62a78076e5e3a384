/* SPDX-License-Identifier: Apache-2.0 */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/dwcmshc.c"

#include "model_sdhci.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>
#include <lib/util.h>

struct sdhci_model sdhci_model;

#define model sdhci_model

static struct vdev dev;
static struct dwcmshc state;

void sdhci_model_new(volatile uint8_t *at, enum fake_kind kind)
{
	memset(&model, 0, sizeof(model));
	model.at = at;
	/* ADMA2, high speed, 3.3 V, 8 lines, 100 MHz; version 3.00 */
	model.caps = 0x012c0000 | 100 << 8;
	model.version = 2;
	model.present = kind != NO_CARD;
	model.writable = true;
	card_new(kind);
	card_device(&dev, &dwcmshc_ops, &state);
	card_insert(&state.sdhci.card);
}

uint32_t sdhci_model_reg(size_t offset, unsigned int width)
{
	uint64_t mask = width == 4 ? UINT32_MAX : BIT(8 * width) - 1;

	return (uint32_t)(dev.ops->read(&dev, offset, width) & mask);
}

void sdhci_model_set(size_t offset, unsigned int width, uint32_t value)
{
	dev.ops->write(&dev, offset, width, value);
}

uint32_t sdhci_model_divider(void)
{
	uint32_t clock = sdhci_model_reg(0x2c, 2);
	uint32_t n = (clock >> 8 & 0xff) | (clock & 0xc0) << 2;

	return n ? 2 * n : 1;
}

uint64_t sdhci_model_read(size_t offset, unsigned int width)
{
	uint32_t value = sdhci_model_reg(offset, width);

	switch (offset) {
	case 0x10:
		return (value | card.set) & ~card.clear;
	case 0x24:
		return value & ~(model.present ? 0u : 0x10000u) &
		       ~(model.writable ? 0u : 0x80000u);
	case 0x2c:
		return value & ~(model.never_stable ? 2u : 0u);
	case 0x2f:
		assert_int_equal(width, 1);
		return model.never_resets;
	case 0x30:
		return value | model.injected;
	case 0x40:
		return model.caps;
	case 0xfe:
		return model.version;
	case 0x14:
	case 0x18:
	case 0x1c:
		assert_int_equal(width, 4);
		return value;
	default:
		assert_true(offset == 0xe8 || offset == 0x508 ||
			    offset == 0x52c);
		return value;
	}
}

/* 1.13: a table of pieces, all of the data and no more */
static void table_check(uint32_t bytes)
{
	const uint8_t *entry = phys_to_virt(hpa(sdhci_model_reg(0x58, 4)));

	for (;; entry += 8) {
		uint16_t attr, length;
		uint32_t address;

		memcpy(&attr, entry, 2);
		memcpy(&length, entry + 2, 2);
		memcpy(&address, entry + 4, 4);
		assert_int_equal(attr & 0x21, 0x21);
		assert_int_not_equal(length, 0);
		assert_true(length <= bytes);
		if (model.boundary)
			assert_int_equal(address / model.boundary,
					 (address + length - 1) /
						 model.boundary);
		model.longest_desc = MAX(model.longest_desc, length);
		bytes -= length;
		if (attr & 2)
			break;
	}
	assert_int_equal(bytes, 0);
}

static void starts(uint16_t value)
{
	uint32_t arg = sdhci_model_reg(0x08, 4);
	uint8_t index = (uint8_t)(value >> 8), now = index;
	bool has_data = value & 0x20;
	uint32_t count = sdhci_model_reg(0x06, 2);
	uint32_t bytes = has_data ? sdhci_model_reg(0x04, 2) * count : 0;

	if (model.silent)
		return;
	if (model.starts)
		model.starts(index);
	if (has_data) {
		assert_int_equal(sdhci_model_reg(0x0c, 2) & 0x23,
				 count > 1 ? 0x23 : 0x03);
		table_check(bytes);
	}
	if (!model.present || !card_starts(&now, &arg, bytes)) {
		model.injected |= 0x18000; /* command timeout */
		return;
	}
	sdhci_model_set(0x08, 4, arg);
	sdhci_model_set(0x0e, 2, (value & 0xffu) | (uint32_t)now << 8);
	card_ends(index);
	if (model.crc_errors && has_data)
		model.injected |= 0x208000; /* data CRC */
}

void sdhci_model_write(size_t offset, unsigned int width, uint64_t value)
{
	switch (offset) {
	case 0x0e:
		assert_int_equal(width, 2);
		starts((uint16_t)value);
		return;
	case 0x2f:
		model.injected = 0;
		model.resets++;
		break;
	case 0x30:
		model.injected &= ~(uint32_t)value;
		if (!(model.injected & 0xffff0000))
			model.injected = 0;
		break;
	case 0x04:
	case 0x06:
	case 0x08:
	case 0x0c:
	case 0x28:
	case 0x29:
	case 0x2c:
	case 0x2e:
	case 0x34:
	case 0x38:
	case 0x58:
		break;
	default: /* of its own */
		assert_true(offset == 0x508 || offset == 0x52c ||
			    (offset >= 0x800 && offset <= 0x810));
		break;
	}
	dev.ops->write(&dev, offset, width, value);
}
