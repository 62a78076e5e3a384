/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_vcpu_run(), and what happens to an interrupt that a guest was left for.
 *
 * Interrupts stay masked from the last look at vcpu->requests to the SRET and
 * in every handler after an exit: whoever changes something for this vCPU
 * meanwhile sends an interrupt, which is taken as soon as the guest runs
 * again. So only interrupt exits have to look at requests.
 */
#include "vcpu.h"

#include <arch/upcall.h>
#include <core/task.h>
#include <string.h>
#include <virt/watch.h>

#define CAUSE_NUMBER GENMASK(62, 0)
#define IRQ_SOFT 1
#define IRQ_TIMER 5

static bool watched[CPU_MAX]; /* each CPU its own, interrupts masked */

static bool leave_wanted(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->requests, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&arch_this_cpu()->need_resched,
			       __ATOMIC_RELAXED);
}

void hstatus_update(struct vcpu *vcpu)
{
	uint64_t hstatus = vcpu->arch->hstatus;

	/* alone on its CPU, the guest may wait in the hardware */
	if (sched_others_ready())
		hstatus |= HSTATUS_VTW;
	csr_write(hstatus, CSR_HSTATUS);
}

/* An interrupt of the host, which is still pending, or a kick. */
int guest_irq(struct vcpu *vcpu, uint64_t cause)
{
	uint64_t number = cause & CAUSE_NUMBER;

	exit_count(vcpu, number == IRQ_TIMER  ? REASON_TIMER
			 : number == IRQ_SOFT ? REASON_SOFT
					      : REASON_EXTERNAL);
	core_irq();
	if (leave_wanted(vcpu))
		return LEAVE;
	hstatus_update(vcpu);
	return RESUME;
}

int guest_resume(struct guest_regs *regs, int action)
{
	if (action != LEAVE)
		virq_sync(vcpu_of_regs(regs));
	return action;
}

int guest_exit_watched(struct guest_regs *regs, uint64_t cause)
{
	struct vcpu *vcpu = vcpu_of_regs(regs);
	uint64_t before[REASON_COUNT];
	int action;

	memcpy(before, vcpu->exits, sizeof(before));
	watch_exit(vcpu, csr_read(sepc), cause);
	action = guest_exit(regs, cause);
	watch_handled(vcpu);
	for (unsigned int i = 0; i < REASON_COUNT; i++)
		if (before[i] != vcpu->exits[i])
			watch_reason(vcpu, i);
	if (action != LEAVE)
		watch_entry(vcpu);
	return action;
}

static void vectors_choose(struct vcpu *vcpu)
{
	vcpu->arch->regs.vectors =
		(uintptr_t)(watched[arch_this_cpu()->id] ? guest_left_watched
							 : guest_left);
}

static void enter(struct vcpu *vcpu)
{
	__atomic_store_n(&vcpu->arch->suspended, false, __ATOMIC_RELAXED);
	stage2_use(vcpu->vm);
	if (unlikely(vcpu->arch->retry)) {
		vcpu->arch->retry = false;
		stage2_look_again();
	}
	hstatus_update(vcpu);
	virq_sync(vcpu);
	if (watch_is_on()) {
		watch_handled(vcpu);
		watch_entry(vcpu);
	}
	vectors_choose(vcpu);
	guest_enter(&vcpu->arch->regs);
}

/* State is loaded, interrupts are masked: enter, come back with the exit. */
static void run_loaded(struct vcpu *vcpu, struct vcpu_exit *exit)
{
	struct arch_vcpu *arch = vcpu->arch;

	exit->kind = EXIT_NOTHING;
	arch->exit = exit;
	inject_queued(vcpu);

	/* pairs with the exchange of requests and guest_cpu in others:
	 * either they see where we are, or we see what they ask */
	__atomic_store_n(&arch->guest_cpu, (int)arch_this_cpu()->id,
			 __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!leave_wanted(vcpu))
		enter(vcpu);
	__atomic_store_n(&arch->guest_cpu, -1, __ATOMIC_RELEASE);
}

void arch_vcpu_run(struct vcpu *vcpu, struct vcpu_exit *exit)
{
	unsigned long flags = arch_irq_save();

	imsic_vcpu_load(vcpu);
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

/* A guest that this interrupted goes on by the new vectors, too. */
void arch_exits_watch(bool on)
{
	struct vcpu *vcpu = vcpu_resident();

	watched[arch_this_cpu()->id] = on;
	if (vcpu)
		vectors_choose(vcpu);
}
