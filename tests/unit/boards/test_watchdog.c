/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boards' watchdogs, by their real trees. The test is the device:
 * DesignWare DW_apb_wdt Databook, "Registers".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <libfdt.h>

#include "../../../drivers/watchdog/dw_wdt.c"
#include "boards.h"
#include "soc_io.h"

static uint32_t regs[0x40], restarts, seen;
static uint64_t base, now_ns, last_ns, longest_ns;
static jmp_buf out;
static const struct task_attr *made;
static struct task_attr attr_made;
static bool no_task;

int task_create(const struct task_attr *attr, struct task **task)
{
	*task = NULL;
	/* it does not run before somebody is there */
	assert_int_equal(regs[0] & 1, 0);
	attr_made = *attr;
	made = &attr_made;
	return no_task ? -ENOMEM : 0;
}

uint64_t time_ns(void)
{
	return now_ns;
}

/* The counter's restart is seen by what is written. */
static uint32_t *cell(uint64_t pa)
{
	if (pa < base || pa >= base + 0x100)
		return NULL;
	if (regs[3] == 0x76) {
		restarts++;
		regs[3] = 0;
	}
	return &regs[(pa - base) / 4];
}

void task_sleep_until(uint64_t deadline_ns)
{
	(void)cell(base);
	assert_int_equal(restarts, seen + 1);
	seen = restarts;
	longest_ns = MAX(longest_ns, deadline_ns - last_ns);
	last_ns = now_ns = deadline_ns;
	if (restarts > 10)
		longjmp(out, 1);
}

static void *watch(const struct board *board)
{
	void *tree = tree_of(board);

	base = is_3588(board) ? 0xfeaf0000 : 0xfe600000;
	memset(regs, 0, sizeof(regs));
	/* pulse length 3, an interrupt first: as a reset may leave it */
	regs[0] = 0xe;
	other_cell = cell;
	/* CRU_GATE_CON15 or CON26: shut */
	soc_model_poke(is_3588(board) ? 0xfd7c083c : 0xfdd20368, 0xffff);
	return tree;
}

static void runs(void **state)
{
	const struct board *board = *state;
	void *tree = watch(board);
	int node = node_of(tree, "snps,dw-wdt");

	assert_int_equal(watchdog_node(), -1);
	assert_int_equal(dw_wdt_driver.probe(tree, node), 0);
	assert_int_equal(watchdog_node(), node);
	/* 24 MHz: 2 to the power of 29 are 22 s, of 28 were 11 */
	assert_int_equal(regs[1], 0xdd);
	assert_int_equal(regs[0], 0xd);
	(void)cell(base);
	assert_true(restarts > 0);
	assert_non_null(strstr(board_log, "hangs for 22369 ms"));
	assert_int_equal(
		soc_model_peek(is_3588(board) ? 0xfd7c083c : 0xfdd20368),
		is_3588(board) ? 0xfffc : 0x9ffd);
	/* another one is not needed */
	assert_int_equal(dw_wdt_driver.probe(tree, node), -ENODEV);
	assert_non_null(made);
	assert_int_equal(made->priority, TASK_PRIO_MAX);
	restarts = seen = 0;
	last_ns = now_ns = 1000;
	if (!setjmp(out))
		made->fn(made->arg);
	assert_int_equal(restarts, 11);
	assert_true(longest_ns < 12000000000);
}

static void refused(void **state)
{
	const struct board *board = *state;
	void *tree = watch(board);
	int node = node_of(tree, "snps,dw-wdt");

	no_task = true;
	assert_int_equal(dw_wdt_driver.probe(tree, node), -ENOMEM);
	assert_int_equal(regs[0], 0xe);
	assert_int_equal(watchdog_node(), -1);
	no_task = false;
	/* a clock that nobody drives */
	made = NULL;
	assert_int_equal(fdt_delprop(tree, node, "clocks"), 0);
	assert_int_equal(dw_wdt_driver.probe(tree, node), -ENODEV);
	assert_non_null(strstr(board_log, "is not known: not started"));
	assert_int_equal(fdt_setprop(tree, node, "reg", "\0\0\0\1", 4), 0);
	assert_int_equal(dw_wdt_driver.probe(tree, node), -EINVAL);
	assert_null(made);
	assert_int_equal(regs[0], 0xe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ROCKCHIP(runs),
		ON_ROCKCHIP(refused),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
