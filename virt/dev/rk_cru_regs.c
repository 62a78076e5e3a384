/* SPDX-License-Identifier: Apache-2.0 */
#include "rk_cru.h"

#include <lib/util.h>
#include <string.h>

#include "rk_masked.h"

#define PLL_CON1 4u
#define PLL_CON1_POWER_DOWN 0x2000u

/* clang-format off */
/* PLL_CON0 and what follows: m; p and s; k */
#define MPS(pll, m, p, s, k) \
	{(pll), (m)}, {(pll) + 4, (p) | (s) << 6}, {(pll) + 8, (k)}
/* fbdiv and postdiv1; refdiv, postdiv2, no fraction */
#define DIV(pll, fb, ref, post1, post2) \
	{(pll), (fb) | (post1) << 12}, \
	{(pll) + 4, (ref) | (post2) << 6 | 0x1000}
/* clang-format on */

#define SEL_3588(n) (0x300u + 4 * (n))
#define PMU_SEL_3588(n) (0x30300u + 4 * (n))

static const uint32_t plls_3588[] = {
	0x00160, 0x00180, 0x001a0, 0x001c0, 0x001e0, /* V0, AU, C, G, N */
	0x08200,                                     /* P */
	0x50000, 0x52020, 0x58040,                   /* B0, B1, L */
};

/* I2S, SPDIF, UART, HDMI's sound */
static const uint32_t whole_3588[] = {
	SEL_3588(25),    SEL_3588(27),    SEL_3588(29),    SEL_3588(31),
	SEL_3588(33),    SEL_3588(35),    SEL_3588(42),    SEL_3588(44),
	SEL_3588(46),    SEL_3588(48),    SEL_3588(50),    SEL_3588(52),
	SEL_3588(54),    SEL_3588(56),    SEL_3588(58),    SEL_3588(119),
	SEL_3588(121),   SEL_3588(123),   SEL_3588(125),   SEL_3588(130),
	SEL_3588(139),   SEL_3588(141),   SEL_3588(145),   SEL_3588(147),
	SEL_3588(149),   SEL_3588(151),   SEL_3588(154),   SEL_3588(156),
	PMU_SEL_3588(4), PMU_SEL_3588(6), PMU_SEL_3588(8),
};

static const struct rk_cru_value cold_3588[] = {
	/* AU 786.432, C 1500, G 1188, N 850, P 1100, CPUs 816 MHz */
	MPS(0x00160, 198, 2, 1, 0),
	MPS(0x00180, 262, 2, 2, 9437),
	MPS(0x001a0, 250, 2, 1, 0),
	MPS(0x001c0, 198, 2, 1, 0),
	MPS(0x001e0, 425, 6, 1, 0),
	MPS(0x08200, 550, 3, 2, 0),
	MPS(0x50000, 272, 2, 2, 0),
	MPS(0x52020, 272, 2, 2, 0),
	MPS(0x58040, 272, 2, 2, 0),
	/* MODE_CON00: all of them but V0, whose clock is the crystal's */
	{0x00280, 0x545},
	{0x50280, 1},
	{0x52280, 1},
	{0x58280, 1},
	/* 50 and 100 MHz of C, 150 and 200 of G */
	{SEL_3588(0), 0x820 | 14 << 6 | 29},
	{SEL_3588(1), 5 << 6 | 7},
};

const struct rk_cru_soc rk_cru_rk3588 = {
	/* and of PHP, of the secure part, of the PMU, of the cores */
	.blocks = {0, 0x8000, 0x10000, 0x30000, 0x50000, 0x52000, 0x58000},
	.block_count = 7,
	.plls = plls_3588,
	.pll_count = ARRAY_SIZE(plls_3588),
	.lock_at = 0x18,
	.lock = 0x8000,
	.whole = whole_3588,
	.whole_count = ARRAY_SIZE(whole_3588),
	.cold = cold_3588,
	.cold_count = ARRAY_SIZE(cold_3588),
	.nodes = {{"rockchip,rk3588-cru", 0, 0x5c000}},
};

/* behind the PMU's own */
#define CRU_3568 0x20000u
#define SEL_3568(n) (CRU_3568 + 0x100 + 4 * (n))
#define PMU_SEL_3568(n) (0x100u + 4 * (n))
#define FRACTION_3568(pll) ((pll) + 8)

static const uint32_t plls_3568[] = {
	0x00000, 0x00040,                                     /* P, H */
	0x20000, 0x20020, 0x20040, 0x20060, 0x20080, 0x200a0, /* ADGCNV */
};

