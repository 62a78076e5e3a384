/* SPDX-License-Identifier: Apache-2.0 */
/* Power domains of the boards' devices, by their real trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <drivers/soc.h>
#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>

#include "boards.h"
#include "soc_io.h"

#define PMU_3588 0xfd8d8000ull
#define PMU_3568 0xfdd90000ull
#define CRU_3588 0xfd7c0000ull

/* Of @board's devices the console gets a domain, as none has one there. */
static int domain_of(void *tree, const struct board *board, uint32_t id)
{
	int node = fdt_find_compatible(
		tree, (const char *const[]){"rockchip,rk3588-power-controller",
					    "rockchip,rk3568-power-controller",
					    NULL});
	fdt32_t cells[2] = {
		cpu_to_fdt32(fdt_get_phandle(tree, node)),
		cpu_to_fdt32(id),
	};

	assert_int_equal(fdt_setprop(tree, board_node(tree, board->console),
				     "power-domains", cells, 8),
			 0);
	return board_node(tree, board->console);
}

/* The SD slot: its memories had power all the time, it has no bus. */
static void slot(void **state)
{
	void *tree = tree_of(*state);
	int node = node_of(tree, "rockchip,rk3588-dw-mshc");

	soc_model_all_off();
	assert_int_equal(power_node_on(tree, node), 0);
	/* PMU_PWR_GATE_SFTCON1, 13; then its memories, off and on */
	assert_int_equal(soc_model.write_count, 3);
	assert_int_equal(soc_model.writes[0].addr, PMU_3588 + 0x150);
	assert_int_equal(soc_model.writes[0].value, 0x20000000);
	assert_int_equal(soc_model.writes[1].addr, PMU_3588 + 0x1a4);
	assert_int_equal(soc_model.writes[1].value, 0x20002000);
	assert_int_equal(soc_model.writes[2].value, 0x20000000);
	assert_int_equal(soc_model_peek(PMU_3588 + 0x290), 1 << 26);
	assert_non_null(strstr(board_log, "domain 40 is on"));
	/* once is enough */
	assert_int_equal(power_node_on(tree, node), 0);
	assert_int_equal(soc_model.write_count, 3);
}

/* Around NPUTOP there is NPU, which comes first and has no memories. */
static void nested(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);
	unsigned int outer = ~0u, inner = ~0u, idle = ~0u;

	soc_model_all_off();
	assert_int_equal(power_node_on(tree, domain_of(tree, board, 9)), 0);
	for (unsigned int i = 0; i < soc_model.write_count; i++) {
		if (soc_model.writes[i].addr == PMU_3588 + 0x14c &&
		    soc_model.writes[i].value == 0x20000)
			outer = i;
		if (soc_model.writes[i].addr == PMU_3588 + 0x14c &&
		    soc_model.writes[i].value == 0x80000)
			inner = i;
		if (soc_model.writes[i].addr == PMU_3588 + 0x10c &&
		    soc_model.writes[i].value == 0x20000)
			idle = i;
	}
	assert_true(outer < inner && inner < idle && idle != ~0u);
	assert_int_equal(soc_model_peek(PMU_3588 + 0x14c), 0xfff5);
}

/* VOP's bus counts twice; SDIO's, of the second register, with its clocks. */
static void buses(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);
	unsigned int gate = ~0u, power = ~0u;

	soc_model_all_off();
	assert_int_equal(power_node_on(tree, domain_of(tree, board, 24)), 0);
	assert_int_equal(soc_model_peek(PMU_3588 + 0x10c), 0x9fff);
	soc_model_poke(CRU_3588 + 0x800 + 75 * 4, 0xffff);
	soc_model.write_count = 0;
	assert_int_equal(power_node_on(tree, domain_of(tree, board, 37)), 0);
	assert_int_equal(soc_model_peek(PMU_3588 + 0x110), 0xfff7);
	assert_int_equal(soc_model_peek(CRU_3588 + 0x800 + 75 * 4) & 7, 0);
	for (unsigned int i = 0; i < soc_model.write_count; i++) {
		if (soc_model.writes[i].addr == CRU_3588 + 0x800 + 75 * 4)
			gate = i;
		if (soc_model.writes[i].addr == PMU_3588 + 0x150)
			power = i;
	}
	assert_true(gate < power && power != ~0u);
}

