/* SPDX-License-Identifier: Apache-2.0 */
/* Phytium's: what of an emulated one its driver sees is its own. Sources are
 * those that drivers/mmc/phytium_mci.h names. */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/phytium_mci.c"

#include "model_dw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>

#define model host_model

static uint64_t desc_read(uint64_t at, uint32_t *control, uint32_t *bytes)
{
	uint32_t words[8];
	uint64_t next;

	assert_int_equal(at % 8, 0);
	memcpy(words, phys_to_virt(hpa(at)), sizeof(words));
	next = words[6] | (uint64_t)words[7] << 32;
	assert_int_equal(words[1] | words[3], 0);
	assert_int_equal(words[4] % 4, 0);
	/* in a chain, and the last one is its end */
	assert_int_equal(words[0] & 0x14, next ? 0x10 : 0x04);
	*control = words[0];
	*bytes = words[2];
	return next;
}

static uint32_t hz(void)
{
	uint32_t by = (dw_model_reg(0x108) >> 8 & 0x7f) + 1;

	if (dw_model_state.stopped)
		return 0;
	return model.base_hz / by / (2 * dw_model_state.divider);
}

static void command_check(uint32_t value)
{
	uint8_t index = value & 0x3f;

	assert_int_equal(dw_model_reg(0x4c), 0x20070100);
	assert_int_equal(dw_model_reg(0x100), 0x800001);
	assert_int_equal(dw_model_reg(0x04), 1);
	/* a busy card is only reset or asked */
	if (index != 0 && index != 13)
		assert_false(model.busy_left || model.stuck_busy);
}

/* The half at the card takes the divider over while its clock is off. */
static void clock_check(void)
{
	uint32_t value = dw_model_reg(0x08), divider = value & 0xff;

	if (!(dw_model_reg(0x10) & 1))
		return;
	assert_false(dw_model_state.clocked &&
		     divider != dw_model_state.divider);
	assert_true(divider >= 2);
	assert_true((value >> 8 & 0xff) < divider);
	assert_true((value >> 16 & 0xff) < divider);
	assert_int_equal(dw_model_reg(0x114), 2 * divider);
}

static uint32_t own_read(size_t offset, uint32_t value)
{
	return offset == 0x58 && model.never_ready ? 0 : value;
}

static bool own_write(size_t offset, uint32_t value)
{
	switch (offset) {
	case 0xfd0:
		model.irqs_over++;
		return true;
	case 0x108:
		/* the card gets no clock while that changes */
		if (value != dw_model_reg(offset))
			assert_false(dw_model_state.clocked && value);
		return true;
	case 0x78:
	case 0x8c:
	case 0x100:
	case 0x10c:
	case 0x114:
		return true;
	default:
		return false;
	}
}

void mci_model_new(volatile uint8_t *at)
{
	static const struct dw_model_kind kind = {
		.ops = &phytium_mci_ops,
		.dma_status = 0x90,
		.keeps_reset = true,
		.desc_read = desc_read,
		.hz = hz,
		.command_check = command_check,
		.clock_check = clock_check,
		.read = own_read,
		.write = own_write,
	};

	dw_model_power_on(at, &kind);
	model.base_hz = 1200000000;
}
