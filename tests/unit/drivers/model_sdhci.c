/* SPDX-License-Identifier: Apache-2.0 */
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

void sdhci_model_new(volatile uint8_t *at, enum card_kind kind)
{
	memset(&model, 0, sizeof(model));
	model.at = at;
	/* ADMA2, high speed, 3.3 V, 8 lines, 100 MHz; version 3.00 */
	model.caps = 0x012c0000 | 100 << 8;
	model.version = 2;
	model.present = kind != CARD_NONE;
	model.writable = true;
	card_new(kind);
}

uint32_t sdhci_model_divider(void)
{
	uint32_t n = (model.clock >> 8 & 0xff) | (model.clock & 0xc0) << 2;

	return n ? 2 * n : 1;
}

static uint32_t present_state(void)
{
	return (model.present ? 0x10000u : 0) | 0x20000u |
	       (model.writable ? 0x80000u : 0);
}

uint64_t sdhci_model_read(size_t offset, unsigned int width)
{
	switch (offset) {
	case 0x10:
	case 0x14:
	case 0x18:
	case 0x1c:
		assert_int_equal(width, 4);
		return model.response[(offset - 0x10) / 4];
	case 0x24:
		return present_state();
	case 0x2c:
		return model.clock | (model.never_stable ? 0 : 2);
	case 0x2f:
		assert_int_equal(width, 1);
		return model.never_resets;
	case 0x30:
		return model.status;
	case 0x40:
		return model.caps;
	case 0xfe:
		return model.version;
	default:
		if (model.other)
			return model.other(offset);
		fail_msg("unexpected register %zx", offset);
		return 0;
	}
}

/* 1.13: a table of pieces; @data is them in one. Return: their bytes */
static uint32_t adma_run(uint8_t *data, bool write)
{
	const uint8_t *entry = phys_to_virt(hpa(model.adma));
	uint32_t bytes = 0;

	for (;; entry += 8) {
		uint16_t attr, length;
		uint32_t address;

		memcpy(&attr, entry, 2);
		memcpy(&length, entry + 2, 2);
		memcpy(&address, entry + 4, 4);
		assert_int_equal(attr & 0x21, 0x21);
		assert_int_not_equal(length, 0);
		if (model.boundary)
			assert_int_equal(address / model.boundary,
					 (address + length - 1) /
						 model.boundary);
		model.longest_desc = MAX(model.longest_desc, length);
		if (write)
			memcpy(data + bytes, phys_to_virt(hpa(address)),
			       length);
		else
			memcpy(phys_to_virt(hpa(address)), data + bytes,
			       length);
		bytes += length;
		if (attr & 2)
			return bytes;
	}
}

static void command(uint16_t value)
{
	static uint8_t data[CARD_BYTES];
	uint8_t index = (uint8_t)(value >> 8);
	bool write = !(model.mode & 0x10), has_data = value & 0x20;
	uint32_t bytes = (uint32_t)model.block_size * model.block_count;
	uint32_t answer[4] = {0};

	if (model.silent)
		return;
	if (model.starts)
		model.starts(index);
	if (!model.present || !(model.power & 1) || !(model.clock & 4)) {
		model.status |= 0x18000; /* command timeout */
		return;
	}
	if (has_data && write)
		assert_int_equal(adma_run(data, true), bytes);
	if (has_data)
		assert_int_equal(model.mode & 0x23,
				 model.block_count > 1 ? 0x23 : 0x03);
	if (!card_command(index, model.arg, answer, data, bytes)) {
		model.status |= 0x18000;
		return;
	}
	if (has_data && !write && !(answer[0] & 0x00200000))
		assert_int_equal(adma_run(data, false), bytes);
	model.response[0] = answer[0];
	if ((value & 3) == 1) /* 2.2.7: without the lowest eight bits */
		for (unsigned int i = 0; i < 4; i++)
			model.response[3 - i] =
				answer[i] >> 8 | (i ? answer[i - 1] << 24 : 0);
	model.status |= 1;
	if (has_data || (value & 3) == 3)
		model.status |= 2;
	if (model.crc_errors && has_data)
		model.status |= 0x208000; /* data CRC */
}

void sdhci_model_write(size_t offset, unsigned int width, uint64_t value)
{
	(void)width;
	switch (offset) {
	case 0x04:
		model.block_size = (uint16_t)value;
		break;
	case 0x06:
		model.block_count = (uint16_t)value;
		break;
	case 0x08:
		model.arg = (uint32_t)value;
		break;
	case 0x0c:
		model.mode = (uint16_t)value;
		break;
	case 0x0e:
		assert_int_equal(width, 2);
		command((uint16_t)value);
		break;
	case 0x28:
		model.control = (uint8_t)value;
		break;
	case 0x29:
		model.power = (uint8_t)value;
		break;
	case 0x2c:
		model.clock = (uint16_t)value;
		break;
	case 0x2e:
		break;
	case 0x2f:
		model.status = 0;
		model.resets++;
		if (value & 1)
			model.clock = model.power = 0;
		break;
	case 0x30:
		model.status &= ~(uint32_t)value;
		if (!(model.status & 0xffff0000))
			model.status &= ~0x8000u;
		break;
	case 0x34:
		model.enable = (uint32_t)value;
		break;
	case 0x38:
		model.signal = (uint32_t)value;
		break;
	case 0x58:
		model.adma = (uint32_t)value;
		break;
	default:
		if (model.other_write)
			model.other_write(offset, (uint32_t)value);
		else
			fail_msg("unexpected register %zx", offset);
	}
}
