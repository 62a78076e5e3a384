/* SPDX-License-Identifier: Apache-2.0 */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/sp805.c"
#include "../../../virt/dev/wdt.c"

#define OPS sp805_ops
#include "wdt_machine.h"

/* a tick is a little more */
#define TICK_NS (NS_PER_S / FREQ_HZ)
/* of 64 ticks */
#define NS_EACH 1953125ull

/* From @seconds to its interrupt, as long again to the end. */
static void start(uint32_t seconds)
{
	wr(LOAD, seconds * FREQ_HZ - 1);
	wr(CONTROL, CONTROL_INTEN | CONTROL_RESEN);
}

static void identifies(void **state)
{
	static const uint8_t ids[] = {0x05, 0x18, 0x14, 0x00,
				      0x0d, 0xf0, 0x05, 0xb1};

	(void)state;
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(rd(0xfe0 + 4 * i), ids[i]);
	assert_int_equal(rd(0xfdc), 0);
}

/* DDI 0270B 3.2: what is kept, what is read-only, what reset leaves. */
static void registers(void **state)
{
	static const struct {
		uint16_t reg;
		uint32_t cold, kept; /* of 0xa5a5a5a6 */
	} rows[] = {
		{LOAD, UINT32_MAX, 0xa5a5a5a6},
		{VALUE, UINT32_MAX, UINT32_MAX},
		{CONTROL, 0, 2},
		{INTCLR, 0, 0},
		{RIS, 0, 0},
		{MIS, 0, 0},
		{ITCR, 0, 0},
		{ITOP, 0, 0},
		{0x18, 0, 0},
		{LOCK, 0, 1},
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
}

static void locks(void **state)
{
	(void)state;
	wr(LOAD, 1234);
	wr(LOCK, 0);
	assert_int_equal(rd(LOCK), 1);
	wr(LOAD, 1);
	wr(CONTROL, 3);
	wr(ITCR, 1);
	assert_int_equal(rd(LOAD), 1234);
	assert_int_equal(rd(VALUE), 1234);
	assert_int_equal(rd(CONTROL), 0);
	assert_int_equal(rd(ITCR), 0);
	wr(LOCK, LOCK_KEY + 1);
	assert_int_equal(rd(LOCK), 1);
	wr(LOCK, LOCK_KEY);
	assert_int_equal(rd(LOCK), 0);
	wr(CONTROL, 3);
	wr(LOCK, 1);
	/* a locked one is not fed */
	fake_time_pass(1235 * TICK_NS + 1235);
	assert_int_equal(rd(RIS), 1);
	wr(INTCLR, 1);
	assert_int_equal(rd(RIS), 1);
}

static void counts_down(void **state)
{
	(void)state;
	wr(LOAD, 2 * FREQ_HZ - 1);
	fake_time_pass(5 * NS_PER_S);
	assert_int_equal(rd(VALUE), 2 * FREQ_HZ - 1); /* not enabled */
	wr(CONTROL, CONTROL_INTEN);
	fake_time_pass(NS_PER_S);
	assert_int_equal(rd(VALUE), FREQ_HZ - 1);
	/* RESEN alone does not disturb it */
	wr(CONTROL, CONTROL_INTEN | CONTROL_RESEN);
	assert_int_equal(rd(VALUE), FREQ_HZ - 1);
	/* disabled it stands, enabled it begins again (3.3.3) */
	wr(CONTROL, 0);
	fake_time_pass(NS_PER_S);
	assert_int_equal(rd(VALUE), FREQ_HZ - 1);
	wr(CONTROL, CONTROL_INTEN);
	assert_int_equal(rd(VALUE), 2 * FREQ_HZ - 1);
	/* a new load begins at once */
	fake_time_pass(NS_PER_S);
	wr(LOAD, 3 * FREQ_HZ);
	assert_int_equal(rd(VALUE), 3 * FREQ_HZ);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(RIS), 0);
}

/* Interrupt at the first zero, end at the second; never before. */
static void interrupt_then_end(void **state)
{
	(void)state;
	start(10);
	fake_time_pass(10 * NS_PER_S - 1);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(VALUE), 0);
	fake_time_pass(1);
	assert_true(fake_virq_level[IRQ]);
	assert_int_equal(rd(RIS), 1);
	assert_int_equal(rd(MIS), 1);
	assert_int_equal(rd(VALUE), 10 * FREQ_HZ - 1);
	fake_time_pass(10 * NS_PER_S - 1);
	assert_int_equal(wakes, 0);
	assert_false(vm_ends());
	fake_time_pass(1);
	assert_int_equal(wakes, 1);
	assert_true(vm_ends());
	/* once: it does not count on */
	assert_null(fake_timer_armed);
	assert_int_equal(rd(VALUE), 0);
	fake_time_pass(100 * NS_PER_S);
	assert_int_equal(wakes, 1);
}

