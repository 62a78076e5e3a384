/* SPDX-License-Identifier: Apache-2.0 */
/* The 16550's register logic against a model of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../drivers/serial/ns16550_regs.h"
#include "model_16550.h"

static struct ns16550 uart;

static int setup(void **state)
{
	(void)state;
	model_reset();
	uart = (struct ns16550){.regs = model_window, .width = 1};
	return 0;
}

/* What firmware leaves: 8 bits, no parity, FIFOs on, 115200 of 3.6864 MHz. */
static void firmware_was_here(void)
{
	model.lcr = 0x03;
	model.dll = 2;
	model.fcr = 1;
	model.mcr = 0x03;
}

static void make_dw(void)
{
	model.is_dw = uart.is_dw = true;
	model.shift = uart.shift = 2;
	model.width = uart.width = 4;
}

static void init_of_an_untouched_uart(void **state)
{
	(void)state;
	uart.divisor = 0x102;
	ns16550_init(&uart);
	assert_int_equal(model.lcr, 0x03);
	assert_int_equal(model.dll, 0x02);
	assert_int_equal(model.dlm, 0x01);
	assert_int_equal(model.fcr, 0x01);
	assert_int_equal(model.mcr, 0x0b);
	assert_int_equal(model.ier, 0);
	assert_int_equal(uart.fifo_bytes, 16);
}

static void init_without_a_divisor(void **state)
{
	(void)state;
	model.dll = 7;
	ns16550_init(&uart);
	assert_int_equal(model.lcr, 0x03);
	assert_int_equal(model.dll, 7);
}

static void init_keeps_what_firmware_set(void **state)
{
	(void)state;
	firmware_was_here();
	model.lcr = 0x1a; /* 7 bits, even parity: odd, but not ours to change */
	model.mcr = 0x33; /* flow control on; loop-back is not kept */
	model.ier = 0x0f;
	uart.divisor = 99;
	ns16550_init(&uart);
	assert_int_equal(model.lcr, 0x1a);
	assert_int_equal(model.dll, 2);
	assert_int_equal(model.mcr, 0x2b);
	assert_int_equal(model.ier, 0);
}

static void init_takes_the_divisor_latch_back(void **state)
{
	(void)state;
	firmware_was_here();
	model.lcr = 0x83;
	ns16550_init(&uart);
	assert_int_equal(model.lcr, 0x03);
	assert_int_equal(model.dll, 2);
}

/* Switching the FIFOs on would drop what is still to go out. */
static void init_loses_no_byte(void **state)
{
	(void)state;
	firmware_was_here();
	model.fcr = 0;
	model.ticks_a_byte = 100;
	model.tx[0] = 'x';
	model.tx_count = 1;
	ns16550_init(&uart);
	assert_int_equal(model.lost_tx, 0);
	assert_int_equal(model.sent_count, 1);
	assert_int_equal(model.fcr, 1);
}

static void init_finds_no_fifo(void **state)
{
	(void)state;
	model.fifo_size = 0;
	uart.fifo_bytes = 64; /* the tree may say what it likes */
	ns16550_init(&uart);
	assert_int_equal(uart.fifo_bytes, 1);
	assert_int_equal(ns16550_send(&uart, "abc", 3), 3);
	model.ticks_a_byte = 0;
	assert_int_equal(ns16550_send(&uart, "d", 1), 0);
	assert_int_equal(ns16550_send(&uart, "e", 1), 0);
	assert_memory_equal(model.sent, "ab", 2);
	assert_int_equal(model.tx[0], 'c');
}

/* Bytes that go out and bytes that wait: both keep Synopsys' LCR shut. */
static void dw_takes_lcr_when_it_is_idle(void **state)
{
	(void)state;
	make_dw();
	uart.divisor = 13;
	model.ticks_a_byte = 50;
	model.tx[0] = 'x';
	model.tx_count = 1;
	for (unsigned int i = 0; i < 5; i++)
		model_receive('r');
	ns16550_init(&uart);
	assert_int_equal(model.lcr, 0x03);
	assert_int_equal(model.dll, 13);
	assert_int_equal(model.sent_count, 1);
	assert_true(model.lcr_refused > 0);
	assert_false(model.busy_irq);
}

static void dw_that_stays_busy(void **state)
{
	(void)state;
	make_dw();
	uart.divisor = 13;
	model.rx_break_for_ever = true;
	ns16550_init(&uart); /* comes back */
	assert_int_equal(model.lcr, 0);
	assert_int_equal(model.ier, 0);
	assert_int_equal(model.dll, 0);
}

