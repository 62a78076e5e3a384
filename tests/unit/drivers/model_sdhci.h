/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host controller of the SD Host Controller Simplified Specification 3.00 as
 * the CPU sees it, above the model of a card. Offsets are the specification's,
 * not the driver's macros.
 */
#ifndef TESTS_MODEL_SDHCI_H
#define TESTS_MODEL_SDHCI_H

#include <lib/types.h>

#include "model_card.h"

/**
 * struct sdhci_model
 * @at:       where its registers are
 * @other:    a register that the specification does not have, is read
 * @starts:   before each command, of this index; may be NULL
 * @boundary: no descriptor may lie across a multiple of it; 0: it may
 */
struct sdhci_model {
	volatile uint8_t *at;
	uint32_t (*other)(size_t offset);
	void (*other_write)(size_t offset, uint32_t value);
	void (*starts)(uint8_t index);
	uint32_t boundary;
	uint32_t caps, arg, status, enable, signal, adma;
	uint32_t response[4];
	uint16_t block_size, block_count, mode, clock, version;
	uint8_t control, power;
	bool present, writable;
	unsigned int silenced, quits, resets;
	/* faults */
	bool silent, never_resets, never_stable, crc_errors;
	unsigned int longest_desc;
};

extern struct sdhci_model sdhci_model;

/** sdhci_model_new() - after power-on, with a card of this kind in it */
void sdhci_model_new(volatile uint8_t *at, enum card_kind kind);

/** sdhci_model_divider() - of its clock, by CLOCK; 0: none */
uint32_t sdhci_model_divider(void);

uint64_t sdhci_model_read(size_t offset, unsigned int width);
void sdhci_model_write(size_t offset, unsigned int width, uint64_t value);

#endif
