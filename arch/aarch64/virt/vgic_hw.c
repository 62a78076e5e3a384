/* SPDX-License-Identifier: Apache-2.0 */
/* The numbered registers of the GIC's virtual interface. */
#include "vgic_hw.h"

#include <arch/gic.h>
#include <arch/gic_regs.h>
#include <asm/io.h>

/* clang-format off */
#define LR_CASES(x)							\
	x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7)				\
	x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
/* clang-format on */

uint64_t vgic_hw_lr(unsigned int n)
{
	switch (n) {
#define CASE(i)                                                                \
	case i:                                                                \
		return read_sysreg(ICH_LR##i##_EL2);
		LR_CASES(CASE)
#undef CASE
	default:
		return 0;
	}
}

void vgic_hw_lr_set(unsigned int n, uint64_t value)
{
	switch (n) {
#define CASE(i)                                                                \
	case i:                                                                \
		write_sysreg(value, ICH_LR##i##_EL2);                          \
		break;
		LR_CASES(CASE)
#undef CASE
	}
}

/* Registers past the implemented preemption bits do not exist: 12.4.2. */
void vgic_hw_ap_save(uint32_t *ap0r, uint32_t *ap1r, unsigned int count)
{
	ap0r[0] = read_sysreg(ICH_AP0R0_EL2);
	ap1r[0] = read_sysreg(ICH_AP1R0_EL2);
	if (count > 1) {
		ap0r[1] = read_sysreg(ICH_AP0R1_EL2);
		ap1r[1] = read_sysreg(ICH_AP1R1_EL2);
	}
	if (count > 2) {
		ap0r[2] = read_sysreg(ICH_AP0R2_EL2);
		ap1r[2] = read_sysreg(ICH_AP1R2_EL2);
		ap0r[3] = read_sysreg(ICH_AP0R3_EL2);
		ap1r[3] = read_sysreg(ICH_AP1R3_EL2);
	}
}

void vgic_hw_ap_restore(const uint32_t *ap0r, const uint32_t *ap1r,
			unsigned int count)
{
	write_sysreg(ap0r[0], ICH_AP0R0_EL2);
	write_sysreg(ap1r[0], ICH_AP1R0_EL2);
	if (count > 1) {
		write_sysreg(ap0r[1], ICH_AP0R1_EL2);
		write_sysreg(ap1r[1], ICH_AP1R1_EL2);
	}
	if (count > 2) {
		write_sysreg(ap0r[2], ICH_AP0R2_EL2);
		write_sysreg(ap1r[2], ICH_AP1R2_EL2);
		write_sysreg(ap0r[3], ICH_AP0R3_EL2);
		write_sysreg(ap1r[3], ICH_AP1R3_EL2);
	}
}

void vgic_hw_activate(unsigned int irq)
{
	io_write32(arch_gic()->redist_regs[arch_this_cpu()->id] +
			   GICR_SGI_FRAME + GIC_ISACTIVER,
		   1U << irq);
}
