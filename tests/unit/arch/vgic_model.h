/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A model of ICH_* and of the guest's CPU interface behind it, for a few CPUs,
 * from IHI 0069 chapters 4, 6 and 12.4. The virtual GIC's sources are
 * included after it, unmodified.
 */
#ifndef TEST_VGIC_MODEL_H
#define TEST_VGIC_MODEL_H

#define VGIC_HW_MODEL
#include <lib/types.h>
#include <lib/util.h>
#include <string.h>

#include "../../../arch/aarch64/virt/vgic_hw.h"
#include "../../../arch/aarch64/virt/vgic_state.h"

#define MODEL_CPUS 4

struct model_cpu {
	uint64_t lr[16];
	uint64_t hcr;
	uint64_t vmcr;
	uint32_t ap0r[4];
	uint32_t ap1r[4];
	bool vtimer;
};

static struct model_cpu model_cpus[MODEL_CPUS];
static int model_this;
static uint64_t model_vtr;
static bool model_phys_active[1024];
static unsigned int model_phys_ends[1024];

static inline struct model_cpu *model(void)
{
	return &model_cpus[model_this];
}

static inline int vgic_hw_this_cpu(void)
{
	return model_this;
}

static inline uint64_t vgic_hw_hcr(void)
{
	return model()->hcr;
}

static inline uint64_t vgic_hw_vtr(void)
{
	return model_vtr;
}

/* TDIR is RES0 where it is not there: 12.4.4 */
static inline void vgic_hw_hcr_set(uint64_t value)
{
	if (!(model_vtr & ICH_VTR_TDS))
		value &= ~ICH_HCR_TDIR;
	model()->hcr = value;
}

static inline uint64_t vgic_hw_vmcr(void)
{
	return model()->vmcr;
}

static inline void vgic_hw_vmcr_set(uint64_t value)
{
	model()->vmcr = value;
}

static uint32_t model_eisr(void)
{
	uint32_t bits = 0;

	for (int n = 0; n < 16; n++) {
		if ((model()->lr[n] & (LR_STATE | LR_HW | LR_EOI)) == LR_EOI)
			bits |= 1U << n;
	}
	return bits;
}

static inline uint32_t vgic_hw_done(void)
{
	uint32_t bits = model_eisr();

	for (int n = 0; n < 16; n++) {
		if (!(model()->lr[n] & LR_STATE))
			bits |= 1U << n;
	}
	return bits;
}

static inline void vgic_hw_sync(void)
{
}

static inline uint64_t vgic_hw_lr(unsigned int n)
{
	return model()->lr[n];
}

static inline void vgic_hw_lr_set(unsigned int n, uint64_t value)
{
	model()->lr[n] = value;
}

static inline void vgic_hw_lr0_set(uint64_t value)
{
	vgic_hw_lr_set(0, value);
}

static inline void vgic_hw_ap_save(uint32_t *ap0r, uint32_t *ap1r,
				   unsigned int count)
{
	memcpy(ap0r, model()->ap0r, count * 4);
	memcpy(ap1r, model()->ap1r, count * 4);
}

static inline void vgic_hw_ap_restore(const uint32_t *ap0r,
				      const uint32_t *ap1r, unsigned int count)
{
	memcpy(model()->ap0r, ap0r, count * 4);
	memcpy(model()->ap1r, ap1r, count * 4);
}

static inline bool vgic_hw_vtimer_line(void)
{
	return model()->vtimer;
}

static inline void vgic_hw_deactivate(unsigned int irq)
{
	model_phys_active[irq] = false;
	model_phys_ends[irq]++;
}

static inline void vgic_hw_activate(unsigned int irq)
{
	model_phys_active[irq] = true;
}

/* What the rest of the hypervisor is to the virtual GIC. */
struct vcpu {
	struct vgic_cpu vgic;
	struct task *task;
	bool on;
	bool kicked;
};

static inline void vcpu_wake(struct vcpu *vcpu)
{
	(void)vcpu;
}

static inline void arch_vcpu_kick(struct vcpu *vcpu)
{
	vcpu->kicked = true;
}

static inline bool vcpu_is_on(const struct vcpu *vcpu)
{
	return vcpu->on;
}

/*
 * The guest's side
 */
static unsigned int model_prebits(void)
{
	return ((model_vtr >> 26) & 7) + 1;
}

