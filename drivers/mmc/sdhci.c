/* SPDX-License-Identifier: Apache-2.0 */
/* Standard SD host controllers: SD Host Controller 3.00, chapters 2 and 3. */
#include "sdhci.h"

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <asm/io.h>
#include <errno.h>
#include <lib/log.h>

#define LOG_TAG "sdhci"

#define IDENTIFY_HZ 400000u
#define RESET_MS 200u
#define CLOCK_MS 200u
#define INHIBIT_MS 1000u
#define COMMAND_MS 2000u
#define DATA_MS 5000u
#define TIMEOUT_MAX 0xeu /* 2.2.15: the longest */

static uint32_t read32(const struct sdhci *sdhci, unsigned int reg)
{
	return io_read32(sdhci->regs + reg);
}

static void write32(const struct sdhci *sdhci, unsigned int reg, uint32_t value)
{
	io_write32(sdhci->regs + reg, value);
}

static void write16(const struct sdhci *sdhci, unsigned int reg, uint16_t value)
{
	io_write16(sdhci->regs + reg, value);
}

static void write8(const struct sdhci *sdhci, unsigned int reg, uint8_t value)
{
	io_write8(sdhci->regs + reg, value);
}

static struct sdhci *sdhci_of(struct mmc_host *mmc)
{
	return container_of(mmc, struct sdhci, mmc);
}

/*
 * Reset, power, clock
 */

static bool is_reset(void *arg)
{
	const struct sdhci *sdhci = arg;

	return !io_read8(sdhci->regs + SDHCI_RESET);
}

/* 2.2.16: the bits clear when it is done; it moves no data afterwards. */
static int reset(struct sdhci *sdhci, uint8_t what)
{
	write8(sdhci, SDHCI_RESET, what);
	if (!io_wait(&sdhci->mmc.poll, is_reset, sdhci, RESET_MS))
		return 0;
	log_err("%s: does not reset", sdhci->mmc.name);
	return -EIO;
}

/* 3.3 */
static void power_on(struct sdhci *sdhci)
{
	uint8_t volts = sdhci->caps & CAPS_3V3   ? 7
			: sdhci->caps & CAPS_3V0 ? 6
						 : 5;

	write8(sdhci, SDHCI_POWER, (uint8_t)(volts << 1));
	write8(sdhci, SDHCI_POWER, (uint8_t)(volts << 1 | 1));
}

int sdhci_reset(struct mmc_host *mmc)
{
	struct sdhci *sdhci = sdhci_of(mmc);
	int err = reset(sdhci, RESET_ALL);

	if (err)
		return err;
	write32(sdhci, SDHCI_INT_SIGNAL, 0);
	write32(sdhci, SDHCI_INT_ENABLE, INT_ENABLED);
	write8(sdhci, SDHCI_TIMEOUT, TIMEOUT_MAX);
	sdhci->control = CONTROL_ADMA32;
	write8(sdhci, SDHCI_HOST_CONTROL, sdhci->control);
	power_on(sdhci);
	mmc->ops->set_clock(mmc, IDENTIFY_HZ, false);
	return 0;
}

static bool is_stable(void *arg)
{
	const struct sdhci *sdhci = arg;

	return io_read16(sdhci->regs + SDHCI_CLOCK) & CLOCK_STABLE;
}

/*
 * 2.2.14: SDCLK is the base clock by twice the divisor. Version 3 has ten bits
 * for it, before that it was a power of two.
 */
static uint16_t divisor_bits(const struct sdhci *sdhci, uint32_t hz)
{
	uint32_t divisor = 0;

	if (hz < sdhci->base_hz)
		divisor = (sdhci->base_hz + 2 * hz - 1) / (2 * hz);
	if (sdhci->version < 2) {
		uint32_t power = divisor ? 1 : 0;

		while (power < divisor && power < 0x80)
			power <<= 1;
		divisor = power;
	}
	divisor = MIN(divisor, sdhci->version < 2 ? 0x80u : 0x3ffu);
	return (uint16_t)((divisor & 0xff) << 8 | (divisor >> 8) << 6);
}

void sdhci_set_clock(struct mmc_host *mmc, uint32_t hz, bool high_speed)
{
	struct sdhci *sdhci = sdhci_of(mmc);
	uint16_t clock = divisor_bits(sdhci, MIN(MAX(hz, 1u), mmc->max_hz)) |
			 CLOCK_INTERNAL;

	write16(sdhci, SDHCI_CLOCK, 0);
	sdhci->control = (uint8_t)((sdhci->control & ~CONTROL_HIGH_SPEED) |
				   (high_speed ? CONTROL_HIGH_SPEED : 0));
	write8(sdhci, SDHCI_HOST_CONTROL, sdhci->control);
	write16(sdhci, SDHCI_CLOCK, clock);
	if (io_wait(&sdhci->mmc.poll, is_stable, sdhci, CLOCK_MS))
		log_err("%s: its clock does not become stable", mmc->name);
	write16(sdhci, SDHCI_CLOCK, clock | CLOCK_CARD);
}

