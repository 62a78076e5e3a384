/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated controller of cards under one of the host's drivers: what a test
 * sees of it, and what it makes go wrong, whichever controller it is.
 */
#ifndef TESTS_MODEL_HOST_H
#define TESTS_MODEL_HOST_H

#include <lib/types.h>

/**
 * struct host_model
 * @base_hz:   what it divides
 * @absent:    nobody answers, all is ones
 * @live:      DMA that nothing has ended: it may write to memory
 * @in_soc:    what is not its own is model_soc.c's
 * @delayed:   events come with the next steps: of a command, then of its data
 * @line:      the handler of its interrupt
 * @descs:     of the last chain; @behind: the one after the last
 * @irqs_over: interrupts that it was told of
 * @hidden:    bits of the two status registers, of commands and of DMA, that
 *             are still to come; @later: in which step
 * @injected:  bits of them that are faults
 */
struct host_model {
	volatile uint8_t *at;
	uint32_t base_hz;
	uint64_t behind;
	bool absent, live, present, protected, delayed, in_soc;
	unsigned int later_count, irqs, irqs_over, resets, descs, power_offs;
	struct host_events {
		uint32_t raw, dma;
	} hidden, later[2], injected;
	uint32_t stuck_cmd, stuck_ctrl, stuck_bmod;
	void (*line)(void);
	/* faults */
	bool silent, never_resets, never_dma_resets, never_takes, never_data;
	bool never_dma, locked, stuck_busy, taken_in_data, never_ready;
	bool never_empty;
	bool mute_dma; /* gives descriptors back, and tells nobody */
	unsigned int busy_reads, busy_left;
	unsigned int late_reads, late_left; /* ACMD41's answer */
	uint32_t data_extra;                /* comes with a good end */
	/* instead of a good end: in commands with data; at all */
	struct host_events data_fault;
	uint32_t command_fault;
};

extern struct host_model host_model;

#endif
