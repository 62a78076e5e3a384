/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Emulated controllers of DesignWare's kind (virt/dev/dw_mshc_core.c) under the
 * host's drivers. Sections are those of the databook that is named there;
 * numbers are its, not the drivers' macros.
 */
#ifndef TESTS_MODEL_DW_H
#define TESTS_MODEL_DW_H

#include <lib/types.h>

#include "model_host.h"

struct dw_mshc;
struct vdev_ops;

/**
 * struct dw_model_kind - which of them it is
 * @dma_status: where that register is
 * @keeps_reset: of its side's reset nobody says that it clears: it stays
 * @desc_read: the one at @at. Return: the next one
 * @hz:        the card's clock
 * @command_check, @clock_check: what the driver does is right, before each
 * @read:      what a register of its own shows in place of @value
 * @write:     one may be written to now; false: nobody does it
 */
struct dw_model_kind {
	const struct vdev_ops *ops;
	uint32_t dma_status;
	bool keeps_reset;
	uint64_t (*desc_read)(uint64_t at, uint32_t *control, uint32_t *bytes);
	uint32_t (*hz)(void);
	void (*command_check)(uint32_t value);
	void (*clock_check)(void);
	uint32_t (*read)(size_t offset, uint32_t value);
	bool (*write)(size_t offset, uint32_t value);
};

extern struct dw_mshc dw_model_state;

/** dw_model_power_on() - with card_new()'s; its registers are at @at */
void dw_model_power_on(volatile uint8_t *at, const struct dw_model_kind *kind);

/** dw_model_reg() - what is in a register */
uint32_t dw_model_reg(size_t offset);

/** dw_model_hz() - the card's clock */
uint32_t dw_model_hz(void);

/** dw_model_divider() - that it has taken over */
uint32_t dw_model_divider(void);

/** dw_model_is_quiet() - it lets no interrupt through */
bool dw_model_is_quiet(void);

/** dw_model_open() - data without an end: CMD12 is due */
bool dw_model_open(void);

/** dw_model_new(), mci_model_new() - Rockchip's, Phytium's */
void dw_model_new(volatile uint8_t *at);
void mci_model_new(volatile uint8_t *at);

/* Rockchip's HCON */
extern uint32_t dw_model_hcon;

#endif
