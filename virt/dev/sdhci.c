/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SDHCI with ADMA2 of 32 bits and the buffer port. Sections are those of the
 * specification. A command is over when the write that begins it returns; data
 * too, but for what the guest moves through the port, and for a card on the
 * host's disk.
 */
#include "sdhci.h"

#include "card_host.h"

#include <arch/virt.h>
#include <errno.h>
#include <string.h>
#include <virt/guest_mem.h>
#include <virt/vdisk.h>

#define REG(p, offset) ((p)->regs[(offset) / 4])

/* 2.2.5, 2.2.6: transfer mode below, command above */
#define MODE_DMA BIT(0)
#define MODE_COUNTED BIT(1)
#define MODE_AUTO(mode) ((mode) >> 2 & 3)
#define MODE_READ BIT(4)
#define MODE_MANY BIT(5)
#define AUTO_CMD12 1
#define AUTO_CMD23 2
#define COMMAND_RESPONSE(command) ((command)&3)
#define RESPONSE_136 1
#define RESPONSE_48_BUSY 3
#define COMMAND_DATA BIT(5)
#define COMMAND_INDEX(command) ((command) >> 8 & 0x3f)

/* 2.2.9 */
#define PRESENT_DATA BIT(1)
#define PRESENT_DATA_LINE BIT(2)
#define PRESENT_WRITE BIT(8)
#define PRESENT_READ BIT(9)
#define PRESENT_BUFFER_WRITE BIT(10)
#define PRESENT_BUFFER_READ BIT(11)
/* a card, for good; its lines are high */
#define PRESENT_IDLE 0x01ff0000u

/* 2.2.10, 2.2.11, 2.2.14, 2.2.16 */
#define CONTROL_4_LINES BIT(1)
#define CONTROL_DMA(control) ((control) >> 3 & 3)
#define CONTROL_ADMA32 2
#define CONTROL_8_LINES BIT(5)
#define CONTROL_POWER BIT(8)
#define CLOCK_INTERNAL BIT(0)
#define CLOCK_STABLE BIT(1)
#define CLOCK_CARD BIT(2)
#define CLOCK_KEPT 0x000fffc5u
#define RESET_ALL BIT(24)
#define RESET_COMMAND BIT(25)
#define RESET_DATA BIT(26)

/* 2.2.17, 2.2.18 */
#define INT_COMMAND BIT(0)
#define INT_TRANSFER BIT(1)
#define INT_BUFFER_WRITE BIT(4)
#define INT_BUFFER_READ BIT(5)
#define INT_ERROR BIT(15)
#define INT_COMMAND_TIMEOUT BIT(16)
#define INT_DATA_TIMEOUT BIT(20)
#define INT_DATA_CRC BIT(21)
#define INT_AUTO BIT(24)
#define INT_ADMA BIT(25)
#define INT_ERRORS 0xffff0000u
#define AUTO_TIMEOUT BIT(1)

/* 1.13: descriptors, and 2.2.27: where it stopped */
#define ADMA_VALID BIT(0)
#define ADMA_END BIT(1)
#define ADMA_ACT(attr) ((attr) >> 4 & 3)
#define ADMA_TRANSFER 2
#define ADMA_LINK 3
#define ADMA_AT_FETCH 1u
#define ADMA_AT_TRANSFER 3u
#define ADMA_LENGTH BIT(2)

struct adma {
	uint16_t attr, length;
	uint32_t address;
};

/* A status bit that is not enabled does not come: 2.2.19. */
static void happen(struct sdhci_state *p, uint32_t bits)
{
	REG(p, SDHCI_STATUS) |= bits & REG(p, SDHCI_ENABLE);
}

/*
 * Data
 */

static void auto_stop(struct sdhci_state *p)
{
	struct card_answer answer;

	if (MODE_AUTO(REG(p, SDHCI_COMMAND)) != AUTO_CMD12)
		return;
	card_command(&p->card, 12, 0, &answer);
	REG(p, SDHCI_RESPONSE + 12) = answer.words[0];
	if (answer.form != CARD_SILENT)
		return;
	REG(p, SDHCI_AUTO_ERROR) |= AUTO_TIMEOUT;
	happen(p, INT_AUTO);
}

static void data_end(struct sdhci_state *p, uint32_t errors)
{
	p->data = false;
	p->data_left = p->block_left = 0;
	happen(p, errors ? errors : INT_TRANSFER);
	if (!errors && !p->stopped)
		auto_stop(p);
}

/* What was written is to be there first; until then, it moves. */
static void data_settle(struct vdev *dev, struct sdhci_state *p)
{
	int err = card_host_commit(dev, &p->card, p->to_card);

	p->ended = true;
	if (err != -EAGAIN)
		data_end(p, err ? INT_DATA_CRC : 0);
}

