/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Feature registers: a guest sees only what is switched between vCPUs, or
 * needs no switching. D19.2 describes the fields; one that is not named here
 * reads as zero, so features of the future are hidden by default.
 */
#include "sysreg.h"

#define F(lsb) ((uint64_t)0xf << (lsb))

struct idreg_row {
	uint64_t keep;  /* shown as the host has it */
	uint64_t fixed; /* shown whatever the host has */
};

#define ROW(crm, op2) [(crm)*8 + (op2)]

/* clang-format off */
static const struct idreg_row rows[64] = {
	/* AArch32, for EL0: as the host, but for debug, trace, RAS, AMU, PMU */
	ROW(1, 0) = {F(0) | F(4) | F(8) | F(12) | F(24), 0}, /* ID_PFR0 */
	ROW(1, 1) = {F(0) | F(16), 1u << 28},	/* ID_PFR1: timer, GIC */
	ROW(1, 2) = {0, 6},			/* ID_DFR0: v8 debug */
	ROW(1, 4) = {0xffffffff, 0},		/* ID_MMFR0 */
	ROW(1, 5) = {0xffffffff, 0},
	ROW(1, 6) = {0xffffffff, 0},
	ROW(1, 7) = {0xffffffff, 0},
	ROW(2, 0) = {0xffffffff, 0},		/* ID_ISAR0 */
	ROW(2, 1) = {0xffffffff, 0},
	ROW(2, 2) = {0xffffffff, 0},
	ROW(2, 3) = {0xffffffff, 0},
	ROW(2, 4) = {0xffffffff, 0},
	ROW(2, 5) = {0xffffffff, 0},
	ROW(2, 6) = {0xffffffff & ~F(20), 0},	/* ID_MMFR4: EVT */
	ROW(2, 7) = {0xffffffff, 0},		/* ID_ISAR6 */
	ROW(3, 0) = {0xffffffff, 0},		/* MVFR0..2_EL1 */
	ROW(3, 1) = {0xffffffff, 0},
	ROW(3, 2) = {0xffffffff, 0},
	ROW(3, 4) = {F(0) | F(4), 0},		/* ID_PFR2: CSV3, SSBS */
	ROW(3, 6) = {F(0), 0},			/* ID_MMFR5: ETS */
	/* ID_AA64PFR0: EL0, FP, AdvSIMD, DIT, CSV2, CSV3; EL1 in AArch64,
	 * system register GIC */
	ROW(4, 0) = {F(0) | F(16) | F(20) | F(48) | F(56) | F(60),
		     1u << 4 | 1u << 24},
	ROW(4, 1) = {F(0) | F(4), 0},		/* ID_AA64PFR1: BT, SSBS */
	/* ID_AA64DFR0: v8 debug, two breakpoints and watchpoints, inert */
	ROW(5, 0) = {0, 6 | 1u << 12 | 1u << 20},
	/* ID_AA64ISAR0: all; TME (27:24) needs trapping */
	ROW(6, 0) = {~F(24), 0},
	/* ID_AA64ISAR1: but SPECRES (43:40), XS (59:56), LS64 (63:60) */
	ROW(6, 1) = {~(F(40) | F(56) | F(60)), 0},
	/* ID_AA64ISAR2: WFxT, RPRES, GPA3, APA3, BC, PAC_frac, CLRBHB, CSSC,
	 * RPRFM */
	ROW(6, 2) = {F(0) | F(4) | F(8) | F(12) | F(20) | F(24) | F(28) |
		     F(48) | F(52), 0},
	/* ID_AA64MMFR0: PARange, ASIDBits, BigEnd, SNSMem, BigEndEL0, TGran */
	ROW(7, 0) = {F(0) | F(4) | F(8) | F(12) | F(16) | F(20) | F(24) |
		     F(28), 0},
	/* ID_AA64MMFR1: HAFDBS, HPDS, PAN, SpecSEI, ETS, AFP, nTLBPA, ECBHB */
	ROW(7, 1) = {F(0) | F(12) | F(20) | F(24) | F(36) | F(44) | F(48) |
		     F(60), 0},
	/* ID_AA64MMFR2: CnP, UAO, LSM, VARange, CCIDX, ST, AT, TTL, BBM, E0PD */
	ROW(7, 2) = {F(0) | F(4) | F(8) | F(16) | F(20) | F(28) | F(32) |
		     F(48) | F(52) | F(60), 0},
};
/* clang-format on */

/* Lower an unsigned field to at most @max. */
static uint64_t field_max(uint64_t value, unsigned int lsb, uint64_t max)
{
	if ((value >> lsb & 0xf) <= max)
		return value;
	return (value & ~F(lsb)) | max << lsb;
}

uint64_t idreg_show(unsigned int crm, unsigned int op2, uint64_t host)
{
	const struct idreg_row *row = &rows[(crm & 7) * 8 + (op2 & 7)];
	uint64_t value = (host & row->keep) | row->fixed;

	if (crm == 4 && op2 == 0)
		/* CSV2 of 2 and more promises SCXTNUM_EL1, not switched */
		value = field_max(value, 56, 1);
	if (crm == 6 && op2 == 2)
		value = field_max(value, 0, 2);
	if (crm == 7 && op2 == 1)
		/* HAFDBS: access and dirty flags, no table descriptors' */
		value = field_max(value, 0, 2);
	if (crm == 7 && op2 == 2)
		value = field_max(value, 16, 1);
	return value;
}
