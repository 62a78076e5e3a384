/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cards' protocol, in the SD mode of 3.3 V: default and high speed. Sections
 * are those of the SD specification where nothing else is said.
 *
 * Power-up takes no time, and neither does writing: a card is never busy. What
 * it does not do: erase, locks, passwords, switches to 1.8 V, boot and other
 * partitions; its CSD and EXT_CSD say so.
 */
#include "card.h"

#include "card_regs.h"

#include <string.h>
#include <virt/vdisk.h>

#define VERSION_2 0x100u /* 4.3.13: 2.7 to 3.6 V */

/* 5.1 and eMMC 7.1: what it can, ready, and addresses of blocks */
#define OCR_VOLTAGES 0x00ff8000u
#define OCR_EMMC_1V8 0x00000080u
#define OCR_HIGH 0x40000000u
#define OCR_READY 0x80000000u
#define OCR_ASKED 0x00ffff80u

/* 4.10.1 */
#define STATUS_OUT_OF_RANGE 0x80000000u
#define STATUS_ADDRESS 0x40000000u
#define STATUS_BLOCK_LEN 0x20000000u
#define STATUS_ILLEGAL 0x00400000u
#define STATUS_ECC 0x00200000u
#define STATUS_SWITCH 0x00000080u /* eMMC 6.13 */
#define STATUS_READY 0x00000100u
#define STATUS_APP 0x00000020u

#define SD_RCA 0x5344u

/* who knows a command */
#define SD 1u
#define EMMC 2u
#define APP 4u /* an SD card, after CMD55 */

/* in which states; R: response */
#define IN(state) ((uint16_t)BIT(state))
#define IN_TRANSFER IN(CARD_TRANSFER)
#define IN_SELECTED (IN_TRANSFER | IN(CARD_DATA) | IN(CARD_RECEIVE))

enum response { R_NONE, R1, R1B, R2, R3, R6, R7 };

/* run: false: it does not answer, and nothing happened. What R1 and R6 carry is
 * the state before. */
struct command {
	uint8_t index, who, response;
	uint16_t states;
	bool (*run)(struct card *card, uint32_t arg, uint32_t words[4]);
};

static uint32_t status(const struct card *card)
{
	return card->errors | card->state << 9 | STATUS_READY |
	       (card->app ? STATUS_APP : 0);
}

static bool is_called(const struct card *card, uint32_t arg)
{
	return arg >> 16 == card->rca;
}

/*
 * Identification: 4.2, eMMC 6.4
 */

void card_power_on(struct card *card)
{
	card->state = CARD_IDLE;
	card->rca = card->kind == CARD_EMMC ? 1 : 0;
	card->lines = 1;
	card->errors = card->preset = card->written = 0;
	card->high_speed = card->app = card->open = false;
	card->at = card->left = 0;
	card->reg_bytes = card->filled = 0;
	if (card->kind == CARD_EMMC)
		card_ext_csd(card);
}

void card_init(struct card *card, enum card_kind kind, uint64_t bytes,
	       uint32_t serial)
{
	card->kind = kind;
	card->bytes = bytes;
	card->serial = serial;
	/* 3.3: up to 2 GiB it is of standard capacity */
	card->high = kind == CARD_EMMC || bytes > 2 * SIZE_1G;
	card_power_on(card);
}

static bool go_idle(struct card *card, uint32_t arg __unused_arg,
		    uint32_t words[4] __unused_arg)
{
	card_power_on(card);
	return true;
}

/* One that asks for nothing only wants to know. */
static uint32_t power_up(struct card *card, uint32_t arg, uint32_t ocr)
{
	bool can = card->kind == CARD_EMMC || !card->high || (arg & OCR_HIGH);

	if (!(arg & OCR_ASKED & ocr) || !can)
		return ocr;
	card->state = CARD_READY;
	return ocr | OCR_READY | (card->high ? OCR_HIGH : 0);
}

static bool emmc_op_cond(struct card *card, uint32_t arg, uint32_t words[4])
{
	words[0] = power_up(card, arg, OCR_VOLTAGES | OCR_EMMC_1V8);
	return true;
}

static bool sd_op_cond(struct card *card, uint32_t arg, uint32_t words[4])
{
	words[0] = power_up(card, arg, OCR_VOLTAGES);
	return true;
}

static bool if_cond(struct card *card __unused_arg, uint32_t arg,
		    uint32_t words[4])
{
	words[0] = arg & 0xfff;
	return (arg & 0xf00) == VERSION_2;
}