static void fed(void **state)
{
	(void)state;
	start(10);
	for (unsigned int i = 0; i < 50; i++) {
		fake_time_pass(15 * NS_PER_S);
		assert_true(fake_virq_level[IRQ]);
		wr(INTCLR, 0);
		assert_false(fake_virq_level[IRQ]);
		assert_int_equal(rd(VALUE), 10 * FREQ_HZ - 1);
	}
	assert_int_equal(wakes, 0);
	fake_time_pass(20 * NS_PER_S);
	assert_true(vm_ends());
}

/* By a load as well, but that does not clear the interrupt. */
static void load_feeds(void **state)
{
	(void)state;
	start(10);
	fake_time_pass(15 * NS_PER_S);
	wr(LOAD, 10 * FREQ_HZ - 1);
	assert_true(fake_virq_level[IRQ]);
	fake_time_pass(10 * NS_PER_S - 1);
	assert_false(vm_ends());
	fake_time_pass(1);
	assert_true(vm_ends());
}

static void disabled_in_time(void **state)
{
	(void)state;
	start(10);
	fake_time_pass(15 * NS_PER_S);
	wr(CONTROL, CONTROL_RESEN);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(RIS), 1);
	assert_int_equal(rd(MIS), 0);
	fake_time_pass(1000 * NS_PER_S);
	assert_int_equal(wakes, 0);
	/* on again with the old interrupt still there: one round to the end */
	wr(CONTROL, CONTROL_INTEN | CONTROL_RESEN);
	assert_true(fake_virq_level[IRQ]);
	fake_time_pass(10 * NS_PER_S);
	assert_true(vm_ends());
}

/* A timer only: rounds pass, and cost the host nothing. */
static void without_reset(void **state)
{
	unsigned int sets;

	(void)state;
	wr(LOAD, FREQ_HZ - 1);
	wr(CONTROL, CONTROL_INTEN);
	fake_time_pass(NS_PER_S);
	assert_true(fake_virq_level[IRQ]);
	sets = fake_timer_sets;
	fake_time_pass(100 * NS_PER_S + NS_PER_S / 2);
	assert_int_equal(fake_timer_sets, sets);
	assert_null(fake_timer_armed);
	assert_int_equal(rd(VALUE), FREQ_HZ / 2 - 1);
	wr(INTCLR, 0);
	fake_time_pass(NS_PER_S);
	assert_true(fake_virq_level[IRQ]);
	/* rounds that passed without RESEN do not count */
	fake_time_pass(10 * NS_PER_S + NS_PER_S / 2);
	wr(CONTROL, CONTROL_INTEN | CONTROL_RESEN);
	fake_time_pass(NS_PER_S / 2 - TICK_NS);
	assert_int_equal(wakes, 0);
	fake_time_pass(2 * TICK_NS);
	assert_true(vm_ends());
}

/* The least and the greatest of loads. */
static void extremes(void **state)
{
	(void)state;
	wr(LOAD, 0);
	wr(CONTROL, CONTROL_INTEN);
	fake_time_pass(TICK_NS + 2);
	assert_true(fake_virq_level[IRQ]);
	assert_null(fake_timer_armed);
	assert_int_equal(rd(VALUE), 0);
	wr(CONTROL, CONTROL_INTEN | CONTROL_RESEN);
	fake_time_pass(TICK_NS + 2);
	assert_true(vm_ends());

	fake_time_start(12345 * NS_EACH);
	dev.ops->reset(&dev);
	wakes = 0;
	wr(CONTROL, CONTROL_INTEN | CONTROL_RESEN); /* 131072 s a round */
	fake_time_pass(262144 * NS_PER_S - 1);
	assert_int_equal(rd(VALUE), 0);
	assert_int_equal(wakes, 0);
	fake_time_pass(1);
	assert_int_equal(wakes, 1);
}

/* No tick is early or lost, however odd the time of the day. */
static void ticks(void **state)
{
	static const uint32_t rates[] = {1, 7, FREQ_HZ, 24000000, NS_PER_S};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rates); i++) {
		const struct wdt p = {.freq_hz = rates[i]};
		/* 292 years */
		uint64_t end = INT64_MAX / NS_PER_S * p.freq_hz;

		for (uint64_t t = 1; t < end; t = t * 3 + 1) {
			uint64_t ns = ns_of(&p, t);

			assert_int_equal(ticks_of(&p, ns), t);
			assert_int_equal(ticks_of(&p, ns - 1), t - 1);
		}
	}
}

