/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Firmware's clocks on RK3588's boards, by their real trees. Firmware is the
 * server that guests get; here it may answer wrongly, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <asm/smccc.h>
#include <drivers/clk.h>
#include <drivers/soc.h>
#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>

#include "../../../drivers/clk/clk.h"
#include "../../../drivers/clk/scmi.h"
#include "../../../virt/dev/scmi_server.h"
#include "boards.h"
#include "soc_io.h"

#define SHMEM 0x10f000ull
#define CLOCKS 24
#define SD 9 /* SCMI_CCLK_SD, SCMI_HCLK_SD */
#define SD_BUS 23

/* protocol and message */
#define BASE_LIST (0x10u << 10 | 6)
#define CLOCK_VERSION (0x14u << 10 | 0)
#define CLOCK_ATTRIBUTES (0x14u << 10 | 1)
#define CLOCK_RATE_GET (0x14u << 10 | 6)

/** struct firmware - @say: instead of what would be right, where not 0 */
static struct firmware {
	struct scmi_server server;
	unsigned int calls, protocols;
	uint32_t version;
	int32_t status;
	uint32_t say_length, say_header, say_status, say_rate_high;
	bool silent, no_call, endless;
} firmware;

bool psci_available(void)
{
	return true;
}

static bool is_memory(uint64_t pa, bool write, uint32_t *value)
{
	uint32_t *word = &firmware.server.area[(pa - SHMEM) / 4 % 64];

	if (pa < SHMEM || pa >= SHMEM + 0x100)
		return false;
	if (write)
		*word = *value;
	else
		*value = *word;
	return true;
}

/* Its protocols, two in each answer. */
static void list(uint32_t *memory)
{
	/* 16, 20, 22 as they are packed */
	static const uint8_t protocols[] = {0x11, 0x16, 0x14, 0x20, 0x30};
	uint32_t skip = memory[7], count = 0;

	memory[9] = 0;
	if (firmware.endless) {
		count = 2;
		memory[9] = 0x1111;
	} else if (skip < firmware.protocols) {
		count = MIN(2u, firmware.protocols - skip);
		for (unsigned int i = 0; i < count; i++)
			memory[9] |= (uint32_t)protocols[skip + i] << 8 * i;
	}
	memory[1] = 1;
	memory[5] = count ? 16 : 12;
	memory[7] = 0;
	memory[8] = count;
}

/* What others would say to it. */
static void change(uint32_t *memory, uint32_t message)
{
	if (message == CLOCK_VERSION)
		memory[8] = firmware.version;
	if (message == CLOCK_ATTRIBUTES)
		memory[8] |= 0x100000; /* delayed answers */
	if (message == CLOCK_RATE_GET)
		memory[9] |= firmware.say_rate_high;
	if (firmware.status)
		memory[7] = (uint32_t)firmware.status;
	if (firmware.say_length)
		memory[5] = firmware.say_length;
	memory[6] ^= firmware.say_header;
	memory[1] |= firmware.say_status;
	firmware.status = 0;
}

void smccc_smc(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3,
	       struct smccc_result *result)
{
	uint32_t *memory = firmware.server.area;
	uint32_t header = memory[6];

	assert_int_equal(fn, 0x82000010);
	assert_int_equal(a1 | a2 | a3, 0);
	firmware.calls++;
	*result = (struct smccc_result){{0}};
	if (firmware.no_call) {
		result->x[0] = (uint64_t)-1;
		return;
	}
	/* busy, no interrupt asked for, a command of whole words */
	assert_int_equal(memory[1] | memory[4], 0);
	assert_int_equal(memory[5] % 4, 0);
	assert_true(memory[5] >= 4 && memory[5] <= 0xe8);
	assert_int_equal(header >> 8 & 3, 0);
	if (firmware.silent)
		return;
	if ((header & 0x3ffff) == BASE_LIST)
		list(memory);
	else
		scmi_server_ring(&firmware.server, &scmi_server_rk3588);
	change(memory, header & 0x3ffff);
}

static void *firmware_new(const struct board *board)
{
	firmware = (struct firmware){
		.protocols = 5,
		.version = 0x20000,
	};
	scmi_server_cold(&firmware.server, &scmi_server_rk3588);
	firmware.server.running = 0;
	other = is_memory;
	return tree_of(board);
}

