/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arch_vcpu_run(): the loop around the guest.
 *
 * Interrupts stay masked from the last look at vcpu->requests to the SRET and
 * in every handler after an exit: whoever changes something for this vCPU
 * meanwhile sends an interrupt, which is taken as soon as the guest runs
 * again. So only interrupt exits have to look at requests.
 */
#include "vcpu.h"

#include <arch/upcall.h>
#include <asm/csr.h>
#include <core/task.h>
#include <virt/watch.h>

#define CAUSE_INTERRUPT BIT(63)

static bool leave_wanted(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->requests, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&arch_this_cpu()->need_resched,
			       __ATOMIC_RELAXED);
}

/* Of the way back: SPV, and whose rights HLVX has meanwhile. */
static void hstatus_update(const struct vcpu *vcpu)
{
	uint64_t hstatus = HSTATUS_VSXL_64 | HSTATUS_SPV;

	if (vcpu->arch->regs.status & SSTATUS_SPP)
		hstatus |= HSTATUS_SPVP;
	/* alone on its CPU, the guest may wait in the hardware */
	if (sched_others_ready())
		hstatus |= HSTATUS_VTW;
	csr_write(hstatus, CSR_HSTATUS);
}

static void enter_once(struct vcpu *vcpu, struct guest_trap *trap)
{
	if (watch_is_on()) {
		watch_handled(vcpu);
		watch_entry(vcpu);
	}
	hstatus_update(vcpu);
	guest_enter(&vcpu->arch->regs);
	/* the SRET of a host interrupt that was taken before all this must
	 * not lead into the guest */
	csr_clear(HSTATUS_SPV, CSR_HSTATUS);
	*trap = (struct guest_trap){
		.cause = csr_read(scause),
		.value = csr_read(stval),
		.htval = csr_read(CSR_HTVAL),
		.htinst = csr_read(CSR_HTINST),
	};
	if (watch_is_on())
		watch_exit(vcpu, vcpu->arch->regs.pc, trap->cause);
}

/* An interrupt of the host, which is still pending, or a kick. */
static int handle_irq(struct vcpu *vcpu, uint64_t number)
{
	exit_count(vcpu, number == 5   ? REASON_TIMER
			 : number == 1 ? REASON_SOFT
				       : REASON_EXTERNAL);
	core_irq();
	return leave_wanted(vcpu) ? LEAVE : RESUME;
}

static int handle(struct vcpu *vcpu, const struct guest_trap *trap)
{
	uint64_t before[REASON_COUNT];
	bool watched = watch_is_on();
	int action;

	for (unsigned int i = 0; watched && i < REASON_COUNT; i++)
		before[i] = vcpu->exits[i];
	if (trap->cause & CAUSE_INTERRUPT)
		action = handle_irq(vcpu, trap->cause & ~CAUSE_INTERRUPT);
	else
		action = guest_handle(vcpu, trap);
	if (!watched)
		return action;
	watch_handled(vcpu);
	for (unsigned int i = 0; i < REASON_COUNT; i++)
		if (before[i] != vcpu->exits[i])
			watch_reason(vcpu, i);
	return action;
}

/* State is loaded, interrupts are masked: enter, come back with the exit. */
static void run_loaded(struct vcpu *vcpu, struct vcpu_exit *exit)
{
	struct arch_vcpu *arch = vcpu->arch;
	struct guest_trap trap;

	exit->kind = EXIT_NOTHING;
	arch->exit = exit;
	inject_queued(vcpu);

	/* pairs with the exchange of requests and guest_cpu in others:
	 * either they see where we are, or we see what they ask */
	__atomic_store_n(&arch->guest_cpu, (int)arch_this_cpu()->id,
			 __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!leave_wanted(vcpu)) {
		do {
			stage2_use(vcpu->vm);
			virq_sync(vcpu);
			enter_once(vcpu, &trap);
		} while (handle(vcpu, &trap) == RESUME);
	}
	__atomic_store_n(&arch->guest_cpu, -1, __ATOMIC_RELEASE);
}

void arch_vcpu_run(struct vcpu *vcpu, struct vcpu_exit *exit)
{
	unsigned long flags = arch_irq_save();

	vcpu_load(vcpu);
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

/* The loop asks watch_is_on() itself: no vectors have to change. */
void arch_exits_watch(bool on __unused_arg)
{
}