static void busy_detect_is_ended(void **state)
{
	(void)state;
	make_dw();
	firmware_was_here();
	ns16550_init(&uart);
	ns16550_rx_irq_enable(&uart);
	model.busy_irq = true; /* a guest's, or firmware's, write of LCR */
	assert_true(model_line());
	assert_int_equal(ns16550_cause(&uart), NS16550_CAUSE_OTHER);
	assert_false(model_line());
	assert_int_equal(ns16550_cause(&uart), NS16550_CAUSE_NONE);
	/* there is no such register in another's */
	uart.is_dw = model.is_dw = false;
	model.busy_irq = true;
	assert_int_equal(ns16550_cause(&uart), NS16550_CAUSE_NONE);
}

static void timeout_with_nothing_to_read(void **state)
{
	(void)state;
	make_dw();
	ns16550_rx_irq_enable(&uart);
	model.timeout_irq = true;
	assert_int_equal(ns16550_cause(&uart), NS16550_CAUSE_OTHER);
	assert_false(model_line());
}

static void registers_as_they_are_wired(void **state)
{
	static const struct {
		unsigned int shift, width;
	} rows[] = {{0, 1}, {1, 1}, {1, 2}, {2, 1}, {2, 2}, {2, 4}, {3, 4}};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		setup(state);
		model.shift = uart.shift = rows[i].shift;
		model.width = uart.width = rows[i].width;
		model_receive(0xa5);
		ns16550_init(&uart);
		assert_int_equal(ns16550_getc(&uart), 0xa5);
		ns16550_putc(&uart, 0xff);
		assert_int_equal(ns16550_send(&uart, "ab", 2), 2);
		assert_int_equal(ns16550_getc(&uart), -1);
		assert_memory_equal(model.sent, "\xff", 1);
	}
}

static void rx_interrupts(void **state)
{
	(void)state;
	ns16550_init(&uart);
	for (unsigned int i = 0; i < 5; i++)
		model_receive('o');
	ns16550_rx_irq_enable(&uart);
	assert_int_equal(model.ier, 0x01);
	assert_int_equal(model.fcr & 0xc0, 0); /* from the first byte on */
	assert_int_equal(model.rx_head, 5);    /* old ones are gone */
	assert_false(model_line());
	model_receive('n');
	assert_true(model_line());
	assert_int_equal(ns16550_cause(&uart), NS16550_CAUSE_RX);
}

static unsigned int taken;

static void take(char c)
{
	assert_int_equal((uint8_t)c, taken++);
}

/* A burst longer than one interrupt takes: the rest must interrupt again. */
static void rx_of_a_long_burst(void **state)
{
	(void)state;
	taken = 0;
	ns16550_rx_irq_enable(&uart);
	for (uint16_t i = 0; i < 100; i++)
		model_receive(i);
	ns16550_rx(&uart, take, 64);
	assert_int_equal(taken, 64);
	assert_true(model_line());
	ns16550_rx(&uart, take, 64);
	assert_int_equal(taken, 100);
	assert_false(model_line());
}

static void tx_interrupts(void **state)
{
	(void)state;
	firmware_was_here();
	ns16550_init(&uart);
	/* empty already: at once, and it is told once */
	ns16550_tx_irq(&uart, true);
	assert_int_equal(model.ier, 0x03);
	assert_true(model_line());
	assert_int_equal(ns16550_cause(&uart), NS16550_CAUSE_TX);
	assert_int_equal(ns16550_cause(&uart), NS16550_CAUSE_NONE);
	ns16550_tx_irq(&uart, false);
	assert_int_equal(model.ier, 0x01);
	/* full: when it has drained */
	model.ticks_a_byte = 0;
	assert_int_equal(ns16550_send(&uart, "0123456789abcdefgh", 18), 16);
	ns16550_tx_irq(&uart, true);
	assert_false(model_line());
	model.ticks_a_byte = 1;
	for (unsigned int i = 0; i < 16; i++)
		assert_int_equal(ns16550_getc(&uart), -1); /* time goes on */
	assert_true(model_line());
	/* a byte comes first, and this is still told */
	model_receive('r');
	assert_int_equal(ns16550_cause(&uart), NS16550_CAUSE_RX);
	assert_int_equal(ns16550_getc(&uart), 'r');
	assert_int_equal(ns16550_cause(&uart), NS16550_CAUSE_TX);
}

