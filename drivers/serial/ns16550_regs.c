/* SPDX-License-Identifier: Apache-2.0 */
#include "ns16550_regs.h"

#include <asm/io.h>

/* 16 bytes' time is 17 ms at 9600 bit/s; a read of LSR takes 50 ns and more. */
#define WAIT_SPINS_MAX 1000000

/* More than any FIFO of the family holds. */
#define FIFO_DRAIN_MAX 512

/* Errors other than breaks come with a byte, perhaps wrong: shown. */
#define BREAKS_MAX 64

/* A line on which bytes come in keeps Synopsys' from taking LCR. */
#define LCR_TRIES_MAX 1000

static uint8_t rd(const struct ns16550 *uart, unsigned int reg)
{
	volatile uint8_t *addr = uart->regs + ((size_t)reg << uart->shift);

	switch (uart->width) {
	case 4:
		return (uint8_t)io_read32(addr);
	case 2:
		return (uint8_t)io_read16(addr);
	default:
		return io_read8(addr);
	}
}

static void wr(struct ns16550 *uart, unsigned int reg, uint64_t value)
{
	volatile uint8_t *addr = uart->regs + ((size_t)reg << uart->shift);

	switch (uart->width) {
	case 4:
		io_write32(addr, (uint8_t)value);
		break;
	case 2:
		io_write16(addr, (uint8_t)value);
		break;
	default:
		io_write8(addr, (uint8_t)value);
	}
}

/* A break's flag is gone with this read: kept for who takes the byte. */
static uint8_t rd_lsr(struct ns16550 *uart)
{
	uint8_t lsr = rd(uart, NS16550_LSR);

	if (lsr & NS16550_LSR_BI)
		__atomic_store_n(&uart->saw_break, true, __ATOMIC_RELAXED);
	return lsr;
}

static bool wait_flag(struct ns16550 *uart, uint64_t flag)
{
	for (unsigned int i = 0; i < WAIT_SPINS_MAX; i++)
		if (rd_lsr(uart) & flag)
			return true;
	return false;
}

static void rx_drain(struct ns16550 *uart)
{
	for (unsigned int i = 0; i < FIFO_DRAIN_MAX; i++)
		if (ns16550_getc(uart) < 0)
			break;
}

/* Synopsys': a byte that waits to be read makes it busy as well. */
static void lcr_write(struct ns16550 *uart, uint8_t value)
{
	for (unsigned int i = 0; i < LCR_TRIES_MAX; i++) {
		wr(uart, NS16550_LCR, value);
		if (rd(uart, NS16550_LCR) == value)
			return;
		rx_drain(uart);
		if (uart->is_dw)
			(void)rd(uart, NS16550_USR);
	}
}

/* Left with DLAB set, or never set up: 5 bits is what a reset gives. */
static void line_init(struct ns16550 *uart)
{
	uint8_t lcr = rd(uart, NS16550_LCR);

	if (lcr && !(lcr & NS16550_LCR_DLAB))
		return;
	/* what is on its way goes out as it began */
	(void)wait_flag(uart, NS16550_LSR_TEMT);
	if (!lcr && uart->divisor) {
		lcr_write(uart, NS16550_LCR_DLAB | NS16550_LCR_WLEN8);
		/* never the receiver's and IER instead */
		if (rd(uart, NS16550_LCR) & NS16550_LCR_DLAB) {
			wr(uart, NS16550_DLL, uart->divisor & 0xff);
			wr(uart, NS16550_DLM, uart->divisor >> 8);
		}
	}
	lcr &= (uint8_t)~NS16550_LCR_DLAB;
	lcr_write(uart, lcr ? lcr : NS16550_LCR_WLEN8);
}

