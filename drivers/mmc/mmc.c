/* SPDX-License-Identifier: Apache-2.0 */
/* A card as a disk: SD 4.3.3 and 4.3.4. */
#include "mmc.h"

#include <string.h>

#include <core/task.h>
#include <core/timer.h>
#include <errno.h>
#include <lib/log.h>
#include <stdio.h>

#define LOG_TAG "mmc"

#define CMD_STOP 12u
#define CMD_SEND_STATUS 13u
#define CMD_READ 17u
#define CMD_READ_MANY 18u
#define CMD_WRITE 24u
#define CMD_WRITE_MANY 25u

/* SD 4.10.1: bit 8, and the state in 12..9 */
#define STATUS_READY 0x100u
#define STATUS_STATE(status) ((status) >> 9 & 15)
#define STATE_TRANSFER 4u

/* SD 4.6.2.2: 500 ms at most, which some cards do not keep */
#define PROGRAM_MS 2000u
#define PROGRAM_STEP_NS 200000u

#define HOSTS_MAX 100u

/* By a command of its own: auto-stop is one more thing that may not end. */
static int stop(struct mmc_host *host)
{
	struct mmc_command command = {.index = CMD_STOP, .response = MMC_R1B};
	int err = host->ops->command(host, &command);

	return !err && mmc_status_bad(command.answer[0]) ? -EIO : err;
}

int mmc_command(struct mmc_host *host, struct mmc_command *command)
{
	int err = host->ops->command(host, command);

	if (!err && command->stop && !host->stops)
		err = stop(host);
	if (err && host->ops->abort(host)) {
		host->ops->silence(host);
		host->dead = true;
	}
	return err;
}

/* Written data is on its way into the card's memory until it says so. */
static int programmed(struct mmc_host *host)
{
	uint64_t end = time_ns() + PROGRAM_MS * 1000000ull;
	uint32_t answer[4];

	for (;;) {
		int err = mmc_simple(host, CMD_SEND_STATUS, MMC_R1,
				     (uint32_t)host->card.rca << 16, answer);

		if (err)
			return err;
		if ((answer[0] & STATUS_READY) &&
		    STATUS_STATE(answer[0]) == STATE_TRANSFER)
			return 0;
		if (time_ns() > end)
			return -ETIMEDOUT;
		task_sleep_until(time_ns() + PROGRAM_STEP_NS);
	}
}

static int gone(struct mmc_host *host)
{
	host->dead = true;
	host->ops->silence(host);
	return -ENODEV;
}

/*
 * An error leaves the card in some state: it begins anew. One that is another
 * one by then is not the disk that was.
 */
static int recover(struct mmc_host *host, int err)
{
	struct mmc_card was = host->card;
	bool again = !host->silent || err == -EIO;

	host->silent = err == -ETIMEDOUT;
	if (!host->ops->has_card(host)) {
		log_err("%s: the card was taken out", host->name);
		return gone(host);
	}
	if (!again || mmc_identify(host) || host->card.blocks != was.blocks ||
	    memcmp(host->card.cid, was.cid, sizeof(was.cid)))
		return gone(host);
	return err;
}

static int mmc_transfer(struct block_device *block_dev, uint64_t block,
			void *buf, uint32_t count, bool write)
{
	struct mmc_host *host = container_of(block_dev, struct mmc_host, block);
	bool many = count > 1;
	struct mmc_command command = {
		.index = write ? (many ? CMD_WRITE_MANY : CMD_WRITE)
			       : (many ? CMD_READ_MANY : CMD_READ),
		.response = MMC_R1,
		.arg = (uint32_t)(host->card.by_block ? block
						      : block * MMC_BLOCK),
		.data = buf,
		.size = MMC_BLOCK,
		.count = count,
		.write = write,
		.stop = many,
	};
	int err;

	if (host->dead)
		return -ENODEV;
	dma_to_device(&host->dma, buf, count * MMC_BLOCK);
	err = mmc_command(host, &command);
	if (!err && mmc_status_bad(command.answer[0]))
		err = -EIO;
	if (!err && write)
		err = programmed(host);
	if (err)
		return recover(host, err);
	host->silent = false;
	if (!write)
		dma_from_device(&host->dma, buf, count * MMC_BLOCK);
	return 0;
}

static int memory_get(struct mmc_host *host)
{
	host->page = dma_alloc(host->dma.max, PAGE_SIZE);
	host->table = dma_alloc_shared(&host->dma, PAGE_SIZE, &host->table_at);
	return host->page && host->table ? 0 : -ENOMEM;
}

/* Of a controller that may reach it yet it is never anything else again. */
static void memory_put(struct mmc_host *host)
{
	dma_free(host->page, PAGE_SIZE);
	if (host->table)
		dma_free_shared(host->table_at, PAGE_SIZE);
	host->page = host->table = NULL;
}

static void mmc_quit(struct block_device *block_dev)
{
	struct mmc_host *host = container_of(block_dev, struct mmc_host, block);

	host->dead = true;
	if (!host->ops->reset(host))
		memory_put(host);
	host->ops->quit(host);
}

/* No flush: programmed() saw the end of each write. */
static const struct block_ops mmc_ops = {
	.transfer = mmc_transfer,
	.quit = mmc_quit,
};

static int disk_add(struct mmc_host *host)
{
	static unsigned int count;
	struct mmc_card *card = &host->card;
	int err;

	if (count == HOSTS_MAX)
		return -ENOSPC;
	snprintf(host->disk_name, sizeof(host->disk_name), "mmcblk%u", count);
	host->block = (struct block_device){
		.name = host->disk_name,
		.model = card->model,
		.driver = host->driver,
		.node = host->node,
		.ops = &mmc_ops,
		/* the address of a command has 32 bits */
		.block_count =
			MIN(card->blocks, card->by_block ? (uint64_t)1 << 32
							 : (uint64_t)1 << 23),
		.block_size = MMC_BLOCK,
		.max_blocks = host->max_blocks,
		.dma_align = DMA_LINE_BYTES,
		.dma_max = host->dma.max,
		.read_only = card->read_only || host->protect ||
			     host->ops->is_protected(host),
	};
	err = block_register(&host->block);
	if (!err)
		count++;
	return err;
}

int mmc_attach(struct mmc_host *host)
{
	int err = memory_get(host);

	if (!err)
		err = mmc_identify(host);
	if (!err)
		err = disk_add(host);
	if (err && !host->dead)
		memory_put(host);
	return err;
}
