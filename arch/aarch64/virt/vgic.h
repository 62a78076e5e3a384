/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GICv3: what run.c and the rest of the backend ask of it.
 *
 * Ownership makes the hot paths lock-free: a vCPU's list registers, active
 * state and CPU interface are touched only by the physical CPU that runs it
 * (or that holds its loaded state). Everybody else sets atomic pending bits
 * and, where the target must look, its `dirty` flag, then kicks or wakes it.
 */
#ifndef VIRT_VGIC_H
#define VIRT_VGIC_H

#include <lib/types.h>
#include <lib/util.h>

struct sysreg_access;
struct vcpu;
struct vm;
struct vgic;     /* in struct arch_vm */
struct vgic_cpu; /* in struct arch_vcpu */

/** vgic_probe() - once: list registers, priority bits of this machine */
int __must_check vgic_probe(void);
/** vgic_cpu_enable() - on each CPU, with interrupts masked */
void vgic_cpu_enable(void);

int __must_check vgic_create(struct vm *vm);
void vgic_destroy(struct vm *vm);
void vgic_reset(struct vm *vm);
int __must_check vgic_vcpu_create(struct vcpu *vcpu);
void vgic_vcpu_destroy(struct vcpu *vcpu);
void vgic_vcpu_reset(struct vcpu *vcpu);

/** vgic_load(), vgic_put() - the CPU interface moves to/from this CPU,
 * interrupts masked; load after, put before the guest's timers */
void vgic_load(struct vcpu *vcpu);
void vgic_put(struct vcpu *vcpu);

/** vgic_sync_in() - before entering the guest, interrupts masked: fill list
 * registers when anything changed. One load and branch when nothing did. What
 * makes arch_vcpu_kick() send an interrupt must be published before. */
void vgic_sync_in(struct vcpu *vcpu);

/** vgic_vtimer_fired() - the virtual timer's interrupt was acknowledged on
 * this CPU while @vcpu is loaded: hand it over, HW-linked. Fast path. */
void vgic_vtimer_fired(struct vcpu *vcpu, unsigned int irq);

/** vgic_maintenance() - the maintenance interrupt came */
void vgic_maintenance(struct vcpu *vcpu);

/** vgic_ppi_set() - drive a private line of a vCPU; any CPU */
void vgic_ppi_set(struct vcpu *vcpu, unsigned int intid, bool level);
/** vgic_spi_set() - drive a shared line; any CPU */
void vgic_spi_set(struct vm *vm, unsigned int intid, bool level);

/** vgic_sgi_write() - the guest wrote ICC_SGI1R (group 1), SGI0R, ASGI1R */
void vgic_sgi_write(struct vcpu *vcpu, uint64_t value, unsigned int group);

/** vgic_dir_write() - the guest wrote ICC_DIR_EL1; it traps while active
 * interrupts have no list register. Else the hardware knows only what this
 * vCPU has: one that another vCPU has taken stays active. */
void vgic_dir_write(struct vcpu *vcpu, uint64_t value);

/** vgic_icc() - the guest's access to ICC_PMR_EL1, CTLR or RPR; they trap while
 * ICC_DIR_EL1 does, where that cannot trap alone. Return: false: another one,
 * or no such access */
bool vgic_icc(struct sysreg_access *access);

/** vgic_irq_enabled() - is a private interrupt forwarded, were it pending? */
bool vgic_irq_enabled(struct vcpu *vcpu, unsigned int intid);

/** vgic_irq_active() - has the guest taken a private interrupt and not ended
 * it? After vgic_put() */
bool vgic_irq_active(struct vcpu *vcpu, unsigned int intid);

/** vgic_pending() - would an enabled interrupt be signalled to this vCPU? */
bool vgic_pending(struct vcpu *vcpu);

/** vgic_mmio() - GICD, GICR windows. Return: false when @gpa is in neither */
bool vgic_mmio(struct vcpu *vcpu, gpa_t gpa, unsigned int width, bool write,
	       uint64_t *value);

/** vgic_fdt_fixup() - the interrupt controller's node in the guest's tree */
int __must_check vgic_fdt_fixup(struct vm *vm, void *fdt);

#endif