/* Its clock does not begin with the guest's write: up to a tick is missing. */
static void between_ticks(void **state)
{
	(void)state;
	fake_time_start(12345 * NS_EACH - 1);
	start(10);
	fake_time_pass(10 * NS_PER_S - TICK_NS - 1);
	assert_false(fake_virq_level[IRQ]);
	fake_time_pass(TICK_NS + 1);
	assert_true(fake_virq_level[IRQ]);
	fake_time_pass(10 * NS_PER_S - TICK_NS - 1);
	assert_int_equal(wakes, 0);
	fake_time_pass(TICK_NS + 1);
	assert_int_equal(wakes, 1);
}

/* Two rounds may be over before the host's timer came to run. */
static void late_timer(void **state)
{
	struct timer *late;

	(void)state;
	start(1);
	late = fake_timer_armed;
	fake_timer_armed = NULL;
	fake_time_pass(2 * NS_PER_S);
	late->fn(late);
	assert_int_equal(wakes, 1);
	assert_true(vm_ends());

	/* the guest comes first */
	dev.ops->reset(&dev);
	start(1);
	fake_timer_armed = NULL;
	fake_time_pass(2 * NS_PER_S);
	wr(INTCLR, 0);
	assert_int_equal(wakes, 2);
}

static void integration_test(void **state)
{
	(void)state;
	wr(ITOP, ITOP_INT);
	assert_false(fake_virq_level[IRQ]);
	wr(ITCR, 1);
	assert_true(fake_virq_level[IRQ]);
	wr(ITOP, 0);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(wakes, 0);
	wr(ITOP, ITOP_RES);
	assert_int_equal(wakes, 1);
	assert_true(vm_ends());
	for (unsigned int i = 0; i < 100; i++)
		wr(ITOP, ITOP_RES);
	assert_int_equal(wakes, 1);
}

static void time_stands_still_in_a_pause(void **state)
{
	(void)state;
	start(10);
	fake_time_pass(5 * NS_PER_S);
	dev.ops->pause(&dev);
	dev.ops->pause(&dev);
	assert_null(fake_timer_armed);
	fake_time_pass(1000 * NS_PER_S);
	dev.ops->resume(&dev);
	dev.ops->resume(&dev);
	assert_int_equal(rd(VALUE), 5 * FREQ_HZ - 1);
	fake_time_pass(5 * NS_PER_S - 1);
	assert_false(fake_virq_level[IRQ]);
	fake_time_pass(1);
	assert_true(fake_virq_level[IRQ]);
	dev.ops->pause(&dev);
	fake_time_pass(1000 * NS_PER_S);
	dev.ops->resume(&dev);
	fake_time_pass(10 * NS_PER_S - 1);
	assert_int_equal(wakes, 0);
	fake_time_pass(1);
	assert_true(vm_ends());
	/* one that was suspended may be started anew */
	dev.ops->pause(&dev);
	dev.ops->stop(&dev);
	fake_time_start(12345 * NS_EACH);
	dev.ops->reset(&dev);
	start(1);
	fake_time_pass(NS_PER_S);
	assert_true(fake_virq_level[IRQ]);
}

/* What was asked of a VM is nothing to the next that it becomes. */
static void stop_and_reset(void **state)
{
	(void)state;
	start(1);
	fake_time_pass(NS_PER_S);
	assert_true(fake_virq_level[IRQ]);
	dev.ops->stop(&dev);
	assert_null(fake_timer_armed);
	fake_time_pass(NS_PER_S);
	assert_false(vm_ends());
	rd(VALUE);
	assert_int_equal(wakes, 0);

	dev.ops->reset(&dev);
	assert_false(fake_virq_level[IRQ]);
	start(1);
	fake_time_pass(2 * NS_PER_S);
	assert_int_equal(wakes, 1);
	dev.ops->stop(&dev);
	assert_false(vm_ends());
	dev.ops->reset(&dev);
	assert_false(vm_ends());
	assert_int_equal(rd(CONTROL), 0);
	assert_int_equal(rd(VALUE), UINT32_MAX);
	fake_time_pass(1000 * NS_PER_S);
	assert_int_equal(wakes, 1);
}

/* It is said until it is heard, but never to a VM that is ending anyway. */
static void ends_by_the_vmm(void **state)
{
	(void)state;
	start(1);
	fake_time_pass(2 * NS_PER_S);
	vm.state = VM_STOPPING; /* its guest has just asked for a reset */
	assert_false(vm_ends());
	vm.state = VM_LOADING;
	vm_ends();
	vm.state = VM_RUNNING;
	assert_true(vm_ends());
}

