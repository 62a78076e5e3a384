/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's timers. The virtual one is the hardware's, shifted by CNTVOFF_EL2
 * and saved with the vCPU; its interrupt is handed over HW-linked. The
 * physical one belongs to nobody here: its registers trap, a host timer
 * stands for it. In passthrough mode both are the guest's.
 */
#define LOG_TAG "vtimer"
#include "vcpu.h"
#include "vgic.h"

#include <core/irq.h>
#include <lib/fdt.h>
#include <lib/log.h>

#include <libfdt.h>

/* CNTV_CTL_EL0, CNTP_CTL_EL0 */
#define CTL_ENABLE BIT(0)
#define CTL_IMASK BIT(1)
#define CTL_ISTATUS BIT(2)

/* CNTHCTL_EL2 with E2H = 0: D19.12.9 */
#define CNTHCTL_EL1PCTEN BIT(0)
#define CNTHCTL_EL1PCEN BIT(1)

/* Order of the timer node's interrupts in its binding; usual INTIDs. */
#define FDT_PHYS 1
#define FDT_VIRT 2
#define INTID_VIRT 27
#define INTID_PHYS 30

unsigned int vtimer_irq = INTID_VIRT;
unsigned int ptimer_irq = INTID_PHYS;

static unsigned int fdt_intid(int node, unsigned int index, unsigned int usual)
{
	struct fdt_irq irq;
	bool edge;
	int intid;

	if (node < 0 || fdt_node_irq(host_fdt(), node, index, &irq))
		return usual;
	intid = fdt_gic_intid(&irq, &edge);
	return intid >= 16 && intid < 32 ? (unsigned int)intid : usual;
}

/*
 * The virtual timer fired while its vCPU's registers were still here, but the
 * host ran.
 */
static enum irq_result vtimer_in_host(unsigned int irq, void *arg __unused_arg)
{
	struct vcpu *vcpu = vcpu_resident();

	if (!vcpu) {
		write_sysreg(0, cntv_ctl_el0);
		isb();
		return IRQ_HANDLED;
	}
	vgic_vtimer_fired(vcpu, irq);
	vcpu_wake(vcpu);
	return IRQ_FORWARDED;
}

int guest_timer_probe(void)
{
	int node = aarch64_timer_node();
	int rc;

	vtimer_irq = fdt_intid(node, FDT_VIRT, INTID_VIRT);
	ptimer_irq = fdt_intid(node, FDT_PHYS, INTID_PHYS);
	rc = irq_request(vtimer_irq, vtimer_in_host, NULL, "guest timer",
			 IRQ_TRIGGER_KEEP);
	if (rc)
		log_err("virtual timer's interrupt %u: error %d", vtimer_irq,
			-rc);
	return rc;
}

void guest_timer_enable(void)
{
	write_sysreg(0, cntv_ctl_el0);
	write_sysreg(CNTHCTL_EL1PCTEN, cnthctl_el2);
	irq_enable_percpu(vtimer_irq);
}

void guest_timer_load(struct vcpu *vcpu)
{
	struct arch_timer_state *timer = &vcpu->arch->timer;

	write_sysreg(vcpu->vm->arch->cntvoff, cntvoff_el2);
	write_sysreg(timer->cntv_cval, cntv_cval_el0);
	isb(); /* armed only with the new offset and value */
	write_sysreg(timer->cntv_ctl, cntv_ctl_el0);
	if (unlikely(vcpu->arch->pt)) {
		write_sysreg(CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN, cnthctl_el2);
		write_sysreg(timer->cntp_cval, cntp_cval_el0);
		isb();
		write_sysreg(timer->cntp_ctl, cntp_ctl_el0);
	}
}

/*
 * vgic_put() has dropped an interrupt that the guest did not take, or that
 * never came through: it comes again when the timer is loaded. A vCPU that is
 * about to halt was not told a deadline for it, and must not wait for one.
 */
static void timer_waits(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	if (arch->timer.cntv_ctl == CTL_ENABLE &&
	    arch_counter() - vcpu->vm->arch->cntvoff >= arch->timer.cntv_cval &&
	    vgic_irq_enabled(vcpu, vtimer_irq) &&
	    !vgic_irq_active(vcpu, vtimer_irq))
		__atomic_store_n(&arch->wfi_deadline, 0, __ATOMIC_RELAXED);
}

void guest_timer_put(struct vcpu *vcpu)
{
	struct arch_timer_state *timer = &vcpu->arch->timer;

	timer->cntv_ctl = read_sysreg(cntv_ctl_el0) & (CTL_ENABLE | CTL_IMASK);
	timer->cntv_cval = read_sysreg(cntv_cval_el0);
	write_sysreg(0, cntv_ctl_el0);
	if (unlikely(vcpu->arch->pt)) {
		timer->cntp_ctl =
			read_sysreg(cntp_ctl_el0) & (CTL_ENABLE | CTL_IMASK);
		timer->cntp_cval = read_sysreg(cntp_cval_el0);
		write_sysreg(0, cntp_ctl_el0);
		write_sysreg(CNTHCTL_EL1PCTEN, cnthctl_el2);
	}
	isb();
	timer_waits(vcpu);
}

