/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt state changes from anywhere: lines, latches, guests' writes, and
 * who must be told of them.
 *
 * The order that makes it work without locks: change the word, then (seq_cst)
 * set the target's work, then kick it. The target takes its work, then reads
 * the word. A change that needs the owner's list register is left as a
 * request; whoever finds `inlr` gone afterwards takes the request back by an
 * atomic clear, so exactly one side applies it.
 */
#include "vgic_priv.h"

void vgic_tell(struct vgic_cpu *self, struct vgic_cpu *vc, uint64_t work)
{
	uint32_t words = (uint32_t)work;

	if ((bits_get(&vc->words) & words) != words)
		bits_set(&vc->words, words);
	bits_set(&vc->work, work);
	if (vc == self)
		return;
	vcpu_wake(vc->vcpu);
	arch_vcpu_kick(vc->vcpu);
}

static uint8_t target_of(const struct vgic *vg, unsigned int irq)
{
	return __atomic_load_n(&vg->target[irq], __ATOMIC_SEQ_CST);
}

static struct vgic_cpu *owner_of(const struct vgic *vg, struct vgic_cpu *home,
				 unsigned int irq)
{
	if (irq < VGIC_PRIVATE)
		return home;
	return vg->cpus[__atomic_load_n(&vg->owner[irq], __ATOMIC_SEQ_CST)];
}

/* 1-of-N: everybody may look, whoever comes first claims it. */
static void tell_any(struct vgic_cpu *self, struct vgic *vg, uint64_t work)
{
	unsigned int i;

	for (i = 0; i < vg->vcpu_count; i++) {
		if (vg->cpus[i] && vcpu_is_on(vg->cpus[i]->vcpu))
			vgic_tell(self, vg->cpus[i], work);
	}
}

void vgic_tell_ready(struct vgic_cpu *self, struct vgic *vg,
		     struct vgic_cpu *home, unsigned int word, uint32_t bits)
{
	uint64_t work = (uint64_t)1 << word;

	if (!word && bits)
		vgic_tell(self, home, work);
	if (!word)
		return;
	for (; bits; bits &= bits - 1) {
		unsigned int irq = word * 32 + __builtin_ctz(bits);
		uint8_t target = target_of(vg, irq);

		/* while it is somebody's, that vCPU goes on with it */
		if ((bits_get(&vg->spi[word].inlr) |
		     bits_get(&vg->spi[word].active)) &
		    bits & -bits)
			vgic_tell(self, owner_of(vg, home, irq), work);
		else if (target < vg->vcpu_count)
			vgic_tell(self, vg->cpus[target], work);
		else if (target == VGIC_TARGET_ANY)
			tell_any(self, vg, work);
	}
}

void vgic_tell_owners(struct vgic_cpu *self, struct vgic *vg,
		      struct vgic_cpu *home, unsigned int word, uint32_t bits)
{
	for (; bits; bits &= bits - 1)
		vgic_tell(self,
			  owner_of(vg, home, word * 32 + __builtin_ctz(bits)),
			  VGIC_WORK_FOLD | (uint64_t)1 << word);
}

static struct vgic_word *word_of(struct vgic *vg, struct vgic_cpu *home,
				 unsigned int word)
{
	return word ? &vg->spi[word] : &home->priv;
}

void vgic_line_set(struct vgic_cpu *self, struct vgic *vg,
		   struct vgic_cpu *home, unsigned int irq, bool level)
{
	unsigned int word = irq / 32;
	struct vgic_word *w = word_of(vg, home, word);
	uint32_t bit = 1U << irq % 32;
	uint32_t old;

	old = level ? bits_set(&w->line, bit) : bits_clear(&w->line, bit);
	if (!!(old & bit) == level)
		return;
	if ((bits_peek(&w->edge) | bits_peek(&w->linked)) & bit) {
		if (!level)
			return;
		vgic_latch(w, bit);
	} else if (!level) {
		/* it may wait in a list register for nothing now */
		if (bits_get(&w->inlr) & bit)
			vgic_tell_owners(self, vg, home, word, bit);
		return;
	}
	if (vgic_ready(vg, w) & bit)
		vgic_tell_ready(self, vg, home, word, bit);
}

