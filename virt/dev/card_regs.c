/* SPDX-License-Identifier: Apache-2.0 */
#include "card_regs.h"

#include <string.h>

/* @value to bits @from and up of 136, the highest of which come first. */
static void put(uint32_t words[4], unsigned int from, unsigned int count,
		uint32_t value)
{
	for (unsigned int i = 0; i < count; i++, from++)
		if (value >> i & 1)
			words[3 - from / 32] |= (uint32_t)BIT(from % 32);
}

/* 5.2, eMMC 7.2: the product's name has a letter more there. */
void card_cid(const struct card *card, uint32_t words[4])
{
	static const char name[] = "CVISOR";
	bool emmc = card->kind == CARD_EMMC;

	memset(words, 0, 4 * sizeof(words[0]));
	put(words, 120, 8, 0xc5); /* manufacturer */
	put(words, 112, 8, emmc ? 1 : 'C');
	put(words, 104, 8, 'V');
	for (unsigned int i = 0; i < (emmc ? 6 : 5); i++)
		put(words, 96 - 8 * i, 8, (uint8_t)name[i]);
	put(words, emmc ? 48 : 56, 8, 0x10); /* revision 1.0 */
	put(words, emmc ? 16 : 24, 32, card->serial);
	/* January of the first year there is */
	put(words, 8, 12, emmc ? 0x10 : 0x001);
	put(words, 0, 1, 1);
}

/*
 * 5.3.2: C_SIZE + 1 units of 512 KiB, as blocks of 1 KiB in groups of 512.
 * 5.3.3: the same unit, blocks of 512 bytes. eMMC 7.3: EXT_CSD has its size.
 */
void card_csd(const struct card *card, uint32_t words[4])
{
	uint32_t units = (uint32_t)(card->bytes >> 19);
	bool emmc = card->kind == CARD_EMMC;
	uint32_t block_len = card->high ? 9 : 10;

	memset(words, 0, 4 * sizeof(words[0]));
	put(words, 126, 2, emmc ? 3 : card->high);
	put(words, 122, 4, emmc ? 4 : 0); /* eMMC 4 and later */
	put(words, 112, 8, 0x0e);         /* TAAC: 1 ms */
	put(words, 96, 8, 0x32);          /* 25 MHz; 26 of an eMMC */
	/* classes of commands: basic, read, write, application, switch */
	put(words, 84, 12,
	    (emmc ? 0x015 : 0x515) & ~(card->read_only ? 0x10u : 0u));
	put(words, 12, 1, card->read_only); /* TMP_WRITE_PROTECT */
	put(words, 80, 4, block_len);
	put(words, 26, 3, 2); /* R2W_FACTOR */
	put(words, 22, 4, block_len);
	put(words, 0, 1, 1);
	if (emmc) {
		put(words, 62, 12, 0xfff);
		put(words, 47, 3, 7);
	} else if (card->high) {
		put(words, 48, 22, units - 1);
	} else {
		put(words, 62, 12, units - 1);
		put(words, 47, 3, 7);
	}
}

/* 5.6: version 2.00, 1 and 4 lines */
void card_scr(uint8_t *bytes)
{
	memset(bytes, 0, 8);
	bytes[0] = 0x02;
	bytes[1] = 0x05;
}

/* 4.10.2: the width now */
void card_sd_status(const struct card *card, uint8_t *bytes)
{
	memset(bytes, 0, 64);
	bytes[0] = card->lines == 4 ? 0x80 : 0;
}

/*
 * 4.3.10: six groups of functions, the first in the lowest digit of @arg; 15
 * leaves a group as it is. Of the first group there are 0 and 1, high speed;
 * of the others 0. One that is not there fails as a whole.
 */
void card_sd_switch(struct card *card, uint32_t arg, uint8_t *bytes)
{
	uint8_t result[6];
	bool good = true;

	for (unsigned int i = 0; i < 6; i++) {
		uint32_t function = arg >> (4 * i) & 15;
		uint32_t most = i ? 0 : 1;

		if (function == 15)
			function = i ? 0 : card->high_speed;
		result[i] = function <= most ? (uint8_t)function : 15;
		good = good && function <= most;
	}
	if (good && (arg >> 31))
		card->high_speed = result[0];
	memset(bytes, 0, 64);
	bytes[1] = 100; /* mA */
	for (unsigned int i = 0; i < 6; i++) {
		bytes[2 + 2 * i] = 0x80; /* function 15 */
		bytes[3 + 2 * i] = i == 5 ? 3 : 1;
		bytes[16 - i / 2] |= (uint8_t)(result[i] << (i % 2 * 4));
	}
}

/* eMMC 7.4 */
enum {
	ERASE_GROUP_DEF = 175,
	PARTITION_CONFIG = 179,
	BUS_WIDTH = 183,
	HS_TIMING = 185,
	EXT_CSD_REV = 192,
	CSD_STRUCTURE = 194,
	DEVICE_TYPE = 196,
	SEC_COUNT = 212,
	HC_WP_GRP_SIZE = 221,
	HC_ERASE_GRP_SIZE = 224,
};

void card_ext_csd(struct card *card)
{
	uint64_t sectors = card->bytes / CARD_BLOCK;

	memset(card->ext_csd, 0, sizeof(card->ext_csd));
	card->ext_csd[EXT_CSD_REV] = 5; /* 4.41: no cache, no priorities */
	card->ext_csd[CSD_STRUCTURE] = 2;
	card->ext_csd[DEVICE_TYPE] = 3; /* 26 and 52 MHz */
	for (unsigned int i = 0; i < 4; i++)
		card->ext_csd[SEC_COUNT + i] = (uint8_t)(sectors >> 8 * i);
	card->ext_csd[HC_WP_GRP_SIZE] = 1;
	card->ext_csd[HC_ERASE_GRP_SIZE] = 1;
}

static bool bus_width(struct card *card, uint8_t value)
{
	static const uint8_t lines[] = {1, 4, 8};

	if (value >= ARRAY_SIZE(lines))
		return false;
	card->lines = lines[value];
	return true;
}

/* What may be written, of the modes segment; @value is all of the byte then. */
static bool may_be(struct card *card, uint32_t index, uint8_t value)
{
	switch (index) {
	case ERASE_GROUP_DEF:
		return value <= 1;
	case PARTITION_CONFIG: /* there is one partition */
		return !(value & 7);
	case HS_TIMING:
		if (value <= 1)
			card->high_speed = value;
		return value <= 1;
	case BUS_WIDTH:
		return bus_width(card, value);
	default:
		return false;
	}
}

/* eMMC 6.6.1: set bits, clear bits, write the byte; command sets are one. */
bool card_ext_csd_switch(struct card *card, uint32_t arg)
{
	uint32_t index = arg >> 16 & 0xff;
	uint8_t value = (uint8_t)(arg >> 8), is = card->ext_csd[index];

	switch (arg >> 24 & 3) {
	case 0:
		return true;
	case 1:
		value |= is;
		break;
	case 2:
		value = (uint8_t)(is & ~value);
		break;
	default:
		break;
	}
	if (!may_be(card, index, value))
		return false;
	card->ext_csd[index] = value;
	return true;
}
