/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phytium's MCI with an emulated card in it: what a test sees of it, and what
 * it makes go wrong. Sources are those that drivers/mmc/phytium_mci.h names;
 * numbers stand here again, not as the driver's macros.
 */
#ifndef TESTS_MODEL_PHYTIUM_MCI_H
#define TESTS_MODEL_PHYTIUM_MCI_H

#include <lib/types.h>

/**
 * struct mci_model
 * @regs:      by offset / 4, for those that are just kept
 * @base_hz:   what comes in
 * @absent:    nobody answers, all is ones
 * @live:      DMA that nothing has ended: it may write to memory
 * @delayed:   events come with the next steps: of a command, then of its data
 * @line:      the handler of its interrupt
 * @clocked, @divider: what the half at the card has taken over
 * @index:     that the last answer was for
 * @raw, @dma: what the two status registers tell; @later: in which step more
 */
struct mci_model {
	volatile uint8_t *at;
	uint32_t regs[0x1000 / 4];
	uint32_t base_hz, divider, index, op_cond;
	bool absent, live, present, protected, delayed, clocked;
	unsigned int later_count, irqs, resets, descs, power_offs, irqs_over;
	uint32_t raw, dma;
	struct {
		uint32_t raw, dma;
	} later[2];
	uint32_t stuck_cmd, stuck_ctrl, stuck_mode;
	void (*line)(void);
	/* faults */
	bool silent, never_resets, never_dma_resets, never_takes, never_data;
	bool never_dma, locked, stuck_busy, taken_in_data, never_ready;
	bool never_empty;
	bool mute_dma; /* gives descriptors back, and tells nobody */
	unsigned int busy_reads, busy_left;
	unsigned int late_reads, late_left; /* ACMD41's answer */
	uint32_t data_extra;                /* comes with a good end */
	/* instead of a good end, in commands with data or at all */
	uint32_t data_fault, dma_fault, command_fault;
};

extern struct mci_model mci_model;

/** mci_model_new() - after power-on, with card_new()'s; its registers are at
 * @at */
void mci_model_new(volatile uint8_t *at);

/** mci_model_reg() - what was written to a register */
uint32_t mci_model_reg(size_t offset);

/** mci_model_hz() - the card's clock */
uint32_t mci_model_hz(void);

/** mci_model_open() - data without an end: CMD12 is due */
bool mci_model_open(void);

#endif
