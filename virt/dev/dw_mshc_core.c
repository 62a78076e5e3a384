/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands and data of DesignWare's controllers: the databook, chapters 6
 * "Registers", 7 "Programming the DWC_mobile_storage", 8 "Internal DMA
 * Controller".
 *
 * A command and its data are over when the write that begins them returns, but
 * for data that the guest moves itself, for a chain of descriptors that ends
 * early, and for a card on the host's disk: there the controller waits.
 *
 * Over 600 lines, because whatever moves data, DMA or the FIFO, has to end its
 * command in the same few ways.
 */
#include "dw_mshc.h"

#include "card_host.h"

#include <arch/virt.h>
#include <errno.h>
#include <string.h>
#include <virt/guest_mem.h>
#include <virt/vdisk.h>

/* An address register, and its upper half: of descriptors, of data. */
static void note_address(struct dw_mshc *p, uint32_t reg, uint64_t at)
{
	REG(p, reg) = (uint32_t)at;
	if (p->kind.wide)
		REG(p, reg + 4) = (uint32_t)(at >> 32);
}

static uint64_t list_at(const struct dw_mshc *p)
{
	uint64_t high = p->kind.wide ? REG(p, DBADDR + 4) : 0;

	return high << 32 | REG(p, DBADDR);
}

/*
 * Data; disk->lock is held
 */

static void dma_note(struct dw_mshc *p, uint32_t bits)
{
	REG(p, IDSTS(p)) |= bits;
}

/* 7.2: what goes wrong with data ends the data, too. */
static void data_end(struct dw_mshc *p, uint32_t errors)
{
	p->data = false;
	p->data_left = 0;
	REG(p, RINTSTS) |= INT_DATA_OVER | errors;
	if (errors && p->by_dma)
		dma_note(p, IDSTS_CARD_ERROR | IDSTS_ABNORMAL);
}

/* What was written is to be there first; until then, it moves. */
static void data_settle(struct vdev *dev, struct dw_mshc *p)
{
	int err = card_host_commit(dev, &p->card, p->to_card);

	if (err != -EAGAIN)
		data_end(p, err ? INT_DATA_CRC : 0);
}

static void auto_stop(struct dw_mshc *p)
{
	struct card_answer answer;

	if (!p->auto_stop || p->data)
		return;
	p->auto_stop = false;
	card_command(&p->card, 12, 0, &answer);
	REG(p, RESP0 + 4) = answer.words[0];
	REG(p, RINTSTS) |= INT_AUTO_STOP;
}

static void bus_error(struct dw_mshc *p)
{
	dma_note(p, IDSTS_BUS_ERROR | IDSTS_ABNORMAL | IDSTS_KIND_BUS);
	data_end(p, INT_STARVED);
}

/* Of one buffer. Return: false: the chain goes no further */
static bool buffer_move(struct vdev *dev, struct dw_mshc *p, uint64_t at,
			uint32_t bytes)
{
	uint32_t n = MIN(bytes, p->data_left), moved;
	int err = card_host_move(dev, &p->card, at, n, p->to_card, &moved);

	p->data_left -= moved;
	note_address(p, BUFADDR(p), at);
	if (err == -EFAULT)
		bus_error(p);
	else if (err)
		data_end(p, p->to_card ? INT_DATA_CRC : INT_DATA_TIMEOUT);
	return !err;
}

struct desc {
	uint32_t control, sizes;
	uint64_t first, second;
};

/* 8.2 "Descriptors"; of wide ones each word is followed by a second. */
static bool desc_read(struct vdev *dev, const struct dw_mshc *p, uint64_t at,
		      struct desc *desc)
{
	uint32_t words[8];
	bool wide = p->kind.wide;

	if (at % 4 || guest_read(dev->vm, gpa(at), words, wide ? 32 : 16))
		return false;
	desc->control = words[0];
	desc->sizes = words[wide ? 2 : 1];
	desc->first = wide ? words[4] | (uint64_t)words[5] << 32 : words[2];
	desc->second = wide ? words[6] | (uint64_t)words[7] << 32 : words[3];
	return true;
}

static bool desc_is_ready(struct vdev *dev, const struct dw_mshc *p,
			  const struct desc *desc)
{
	uint32_t n = DESC_BYTES_1(desc->sizes);

	if (!(desc->control & DESC_CHAINED))
		n += DESC_BYTES_2(desc->sizes);
	return card_host_is_ready(dev, &p->card, MIN(n, p->data_left),
				  p->to_card);
}

