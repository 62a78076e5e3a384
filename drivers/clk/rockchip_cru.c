/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks of Rockchip's CRU. The upper half of a register says which bits of
 * the lower one are written, so that nobody has to read it first; only the
 * fractions and the PLLs are not like that, and those are not written here.
 * RK3568 TRM part 1 and RK3588 TRM part 1, "CRU", "Register Description".
 */
#include "rockchip_cru.h"

#include <asm/io.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/host_map.h>

#include "clk.h"

#define LOG_TAG "cru"

#define XIN24M_HZ 24000000u

/* MODE_CON0: what comes out instead of the PLL */
#define MODE_CRYSTAL 0u
#define MODE_PLL 1u
#define MODE_32K 2u
#define RTC_HZ 32768u

/* PLL_CON0..2 of RK3588: p, m, s, k (two's complement, in 65536ths) */
#define MPS_M 0x3ffu
#define MPS_P 0x3fu
#define MPS_S_SHIFT 6
#define MPS_S 0x7u
/* of RK3568: fbdiv and postdiv1; refdiv, postdiv2, dsmpd; fraction */
#define DIV_FB 0xfffu
#define DIV_POST1_SHIFT 12
#define DIV_REF 0x3fu
#define DIV_POST2_SHIFT 6
#define DIV_POST 0x7u
#define DIV_NO_FRACTION 0x1000u
#define DIV_FRACTION 0xffffffu

/* SDMMC_CON0 …: 2..1 quarters, 10..3 delay elements, 11 with these */
#define PHASE_SHIFT 1
#define PHASE_MASK 0x7ffu
#define QUARTER_DEGREES 90u

static const struct cru_soc *soc_of(const struct clk_provider *p)
{
	return p->soc;
}

/* @nth: of those that the row stands for */
static const struct cru_clk *row_find(const struct cru_soc *soc, uint32_t id,
				      unsigned int *nth)
{
	for (unsigned int i = 0; i < soc->clk_count; i++) {
		const struct cru_clk *row = &soc->clks[i];

		if (id >= row->id && id - row->id < row->count) {
			*nth = id - row->id;
			return row;
		}
	}
	return NULL;
}

static volatile uint8_t *clksel_of(const struct clk_provider *p,
				   const struct cru_clk *row)
{
	const struct cru_soc *soc = soc_of(p);

	return p->regs + soc->units[row->unit] + soc->clksel + 4u * row->sel;
}

static uint32_t field_mask(uint8_t field)
{
	return (1u << (field & 15)) - 1;
}

static uint32_t field_read(volatile uint8_t *reg, uint8_t field)
{
	return io_read32(reg) >> (field >> 4) & field_mask(field);
}

/* What a write of @value to @field is: mask above, bits below. */
static uint32_t field_bits(uint8_t field, uint32_t value)
{
	return (field_mask(field) << 16 | value) << (field >> 4);
}

static uint32_t parent_id(const struct clk_provider *p,
			  const struct cru_clk *row)
{
	uint32_t at = row->mux && row->kind != CRU_PLL
			      ? field_read(clksel_of(p, row), row->mux)
			      : 0;

	return soc_of(p)->lists[row->list + at];
}

static uint64_t pll_mps(volatile uint8_t *con)
{
	uint64_t m = io_read32(con) & MPS_M;
	uint32_t con1 = io_read32(con + 4);
	int16_t k = (int16_t)io_read32(con + 8);
	uint32_t p = con1 & MPS_P, s = con1 >> MPS_S_SHIFT & MPS_S;
	int64_t steps = (int64_t)(m << 16) + k;

	if (!p || steps < 0)
		return 0;
	return (XIN24M_HZ * (uint64_t)steps / p >> 16) >> s;
}

