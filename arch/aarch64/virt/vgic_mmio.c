/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register windows: distributor and redistributors. IHI 0069, 12.8-12.11.
 *
 * Registers are rows of const tables. Both windows lay their bitmap registers
 * out in blocks of 128 bytes, so a row is found by two loads; offsets without
 * a row get the default one, which reads as zero and ignores writes. So does
 * an access of a width that a row does not list.
 */
#include "vgic_priv.h"

/* Who accesses, and whose private interrupts word 0 means (NULL: a SPI). */
struct access {
	struct vgic_cpu *self;
	struct vgic_cpu *home;
	struct vgic *vg;
	uint32_t off;
	uint32_t width;
};

struct reg {
	uint64_t (*read)(const struct access *a);
	void (*write)(const struct access *a, uint64_t value);
	uint8_t widths; /* sum of the allowed ones, in bytes */
};

/* no vendor's code: no guest applies another implementation's workarounds */
#define GIC_IIDR 0x63000000
#define GIC_PIDR2 0x3b /* GICv3 */
#define GICD_CTLR_ARE BIT(4)
#define GICD_CTLR_DS BIT(6)

/* The word of a bitmap register, and which of its bits exist. */
static uint32_t reg_bits(const struct access *a, unsigned int *word)
{
	*word = (a->off & 0x7f) / 4;
	/* with affinity routing, private ones are in the redistributor only */
	if (!*word == !a->home)
		return 0;
	return *word ? vgic_exists(a->vg, *word) : ~(uint32_t)0;
}

static struct vgic_word *reg_word(const struct access *a, unsigned int word)
{
	return word ? &a->vg->spi[word] : &a->home->priv;
}

static uint64_t zero_read(const struct access *a)
{
	(void)a;
	return 0;
}

static void ignore_write(const struct access *a, uint64_t value)
{
	(void)a;
	(void)value;
}

/*
 * Bitmaps
 */
static uint64_t enabled_read(const struct access *a)
{
	unsigned int word;
	uint32_t exists = reg_bits(a, &word);

	return exists ? bits_peek(&reg_word(a, word)->enabled) & exists : 0;
}

static void enabled_set(const struct access *a, uint64_t value)
{
	unsigned int word;
	uint32_t bits = reg_bits(a, &word) & (uint32_t)value;
	struct vgic_word *w;

	if (!bits)
		return;
	w = reg_word(a, word);
	bits &= ~bits_set(&w->enabled, bits);
	bits &= vgic_ready(a->vg, w);
	if (bits)
		vgic_tell_ready(a->self, a->vg, a->home, word, bits);
}

static void enabled_clear(const struct access *a, uint64_t value)
{
	unsigned int word;
	uint32_t bits = reg_bits(a, &word) & (uint32_t)value;
	struct vgic_word *w;

	if (!bits)
		return;
	w = reg_word(a, word);
	bits &= bits_clear(&w->enabled, bits);
	bits &= bits_get(&w->inlr);
	/* the virtual timer's register is filled without a look at the rest */
	if (bits)
		vgic_tell_owners(a->self, a->vg, a->home, word, bits);
}

static uint64_t group_read(const struct access *a)
{
	unsigned int word;
	uint32_t exists = reg_bits(a, &word);

	return exists ? bits_peek(&reg_word(a, word)->group1) & exists : 0;
}

/* Interrupts whose configuration changed: those under way are looked at. */
static void recheck(const struct access *a, unsigned int word, uint32_t bits)
{
	struct vgic_word *w = reg_word(a, word);
	uint32_t inlr = bits & bits_get(&w->inlr);

	if (inlr)
		vgic_tell_owners(a->self, a->vg, a->home, word, inlr);
	bits &= vgic_ready(a->vg, w) & ~inlr;
	if (bits)
		vgic_tell_ready(a->self, a->vg, a->home, word, bits);
}

static void group_write(const struct access *a, uint64_t value)
{
	unsigned int word;
	uint32_t exists = reg_bits(a, &word), old;
	struct vgic_word *w;

	if (!exists)
		return;
	w = reg_word(a, word);
	old = __atomic_exchange_n(&w->group1, (uint32_t)value & exists,
				  __ATOMIC_SEQ_CST);
	recheck(a, word, (old ^ (uint32_t)value) & exists);
}

