/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of Rockchip's clock and reset units (CRU), as software sees them:
 * the upper half of a written word says which bits of the lower one are meant;
 * fractions, and of RK3568 those of PLLs, are written as a whole. PLLs lock at
 * once while they have power. Nothing is clocked or reset by them.
 *
 * Sources: RK3568 TRM part 1 and RK3588 TRM part 1, chapters "CRU", as Linux'
 * clk-rk3568.c, clk-rk3588.c and clk-pll.c tell them.
 */
#ifndef VIRT_DEV_RK_CRU_H
#define VIRT_DEV_RK_CRU_H

#include <lib/types.h>

#define RK_CRU_BLOCKS 7
#define RK_CRU_BLOCK_BYTES 0x1000u

/**
 * struct rk_cru_soc - where what is
 * @blocks:  where each that has registers begins; the rest of the window reads
 *           as zero
 * @plls:    their PLL_CON0
 * @lock_at: from there to the register that tells of its lock, by @lock
 * @whole:   registers that have no mask
 * @cold:    what firmware leaves: PLLs and what the buses are made of
 * @nodes:   of the guest's tree: compatible, offset, bytes
 */
struct rk_cru_soc {
	uint32_t blocks[RK_CRU_BLOCKS];
	const uint32_t *plls, *whole;
	uint32_t lock_at, lock;
	unsigned int block_count, pll_count, whole_count, cold_count;
	const struct rk_cru_value {
		uint32_t reg, value;
	} * cold;
	struct {
		const char *compatible;
		uint32_t offset, bytes;
	} nodes[2];
};

extern const struct rk_cru_soc rk_cru_rk3588, rk_cru_rk3568;

/** struct rk_cru - no pointers: it can be saved as it is */
struct rk_cru {
	uint32_t regs[RK_CRU_BLOCKS][RK_CRU_BLOCK_BYTES / 4];
};

/** rk_cru_cold() - as firmware leaves it */
void rk_cru_cold(struct rk_cru *cru, const struct rk_cru_soc *soc);

/** rk_cru_cell() - what register @reg keeps; NULL: there is none */
uint32_t *rk_cru_cell(struct rk_cru *cru, const struct rk_cru_soc *soc,
		      uint64_t reg);

/** rk_cru_read(), rk_cru_write() - by several CPUs at once; @reg: a multiple
 * of 4 */
uint32_t rk_cru_read(struct rk_cru *cru, const struct rk_cru_soc *soc,
		     uint64_t reg);
void rk_cru_write(struct rk_cru *cru, const struct rk_cru_soc *soc,
		  uint64_t reg, uint32_t value);

#endif
