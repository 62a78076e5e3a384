/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pins of the boards' devices, by their real trees: which registers have which
 * bits then. RK3568 TRM part 1, "GRF", "PMUGRF"; RK3588 TRM part 1, "IOC".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <drivers/soc.h>
#include <lib/fdt.h>
#include <libfdt.h>

#include "boards.h"
#include "soc_io.h"

/** struct bits - what a register has in the end; @addr 0: no more */
struct bits {
	uint64_t addr;
	uint32_t value;
};

static void check(const struct bits *bits)
{
	unsigned int count = 0;

	for (; bits->addr; bits++, count++)
		if (soc_model_peek(bits->addr) != bits->value)
			fail_msg("%llx: %x", (unsigned long long)bits->addr,
				 soc_model_peek(bits->addr));
	/* and no others */
	for (unsigned int i = 0; i < soc_model.write_count; i++) {
		bool found = false;

		for (unsigned int j = 1; j <= count; j++)
			found |= bits[-(int)j].addr == soc_model.writes[i].addr;
		if (!found)
			fail_msg("%llx is written to",
				 (unsigned long long)soc_model.writes[i].addr);
	}
	assert_string_equal(board_log, "");
}

/* UART2 M0 on GPIO0_B5 and B6, function 10; on GPIO0_D0 and D1, function 1 */
static void console(void **state)
{
	static const struct bits of_3588[] = {{0xfd5f4000, 0x0880},
					      {0xfd5f800c, 0x0aa0},
					      {0xfd5f4028, 0x3c00},
					      {0, 0}};
	static const struct bits of_3568[] = {{0xfdc20018, 0x0011},
					      {0xfdc6030c, 0x0000},
					      {0xfdc2002c, 0x0005},
					      {0, 0}};
	const struct board *board = *state;
	const void *tree = tree_of(board);

	/* its inputs come from M1 */
	if (!is_3588(board))
		soc_model_poke(0xfdc6030c, 0x400);
	pins_node_apply(tree, board_node(tree, board->console));
	check(is_3588(board) ? of_3588 : of_3568);
}

/* GPIO4_D0 to D5, and its detection on GPIO0_A4 */
static void slot_3588(void **state)
{
	static const struct bits bits[] = {
		{0xfd5f8098, 0x1111}, {0xfd5f809c, 0x0011},
		{0xfd5fb14c, 0x0fff}, {0xfd5fb098, 0x2222},
		{0xfd5fb09c, 0x0022}, {0xfd5f0004, 0x0001},
		{0xfd5f0020, 0x0300}, {0, 0}};
	const void *tree = tree_of(*state);

	pins_node_apply(tree, node_of(tree, "rockchip,rk3588-dw-mshc"));
	check(bits);
}

/* GPIO2_D0 to D7 and GPIO2_A0 to A3 */
static void emmc_3588(void **state)
{
	static const struct bits bits[] = {{0xfd5f8058, 0x1111},
					   {0xfd5f805c, 0x1111},
					   {0xfd5f8040, 0x1111},
					   {0xfd5fd12c, 0xffff},
					   {0xfd5fd120, 0x001f},
					   {0xfd5fd058, 0x2222},
					   {0xfd5fd05c, 0x2222},
					   {0xfd5fd040, 0x0022},
					   {0, 0}};
	const void *tree = tree_of(*state);

	/* a pull that is not to be there */
	soc_model_poke(0xfd5fd120, 0x00f0);
	pins_node_apply(tree, node_of(tree, "rockchip,rk3588-dwcmshc"));
	check(bits);
}

/* GPIO1_D5 to D7, GPIO2_A0 to A2, whose clock has a second driver */
static void slot_3568(void **state)
{
	static const struct bits bits[] = {
		{0xfdc6001c, 0x1110}, {0xfdc60020, 0x0111},
		{0xfdc6008c, 0x5400}, {0xfdc60090, 0x0015},
		{0xfdc60238, 0x0700}, {0xfdc6023c, 0x0707},
		{0xfdc60240, 0x0707}, {0xfdc60244, 0x0007},
		{0xfdc60844, 0x0007}, {0xfdc20004, 0x0001},
		{0xfdc20020, 0x0100}, {0, 0}};
	const void *tree = tree_of(*state);

	pins_node_apply(tree, node_of(tree, "rockchip,rk3568-dw-mshc"));
	check(bits);
}

