/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RK3588's clocks, as far as the host and devices of guests need them: what
 * the console, SD, eMMC, networks, SATA, PCIe, USB and the slow buses are made
 * of. Numbers: the binding's, dt-bindings/clock/rockchip,rk3588-cru.h and
 * dt-bindings/reset/rockchip,rk3588-cru.h. Registers: RK3588 TRM part 1, "CRU",
 * CRU_CLKSEL_CON00 … CON177, CRU_GATE_CON00 … CON77, CRU_SOFTRST_CON01 … CON45,
 * their fields as Linux' clk-rk3588.c and rst-rk3588.c and U-Boot's
 * cru_rk3588.h tell them.
 */
#include "rockchip_cru.h"

struct lists {
	uint16_t xin[1];
	uint16_t none[1];
	uint16_t gpll_cpll[2];
	uint16_t gpll_cpll_24[4];
	uint16_t gpll_24[2];
	uint16_t cpll[1];
	uint16_t ppll[1];
	uint16_t m100_50_24[4];
	uint16_t m150_50_24[4];
	uint16_t m200_100[2];
	uint16_t m200_150_24[4];
	uint16_t m200_100_50_24[4];
	uint16_t m150_100_50_24[4];
	uint16_t m24_100[2];
	uint16_t m24_32k[2];
	uint16_t m400_24[2];
	uint16_t cpll_io[2];
	uint16_t bus[1];
	uint16_t top[1];
	uint16_t timer[1];
	uint16_t nvm_h_root[1];
	uint16_t nvm_h[1];
	uint16_t nvm_a[1];
	uint16_t php[1];
	uint16_t pcie[1];
	uint16_t php_p[1];
	uint16_t pipe0[1];
	uint16_t pipe1[1];
	uint16_t pipe2[1];
	uint16_t phy0[2];
	uint16_t phy1[2];
	uint16_t phy2[2];
	uint16_t usb_a_root[1];
	uint16_t usb_h_root[1];
	uint16_t usb_a[1];
	uint16_t usb_h[1];
	uint16_t sdio_root[1];
	uint16_t sdio_pre[1];
	uint16_t sdio_c[1];
	uint16_t pmu400[1];
	uint16_t pmu200_100[2];
	uint16_t pmu100_50_24[4];
	uint16_t pmu1[1];
	uint16_t pmu0[1];
	uint16_t uart0[4];
	uint16_t uart0_out[1];
	uint16_t uart1[4];
	uint16_t uart1_out[1];
	uint16_t uart2[4];
	uint16_t uart2_out[1];
	uint16_t uart3[4];
	uint16_t uart3_out[1];
	uint16_t uart4[4];
	uint16_t uart4_out[1];
	uint16_t uart5[4];
	uint16_t uart5_out[1];
	uint16_t uart6[4];
	uint16_t uart6_out[1];
	uint16_t uart7[4];
	uint16_t uart7_out[1];
	uint16_t uart8[4];
	uint16_t uart8_out[1];
	uint16_t uart9[4];
	uint16_t uart9_out[1];
	uint16_t end[8];
};