static uint64_t pll_div(volatile uint8_t *con)
{
	uint32_t con0 = io_read32(con), con1 = io_read32(con + 4);
	uint64_t fb = (uint64_t)(con0 & DIV_FB) << 24;
	uint32_t ref = con1 & DIV_REF;
	uint32_t post1 = con0 >> DIV_POST1_SHIFT & DIV_POST;
	uint32_t post2 = con1 >> DIV_POST2_SHIFT & DIV_POST;

	if (!ref || !post1 || !post2)
		return 0;
	if (!(con1 & DIV_NO_FRACTION))
		fb += io_read32(con + 8) & DIV_FRACTION;
	return (XIN24M_HZ / ref * fb >> 24) / (post1 * post2);
}

static uint64_t pll_rate(const struct clk_provider *p,
			 const struct cru_clk *row)
{
	const struct cru_soc *soc = soc_of(p);
	volatile uint8_t *con = p->regs + soc->units[row->unit] + 4u * row->sel;

	switch (field_read(p->regs + soc->mode, row->mux)) {
	case MODE_CRYSTAL:
		return XIN24M_HZ;
	case MODE_PLL:
		return soc->pll_is_mps ? pll_mps(con) : pll_div(con);
	case MODE_32K:
		return RTC_HZ;
	default:
		return 0;
	}
}

static uint64_t frac_rate(volatile uint8_t *clksel, uint64_t hz)
{
	uint32_t value = io_read32(clksel);

	if (!(value & 0xffff) || hz > UINT32_MAX)
		return 0;
	return hz * (value >> 16) / (value & 0xffff);
}

static uint64_t cru_rate(const struct clk_provider *p, uint32_t id,
			 unsigned int depth)
{
	unsigned int nth;
	const struct cru_clk *row;
	uint64_t hz;

	if (id == CRU_XIN24M)
		return XIN24M_HZ;
	row = row_find(soc_of(p), id, &nth);
	if (!row || depth > CLK_DEPTH_MAX)
		return 0;
	if (row->kind == CRU_PLL)
		return pll_rate(p, row);
	hz = cru_rate(p, parent_id(p, row), depth + 1);
	if (row->kind == CRU_FRAC)
		return frac_rate(clksel_of(p, row), hz);
	if (row->kind == CRU_HALF || row->kind == CRU_PHASE)
		return hz / 2;
	return row->div ? hz / (field_read(clksel_of(p, row), row->div) + 1)
			: hz;
}

static int cru_enable(const struct clk_provider *p, uint32_t id,
		      unsigned int depth)
{
	const struct cru_soc *soc = soc_of(p);
	unsigned int nth, bit;
	const struct cru_clk *row = row_find(soc, id, &nth);
	int err;

	if (depth > CLK_DEPTH_MAX)
		return -EINVAL;
	/* crystals, PLLs and what is out of sight run */
	if (!row || row->kind == CRU_PLL)
		return 0;
	err = cru_enable(p, parent_id(p, row), depth + 1);
	if (err || row->gate == CRU_NO_GATE)
		return err;
	bit = row->gate + nth;
	/* a gate's 1 is shut */
	io_write32(p->regs + soc->units[row->unit] + soc->clkgate +
			   4u * (bit / 16),
		   1u << (16 + bit % 16));
	return 0;
}

/** struct best - @hz: 0: none so far */
struct best {
	uint64_t hz;
	uint32_t mux, div;
};

static void best_take(const struct cru_clk *row, uint64_t parent_hz,
		      uint32_t mux, uint64_t hz, struct best *best)
{
	uint64_t div = (parent_hz + hz - 1) / hz;
	uint32_t div_max = row->div ? field_mask(row->div) + 1 : 1;

	if (!parent_hz || div > div_max || parent_hz / div <= best->hz)
		return;
	*best = (struct best){parent_hz / div, mux, (uint32_t)div};
}

static int branch_set_rate(const struct clk_provider *p,
			   const struct cru_clk *row, uint64_t hz)
{
	const uint16_t *list = soc_of(p)->lists + row->list;
	volatile uint8_t *reg = clksel_of(p, row);
	uint32_t now = row->mux ? field_read(reg, row->mux) : 0;
	uint32_t last = field_mask(row->mux);
	struct best best = {0};
	uint32_t value = 0;
	int err;

	/* what it is made of already comes first: it stays where it can */
	best_take(row, cru_rate(p, list[now], 0), now, hz, &best);
	for (uint32_t i = 0; i <= last; i++)
		best_take(row, cru_rate(p, list[i], 0), i, hz, &best);
	if (!best.hz)
		return -ERANGE;
	err = cru_enable(p, list[best.mux], 0);
	if (err)
		return err;
	if (row->mux)
		value |= field_bits(row->mux, best.mux);
	if (row->div)
		value |= field_bits(row->div, best.div - 1);
	io_write32(reg, value);
	return 0;
}

