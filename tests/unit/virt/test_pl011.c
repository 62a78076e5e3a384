/* SPDX-License-Identifier: Apache-2.0 */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/pl011.c"

#include "uart_machine.h"

#define RXFE FR_RXFE
#define RXFF FR_RXFF
#define TXFE FR_TXFE
#define IRQ 33

static uint32_t rd(uint64_t reg)
{
	return (uint32_t)dev.ops->read(&dev, reg, 4);
}

static void wr(uint64_t reg, uint32_t value)
{
	dev.ops->write(&dev, reg, 4, value);
}

static int setup(void **state)
{
	(void)state;
	return uart_make(&pl011_ops, IRQ);
}

static void enable(void)
{
	wr(LCR_H, 0x70);
	wr(CR, 0x301);
}

static void identifies(void **state)
{
	static const uint8_t ids[] = {0x11, 0x10, 0x14, 0x00,
				      0x0d, 0xf0, 0x05, 0xb1};

	(void)state;
	for (unsigned int i = 0; i < 8; i++)
		assert_int_equal(rd(0xfe0 + 4 * i), ids[i]);
	assert_int_equal(rd(0xfdc), 0);
	assert_int_equal(rd(0x4c), 0);
	assert_int_equal(dev.ops->read(&dev, 0xfff, 8), 0);
}

static void sends(void **state)
{
	(void)state;
	wr(DR, 'a'); /* as an early console: nothing was set up */
	assert_int_equal(sent_len, 1);
	assert_int_equal(sent[0], 'a');
	assert_int_equal(rd(FR) & (TXFE | 0x20 | 0x08), TXFE);
	assert_false(fake_virq_level[IRQ]);

	wr(IMSC, INT_TX);
	assert_true(fake_virq_level[IRQ]);
	assert_int_equal(rd(MIS), INT_TX);
	wr(ICR, INT_TX);
	assert_false(fake_virq_level[IRQ]);
	wr(DR, 'b');
	assert_true(fake_virq_level[IRQ]);
	wr(IMSC, 0);
	assert_false(fake_virq_level[IRQ]);
}

static void receives(void **state)
{
	(void)state;
	assert_false(dev.ops->console_input(&dev, 'x')); /* not enabled */
	enable();
	wr(IMSC, INT_RX | INT_RT);
	assert_true(rd(FR) & RXFE);
	assert_true(dev.ops->console_input(&dev, 'x'));
	assert_true(fake_virq_level[IRQ]);
	assert_int_equal(rd(RIS), INT_RT);
	assert_false(rd(FR) & RXFE);
	assert_int_equal(rd(DR), 'x');
	assert_int_equal(pumped, 3); /* LCR_H, CR and DR: there may be room */
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(DR), 0);
}

static void fifo_fills(void **state)
{
	(void)state;
	enable();
	for (unsigned int i = 0; i < 16; i++) {
		assert_true(dev.ops->console_input(&dev, (uint8_t)i));
		/* IFLS after reset: half full */
		assert_int_equal(!!(rd(RIS) & INT_RX), i >= 7);
	}
	assert_true(rd(FR) & RXFF);
	assert_false(dev.ops->console_input(&dev, 99));
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(rd(DR), i);
	assert_int_equal(rd(RIS) & (INT_RX | INT_RT), 0);

	wr(LCR_H, 0x60); /* no FIFO: one byte */
	assert_true(dev.ops->console_input(&dev, 1));
	assert_int_equal(rd(RIS) & INT_RX, INT_RX);
	assert_true(rd(FR) & RXFF);
	assert_false(dev.ops->console_input(&dev, 2));
}

static void level_changes_only_are_told(void **state)
{
	unsigned int sets;

	(void)state;
	wr(IMSC, INT_TX);
	wr(DR, 'a');
	sets = fake_virq_sets;
	for (unsigned int i = 0; i < 100; i++)
		wr(DR, 'a');
	assert_int_equal(fake_virq_sets, sets);
}