static const struct lists lists = {
	.xin = {CRU_XIN24M},
	.none = {CRU_UNKNOWN},
	.gpll_cpll = {6, 5},
	.gpll_cpll_24 = {6, 5, CRU_XIN24M, CRU_UNKNOWN},
	.gpll_24 = {6, CRU_XIN24M},
	.cpll = {5},
	.ppll = {8},
	.m100_50_24 = {223, 222, CRU_XIN24M, CRU_UNKNOWN},
	.m150_50_24 = {224, 222, CRU_XIN24M, CRU_UNKNOWN},
	.m200_100 = {225, 223},
	.m200_150_24 = {225, 224, CRU_XIN24M, CRU_UNKNOWN},
	.m200_100_50_24 = {225, 223, 222, CRU_XIN24M},
	.m150_100_50_24 = {224, 223, 222, CRU_XIN24M},
	.m24_100 = {CRU_XIN24M, 223},
	.m24_32k = {CRU_XIN24M, CRU_UNKNOWN},
	.m400_24 = {229, CRU_XIN24M},
	.cpll_io = {5, CRU_UNKNOWN},
	.bus = {113},
	.top = {257},
	.timer = {86},
	.nvm_h_root = {306},
	.nvm_h = {703},
	.nvm_a = {307},
	.php = {347},
	.pcie = {346},
	.php_p = {343},
	.pipe0 = {364},
	.pipe1 = {365},
	.pipe2 = {366},
	.phy0 = {674, 677},
	.phy1 = {675, 678},
	.phy2 = {676, 679},
	.usb_a_root = {396},
	.usb_h_root = {397},
	.usb_a = {704},
	.usb_h = {705},
	.sdio_root = {CRU_OWN},
	.sdio_pre = {720},
	.sdio_c = {395},
	.pmu400 = {643},
	.pmu200_100 = {641, 640},
	.pmu100_50_24 = {640, 639, CRU_XIN24M, CRU_UNKNOWN},
	.pmu1 = {645},
	.pmu0 = {646},
	.uart0 = {664, 665, CRU_XIN24M, CRU_UNKNOWN},
	.uart0_out = {666},
	.uart1 = {168, 169, CRU_XIN24M, CRU_UNKNOWN},
	.uart1_out = {170},
	.uart2 = {172, 173, CRU_XIN24M, CRU_UNKNOWN},
	.uart2_out = {174},
	.uart3 = {176, 177, CRU_XIN24M, CRU_UNKNOWN},
	.uart3_out = {178},
	.uart4 = {180, 181, CRU_XIN24M, CRU_UNKNOWN},
	.uart4_out = {182},
	.uart5 = {184, 185, CRU_XIN24M, CRU_UNKNOWN},
	.uart5_out = {186},
	.uart6 = {188, 189, CRU_XIN24M, CRU_UNKNOWN},
	.uart6_out = {190},
	.uart7 = {192, 193, CRU_XIN24M, CRU_UNKNOWN},
	.uart7_out = {194},
	.uart8 = {196, 197, CRU_XIN24M, CRU_UNKNOWN},
	.uart8_out = {198},
	.uart9 = {200, 201, CRU_XIN24M, CRU_UNKNOWN},
	.uart9_out = {202},
};

#define L(name) (offsetof(struct lists, name) / sizeof(uint16_t))
#define F CRU_FIELD
#define G CRU_GATE

/* several gates side by side; a multiplexer and a divider, one of them, none;
 * S: others depend on it */
#define GATES(id, count, list, gate)                                           \
	{                                                                      \
		id, count, CRU_BRANCH, 0, L(list), 0, 0, 0, gate               \
	}
#define GATE(id, list, gate) GATES(id, 1, list, gate)
#define CLK(id, list, sel, mux, div, gate)                                     \
	{                                                                      \
		id, 1, CRU_BRANCH, 0, L(list), sel, mux, div, gate             \
	}
#define CLKS(id, list, sel, mux, div, gate)                                    \
	{                                                                      \
		id, 1, CRU_SHARED, 0, L(list), sel, mux, div, gate             \
	}
#define FRAC(id, list, sel, gate)                                              \
	{                                                                      \
		id, 1, CRU_FRAC, 0, L(list), sel, 0, 0, gate                   \
	}
#define HALF(id, list)                                                         \
	{                                                                      \
		id, 1, CRU_HALF, 0, L(list), 0, 0, 0, CRU_NO_GATE              \
	}
#define PHASES(id, count, list, reg)                                           \
	{                                                                      \
		id, count, CRU_PHASE, 0, L(list), reg, 0, 0, CRU_NO_GATE       \
	}
#define PLL(id, con, shift)                                                    \
	{                                                                      \
		id, 1, CRU_PLL, 0, L(xin), con, F(shift, 2), 0, CRU_NO_GATE    \
	}
/* of the PMU's part, of PHP's */
#define PMU_GATE(id, list, gate)                                               \
	{                                                                      \
		id, 1, CRU_BRANCH, 1, L(list), 0, 0, 0, gate                   \
	}
#define PMU(id, list, sel, mux, div, gate)                                     \
	{                                                                      \
		id, 1, CRU_BRANCH, 1, L(list), sel, mux, div, gate             \
	}
#define PMUS(id, list, sel, mux, div, gate)                                    \
	{                                                                      \
		id, 1, CRU_SHARED, 1, L(list), sel, mux, div, gate             \
	}
