/* SPDX-License-Identifier: Apache-2.0 */
/* See boards.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>

#include "boards.h"

#define TREE_BYTES (256u * 1024)
#define TEST_SECONDS 60

/*
 * RK3588: its manual's memory map, part 1, chapter 1; GIC-600; DRAM from 0,
 * of which TF-A has the first 2 MiB and OP-TEE 16 MiB from 0x0840_0000.
 * The counter runs at 24 MHz, and so do the UARTs' clocks.
 */
#define RK3588                                                                 \
	.image = 0x2000000, .fdt = 0x12000000, .secure = 0x8400000, .boot = 0, \
	.cpu_count = 8,                                                        \
	.hwids = {0, 0x100, 0x200, 0x300, 0x400, 0x500, 0x600, 0x700},         \
	.big = 0xf0, .freq_hz = 24000000, .gicd = 0xfe600000,                  \
	.gicd_size = 0x10000, .gicr = 0xfe680000, .gicr_size = 0x100000,       \
	.its_count = 2, .console = "/serial@feb50000", .uart = 0xfeb50000,     \
	.uart_intid = 365

const struct board boards[BOARD_COUNT] = {
	{
		RK3588,
		.name = "orangepi-5-plus",
		.banks = {{0x200000, 0x8400000},
			  {0x9400000, 0xf0000000},
			  {0x100000000, 0x3fc000000},
			  {0x3fc500000, 0x3fff00000},
			  {0x4f0000000, 0x500000000}},
		.cards = {{"rockchip,rk3588-dw-mshc", 0xfe2c0000, 235},
			  {"rockchip,rk3588-dwcmshc", 0xfe2e0000, 237}},
	},
	{
		RK3588,
		.name = "evm3588",
		.banks = {{0x200000, 0x8400000},
			  {0x9400000, 0xf0000000},
			  {0x100000000, 0x200000000},
			  {0x2f0000000, 0x300000000}},
		.cards = {{"rockchip,rk3588-dwcmshc", 0xfe2e0000, 237}},
	},
	{
		/* RK3568's manual, part 1, chapter 1; a GIC-600 without ITS
		 * in the tree: Linux' maintainers left it out */
		.name = "roc-rk3568-pc",
		.banks = {{0x200000, 0x8400000},
			  {0x9400000, 0xf0000000},
			  {0x1f0000000, 0x200000000}},
		.image = 0x2000000,
		.fdt = 0x12000000,
		.secure = 0x8400000,
		.cpu_count = 4,
		.hwids = {0, 0x100, 0x200, 0x300},
		.freq_hz = 24000000,
		.gicd = 0xfd400000,
		.gicd_size = 0x10000,
		.gicr = 0xfd460000,
		.gicr_size = 0x80000,
		.console = "/serial@fe660000",
		.uart = 0xfe660000,
		.uart_intid = 150,
		.cards = {{"rockchip,rk3568-dw-mshc", 0xfe2b0000, 130},
			  {"rockchip,rk3568-dwcmshc", 0xfe310000, 51}},
	},
	{
		/* clusters of one FTC664, of one more, of two FTC310 */
		.name = "phytium-pi",
		.banks = {{0x80000000, 0xfc000000},
			  {0x2000000000, 0x2080000000}},
		.image = 0x90200000,
		.fdt = 0x90000000,
		.secure = 0xfc000000,
		.cpu_count = 4,
		.hwids = {0x200, 0x201, 0, 0x100},
		.big = 0xc,
		.freq_hz = 50000000,
		.gicd = 0x30800000,
		.gicd_size = 0x20000,
		.gicr = 0x30880000,
		.gicr_size = 0x80000,
		.its_count = 1,
		.console = "/soc/uart@2800d000",
		.is_pl011 = true,
		.uart = 0x2800d000,
		.uart_intid = 116,
		.cards = {{"phytium,mci", 0x28000000, 104},
			  {"phytium,mci", 0x28001000, 105}},
	},
};

/* The files that the board's defconfig names, one after another. */
static void parts_of(const struct board *board, char *parts, size_t size)
{
	char path[128], line[256];
	FILE *in;

	snprintf(path, sizeof(path), "configs/%s_defconfig", board->name);
	in = fopen(path, "r");
	assert_non_null(in);
	parts[0] = 0;
	while (fgets(line, sizeof(line), in))
		if (sscanf(line, "CONFIG_BOARD_DTS=\"%255[^\"]\"", line) == 1)
			snprintf(parts, size, "%s", line);
	fclose(in);
	assert_string_not_equal(parts, "");
}

/* Those under images/ are fetched, and may not be there. */
static void parts_check(const struct board *board, const char *parts)
{
	char copy[256], *save;

	snprintf(copy, sizeof(copy), "%s", parts);
	for (char *part = strtok_r(copy, " ", &save); part;
	     part = strtok_r(NULL, " ", &save)) {
		if (!access(part, R_OK))
			continue;
		if (getenv("BOARDS_NEEDED") || strncmp(part, "images/", 7))
			fail_msg("%s: %s is missing", board->name, part);
		print_message("%s: no %s; fetch it: scripts/guests boards\n",
			      board->name, part);
		skip();
	}
}

void *board_tree(const struct board *board)
{
	static uint8_t tree[TREE_BYTES] __attribute__((aligned(8)));
	char parts[256], command[512];
	size_t got;
	FILE *in;

	parts_of(board, parts, sizeof(parts));
	parts_check(board, parts);
	snprintf(command, sizeof(command), "scripts/board-dtb - %s", parts);
	in = popen(command, "r");
	assert_non_null(in);
	got = fread(tree, 1, sizeof(tree), in);
	assert_int_equal(pclose(in), 0);
	assert_int_equal(fdt_check_full(tree, got), 0);
	assert_int_equal(fdt_open_into(tree, tree, sizeof(tree)), 0);
	return tree;
}

int board_node(const void *fdt, const char *path)
{
	int node = fdt_path_offset(fdt, path);

	if (node < 0)
		fail_msg("no %s", path);
	return node;
}

char board_log[16384];

static void hear(const char *text, size_t len)
{
	size_t at = strlen(board_log);

	if (at + len < sizeof(board_log)) {
		memcpy(board_log + at, text, len);
		board_log[at + len] = 0;
	}
}

void board_log_start(void)
{
	memset(board_log, 0, sizeof(board_log));
	log_set_sink(hear);
}

int boards_run(const struct CMUnitTest *tests, size_t count)
{
	int failed = 0, status;

	for (size_t i = 0; i < count; i++) {
		pid_t child;

		fflush(NULL);
		child = fork();
		if (!child) {
			/* ends a test that hangs */
			alarm(TEST_SECONDS);
			exit(_cmocka_run_group_tests(tests[i].name, &tests[i],
						     1, NULL, NULL));
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			abort();
		if (!WIFEXITED(status) || WEXITSTATUS(status)) {
			fprintf(stderr, "%s: failed (status %#x)\n",
				tests[i].name, (unsigned int)status);
			failed++;
		}
	}
	return failed;
}
