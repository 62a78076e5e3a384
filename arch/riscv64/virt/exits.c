/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a guest was left, but for interrupts. Handlers run with interrupts
 * masked and the vCPU's state in the hart; they return RESUME or LEAVE.
 */
#include "vcpu.h"

#include <asm/csr.h>

#define INSN_WFI 0x10500073
#define INSN_WRS_NTO 0x00d00073 /* Zawrs */

int exit_fault(struct vcpu *vcpu, const char *what,
	       const struct guest_trap *trap)
{
	struct vcpu_exit *exit = vcpu->arch->exit;

	exit->kind = EXIT_FAULT;
	exit->fault.what = what;
	exit->fault.pc = vcpu->arch->regs.pc;
	exit->fault.syndrome = trap->cause;
	exit->fault.gpa = gpa(trap->htval << 2);
	return LEAVE;
}

int exit_halt(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	virq_sync(vcpu);
	arch->wfi_ie = csr_read(CSR_VSIE);
	if (csr_read(CSR_VSIP) & arch->wfi_ie)
		return RESUME;
	/* bit 5: the timer's, as VS-mode numbers them */
	arch->wfi_deadline =
		arch->wfi_ie & BIT(5) ? guest_timer_deadline(vcpu) : UINT64_MAX;
	if (arch_vcpu_wakeable(vcpu))
		return RESUME;
	arch->exit->kind = EXIT_HALT;
	return LEAVE;
}

/*
 * What VS-mode would be allowed without a hypervisor, and what it would not:
 * H's own instructions and CSRs, counters that are hidden (H 5.3). A WFI of
 * VU-mode never waits long: illegal there as in U-mode with TW = 0.
 */
static int exit_insn(struct vcpu *vcpu, const struct guest_trap *trap)
{
	struct guest_regs *regs = &vcpu->arch->regs;
	uint32_t insn = (uint32_t)trap->value;

	/* stval may be 0 instead (12.1.9): QEMU's is for some */
	if (!insn && !insn_fetch(regs->pc, &insn))
		return RESUME; /* it faults there, or does not */
	if (insn == INSN_WFI && (regs->status & SSTATUS_SPP)) {
		exit_count(vcpu, REASON_WFI);
		regs->pc += 4;
		return exit_halt(vcpu);
	}
	exit_count(vcpu, REASON_INSN);
	/* VTW stops it as well; it may end at any time and for any reason */
	if (insn == INSN_WRS_NTO) {
		regs->pc += 4;
		return RESUME;
	}
	return inject(vcpu, CAUSE_ILLEGAL, insn);
}

int guest_handle(struct vcpu *vcpu, const struct guest_trap *trap)
{
	switch (trap->cause) {
	case CAUSE_VS_ECALL:
		return guest_sbi(vcpu);
	case CAUSE_FETCH_GUEST:
	case CAUSE_LOAD_GUEST:
	case CAUSE_STORE_GUEST:
		return abort_guest_page(vcpu, trap);
	case CAUSE_VIRTUAL_INSN:
		return exit_insn(vcpu, trap);
	default:
		/* firmware may keep some of what it could delegate */
		exit_count(vcpu, REASON_OTHER);
		if (trap->cause <= CAUSE_STORE_PAGE)
			return inject(vcpu, trap->cause, trap->value);
		return exit_fault(vcpu, "unknown exception", trap);
	}
}

const char *arch_exit_reason_name(unsigned int reason)
{
	static const char *const names[REASON_COUNT] = {
		[REASON_SOFT] = "soft-irq",
		[REASON_TIMER] = "timer-irq",
		[REASON_EXTERNAL] = "external-irq",
		[REASON_WFI] = "wfi",
		[REASON_SBI] = "sbi",
		[REASON_SBI_TIMER] = "sbi-timer",
		[REASON_SBI_IPI] = "sbi-ipi",
		[REASON_SBI_FENCE] = "sbi-fence",
		[REASON_PLIC] = "plic-mmio",
		[REASON_MMIO] = "mmio",
		[REASON_FETCH_FAULT] = "fetch-fault",
		[REASON_DATA_FAULT] = "data-fault",
		[REASON_INSN] = "instruction",
		[REASON_OTHER] = "other",
	};

	return reason < REASON_COUNT ? names[reason] : NULL;
}

bool arch_exit_is_irq(unsigned int reason)
{
	return reason <= REASON_EXTERNAL;
}