/* divided, made a fraction, chosen from, let through */
#define UART(n, id, sel, mux, div, gate)                                       \
	CLK(id, gpll_cpll, sel, mux, div, gate),                               \
		FRAC((id) + 1, uart##n, (sel) + 1, (gate) + 1),                \
		CLK((id) + 2, uart##n, (sel) + 2, F(0, 2), 0, CRU_NO_GATE),    \
		GATE((id) + 3, uart##n##_out, (gate) + 2)

/* clang-format off */
static const struct cru_clk clks[] = {
	PLL(3, 88, 4), PLL(4, 96, 6), PLL(5, 104, 8), PLL(6, 112, 2),
	PLL(7, 120, 0),
	{8, 1, CRU_PLL, 2, L(xin), 128, F(10, 2), 0, CRU_NO_GATE},

	/* made of PLLs for everybody */
	CLKS(222, gpll_cpll, 0, F(5, 1), F(0, 5), G(0, 0)),
	CLKS(223, gpll_cpll, 0, F(11, 1), F(6, 5), G(0, 1)),
	CLKS(224, gpll_cpll, 1, F(5, 1), F(0, 5), G(0, 2)),
	CLKS(225, gpll_cpll, 1, F(11, 1), F(6, 5), G(0, 3)),
	CLKS(226, gpll_cpll, 2, F(5, 1), F(0, 5), G(0, 4)),
	CLKS(227, gpll_cpll, 2, F(11, 1), F(6, 5), G(0, 5)),
	CLKS(229, gpll_cpll, 3, F(11, 1), F(6, 5), G(0, 7)),
	CLKS(257, m100_50_24, 8, F(7, 2), 0, G(1, 1)),
	CLKS(113, gpll_cpll, 38, F(5, 1), F(0, 5), G(10, 0)),

	/* the slow buses: PWM, timers, watchdog, CAN, DMA, GPIO, I2C, ADCs, SPI */
	GATE(75, top, G(15, 3)), GATE(78, top, G(15, 6)), GATE(81, top, G(15, 9)),
	CLK(76, m100_50_24, 59, F(12, 2), 0, G(15, 4)),
	CLK(79, m100_50_24, 59, F(14, 2), 0, G(15, 7)),
	CLK(82, m100_50_24, 60, F(0, 2), 0, G(15, 10)),
	GATE(77, xin, G(15, 5)), GATE(80, xin, G(15, 8)), GATE(83, xin, G(15, 11)),
	GATES(84, 2, top, G(15, 12)),
	CLKS(86, m24_100, 60, F(2, 1), 0, G(15, 14)),
	GATES(87, 12, timer, G(15, 15)),
	GATE(99, top, G(15, 0)), GATE(100, xin, G(15, 1)),
	GATE(101, top, G(11, 8)), GATE(103, top, G(11, 10)), GATE(105, top, G(11, 12)),
	CLK(102, gpll_cpll, 39, F(5, 1), F(0, 5), G(11, 9)),
	CLK(104, gpll_cpll, 39, F(11, 1), F(6, 5), G(11, 11)),
	CLK(106, gpll_cpll, 40, F(5, 1), F(0, 5), G(11, 13)),
	GATES(110, 3, bus, G(10, 5)),
	GATE(115, top, G(16, 14)), GATE(117, top, G(17, 0)),
	GATE(119, top, G(17, 2)), GATE(121, top, G(17, 4)),
	CLK(116, m24_32k, 60, F(8, 1), F(3, 5), G(16, 15)),
	CLK(118, m24_32k, 60, F(14, 1), F(9, 5), G(17, 1)),
	CLK(120, m24_32k, 61, F(5, 1), F(0, 5), G(17, 3)),
	CLK(122, m24_32k, 61, F(11, 1), F(6, 5), G(17, 5)),
	GATES(123, 8, top, G(10, 8)),
	CLK(131, m200_100, 38, F(6, 1), 0, G(11, 0)),
	CLK(132, m200_100, 38, F(7, 1), 0, G(11, 1)),
	CLK(133, m200_100, 38, F(8, 1), 0, G(11, 2)),
	CLK(134, m200_100, 38, F(9, 1), 0, G(11, 3)),
	CLK(135, m200_100, 38, F(10, 1), 0, G(11, 4)),
	CLK(136, m200_100, 38, F(11, 1), 0, G(11, 5)),
	CLK(137, m200_100, 38, F(12, 1), 0, G(11, 6)),
	CLK(138, m200_100, 38, F(13, 1), 0, G(11, 7)),
	GATE(139, top, G(18, 9)), GATES(140, 4, xin, G(18, 10)),
	GATE(144, top, G(11, 14)),
	CLK(145, gpll_24, 40, F(14, 1), F(6, 8), G(11, 15)),
	GATES(146, 5, top, G(14, 6)),
	CLK(151, m200_150_24, 59, F(2, 2), 0, G(14, 11)),
	CLK(152, m200_150_24, 59, F(4, 2), 0, G(14, 12)),
	CLK(153, m200_150_24, 59, F(6, 2), 0, G(14, 13)),
	CLK(154, m200_150_24, 59, F(8, 2), 0, G(14, 14)),
	CLK(155, m200_150_24, 59, F(10, 2), 0, G(14, 15)),
	GATE(157, top, G(12, 0)),
	CLK(158, gpll_24, 41, F(8, 1), F(0, 8), G(12, 1)),

	GATES(159, 9, top, G(12, 2)),
	UART(1, 168, 41, F(14, 1), F(9, 5), G(12, 11)),
	UART(2, 172, 43, F(7, 1), F(2, 5), G(12, 14)),
	UART(3, 176, 45, F(7, 1), F(2, 5), G(13, 1)),
	UART(4, 180, 47, F(7, 1), F(2, 5), G(13, 4)),
	UART(5, 184, 49, F(7, 1), F(2, 5), G(13, 7)),
	UART(6, 188, 51, F(7, 1), F(2, 5), G(13, 10)),
	UART(7, 192, 53, F(7, 1), F(2, 5), G(13, 13)),
	UART(8, 196, 55, F(7, 1), F(2, 5), G(14, 0)),
	UART(9, 200, 57, F(7, 1), F(2, 5), G(14, 3)),

	/* eMMC and flash */
	CLKS(306, m200_100_50_24, 77, F(0, 2), 0, G(31, 0)),
	CLKS(307, gpll_cpll, 77, F(7, 1), F(2, 5), G(31, 1)),
	GATE(703, nvm_h_root, G(31, 2)),
	GATE(298, nvm_h, G(31, 4)), GATE(299, nvm_a, G(31, 5)),
	CLK(300, gpll_cpll_24, 77, F(14, 2), F(8, 6), G(31, 6)),
	CLK(301, gpll_cpll, 78, F(5, 1), F(0, 5), G(31, 7)),
	GATE(302, xin, G(31, 8)),
	CLK(303, gpll_cpll_24, 78, F(12, 2), F(6, 6), G(31, 9)),
	GATES(304, 2, nvm_h, G(31, 10)),

	/* SDIO, and the phases of the SD slot, whose clock is firmware's */
	CLKS(CRU_OWN, m200_100_50_24, 172, F(0, 2), 0, G(75, 0)),
	GATE(720, sdio_root, G(75, 1)), GATE(394, sdio_pre, G(75, 2)),
	CLK(395, gpll_cpll_24, 172, F(8, 2), F(2, 6), G(75, 3)),
	PHASES(683, 2, sdio_c, 0), PHASES(685, 2, none, 3),

	/* networks, PCIe, SATA and USB 3 behind "PHP" */
	CLKS(343, m150_50_24, 80, F(0, 2), 0, G(32, 0)),
	CLKS(346, gpll_cpll, 80, F(7, 1), F(2, 5), G(32, 6)),
	CLKS(347, gpll_cpll, 80, F(13, 1), F(8, 5), G(32, 7)),
	CLK(308, cpll_io, 81, F(6, 1), F(0, 6), G(34, 10)),
	CLK(309, cpll_io, 81, F(13, 1), F(7, 6), G(34, 11)),
	CLK(310, gpll_cpll, 83, F(15, 1), F(8, 7), G(35, 5)),
	CLK(311, gpll_cpll, 84, F(7, 1), F(0, 7), G(35, 6)),
	GATES(312, 2, pcie, G(34, 6)), GATE(314, php, G(34, 8)),
	GATES(315, 5, php, G(32, 13)), GATES(320, 5, pcie, G(33, 2)),
	GATES(325, 5, php, G(33, 7)), GATES(330, 5, php_p, G(33, 12)),
	GATES(335, 5, xin, G(34, 1)), GATES(340, 3, xin, G(37, 0)),
	GATES(344, 2, php_p, G(32, 3)), GATE(348, pcie, G(32, 8)),
	GATES(349, 2, php, G(32, 10)), GATES(351, 3, xin, G(37, 4)),
	GATES(354, 3, php, G(37, 7)),
	CLK(357, gpll_cpll, 82, F(7, 1), F(0, 7), G(37, 10)),
	CLK(358, gpll_cpll, 82, F(15, 1), F(8, 7), G(37, 11)),
	CLK(359, gpll_cpll, 83, F(7, 1), F(0, 7), G(37, 12)),
	GATE(360, php, G(35, 7)), GATES(361, 2, xin, G(35, 8)),
	CLK(363, m150_50_24, 84, F(12, 2), F(8, 4), G(35, 10)),
	GATES(364, 7, none, G(38, 3)),
	GATE(371, pipe0, G(38, 13)), GATE(687, pipe1, G(38, 14)),
	GATE(688, pipe2, G(38, 15)), GATES(372, 2, none, G(39, 0)),
	{374, 4, CRU_BRANCH, 2, L(top), 0, 0, 0, G(0, 5)},
	GATES(674, 3, xin, G(77, 0)),
	CLK(677, ppll, 176, 0, F(0, 6), G(77, 3)),
	CLK(678, ppll, 176, 0, F(6, 6), G(77, 4)),
	CLK(679, ppll, 177, 0, F(0, 6), G(77, 5)),
	CLK(680, phy0, 177, F(6, 1), 0, CRU_NO_GATE),
	CLK(681, phy1, 177, F(7, 1), 0, CRU_NO_GATE),
	CLK(682, phy2, 177, F(8, 1), 0, CRU_NO_GATE),

	/* USB */
	CLKS(396, gpll_cpll, 96, F(5, 1), F(0, 5), G(42, 0)),
	CLKS(397, m150_100_50_24, 96, F(6, 2), 0, G(42, 1)),
	GATE(704, usb_a_root, G(42, 2)), GATE(705, usb_h_root, G(42, 3)),
	GATES(398, 4, usb_h, G(42, 10)),
	GATE(402, usb_a, G(42, 4)), GATES(403, 2, xin, G(42, 5)),
	GATE(405, usb_a, G(42, 7)), GATES(406, 2, xin, G(42, 8)),

	/* always on: GPIO0, I2C0, PWM0, UART0 */
	PMUS(643, m400_24, 1, F(5, 1), F(0, 5), G(0, 4)),
	PMUS(639, pmu400, 0, 0, F(0, 4), G(0, 0)),
	PMUS(640, pmu400, 0, 0, F(4, 3), G(0, 1)),
	PMUS(641, pmu400, 0, 0, F(7, 3), G(0, 2)),
	PMUS(645, pmu100_50_24, 1, F(8, 2), 0, G(0, 7)),
	PMUS(646, pmu1, 0, 0, 0, G(5, 0)),
	PMU_GATE(625, pmu0, G(5, 5)),
	PMU(626, m24_32k, 17, F(0, 1), 0, G(5, 6)),
	PMU_GATE(627, pmu0, G(2, 1)),
	PMU(628, pmu200_100, 3, F(6, 1), 0, G(2, 2)),
	PMU_GATE(657, pmu0, G(1, 12)),
	PMU(658, pmu100_50_24, 2, F(9, 2), 0, G(1, 13)),
	PMU_GATE(659, xin, G(1, 14)),
	PMU(664, cpll, 3, 0, F(7, 5), G(2, 3)),
	{665, 1, CRU_FRAC, 1, L(uart0), 4, 0, 0, G(2, 4)},
	PMU(666, uart0, 5, F(0, 2), 0, CRU_NO_GATE),
	PMU_GATE(667, uart0_out, G(2, 5)), PMU_GATE(668, pmu0, G(2, 6)),
};
/* clang-format on */

/* Which bits of CRU_SOFTRST_CON00 … CON45 are resets; CON46 and on: video. */
static const uint16_t resets[] = {
	0,      0x83d8, 0x8f0f, 0xc807, 0x0ff9, 0xc181, 0x0003, 0x3c9c,
	0x4019, 0x00e6, 0xfffe, 0x7fff, 0x27ff, 0x9249, 0xffe4, 0xb6df,
	0xffff, 0xfbff, 0x0e7f, 0x0031, 0xffff, 0xe1ff, 0x01ff, 0xffff,
	0xe1ff, 0x01ff, 0x0158, 0x000f, 0x000f, 0x7f68, 0x03dd, 0x0ffc,
	0xff26, 0xf003, 0x03c1, 0x0080, 0,      0xfff0, 0,      0,
	0x03fc, 0x01fc, 0xfc9c, 0x0007, 0xfff0, 0x1fff,
};

const struct cru_soc cru_rk3588 = {
	.compatible = "rockchip,rk3588-cru",
	.size = 0x31000,
	.clksel = 0x300,
	.clkgate = 0x800,
	.mode = 0x280,
	.phases = 0xc24,
	.reset = 0xa00,
	.pll_is_mps = true,
	.clk_count = ARRAY_SIZE(clks),
	.reset_count = ARRAY_SIZE(resets),
	.units = {0, 0x30000, 0x8000},
	.clks = clks,
	.lists = lists.xin,
	.reset_bits = resets,
};
