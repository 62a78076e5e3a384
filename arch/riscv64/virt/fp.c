/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests' floating-point registers. The host has none of its own, so a guest's
 * stay in the hart until another guest uses some there.
 *
 * sstatus.FS of the host counts beside the guest's own (H 2.9 of vsstatus): Off
 * makes the guest's first use an illegal instruction, which comes here as long
 * as hedeleg says so; the hart sets it to Dirty when a register changes. So a
 * guest that uses none costs nothing, what it only read is not saved, and who
 * changed some in its last turn gets them with the rest of its state.
 *
 * FS is Clean or Dirty where the hart's registers are the vCPU's: in
 * regs.status, and in sstatus inside guest_enter().
 */
#include "vcpu.h"

#include <asm/csr.h>

/* Whose registers a hart has, as in memory but for what FS says is Dirty; own
 * hart only, interrupts masked. Such a vCPU's fp_cpu says the same. */
static const struct arch_vcpu *owner[CPU_MAX];

static void illegal_comes_here(bool here)
{
	if (here)
		csr_clear(BIT(CAUSE_ILLEGAL), CSR_HEDELEG);
	else
		csr_set(BIT(CAUSE_ILLEGAL), CSR_HEDELEG);
}

static void take(struct arch_vcpu *arch, unsigned int cpu)
{
	fp_restore(&arch->fp);
	owner[cpu] = arch;
	arch->fp_cpu = (int)cpu;
}

void guest_fp_load(struct vcpu *vcpu, unsigned int cpu)
{
	struct arch_vcpu *arch = vcpu->arch;
	bool here = owner[cpu] == arch && arch->fp_cpu == (int)cpu;

	if (!guest_features()->fp)
		return;
	if (!here && arch->fp_changed) {
		take(arch, cpu);
		here = true;
	}
	if (here)
		arch->regs.status |= SSTATUS_FS_CLEAN;
	illegal_comes_here(!here);
}

void guest_fp_put(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	arch->fp_changed = (arch->regs.status & SSTATUS_FS) == SSTATUS_FS;
	if (arch->fp_changed)
		fp_save(&arch->fp);
	arch->regs.status &= ~(uint64_t)SSTATUS_FS;
}

void guest_fp_forget(struct vcpu *vcpu)
{
	vcpu->arch->fp_cpu = -1;
	vcpu->arch->fp_changed = false;
}

bool guest_fp_use(struct vcpu *vcpu)
{
	if (!guest_features()->fp || (csr_read(sstatus) & SSTATUS_FS) ||
	    !(csr_read(CSR_VSSTATUS) & SSTATUS_FS))
		return false;
	take(vcpu->arch, arch_this_cpu()->id);
	csr_set(SSTATUS_FS_CLEAN, sstatus);
	illegal_comes_here(false);
	return true;
}
