/* SPDX-License-Identifier: Apache-2.0 */
#include "pl011_regs.h"

#include <asm/io.h>

/* A byte's time is 1 ms at 9600 bit/s; a read of FR takes 50 ns and more. */
#define WAIT_SPINS_MAX 1000000

/* More than any FIFO of the family holds. */
#define FIFO_DRAIN_MAX 256

/* Errors other than breaks come with a byte, perhaps wrong: shown. */
#define BREAKS_MAX 64

static uint32_t rd(const struct pl011 *uart, uint32_t off)
{
	return io_read32(uart->regs + off);
}

static void wr(struct pl011 *uart, uint32_t off, uint64_t value)
{
	io_write32(uart->regs + off, (uint32_t)value);
}

static bool wait_flag_clear(const struct pl011 *uart, uint64_t flag)
{
	for (unsigned int i = 0; i < WAIT_SPINS_MAX; i++)
		if (!(rd(uart, PL011_FR) & flag))
			return true;
	return false;
}

void pl011_init(struct pl011 *uart)
{
	uint64_t cr = rd(uart, PL011_CR);
	uint64_t lcrh = rd(uart, PL011_LCRH);
	uint64_t on = PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE;

	wr(uart, PL011_IMSC, 0);
	wr(uart, PL011_ICR, PL011_INT_ALL);
	if (!(cr & PL011_CR_UARTEN))
		lcrh = PL011_LCRH_WLEN8;
	if (!(lcrh & PL011_LCRH_FEN)) {
		/* 3.3.7: LCRH may change only while the UART is off, and off
		 * only when the last byte is out */
		(void)wait_flag_clear(uart, PL011_FR_BUSY);
		wr(uart, PL011_CR, cr & ~PL011_CR_UARTEN);
		wr(uart, PL011_LCRH, lcrh | PL011_LCRH_FEN);
	}
	wr(uart, PL011_CR, cr | on);
}

void pl011_rx_irq_enable(struct pl011 *uart)
{
	/* bytes that came before would keep the level from being crossed */
	for (unsigned int i = 0; i < FIFO_DRAIN_MAX; i++)
		if (pl011_getc(uart) < 0)
			break;
	wr(uart, PL011_IFLS, rd(uart, PL011_IFLS) & ~PL011_IFLS_RX);
	pl011_tx_irq(uart, false);
}

/*
 * Two values only, so no read and no lock. The cause (2.8.3) is latched when
 * the FIFO falls to its level, and cleared by filling it above: one that was
 * full before this interrupts for sure, also when it has drained meanwhile.
 */
void pl011_tx_irq(struct pl011 *uart, bool on)
{
	wr(uart, PL011_IMSC,
	   PL011_INT_RX | PL011_INT_RT | (on ? PL011_INT_TX : 0));
}

bool pl011_tx_irq_pending(const struct pl011 *uart)
{
	return rd(uart, PL011_MIS) & PL011_INT_TX;
}

size_t pl011_send(struct pl011 *uart, const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && !(rd(uart, PL011_FR) & PL011_FR_TXFF))
		wr(uart, PL011_DR, (uint8_t)text[n++]);
	return n;
}

void pl011_putc(struct pl011 *uart, uint8_t c)
{
	if (uart->stuck && (rd(uart, PL011_FR) & PL011_FR_TXFF))
		return;
	uart->stuck = !wait_flag_clear(uart, PL011_FR_TXFF);
	if (!uart->stuck)
		wr(uart, PL011_DR, c);
}

int pl011_getc(struct pl011 *uart)
{
	uint32_t data;

	/* a line held low is one break after another */
	for (unsigned int i = 0; i < BREAKS_MAX; i++) {
		if (rd(uart, PL011_FR) & PL011_FR_RXFE)
			return -1;
		data = rd(uart, PL011_DR);
		if (!(data & PL011_DR_BE))
			return data & 0xff;
	}
	return -1;
}

/*
 * Nothing is written to ICR: reading clears the cause (2.8.2, 2.8.4), and a
 * cause that was cleared while bytes remain would not come back by itself.
 */
void pl011_rx(struct pl011 *uart, void (*take)(char c), unsigned int max)
{
	for (unsigned int i = 0; i < max; i++) {
		int c = pl011_getc(uart);

		if (c < 0)
			return;
		take((char)c);
	}
}