static void adma_error(struct sdhci_state *p, uint32_t what)
{
	REG(p, SDHCI_ADMA_ERROR) = what;
	data_end(p, INT_ADMA);
}

static uint32_t adma_bytes(const struct sdhci_state *p, const struct adma *desc)
{
	uint32_t bytes = desc->length ? desc->length : 0x10000;

	return MIN(bytes, p->data_left);
}

static bool adma_is_ready(struct vdev *dev, const struct sdhci_state *p,
			  const struct adma *desc)
{
	return card_host_is_ready(dev, &p->card, adma_bytes(p, desc),
				  p->to_card);
}

static bool adma_move(struct vdev *dev, struct sdhci_state *p,
		      const struct adma *desc)
{
	uint32_t bytes = desc->length ? desc->length : 0x10000;
	uint32_t moved, n = adma_bytes(p, desc);
	int err = card_host_move(dev, &p->card, desc->address, n, p->to_card,
				 &moved);

	p->data_left -= moved;
	if (err == -EFAULT)
		adma_error(p, ADMA_AT_TRANSFER);
	else if (err)
		data_end(p, p->to_card ? INT_DATA_CRC : INT_DATA_TIMEOUT);
	else if (n < bytes) /* the table has more than the count */
		adma_error(p, ADMA_AT_TRANSFER | ADMA_LENGTH);
	return p->data;
}

/* 1.13.4: until the end of the data, of the table, or of its patience. */
static void adma_run(struct vdev *dev, struct sdhci_state *p)
{
	uint32_t at = REG(p, SDHCI_ADMA);
	struct adma desc = {0};

	while (p->data && !(desc.attr & ADMA_END)) {
		REG(p, SDHCI_ADMA) = at;
		if (p->descs++ == CARD_COMMAND_DESCS || at % 4 ||
		    guest_read(dev->vm, gpa(at), &desc, sizeof(desc)) ||
		    !(desc.attr & ADMA_VALID)) {
			adma_error(p, ADMA_AT_FETCH);
			return;
		}
		if (ADMA_ACT(desc.attr) == ADMA_TRANSFER &&
		    !adma_is_ready(dev, p, &desc)) {
			p->descs--;
			return;
		}
		at += (uint32_t)sizeof(desc);
		if (ADMA_ACT(desc.attr) == ADMA_LINK)
			at = desc.address;
		else if (ADMA_ACT(desc.attr) == ADMA_TRANSFER &&
			 !adma_move(dev, p, &desc))
			return;
	}
	if (!p->data)
		return;
	if (p->data_left && p->counted)
		adma_error(p, ADMA_AT_TRANSFER | ADMA_LENGTH);
	else
		data_settle(dev, p);
}

/* A block is in the buffer, or there is room for one: 2.2.8. */
static void block_begin(struct vdev *dev, struct sdhci_state *p)
{
	uint32_t bytes = MIN(REG(p, SDHCI_BLOCK) & 0xfff, p->data_left);

	if (!card_host_is_ready(dev, &p->card, bytes, p->to_card))
		return;
	p->block_left = bytes;
	happen(p, p->to_card ? INT_BUFFER_WRITE : INT_BUFFER_READ);
}

/* Four bytes by the port. */
static uint32_t port_move(struct vdev *dev, struct sdhci_state *p, bool to_card,
			  uint32_t word)
{
	uint32_t done, n = MIN(p->block_left, 4u);

	if (!p->data || p->by_dma || p->to_card != to_card || !n)
		return 0;
	done = to_card ? card_take(&p->card, dev->disk, &word, n)
		       : card_give(&p->card, dev->disk, &word, n);
	if (done < n) {
		data_end(p, to_card ? INT_DATA_CRC : INT_DATA_TIMEOUT);
		return 0;
	}
	p->data_left -= n;
	p->block_left -= n;
	if (!p->data_left)
		data_settle(dev, p);
	else if (!p->block_left)
		block_begin(dev, p);
	return word;
}

static unsigned int lines(const struct sdhci_state *p)
{
	uint32_t control = REG(p, SDHCI_CONTROL);

	return control & CONTROL_8_LINES   ? 8
	       : control & CONTROL_4_LINES ? 4
					   : 1;
}

/* 2.2.2, 2.2.3: without a count, it is the table's length that ends it. */
static uint32_t data_bytes(const struct sdhci_state *p)
{
	uint32_t block = REG(p, SDHCI_BLOCK) & 0xfff;
	uint32_t mode = REG(p, SDHCI_COMMAND);

	if (!(mode & MODE_MANY))
		return block;
	if (mode & MODE_COUNTED)
		return block * (REG(p, SDHCI_BLOCK) >> 16);
	return CARD_COMMAND_BYTES;
}