static bool all_send_cid(struct card *card, uint32_t arg __unused_arg,
			 uint32_t words[4])
{
	card_cid(card, words);
	card->state = CARD_IDENT;
	return true;
}

/* 4.9.5: the address, and the status' bits 23, 22, 19 and 12 to 0 */
static bool publish_rca(struct card *card, uint32_t arg __unused_arg,
			uint32_t words[4])
{
	uint32_t s = words[0];

	card->rca = SD_RCA;
	card->state = CARD_STANDBY;
	words[0] = (uint32_t)SD_RCA << 16 | (s >> 8 & 0xc000) |
		   (s >> 6 & 0x2000) | (s & 0x1fff);
	return true;
}

static bool set_rca(struct card *card, uint32_t arg,
		    uint32_t words[4] __unused_arg)
{
	card->rca = (uint16_t)(arg >> 16);
	card->state = CARD_STANDBY;
	return true;
}

static bool send_csd(struct card *card, uint32_t arg, uint32_t words[4])
{
	card_csd(card, words);
	return is_called(card, arg);
}

static bool send_cid(struct card *card, uint32_t arg, uint32_t words[4])
{
	card_cid(card, words);
	return is_called(card, arg);
}

/* The one that is not meant is deselected, and silent. */
static bool select_card(struct card *card, uint32_t arg,
			uint32_t words[4] __unused_arg)
{
	if (is_called(card, arg) == (card->state != CARD_STANDBY))
		return false;
	card->left = card->reg_bytes = card->filled = 0;
	card->state =
		card->state == CARD_STANDBY ? CARD_TRANSFER : CARD_STANDBY;
	return card->state == CARD_TRANSFER;
}

static bool send_status(struct card *card, uint32_t arg,
			uint32_t words[4] __unused_arg)
{
	return is_called(card, arg);
}

static bool go_inactive(struct card *card, uint32_t arg,
			uint32_t words[4] __unused_arg)
{
	if (is_called(card, arg))
		card->state = CARD_INACTIVE;
	return false;
}

static bool app_cmd(struct card *card, uint32_t arg, uint32_t words[4])
{
	card->app = is_called(card, arg);
	words[0] |= STATUS_APP;
	return card->app;
}

/*
 * Registers on the data lines, and switches
 */

static void send_block(struct card *card, uint32_t bytes)
{
	card->reg_bytes = bytes;
	card->left = bytes;
	card->open = false;
	card->state = CARD_DATA;
}

static bool send_scr(struct card *card, uint32_t arg __unused_arg,
		     uint32_t words[4] __unused_arg)
{
	card_scr(card->block);
	send_block(card, 8);
	return true;
}

static bool sd_status(struct card *card, uint32_t arg __unused_arg,
		      uint32_t words[4] __unused_arg)
{
	card_sd_status(card, card->block);
	send_block(card, 64);
	return true;
}

static bool num_written(struct card *card, uint32_t arg __unused_arg,
			uint32_t words[4] __unused_arg)
{
	for (unsigned int i = 0; i < 4; i++)
		card->block[i] = (uint8_t)(card->written >> (24 - 8 * i));
	send_block(card, 4);
	return true;
}

static bool sd_switch(struct card *card, uint32_t arg,
		      uint32_t words[4] __unused_arg)
{
	card_sd_switch(card, arg, card->block);
	send_block(card, 64);
	return true;
}

static bool send_ext_csd(struct card *card, uint32_t arg __unused_arg,
			 uint32_t words[4] __unused_arg)
{
	memcpy(card->block, card->ext_csd, sizeof(card->block));
	send_block(card, CARD_EXT_CSD_BYTES);
	return true;
}

static bool emmc_switch(struct card *card, uint32_t arg,
			uint32_t words[4] __unused_arg)
{
	if (!card_ext_csd_switch(card, arg))
		card->errors |= STATUS_SWITCH;
	return true;
}

/* 4.3.2: 1 or 4 */
static bool bus_width(struct card *card, uint32_t arg,
		      uint32_t words[4] __unused_arg)
{
	if (arg & 1)
		card->errors |= CARD_ERROR;
	else
		card->lines = arg & 2 ? 4 : 1;
	return true;
}

static bool accept(struct card *card __unused_arg, uint32_t arg __unused_arg,
		   uint32_t words[4] __unused_arg)
{
	return true;
}

static bool set_block_len(struct card *card, uint32_t arg, uint32_t words[4])
{
	if (arg != CARD_BLOCK)
		words[0] |= STATUS_BLOCK_LEN;
	(void)card;
	return true;
}

