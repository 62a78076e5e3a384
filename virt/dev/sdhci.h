/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of the SD Host Controller Simplified Specification 3.00
 * ("SDHCI"), emulated; which controller has them, and what else it has, is its
 * device's.
 */
#ifndef VIRT_DEV_SDHCI_H
#define VIRT_DEV_SDHCI_H

#include <virt/vdev.h>

#include "card.h"

/* 2.1.1, by words */
enum {
	SDHCI_ARGUMENT_2 =
		0x00,       /* and the address of SDMA, which is not here */
	SDHCI_BLOCK = 0x04, /* size, count */
	SDHCI_ARGUMENT = 0x08,
	SDHCI_COMMAND = 0x0c, /* transfer mode, command */
	SDHCI_RESPONSE = 0x10,
	SDHCI_BUFFER = 0x20,
	SDHCI_PRESENT = 0x24,
	SDHCI_CONTROL = 0x28, /* host control 1, power, block gap, wake-up */
	SDHCI_CLOCK = 0x2c,   /* clock, timeout, software reset */
	SDHCI_STATUS = 0x30,  /* interrupts: normal, errors */
	SDHCI_ENABLE = 0x34,
	SDHCI_SIGNAL = 0x38,
	SDHCI_AUTO_ERROR = 0x3c, /* of auto commands, host control 2 */
	SDHCI_CAPS = 0x40,
	SDHCI_CAPS_2 = 0x44,
	SDHCI_ADMA_ERROR = 0x54,
	SDHCI_ADMA = 0x58,
	SDHCI_VERSION = 0xfc, /* slots' interrupts, version */
	SDHCI_END = 0x100,
};

/**
 * struct sdhci_state - no pointers: it can be saved as it is
 * @caps, @version: what it says of itself
 * @regs:      by offset / 4, for those that are just kept
 * @data:      a command's data moves; @by_dma: by descriptors; @to_card: there
 * @stopped:   CMD12 was in the midst of it
 * @data_left: bytes of it; @block_left: of its block in the buffer, 0: none
 * @ended:     its table has, what was written is on its way
 * @descs:     looked at for it
 * @counted:   it ends by the block count
 * @line:      level last given to the interrupt controller
 */
struct sdhci_state {
	struct card card;
	uint32_t caps, version;
	uint32_t regs[SDHCI_END / 4];
	uint32_t data_left, block_left, descs;
	bool data, by_dma, to_card, counted, ended, stopped;
	bool line;
};

/** sdhci_moved(), sdhci_stop() - as of struct vdev_ops, with disk->lock held */
void sdhci_moved(struct vdev *dev, struct sdhci_state *p);
void sdhci_stop(struct sdhci_state *p);

/** sdhci_power_on() - as cold */
void sdhci_power_on(struct vdev *dev, struct sdhci_state *p);

/** sdhci_read(), sdhci_write() - @offset below SDHCI_END; of its bytes, @mask
 * says which are written. The device's lock is held; sdhci_settle() comes after */
uint32_t sdhci_read(struct vdev *dev, struct sdhci_state *p, uint32_t offset);
void sdhci_write(struct vdev *dev, struct sdhci_state *p, uint32_t offset,
		 uint32_t value, uint32_t mask);

/** sdhci_settle() - the interrupt line, after any change */
void sdhci_settle(struct vdev *dev, struct sdhci_state *p);

#endif
