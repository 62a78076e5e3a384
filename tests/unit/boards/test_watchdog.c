/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The boards' watchdogs, by their real trees, on the device that guests get
 * (virt/dev/dw_wdt.c).
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
#include "../../../virt/dev/dw_wdt.c"

#include <arch/virt.h>
#include <virt/vm.h>

#include "../virt/fake_timer.h"
#include "boards.h"
#include "soc_io.h"

static struct dw_wdt state;
static struct vdev dev;
static uint64_t base;
static unsigned int resets, sleeps;
static jmp_buf out;
static const struct task_attr *made;
static struct task_attr attr_made;
static bool no_task;

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

void vmm_wake(void)
{
	resets++;
}

void vm_guest_ended(struct vm *vm, enum vm_stop_reason reason, bool reset,
		    const char *detail)
{
	fail_msg("%p, %d, %d: %s", (void *)vm, reason, reset, detail);
}

void arch_virq_set(struct vm *vm, unsigned int virq, bool level)
{
	fail_msg("%p: %u is %d", (void *)vm, virq, level);
}

/* no guest's tree here */
const struct arch_fdt_rules *arch_fdt_rules(void)
{
	return NULL;
}

static uint32_t reg(uint32_t offset)
{
	return (uint32_t)dev.ops->read(&dev, offset, 4);
}

static bool is_watchdog(uint64_t pa, bool write, uint32_t *value)
{
	if (pa < base || pa >= base + 0x100)
		return false;
	if (write)
		dev.ops->write(&dev, pa - base, 4, *value);
	else
		*value = reg((uint32_t)(pa - base));
	return true;
}

int task_create(const struct task_attr *attr, struct task **task)
{
	*task = NULL;
	/* it does not run before somebody is there */
	assert_int_equal(reg(0) & 1, 0);
	attr_made = *attr;
	made = &attr_made;
	return no_task ? -ENOMEM : 0;
}

/* It is fed by now. */
void task_sleep_until(uint64_t deadline_ns)
{
	assert_in_range(reg(8), 0x1ffffff0, 0x1fffffff);
	assert_true(deadline_ns > time_ns());
	fake_time_pass(deadline_ns - time_ns());
	/* two more of them would do */
	assert_true(reg(8) > 0x1fffffff / 2);
	if (++sleeps > 10)
		longjmp(out, 1);
}

static void *watch(const struct board *board)
{
	void *tree = tree_of(board);

	base = is_3588(board) ? 0xfeaf0000 : 0xfe600000;
	fake_time_start(1000);
	dev = (struct vdev){.ops = &dw_wdt_ops, .state = &state};
	assert_int_equal(dev.ops->init(&dev), 0);
	dev.ops->reset(&dev);
	/* pulse length 3, an interrupt first: as a reset may leave it */
	dev.ops->write(&dev, 0, 4, 0xe);
	other = is_watchdog;
	/* CRU_GATE_CON15 or CON26: shut */
	soc_model_poke(is_3588(board) ? 0xfd7c083c : 0xfdd20368, 0xffff);
	return tree;
}

static void runs(void **s)
{
	const struct board *board = *s;
	void *tree = watch(board);
	int node = node_of(tree, "snps,dw-wdt");

	assert_int_equal(watchdog_node(), -1);
	assert_int_equal(dw_wdt_driver.probe(tree, node), 0);
	assert_int_equal(watchdog_node(), node);
	/* 24 MHz: 2 to the power of 29 are 22 s, of 28 were 11 */
	assert_int_equal(reg(4), 0xdd);
	assert_int_equal(reg(0), 0xd);
	assert_non_null(strstr(board_log, "hangs for 22369 ms"));
	assert_int_equal(
		soc_model_peek(is_3588(board) ? 0xfd7c083c : 0xfdd20368),
		is_3588(board) ? 0xfffc : 0x9ffd);
	/* another one is not needed */
	assert_int_equal(dw_wdt_driver.probe(tree, node), -ENODEV);
	assert_non_null(made);
	assert_int_equal(made->priority, TASK_PRIO_MAX);
	if (!setjmp(out))
		made->fn(made->arg);
	assert_int_equal(sleeps, 11);
	assert_int_equal(resets, 0);
	/* two thirds are left of the last round; then the machine is reset */
	fake_time_pass(14900000000);
	assert_int_equal(resets, 0);
	fake_time_pass(30000000);
	assert_int_equal(resets, 1);
}

static void refused(void **s)
{
	const struct board *board = *s;
	void *tree = watch(board);
	int node = node_of(tree, "snps,dw-wdt");

	no_task = true;
	assert_int_equal(dw_wdt_driver.probe(tree, node), -ENOMEM);
	assert_int_equal(reg(0), 0xe);
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
	assert_int_equal(reg(0), 0xe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_ROCKCHIP(runs),
		ON_ROCKCHIP(refused),
	};

	return boards_run(tests, ARRAY_SIZE(tests));
}
