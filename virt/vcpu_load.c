/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose state a CPU's registers hold. It stays there when the vCPU leaves the
 * CPU, until another vCPU, another CPU or a reader wants it.
 *
 * resident[n] and a vCPU's loaded_cpu are written by CPU n alone, interrupts
 * masked; others ask it by smp_call().
 */
#include <virt/vcpu.h>

#include <arch/cpu.h>
#include <core/cpu.h>

static struct vcpu *resident[CPU_MAX];

struct vcpu *vcpu_resident(void)
{
	return resident[arch_this_cpu()->id];
}

static void put(struct vcpu *vcpu)
{
	arch_vcpu_put(vcpu);
	resident[arch_this_cpu()->id] = NULL;
	/* pairs with the loads in vcpu_load() and vcpu_evict() */
	__atomic_store_n(&vcpu->loaded_cpu, -1, __ATOMIC_RELEASE);
}

static void evict_here(void *arg)
{
	struct vcpu *vcpu = arg;
	unsigned long flags = arch_irq_save();

	if (vcpu_resident() == vcpu)
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
		where = __atomic_load_n(&vcpu->loaded_cpu, __ATOMIC_ACQUIRE);
		if (where < 0)
			break;
		arch_irq_enable();
		smp_call((unsigned int)where, evict_here, vcpu);
		arch_irq_disable();
	}
	if (resident[cpu])
		put(resident[cpu]);
	arch_vcpu_load(vcpu, cpu);
	resident[cpu] = vcpu;
	__atomic_store_n(&vcpu->loaded_cpu, (int)cpu, __ATOMIC_RELEASE);
}

void vcpu_evict(struct vcpu *vcpu)
{
	int where;

	for (;;) {
		where = __atomic_load_n(&vcpu->loaded_cpu, __ATOMIC_ACQUIRE);
		if (where < 0)
			return;
		smp_call((unsigned int)where, evict_here, vcpu);
	}
}
