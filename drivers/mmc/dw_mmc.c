/* SPDX-License-Identifier: Apache-2.0 */
/* DesignWare Mobile Storage Host: databook, chapters 6 "Registers" and 7
 * "Programming the DWC_mobile_storage". */
#include "dw_mmc.h"

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <asm/io.h>
#include <errno.h>
#include <lib/log.h>

#define LOG_TAG "dw_mmc"

#define IDENTIFY_HZ 400000u
#define RESET_MS 200u
#define CLOCK_MS 500u
#define TAKEN_MS 1000u
#define BUSY_MS 1000u
#define COMMAND_MS 2000u
#define DATA_MS 5000u

#define GO_IDLE 0u
#define STOP_TRANSMISSION 12u
#define SEND_STATUS 13u

#define INT_COMMAND_ERRORS                                                     \
	(INT_RESPONSE_ERROR | INT_RESPONSE_CRC | INT_RESPONSE_TIMEOUT |        \
	 INT_LOCKED)
#define INT_DATA_ERRORS                                                        \
	(INT_DATA_CRC | INT_DATA_TIMEOUT | INT_STARVED | INT_FIFO |            \
	 INT_LOCKED | INT_END_BIT)

static uint32_t read(const struct dw_mmc *dw, unsigned int reg)
{
	return io_read32(dw->regs + reg);
}

static void write(const struct dw_mmc *dw, unsigned int reg, uint32_t value)
{
	io_write32(dw->regs + reg, value);
}

static struct dw_mmc *dw_of(struct mmc_host *mmc)
{
	return container_of(mmc, struct dw_mmc, mmc);
}

/*
 * Reset
 */

static bool is_reset(void *arg)
{
	return !(read(arg, DW_CTRL) & CTRL_RESETS);
}

static bool is_dma_reset(void *arg)
{
	return !(read(arg, DW_BMOD) & BMOD_RESET);
}

/* Of the bus: no transfer is asked for, or under way. */
static bool is_dma_over(void *arg)
{
	return !(read(arg, DW_STATUS) & STATUS_DMA);
}

/* Each bit clears when its part is done; no memory is touched afterwards. */
static int reset(struct dw_mmc *dw, uint32_t what)
{
	write(dw, DW_BMOD, BMOD_RESET);
	write(dw, DW_CTRL, what);
	if (!io_wait(&dw->mmc.poll, is_reset, dw, RESET_MS) &&
	    !io_wait(&dw->mmc.poll, is_dma_reset, dw, RESET_MS) &&
	    !io_wait(&dw->mmc.poll, is_dma_over, dw, RESET_MS)) {
		write(dw, DW_CTRL, CTRL_ON);
		return 0;
	}
	log_err("%s: does not reset", dw->mmc.name);
	return -EIO;
}

/*
 * The clock. It changes in three steps, each handed over by a command that is
 * none: off, the divider, on. Databook 7.2.1 "Clock Programming".
 */

static bool is_taken(void *arg)
{
	return !(read(arg, DW_CMD) & CMD_START);
}

static bool is_free(void *arg)
{
	return !(read(arg, DW_STATUS) & STATUS_BUSY);
}

static int clock_hand_over(struct dw_mmc *dw)
{
	write(dw, DW_RINTSTS, INT_LOCKED);
	write(dw, DW_CMD, CMD_START | CMD_CLOCK | CMD_WAIT_DATA);
	if (!io_wait(&dw->mmc.poll, is_taken, dw, CLOCK_MS) &&
	    !(read(dw, DW_RINTSTS) & INT_LOCKED))
		return 0;
	log_err("%s: does not take its clock over", dw->mmc.name);
	return -EIO;
}

