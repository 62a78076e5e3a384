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
 * this CPU while @vcpu is loaded: hand it over, HW-linked. Fast path; what
 * else has changed waits for vgic_sync_in(). */
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

/**
 * vgic_reg_read, vgic_reg_write - a register's handlers, all in registers
 * @self:  who accesses
 * @home:  whose private interrupts word 0 means; NULL: it is the distributor's
 * @off:   in the window
 * @width: bytes; @off is a multiple. More of a written value means nothing.
 */
typedef uint64_t (*vgic_reg_read)(struct vgic_cpu *self, struct vgic_cpu *home,
				  uint32_t off, uint32_t width);
typedef void (*vgic_reg_write)(struct vgic_cpu *self, struct vgic_cpu *home,
			       uint32_t off, uint32_t width, uint64_t value);

/** struct vgic_reg - @widths: sum of the allowed ones, in bytes */
struct vgic_reg {
	vgic_reg_read read;
	vgic_reg_write write;
	uint8_t widths;
} __attribute__((aligned(32)));

#define VGIC_DIST_SIZE 0x10000

/** vgic_dist_reg() - the distributor's at @off, below VGIC_DIST_SIZE; one that
 * reads as zero and ignores writes where there is none of this width */
const struct vgic_reg *vgic_dist_reg(uint64_t off, unsigned int width);

/**
 * vgic_mmio_access() - emulated GICD and GICR windows, vgic_mmio.c
 * @width: bytes
 *
 * Return: false when @addr is in neither.
 */
bool vgic_mmio_access(struct vgic_cpu *self, uint64_t addr, unsigned int width,
		      bool write, uint64_t *value);

/** vgic_mmio() - the same in either interrupt mode */
bool vgic_mmio(struct vcpu *vcpu, gpa_t gpa, unsigned int width, bool write,
	       uint64_t *value);

/** vgic_fdt_fixup() - the interrupt controller's node in the guest's tree */
int __must_check vgic_fdt_fixup(struct vm *vm, void *fdt);

#endif