static bool set_block_count(struct card *card, uint32_t arg,
			    uint32_t words[4] __unused_arg)
{
	card->preset = arg & 0xffff;
	return true;
}

/*
 * Its memory: 4.3.3, 4.3.4
 */

/* @count: blocks; 0: until CMD12 */
static bool move(struct card *card, uint32_t arg, uint32_t *word,
		 uint32_t count, enum card_state state)
{
	uint64_t at = card->high ? (uint64_t)arg * CARD_BLOCK : arg;
	uint64_t bytes = (uint64_t)count * CARD_BLOCK;

	card->preset = 0;
	if (at % CARD_BLOCK)
		*word |= STATUS_ADDRESS;
	else if (at >= card->bytes || bytes > card->bytes - at)
		*word |= STATUS_OUT_OF_RANGE;
	if (*word & (STATUS_ADDRESS | STATUS_OUT_OF_RANGE))
		return true;
	card->at = at;
	card->open = !count;
	card->left = count ? bytes : card->bytes - at;
	card->reg_bytes = card->filled = 0;
	card->state = state;
	return true;
}

static bool read_one(struct card *card, uint32_t arg, uint32_t words[4])
{
	return move(card, arg, words, 1, CARD_DATA);
}

static bool read_many(struct card *card, uint32_t arg, uint32_t words[4])
{
	return move(card, arg, words, card->preset, CARD_DATA);
}

static bool write_one(struct card *card, uint32_t arg, uint32_t words[4])
{
	card->written = 0;
	return move(card, arg, words, 1, CARD_RECEIVE);
}

static bool write_many(struct card *card, uint32_t arg, uint32_t words[4])
{
	card->written = 0;
	return move(card, arg, words, card->preset, CARD_RECEIVE);
}

static void data_end(struct card *card)
{
	card->left = card->reg_bytes = card->filled = 0;
	card->open = false;
	card->state = CARD_TRANSFER;
}

/* A block that is not whole is lost. */
static bool stop(struct card *card, uint32_t arg __unused_arg,
		 uint32_t words[4] __unused_arg)
{
	data_end(card);
	return true;
}

uint32_t card_give(struct card *card, struct vdisk *disk, void *buf,
		   uint32_t len)
{
	uint32_t n = (uint32_t)MIN((uint64_t)len, card->left);

	if (card->state != CARD_DATA)
		return 0;
	if (card->reg_bytes) {
		memcpy(buf, card->block + card->reg_bytes - card->left, n);
	} else if (n && vdisk_read(disk, card->at, buf, n)) {
		card->errors |= STATUS_ECC;
		card->left = n = 0;
	}
	card->at += n;
	card->left -= n;
	if (!card->left && !card->open)
		data_end(card);
	else if (n < len)
		card->errors |=
			card->errors & STATUS_ECC ? 0 : STATUS_OUT_OF_RANGE;
	return n;
}

/* Whole blocks, or what makes the one that was begun whole. */
static uint32_t take_some(struct card *card, struct vdisk *disk,
			  const uint8_t *buf, uint32_t len)
{
	uint32_t n = len - len % CARD_BLOCK;
	const uint8_t *from = buf;
	uint32_t whole = n;

	if (card->filled || !n) {
		n = MIN(len, CARD_BLOCK - card->filled);
		memcpy(card->block + card->filled, buf, n);
		card->filled = (card->filled + n) % CARD_BLOCK;
		whole = card->filled ? 0 : CARD_BLOCK;
		from = card->block;
	}
	if (whole && vdisk_write(disk, card->at, from, whole)) {
		card->errors |= CARD_ERROR;
		card->left = 0;
		return 0;
	}
	card->at += whole;
	card->written += whole / CARD_BLOCK;
	card->left -= n;
	return n;
}

uint32_t card_take(struct card *card, struct vdisk *disk, const void *buf,
		   uint32_t len)
{
	uint32_t done = 0, want = (uint32_t)MIN((uint64_t)len, card->left);
	uint32_t n = 1;

	if (card->state != CARD_RECEIVE)
		return 0;
	for (; done < want && n; done += n)
		n = take_some(card, disk, (const uint8_t *)buf + done,
			      want - done);
	if (!card->left && !card->open)
		data_end(card);
	else if (done < len)
		card->errors |=
			card->errors & CARD_ERROR ? 0 : STATUS_OUT_OF_RANGE;
	return done;
}

/*
 * Commands: 4.7.4 and table 4-35, eMMC 6.10.4 and 6.12
 */