static void desc_next(struct dw_mshc *p, const struct desc *desc)
{
	if (desc->control & DESC_CHAINED)
		p->desc_at = desc->second;
	else if (desc->control & DESC_END_OF_RING)
		p->desc_at = list_at(p);
	else
		p->desc_at += (p->kind.wide ? 32u : 16u) +
			      4 * BMOD_SKIP(REG(p, BMOD));
}

/* One descriptor, given back. Return: false: there is none, or it failed */
static bool desc_run(struct vdev *dev, struct dw_mshc *p)
{
	uint64_t at = p->desc_at;
	struct desc desc;

	note_address(p, DSCADDR(p), at);
	if (p->descs++ == CARD_COMMAND_DESCS || !desc_read(dev, p, at, &desc)) {
		bus_error(p);
		return false;
	}
	if (!(desc.control & DESC_OWN)) {
		dma_note(p, IDSTS_NO_DESC | IDSTS_ABNORMAL);
		return false;
	}
	if (!desc_is_ready(dev, p, &desc)) {
		p->descs--;
		return false;
	}
	if (!buffer_move(dev, p, desc.first, DESC_BYTES_1(desc.sizes)) ||
	    (!(desc.control & DESC_CHAINED) &&
	     !buffer_move(dev, p, desc.second, DESC_BYTES_2(desc.sizes))))
		return false;
	desc.control &= ~(uint32_t)DESC_OWN;
	if (guest_write(dev->vm, gpa(at), &desc.control,
			sizeof(desc.control))) {
		bus_error(p);
		return false;
	}
	desc_next(p, &desc);
	if (!(desc.control & DESC_QUIET))
		dma_note(p, (p->to_card ? IDSTS_SENT : IDSTS_RECEIVED) |
				    IDSTS_NORMAL);
	return true;
}

/* As far as the chain goes; what is left waits for PLDMND. */
static void dma_run(struct vdev *dev, struct dw_mshc *p)
{
	if (!p->data || !p->by_dma || !(REG(p, BMOD) & BMOD_ENABLE))
		return;
	while (p->data && p->data_left && desc_run(dev, p))
		;
	if (p->data && !p->data_left)
		data_settle(dev, p);
	auto_stop(p);
}

static void fifo_put(struct dw_mshc *p, uint32_t word)
{
	p->fifo[(p->fifo_first + p->fifo_count++) % FIFO_WORDS_MAX] = word;
}

static uint32_t fifo_get(struct dw_mshc *p)
{
	uint32_t word = p->fifo[p->fifo_first];

	p->fifo_first = (p->fifo_first + 1) % FIFO_WORDS_MAX;
	p->fifo_count--;
	return word;
}

/* May the card's next word move? */
static bool is_card_ready(struct vdev *dev, const struct dw_mshc *p)
{
	return p->data && !p->by_dma && p->data_left &&
	       card_host_is_ready(dev, &p->card, MIN(p->data_left, 4u),
				  p->to_card);
}

static void fifo_fill(struct vdev *dev, struct dw_mshc *p)
{
	while (p->fifo_count < p->kind.fifo_words && is_card_ready(dev, p)) {
		uint32_t word = 0, n = MIN(p->data_left, 4u);

		if (card_give(&p->card, dev->disk, &word, n) < n) {
			data_end(p, INT_DATA_TIMEOUT);
			return;
		}
		fifo_put(p, word);
		p->data_left -= n;
		if (!p->data_left)
			data_end(p, 0);
	}
}

/* What is more than the card wants is dropped. */
static void fifo_drain(struct vdev *dev, struct dw_mshc *p)
{
	while (p->fifo_count && is_card_ready(dev, p)) {
		uint32_t n = MIN(p->data_left, 4u), word = fifo_get(p);

		if (card_take(&p->card, dev->disk, &word, n) < n) {
			data_end(p, INT_DATA_CRC);
			return;
		}
		p->data_left -= n;
		if (p->data_left)
			continue;
		p->fifo_count = 0;
		data_settle(dev, p);
	}
}

/* Between the FIFO and the card, as far as it goes; 7.2.5: what the guest is to
 * move. */
