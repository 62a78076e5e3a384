/* SPDX-License-Identifier: Apache-2.0 */
/* The architecture's part of VMs and vCPUs: made, reset, destroyed. */
#include "vcpu.h"

#include <asm/csr.h>
#include <errno.h>
#include <mm/heap.h>
#include <virt/steal.h>

#define SCOUNTEREN_ALL 7 /* CY, TM, IR */

#define A0 10
#define A1 11

static hpa_t stage2_root(struct vm *vm) __no_lock_analysis
{
	return vm->stage2.pt.root; /* constant once it exists */
}

int arch_vm_create(struct vm *vm)
{
	int rc;

	vm->arch = heap_alloc(sizeof(*vm->arch));
	if (!vm->arch)
		return -ENOMEM;
	vm->arch->s2_root = stage2_root(vm);
	rc = virq_vm_create(vm);
	if (rc) {
		heap_free(vm->arch);
		vm->arch = NULL;
	}
	return rc;
}

void arch_vm_destroy(struct vm *vm)
{
	heap_free(vm->arch);
	vm->arch = NULL;
}

void arch_vm_reset(struct vm *vm)
{
	vm->arch->time_base = arch_counter();
	virq_vm_reset(vm);
	sbi_console_reset(&vm->arch->console, vm);
}

void arch_vm_time_skip(struct vm *vm, uint64_t ticks)
{
	vm->arch->time_base += ticks;
}

int arch_vcpu_create(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = heap_alloc(sizeof(*arch));

	if (!arch)
		return -ENOMEM;
	vcpu->arch = arch;
	arch->vcpu = vcpu;
	arch->guest_cpu = -1;
	arch->last_cpu = -1;
	arch->hstatus = HSTATUS_VSXL_64 | HSTATUS_SPV;
	arch->inject_cause = -1;
	guest_fp_forget(vcpu);
	guest_timer_create(vcpu);
	guest_timer_reset(vcpu);
	return 0;
}

void arch_vcpu_destroy(struct vcpu *vcpu)
{
	if (!vcpu->arch)
		return;
	vcpu_evict(vcpu);
	imsic_file_reset(vcpu);
	guest_timer_reset(vcpu);
	heap_free(vcpu->arch);
	vcpu->arch = NULL;
}

void arch_vcpu_park(struct vcpu *vcpu)
{
	vcpu_evict(vcpu);
	timer_cancel(&vcpu->arch->halt_timer);
}

/* sstatus of a guest in VS-mode, in which the host's own bits stay. */
static uint64_t status_cold(void)
{
	uint64_t status = csr_read(sstatus);

	status &= ~(uint64_t)(SSTATUS_SIE | SSTATUS_SPIE | SSTATUS_VS |
			      SSTATUS_FS | SSTATUS_SUM | SSTATUS_MXR);
	return status | SSTATUS_SPP;
}

/* As a hart that SBI's hart_start brings up, chapter 9: satp and SIE are 0. */
void arch_vcpu_reset(struct vcpu *vcpu, uint64_t entry, uint64_t arg)
{
	struct arch_vcpu *arch = vcpu->arch;

	vcpu_evict(vcpu);
	arch->regs = (struct guest_regs){
		.x = {[A0] = vcpu->hwid, [A1] = arg},
		.pc = entry,
		.status = status_cold(),
	};
	/* user programs may read the counters, as SBI's implementations leave it:
	 * kernels without a PMU's driver never set it, and their vDSO reads time */
	arch->vs = (struct arch_vs_state){.scounteren = SCOUNTEREN_ALL};
	arch->fp = (struct arch_fp_state){0};
	guest_fp_forget(vcpu);
	arch->inject_cause = -1;
	arch->retry = false;
	arch->wfi_ie = 0;
	arch->siselect = 0;
	steal_off(vcpu); /* it was the guest's that asked */
	guest_timer_reset(vcpu);
	virq_reset(vcpu);
}
