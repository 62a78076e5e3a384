/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest, well-meaning or not, does with an emulated MCI of Phytium's. */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/phytium_mci.c"

#include <errno.h>
#include <lib/fdt.h>

#define OPS phytium_mci_ops
#define IDSTS_AT 0x90
#define DESC 32u
#define DMA_ON 0x02000010u

#include "dw_mshc_cases.h"
#include "node_tree.h"

static void own_start(void)
{
	wr(0x108, 0x502);
	assert_int_equal(rd(0x58), 1);
}

/* What is kept, what is read-only, what reset leaves. */
static void registers(void **s)
{
	static const struct {
		uint16_t reg;
		uint32_t cold, kept; /* of 0xa5a5a5a6 */
	} rows[] = {
		{0x00, 0, 0x000005a0},  {0x08, 0, 0xa5a5a5a6},
		{0x0c, 0, 0},           {0x20, 512, 0xa5a5a5a6},
		{0x30, 0, 0},           {0x44, 0, 0},
		{0x48, 0x106, 0x106},   {0x4c, 0x01ff0000, 0xa5a5a5a6},
		{0x50, 0, 0},           {0x54, 0, 0},
		{0x58, 0, 0},           {0x6c, 0, 0},
		{0x80, 0, 0x5a6},       {0x84, 0, 0},
		{0x88, 0, 0xa5a5a5a6},  {0x8c, 0, 0xa5a5a5a6},
		{0x90, 0, 0},           {0x94, 0, 0xa5a5a5a6},
		{0x98, 0, 0},           {0xa4, 0, 0},
		{0x100, 0, 0xa5a5a5a6}, {0x108, 0, 0xa5a5a5a6},
		{0x114, 0, 0xa5a5a5a6}, {0x118, 0, 0},
		{0x1fc, 0, 0},          {0xfd0, 0, 0},
	};

	(void)s;
	dev.ops->reset(&dev);
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(rd(rows[i].reg), rows[i].cold);
		wr(rows[i].reg, 0xa5a5a5a6);
		assert_int_equal(rd(rows[i].reg), rows[i].kept);
		dev.ops->reset(&dev);
		assert_int_equal(rd(rows[i].reg), rows[i].cold);
	}
	/* 0xfd0 is none of the FIFO's */
	wr(0xfd0, 1);
	assert_int_equal(state.fifo_count, 0);
	assert_false(line());
}

/* Without it nothing is taken: one command waits, another one is an error. */
static void source(void **s)
{
	(void)s;
	identify();
	wr(0x44, UINT32_MAX);
	wr(0x108, 0);
	assert_int_equal(rd(0x58), 0);
	wr(0x28, 0x53440000);
	wr(0x2c, 0xa000014d);
	assert_int_equal(rd(0x2c), 0xa000014d);
	assert_int_equal(rd(0x44), 0);
	wr(0x2c, 0x80200000);
	assert_int_equal(rd(0x44), 0x1000);
	own_start();
	assert_int_equal(rd(0x2c) >> 31, 0);
	assert_int_equal(rd(0x44), 0x1004);
	assert_int_equal(rd(0x30), 0x900);
	/* a reset forgets it */
	wr(0x44, UINT32_MAX);
	wr(0x108, 0);
	wr(0x2c, 0xa000014d);
	wr(0x00, DMA_ON | 1);
	own_start();
	assert_int_equal(rd(0x44), 0);
}

/* Whose answer it is; of those without one in them, ones. */
static void answer_index(void **s)
{
	(void)s;
	clock_on();
	(void)send(0x8000, 0, 0);
	(void)send(R, 55, 0);
	assert_int_equal(rd(0x48) >> 11 & 0x3f, 55);
	(void)send(0x40, 41, 0x300000);
	assert_int_equal(rd(0x48) >> 11 & 0x3f, 63);
	(void)send(0x1c0, 2, 0);
	assert_int_equal(rd(0x48) >> 11 & 0x3f, 63);
	(void)send(R, 3, 0);
	assert_int_equal(rd(0x48) >> 11 & 0x3f, 3);
}

/* Above 4 GiB this guest has nothing, wherever the low halves point. */
static void high_addresses(void **s)
{
	(void)s;
	identify();
	desc_put(0, 0x80000014, 512, DATA, 0);
	wr(0x8c, 1);
	assert_int_equal(blocks(false, 512, 512), 0x40c);
	assert_int_equal(rd(0x98), CHAIN);
	assert_int_equal(rd(0x9c), 1);
	stop();
	wr(0x8c, 0);
	((uint32_t *)ram_at(CHAIN))[5] = 0x80000000;
	assert_int_equal(blocks(false, 512, 512), 0x40c);
	assert_int_equal(rd(0xa0), DATA);
	assert_int_equal(rd(0xa4), 0x80000000);
	stop();
	assert_untouched(DATA, 512);
	desc_put(0, 0x80000010, 512, DATA, CHAIN + DESC);
	((uint32_t *)ram_at(CHAIN))[7] = UINT32_MAX;
	assert_int_equal(blocks(false, 512, 1024), 0x40c);
	assert_moved(DATA, 512, 512);
}

