/* SPDX-License-Identifier: Apache-2.0 */
/* The PL011 driver against a model of its registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../drivers/serial/pl011_regs.h"

/*
 * @fr_reads_left: TXFF and BUSY clear themselves after that many reads
 * @bad_lcrh: LCRH was written while the UART was on
 */
static struct model {
	uint32_t cr, lcrh, ifls, imsc, mis, icr, ibrd, fbrd;
	bool tx_full, tx_full_for_ever, busy;
	unsigned int fr_reads, fr_reads_left;
	uint32_t rx[256];
	unsigned int rx_head, rx_count;
	bool rx_break_for_ever;
	uint8_t sent[64];
	unsigned int sent_count, fifo_left; /* 0: it has no end */
	bool bad_lcrh, cut_off;
} model;

static uint8_t window[0x1000];
static struct pl011 uart;

static uint32_t read_fr(void)
{
	uint32_t fr = 0;

	model.fr_reads++;
	if (model.fr_reads_left && --model.fr_reads_left == 0)
		model.tx_full = model.busy = false;
	if (model.tx_full || model.tx_full_for_ever)
		fr |= PL011_FR_TXFF;
	if (model.busy)
		fr |= PL011_FR_BUSY;
	if (model.rx_head == model.rx_count && !model.rx_break_for_ever)
		fr |= PL011_FR_RXFE;
	return fr;
}

static uint32_t read_dr(void)
{
	if (model.rx_break_for_ever)
		return PL011_DR_BE;
	assert_true(model.rx_head < model.rx_count);
	return model.rx[model.rx_head++];
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	assert_int_equal(width, 4);
	switch ((const uint8_t *)addr - window) {
	case PL011_DR:
		return read_dr();
	case PL011_FR:
		return read_fr();
	case PL011_LCRH:
		return model.lcrh;
	case PL011_CR:
		return model.cr;
	case PL011_IFLS:
		return model.ifls;
	case PL011_MIS:
		return model.mis;
	default:
		fail_msg("unexpected register");
		return 0;
	}
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	uint32_t v = (uint32_t)value;

	assert_int_equal(width, 4);
	switch ((uint8_t *)addr - window) {
	case PL011_DR:
		assert_false(model.tx_full || model.tx_full_for_ever);
		model.sent[model.sent_count++] = (uint8_t)v;
		if (model.fifo_left && --model.fifo_left == 0)
			model.tx_full = true;
		break;
	case PL011_LCRH:
		model.bad_lcrh |= model.cr & PL011_CR_UARTEN;
		model.lcrh = v;
		break;
	case PL011_CR:
		model.cut_off |= model.busy && !(v & PL011_CR_UARTEN);
		model.cr = v;
		break;
	case PL011_IFLS:
		model.ifls = v;
		break;
	case PL011_IMSC:
		model.imsc = v;
		break;
	case PL011_ICR:
		model.icr |= v;
		break;
	default:
		fail_msg("unexpected register");
	}
}

static int setup(void **state)
{
	(void)state;
	memset(&model, 0, sizeof(model));
	model.ibrd = 13;
	model.fbrd = 2;
	model.ifls = 0x12; /* reset value: both at a half */
	uart = (struct pl011){.regs = window};
	return 0;
}

static const uint32_t all_on = PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE;

static void init_of_an_untouched_uart(void **state)
{
	(void)state;
	model.cr = PL011_CR_TXE | PL011_CR_RXE; /* reset value */
	pl011_init(&uart);
	assert_int_equal(model.cr & all_on, all_on);
	assert_int_equal(model.lcrh, PL011_LCRH_WLEN8 | PL011_LCRH_FEN);
	assert_false(model.bad_lcrh);
	assert_int_equal(model.imsc, 0);
	assert_int_equal(model.icr, PL011_INT_ALL);
}

static void init_keeps_what_firmware_set(void **state)
{
	/* 7 bits, even parity: odd, but not ours to change */
	const uint32_t lcrh = BIT(6) | BIT(2) | BIT(1) | PL011_LCRH_FEN;

	(void)state;
	model.cr = all_on | BIT(11);
	model.lcrh = lcrh;
	pl011_init(&uart);
	assert_int_equal(model.lcrh, lcrh);
	assert_int_equal(model.cr, all_on | BIT(11));
	assert_int_equal(model.ibrd, 13);
	assert_int_equal(model.fbrd, 2);
}

static void init_turns_the_fifo_on_when_idle(void **state)
{
	(void)state;
	model.cr = all_on;
	model.lcrh = PL011_LCRH_WLEN8;
	model.busy = true;
	model.fr_reads_left = 100;
	pl011_init(&uart);
	assert_int_equal(model.lcrh, PL011_LCRH_WLEN8 | PL011_LCRH_FEN);
	assert_false(model.bad_lcrh);
	assert_false(model.cut_off);
	assert_int_equal(model.cr & all_on, all_on);
}

