/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions into VS-mode, as a hart takes them: Privileged ISA 12.1. */
#include "vcpu.h"

#include <asm/csr.h>

int inject(struct vcpu *vcpu, uint64_t cause, uint64_t value)
{
	struct guest_regs *regs = &vcpu->arch->regs;
	uint64_t status = csr_read(CSR_VSSTATUS);
	bool from_s = regs->status & SSTATUS_SPP;
	bool enabled = status & SSTATUS_SIE;

	status &= ~(uint64_t)(SSTATUS_SPP | SSTATUS_SPIE | SSTATUS_SIE);
	if (from_s)
		status |= SSTATUS_SPP;
	if (enabled)
		status |= SSTATUS_SPIE;
	csr_write(status, CSR_VSSTATUS);
	csr_write(regs->pc, CSR_VSEPC);
	csr_write(cause, CSR_VSCAUSE);
	csr_write(value, CSR_VSTVAL);
	regs->pc = csr_read(CSR_VSTVEC) & ~(uint64_t)3;
	regs->status |= SSTATUS_SPP;
	return RESUME;
}

void inject_queued(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	if (likely(arch->inject_cause < 0))
		return;
	inject(vcpu, (uint64_t)arch->inject_cause, arch->inject_value);
	arch->inject_cause = -1;
}

void arch_vcpu_inject_abort(struct vcpu *vcpu,
			    const struct vcpu_exit *exit __unused_arg)
{
	struct arch_vcpu *arch = vcpu->arch;

	arch->inject_cause = (int)arch->abort_cause;
	arch->inject_value = arch->access_va;
}

/* Nothing of it was done yet. */
void arch_vcpu_retry(struct vcpu *vcpu __unused_arg)
{
}
