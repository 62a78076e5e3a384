/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks of the boards' devices, by their real trees, on a model of the clock
 * units; and trees that make no sense.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <drivers/clk.h>
#include <drivers/reset.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/fdt_args.h>
#include <lib/log.h>
#include <libfdt.h>

#include "../../../drivers/clk/rockchip_cru.h"
#include <drivers/soc.h>

#include "../../fake/dts.h"
#include "boards.h"
#include "soc_io.h"

#define CRU_3588 0xfd7c0000ull
#define CRU_3568 0xfdd20000ull
#define PMUCRU_3568 0xfdd00000ull

static int emmc(const void *tree, const struct board *board)
{
	return node_of(tree, is_3588(board) ? "rockchip,rk3588-dwcmshc"
					    : "rockchip,rk3568-dwcmshc");
}

static void console(void **state)
{
	const struct board *board = *state;
	const void *tree = tree_of(board);
	int node = board_node(tree, board->console);
	struct clk clk;

	/* what firmware left */
	assert_int_equal(clk_get(tree, node, "baudclk", &clk), 0);
	assert_int_equal(clk_rate(&clk), 24000000);
	assert_int_equal(soc_device_on(tree, node), 0);
	/* PCLK_UART2 and SCLK_UART2 run, no more */
	if (is_3588(board)) {
		assert_int_equal(soc_model_peek(CRU_3588 + 0x800 + 12 * 4),
				 0xfff7);
		assert_int_equal(soc_model_peek(CRU_3588 + 0x800 + 13 * 4),
				 0xfffe);
	} else {
		assert_int_equal(soc_model_peek(CRU_3568 + 0x300 + 28 * 4),
				 0xfff6);
	}
	assert_string_equal(board_log, "");
	/* of GPLL over 31, through the fraction 1/2: where firmware likes */
	if (is_3588(board)) {
		soc_model_poke(CRU_3588 + 0x300 + 43 * 4, 30 << 2);
		soc_model_poke(CRU_3588 + 0x300 + 44 * 4, 0x10002);
		soc_model_poke(CRU_3588 + 0x300 + 45 * 4, 1);
	} else {
		soc_model_poke(CRU_3568 + 0x100 + 54 * 4, 1 << 12 | 30);
		soc_model_poke(CRU_3568 + 0x100 + 55 * 4, 0x10002);
	}
	assert_int_equal(clk_rate(&clk), 1188000000 / 31 / 2);
	/* a fraction over nothing */
	soc_model_poke(is_3588(board) ? CRU_3588 + 0x300 + 44 * 4
				      : CRU_3568 + 0x100 + 55 * 4,
		       0x10000);
	assert_int_equal(clk_rate(&clk), 0);
}

/** struct rate - what is asked for, what comes, what the register is then */
struct rate {
	uint64_t hz, got;
	uint32_t sel;
};

static void emmc_rates(void **state)
{
	/* 1188 MHz / 6 and / 2; 24 MHz; / 60; there is no more: 64 */
	static const struct rate of_3588[] = {
		{200000000, 198000000, 5 << 8},
		{600000000, 594000000, 1 << 8},
		{24000000, 24000000, 2 << 14},
		{400000, 400000, 2 << 14 | 59 << 8},
		{375000, 375000, 2 << 14 | 63 << 8},
	};
	static const struct rate of_3568[] = {
		{200000000, 198000000, 1 << 12},
		{600000000, 198000000, 1 << 12},
		{120000000, 100000000, 3 << 12},
		{52000000, 50000000, 4 << 12},
		{24000000, 24000000, 0},
		{400000, 375000, 5 << 12},
	};
	const struct board *board = *state;
	const void *tree = tree_of(board);
	bool new = is_3588(board);
	uint64_t reg = new ? CRU_3588 + 0x434 : CRU_3568 + 0x170;
	const struct rate *rates = new ? of_3588 : of_3568;
	uint32_t others = soc_model_peek(reg) & (new ? 0xff : 0xfff);
	struct clk clk;

	assert_int_equal(clk_get(tree, emmc(tree, board), "core", &clk), 0);
	assert_int_equal(clk_rate(&clk), 198000000);
	for (unsigned int i = 0;
	     i < (new ? ARRAY_SIZE(of_3588) : ARRAY_SIZE(of_3568)); i++) {
		assert_int_equal(clk_set_rate(&clk, rates[i].hz), 0);
		assert_int_equal(clk_rate(&clk), rates[i].got);
		assert_int_equal(soc_model_peek(reg), rates[i].sel | others);
	}
	soc_model.write_count = 0;
	assert_int_equal(clk_set_rate(&clk, 374999), -ERANGE);
	assert_int_equal(clk_set_rate(&clk, 0), -ERANGE);
	assert_int_equal(soc_model.write_count, 0);
	/* a phase it has not */
	assert_int_equal(clk_set_phase(&clk, 90), -EINVAL);
	/* PLLs that make no sense are not taken: the crystal is left */
	soc_model_poke((new ? CRU_3588 : CRU_3568) + (new ? 113 : 17) * 4, 0);
	soc_model_poke((new ? CRU_3588 : CRU_3568) + (new ? 105 : 25) * 4, 0);
	assert_int_equal(clk_set_rate(&clk, 200000000), 0);
	assert_int_equal(clk_rate(&clk), 24000000);
}