/* One pin, as it is said here. */
static void pin_set(void *tree, uint32_t bank, uint32_t pin, uint32_t function,
		    const char *config)
{
	const struct board *board = &boards[soc_model.is_3588 ? 0 : 2];
	int node = board_node(tree, board->console), len;
	uint32_t group = fdt32_ld(fdt_getprop(tree, node, "pinctrl-0", NULL));
	fdt32_t cells[4] = {cpu_to_fdt32(bank), cpu_to_fdt32(pin),
			    cpu_to_fdt32(function)};
	char path[64];

	snprintf(path, sizeof(path), "/pinctrl/%s", config);
	cells[3] = *(const fdt32_t *)fdt_getprop(tree, board_node(tree, path),
						 "phandle", &len);
	node = fdt_node_offset_by_phandle(tree, group);
	assert_int_equal(fdt_setprop(tree, node, "rockchip,pins", cells, 16),
			 0);
	soc_model.write_count = 0;
	pins_node_apply(tree, board_node(tree, board->console));
}

/* Of a pin's four cells one is missing. */
static void cut_short(void *tree, const struct board *board)
{
	int node = board_node(tree, board->console);
	uint32_t group = fdt32_ld(fdt_getprop(tree, node, "pinctrl-0", NULL));

	node = fdt_node_offset_by_phandle(tree, group);
	assert_int_equal(fdt_setprop(tree, node, "rockchip,pins",
				     "\0\0\0\1\0\0\0\1\0\0\0\1", 12),
			 0);
	pins_node_apply(tree, board_node(tree, board->console));
	assert_int_equal(soc_model.write_count, 0);
}

/* Where the IOCs of RK3588 meet, and the odd ones of RK3568. */
static void places(void **state)
{
	static const struct {
		uint32_t bank, pin, function;
		const char *config;
		struct bits bits[4];
	} of_3588[] = {
		{0,
		 12,
		 3,
		 "pcfg-pull-down",
		 {{0xfd5f4000, 3}, {0xfd5f0024, 0x100}}},
		{0,
		 11,
		 9,
		 "pcfg-pull-none-smt",
		 {{0xfd5f0008, 0x9000}, {0xfd5f0034, 8}}},
		{0,
		 31,
		 1,
		 "pcfg-pull-none-smt",
		 {{0xfd5f4010, 0x1000}, {0xfd5f4048, 0x80}}},
		{1,
		 8,
		 5,
		 "pcfg-pull-up-drv-level-2",
		 {{0xfd5f8028, 5}, {0xfd5f9114, 3}, {0xfd5f9028, 2}}},
		{2,
		 6,
		 1,
		 "pcfg-pull-up-drv-level-2",
		 {{0xfd5f8044, 0x100},
		  {0xfd5fa120, 0x3000},
		  {0xfd5fa044, 0x200}}},
		{4,
		 17,
		 1,
		 "pcfg-pull-up-drv-level-2",
		 {{0xfd5f8090, 0x10}, {0xfd5fc148, 0xc}, {0xfd5fc090, 0x20}}},
		{4,
		 18,
		 1,
		 "pcfg-pull-up-drv-level-2",
		 {{0xfd5f8090, 0x110},
		  {0xfd5fa148, 0x30},
		  {0xfd5fa090, 0x200}}},
	};
	static const struct {
		uint32_t bank, pin, function;
		const char *config;
		struct bits bits[4];
	} of_3568[] = {
		{0,
		 27,
		 1,
		 "pcfg-pull-up",
		 {{0xfdc20018, 0x1000}, {0xfdc2002c, 0xc0}}},
		{4,
		 31,
		 6,
		 "pcfg-pull-none-smt",
		 {{0xfdc6007c, 0x6000}, {0xfdc600fc, 0x4000}}},
		{2,
		 6,
		 3,
		 "pcfg-pull-none-drv-level-1",
		 {{0xfdc60024, 0x300}, {0xfdc6024c, 3}, {0xfdc60310, 0}}},
		{4,
		 2,
		 4,
		 "pcfg-pull-none-drv-level-1",
		 {{0xfdc60060, 0x400}, {0xfdc602c4, 3}, {0xfdc60310, 0x20}}},
		{0,
		 13,
		 4,
		 "pcfg-pull-up",
		 {{0xfdc2000c, 0x40}, {0xfdc20110, 4}, {0xfdc20024, 0x400}}},
	};
	const struct board *board = *state;
	void *tree = tree_of(board);

	for (unsigned int i = 0; is_3588(board) && i < ARRAY_SIZE(of_3588);
	     i++) {
		pin_set(tree, of_3588[i].bank, of_3588[i].pin,
			of_3588[i].function, of_3588[i].config);
		for (unsigned int j = 0; of_3588[i].bits[j].addr; j++)
			if (soc_model_peek(of_3588[i].bits[j].addr) !=
			    of_3588[i].bits[j].value)
				fail_msg("%u, %u: %x", i, j,
					 soc_model_peek(
						 of_3588[i].bits[j].addr));
	}
	for (unsigned int i = 0; !is_3588(board) && i < ARRAY_SIZE(of_3568);
	     i++) {
		pin_set(tree, of_3568[i].bank, of_3568[i].pin,
			of_3568[i].function, of_3568[i].config);
		for (unsigned int j = 0; of_3568[i].bits[j].addr; j++)
			if (soc_model_peek(of_3568[i].bits[j].addr) !=
			    of_3568[i].bits[j].value)
				fail_msg("%u, %u: %x", i, j,
					 soc_model_peek(
						 of_3568[i].bits[j].addr));
	}
	assert_string_equal(board_log, "");
	/* what cannot be is left alone */
	pin_set(tree, 5, 0, 1, "pcfg-pull-up");
	assert_int_equal(soc_model.write_count, 0);
	pin_set(tree, 0, 32, 1, "pcfg-pull-up");
	assert_int_equal(soc_model.write_count, 0);
	pin_set(tree, 1, 1, is_3588(board) ? 16 : 8, "pcfg-pull-up");
	assert_int_equal(soc_model.write_count, 0);
	cut_short(tree, board);
	assert_non_null(strstr(board_log, "pinctrl-0, group 0: left"));
}

