/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boards that cvisor is built for: their real device trees, and what their
 * manuals say of them, which stands here again and not taken from the trees.
 * After cmocka.h.
 */
#ifndef TESTS_BOARDS_H
#define TESTS_BOARDS_H

#include <lib/types.h>

#define BOARD_COUNT 4
#define BOARD_BANKS 6
#define BOARD_CPUS 8
#define BOARD_CARDS 4

/**
 * struct board - one, as its manual or published facts have it
 * @name:    of its defconfig
 * @image:   where its U-Boot loads the Image (kernel_addr_r)
 * @fdt:     and the tree (fdt_addr_r)
 * @secure:  an address that firmware has, and no access may ever go to
 * @boot:    affinity of the CPU that firmware boots
 * @hwids:   affinities in the tree's order
 * @big:     bit per CPU of @hwids: the fast ones
 * @freq_hz: of the counter
 * @uart:    of the console, 115200 or 1500000 baud on @uart_intid
 * @cards:   SD and eMMC controllers that the board has on
 */
struct board {
	const char *name;
	struct {
		uint64_t start, end;
	} banks[BOARD_BANKS];
	uint64_t image, fdt, secure;
	uint64_t boot;
	unsigned int cpu_count;
	uint64_t hwids[BOARD_CPUS];
	uint64_t big;
	uint64_t freq_hz;
	uint64_t gicd, gicd_size, gicr, gicr_size;
	unsigned int its_count;
	const char *console;
	bool is_pl011;
	uint64_t uart;
	unsigned int uart_intid;
	struct {
		const char *compatible;
		uint64_t base;
		unsigned int intid;
	} cards[BOARD_CARDS];
};

extern const struct board boards[BOARD_COUNT];

/**
 * board_tree() - as `make` lays it together, with room for edits
 *
 * Where the tree was not fetched the test is skipped and says so; with
 * BOARDS_NEEDED in the environment, as `make check-unit` sets it after a fetch
 * that succeeded, it fails.
 */
void *board_tree(const struct board *board);

/** board_node() - by its path, which must be there */
int board_node(const void *fdt, const char *path);

/* what was logged since board_log_start(), NUL at its end */
extern char board_log[16384];
void board_log_start(void);

/** ON_EACH_BOARD() - rows of a table of tests: the board is in *state;
 * ON_ROCKCHIP() - of those with Rockchip's SoCs */
#define ON_BOARD(fn, on, index)                                                \
	{                                                                      \
#fn " on " on, fn, NULL, NULL, (void *)&boards[index]          \
	}
#define ON_ROCKCHIP(fn)                                                        \
	ON_BOARD(fn, "orangepi-5-plus", 0), ON_BOARD(fn, "evm3588", 1),        \
		ON_BOARD(fn, "roc-rk3568-pc", 2)
#define ON_EACH_BOARD(fn) ON_ROCKCHIP(fn), ON_BOARD(fn, "phytium-pi", 3)

/**
 * boards_run() - each test in a process of its own: boot code runs once
 *
 * One that does not end within seconds has failed. Return: how many failed.
 */
int boards_run(const struct CMUnitTest *tests, size_t count);

#endif
