/* SPDX-License-Identifier: Apache-2.0 */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/dw_wdt.c"

#define OPS dw_wdt_ops
#include "wdt_machine.h"

/* 2 to the power of 16 and more, of 24 MHz, to the next nanosecond */
static uint64_t round_ns(unsigned int top)
{
	return ((65536ull << top) * 1000 + 23) / 24;
}

/* one round of @init, the others of @top */
static void start(unsigned int init, unsigned int top, uint32_t cr)
{
	wr(0x04, init << 4 | top);
	wr(0x00, cr);
}

/* What is kept, what is read-only, what reset leaves. */
static void registers(void **state)
{
	static const struct {
		uint16_t reg;
		uint32_t cold, kept; /* of 0xa5a5a5a6 */
	} rows[] = {
		{0x00, 0, 0x26},
		{0x04, 0xff, 0xa6},
		{0x08, 0x7fffffff, 0x7fffffff},
		{0x0c, 0, 0},
		{0x10, 0, 0},
		{0x14, 0, 0},
		{0x18, 0, 0},
		{0xe4, 0, 0},
		{0xe8, 0, 0},
		{0xec, 0xff, 0xff},
		{0xf0, 0x7fffffff, 0x7fffffff},
		{0xf4, 0x10ff0244, 0x10ff0244},
		{0xf8, 0x3130392a, 0x3130392a},
		{0xfc, 0x44570120, 0x44570120},
		{0x100, 0, 0},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(rd(rows[i].reg), rows[i].cold);
		wr(rows[i].reg, 0xa5a5a5a6);
		assert_int_equal(rd(rows[i].reg), rows[i].kept);
		dev.ops->reset(&dev);
		assert_int_equal(rd(rows[i].reg), rows[i].cold);
	}
	assert_null(fake_timer_armed);
	fake_time_pass(1000 * NS_PER_S);
	assert_int_equal(rd(0x08), 0x7fffffff); /* not enabled */
	assert_int_equal(wakes, 0);
}

/* Each of the sixteen, without an interrupt before. */
static void periods(void **state)
{
	(void)state;
	for (unsigned int top = 0; top < 16; top++) {
		fake_time_start(START_NS);
		dev.ops->reset(&dev);
		wakes = 0;
		start(top, 0, 1);
		assert_int_equal(rd(0x08), (65536u << top) - 1);
		fake_time_pass(round_ns(top) - 1);
		assert_int_equal(rd(0x08), 0);
		assert_int_equal(wakes, 0);
		assert_false(vm_ends());
		fake_time_pass(1);
		assert_int_equal(wakes, 1);
		assert_true(vm_ends());
		/* once: it does not count on */
		assert_null(fake_timer_armed);
		assert_int_equal(rd(0x08), 0);
		assert_int_equal(rd(0x10), 0);
		assert_false(fake_virq_level[IRQ]);
	}
}

/* RMOD: the first round ends in an interrupt, the next in a reset. */
static void interrupt_then_end(void **state)
{
	(void)state;
	start(9, 4, 3);
	fake_time_pass(round_ns(9) - 1);
	assert_false(fake_virq_level[IRQ]);
	fake_time_pass(1);
	assert_true(fake_virq_level[IRQ]);
	assert_int_equal(rd(0x10), 1);
	assert_int_equal(rd(0x08), (65536u << 4) - 1);
	assert_false(vm_ends());
	fake_time_pass(round_ns(4) - 2);
	assert_int_equal(wakes, 0);
	fake_time_pass(2);
	assert_int_equal(wakes, 1);
	assert_true(vm_ends());
}

/* EOI clears the interrupt when it is read; the counter goes on. */
static void end_of_interrupt(void **state)
{
	(void)state;
	start(4, 4, 3);
	for (unsigned int i = 0; i < 10; i++) {
		fake_time_pass(round_ns(4) + round_ns(4) / 10);
		assert_true(fake_virq_level[IRQ]);
		wr(0x14, 1);
		assert_true(fake_virq_level[IRQ]);
		assert_int_equal(rd(0x14), 0);
		assert_false(fake_virq_level[IRQ]);
		assert_int_equal(rd(0x10), 0);
		assert_true(rd(0x08) < 60000u << 4);
		fake_time_pass(round_ns(4) - round_ns(4) / 10);
		wr(0x0c, 0x76);
	}
	assert_int_equal(wakes, 0);
	/* a second round behind it interrupts again */
	fake_time_pass(round_ns(4));
	(void)rd(0x14);
	fake_time_pass(round_ns(4));
	assert_true(fake_virq_level[IRQ]);
	assert_int_equal(wakes, 0);
}

