/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exits that are watched. While somebody wants to know of them, VBAR_EL2 has
 * other vectors, which come here on their way to the handlers of exits.c and
 * run.c; those do not know of it. What they did is seen from outside: which
 * counter has moved tells the reason, and list registers that became pending
 * tell what was injected.
 */
#include "vcpu.h"
#include "vgic_priv.h"

#include <string.h>
#include <virt/watch.h>

extern char el2_vectors[], el2_vectors_watched[];

static struct vcpu *vcpu_of(struct guest_regs *regs)
{
	return ((struct arch_vcpu *)regs)->vcpu;
}

/* Virtual interrupts that are pending in this CPU's list registers. */
static unsigned int pending_list(struct vcpu *vcpu, uint16_t *irqs)
{
	const struct vgic_cpu *vc = &vcpu->arch->vgic;
	unsigned int count = 0;

	if (vcpu->arch->pt)
		return 0; /* the hardware's own */
	vgic_hw_sync();
	for (uint32_t used = vc->lr_used; used; used &= used - 1) {
		unsigned int n = (unsigned int)__builtin_ctz(used);

		if (vgic_hw_lr(n) & LR_PENDING)
			irqs[count++] = vc->lr_irq[n];
	}
	return count;
}

static bool is_listed(const struct arch_watch *watch, uint16_t irq)
{
	for (unsigned int i = 0; i < watch->pending_count; i++)
		if (watch->pending[i] == irq)
			return true;
	return false;
}

static void inject_watch(struct vcpu *vcpu)
{
	struct arch_watch *watch = &vcpu->arch->watch;
	uint16_t irqs[VGIC_LR_MAX];
	unsigned int count = pending_list(vcpu, irqs);

	for (unsigned int i = 0; i < count; i++)
		if (!is_listed(watch, irqs[i]))
			watch_inject(vcpu, irqs[i]);
	watch->pending_count = 0;
}

static void go_on(struct vcpu *vcpu)
{
	if (trace_is_on())
		inject_watch(vcpu);
	watch_entry(vcpu);
}

void guest_watched_entry(struct vcpu *vcpu)
{
	watch_handled(vcpu);
	go_on(vcpu);
}

static int exit_watched(struct guest_regs *regs, uint64_t syndrome,
			int (*handler)(struct guest_regs *regs))
{
	struct vcpu *vcpu = vcpu_of(regs);
	struct arch_watch *watch = &vcpu->arch->watch;
	uint64_t before[REASON_COUNT];
	int action;

	memcpy(before, vcpu->exits, sizeof(before));
	if (trace_is_on())
		watch->pending_count = pending_list(vcpu, watch->pending);
	watch_exit(vcpu, read_sysreg(elr_el2), syndrome);
	action = handler(regs);
	watch_handled(vcpu);
	for (unsigned int i = 0; i < REASON_COUNT; i++)
		if (before[i] != vcpu->exits[i])
			watch_reason(vcpu, i);
	if (action != LEAVE)
		go_on(vcpu);
	return action;
}

int guest_sync_watched(struct guest_regs *regs)
{
	return exit_watched(regs, read_sysreg(esr_el2), guest_sync);
}

int guest_irq_watched(struct guest_regs *regs)
{
	return exit_watched(regs, 0, guest_irq);
}

int guest_fiq_watched(struct guest_regs *regs)
{
	return exit_watched(regs, 0, guest_fiq);
}

int guest_serror_watched(struct guest_regs *regs)
{
	return exit_watched(regs, read_sysreg(esr_el2), guest_serror);
}

void arch_exits_watch(bool on)
{
	write_sysreg((uint64_t)(on ? el2_vectors_watched : el2_vectors),
		     vbar_el2);
	isb();
}