static void emmc_start(void **state)
{
	const struct board *board = *state;
	const void *tree = tree_of(board);
	bool new = is_3588(board);
	int node = emmc(tree, board);
	struct clk clk;

	clk_node_start(tree, node);
	assert_string_equal(board_log, "");
	/* its own and what they hang on; the flash's stay shut */
	assert_int_equal(soc_model_peek(new ? CRU_3588 + 0x800 + 31 * 4
					    : CRU_3568 + 0x300 + 9 * 4),
			 new ? 0xfe08 : 0xfc1f);
	/* "block": 200 MHz asked for; "timer" has its 24 already */
	assert_int_equal(clk_get(tree, node, "block", &clk), 0);
	assert_int_equal(clk_rate(&clk), 198000000);
	assert_int_equal(clk_get(tree, node, "timer", &clk), 0);
	assert_int_equal(clk_rate(&clk), 24000000);
	assert_int_equal(clk_set_rate(&clk, 12000000), -EPERM);
	assert_int_equal(clk_get(tree, node, "bus", &clk), 0);
	assert_true(clk_rate(&clk) > 0);
	/* others hang on what it is made of */
	assert_int_equal(clk_set_rate(&clk, 24000000), -EPERM);
	assert_int_equal(clk_get(tree, node, "nothing", &clk), -ENOENT);
}

static void slot_3568(void **state)
{
	const void *tree = tree_of(*state);
	int node = node_of(tree, "rockchip,rk3568-dw-mshc");
	struct clk clk;

	assert_int_equal(clk_get(tree, node, "ciu", &clk), 0);
	assert_int_equal(clk_rate(&clk), 50000000);
	assert_int_equal(clk_set_rate(&clk, 100000000), 0);
	assert_int_equal(clk_rate(&clk), 100000000);
	assert_int_equal(soc_model_peek(CRU_3568 + 0x178), 3 << 8);
	assert_int_equal(clk_enable(&clk), 0);
	assert_int_equal(soc_model_peek(CRU_3568 + 0x33c), 0xfffd);
	/* SDMMC0_CON0 and CON1: 2..1 */
	assert_int_equal(clk_get(tree, node, "ciu-drive", &clk), 0);
	assert_int_equal(clk_set_phase(&clk, 90), 0);
	assert_int_equal(soc_model_peek(CRU_3568 + 0x580), 2);
	assert_int_equal(clk_rate(&clk), 50000000);
	assert_int_equal(clk_get(tree, node, "ciu-sample", &clk), 0);
	assert_int_equal(clk_set_phase(&clk, 270), 0);
	assert_int_equal(soc_model_peek(CRU_3568 + 0x584), 6);
	assert_int_equal(clk_set_phase(&clk, 45), -EINVAL);
	assert_int_equal(clk_set_phase(&clk, 360), -EINVAL);
}

static void slot_3588(void **state)
{
	const void *tree = tree_of(*state);
	int node = node_of(tree, "rockchip,rk3588-dw-mshc");
	struct clk clk;

	assert_int_equal(clk_get(tree, node, "ciu-drive", &clk), 0);
	assert_int_equal(clk_set_phase(&clk, 180), 0);
	assert_int_equal(soc_model_peek(CRU_3588 + 0xc30), 4);
	assert_int_equal(clk_get(tree, node, "ciu-sample", &clk), 0);
	assert_int_equal(clk_set_phase(&clk, 90), 0);
	assert_int_equal(soc_model_peek(CRU_3588 + 0xc34), 2);
	assert_int_equal(soc_model.write_count, 2);
}

