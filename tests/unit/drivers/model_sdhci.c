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

/* What the driver sees of the interrupt status. */
static uint32_t seen(void)
{
	uint32_t value = sdhci_model_reg(0x30, 4) & ~host_model.hidden.raw;

	/* busy shows by the end of the transfer, which does not come yet */
	if (host_model.busy_left)
		value &= ~2u;
	return value | host_model.injected.raw;
}

static bool is_raised(void)
{
	bool raised = seen() & sdhci_model_reg(0x38, 4);

	if (host_is_honest())
		assert_int_equal(raised, card_line);
	return raised;
}

void sdhci_model_new(volatile uint8_t *at)
{
	host_model_new(at, is_raised);
	memset(&model, 0, sizeof(model));
	/* ADMA2, high speed, 3.3 V, 8 lines, 100 MHz; version 3.00 */
	model.caps = 0x012c0000 | 100 << 8;
	model.version = 2;
	host_model.present = card.kind != NO_CARD;
	card_device(&dev, &dwcmshc_ops, &state);
	card_insert(&state.sdhci.card);
}

bool sdhci_model_open(void)
{
	const struct card *is = &state.sdhci.card;

	return is->open &&
	       (is->state == CARD_DATA || is->state == CARD_RECEIVE);
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

	if (host_model.absent)
		return UINT32_MAX >> (32 - 8 * width);
	switch (offset) {
	case 0x10:
		return (value | card.set) & ~card.clear;
	case 0x24:
		return (value & ~(host_model.present ? 0u : 0x10000u) &
			~(host_model.protected ? 0x80000u : 0u)) |
		       (host_model.stuck_busy ? 2 : 0);
	case 0x2c:
		return value;
	case 0x2f:
		assert_int_equal(width, 1);
		return host_model.never_resets;
	case 0x30:
		value = seen();
		if (host_model.busy_left)
			host_model.busy_left--;
		return value;
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

	for (host_model.descs = 1;; host_model.descs++, entry += 8) {
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
	uint32_t status;
	bool has_data = value & 0x20, faulty;
	bool write = has_data && !(sdhci_model_reg(0x0c, 2) & 0x10);
	uint32_t count = sdhci_model_reg(0x06, 2);
	uint32_t bytes = has_data ? sdhci_model_reg(0x04, 2) * count : 0;

	if (host_model.silent)
		return;
	if (host_model.command_fault) {
		host_inject(host_model.command_fault, 0);
		return;
	}
	if (model.starts)
		model.starts(index);
	if (has_data) {
		assert_int_equal(sdhci_model_reg(0x0c, 2) & 0x23,
				 count > 1 ? 0x23 : 0x03);
		table_check(bytes);
	}
	if (!host_model.present || !card_starts(&now, &arg, bytes)) {
		host_inject(0x18000, 0); /* command timeout */
		return;
	}
	sdhci_model_set(0x08, 4, arg);
	/* data timeout, transfer complete */
	faulty = has_data && host_is_faulty(0x108000, 0);
	sdhci_model_set(0x0e, 2,
			(value & (faulty ? 0xdfu : 0xffu)) | (uint32_t)now
								     << 8);
	/* the card has sent its block, whatever came of it */
	if (faulty && state.sdhci.card.state == CARD_DATA &&
	    !state.sdhci.card.open)
		state.sdhci.card.state = CARD_TRANSFER;
	card_ends(index);
	if (index == 7 || write)
		host_model.busy_left = host_model.busy_reads;
	status = sdhci_model_reg(0x30, 4);
	/* the end of the command, or what is wrong with it */
	host_delay((struct host_events){status, 0},
		   0xf0001 | (status & 0xf0000 ? 0x8000 : 0));
}

void sdhci_model_write(size_t offset, unsigned int width, uint64_t value)
{
	switch (offset) {
	case 0x0e:
		assert_int_equal(width, 2);
		starts((uint16_t)value);
		return;
	case 0x2f:
		host_model.injected.raw = 0;
		host_delay_end();
		host_model.resets++;
		if ((value & 5) && !host_model.never_resets)
			host_model.live = false;
		break;
	case 0x30:
		host_model.injected.raw &= ~(uint32_t)value;
		if (!(host_model.injected.raw & 0xffff0000))
			host_model.injected.raw = 0;
		break;
	case 0x29:
		host_model.power_offs += !(value & 1);
		break;
	case 0x04:
	case 0x06:
	case 0x08:
	case 0x0c:
	case 0x28:
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