/* The card gets the clock by twice the divider; 0: the clock itself. */
static int clock_set(struct dw_mmc *dw, uint32_t hz)
{
	uint64_t twice = 2ull * MAX(hz, 1u);
	uint64_t divider = 0;
	int err;

	if (hz < dw->base_hz)
		divider = (dw->base_hz + twice - 1) / twice;
	write(dw, DW_CLKENA, 0);
	err = clock_hand_over(dw);
	if (err)
		return err;
	write(dw, DW_CLKSRC, 0);
	write(dw, DW_CLKDIV, (uint32_t)MIN(divider, (uint64_t)CLKDIV_MAX));
	err = clock_hand_over(dw);
	if (err)
		return err;
	/* it runs on when nothing moves: busy is seen by it */
	write(dw, DW_CLKENA, 1);
	return clock_hand_over(dw);
}

/* Without a clock the next command ends by its deadline. */
void dw_mmc_set_clock(struct mmc_host *mmc, uint32_t hz, bool high_speed)
{
	struct dw_mmc *dw = dw_of(mmc);

	(void)high_speed; /* one edge for both timings: CMD_HOLD */
	if (io_wait(&dw->mmc.poll, is_free, dw, BUSY_MS))
		log_warn("%s: the card is busy when its clock changes",
			 mmc->name);
	(void)clock_set(dw, MIN(hz, mmc->max_hz));
}

/*
 * The card's power is a regulator's, which firmware turned on; where PWREN is
 * wired, it is on by now. UHS_REG: neither 1.8 V nor both edges.
 */
int dw_mmc_reset(struct mmc_host *mmc)
{
	struct dw_mmc *dw = dw_of(mmc);
	int err = reset(dw, CTRL_RESETS);

	if (err)
		return err;
	write(dw, DW_INTMASK, 0);
	write(dw, DW_IDINTEN, 0);
	write(dw, DW_RINTSTS, UINT32_MAX);
	write(dw, DW_PWREN, 1);
	write(dw, DW_UHS_REG, 0);
	write(dw, DW_CTYPE, 0);
	write(dw, DW_TMOUT, UINT32_MAX); /* the longest */
	/* bursts of 8, from half a FIFO on: what is left over goes singly */
	write(dw, DW_FIFOTH,
	      FIFOTH_BURST_8 | (dw->fifo_depth / 2 - 1) << 16 |
		      dw->fifo_depth / 2);
	return clock_set(dw, IDENTIFY_HZ);
}

void dw_mmc_set_width(struct mmc_host *mmc, unsigned int lines)
{
	write(dw_of(mmc), DW_CTYPE,
	      lines == 8   ? CTYPE_8_LINES
	      : lines == 4 ? CTYPE_4_LINES
			   : 0);
}

/* Its input is low when a card is there. */
bool dw_mmc_has_card(struct mmc_host *mmc)
{
	const struct dw_mmc *dw = dw_of(mmc);

	return !dw->mmc.removable || !(read(dw, DW_CDETECT) & 1);
}

bool dw_mmc_is_protected(struct mmc_host *mmc)
{
	const struct dw_mmc *dw = dw_of(mmc);

	return dw->mmc.protectable && (read(dw, DW_WRTPRT) & 1);
}

/* There is no switch outside of it: no clock for the card, so nothing comes
 * in; no DMA, as far as it listens. */
void dw_mmc_silence(struct mmc_host *mmc)
{
	const struct dw_mmc *dw = dw_of(mmc);

	write(dw, DW_CLKENA, 0);
	write(dw, DW_CMD, CMD_START | CMD_CLOCK);
	write(dw, DW_BMOD, 0);
	write(dw, DW_CTRL, CTRL_RESETS);
	write(dw, DW_PWREN, 0);
}

/*
 * Commands: databook 7.2.3 and following
 */

/* All of @bits and of @dma, or one of the errors. */
struct waited {
	const struct dw_mmc *dw;
	uint32_t bits, errors, dma;
};