/* Of these devices every clock is known: hosts' and guests' devices. */
static void known(void **state)
{
	static const char *const kinds[] = {"snps,dw-apb-uart",
					    "snps,dw-wdt",
					    "rockchip,rk3399-i2c",
					    "rockchip,rk3066-spi",
					    "rockchip,rk3568-dw-mshc",
					    "rockchip,rk3568-dwcmshc",
					    "rockchip,rk3588-dwcmshc",
					    "rockchip,gpio-bank",
					    "rockchip,rk3328-pwm",
					    "snps,dwc-ahci",
					    "rockchip,rk3568-pcie",
					    "rockchip,rk3588-pcie",
					    "snps,dwmac-4.20a",
					    "rockchip,rk3568-saradc",
					    "rockchip,rk3588-saradc",
					    "rockchip,rk3568-tsadc",
					    "rockchip,rk3588-tsadc",
					    "rockchip,rk3568-dwc3",
					    "rockchip,sfc",
					    "rockchip,rk3568-naneng-combphy",
					    "rockchip,rk3588-naneng-combphy",
					    NULL};
	const struct board *board = *state;
	const void *tree = tree_of(board);
	struct fdt_args args;
	struct fdt_scan scan;
	unsigned int count = 0;

	assert_true(fdt_scan_init(&scan, tree));
	while (fdt_scan_next(&scan)) {
		if (!fdt_node_compatible_any(tree, scan.node, kinds))
			continue;
		for (unsigned int i = 0; !fdt_args(tree, scan.node, "clocks",
						   "#clock-cells", i, &args);
		     i++) {
			const struct cru_soc *soc;
			bool found = false;

			if (fdt_node_check_compatible(tree, args.node,
						      "rockchip,rk3588-cru") &&
			    fdt_node_check_compatible(tree, args.node,
						      "rockchip,rk3568-cru") &&
			    fdt_node_check_compatible(tree, args.node,
						      "rockchip,rk3568-pmucru"))
				continue;
			soc = is_3588(board) ? &cru_rk3588
			      : fdt_node_check_compatible(tree, args.node,
							  "rockchip,rk3568-cru")
				      ? &cru_rk3568_pmu
				      : &cru_rk3568;
			for (unsigned int j = 0; j < soc->clk_count; j++)
				found |= args.cells[0] - soc->clks[j].id <
					 soc->clks[j].count;
			if (!found)
				fail_msg("%s: clock %u of %s", scan.name,
					 args.cells[0], soc->compatible);
			count++;
		}
	}
	assert_true(count > 50);
}

/* Each number once, each source known, and no way up that does not end. */
static void sound(const struct cru_soc *soc)
{
	for (unsigned int i = 0; i < soc->clk_count; i++) {
		const struct cru_clk *row = &soc->clks[i];

		assert_true(row->count > 0);
		assert_true(row->kind == CRU_PLL || row->unit < 3);
		assert_true(
			row->gate == CRU_NO_GATE ||
			soc->units[row->unit] + soc->clkgate +
					4u * ((row->gate + row->count) / 16) <
				soc->size);
		for (unsigned int j = 0; j < i; j++)
			if (row->id < soc->clks[j].id + soc->clks[j].count &&
			    soc->clks[j].id < row->id + row->count)
				fail_msg("%s: %u twice", soc->compatible,
					 row->id);
		for (unsigned int n = 0; n < 1u << (row->mux & 15); n++) {
			uint32_t id = soc->lists[row->list + n];
			bool found = id == CRU_XIN24M || id == CRU_UNKNOWN;

			for (unsigned int j = 0; j < soc->clk_count; j++)
				found |= id - soc->clks[j].id <
					 soc->clks[j].count;
			if (!found)
				fail_msg("%s: %u is made of %u",
					 soc->compatible, row->id, id);
			if (row->kind == CRU_PLL)
				break;
		}
	}
}

static void tables(void **state)
{
	(void)state;
	sound(&cru_rk3568);
	sound(&cru_rk3568_pmu);
	sound(&cru_rk3588);
}

static uint8_t small[4096];

static int small_node(const char *source, const char *path)
{
	dts_text(source, small, sizeof(small));
	return fdt_path_node(small, path, strlen(path));
}

