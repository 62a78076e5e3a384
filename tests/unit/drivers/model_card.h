/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SD card or eMMC as its host controller sees it: SD Physical Layer
 * Simplified Specification 6.00, JESD84-B51. Numbers are the specifications'.
 */
#ifndef TESTS_MODEL_CARD_H
#define TESTS_MODEL_CARD_H

#include <lib/types.h>

#define CARD_BYTES (1u << 20)

enum card_kind { CARD_SDHC, CARD_SDSC, CARD_SD1, CARD_EMMC, CARD_NONE };

/**
 * struct card - @lines, @high_speed: as it was switched
 * @bad: this block cannot be read; @busy_polls: after a write
 */
extern struct card {
	enum card_kind kind;
	uint8_t data[CARD_BYTES];
	unsigned int state; /* SD 4.10.1: idle 0, ready 1, ... transfer 4 */
	unsigned int polls, busy_polls, busy_left;
	unsigned int lines;
	bool high_speed, app, never_ready, locked, only_1_line;
	uint64_t bad;
	unsigned int writes, resets;
	uint32_t serial;
} card;

void card_new(enum card_kind kind);

/**
 * card_command() - Return: false: no answer
 * @answer: 16 bytes, as on the line, the highest first; 6 of a short one
 *          are its 32 bits in @answer[0]
 * @data:   where data is or goes, @bytes of it
 */
bool card_command(uint8_t index, uint32_t arg, uint32_t answer[4], void *data,
		  uint32_t bytes);

#endif
