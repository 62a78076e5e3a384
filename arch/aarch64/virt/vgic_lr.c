/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List registers of a loaded vCPU: what goes in, what comes out.
 *
 * Everything here runs on the CPU that has the vCPU loaded, interrupts
 * masked. A list register is left alone after the guest is done with it until
 * its place is needed (reap), so entering and leaving the guest reads none.
 * The slow path is one for everything unusual: fold all of them into the
 * words, then choose again by priority (refill).
 *
 * Over 600 lines: fast and slow path work on the same words and registers, and
 * each relies on what the other leaves there.
 *
 * IHI 0069: 6 (virtual interrupts), 12.4 (ICH_* registers).
 */
#include "vgic_priv.h"

struct vgic_caps vgic_caps;

void vgic_caps_set(uint64_t vtr)
{
	unsigned int pribits = ICH_VTR_PRIBITS(vtr);

	vgic_caps.lr_count = MIN(ICH_VTR_LISTREGS(vtr), (uint64_t)VGIC_LR_MAX);
	vgic_caps.lr_all = (1U << vgic_caps.lr_count) - 1;
	vgic_caps.prebits = MIN(ICH_VTR_PREBITS(vtr), (uint64_t)7);
	vgic_caps.ap_count = 1U << (MAX(vgic_caps.prebits, 5) - 5);
	vgic_caps.prio_mask = (uint8_t)(0xff00U >> pribits);
	vgic_caps.tdir = vtr & ICH_VTR_TDS;
}

static unsigned int phys_intid(const struct vgic_cpu *vc, unsigned int irq)
{
	return irq < VGIC_PRIVATE ? irq : vc->vgic->phys[irq];
}

static bool is_mine(const struct vgic_cpu *vc, unsigned int irq)
{
	return irq < VGIC_PRIVATE ||
	       __atomic_load_n(&vc->vgic->owner[irq], __ATOMIC_RELAXED) ==
		       vc->id;
}

static bool is_for_me(const struct vgic_cpu *vc, unsigned int irq)
{
	uint8_t target;

	if (irq < VGIC_PRIVATE)
		return true;
	target = __atomic_load_n(&vc->vgic->target[irq], __ATOMIC_RELAXED);
	return target == vc->id || target == VGIC_TARGET_ANY;
}

/*
 * An interrupt left its list register with @value: state that is still there
 * goes back into the word.
 *
 * Return: this vCPU may be given it again.
 */
static bool lr_retire(struct vgic_cpu *vc, unsigned int n, uint64_t value)
{
	unsigned int irq = vc->lr_irq[n], word = irq / 32;
	struct vgic_word *w = vgic_word(vc, word);
	uint32_t bit = 1U << irq % 32, reg = 1U << n;

	if ((value & LR_PENDING) && (vc->lr_latch & reg))
		bits_set(&w->latch, bit);
	if (value & LR_ACTIVE)
		bits_set(&w->active, bit);
	/* a latch is a physical interrupt that came after this one */
	if (!(value & LR_STATE) &&
	    (bits_peek(&w->phys) & ~bits_get(&w->latch) & bit)) {
		/* with the HW bit, the guest's end of it was the physical's */
		if (vc->lr_hw & reg)
			bits_clear(&w->phys, bit);
		else
			vgic_phys_end(vc->vgic, w, irq);
	}
	vc->lr_used &= ~reg;
	vc->lr_latch &= ~reg;
	vc->lr_hw &= ~reg;
	if (!n)
		vc->lr0_timer = false;
	bits_clear(&w->inlr, bit);
	vgic_requests(vc, word, bit);
	if (!(vgic_ready(vc->vgic, w) & bit))
		return false;
	/* still, or again, pending: perhaps for another vCPU by now */
	if (is_for_me(vc, irq))
		return true;
	if (!(bits_peek(&w->active) & bit))
		vgic_tell_ready(vc, vc->vgic, NULL, word, bit);
	return false;
}

