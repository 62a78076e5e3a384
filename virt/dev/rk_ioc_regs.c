/* SPDX-License-Identifier: Apache-2.0 */
#include "rk_ioc.h"

#include <stddef.h>

#include "rk_masked.h"

/* GPIO0_B6 and B5 */
const struct rk_ioc_soc rk_ioc_rk3588 = {
	.blocks = {0, 0x4000, 0x8000, 0x9000, 0xa000, 0xb000, 0xc000, 0xd000},
	.block_count = 8,
	.nodes = {{"rockchip,rk3588-ioc", 0, 0x10000, "rockchip,grf"}},
	.compatible = "rockchip,rk3588-pinctrl",
	.pins = {{0, 14, 10}, {0, 13, 10}},
};

/* GPIO0_D0 and D1; GRF, behind PMUGRF, is longer than a block */
const struct rk_ioc_soc rk_ioc_rk3568 = {
	.blocks = {0, 0x40000, 0x40400, 0x40800},
	.block_count = 4,
	.nodes = {{"rockchip,rk3568-pmugrf", 0, 0x10000, "rockchip,pmu"},
		  {"rockchip,rk3568-grf", 0x40000, 0x10000, "rockchip,grf"}},
	.compatible = "rockchip,rk3568-pinctrl",
	.pins = {{0, 24, 1}, {0, 25, 1}},
};

uint32_t *rk_ioc_cell(struct rk_ioc *ioc, const struct rk_ioc_soc *soc,
		      uint64_t reg)
{
	for (unsigned int i = 0; i < soc->block_count; i++)
		if (reg >= soc->blocks[i] &&
		    reg - soc->blocks[i] < RK_IOC_BLOCK_BYTES)
			return &ioc->regs[i][(reg - soc->blocks[i]) / 4];
	return NULL;
}

uint32_t rk_ioc_read(struct rk_ioc *ioc, const struct rk_ioc_soc *soc,
		     uint64_t reg)
{
	uint32_t *cell = rk_ioc_cell(ioc, soc, reg);

	return cell ? __atomic_load_n(cell, __ATOMIC_RELAXED) : 0;
}

void rk_ioc_write(struct rk_ioc *ioc, const struct rk_ioc_soc *soc,
		  uint64_t reg, uint32_t value)
{
	uint32_t *cell = rk_ioc_cell(ioc, soc, reg);

	if (cell)
		rk_masked_write(cell, value >> 16, value);
}