/* The host's UART is the slower one: as a FIFO that is full. */
static void waits_for_room(void **state)
{
	(void)state;
	wr(IMSC, INT_TX);
	wr(DR, 'a');
	assert_true(fake_virq_level[IRQ]);
	full = true;
	wr(DR, 'b'); /* sent all the same */
	assert_int_equal(sent_len, 2);
	assert_false(fake_virq_level[IRQ]);
	assert_int_equal(rd(FR) & (FR_TXFF | TXFE), FR_TXFF);
	full = false;
	assert_int_equal(rd(FR) & (FR_TXFF | TXFE), TXFE);
	assert_false(fake_virq_level[IRQ]);
	dev.ops->console_room(&dev);
	assert_true(fake_virq_level[IRQ]);
}

static void drained_meanwhile(void)
{
	full = false;
}

/* The word that there is room came just before the guest was told to wait. */
static void room_is_not_missed(void **state)
{
	(void)state;
	wr(IMSC, INT_TX);
	full = true;
	asked = drained_meanwhile;
	wr(DR, 'a');
	assert_true(fake_virq_level[IRQ]);
}

static bool quick(uint64_t offset, bool write, uint64_t *value)
{
	return dev.ops->quick(&dev, offset, 4, write, value);
}

/* What is finished in the trap's handler, and what is not begun there. */
static void quick_accesses(void **state)
{
	uint64_t value = 0;

	(void)state;
	wr(IMSC, INT_TX);
	assert_true(quick(FR, false, &value));
	assert_int_equal(value, rd(FR));
	value = 'q';
	assert_true(quick(DR, true, &value));
	assert_int_equal(sent_len, 1);
	assert_int_equal(sent[0], 'q');
	assert_true(fake_virq_level[IRQ]);

	full = true;
	assert_true(quick(DR, true, &value));
	assert_int_equal(sent_len, 2);
	assert_false(fake_virq_level[IRQ]);
	assert_true(quick(FR, false, &value));
	assert_int_equal(value & (FR_TXFF | TXFE), FR_TXFF);

	assert_false(quick(DR, false, &value));
	assert_false(quick(FR, true, &value));
	assert_false(quick(IMSC, true, &value));
	assert_false(quick(FR + 1, false, &value));
	wr(CR, 0x301 | CR_LBE);
	assert_false(quick(DR, true, &value));
	assert_int_equal(sent_len, 2);
	vm.console = NULL;
	wr(CR, 0x301);
	assert_false(quick(DR, true, &value));
	assert_true(quick(FR, false, &value));
	assert_int_equal(value & (FR_TXFF | TXFE), TXFE);
}

static void loops_back(void **state)
{
	(void)state;
	wr(LCR_H, 0x70);
	wr(CR, 0x301 | CR_LBE);
	wr(DR, 'x');
	assert_int_equal(sent_len, 0);
	assert_int_equal(rd(DR), 'x');
}

static void any_access_is_safe(void **state)
{
	(void)state;
	for (uint64_t offset = 0; offset < 0x1000; offset++)
		for (unsigned int width = 1; width <= 8; width *= 2) {
			dev.ops->write(&dev, offset, width, UINT64_MAX);
			dev.ops->read(&dev, offset, width);
		}
	dev.ops->reset(&dev);
	assert_int_equal(rd(IMSC), 0);
	assert_int_equal(rd(IFLS), 0x12);
	assert_false(fake_virq_level[IRQ]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(identifies, setup, teardown),
		cmocka_unit_test_setup_teardown(sends, setup, teardown),
		cmocka_unit_test_setup_teardown(receives, setup, teardown),
		cmocka_unit_test_setup_teardown(fifo_fills, setup, teardown),
		cmocka_unit_test_setup_teardown(level_changes_only_are_told,
						setup, teardown),
		cmocka_unit_test_setup_teardown(waits_for_room, setup,
						teardown),
		cmocka_unit_test_setup_teardown(room_is_not_missed, setup,
						teardown),
		cmocka_unit_test_setup_teardown(quick_accesses, setup,
						teardown),
		cmocka_unit_test_setup_teardown(loops_back, setup, teardown),
		cmocka_unit_test_setup_teardown(any_access_is_safe, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
