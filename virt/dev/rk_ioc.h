/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Rockchip's pin controllers consist of, as software sees it: registers
 * whose upper half says, when they are written, which bits of the lower one are
 * meant. No pin changes by them. RK3588 TRM part 1, "IOC": PMU1, PMU2, BUS,
 * VCCIO1-4, 3-5, 2, 6, EMMC; RK3568 TRM part 1, "PMUGRF" and "GRF", as Linux'
 * pinctrl-rockchip.c and its trees tell them.
 */
#ifndef VIRT_DEV_RK_IOC_H
#define VIRT_DEV_RK_IOC_H

#include <lib/types.h>

#define RK_IOC_BLOCKS 8
#define RK_IOC_BLOCK_BYTES 0x400u

/**
 * struct rk_ioc_soc - where what is
 * @blocks: where each that has registers begins; the rest of the window reads
 *          as zero
 * @nodes:  of the guest's tree: compatible, offset, bytes, and what the pin
 *          controller calls it
 * @pins:   receiver and transmitter of UART2: bank, pin, function
 */
struct rk_ioc_soc {
	uint32_t blocks[RK_IOC_BLOCKS];
	unsigned int block_count;
	struct {
		const char *compatible;
		uint32_t offset, bytes;
		const char *link;
	} nodes[2];
	const char *compatible;
	uint32_t pins[2][3];
};

extern const struct rk_ioc_soc rk_ioc_rk3588, rk_ioc_rk3568;

/** struct rk_ioc - no pointers: it can be saved as it is */
struct rk_ioc {
	uint32_t regs[RK_IOC_BLOCKS][RK_IOC_BLOCK_BYTES / 4];
};

/** rk_ioc_cell() - what register @reg keeps; NULL: there is none */
uint32_t *rk_ioc_cell(struct rk_ioc *ioc, const struct rk_ioc_soc *soc,
		      uint64_t reg);

/** rk_ioc_read(), rk_ioc_write() - by several CPUs at once; @reg: a multiple
 * of 4 */
uint32_t rk_ioc_read(struct rk_ioc *ioc, const struct rk_ioc_soc *soc,
		     uint64_t reg);
void rk_ioc_write(struct rk_ioc *ioc, const struct rk_ioc_soc *soc,
		  uint64_t reg, uint32_t value);

#endif
