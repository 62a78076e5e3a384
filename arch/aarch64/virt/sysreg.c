/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trapped system registers: one row each, ascending by encoding; what has no
 * row is undefined to the guest. D18.3 lists the encodings.
 */
#include "sysreg.h"
#include "vcpu.h"
#include "vgic.h"

typedef bool (*sysreg_fn)(struct vcpu *vcpu, struct sysreg_access *access);

struct sysreg_row {
	uint16_t first; /* encodings first..last */
	uint16_t last;
	sysreg_fn fn;
};

/* Debug registers that a guest may program without effect. */
static bool raz_wi(struct vcpu *vcpu __unused_arg, struct sysreg_access *access)
{
	if (!access->write)
		access->value = 0;
	return true;
}

static bool raz_ro(struct vcpu *vcpu __unused_arg, struct sysreg_access *access)
{
	access->value = 0;
	return !access->write;
}

static bool write_ignored(struct vcpu *vcpu __unused_arg,
			  struct sysreg_access *access)
{
	return access->write;
}

/* OSLSR_EL1: the lock is there (OSLM = 0b10) and open, D19.3.21 */
static bool oslsr(struct vcpu *vcpu __unused_arg, struct sysreg_access *access)
{
	access->value = BIT(3);
	return !access->write;
}

static bool idreg(struct vcpu *vcpu __unused_arg, struct sysreg_access *access)
{
	access->value = idreg_read(access->enc >> 3 & 0xf, access->enc & 7);
	return !access->write;
}

static bool sgi(struct vcpu *vcpu, struct sysreg_access *access)
{
	/* group by op2: ICC_SGI1R 5, ICC_ASGI1R 6, ICC_SGI0R 7. With one
	 * Security state, the alias addresses group 0: IHI 0069, 12.2.18 */
	if (!access->write)
		return false;
	exit_count(vcpu, REASON_SGI);
	vgic_sgi_write(vcpu, access->value, (access->enc & 7) == 5);
	return true;
}

/* In passthrough mode, see pt.c; or three of them together with ICC_DIR. */
static bool icc(struct vcpu *vcpu, struct sysreg_access *access)
{
	return pt_icc(vcpu, access) || vgic_icc(access);
}

static bool icc_dir(struct vcpu *vcpu, struct sysreg_access *access)
{
	if (pt_icc(vcpu, access))
		return true;
	if (access->write)
		vgic_dir_write(vcpu, access->value);
	return access->write;
}

/* ICC_SRE_EL1: system registers only (DIB, DFB, SRE), 12.2.24 */
static bool icc_sre(struct vcpu *vcpu __unused_arg,
		    struct sysreg_access *access)
{
	if (!access->write)
		access->value = 7;
	return true;
}

static bool cntp(struct vcpu *vcpu, struct sysreg_access *access)
{
	enum ptimer_reg reg = access->enc & 7;

	if (access->write)
		ptimer_write(vcpu, reg, access->value);
	else
		access->value = ptimer_read(vcpu, reg);
	return true;
}

#define ONE(op0, op1, crn, crm, op2, fn)                                       \
	{                                                                      \
		SYSREG_ENC(op0, op1, crn, crm, op2),                           \
			SYSREG_ENC(op0, op1, crn, crm, op2), fn                \
	}
#define RANGE(op0, op1, crn, crm, op2, crm_last, op2_last, fn)                 \
	{                                                                      \
		SYSREG_ENC(op0, op1, crn, crm, op2),                           \
			SYSREG_ENC(op0, op1, crn, crm_last, op2_last), fn      \
	}

/* clang-format off */
static const struct sysreg_row rows[] = {
	/* MDSCR_EL1 among them: no single step, breakpoints or watchpoints */
	RANGE(2, 0, 0, 0, 0, 15, 7, raz_wi),	/* DBGB/WVR, DBGB/WCR, ... */
	ONE(2, 0, 1, 0, 0, raz_ro),		/* MDRAR_EL1 */
	ONE(2, 0, 1, 0, 4, write_ignored),	/* OSLAR_EL1 */
	ONE(2, 0, 1, 1, 4, oslsr),		/* OSLSR_EL1 */
	ONE(2, 0, 1, 3, 4, raz_wi),		/* OSDLR_EL1 */
	ONE(2, 0, 1, 4, 4, raz_wi),		/* DBGPRCR_EL1 */
	ONE(2, 0, 7, 8, 6, raz_wi),		/* DBGCLAIMSET_EL1 */
	ONE(2, 0, 7, 9, 6, raz_wi),		/* DBGCLAIMCLR_EL1 */
	ONE(2, 0, 7, 14, 6, raz_ro),		/* DBGAUTHSTATUS_EL1 */
	ONE(2, 3, 0, 1, 0, raz_ro),		/* MDCCSR_EL0 */
	ONE(2, 3, 0, 4, 0, raz_wi),		/* DBGDTR_EL0 */
	ONE(2, 3, 0, 5, 0, raz_wi),		/* DBGDTRRX/TX_EL0 */
	ONE(3, 0, 0, 0, 6, idreg),		/* REVIDR_EL1 */
	RANGE(3, 0, 0, 1, 0, 7, 7, idreg),	/* ID_* */
	ONE(3, 0, 1, 0, 1, raz_wi),		/* ACTLR_EL1 */
	ONE(3, 0, 4, 6, 0, icc),		/* ICC_PMR_EL1 */
	RANGE(3, 0, 12, 8, 0, 9, 3, icc),	/* ICC_IAR0 .. ICC_AP1R3 */
	ONE(3, 0, 12, 11, 1, icc_dir),		/* ICC_DIR_EL1 */
	ONE(3, 0, 12, 11, 3, icc),		/* ICC_RPR_EL1 */
	RANGE(3, 0, 12, 11, 5, 11, 7, sgi),	/* ICC_SGI1R, ASGI1R, SGI0R */
	RANGE(3, 0, 12, 12, 0, 12, 4, icc),	/* ICC_IAR1 .. ICC_CTLR */
	ONE(3, 0, 12, 12, 5, icc_sre),		/* ICC_SRE_EL1 */
	RANGE(3, 0, 12, 12, 6, 12, 7, icc),	/* ICC_IGRPEN0, IGRPEN1 */
	ONE(3, 1, 0, 0, 7, raz_ro),		/* AIDR_EL1 */
	RANGE(3, 3, 14, 2, 0, 2, 2, cntp),	/* CNTP_TVAL, CTL, CVAL_EL0 */
};
/* clang-format on */

bool sysreg_table_ok(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].first > rows[i].last)
			return false;
		if (i && rows[i - 1].last >= rows[i].first)
			return false;
	}
	return true;
}

bool sysreg_access(struct vcpu *vcpu, struct sysreg_access *access)
{
	size_t lo = 0, hi = ARRAY_SIZE(rows);

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;

		if (access->enc > rows[mid].last)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == ARRAY_SIZE(rows) || access->enc < rows[lo].first)
		return false;
	return rows[lo].fn(vcpu, access);
}
