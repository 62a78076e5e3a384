/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Synopsys DesignWare Mobile Storage Host, as its databook, chapter 6
 * "Registers", and Rockchip's RK3568 TRM part 2, chapter "SDMMC", have it: the
 * registers' logic. Where a controller is and what its clock is, is its
 * binding's.
 */
#ifndef DRIVERS_MMC_DW_MMC_H
#define DRIVERS_MMC_DW_MMC_H

#include "mmc.h"

#define DW_CTRL 0x00u
#define DW_PWREN 0x04u
#define DW_CLKDIV 0x08u
#define DW_CLKSRC 0x0cu
#define DW_CLKENA 0x10u
#define DW_TMOUT 0x14u
#define DW_CTYPE 0x18u
#define DW_BLKSIZ 0x1cu
#define DW_BYTCNT 0x20u
#define DW_INTMASK 0x24u
#define DW_CMDARG 0x28u
#define DW_CMD 0x2cu
#define DW_RESP0 0x30u
#define DW_RINTSTS 0x44u
#define DW_STATUS 0x48u
#define DW_FIFOTH 0x4cu
#define DW_CDETECT 0x50u
#define DW_WRTPRT 0x54u
#define DW_HCON 0x70u
#define DW_UHS_REG 0x74u
#define DW_BMOD 0x80u
#define DW_PLDMND 0x84u
#define DW_DBADDR 0x88u
#define DW_IDSTS 0x8cu
#define DW_IDINTEN 0x90u
#define DW_REGS_BYTES 0x100u

#define CTRL_RESET 0x1u
#define CTRL_FIFO_RESET 0x2u
#define CTRL_DMA_RESET 0x4u
#define CTRL_RESETS (CTRL_RESET | CTRL_FIFO_RESET | CTRL_DMA_RESET)
#define CTRL_INT_ENABLE 0x10u
#define CTRL_DMA_ENABLE 0x20u
#define CTRL_IDMAC 0x2000000u
#define CTRL_ON (CTRL_INT_ENABLE | CTRL_DMA_ENABLE | CTRL_IDMAC)

#define CLKDIV_MAX 255u
#define CTYPE_4_LINES 0x1u
#define CTYPE_8_LINES 0x10000u

#define CMD_RESPONSE 0x40u
#define CMD_LONG 0x80u
#define CMD_CHECK_CRC 0x100u
#define CMD_DATA 0x200u
#define CMD_WRITE 0x400u
#define CMD_WAIT_DATA 0x2000u
#define CMD_STOP 0x4000u
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
#define INT_STARVED 0x400u
#define INT_FIFO 0x800u
#define INT_LOCKED 0x1000u    /* written to while it was busy */
#define INT_START_BIT 0x2000u /* of data read; else: busy is over */
#define INT_END_BIT 0x8000u

#define STATUS_BUSY 0x200u
#define STATUS_DMA 0x80000000u

#define FIFOTH_BURST_8 0x20000000u
#define FIFOTH_READ(value) ((value) >> 16 & 0xfffu)

#define HCON_DMA(hcon) ((hcon) >> 16 & 3u)
#define HCON_DMA_INTERNAL 0u
#define HCON_64_BIT 0x8000000u

#define BMOD_RESET 0x1u
#define BMOD_FIXED 0x2u
#define BMOD_ENABLE 0x80u

#define IDSTS_SENT 0x1u
#define IDSTS_RECEIVED 0x2u
#define IDSTS_BUS_ERROR 0x4u
#define IDSTS_NORMAL 0x100u
#define IDSTS_ABNORMAL 0x200u

/* "Internal Direct Memory Access Controller", descriptors in a chain */
struct dw_mmc_desc {
	uint32_t control;
	uint32_t bytes; /* 13 bits */
	uint32_t address;
	uint32_t next;
};
#define DESC_OWN 0x80000000u
#define DESC_CHAINED 0x10u
#define DESC_FIRST 0x8u
#define DESC_LAST 0x4u
#define DESC_QUIET 0x2u /* no interrupt at its end */
#define DESC_BYTES 4096u
_Static_assert(sizeof(struct dw_mmc_desc) == 16, "four words");

/**
 * struct dw_mmc - a controller
 * @base_hz:     what it divides, at the highest: the card gets no more than
 *               it is asked for when the clock is slower in truth
 * @fifo_depth:  0: as it says itself
 */
struct dw_mmc {
	struct mmc_host mmc;
	volatile uint8_t *regs;
	uint32_t base_hz;
	uint32_t fifo_depth;
};

/** dw_mmc_init() - look at it, prepare host->mmc, whose fields up to @high_speed
 * are filled in, and its own. Return: 0; -EIO, logged */
int __must_check dw_mmc_init(struct dw_mmc *dw);

/** dw_mmc_irq() - the interrupt's handler; off until somebody waits again */
enum irq_result dw_mmc_irq(unsigned int irq, void *mmc);

/* For struct mmc_host_ops, all but quit. */
int dw_mmc_reset(struct mmc_host *mmc);
void dw_mmc_set_clock(struct mmc_host *mmc, uint32_t hz, bool high_speed);
void dw_mmc_set_width(struct mmc_host *mmc, unsigned int lines);
int dw_mmc_command(struct mmc_host *mmc, struct mmc_command *command);
int dw_mmc_abort(struct mmc_host *mmc);
bool dw_mmc_has_card(struct mmc_host *mmc);
bool dw_mmc_is_protected(struct mmc_host *mmc);
void dw_mmc_silence(struct mmc_host *mmc);

#endif
