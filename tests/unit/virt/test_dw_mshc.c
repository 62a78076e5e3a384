/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest, well-meaning or not, does with an emulated DesignWare MMC. */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/dw_mshc.c"

#define OPS dw_mshc_ops
#define IDSTS_AT 0x8c
#define DESC 16u
#define DMA_ON 0x02000030u

#include "dw_mshc_cases.h"

static void own_start(void)
{
}

/* What is kept, what is read-only, what reset leaves. */
static void registers(void **s)
{
	static const struct {
		uint16_t reg;
		uint32_t cold, kept; /* of 0xa5a5a5a6 */
	} rows[] = {
		{0x00, 0, 0x000005a0},
		{0x04, 0, 0},
		{0x08, 0, 0xa5a5a5a6},
		{0x18, 0, 0xa5a5a5a6},
		{0x1c, 512, 0xa5a5a5a6},
		{0x20, 512, 0xa5a5a5a6},
		{0x24, 0, 0xa5a5a5a6},
		{0x28, 0, 0xa5a5a5a6},
		{0x30, 0, 0},
		{0x40, 0, 0},
		{0x44, 0, 0},
		{0x48, 0x106, 0x106},
		{0x4c, 0x00ff0000, 0xa5a5a5a6},
		{0x50, 0, 0},
		{0x54, 0, 0},
		{0x6c, 0x5342270a, 0x5342270a},
		{0x70, 0x00c43081, 0x00c43081},
		{0x80, 0, 0x5a6},
		{0x84, 0, 0},
		{0x88, 0, 0xa5a5a5a6},
		{0x8c, 0, 0},
		{0x90, 0, 0xa5a5a5a6},
		{0x94, 0, 0},
		{0xa0, 0, 0},
		{0x1fc, 0, 0},
	};

	(void)s;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(rd(rows[i].reg), rows[i].cold);
		wr(rows[i].reg, 0xa5a5a5a6);
		assert_int_equal(rd(rows[i].reg), rows[i].kept);
		dev.ops->reset(&dev);
		assert_int_equal(rd(rows[i].reg), rows[i].cold);
	}
	assert_int_equal(dev.ops->read(&dev, 0x6e, 2) & 0xffff, 0x5342);
	dev.ops->write(&dev, 0x26, 2, 0xffff);
	assert_int_equal(rd(0x24), 0);
	assert_false(line());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(registers, setup),
		DW_MSHC_CASES,
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
