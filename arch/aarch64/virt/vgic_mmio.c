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

/* An access: see vgic_reg_read. */
#define ACCESS                                                                 \
	struct vgic_cpu *self __unused_arg,                                    \
		struct vgic_cpu *home __unused_arg, uint32_t off __unused_arg, \
		uint32_t width __unused_arg

/* no vendor's code: no guest applies another implementation's workarounds */
#define GIC_IIDR 0x63000000
#define GIC_PIDR2 0x3b /* GICv3 */
#define GICD_CTLR_ARE BIT(4)
#define GICD_CTLR_DS BIT(6)

/* Number of the word behind a bitmap register. */
#define WORD(off) (((off)&0x7f) / 4)

/*
 * That word; NULL: with affinity routing, private ones are in the
 * redistributor only and SPIs in the distributor. Bits that do not exist are
 * never set in it.
 */
static inline struct vgic_word *
word_at(struct vgic_cpu *self, struct vgic_cpu *home, unsigned int word)
{
	if (home)
		return word ? NULL : &home->priv;
	return word ? &self->vgic->spi[word] : NULL;
}

/* What a write to a bitmap register may change. */
static inline uint32_t word_bits(struct vgic_cpu *self, struct vgic_cpu *home,
				 unsigned int word, uint64_t value)
{
	if (home)
		return word ? 0 : (uint32_t)value;
	return word ? vgic_exists(self->vgic, word) & (uint32_t)value : 0;
}

static uint64_t zero_read(ACCESS)
{
	return 0;
}

static void ignore_write(ACCESS, uint64_t value __unused_arg)
{
}

/*
 * Bitmaps
 */
static uint64_t enabled_read(ACCESS)
{
	struct vgic_word *w = word_at(self, home, WORD(off));

	return w ? bits_peek(&w->enabled) : 0;
}

static void enabled_set(ACCESS, uint64_t value)
{
	unsigned int word = WORD(off);
	uint32_t bits = word_bits(self, home, word, value);
	struct vgic_word *w = word_at(self, home, word);

	if (!bits)
		return;
	bits &= ~bits_set(&w->enabled, bits);
	bits &= vgic_ready(self->vgic, w);
	if (bits)
		vgic_tell_ready(self, self->vgic, home, word, bits);
}

static void enabled_clear(ACCESS, uint64_t value)
{
	unsigned int word = WORD(off);
	uint32_t bits = word_bits(self, home, word, value);
	struct vgic_word *w = word_at(self, home, word);

	if (!bits)
		return;
	bits &= bits_clear(&w->enabled, bits);
	bits &= bits_get(&w->inlr);
	/* the virtual timer's register is filled without a look at the rest */
	if (bits)
		vgic_tell_owners(self, self->vgic, home, word, bits);
}

static uint64_t group_read(ACCESS)
{
	struct vgic_word *w = word_at(self, home, WORD(off));

	return w ? bits_peek(&w->group1) & word_bits(self, home, WORD(off), ~0u)
		 : 0;
}

/* Interrupts whose configuration changed: those under way are looked at. */
static void recheck(struct vgic_cpu *self, struct vgic_cpu *home,
		    unsigned int word, uint32_t bits)
{
	struct vgic_word *w = word_at(self, home, word);
	uint32_t inlr = bits & bits_get(&w->inlr);

	if (inlr)
		vgic_tell_owners(self, self->vgic, home, word, inlr);
	bits &= vgic_ready(self->vgic, w) & ~inlr;
	if (bits)
		vgic_tell_ready(self, self->vgic, home, word, bits);
}

static void group_write(ACCESS, uint64_t value)
{
	unsigned int word = WORD(off);
	uint32_t exists = word_bits(self, home, word, ~0u), old;
	struct vgic_word *w = word_at(self, home, word);

	if (!exists)
		return;
	old = __atomic_exchange_n(&w->group1, (uint32_t)value & exists,
				  __ATOMIC_SEQ_CST);
	recheck(self, home, word, (old ^ (uint32_t)value) & exists);
}

static uint64_t pend_read(ACCESS)
{
	uint32_t exists = word_bits(self, home, WORD(off), ~0u);
	unsigned int word = WORD(off);

	return exists ? vgic_view_pend(self, self->vgic, home, word) & exists
		      : 0;
}

static void pend_set(ACCESS, uint64_t value)
{
	unsigned int word = WORD(off);
	uint32_t bits = word_bits(self, home, word, value);

	if (bits)
		vgic_latch_set(self, self->vgic, home, word, bits);
}

static void pend_clear(ACCESS, uint64_t value)
{
	unsigned int word = WORD(off);
	uint32_t bits = word_bits(self, home, word, value);

	vgic_change(self, self->vgic, home, word, bits, VGIC_CLEAR_PEND);
}

