/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers of the CPU interface that both groups share, for a guest whose
 * accesses trap (ICH_HCR_EL2.TC). That is so while it has active interrupts
 * outside list registers, on a CPU that cannot trap ICC_DIR_EL1 alone: IHI
 * 0069, 12.4.4. On the CPU that has the vCPU loaded.
 */
#include "vgic_priv.h"

/* ICC_CTLR_EL1, 12.2.6: what is not the guest's to set is as ICH_VTR_EL2 */
#define CTLR_CBPR BIT(0)
#define CTLR_EOIMODE BIT(1)
#define CTLR_PRIBITS(vtr) (((vtr) >> 29 & 7) << 8)
#define CTLR_IDBITS(vtr) (((vtr) >> 23 & 7) << 11)
#define CTLR_SEIS(vtr) (((vtr) >> 22 & 1) << 14)
#define CTLR_A3V(vtr) (((vtr) >> 21 & 1) << 15)

#define RPR_IDLE 0xff

static uint64_t icc_ctlr_read(uint64_t vmcr)
{
	uint64_t vtr = vgic_hw_vtr();

	return (vmcr & ICH_VMCR_VCBPR ? CTLR_CBPR : 0) |
	       (vmcr & ICH_VMCR_VEOIM ? CTLR_EOIMODE : 0) | CTLR_PRIBITS(vtr) |
	       CTLR_IDBITS(vtr) | CTLR_SEIS(vtr) | CTLR_A3V(vtr);
}

static uint64_t icc_rpr_read(void)
{
	unsigned int running = vgic_lr_running();

	return running > 0xff ? RPR_IDLE : running;
}

uint64_t vgic_icc_read(enum vgic_icc reg)
{
	uint64_t vmcr = vgic_hw_vmcr();

	switch (reg) {
	case VGIC_ICC_PMR:
		return vmcr >> ICH_VMCR_VPMR_SHIFT & 0xff;
	case VGIC_ICC_CTLR:
		return icc_ctlr_read(vmcr);
	default:
		return icc_rpr_read();
	}
}

bool vgic_icc_write(enum vgic_icc reg, uint64_t value)
{
	uint64_t vmcr = vgic_hw_vmcr();

	switch (reg) {
	case VGIC_ICC_PMR:
		vmcr &= ~((uint64_t)0xff << ICH_VMCR_VPMR_SHIFT);
		vmcr |= (value & vgic_caps.prio_mask) << ICH_VMCR_VPMR_SHIFT;
		break;
	case VGIC_ICC_CTLR:
		vmcr &= ~(ICH_VMCR_VCBPR | ICH_VMCR_VEOIM);
		vmcr |= (value & CTLR_CBPR ? ICH_VMCR_VCBPR : 0) |
			(value & CTLR_EOIMODE ? ICH_VMCR_VEOIM : 0);
		break;
	default:
		return false; /* ICC_RPR_EL1 is read-only */
	}
	vgic_hw_vmcr_set(vmcr);
	return true;
}