static void putc_waits_for_room(void **state)
{
	(void)state;
	model.ticks_a_byte = 1000;
	ns16550_putc(&uart, 'a');
	ns16550_putc(&uart, 'b');
	assert_int_equal(model.sent_count, 1);
	assert_int_equal(model.tx[0], 'b');
}

static void putc_gives_up_and_recovers(void **state)
{
	(void)state;
	model.ticks_a_byte = 0;
	ns16550_putc(&uart, 'a');
	ns16550_putc(&uart, 'b'); /* waits in vain */
	assert_int_equal(model.tx_count, 1);
	/* from now on no waiting */
	model.accesses = 0;
	ns16550_putc(&uart, 'c');
	assert_int_equal(model.accesses, 1);
	assert_int_equal(model.tx_count, 1);
	/* until there is room again */
	model.ticks_a_byte = 1;
	ns16550_putc(&uart, 'd');
	model.ticks_a_byte = 10;
	ns16550_putc(&uart, 'e');
	assert_memory_equal(model.sent, "ad", 2);
	assert_int_equal(model.tx[0], 'e');
}

static void send_takes_what_fits(void **state)
{
	(void)state;
	firmware_was_here();
	ns16550_init(&uart);
	model.ticks_a_byte = 0;
	assert_int_equal(ns16550_send(&uart, "abcde", 5), 5);
	/* not full, but who can tell */
	model.accesses = 0;
	assert_int_equal(ns16550_send(&uart, "f", 1), 0);
	assert_int_equal(model.accesses, 1); /* no waiting */
	assert_int_equal(ns16550_send(&uart, "", 0), 0);
	/* and what the tree says of a longer FIFO holds */
	setup(state);
	firmware_was_here();
	model.fifo_size = uart.fifo_bytes = 64;
	ns16550_init(&uart);
	model.ticks_a_byte = 0;
	assert_int_equal(ns16550_send(&uart, (const char *)model_window, 100),
			 64);
}

static void getc_takes_bytes_and_drops_breaks(void **state)
{
	(void)state;
	ns16550_init(&uart);
	model_receive('x');
	model_receive(MODEL_BREAK);
	model_receive(0);
	model_receive(0xff);
	assert_int_equal(ns16550_getc(&uart), 'x');
	/* that a break is there shows to who reads LSR first */
	assert_int_equal(ns16550_send(&uart, "s", 1), 1);
	assert_int_equal(ns16550_getc(&uart), 0);
	assert_int_equal(ns16550_getc(&uart), 0xff);
	assert_int_equal(ns16550_getc(&uart), -1);
}

static void getc_ends_on_a_line_held_low(void **state)
{
	(void)state;
	model.rx_break_for_ever = true;
	assert_int_equal(ns16550_getc(&uart), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(init_of_an_untouched_uart, setup),
		cmocka_unit_test_setup(init_without_a_divisor, setup),
		cmocka_unit_test_setup(init_keeps_what_firmware_set, setup),
		cmocka_unit_test_setup(init_takes_the_divisor_latch_back,
				       setup),
		cmocka_unit_test_setup(init_loses_no_byte, setup),
		cmocka_unit_test_setup(init_finds_no_fifo, setup),
		cmocka_unit_test_setup(dw_takes_lcr_when_it_is_idle, setup),
		cmocka_unit_test_setup(dw_that_stays_busy, setup),
		cmocka_unit_test_setup(busy_detect_is_ended, setup),
		cmocka_unit_test_setup(timeout_with_nothing_to_read, setup),
		cmocka_unit_test_setup(registers_as_they_are_wired, setup),
		cmocka_unit_test_setup(rx_interrupts, setup),
		cmocka_unit_test_setup(rx_of_a_long_burst, setup),
		cmocka_unit_test_setup(tx_interrupts, setup),
		cmocka_unit_test_setup(putc_waits_for_room, setup),
		cmocka_unit_test_setup(putc_gives_up_and_recovers, setup),
		cmocka_unit_test_setup(send_takes_what_fits, setup),
		cmocka_unit_test_setup(getc_takes_bytes_and_drops_breaks,
				       setup),
		cmocka_unit_test_setup(getc_ends_on_a_line_held_low, setup),
	};

	return cmocka_run_group_tests_name("ns16550", tests, NULL, NULL);
}