static uint64_t pend_read(const struct access *a)
{
	unsigned int word;
	uint32_t exists = reg_bits(a, &word);

	return exists ? vgic_view_pend(a->self, a->vg, a->home, word) & exists
		      : 0;
}

static void pend_set(const struct access *a, uint64_t value)
{
	unsigned int word;
	uint32_t bits = reg_bits(a, &word) & (uint32_t)value;

	if (bits)
		vgic_latch_set(a->self, a->vg, a->home, word, bits);
}

static void pend_clear(const struct access *a, uint64_t value)
{
	unsigned int word;
	uint32_t bits = reg_bits(a, &word) & (uint32_t)value;

	vgic_change(a->self, a->vg, a->home, word, bits, VGIC_CLEAR_PEND);
}

static uint64_t active_read(const struct access *a)
{
	unsigned int word;
	uint32_t exists = reg_bits(a, &word);

	return exists ? vgic_view_act(a->self, a->vg, a->home, word) & exists
		      : 0;
}

static void active_set(const struct access *a, uint64_t value)
{
	unsigned int word;
	uint32_t bits = reg_bits(a, &word) & (uint32_t)value;

	vgic_change(a->self, a->vg, a->home, word, bits, VGIC_SET_ACT);
}

static void active_clear(const struct access *a, uint64_t value)
{
	unsigned int word;
	uint32_t bits = reg_bits(a, &word) & (uint32_t)value;

	vgic_change(a->self, a->vg, a->home, word, bits, VGIC_CLEAR_ACT);
}

/*
 * Priorities: a byte each, in accesses of one or four
 */
static uint8_t *prio_of(const struct access *a, unsigned int irq)
{
	if (!(irq < VGIC_PRIVATE) == !!a->home || irq >= a->vg->irq_count)
		return NULL;
	return a->home ? &a->home->prio[irq] : &a->vg->prio[irq];
}

static uint64_t prio_read(const struct access *a)
{
	unsigned int irq = a->off & 0x3ff, i;
	uint64_t value = 0;

	for (i = 0; i < a->width; i++) {
		const uint8_t *prio = prio_of(a, irq + i);

		if (prio)
			value |= (uint64_t)bits_peek(prio) << 8 * i;
	}
	return value;
}

static void prio_write(const struct access *a, uint64_t value)
{
	unsigned int irq = a->off & 0x3ff, i;
	uint32_t changed = 0;

	for (i = 0; i < a->width; i++) {
		uint8_t new = (value >> 8 * i) & vgic_caps.prio_mask;
		uint8_t *prio = prio_of(a, irq + i);

		if (!prio || bits_peek(prio) == new)
			continue;
		__atomic_store_n(prio, new, __ATOMIC_SEQ_CST);
		changed |= 1U << (irq + i) % 32;
	}
	if (changed)
		recheck(a, irq / 32, changed);
}

/*
 * Configuration: two bits each, of which the upper says "edge"
 */
static uint64_t config_read(const struct access *a)
{
	unsigned int word = (a->off & 0xff) / 8, half = a->off & 4 ? 16 : 0, i;
	uint32_t edge, value = 0;

	if (!word == !a->home)
		return 0;
	edge = bits_peek(&reg_word(a, word)->edge) >> half;
	if (word)
		edge &= vgic_exists(a->vg, word) >> half;
	for (i = 0; i < 16; i++)
		value |= (edge >> i & 1) << (2 * i + 1);
	return value;
}

static void config_write(const struct access *a, uint64_t value)
{
	unsigned int word = (a->off & 0xff) / 8, half = a->off & 4 ? 16 : 0, i;
	uint32_t edge = 0, mask, old;
	struct vgic_word *w;

	/* SGIs are edges for ever: 12.9.9 */
	if (!word == !a->home || (!word && !half))
		return;
	w = reg_word(a, word);
	mask = 0xffffU << half;
	if (word)
		mask &= vgic_exists(a->vg, word);
	for (i = 0; i < 16; i++)
		edge |= (uint32_t)(value >> (2 * i + 1) & 1) << (half + i);
	edge &= mask;
	old = bits_peek(&w->edge);
	bits_set(&w->edge, edge);
	bits_clear(&w->edge, mask & ~edge);
	old = (old ^ edge) & mask;
	recheck(a, word, old);
	for (old &= word ? bits_peek(&w->linked) : 0; old; old &= old - 1) {
		i = (unsigned int)__builtin_ctz(old);
		vgic_link_trigger(a->vg, word * 32 + i, edge >> i & 1);
	}
}

