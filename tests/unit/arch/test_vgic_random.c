/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GICv3 against a plain reference, by random steps. */
#include "vgic_machine.h"

/*
 * Differential: the same operations on a GIC of the simplest kind
 */
#define IRQS 96      /* 32 private, 64 shared */
#define GHOST 0x1000 /* taken, then made inactive by ICACTIVER */

struct ref_irq {
	bool enabled, group1, edge, line, latch;
	bool forced; /* active by ISACTIVER alone */
	int active;  /* 1 + vCPU */
	uint8_t prio;
	uint8_t target;
};

struct ref_cpu {
	struct ref_irq priv[32];
	unsigned int stack[64]; /* acknowledged, not dropped */
	unsigned int depth;
	unsigned int dropped[IRQS]; /* EOImode 1: not deactivated */
	unsigned int dropped_count;
};

static struct ref_irq ref_spi[IRQS];
static struct ref_cpu ref_cpus[MODEL_CPUS];

static struct ref_irq *ref(unsigned int n, unsigned int irq)
{
	return irq < 32 ? &ref_cpus[n].priv[irq] : &ref_spi[irq];
}

static bool ref_pending(const struct ref_irq *i)
{
	return i->latch || (!i->edge && i->line);
}

/* Best priority that this vCPU must see signalled, 0x100: none. */
static unsigned int ref_best(unsigned int n)
{
	unsigned int best = 0x100;

	for (unsigned int irq = 0; irq < IRQS; irq++) {
		const struct ref_irq *i = ref(n, irq);

		if (i->enabled && ref_pending(i) && !i->active &&
		    (irq < 32 || i->target == n) &&
		    (vg.ctlr & (i->group1 ? 2 : 1)) &&
		    (model()->vmcr & (i->group1 ? 2 : 1)) && i->prio < best)
			best = i->prio;
	}
	if (best >= 0xf8 || best >= model_running())
		return 0x100;
	return best;
}

static void step_take(unsigned int n)
{
	struct ref_cpu *rc = &ref_cpus[n];
	unsigned int best, irq;

	enter(n);
	best = ref_best(n);
	irq = model_ack();
	if (best == 0x100) {
		if (irq != 1023)
			fail_msg("vCPU %u took %u for nothing", n, irq);
		return;
	}
	if (irq == 1023)
		fail_msg("vCPU %u lost an interrupt of priority %x", n, best);
	if (ref(n, irq)->prio != best || !ref_pending(ref(n, irq)) ||
	    ref(n, irq)->active || !ref(n, irq)->enabled)
		fail_msg("vCPU %u took %u (prio %x enabled %d pending %d "
			 "active %d), best was %x",
			 n, irq, ref(n, irq)->prio, ref(n, irq)->enabled,
			 ref_pending(ref(n, irq)), ref(n, irq)->active, best);
	ref(n, irq)->active = 1 + n;
	ref(n, irq)->latch = false;
	rc->stack[rc->depth++] = irq;
}

static void step_end(unsigned int n)
{
	struct ref_cpu *rc = &ref_cpus[n];
	unsigned int irq;

	enter(n);
	if (rc->depth && (rand() & 3)) {
		irq = rc->stack[--rc->depth];
		model_eoi(irq & ~GHOST);
		if (irq & GHOST)
			;
		else if (model()->vmcr & ICH_VMCR_VEOIM)
			rc->dropped[rc->dropped_count++] = irq;
		else
			ref(n, irq)->active = 0;
	} else if (rc->dropped_count) {
		unsigned int i = rand() % rc->dropped_count;

		irq = rc->dropped[i];
		rc->dropped[i] = rc->dropped[--rc->dropped_count];
		if (model()->hcr & (ICH_HCR_TDIR | ICH_HCR_TC))
			vgic_change(cpu(n), &vg, irq < 32 ? cpu(n) : NULL,
				    irq / 32, 1U << irq % 32, VGIC_CLEAR_ACT);
		else
			model_deactivate(irq);
		ref(n, irq)->active = 0;
	}
	enter(n);
}

static void step_line(unsigned int n, unsigned int irq)
{
	struct ref_irq *i = ref(n, irq);
	bool level = !i->line;

	if (irq < 16)
		return;
	if (i->edge && level)
		i->latch = true;
	i->line = level;
	vgic_line_set(NULL, &vg, irq < 32 ? cpu(n) : NULL, irq, level);
}