/* PLLs' fractions; I2S, SPDIF, sound by PWM, UART; 32 kHz */
static const uint32_t whole_3568[] = {
	FRACTION_3568(0x00000), FRACTION_3568(0x00040), FRACTION_3568(0x20000),
	FRACTION_3568(0x20020), FRACTION_3568(0x20040), FRACTION_3568(0x20060),
	FRACTION_3568(0x20080), FRACTION_3568(0x200a0), SEL_3568(12),
	SEL_3568(14),           SEL_3568(16),           SEL_3568(18),
	SEL_3568(20),           SEL_3568(22),           SEL_3568(24),
	SEL_3568(26),           SEL_3568(53),           SEL_3568(55),
	SEL_3568(57),           SEL_3568(59),           SEL_3568(61),
	SEL_3568(63),           SEL_3568(65),           SEL_3568(67),
	SEL_3568(69),           SEL_3568(84),           PMU_SEL_3568(1),
	PMU_SEL_3568(5),
};

static const struct rk_cru_value cold_3568[] = {
	/* P 200, H 594, A 816, D 528, G 1188, C 1000, N 1200, V 594 MHz */
	DIV(0x00000, 100, 1, 6, 2),
	DIV(0x00040, 99, 1, 4, 1),
	DIV(0x20000, 68, 1, 2, 1),
	DIV(0x20020, 88, 2, 2, 1),
	DIV(0x20040, 99, 2, 1, 1),
	DIV(0x20060, 125, 3, 1, 1),
	DIV(0x20080, 100, 1, 2, 1),
	DIV(0x200a0, 99, 1, 4, 1),
	/* PMU_MODE_CON00: P; MODE_CON00: A, D, C, G, N */
	{0x00080, 1},
	{0x200c0, 0x455},
	/* CLKSEL_CON75 and on: 396, 297, 198, 148.5, 99, 74.25 of G; CON80,
	 * CON81, CON82: 125, 62.5, 50, 25, 100 MHz of C; 750 kHz of the
	 * crystal */
	{SEL_3568(75), 3 << 8 | 2},
	{SEL_3568(76), 7 << 8 | 5},
	{SEL_3568(77), 15 << 8 | 11},
	{SEL_3568(80), 15 << 8 | 7},
	{SEL_3568(81), 39 << 8 | 19},
	{SEL_3568(82), 31 << 8 | 9},
};

const struct rk_cru_soc rk_cru_rk3568 = {
	.blocks = {0, CRU_3568},
	.block_count = 2,
	.plls = plls_3568,
	.pll_count = ARRAY_SIZE(plls_3568),
	.lock_at = PLL_CON1,
	.lock = 0x400,
	.whole = whole_3568,
	.whole_count = ARRAY_SIZE(whole_3568),
	.cold = cold_3568,
	.cold_count = ARRAY_SIZE(cold_3568),
	.nodes = {{"rockchip,rk3568-pmucru", 0, 0x1000},
		  {"rockchip,rk3568-cru", CRU_3568, 0x1000}},
};

uint32_t *rk_cru_cell(struct rk_cru *cru, const struct rk_cru_soc *soc,
		      uint64_t reg)
{
	for (unsigned int i = 0; i < soc->block_count; i++)
		if (reg >= soc->blocks[i] &&
		    reg - soc->blocks[i] < RK_CRU_BLOCK_BYTES)
			return &cru->regs[i][(reg - soc->blocks[i]) / 4];
	return NULL;
}

static bool is_one_of(const uint32_t *regs, unsigned int count, uint64_t reg)
{
	for (unsigned int i = 0; i < count; i++)
		if (regs[i] == reg)
			return true;
	return false;
}

static uint32_t load(uint32_t *cell)
{
	return __atomic_load_n(cell, __ATOMIC_RELAXED);
}

uint32_t rk_cru_read(struct rk_cru *cru, const struct rk_cru_soc *soc,
		     uint64_t reg)
{
	uint32_t *cell = rk_cru_cell(cru, soc, reg);
	uint64_t pll = reg - soc->lock_at;

	if (!cell)
		return 0;
	if (!is_one_of(soc->plls, soc->pll_count, pll))
		return load(cell);
	return (load(cell) & ~soc->lock) |
	       (load(rk_cru_cell(cru, soc, pll + PLL_CON1)) &
				PLL_CON1_POWER_DOWN
			? 0
			: soc->lock);
}

void rk_cru_write(struct rk_cru *cru, const struct rk_cru_soc *soc,
		  uint64_t reg, uint32_t value)
{
	uint32_t *cell = rk_cru_cell(cru, soc, reg);

	if (!cell)
		return;
	if (is_one_of(soc->whole, soc->whole_count, reg)) {
		__atomic_store_n(cell, value, __ATOMIC_RELAXED);
		return;
	}
	rk_masked_write(cell, value >> 16, value);
}

void rk_cru_cold(struct rk_cru *cru, const struct rk_cru_soc *soc)
{
	memset(cru, 0, sizeof(*cru));
	for (unsigned int i = 0; i < soc->cold_count; i++)
		*rk_cru_cell(cru, soc, soc->cold[i].reg) = soc->cold[i].value;
}