static void fifo_run(struct vdev *dev, struct dw_mshc *p)
{
	uint32_t rx_level = REG(p, FIFOTH) >> 16 & 0xfff;
	uint32_t tx_level = REG(p, FIFOTH) & 0xfff;

	if (p->by_dma)
		return;
	if (p->to_card)
		fifo_drain(dev, p);
	else
		fifo_fill(dev, p);
	auto_stop(p);
	if (p->fifo_in && p->fifo_count > rx_level)
		REG(p, RINTSTS) |= INT_RX_DATA;
	if (p->to_card && p->data && p->data_left > 4 * p->fifo_count &&
	    p->fifo_count <= tx_level)
		REG(p, RINTSTS) |= INT_TX_ROOM;
}

static uint32_t fifo_read(struct vdev *dev, struct dw_mshc *p)
{
	uint32_t word;

	if (!p->fifo_in || !p->fifo_count) {
		REG(p, RINTSTS) |= INT_FIFO;
		return 0;
	}
	word = fifo_get(p);
	fifo_run(dev, p);
	return word;
}

static void fifo_write(struct vdev *dev, struct dw_mshc *p, uint32_t word)
{
	bool wanted = p->data && p->data_left ? p->to_card && !p->by_dma
					      : p->kind.ahead;

	if (!wanted || p->fifo_count == p->kind.fifo_words) {
		REG(p, RINTSTS) |= INT_FIFO;
		return;
	}
	if (p->fifo_in)
		p->fifo_count = 0;
	p->fifo_in = false;
	fifo_put(p, word);
	fifo_run(dev, p);
}

static unsigned int lines(const struct dw_mshc *p)
{
	uint32_t ctype = REG(p, CTYPE);

	return ctype & 0x10000 ? 8 : ctype & 1 ? 4 : 1;
}

static void data_begin(struct vdev *dev, struct dw_mshc *p, uint32_t cmd)
{
	p->data = true;
	p->to_card = cmd & CMD_WRITE;
	p->auto_stop = cmd & CMD_AUTO_STOP;
	p->by_dma = (REG(p, CTRL) & p->kind.dma_bits) == p->kind.dma_bits;
	p->data_left = p->card.want = REG(p, BYTCNT);
	p->desc_at = list_at(p);
	p->descs = 0;
	if (!p->kind.ahead || !p->to_card || p->by_dma || p->fifo_in)
		p->fifo_count = 0;
	p->fifo_in = !p->to_card;
	if (p->card.state != (p->to_card ? CARD_RECEIVE : CARD_DATA) ||
	    p->data_left > CARD_COMMAND_BYTES)
		data_end(p, p->to_card ? INT_DATA_CRC : INT_DATA_TIMEOUT);
	else if (p->card.lines != lines(p))
		data_end(p, INT_DATA_CRC);
	else if (!p->data_left)
		data_end(p, 0);
	fifo_run(dev, p);
	dma_run(dev, p);
}

/*
 * Commands: 7.2.3 and following
 */

/* The card runs with the clock that was handed over, and with power. */
static bool is_card_there(const struct dw_mshc *p, uint32_t cmd)
{
	return p->clocked && (REG(p, PWREN) & 1) && !(cmd & CMD_CARD_NUMBER);
}

/* Of R2 and R3 there is no index: ones stand there. */
static void response_set(struct dw_mshc *p, const struct card_answer *answer,
			 uint32_t cmd)
{
	bool is_long = answer->form == CARD_LONG;
	bool has_index = !is_long && (cmd & CMD_CHECK_CRC);

	p->index = has_index ? cmd & 0x3f : NO_INDEX;

	for (unsigned int i = 0; i < (is_long ? 4 : 1); i++)
		REG(p, RESP0 + 4 * i) = answer->words[is_long ? 3 - i : 0];
}

static void command(struct vdev *dev, struct dw_mshc *p, uint32_t cmd)
{
	struct card_answer answer = {.form = CARD_SILENT};
	bool moved = p->data && card_moves(&p->card);

	if (is_card_there(p, cmd))
		card_command(&p->card, cmd & 0x3f, REG(p, CMDARG), &answer);
	/* it has stopped what moved */
	if (moved && !card_moves(&p->card)) {
		p->data_left = 0;
		data_settle(dev, p);
	}
	REG(p, RINTSTS) |= INT_COMMAND;
	if (answer.form != CARD_SILENT)
		response_set(p, &answer, cmd);
	else if (cmd & CMD_RESPONSE)
		REG(p, RINTSTS) |= INT_RESPONSE_TIMEOUT;
	if (!(cmd & CMD_DATA))
		return;
	if (answer.form == CARD_SILENT)
		return;
	data_begin(dev, p, cmd);
}