static uint64_t reg_addr(unsigned int n, unsigned int irq, uint64_t base)
{
	return irq < 32 ? SGI(n) + base : DIST + base + irq / 32 * 4;
}

static void step_prio(unsigned int n, unsigned int m, unsigned int irq,
		      uint8_t prio)
{
	ref(n, irq)->prio = prio;
	wr(m, (irq < 32 ? SGI(n) : DIST) + 0x400 + irq, 1, prio);
}

/* ISACTIVER: below all that was taken, see lr_count_ends(). */
static void step_activate(unsigned int n, unsigned int m, unsigned int irq)
{
	struct ref_irq *i = ref(n, irq);

	if (i->active)
		return;
	step_prio(n, m, irq, 0xf8);
	wr(m, reg_addr(n, irq, 0x300), 4, 1U << irq % 32);
	i->active = 1 + n;
	i->forced = true;
	if (irq >= 32 || !(model_cpus[n].vmcr & ICH_VMCR_VEOIM))
		return;
	/* ended by DIR like others: only this vCPU can have it */
	ref_cpus[n].dropped[ref_cpus[n].dropped_count++] = irq;
	i->forced = false;
}

/*
 * ICACTIVER. The running priority of one in service stays until its EOI, which
 * is not counted only with EOImode 1, see lr_count_ends().
 */
static void step_deactivate(unsigned int n, unsigned int m, unsigned int irq)
{
	struct ref_irq *i = ref(n, irq);
	struct ref_cpu *rc = &ref_cpus[i->active ? i->active - 1 : 0];
	unsigned int j;

	if (i->active && !i->forced) {
		if (!(model_cpus[i->active - 1].vmcr & ICH_VMCR_VEOIM))
			return;
		for (j = 0; j < rc->depth; j++)
			if (rc->stack[j] == irq)
				rc->stack[j] |= GHOST;
		for (j = 0; j < rc->dropped_count; j++)
			if (rc->dropped[j] == irq)
				rc->dropped[j--] =
					rc->dropped[--rc->dropped_count];
	}
	wr(m, reg_addr(n, irq, 0x380), 4, 1U << irq % 32);
	i->active = 0;
	i->forced = false;
}

static void step_group(unsigned int n, unsigned int m, unsigned int irq)
{
	uint64_t reg = reg_addr(n, irq, 0x80);
	struct ref_irq *i = ref(n, irq);

	if (i->active)
		return;
	i->group1 = !i->group1;
	wr(m, reg, 4, rd(m, reg, 4) ^ 1U << irq % 32);
}

static void step_config(unsigned int n, unsigned int m, unsigned int irq)
{
	uint64_t reg = (irq < 32 ? SGI(n) : DIST) + 0xc00 + irq / 16 * 4;
	struct ref_irq *i = ref(n, irq);

	if (irq < 16)
		return;
	i->edge = !i->edge;
	wr(m, reg, 4, rd(m, reg, 4) ^ 2U << irq % 16 * 2);
}

/* Groups off and on: the distributor's, and one vCPU's own. */
static void step_groups(unsigned int n, unsigned int m)
{
	if (rand() & 1)
		wr(m, DIST, 4, rand() & 3);
	else
		model_cpus[n].vmcr ^= 1 + (rand() & 1);
	if (rand() & 3)
		return;
	wr(m, DIST, 4, 3);
	model_cpus[n].vmcr |= 3;
}

static void step_reg(unsigned int n, unsigned int irq)
{
	struct ref_irq *i = ref(n, irq);
	uint32_t bit = 1U << irq % 32;
	unsigned int m = rand() % vg.vcpu_count;

	switch (rand() % 12) {
	case 0:
		wr(m, reg_addr(n, irq, 0x100), 4, bit);
		i->enabled = true;
		break;
	case 1:
		if (rand() & 1)
			break;
		wr(m, reg_addr(n, irq, 0x180), 4, bit);
		i->enabled = false;
		break;
	case 2:
		wr(m, reg_addr(n, irq, 0x200), 4, bit);
		i->latch = true;
		break;
	case 3:
		wr(m, reg_addr(n, irq, 0x280), 4, bit);
		i->latch = false;
		break;
	case 4:
		/* of an active one: takes part in the order of ends */
		if (!i->active)
			step_prio(n, m, irq, (rand() % 32) << 3);
		break;
	case 5:
		if (irq < 32)
			break;
		i->target = rand() % vg.vcpu_count;
		wr(m, DIST + 0x6000 + 8 * irq, 8, i->target);
		break;
	case 6:
		if (!(rand() & 3))
			step_activate(n, m, irq);
		break;
	case 7:
	case 8:
		step_deactivate(n, m, irq);
		break;
	case 9:
		step_group(n, m, irq);
		break;
	case 10:
		step_config(n, m, irq);
		break;
	default:
		if (irq >= 16)
			break;
		model_this = m;
		vgic_sgi_send(cpu(m), (uint64_t)irq << 24 | 1U << n, 1);
		i->latch = true;
	}
}

