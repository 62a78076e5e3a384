/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rockchip's clock and reset unit (CRU): what the tables of the SoCs say.
 * RK3568 TRM part 1 and RK3588 TRM part 1, chapter "CRU".
 */
#ifndef ROCKCHIP_CRU_H
#define ROCKCHIP_CRU_H

#include <lib/types.h>
#include <lib/util.h>

/* In place of a number of the binding. */
#define CRU_OWN 0x8000u /* and above: those that it has no number for */
#define CRU_XIN24M 0xfffeu
#define CRU_UNKNOWN 0xffffu /* out of sight: its rate is not known */

enum cru_kind {
	CRU_BRANCH, /* multiplexer, divider, gate: what of them there is */
	CRU_SHARED, /* the same, but others depend on it: not to be changed */
	CRU_PLL,    /* @sel: its PLL_CON; @mux: of MODE_CON0 */
	CRU_FRAC,   /* numerator over denominator in the whole of CLKSEL */
	CRU_HALF,
	CRU_PHASE, /* half of its parent, @sel: register behind .phases */
};

#define CRU_NO_GATE 0xffffu
#define CRU_GATE(con, bit) ((con)*16 + (bit))
/* a field of a CLKSEL register; 0: there is none */
#define CRU_FIELD(shift, width) ((shift) << 4 | (width))

/**
 * struct cru_clk - one clock, or several with gates side by side
 * @id:     of the binding, the first of @count
 * @unit:   which part of the registers, struct cru_soc.units
 * @list:   what it may be made of: as many of struct cru_soc.lists, from there
 *          on, as @mux can name
 * @gate:   CLKGATE register and bit, or CRU_NO_GATE
 * @sel:    CLKSEL register of the fields @mux and @div
 */
struct cru_clk {
	uint16_t id;
	uint8_t count;
	uint8_t kind : 4, unit : 4;
	uint8_t list, sel, mux, div;
	uint16_t gate;
};
_Static_assert(sizeof(struct cru_clk) == 10, "a few bytes a clock");

/**
 * struct cru_soc - a clock unit
 * @size:       of the registers that are used
 * @pll_is_mps: its PLLs have m, p, s and k; else fbdiv, refdiv, postdiv
 * @reset:      where SOFTRST_CON0 is
 * @reset_bits: NULL: reset n is bit n % 16 of register n / 16; else they are
 *              numbered through, and these bits are some
 */
struct cru_soc {
	const char *compatible;
	uint32_t size;
	uint16_t clksel, clkgate, mode, phases, reset;
	bool pll_is_mps;
	uint16_t clk_count, reset_count;
	uint32_t units[3];
	const struct cru_clk *clks;
	const uint16_t *lists; /* ends in 8 that nothing is made of */
	const uint16_t *reset_bits;
};

extern const struct cru_soc cru_rk3568, cru_rk3568_pmu, cru_rk3588;

#endif
