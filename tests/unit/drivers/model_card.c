/* SPDX-License-Identifier: Apache-2.0 */
#include "model_card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define RCA 0x4567u

struct card card;

void card_new(enum card_kind kind)
{
	memset(&card, 0, sizeof(card));
	card.kind = kind;
	card.bad = UINT64_MAX;
	card.lines = 1;
	for (unsigned int i = 0; i < CARD_BYTES; i++)
		card.data[i] = (uint8_t)(i / 512 * 3 + i);
}

static void bits_set(uint32_t words[4], unsigned int from, unsigned int count,
		     uint32_t value)
{
	for (unsigned int i = 0; i < count; i++)
		if (value >> i & 1)
			words[3 - (from + i) / 32] |= 1u << (from + i) % 32;
}

static void csd(uint32_t words[4])
{
	memset(words, 0, 16);
	bits_set(words, 96, 8, 0x32); /* 25 MHz */
	bits_set(words, 84, 12, 0x5b5);
	if (card.kind == CARD_SDHC) {
		bits_set(words, 126, 2, 1);
		bits_set(words, 48, 22, CARD_BYTES / (512 << 10) - 1);
		return;
	}
	bits_set(words, 126, 2, card.kind == CARD_EMMC ? 3 : 0);
	bits_set(words, 80, 4, 10); /* blocks of 1 KiB */
	bits_set(words, 47, 3, 1);  /* times 8 */
	bits_set(words, 62, 12,
		 card.kind == CARD_EMMC ? 0xfff : CARD_BYTES / 8192 - 1);
}

static uint32_t status(void)
{
	return card.state << 9 | (card.busy_left ? 0 : 0x100) |
	       (card.app ? 0x20 : 0) | (card.locked ? 0x2000000 : 0);
}

/* SD 5.1; after a few questions it has powered up */
static uint32_t ocr(uint32_t arg)
{
	bool high = card.kind == CARD_SDHC || card.kind == CARD_EMMC;

	assert_true(arg & 0x00300000);
	if (card.kind == CARD_SDHC)
		assert_true(arg & 0x40000000);
	if (card.never_ready || ++card.polls < 3)
		return 0x00ff8000;
	card.state = 1;
	return 0x80ff8000 | (high ? 0x40000000 : 0);
}

static uint32_t transfer(uint8_t index, uint32_t arg, uint8_t *data,
			 uint32_t bytes)
{
	bool by_block = card.kind == CARD_SDHC || card.kind == CARD_EMMC;
	uint64_t at = by_block ? (uint64_t)arg * 512 : arg;

	assert_int_equal(card.state, 4);
	assert_int_equal(bytes % 512, 0);
	assert_int_equal(bytes > 512, index == 18 || index == 25);
	if (at + bytes > CARD_BYTES)
		return 0x80000000;
	if (index >= 24) {
		memcpy(card.data + at, data, bytes);
		card.busy_left = card.busy_polls;
		card.writes++;
	} else {
		if (at / 512 <= card.bad && card.bad < (at + bytes) / 512)
			return 0x00200000; /* CARD_ECC_FAILED */
		memcpy(data, card.data + at, bytes);
	}
	return 0;
}

static void ext_csd(uint8_t *data)
{
	uint32_t sectors = CARD_BYTES / 512;

	memset(data, 0, 512);
	memcpy(data + 212, &sectors, 4);
	data[196] = 3;
	if (card.only_1_line && card.lines > 1)
		data[212] ^= 0x55; /* nobody wired the others */
}

static bool app_command(uint8_t index, uint32_t arg, uint32_t answer[4],
			uint8_t *data)
{
	answer[0] = status();
	card.app = false;
	switch (index) {
	case 41:
		answer[0] = ocr(arg);
		return true;
	case 51:
		memset(data, 0, 8);
		data[0] = 2;
		data[1] = 0x25; /* widths 1 and 4 */
		return true;
	case 6:
		assert_int_equal(arg, 2);
		card.lines = 4;
		return true;
	}
	return false;
}

static bool emmc_switch(uint32_t arg)
{
	assert_int_equal(arg >> 24, 3);
	if ((arg >> 16 & 0xff) == 183)
		card.lines = (uint8_t[]){1, 4, 8}[arg >> 8 & 3];
	else if ((arg >> 16 & 0xff) == 185)
		card.high_speed = arg >> 8 & 1;
	else
		return false;
	return true;
}

bool card_command(uint8_t index, uint32_t arg, uint32_t answer[4], void *data,
		  uint32_t bytes)
{
	bool emmc = card.kind == CARD_EMMC;
	uint32_t rca = emmc ? 1 : RCA;

	if (card.kind == CARD_NONE)
		return false;
	if (card.app)
		return app_command(index, arg, answer, data);
	answer[0] = status();
	switch (index) {
	case 0:
		card.state = card.polls = card.app = 0;
		card.lines = 1;
		card.resets++;
		return true;
	case 1:
		answer[0] = emmc ? ocr(arg) : 0;
		return emmc;
	case 2:
		memset(answer, 0, 16);
		assert_int_equal(card.state, 1);
		for (unsigned int i = 0; i < 6; i++)
			bits_set(answer, 96 - 8 * i, 8, (uint8_t) "CARDXY"[i]);
		bits_set(answer, 24, 32, card.serial);
		card.state = 2;
		return true;
	case 3:
		assert_int_equal(card.state, 2);
		if (!emmc)
			answer[0] = RCA << 16 | 0x500;
		card.state = 3;
		return !emmc || arg >> 16 == 1;
	case 6:
		if (emmc)
			return emmc_switch(arg);
		memset(data, 0, 64);
		((uint8_t *)data)[16] = 1;
		card.high_speed = true;
		return true;
	case 7:
		assert_int_equal(arg >> 16, rca);
		card.state = 4;
		return true;
	case 8:
		if (emmc && card.state == 4) {
			ext_csd(data);
			return true;
		}
		answer[0] = arg;
		return card.kind == CARD_SDHC || card.kind == CARD_SDSC;
	case 9:
		assert_int_equal(arg >> 16, rca);
		csd(answer);
		return true;
	case 13:
		answer[0] = status();
		if (card.busy_left)
			card.busy_left--;
		return true;
	case 16:
		return arg == 512;
	case 17:
	case 18:
	case 24:
	case 25:
		answer[0] |= transfer(index, arg, data, bytes);
		return true;
	case 55:
		card.app = !emmc;
		return !emmc;
	}
	return false;
}