static uint64_t active_read(ACCESS)
{
	uint32_t exists = word_bits(self, home, WORD(off), ~0u);
	unsigned int word = WORD(off);

	return exists ? vgic_view_act(self, self->vgic, home, word) & exists
		      : 0;
}

static void active_set(ACCESS, uint64_t value)
{
	unsigned int word = WORD(off);
	uint32_t bits = word_bits(self, home, word, value);

	vgic_change(self, self->vgic, home, word, bits, VGIC_SET_ACT);
}

static void active_clear(ACCESS, uint64_t value)
{
	unsigned int word = WORD(off);
	uint32_t bits = word_bits(self, home, word, value);

	vgic_change(self, self->vgic, home, word, bits, VGIC_CLEAR_ACT);
}

/*
 * Priorities: a byte each, in accesses of one or four
 */
static uint8_t *prio_of(struct vgic_cpu *self, struct vgic_cpu *home,
			unsigned int irq)
{
	if (!(irq < VGIC_PRIVATE) == !!home || irq >= self->vgic->irq_count)
		return NULL;
	return home ? &home->prio[irq] : &self->vgic->prio[irq];
}

static uint64_t prio_read(ACCESS)
{
	unsigned int irq = off & 0x3ff, i;
	uint64_t value = 0;

	for (i = 0; i < width; i++) {
		const uint8_t *prio = prio_of(self, home, irq + i);

		if (prio)
			value |= (uint64_t)bits_peek(prio) << 8 * i;
	}
	return value;
}

static void prio_write(ACCESS, uint64_t value)
{
	unsigned int irq = off & 0x3ff, i;
	uint32_t changed = 0;

	for (i = 0; i < width; i++) {
		uint8_t new = (value >> 8 * i) & vgic_caps.prio_mask;
		uint8_t *prio = prio_of(self, home, irq + i);

		if (!prio || bits_peek(prio) == new)
			continue;
		__atomic_store_n(prio, new, __ATOMIC_SEQ_CST);
		changed |= 1U << (irq + i) % 32;
	}
	if (changed)
		recheck(self, home, irq / 32, changed);
}

/*
 * Configuration: two bits each, of which the upper says "edge"
 */
static uint64_t config_read(ACCESS)
{
	unsigned int word = (off & 0xff) / 8, half = off & 4 ? 16 : 0, i;
	struct vgic_word *w = word_at(self, home, word);
	uint32_t edge, value = 0;

	if (!w)
		return 0;
	edge = bits_peek(&w->edge) >> half;
	if (word)
		edge &= vgic_exists(self->vgic, word) >> half;
	for (i = 0; i < 16; i++)
		value |= (edge >> i & 1) << (2 * i + 1);
	return value;
}

static void config_write(ACCESS, uint64_t value)
{
	unsigned int word = (off & 0xff) / 8, half = off & 4 ? 16 : 0, i;
	struct vgic_word *w = word_at(self, home, word);
	uint32_t edge = 0, mask, old;

	/* SGIs are edges for ever: 12.9.9 */
	if (!w || (!word && !half))
		return;
	mask = 0xffffU << half;
	if (word)
		mask &= vgic_exists(self->vgic, word);
	for (i = 0; i < 16; i++)
		edge |= (uint32_t)(value >> (2 * i + 1) & 1) << (half + i);
	edge &= mask;
	old = bits_peek(&w->edge);
	bits_set(&w->edge, edge);
	bits_clear(&w->edge, mask & ~edge);
	old = (old ^ edge) & mask;
	recheck(self, home, word, old);
	for (old &= word ? bits_peek(&w->linked) : 0; old; old &= old - 1) {
		i = (unsigned int)__builtin_ctz(old);
		vgic_link_trigger(self->vgic, word * 32 + i, edge >> i & 1);
	}
}

/*
 * The rest of the distributor
 */
static uint64_t ctlr_read(ACCESS)
{
	return bits_peek(&self->vgic->ctlr) | GICD_CTLR_ARE | GICD_CTLR_DS;
}

static void ctlr_write(ACCESS, uint64_t value)
{
	uint32_t new = value & 3, old;
	unsigned int i;

	old = __atomic_exchange_n(&self->vgic->ctlr, new, __ATOMIC_SEQ_CST);
	if (old == new)
		return;
	for (i = 0; i < self->vgic->vcpu_count; i++) {
		/* every word: what waited for its group has told nobody */
		if (self->vgic->cpus[i])
			vgic_tell(self, self->vgic->cpus[i],
				  VGIC_WORK_FOLD | 0xffffffff);
	}
}

static uint64_t typer_read(ACCESS)
{
	return self->vgic->typer;
}

static uint64_t iidr_read(ACCESS)
{
	return GIC_IIDR;
}

static uint64_t id_read(ACCESS)
{
	return (off & 0xffff) == 0xffe8 ? GIC_PIDR2 : 0;
}

