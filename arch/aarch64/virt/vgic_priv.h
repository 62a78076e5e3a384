/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the virtual GIC ask of each other. */
#ifndef VIRT_VGIC_PRIV_H
#define VIRT_VGIC_PRIV_H

#include <lib/types.h>
#include <lib/util.h>

#include "vgic.h"
#include "vgic_hw.h"
#include "vgic_state.h"

#ifndef VGIC_HW_MODEL
#include <virt/vcpu.h>
#include <virt/vm.h>
#include "vcpu.h"

static inline struct vgic *vgic_of(struct vm *vm)
{
	return &vm->arch->vgic;
}

static inline struct vgic_cpu *vgic_cpu_of(struct vcpu *vcpu)
{
	return &vcpu->arch->vgic;
}
#endif

/* All fields of a word change by these: seq_cst, see vgic_tell(). */
#define bits_set(p, bits) __atomic_fetch_or(p, bits, __ATOMIC_SEQ_CST)
#define bits_clear(p, bits) __atomic_fetch_and(p, ~(bits), __ATOMIC_SEQ_CST)
#define bits_get(p) __atomic_load_n(p, __ATOMIC_SEQ_CST)
#define bits_peek(p) __atomic_load_n(p, __ATOMIC_RELAXED)

/**
 * struct vgic_caps - the machine's virtual interface
 * @ap_count:  active priority registers of a group
 * @prebits:   pre-emption bits
 * @prio_mask: implemented bits of a priority
 * @tdir:      ICC_DIR_EL1 can be trapped alone
 */
struct vgic_caps {
	uint8_t lr_count;
	uint8_t ap_count;
	uint8_t prebits;
	uint8_t prio_mask;
	bool tdir;
	uint32_t lr_all;
};
extern struct vgic_caps vgic_caps;

/** vgic_caps_set() - from ICH_VTR_EL2 */
void vgic_caps_set(uint64_t vtr);

static inline struct vgic_word *vgic_word(struct vgic_cpu *vc,
					  unsigned int word)
{
	return word ? &vc->vgic->spi[word] : &vc->priv;
}

static inline uint8_t vgic_prio(const struct vgic_cpu *vc, unsigned int irq)
{
	return irq < VGIC_PRIVATE ? vc->prio[irq] : vc->vgic->prio[irq];
}

/* Interrupts of a word whose group the distributor forwards. */
static inline uint32_t vgic_groups(const struct vgic *vg,
				   const struct vgic_word *w)
{
	uint32_t ctlr = bits_peek(&vg->ctlr), group1 = bits_peek(&w->group1);

	return (ctlr & 2 ? group1 : 0) | (ctlr & 1 ? ~group1 : 0);
}

/* Interrupts whose input, not a latch, makes them pending. */
static inline uint32_t vgic_level(const struct vgic_word *w)
{
	return bits_get(&w->line) & ~bits_peek(&w->edge) &
	       ~bits_peek(&w->linked);
}

/* Pending, enabled, and the distributor forwards them. */
static inline uint32_t vgic_ready(const struct vgic *vg,
				  const struct vgic_word *w)
{
	return (bits_get(&w->latch) | vgic_level(w)) & bits_get(&w->enabled) &
	       vgic_groups(vg, w);
}

/* INTIDs of a word that exist. */
static inline uint32_t vgic_exists(const struct vgic *vg, unsigned int word)
{
	if (word * 32 >= vg->irq_count)
		return 0;
	if (vg->irq_count - word * 32 >= 32)
		return ~(uint32_t)0;
	return (1U << (vg->irq_count - word * 32)) - 1;
}

/* Pending from now on: an earlier request to clear it is overtaken. */
static inline void vgic_latch(struct vgic_word *w, uint32_t bits)
{
	if (unlikely(bits_get(&w->clear_pend) & bits))
		bits_clear(&w->clear_pend, bits);
	bits_set(&w->latch, bits);
}

/* vgic_lr.c: list registers; all on the CPU that has @vc loaded, irqs off */

