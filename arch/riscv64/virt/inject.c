/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions into VS-mode, as a hart takes them: Privileged ISA 12.1. */
#include "vcpu.h"

#include <asm/csr.h>

/* What the trap does to the hart that goes on at *@pc with *@status. */
static void trap_to_vs(uint64_t *pc, uint64_t *status, uint64_t cause,
		       uint64_t value)
{
	uint64_t vsstatus = csr_read(CSR_VSSTATUS);
	bool enabled = vsstatus & SSTATUS_SIE;

	vsstatus &= ~(uint64_t)(SSTATUS_SPP | SSTATUS_SPIE | SSTATUS_SIE);
	vsstatus |= *status & SSTATUS_SPP;
	if (enabled)
		vsstatus |= SSTATUS_SPIE;
	csr_write(vsstatus, CSR_VSSTATUS);
	csr_write(*pc, CSR_VSEPC);
	csr_write(cause, CSR_VSCAUSE);
	csr_write(value, CSR_VSTVAL);
	*pc = csr_read(CSR_VSTVEC) & ~(uint64_t)3;
	*status |= SSTATUS_SPP;
}

int inject(struct vcpu *vcpu __unused_arg, uint64_t cause, uint64_t value)
{
	uint64_t pc = csr_read(sepc);
	uint64_t status = csr_read(sstatus);

	trap_to_vs(&pc, &status, cause, value);
	csr_write(pc, sepc);
	csr_write(status, sstatus);
	return RESUME;
}

void inject_queued(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	if (likely(arch->inject_cause < 0))
		return;
	trap_to_vs(&arch->regs.pc, &arch->regs.status,
		   (uint64_t)arch->inject_cause, arch->inject_value);
	arch->inject_cause = -1;
}

void arch_vcpu_inject_abort(struct vcpu *vcpu,
			    const struct vcpu_exit *exit __unused_arg)
{
	struct arch_vcpu *arch = vcpu->arch;

	arch->inject_cause = (int)arch->abort_cause;
	arch->inject_value = arch->access_va;
}

/* Nothing of it was done yet; but what the hart remembers must not be that
 * there is nothing. */
void arch_vcpu_retry(struct vcpu *vcpu)
{
	vcpu->arch->retry = true;
}
