/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's GICv3: what a virtual one needs to know of it.
 *
 * Distributor and redistributors are reached through <core/irq.h>'s struct
 * irqchip; the functions here are for state that the host itself never reads
 * back.
 */
#ifndef DRIVERS_GICV3_H
#define DRIVERS_GICV3_H

#include <lib/types.h>
#include <lib/util.h>

#define GICV3_REDIST_REGIONS_MAX 8

/**
 * struct gicv3_info - facts of the host's controller, constant after probe
 * @node:            offset in the host tree, -1: no GICv3
 * @dist_base:       distributor, physical
 * @redist:          redistributor regions, physical
 * @redist_stride:   bytes from one redistributor to the next
 * @irq_count:       first INTID past the implemented SPIs
 * @maintenance_irq: INTID of the virtual interface's interrupt
 */
struct gicv3_info {
	int node;
	hpa_t dist_base;
	uint64_t dist_size;
	struct {
		hpa_t base;
		uint64_t size;
	} redist[GICV3_REDIST_REGIONS_MAX];
	unsigned int redist_region_count;
	uint64_t redist_stride;
	unsigned int irq_count;
	unsigned int maintenance_irq;
};

/** gicv3_info() - NULL when the machine has no GICv3 */
const struct gicv3_info *gicv3_info(void);

/** gicv3_redist_base() - physical RD_base of a CPU's redistributor; 0: none */
hpa_t gicv3_redist_base(unsigned int cpu);

/* One bit of an interrupt's physical state; PPIs and SGIs of this CPU. */
enum gicv3_state_bit { GICV3_ENABLED, GICV3_PENDING, GICV3_ACTIVE };
bool gicv3_get(unsigned int irq, enum gicv3_state_bit bit);
void gicv3_put(unsigned int irq, enum gicv3_state_bit bit, bool value);

/** gicv3_is_edge() - as the line is configured now */
bool gicv3_is_edge(unsigned int irq);

/** gicv3_set_priority() - 0 is the highest; the host's own use is 0xa0 */
void gicv3_set_priority(unsigned int irq, uint8_t priority);

#endif