/* Whoever goes to sleep lets the interrupts through: see dw_mmc_irq(). */
static bool has_happened(void *arg)
{
	const struct waited *w = arg;
	uint32_t status = read(w->dw, DW_RINTSTS);
	uint32_t dma = w->dma ? read(w->dw, DW_IDSTS) : 0;

	if ((status & w->errors) || (dma & IDSTS_BUS_ERROR) ||
	    ((status & w->bits) == w->bits && (dma & w->dma) == w->dma))
		return true;
	write(w->dw, DW_INTMASK, (w->bits & ~status) | w->errors);
	write(w->dw, DW_IDINTEN,
	      w->dma & ~dma
		      ? IDSTS_NORMAL | IDSTS_ABNORMAL | IDSTS_BUS_ERROR | w->dma
		      : 0);
	return false;
}

static void interrupts_off(const struct dw_mmc *dw)
{
	write(dw, DW_INTMASK, 0);
	write(dw, DW_IDINTEN, 0);
}

enum irq_result dw_mmc_irq(unsigned int irq, void *mmc)
{
	struct dw_mmc *dw = dw_of(mmc);

	(void)irq;
	interrupts_off(dw);
	io_wake(&dw->mmc.wait);
	return IRQ_HANDLED;
}

/* Return: 0; -ETIMEDOUT: no answer from the card, or from the controller; -EIO */
static int wait_for(struct dw_mmc *dw, const struct waited *waited,
		    uint64_t timeout_ms)
{
	struct waited copy = *waited;
	int err = io_wait(&dw->mmc.wait, has_happened, &copy, timeout_ms);
	uint32_t status = read(dw, DW_RINTSTS);

	interrupts_off(dw);
	if (err || status == UINT32_MAX)
		return -ETIMEDOUT;
	if (status & waited->errors)
		return status & INT_RESPONSE_TIMEOUT ? -ETIMEDOUT : -EIO;
	return waited->dma && (read(dw, DW_IDSTS) & IDSTS_BUS_ERROR) ? -EIO : 0;
}

/*
 * One chain, anew for each command. Behind its last descriptor comes the
 * first, which the controller has given back by then: it goes no further.
 */
static int dma_start(struct dw_mmc *dw, const struct mmc_command *command)
{
	uint32_t bytes = command->size * command->count;
	uint32_t at = (uint32_t)virt_to_phys(command->data).v;
	uint32_t next = (uint32_t)dw->mmc.table_at.v;
	uint32_t first = DESC_FIRST;
	int err = reset(dw, CTRL_FIFO_RESET | CTRL_DMA_RESET);

	if (err)
		return err;
	for (struct dw_mmc_desc *desc = dw->mmc.table; bytes; desc++) {
		uint32_t n = MIN(bytes, DESC_BYTES);

		bytes -= n;
		next += sizeof(*desc);
		desc->bytes = n;
		desc->address = at;
		desc->next = bytes ? next : (uint32_t)dw->mmc.table_at.v;
		desc->control = DESC_OWN | DESC_CHAINED | first |
				(bytes ? DESC_QUIET : DESC_LAST);
		first = 0;
		at += n;
	}
	arch_mb(); /* the chain before the command */
	write(dw, DW_DBADDR, (uint32_t)dw->mmc.table_at.v);
	write(dw, DW_IDSTS, UINT32_MAX);
	write(dw, DW_BMOD, BMOD_ENABLE | BMOD_FIXED);
	write(dw, DW_PLDMND, 1);
	write(dw, DW_BLKSIZ, command->size);
	write(dw, DW_BYTCNT, command->size * command->count);
	return 0;
}

static uint32_t command_bits(const struct mmc_command *command)
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
	uint32_t value =
		CMD_START | CMD_HOLD | command->index | bits[command->response];

	if (command->data)
		value |= CMD_DATA | (command->write ? CMD_WRITE : 0);
	if (command->index == GO_IDLE)
		return value | CMD_INIT;
	if (command->index == STOP_TRANSMISSION)
		return value | CMD_STOP;
	return command->index == SEND_STATUS ? value : value | CMD_WAIT_DATA;
}