void ns16550_init(struct ns16550 *uart)
{
	uint64_t mcr;

	line_init(uart);
	wr(uart, NS16550_IER, 0);
	mcr = rd(uart, NS16550_MCR) & ~NS16550_MCR_LOOP;
	wr(uart, NS16550_MCR, mcr | NS16550_MCR_READY | NS16550_MCR_OUT2);
	/* switching FIFOs on empties them: what is there goes out first */
	if ((rd(uart, NS16550_IIR) & NS16550_IIR_FIFOS) != NS16550_IIR_FIFOS)
		(void)wait_flag(uart, NS16550_LSR_TEMT);
	wr(uart, NS16550_FCR, NS16550_FCR_ON);
	/* a 16450, or a 16550 whose FIFOs do not work, takes one byte */
	if ((rd(uart, NS16550_IIR) & NS16550_IIR_FIFOS) != NS16550_IIR_FIFOS)
		uart->fifo_bytes = 1;
	else if (!uart->fifo_bytes)
		uart->fifo_bytes = NS16550_FIFO_BYTES;
}

void ns16550_rx_irq_enable(struct ns16550 *uart)
{
	rx_drain(uart);
	ns16550_tx_irq(uart, false);
}

/*
 * Two values only, so no read and no lock. Setting the bit while the FIFO is
 * empty interrupts at once: a FIFO that drained before this is not missed.
 */
void ns16550_tx_irq(struct ns16550 *uart, bool on)
{
	wr(uart, NS16550_IER, NS16550_IER_RX | (on ? NS16550_IER_TX : 0));
}

enum ns16550_cause ns16550_cause(struct ns16550 *uart)
{
	uint8_t iir = rd(uart, NS16550_IIR);

	switch (NS16550_IIR_ID(iir)) {
	case NS16550_ID_TX:
		return NS16550_CAUSE_TX;
	case NS16550_ID_RX:
		return NS16550_CAUSE_RX;
	case NS16550_ID_TIMEOUT:
		if (rd_lsr(uart) & NS16550_LSR_DR)
			return NS16550_CAUSE_RX;
		/* Synopsys' may stay in it with nothing to read, until read */
		(void)rd(uart, NS16550_RBR);
		return NS16550_CAUSE_OTHER;
	case NS16550_ID_BUSY:
		if (!uart->is_dw)
			return NS16550_CAUSE_NONE;
		(void)rd(uart, NS16550_USR);
		return NS16550_CAUSE_OTHER;
	default:
		return NS16550_CAUSE_NONE;
	}
}

/* There is no flag for "not full": what is empty has room for a FIFO. */
size_t ns16550_send(struct ns16550 *uart, const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && (rd_lsr(uart) & NS16550_LSR_THRE)) {
		size_t end = MIN(len, n + uart->fifo_bytes);

		while (n < end)
			wr(uart, NS16550_THR, (uint8_t)text[n++]);
	}
	return n;
}

void ns16550_putc(struct ns16550 *uart, uint8_t c)
{
	if (uart->stuck && !(rd_lsr(uart) & NS16550_LSR_THRE))
		return;
	uart->stuck = !wait_flag(uart, NS16550_LSR_THRE);
	if (!uart->stuck)
		wr(uart, NS16550_THR, c);
}

int ns16550_getc(struct ns16550 *uart)
{
	bool is_break;
	uint8_t c;

	/* a line held low is one break after another */
	for (unsigned int i = 0; i < BREAKS_MAX; i++) {
		if (!(rd_lsr(uart) & NS16550_LSR_DR))
			return -1;
		c = rd(uart, NS16550_RBR);
		is_break = __atomic_exchange_n(&uart->saw_break, false,
					       __ATOMIC_RELAXED);
		/* a break comes as 0 */
		if (c || !is_break)
			return c;
	}
	return -1;
}

void ns16550_rx(struct ns16550 *uart, void (*take)(char c), unsigned int max)
{
	for (unsigned int i = 0; i < max; i++) {
		int c = ns16550_getc(uart);

		if (c < 0)
			return;
		take((char)c);
	}
}