/*
 * Halting
 */
static void halt_timer_fired(struct timer *timer)
{
	struct vcpu *vcpu = timer->ctx;

	/* rounding must not leave the sleeper a tick short */
	__atomic_store_n(&vcpu->arch->wfi_deadline, 0, __ATOMIC_RELAXED);
	vcpu_wake(vcpu);
}

void guest_timer_wfi(struct vcpu *vcpu)
{
	uint64_t deadline = UINT64_MAX;

	/* a condition that holds already has sent its interrupt already */
	if ((read_sysreg(cntv_ctl_el0) & 7) == CTL_ENABLE &&
	    vgic_irq_enabled(vcpu, vtimer_irq))
		deadline = read_sysreg(cntv_cval_el0) + vcpu->vm->arch->cntvoff;
	vcpu->arch->wfi_deadline = deadline;
}

bool arch_vcpu_wakeable(struct vcpu *vcpu)
{
	uint64_t deadline =
		__atomic_load_n(&vcpu->arch->wfi_deadline, __ATOMIC_RELAXED);

	return vgic_pending(vcpu) ||
	       (deadline != UINT64_MAX && arch_counter() >= deadline);
}

void arch_vcpu_halt_prepare(struct vcpu *vcpu)
{
	uint64_t deadline = vcpu->arch->wfi_deadline;

	if (deadline != UINT64_MAX)
		timer_set(&vcpu->arch->halt_timer, time_from_ticks(deadline));
}

void arch_vcpu_halt_finish(struct vcpu *vcpu)
{
	timer_cancel(&vcpu->arch->halt_timer);
}

/*
 * The physical timer. Its counter is the host's, CNTPCT_EL0 does not trap.
 */
static void ptimer_fired(struct timer *timer)
{
	struct vcpu *vcpu = timer->ctx;

	vgic_ppi_set(vcpu, ptimer_irq, true);
	vcpu_wake(vcpu);
}

static bool ptimer_due(const struct arch_timer_state *timer)
{
	return (timer->cntp_ctl & CTL_ENABLE) &&
	       arch_counter() >= timer->cntp_cval;
}

static void ptimer_update(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;
	bool armed =
		(arch->timer.cntp_ctl & (CTL_ENABLE | CTL_IMASK)) == CTL_ENABLE;

	timer_cancel(&arch->ptimer);
	if (armed && ptimer_due(&arch->timer)) {
		vgic_ppi_set(vcpu, ptimer_irq, true);
		return;
	}
	vgic_ppi_set(vcpu, ptimer_irq, false);
	/* one tick more than the rounding may lose */
	if (armed && arch->timer.cntp_cval != UINT64_MAX)
		timer_set(&arch->ptimer,
			  time_from_ticks(arch->timer.cntp_cval + 1));
}

uint64_t ptimer_read(struct vcpu *vcpu, enum ptimer_reg reg)
{
	const struct arch_timer_state *timer = &vcpu->arch->timer;

	switch (reg) {
	case PTIMER_CTL:
		return timer->cntp_ctl | (ptimer_due(timer) ? CTL_ISTATUS : 0);
	case PTIMER_CVAL:
		return timer->cntp_cval;
	default:
		return (uint32_t)(timer->cntp_cval - arch_counter());
	}
}

void ptimer_write(struct vcpu *vcpu, enum ptimer_reg reg, uint64_t value)
{
	struct arch_timer_state *timer = &vcpu->arch->timer;

	switch (reg) {
	case PTIMER_CTL:
		timer->cntp_ctl = value & (CTL_ENABLE | CTL_IMASK);
		break;
	case PTIMER_CVAL:
		timer->cntp_cval = value;
		break;
	default:
		timer->cntp_cval = arch_counter() + (int64_t)(int32_t)value;
		break;
	}
	ptimer_update(vcpu);
}

void guest_timer_create(struct vcpu *vcpu)
{
	timer_init(&vcpu->arch->halt_timer, halt_timer_fired, vcpu);
	timer_init(&vcpu->arch->ptimer, ptimer_fired, vcpu);
	vcpu->arch->wfi_deadline = UINT64_MAX;
}

void guest_timer_reset(struct vcpu *vcpu)
{
	timer_cancel(&vcpu->arch->halt_timer);
	timer_cancel(&vcpu->arch->ptimer);
	vgic_ppi_set(vcpu, ptimer_irq, false);
	vcpu->arch->timer = (struct arch_timer_state){0};
	vcpu->arch->wfi_deadline = UINT64_MAX;
}

void guest_timer_destroy(struct vcpu *vcpu)
{
	timer_cancel(&vcpu->arch->halt_timer);
	timer_cancel(&vcpu->arch->ptimer);
}
