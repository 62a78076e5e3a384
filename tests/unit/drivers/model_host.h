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

/** host_model_new() - as cold; @is_raised: its interrupt, by what is seen */
void host_model_new(volatile uint8_t *at, bool (*is_raised)(void));

/** host_inject() - a fault, until the driver clears it */
void host_inject(uint32_t raw, uint32_t dma);

/** host_is_honest() - what is seen is the device's own word */
bool host_is_honest(void);

/** host_is_faulty() - data ends by a fault, not by the device
 * @timeout, @over: what tells of these */
bool host_is_faulty(uint32_t timeout, uint32_t over);

/** host_delay() - what has happened comes in the next steps, if it is delayed
 * @of_command: bits of @now.raw that come first */
void host_delay(struct host_events now, uint32_t of_command);
/** host_delay_end() - what was to come does not */
void host_delay_end(void);

#endif
