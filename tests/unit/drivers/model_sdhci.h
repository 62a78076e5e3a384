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
#include "model_host.h"

/**
 * struct sdhci_model - beside struct host_model
 * @caps, @version: what it says of itself
 * @starts:   before each command, of this index; may be NULL
 * @boundary: no descriptor may lie across a multiple of it; 0: it may
 */
struct sdhci_model {
	void (*starts)(uint8_t index);
	uint32_t boundary, caps;
	uint16_t version;
	unsigned int silenced, quits;
	unsigned int longest_desc;
};

extern struct sdhci_model sdhci_model;

/** sdhci_model_new() - after power-on, with card_new()'s */
void sdhci_model_new(volatile uint8_t *at);

/** sdhci_model_open() - data without an end */
bool sdhci_model_open(void);

/** sdhci_model_reg() - what is in a register, as @width bytes */
uint32_t sdhci_model_reg(size_t offset, unsigned int width);
/** sdhci_model_set() - as firmware left it */
void sdhci_model_set(size_t offset, unsigned int width, uint32_t value);

/** sdhci_model_divider() - of its clock, by CLOCK; 0: none */
uint32_t sdhci_model_divider(void);

uint64_t sdhci_model_read(size_t offset, unsigned int width);
void sdhci_model_write(size_t offset, unsigned int width, uint64_t value);

#endif