void vgic_lr_reap(struct vgic_cpu *vc)
{
	uint32_t done;

	vgic_hw_sync();
	done = vgic_hw_done() & vc->lr_used;
	while (done) {
		unsigned int n = __builtin_ctz(done);

		done &= done - 1;
		/* takes back the request for a maintenance interrupt too */
		vgic_hw_lr_set(n, 0);
		if (lr_retire(vc, n, 0)) {
			bits_set(&vc->words, 1U << vc->lr_irq[n] / 32);
			bits_set(&vc->work, (uint64_t)1 << vc->lr_irq[n] / 32);
		}
	}
}

/* Highest-priority interrupt that is active without a list register. */
static int best_active(struct vgic_cpu *vc)
{
	uint32_t words = bits_get(&vc->words);
	int best = -1;

	for (; words; words &= words - 1) {
		unsigned int word = __builtin_ctz(words);
		struct vgic_word *w = vgic_word(vc, word);
		uint32_t bits = bits_get(&w->active) & ~bits_get(&w->inlr);

		for (; bits; bits &= bits - 1) {
			unsigned int irq = word * 32 + __builtin_ctz(bits);

			if (is_mine(vc, irq) &&
			    (best < 0 ||
			     vgic_prio(vc, irq) < vgic_prio(vc, best)))
				best = irq;
		}
	}
	return best;
}

/*
 * Ends that found no list register (EOIcount). With EOImode 0 they come in
 * the order of running priority, so each means the highest active one; a guest
 * that has more active ones than list registers and changes them by ISACTIVER
 * or ICACTIVER may see another of its own ended.
 */
static void lr_count_ends(struct vgic_cpu *vc)
{
	unsigned int count;

	if (!(vc->hcr & ICH_HCR_LRENPIE))
		return;
	count = (vgic_hw_hcr() >> ICH_HCR_EOICOUNT_SHIFT) & 0x1f;
	if (!count)
		return;
	vgic_hw_hcr_set(vc->hcr);
	while (count--) {
		int irq = best_active(vc);

		if (irq < 0)
			break;
		vgic_change(vc, vc->vgic, irq < VGIC_PRIVATE ? vc : NULL,
			    irq / 32, 1U << irq % 32, VGIC_CLEAR_ACT);
	}
}

void vgic_lr_fold(struct vgic_cpu *vc)
{
	lr_count_ends(vc);
	vgic_hw_sync();
	while (vc->lr_used) {
		unsigned int n = __builtin_ctz(vc->lr_used);
		uint64_t value = vgic_hw_lr(n);

		vgic_hw_lr_set(n, 0);
		bits_set(&vc->words, 1U << vc->lr_irq[n] / 32);
		lr_retire(vc, n, value);
	}
}

/* Others may read what a list register of ours holds; see vgic_view_act(). */
static void lr_publish(struct vgic_word *w, uint32_t bit, uint64_t value)
{
	bool act = value & LR_ACTIVE, both = act && (value & LR_PENDING);

	if (!!(bits_peek(&w->lr_act) & bit) != act)
		act ? bits_set(&w->lr_act, bit) : bits_clear(&w->lr_act, bit);
	if (!!(bits_peek(&w->lr_pend) & bit) != both)
		both ? bits_set(&w->lr_pend, bit)
		     : bits_clear(&w->lr_pend, bit);
}

static bool lr_claim(struct vgic_cpu *vc, struct vgic_word *w, unsigned int irq,
		     uint32_t bit)
{
	if (bits_set(&w->inlr, bit) & bit)
		return false;
	if (irq < VGIC_PRIVATE)
		return true;
	if ((bits_get(&w->active) & bit) && !is_mine(vc, irq)) {
		bits_clear(&w->inlr, bit);
		return false;
	}
	__atomic_store_n(&vc->vgic->owner[irq], vc->id, __ATOMIC_SEQ_CST);
	return true;
}

/*
 * The virtual timer fired while its interrupt was disabled, and the guest has
 * set it anew since then.
 */
static bool timer_gone(const struct vgic_word *w, uint32_t bit)
{
	return (bits_peek(&w->linked) & bits_peek(&w->phys) & bit) &&
	       !vgic_hw_vtimer_line();
}

/*
 * What a list register for @irq says; LR_STATE is 0 when there is no reason
 * for one. HW-linked ones must not be pending and active (12.4.8): such a one
 * goes in unlinked, and retiring it ends the physical interrupt.
 */
