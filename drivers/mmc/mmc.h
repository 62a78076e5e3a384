/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SD cards and eMMC behind a host controller: what a controller's driver gives,
 * what it gets. SD Physical Layer Simplified Specification 6.00 ("SD"), eMMC
 * 5.1, JESD84-B51 ("eMMC").
 */
#ifndef DRIVERS_MMC_PRIVATE_H
#define DRIVERS_MMC_PRIVATE_H

#include <drivers/block.h>
#include <drivers/dma.h>
#include <drivers/io_wait.h>
#include <lib/types.h>
#include <lib/util.h>

#define MMC_BLOCK 512u

/* What comes back, SD 4.9. */
enum mmc_response {
	MMC_NONE,
	MMC_R1,  /* status of the card; with CRC and index */
	MMC_R1B, /* the same; the card may be busy behind it */
	MMC_R2,  /* CID or CSD: 136 bits */
	MMC_R3,  /* OCR: no CRC, no index */
	MMC_R6,  /* relative address */
	MMC_R7,  /* interface condition */
};

/**
 * struct mmc_command - one command, and data with it
 * @answer: 48 bits: the 32 in the middle in [0]; 136 bits: [0] has bits
 *          127..96, bits 7..0 of [3] mean nothing
 * @data:   dma-able, of @count blocks of @size bytes; NULL: none
 * @stop:   end it by CMD12
 */
struct mmc_command {
	uint8_t index;
	enum mmc_response response;
	uint32_t arg;
	uint32_t answer[4];
	void *data;
	uint32_t size, count;
	bool write, stop;
};

struct mmc_host;

struct mmc_host_ops {
	/* power on, one data line, 400 kHz or less, nothing under way; 0;
	 * -EIO: the controller does not reset, and may write to memory yet */
	int (*reset)(struct mmc_host *host);
	/* at most @hz; @high_speed: the card changed its timing */
	void (*set_clock)(struct mmc_host *host, uint32_t hz, bool high_speed);
	void (*set_width)(struct mmc_host *host, unsigned int lines);
	/* Ends by a deadline; CMD12 behind it is not its own, but for one that
	 * @stops. 0; -ETIMEDOUT: no answer from the card; -EIO */
	int (*command)(struct mmc_host *host, struct mmc_command *command);
	/* behind one that failed: it is as before it, and reaches no memory. 0;
	 * -EIO: it does not get there */
	int (*abort)(struct mmc_host *host);
	bool (*has_card)(struct mmc_host *host);
	bool (*is_protected)(struct mmc_host *host);
	/* it reaches no memory from now on; the last resort */
	void (*silence)(struct mmc_host *host);
	/* the host lets go of the controller */
	void (*quit)(struct mmc_host *host);
};

/** struct mmc_card - what identification found; see mmc_card.c */
struct mmc_card {
	bool is_mmc;
	bool by_block; /* addresses are of blocks, not of bytes */
	bool read_only;
	bool can_switch; /* SD: command class 10 */
	uint16_t rca;
	uint32_t cid[4]; /* no two cards have the same */
	uint64_t blocks;
	uint32_t hz;
	char model[8];
};

/**
 * struct mmc_host - a controller
 * @irq:         0: none
 * @wait, @poll: what an interrupt tells, what none tells
 * @max_hz, @lines, @high_speed: what it and its wires can
 * @max_blocks:  of one command
 * @stops:       it ends data by CMD12 by itself
 * @removable:   it knows whether a card is there
 * @protectable: it knows about the switch on the card
 * @protect:     nobody can read that switch
 * @page:        for small data; by mmc_attach()
 * @table:       a page of descriptors, which it looks at; the same
 */
struct mmc_host {
	const struct mmc_host_ops *ops;
	char name[24];
	const char *driver;
	int node;
	unsigned int irq;
	struct io_wait wait, poll;
	struct dma dma;
	uint32_t max_hz;
	unsigned int lines;
	bool high_speed;
	uint32_t max_blocks;
	bool stops, removable, protectable, protect;

	uint8_t *page;
	void *table;
	hpa_t table_at;
	struct mmc_card card;
	struct block_device block;
	char disk_name[12];
	bool silent, dead;
};

/** mmc_attach() - identify the card and make it a disk. Return: 0; -ENODEV:
 * no card; -EIO, logged; -ENOMEM; the host has no memory of its own then */
int __must_check mmc_attach(struct mmc_host *host);

/**
 * mmc_command() - a command, CMD12 behind it, and what follows where it fails
 *
 * Return: 0; -ETIMEDOUT: no answer from the card; -EIO; whatever it was, no
 * memory is written to afterwards.
 */
int __must_check mmc_command(struct mmc_host *host,
			     struct mmc_command *command);

/* mmc_card.c */

/** mmc_identify() - from power-on to transfer state. Return: 0; -ENODEV: no
 * card answers; -EIO, logged */
int __must_check mmc_identify(struct mmc_host *host);

/** mmc_simple() - a command without data. Return: 0; -ETIMEDOUT; -EIO, also
 * by the card's own word */
int __must_check mmc_simple(struct mmc_host *host, uint8_t index,
			    enum mmc_response response, uint32_t arg,
			    uint32_t answer[4]);

/** mmc_small() - a command that reads @bytes into host->page */
int __must_check mmc_small(struct mmc_host *host, uint8_t index, uint32_t arg,
			   uint32_t bytes);

/** mmc_status_bad() - a card's status, R1, tells of an error: SD 4.10.1 */
static inline bool mmc_status_bad(uint32_t status)
{
	return status & 0xfdf90000u;
}

/* mmc_csd.c */

/** mmc_bits() - bits @from + @count - 1 to @from of 136 bits' answer */
uint32_t mmc_bits(const uint32_t answer[4], unsigned int from,
		  unsigned int count);

/** mmc_csd_read() - size, clock and protection from a CSD */
void mmc_csd_read(struct mmc_card *card, const uint32_t csd[4]);

/** mmc_cid_read() - the card's name */
void mmc_cid_read(struct mmc_card *card, const uint32_t cid[4]);

/* mmc_speed.c */

/** mmc_speed_up() - a faster clock and more lines, where all can */
void mmc_speed_up(struct mmc_host *host);

/** mmc_ext_csd_read() - eMMC: its size beyond 2 GB. Return: 0; -EIO */
int __must_check mmc_ext_csd_read(struct mmc_host *host);

#endif
