/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU's state between memory and the hart's registers. */
#include "vcpu.h"

#include <asm/csr.h>

/* Member of struct arch_vs_state, CSR. */
#define VS_REGISTERS(x)                                                        \
	x(vsstatus, CSR_VSSTATUS) x(vsie, CSR_VSIE) x(vstvec, CSR_VSTVEC)      \
		x(vsscratch, CSR_VSSCRATCH) x(vsepc, CSR_VSEPC)                \
			x(vscause, CSR_VSCAUSE) x(vstval, CSR_VSTVAL)          \
				x(vsatp, CSR_VSATP)                            \
					x(scounteren, CSR_SCOUNTEREN)          \
						x(senvcfg, CSR_SENVCFG)

static void vs_save(struct arch_vs_state *vs)
{
#define SAVE(member, csr) vs->member = csr_read(csr);
	VS_REGISTERS(SAVE)
#undef SAVE
	vs->hvip = csr_read(CSR_HVIP) & HVIP_VSSIP;
	/* no walk mixes one guest's first stage with another's second */
	csr_write(0, CSR_VSATP);
}

static void vs_restore(const struct arch_vs_state *vs)
{
#define RESTORE(member, csr) csr_write(vs->member, csr);
	VS_REGISTERS(RESTORE)
#undef RESTORE
	csr_write(vs->hvip, CSR_HVIP);
}

void arch_vcpu_put(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	guest_timer_put(vcpu);
	vs_save(&arch->vs);
	virq_put(vcpu);
	guest_fp_put(vcpu);
}

void arch_vcpu_load(struct vcpu *vcpu, unsigned int cpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	translations_switch(vcpu, cpu);
	vs_restore(&arch->vs);
	guest_fp_load(vcpu, cpu);
	guest_timer_load(vcpu);
	virq_load(vcpu);
}
