/* SPDX-License-Identifier: Apache-2.0 */
#include <drivers/rockchip_pmu.h>
#include <lib/util.h>

#define NONE RK_PMU_NONE

/* clang-format off */
static const struct rk_pmu_domain of_3568[] = {
	{6, 1, 1, NONE, 2, 1, 1}, {7, 0, 0, NONE, 1, 1, 1},
	{8, 6, 6, NONE, 3, 1, 1}, {9, 7, 7, NONE, 4, 1, 1},
	{10, 5, 5, NONE, 5, 1, 1}, {11, 2, 2, NONE, 6, 1, 1},
	{13, 4, 4, NONE, 8, 1, 1}, {14, 3, 3, NONE, 7, 1, 1},
	{15, 8, 8, NONE, 11, 1, 1},
};

static const struct rk_pmu_domain of_3588[] = {
	{8, 1, 1, NONE, NONE, 0, 1}, {9, 3, 2, 11, 1, 1, 0},
	{10, 4, 3, 12, 2, 1, 0}, {11, 5, 4, 13, 3, 1, 0},
	{12, 0, 1, NONE, 0, 1, 0}, {13, 2, 2, NONE, NONE, 0, 1},
	{14, 8, 7, 16, 6, 1, 0}, {15, 9, 8, 17, 7, 1, 0},
	{16, 6, 5, 14, 4, 1, 0}, {17, 7, 6, 15, 5, 1, 0},
	{21, 10, 9, 18, 8, 1, 0}, {22, 11, 10, 19, NONE, 0, 0},
	{23, 12, 11, 20, 9, 1, 0}, {24, 17, 16, 25, 13, 2, 0},
	{25, 18, 17, 26, 15, 1, 0}, {26, 19, 18, 27, 16, 1, 0},
	{27, 13, 12, 21, 10, 1, 0}, {28, 15, 14, 23, 11, 1, 0},
	{29, 14, 13, 22, NONE, 0, 0}, {30, 16, 15, 24, 12, 1, 0},
	{31, 27, 25, 35, 20, 1, 0}, {32, 21, 20, 29, 21, 1, 0},
	{33, 22, 21, 30, NONE, 0, 0}, {34, 23, 22, 31, NONE, 0, 0},
	{35, 24, 24, NONE, 18, 1, 1}, {36, 25, 23, 33, NONE, 0, 0},
	{37, 26, 24, 34, 19, 1, 0}, {38, 20, 19, 28, 17, 1, 0},
	{40, 29, 26, 37, NONE, 0, 0},
};
/* clang-format on */

const struct rk_pmu_soc rk_pmu_rk3568 = {
	.compatible = "rockchip,rk3568-power-controller",
	.power = 0xa0,
	.gate = 0x98,
	.request = 0x50,
	.idle = 0x68,
	.ack = 0x60,
	.size = 0xa4,
	.masked = 1,
	.count = ARRAY_SIZE(of_3568),
	.domains = of_3568,
};

const struct rk_pmu_soc rk_pmu_rk3588 = {
	.compatible = "rockchip,rk3588-power-controller",
	.power = 0x14c,
	.gate = 0x180,
	.request = 0x10c,
	.idle = 0x120,
	.ack = 0x118,
	.memory_power = 0x1a0,
	.chain = 0x1f0,
	.memory = 0x1f8,
	.repair = 0x290,
	.size = 0x294,
	.masked = 2,
	.count = ARRAY_SIZE(of_3588),
	.domains = of_3588,
};
