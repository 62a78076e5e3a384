/* SPDX-License-Identifier: Apache-2.0 */
/* Phytium's MCI: see phytium_mci.h for where its facts are from. */
#include "phytium_mci.h"

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <asm/io.h>
#include <errno.h>
#include <lib/log.h>

#define LOG_TAG "phytium_mci"

#define IDENTIFY_HZ 400000u
#define RESET_MS 200u
#define CLOCK_MS 500u
#define TAKEN_MS 1000u
#define BUSY_MS 1000u
#define COMMAND_MS 2000u
#define DATA_MS 5000u
#define ANSWER_MS 2u

#define GO_IDLE 0u
#define SEND_STATUS 13u
#define SEND_OP_COND 41u
#define APP_CMD 55u

#define INT_COMMAND_ERRORS                                                     \
	(INT_RESPONSE_ERROR | INT_RESPONSE_CRC | INT_RESPONSE_TIMEOUT |        \
	 INT_LOCKED)
#define INT_DATA_ERRORS                                                        \
	(INT_DATA_CRC | INT_DATA_TIMEOUT | INT_FIFO | INT_LOCKED | INT_END_BIT)

static uint32_t read(const struct phytium_mci *mci, unsigned int reg)
{
	return io_read32(mci->regs + reg);
}

static void write(const struct phytium_mci *mci, unsigned int reg,
		  uint32_t value)
{
	io_write32(mci->regs + reg, value);
}

static struct phytium_mci *mci_of(struct mmc_host *mmc)
{
	return container_of(mmc, struct phytium_mci, mmc);
}

/*
 * Reset
 */

/* Of CTRL_RESET nobody says that it clears by itself. */
static bool is_reset(void *arg)
{
	return !(read(arg, MCI_CTRL) & (CTRL_FIFO_RESET | CTRL_DMA_RESET)) &&
	       !(read(arg, MCI_BUS_MODE) & BUS_RESET) &&
	       (read(arg, MCI_STATUS) & STATUS_FIFO_EMPTY);
}

/* No memory is touched afterwards: DMA is off. */
static int reset(struct phytium_mci *mci, uint32_t what)
{
	write(mci, MCI_BUS_MODE, BUS_RESET);
	write(mci, MCI_CTRL, what);
	if (!io_wait(&mci->mmc.poll, is_reset, mci, RESET_MS)) {
		write(mci, MCI_CTRL, CTRL_ON);
		return 0;
	}
	log_err("%s: does not reset", mci->mmc.name);
	return -EIO;
}

static int reset_all(struct phytium_mci *mci)
{
	return reset(mci, CTRL_RESET | CTRL_FIFO_RESET | CTRL_DMA_RESET);
}

/*
 * The clock: SOURCE divides what comes in and runs the controller's half at
 * the card, DIVIDER what the card gets of it. That half takes a change over by
 * a command that is none, as long as SOURCE runs.
 */

static bool is_source_ready(void *arg)
{
	return read(arg, MCI_CLOCK_READY) & 1;
}

static bool is_taken(void *arg)
{
	return !(read(arg, MCI_CMD) & CMD_START);
}

static bool is_free(void *arg)
{
	return !(read(arg, MCI_STATUS) & STATUS_BUSY);
}

static int source_start(struct phytium_mci *mci, uint32_t by)
{
	write(mci, MCI_SOURCE, 0);
	write(mci, MCI_SOURCE, SOURCE_BY(by) | SOURCE_ENABLE);
	if (!io_wait(&mci->mmc.poll, is_source_ready, mci, CLOCK_MS))
		return 0;
	log_err("%s: its clock does not start", mci->mmc.name);
	return -EIO;
}

static int clock_hand_over(struct phytium_mci *mci)
{
	write(mci, MCI_INT_RAW, INT_LOCKED);
	write(mci, MCI_CMD, CMD_START | CMD_CLOCK);
	if (!io_wait(&mci->mmc.poll, is_taken, mci, CLOCK_MS) &&
	    !(read(mci, MCI_INT_RAW) & INT_LOCKED))
		return 0;
	log_err("%s: does not take its clock over", mci->mmc.name);
	return -EIO;
}

/* The card gets what comes in by SOURCE's factor and twice the divider. */
static uint32_t divider_of(const struct phytium_mci *mci, uint32_t by)
{
	uint64_t step = 2ull * by * mci->hz;
	uint64_t divider = (mci->base_hz + step - 1) / step;

	return (uint32_t)MAX(divider, 2ull);
}

