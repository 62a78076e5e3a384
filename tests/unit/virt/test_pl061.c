/* SPDX-License-Identifier: Apache-2.0 */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/pl061.c"

#include "fake_timer.h"
#include "fake_virt.h"
#include "node_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <virt/power_key.h>

#include <cmocka.h>

#define IRQ 39
#define DATA 0x3fc /* all eight lines */

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static struct vm vm;
static struct vdev dev;

static uint32_t rd(uint64_t reg)
{
	return (uint32_t)dev.ops->read(&dev, reg, 4);
}

static void wr(uint64_t reg, uint32_t value)
{
	dev.ops->write(&dev, reg, 4, value);
}

static bool key_is_down(void)
{
	return ((struct pl061 *)dev.state)->in == KEY;
}

static void press(void)
{
	assert_int_equal(power_key_press(&vm), 0);
}

static int setup(void **state)
{
	(void)state;
	fake_time_start(12345678901ull);
	vm = (struct vm){.vdevs = &dev, .vdev_count = 1};
	dev = (struct vdev){.ops = &pl061_ops,
			    .vm = &vm,
			    .virq = IRQ,
			    .gpa = gpa(0x9030000),
			    .size_bytes = 0x1000};
	dev.state = calloc(1, dev.ops->state_size);
	memset(fake_virq_level, 0, sizeof(fake_virq_level));
	fake_virq_sets = 0;
	if (dev.ops->init(&dev))
		return -1;
	dev.ops->reset(&dev);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dev.ops->stop(&dev);
	assert_null(fake_timer_armed);
	free(dev.state);
	return 0;
}

static void identifies(void **state)
{
	static const uint8_t ids[] = {0x61, 0x10, 0x04, 0x00,
				      0x0d, 0xf0, 0x05, 0xb1};

	(void)state;
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(rd(0xfe0 + 4 * i), ids[i]);
	assert_int_equal(rd(0xfdc), 0);
	assert_int_equal(rd(0x424), 0);
}

/* DDI 0190B 3.2: what is kept, what is read-only, what reset leaves. */
static void registers(void **state)
{
	static const struct {
		uint16_t reg;
		uint8_t kept; /* bits of 0x5a5 that read back */
	} rows[] = {
		{DIR, 0xa5}, {IS, 0xa5}, {IBE, 0xa5}, {IEV, 0xa5},   {IE, 0xa5},
		{RIS, 0},    {MIS, 0},   {IC, 0},     {AFSEL, 0xa5},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(rd(rows[i].reg), 0);
		wr(rows[i].reg, 0x5a5);
		assert_int_equal(rd(rows[i].reg), rows[i].kept);
		dev.ops->reset(&dev);
		assert_int_equal(rd(rows[i].reg), 0);
	}
}

/* The address is the mask, and only outputs are written (3.3.1). */
static void data_is_masked_by_its_address(void **state)
{
	(void)state;
	wr(DATA, 0xff);
	assert_int_equal(rd(DATA), 0);
	wr(DIR, 0xf0);
	assert_int_equal(rd(DATA), 0);
	wr(DATA, 0xff);
	assert_int_equal(rd(DATA), 0xf0);
	wr(0x30 << 2, 0x10);
	assert_int_equal(rd(DATA), 0xd0);
	assert_int_equal(rd(0x50 << 2), 0x50);
	assert_int_equal(rd(0), 0);
	/* an input again: what drives it shows no more, but is kept */
	wr(DIR, 0x40);
	assert_int_equal(rd(DATA), 0x40);
	wr(DIR, 0xf0);
	assert_int_equal(rd(DATA), 0xd0);
}

static void rising_edge(void **state)
{
	(void)state;
	wr(IEV, KEY);
	wr(IE, KEY);
	press();
	assert_true(fake_virq_level[IRQ]);
	assert_int_equal(rd(RIS), KEY);
	assert_int_equal(rd(MIS), KEY);
	wr(IC, 0xff ^ KEY);
	assert_true(fake_virq_level[IRQ]);
	wr(IC, KEY);
	assert_false(fake_virq_level[IRQ]);
	assert_true(key_is_down());
	fake_time_pass(20 * NS_PER_S);
	assert_false(key_is_down());
	assert_int_equal(rd(RIS), 0); /* its release is the other edge */
}

static void falling_edge(void **state)
{
	(void)state;
	wr(IE, KEY);
	press();
	assert_false(fake_virq_level[IRQ]);
	fake_time_pass(20 * NS_PER_S);
	assert_true(fake_virq_level[IRQ]);
	wr(IE, 0);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(RIS), KEY);
	assert_int_equal(rd(MIS), 0);
}

