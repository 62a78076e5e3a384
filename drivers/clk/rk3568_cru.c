/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RK3568's clocks, as far as the host and devices of guests need them. Numbers:
 * the binding's, dt-bindings/clock/rk3568-cru.h. Registers: RK3568 TRM part 1,
 * "CRU", CRU_CLKSEL_CON00 … CON84 and CRU_GATE_CON00 … CON35; its part that is
 * always on, "PMUCRU", is a unit of its own. Fields as Linux' clk-rk3568.c and
 * U-Boot's cru_rk3568.h tell them.
 */
#include "rockchip_cru.h"

/* without a number: divided from GPLL; the crystal at 750 and 375 kHz; what
 * the UARTs choose */
enum {
	G400 = CRU_OWN,
	G300,
	G200,
	G150,
	G100,
	G75,
	G20,
	OSC750K,
	OSC375K,
	UART_MUX, /* and 9 more */
	PPLL_HALF = UART_MUX + 10,
};

struct lists {
	uint16_t xin[1];
	uint16_t none[1];
	uint16_t gpll[1];
	uint16_t cpll[1];
	uint16_t gpll_cpll[2];
	uint16_t uart_src[4];
	uint16_t osc750k[1];
	uint16_t g20[1];
	uint16_t c50[1];
	uint16_t g200_150_100_24[4];
	uint16_t g150_100_75_24[4];
	uint16_t g300_200_100_24[4];
	uint16_t g400_300_200_24[4];
	uint16_t g100_75_c50_24[4];
	uint16_t g200_150_c125[4];
	uint16_t emmc[8];
	uint16_t sfc[8];
	uint16_t sdmmc[8];
	uint16_t mac_top[4];
	uint16_t mac_out[4];
	uint16_t ptp[4];
	uint16_t m24_32k[2];
	uint16_t tsen[4];
	uint16_t tsadc[1];
	uint16_t i2c[4];
	uint16_t g200_24[2];
	uint16_t g100_24[2];
	uint16_t flash_a[1];
	uint16_t flash_h[1];
	uint16_t pipe_a[1];
	uint16_t pipe_p[1];
	uint16_t php_a[1];
	uint16_t php_h[1];
	uint16_t php_p[1];
	uint16_t usb_a[1];
	uint16_t usb_h[1];
	uint16_t usb_p[1];
	uint16_t mac0[2];
	uint16_t mac0_top[1];
	uint16_t mac0_rgmii[4];
	uint16_t mac0_rxtx[4];
	uint16_t mac1[2];
	uint16_t mac1_top[1];
	uint16_t mac1_rgmii[4];
	uint16_t mac1_rxtx[4];
	uint16_t sd0[1];
	uint16_t sd1[1];
	uint16_t sd2[1];
	uint16_t emmc_c[1];
	uint16_t bus_p[1];
	uint16_t top_p[1];
	uint16_t i2c_src[1];
	uint16_t gpio_db[1];
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
	.gpll = {4},
	.cpll = {3},
	.gpll_cpll = {4, 3},
	.uart_src = {4, 3, CRU_UNKNOWN, CRU_UNKNOWN},
	.osc750k = {OSC750K},
	.g20 = {G20},
	.c50 = {415},
	.g200_150_100_24 = {G200, G150, G100, CRU_XIN24M},
	.g150_100_75_24 = {G150, G100, G75, CRU_XIN24M},
	.g300_200_100_24 = {G300, G200, G100, CRU_XIN24M},
	.g400_300_200_24 = {G400, G300, G200, CRU_XIN24M},
	.g100_75_c50_24 = {G100, G75, 415, CRU_XIN24M},
	.g200_150_c125 = {G200, G150, 413, CRU_UNKNOWN},
	.emmc = {CRU_XIN24M, G200, G150, 417, 415, OSC375K, CRU_UNKNOWN,
		 CRU_UNKNOWN},
	.sfc = {CRU_XIN24M, 415, G75, G100, 413, G150, CRU_UNKNOWN,
		CRU_UNKNOWN},
	.sdmmc = {CRU_XIN24M, G400, G300, 417, 415, OSC750K, CRU_UNKNOWN,
		  CRU_UNKNOWN},
	.mac_top = {413, 415, 416, CRU_UNKNOWN},
	.mac_out = {413, 415, 416, CRU_XIN24M},
	.ptp = {414, G100, 415, CRU_XIN24M},
	.m24_32k = {CRU_XIN24M, CRU_UNKNOWN},
	.tsen = {CRU_XIN24M, G100, 417, CRU_UNKNOWN},
	.tsadc = {272},
	.i2c = {G200, G100, CRU_XIN24M, 417},
	.g200_24 = {G200, CRU_XIN24M},
	.g100_24 = {G100, CRU_XIN24M},
	.flash_a = {104},
	.flash_h = {105},
	.pipe_a = {126},
	.pipe_p = {127},
	.php_a = {173},
	.php_h = {174},
	.php_p = {175},
	.usb_a = {186},
	.usb_h = {187},
	.usb_p = {188},
	.mac0 = {182, CRU_UNKNOWN},
	.mac0_top = {182},
	.mac0_rgmii = {386, 386, CRU_UNKNOWN, CRU_UNKNOWN},
	.mac0_rxtx = {387, 388, CRU_UNKNOWN, CRU_UNKNOWN},
	.mac1 = {197, CRU_UNKNOWN},
	.mac1_top = {197},
	.mac1_rgmii = {390, 390, CRU_UNKNOWN, CRU_UNKNOWN},
	.mac1_rxtx = {391, 392, CRU_UNKNOWN, CRU_UNKNOWN},
	.sd0 = {177},
	.sd1 = {179},
	.sd2 = {194},
	.emmc_c = {124},
	.bus_p = {270},
	.top_p = {374},
	.i2c_src = {326},
	.gpio_db = {354},
	.uart1 = {285, 286, CRU_XIN24M, CRU_UNKNOWN},
	.uart1_out = {UART_MUX + 1},
	.uart2 = {289, 290, CRU_XIN24M, CRU_UNKNOWN},
	.uart2_out = {UART_MUX + 2},
	.uart3 = {293, 294, CRU_XIN24M, CRU_UNKNOWN},
	.uart3_out = {UART_MUX + 3},
	.uart4 = {297, 298, CRU_XIN24M, CRU_UNKNOWN},
	.uart4_out = {UART_MUX + 4},
	.uart5 = {301, 302, CRU_XIN24M, CRU_UNKNOWN},
	.uart5_out = {UART_MUX + 5},
	.uart6 = {305, 306, CRU_XIN24M, CRU_UNKNOWN},
	.uart6_out = {UART_MUX + 6},
	.uart7 = {309, 310, CRU_XIN24M, CRU_UNKNOWN},
	.uart7_out = {UART_MUX + 7},
	.uart8 = {313, 314, CRU_XIN24M, CRU_UNKNOWN},
	.uart8_out = {UART_MUX + 8},
	.uart9 = {317, 318, CRU_XIN24M, CRU_UNKNOWN},
	.uart9_out = {UART_MUX + 9},
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
/* its bus; divided, made a fraction, chosen from, let through */
#define UART(n, id, sel, gate)                                                 \
	GATE(id, bus_p, gate),                                                 \
		CLK((id) + 1, uart_src, sel, F(8, 2), F(0, 7), (gate) + 1),    \
		FRAC((id) + 2, uart##n, (sel) + 1, (gate) + 2),                \
		CLK(UART_MUX + n, uart##n, sel, F(12, 2), 0, CRU_NO_GATE),     \
		GATE((id) + 3, uart##n##_out, (gate) + 3)

/* clang-format off */
static const struct cru_clk clks[] = {
	PLL(1, 0, 0), PLL(3, 24, 4), PLL(4, 16, 6), PLL(5, 40, 12), PLL(6, 32, 10),

	/* made of PLLs for everybody */
	CLKS(G400, gpll, 75, 0, F(0, 5), G(35, 0)),
	CLKS(G300, gpll, 75, 0, F(8, 5), G(35, 1)),
	CLKS(G200, gpll, 76, 0, F(0, 5), G(35, 2)),
	CLKS(G150, gpll, 76, 0, F(8, 5), G(35, 3)),
	CLKS(G100, gpll, 77, 0, F(0, 5), G(35, 4)),
	CLKS(G75, gpll, 77, 0, F(8, 5), G(35, 5)),
	CLKS(G20, gpll, 78, 0, F(0, 6), G(35, 6)),
	CLKS(411, cpll, 78, 0, F(8, 5), G(35, 7)),
	CLKS(9, cpll, 79, 0, F(0, 5), G(35, 8)),
	CLKS(412, cpll, 79, 0, F(8, 5), G(35, 9)),
	CLKS(413, cpll, 80, 0, F(0, 5), G(35, 10)),
	CLKS(417, cpll, 82, 0, F(0, 5), G(35, 11)),
	CLKS(414, cpll, 80, 0, F(8, 5), G(35, 12)),
	CLKS(415, cpll, 81, 0, F(0, 5), G(35, 13)),
	CLKS(416, cpll, 81, 0, F(8, 6), G(35, 14)),
	CLKS(OSC750K, xin, 82, 0, F(8, 6), G(35, 15)),
	HALF(OSC375K, osc750k),

	/* flash, eMMC, random numbers */
	CLKS(104, g200_150_100_24, 27, F(0, 2), 0, G(8, 7)),
	CLKS(105, g150_100_75_24, 27, F(2, 2), 0, G(8, 8)),
	GATES(111, 2, flash_h, G(9, 10)),
	GATES(118, 2, flash_h, G(9, 2)),
	CLK(120, sfc, 28, F(4, 3), 0, G(9, 4)),
	GATE(121, flash_a, G(9, 5)), GATE(122, flash_h, G(9, 6)),
	CLK(123, g200_150_c125, 28, F(8, 2), 0, G(9, 7)),
	CLK(124, emmc, 28, F(12, 3), 0, G(9, 8)),
	GATE(125, xin, G(9, 9)),

	/* PCIe, SATA, USB 3 */
	CLKS(126, g400_300_200_24, 29, F(0, 2), 0, G(10, 0)),
	CLKS(127, pipe_a, 29, 0, F(4, 4), G(10, 1)),
	GATES(129, 3, pipe_a, G(12, 0)), GATE(132, pipe_p, G(12, 3)),
	GATE(133, xin, G(12, 4)),
	GATES(136, 3, pipe_a, G(12, 8)), GATE(139, pipe_p, G(12, 11)),
	GATE(140, xin, G(12, 12)),
	GATES(143, 3, pipe_a, G(13, 0)), GATE(146, pipe_p, G(13, 3)),
	GATE(147, xin, G(13, 4)),
	GATE(150, pipe_a, G(11, 0)), GATE(151, g20, G(11, 1)), GATE(152, c50, G(11, 2)),
	GATE(155, pipe_a, G(11, 4)), GATE(156, g20, G(11, 5)), GATE(157, c50, G(11, 6)),
	GATE(160, pipe_a, G(11, 8)), GATE(161, g20, G(11, 9)), GATE(162, c50, G(11, 10)),
	GATE(165, pipe_a, G(10, 8)), GATE(166, xin, G(10, 9)),
	CLK(167, m24_32k, 29, F(8, 1), 0, G(10, 10)),
	GATE(168, pipe_a, G(10, 12)), GATE(169, xin, G(10, 13)),
	CLK(170, m24_32k, 29, F(9, 1), 0, G(10, 14)),

	/* SD 0 and 1, network 0 */
	CLKS(173, g300_200_100_24, 30, F(0, 2), 0, G(14, 8)),
	CLKS(174, g150_100_75_24, 30, F(2, 2), 0, G(14, 9)),
	CLKS(175, php_a, 30, 0, F(4, 4), G(14, 10)),
	GATE(176, php_h, G(15, 0)),
	CLK(177, sdmmc, 30, F(8, 3), 0, G(15, 1)),
	GATE(178, php_h, G(15, 2)),
	CLK(179, sdmmc, 30, F(12, 3), 0, G(15, 3)),
	GATE(180, php_a, G(15, 5)), GATE(181, php_p, G(15, 6)),
	CLK(182, mac_top, 31, F(8, 2), 0, G(15, 7)),
	CLK(183, mac_out, 31, F(14, 2), 0, G(15, 8)),
	GATE(184, mac0_top, G(15, 12)),
	CLK(185, ptp, 31, F(12, 2), 0, G(15, 4)),
	CLK(386, mac0, 31, F(2, 1), 0, CRU_NO_GATE),
	CLK(387, mac0_rgmii, 31, F(4, 2), 0, CRU_NO_GATE),
	CLK(388, none, 0, 0, 0, CRU_NO_GATE),
	CLK(389, mac0_rxtx, 31, F(0, 2), 0, CRU_NO_GATE),

	/* USB 2, SD 2, network 1 */
	CLKS(186, g300_200_100_24, 32, F(0, 2), 0, G(16, 0)),
	CLKS(187, g150_100_75_24, 32, F(2, 2), 0, G(16, 1)),
	CLKS(188, usb_a, 32, 0, F(4, 4), G(16, 2)),
	GATES(189, 4, usb_h, G(16, 12)),
	GATE(193, usb_h, G(17, 0)),
	CLK(194, sdmmc, 32, F(8, 3), 0, G(17, 1)),
	GATE(195, usb_a, G(17, 3)), GATE(196, usb_p, G(17, 4)),
	CLK(197, mac_top, 33, F(8, 2), 0, G(17, 5)),
	CLK(198, mac_out, 33, F(14, 2), 0, G(17, 6)),
	GATE(199, mac1_top, G(17, 10)),
	CLK(200, ptp, 33, F(12, 2), 0, G(17, 2)),
	CLK(390, mac1, 33, F(2, 1), 0, CRU_NO_GATE),
	CLK(391, mac1_rgmii, 33, F(4, 2), 0, CRU_NO_GATE),
	CLK(392, none, 0, 0, 0, CRU_NO_GATE),
	CLK(393, mac1_rxtx, 33, F(0, 2), 0, CRU_NO_GATE),

	PHASES(394, 2, sd0, 0), PHASES(396, 2, sd1, 2), PHASES(398, 2, sd2, 4),
	PHASES(400, 2, emmc_c, 6),

	/* the slow buses: ADCs, watchdog, UARTs, CAN, I2C, SPI, PWM, GPIO */
	CLKS(269, g200_150_100_24, 50, F(0, 2), 0, G(26, 0)),
	CLKS(270, g100_75_c50_24, 50, F(4, 2), 0, G(26, 1)),
	GATE(271, bus_p, G(26, 4)),
	CLK(272, tsen, 51, F(4, 2), F(0, 3), G(26, 5)),
	CLK(273, tsadc, 51, 0, F(8, 7), G(26, 6)),
	GATE(274, bus_p, G(26, 7)), GATE(275, xin, G(26, 8)),
	GATE(277, bus_p, G(26, 13)), GATE(278, xin, G(26, 14)),
	UART(1, 284, 52, G(27, 12)), UART(2, 288, 54, G(28, 0)),
	UART(3, 292, 56, G(28, 4)), UART(4, 296, 58, G(28, 8)),
	UART(5, 300, 60, G(28, 12)), UART(6, 304, 62, G(29, 0)),
	UART(7, 308, 64, G(29, 4)), UART(8, 312, 66, G(29, 8)),
	UART(9, 316, 68, G(29, 12)),
	GATE(320, bus_p, G(27, 5)), GATE(322, bus_p, G(27, 7)), GATE(324, bus_p, G(27, 9)),
	CLK(321, gpll_cpll, 70, F(7, 1), F(0, 5), G(27, 6)),
	CLK(323, gpll_cpll, 70, F(15, 1), F(8, 5), G(27, 8)),
	CLK(325, gpll_cpll, 71, F(7, 1), F(0, 5), G(27, 10)),
	CLKS(326, i2c, 71, F(8, 2), 0, G(32, 10)),
	GATE(327, bus_p, G(30, 0)), GATE(328, i2c_src, G(30, 1)),
	GATE(329, bus_p, G(30, 2)), GATE(330, i2c_src, G(30, 3)),
	GATE(331, bus_p, G(30, 4)), GATE(332, i2c_src, G(30, 5)),
	GATE(333, bus_p, G(30, 6)), GATE(334, i2c_src, G(30, 7)),
	GATE(335, bus_p, G(30, 8)), GATE(336, i2c_src, G(30, 9)),
	GATE(337, bus_p, G(30, 10)), GATE(339, bus_p, G(30, 12)),
	GATE(341, bus_p, G(30, 14)), GATE(343, bus_p, G(31, 0)),
	CLK(338, g200_24, 72, F(0, 1), 0, G(30, 11)),
	CLK(340, g200_24, 72, F(2, 1), 0, G(30, 13)),
	CLK(342, g200_24, 72, F(4, 1), 0, G(30, 15)),
	CLK(344, g200_24, 72, F(6, 1), 0, G(31, 1)),
	GATE(345, bus_p, G(31, 10)), GATE(348, bus_p, G(31, 13)), GATE(351, bus_p, G(32, 0)),
	CLK(346, g100_24, 72, F(8, 1), 0, G(31, 11)),
	CLK(349, g100_24, 72, F(10, 1), 0, G(31, 14)),
	CLK(352, g100_24, 72, F(12, 1), 0, G(32, 1)),
	GATE(347, xin, G(31, 12)), GATE(350, xin, G(31, 15)), GATE(353, xin, G(32, 2)),
	CLKS(354, m24_32k, 72, F(14, 1), 0, G(32, 11)),
	GATE(355, bus_p, G(31, 2)), GATE(356, gpio_db, G(31, 3)),
	GATE(357, bus_p, G(31, 4)), GATE(358, gpio_db, G(31, 5)),
	GATE(359, bus_p, G(31, 6)), GATE(360, gpio_db, G(31, 7)),
	GATE(361, bus_p, G(31, 8)), GATE(362, gpio_db, G(31, 9)),
	GATE(364, bus_p, G(32, 3)), GATES(365, 6, xin, G(32, 4)),
	CLKS(374, g100_75_c50_24, 73, F(12, 2), 0, G(33, 3)),
	GATE(375, top_p, G(33, 8)), GATES(377, 3, top_p, G(33, 13)),
	GATES(380, 3, top_p, G(34, 4)),
};
/* clang-format on */

const struct cru_soc cru_rk3568 = {
	.compatible = "rockchip,rk3568-cru",
	.size = 0x600,
	.clksel = 0x100,
	.clkgate = 0x300,
	.mode = 0xc0,
	.phases = 0x580,
	.reset = 0x400,
	.clk_count = ARRAY_SIZE(clks),
	.reset_count = 30,
	.clks = clks,
	.lists = lists.xin,
};

/* The PMU's: PLLs of the other unit are out of sight. */
static const struct pmu_lists {
	uint16_t xin[1], ppll_gpll[2], pdpmu[1], pclk[1], ppll_half_of[1],
		ppll_half[1];
	uint16_t uart0_src[4], uart0[4], uart0_out[1], m24_32k[2], pwm0[2];
	uint16_t usb0[2], usb1[2], pcie0[2], pcie1[2], pcie2[2], end[8];
} pmu_lists = {
	.xin = {CRU_XIN24M},
	.ppll_gpll = {1, CRU_UNKNOWN},
	.pdpmu = {49},
	.pclk = {42},
	.ppll_half_of = {1},
	.ppll_half = {PPLL_HALF},
	.uart0_src = {1, CRU_UNKNOWN, CRU_UNKNOWN, CRU_UNKNOWN},
	.uart0 = {9, 10, CRU_XIN24M, CRU_UNKNOWN},
	.uart0_out = {UART_MUX},
	.m24_32k = {CRU_XIN24M, CRU_UNKNOWN},
	.pwm0 = {CRU_XIN24M, 49},
	.usb0 = {17, 18},
	.usb1 = {17, 20},
	.pcie0 = {30, 29},
	.pcie1 = {33, 32},
	.pcie2 = {36, 35},
};

#undef L
#define L(name) (offsetof(struct pmu_lists, name) / sizeof(uint16_t))

/* clang-format off */
static const struct cru_clk pmu_clks[] = {
	PLL(1, 0, 0), PLL(2, 16, 2),
	CLKS(49, ppll_gpll, 2, F(15, 1), 0, CRU_NO_GATE),
	CLKS(42, pdpmu, 2, 0, F(0, 5), G(0, 2)),
	GATE(45, pclk, G(1, 0)),
	CLK(7, pdpmu, 3, 0, F(0, 7), G(1, 1)),
	GATE(44, pclk, G(1, 2)),
	CLK(9, uart0_src, 4, F(8, 2), F(0, 7), G(1, 3)),
	FRAC(10, uart0, 5, G(1, 4)),
	CLK(UART_MUX, uart0, 4, F(10, 2), 0, CRU_NO_GATE),
	GATE(11, uart0_out, G(1, 5)),
	GATE(46, pclk, G(1, 9)),
	CLK(12, m24_32k, 6, F(15, 1), 0, G(1, 10)),
	GATE(48, pclk, G(1, 6)),
	CLK(13, pwm0, 6, F(7, 1), F(0, 7), G(1, 7)),
	GATE(14, xin, G(1, 8)),
	CLK(17, pdpmu, 7, 0, F(0, 6), G(2, 0)),
	GATE(18, xin, G(2, 1)), GATE(20, xin, G(2, 2)),
	CLK(19, usb0, 8, F(0, 1), 0, CRU_NO_GATE),
	CLK(21, usb1, 8, F(1, 1), 0, CRU_NO_GATE),
	HALF(PPLL_HALF, ppll_half_of),
	CLK(29, ppll_half, 9, 0, F(0, 3), G(2, 7)),
	CLK(32, ppll_half, 9, 0, F(4, 3), G(2, 9)),
	CLK(35, ppll_half, 9, 0, F(8, 3), G(2, 11)),
	GATE(30, xin, G(2, 8)), GATE(33, xin, G(2, 10)), GATE(36, xin, G(2, 12)),
	CLK(31, pcie0, 9, F(3, 1), 0, CRU_NO_GATE),
	CLK(34, pcie1, 9, F(7, 1), 0, CRU_NO_GATE),
	CLK(37, pcie2, 9, F(11, 1), 0, CRU_NO_GATE),
	GATES(38, 2, ppll_half, G(2, 13)),
};
/* clang-format on */

const struct cru_soc cru_rk3568_pmu = {
	.compatible = "rockchip,rk3568-pmucru",
	.size = 0x204,
	.clksel = 0x100,
	.clkgate = 0x180,
	.mode = 0x80,
	.reset = 0x200,
	.clk_count = ARRAY_SIZE(pmu_clks),
	.reset_count = 1,
	.clks = pmu_clks,
	.lists = pmu_lists.xin,
};
