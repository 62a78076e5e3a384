/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phytium's MCI, the controller of SD cards and eMMC in E2000 and its like: the
 * registers' logic. The manual is "Phytium E2000Q software programming manual",
 * section MCI, which nobody here had: what stands here was read in the vendor's
 * Linux driver, drivers/mmc/host/phytium-mci.c and .h (armbian's mirror
 * phytium-linux-kernel, 12703d9818f6), and in a driver after the vendor's
 * bare-metal FSdif (drivercraft's phytium-mci, 1f4a584527f0).
 * It descends from DesignWare's (dw_mmc.h): commands and interrupts are that
 * one's, DMA and clocks are not.
 */
#ifndef DRIVERS_MMC_PHYTIUM_MCI_H
#define DRIVERS_MMC_PHYTIUM_MCI_H

#include "mmc.h"

#define MCI_CTRL 0x00u
#define MCI_POWER 0x04u
#define MCI_DIVIDER 0x08u
#define MCI_CLOCK 0x10u
#define MCI_TIMEOUT 0x14u
#define MCI_LINES 0x18u
#define MCI_BLOCK_SIZE 0x1cu
#define MCI_BYTES 0x20u
#define MCI_INT_MASK 0x24u
#define MCI_ARG 0x28u
#define MCI_CMD 0x2cu
#define MCI_RESP0 0x30u
#define MCI_INT_RAW 0x44u
#define MCI_STATUS 0x48u
#define MCI_FIFO_LEVEL 0x4cu
#define MCI_NO_CARD 0x50u
#define MCI_PROTECTED 0x54u
#define MCI_CLOCK_READY 0x58u
#define MCI_VERSION 0x6cu
#define MCI_UHS 0x74u
#define MCI_CARD_RUN 0x78u
#define MCI_BUS_MODE 0x80u
#define MCI_DESC_LOW 0x88u
#define MCI_DESC_HIGH 0x8cu
#define MCI_DMA_STATUS 0x90u
#define MCI_DMA_INT 0x94u
#define MCI_READ_LEVEL 0x100u
#define MCI_SOURCE 0x108u
#define MCI_HALF_CYCLE 0x10cu
#define MCI_PERIOD 0x114u   /* twice the divider; the vendor's kernel alone */
#define MCI_IRQ_OVER 0xfd0u /* the same: 0 at each interrupt */
#define MCI_REGS_BYTES 0x1000u

#define CTRL_RESET 0x1u
#define CTRL_FIFO_RESET 0x2u
#define CTRL_DMA_RESET 0x4u
#define CTRL_INT_ENABLE 0x10u
#define CTRL_IDMAC 0x2000000u
#define CTRL_ON (CTRL_INT_ENABLE | CTRL_IDMAC)

/* of the clock that SOURCE makes: phases below the divider */
#define DIVIDER_MAX 255u
#define DIVIDER_DRIVE(n) ((n) << 8)
#define DIVIDER_SAMPLE(n) ((n) << 16)
/* of the clock that comes in */
#define SOURCE_ENABLE 0x2u
#define SOURCE_BY(n) (((n)-1) << 8)
#define SOURCE_MAX 128u
#define SOURCE_FIRST 6u

#define LINES_4 0x1u
#define LINES_8 0x10000u

#define CMD_RESPONSE 0x40u
#define CMD_LONG 0x80u
#define CMD_CHECK_CRC 0x100u
#define CMD_DATA 0x200u
#define CMD_WRITE 0x400u
#define CMD_INIT 0x8000u    /* 80 clocks before it */
#define CMD_CLOCK 0x200000u /* no command: take over the clock's registers */
#define CMD_HOLD 0x20000000u
#define CMD_START 0x80000000u

#define INT_RESPONSE_ERROR 0x2u
#define INT_COMMAND 0x4u
#define INT_DATA 0x8u
#define INT_RESPONSE_CRC 0x40u
#define INT_DATA_CRC 0x80u
#define INT_RESPONSE_TIMEOUT 0x100u
#define INT_DATA_TIMEOUT 0x200u
#define INT_FIFO 0x800u
#define INT_LOCKED 0x1000u    /* written to while it was busy */
#define INT_START_BIT 0x2000u /* of data read; else: busy is over */
#define INT_END_BIT 0x8000u

#define STATUS_FIFO_EMPTY 0x4u
#define STATUS_BUSY 0x200u
#define STATUS_INDEX(status) ((status) >> 11 & 0x3fu)

/* bursts of 8; from 7 words on, below 256; reads begin with room for 128 */
#define FIFO_LEVELS 0x20070100u
#define READ_LEVEL 0x800001u

#define UHS_1V8 0x1u

#define BUS_RESET 0x1u
#define BUS_ENABLE 0x80u

#define DMA_SENT 0x1u
#define DMA_RECEIVED 0x2u
#define DMA_BUS_ERROR 0x4u
#define DMA_NO_DESC 0x10u
#define DMA_NORMAL 0x100u
#define DMA_ABNORMAL 0x200u
#define DMA_ERRORS (DMA_BUS_ERROR | DMA_NO_DESC)

/** struct phytium_mci_desc - in a chain; the last one has no next */
struct phytium_mci_desc {
	uint32_t control;
	uint32_t zero1;
	uint32_t bytes;
	uint32_t zero2;
	uint32_t address_low, address_high;
	uint32_t next_low, next_high;
};
#define DESC_OWN 0x80000000u
#define DESC_CHAINED 0x10u
#define DESC_FIRST 0x8u
#define DESC_LAST 0x4u
#define DESC_QUIET 0x2u /* no interrupt at its end */
#define DESC_BYTES 4096u
_Static_assert(sizeof(struct phytium_mci_desc) == 32, "eight words");

/**
 * struct phytium_mci - a controller
 * @base_hz:     of the clock that comes in
 * @hz:          what the card was to get last
 * @fixed:       the card is soldered on, at 1.8 V
 * @hold:        the board's wires want CMD_HOLD
 * @last:        the command's last one
 */
struct phytium_mci {
	struct mmc_host mmc;
	volatile uint8_t *regs;
	uint32_t base_hz, hz;
	bool fixed, hold;
	struct phytium_mci_desc *last;
};

/** phytium_mci_init() - look at it, prepare host->mmc, whose fields up to @high_speed
 * are filled in, and its own. Return: 0; -EIO, logged */
int __must_check phytium_mci_init(struct phytium_mci *mci);

/** phytium_mci_irq() - the interrupt's handler; off until somebody waits again */
enum irq_result phytium_mci_irq(unsigned int irq, void *mmc);

/* For struct mmc_host_ops, all but quit. */
int phytium_mci_reset(struct mmc_host *mmc);
void phytium_mci_set_clock(struct mmc_host *mmc, uint32_t hz, bool high_speed);
void phytium_mci_set_width(struct mmc_host *mmc, unsigned int lines);
int phytium_mci_command(struct mmc_host *mmc, struct mmc_command *command);
int phytium_mci_abort(struct mmc_host *mmc);
bool phytium_mci_has_card(struct mmc_host *mmc);
bool phytium_mci_is_protected(struct mmc_host *mmc);
void phytium_mci_silence(struct mmc_host *mmc);

#endif