static void fed(void **state)
{
	(void)state;
	start(7, 7, 1);
	for (unsigned int i = 0; i < 50; i++) {
		fake_time_pass(round_ns(7) - 1000);
		wr(0x0c, 0x76);
		assert_int_equal(rd(0x08), (65536u << 7) - 1);
	}
	/* by that value alone, whatever is written above it */
	fake_time_pass(round_ns(7) / 2);
	wr(0x0c, 0x75);
	wr(0x0c, 0);
	wr(0x0c, 0x7600);
	assert_true(rd(0x08) < 65536u << 6);
	wr(0x0c, 0xffffff76);
	assert_int_equal(rd(0x08), (65536u << 7) - 1);
	assert_int_equal(wakes, 0);
	fake_time_pass(round_ns(7));
	assert_true(vm_ends());
}

/* A new period begins with the next round. */
static void period_changes(void **state)
{
	(void)state;
	start(8, 8, 3);
	fake_time_pass(round_ns(8) / 2);
	wr(0x04, 0xa1);
	assert_true(rd(0x08) > 65536u << 6);
	wr(0x0c, 0x76);
	assert_int_equal(rd(0x08), (65536u << 1) - 1);
	/* by itself as well */
	wr(0x04, 0xa6);
	fake_time_pass(round_ns(1));
	assert_true(fake_virq_level[IRQ]);
	assert_in_range(rd(0x08), (65536u << 6) - 3, (65536u << 6) - 1);
	/* the interrupt is cleared by a restart */
	wr(0x0c, 0x76);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(0x10), 0);
	assert_int_equal(wakes, 0);
}

/* Only a reset does. */
static void never_stops(void **state)
{
	(void)state;
	start(5, 5, 1);
	wr(0x00, 0);
	assert_int_equal(rd(0x00), 1);
	wr(0x00, 0x1e);
	assert_int_equal(rd(0x00), 0x1f);
	/* enabled again, it does not begin again */
	fake_time_pass(round_ns(5) / 2);
	wr(0x00, 1);
	assert_true(rd(0x08) < 65536u << 5);
	fake_time_pass(round_ns(5) / 2 + 1);
	assert_true(vm_ends());
	dev.ops->reset(&dev);
	wakes = 0;
	assert_int_equal(rd(0x00), 0);
	fake_time_pass(1000 * NS_PER_S);
	assert_int_equal(wakes, 0);
	assert_false(vm_ends());
}

/* A round without RMOD ends it, whatever is raised. */
static void mode_changes(void **state)
{
	(void)state;
	start(3, 3, 3);
	fake_time_pass(round_ns(3) / 2);
	wr(0x00, 1);
	fake_time_pass(round_ns(3) / 2 + 1);
	assert_true(vm_ends());
	assert_false(fake_virq_level[IRQ]);
}

/* Rounds may be over before the host's timer came to run. */
static void late_timer(void **state)
{
	struct timer *late;

	(void)state;
	start(6, 2, 3);
	late = fake_timer_armed;
	fake_timer_armed = NULL;
	fake_time_pass(round_ns(6) + round_ns(2) - 1);
	assert_int_equal(rd(0x10), 1);
	assert_int_equal(wakes, 0);
	fake_timer_armed = NULL;
	fake_time_pass(1);
	late->fn(late);
	assert_int_equal(wakes, 1);

	/* the guest comes first */
	dev.ops->reset(&dev);
	start(1, 1, 1);
	fake_timer_armed = NULL;
	fake_time_pass(round_ns(1));
	wr(0x0c, 0x76);
	assert_int_equal(wakes, 2);
	assert_true(vm_ends());
}

static void time_stands_still_in_a_pause(void **state)
{
	(void)state;
	start(10, 10, 1);
	fake_time_pass(round_ns(10) / 2);
	dev.ops->pause(&dev);
	assert_null(fake_timer_armed);
	fake_time_pass(1000 * NS_PER_S);
	dev.ops->resume(&dev);
	fake_time_pass(round_ns(10) / 2 - 2);
	assert_int_equal(wakes, 0);
	fake_time_pass(3);
	assert_true(vm_ends());
}

