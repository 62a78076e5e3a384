/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions that a guest takes to its EL1: what hardware would do, D1.3.1
 * and the pseudocode of AArch64.TakeException().
 */
#include "vcpu.h"

/* SPSR fields, C5.2.19 */
#define PSR_NZCV GENMASK(31, 28)
#define PSR_DIT BIT(24)
#define PSR_PAN BIT(22)
#define PSR_SSBS BIT(12)
#define PSR_MODE 0x1f

#define SCTLR_SPAN BIT(23)
#define SCTLR_DSSBS BIT(44)

#define ESR_S1PTW BIT(7)
#define ESR_WNR BIT(6)

static uint64_t vector_offset(uint64_t pstate)
{
	if (pstate & PSR_MODE_A32)
		return 0x600;
	switch (pstate & PSR_MODE) {
	case PSR_MODE_EL1T:
		return 0x000;
	case PSR_MODE_EL1H:
		return 0x200;
	default:
		return 0x400;
	}
}

static bool from_el1(uint64_t pstate)
{
	return !(pstate & PSR_MODE_A32) && (pstate & 0xc);
}

/* EL1's registers are loaded; @pc and @pstate are the guest's own. */
static void take(uint64_t esr, uint64_t *pc, uint64_t *pstate)
{
	uint64_t sctlr = read_sysreg(sctlr_el1);
	uint64_t old = *pstate;
	uint64_t new;

	write_sysreg(esr, esr_el1);
	write_sysreg(*pc, elr_el1);
	write_sysreg(old, spsr_el1);
	new = (old & (PSR_NZCV | PSR_DIT | PSR_PAN)) | PSR_D | PSR_A | PSR_I |
	      PSR_F | PSR_MODE_EL1H;
	if (!(sctlr & SCTLR_SPAN))
		new |= PSR_PAN;
	if (sctlr & SCTLR_DSSBS)
		new |= PSR_SSBS;
	*pc = read_sysreg(vbar_el1) + vector_offset(old);
	*pstate = new;
}

static int take_now(uint64_t esr)
{
	uint64_t pc = read_sysreg(elr_el2);
	uint64_t pstate = read_sysreg(spsr_el2);

	take(esr, &pc, &pstate);
	write_sysreg(pc, elr_el2);
	write_sysreg(pstate, spsr_el2);
	return RESUME;
}

int inject_undef(struct vcpu *vcpu __unused_arg)
{
	return take_now((uint64_t)ESR_EC_UNKNOWN << ESR_EC_SHIFT | ESR_IL);
}

static uint64_t abort_esr(uint64_t esr, uint64_t pstate, unsigned int fsc)
{
	uint64_t ec = ESR_EC(esr); /* from a lower level; +1: the same one */

	return (from_el1(pstate) ? ec + 1 : ec) << ESR_EC_SHIFT |
	       (esr & (ESR_IL | (ec == ESR_EC_DABT_LOW ? ESR_WNR : 0))) | fsc;
}

int inject_abort(struct vcpu *vcpu __unused_arg, uint64_t esr, unsigned int fsc)
{
	write_sysreg(read_sysreg(far_el2), far_el1);
	return take_now(abort_esr(esr, read_sysreg(spsr_el2), fsc));
}

void inject_queued(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	if (likely(!arch->inject_esr))
		return;
	write_sysreg(arch->abort_far, far_el1);
	take(arch->inject_esr, &arch->regs.pc, &arch->regs.pstate);
	arch->inject_esr = 0;
}

void arch_vcpu_inject_abort(struct vcpu *vcpu,
			    const struct vcpu_exit *exit __unused_arg)
{
	struct arch_vcpu *arch = vcpu->arch;

	/* synchronous external abort, on a walk with the walk's level */
	arch->inject_esr = abort_esr(arch->abort_esr, arch->regs.pstate,
				     arch->abort_esr & ESR_S1PTW
					     ? 0x14 | (arch->abort_esr & 3)
					     : 0x10);
	arch->mmio.count = 0;
}

void arch_vcpu_retry(struct vcpu *vcpu)
{
	/* its PC has not moved */
	vcpu->arch->mmio.count = 0;
}
