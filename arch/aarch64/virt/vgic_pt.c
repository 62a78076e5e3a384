/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filter between a guest in passthrough mode and the real GIC. IHI 0069,
 * 12.8-12.11.
 *
 * vgic_mmio.c keeps what a register reads as, for emulated interrupts and, as
 * a shadow, for the VM's own: enables (the distributor's group enable gates
 * them), priorities, routes. Pending and active state is the hardware's alone.
 *
 * What reaches the real CPU interface untrapped is not filtered: see
 * Documentation/architecture.md for the one thing that matters, ICC_EOIR1_EL1
 * of a foreign INTID.
 */
#include "vgic_priv.h"
#include "vgic_pt.h"

#include <arch/gic.h>
#include <arch/gic_regs.h>
#include <asm/io.h>
#include <core/irq.h>

#define GICD_SETSPI 0x40
#define GICD_CLRSPI 0x48
/* A write takes effect within microseconds; this is generous. */
#define WAIT_SPINS_MAX 1000000

/**
 * struct frame - the bitmap registers that an access is for
 * @home:  vCPU whose redistributor it is, NULL: the distributor
 * @off:   offset, the same in both
 * @regs:  the hardware's
 */
struct frame {
	struct vgic_cpu *home;
	uint32_t off;
	gic_regs_t regs;
};

static gic_regs_t redist_of(const struct vgic_cpu *vc)
{
	return arch_gic()->redist_regs[vc->phys_cpu];
}

static void wait_rwp(const struct vgic_cpu *home)
{
	gic_regs_t reg = home ? redist_of(home) + GICR_CTLR
			      : arch_gic()->dist_regs + GICD_CTLR;
	uint32_t bit = home ? GICR_CTLR_RWP : GICD_CTLR_RWP;
	unsigned int i;

	for (i = 0; i < WAIT_SPINS_MAX && (io_read32(reg) & bit); i++)
		;
}

/* Return: false: no register of either window that hardware has a say in. */
static bool frame_find(struct vgic *vg, uint64_t addr, struct frame *f)
{
	unsigned int i;

	f->home = NULL;
	if (addr - vg->dist_base < 0x10000) {
		f->off = (uint32_t)(addr - vg->dist_base);
		f->regs = arch_gic()->dist_regs;
		return true;
	}
	for (i = 0; i < vg->region_count; i++) {
		const struct vgic_region *r = &vg->regions[i];
		uint64_t off = addr - r->base;

		if (off >= r->size_bytes || off >> vg->redist_shift >= r->count)
			continue;
		f->home = vg->cpus[r->first + (off >> vg->redist_shift)];
		off &= BIT(vg->redist_shift) - 1;
		if (!f->home || off < GICR_SGI_FRAME ||
		    off >= 2 * GICR_SGI_FRAME)
			return false;
		f->off = (uint32_t)off - GICR_SGI_FRAME;
		f->regs = redist_of(f->home) + GICR_SGI_FRAME;
		return true;
	}
	return false;
}

static uint32_t owned_word(const struct vgic *vg, const struct frame *f,
			   unsigned int word)
{
	/* with affinity routing, private ones are in the redistributor only */
	return !word == !f->home ? 0 : vg->pt->owned[word];
}

static void pass_enable(struct vgic_cpu *self, const struct frame *f,
			uint64_t addr, uint64_t value)
{
	struct vgic *vg = self->vgic;
	bool set = f->off < GIC_ICENABLER;
	uint32_t owned = owned_word(vg, f, (f->off & 0x7f) / 4);
	unsigned long flags = spin_lock_irqsave(&vg->pt->lock);

	if (f->home)
		value &= owned;
	vgic_mmio_access(self, addr, 4, true, &value);
	owned &= (uint32_t)value;
	if (owned && (!set || (vg->ctlr & 2)))
		io_write32(f->regs + f->off, owned);
	if (owned && !set)
		wait_rwp(f->home);
	spin_unlock_irqrestore(&vg->pt->lock, flags);
}

/* ISPENDR, ICPENDR, ISACTIVER, ICACTIVER */
static void pass_state(struct vgic_cpu *self, const struct frame *f,
		       uint64_t addr, bool write, uint64_t *value)
{
	uint32_t owned = owned_word(self->vgic, f, (f->off & 0x7f) / 4);
	uint32_t mine = write ? (uint32_t)*value & owned
			      : io_read32(f->regs + f->off) & owned;
	uint64_t rest = write ? *value & ~(uint64_t)owned : 0;

	if (!f->home && (!write || rest))
		vgic_mmio_access(self, addr, 4, write, &rest);
	if (!write)
		*value = (rest & ~(uint64_t)owned) | mine;
	else if (mine)
		io_write32(f->regs + f->off, mine);
}