static void plain_kinds(void **state)
{
	int node = small_node(
		"/dts-v1/; / {"
		"x: x { compatible = \"fixed-clock\"; #clock-cells = <0>; "
		"clock-frequency = <24000000>; };"
		"f: f { compatible = \"fixed-factor-clock\"; "
		"#clock-cells = <0>; clocks = <&x>; clock-div = <3>; "
		"clock-mult = <2>; };"
		"z: z { compatible = \"fixed-factor-clock\"; "
		"#clock-cells = <0>; clocks = <&f>; clock-div = <0>; };"
		"o: o { compatible = \"some,other\"; #clock-cells = <1>; };"
		"d { clocks = <&x>, <0>, <&f>, <&z>, <&o 7>; "
		"clock-names = \"x\", \"none\", \"f\", \"z\", \"o\"; "
		"assigned-clocks = <&x>, <&f>; "
		"assigned-clock-rates = <24000000>, <5>; };"
		"e { clocks = <&x 1>; }; };",
		"/d");
	struct clk clk;

	(void)state;
	board_log_start();
	assert_int_equal(clk_get(small, node, NULL, &clk), 0);
	assert_int_equal(clk_rate(&clk), 24000000);
	assert_int_equal(clk_set_rate(&clk, 1), -EPERM);
	assert_int_equal(clk_set_phase(&clk, 90), -EINVAL);
	assert_int_equal(clk_get(small, node, "none", &clk), -ENOENT);
	assert_int_equal(clk_get(small, node, "f", &clk), 0);
	assert_int_equal(clk_rate(&clk), 16000000);
	assert_int_equal(clk_enable(&clk), 0);
	assert_int_equal(clk_get(small, node, "z", &clk), 0);
	assert_int_equal(clk_rate(&clk), 0);
	assert_int_equal(clk_get(small, node, "o", &clk), -ENODEV);
	clk_node_start(small, node);
	/* nobody drives o; f cannot be set; x is right as it is */
	assert_non_null(strstr(board_log, "d: clock 4: error -19"));
	assert_non_null(strstr(board_log, "assigned-clocks, 1:"));
	assert_null(strstr(board_log, "assigned-clocks, 0:"));
}

/* Loops, cells that are wrong, providers that are not there. */
static void damaged(void **state)
{
	int node = small_node(
		"/dts-v1/; / {"
		"a: a { compatible = \"fixed-factor-clock\"; "
		"#clock-cells = <0>; clocks = <&b>; clock-div = <1>; "
		"clock-mult = <1>; };"
		"b: b { compatible = \"fixed-factor-clock\"; "
		"#clock-cells = <0>; clocks = <&a>; clock-div = <1>; "
		"clock-mult = <1>; };"
		"n: n { compatible = \"fixed-clock\"; };"
		"m: m { compatible = \"fixed-clock\"; #clock-cells = <5>; };"
		"t: t { compatible = \"fixed-clock\"; #clock-cells = <2>; };"
		"u: u { compatible = \"rockchip,rk3588-cru\"; "
		"#clock-cells = <1>; reg = <0xfd7c0000 0x100>; };"
		"l { clocks = <&a>; };"
		"d1 { clocks = <77>; }; d2 { clocks = <&n>; };"
		"d3 { clocks = <&m 1 2 3 4 5>; }; d4 { clocks = <&t 1 2>; };"
		"d5 { clocks = <&u>; }; d6 { clocks = [00 01]; };"
		"d7 { clocks = <&u 300>; }; d8 { clocks = <&t 1>; }; };",
		"/l");
	static const struct {
		const char *path;
		int err;
	} bad[] = {{"/d1", -EINVAL}, {"/d2", -EINVAL}, {"/d3", -EINVAL},
		   {"/d4", -EINVAL}, {"/d5", -EINVAL}, {"/d6", -EINVAL},
		   {"/d7", -ENODEV}, {"/d8", -EINVAL}};
	struct clk clk;

	(void)state;
	board_log_start();
	assert_int_equal(clk_get(small, node, NULL, &clk), 0);
	assert_int_equal(clk_rate(&clk), 0);
	assert_int_equal(clk_enable(&clk), -EINVAL);
	clk_node_start(small, node);
	assert_non_null(strstr(board_log, "l: clock 0: error"));
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		node = fdt_path_node(small, bad[i].path, 3);
		assert_int_equal(clk_get(small, node, NULL, &clk), bad[i].err);
		clk_node_start(small, node);
	}
	assert_non_null(strstr(board_log, "its registers cannot be"));
}

