/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of a guest by HVC and SMC (SMCCC, Arm DEN 0028): PSCI, discovery,
 * speculation workarounds; HVC also carries cvisor's own hypercalls. None
 * reaches the firmware as it came.
 */
#include <asm/smccc.h>

#include "psci.h"
#include "vcpu.h"

#include <virt/config.h>
#include <virt/guest_mem.h>
#include <virt/hypercall.h>

#define SMCCC_1_1 0x10001
#define NOT_SUPPORTED (~(uint64_t)0)
#define HYPERCALL_LIMIT 0x100

/* Arm DEN 0057, paravirtualized time: stolen time */
#define PV_TIME_FEATURES 0xc5000020
#define PV_TIME_ST 0xc5000021

/* Firmware's answers to SMCCC_ARCH_FEATURES, asked once. */
static struct {
	int32_t workaround_1;
	int32_t workaround_2;
	int32_t workaround_3;
} firmware = {-1, -1, -1};

static int32_t firmware_ask(uint32_t fn, uint32_t arg)
{
	struct smccc_result result;

	smccc_smc(fn, arg, 0, 0, &result);
	return (int32_t)result.x[0];
}

/* Arm DEN 0028, appendix B: each step says whether the next may be asked. */
void smccc_probe(void)
{
	if (!psci_available() || firmware_ask(PSCI_VERSION, 0) < 0x10000 ||
	    firmware_ask(PSCI_FEATURES, SMCCC_VERSION) < 0 ||
	    firmware_ask(SMCCC_VERSION, 0) < SMCCC_1_1)
		return;
	firmware.workaround_1 =
		firmware_ask(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1);
	firmware.workaround_2 =
		firmware_ask(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_2);
	firmware.workaround_3 =
		firmware_ask(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_3);
}

/* 0 says that the call is there and this CPU needs it; 3 includes 1. */
void smccc_mitigate(void)
{
	struct smccc_result result;

	if (likely(firmware.workaround_3 && firmware.workaround_1))
		return;
	smccc_smc(firmware.workaround_3 ? SMCCC_ARCH_WORKAROUND_1
					: SMCCC_ARCH_WORKAROUND_3,
		  0, 0, 0, &result);
}

static uint64_t arch_features(uint32_t fn)
{
	switch (fn) {
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
		return 0;
	case SMCCC_ARCH_WORKAROUND_1:
		return (uint64_t)(int64_t)firmware.workaround_1;
	case SMCCC_ARCH_WORKAROUND_2:
		/* "not needed" can be said; a switch of it is not offered */
		return firmware.workaround_2 == 1 ? 1 : NOT_SUPPORTED;
	case SMCCC_ARCH_WORKAROUND_3:
		return (uint64_t)(int64_t)firmware.workaround_3;
	case PV_TIME_FEATURES:
		return 0;
	default:
		return NOT_SUPPORTED;
	}
}

/* Nobody's, but for what a device of the VM's may have taken. */
static int other_call(struct vcpu *vcpu)
{
	uint64_t *x = vcpu->arch->regs.x;
	struct vcpu_exit *exit = vcpu->arch->exit;

	if (IS_ENABLED(CONFIG_VDEV_CALLS) && vm_is_sip_call((uint32_t)x[0])) {
		exit->kind = EXIT_HYPERCALL;
		exit->hypercall.nr = (uint32_t)x[0];
		return LEAVE;
	}
	x[0] = NOT_SUPPORTED;
	return RESUME;
}

/* Arm architecture calls and everything else with bit 31 set. */
static int fast_call(struct vcpu *vcpu)
{
	uint64_t *x = vcpu->arch->regs.x;
	struct smccc_result result;

	switch ((uint32_t)x[0]) {
	case SMCCC_VERSION:
		x[0] = SMCCC_1_1;
		break;
	case SMCCC_ARCH_FEATURES:
		x[0] = arch_features((uint32_t)x[1]);
		break;
	case SMCCC_ARCH_WORKAROUND_1:
		if (firmware.workaround_1 < 0)
			return other_call(vcpu);
		/* no result: the register stays */
		smccc_smc(SMCCC_ARCH_WORKAROUND_1, 0, 0, 0, &result);
		break;
	case PV_TIME_FEATURES:
		x[0] = (uint32_t)x[1] == PV_TIME_FEATURES ||
				       (uint32_t)x[1] == PV_TIME_ST
			       ? 0
			       : NOT_SUPPORTED;
		break;
	case SMCCC_ARCH_WORKAROUND_3:
		if (firmware.workaround_3 < 0)
			return other_call(vcpu);
		smccc_smc(SMCCC_ARCH_WORKAROUND_3, 0, 0, 0, &result);
		break;
	default:
		return other_call(vcpu);
	}
	return RESUME;
}

