/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a VM's and a vCPU's architecture part. */
#include "vcpu.h"
#include "vgic.h"

#include <errno.h>
#include <mm/heap.h>

/* SCTLR_EL1 out of reset: RES1 bits of the base architecture, and those that
 * keep old behaviour where later versions gave them a meaning; D19.2.118 */
#define SCTLR_EL1_RESET 0x30d00980

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
	rc = vgic_create(vm);
	if (rc) {
		heap_free(vm->arch);
		vm->arch = NULL;
	}
	return rc;
}

void arch_vm_destroy(struct vm *vm)
{
	if (!vm->arch)
		return;
	vgic_destroy(vm);
	heap_free(vm->arch);
	vm->arch = NULL;
}

void arch_vm_reset(struct vm *vm)
{
	vm->arch->cntvoff = arch_counter();
	vgic_reset(vm);
	/* their registers are in memory now; their lines are inputs of it */
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		guest_timer_reset(vm->vcpus[i]);
}

void arch_vm_time_skip(struct vm *vm, uint64_t ticks)
{
	vm->arch->cntvoff += ticks;
}

int arch_vcpu_create(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = heap_alloc(sizeof(*arch));
	int rc;

	if (!arch)
		return -ENOMEM;
	vcpu->arch = arch;
	arch->vcpu = vcpu;
	arch->guest_cpu = -1;
	guest_timer_create(vcpu);
	rc = vgic_vcpu_create(vcpu);
	if (!rc && vcpu->vm->irq_mode == VM_IRQ_PASSTHROUGH)
		rc = pt_vcpu_create(vcpu);
	if (rc) {
		heap_free(arch);
		vcpu->arch = NULL;
	}
	return rc;
}

void arch_vcpu_destroy(struct vcpu *vcpu)
{
	if (!vcpu->arch)
		return;
	vcpu_evict(vcpu);
	guest_timer_destroy(vcpu);
	vgic_vcpu_destroy(vcpu);
	pt_vcpu_destroy(vcpu);
	heap_free(vcpu->arch);
	vcpu->arch = NULL;
}

/*
 * Which disarms both timers of a guest in passthrough mode, and the virtual
 * one of any other. The host timer that stands for the physical one may fire
 * once more: that counter never stops.
 */
void arch_vcpu_park(struct vcpu *vcpu)
{
	vcpu_evict(vcpu);
}

void arch_vcpu_reset(struct vcpu *vcpu, uint64_t entry, uint64_t arg)
{
	struct arch_vcpu *arch = vcpu->arch;

	vcpu_evict(vcpu);
	arch->regs = (struct guest_regs){
		.x = {arg},
		.pc = entry,
		.pstate = PSR_D | PSR_A | PSR_I | PSR_F | PSR_MODE_EL1H,
	};
	arch->el1 = (struct arch_el1_state){.sctlr = SCTLR_EL1_RESET};
	arch->fp = (struct arch_fp_state){0};
	arch->mmio.count = 0;
	arch->inject_esr = 0;
	arch->hcr = hcr_base;
	guest_timer_reset(vcpu);
	vgic_vcpu_reset(vcpu);
	if (arch->pt)
		pt_vcpu_reset(vcpu);
}