static bool is_owned(const struct vgic *vg, const struct frame *f,
		     unsigned int irq)
{
	return owned_word(vg, f, irq / 32) >> irq % 32 & 1;
}

static uint8_t prio_hw(uint8_t prio)
{
	return GIC_PRIORITY_GUEST | prio >> 1;
}

static void pass_prio(struct vgic_cpu *self, const struct frame *f,
		      uint64_t addr, unsigned int width, uint64_t value)
{
	unsigned int irq = f->off & 0x3ff, i;

	vgic_mmio_access(self, addr, width, true, &value);
	for (i = 0; i < width; i++) {
		if (is_owned(self->vgic, f, irq + i))
			io_write8(f->regs + f->off + i,
				  prio_hw((uint8_t)(value >> 8 * i)));
	}
}

/* Lines of SPIs; those of PPIs are as they are wired. */
static void pass_config(struct vgic_cpu *self, const struct frame *f,
			uint64_t addr, uint64_t value)
{
	unsigned int irq = (f->off & 0xff) * 4, i;
	struct vgic *vg = self->vgic;

	vgic_mmio_access(self, addr, 4, true, &value);
	if (f->home)
		return;
	for (i = 0; i < 16; i++) {
		if (is_owned(vg, f, irq + i))
			irq_set_trigger(irq + i,
					value >> (2 * i) & GIC_ICFGR_EDGE
						? IRQ_TRIGGER_EDGE
						: IRQ_TRIGGER_LEVEL,
					false);
	}
}

/* Only to CPUs of this VM: what names none of them goes to the first. */
static void route(struct vgic *vg, unsigned int irq)
{
	uint8_t target = vg->target[irq];
	const struct vgic_cpu *vc = NULL;

	if (target < vg->vcpu_count)
		vc = vg->cpus[target];
	if (!vc)
		vc = vg->cpus[0];
	irq_set_cpu(irq, vc->phys_cpu);
}

static void pass_route(struct vgic_cpu *self, const struct frame *f,
		       uint64_t addr, unsigned int width, uint64_t value)
{
	unsigned int irq = (f->off & 0x1fff) / 8;

	vgic_mmio_access(self, addr, width, true, &value);
	if (is_owned(self->vgic, f, irq))
		route(self->vgic, irq);
}

/* The group's enable, for all of the VM's own at once. */
static void gate(struct vgic *vg, bool open)
{
	uint32_t bank = open ? GIC_ISENABLER : GIC_ICENABLER;
	unsigned int i;

	for (i = 1; i < VGIC_WORDS; i++) {
		uint32_t bits = vg->pt->owned[i] & vg->spi[i].enabled;

		if (bits)
			io_write32(arch_gic()->dist_regs + bank + 4 * i, bits);
	}
	wait_rwp(NULL);
	for (i = 0; i < vg->vcpu_count; i++) {
		struct vgic_cpu *vc = vg->cpus[i];

		if (!vc)
			continue;
		io_write32(redist_of(vc) + GICR_SGI_FRAME + bank,
			   vg->pt->owned[0] & vc->priv.enabled);
		wait_rwp(vc);
	}
}

static void pass_ctlr(struct vgic_cpu *self, uint64_t addr, uint64_t value)
{
	struct vgic *vg = self->vgic;
	unsigned long flags = spin_lock_irqsave(&vg->pt->lock);
	uint32_t old = vg->ctlr;

	value &= GICD_CTLR_ENABLE_G1A;
	vgic_mmio_access(self, addr, 4, true, &value);
	if ((old ^ vg->ctlr) & GICD_CTLR_ENABLE_G1A)
		gate(vg, vg->ctlr & GICD_CTLR_ENABLE_G1A);
	spin_unlock_irqrestore(&vg->pt->lock, flags);
}

static bool pass_write(struct vgic_cpu *self, const struct frame *f,
		       uint64_t addr, unsigned int width, uint64_t value)
{
	bool word = width == 4 && !(f->off & 3);

	switch (f->off & ~0x7fU) {
	case GIC_IGROUPR:
		return true;
	case GIC_ISENABLER:
	case GIC_ICENABLER:
		if (word)
			pass_enable(self, f, addr, value);
		return true;
	case GIC_ISPENDR ... GIC_ICACTIVER:
		if (word)
			pass_state(self, f, addr, true, &value);
		return true;
	case GIC_IPRIORITYR ... GIC_IPRIORITYR + 0x380:
		if (word || width == 1)
			pass_prio(self, f, addr, width, value);
		return true;
	case GIC_ICFGR:
	case GIC_ICFGR + 0x80:
		if (word)
			pass_config(self, f, addr, value);
		return true;
	case 0:
		if (f->home || f->off == GICD_SETSPI || f->off == GICD_CLRSPI)
			return true;
		if (f->off != GICD_CTLR || !word)
			return false;
		pass_ctlr(self, addr, value);
		return true;
	case GICD_IROUTER ... GICD_IROUTER + 0x1f80:
		if (f->home || !(width & (4 | 8)) || (f->off & (width - 1)))
			return false;
		pass_route(self, f, addr, width, value);
		return true;
	default:
		return false;
	}
}