static unsigned int model_running(void)
{
	for (unsigned int i = 0; i < 128; i++) {
		if ((model()->ap0r[i / 32] | model()->ap1r[i / 32]) &
		    1U << i % 32)
			return i << (8 - model_prebits());
	}
	return 0x100;
}

static unsigned int model_group_prio(unsigned int prio, bool group1)
{
	unsigned int bpr = (model()->vmcr >> 21) & 7;

	if (group1 && !(model()->vmcr & ICH_VMCR_VCBPR))
		bpr = ((model()->vmcr >> 18) & 7) - 1;
	return prio & (0xfeU << bpr) & 0xff;
}

/* List register of the highest-priority interrupt that is signalled, or -1. */
static int model_hppi(void)
{
	int best = -1;
	unsigned int best_prio = 0x100;

	if (!(model()->hcr & ICH_HCR_EN))
		return -1;
	for (int n = 0; n < 16; n++) {
		uint64_t lr = model()->lr[n];
		unsigned int prio = (lr >> 48) & 0xff;
		bool group1 = lr & LR_GROUP1;

		if ((lr & LR_STATE) != LR_PENDING || prio >= best_prio ||
		    !(model()->vmcr & (group1 ? 2 : 1)))
			continue;
		best = n;
		best_prio = prio;
	}
	if (best < 0 || best_prio >= ((model()->vmcr >> 24) & 0xff) ||
	    (model_running() <= 0xff &&
	     model_group_prio(best_prio, model()->lr[best] & LR_GROUP1) >=
		     model_running()))
		return -1;
	return best;
}

/* ICC_IAR0/1: 1023 when nothing is signalled */
static inline unsigned int model_ack(void)
{
	int n = model_hppi();
	unsigned int bit;
	bool group1;

	if (n < 0)
		return 1023;
	group1 = model()->lr[n] & LR_GROUP1;
	bit = model_group_prio((model()->lr[n] >> 48) & 0xff, group1) >>
	      (8 - model_prebits());
	(group1 ? model()->ap1r : model()->ap0r)[bit / 32] |= 1U << bit % 32;
	model()->lr[n] = (model()->lr[n] & ~LR_STATE) | LR_ACTIVE;
	return (uint32_t)model()->lr[n];
}

static void model_deactivate(unsigned int irq)
{
	for (int n = 0; n < 16; n++) {
		uint64_t lr = model()->lr[n];

		if ((uint32_t)lr != irq || !(lr & LR_ACTIVE))
			continue;
		model()->lr[n] &= ~LR_ACTIVE;
		if (lr & LR_HW)
			vgic_hw_deactivate((lr >> 32) & 0x3ff);
		return;
	}
	model()->hcr += BIT(27); /* EOIcount */
}

/* ICC_EOIR0/1 with either EOImode */
static inline void model_eoi(unsigned int irq)
{
	for (unsigned int i = 0; i < 128; i++) {
		uint32_t bit = 1U << i % 32;

		if (!((model()->ap0r[i / 32] | model()->ap1r[i / 32]) & bit))
			continue;
		if (model()->ap0r[i / 32] & bit)
			model()->ap0r[i / 32] &= ~bit;
		else
			model()->ap1r[i / 32] &= ~bit;
		break;
	}
	if (!(model()->vmcr & ICH_VMCR_VEOIM))
		model_deactivate(irq);
}

/* Is the maintenance interrupt's line up? ICH_MISR_EL2 */
static inline bool model_maintenance(void)
{
	const struct model_cpu *m = model();
	bool pending = false;

	if (!(m->hcr & ICH_HCR_EN))
		return false;
	for (int n = 0; n < 16; n++)
		pending |= (m->lr[n] & LR_STATE) == LR_PENDING;
	return model_eisr() || ((m->hcr & ICH_HCR_LRENPIE) && m->hcr >> 27) ||
	       ((m->hcr & ICH_HCR_NPIE) && !pending) ||
	       ((m->hcr & ICH_HCR_VGRP0EIE) && (m->vmcr & 1)) ||
	       ((m->hcr & ICH_HCR_VGRP0DIE) && !(m->vmcr & 1)) ||
	       ((m->hcr & ICH_HCR_VGRP1EIE) && (m->vmcr & 2)) ||
	       ((m->hcr & ICH_HCR_VGRP1DIE) && !(m->vmcr & 2));
}

#endif
