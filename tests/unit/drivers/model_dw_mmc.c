/* SPDX-License-Identifier: Apache-2.0 */
/* Rockchip's: what of an emulated one its driver sees is its own. */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/dw_mshc.c"

#include "model_dw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>

#define model host_model

uint32_t dw_model_hcon;

static uint64_t desc_read(uint64_t at, uint32_t *control, uint32_t *bytes)
{
	uint32_t words[4];

	memcpy(words, phys_to_virt(hpa(at)), sizeof(words));
	assert_int_equal(words[0] & 0x10, 0x10); /* in a chain */
	assert_int_equal(words[2] % 4, 0);
	*control = words[0];
	*bytes = words[1];
	return words[3];
}

static uint32_t hz(void)
{
	uint32_t divider = dw_model_state.divider;

	return divider ? model.base_hz / (2 * divider) : model.base_hz;
}

static void command_check(uint32_t value)
{
	assert_true(value & 0x20000000);
	if ((value & 0x3f) == 12)
		assert_true(value & 0x4000);
	if (value & 0x200)
		assert_true(value & 0x2000);
}

/* 7.2.1: the divider changes while the card's clock is off */
static void clock_check(void)
{
	if (dw_model_reg(0x08) != dw_model_state.divider)
		assert_false(dw_model_state.clocked ||
			     (dw_model_reg(0x10) & 1));
	assert_int_equal(dw_model_reg(0x0c), 0);
}

static uint32_t own_read(size_t offset, uint32_t value)
{
	assert_true(offset < 0x100);
	return offset == 0x70 ? dw_model_hcon : value;
}

static bool own_write(size_t offset, uint32_t value)
{
	(void)value;
	return offset == 0x0c || offset == 0x84;
}

void dw_model_new(volatile uint8_t *at)
{
	static const struct dw_model_kind kind = {
		.ops = &dw_mshc_ops,
		.dma_status = 0x8c,
		.desc_read = desc_read,
		.hz = hz,
		.command_check = command_check,
		.clock_check = clock_check,
		.read = own_read,
		.write = own_write,
	};

	dw_model_power_on(at, &kind);
	model.base_hz = 200000000;
	dw_model_hcon = dw_model_reg(0x70);
}