static int ask_cpu_state(void *ctx, uint64_t hwid)
{
	struct vcpu *target = vm_vcpu_by_hwid(((struct vcpu *)ctx)->vm, hwid);

	return target ? vcpu_is_on(target) : -1;
}

static bool ask_entry_valid(void *ctx, uint64_t entry)
{
	uint32_t insn;

	return !guest_read(((struct vcpu *)ctx)->vm, gpa(entry), &insn,
			   sizeof(insn));
}

static const struct psci_vm psci_questions = {
	.cpu_state = ask_cpu_state,
	.entry_valid = ask_entry_valid,
};

/* What PSCI cannot answer alone becomes an exit. */
static int psci_leave(struct vcpu *vcpu, enum psci_action action,
		      const struct psci_result *result)
{
	struct vcpu_exit *exit = vcpu->arch->exit;

	switch (action) {
	case PSCI_DO_CPU_ON:
		exit->kind = EXIT_CPU_UP;
		exit->cpu_up.hwid = result->hwid;
		exit->cpu_up.entry = result->entry;
		exit->cpu_up.arg = result->arg;
		break;
	case PSCI_DO_CPU_OFF:
		exit->kind = EXIT_CPU_DOWN;
		break;
	case PSCI_DO_SUSPEND:
		vcpu->arch->regs.x[0] = result->value;
		guest_timer_wfi(vcpu);
		/* with its interrupts out of our sight, it may wait in WFI */
		if (vcpu->arch->pt || arch_vcpu_wakeable(vcpu))
			return RESUME;
		exit->kind = EXIT_HALT;
		break;
	case PSCI_DO_OFF:
		exit->kind = EXIT_SYSTEM_OFF;
		break;
	default:
		exit->kind = EXIT_SYSTEM_RESET;
		break;
	}
	return LEAVE;
}

static inline __attribute__((always_inline)) int smccc_call(struct vcpu *vcpu)
{
	uint64_t *x = vcpu->arch->regs.x;
	enum psci_action action;
	struct psci_result result;

	if (likely(PSCI_IS_CALL(x[0]))) {
		action = psci_call(x, &psci_questions, vcpu, &result);
		if (unlikely(action != PSCI_DO_ANSWER))
			return psci_leave(vcpu, action, &result);
		x[0] = result.value;
		return RESUME;
	}
	if ((uint32_t)x[0] == PV_TIME_ST) {
		vcpu->arch->exit->kind = EXIT_STEAL_TIME;
		return LEAVE;
	}
	if (x[0] & BIT(31))
		return fast_call(vcpu);
	x[0] = NOT_SUPPORTED;
	return RESUME;
}

int smccc_hvc(struct vcpu *vcpu, uint64_t esr __unused_arg)
{
	struct vcpu_exit *exit = vcpu->arch->exit;
	uint64_t *x = vcpu->arch->regs.x;
	unsigned int i;

	exit_count(vcpu, REASON_HVC);
	if (x[0] >= HYPERCALL_LIMIT)
		return smccc_call(vcpu);
	exit->kind = EXIT_HYPERCALL;
	exit->hypercall.nr = x[0];
	for (i = 0; i < ARRAY_SIZE(exit->hypercall.args); i++)
		exit->hypercall.args[i] = x[1 + i];
	return LEAVE;
}

/* A trapped SMC has not been executed: it returns to itself, D1.3.5. */
int smccc_smc_trap(struct vcpu *vcpu, uint64_t esr)
{
	exit_count(vcpu, REASON_SMC);
	pc_skip(esr);
	return smccc_call(vcpu);
}

void arch_vcpu_hypercall_done(struct vcpu *vcpu, uint64_t result)
{
	vcpu->arch->regs.x[0] = result;
}

/* DEN 0057, 3.2.2: revision and attributes are 0 */
struct steal_record {
	uint32_t revision;
	uint32_t attributes;
	uint64_t stolen_ns;
	uint8_t reserved[48];
};
_Static_assert(sizeof(struct steal_record) == ARCH_STEAL_RECORD_BYTES,
	       "DEN 0057");

void arch_steal_record_set(void *record, uint64_t steal_ns)
{
	struct steal_record *steal = record;

	__atomic_store_n(&steal->stolen_ns, steal_ns, __ATOMIC_RELAXED);
}

void arch_vcpu_cpu_up_done(struct vcpu *vcpu, enum cpu_up_result result)
{
	static const int8_t codes[] = {
		[CPU_UP_OK] = PSCI_RET_SUCCESS,
		[CPU_UP_INVALID] = PSCI_RET_INVALID_PARAMETERS,
		[CPU_UP_ALREADY_ON] = PSCI_RET_ALREADY_ON,
		[CPU_UP_PENDING] = PSCI_RET_ON_PENDING,
	};

	vcpu->arch->regs.x[0] = (uint64_t)(int64_t)codes[result];
}