static uint64_t lr_value(struct vgic_cpu *vc, struct vgic_word *w,
			 unsigned int irq, uint32_t bit, bool *latched)
{
	uint32_t ready = vgic_ready(vc->vgic, w) & bit;
	uint32_t level = vgic_level(w) & bit;
	uint64_t value = irq | (uint64_t)vgic_prio(vc, irq) << LR_PRIO_SHIFT;

	*latched = false;
	if (bits_get(&w->active) & bit) {
		bits_clear(&w->active, bit);
		value |= LR_ACTIVE;
	}
	/* what was routed away waits for the end of the active one */
	if (ready && (value & LR_ACTIVE) && !is_for_me(vc, irq))
		value |= LR_EOI;
	else
		*latched = ready && (bits_clear(&w->latch, bit) & bit);
	if (*latched && irq < VGIC_PRIVATE && timer_gone(w, bit)) {
		*latched = false;
		vgic_phys_end(vc->vgic, w, irq);
	}
	if (*latched || (ready && level && !(value & LR_ACTIVE)))
		value |= LR_PENDING;
	if (bits_peek(&w->group1) & bit)
		value |= LR_GROUP1;
	if ((bits_peek(&w->linked) & bit) && !(value & LR_EOI) &&
	    (value & LR_STATE) != LR_STATE)
		value |= LR_HW | (uint64_t)phys_intid(vc, irq)
					 << LR_PINTID_SHIFT;
	else if (level || (bits_peek(&w->linked) & bit) || vc->vgic->pt)
		value |= LR_EOI;
	return value;
}

static void lr_fill(struct vgic_cpu *vc, unsigned int n, unsigned int irq,
		    uint64_t value, bool latched)
{
	uint32_t reg = 1U << n;

	vgic_hw_lr_set(n, value);
	vc->lr_irq[n] = irq;
	vc->lr_used |= reg;
	vc->lr_latch = (vc->lr_latch & ~reg) | (latched ? reg : 0);
	vc->lr_hw = (vc->lr_hw & ~reg) | (value & LR_HW ? reg : 0);
	if ((value & LR_PENDING) && irq >= VGIC_SGIS &&
	    (irq >= VGIC_PRIVATE || !(value & LR_HW)))
		vc->filled++;
	if (irq < VGIC_PRIVATE) {
		vc->lr_of[irq] = n;
		if (!n)
			vc->lr0_timer = value & LR_HW;
	}
}

/* Put @irq into the free list register @n if it has a reason to be there. */
static bool lr_place(struct vgic_cpu *vc, unsigned int n, unsigned int irq)
{
	struct vgic_word *w = vgic_word(vc, irq / 32);
	uint32_t bit = 1U << irq % 32;
	uint64_t value;
	bool latched;

	if (!lr_claim(vc, w, irq, bit))
		return false;
	value = lr_value(vc, w, irq, bit, &latched);
	if (!(value & LR_STATE)) {
		bits_clear(&w->inlr, bit);
		vgic_requests(vc, irq / 32, bit);
		return false;
	}
	lr_publish(w, bit, value);
	lr_fill(vc, n, irq, value, latched);
	return true;
}

/* The last free one first: register 0 is the virtual timer's if it can be. */
static int lr_free(struct vgic_cpu *vc)
{
	uint32_t free = vgic_caps.lr_all & ~vc->lr_used;

	if (!free) {
		vgic_lr_reap(vc);
		free = vgic_caps.lr_all & ~vc->lr_used;
	}
	return free ? 31 - __builtin_clz(free) : -1;
}

/* Candidates for list registers, best first. */
struct picks {
	uint32_t key[VGIC_LR_MAX];
	unsigned int count;
	bool left_pend;
	bool left_disabled;
	bool left_act;
};

#define KEY_ACTIVE (1U << 20)   /* after all pending ones ... */
#define KEY_DISABLED (2U << 20) /* ... and after them, disabled groups */
#define KEY_IRQ(key) ((key)&0x3ff)

static void pick_leave(struct picks *p, uint32_t key)
{
	if (key & KEY_DISABLED)
		p->left_disabled = true;
	else if (key & KEY_ACTIVE)
		p->left_act = true;
	else
		p->left_pend = true;
}

