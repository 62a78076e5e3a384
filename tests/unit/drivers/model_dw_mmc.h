/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emulated DesignWare Mobile Storage Host (virt/dev/dw_mshc.c) under the
 * host's drivers: what a test sees of it, and what it makes go wrong. Sections
 * are those of the databook that is named there; numbers are its, not the
 * driver's macros.
 */
#ifndef TESTS_MODEL_DW_MMC_H
#define TESTS_MODEL_DW_MMC_H

#include <lib/types.h>

/**
 * struct dw_model
 * @base_hz:   what it divides, half of "ciu"
 * @hcon:      what it says of itself; @absent: nobody answers, all is ones
 * @behind:    the descriptor after the last
 * @live:      DMA that nothing has ended: it may write to memory
 * @in_soc:    what is not its own is model_soc.c's
 * @delayed:   events come with the next steps: of a command, then of its data
 * @line:      the handler of its interrupt
 * @hidden:    bits of RINTSTS, IDSTS that are still to come; @later: in which
 *             step
 * @injected:  bits of them that are faults
 */
struct dw_model {
	volatile uint8_t *at;
	uint32_t base_hz, hcon, behind;
	bool absent, live, present, protected, delayed;
	unsigned int later_count, irqs, resets, descs, power_offs;
	struct {
		uint32_t rintsts, idsts;
	} hidden, later[2], injected;
	uint32_t stuck_cmd, stuck_ctrl, stuck_bmod;
	bool in_soc;
	void (*line)(void);
	/* faults */
	bool silent, never_resets, never_dma_resets, never_takes, never_data;
	bool never_dma, locked, stuck_busy, taken_in_data;
	unsigned int busy_reads, busy_left;
	uint32_t data_extra; /* comes with a good end */
	/* instead of a good end, in commands with data or at all */
	uint32_t data_fault, dma_fault, command_fault;
};

extern struct dw_model dw_model;

/** dw_model_new() - after power-on, with card_new()'s; its registers are at @at */
void dw_model_new(volatile uint8_t *at);

/** dw_model_reg() - what is in a register */
uint32_t dw_model_reg(size_t offset);

/** dw_model_hz() - the card's clock */
uint32_t dw_model_hz(void);
/** dw_model_divider() - of that */
uint32_t dw_model_divider(void);

/** dw_model_open() - data without an end: CMD12 is due */
bool dw_model_open(void);

#endif
