/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real GIC in a guest's hands, filtered: VMs in passthrough mode. Its own
 * SPIs (vm->irq_owned) and its CPUs' private interrupts are the hardware's;
 * those of emulated devices stay with vgic_mmio.c.
 *
 * The guest sees the Non-secure view of a GIC with two Security states, group
 * 1 alone, and half of the priorities: the host's interrupts have the others.
 */
#ifndef VIRT_VGIC_PT_H
#define VIRT_VGIC_PT_H

#include <lib/lock.h>
#include <lib/types.h>
#include <lib/util.h>

#include "vgic_state.h"

/**
 * struct vgic_pt - what of the GIC is a VM's
 * @lock:  GICD_CTLR and the enable bits, which the former gates in hardware
 * @owned: bit per INTID; word 0 is the same on each of its CPUs
 */
struct vgic_pt {
	struct spinlock lock;
	uint32_t owned[VGIC_WORDS];
};

/** vgic_pt_init() - private interrupts but for the host's are the VM's */
void vgic_pt_init(struct vgic_pt *pt, uint32_t host_private);

/** vgic_pt_access() - as vgic_mmio_access() */
bool vgic_pt_access(struct vgic_cpu *self, uint64_t addr, unsigned int width,
		    bool write, uint64_t *value);

/** vgic_pt_private_take() - private interrupts of @vc's CPU: silent, a
 * guest's; from any CPU, that one not in the guest */
void vgic_pt_private_take(struct vgic_cpu *vc);
/** vgic_pt_private_give() - silent, and the host's again */
void vgic_pt_private_give(struct vgic_cpu *vc);

/** vgic_pt_spi_quiet(), vgic_pt_spi_take(), vgic_pt_spi_give() - the same for
 * an SPI: below the host's mask; then the VM's; the host's again */
void vgic_pt_spi_quiet(unsigned int irq);
void vgic_pt_spi_take(struct vgic *vg, unsigned int irq);
void vgic_pt_spi_give(struct vgic *vg, unsigned int irq);

/** vgic_pt_sgi_targets() - bit per vCPU that ICC_SGI1R_EL1 = @value names */
uint32_t vgic_pt_sgi_targets(const struct vgic_cpu *self, uint64_t value);

#endif
