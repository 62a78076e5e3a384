/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the PMUs of RK3568 and RK3588 have their power domains: the driver's
 * and the emulated ones' facts. RK3568 TRM part 1 and RK3588 TRM part 1, "PMU":
 * PMU_PWR_GATE_CON (SFTCON), PMU_PWR_GATE_STS, PMU_BUS_IDLE_…; as Linux'
 * pmdomain/rockchip/pm-domains.c tells them; numbers:
 * dt-bindings/power/rk3568-power.h, rk3588-power.h.
 */
#ifndef DRIVERS_ROCKCHIP_PMU_H
#define DRIVERS_ROCKCHIP_PMU_H

#include <lib/types.h>

#define RK_PMU_NONE 0xffu

/**
 * struct rk_pmu_domain - bits; 16 to a register where that has a mask above,
 * else 32
 * @power:  1 switches it off
 * @state:  is it on? by @by_gate in the gates' status, where 1 is off; else in
 *          the memories' repair status, where 1 is on
 * @memory: of its memories: 1 is off
 * @idle:   its bus, with as many after it as @idles says
 */
struct rk_pmu_domain {
	uint8_t id, power, state, memory, idle;
	uint8_t idles : 4, by_gate : 4;
};

/**
 * struct rk_pmu_soc - where a SoC has the registers; 0: it has no such
 * @masked: how many of each with a mask above follow one another: @power,
 *          @request, @memory_power
 */
struct rk_pmu_soc {
	const char *compatible;
	uint16_t power, gate, request, idle, ack;
	uint16_t memory_power, chain, memory, repair, size;
	unsigned int masked, count;
	const struct rk_pmu_domain *domains;
};

extern const struct rk_pmu_soc rk_pmu_rk3568, rk_pmu_rk3588;

#endif