static void pick(struct picks *p, uint32_t key)
{
	unsigned int i;

	if (p->count == vgic_caps.lr_count) {
		if (key > p->key[p->count - 1]) {
			pick_leave(p, key);
			return;
		}
		pick_leave(p, p->key[--p->count]);
	}
	for (i = p->count++; i && p->key[i - 1] > key; i--)
		p->key[i] = p->key[i - 1];
	p->key[i] = key;
}

static void pick_word(struct vgic_cpu *vc, struct picks *p, unsigned int word,
		      uint64_t vmcr)
{
	struct vgic_word *w = vgic_word(vc, word);
	uint32_t ready = vgic_ready(vc->vgic, w), active = bits_get(&w->active);
	uint32_t group1 = bits_peek(&w->group1);
	uint32_t bits = (ready | active) & ~bits_get(&w->inlr);

	for (; bits; bits &= bits - 1) {
		uint32_t bit = bits & -bits;
		unsigned int irq = word * 32 + __builtin_ctz(bits);
		uint32_t key = irq | (uint32_t)vgic_prio(vc, irq) << 12;

		if (active & bit) {
			if (is_mine(vc, irq))
				pick(p, key | KEY_ACTIVE);
		} else if (is_for_me(vc, irq)) {
			if (!(vmcr &
			      (group1 & bit ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0)))
				key |= KEY_DISABLED;
			pick(p, key);
		}
	}
}

/* A word without anything in it need not be looked at until told again. */
static void word_forget(struct vgic_cpu *vc, unsigned int word)
{
	struct vgic_word *w = vgic_word(vc, word);

	bits_clear(&vc->words, 1U << word);
	/* pairs with vgic_tell(): state first, then the word's bit */
	if (bits_get(&w->latch) | bits_get(&w->line) | bits_get(&w->active) |
	    bits_get(&w->inlr))
		bits_set(&vc->words, 1U << word);
}

/*
 * Maintenance interrupts for those that are left outside: when the guest has
 * taken all pending ones (not when registers run empty: they may stay full of
 * active ones), when it turns a group on or off, when it ends one of them. Of
 * a disabled group nothing is taken: that would ask for ever.
 *
 * EOIcount counts ends by ICC_DIR_EL1 too, in any order (12.4.4): these must
 * trap, which CPUs without ICH_VTR_EL2.TDS do only together with the other
 * registers of both groups (vgic_icc.c).
 */
static uint64_t crowd_hcr(const struct picks *p, uint64_t vmcr)
{
	uint64_t hcr = ICH_HCR_EN;

	if (p->left_pend)
		hcr |= ICH_HCR_NPIE;
	if (p->left_pend || p->left_disabled) {
		hcr |= vmcr & ICH_VMCR_VENG0 ? ICH_HCR_VGRP0DIE
					     : ICH_HCR_VGRP0EIE;
		hcr |= vmcr & ICH_VMCR_VENG1 ? ICH_HCR_VGRP1DIE
					     : ICH_HCR_VGRP1EIE;
	}
	if (p->left_act)
		hcr |= ICH_HCR_LRENPIE |
		       (vgic_caps.tdir ? ICH_HCR_TDIR : ICH_HCR_TC);
	return hcr;
}

void vgic_lr_refill(struct vgic_cpu *vc)
{
	struct picks p = {.count = 0};
	uint64_t vmcr = vgic_hw_vmcr(), hcr;
	uint32_t words;
	unsigned int i;

	/* before the look: what comes after it sets this again */
	__atomic_store_n(&vc->work, 0, __ATOMIC_SEQ_CST);
	vgic_lr_fold(vc);
	words = bits_get(&vc->words);
	for (; words; words &= words - 1) {
		unsigned int word = __builtin_ctz(words);

		vgic_requests(vc, word, ~(uint32_t)0);
		pick_word(vc, &p, word, vmcr);
		word_forget(vc, word);
	}
	for (i = 0; i < p.count; i++)
		lr_place(vc, vgic_caps.lr_count - 1 - i, KEY_IRQ(p.key[i]));
	vc->crowded = p.left_pend || p.left_disabled || p.left_act;
	hcr = crowd_hcr(&p, vmcr);
	if (hcr != vc->hcr) {
		vc->hcr = hcr;
		vgic_hw_hcr_set(hcr);
	}
}

