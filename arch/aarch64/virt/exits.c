/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a guest was left: one row for each exception class, with a default row.
 * Handlers run with interrupts masked and the vCPU's state in the registers;
 * they return RESUME, RESUME_ALL or LEAVE (regs.h).
 */
#define LOG_TAG "vcpu"
#include "vcpu.h"
#include "vgic.h"

#include <lib/log.h>
#include <virt/vm.h>

/* SPSR_EL2 fields, C5.2.20 */
#define PSR_T32 BIT(5)
#define PSR_IT_LO GENMASK(26, 25) /* ITSTATE[1:0] */
#define PSR_IT_HI GENMASK(15, 10) /* ITSTATE[7:2] */

/* A T32 IT block goes on by one instruction: ITAdvance(). */
static uint64_t it_advance(uint64_t pstate)
{
	unsigned int it = (pstate >> 25 & 3) | (pstate >> 10 & 0x3f) << 2;

	it = (it & 7) ? (it & 0xe0) | (it << 1 & 0x1f) : 0;
	return (pstate & ~(PSR_IT_LO | PSR_IT_HI)) | (uint64_t)(it & 3) << 25 |
	       (uint64_t)(it >> 2) << 10;
}

/* PSTATE after an instruction that has been done for the guest. */
static uint64_t pstate_skip(uint64_t pstate)
{
	pstate &= ~PSR_SS;
	if (!(pstate & PSR_MODE_A32))
		return pstate & ~PSR_BTYPE;
	return pstate & PSR_T32 ? it_advance(pstate) : pstate;
}

void pc_skip_odd(uint64_t pstate)
{
	write_sysreg(pstate_skip(pstate), spsr_el2);
}

void pc_skip_saved(struct vcpu *vcpu, bool short_insn)
{
	struct guest_regs *regs = &vcpu->arch->regs;

	regs->pc += short_insn ? 2 : 4;
	regs->pstate = pstate_skip(regs->pstate);
}

int exit_fault(struct vcpu *vcpu, const char *what, uint64_t esr, gpa_t at)
{
	struct vcpu_exit *exit = vcpu->arch->exit;

	exit->kind = EXIT_FAULT;
	exit->fault.what = what;
	exit->fault.pc = read_sysreg(elr_el2);
	exit->fault.syndrome = esr;
	exit->fault.gpa = at;
	return LEAVE;
}

/* Does an AArch32 instruction's condition hold? ISS.CV, COND; F1.3. */
static bool condition_holds(uint64_t esr)
{
	uint64_t pstate = read_sysreg(spsr_el2);
	bool n = pstate & BIT(31), z = pstate & BIT(30);
	bool c = pstate & BIT(29), v = pstate & BIT(28);
	unsigned int cond = esr >> 20 & 0xf;
	bool holds;

	if (!(pstate & PSR_MODE_A32))
		return true;
	/* without CV, T32 leaves it to ITSTATE[7:4], outside a block: always */
	if (!(esr & BIT(24))) {
		unsigned int it = (pstate >> 25 & 3) | (pstate >> 10 & 0x3f)
							       << 2;

		cond = it ? it >> 4 : 0xe;
	}
	switch (cond >> 1) {
	case 0:
		holds = z;
		break;
	case 1:
		holds = c;
		break;
	case 2:
		holds = n;
		break;
	case 3:
		holds = v;
		break;
	case 4:
		holds = c && !z;
		break;
	case 5:
		holds = n == v;
		break;
	case 6:
		holds = n == v && !z;
		break;
	default:
		return true;
	}
	return holds != (bool)(cond & 1);
}

/* ISS of WFx traps, D19.2.37 */
#define WFX_TI(esr) ((esr)&3)
#define WFX_RV BIT(2)
#define WFX_RN(esr) ((esr) >> 5 & 0x1f)

static int exit_wfx(struct vcpu *vcpu, uint64_t esr)
{
	struct arch_vcpu *arch = vcpu->arch;
	bool event = WFX_TI(esr) & 1;
	uint64_t deadline;

	exit_count(vcpu, REASON_WFX);
	if (!condition_holds(esr) || event) {
		pc_skip(esr);
		return RESUME;
	}
	pc_skip(esr);
	guest_timer_wfi(vcpu);
	if (WFX_TI(esr) == 2 && (esr & WFX_RV)) {
		/* WFIT: until CNTVCT reaches the register's value */
		deadline =
			regs_read(vcpu, WFX_RN(esr)) + vcpu->vm->arch->cntvoff;
		if (deadline < arch->wfi_deadline)
			arch->wfi_deadline = deadline;
	}
	vcpu_after_change(vcpu, RESUME);
	if (arch_vcpu_wakeable(vcpu))
		return RESUME;
	arch->exit->kind = EXIT_HALT;
	return LEAVE;
}

