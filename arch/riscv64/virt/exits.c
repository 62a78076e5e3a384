/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a guest was left, but for interrupts. Handlers run with interrupts
 * masked and the vCPU's state in the hart; they return RESUME or LEAVE.
 */
#include "vcpu.h"

#include <asm/csr.h>

#define INSN_WFI 0x10500073
#define INSN_WRS_NTO 0x00d00073 /* Zawrs */

int exit_fault(struct vcpu *vcpu, const char *what, uint64_t cause)
{
	struct vcpu_exit *exit = vcpu->arch->exit;

	exit->kind = EXIT_FAULT;
	exit->fault.what = what;
	exit->fault.pc = csr_read(sepc);
	exit->fault.syndrome = cause;
	exit->fault.gpa = gpa(csr_read(CSR_HTVAL) << 2);
	return LEAVE;
}

int exit_halt(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	virq_sync(vcpu);
	arch->wfi_ie = csr_read(CSR_VSIE);
	if (csr_read(CSR_VSIP) & arch->wfi_ie)
		return RESUME;
	arch->wfi_deadline = arch->wfi_ie & SIE_TIMER
				     ? guest_timer_deadline(vcpu)
				     : UINT64_MAX;
	if (arch->wfi_ie & SIE_EXTERNAL)
		imsic_file_guard(vcpu);
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
static int exit_insn(struct vcpu *vcpu, uint64_t cause __unused_arg)
{
	uint32_t insn = (uint32_t)csr_read(stval);

	/* stval may be 0 instead (12.1.9): QEMU's is for some */
	if (!insn && !insn_fetch(csr_read(sepc), &insn))
		return RESUME; /* it faults there, or does not */
	if (insn == INSN_WFI && (csr_read(sstatus) & SSTATUS_SPP)) {
		exit_count(vcpu, REASON_WFI);
		pc_skip(4);
		return exit_halt(vcpu);
	}
	if (imsic_insn(vcpu, insn)) {
		exit_count(vcpu, REASON_IMSIC);
		pc_skip(4);
		return RESUME_ALL;
	}
	exit_count(vcpu, REASON_INSN);
	/* VTW stops it as well; it may end at any time and for any reason */
	if (insn == INSN_WRS_NTO) {
		pc_skip(4);
		return RESUME;
	}
	return inject(vcpu, CAUSE_ILLEGAL, insn);
}

static int exit_illegal(struct vcpu *vcpu, uint64_t cause)
{
	if (guest_fp_use(vcpu)) {
		exit_count(vcpu, REASON_FP);
		return RESUME;
	}
	exit_count(vcpu, REASON_INSN);
	return inject(vcpu, cause, csr_read(stval));
}

/* Firmware may keep some of what it could delegate. */
static int exit_reflect(struct vcpu *vcpu, uint64_t cause)
{
	exit_count(vcpu, REASON_OTHER);
	return inject(vcpu, cause, csr_read(stval));
}

static int exit_unknown(struct vcpu *vcpu, uint64_t cause)
{
	exit_count(vcpu, REASON_OTHER);
	return exit_fault(vcpu, "unknown exception", cause);
}

typedef int (*exit_fn)(struct vcpu *vcpu, uint64_t cause);

/* Every cause has its row, so that none has to be tested for. */
static const exit_fn exit_table[] = {
	[0 ... CAUSE_USER_ECALL] = exit_reflect,
	[CAUSE_ILLEGAL] = exit_illegal,
	[9] = exit_unknown,
	[CAUSE_VS_ECALL] = guest_sbi,
	[11] = exit_unknown,
	[CAUSE_FETCH_PAGE] = exit_reflect,
	[CAUSE_LOAD_PAGE] = exit_reflect,
	[14] = exit_unknown,
	[CAUSE_STORE_PAGE] = exit_reflect,
	[16 ... 19] = exit_unknown,
	[CAUSE_FETCH_GUEST] = abort_guest_page,
	[CAUSE_LOAD_GUEST] = abort_guest_page,
	[CAUSE_VIRTUAL_INSN] = exit_insn,
	[CAUSE_STORE_GUEST] = abort_guest_page,
};

int guest_exit(struct guest_regs *regs, uint64_t cause)
{
	struct vcpu *vcpu = vcpu_of_regs(regs);

	if (likely(cause < ARRAY_SIZE(exit_table)))
		return exit_table[cause](vcpu, cause);
	if (cause & CAUSE_INTERRUPT)
		return guest_irq(vcpu, cause);
	return exit_unknown(vcpu, cause);
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
		[REASON_APLIC] = "aplic-mmio",
		[REASON_IMSIC] = "imsic",
		[REASON_MMIO] = "mmio",
		[REASON_FETCH_FAULT] = "fetch-fault",
		[REASON_DATA_FAULT] = "data-fault",
		[REASON_INSN] = "instruction",
		[REASON_FP] = "fp",
		[REASON_OTHER] = "other",
	};

	return reason < REASON_COUNT ? names[reason] : NULL;
}

bool arch_exit_is_irq(unsigned int reason)
{
	return reason <= REASON_EXTERNAL;
}
