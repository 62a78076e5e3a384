/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power domains in Rockchip's power management unit (PMU), as software sees
 * them: the upper half of what is written to a request says which bits of the
 * lower one are meant, and its status follows at once. Memories that are
 * repaired when they get power are restarted for that once their domain is on.
 * Nothing gets or loses power by them. Where: drivers/rockchip_pmu.h.
 */
#ifndef VIRT_DEV_RK_PMU_H
#define VIRT_DEV_RK_PMU_H

#include <lib/types.h>

struct rk_pmu_soc;

/**
 * struct rk_pmu - no pointers: it can be saved as it is; 16 bits are a register
 *
 * @repaired: since its domain came on, by the bits of @power.
 */
struct rk_pmu {
	uint32_t power, memory_power, request, repaired;
};

/** rk_pmu_cold() - all is on, no bus is idle */
void rk_pmu_cold(struct rk_pmu *pmu);

/** rk_pmu_read(), rk_pmu_write() - by several CPUs at once; @reg: a multiple
 * of 4; where nothing is known to be, zero is read */
uint32_t rk_pmu_read(struct rk_pmu *pmu, const struct rk_pmu_soc *soc,
		     uint64_t reg);
void rk_pmu_write(struct rk_pmu *pmu, const struct rk_pmu_soc *soc,
		  uint64_t reg, uint32_t value);

#endif
