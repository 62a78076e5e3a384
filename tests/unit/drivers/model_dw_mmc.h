/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A DesignWare Mobile Storage Host as the CPU sees it. Sources: Synopsys
 * "DesignWare Cores Mobile Storage Host Databook" 2.70a, chapters 6
 * "Registers", 7 "Programming the DWC_mobile_storage", 8 "Internal DMA
 * Controller"; Rockchip RK3568 TRM part 2 and RK3588 TRM part 2, chapters
 * "Mobile Storage Host Controller", "Register Description" and "Application
 * Notes". Numbers are theirs, not the driver's macros.
 */
#ifndef TESTS_MODEL_DW_MMC_H
#define TESTS_MODEL_DW_MMC_H

#include <lib/types.h>

/**
 * struct dw_model - @regs: by offset / 4
 * @base_hz: what it divides, half of "ciu"
 * @divider, @enabled: of the card's clock, as handed over last
 * @behind:    the descriptor after the last
 * @open:      data without an end: CMD12 is due
 * @live:      DMA that nothing has ended: it may write to memory
 * @later:     bits of RINTSTS and IDSTS that come with the next steps
 * @in_soc:    what is not its own is model_soc.c's
 * @line:      the handler of its interrupt
 */
struct dw_model {
	uint32_t regs[64];
	volatile uint8_t *at;
	uint32_t base_hz, divider, behind;
	bool enabled, open, live, present, protected;
	unsigned int later_count, irqs, resets, descs, power_offs;
	struct {
		uint32_t rintsts, idsts;
	} later[2];
	bool delayed, in_soc;
	void (*line)(void);
	/* faults */
	bool silent, never_resets, never_dma_resets, never_takes, never_data;
	bool never_dma, locked, stuck_busy, taken_in_data;
	unsigned int busy_reads, busy_left;
	/* instead of a good end, in commands with data or at all */
	uint32_t data_fault, dma_fault, command_fault;
};

extern struct dw_model dw_model;

/** dw_model_new() - after power-on; its registers are at @at */
void dw_model_new(volatile uint8_t *at);

/** dw_model_hz() - the card's clock */
uint32_t dw_model_hz(void);

#endif