/* Data that is there before the command that it belongs to. */
static void ahead(void **s)
{
	(void)s;
	identify();
	wr(0x00, 0x10);
	wr(0x2c, 0x400); /* not a start */
	for (uint32_t i = 0; i < 512; i++)
		wr(0x200, i * 0x01010101);
	assert_int_equal(rd(0x48) & 0xc, 0x8);
	assert_int_equal(rd(0x44) & 0x800, 0);
	wr(0x200, 0);
	assert_int_equal(rd(0x44) & 0x800, 0x800);
	assert_int_equal(blocks(true, 1024, 2048) & ~0x10u, 0x0c);
	assert_int_equal(content[1024 + 4], 1);
	assert_int_equal(content[1024 + 2044], 0xff);
	assert_int_equal(rd(0x48) & 0xc, 0x4);
	stop();
	/* fewer than it wants, then the rest; more than it wants is dropped */
	for (uint32_t i = 0; i < 64; i++)
		wr(0x200, 0x33333333);
	assert_int_equal(blocks(true, 0, 512) & 0x8, 0);
	for (uint32_t i = 0; i < 64; i++)
		wr(0x200, 0x44444444);
	assert_int_equal(rd(0x44) & 0x8, 0x8);
	assert_int_equal(content[255], 0x33);
	assert_int_equal(content[256], 0x44);
	for (uint32_t i = 0; i < 200; i++)
		wr(0x200, 0x55555555);
	assert_int_equal(blocks(true, 0, 512) & ~0x10u, 0x0c);
	assert_int_equal(content[511], 0x55);
	assert_int_equal(state.fifo_count, 0);
	/* what was emptied is nowhere */
	wr(0x200, 0x66666666);
	wr(0x00, 0x12);
	assert_int_equal(rd(0x48) & 0x4, 0x4);
	/* none for a read, or for DMA */
	wr(0x200, 0x77777777);
	wr(0x00, DMA_ON);
	desc_put(0, 0x80000014, 512, DATA, 0);
	assert_int_equal(blocks(false, 0, 512), 0x0c);
	assert_moved(DATA, 0, 512);
}

/* It waits for a slow disk, and nothing comes before it. */
static void slow_ahead(void **s)
{
	(void)s;
	identify();
	wr(0x00, 0x10);
	slow_begin();
	for (uint32_t i = 0; i < 64; i++)
		wr(0x200, 0x33333333);
	assert_int_equal(blocks(true, 512, 512), 4);
	assert_int_equal(rd(0x48) >> 17, 64);
	for (uint32_t i = 0; i < 64; i++)
		wr(0x200, 0x44444444);
	assert_int_equal(rd(0x48) >> 17, 128);
	assert_int_equal(rd(0x44) & ~0x10u, 4);
	slow_moved(true, -EAGAIN);
	assert_int_equal(rd(0x48) >> 17, 0);
	assert_int_equal(rd(0x44) & 0x888, 0);
	slow_moved(true, 0);
	assert_int_equal(rd(0x44) & 0x888, 8);
	assert_int_equal(content[512 + 255], 0x33);
	assert_int_equal(content[512 + 256], 0x44);
}

/* As the vendor's tree has it; and in one without room, an error. */
static void node(void **s)
{
	int at, len, err = -1;

	(void)s;
	for (int room = 0; err; room += 4) {
		tree_begin();
		assert_int_equal(fdt_pack(tree), 0);
		fdt_set_totalsize(tree, fdt_totalsize(tree) + room);
		err = dev.ops->fdt_node(&dev, tree, 0);
		assert_true(!err || err == -ENOSPC);
	}
	at = fdt_path_offset(tree, "/mmc@a100000");
	assert_string_equal(fdt_getprop(tree, at, "compatible", NULL),
			    "phytium,mci");
	assert_string_equal(fdt_getprop(tree, at, "clock-names", NULL),
			    "phytium_mci_clk");
	assert_int_equal(cell("/mmc@a100000", "max-frequency", 0), 50000000);
	assert_int_equal(cell("/mmc@a100000", "bus-width", 0), 4);
	assert_non_null(fdt_getprop(tree, at, "interrupts", &len));
	assert_int_equal(len, 12);
	at = fdt_node_offset_by_phandle(tree, fdt_u32(tree, at, "clocks", 0));
	assert_int_equal(fdt_u32(tree, at, "clock-frequency", 0), 1200000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(registers, setup),
		cmocka_unit_test_setup(source, setup),
		cmocka_unit_test_setup(answer_index, setup),
		cmocka_unit_test_setup(high_addresses, setup),
		cmocka_unit_test_setup(ahead, setup),
		cmocka_unit_test_setup(slow_ahead, setup),
		cmocka_unit_test_setup(node, setup),
		DW_MSHC_CASES,
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
