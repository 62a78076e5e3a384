/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of a 16550, as National's PC16550D data sheet has them.
 * Synopsys' kind of it, the DesignWare APB UART, has a few more, and one trap
 * of its own: while it is busy it takes no write of LCR, and interrupts
 * instead.
 *
 * What can be tested without one. Nothing here waits without bound or knows
 * interrupts and trees.
 */
#ifndef NS16550_REGS_H
#define NS16550_REGS_H

#include <lib/types.h>
#include <lib/util.h>

/* clang-format off */
#define NS16550_RBR	0	/* read */
#define NS16550_THR	0	/* write */
#define NS16550_DLL	0	/* with DLAB, as DLM */
#define NS16550_IER	1
#define   NS16550_IER_RX	BIT(0)
#define   NS16550_IER_TX	BIT(1)
#define NS16550_DLM	1
#define NS16550_IIR	2	/* read */
#define   NS16550_IIR_ID(iir)	((iir) & 0xf)
#define   NS16550_ID_NONE	0x1	/* bit 0: nothing */
#define   NS16550_ID_TX		0x2	/* reading IIR ends it */
#define   NS16550_ID_RX		0x4
#define   NS16550_ID_BUSY	0x7	/* Synopsys: LCR was not written */
#define   NS16550_ID_TIMEOUT	0xc	/* bytes below the level, waiting */
#define   NS16550_IIR_FIFOS	0xc0
#define NS16550_FCR	2	/* write */
#define   NS16550_FCR_ON	BIT(0)	/* level of receiving: 1 byte */
#define NS16550_LCR	3
#define   NS16550_LCR_WLEN8	(BIT(0) | BIT(1))
#define   NS16550_LCR_DLAB	BIT(7)
#define NS16550_MCR	4
#define   NS16550_MCR_READY	(BIT(0) | BIT(1)) /* DTR, RTS */
#define   NS16550_MCR_OUT2	BIT(3)	/* lets the interrupt out on PCs */
#define   NS16550_MCR_LOOP	BIT(4)
#define NS16550_LSR	5
#define   NS16550_LSR_DR	BIT(0)
#define   NS16550_LSR_BI	BIT(4)	/* a break, not a byte; ends when read */
#define   NS16550_LSR_THRE	BIT(5)	/* the FIFO to send is empty */
#define   NS16550_LSR_TEMT	BIT(6)	/* and the last byte is out */
#define NS16550_USR	31	/* Synopsys: reading it ends ID_BUSY */

#define NS16550_FIFO_BYTES	16
/* clang-format on */

/**
 * struct ns16550 - one UART
 * @regs:       its registers
 * @shift:      a register every 1 << @shift bytes
 * @width:      of an access: 1, 2 or 4 bytes
 * @is_dw:      Synopsys' kind
 * @fifo_bytes: of the FIFO to send; 0 before ns16550_init(): not known
 * @divisor:    of the clock, for one that nobody set up; 0: not known
 * @stuck:      the last byte did not get out in time; written under the
 *              console's lock
 * @saw_break:  atomic; a sender read it off LSR, where it shows only once
 */
struct ns16550 {
	volatile uint8_t *regs;
	unsigned int shift;
	unsigned int width;
	bool is_dw;
	unsigned int fifo_bytes;
	unsigned int divisor;
	bool stuck;
	bool saw_break;
};

enum ns16550_cause {
	NS16550_CAUSE_NONE,
	NS16550_CAUSE_RX,
	NS16550_CAUSE_TX,
	NS16550_CAUSE_OTHER, /* it is ended */
};

/**
 * ns16550_init() - sending and receiving, at the rate that firmware set
 *
 * One that nobody set up gets 8 bits, no parity, and @divisor if that is
 * known. Interrupts stay off.
 */
void ns16550_init(struct ns16550 *uart);

/** ns16550_rx_irq_enable() - drop what came so far, interrupt for what comes */
void ns16550_rx_irq_enable(struct ns16550 *uart);

/**
 * ns16550_cause() - why it interrupts
 *
 * Asking ends CAUSE_TX: it is told once.
 */
enum ns16550_cause ns16550_cause(struct ns16550 *uart);

/**
 * ns16550_putc() - send one byte, waiting for room
 *
 * A UART that makes no room is waited for once; while it stays so, bytes are
 * dropped at once.
 */
void ns16550_putc(struct ns16550 *uart, uint8_t c);

/**
 * ns16550_send() - send what the FIFO has room for, without waiting
 *
 * Return: bytes taken.
 */
size_t ns16550_send(struct ns16550 *uart, const char *text, size_t len);

/**
 * ns16550_tx_irq() - interrupt when the FIFO is empty, also when it is so
 * now; or not any more. Keeps the receive interrupt on
 */
void ns16550_tx_irq(struct ns16550 *uart, bool on);

/** ns16550_getc() - a received byte. Return: 0..255; -1: none */
int ns16550_getc(struct ns16550 *uart);

/**
 * ns16550_rx() - hand received bytes to @take, @max at the most
 *
 * What remains keeps the interrupt pending.
 */
void ns16550_rx(struct ns16550 *uart, void (*take)(char c), unsigned int max);

#endif