static void of_3568(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);

	soc_model_all_off();
	assert_int_equal(power_node_on(tree, domain_of(tree, board, 15)), 0);
	assert_int_equal(soc_model_peek(PMU_3568 + 0xa0), 0xfeff);
	assert_int_equal(soc_model_peek(PMU_3568 + 0x50), 0xf7ff);
	assert_int_equal(power_node_on(tree, domain_of(tree, board, 7)), 0);
	assert_int_equal(soc_model_peek(PMU_3568 + 0xa0), 0xfefe);
	assert_int_equal(soc_model_peek(PMU_3568 + 0x50), 0xf7fd);
}

/* It never comes on: an end by time, and nobody touches the device. */
static void stuck(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);
	int node = domain_of(tree, board, is_3588(board) ? 40 : 15);

	soc_model_all_off();
	soc_model.stuck = true;
	assert_int_equal(power_node_on(tree, node), -EIO);
	assert_non_null(strstr(board_log, "does not come on: error -110"));
	assert_true(soc_model.waited_us >= 10000);
	assert_true(soc_model.waited_us < 50000);
	soc_model.write_count = 0;
	assert_int_equal(soc_device_on(tree, node), -EIO);
	for (unsigned int i = 0; i < soc_model.write_count; i++)
		/* pins are not its any more: nor the log of clocks */
		assert_true(soc_model.writes[i].addr < 0xfd5f0000 ||
			    soc_model.writes[i].addr >= 0xfd600000);
}

static void strange(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);
	int node;

	soc_model_all_off();
	assert_int_equal(power_node_on(tree, domain_of(tree, board, 99)), 0);
	assert_non_null(strstr(board_log, "domain 99 is not known"));
	node = board_node(tree, board->console);
	fdt_setprop_cell(tree, node, "power-domains", 0x7777);
	assert_int_equal(power_node_on(tree, node), 0);
	assert_non_null(strstr(board_log, "power-domains, 0: left"));
	/* of somebody that is no power controller */
	fdt_setprop(tree, node, "power-domains",
		    fdt_getprop(tree, node, "interrupt-parent", NULL), 0);
	assert_int_equal(power_node_on(tree, node), 0);
	assert_int_equal(soc_model.write_count, 0);
	assert_true(soc_is_provider(
		tree, node_of(tree, is_3588(board) ? "rockchip,rk3588-cru"
						   : "rockchip,rk3568-cru")));
	assert_false(soc_is_provider(tree, node));
}

/* All that a device stands on, in the right order. */
static void together(void **state)
{
	void *tree = tree_of(*state);
	int node = node_of(tree, "rockchip,rk3588-dw-mshc");
	unsigned int power = ~0u, pins = ~0u;

	soc_model_all_off();
	assert_int_equal(soc_device_on(tree, node), 0);
	for (unsigned int i = 0; i < soc_model.write_count; i++) {
		if (soc_model.writes[i].addr == PMU_3588 + 0x150)
			power = i;
		if (soc_model.writes[i].addr == 0xfd5f8098 && pins == ~0u)
			pins = i;
	}
	assert_true(power < pins && pins != ~0u);
}

static const char *victim;

static void use(void *tree)
{
	int node = fdt_path_node(tree, victim, strlen(victim));

	if (node >= 0)
		(void)!power_node_on(tree, node);
}

static void any_cell(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);
	int node = domain_of(tree, board, is_3588(board) ? 37 : 15);

	soc_model_all_off();
	victim = board->console;
	each_cell(tree, node, use);
	each_cell(tree,
		  fdt_find_compatible(
			  tree,
			  (const char *const[]){
				  "rockchip,rk3588-power-controller",
				  "rockchip,rk3568-power-controller", NULL}),
		  use);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOARD(slot, "orangepi-5-plus", 0),
		ON_BOARD(nested, "orangepi-5-plus", 0),
		ON_BOARD(nested, "evm3588", 1),
		ON_BOARD(buses, "orangepi-5-plus", 0),
		ON_BOARD(of_3568, "roc-rk3568-pc", 2),
		ON_ROCKCHIP(stuck),
		ON_ROCKCHIP(strange),
		ON_BOARD(together, "orangepi-5-plus", 0),
		ON_ROCKCHIP(any_cell),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
