/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GIC's virtual interface: ICH_* fields and the only functions of the
 * virtual GIC that touch hardware. A unit test defines VGIC_HW_MODEL and
 * brings a model of the interface instead. IHI 0069, 12.4.
 */
#ifndef VIRT_VGIC_HW_H
#define VIRT_VGIC_HW_H

#include <lib/types.h>
#include <lib/util.h>

/* ICH_LR<n>_EL2 */
#define LR_PENDING BIT(62)
#define LR_ACTIVE BIT(63)
#define LR_STATE (LR_PENDING | LR_ACTIVE)
#define LR_HW BIT(61)
#define LR_GROUP1 BIT(60)
#define LR_EOI BIT(41) /* with HW = 0: maintenance interrupt at its end */
#define LR_PRIO_SHIFT 48
#define LR_PINTID_SHIFT 32

/* ICH_HCR_EL2 */
#define ICH_HCR_EN BIT(0)
#define ICH_HCR_LRENPIE BIT(2)
#define ICH_HCR_NPIE BIT(3)
#define ICH_HCR_VGRP0EIE BIT(4)
#define ICH_HCR_VGRP0DIE BIT(5)
#define ICH_HCR_VGRP1EIE BIT(6)
#define ICH_HCR_VGRP1DIE BIT(7)
#define ICH_HCR_TC BIT(10)
#define ICH_HCR_TDIR BIT(14)
#define ICH_HCR_EOICOUNT_SHIFT 27

/* ICH_VMCR_EL2 */
#define ICH_VMCR_VENG0 BIT(0)
#define ICH_VMCR_VENG1 BIT(1)
#define ICH_VMCR_VCBPR BIT(4)
#define ICH_VMCR_VEOIM BIT(9)
#define ICH_VMCR_VBPR1_SHIFT 18
#define ICH_VMCR_VBPR0_SHIFT 21
#define ICH_VMCR_VPMR_SHIFT 24

/* ICH_VTR_EL2 */
#define ICH_VTR_LISTREGS(vtr) (((vtr)&0x1f) + 1)
#define ICH_VTR_TDS BIT(19)
#define ICH_VTR_PREBITS(vtr) ((((vtr) >> 26) & 7) + 1)
#define ICH_VTR_PRIBITS(vtr) ((((vtr) >> 29) & 7) + 1)

#ifndef VGIC_HW_MODEL
#include <arch/cpu.h>
#include <asm/sysreg.h>
#include <core/cpu.h>
#include <core/irq.h>

static inline int vgic_hw_this_cpu(void)
{
	return (int)arch_this_cpu()->id;
}

static inline uint64_t vgic_hw_vtr(void)
{
	return read_sysreg(ICH_VTR_EL2);
}

static inline uint64_t vgic_hw_hcr(void)
{
	return read_sysreg(ICH_HCR_EL2);
}

static inline void vgic_hw_hcr_set(uint64_t value)
{
	write_sysreg(value, ICH_HCR_EL2);
}

static inline uint64_t vgic_hw_vmcr(void)
{
	return read_sysreg(ICH_VMCR_EL2);
}

static inline void vgic_hw_vmcr_set(uint64_t value)
{
	write_sysreg(value, ICH_VMCR_EL2);
}

/*
 * List registers that were emptied: by ELRSR, or by EISR when the guest's end
 * of the interrupt asked for a maintenance interrupt.
 */
static inline uint32_t vgic_hw_done(void)
{
	return read_sysreg(ICH_ELRSR_EL2) | read_sysreg(ICH_EISR_EL2);
}

/* what was written to list registers shows in the status registers */
static inline void vgic_hw_sync(void)
{
	isb();
}

static inline void vgic_hw_lr0_set(uint64_t value)
{
	write_sysreg(value, ICH_LR0_EL2);
}

uint64_t vgic_hw_lr(unsigned int n);
void vgic_hw_lr_set(unsigned int n, uint64_t value);
void vgic_hw_ap_save(uint32_t *ap0r, uint32_t *ap1r, unsigned int count);
void vgic_hw_ap_restore(const uint32_t *ap0r, const uint32_t *ap1r,
			unsigned int count);

/* is the loaded guest's virtual timer asking? D13.8.16, CNTV_CTL_EL0 */
static inline bool vgic_hw_vtimer_line(void)
{
	return (read_sysreg(cntv_ctl_el0) & 7) == 5;
}

static inline void vgic_hw_deactivate(unsigned int irq)
{
	irq_chip()->deactivate(irq);
}

/* make a private physical interrupt of this CPU active */
void vgic_hw_activate(unsigned int irq);
#endif

#endif