/* AArch32 at EL0 touched a coprocessor register that is kept from it. */
static int exit_cp(struct vcpu *vcpu, uint64_t esr)
{
	exit_count(vcpu, REASON_CP15);
	if (condition_holds(esr))
		return inject_undef(vcpu);
	pc_skip(esr);
	return RESUME;
}

/* Features that are hidden, and what no guest of this shape can cause. */
static int exit_default(struct vcpu *vcpu, uint64_t esr __unused_arg)
{
	exit_count(vcpu, REASON_OTHER);
	return inject_undef(vcpu);
}

typedef int (*exit_fn)(struct vcpu *vcpu, uint64_t esr);

/* Every class has its row, so that none has to be tested for. */
static const exit_fn exit_table[64] = {
	[0x00] = exit_default,           [ESR_EC_WFX] = exit_wfx,
	[0x02] = exit_default,           [ESR_EC_CP15_32] = exit_cp,
	[ESR_EC_CP15_64] = exit_cp,      [ESR_EC_CP14_32] = exit_cp,
	[ESR_EC_CP14_LS] = exit_cp,      [0x07] = exit_default,
	[ESR_EC_CP10_ID] = exit_cp,      [0x09 ... 0x0b] = exit_default,
	[ESR_EC_CP14_64] = exit_cp,      [0x0d ... 0x15] = exit_default,
	[ESR_EC_HVC64] = smccc_hvc,      [ESR_EC_SMC64] = smccc_smc_trap,
	[ESR_EC_SYSREG] = sysreg_trap,   [0x19 ... 0x1f] = exit_default,
	[ESR_EC_IABT_LOW] = abort_fetch, [0x21 ... 0x23] = exit_default,
	[ESR_EC_DABT_LOW] = abort_data,  [0x25 ... 0x3f] = exit_default,
};

int guest_sync(struct guest_regs *regs)
{
	struct vcpu *vcpu = ((struct arch_vcpu *)regs)->vcpu;
	uint64_t esr = read_sysreg(esr_el2);

	return exit_table[ESR_EC(esr)](vcpu, esr);
}

/*
 * Group 0 is nobody's here, so nobody would ever end it: it is turned off at
 * this CPU's interface. That firmware lets FIQs come to EL2 (SCR_EL3.FIQ = 0)
 * is what makes the register accessible (IHI 0069, 12.2.16). One that still
 * asks must not keep out the interrupts that the host takes on its way.
 */
int guest_fiq(struct guest_regs *regs)
{
	static struct log_limit limit;
	struct vcpu *vcpu = ((struct arch_vcpu *)regs)->vcpu;

	exit_count(vcpu, REASON_FIQ);
	write_sysreg(0, ICC_IGRPEN0_EL1);
	isb();
	log_limited(&limit, LOG_WARN,
		    "cpu%u: an FIQ, which is nobody's: group 0 is turned off",
		    arch_this_cpu()->id);
	vcpu->arch->exit->kind = EXIT_NOTHING;
	return LEAVE;
}

int guest_serror(struct guest_regs *regs)
{
	struct vcpu *vcpu = ((struct arch_vcpu *)regs)->vcpu;

	exit_count(vcpu, REASON_SERROR);
	return exit_fault(vcpu, "SError while the guest ran",
			  read_sysreg(esr_el2), gpa(0));
}

const char *arch_exit_reason_name(unsigned int reason)
{
	static const char *const names[REASON_COUNT] = {
		[REASON_IRQ] = "irq",
		[REASON_KICK] = "kick",
		[REASON_VTIMER] = "vtimer",
		[REASON_MAINTENANCE] = "maintenance",
		[REASON_FIQ] = "fiq",
		[REASON_SERROR] = "serror",
		[REASON_WFX] = "wfx",
		[REASON_HVC] = "hvc",
		[REASON_SMC] = "smc",
		[REASON_SYSREG] = "sysreg",
		[REASON_SGI] = "sgi",
		[REASON_VGIC_MMIO] = "vgic-mmio",
		[REASON_MMIO] = "mmio",
		[REASON_FETCH_ABORT] = "fetch-abort",
		[REASON_DATA_ABORT] = "data-abort",
		[REASON_CP15] = "cp15",
		[REASON_OTHER] = "other",
	};

	return reason < REASON_COUNT ? names[reason] : NULL;
}

bool arch_exit_is_irq(unsigned int reason)
{
	return reason <= REASON_FIQ;
}
