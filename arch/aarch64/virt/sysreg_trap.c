/* SPDX-License-Identifier: Apache-2.0 */
/* From the syndrome of a trapped MSR, MRS or SYS to the table and back. */
#include "sysreg.h"
#include "vcpu.h"
#include "vgic.h"

/* ISS for EC 0x18, D19.2.37: op0 21:20, op2 19:17, op1 16:14, CRn 13:10,
 * Rt 9:5, CRm 4:1, direction 0 */
#define ISS_RT(esr) ((esr) >> 5 & 0x1f)
#define ISS_READ BIT(0)

static uint16_t encoding(uint64_t esr)
{
	return (esr >> 20 & 3) << 14 | (esr >> 10 & 0x7f) << 7 |
	       (esr >> 1 & 0xf) << 3 | (esr >> 17 & 7);
}

/* All of the ISS but the register number and COND. */
#define ISS_WHICH (GENMASK(21, 10) | GENMASK(4, 0))
#define ISS_ICC_SGI1R                                                          \
	((uint64_t)3 << 20 | 5 << 17 | 0 << 14 | 12 << 10 | 11 << 1)

int sysreg_trap(struct vcpu *vcpu, uint64_t esr)
{
	struct sysreg_access access;
	int action = RESUME;

	/* what guests write all day goes around the table */
	if (likely((esr & ISS_WHICH) == ISS_ICC_SGI1R)) {
		exit_count(vcpu, REASON_SGI);
		vgic_sgi_write(vcpu, regs_read(vcpu, ISS_RT(esr)), 1);
		pc_skip(esr);
		return vcpu_after_change(vcpu, RESUME);
	}
	exit_count(vcpu, REASON_SYSREG);
	access.enc = encoding(esr);
	access.write = !(esr & ISS_READ);
	access.value = access.write ? regs_read(vcpu, ISS_RT(esr)) : 0;
	if (!sysreg_access(vcpu, &access))
		return inject_undef(vcpu);
	pc_skip(esr);
	if (!access.write)
		action = regs_write(vcpu, ISS_RT(esr), access.value);
	return vcpu_after_change(vcpu, action);
}
