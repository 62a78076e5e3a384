/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract between a GIC's driver and the architecture's virtualization
 * backend, which stands a virtual one in its place and, in passthrough mode,
 * lets guests at the real one.
 */
#ifndef ARCH_GIC_H
#define ARCH_GIC_H

#include <lib/types.h>
#include <lib/util.h>

#define GIC_REDIST_REGIONS_MAX 8

/* mapped registers, for <asm/io.h> */
typedef volatile uint8_t *gic_regs_t;

/*
 * The host's interrupts have priorities above 0x80, passed-through ones from
 * 0x80 on: while the host runs, its mask hides the latter.
 */
#define GIC_PRIORITY_HOST 0x40
#define GIC_PRIORITY_GUEST 0x80
#define GIC_PMR_HOST GIC_PRIORITY_GUEST

/**
 * struct gic - the host's GICv3 or v4, constant after probe
 * @dist_base:     distributor, physical
 * @redist:        redistributor regions, physical
 * @redist_stride: bytes from one redistributor to the next
 * @irq_count:     first INTID past the implemented SPIs
 * @host_sgis:     bit per SGI that the host's IPIs use
 * @guest_sgis:    bit per SGI that is left, and works here
 * @dist_regs:     the distributor
 * @redist_regs:   RD frame of each CPU's redistributor, NULL: none
 * @pmr_is_whole:  the CPU interface counts priorities as Secure state does,
 *                 while the distributor halves them: see gic_pmr()
 */
struct gic {
	hpa_t dist_base;
	struct {
		hpa_t base;
		uint64_t size;
	} redist[GIC_REDIST_REGIONS_MAX];
	unsigned int redist_region_count;
	uint64_t redist_stride;
	unsigned int irq_count;
	uint32_t host_sgis;
	uint32_t guest_sgis;
	gic_regs_t dist_regs;
	gic_regs_t redist_regs[CONFIG_MAX_CPUS];
	bool pmr_is_whole;
};

/** arch_gic_register() - by the driver, once */
void arch_gic_register(const struct gic *gic);
/** arch_gic() - NULL when the machine has none */
const struct gic *arch_gic(void);

/**
 * gic_pmr() - ICC_PMR_EL1's value for a priority as IPRIORITYR has it
 *
 * With two Security states (GICD_CTLR.DS = 0), Non-secure priorities are the
 * upper half of all. IPRIORITYR hides that always, ICC_PMR_EL1 only when
 * SCR_EL3.FIQ is set (Arm IHI 0069H, 4.8.1), which is the firmware's choice.
 */
static inline uint64_t gic_pmr(const struct gic *gic, uint64_t priority)
{
	return gic->pmr_is_whole ? 0x80 | priority >> 1 : priority;
}

#endif