/*
 * The rest of the distributor
 */
static uint64_t ctlr_read(const struct access *a)
{
	return bits_peek(&a->vg->ctlr) | GICD_CTLR_ARE | GICD_CTLR_DS;
}

static void ctlr_write(const struct access *a, uint64_t value)
{
	uint32_t new = value & 3, old;
	unsigned int i;

	old = __atomic_exchange_n(&a->vg->ctlr, new, __ATOMIC_SEQ_CST);
	if (old == new)
		return;
	for (i = 0; i < a->vg->vcpu_count; i++) {
		/* every word: what waited for its group has told nobody */
		if (a->vg->cpus[i])
			vgic_tell(a->self, a->vg->cpus[i],
				  VGIC_WORK_FOLD | 0xffffffff);
	}
}

static uint64_t typer_read(const struct access *a)
{
	return a->vg->typer;
}

static uint64_t iidr_read(const struct access *a)
{
	(void)a;
	return GIC_IIDR;
}

static uint64_t id_read(const struct access *a)
{
	return (a->off & 0xffff) == 0xffe8 ? GIC_PIDR2 : 0;
}

/* Message-based SPIs: a write is an edge, or raises and lowers a level. */
static void setspi_write(const struct access *a, uint64_t value)
{
	unsigned int irq = value & 0x3ff;
	bool set = a->off == 0x40;

	if (irq < VGIC_PRIVATE || irq >= a->vg->irq_count || (a->off & 3))
		return;
	if (!(bits_peek(&a->vg->spi[irq / 32].edge) & 1U << irq % 32))
		vgic_line_set(a->self, a->vg, NULL, irq, set);
	else if (set)
		vgic_latch_set(a->self, a->vg, NULL, irq / 32, 1U << irq % 32);
	else
		vgic_change(a->self, a->vg, NULL, irq / 32, 1U << irq % 32,
			    VGIC_CLEAR_PEND);
}

static uint64_t router_read(const struct access *a)
{
	unsigned int irq = (a->off & 0x1fff) / 8;
	uint64_t value;

	if (irq < VGIC_PRIVATE || irq >= a->vg->irq_count)
		return 0;
	value = bits_peek(&a->vg->router[irq]);
	if (a->width == 4)
		value = a->off & 4 ? value >> 32 : (uint32_t)value;
	return value;
}

static void router_write(const struct access *a, uint64_t value)
{
	unsigned int irq = (a->off & 0x1fff) / 8;
	uint64_t old;

	if (irq < VGIC_PRIVATE || irq >= a->vg->irq_count)
		return;
	old = bits_peek(&a->vg->router[irq]);
	if (a->width == 4 && (a->off & 4))
		value = (uint32_t)old | value << 32;
	else if (a->width == 4)
		value = (old & ~(uint64_t)0xffffffff) | (uint32_t)value;
	vgic_route_set(a->self, a->vg, irq, value);
}

/*
 * The rest of the redistributor
 */
static uint64_t rtyper_read(const struct access *a)
{
	if (a->width == 4)
		return a->off & 4 ? a->home->typer >> 32
				  : (uint32_t)a->home->typer;
	return a->home->typer;
}

/* ChildrenAsleep follows ProcessorSleep at once: 12.11.42 */
static uint64_t waker_read(const struct access *a)
{
	return bits_peek(&a->home->waker) ? 6 : 0;
}

static void waker_write(const struct access *a, uint64_t value)
{
	__atomic_store_n(&a->home->waker, value & 2, __ATOMIC_SEQ_CST);
}

enum row {
	DEFAULT,
	CTLR,
	TYPER,
	IIDR,
	SETSPI,
	ID,
	GROUP,
	SET_ENABLE,
	CLEAR_ENABLE,
	SET_PEND,
	CLEAR_PEND,
	SET_ACTIVE,
	CLEAR_ACTIVE,
	PRIO,
	CONFIG,
	ROUTER,
	R_TYPER,
	R_WAKER,
};