void vgic_latch_set(struct vgic_cpu *self, struct vgic *vg,
		    struct vgic_cpu *home, unsigned int word, uint32_t bits)
{
	struct vgic_word *w = word_of(vg, home, word);

	vgic_latch(w, bits);
	bits &= vgic_ready(vg, w);
	if (bits)
		vgic_tell_ready(self, vg, home, word, bits);
}

void vgic_phys_end(struct vgic *vg, struct vgic_word *w, unsigned int irq)
{
	uint32_t bit = 1U << irq % 32;

	if (bits_clear(&w->phys, bit) & bit)
		vgic_hw_deactivate(irq < VGIC_PRIVATE ? irq : vg->phys[irq]);
}

/*
 * A linked interrupt whose virtual state is gone lets the physical one go; if
 * its line is still up it comes again at once.
 */
static void phys_check(struct vgic *vg, struct vgic_word *w, unsigned int word,
		       uint32_t bits)
{
	bits &= bits_get(&w->phys) & ~bits_get(&w->active) &
		~bits_get(&w->latch) & ~bits_get(&w->inlr);
	for (; bits; bits &= bits - 1)
		vgic_phys_end(vg, w, word * 32 + __builtin_ctz(bits));
}

/* What is pending or active has changed: who is concerned? */
static void settle(struct vgic_cpu *self, struct vgic *vg,
		   struct vgic_cpu *home, unsigned int word, uint32_t bits)
{
	struct vgic_word *w = word_of(vg, home, word);

	phys_check(vg, w, word, bits);
	bits &= vgic_ready(vg, w);
	if (bits)
		vgic_tell_ready(self, vg, home, word, bits);
}

/* State in the words alone; @vc would own what becomes active. */
static void change_now(struct vgic_cpu *self, struct vgic *vg,
		       struct vgic_cpu *home, unsigned int word, uint32_t bits,
		       enum vgic_change change)
{
	struct vgic_word *w = word_of(vg, home, word);
	uint32_t b;

	switch (change) {
	case VGIC_CLEAR_PEND:
		bits_clear(&w->latch, bits);
		break;
	case VGIC_CLEAR_ACT:
		bits_clear(&w->active, bits);
		break;
	case VGIC_SET_ACT:
		for (b = bits & ~bits_get(&w->active); word && b; b &= b - 1) {
			unsigned int irq = word * 32 + __builtin_ctz(b);
			uint8_t target = target_of(vg, irq);

			if (target >= vg->vcpu_count)
				target = 0;
			__atomic_store_n(&vg->owner[irq], target,
					 __ATOMIC_SEQ_CST);
		}
		bits_set(&w->active, bits);
		/* an active one wants a list register, to be ended quickly */
		vgic_tell_owners(self, vg, home, word, bits);
		return;
	}
	settle(self, vg, home, word, bits);
}

/*
 * A latch that is set when the request has been taken is a new one: both go
 * in one exchange, or that would be cleared too (see vgic_latch()).
 *
 * Return: bits that were asked for.
 */
