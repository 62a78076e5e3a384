/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's timer. Its time is the counter, shifted by htimedelta. With Sstc
 * the hart compares it with vstimecmp, which the guest may set itself; else a
 * timer of the host stands for it, and hvip.VSTIP is set on the way in.
 */
#include "vcpu.h"

#include <asm/csr.h>
#include <virt/watch.h>

void guest_timer_load(struct vcpu *vcpu)
{
	csr_write(-vcpu->vm->arch->time_base, CSR_HTIMEDELTA);
	if (guest_features()->sstc)
		csr_write(vcpu->arch->timecmp, CSR_VSTIMECMP);
}

void guest_timer_put(struct vcpu *vcpu)
{
	if (!guest_features()->sstc)
		return;
	vcpu->arch->timecmp = csr_read(CSR_VSTIMECMP);
	csr_write(UINT64_MAX, CSR_VSTIMECMP);
}

uint64_t guest_timer_deadline(struct vcpu *vcpu)
{
	uint64_t at = guest_features()->sstc ? csr_read(CSR_VSTIMECMP)
					     : vcpu->arch->timecmp;
	uint64_t base = vcpu->vm->arch->time_base;

	return at > UINT64_MAX - base ? UINT64_MAX : at + base;
}

static void timer_fired(struct timer *timer)
{
	struct vcpu *vcpu = timer->ctx;

	/* rounding must not leave the sleeper a tick short */
	__atomic_store_n(&vcpu->arch->wfi_deadline, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&vcpu->arch->tick, true, __ATOMIC_SEQ_CST);
	arch_vcpu_kick(vcpu);
	vcpu_wake(vcpu);
}

/* One tick more than the rounding may lose. */
static void timer_arm(struct vcpu *vcpu, uint64_t deadline)
{
	if (deadline != UINT64_MAX)
		timer_set(&vcpu->arch->halt_timer,
			  time_from_ticks(deadline + 1));
}

void guest_timer_set(struct vcpu *vcpu, uint64_t deadline)
{
	if (guest_features()->sstc) {
		csr_write(deadline, CSR_VSTIMECMP);
		return;
	}
	vcpu->arch->timecmp = deadline;
	__atomic_store_n(&vcpu->arch->tick, true, __ATOMIC_RELAXED);
	timer_cancel(&vcpu->arch->halt_timer);
	timer_arm(vcpu, guest_timer_deadline(vcpu));
}

void guest_timer_sync(struct vcpu *vcpu)
{
	bool due;

	if (guest_features()->sstc)
		return;
	/* the mark first: a timer that fires now means a later look */
	__atomic_store_n(&vcpu->arch->tick, false, __ATOMIC_SEQ_CST);
	due = arch_counter() >= guest_timer_deadline(vcpu);
	if (due)
		csr_set(HVIP_VSTIP, CSR_HVIP);
	else
		csr_clear(HVIP_VSTIP, CSR_HVIP);
	if (due && !vcpu->arch->tip) {
		vcpu->arch->injected.timer++;
		watch_inject(vcpu, VIRQ_TIMER);
	}
	vcpu->arch->tip = due;
}

void arch_vcpu_halt_prepare(struct vcpu *vcpu)
{
	uint64_t deadline =
		__atomic_load_n(&vcpu->arch->wfi_deadline, __ATOMIC_RELAXED);

	timer_cancel(&vcpu->arch->halt_timer);
	timer_arm(vcpu, deadline);
}

void arch_vcpu_halt_finish(struct vcpu *vcpu)
{
	if (guest_features()->sstc)
		timer_cancel(&vcpu->arch->halt_timer);
	else
		timer_arm(vcpu, guest_timer_deadline(vcpu));
}

void guest_timer_create(struct vcpu *vcpu)
{
	timer_init(&vcpu->arch->halt_timer, timer_fired, vcpu);
}

void guest_timer_reset(struct vcpu *vcpu)
{
	timer_cancel(&vcpu->arch->halt_timer);
	vcpu->arch->timecmp = UINT64_MAX;
	vcpu->arch->wfi_deadline = UINT64_MAX;
	vcpu->arch->tip = false;
}