/* What vCPU @m reads of 32 interrupts; private ones are @n's. */
static void check_word(unsigned int n, unsigned int m, unsigned int word)
{
	uint32_t pend = rd(m, reg_addr(n, word * 32, 0x200), 4);
	uint32_t act = rd(m, reg_addr(n, word * 32, 0x300), 4);
	uint32_t enabled = rd(m, reg_addr(n, word * 32, 0x180), 4);
	uint32_t group1 = rd(m, reg_addr(n, word * 32, 0x80), 4);

	for (unsigned int bit = 0; bit < 32; bit++) {
		unsigned int irq = word * 32 + bit;
		const struct ref_irq *i = ref(n, irq);
		uint32_t config =
			rd(m, (irq < 32 ? SGI(n) : DIST) + 0xc00 + irq / 16 * 4,
			   4);

		if ((pend >> bit & 1) != ref_pending(i) ||
		    (act >> bit & 1) != !!i->active)
			fail_msg("vCPU %u: %u of %u reads %u %u, is %u %u", m,
				 irq, n, pend >> bit & 1, act >> bit & 1,
				 ref_pending(i), !!i->active);
		assert_int_equal(enabled >> bit & 1, i->enabled);
		assert_int_equal(group1 >> bit & 1, i->group1);
		assert_int_equal(config >> (irq % 16 * 2 + 1) & 1, i->edge);
		assert_int_equal(
			rd(m, (irq < 32 ? SGI(n) : DIST) + 0x400 + irq, 1),
			i->prio);
	}
}

/* Others' list registers: a read asks, the next one knows. */
static void check_views(unsigned int n, unsigned int m)
{
	unsigned int word = rand() % (IRQS / 32);

	check_word(n, n, 0);
	rd(m, reg_addr(n, word * 32, 0x200), 4);
	rd(m, reg_addr(n, word * 32, 0x300), 4);
	enter_all();
	check_word(n, m, word);
}

static void differential(unsigned int seed, unsigned int vcpu_count,
			 unsigned int lrs)
{
	srand(seed);
	machine(vcpu_count, lrs);
	memset(ref_spi, 0, sizeof(ref_spi));
	memset(ref_cpus, 0, sizeof(ref_cpus));
	for (unsigned int n = 0; n < vcpu_count; n++) {
		if (rand() & 1)
			model_cpus[n].vmcr |= ICH_VMCR_VEOIM;
		for (unsigned int irq = 0; irq < 32; irq++)
			ref(n, irq)->group1 = true;
		for (unsigned int irq = 0; irq < 16; irq++)
			ref(n, irq)->edge = true;
	}
	for (unsigned int irq = 32; irq < IRQS; irq++)
		ref_spi[irq].group1 = true;
	wr(0, DIST + 0xc08, 4, ~0U); /* 32..47: edges */
	for (unsigned int irq = 32; irq < 48; irq++)
		ref_spi[irq].edge = true;
	for (int i = 0; i < 4000; i++) {
		unsigned int n = rand() % vcpu_count;
		unsigned int irq = rand() % IRQS;

		switch (rand() % 8) {
		case 0:
		case 1:
			step_reg(n, irq);
			break;
		case 2:
		case 3:
			step_line(n, irq);
			break;
		case 4:
			if (!(rand() & 7))
				step_groups(n, rand() % vcpu_count);
			if (rand() & 7)
				break;
			model_this = n;
			vgic_lr_put(cpu(n));
			vgic_lr_load(cpu(n));
			break;
		case 5:
			step_end(n);
			break;
		case 6:
			enter_all();
			step_take(n);
			break;
		default:
			enter_all();
			check_views(n, rand() % vcpu_count);
		}
	}
}

static void test_differential(void **state)
{
	(void)state;
	for (unsigned int seed = 0; seed < 320; seed++) {
		without_tds = seed / 64 & 1;
		differential(seed, 1 + seed % 4, 1 + seed / 4 % 16);
	}
	without_tds = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_differential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
