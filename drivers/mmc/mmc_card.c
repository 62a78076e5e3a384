/* SPDX-License-Identifier: Apache-2.0 */
/* From power-on to transfer state: SD 4.2 and 4.8, eMMC 6.4. */
#include "mmc.h"

#include <string.h>

#include <core/task.h>
#include <core/timer.h>
#include <errno.h>
#include <lib/log.h>

#define LOG_TAG "mmc"

#define CMD_GO_IDLE 0u
#define CMD_SEND_OP_COND 1u
#define CMD_ALL_SEND_CID 2u
#define CMD_RELATIVE_ADDR 3u
#define CMD_SELECT 7u
#define CMD_IF_COND 8u
#define CMD_SEND_CSD 9u
#define CMD_SET_BLOCKLEN 16u
#define CMD_APP 55u
#define ACMD_OP_COND 41u

/* SD 4.3.13: 2.7 to 3.6 V, and a pattern that comes back */
#define IF_COND 0x1aau
/* SD 5.1: 3.2 to 3.4 V; high capacity, asked for and answered; power-up done */
#define OCR_VOLTAGE 0x00300000u
#define OCR_HIGH 0x40000000u
#define OCR_DONE 0x80000000u
#define STATUS_LOCKED 0x02000000u

/* SD 4.2.3: it may take a second */
#define POWER_UP_MS 1200u
#define POWER_UP_STEP_NS 10000000u

int mmc_simple(struct mmc_host *host, uint8_t index, enum mmc_response response,
	       uint32_t arg, uint32_t answer[4])
{
	struct mmc_command command = {
		.index = index,
		.response = response,
		.arg = arg,
	};
	int err = mmc_command(host, &command);

	if (answer)
		memcpy(answer, command.answer, sizeof(command.answer));
	if (!err && (response == MMC_R1 || response == MMC_R1B) &&
	    mmc_status_bad(command.answer[0]))
		return -EIO;
	return err;
}

int mmc_small(struct mmc_host *host, uint8_t index, uint32_t arg,
	      uint32_t bytes)
{
	struct mmc_command command = {
		.index = index,
		.response = MMC_R1,
		.arg = arg,
		.data = host->page,
		.size = bytes,
		.count = 1,
	};
	int err;

	dma_to_device(&host->dma, host->page, bytes);
	err = mmc_command(host, &command);
	dma_from_device(&host->dma, host->page, bytes);
	return !err && mmc_status_bad(command.answer[0]) ? -EIO : err;
}

/* Ask again until the card has powered up. */
static int power_up(struct mmc_host *host, uint32_t arg, uint32_t *ocr)
{
	uint64_t end = time_ns() + POWER_UP_MS * 1000000ull;
	uint32_t answer[4];
	int err;

	for (;;) {
		err = host->card.is_mmc
			      ? 0
			      : mmc_simple(host, CMD_APP, MMC_R1, 0, NULL);
		if (!err)
			err = mmc_simple(host,
					 host->card.is_mmc ? CMD_SEND_OP_COND
							   : ACMD_OP_COND,
					 MMC_R3, arg, answer);
		if (err)
			return err;
		*ocr = answer[0];
		if (*ocr & OCR_DONE)
			return 0;
		if (time_ns() > end) {
			log_err("%s: the card does not power up, OCR %#x",
				host->name, *ocr);
			return -EIO;
		}
		task_sleep_until(time_ns() + POWER_UP_STEP_NS);
	}
}

static int go_idle(struct mmc_host *host)
{
	int err = mmc_simple(host, CMD_GO_IDLE, MMC_NONE, 0, NULL);

	/* SD 6.4.1.1: 74 clocks; a millisecond at 400 kHz has 400 */
	task_sleep_until(time_ns() + 1000000);
	return err;
}

/* Return: 0; -ENODEV: nobody answers to SD's commands */
static int sd_find(struct mmc_host *host)
{
	uint32_t answer[4], ocr, arg = OCR_VOLTAGE;
	int err = go_idle(host);

	if (err)
		return -ENODEV;
	/* cards of before 2.00 do not know it; nor have they high capacity */
	err = mmc_simple(host, CMD_IF_COND, MMC_R7, IF_COND, answer);
	if (!err && (answer[0] & 0xfff) == IF_COND)
		arg |= OCR_HIGH;
	else if (go_idle(host))
		return -ENODEV;
	err = power_up(host, arg, &ocr);
	if (err == -ETIMEDOUT)
		return -ENODEV;
	host->card.by_block = ocr & OCR_HIGH;
	return err;
}

/* eMMC 6.4.2: sector addresses, when both say so */
static int emmc_find(struct mmc_host *host)
{
	uint32_t ocr;
	int err = go_idle(host);

	if (err)
		return -ENODEV;
	host->card.is_mmc = true;
	err = power_up(host, OCR_VOLTAGE | OCR_HIGH, &ocr);
	if (err)
		return err == -ETIMEDOUT ? -ENODEV : err;
	host->card.by_block = ocr & OCR_HIGH;
	return 0;
}

/* SD: the card chooses its address; eMMC: it is told. */
static int address_agree(struct mmc_host *host)
{
	struct mmc_card *card = &host->card;
	uint32_t answer[4];
	int err;

	if (card->is_mmc) {
		card->rca = 1;
		return mmc_simple(host, CMD_RELATIVE_ADDR, MMC_R1, 1u << 16,
				  NULL);
	}
	err = mmc_simple(host, CMD_RELATIVE_ADDR, MMC_R6, 0, answer);
	card->rca = (uint16_t)(answer[0] >> 16);
	return err;
}

static int card_read(struct mmc_host *host)
{
	struct mmc_card *card = &host->card;
	uint32_t answer[4];
	int err = mmc_simple(host, CMD_ALL_SEND_CID, MMC_R2, 0, answer);

	if (err)
		return err;
	mmc_cid_read(card, answer);
	err = address_agree(host);
	if (!err)
		err = mmc_simple(host, CMD_SEND_CSD, MMC_R2,
				 (uint32_t)card->rca << 16, answer);
	if (err)
		return err;
	mmc_csd_read(card, answer);
	err = mmc_simple(host, CMD_SELECT, MMC_R1B, (uint32_t)card->rca << 16,
			 answer);
	if (!err && (answer[0] & STATUS_LOCKED)) {
		log_err("%s: the card is locked by a password", host->name);
		return -EIO;
	}
	if (!err && !card->by_block)
		err = mmc_simple(host, CMD_SET_BLOCKLEN, MMC_R1, MMC_BLOCK,
				 NULL);
	return err;
}

int mmc_identify(struct mmc_host *host)
{
	int err = host->ops->reset(host);

	memset(&host->card, 0, sizeof(host->card));
	if (err)
		return err;
	if (!host->ops->has_card(host))
		return -ENODEV;
	err = sd_find(host);
	if (err == -ENODEV)
		err = emmc_find(host);
	if (err)
		return err;
	err = card_read(host);
	if (!err && host->card.is_mmc)
		err = mmc_ext_csd_read(host);
	if (err) {
		log_err("%s: the card cannot be identified, error %d",
			host->name, err);
		return -EIO;
	}
	mmc_speed_up(host);
	return 0;
}
