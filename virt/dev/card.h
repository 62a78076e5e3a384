/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SD card or an eMMC as its host controller sees it: SD Physical Layer
 * Simplified Specification 6.00 ("SD"), JESD84-B51 ("eMMC").
 */
#ifndef VIRT_DEV_CARD_H
#define VIRT_DEV_CARD_H

#include <lib/types.h>
#include <lib/util.h>

struct vdisk;

#define CARD_BLOCK 512u
#define CARD_EXT_CSD_BYTES 512u

enum card_kind { CARD_SD, CARD_EMMC };

/* SD table 4-1 and 4.10.1, eMMC table 46: the numbers that a status tells. */
enum card_state {
	CARD_IDLE,
	CARD_READY,
	CARD_IDENT,
	CARD_STANDBY,
	CARD_TRANSFER,
	CARD_DATA,
	CARD_RECEIVE,
	CARD_INACTIVE = 9, /* told by nobody: it answers nothing any more */
};

/**
 * struct card - no pointers: it can be saved as it is
 * @bytes:    its size
 * @high:     high capacity: addresses are of blocks, not of bytes
 * @serial:   of its CID
 * @errors:   bits of the status that the next answer tells, and clears
 * @app:      the command before was CMD55
 * @preset:   blocks that CMD23 announced; 0: it did not
 * @written:  blocks of the last write
 * @at:       of its memory: where the data is that moves
 * @left:     bytes of it until the end
 * @open:     CMD12 ends it
 * @reg_bytes: what moves is @block, so many bytes of it; 0: its memory
 * @block:    a register on its way out, or a block that is not whole yet
 * @filled:   bytes of that
 * @want:     what its controller is to move, more or less; 0: not known
 * @read_only: it has no commands that write
 */
struct card {
	uint64_t bytes;
	uint64_t at, left;
	uint32_t kind; /* enum card_kind */
	uint32_t serial;
	uint32_t state; /* enum card_state */
	uint32_t errors;
	uint32_t preset, written;
	uint32_t reg_bytes, filled, want;
	uint16_t rca;
	uint8_t lines;
	bool high, high_speed, app, open, read_only;
	uint8_t block[CARD_BLOCK];
	uint8_t ext_csd[CARD_EXT_CSD_BYTES]; /* of an eMMC */
};

/* 4.10.1, of card->errors: it could not do it */
#define CARD_ERROR 0x00080000u

/** struct card_answer - @words: the 32 bits of a short one in [0]; of a long
 * one, bits 127 to 96 there */
struct card_answer {
	enum { CARD_SILENT, CARD_SHORT, CARD_LONG } form;
	bool busy; /* it may be busy behind it: R1b */
	uint32_t words[4];
};

/** card_moves() - in the middle of a data transfer, until CMD12 where it is open */
static inline bool card_moves(const struct card *card)
{
	return card->state == CARD_DATA || card->state == CARD_RECEIVE;
}

/** card_init() - @bytes of memory, whole MiB, and at most 2 TiB */
void card_init(struct card *card, enum card_kind kind, uint64_t bytes,
	       uint32_t serial);

/** card_power_on() - as cold */
void card_power_on(struct card *card);

/** card_command() - one command, to its answer; data moves after it */
void card_command(struct card *card, uint8_t index, uint32_t arg,
		  struct card_answer *answer);

/** card_give() - data from the card. Return: bytes; fewer: no more comes */
uint32_t card_give(struct card *card, struct vdisk *disk, void *buf,
		   uint32_t len);

/** card_take() - data to the card. Return: bytes; fewer: it takes no more */
uint32_t card_take(struct card *card, struct vdisk *disk, const void *buf,
		   uint32_t len);

#endif