/*
 * The least factor that does gives 600 MHz of 1200 for 25 and 50 MHz, and 200
 * for 400 kHz, as the vendor's driver has it; phases are as there, too.
 */
static int clock_set(struct phytium_mci *mci)
{
	uint32_t by = 2, divider, sample;
	int err;

	while (divider_of(mci, by) > DIVIDER_MAX && by < SOURCE_MAX)
		by += 2;
	divider = MIN(divider_of(mci, by), DIVIDER_MAX);
	sample = divider > 2 ? divider / 2 + 1 : 1;
	write(mci, MCI_CLOCK, 0);
	err = clock_hand_over(mci);
	if (!err)
		err = source_start(mci, by);
	if (err)
		return err;
	write(mci, MCI_DIVIDER,
	      divider | DIVIDER_DRIVE(sample - 1) | DIVIDER_SAMPLE(sample));
	write(mci, MCI_PERIOD, 2 * divider);
	/* it runs on when nothing moves: busy is seen by it */
	write(mci, MCI_CLOCK, 1);
	return clock_hand_over(mci);
}

/* Without a clock the next command ends by its deadline. */
void phytium_mci_set_clock(struct mmc_host *mmc, uint32_t hz, bool high_speed)
{
	struct phytium_mci *mci = mci_of(mmc);

	(void)high_speed; /* one edge for both timings */
	if (io_wait(&mci->mmc.poll, is_free, mci, BUSY_MS))
		log_warn("%s: the card is busy when its clock changes",
			 mmc->name);
	mci->hz = MAX(MIN(hz, mmc->max_hz), 1u);
	(void)clock_set(mci);
}

static void interrupts_off(const struct phytium_mci *mci)
{
	write(mci, MCI_INT_MASK, 0);
	write(mci, MCI_DMA_INT, 0);
}

/* A reset needs the half at the card to have a clock. */
int phytium_mci_reset(struct mmc_host *mmc)
{
	struct phytium_mci *mci = mci_of(mmc);
	int err = 0;

	interrupts_off(mci);
	write(mci, MCI_POWER, 1);
	if (!(read(mci, MCI_SOURCE) & SOURCE_ENABLE))
		err = source_start(mci, SOURCE_FIRST);
	if (!err)
		err = reset_all(mci);
	if (err)
		return err;
	write(mci, MCI_INT_RAW, UINT32_MAX);
	write(mci, MCI_DMA_STATUS, UINT32_MAX);
	write(mci, MCI_UHS, mci->fixed ? UHS_1V8 : 0);
	write(mci, MCI_HALF_CYCLE, 0);
	write(mci, MCI_CARD_RUN, mci->fixed);
	write(mci, MCI_LINES, 0);
	write(mci, MCI_TIMEOUT, UINT32_MAX); /* the longest */
	write(mci, MCI_FIFO_LEVEL, FIFO_LEVELS);
	write(mci, MCI_READ_LEVEL, READ_LEVEL);
	mci->hz = IDENTIFY_HZ;
	return clock_set(mci);
}

void phytium_mci_set_width(struct mmc_host *mmc, unsigned int lines)
{
	write(mci_of(mmc), MCI_LINES,
	      lines == 8   ? LINES_8
	      : lines == 4 ? LINES_4
			   : 0);
}

bool phytium_mci_has_card(struct mmc_host *mmc)
{
	const struct phytium_mci *mci = mci_of(mmc);

	return !mci->mmc.removable || !(read(mci, MCI_NO_CARD) & 1);
}

bool phytium_mci_is_protected(struct mmc_host *mmc)
{
	const struct phytium_mci *mci = mci_of(mmc);

	return mci->mmc.protectable && (read(mci, MCI_PROTECTED) & 1);
}

/* There is no switch outside of it: no clock for the card, so nothing comes
 * in; no DMA, as far as it listens. */
void phytium_mci_silence(struct mmc_host *mmc)
{
	const struct phytium_mci *mci = mci_of(mmc);

	interrupts_off(mci);
	write(mci, MCI_CLOCK, 0);
	write(mci, MCI_CMD, CMD_START | CMD_CLOCK);
	write(mci, MCI_BUS_MODE, 0);
	write(mci, MCI_CTRL, CTRL_RESET | CTRL_FIFO_RESET | CTRL_DMA_RESET);
	write(mci, MCI_POWER, 0);
	write(mci, MCI_SOURCE, 0);
}

