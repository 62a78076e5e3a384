/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a PL011, Arm DDI 0183G: what can be tested without one.
 * Nothing here waits without bound or knows interrupts and trees.
 */
#ifndef PL011_REGS_H
#define PL011_REGS_H

#include <lib/types.h>
#include <lib/util.h>

/* clang-format off */
#define PL011_DR	0x000
#define   PL011_DR_BE	BIT(10)		/* a break, not a byte */
#define PL011_FR	0x018
#define   PL011_FR_BUSY	BIT(3)
#define   PL011_FR_RXFE	BIT(4)
#define   PL011_FR_TXFF	BIT(5)
#define PL011_IBRD	0x024
#define PL011_FBRD	0x028
#define PL011_LCRH	0x02c
#define   PL011_LCRH_FEN	BIT(4)
#define   PL011_LCRH_WLEN8	(BIT(5) | BIT(6))
#define PL011_CR	0x030
#define   PL011_CR_UARTEN	BIT(0)
#define   PL011_CR_TXE	BIT(8)
#define   PL011_CR_RXE	BIT(9)
#define PL011_IFLS	0x034
#define   PL011_IFLS_RX	GENMASK(5, 3)	/* 0: at an eighth */
#define PL011_IMSC	0x038
#define PL011_MIS	0x040
#define PL011_ICR	0x044
#define   PL011_INT_RX	BIT(4)
#define   PL011_INT_TX	BIT(5)
#define   PL011_INT_RT	BIT(6)		/* bytes below the level, waiting */
#define   PL011_INT_ALL	GENMASK(10, 0)
/* clang-format on */

/**
 * struct pl011 - one UART
 * @regs:  its registers
 * @stuck: the last byte did not get out in time; written under the console's
 *         lock
 */
struct pl011 {
	volatile uint8_t *regs;
	bool stuck;
};

/**
 * pl011_init() - sending and receiving, at the rate that firmware set
 *
 * One that nobody set up gets 8 bits, no parity, and its divisors as they
 * are. Interrupts stay off.
 */
void pl011_init(struct pl011 *uart);

/** pl011_rx_irq_enable() - drop what came so far, interrupt for what comes */
void pl011_rx_irq_enable(struct pl011 *uart);

/**
 * pl011_putc() - send one byte, waiting for room
 *
 * A UART that makes no room is waited for once; while it stays so, bytes are
 * dropped at once.
 */
void pl011_putc(struct pl011 *uart, uint8_t c);

/**
 * pl011_send() - send what the FIFO has room for, without waiting
 *
 * Return: bytes taken.
 */
size_t pl011_send(struct pl011 *uart, const char *text, size_t len);

/**
 * pl011_tx_irq() - interrupt when a FIFO that was full has drained to its
 * level, or not any more; keeps the receive interrupts on
 */
void pl011_tx_irq(struct pl011 *uart, bool on);
/** pl011_tx_irq_pending() - is that why it interrupts? */
bool pl011_tx_irq_pending(const struct pl011 *uart);

/** pl011_getc() - a received byte. Return: 0..255; -1: none */
int pl011_getc(struct pl011 *uart);

/**
 * pl011_rx() - hand received bytes to @take, @max at the most
 *
 * What remains keeps the interrupt pending.
 */
void pl011_rx(struct pl011 *uart, void (*take)(char c), unsigned int max);

#endif