static void rx_interrupts(void **state)
{
	(void)state;
	model.rx_count = 5;
	pl011_rx_irq_enable(&uart);
	assert_int_equal(model.imsc, PL011_INT_RX | PL011_INT_RT);
	assert_int_equal(model.ifls, 0x2); /* receive: an eighth; send: kept */
	/* what lay in the FIFO before is gone: the level can be crossed */
	assert_int_equal(model.rx_head, model.rx_count);
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
	for (model.rx_count = 0; model.rx_count < 100; model.rx_count++)
		model.rx[model.rx_count] = model.rx_count;
	pl011_rx(&uart, take, 64);
	assert_int_equal(taken, 64);
	assert_int_equal(model.icr, 0); /* still pending */
	pl011_rx(&uart, take, 64);
	assert_int_equal(taken, 100);
	assert_int_equal(model.icr, 0);
}

static void putc_waits_for_room(void **state)
{
	(void)state;
	model.tx_full = true;
	model.fr_reads_left = 1000;
	pl011_putc(&uart, 'a');
	assert_int_equal(model.sent_count, 1);
	assert_int_equal(model.sent[0], 'a');
}

static void putc_gives_up_and_recovers(void **state)
{
	(void)state;
	model.tx_full_for_ever = true;
	pl011_putc(&uart, 'a');
	assert_int_equal(model.sent_count, 0);
	/* from now on no waiting */
	model.fr_reads = 0;
	pl011_putc(&uart, 'b');
	assert_int_equal(model.fr_reads, 1);
	assert_int_equal(model.sent_count, 0);
	/* until there is room again */
	model.tx_full_for_ever = false;
	pl011_putc(&uart, 'c');
	model.tx_full = true;
	model.fr_reads_left = 10;
	pl011_putc(&uart, 'd');
	assert_int_equal(model.sent_count, 2);
	assert_memory_equal(model.sent, "cd", 2);
}

static void send_takes_what_fits(void **state)
{
	(void)state;
	model.fifo_left = 5;
	assert_int_equal(pl011_send(&uart, "abcdefgh", 8), 5);
	assert_memory_equal(model.sent, "abcde", 5);
	model.fr_reads = 0;
	assert_int_equal(pl011_send(&uart, "fgh", 3), 0);
	assert_int_equal(model.fr_reads, 1); /* no waiting */
	model.tx_full = false;
	assert_int_equal(pl011_send(&uart, "fgh", 3), 3);
	assert_memory_equal(model.sent, "abcdefgh", 8);
	assert_int_equal(pl011_send(&uart, "", 0), 0);
}

static void tx_interrupts(void **state)
{
	const uint32_t rx = PL011_INT_RX | PL011_INT_RT;

	(void)state;
	pl011_tx_irq(&uart, true);
	assert_int_equal(model.imsc, rx | PL011_INT_TX);
	pl011_tx_irq(&uart, false);
	assert_int_equal(model.imsc, rx);
	assert_int_equal(model.icr, 0); /* a cause that has come is kept */
	model.mis = rx;
	assert_false(pl011_tx_irq_pending(&uart));
	model.mis = PL011_INT_TX;
	assert_true(pl011_tx_irq_pending(&uart));
}

static void getc_takes_bytes_and_drops_breaks(void **state)
{
	(void)state;
	model.rx[0] = 'x';
	model.rx[1] = PL011_DR_BE;
	model.rx[2] = 'y' | BIT(8); /* framing error: the byte is shown */
	model.rx[3] = 0xff;
	model.rx_count = 4;
	assert_int_equal(pl011_getc(&uart), 'x');
	assert_int_equal(pl011_getc(&uart), 'y');
	assert_int_equal(pl011_getc(&uart), 0xff);
	assert_int_equal(pl011_getc(&uart), -1);
}

static void getc_ends_on_a_line_held_low(void **state)
{
	(void)state;
	model.rx_break_for_ever = true;
	assert_int_equal(pl011_getc(&uart), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(init_of_an_untouched_uart, setup),
		cmocka_unit_test_setup(init_keeps_what_firmware_set, setup),
		cmocka_unit_test_setup(init_turns_the_fifo_on_when_idle, setup),
		cmocka_unit_test_setup(rx_interrupts, setup),
		cmocka_unit_test_setup(rx_of_a_long_burst, setup),
		cmocka_unit_test_setup(putc_waits_for_room, setup),
		cmocka_unit_test_setup(putc_gives_up_and_recovers, setup),
		cmocka_unit_test_setup(send_takes_what_fits, setup),
		cmocka_unit_test_setup(tx_interrupts, setup),
		cmocka_unit_test_setup(getc_takes_bytes_and_drops_breaks,
				       setup),
		cmocka_unit_test_setup(getc_ends_on_a_line_held_low, setup),
	};

	return cmocka_run_group_tests_name("pl011", tests, NULL, NULL);
}