static const struct reg rows[] = {
	[DEFAULT] = {zero_read, ignore_write, 15},
	[CTLR] = {ctlr_read, ctlr_write, 4},
	[TYPER] = {typer_read, ignore_write, 4},
	[IIDR] = {iidr_read, ignore_write, 4},
	[SETSPI] = {zero_read, setspi_write, 4 + 2},
	[ID] = {id_read, ignore_write, 4},
	[GROUP] = {group_read, group_write, 4},
	[SET_ENABLE] = {enabled_read, enabled_set, 4},
	[CLEAR_ENABLE] = {enabled_read, enabled_clear, 4},
	[SET_PEND] = {pend_read, pend_set, 4},
	[CLEAR_PEND] = {pend_read, pend_clear, 4},
	[SET_ACTIVE] = {active_read, active_set, 4},
	[CLEAR_ACTIVE] = {active_read, active_clear, 4},
	[PRIO] = {prio_read, prio_write, 4 + 1},
	[CONFIG] = {config_read, config_write, 4},
	[ROUTER] = {router_read, router_write, 8 + 4},
	[R_TYPER] = {rtyper_read, ignore_write, 8 + 4},
	[R_WAKER] = {waker_read, waker_write, 4},
};

/*
 * Row of each block of 128 bytes, and of each word of the first block. The
 * bitmaps' blocks are the same in the distributor and the SGI frame.
 */
static const uint8_t dist_blocks[0x10000 >> 7] = {
	[0x0080 >> 7] = GROUP,
	[0x0100 >> 7] = SET_ENABLE,
	[0x0180 >> 7] = CLEAR_ENABLE,
	[0x0200 >> 7] = SET_PEND,
	[0x0280 >> 7] = CLEAR_PEND,
	[0x0300 >> 7] = SET_ACTIVE,
	[0x0380 >> 7] = CLEAR_ACTIVE,
	[0x0400 >> 7 ... 0x0780 >> 7] = PRIO,
	[0x0c00 >> 7 ... 0x0c80 >> 7] = CONFIG,
	[0x6000 >> 7 ... 0x7f80 >> 7] = ROUTER,
	[0xff80 >> 7] = ID,
};

static const uint8_t dist_first[0x80 >> 2] = {
	[0x00 >> 2] = CTLR,   [0x04 >> 2] = TYPER,  [0x08 >> 2] = IIDR,
	[0x40 >> 2] = SETSPI, [0x48 >> 2] = SETSPI,
};

/* GICR_CTLR: no LPIs, nothing to write, no write pending */
static const uint8_t redist_first[0x80 >> 2] = {
	[0x04 >> 2] = IIDR,
	[0x08 >> 2 ... 0x0c >> 2] = R_TYPER,
	[0x14 >> 2] = R_WAKER,
};

static void perform(const struct access *a, unsigned int row, bool write,
		    uint64_t *value)
{
	const struct reg *reg = &rows[row];

	if (unlikely(!(reg->widths & a->width) || (a->off & (a->width - 1))))
		reg = &rows[DEFAULT];
	if (write)
		reg->write(a, *value);
	else
		*value = reg->read(a);
}

static bool redist_access(struct access *a, uint64_t addr, bool write,
			  uint64_t *value)
{
	struct vgic *vg = a->vg;
	unsigned int i, row = DEFAULT;

	for (i = 0; i < vg->region_count; i++) {
		const struct vgic_region *r = &vg->regions[i];
		uint64_t off = addr - r->base;

		if (off >= r->size_bytes)
			continue;
		a->home = NULL;
		if (off >> vg->redist_shift < r->count)
			a->home =
				vg->cpus[r->first + (off >> vg->redist_shift)];
		off &= BIT(vg->redist_shift) - 1;
		a->off = off;
		if (!a->home || off >= 0x20000)
			row = DEFAULT;
		else if (off < 0x80)
			row = redist_first[off >> 2];
		else if (off >= 0xff80 && off < 0x10000)
			row = ID;
		else if (off >= 0x10080 && off < 0x11000)
			row = dist_blocks[(off & 0xffff) >> 7];
		else if (off >= 0x1ff80)
			row = ID;
		perform(a, row, write, value);
		return true;
	}
	return false;
}

bool vgic_mmio_access(struct vgic_cpu *self, uint64_t addr, unsigned int width,
		      bool write, uint64_t *value)
{
	struct access a = {self, NULL, self->vgic, 0, width};
	uint64_t off = addr - a.vg->dist_base;

	if (off >= 0x10000)
		return redist_access(&a, addr, write, value);
	a.off = off;
	perform(&a, off < 0x80 ? dist_first[off >> 2] : dist_blocks[off >> 7],
		write, value);
	return true;
}
