/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an emulated DesignWare Mobile Storage Host and what descends from it have
 * in common: registers, commands, data. Chapters are those of Synopsys'
 * "DesignWare Cores Mobile Storage Host Databook" 2.70a.
 */
#ifndef VIRT_DEV_DW_MSHC_H
#define VIRT_DEV_DW_MSHC_H

#include <virt/vdev.h>

#include "card.h"

/* Chapter 6, "Register Memory Map" */
enum {
	CTRL = 0x00,
	PWREN = 0x04,
	CLKDIV = 0x08,
	CLKSRC = 0x0c,
	CLKENA = 0x10,
	TMOUT = 0x14,
	CTYPE = 0x18,
	BLKSIZ = 0x1c,
	BYTCNT = 0x20,
	INTMASK = 0x24,
	CMDARG = 0x28,
	CMD = 0x2c,
	RESP0 = 0x30,
	MINTSTS = 0x40,
	RINTSTS = 0x44,
	STATUS = 0x48,
	FIFOTH = 0x4c,
	CDETECT = 0x50,
	WRTPRT = 0x54,
	TCBCNT = 0x5c,
	TBBCNT = 0x60,
	DEBNCE = 0x64,
	USRID = 0x68,
	VERID = 0x6c,
	HCON = 0x70,
	UHS_REG = 0x74,
	RST_N = 0x78,
	BMOD = 0x80,
	PLDMND = 0x84,
	DBADDR = 0x88,
	REGS_END = 0x118,
	FIFO = 0x200, /* and all that follows */
};

/* An address of 64 bits is two registers, and all behind it stands elsewhere. */
#define IDSTS(p) ((p)->kind.wide ? 0x90u : 0x8cu)
#define IDINTEN(p) (IDSTS(p) + 4)
#define DSCADDR(p) (IDSTS(p) + 8)
#define BUFADDR(p) (DSCADDR(p) + ((p)->kind.wide ? 8u : 4u))

#define CTRL_RESET BIT(0) /* of the card's side */
#define CTRL_FIFO_RESET BIT(1)
#define CTRL_DMA_RESET BIT(2)
#define CTRL_INT_ENABLE BIT(4)
#define CTRL_DMA_ENABLE BIT(5)
#define CTRL_IDMAC BIT(25)

#define CMD_RESPONSE BIT(6)
#define CMD_LONG BIT(7)
#define CMD_CHECK_CRC BIT(8)
#define CMD_DATA BIT(9)
#define CMD_WRITE BIT(10)
#define CMD_AUTO_STOP BIT(12)
#define CMD_CARD_NUMBER 0x001f0000u
#define CMD_CLOCK BIT(21)
#define CMD_START BIT(31)

#define INT_COMMAND BIT(2)
#define INT_DATA_OVER BIT(3)
#define INT_TX_ROOM BIT(4)
#define INT_RX_DATA BIT(5)
#define INT_DATA_CRC BIT(7)
#define INT_RESPONSE_TIMEOUT BIT(8)
#define INT_DATA_TIMEOUT BIT(9)
#define INT_STARVED BIT(10)
#define INT_FIFO BIT(11)
#define INT_LOCKED BIT(12)
#define INT_AUTO_STOP BIT(14)

#define STATUS_RX_LEVEL BIT(0)
#define STATUS_TX_LEVEL BIT(1)
#define STATUS_EMPTY BIT(2)
#define STATUS_FULL BIT(3)
#define STATUS_CARD BIT(8) /* DAT3 is high */
#define STATUS_BUSY BIT(9)
#define STATUS_INDEX(index) ((uint32_t)(index) << 11)
#define NO_INDEX 0x3fu

#define BMOD_RESET BIT(0)
#define BMOD_SKIP(bmod) ((bmod) >> 2 & 31)
#define BMOD_ENABLE BIT(7)

/* Chapter 8, "Internal DMA Controller": IDSTS, IDINTEN and descriptors */
#define IDSTS_SENT BIT(0)
#define IDSTS_RECEIVED BIT(1)
#define IDSTS_BUS_ERROR BIT(2)
#define IDSTS_NO_DESC BIT(4)
#define IDSTS_CARD_ERROR BIT(5)
#define IDSTS_NORMAL BIT(8)
#define IDSTS_ABNORMAL BIT(9)
#define IDSTS_ALL 0x337u
#define IDSTS_KIND_BUS 0x2000u /* 12 to 10: no access */