static void slot(void **state)
{
	void *tree = firmware_new(*state);
	int node = node_of(tree, "rockchip,rk3588-dw-mshc");
	struct clk clk;

	assert_int_equal(clk_get(tree, node, "ciu", &clk), 0);
	assert_int_equal(clk_rate(&clk), 24000000);
	assert_int_equal(clk_set_rate(&clk, 99999999), 0);
	assert_int_equal(clk_rate(&clk), 99600000);
	assert_int_equal(clk_set_rate(&clk, 399999), -ERANGE);
	assert_int_equal(clk_set_rate(&clk, 0), -ERANGE);
	assert_int_equal(clk_rate(&clk), 99600000);
	assert_int_equal(clk_set_phase(&clk, 90), -EINVAL);
	assert_int_equal(soc_device_on(tree, node), 0);
	assert_int_equal(firmware.server.running, BIT(SD) | BIT(SD_BUS));
	/* a rate beyond 4 GHz, and one above what was asked for */
	firmware.say_rate_high = 1;
	assert_int_equal(clk_rate(&clk), (1ull << 32) + 99600000);
	assert_int_equal(clk_set_rate(&clk, 50000000), -ERANGE);
	assert_null(strstr(board_log, " E "));
}

static void statuses(void **state)
{
	static const int errors[][2] = {{-1, -EOPNOTSUPP}, {-2, -EINVAL},
					{-3, -EPERM},      {-4, -ENOENT},
					{-5, -ERANGE},     {-6, -EBUSY},
					{-7, -EIO},        {-100, -EIO},
					{1, -EIO},         {INT32_MIN, -EIO}};
	void *tree = firmware_new(*state);
	int node = node_of(tree, "rockchip,rk3588-dw-mshc");
	struct clk clk;

	assert_int_equal(clk_get(tree, node, "ciu", &clk), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(errors); i++) {
		struct scmi_message m = {.protocol = 0x14, .id = 0};

		firmware.status = errors[i][0];
		assert_int_equal(scmi_call(clk.from->channel, &m),
				 errors[i][1]);
		firmware.status = errors[i][0];
		assert_int_equal(clk_rate(&clk), 0);
	}
	/* what may not be switched, or cannot be, runs */
	firmware.status = -1;
	assert_int_equal(clk_enable(&clk), 0);
	firmware.status = -3;
	assert_int_equal(clk_enable(&clk), 0);
	firmware.status = -4;
	assert_int_equal(clk_enable(&clk), -ENOENT);
	/* and goes on after all of that */
	assert_int_equal(clk_rate(&clk), 24000000);
	/* no such call: its memory is as it was */
	firmware.no_call = true;
	assert_int_equal(clk_rate(&clk), 0);
	firmware.no_call = false;
	assert_int_equal(clk_rate(&clk), 24000000);
}

/* Whatever it writes for an answer: nothing is read that is not there. */
static void bad_answers(void **state)
{
	static const uint32_t lengths[] = {1,    4,     7,          9,
					   0xec, 0x100, UINT32_MAX, 0x80000000};
	static const uint32_t headers[] = {1, 0x100, 0x400, 0x40000,
					   0x80000000};
	void *tree = firmware_new(*state);
	int node = node_of(tree, "rockchip,rk3588-dw-mshc");
	struct clk clk;

	assert_int_equal(clk_get(tree, node, "ciu", &clk), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		firmware.say_length = lengths[i];
		assert_int_equal(clk_rate(&clk), 0);
		assert_int_equal(clk_set_rate(&clk, 24000000), -EIO);
	}
	/* too short for a rate; as long as there is room */
	firmware.say_length = 12;
	assert_int_equal(clk_rate(&clk), 0);
	firmware.say_length = 0xe8;
	assert_int_equal(clk_rate(&clk), 24000000);
	firmware.say_length = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(headers); i++) {
		firmware.say_header = headers[i];
		assert_int_equal(clk_rate(&clk), 0);
	}
	firmware.say_header = 0;
	firmware.say_status = 2;
	assert_int_equal(clk_rate(&clk), 0);
	firmware.say_status = 0;
	assert_int_equal(clk_rate(&clk), 24000000);
}