/* Try to place what is ready in a word. Return: false to refill instead. */
static bool sync_word(struct vgic_cpu *vc, unsigned int word)
{
	struct vgic_word *w = vgic_word(vc, word);
	uint32_t ready = vgic_ready(vc->vgic, w);
	uint32_t taken = bits_get(&w->inlr) | bits_get(&w->active);

	for (; ready; ready &= ready - 1) {
		uint32_t bit = ready & -ready;
		unsigned int irq = word * 32 + __builtin_ctz(ready);
		int n;

		if (taken & bit) {
			if (is_mine(vc, irq))
				return false;
			continue;
		}
		if (!is_for_me(vc, irq))
			continue;
		n = lr_free(vc);
		if (n < 0)
			return false;
		lr_place(vc, n, irq);
	}
	return true;
}

/*
 * Most that others send is one more of an SGI whose list register the guest
 * has emptied: then that is filled again, and all else stays as it is.
 *
 * Return: false when it is anything else; nothing was changed.
 */
static bool lr_again(struct vgic_cpu *vc)
{
	struct vgic_word *w = &vc->priv;
	uint32_t bit = vgic_ready(vc->vgic, w);
	unsigned int irq, n;
	uint64_t value;

	/* one, an SGI, by a latch, in a list register, with no request */
	if (!bit || (bit & (bit - 1)) || bit >= 1U << 16 ||
	    !(bits_get(&w->inlr) & bit) ||
	    ((bits_get(&w->active) | bits_get(&w->clear_pend) |
	      bits_get(&w->set_act) | bits_get(&w->clear_act)) &
	     bit))
		return false;
	irq = __builtin_ctz(bit);
	n = vc->lr_of[irq];
	vgic_hw_sync();
	if (!(vgic_hw_done() & 1U << n))
		return false;
	bits_clear(&w->latch, bit);
	value = irq | (uint64_t)vc->prio[irq] << LR_PRIO_SHIFT | LR_PENDING;
	if (bits_peek(&w->group1) & bit)
		value |= LR_GROUP1;
	lr_publish(w, bit, value);
	vgic_hw_lr_set(n, value);
	vc->lr_latch |= 1U << n;
	return true;
}

void vgic_lr_sync(struct vgic_cpu *vc)
{
	uint64_t work = __atomic_exchange_n(&vc->work, 0, __ATOMIC_SEQ_CST);

	if (vc->crowded || (work & VGIC_WORK_FOLD)) {
		vgic_lr_refill(vc);
		return;
	}
	if (work == 1 && lr_again(vc))
		return;
	if (vc->lr_used) {
		vgic_lr_reap(vc);
		work |= __atomic_exchange_n(&vc->work, 0, __ATOMIC_SEQ_CST);
		if (work & VGIC_WORK_FOLD) {
			vgic_lr_refill(vc);
			return;
		}
	}
	for (; (uint32_t)work; work &= work - 1) {
		if (!sync_word(vc, __builtin_ctzll(work))) {
			vgic_lr_refill(vc);
			return;
		}
	}
}

/*
 * The list register that the interrupt is in already, done with or pending,
 * says so once more; nothing else about it is under way.
 */
static bool lr_pend_again(struct vgic_cpu *vc, struct vgic_word *w,
			  unsigned int irq)
{
	uint32_t bit = 1U << irq;
	unsigned int n = vc->lr_of[irq];
	uint64_t value;

	if (vc->crowded || !(bits_peek(&w->inlr) & bit) ||
	    (vc->lr_hw & 1U << n) ||
	    ((bits_get(&w->latch) | bits_get(&w->clear_pend)) & bit) ||
	    !(bits_peek(&w->enabled) & vgic_groups(vc->vgic, w) & bit))
		return false;
	vgic_hw_sync();
	value = vgic_hw_lr(n);
	if (value & (LR_ACTIVE | LR_EOI))
		return false;
	vc->lr_latch |= 1U << n;
	if (!(value & LR_PENDING))
		vgic_hw_lr_set(n, value | LR_PENDING);
	return true;
}