static void no_groups(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);
	int node = board_node(tree, board->console);

	assert_int_equal(fdt_setprop_cell(tree, node, "pinctrl-0", 0x7777), 0);
	pins_node_apply(tree, node);
	assert_non_null(strstr(board_log, "group 0: left"));
	assert_int_equal(fdt_delprop(tree, node, "pinctrl-0"), 0);
	board_log_start();
	pins_node_apply(tree, node);
	assert_string_equal(board_log, "");
	assert_int_equal(soc_model.write_count, 0);
	/* "default" is another one */
	node = board_node(tree, board->console);
	fdt_setprop(tree, node, "pinctrl-names", "sleep\0default", 14);
	node = board_node(tree, board->console);
	assert_int_equal(fdt_setprop_cell(tree, node, "pinctrl-1", 0x7777), 0);
	pins_node_apply(tree, board_node(tree, board->console));
	assert_non_null(strstr(board_log, "pinctrl-1, group 0: left"));
}

/* The registers are not there: nothing is written to anywhere. */
static void no_registers(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);
	int node = board_node(tree, "/pinctrl");

	assert_int_equal(fdt_setprop_cell(tree, node, "rockchip,grf", 0x7777),
			 0);
	pins_node_apply(tree, board_node(tree, board->console));
	assert_non_null(strstr(board_log, "group 0: left"));
	assert_int_equal(soc_model.write_count, 0);
}

static const char *victim;

static void use(void *tree)
{
	int node = fdt_path_node(tree, victim, strlen(victim));

	if (node >= 0)
		pins_node_apply(tree, node);
}

static void any_cell(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);
	uint32_t group;

	victim = board->console;
	use(tree);
	group = fdt32_ld(
		fdt_getprop(tree, board_node(tree, victim), "pinctrl-0", NULL));
	each_cell(tree, fdt_node_offset_by_phandle(tree, group), use);
	each_cell(tree, board_node(tree, victim), use);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ROCKCHIP(console),
		ON_BOARD(slot_3588, "orangepi-5-plus", 0),
		ON_BOARD(emmc_3588, "orangepi-5-plus", 0),
		ON_BOARD(emmc_3588, "evm3588", 1),
		ON_BOARD(slot_3568, "roc-rk3568-pc", 2),
		ON_ROCKCHIP(places),
		ON_ROCKCHIP(no_groups),
		ON_ROCKCHIP(no_registers),
		ON_ROCKCHIP(any_cell),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