void sdhci_set_width(struct mmc_host *mmc, unsigned int lines)
{
	struct sdhci *sdhci = sdhci_of(mmc);
	uint8_t bits = lines == 8   ? CONTROL_8_LINES
		       : lines == 4 ? CONTROL_4_LINES
				    : 0;

	sdhci->control = (uint8_t)((sdhci->control &
				    ~(CONTROL_8_LINES | CONTROL_4_LINES)) |
				   bits);
	write8(sdhci, SDHCI_HOST_CONTROL, sdhci->control);
}

static bool is_card_stable(void *arg)
{
	const struct sdhci *sdhci = arg;

	return read32(sdhci, SDHCI_PRESENT) & PRESENT_STABLE;
}

bool sdhci_has_card(struct mmc_host *mmc)
{
	struct sdhci *sdhci = sdhci_of(mmc);
	uint32_t present;

	if (!sdhci->mmc.removable)
		return true;
	if (io_wait(&sdhci->mmc.poll, is_card_stable, sdhci, CLOCK_MS))
		return false;
	present = read32(sdhci, SDHCI_PRESENT);
	return (present & PRESENT_CARD) && present != UINT32_MAX;
}

bool sdhci_is_protected(struct mmc_host *mmc)
{
	const struct sdhci *sdhci = sdhci_of(mmc);

	return sdhci->mmc.protectable &&
	       !(read32(sdhci, SDHCI_PRESENT) & PRESENT_WRITABLE);
}

/*
 * Commands, 3.7
 */

struct waited {
	const struct sdhci *sdhci;
	uint32_t bits;
};

/* Whoever goes to sleep lets the interrupt through: see sdhci_irq(). */
static bool has_happened(void *arg)
{
	const struct waited *w = arg;

	if (read32(w->sdhci, SDHCI_INT_STATUS) & (w->bits | INT_ERRORS))
		return true;
	write32(w->sdhci, SDHCI_INT_SIGNAL, INT_ENABLED);
	return false;
}

bool sdhci_irq(struct sdhci *sdhci)
{
	if (!__atomic_load_n(&sdhci->busy, __ATOMIC_RELAXED))
		return false;
	write32(sdhci, SDHCI_INT_SIGNAL, 0);
	io_wake(&sdhci->mmc.wait);
	return true;
}

/* Return: 0; -ETIMEDOUT: no answer from the card, or from the controller; -EIO */
static int wait_for(struct sdhci *sdhci, uint32_t bits, uint64_t timeout_ms)
{
	struct waited waited = {sdhci, bits};
	int err = io_wait(&sdhci->mmc.wait, has_happened, &waited, timeout_ms);
	uint32_t status = read32(sdhci, SDHCI_INT_STATUS);

	write32(sdhci, SDHCI_INT_SIGNAL, 0);
	/* 2.2.17: written ones clear */
	write32(sdhci, SDHCI_INT_STATUS, status & (bits | INT_ERRORS));
	if (err || status == UINT32_MAX)
		return -ETIMEDOUT;
	if (status & INT_ERRORS)
		return status & INT_COMMAND_TIMEOUT ? -ETIMEDOUT : -EIO;
	return 0;
}

struct inhibited {
	const struct sdhci *sdhci;
	uint32_t bits;
};

static bool is_free(void *arg)
{
	const struct inhibited *w = arg;

	return !(read32(w->sdhci, SDHCI_PRESENT) & w->bits);
}

static void table_fill(struct sdhci *sdhci, const struct mmc_command *command)
{
	uint32_t bytes = command->size * command->count;
	uint32_t at = (uint32_t)virt_to_phys(command->data).v;
	struct sdhci_adma *entry = sdhci->mmc.table;

	for (; bytes; entry++) {
		uint32_t n = MIN(bytes, ADMA_PIECE);

		if (sdhci->boundary)
			n = MIN(n, sdhci->boundary - at % sdhci->boundary);
		bytes -= n;
		entry->address = at;
		entry->length = (uint16_t)n;
		entry->attr = (uint16_t)(ADMA_VALID | ADMA_TRANSFER |
					 (bytes ? 0 : ADMA_END));
		at += n;
	}
	arch_mb(); /* the table before the command */
	write32(sdhci, SDHCI_ADMA_ADDRESS, (uint32_t)sdhci->mmc.table_at.v);
	write16(sdhci, SDHCI_BLOCK_SIZE, (uint16_t)command->size);
	write16(sdhci, SDHCI_BLOCK_COUNT, (uint16_t)command->count);
}