static void data_begin(struct vdev *dev, struct sdhci_state *p)
{
	uint32_t mode = REG(p, SDHCI_COMMAND);

	p->data = true;
	p->to_card = !(mode & MODE_READ);
	p->by_dma = mode & MODE_DMA;
	p->counted = !(mode & MODE_MANY) || (mode & MODE_COUNTED);
	p->data_left = p->card.want = data_bytes(p);
	p->ended = p->stopped = false;
	p->block_left = 0;
	p->descs = 0;
	REG(p, SDHCI_ADMA_ERROR) = 0;
	if (p->card.state != (p->to_card ? CARD_RECEIVE : CARD_DATA) ||
	    p->data_left > CARD_COMMAND_BYTES)
		data_end(p, INT_DATA_TIMEOUT);
	else if (p->card.lines != lines(p))
		data_end(p, INT_DATA_CRC);
	else if (!p->data_left)
		data_end(p, 0);
	else if (!p->by_dma)
		block_begin(dev, p);
	else if (CONTROL_DMA(REG(p, SDHCI_CONTROL)) == CONTROL_ADMA32)
		adma_run(dev, p);
	else
		adma_error(p, ADMA_AT_FETCH);
}

void sdhci_moved(struct vdev *dev, struct sdhci_state *p)
{
	if (p->data && p->ended)
		data_settle(dev, p);
	else if (p->data && p->by_dma)
		adma_run(dev, p);
	else if (p->data && !p->block_left)
		block_begin(dev, p);
	sdhci_settle(dev, p);
}

void sdhci_stop(struct sdhci_state *p)
{
	p->data = false;
	p->data_left = p->block_left = 0;
}

/*
 * Commands: 3.7
 */

/* 2.2.7: of 136 bits, 127 to 8 come without the lowest eight */
static void response_set(struct sdhci_state *p,
			 const struct card_answer *answer)
{
	const uint32_t *words = answer->words;

	REG(p, SDHCI_RESPONSE) = words[0];
	for (unsigned int i = 0; answer->form == CARD_LONG && i < 4; i++)
		REG(p, SDHCI_RESPONSE + 4 * (3 - i)) =
			words[i] >> 8 | (i ? words[i - 1] << 24 : 0);
}

static bool is_card_there(const struct sdhci_state *p)
{
	return (REG(p, SDHCI_CONTROL) & CONTROL_POWER) &&
	       (REG(p, SDHCI_CLOCK) & (CLOCK_CARD | CLOCK_INTERNAL)) ==
		       (CLOCK_CARD | CLOCK_INTERNAL);
}

/* 1.15: CMD23 before, by itself. Return: false: it had no answer */
static bool auto_count(struct sdhci_state *p)
{
	struct card_answer answer;

	card_command(&p->card, 23, REG(p, SDHCI_ARGUMENT_2), &answer);
	if (answer.form != CARD_SILENT)
		return true;
	REG(p, SDHCI_AUTO_ERROR) |= AUTO_TIMEOUT;
	happen(p, INT_AUTO);
	return false;
}

/* CMD12 in the midst of it: what the card has taken is to be there first. */
static void data_stop(struct vdev *dev, struct sdhci_state *p)
{
	p->stopped = true;
	p->data_left = p->block_left = 0;
	if (p->to_card)
		data_settle(dev, p);
	else
		p->data = false;
}

static void command(struct vdev *dev, struct sdhci_state *p)
{
	uint32_t word = REG(p, SDHCI_COMMAND), value = word >> 16;
	struct card_answer answer = {.form = CARD_SILENT};
	bool moved = p->data && card_moves(&p->card);

	REG(p, SDHCI_AUTO_ERROR) &= 0xffff0000;
	if (is_card_there(p)) {
		if ((value & COMMAND_DATA) && MODE_AUTO(word) == AUTO_CMD23 &&
		    !auto_count(p))
			return;
		card_command(&p->card, COMMAND_INDEX(value),
			     REG(p, SDHCI_ARGUMENT), &answer);
	}
	if (moved && !card_moves(&p->card))
		data_stop(dev, p);
	if (answer.form == CARD_SILENT && COMMAND_RESPONSE(value)) {
		happen(p, INT_COMMAND_TIMEOUT);
		return;
	}
	if (answer.form != CARD_SILENT)
		response_set(p, &answer);
	happen(p, INT_COMMAND);
	if (value & COMMAND_DATA)
		data_begin(dev, p);
	else if (COMMAND_RESPONSE(value) == RESPONSE_48_BUSY && !p->data)
		happen(p, INT_TRANSFER); /* else it ends the data */
}

/*
 * Registers
 */

void sdhci_power_on(struct vdev *dev, struct sdhci_state *p)
{
	memset(p->regs, 0, sizeof(p->regs));
	sdhci_stop(p);
	card_power_on(&p->card);
	sdhci_settle(dev, p);
}