void vgic_lr_latch_own(struct vgic_cpu *vc, unsigned int irq)
{
	struct vgic_word *w = &vc->priv;
	uint32_t bit = 1U << irq;
	int n;

	if (likely(lr_pend_again(vc, w, irq)))
		return;
	vgic_latch(w, bit);
	if (!vc->crowded && (vgic_ready(vc->vgic, w) & bit) &&
	    !((bits_peek(&w->inlr) | bits_peek(&w->active)) & bit)) {
		n = lr_free(vc);
		if (n >= 0 && lr_place(vc, n, irq))
			return;
	}
	bits_set(&vc->words, 1);
	bits_set(&vc->work, (uint64_t)1);
}

void vgic_lr_timer(struct vgic_cpu *vc, unsigned int irq)
{
	struct vgic_word *w = &vc->priv;
	uint32_t bit = 1U << irq;
	uint64_t value;

	/*
	 * The physical interrupt came again, so the guest has ended the one
	 * before: list register 0 is empty if it was that one's.
	 */
	if (likely(vc->lr0_timer && vc->lr_irq[0] == irq) &&
	    (bits_peek(&w->enabled) & vgic_groups(vc->vgic, w) & bit)) {
		value = LR_PENDING | LR_HW | irq |
			(uint64_t)irq << LR_PINTID_SHIFT |
			(uint64_t)vc->prio[irq] << LR_PRIO_SHIFT;
		if (bits_peek(&w->group1) & bit)
			value |= LR_GROUP1;
		vgic_hw_lr0_set(value);
		return;
	}
	if (!(bits_peek(&w->linked) & bit))
		bits_set(&w->linked, bit);
	bits_set(&w->phys, bit);
	if (!(vc->lr_used & 1) && !vc->crowded) {
		vgic_latch(w, bit);
		bits_set(&vc->words, 1);
		if (!((bits_get(&w->inlr) | bits_get(&w->active)) & bit) &&
		    (vgic_ready(vc->vgic, w) & bit) && lr_place(vc, 0, irq))
			return;
	}
	vgic_lr_latch_own(vc, irq);
}

void vgic_lr_view(struct vgic_cpu *vc, unsigned int word, uint32_t *pend,
		  uint32_t *act)
{
	uint32_t used = vc->lr_used;

	vgic_hw_sync();
	for (; used; used &= used - 1) {
		unsigned int n = __builtin_ctz(used), irq = vc->lr_irq[n];
		uint64_t value;

		if (irq / 32 != word)
			continue;
		value = vgic_hw_lr(n);
		if ((value & LR_PENDING) && (vc->lr_latch & 1U << n))
			*pend |= 1U << irq % 32;
		if (value & LR_ACTIVE)
			*act |= 1U << irq % 32;
	}
}

/*
 * Group priority of an interrupt against running priority and mask: 4.8.
 * @vmcr: also says which binary point counts
 */
static bool signals(uint64_t vmcr, unsigned int running, unsigned int prio,
		    bool group1)
{
	unsigned int bpr = (vmcr >> ICH_VMCR_VBPR0_SHIFT) & 7;

	if (!(vmcr & (group1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0)))
		return false;
	if (prio >= ((vmcr >> ICH_VMCR_VPMR_SHIFT) & 0xff))
		return false;
	if (group1 && !(vmcr & ICH_VMCR_VCBPR))
		bpr = MAX((vmcr >> ICH_VMCR_VBPR1_SHIFT) & 7, (uint64_t)1) - 1;
	return running > 0xff || (prio & (0xfeU << bpr) & 0xff) < running;
}

static unsigned int running_prio(const uint32_t *ap0r, const uint32_t *ap1r)
{
	unsigned int i;

	for (i = 0; i < vgic_caps.ap_count; i++) {
		uint32_t ap = ap0r[i] | ap1r[i];

		if (ap)
			return (i * 32 + __builtin_ctz(ap))
			       << (8 - vgic_caps.prebits);
	}
	return 0x100;
}

unsigned int vgic_lr_running(void)
{
	uint32_t ap0r[4], ap1r[4];

	vgic_hw_ap_save(ap0r, ap1r, vgic_caps.ap_count);
	return running_prio(ap0r, ap1r);
}