/*
 * Commands
 */

/* All of @bits, and @dma where that is not 0; or one of the errors. */
struct waited {
	const struct phytium_mci *mci;
	uint32_t bits, errors, dma;
};

/* Its bit tells, or that the last descriptor was given back. */
static bool is_dma_over(const struct waited *w, uint32_t status)
{
	const volatile struct phytium_mci_desc *last = w->mci->last;

	return (status & w->dma) || !(last->control & DESC_OWN);
}

/* Whoever goes to sleep lets the interrupts through: see phytium_mci_irq(). */
static bool has_happened(void *arg)
{
	const struct waited *w = arg;
	uint32_t status = read(w->mci, MCI_INT_RAW);
	uint32_t dma = w->dma ? read(w->mci, MCI_DMA_STATUS) : 0;
	bool over = !w->dma || is_dma_over(w, dma);

	if ((status & w->errors) || (dma & DMA_ERRORS) ||
	    ((status & w->bits) == w->bits && over))
		return true;
	write(w->mci, MCI_INT_MASK, (w->bits & ~status) | w->errors);
	write(w->mci, MCI_DMA_INT,
	      over ? 0 : DMA_NORMAL | DMA_ABNORMAL | DMA_ERRORS | w->dma);
	return false;
}

enum irq_result phytium_mci_irq(unsigned int irq, void *mmc)
{
	struct phytium_mci *mci = mci_of(mmc);

	(void)irq;
	write(mci, MCI_IRQ_OVER, 0);
	interrupts_off(mci);
	io_wake(&mci->mmc.wait);
	return IRQ_HANDLED;
}

/* Return: 0; -ETIMEDOUT: no answer from the card, or from the controller; -EIO */
static int wait_for(struct phytium_mci *mci, const struct waited *waited,
		    uint64_t timeout_ms)
{
	struct waited copy = *waited;
	int err = io_wait(&mci->mmc.wait, has_happened, &copy, timeout_ms);
	uint32_t status = read(mci, MCI_INT_RAW);

	interrupts_off(mci);
	if (err || status == UINT32_MAX)
		return -ETIMEDOUT;
	if (status & waited->errors)
		return status & INT_RESPONSE_TIMEOUT ? -ETIMEDOUT : -EIO;
	return waited->dma && (read(mci, MCI_DMA_STATUS) & DMA_ERRORS) ? -EIO
								       : 0;
}

static void table_fill(struct phytium_mci *mci,
		       const struct mmc_command *command)
{
	uint32_t bytes = command->size * command->count;
	uint64_t at = virt_to_phys(command->data).v, next = mci->mmc.table_at.v;
	uint32_t first = DESC_FIRST;

	for (struct phytium_mci_desc *desc = mci->mmc.table; bytes; desc++) {
		uint32_t n = MIN(bytes, DESC_BYTES);

		bytes -= n;
		next = bytes ? next + sizeof(*desc) : 0;
		desc->bytes = n;
		desc->address_low = (uint32_t)at;
		desc->address_high = (uint32_t)(at >> 32);
		desc->next_low = (uint32_t)next;
		desc->next_high = (uint32_t)(next >> 32);
		desc->control = DESC_OWN | first |
				(bytes ? DESC_CHAINED | DESC_QUIET : DESC_LAST);
		first = 0;
		at += n;
		mci->last = desc;
	}
}

static int dma_start(struct phytium_mci *mci, const struct mmc_command *command)
{
	int err = reset(mci, CTRL_FIFO_RESET | CTRL_DMA_RESET);

	if (err)
		return err;
	table_fill(mci, command);
	arch_mb(); /* the chain before the command */
	write(mci, MCI_DMA_STATUS, UINT32_MAX);
	write(mci, MCI_DESC_LOW, (uint32_t)mci->mmc.table_at.v);
	write(mci, MCI_DESC_HIGH, (uint32_t)(mci->mmc.table_at.v >> 32));
	write(mci, MCI_BUS_MODE, BUS_ENABLE);
	write(mci, MCI_BLOCK_SIZE, command->size);
	write(mci, MCI_BYTES, command->size * command->count);
	return 0;
}