static void without_interrupt(void **state)
{
	(void)state;
	dev.virq = 0;
	start(1);
	fake_time_pass(NS_PER_S);
	assert_int_equal(rd(MIS), 1);
	assert_int_equal(fake_virq_sets, 0);
	fake_time_pass(NS_PER_S);
	assert_true(vm_ends());
}

/* watchdog_s: it runs before the guest's first instruction, again and again. */
static void armed_from_the_start(void **state)
{
	(void)state;
	config.watchdog_s = 30;
	for (unsigned int i = 0; i < 3; i++) {
		wakes = 0;
		fake_time_start((12345 + i) * NS_EACH);
		dev.ops->reset(&dev);
		assert_int_equal(rd(LOAD), 15 * FREQ_HZ - 1);
		assert_int_equal(rd(CONTROL), 3);
		assert_int_equal(rd(LOCK), 0);
		fake_time_pass(30 * NS_PER_S - 1);
		assert_true(fake_virq_level[IRQ]);
		assert_int_equal(wakes, 0);
		fake_time_pass(1);
		assert_int_equal(wakes, 1);
		assert_true(vm_ends());
	}
	dev.ops->reset(&dev);
	wr(CONTROL, 0); /* the guest may turn it off */
	fake_time_pass(100 * NS_PER_S);
	assert_false(vm_ends());
}

/* As often as a guest writes, and no more: nothing arms itself. */
static void timer_is_set_by_writes_alone(void **state)
{
	unsigned int sets;

	(void)state;
	start(1);
	sets = fake_timer_sets;
	for (unsigned int i = 0; i < 100; i++) {
		rd(VALUE);
		wr(LOCK, LOCK_KEY);
		wr(CONTROL, CONTROL_INTEN | CONTROL_RESEN);
	}
	assert_int_equal(fake_timer_sets, sets);
}

static void any_access_is_safe(void **state)
{
	(void)state;
	start(1);
	for (uint64_t offset = 0; offset < 0x1000; offset++)
		for (unsigned int width = 1; width <= 8; width *= 2) {
			dev.ops->write(&dev, offset, width, UINT64_MAX);
			dev.ops->read(&dev, offset, width);
			wr(LOCK, LOCK_KEY);
		}
	wr(LOAD, 0x12345678);
	wr(LOAD + 1, 0);
	wr(LOAD + 2, 0);
	assert_int_equal(dev.ops->read(&dev, LOAD + 1, 1) & 0xff, 0x56);
	assert_int_equal(dev.ops->read(&dev, LOAD + 2, 2), 0x1234);
	dev.ops->reset(&dev);
	assert_int_equal(rd(CONTROL), 0);
	assert_false(fake_virq_level[IRQ]);
}

static void nodes(void **state)
{
	(void)state;
	tree_begin();
	assert_int_equal(dev.ops->fdt_node(&dev, tree, 0), 0);
	assert_int_equal(cell("/watchdog@9040000", "reg", 1), 0x9040000);
	assert_int_equal(cell("/watchdog@9040000", "interrupts", 1), IRQ - 32);
	assert_int_equal(cell("/watchdog@9040000", "clocks", 0),
			 cell("/watchdog-clock", "phandle", 0));
	assert_int_equal(cell("/watchdog-clock", "clock-frequency", 0),
			 FREQ_HZ);
	assert_int_equal(cell("/watchdog@9040000", "clocks", 1),
			 cell("/apb-pclk", "phandle", 0));
	assert_null(fdt_getprop(tree,
				fdt_path_offset(tree, "/watchdog@9040000"),
				"timeout-sec", NULL));
	config.watchdog_s = 30;
	tree_begin();
	assert_int_equal(dev.ops->fdt_node(&dev, tree, 0), 0);
	assert_int_equal(cell("/watchdog@9040000", "timeout-sec", 0), 30);
	tree_fills();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(identifies),
		T(registers),
		T(locks),
		T(counts_down),
		T(interrupt_then_end),
		T(fed),
		T(load_feeds),
		T(disabled_in_time),
		T(without_reset),
		T(extremes),
		T(ticks),
		T(between_ticks),
		T(late_timer),
		T(integration_test),
		T(time_stands_still_in_a_pause),
		T(stop_and_reset),
		T(ends_by_the_vmm),
		T(without_interrupt),
		T(armed_from_the_start),
		T(timer_is_set_by_writes_alone),
		T(any_access_is_safe),
		T(nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