/* Bit 31 clears when the card's side has taken it: at once, if it runs. */
void dw_mshc_take(struct vdev *dev, struct dw_mshc *p)
{
	uint32_t value = REG(p, CMD);

	if (!(value & CMD_START) || p->stopped)
		return;
	REG(p, CMD) = value & ~(uint32_t)CMD_START;
	if (!(value & CMD_CLOCK)) {
		command(dev, p, value);
		return;
	}
	p->divider = REG(p, CLKDIV) & 0xff;
	p->clocked = REG(p, CLKENA) & 1;
}

static void cmd_write(struct vdev *dev, struct dw_mshc *p, uint32_t value)
{
	if (REG(p, CMD) & CMD_START) {
		REG(p, RINTSTS) |= INT_LOCKED;
		return;
	}
	REG(p, CMD) = value;
	dw_mshc_take(dev, p);
}

/*
 * Registers
 */

static void data_drop(struct dw_mshc *p)
{
	p->data = p->auto_stop = false;
	p->data_left = p->fifo_count = 0;
}

/* Of the card's side: its clock is to be handed over again. */
static void ctrl_write(struct dw_mshc *p, uint32_t value)
{
	if (value & CTRL_RESET) {
		p->clocked = false;
		REG(p, CMD) &= ~(uint32_t)CMD_START;
	}
	if ((value & (CTRL_RESET | CTRL_FIFO_RESET)) ||
	    ((value & CTRL_DMA_RESET) && p->by_dma))
		data_drop(p);
	REG(p, CTRL) = value & 0x02000ff0u;
}

static void bmod_write(struct dw_mshc *p, uint32_t value)
{
	if ((value & BMOD_RESET) && p->by_dma)
		data_drop(p);
	if (value & BMOD_RESET)
		REG(p, IDSTS(p)) = 0;
	REG(p, BMOD) = value & BMOD_RESET ? 0 : value & 0x7fe;
}

static void power_write(struct dw_mshc *p, uint32_t value)
{
	if (!(value & 1)) {
		card_power_on(&p->card);
		data_drop(p);
	}
	REG(p, PWREN) = value & 1;
}

/* The card writes what it was given. */
static bool is_busy(const struct dw_mshc *p)
{
	return p->data && p->to_card && !p->data_left;
}

static uint32_t status(const struct dw_mshc *p)
{
	uint32_t words = p->fifo_count;
	uint32_t value = STATUS_CARD | STATUS_INDEX(p->index) | words << 17;

	if (is_busy(p))
		value |= STATUS_BUSY;
	if (words > (REG(p, FIFOTH) >> 16 & 0xfff))
		value |= STATUS_RX_LEVEL;
	if (words <= (REG(p, FIFOTH) & 0xfff))
		value |= STATUS_TX_LEVEL;
	if (!words)
		value |= STATUS_EMPTY;
	if (words == p->kind.fifo_words)
		value |= STATUS_FULL;
	return value;
}

uint32_t dw_mshc_reg_read(struct vdev *dev, struct dw_mshc *p, uint32_t reg)
{
	switch (reg) {
	case STATUS:
		return status(p);
	case MINTSTS:
		return REG(p, RINTSTS) & REG(p, INTMASK);
	case TCBCNT: /* what the card has moved */
		return REG(p, BYTCNT) - p->data_left;
	case TBBCNT: /* and the guest */
		return REG(p, BYTCNT) - p->data_left +
		       4 * p->fifo_count * (p->fifo_in ? -1u : 1u);
	case WRTPRT:
		return dev->disk->read_only;
	case CDETECT: /* low: a card is there */
	case PLDMND:
		return 0;
	default:
		return reg < REGS_END ? REG(p, reg) : 0;
	}
}

void dw_mshc_reg_write(struct vdev *dev, struct dw_mshc *p, uint32_t reg,
		       uint32_t value)
{
	switch (reg) {
	case CTRL:
		ctrl_write(p, value);
		break;
	case PWREN:
		power_write(p, value);
		break;
	case CMD:
		cmd_write(dev, p, value);
		break;
	case RINTSTS:
		REG(p, RINTSTS) &= ~value;
		fifo_run(dev, p);
		break;
	case BMOD:
		bmod_write(p, value);
		break;
	case PLDMND:
		dma_run(dev, p);
		break;
	case CLKDIV:
	case CLKENA:
	case TMOUT:
	case CTYPE:
	case BLKSIZ:
	case BYTCNT:
	case INTMASK:
	case CMDARG:
	case FIFOTH:
	case DEBNCE:
	case USRID:
	case UHS_REG:
	case RST_N:
	case DBADDR:
		REG(p, reg) = value;
		break;
	default: /* the rest is read-only, or not everybody's */
		break;
	}
	if (reg == IDSTS(p))
		REG(p, reg) &= ~(value & IDSTS_ALL);
	else if (reg == IDINTEN(p))
		REG(p, reg) = value;
}

