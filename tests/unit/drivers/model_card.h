/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emulated card (virt/dev/card.c) as the tests of the host's drivers use it:
 * what is in it, what goes wrong with it, and guest memory that is the host's.
 */
#ifndef TESTS_MODEL_CARD_H
#define TESTS_MODEL_CARD_H

#include <core/mutex.h>
#include <virt/vdev.h>

#include "../../../virt/dev/card.h"

#define CARD_BYTES (1u << 20)

enum fake_kind { SDHC, SDSC, SD1, EMMC, NO_CARD };

/**
 * struct fake_card
 * @is:         the card itself
 * @data:       what it keeps
 * @bad:        this block cannot be read
 * @polls:      asked to power up; it is ready at the third
 * @busy_polls: after a write
 * @app:        the next command is an application's
 * @set, @clear: bits of the status in the answer to this command
 */
extern struct fake_card {
	enum fake_kind kind;
	struct card *is;
	uint8_t data[CARD_BYTES];
	uint64_t bad;
	unsigned int polls, busy_polls, busy_left, resets;
	bool app, never_ready, locked, only_1_line;
	uint32_t set, clear;
} card;

/** card_new() - as bought; @is is put in by its controller's model */
void card_new(enum fake_kind kind);

/** card_insert() - a controller has been made: its card becomes this kind */
void card_insert(struct card *is);

/** card_device() - power-on of a device with this card */
void card_device(struct vdev *dev, const struct vdev_ops *ops, void *state);

/**
 * card_starts() - a driver sends it a command, which may become another one
 * @bytes: of its data, 0: none
 *
 * Return: false: it is not there.
 */
bool card_starts(uint8_t *index, uint32_t *arg, uint32_t bytes);
/** card_ends() - it was carried out */
void card_ends(uint8_t index);

/* level of the devices' interrupt */
extern bool card_line;

#endif