/** vgic_lr_load(), vgic_lr_put() - the CPU interface comes and goes */
void vgic_lr_load(struct vgic_cpu *vc);
void vgic_lr_put(struct vgic_cpu *vc);
/** vgic_lr_fold() - take every list register apart into the words */
void vgic_lr_fold(struct vgic_cpu *vc);
/** vgic_lr_refill() - fold, then fill them by priority */
void vgic_lr_refill(struct vgic_cpu *vc);
/** vgic_lr_sync() - do what @vc->work says */
void vgic_lr_sync(struct vgic_cpu *vc);
/** vgic_lr_reap() - free the list registers that the guest emptied */
void vgic_lr_reap(struct vgic_cpu *vc);
/** vgic_lr_latch_own() - make a private interrupt of @vc pending, now */
void vgic_lr_latch_own(struct vgic_cpu *vc, unsigned int irq);
/** vgic_lr_timer() - the virtual timer's interrupt, acknowledged, goes in */
void vgic_lr_timer(struct vgic_cpu *vc, unsigned int irq);
/** vgic_lr_view() - pending and active bits of a word in own registers */
void vgic_lr_view(struct vgic_cpu *vc, unsigned int word, uint32_t *pend,
		  uint32_t *act);
/** vgic_lr_running() - running priority; more than 0xff: idle */
unsigned int vgic_lr_running(void);
/** vgic_lr_pending() - would the CPU interface signal something? */
bool vgic_lr_pending(struct vgic_cpu *vc);

/*
 * vgic_irq.c: state changes from anywhere. @self is the vCPU loaded on this
 * CPU on whose behalf it happens, or NULL; @home is the vCPU whose private
 * interrupts word 0 means, NULL for SPIs.
 */

/** vgic_tell() - @vc has @work to do; wake and kick it unless it is @self */
void vgic_tell(struct vgic_cpu *self, struct vgic_cpu *vc, uint64_t work);
/** vgic_tell_ready() - @bits may have become deliverable: tell who gets them */
void vgic_tell_ready(struct vgic_cpu *self, struct vgic *vg,
		     struct vgic_cpu *home, unsigned int word, uint32_t bits);
/** vgic_tell_owners() - @bits in list registers are to be looked at again */
void vgic_tell_owners(struct vgic_cpu *self, struct vgic *vg,
		      struct vgic_cpu *home, unsigned int word, uint32_t bits);
/** vgic_line_set() - drive an input */
void vgic_line_set(struct vgic_cpu *self, struct vgic *vg,
		   struct vgic_cpu *home, unsigned int irq, bool level);
/** vgic_latch_set() - pending by itself */
void vgic_latch_set(struct vgic_cpu *self, struct vgic *vg,
		    struct vgic_cpu *home, unsigned int word, uint32_t bits);

enum vgic_change { VGIC_CLEAR_PEND, VGIC_SET_ACT, VGIC_CLEAR_ACT };
/** vgic_change() - ICPENDR, ISACTIVER, ICACTIVER */
void vgic_change(struct vgic_cpu *self, struct vgic *vg, struct vgic_cpu *home,
		 unsigned int word, uint32_t bits, enum vgic_change change);
/** vgic_requests() - apply what others asked while @bits were the owner's */
void vgic_requests(struct vgic_cpu *vc, unsigned int word, uint32_t bits);
/** vgic_view() - ISPENDR, ISACTIVER as read */
uint32_t vgic_view_pend(struct vgic_cpu *self, struct vgic *vg,
			struct vgic_cpu *home, unsigned int word);
uint32_t vgic_view_act(struct vgic_cpu *self, struct vgic *vg,
		       struct vgic_cpu *home, unsigned int word);
/** vgic_route_set() - IROUTER */
void vgic_route_set(struct vgic_cpu *self, struct vgic *vg, unsigned int irq,
		    uint64_t router);
/** vgic_phys_end() - deactivate the physical interrupt behind a linked one */
void vgic_phys_end(struct vgic *vg, struct vgic_word *w, unsigned int irq);
/** vgic_sgi_send() - decode ICC_SGI1R, SGI0R, ASGI1R */
void vgic_sgi_send(struct vgic_cpu *self, uint64_t value, unsigned int group);

/** vgic_link_target() - vgic_forward.c: a linked SPI's physical one comes to
 * the CPU where its target runs now */
void vgic_link_target(struct vgic *vg, unsigned int virq);
/** vgic_link_trigger() - and is configured as the guest says */
void vgic_link_trigger(struct vgic *vg, unsigned int virq, bool edge);

/* vgic_icc.c: as registers read and write; loaded vCPU, in EL2 */
enum vgic_icc { VGIC_ICC_PMR, VGIC_ICC_CTLR, VGIC_ICC_RPR };
uint64_t vgic_icc_read(enum vgic_icc reg);
/** vgic_icc_write() - Return: false: there is no such write */
bool vgic_icc_write(enum vgic_icc reg, uint64_t value);

/* vgic_reset.c */
void vgic_reset_dist(struct vgic *vg);
void vgic_reset_cpu(struct vgic_cpu *vc);

#endif
