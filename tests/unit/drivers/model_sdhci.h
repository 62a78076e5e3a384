/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emulated DWCMSHC, an SDHCI (virt/dev/dwcmshc.c, sdhci.c), under the
 * host's drivers: what a test sees of it, and what it makes go wrong. Numbers
 * are the specification's, not the driver's macros.
 */
#ifndef TESTS_MODEL_SDHCI_H
#define TESTS_MODEL_SDHCI_H

#include <lib/types.h>

#include "model_card.h"

/**
 * struct sdhci_model
 * @at:       where its registers are
 * @caps, @version: what it says of itself
 * @starts:   before each command, of this index; may be NULL
 * @boundary: no descriptor may lie across a multiple of it; 0: it may
 * @injected: bits of the interrupt status
 */
struct sdhci_model {
	volatile uint8_t *at;
	void (*starts)(uint8_t index);
	uint32_t boundary, caps, injected;
	uint16_t version;
	bool present, writable;
	unsigned int silenced, quits, resets;
	/* faults */
	bool silent, never_resets, never_stable, crc_errors;
	unsigned int longest_desc;
};

extern struct sdhci_model sdhci_model;

/** sdhci_model_new() - after power-on, with a card of this kind in it */
void sdhci_model_new(volatile uint8_t *at, enum fake_kind kind);

/** sdhci_model_reg() - what is in a register, as @width bytes */
uint32_t sdhci_model_reg(size_t offset, unsigned int width);
/** sdhci_model_set() - as firmware left it */
void sdhci_model_set(size_t offset, unsigned int width, uint32_t value);

/** sdhci_model_divider() - of its clock, by CLOCK; 0: none */
uint32_t sdhci_model_divider(void);

uint64_t sdhci_model_read(size_t offset, unsigned int width);
void sdhci_model_write(size_t offset, unsigned int width, uint64_t value);

#endif