static void answer_read(const struct dw_mmc *dw, struct mmc_command *command)
{
	bool is_long = command->response == MMC_R2;

	for (unsigned int i = 0; i < (is_long ? 4 : 1); i++)
		command->answer[i] =
			read(dw, DW_RESP0 + 4 * (is_long ? 3 - i : 0));
}

static int data_end(struct dw_mmc *dw, const struct mmc_command *command)
{
	const struct waited data = {
		.dw = dw,
		.bits = INT_DATA,
		.errors =
			INT_DATA_ERRORS | (command->write ? 0 : INT_START_BIT),
		.dma = command->write ? IDSTS_SENT : IDSTS_RECEIVED,
	};

	return wait_for(dw, &data, DATA_MS);
}

int dw_mmc_command(struct mmc_host *mmc, struct mmc_command *command)
{
	struct dw_mmc *dw = dw_of(mmc);
	const struct waited end = {
		.dw = dw,
		.bits = INT_COMMAND,
		.errors = INT_COMMAND_ERRORS,
	};
	uint32_t bits = command_bits(command);
	int err;

	/* a card that is busy takes what resets it, stops it or asks it */
	if ((bits & CMD_WAIT_DATA) &&
	    io_wait(&dw->mmc.poll, is_free, dw, BUSY_MS))
		return -EIO;
	err = command->data ? dma_start(dw, command) : 0;
	if (err)
		return err;
	write(dw, DW_RINTSTS, UINT32_MAX);
	write(dw, DW_CMDARG, command->arg);
	write(dw, DW_CMD, bits);
	if (io_wait(&dw->mmc.poll, is_taken, dw, TAKEN_MS))
		return -ETIMEDOUT;
	err = wait_for(dw, &end, COMMAND_MS);
	if (err)
		return err;
	answer_read(dw, command);
	if (command->data)
		err = data_end(dw, command);
	if (!err && command->response == MMC_R1B &&
	    io_wait(&dw->mmc.poll, is_free, dw, DATA_MS))
		err = -ETIMEDOUT;
	return err;
}

/* Of data nothing more moves then; the reset forgets the clock, too. */
int dw_mmc_abort(struct mmc_host *mmc)
{
	struct dw_mmc *dw = dw_of(mmc);

	return reset(dw, CTRL_RESETS) || clock_hand_over(dw) ? -EIO : 0;
}

int dw_mmc_init(struct dw_mmc *dw)
{
	struct mmc_host *mmc = &dw->mmc;
	uint32_t hcon = read(dw, DW_HCON);

	if (hcon == UINT32_MAX || HCON_DMA(hcon) != HCON_DMA_INTERNAL ||
	    (hcon & HCON_64_BIT)) {
		log_err("%s: has no internal DMA of 32 bits, HCON %#x: it "
			"cannot be driven",
			mmc->name, hcon);
		return -EIO;
	}
	interrupts_off(dw);
	/* firmware may have written half of it there: that does, too */
	if (!dw->fifo_depth)
		dw->fifo_depth = FIFOTH_READ(read(dw, DW_FIFOTH)) + 1;
	if (dw->fifo_depth < 16 || dw->fifo_depth > 4096) {
		log_err("%s: a FIFO of %u words cannot be", mmc->name,
			dw->fifo_depth);
		return -EIO;
	}
	if (!dw->base_hz || dw->base_hz / (2 * CLKDIV_MAX) > IDENTIFY_HZ) {
		log_err("%s: a clock of %u Hz cannot be divided for a card",
			mmc->name, dw->base_hz);
		return -EIO;
	}
	mmc->max_blocks = (uint32_t)(PAGE_SIZE / sizeof(struct dw_mmc_desc)) *
			  (DESC_BYTES / MMC_BLOCK);
	mmc->dma.max = MIN(mmc->dma.max, (uint64_t)UINT32_MAX);
	return 0;
}