static uint32_t present(const struct sdhci_state *p)
{
	uint32_t value = PRESENT_IDLE;

	if (!p->data)
		return value;
	value |= PRESENT_DATA | PRESENT_DATA_LINE;
	if (p->to_card)
		return value | PRESENT_WRITE |
		       (p->block_left ? PRESENT_BUFFER_WRITE : 0);
	return value | PRESENT_READ | (p->block_left ? PRESENT_BUFFER_READ : 0);
}

/* 2.2.3: what is left of the count */
static uint32_t block_left(const struct sdhci_state *p)
{
	uint32_t value = REG(p, SDHCI_BLOCK), size = value & 0xfff;

	if (!p->data || !p->counted || !size)
		return value;
	return (value & 0xffff) | (p->data_left + size - 1) / size << 16;
}

uint32_t sdhci_read(struct vdev *dev, struct sdhci_state *p, uint32_t offset)
{
	uint32_t status = REG(p, SDHCI_STATUS);

	switch (offset) {
	case SDHCI_BLOCK:
		return block_left(p);
	case SDHCI_BUFFER:
		return port_move(dev, p, false, 0);
	case SDHCI_PRESENT:
		return present(p);
	case SDHCI_CLOCK:
		return REG(p, SDHCI_CLOCK) |
		       (REG(p, SDHCI_CLOCK) & CLOCK_INTERNAL ? CLOCK_STABLE
							     : 0);
	case SDHCI_STATUS:
		return status | (status & INT_ERRORS ? INT_ERROR : 0);
	case SDHCI_CAPS:
		return p->caps;
	case SDHCI_VERSION:
		return p->version << 16 | p->line;
	default:
		return REG(p, offset);
	}
}

/* 2.2.16: what each bit clears; of registers that is all, but capabilities. */
static void reset(struct vdev *dev, struct sdhci_state *p, uint32_t what)
{
	if (what & RESET_ALL) {
		sdhci_power_on(dev, p);
		return;
	}
	if (what & RESET_COMMAND)
		REG(p, SDHCI_STATUS) &= ~(uint32_t)INT_COMMAND;
	if (!(what & RESET_DATA))
		return;
	sdhci_stop(p);
	REG(p, SDHCI_STATUS) &=
		~(uint32_t)(INT_TRANSFER | INT_BUFFER_WRITE | INT_BUFFER_READ);
}

static void clock_write(struct vdev *dev, struct sdhci_state *p, uint32_t value,
			uint32_t mask)
{
	REG(p, SDHCI_CLOCK) =
		((REG(p, SDHCI_CLOCK) & ~mask) | value) & CLOCK_KEPT;
	reset(dev, p, value);
}

/* 2.2.11: without power a card forgets. */
static void control_write(struct sdhci_state *p, uint32_t word)
{
	if ((REG(p, SDHCI_CONTROL) & ~word) & CONTROL_POWER)
		card_power_on(&p->card);
	REG(p, SDHCI_CONTROL) = word;
}

void sdhci_write(struct vdev *dev, struct sdhci_state *p, uint32_t offset,
		 uint32_t value, uint32_t mask)
{
	uint32_t word;

	value &= mask;
	word = (REG(p, offset) & ~mask) | value;
	switch (offset) {
	case SDHCI_BUFFER:
		(void)port_move(dev, p, true, value);
		break;
	case SDHCI_COMMAND:
		/* 2.2.6: its upper byte begins it */
		REG(p, SDHCI_COMMAND) = word;
		if (mask >> 24)
			command(dev, p);
		break;
	case SDHCI_CONTROL:
		control_write(p, word);
		break;
	case SDHCI_CLOCK:
		clock_write(dev, p, value, mask);
		break;
	case SDHCI_STATUS:
		REG(p, SDHCI_STATUS) &= ~value;
		break;
	case SDHCI_ENABLE:
		REG(p, SDHCI_ENABLE) = word & ~(uint32_t)INT_ERROR;
		REG(p, SDHCI_STATUS) &= word;
		break;
	case SDHCI_SIGNAL:
		REG(p, SDHCI_SIGNAL) = word & ~(uint32_t)INT_ERROR;
		break;
	case SDHCI_AUTO_ERROR:
		REG(p, offset) =
			(REG(p, offset) & 0xffff) | (word & 0xffff0000);
		break;
	case SDHCI_ARGUMENT_2:
	case SDHCI_BLOCK:
	case SDHCI_ARGUMENT:
	case SDHCI_ADMA:
		REG(p, offset) = word;
		break;
	default: /* the rest is read-only */
		break;
	}
}

void sdhci_settle(struct vdev *dev, struct sdhci_state *p)
{
	bool line = REG(p, SDHCI_STATUS) & REG(p, SDHCI_SIGNAL);

	if (line == p->line || !dev->virq)
		return;
	p->line = line;
	arch_virq_set(dev->vm, dev->virq, line);
}