static int victim;

static void use(void *tree)
{
	struct clk clk;

	clk_node_start(tree, victim);
	reset_node_pulse(tree, victim);
	if (!clk_get(tree, victim, "core", &clk))
		(void)!clk_set_rate(&clk, 24000000);
}

/* Whatever is in a cell of a board's tree: it ends, and nothing is hurt. */
static void any_cell(void **state)
{
	void *tree = tree_of(*state);

	victim = emmc(tree, *state);
	each_cell(tree, victim, use);
}

/* A clock that has no row: said once, and the others go on. */
static void unknown_id(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);
	int node = emmc(tree, board);
	int len;
	uint32_t cells[10];
	struct clk clk;
	const void *clocks = fdt_getprop(tree, node, "clocks", &len);

	assert_int_equal(len, sizeof(cells));
	memcpy(cells, clocks, sizeof(cells));
	cells[3] = cpu_to_fdt32(4711);
	assert_int_equal(fdt_setprop(tree, node, "clocks", cells, len), 0);
	clk_node_start(tree, node);
	assert_non_null(strstr(board_log, "clock 4711 of clock-controller@"));
	assert_int_equal(clk_get(tree, node, "bus", &clk), -ENOENT);
	assert_int_equal(soc_model_peek(is_3588(board)
						? CRU_3588 + 0x800 + 31 * 4
						: CRU_3568 + 0x300 + 9 * 4) &
				 (is_3588(board) ? 0x1c0 : 0x380),
			 0);
	/* those that have no number of the binding are nobody's */
	cells[3] = cpu_to_fdt32(CRU_OWN);
	assert_int_equal(fdt_setprop(tree, node, "clocks", cells, len), 0);
	assert_int_equal(clk_get(tree, node, "bus", &clk), -ENOENT);
	cells[3] = cpu_to_fdt32(CRU_XIN24M);
	assert_int_equal(fdt_setprop(tree, node, "clocks", cells, len), 0);
	assert_int_equal(clk_get(tree, node, "bus", &clk), -ENOENT);
}

/* A source, of the unit itself and the crystal; one that it cannot have. */
static void assigned_parents(void **state)
{
	void *tree = tree_of(*state);
	int node = emmc(tree, *state);
	uint32_t cru = fdt32_ld(fdt_getprop(tree, node, "clocks", NULL));
	uint32_t crystal = fdt_get_phandle(tree, board_node(tree, "/xin24m"));
	/* SCLK_GMAC0_RX_TX of ..RMII_SPEED; CCLK_EMMC; BCLK_EMMC */
	const uint32_t clocks[] = {cru, 389, cru, 124, cru, 123};
	const uint32_t parents[] = {cru, 388, crystal, crystal};
	fdt32_t cells[6];

	for (unsigned int i = 0; i < 6; i++)
		cells[i] = cpu_to_fdt32(clocks[i]);
	fdt_setprop(tree, node, "assigned-clocks", cells, 24);
	for (unsigned int i = 0; i < 4; i++)
		cells[i] = cpu_to_fdt32(parents[i]);
	fdt_setprop(tree, node, "assigned-clock-parents", cells, 16);
	assert_int_equal(fdt_delprop(tree, node, "assigned-clock-rates"), 0);
	soc_model_poke(CRU_3568 + 0x170, 1 << 12 | 1 << 8);
	clk_node_start(tree, node);
	assert_int_equal(soc_model_peek(CRU_3568 + 0x17c), 1);
	assert_int_equal(soc_model_peek(CRU_3568 + 0x170), 1 << 8);
	assert_non_null(strstr(board_log, "assigned-clocks, 2: cannot be"));
	assert_null(strstr(board_log, "assigned-clocks, 1:"));
}

