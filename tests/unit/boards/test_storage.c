/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disks' controllers in the boards' trees: what the pass that finds them
 * gives to drivers, and the card slots' registers and interrupts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <drivers/driver.h>
#include <drivers/storage.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>

#include "../../../drivers/pci/pci_tree.h"
#include "boards.h"

static char found[1024];
static bool heedless; /* of what it finds, as long as it comes back */

static int probe(const struct fdt_scan *scan, const struct fdt_reg *reg)
{
	struct fdt_reg again;

	if (heedless)
		return -ENODEV;
	/* as the slow way has it */
	assert_int_equal(fdt_node_reg(scan->fdt, scan->node, 0, &again), 0);
	assert_int_equal(again.addr, reg->addr);
	assert_int_equal(again.size, reg->size);
	snprintf(found + strlen(found), sizeof(found) - strlen(found),
		 "%s:%llx ", scan->name, (unsigned long long)reg->addr);
	return 0;
}

/* those that cvisor has drivers for */
static const char *const driven[] = {"pci-host-ecam-generic", "virtio,mmio",
				     NULL};
static const struct driver driven_driver = {
	.name = "driven",
	.phase = DRIVER_STORAGE,
	.compatible = driven,
	.probe_at = probe,
};
/* and the boards' card slots */
static const char *const cards[] = {"rockchip,rk3588-dw-mshc",
				    "rockchip,rk3568-dw-mshc",
				    "rockchip,rk3588-dwcmshc",
				    "rockchip,rk3568-dwcmshc",
				    "phytium,mci",
				    NULL};
static const struct driver cards_driver = {
	.name = "cards",
	.phase = DRIVER_STORAGE,
	.compatible = cards,
	.probe_at = probe,
};

/* in place of the linker's table, which has a name for its end */
const struct driver *__drivers_start[] __attribute__((used)) = {NULL};
__asm__(".globl __drivers_end\n.set __drivers_end, __drivers_start + 8");

static bool nobodys(const struct fdt_scan *scan __unused_arg)
{
	return false;
}

static void pass(const void *tree, const struct driver *driver)
{
	__drivers_start[0] = driver;
	fdt_set_host(tree);
	found[0] = 0;
	storage_probe(nobodys);
}

/* Rockchip's PCIe controllers are no generic ECAM; Phytium's is. */
static void driven_today(void **state)
{
	pass(board_tree(*state), &driven_driver);
	assert_string_equal(found, ((const struct board *)*state)->is_pl011
					   ? "pcie@40000000:40000000 "
					   : "");
}

/* Those that are on, each with its registers and its interrupt. */
static void card_slots(void **state)
{
	const struct board *board = *state;
	const void *tree = board_tree(board);
	char want[256] = "";
	struct fdt_scan scan;
	unsigned int count = 0;

	pass(tree, &cards_driver);
	assert_true(fdt_scan_init(&scan, tree));
	while (fdt_scan_next(&scan)) {
		struct fdt_irq irq;
		struct fdt_reg reg;
		bool edge = true;

		if (!fdt_node_compatible_any(tree, scan.node, cards) ||
		    !fdt_node_enabled(tree, scan.node))
			continue;
		assert_true(count < BOARD_CARDS);
		assert_int_equal(fdt_scan_reg(&scan, 0, &reg), 0);
		assert_int_equal(reg.addr, board->cards[count].base);
		assert_int_equal(fdt_node_check_compatible(
					 tree, scan.node,
					 board->cards[count].compatible),
				 0);
		assert_int_equal(fdt_node_irq(tree, scan.node, 0, &irq), 0);
		assert_int_equal(fdt_gic_intid(&irq, &edge),
				 board->cards[count].intid);
		assert_false(edge);
		snprintf(want + strlen(want), sizeof(want) - strlen(want),
			 "%s:%llx ", scan.name, (unsigned long long)reg.addr);
		count++;
	}
	assert_true(count > 0);
	assert_true(count == BOARD_CARDS || !board->cards[count].base);
	assert_string_equal(found, want);
}

/* Windows and pins of the Phytium Pi's PCI host. */
static void pci_host(void **state)
{
	const void *tree = board_tree(*state);
	struct pci_window window;
	struct fdt_scan scan;
	struct fdt_irq irq;
	uint8_t first, last;

	assert_true(fdt_scan_init(&scan, tree));
	do
		assert_true(fdt_scan_next(&scan));
	while (strcmp(scan.name, "pcie@40000000") != 0);
	assert_true(pci_tree_window(&scan, false, &window));
	assert_int_equal(window.bus, 0x58000000);
	assert_int_equal(window.cpu, 0x58000000);
	assert_int_equal(window.size_bytes, 0x28000000);
	assert_true(pci_tree_window(&scan, true, &window));
	assert_int_equal(window.cpu, 0x1000000000);
	assert_int_equal(window.size_bytes, 0x1000000000);
	pci_tree_buses(&scan, &first, &last);
	assert_int_equal(first, 0);
	assert_int_equal(last, 255);
	for (unsigned int pin = 1; pin <= 4; pin++) {
		assert_int_equal(pci_tree_irq(tree, scan.node, 0, 0, pin, &irq),
				 0);
		assert_int_equal(fdt_gic_intid(&irq, NULL), 35 + pin);
	}
}

/* Any cell may be anything: the pass ends. */
static void any_cell(void **state)
{
	void *tree = board_tree(*state);
	uint8_t *structs = (uint8_t *)tree + fdt_off_dt_struct(tree);
	uint32_t size = fdt_size_dt_struct(tree);
	unsigned int passes = 0;

	heedless = true;
	/* each place by its turn: the trees are long */
	for (uint32_t at = 0; at < size; at += 4 * 37) {
		uint32_t old = fdt32_ld((void *)(structs + at));
		const uint32_t values[] = {0, 2, 3, UINT32_MAX, old ^ 1};

		for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
			fdt32_st(structs + at, values[i]);
			pass(tree, &cards_driver);
			passes++;
		}
		fdt32_st(structs + at, old);
	}
	assert_true(passes > 200);
	heedless = false;
	card_slots(state);
}

static void reg_damaged(void **state)
{
	const struct board *board = *state;
	void *tree = board_tree(board);
	int node = fdt_find_compatible(
		tree, (const char *const[]){board->cards[0].compatible, NULL});

	board_log_start();
	fdt_setprop(tree, node, "reg", "\0\0\0\1", 4);
	pass(tree, &cards_driver);
	log_set_sink(NULL);
	assert_non_null(strstr(board_log, "error -22"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH_BOARD(driven_today),         ON_EACH_BOARD(card_slots),
		ON_BOARD(pci_host, "phytium-pi", 3), ON_EACH_BOARD(any_cell),
		ON_EACH_BOARD(reg_damaged),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