static const struct command commands[] = {
	{0, SD | EMMC, R_NONE, 0xffff & ~IN(CARD_INACTIVE), go_idle},
	{1, EMMC, R3, IN(CARD_IDLE) | IN(CARD_READY), emmc_op_cond},
	{2, SD | EMMC, R2, IN(CARD_READY), all_send_cid},
	{3, SD, R6, IN(CARD_IDENT) | IN(CARD_STANDBY), publish_rca},
	{3, EMMC, R1, IN(CARD_IDENT), set_rca},
	{6, SD, R1, IN_TRANSFER, sd_switch},
	{6, EMMC, R1B, IN_TRANSFER, emmc_switch},
	{7, SD | EMMC, R1B, IN(CARD_STANDBY) | IN_SELECTED, select_card},
	{8, SD, R7, IN(CARD_IDLE), if_cond},
	{8, EMMC, R1, IN_TRANSFER, send_ext_csd},
	{9, SD | EMMC, R2, IN(CARD_STANDBY), send_csd},
	{10, SD | EMMC, R2, IN(CARD_STANDBY), send_cid},
	{12, SD | EMMC, R1B, IN(CARD_DATA) | IN(CARD_RECEIVE), stop},
	{13, SD | EMMC, R1, IN(CARD_STANDBY) | IN_SELECTED, send_status},
	{15, SD | EMMC, R_NONE, IN(CARD_STANDBY) | IN_SELECTED, go_inactive},
	{16, SD | EMMC, R1, IN_TRANSFER, set_block_len},
	{17, SD | EMMC, R1, IN_TRANSFER, read_one},
	{18, SD | EMMC, R1, IN_TRANSFER, read_many},
	{23, EMMC, R1, IN_TRANSFER, set_block_count},
	{24, SD | EMMC, R1, IN_TRANSFER, write_one},
	{25, SD | EMMC, R1, IN_TRANSFER, write_many},
	{55, SD, R1, IN(CARD_IDLE) | IN(CARD_STANDBY) | IN_SELECTED, app_cmd},
	{6, APP, R1, IN_TRANSFER, bus_width},
	{13, APP, R1, IN_TRANSFER, sd_status},
	{22, APP, R1, IN_TRANSFER, num_written},
	{23, APP, R1, IN_TRANSFER, accept}, /* blocks to erase before */
	{41, APP, R3, IN(CARD_IDLE) | IN(CARD_READY), sd_op_cond},
	{42, APP, R1, IN_TRANSFER, accept}, /* the pull-up of DAT3 */
	{51, APP, R1, IN_TRANSFER, send_scr},
};

static const struct command *command_find(uint8_t index, uint32_t who)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].index == index && (commands[i].who & who))
			return &commands[i];
	return NULL;
}

/* 4.3.9: one that is no application's is taken as what it is elsewhere */
static const struct command *command_of(const struct card *card, uint8_t index)
{
	const struct command *command = NULL;

	if (card->app)
		command = command_find(index, APP);
	if (!command)
		command = command_find(index,
				       card->kind == CARD_EMMC ? EMMC : SD);
	/* a ROM card, of the eMMC's ancestors, has none of class 4 */
	if (card->read_only && command &&
	    (command->run == write_one || command->run == write_many))
		return NULL;
	return command;
}

static void answer_form(struct card_answer *answer, uint8_t response)
{
	answer->busy = response == R1B;
	answer->form = response == R2       ? CARD_LONG
		       : response == R_NONE ? CARD_SILENT
					    : CARD_SHORT;
}

void card_command(struct card *card, uint8_t index, uint32_t arg,
		  struct card_answer *answer)
{
	const struct command *command = command_of(card, index);
	bool was_app = card->app;

	*answer = (struct card_answer){.words = {status(card)}};
	if (index != 18 && index != 25 && index != 13)
		card->preset = 0;
	card->app = false;
	if (card->state == CARD_INACTIVE)
		return;
	if (!command || !(command->states & IN(card->state))) {
		card->errors |= STATUS_ILLEGAL;
		return;
	}
	/* of the command before, and of no other */
	card->errors &= ~STATUS_ILLEGAL;
	if (was_app && command->who == APP)
		answer->words[0] |= STATUS_APP;
	if (!command->run(card, arg, answer->words))
		return;
	answer_form(answer, command->response);
	if (command->response == R1 || command->response == R1B ||
	    command->response == R6)
		card->errors &= ~(uint32_t)answer->words[0];
}