/* What Linux's gpio-keys asks for; it reads the line after a debounce. */
static void both_edges(void **state)
{
	(void)state;
	wr(IBE, KEY);
	wr(IE, KEY);
	press();
	assert_true(fake_virq_level[IRQ]);
	wr(IC, KEY);
	fake_time_pass(1 * NS_PER_S); /* a guest may be slow */
	assert_int_equal(rd(KEY << 2), KEY);
	fake_time_pass(READ_NS);
	assert_int_equal(rd(KEY << 2), 0);
	assert_true(fake_virq_level[IRQ]);
	wr(IC, KEY);
	assert_false(fake_virq_level[IRQ]);
	assert_null(fake_timer_armed);
}

static void levels(void **state)
{
	(void)state;
	wr(IS, 0xff);
	wr(IEV, 0xff);
	wr(IE, 0xff);
	assert_false(fake_virq_level[IRQ]);
	press();
	assert_int_equal(rd(MIS), KEY);
	wr(IC, 0xff); /* a level cannot be cleared */
	assert_true(fake_virq_level[IRQ]);
	fake_time_pass(20 * NS_PER_S);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(RIS), 0);
	/* low: every line is */
	wr(IEV, 0);
	assert_int_equal(rd(RIS), 0xff);
	assert_true(fake_virq_level[IRQ]);
	press();
	assert_int_equal(rd(RIS), (uint8_t)~KEY);
	/* back to edges: none was seen meanwhile */
	wr(IS, 0);
	assert_int_equal(rd(RIS), 0);
	assert_false(fake_virq_level[IRQ]);
}

static void key_line_as_output(void **state)
{
	(void)state;
	wr(DIR, KEY);
	wr(IBE, KEY);
	wr(IE, KEY);
	press();
	assert_int_equal(rd(DATA), 0);
	assert_int_equal(rd(RIS), 0);
	wr(IS, KEY);
	wr(IEV, KEY);
	assert_int_equal(rd(RIS), 0);
}

static void held_until_it_is_noticed(void **state)
{
	(void)state;
	press();
	fake_time_pass(PRESS_NS - 1);
	assert_true(key_is_down());
	fake_time_pass(1);
	assert_false(key_is_down());

	press();
	assert_int_equal(rd(0xf7 << 2), 0); /* looked elsewhere */
	wr(IC, KEY);
	fake_time_pass(CLEARED_NS - 1);
	assert_true(key_is_down());
	fake_time_pass(1);
	assert_false(key_is_down());

	/* looking again and again does not hold it */
	press();
	for (unsigned int i = 0; i < 9; i++) {
		assert_int_equal(rd(DATA), KEY);
		fake_time_pass(READ_NS / 10);
	}
	assert_true(key_is_down());
	assert_int_equal(rd(DATA), KEY);
	fake_time_pass(READ_NS / 10);
	assert_false(key_is_down());
}

/* A guest that hammers the registers makes no work for the host's timer. */
static void timer_is_set_seldom(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		rd(DATA);
		wr(IC, 0xff);
	}
	assert_int_equal(fake_timer_sets, 0);
	press();
	press();
	for (unsigned int i = 0; i < 100; i++) {
		wr(IC, 0xff);
		rd(DATA);
	}
	assert_int_equal(fake_timer_sets, 3);
}

static void time_stands_still_in_a_pause(void **state)
{
	(void)state;
	press();
	assert_int_equal(rd(DATA), KEY);
	fake_time_pass(READ_NS / 2);
	dev.ops->pause(&dev);
	dev.ops->pause(&dev);
	assert_null(fake_timer_armed);
	fake_time_pass(1000 * NS_PER_S);
	assert_true(key_is_down());
	dev.ops->resume(&dev);
	dev.ops->resume(&dev);
	fake_time_pass(READ_NS / 2 - 1);
	assert_true(key_is_down());
	fake_time_pass(1);
	assert_false(key_is_down());

	dev.ops->pause(&dev);
	press(); /* to be found when the VM goes on */
	assert_null(fake_timer_armed);
	fake_time_pass(1000 * NS_PER_S);
	dev.ops->resume(&dev);
	fake_time_pass(PRESS_NS - 1);
	assert_true(key_is_down());
	fake_time_pass(1);
	assert_false(key_is_down());
}

static void stop_and_reset(void **state)
{
	(void)state;
	wr(IBE, KEY);
	wr(IE, KEY);
	press();
	dev.ops->stop(&dev);
	assert_null(fake_timer_armed);
	press(); /* of a VM that is not running */
	assert_null(fake_timer_armed);

	dev.ops->reset(&dev);
	assert_false(key_is_down());
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(RIS), 0);
	press();
	assert_true(key_is_down());
	dev.ops->pause(&dev);
	dev.ops->reset(&dev);
	press();
	assert_non_null(fake_timer_armed); /* the pause is over, too */
}

