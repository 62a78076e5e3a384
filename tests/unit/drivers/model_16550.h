/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A 16550 as its data sheet has it, or Synopsys' kind: the registers that
 * fake_io_read() and fake_io_write() reach, both lines, and the interrupt.
 */
#ifndef MODEL_16550_H
#define MODEL_16550_H

#include <lib/types.h>

#define MODEL_BYTES_MAX 8192
#define MODEL_BREAK 0x100 /* in @rx: no byte, a break */

/**
 * struct model_16550 - set up by a test, from zero
 * @shift, @width: how it is wired
 * @fifo_size:     0: it has no FIFOs
 * @ticks_a_byte:  accesses until a byte is out; 0: none ever gets out
 * @usr_reads:     of Synopsys' busy flag
 * @lost_tx:       bytes that were in it when they were cleared
 * @lcr_refused:   LCR was written while it was busy
 */
struct model_16550 {
	unsigned int shift, width;
	bool is_dw;
	unsigned int fifo_size;
	unsigned int ticks_a_byte;

	uint8_t ier, fcr, lcr, mcr, dll, dlm;
	bool thre_irq, busy_irq, timeout_irq;
	unsigned int tx_count, ticks, accesses;
	uint8_t tx[256];
	uint8_t sent[MODEL_BYTES_MAX];
	unsigned int sent_count;
	uint16_t rx[MODEL_BYTES_MAX];
	unsigned int rx_head, rx_count;
	bool rx_break_for_ever, break_told;
	unsigned int usr_reads, lost_tx, lcr_refused;
};

extern struct model_16550 model;
extern uint8_t model_window[0x1000];

/** model_reset() - as after power-up: 115200 on the wire, one byte a tick */
void model_reset(void);

/** model_line() - is the interrupt line up? */
bool model_line(void);

/** model_receive() - a byte, or MODEL_BREAK, comes in */
void model_receive(uint16_t c);

#endif
