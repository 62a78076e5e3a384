/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SD Host Controller Simplified Specification 3.00: the registers' logic. How a
 * controller is reached and clocked is its binding's.
 */
#ifndef DRIVERS_MMC_SDHCI_H
#define DRIVERS_MMC_SDHCI_H

#include "mmc.h"

/* 2.1.1 Register Map */
#define SDHCI_BLOCK_SIZE 0x04u
#define SDHCI_BLOCK_COUNT 0x06u
#define SDHCI_ARGUMENT 0x08u
#define SDHCI_TRANSFER_MODE 0x0cu
#define SDHCI_COMMAND 0x0eu
#define SDHCI_RESPONSE 0x10u
#define SDHCI_PRESENT 0x24u
#define SDHCI_HOST_CONTROL 0x28u
#define SDHCI_POWER 0x29u
#define SDHCI_CLOCK 0x2cu
#define SDHCI_TIMEOUT 0x2eu
#define SDHCI_RESET 0x2fu
#define SDHCI_INT_STATUS 0x30u
#define SDHCI_INT_ENABLE 0x34u
#define SDHCI_INT_SIGNAL 0x38u
#define SDHCI_CAPABILITIES 0x40u
#define SDHCI_ADMA_ADDRESS 0x58u
#define SDHCI_VERSION 0xfeu

/* 2.2.5, 2.2.6 Transfer Mode, Command */
#define TRANSFER_DMA 0x01u
#define TRANSFER_COUNT 0x02u
#define TRANSFER_AUTO_CMD12 0x04u
#define TRANSFER_READ 0x10u
#define TRANSFER_MANY 0x20u
#define COMMAND_136 0x01u
#define COMMAND_48 0x02u
#define COMMAND_48_BUSY 0x03u
#define COMMAND_CRC 0x08u
#define COMMAND_INDEX 0x10u
#define COMMAND_DATA 0x20u

/* 2.2.9 Present State */
#define PRESENT_COMMAND 0x1u
#define PRESENT_DATA 0x2u
#define PRESENT_CARD 0x10000u
#define PRESENT_STABLE 0x20000u
#define PRESENT_WRITABLE 0x80000u

/* 2.2.10 Host Control 1 */
#define CONTROL_4_LINES 0x02u
#define CONTROL_HIGH_SPEED 0x04u
#define CONTROL_ADMA32 0x10u
#define CONTROL_8_LINES 0x20u

/* 2.2.14 Clock Control */
#define CLOCK_INTERNAL 0x1u
#define CLOCK_STABLE 0x2u
#define CLOCK_CARD 0x4u

/* 2.2.16 Software Reset */
#define RESET_ALL 0x1u
#define RESET_COMMAND 0x2u
#define RESET_DATA 0x4u

/* 2.2.17, 2.2.18: both in one word */
#define INT_COMMAND 0x1u
#define INT_TRANSFER 0x2u
#define INT_ERROR 0x8000u
#define INT_ERRORS 0xffff8000u
#define INT_COMMAND_TIMEOUT 0x10000u
#define INT_ENABLED (INT_COMMAND | INT_TRANSFER | 0x03ff0000u)

/* 2.2.24 Capabilities */
#define CAPS_BASE_MHZ_V3(caps) ((caps) >> 8 & 0xffu)
#define CAPS_BASE_MHZ(caps) ((caps) >> 8 & 0x3fu)
#define CAPS_8_LINES 0x40000u
#define CAPS_ADMA2 0x80000u
#define CAPS_HIGH_SPEED 0x200000u
#define CAPS_3V3 0x1000000u
#define CAPS_3V0 0x2000000u

/* 1.13: descriptors of 32-bit ADMA2 */
struct sdhci_adma {
	uint16_t attr;
	uint16_t length;
	uint32_t address;
};
#define ADMA_VALID 0x01u
#define ADMA_END 0x02u
#define ADMA_TRANSFER 0x20u
/* a length of 0 means 64 KiB: half of that is clear */
#define ADMA_PIECE 32768u
#define SDHCI_TRANSFER_BYTES (512u << 10)
_Static_assert(sizeof(struct sdhci_adma) == 8, "1.13.3");

/**
 * struct sdhci - a controller
 * @base_hz:   its clock; 0: as it says itself
 * @boundary:  no piece of data lies across a multiple of it; 0: it may
 * @caps:      its capabilities
 * @busy:      an interrupt would be its own; atomic
 */
struct sdhci {
	struct mmc_host mmc;
	volatile uint8_t *regs;
	uint32_t base_hz;
	uint32_t boundary;
	uint32_t caps;
	uint16_t version;
	uint8_t control;
	bool busy;
};

/** sdhci_init() - read what it can, prepare host->mmc. Return: 0; -EIO, logged;
 * its first fields, and mmc's up to dma, are filled in */
int __must_check sdhci_init(struct sdhci *sdhci);

/** sdhci_irq() - from the interrupt handler: was it the controller's? */
bool sdhci_irq(struct sdhci *sdhci);

/* For struct mmc_host_ops, all but silence and quit. */
int sdhci_reset(struct mmc_host *mmc);
void sdhci_set_clock(struct mmc_host *mmc, uint32_t hz, bool high_speed);
void sdhci_set_width(struct mmc_host *mmc, unsigned int lines);
int sdhci_command(struct mmc_host *mmc, struct mmc_command *command);
int sdhci_abort(struct mmc_host *mmc);
bool sdhci_has_card(struct mmc_host *mmc);
bool sdhci_is_protected(struct mmc_host *mmc);

#endif