void dw_mshc_settle(struct vdev *dev, struct dw_mshc *p)
{
	uint32_t dma = REG(p, IDSTS(p)) & REG(p, IDINTEN(p));
	bool line = REG(p, RINTSTS) & REG(p, INTMASK);

	/* each kind needs its summary enabled */
	line = line ||
	       ((dma & (IDSTS_SENT | IDSTS_RECEIVED)) && (dma & IDSTS_NORMAL));
	line = line ||
	       ((dma & (IDSTS_BUS_ERROR | IDSTS_NO_DESC | IDSTS_CARD_ERROR)) &&
		(dma & IDSTS_ABNORMAL));
	line = line && (REG(p, CTRL) & CTRL_INT_ENABLE);
	if (line == p->line || !dev->virq)
		return;
	p->line = line;
	arch_virq_set(dev->vm, dev->virq, line);
}

uint64_t dw_mshc_read(struct vdev *dev, uint64_t offset,
		      uint32_t (*reg_read)(struct vdev *dev, struct dw_mshc *p,
					   uint32_t reg))
{
	struct dw_mshc *p = dev->state;
	uint64_t reg = ALIGN_DOWN(offset, 4);
	uint32_t value = 0;

	mutex_lock(&dev->disk->lock);
	if (reg < FIFO)
		value = reg_read(dev, p, (uint32_t)reg);
	else
		value = fifo_read(dev, p);
	dw_mshc_settle(dev, p);
	mutex_unlock(&dev->disk->lock);
	return value >> (8 * (offset & 3));
}

void dw_mshc_write(struct vdev *dev, uint64_t offset, uint64_t value,
		   void (*reg_write)(struct vdev *dev, struct dw_mshc *p,
				     uint32_t reg, uint32_t value))
{
	struct dw_mshc *p = dev->state;

	if (offset & 3)
		return;
	mutex_lock(&dev->disk->lock);
	if (offset < FIFO)
		reg_write(dev, p, (uint32_t)offset, (uint32_t)value);
	else
		fifo_write(dev, p, (uint32_t)value);
	dw_mshc_settle(dev, p);
	mutex_unlock(&dev->disk->lock);
}

void dw_mshc_moved(struct vdev *dev)
{
	struct dw_mshc *p = dev->state;

	if (is_busy(p)) {
		data_settle(dev, p);
		auto_stop(p);
	}
	fifo_run(dev, p);
	dma_run(dev, p);
	dw_mshc_settle(dev, p);
}

/*
 * Life
 */

/* SD memory alone, with no switch for its protection. */
const char *const dw_mshc_flags[] = {
	"cap-sd-highspeed", "disable-wp", "dma-coherent",
	"no-mmc",           "no-sdio",    NULL,
};

void dw_mshc_reset(struct vdev *dev)
{
	struct dw_mshc *p = dev->state;

	mutex_lock(&dev->disk->lock);
	memset(p->regs, 0, sizeof(p->regs));
	REG(p, FIFOTH) = (p->kind.fifo_words - 1) << 16;
	REG(p, TMOUT) = 0xffffff40;
	REG(p, BLKSIZ) = REG(p, BYTCNT) = CARD_BLOCK;
	REG(p, RST_N) = 1;
	p->divider = p->index = 0;
	p->clocked = false;
	data_drop(p);
	p->stopped = p->kind.gated;
	card_host_insert(dev, &p->card, CARD_SD);
	dw_mshc_settle(dev, p);
	mutex_unlock(&dev->disk->lock);
}

void dw_mshc_stop(struct vdev *dev)
{
	if (!dev->disk) /* it was not made */
		return;
	mutex_lock(&dev->disk->lock);
	data_drop(dev->state);
	mutex_unlock(&dev->disk->lock);
}

int dw_mshc_init(struct vdev *dev, const struct dw_mshc_kind *kind)
{
	struct dw_mshc *p = dev->state;

	p->kind = *kind;
	return vdisk_create(dev);
}