static uint32_t command_bits(const struct phytium_mci *mci,
			     const struct mmc_command *command)
{
	static const uint32_t bits[] = {
		[MMC_NONE] = 0,
		[MMC_R1] = CMD_RESPONSE | CMD_CHECK_CRC,
		[MMC_R1B] = CMD_RESPONSE | CMD_CHECK_CRC,
		[MMC_R2] = CMD_RESPONSE | CMD_LONG | CMD_CHECK_CRC,
		[MMC_R3] = CMD_RESPONSE,
		[MMC_R6] = CMD_RESPONSE | CMD_CHECK_CRC,
		[MMC_R7] = CMD_RESPONSE | CMD_CHECK_CRC,
	};
	uint32_t value = CMD_START | command->index | bits[command->response];

	if (mci->hold)
		value |= CMD_HOLD;
	if (command->data)
		value |= CMD_DATA | (command->write ? CMD_WRITE : 0);
	return command->index == GO_IDLE ? value | CMD_INIT : value;
}

static bool is_answer_there(void *arg)
{
	return STATUS_INDEX(read(arg, MCI_STATUS)) != APP_CMD;
}

/*
 * ACMD41's answer may come behind the bit that tells of it: the vendor's driver
 * waits for it like this, too. Where it never comes, CMD55's says "not ready".
 */
static void answer_read(struct phytium_mci *mci, struct mmc_command *command)
{
	bool is_long = command->response == MMC_R2;

	if (command->index == SEND_OP_COND)
		(void)!io_wait(&mci->mmc.poll, is_answer_there, mci, ANSWER_MS);
	for (unsigned int i = 0; i < (is_long ? 4 : 1); i++)
		command->answer[i] =
			read(mci, MCI_RESP0 + 4 * (is_long ? 3 - i : 0));
}

static int data_end(struct phytium_mci *mci, const struct mmc_command *command)
{
	const struct waited data = {
		.mci = mci,
		.bits = INT_DATA,
		.errors =
			INT_DATA_ERRORS | (command->write ? 0 : INT_START_BIT),
		.dma = command->write ? DMA_SENT : DMA_RECEIVED,
	};

	return wait_for(mci, &data, DATA_MS);
}

int phytium_mci_command(struct mmc_host *mmc, struct mmc_command *command)
{
	struct phytium_mci *mci = mci_of(mmc);
	const struct waited end = {
		.mci = mci,
		.bits = INT_COMMAND,
		.errors = INT_COMMAND_ERRORS,
	};
	int err;

	/* a card that is busy takes what resets it or asks it */
	if (command->index != GO_IDLE && command->index != SEND_STATUS &&
	    io_wait(&mci->mmc.poll, is_free, mci, BUSY_MS))
		return -EIO;
	err = command->data ? dma_start(mci, command) : 0;
	if (err)
		return err;
	write(mci, MCI_INT_RAW, UINT32_MAX);
	write(mci, MCI_ARG, command->arg);
	write(mci, MCI_CMD, command_bits(mci, command));
	if (io_wait(&mci->mmc.poll, is_taken, mci, TAKEN_MS))
		return -ETIMEDOUT;
	err = wait_for(mci, &end, COMMAND_MS);
	if (err)
		return err;
	answer_read(mci, command);
	if (command->data)
		err = data_end(mci, command);
	if (!err && command->response == MMC_R1B &&
	    io_wait(&mci->mmc.poll, is_free, mci, DATA_MS))
		err = -ETIMEDOUT;
	return err;
}

/* Of data nothing more moves then; the reset forgets the clock, too. */
int phytium_mci_abort(struct mmc_host *mmc)
{
	struct phytium_mci *mci = mci_of(mmc);

	return reset_all(mci) || clock_set(mci) ? -EIO : 0;
}

int phytium_mci_init(struct phytium_mci *mci)
{
	struct mmc_host *mmc = &mci->mmc;

	if (read(mci, MCI_VERSION) == UINT32_MAX) {
		log_err("%s: does not answer: is its clock on?", mmc->name);
		return -EIO;
	}
	interrupts_off(mci);
	mmc->max_blocks =
		(uint32_t)(PAGE_SIZE / sizeof(struct phytium_mci_desc)) *
		(DESC_BYTES / MMC_BLOCK);
	return 0;
}