/* What was asked of a VM is nothing to the next that it becomes. */
static void stop_and_reset(void **state)
{
	(void)state;
	start(1, 1, 3);
	fake_time_pass(round_ns(1));
	assert_true(fake_virq_level[IRQ]);
	dev.ops->stop(&dev);
	assert_null(fake_timer_armed);
	fake_time_pass(NS_PER_S);
	assert_false(vm_ends());
	dev.ops->reset(&dev);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(0x04), 0xff);
	/* a time that begins anew, as the counter does */
	wr(0x00, 1);
	assert_int_equal(rd(0x08), 0x7fffffff);
	fake_time_pass(round_ns(15) - 100); /* two ticks */
	assert_int_equal(wakes, 0);
	fake_time_pass(100);
	assert_int_equal(wakes, 1);
}

/* watchdog_s is the SP805's. */
static void waits_for_its_guest(void **state)
{
	(void)state;
	config.watchdog_s = 1;
	dev.ops->reset(&dev);
	assert_int_equal(rd(0x00), 0);
	assert_null(fake_timer_armed);
}

static void without_interrupt(void **state)
{
	(void)state;
	dev.virq = 0;
	start(1, 1, 3);
	fake_time_pass(round_ns(1));
	assert_int_equal(rd(0x10), 1);
	assert_int_equal(fake_virq_sets, 0);
	fake_time_pass(round_ns(1));
	assert_true(vm_ends());
}

/* However often a guest writes, there is one timer, set for each feeding. */
static void any_access_is_safe(void **state)
{
	unsigned int sets;

	(void)state;
	start(0, 0, 3);
	sets = fake_timer_sets;
	for (unsigned int i = 0; i < 100; i++) {
		(void)rd(0x08);
		wr(0x00, 3);
		wr(0x04, 0);
	}
	assert_int_equal(fake_timer_sets, sets);
	for (uint64_t offset = 0; offset < 0x1000; offset++)
		for (unsigned int width = 1; width <= 8; width *= 2) {
			dev.ops->write(&dev, offset, width, UINT64_MAX);
			dev.ops->read(&dev, offset, width);
			wr(0x0c, 0x76);
			fake_time_pass(1000);
		}
	assert_int_equal(wakes, 0);
	/* parts of a register */
	dev.ops->reset(&dev);
	wr(0x04, 0x52);
	wr(0x05, 0xff);
	wr(0x06, 0xff);
	assert_int_equal(rd(0x04), 0x52);
	assert_int_equal(dev.ops->read(&dev, 0xf9, 1) & 0xff, 0x39);
	assert_int_equal(dev.ops->read(&dev, 0xfa, 2), 0x3130);
}

static void nodes(void **state)
{
	int node, len;

	(void)state;
	config.watchdog_s = 30;
	tree_begin();
	assert_int_equal(dev.ops->fdt_node(&dev, tree, 0), 0);
	node = fdt_path_offset(tree, "/watchdog@9040000");
	assert_int_equal(fdt_node_check_compatible(tree, node, "snps,dw-wdt"),
			 0);
	assert_int_equal(cell("/watchdog@9040000", "reg", 1), 0x9040000);
	assert_int_equal(cell("/watchdog@9040000", "interrupts", 1), IRQ - 32);
	assert_string_equal(fdt_getprop(tree, node, "clock-names", &len),
			    "tclk");
	assert_int_equal(cell("/watchdog@9040000", "clocks", 0),
			 cell("/dw-watchdog-clock", "phandle", 0));
	assert_int_equal(cell("/dw-watchdog-clock", "clock-frequency", 0),
			 24000000);
	assert_null(fdt_getprop(tree, node, "timeout-sec", NULL));
	tree_fills();
	dev.virq = 0;
	tree_begin();
	assert_int_equal(dev.ops->fdt_node(&dev, tree, 0), 0);
	node = fdt_path_offset(tree, "/watchdog@9040000");
	assert_null(fdt_getprop(tree, node, "interrupts", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(registers),
		T(periods),
		T(interrupt_then_end),
		T(end_of_interrupt),
		T(fed),
		T(period_changes),
		T(never_stops),
		T(mode_changes),
		T(late_timer),
		T(time_stands_still_in_a_pause),
		T(stop_and_reset),
		T(waits_for_its_guest),
		T(without_interrupt),
		T(any_access_is_safe),
		T(nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