static bool pass_read(struct vgic_cpu *self, const struct frame *f,
		      uint64_t addr, unsigned int width, uint64_t *value)
{
	bool word = width == 4 && !(f->off & 3);

	switch (f->off & ~0x7fU) {
	case GIC_IGROUPR:
		*value = 0;
		return true;
	case GIC_ISPENDR ... GIC_ICACTIVER:
		*value = 0;
		if (word)
			pass_state(self, f, addr, false, value);
		return true;
	case 0:
		if (f->home || f->off != GICD_CTLR)
			return false;
		vgic_mmio_access(self, addr, width, false, value);
		*value &= ~(uint64_t)GICD_CTLR_DS;
		return true;
	default:
		return false;
	}
}

bool vgic_pt_access(struct vgic_cpu *self, uint64_t addr, unsigned int width,
		    bool write, uint64_t *value)
{
	struct frame f;

	if (frame_find(self->vgic, addr, &f) &&
	    (write ? pass_write(self, &f, addr, width, *value)
		   : pass_read(self, &f, addr, width, value)))
		return true;
	return vgic_mmio_access(self, addr, width, write, value);
}

/*
 * Taking and giving back
 */

/* Nothing enabled, pending or active; @prio each. */
static void quiet(gic_regs_t regs, const struct vgic_cpu *home,
		  unsigned int word, uint32_t bits, uint8_t prio)
{
	io_write32(regs + GIC_ICENABLER + 4 * word, bits);
	wait_rwp(home);
	io_write32(regs + GIC_ICPENDR + 4 * word, bits);
	io_write32(regs + GIC_ICACTIVER + 4 * word, bits);
	for (; bits; bits &= bits - 1)
		io_write8(regs + GIC_IPRIORITYR + 32 * word +
				  __builtin_ctz(bits),
			  prio);
}

void vgic_pt_init(struct vgic_pt *pt, uint32_t host_private)
{
	spin_init(&pt->lock, LOCK_RANK_VGIC);
	pt->owned[0] = (0xffff0000 | arch_gic()->guest_sgis) & ~host_private;
}

void vgic_pt_private_take(struct vgic_cpu *vc)
{
	quiet(redist_of(vc) + GICR_SGI_FRAME, vc, 0, vc->vgic->pt->owned[0],
	      GIC_PRIORITY_GUEST);
}

void vgic_pt_private_give(struct vgic_cpu *vc)
{
	quiet(redist_of(vc) + GICR_SGI_FRAME, vc, 0, vc->vgic->pt->owned[0],
	      GIC_PRIORITY_HOST);
}

void vgic_pt_spi_quiet(unsigned int irq)
{
	quiet(arch_gic()->dist_regs, NULL, irq / 32, 1U << irq % 32,
	      GIC_PRIORITY_GUEST);
}

void vgic_pt_spi_take(struct vgic *vg, unsigned int irq)
{
	vgic_pt_spi_quiet(irq);
	route(vg, irq);
	vg->pt->owned[irq / 32] |= 1U << irq % 32;
}

void vgic_pt_spi_give(struct vgic *vg, unsigned int irq)
{
	vg->pt->owned[irq / 32] &= ~(1U << irq % 32);
	quiet(arch_gic()->dist_regs, NULL, irq / 32, 1U << irq % 32,
	      GIC_PRIORITY_HOST);
}

/* ICC_SGI1R_EL1: 12.2.25 */
uint32_t vgic_pt_sgi_targets(const struct vgic_cpu *self, uint64_t value)
{
	const struct vgic *vg = self->vgic;
	/* Aff3 and Aff2 as in MPIDR_EL1, Aff1 from its own place */
	uint64_t upper = ((value >> 48) & 0xff) << 32 |
			 ((value >> 32) & 0xff) << 16 |
			 ((value >> 16) & 0xff) << 8;
	unsigned int first = ((value >> 44) & 0xf) * 16;
	uint32_t targets = 0;
	unsigned int i;

	for (i = 0; i < vg->vcpu_count; i++) {
		const struct vgic_cpu *vc = vg->cpus[i];
		uint64_t aff0;

		if (!vc)
			continue;
		aff0 = (vc->hwid ^ upper) - first;
		if (value & BIT(40) ? vc != self
				    : aff0 < 16 && (value >> aff0 & 1))
			targets |= 1U << i;
	}
	return targets;
}