/* It keeps the channel: one wait, and nobody is asked any more. */
static void silent(void **state)
{
	void *tree = firmware_new(*state);
	int node = node_of(tree, "rockchip,rk3588-dw-mshc");
	struct clk clk;
	unsigned int calls, waited_us;

	assert_int_equal(clk_get(tree, node, "ciu", &clk), 0);
	firmware.silent = true;
	calls = firmware.calls;
	assert_int_equal(clk_set_rate(&clk, 24000000), -ETIMEDOUT);
	assert_int_equal(firmware.calls, calls + 1);
	assert_true(soc_model.waited_us >= 10000);
	assert_true(soc_model.waited_us <= 100000);
	waited_us = soc_model.waited_us;
	assert_int_equal(clk_set_rate(&clk, 24000000), -ETIMEDOUT);
	assert_int_equal(clk_rate(&clk), 0);
	assert_int_equal(firmware.calls, calls + 1);
	assert_int_equal(soc_model.waited_us, waited_us);
	assert_non_null(strstr(board_log, "does not answer"));
}

/* The channel is somebody's from the beginning. */
static void never_free(void **state)
{
	void *tree = firmware_new(*state);
	int node = node_of(tree, "rockchip,rk3588-dw-mshc");
	struct clk clk;

	firmware.server.area[1] = 0;
	assert_int_equal(clk_get(tree, node, "ciu", &clk), -ENODEV);
	assert_int_equal(firmware.calls, 0);
	assert_true(soc_model.waited_us <= 100000);
}

static void refuse(const struct board *board)
{
	void *tree = firmware_new(board);
	int node = node_of(tree, "rockchip,rk3588-dw-mshc");
	struct clk clk;

	firmware.protocols = 2;
	assert_int_equal(clk_get(tree, node, "ciu", &clk), -ENODEV);
	assert_non_null(strstr(board_log, "no protocol 0x14"));
	firmware.endless = true;
	assert_int_equal(clk_get(tree, node, "ciu", &clk), -ENODEV);
	assert_true(firmware.calls < 300);
	firmware.endless = false;
	firmware.protocols = 5;
	firmware.version = 0x40000;
	assert_int_equal(clk_get(tree, node, "ciu", &clk), -ENODEV);
	assert_non_null(strstr(board_log, "version 0x40000"));
	firmware.version = 0x30000;
	assert_int_equal(clk_get(tree, node, "ciu", &clk), 0);
}

static void discovery(void **state)
{
	refuse(*state);
}

/* A clock beyond those that it has; memory and calls that are not there. */
static void strange_trees(void **state)
{
	const struct board *board = *state;
	void *tree = firmware_new(board);
	int node = node_of(tree, "rockchip,rk3588-dw-mshc");
	int scmi, len;
	fdt32_t cells[2];
	struct scmi_channel *channel;
	struct clk clk;

	memcpy(cells, fdt_getprop(tree, node, "clocks", &len), sizeof(cells));
	cells[1] = cpu_to_fdt32(CLOCKS);
	assert_int_equal(fdt_setprop(tree, node, "clocks", cells, 8), 0);
	scmi = node_of(tree, "arm,scmi-smc");
	assert_int_equal(fdt_setprop_cell(tree, scmi, "shmem", 0x7777), 0);
	node = node_of(tree, "rockchip,rk3588-dw-mshc");
	assert_int_equal(clk_get(tree, node, NULL, &clk), -ENODEV);
	assert_non_null(strstr(board_log, "make no channel"));
	assert_int_equal(firmware.calls, 0);
	/* a node that is no protocol's */
	assert_int_equal(scmi_open(tree, node, 0x14, &channel), -ENODEV);
	tree = firmware_new(board);
	node = node_of(tree, "rockchip,rk3588-dw-mshc");
	assert_int_equal(fdt_setprop(tree, node, "clocks", cells, 8), 0);
	assert_int_equal(clk_get(tree, node, NULL, &clk), -ENOENT);
	assert_non_null(strstr(board_log, "clock 24 of protocol@14"));
}

/* What the SD slot gets when the memory is there. */
static int clock_with(void *tree, uint32_t high, uint32_t low)
{
	fdt32_t reg[4] = {cpu_to_fdt32(high), cpu_to_fdt32(low), 0,
			  cpu_to_fdt32(0x100)};
	struct clk clk;

	assert_int_equal(fdt_setprop(tree, node_of(tree, "arm,scmi-shmem"),
				     "reg", reg, sizeof(reg)),
			 0);
	return clk_get(tree, node_of(tree, "rockchip,rk3588-dw-mshc"), "ciu",
		       &clk);
}

