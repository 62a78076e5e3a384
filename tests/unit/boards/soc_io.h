/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of tests that run on model_soc.c alone. After cmocka.h. */
#ifndef TESTS_SOC_IO_H
#define TESTS_SOC_IO_H

#include <arch/pgtable.h>
#include <asm/io.h>
#include <lib/log.h>

#include "../drivers/model_soc.h"
#include "boards.h"

/* trees are damaged on purpose: whatever address is as good as another */
static bool heedless;

/* what is there beside model_soc.c's; false: that is not there */
static bool (*other)(uint64_t pa, bool write, uint32_t *value);

static uint64_t pa_of(const volatile void *addr)
{
	return (uintptr_t)addr - (uintptr_t)phys_to_virt(hpa(0));
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	uint32_t value;

	assert_int_equal(width, 4);
	if (other && other(pa_of(addr), false, &value))
		return value;
	return heedless ? ~0u : soc_model_read(pa_of(addr));
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t wide)
{
	uint32_t value = (uint32_t)wide;

	assert_int_equal(width, 4);
	if (!(other && other(pa_of(addr), true, &value)) && !heedless)
		soc_model_write(pa_of(addr), value);
}

static inline bool is_3588(const struct board *board)
{
	return board->cpu_count == 8;
}

/** tree_of() - a board's, on a new model, log and all */
static inline void *tree_of(const struct board *board)
{
	soc_model_new(is_3588(board));
	board_log_start();
	return board_tree(board);
}

static inline int node_of(const void *tree, const char *compatible)
{
	const char *const list[] = {compatible, NULL};
	int node = fdt_find_compatible(tree, list);

	assert_true(node >= 0);
	return node;
}

/** each_cell() - @body, with each cell of a node as something else */
static inline void each_cell(uint8_t *tree, int node, void (*body)(void *tree))
{
	uint8_t *structs = tree + fdt_off_dt_struct(tree);
	struct fdt_walk walk;

	heedless = true;
	log_set_sink(NULL);
	assert_true(fdt_walk_at(&walk, tree, node));
	(void)fdt_walk_next(&walk);
	assert_true(fdt_walk_skip(&walk));
	for (uint32_t at = (uint32_t)node; at < walk.offset; at += 4) {
		uint32_t old = fdt32_ld((void *)(structs + at));
		const uint32_t values[] = {0, 1, 3, UINT32_MAX, old ^ 1};

		for (unsigned int i = 0; i < ARRAY_SIZE(values); i++) {
			fdt32_st(structs + at, values[i]);
			body(tree);
		}
		fdt32_st(structs + at, old);
	}
	heedless = false;
}

#endif