static uint32_t clear_pend_apply(struct vgic_word *w, uint32_t bits)
{
	union vgic_pend old, new;
	uint32_t take;

	old.both = __atomic_load_n(&w->pend.both, __ATOMIC_SEQ_CST);
	do {
		take = bits & old.clear_pend & ~bits_get(&w->inlr);
		new.latch = old.latch & ~take;
		new.clear_pend = old.clear_pend & ~take;
	} while (take && !__atomic_compare_exchange_n(
				 &w->pend.both, &old.both, new.both, true,
				 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	return take;
}

static uint32_t *request_of(struct vgic_word *w, enum vgic_change change)
{
	switch (change) {
	case VGIC_CLEAR_PEND:
		return &w->clear_pend;
	case VGIC_SET_ACT:
		return &w->set_act;
	default:
		return &w->clear_act;
	}
}

/* What was asked of interrupts that are in no list register any more. */
static void request_apply(struct vgic_cpu *self, struct vgic *vg,
			  struct vgic_cpu *home, unsigned int word,
			  uint32_t bits, enum vgic_change change)
{
	struct vgic_word *w = word_of(vg, home, word);
	uint32_t take;

	if (change == VGIC_CLEAR_PEND) {
		take = clear_pend_apply(w, bits);
		if (take)
			settle(self, vg, home, word, take);
		return;
	}
	take = bits & bits_get(request_of(w, change)) & ~bits_get(&w->inlr);
	take &= bits_clear(request_of(w, change), take);
	if (take)
		change_now(self, vg, home, word, take, change);
}

void vgic_requests(struct vgic_cpu *vc, unsigned int word, uint32_t bits)
{
	struct vgic_word *w = vgic_word(vc, word);
	enum vgic_change change;

	if (likely(!((bits_get(&w->clear_pend) | bits_get(&w->set_act) |
		      bits_get(&w->clear_act)) &
		     bits)))
		return;
	for (change = VGIC_CLEAR_PEND; change <= VGIC_CLEAR_ACT; change++)
		request_apply(vc, vc->vgic, vc, word, bits, change);
}

static void request(struct vgic_cpu *self, struct vgic *vg,
		    struct vgic_cpu *home, unsigned int word, uint32_t bits,
		    enum vgic_change change)
{
	struct vgic_word *w = word_of(vg, home, word);

	bits_set(request_of(w, change), bits);
	vgic_tell_owners(self, vg, home, word, bits);
	if (!word)
		return;
	/* left its list register meanwhile: the owner may not look again */
	request_apply(self, vg, home, word, bits, change);
}

/* Own list registers into the words, if any holds one of @bits. */
static void pull_own(struct vgic_cpu *self, struct vgic_word *w, uint32_t bits)
{
	if (!self || !(bits_get(&w->inlr) & bits))
		return;
	vgic_lr_fold(self);
	bits_set(&self->work, VGIC_WORK_FOLD);
}

void vgic_change(struct vgic_cpu *self, struct vgic *vg, struct vgic_cpu *home,
		 unsigned int word, uint32_t bits, enum vgic_change change)
{
	struct vgic_word *w;
	uint32_t others;

	if (!bits)
		return; /* @home may be NULL for word 0, too */
	w = word_of(vg, home, word);
	/* what was asked before is overtaken, whoever does this one */
	if (change == VGIC_SET_ACT && (bits_get(&w->clear_act) & bits))
		bits_clear(&w->clear_act, bits);
	if (change == VGIC_CLEAR_ACT && (bits_get(&w->set_act) & bits))
		bits_clear(&w->set_act, bits);
	if (word || home == self)
		pull_own(self, w, bits);
	others = bits & bits_get(&w->inlr);
	if (!word && home != self)
		others = bits;
	if (others)
		request(self, vg, home, word, others, change);
	if (bits & ~others)
		change_now(self, vg, home, word, bits & ~others, change);
}

/* Bits of a word in others' list registers; they are asked to take them out. */
static uint32_t view_others(struct vgic_cpu *self, struct vgic *vg,
			    struct vgic_cpu *home, unsigned int word)
{
	uint32_t bits = bits_get(&word_of(vg, home, word)->inlr), b;
	uint32_t others = 0;

	for (b = bits; b; b &= b - 1) {
		if (owner_of(vg, home, word * 32 + __builtin_ctz(b)) != self)
			others |= b & -b;
	}
	vgic_tell_owners(self, vg, home, word, others);
	return others;
}

uint32_t vgic_view_pend(struct vgic_cpu *self, struct vgic *vg,
			struct vgic_cpu *home, unsigned int word)
{
	struct vgic_word *w = word_of(vg, home, word);
	uint32_t others = view_others(self, vg, home, word);
	uint32_t pend = 0, act = 0;

	if (self && (word || home == self))
		vgic_lr_view(self, word, &pend, &act);
	pend |= others & (~bits_get(&w->lr_act) | bits_get(&w->lr_pend));
	pend |= bits_get(&w->latch);
	return (pend & ~bits_get(&w->clear_pend)) | vgic_level(w);
}

uint32_t vgic_view_act(struct vgic_cpu *self, struct vgic *vg,
		       struct vgic_cpu *home, unsigned int word)
{
	struct vgic_word *w = word_of(vg, home, word);
	uint32_t others = view_others(self, vg, home, word);
	uint32_t pend = 0, act = 0;

	if (self && (word || home == self))
		vgic_lr_view(self, word, &pend, &act);
	act |= others & bits_get(&w->lr_act);
	act |= bits_get(&w->active) | bits_get(&w->set_act);
	return act & ~bits_get(&w->clear_act);
}

void vgic_route_set(struct vgic_cpu *self, struct vgic *vg, unsigned int irq,
		    uint64_t router)
{
	struct vgic_word *w = &vg->spi[irq / 32];
	uint32_t bit = 1U << irq % 32;
	uint8_t target = VGIC_TARGET_NONE;
	unsigned int i;

	/* Interrupt_Routing_Mode and the affinity fields, 12.9.22 */
	router &= BIT(31) | 0xff00ffffffULL;
	for (i = 0; i < vg->vcpu_count; i++) {
		if (vg->cpus[i] && vg->cpus[i]->hwid == (router & ~BIT(31)))
			target = i;
	}
	if (router & BIT(31))
		target = VGIC_TARGET_ANY;
	__atomic_store_n(&vg->router[irq], router, __ATOMIC_RELAXED);
	if (__atomic_exchange_n(&vg->target[irq], target, __ATOMIC_SEQ_CST) ==
	    target)
		return;
	vgic_link_target(vg, irq);
	if (bits_get(&w->inlr) & bit)
		vgic_tell_owners(self, vg, NULL, irq / 32, bit);
	else if (vgic_ready(vg, w) & bit)
		vgic_tell_ready(self, vg, NULL, irq / 32, bit);
}

static void sgi_to(struct vgic_cpu *self, struct vgic_cpu *vc, unsigned int irq,
		   unsigned int group)
{
	/* group 1 accesses reach both groups, group 0 ones group 0 alone */
	if (!group && (bits_peek(&vc->priv.group1) & 1U << irq))
		return;
	if (vc == self)
		vgic_lr_latch_own(self, irq);
	else
		vgic_latch_set(self, self->vgic, vc, 0, 1U << irq);
}

/* The vCPU whose number in the VM is its last affinity level, or none. */
static struct vgic_cpu *cpu_at(const struct vgic *vg, uint64_t hwid)
{
	unsigned int i = hwid & 0xff;
	struct vgic_cpu *vc = i < vg->vcpu_count ? vg->cpus[i] : NULL;

	return vc && vc->hwid == hwid ? vc : NULL;
}

/* ICC_SGI1R_EL1: 12.2.25 */
void vgic_sgi_send(struct vgic_cpu *self, uint64_t value, unsigned int group)
{
	struct vgic *vg = self->vgic;
	unsigned int irq = (value >> 24) & 0xf;
	/* Aff3 and Aff2 as in MPIDR_EL1, Aff1 from its own place */
	uint64_t upper = ((value >> 48) & 0xff) << 32 |
			 ((value >> 32) & 0xff) << 16 |
			 ((value >> 16) & 0xff) << 8;
	unsigned int first = ((value >> 44) & 0xf) * 16;
	uint16_t list = value;
	bool all = value & BIT(40);
	struct vgic_cpu *vc = NULL;

	/* most go to one, and most VMs number their vCPUs plainly */
	if (likely(!all && list && !(list & (list - 1))))
		vc = cpu_at(vg, upper | (first + __builtin_ctz(list)));
	if (likely(vc)) {
		sgi_to(self, vc, irq, group);
		return;
	}
	for (unsigned int i = 0; i < vg->vcpu_count; i++) {
		uint64_t aff0;

		vc = vg->cpus[i];
		if (!vc)
			continue;
		aff0 = (vc->hwid ^ upper) - first;
		if (all ? vc != self : aff0 < 16 && (list >> aff0 & 1))
			sgi_to(self, vc, irq, group);
	}
}