static uint16_t transfer_mode(const struct mmc_command *command)
{
	uint32_t mode = TRANSFER_DMA | TRANSFER_COUNT;

	if (!command->data)
		return 0;
	if (!command->write)
		mode |= TRANSFER_READ;
	if (command->count > 1)
		mode |= TRANSFER_MANY;
	if (command->stop)
		mode |= TRANSFER_AUTO_CMD12;
	return (uint16_t)mode;
}

static uint16_t command_bits(const struct mmc_command *command)
{
	static const uint8_t bits[] = {
		[MMC_NONE] = 0,
		[MMC_R1] = COMMAND_48 | COMMAND_CRC | COMMAND_INDEX,
		[MMC_R1B] = COMMAND_48_BUSY | COMMAND_CRC | COMMAND_INDEX,
		[MMC_R2] = COMMAND_136 | COMMAND_CRC,
		[MMC_R3] = COMMAND_48,
		[MMC_R6] = COMMAND_48 | COMMAND_CRC | COMMAND_INDEX,
		[MMC_R7] = COMMAND_48 | COMMAND_CRC | COMMAND_INDEX,
	};

	return (uint16_t)(command->index << 8 | bits[command->response] |
			  (command->data ? COMMAND_DATA : 0));
}

/* 2.2.7: of 136 bits, 127 to 8 are in 119 to 0 */
static void answer_read(const struct sdhci *sdhci, struct mmc_command *command)
{
	uint32_t words[4];

	for (unsigned int i = 0; i < 4; i++)
		words[i] = read32(sdhci, SDHCI_RESPONSE + 4 * i);
	command->answer[0] = words[0];
	if (command->response != MMC_R2)
		return;
	for (unsigned int i = 0; i < 4; i++)
		command->answer[i] =
			words[3 - i] << 8 | (i < 3 ? words[2 - i] >> 24 : 0);
}

static int command_run(struct sdhci *sdhci, struct mmc_command *command)
{
	bool data = command->data || command->response == MMC_R1B;
	struct inhibited inhibited = {sdhci, PRESENT_COMMAND |
						     (data ? PRESENT_DATA : 0)};
	int err;

	if (io_wait(&sdhci->mmc.poll, is_free, &inhibited, INHIBIT_MS))
		return -EIO;
	write32(sdhci, SDHCI_INT_STATUS, UINT32_MAX);
	if (command->data)
		table_fill(sdhci, command);
	write32(sdhci, SDHCI_ARGUMENT, command->arg);
	write16(sdhci, SDHCI_TRANSFER_MODE, transfer_mode(command));
	write16(sdhci, SDHCI_COMMAND, command_bits(command));
	err = wait_for(sdhci, INT_COMMAND, COMMAND_MS);
	if (!err)
		answer_read(sdhci, command);
	if (!err && data)
		err = wait_for(sdhci, INT_TRANSFER, DATA_MS);
	return err;
}

int sdhci_command(struct mmc_host *mmc, struct mmc_command *command)
{
	struct sdhci *sdhci = sdhci_of(mmc);
	int err;

	__atomic_store_n(&sdhci->busy, true, __ATOMIC_RELAXED);
	err = command_run(sdhci, command);
	__atomic_store_n(&sdhci->busy, false, __ATOMIC_RELAXED);
	return err;
}

/* 3.10: both lines anew; of data nothing more moves then */
int sdhci_abort(struct mmc_host *mmc)
{
	return reset(sdhci_of(mmc), RESET_COMMAND | RESET_DATA);
}

int sdhci_init(struct sdhci *sdhci)
{
	struct mmc_host *mmc = &sdhci->mmc;
	uint32_t mhz;

	sdhci->caps = read32(sdhci, SDHCI_CAPABILITIES);
	sdhci->version = io_read16(sdhci->regs + SDHCI_VERSION) & 0xff;
	if (!(sdhci->caps & CAPS_ADMA2) || sdhci->caps == UINT32_MAX) {
		log_err("%s: has no ADMA2, capabilities %#x: it cannot be "
			"driven",
			mmc->name, sdhci->caps);
		return -EIO;
	}
	mhz = sdhci->version < 2 ? CAPS_BASE_MHZ(sdhci->caps)
				 : CAPS_BASE_MHZ_V3(sdhci->caps);
	if (!sdhci->base_hz)
		sdhci->base_hz = mhz * 1000000;
	if (!sdhci->base_hz) {
		log_err("%s: nobody says how fast its clock is", mmc->name);
		return -EIO;
	}
	mmc->max_hz = sdhci->base_hz;
	mmc->high_speed = sdhci->caps & CAPS_HIGH_SPEED;
	mmc->max_blocks = SDHCI_TRANSFER_BYTES / MMC_BLOCK;
	mmc->dma.max = MIN(mmc->dma.max, (uint64_t)UINT32_MAX);
	mmc->stops = true;
	return 0;
}