#define DESC_QUIET BIT(1)
#define DESC_LAST BIT(2)
#define DESC_CHAINED BIT(4)
#define DESC_END_OF_RING BIT(5)
#define DESC_OWN BIT(31)
#define DESC_BYTES_1(sizes) ((sizes)&0x1fff)
#define DESC_BYTES_2(sizes) ((sizes) >> 13 & 0x1fff)

#define FIFO_WORDS_MAX 512u

/**
 * struct dw_mshc_kind - which of them it is
 * @fifo_words: at most FIFO_WORDS_MAX
 * @dma_bits: of CTRL: all of them are set for DMA
 * @wide:     addresses have 64 bits
 * @ahead:    data may be in the FIFO before its command comes
 * @gated:    the card's side has no clock of its own until the guest gives it
 */
struct dw_mshc_kind {
	uint32_t fifo_words, dma_bits;
	bool wide, ahead, gated;
};

/**
 * struct dw_mshc - no pointers: it can be saved as it is
 * @regs:     by offset / 4, for those that are just kept
 * @stopped:  the card's side has no clock of its own: commands wait
 * @divider, @clocked: what the card's side has taken over of CLKDIV, CLKENA
 * @data:     a command's data moves; @to_card: there; @by_dma: by descriptors
 * @data_left: bytes of it
 * @desc_at:  the next descriptor
 * @descs:    looked at for this command
 * @index:    of the last response
 * @line:     level last given to the interrupt controller
 * @fifo:     a ring, of words between card and guest; @fifo_in: for the guest
 */
struct dw_mshc {
	struct card card;
	struct dw_mshc_kind kind;
	uint32_t regs[REGS_END / 4];
	uint32_t divider;
	uint64_t desc_at;
	uint32_t data_left, descs;
	uint8_t index;
	bool stopped, clocked, data, to_card, by_dma, auto_stop, fifo_in;
	bool line;
	uint32_t fifo_first, fifo_count, fifo[FIFO_WORDS_MAX];
};

/* of registers that are just kept */
#define REG(p, offset) ((p)->regs[(offset) / 4])

/** dw_mshc_init() - with an SD card of the device's disk in it. Return: 0;
 * -Exxx as vdisk_create() */
int __must_check dw_mshc_init(struct vdev *dev,
			      const struct dw_mshc_kind *kind);

/** dw_mshc_flags - of their nodes, for struct card_host_node */
extern const char *const dw_mshc_flags[];

/** dw_mshc_reset(), dw_mshc_moved(), dw_mshc_stop() - for struct vdev_ops */
void dw_mshc_reset(struct vdev *dev);
void dw_mshc_moved(struct vdev *dev);
void dw_mshc_stop(struct vdev *dev);

/** dw_mshc_read(), dw_mshc_write() - for struct vdev_ops: a register by
 * @reg_read or @reg_write, with the lock held, or data of the FIFO */
uint64_t dw_mshc_read(struct vdev *dev, uint64_t offset,
		      uint32_t (*reg_read)(struct vdev *dev, struct dw_mshc *p,
					   uint32_t reg));
void dw_mshc_write(struct vdev *dev, uint64_t offset, uint64_t value,
		   void (*reg_write)(struct vdev *dev, struct dw_mshc *p,
				     uint32_t reg, uint32_t value));

/** dw_mshc_reg_read(), dw_mshc_reg_write() - those that all have; what they do
 * not know reads as zero, and ignores writes */
uint32_t dw_mshc_reg_read(struct vdev *dev, struct dw_mshc *p, uint32_t reg);
void dw_mshc_reg_write(struct vdev *dev, struct dw_mshc *p, uint32_t reg,
		       uint32_t value);

/** dw_mshc_take() - a command that waited, if there is one: @stopped is over */
void dw_mshc_take(struct vdev *dev, struct dw_mshc *p);

/** dw_mshc_settle() - the interrupt line, after any change */
void dw_mshc_settle(struct vdev *dev, struct dw_mshc *p);

#endif