/* Where memory of nobody's cannot be it is not touched. */
static void places(void **state)
{
	const struct board *board = *state;
	void *tree = firmware_new(board);
	int node;

	/* above all RAM, around its end, past all addresses */
	assert_int_equal(clock_with(tree, 0x40, 0), -ENODEV);
	assert_int_equal(clock_with(tree, 4, 0xffffff80), -ENODEV);
	assert_int_equal(clock_with(tree, 0xffffffff, 0xffffff80), -ENODEV);
	/* in no reserved memory, and in no SRAM */
	node = board_node(tree, "/reserved-memory");
	assert_int_equal(fdt_set_name(tree, node, "some-memory"), 0);
	assert_int_equal(clock_with(tree, 0, SHMEM), -ENODEV);
	node = board_node(tree, "/some-memory");
	assert_int_equal(
		fdt_setprop_string(tree, node, "compatible", "mmio-sram"), 0);
	/* an SRAM that is our RAM, from its first byte on */
	assert_int_equal(clock_with(tree, 0, 0x60000000), -ENODEV);
	assert_int_equal(clock_with(tree, 0, 0x1fff04), -ENODEV);
	assert_int_equal(firmware.calls, 0);
	assert_non_null(strstr(board_log, "scmi: arm,smc-id and shmem make no "
					  "channel"));
	assert_int_equal(clock_with(tree, 0, SHMEM), 0);
	assert_true(firmware.calls > 0);
}

/* Two nodes: each has a channel of its own, but not over the same memory. */
static void two_nodes(void **state)
{
	void *tree = firmware_new(*state);
	int slot = node_of(tree, "rockchip,rk3588-dw-mshc"), node, len;
	const fdt32_t *call, *shmem;
	fdt32_t both[2], cells[2];
	struct clk clk;

	node = node_of(tree, "arm,scmi-smc");
	call = fdt_getprop(tree, node, "arm,smc-id", &len);
	shmem = fdt_getprop(tree, node, "shmem", &len);
	both[0] = *call;
	both[1] = *shmem;
	node = fdt_add_subnode(tree, 0, "second");
	assert_true(node > 0);
	fdt_setprop_string(tree, node, "compatible", "arm,scmi-smc");
	fdt_setprop(tree, node, "arm,smc-id", &both[0], 4);
	fdt_setprop(tree, node, "shmem", &both[1], 4);
	fdt_setprop_cell(tree, node, "#address-cells", 1);
	fdt_setprop_cell(tree, node, "#size-cells", 0);
	node = fdt_add_subnode(tree, node, "protocol@14");
	assert_true(node > 0);
	fdt_setprop_cell(tree, node, "reg", 0x14);
	fdt_setprop_cell(tree, node, "#clock-cells", 1);
	fdt_setprop_cell(tree, node, "phandle", 0x5555);
	slot = node_of(tree, "rockchip,rk3588-dw-mshc");
	assert_int_equal(clk_get(tree, slot, "ciu", &clk), 0);
	cells[0] = cpu_to_fdt32(0x5555);
	cells[1] = cpu_to_fdt32(SD);
	assert_int_equal(fdt_setprop(tree, slot, "assigned-clocks", cells, 8),
			 0);
	clk_node_start(tree, slot);
	assert_non_null(strstr(board_log, "second: arm,smc-id and shmem make "
					  "no channel"));
	/* the first one goes on */
	assert_int_equal(clk_rate(&clk), 24000000);
}

static void use(void *tree)
{
	struct clk clk;
	int node = fdt_path_node(tree, "/mmc@fe2c0000", 13);

	if (node >= 0 && !clk_get(tree, node, "ciu", &clk))
		(void)clk_rate(&clk);
}

static void any_cell(void **state)
{
	void *tree = firmware_new(*state);

	each_cell(tree, node_of(tree, "arm,scmi-smc"), use);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOARD(slot, "orangepi-5-plus", 0),
		ON_BOARD(statuses, "orangepi-5-plus", 0),
		ON_BOARD(bad_answers, "orangepi-5-plus", 0),
		ON_BOARD(silent, "orangepi-5-plus", 0),
		ON_BOARD(never_free, "orangepi-5-plus", 0),
		ON_BOARD(discovery, "orangepi-5-plus", 0),
		ON_BOARD(strange_trees, "orangepi-5-plus", 0),
		ON_BOARD(places, "orangepi-5-plus", 0),
		ON_BOARD(two_nodes, "orangepi-5-plus", 0),
		ON_BOARD(any_cell, "orangepi-5-plus", 0),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