static int cru_set_rate(const struct clk_provider *p, uint32_t id, uint64_t hz)
{
	const struct cru_soc *soc = soc_of(p);
	unsigned int nth;
	const struct cru_clk *row = row_find(soc, id, &nth);

	/* a gate goes as fast as what is before it */
	for (unsigned int i = 0; row && i < CLK_DEPTH_MAX; i++) {
		if (row->kind != CRU_BRANCH)
			return -EPERM;
		if (row->mux || row->div)
			return hz ? branch_set_rate(p, row, hz) : -ERANGE;
		row = row_find(soc, soc->lists[row->list], &nth);
	}
	return -EPERM;
}

static int cru_set_phase(const struct clk_provider *p, uint32_t id,
			 unsigned int degrees)
{
	const struct cru_soc *soc = soc_of(p);
	unsigned int nth;
	const struct cru_clk *row = row_find(soc, id, &nth);

	if (!row || row->kind != CRU_PHASE || degrees % QUARTER_DEGREES ||
	    degrees >= 4 * QUARTER_DEGREES)
		return -EINVAL;
	io_write32(p->regs + soc->phases + 4u * (row->sel + nth),
		   (PHASE_MASK << 16 | degrees / QUARTER_DEGREES)
			   << PHASE_SHIFT);
	return 0;
}

static int cru_parent(const struct clk_provider *p, uint32_t id,
		      const struct clk *clk)
{
	const struct cru_soc *soc = soc_of(p);
	unsigned int nth;
	const struct cru_clk *row = row_find(soc, id, &nth);
	uint32_t wanted = clk->from == p ? clk->id : CRU_XIN24M;

	if (!row || row->kind != CRU_BRANCH || !row->mux ||
	    (clk->from != p && clk_rate(clk) != XIN24M_HZ))
		return -EINVAL;
	for (uint32_t i = 0; i <= field_mask(row->mux); i++)
		if (soc->lists[row->list + i] == wanted) {
			io_write32(clksel_of(p, row), field_bits(row->mux, i));
			return 0;
		}
	return -EINVAL;
}

static bool cru_has(const struct clk_provider *p, uint32_t id)
{
	unsigned int nth;

	return id < CRU_OWN && row_find(soc_of(p), id, &nth);
}

static const struct cru_soc *const socs[] = {&cru_rk3568, &cru_rk3568_pmu,
					     &cru_rk3588};

static int cru_probe(struct clk_provider *p)
{
	struct fdt_reg reg;

	for (unsigned int i = 0; !p->soc && i < ARRAY_SIZE(socs); i++) {
		const char *const list[] = {socs[i]->compatible, NULL};

		if (fdt_node_compatible_any(p->fdt, p->node, list))
			p->soc = socs[i];
	}
	if (!p->soc || fdt_node_reg(p->fdt, p->node, 0, &reg) || reg.addr % 4 ||
	    reg.size < soc_of(p)->size) {
		log_err("%s: its registers cannot be: left alone",
			fdt_get_name(p->fdt, p->node, NULL));
		return -ENODEV;
	}
	p->regs = host_map_device(hpa(reg.addr), reg.size);
	return p->regs ? 0 : -ENOMEM;
}

const struct clk_ops cru_clk_ops = {
	.compatible = (const char *const[]){"rockchip,rk3568-cru",
					    "rockchip,rk3568-pmucru",
					    "rockchip,rk3588-cru", NULL},
	.probe = cru_probe,
	.has = cru_has,
	.rate = cru_rate,
	.enable = cru_enable,
	.set_rate = cru_set_rate,
	.set_phase = cru_set_phase,
	.parent = cru_parent,
};
