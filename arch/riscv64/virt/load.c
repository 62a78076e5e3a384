/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose state a hart's registers hold. It stays there when the vCPU leaves the
 * hart, until another vCPU, another hart or a reader wants it.
 *
 * resident[n] and a vCPU's loaded_cpu are written by CPU n alone, interrupts
 * masked; others ask it by smp_call().
 */
#include "vcpu.h"

#include <asm/csr.h>

static struct vcpu *resident[CPU_MAX];

struct vcpu *vcpu_resident(void)
{
	return resident[arch_this_cpu()->id];
}

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
}

static void vs_restore(const struct arch_vs_state *vs)
{
#define RESTORE(member, csr) csr_write(vs->member, csr);
	VS_REGISTERS(RESTORE)
#undef RESTORE
	csr_write(vs->hvip, CSR_HVIP);
}

static void put(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	guest_timer_put(vcpu);
	vs_save(&arch->vs);
	virq_put(vcpu);
	if (guest_features()->fp)
		fp_save(&arch->fp);
	resident[arch_this_cpu()->id] = NULL;
	/* pairs with the loads in vcpu_load() and vcpu_evict() */
	__atomic_store_n(&arch->loaded_cpu, -1, __ATOMIC_RELEASE);
}

/*
 * vCPUs of one VM share a VMID, but a guest may give the same ASID, or its
 * fences of one hart, another meaning on each. Its FENCE.I was another hart's.
 */
static void translations_switch(struct vcpu *vcpu, unsigned int cpu)
{
	struct vcpu **last = &vcpu->vm->arch->last_vcpu[cpu];

	stage2_use(vcpu->vm);
	if (*last && *last != vcpu)
		guest_fence_vma_here();
	*last = vcpu;
	if (vcpu->arch->last_cpu != (int)cpu)
		__asm__ volatile("fence.i" ::: "memory");
	vcpu->arch->last_cpu = (int)cpu;
}

static void load(struct vcpu *vcpu, unsigned int cpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	translations_switch(vcpu, cpu);
	vs_restore(&arch->vs);
	if (guest_features()->fp)
		fp_restore(&arch->fp);
	guest_timer_load(vcpu);
	virq_load(vcpu);
	resident[cpu] = vcpu;
	__atomic_store_n(&arch->loaded_cpu, (int)cpu, __ATOMIC_RELEASE);
}

static void evict_here(void *arg)
{
	struct vcpu *vcpu = arg;
	unsigned long flags = arch_irq_save();

	if (resident[arch_this_cpu()->id] == vcpu)
		put(vcpu);
	arch_irq_restore(flags);
}

void vcpu_load(struct vcpu *vcpu)
{
	unsigned int cpu;
	int where;

	for (;;) {
		cpu = arch_this_cpu()->id;
		if (likely(resident[cpu] == vcpu))
			return;
		where = __atomic_load_n(&vcpu->arch->loaded_cpu,
					__ATOMIC_ACQUIRE);
		if (where < 0 && imsic_file_settled(vcpu, cpu))
			break;
		arch_irq_enable();
		if (where < 0)
			imsic_file_settle(vcpu, cpu);
		else
			smp_call((unsigned int)where, evict_here, vcpu);
		arch_irq_disable();
	}
	if (resident[cpu])
		put(resident[cpu]);
	load(vcpu, cpu);
}

void vcpu_evict(struct vcpu *vcpu)
{
	int where;

	for (;;) {
		where = __atomic_load_n(&vcpu->arch->loaded_cpu,
					__ATOMIC_ACQUIRE);
		if (where < 0)
			return;
		smp_call((unsigned int)where, evict_here, vcpu);
	}
}