/* eMMC: H, A, C, B and T at once, nobody else, and out again. */
static void resets(void **state)
{
	const struct board *board = *state;
	void *tree = tree_of(board);
	bool new = is_3588(board);
	int node = new ? emmc(tree, board)
		       : node_of(tree, "rockchip,rk3568-dw-mshc");
	uint64_t reg = new ? CRU_3588 + 0xa00 + 31 * 4 : CRU_3568 + 0x434;
	uint32_t bits = new ? 0x1f0 : 1u << 4, seen = 0;
	unsigned int half;

	soc_model_poke(reg, 0xffff & ~bits);
	reset_node_pulse(tree, node);
	assert_string_equal(board_log, "");
	half = soc_model.write_count / 2;
	assert_int_equal(half, new ? 5 : 1);
	for (unsigned int i = 0; i < 2 * half; i++) {
		uint32_t value = soc_model.writes[i].value;

		assert_int_equal(soc_model.writes[i].addr, reg);
		assert_int_equal(value & 0xffff, i < half ? value >> 16 : 0);
		seen |= i < half ? value & 0xffff : 0;
	}
	assert_int_equal(seen, bits);
	assert_int_equal(soc_model_peek(reg), 0xffff & ~bits);
	assert_true(soc_model.waited_us >= 10);
	/* one that was left in a reset */
	soc_model_poke(reg, 0xffff);
	reset_node_release(tree, node);
	assert_int_equal(soc_model_peek(reg), 0xffff & ~bits);
	/* a number that nobody knows, and no cells at all */
	soc_model.write_count = 0;
	fdt_setprop_cell(tree, node, "resets", 0x1f);
	reset_node_pulse(tree, node);
	assert_non_null(strstr(board_log, "reset 0: error -22"));
	assert_int_equal(soc_model.write_count, 0);
}

/* Some of each SoC's, as the manuals have them: number, register, bit. */
static void reset_places(void **state)
{
	static const uint16_t of_3588[][3] = {
		{0, 1, 3},     {88, 12, 2},   {97, 12, 13},  {105, 14, 5},
		{116, 15, 0},  {144, 17, 0},  {165, 18, 6},  {278, 31, 4},
		{291, 32, 10}, {302, 33, 15}, {308, 35, 7},  {309, 37, 4},
		{314, 37, 9},  {338, 42, 4},  {345, 42, 15}, {373, 45, 12},
	};
	static const uint16_t of_3568[][3] = {
		{117, 7, 5},   {134, 8, 6},  {160, 10, 0}, {212, 13, 4},
		{236, 14, 12}, {401, 25, 1}, {421, 26, 5}, {477, 29, 13},
	};
	const struct board *board = *state;
	void *tree = tree_of(board);
	bool new = is_3588(board);
	const uint16_t(*places)[3] = new ? of_3588 : of_3568;
	int node = emmc(tree, board);
	uint32_t cru =
		fdt_getprop(tree, node, "clocks", NULL)
			? fdt32_ld(fdt_getprop(tree, node, "clocks", NULL))
			: 0;
	uint32_t cells[2] = {cpu_to_fdt32(cru)};

	for (unsigned int i = 0;
	     i < (new ? ARRAY_SIZE(of_3588) : ARRAY_SIZE(of_3568)); i++) {
		cells[1] = cpu_to_fdt32(places[i][0]);
		assert_int_equal(fdt_setprop(tree, node, "resets", cells, 8),
				 0);
		soc_model.write_count = 0;
		reset_node_release(tree, node);
		assert_int_equal(soc_model.write_count, 1);
		assert_int_equal(soc_model.writes[0].addr,
				 (new ? CRU_3588 + 0xa00 : CRU_3568 + 0x400) +
					 4u * places[i][1]);
		assert_int_equal(soc_model.writes[0].value,
				 0x10000u << places[i][2]);
	}
	cells[1] = cpu_to_fdt32(new ? 374 : 480);
	assert_int_equal(fdt_setprop(tree, node, "resets", cells, 8), 0);
	reset_node_release(tree, node);
	assert_non_null(strstr(board_log, "reset 0: error -2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ROCKCHIP(console),
		ON_ROCKCHIP(emmc_rates),
		ON_ROCKCHIP(emmc_start),
		ON_BOARD(slot_3568, "roc-rk3568-pc", 2),
		ON_BOARD(slot_3588, "orangepi-5-plus", 0),
		ON_ROCKCHIP(known),
		ON_BOARD(tables, "none", 0),
		ON_BOARD(plain_kinds, "none", 0),
		ON_BOARD(damaged, "none", 0),
		ON_ROCKCHIP(any_cell),
		ON_ROCKCHIP(unknown_id),
		ON_BOARD(assigned_parents, "roc-rk3568-pc", 2),
		ON_ROCKCHIP(resets),
		ON_ROCKCHIP(reset_places),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
