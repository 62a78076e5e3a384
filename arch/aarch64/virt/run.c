/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_vcpu_run() and what happens to an interrupt that a guest was left for.
 *
 * Interrupts stay masked from the last look at vcpu->requests to the ERET and
 * in every handler after an exit: whoever changes something for this vCPU
 * meanwhile sends an interrupt, which is taken as soon as the guest runs
 * again. So only interrupt exits have to look at requests.
 */
#include "vcpu.h"
#include "vgic.h"

#include <arch/pgtable.h>
#include <arch/upcall.h>
#include <core/irq.h>
#include <core/task.h>
#include <lib/lock.h>
#include <mm/stage2.h>
#include <virt/watch.h>

#define ISR_A BIT(8) /* ISR_EL1: an SError is pending */

#define IRQ_SPECIAL 1020 /* INTIDs from here on: nothing to acknowledge */

static void hcr_update(struct vcpu *vcpu)
{
	uint64_t hcr = vcpu->arch->hcr;

	/* alone on its CPU, the guest may wait in the hardware */
	if (sched_others_ready())
		hcr |= HCR_TWI;
	write_sysreg(hcr, hcr_el2);
}

static bool leave_wanted(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->requests, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&arch_this_cpu()->need_resched,
			       __ATOMIC_RELAXED);
}

static void enter_once(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	write_sysreg(arch->regs.pc, elr_el2);
	write_sysreg(arch->regs.pstate, spsr_el2);
	if (watch_is_on())
		guest_watched_entry(vcpu);
	guest_enter(&arch->regs);
	arch->regs.pc = read_sysreg(elr_el2);
	arch->regs.pstate = read_sysreg(spsr_el2);
}

/*
 * An SError that waits on the way out is of the guest's doing, or its device's,
 * and is masked here: with the guest entered once more it is taken there
 * (HCR_EL2.AMO), and guest_serror() stops the VM. Taken any later it
 * would be the host's. Interrupts may come first, hence the few tries.
 */
static void serror_give_back(struct vcpu *vcpu)
{
	for (unsigned int i = 0; i < 8; i++) {
		if (!(read_sysreg(isr_el1) & ISR_A) ||
		    vcpu->arch->exit->kind == EXIT_FAULT)
			return;
		enter_once(vcpu);
	}
}

static void enter(struct vcpu *vcpu)
{
	enter_once(vcpu);
	if (unlikely(read_sysreg(isr_el1) & ISR_A))
		serror_give_back(vcpu);
}

static void run_passthrough(struct vcpu *vcpu)
{
	if (!pt_enter(vcpu))
		return;
	enter(vcpu);
	pt_leave(vcpu);
}

/* State is loaded, interrupts are masked: enter, come back with the exit. */
static void run_loaded(struct vcpu *vcpu, struct vcpu_exit *exit)
{
	struct arch_vcpu *arch = vcpu->arch;

	exit->kind = EXIT_NOTHING;
	arch->exit = exit;
	if (arch->mmio.count && !mmio_continue(vcpu, exit))
		return;
	inject_queued(vcpu);

	/* pairs with the exchange of requests and guest_cpu in others:
	 * either they see where we are, or we see what they ask */
	__atomic_store_n(&arch->guest_cpu, (int)arch_this_cpu()->id,
			 __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (unlikely(arch->pt)) {
		run_passthrough(vcpu);
	} else if (!leave_wanted(vcpu)) {
		stage2_use(vcpu->vm);
		hcr_update(vcpu);
		vgic_sync_in(vcpu);
		enter(vcpu);
	}
	__atomic_store_n(&arch->guest_cpu, -1, __ATOMIC_RELEASE);
}

void arch_vcpu_run(struct vcpu *vcpu, struct vcpu_exit *exit)
{
	unsigned long flags = arch_irq_save();

	vcpu_load(vcpu);
	/* an SError of the guest's making waits until the guest runs */
	__asm__ volatile("msr daifset, #0xd" ::: "memory");
	run_loaded(vcpu, exit);
	if (__atomic_load_n(&arch_this_cpu()->need_resched, __ATOMIC_RELAXED))
		core_preempt();
	arch_irq_restore(flags);
}

void arch_vcpu_kick(struct vcpu *vcpu)
{
	int cpu;

	/* what the caller asks goes before the look, see run_loaded() */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	cpu = __atomic_load_n(&vcpu->arch->guest_cpu, __ATOMIC_SEQ_CST);
	/* on this very CPU the caller is one of its handlers: they look */
	if (cpu >= 0 && cpu != (int)arch_this_cpu()->id)
		smp_kick((unsigned int)cpu);
}

/*
 * Somebody changed something for this CPU or its vCPU: a kick carries nothing
 * but the looking around that follows.
 */
static void irq_kicked(struct vcpu *vcpu, unsigned int irq)
{
	exit_count(vcpu, REASON_KICK);
	/* what its sender wrote before is seen from here on */
	dsb(sy);
	write_sysreg(irq, ICC_EOIR1_EL1);
	write_sysreg(irq, ICC_DIR_EL1);
}

static void irq_of_host(struct vcpu *vcpu, unsigned int irq)
{
	exit_count(vcpu, REASON_IRQ);
	dsb(sy);
	if (irq < IRQ_SPECIAL)
		core_irq_dispatch(irq);
}

static int irq_other(struct vcpu *vcpu, unsigned int irq)
{
	if (irq == maintenance_irq) {
		exit_count(vcpu, REASON_MAINTENANCE);
		write_sysreg(irq, ICC_EOIR1_EL1);
		vgic_maintenance(vcpu);
		write_sysreg(irq, ICC_DIR_EL1);
		isb();
		/* the last of the emulated ones may be over: run.c decides */
		return vcpu->arch->pt ? LEAVE : vcpu_after_change(vcpu, RESUME);
	}
	if (irq == kick_irq)
		irq_kicked(vcpu, irq);
	else
		irq_of_host(vcpu, irq);
	if (leave_wanted(vcpu)) {
		vcpu->arch->exit->kind = EXIT_NOTHING;
		return LEAVE;
	}
	hcr_update(vcpu);
	return vcpu_after_change(vcpu, RESUME);
}

int guest_irq(struct guest_regs *regs)
{
	struct vcpu *vcpu = ((struct arch_vcpu *)regs)->vcpu;
	unsigned int irq = read_sysreg(ICC_IAR1_EL1);

	if (unlikely(irq != vtimer_irq))
		return irq_other(vcpu, irq);
	/* EOImode is 1: this drops the priority. The guest's own end of the
	 * interrupt deactivates it, through its list register. */
	write_sysreg(irq, ICC_EOIR1_EL1);
	exit_count(vcpu, REASON_VTIMER);
	vgic_vtimer_fired(vcpu, irq);
	return vcpu_after_change(vcpu, RESUME);
}