/* Message-based SPIs: a write is an edge, or raises and lowers a level. */
static void setspi_write(ACCESS, uint64_t value)
{
	unsigned int irq = value & 0x3ff;
	bool set = off == 0x40;

	if (irq < VGIC_PRIVATE || irq >= self->vgic->irq_count || (off & 3))
		return;
	if (!(bits_peek(&self->vgic->spi[irq / 32].edge) & 1U << irq % 32))
		vgic_line_set(self, self->vgic, NULL, irq, set);
	else if (set)
		vgic_latch_set(self, self->vgic, NULL, irq / 32,
			       1U << irq % 32);
	else
		vgic_change(self, self->vgic, NULL, irq / 32, 1U << irq % 32,
			    VGIC_CLEAR_PEND);
}

static uint64_t router_read(ACCESS)
{
	unsigned int irq = (off & 0x1fff) / 8;
	uint64_t value;

	if (irq < VGIC_PRIVATE || irq >= self->vgic->irq_count)
		return 0;
	value = bits_peek(&self->vgic->router[irq]);
	if (width == 4)
		value = off & 4 ? value >> 32 : (uint32_t)value;
	return value;
}

static void router_write(ACCESS, uint64_t value)
{
	unsigned int irq = (off & 0x1fff) / 8;
	uint64_t old;

	if (irq < VGIC_PRIVATE || irq >= self->vgic->irq_count)
		return;
	old = bits_peek(&self->vgic->router[irq]);
	if (width == 4 && (off & 4))
		value = (uint32_t)old | value << 32;
	else if (width == 4)
		value = (old & ~(uint64_t)0xffffffff) | (uint32_t)value;
	vgic_route_set(self, self->vgic, irq, value);
}

/*
 * The rest of the redistributor
 */
static uint64_t rtyper_read(ACCESS)
{
	if (width == 4)
		return off & 4 ? home->typer >> 32 : (uint32_t)home->typer;
	return home->typer;
}

/* ChildrenAsleep follows ProcessorSleep at once: 12.11.42 */
static uint64_t waker_read(ACCESS)
{
	return bits_peek(&home->waker) ? 6 : 0;
}

static void waker_write(ACCESS, uint64_t value)
{
	__atomic_store_n(&home->waker, value & 2, __ATOMIC_SEQ_CST);
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

static const struct vgic_reg rows[] = {
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

static inline const struct vgic_reg *row_for(unsigned int row, uint64_t off,
					     unsigned int width)
{
	const struct vgic_reg *reg = &rows[row];

	if (unlikely(!(reg->widths & width) || (off & (width - 1))))
		return &rows[DEFAULT];
	return reg;
}

const struct vgic_reg *vgic_dist_reg(uint64_t off, unsigned int width)
{
	return row_for(off < 0x80 ? dist_first[off >> 2]
				  : dist_blocks[off >> 7],
		       off, width);
}

static void perform(const struct vgic_reg *reg, bool write, uint64_t *value,
		    struct vgic_cpu *self, struct vgic_cpu *home, uint64_t off,
		    unsigned int width)
{
	if (write)
		reg->write(self, home, (uint32_t)off, width, *value);
	else
		*value = reg->read(self, home, (uint32_t)off, width);
}

static unsigned int redist_row(uint64_t off)
{
	if (off < 0x80)
		return redist_first[off >> 2];
	if (off >= 0xff80 && off < 0x10000)
		return ID;
	if (off >= 0x10080 && off < 0x11000)
		return dist_blocks[(off & 0xffff) >> 7];
	return off >= 0x1ff80 && off < 0x20000 ? ID : DEFAULT;
}

static bool redist_access(struct vgic_cpu *self, uint64_t addr,
			  unsigned int width, bool write, uint64_t *value)
{
	struct vgic *vg = self->vgic;
	struct vgic_cpu *home = NULL;

	for (unsigned int i = 0; i < vg->region_count; i++) {
		const struct vgic_region *r = &vg->regions[i];
		uint64_t off = addr - r->base;

		if (off >= r->size_bytes)
			continue;
		if (off >> vg->redist_shift < r->count)
			home = vg->cpus[r->first + (off >> vg->redist_shift)];
		off &= BIT(vg->redist_shift) - 1;
		perform(row_for(home ? redist_row(off) : DEFAULT, off, width),
			write, value, self, home, off, width);
		return true;
	}
	return false;
}

bool vgic_mmio_access(struct vgic_cpu *self, uint64_t addr, unsigned int width,
		      bool write, uint64_t *value)
{
	uint64_t off = addr - self->vgic->dist_base;

	if (off >= VGIC_DIST_SIZE)
		return redist_access(self, addr, width, write, value);
	perform(vgic_dist_reg(off, width), write, value, self, NULL, off,
		width);
	return true;
}