static void without_interrupt(void **state)
{
	(void)state;
	dev.virq = 0;
	wr(IBE, KEY);
	wr(IE, KEY);
	press();
	assert_int_equal(rd(MIS), KEY);
	assert_int_equal(fake_virq_sets, 0);
}

static void no_key_no_press(void **state)
{
	static const struct vdev_ops other = {.type = VM_EMU_DUMMY};
	struct vdev devs[] = {{.ops = &other}, {.ops = &other}};
	struct vm two = {.vdevs = devs, .vdev_count = 2};

	(void)state;
	assert_int_equal(power_key_press(&two), -ENODEV);
	devs[1] = dev;
	assert_int_equal(power_key_press(&two), 0);
	assert_true(key_is_down());
	dev.ops->stop(&devs[1]);
}

static void any_access_is_safe(void **state)
{
	(void)state;
	press();
	for (uint64_t offset = 0; offset < 0x1000; offset++)
		for (unsigned int width = 1; width <= 8; width *= 2) {
			dev.ops->write(&dev, offset, width, UINT64_MAX);
			dev.ops->read(&dev, offset, width);
		}
	/* a byte of a register, and writes between registers */
	wr(DIR + 1, 0);
	wr(DIR + 2, 0);
	assert_int_equal(dev.ops->read(&dev, DIR, 1), 0xff);
	assert_int_equal(dev.ops->read(&dev, DIR + 1, 1), 0);
	dev.ops->reset(&dev);
	assert_int_equal(rd(IE), 0);
	assert_false(fake_virq_level[IRQ]);
}

/*
 * Its nodes
 */

static void nodes(void **state)
{
	uint32_t gpio;

	(void)state;
	tree_begin();
	assert_int_equal(dev.ops->fdt_node(&dev, tree, 0), 0);
	gpio = cell("/gpio@9030000", "phandle", 0);
	assert_true(gpio && gpio != 7);
	assert_int_equal(cell("/gpio@9030000", "reg", 1), 0x9030000);
	assert_int_equal(cell("/gpio@9030000", "reg", 3), 0x1000);
	assert_int_equal(cell("/gpio@9030000", "#gpio-cells", 0), 2);
	assert_int_equal(cell("/gpio@9030000", "interrupts", 1), IRQ - 32);
	assert_int_equal(cell("/gpio@9030000", "interrupts", 2), 4);
	assert_int_equal(cell("/gpio@9030000", "clocks", 0),
			 cell("/apb-pclk", "phandle", 0));
	assert_int_equal(cell("/gpio-keys/power-key", "linux,code", 0), 116);
	assert_int_equal(cell("/gpio-keys/power-key", "gpios", 0), gpio);
	assert_int_equal(cell("/gpio-keys/power-key", "gpios", 1), 3);
	assert_int_equal(cell("/gpio-keys/power-key", "gpios", 2), 0);
	assert_string_equal(fdt_getprop(tree,
					fdt_path_offset(tree, "/gpio-keys"),
					"compatible", NULL),
			    "gpio-keys");
}

/* A given tree has keys and a clock of its own; another has no room. */
static void nodes_in_given_trees(void **state)
{
	int node;

	(void)state;
	tree_begin();
	node = fdt_add_subnode(tree, 0, "apb-pclk");
	fdt_setprop_u32(tree, node, "phandle", 9);
	node = fdt_add_subnode(tree, 0, "gpio-keys");
	fdt_setprop_string(tree, node, "compatible", "gpio-keys");
	assert_int_equal(dev.ops->fdt_node(&dev, tree, 0), 0);
	assert_int_equal(cell("/gpio@9030000", "clocks", 0), 9);
	assert_int_equal(cell("/gpio-keys/power-key", "linux,code", 0), 116);

	for (int room = 0, err = -ENOSPC; err; room += 4) {
		tree_begin();
		assert_int_equal(fdt_pack(tree), 0);
		fdt_set_totalsize(tree, fdt_totalsize(tree) + room);
		err = dev.ops->fdt_node(&dev, tree, 0);
		assert_true(!err || err == -ENOSPC);
		assert_true(err || room > 400);
	}
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(identifies),
		T(registers),
		T(data_is_masked_by_its_address),
		T(rising_edge),
		T(falling_edge),
		T(both_edges),
		T(levels),
		T(key_line_as_output),
		T(held_until_it_is_noticed),
		T(timer_is_set_seldom),
		T(time_stands_still_in_a_pause),
		T(stop_and_reset),
		T(without_interrupt),
		T(no_key_no_press),
		T(any_access_is_safe),
		T(nodes),
		T(nodes_in_given_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