/* Without a CPU: words alone hold its interrupts. */
static bool pending_put(struct vgic_cpu *vc, unsigned int running)
{
	uint32_t words = bits_get(&vc->words);

	for (; words; words &= words - 1) {
		unsigned int word = __builtin_ctz(words);
		struct vgic_word *w = vgic_word(vc, word);
		uint32_t bits = vgic_ready(vc->vgic, w) &
				~bits_get(&w->active) & ~bits_get(&w->inlr) &
				~bits_get(&w->clear_pend);

		for (; bits; bits &= bits - 1) {
			unsigned int irq = word * 32 + __builtin_ctz(bits);

			if (is_for_me(vc, irq) &&
			    signals(vc->vmcr, running, vgic_prio(vc, irq),
				    bits_peek(&w->group1) & bits & -bits))
				return true;
		}
	}
	return false;
}

bool vgic_lr_pending(struct vgic_cpu *vc)
{
	uint32_t ap0r[4], ap1r[4], used;
	uint64_t vmcr;
	int cpu;

	cpu = __atomic_load_n(&vc->cpu, __ATOMIC_ACQUIRE);
	if (cpu < 0)
		return pending_put(vc, running_prio(vc->ap0r, vc->ap1r));
	/*
	 * Its task has moved, its state has not: that cannot be read here. It
	 * slept because nothing in there signals; what has come since is work.
	 * One that wakes for nothing sees its WFI end, which it may.
	 */
	if (cpu != vgic_hw_this_cpu())
		return bits_get(&vc->work);
	if (bits_get(&vc->work))
		vgic_lr_sync(vc);
	vgic_hw_sync();
	vgic_hw_ap_save(ap0r, ap1r, vgic_caps.ap_count);
	vmcr = vgic_hw_vmcr();
	for (used = vc->lr_used; used; used &= used - 1) {
		uint64_t value = vgic_hw_lr(__builtin_ctz(used));

		if ((value & LR_STATE) == LR_PENDING &&
		    signals(vmcr, running_prio(ap0r, ap1r),
			    (value >> LR_PRIO_SHIFT) & 0xff, value & LR_GROUP1))
			return true;
	}
	return false;
}

/*
 * Private physical interrupts (the virtual timer's) are the CPU's, not the
 * vCPU's: while it is away they must not be active. One that the guest has
 * not taken yet comes again by itself when the timer is restored.
 */
static void timers_put(struct vgic_cpu *vc)
{
	struct vgic_word *w = &vc->priv;
	uint32_t bits = bits_peek(&w->phys);

	for (; bits; bits &= bits - 1) {
		uint32_t bit = bits & -bits;

		vgic_hw_deactivate(__builtin_ctz(bits));
		if (bits_peek(&w->active) & bit)
			continue;
		bits_clear(&w->phys, bit);
		bits_clear(&w->latch, bit);
	}
}

static void timers_load(struct vgic_cpu *vc)
{
	uint32_t bits = bits_peek(&vc->priv.phys);

	for (; bits; bits &= bits - 1)
		vgic_hw_activate(__builtin_ctz(bits));
}

void vgic_lr_load(struct vgic_cpu *vc)
{
	vc->cpu = vgic_hw_this_cpu();
	vc->hcr = ICH_HCR_EN;
	vc->crowded = false;
	vgic_hw_vmcr_set(vc->vmcr);
	vgic_hw_ap_restore(vc->ap0r, vc->ap1r, vgic_caps.ap_count);
	vgic_hw_hcr_set(vc->hcr);
	timers_load(vc);
	bits_set(&vc->work, VGIC_WORK_FOLD);
}

void vgic_lr_put(struct vgic_cpu *vc)
{
	vgic_lr_fold(vc);
	timers_put(vc);
	vc->vmcr = vgic_hw_vmcr();
	vgic_hw_ap_save(vc->ap0r, vc->ap1r, vgic_caps.ap_count);
	vgic_hw_hcr_set(0);
	/* pairs with the load in vgic_lr_pending() */
	__atomic_store_n(&vc->cpu, -1, __ATOMIC_RELEASE);
}
