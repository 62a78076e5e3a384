/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sections are those of AIA 1.0; locking: vaplic.h.
 *
 * Over 600 lines: each register is a way into the same words, and both ways of
 * delivery out of them; apart, they would have to share all of that.
 */
#include "vaplic.h"

#include <errno.h>
#include <string.h>

/* 4.5, memory map */
#define DOMAINCFG 0x0000
#define SETIP_BASE 0x1c00
#define SETIPNUM 0x1cdc
#define CLRIP_BASE 0x1d00
#define CLRIPNUM 0x1ddc
#define SETIE_BASE 0x1e00
#define SETIENUM 0x1edc
#define CLRIE_BASE 0x1f00
#define CLRIENUM 0x1fdc
#define SETIPNUM_LE 0x2000
#define SETIPNUM_BE 0x2004
#define GENMSI 0x3000
#define IDC_BASE 0x4000
#define IDC_IDELIVERY 0x00
#define IDC_IFORCE 0x04
#define IDC_ITHRESHOLD 0x08
#define IDC_TOPI 0x18
#define IDC_CLAIMI 0x1c

#define DOMAINCFG_ONES 0x80000000u
#define DOMAINCFG_IE 0x100u
#define DOMAINCFG_DM 0x4u

/* sourcecfg.SM, table 4.2; odd ones of the wired look for a low line */
#define SM_INACTIVE 0u
#define SM_DETACHED 1u
#define SM_EDGE_RISE 4u
#define SM_LEVEL_HIGH 6u

/* 4.5.16 */
#define TARGET_HART(target) ((target) >> 18)
#define TARGET_PRIORITY(target) ((target)&0xff)
#define TARGET_ID(target) ((target)&0x7ff)
#define TARGET_MASK_DIRECT 0xfffc00ffu
/* guest indexes are those of a guest's guests, which it has none of */
#define TARGET_MASK_MSI 0xfffc07ffu

#define WORD(source) ((source) / 32)
#define MASK(source) ((uint32_t)1 << ((source) % 32))

static inline uint32_t bits_get(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void bits_put(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

/* Both return what the word was. */
static inline uint32_t bits_set(uint32_t *word, uint32_t bits)
{
	return __atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST);
}

static inline uint32_t bits_clear(uint32_t *word, uint32_t bits)
{
	return __atomic_fetch_and(word, ~bits, __ATOMIC_SEQ_CST);
}

static void bit_to(uint32_t *word, uint32_t mask, bool value)
{
	if (value)
		bits_set(word, mask);
	else
		bits_clear(word, mask);
}

static bool exists(const struct vaplic *a, uint64_t source)
{
	return source && source <= a->sources;
}

int vaplic_init(struct vaplic *a, unsigned int sources, unsigned int vcpus,
		bool msi)
{
	if (!sources || sources > VAPLIC_SOURCE_MAX || !vcpus ||
	    vcpus > VAPLIC_VCPU_MAX)
		return -EINVAL;
	*a = (struct vaplic){
		.sources = (uint16_t)sources,
		.vcpus = (uint8_t)vcpus,
		.msi = msi,
	};
	return 0;
}

uint64_t vaplic_size(unsigned int vcpus, bool msi)
{
	return msi ? VAPLIC_SIZE_MSI
		   : ALIGN_UP(IDC_BASE + VAPLIC_IDC_BYTES * vcpus, PAGE_SIZE);
}

/*
 * What is pending (4.7)
 */

/* rectified inputs, 4.5.7 */
static uint32_t rectified(const struct vaplic *a, unsigned int word)
{
	uint32_t low = bits_get(&a->low[word]) & ~bits_get(&a->sensed[word]);

	return (bits_get(&a->line[word]) ^ low) & bits_get(&a->wired[word]);
}

static uint32_t pending_get(const struct vaplic *a, unsigned int word)
{
	uint32_t pending = bits_get(&a->pending[word]);
	uint32_t level;

	if (a->msi)
		return pending;
	level = bits_get(&a->level[word]);
	return (pending & ~level) | (rectified(a, word) & level);
}

/* Bits that a write may set or clear by hand. */
static uint32_t by_hand(const struct vaplic *a, unsigned int word)
{
	uint32_t bits = bits_get(&a->active[word]);

	return a->msi ? bits : bits & ~bits_get(&a->level[word]);
}

/*
 * Delivery
 */

/* The vCPU of a source, or those in direct mode that must look; none where the
 * guest named a hart that it does not have. */
static uint64_t listener(const struct vaplic *a, uint32_t target)
{
	return TARGET_HART(target) < a->vcpus ? BIT(TARGET_HART(target)) : 0;
}

/* 4.9: what is pending and enabled leaves as a message, once. */
static void forward(struct vaplic *a, unsigned int word, uint32_t bits,
		    struct vaplic_out *out)
{
	if (!bits_get(&a->on))
		return;
	bits &= bits_get(&a->pending[word]) & bits_get(&a->enabled[word]);
	for (; bits; bits &= bits - 1) {
		unsigned int source =
			word * 32 + (unsigned int)__builtin_ctz(bits);
		uint32_t target = bits_get(&a->target[source]);

		if (!(bits_clear(&a->pending[word], MASK(source)) &
		      MASK(source)))
			continue;
		if (listener(a, target) && TARGET_ID(target))
			out->send(out->ctx, TARGET_HART(target),
				  TARGET_ID(target));
	}
}

/* Sources of a word may have become pending and enabled, or are no more. */
static void changed(struct vaplic *a, unsigned int word, uint32_t bits,
		    struct vaplic_out *out)
{
	if (a->msi) {
		forward(a, word, bits, out);
		return;
	}
	for (bits &= bits_get(&a->enabled[word]); bits; bits &= bits - 1)
		out->told |= listener(
			a,
			bits_get(
				&a->target[word * 32 +
					   (unsigned int)__builtin_ctz(bits)]));
}

void vaplic_line_set(struct vaplic *a, unsigned int source, bool level,
		     struct vaplic_out *out)
{
	unsigned int word = WORD(source);
	uint32_t mask = MASK(source);
	uint32_t was;

	if (!exists(a, source))
		return;
	was = level ? bits_set(&a->line[word], mask)
		    : bits_clear(&a->line[word], mask);
	if (!(was & mask) != level || !(bits_get(&a->wired[word]) & mask))
		return;
	if (rectified(a, word) & mask)
		bits_set(&a->pending[word], mask);
	else if (bits_get(&a->level[word]) & mask)
		bits_clear(&a->pending[word], mask);
	changed(a, word, mask, out);
}

/*
 * Direct mode: IDCs, 4.8.1
 */

/* the source that topi shows, below the threshold; 0: none */
static unsigned int top_of(const struct vaplic *a, unsigned int vcpu)
{
	uint32_t floor = bits_get(&a->threshold[vcpu]);
	unsigned int best = 0;

	floor = floor ? floor : 256;
	for (unsigned int w = 0; w <= WORD(a->sources); w++) {
		uint32_t bits = bits_get(&a->enabled[w]);

		if (bits)
			bits &= pending_get(a, w);
		for (; bits; bits &= bits - 1) {
			unsigned int source =
				w * 32 + (unsigned int)__builtin_ctz(bits);
			uint32_t target = bits_get(&a->target[source]);

			if (TARGET_HART(target) == vcpu &&
			    TARGET_PRIORITY(target) < floor) {
				floor = TARGET_PRIORITY(target);
				best = source;
			}
		}
	}
	return best;
}

static uint32_t topi_of(const struct vaplic *a, unsigned int source)
{
	return source ? source << 16 |
				TARGET_PRIORITY(bits_get(&a->target[source]))
		      : 0;
}

bool vaplic_eip(const struct vaplic *a, unsigned int vcpu)
{
	return !a->msi && bits_get(&a->on) &&
	       (bits_get(&a->delivery) & BIT(vcpu)) &&
	       ((bits_get(&a->force) & BIT(vcpu)) || top_of(a, vcpu));
}

unsigned int vaplic_next(const struct vaplic *a, unsigned int vcpu)
{
	return top_of(a, vcpu);
}

/* Only its own vCPU takes from it, so that the first try does, unless another
 * clears it by hand or turns it away meanwhile. */
static uint32_t claim(struct vaplic *a, unsigned int vcpu,
		      struct vaplic_out *out)
{
	unsigned int source = top_of(a, vcpu);
	uint32_t topi = topi_of(a, source);

	if (source)
		bits_clear(&a->pending[WORD(source)], MASK(source));
	else
		bits_clear(&a->force, (uint32_t)BIT(vcpu));
	out->told |= BIT(vcpu);
	return topi;
}

static uint32_t idc_read(struct vaplic *a, uint64_t off, struct vaplic_out *out)
{
	uint64_t vcpu = (off - IDC_BASE) / VAPLIC_IDC_BYTES;

	if (a->msi || vcpu >= a->vcpus)
		return 0;
	switch (off % VAPLIC_IDC_BYTES) {
	case IDC_IDELIVERY:
		return bits_get(&a->delivery) >> vcpu & 1;
	case IDC_IFORCE:
		return bits_get(&a->force) >> vcpu & 1;
	case IDC_ITHRESHOLD:
		return bits_get(&a->threshold[vcpu]);
	case IDC_TOPI:
		return topi_of(a, top_of(a, (unsigned int)vcpu));
	case IDC_CLAIMI:
		return claim(a, (unsigned int)vcpu, out);
	default:
		return 0;
	}
}

static void idc_write(struct vaplic *a, uint64_t off, uint32_t value,
		      struct vaplic_out *out)
{
	uint64_t vcpu = (off - IDC_BASE) / VAPLIC_IDC_BYTES;

	if (a->msi || vcpu >= a->vcpus)
		return;
	switch (off % VAPLIC_IDC_BYTES) {
	case IDC_IDELIVERY:
		bit_to(&a->delivery, (uint32_t)BIT(vcpu), value & 1);
		break;
	case IDC_IFORCE:
		bit_to(&a->force, (uint32_t)BIT(vcpu), value & 1);
		break;
	case IDC_ITHRESHOLD:
		bits_put(&a->threshold[vcpu], value & 0xff);
		break;
	default:
		return;
	}
	out->told |= BIT(vcpu);
}

/*
 * Registers of sources
 */

/*
 * 4.5.2. An inactive source has neither pending nor enable bit nor target. A
 * level that is up becomes pending with its new mode, which 4.7 allows: nobody
 * would tell of it again.
 */
static void sourcecfg_write(struct vaplic *a, unsigned int source,
			    uint32_t value, struct vaplic_out *out)
{
	unsigned int word = WORD(source);
	uint32_t mask = MASK(source);
	uint32_t mode = value & 7;
	uint32_t old = bits_get(&a->target[source]);
	uint8_t was = __atomic_load_n(&a->mode[source], __ATOMIC_SEQ_CST);

	if (mode > SM_DETACHED && mode < SM_EDGE_RISE)
		mode = SM_INACTIVE; /* reserved */
	if (mode == SM_INACTIVE) {
		bits_clear(&a->enabled[word], mask);
		bits_clear(&a->active[word], mask);
		bits_put(&a->target[source], 0);
	}
	/* neither has a pending bit of its own that could stay */
	if (was == SM_INACTIVE || was >= SM_LEVEL_HIGH || mode == SM_INACTIVE)
		bits_clear(&a->pending[word], mask);
	bit_to(&a->low[word], mask, mode >= SM_EDGE_RISE && (mode & 1));
	bit_to(&a->level[word], mask, mode >= SM_LEVEL_HIGH);
	bit_to(&a->wired[word], mask, mode >= SM_EDGE_RISE);
	bit_to(&a->active[word], mask, mode != SM_INACTIVE);
	__atomic_store_n(&a->mode[source], (uint8_t)mode, __ATOMIC_SEQ_CST);
	if (mode >= SM_LEVEL_HIGH)
		bit_to(&a->pending[word], mask, rectified(a, word) & mask);
	if (a->msi)
		changed(a, word, mask, out);
	else
		out->told |= listener(a, old);
}

/* No priority is 0 (4.5.16.1). */
static void target_write(struct vaplic *a, unsigned int source, uint32_t value,
			 struct vaplic_out *out)
{
	uint32_t old = bits_get(&a->target[source]);

	if (!(bits_get(&a->active[WORD(source)]) & MASK(source)))
		return;
	value &= a->msi ? TARGET_MASK_MSI : TARGET_MASK_DIRECT;
	if (!a->msi && !TARGET_PRIORITY(value))
		value |= 1;
	bits_put(&a->target[source], value);
	if (!a->msi)
		out->told |= listener(a, old) | listener(a, value);
}

/* 4.7: a level becomes pending by hand while it is up, in MSI mode alone. */
static void pending_set(struct vaplic *a, unsigned int word, uint32_t bits,
			struct vaplic_out *out)
{
	bits &= by_hand(a, word) &
		(~bits_get(&a->level[word]) | rectified(a, word));
	bits_set(&a->pending[word], bits);
	changed(a, word, bits, out);
}

static void pending_clear(struct vaplic *a, unsigned int word, uint32_t bits,
			  struct vaplic_out *out)
{
	bits &= by_hand(a, word);
	bits_clear(&a->pending[word], bits);
	changed(a, word, bits, out);
}

static void enable_set(struct vaplic *a, unsigned int word, uint32_t bits,
		       struct vaplic_out *out)
{
	bits &= bits_get(&a->active[word]);
	bits_set(&a->enabled[word], bits);
	changed(a, word, bits, out);
}

static void enable_clear(struct vaplic *a, unsigned int word, uint32_t bits,
			 struct vaplic_out *out)
{
	/* whoever waits is told while they are its still */
	if (!a->msi)
		changed(a, word, bits, out);
	bits_clear(&a->enabled[word], bits);
}

typedef void (*word_fn)(struct vaplic *a, unsigned int word, uint32_t bits,
			struct vaplic_out *out);

/* A register that names one source by its number. */
static void by_number(struct vaplic *a, uint32_t source, word_fn fn,
		      struct vaplic_out *out)
{
	if (exists(a, source))
		fn(a, WORD(source), MASK(source), out);
}

static void domaincfg_write(struct vaplic *a, uint32_t value,
			    struct vaplic_out *out)
{
	bits_put(&a->on, value & DOMAINCFG_IE);
	if (!a->msi) {
		out->told |= GENMASK(a->vcpus - 1, 0);
		return;
	}
	for (unsigned int w = 0; w <= WORD(a->sources); w++)
		forward(a, w, UINT32_MAX, out);
}

/* 4.5.15: a message of the guest's own, beside all sources */
static void genmsi_write(struct vaplic *a, uint32_t value,
			 struct vaplic_out *out)
{
	if (a->msi && bits_get(&a->on) && listener(a, value) &&
	    TARGET_ID(value))
		out->send(out->ctx, TARGET_HART(value), TARGET_ID(value));
}

/*
 * The window
 */

/* Registers have 32 bits and are accessed whole, 4.5. */
static bool is_register(uint64_t off, unsigned int width)
{
	return width == 4 && IS_ALIGNED(off, 4);
}

/* An array of 32 words for all sources begins at @base. */
static bool in_words(const struct vaplic *a, uint64_t off, uint64_t base)
{
	return off >= base && (off - base) / 4 <= WORD(a->sources);
}

static uint32_t word_read(const struct vaplic *a, uint64_t off)
{
	unsigned int word = off % 0x80 / 4;

	if (in_words(a, off, SETIP_BASE))
		return pending_get(a, word);
	if (in_words(a, off, CLRIP_BASE))
		return rectified(a, word);
	if (in_words(a, off, SETIE_BASE))
		return bits_get(&a->enabled[word]);
	return 0;
}

uint32_t vaplic_read(struct vaplic *a, uint64_t off, unsigned int width,
		     struct vaplic_out *out)
{
	if (!is_register(off, width))
		return 0;
	if (off == DOMAINCFG)
		return DOMAINCFG_ONES | bits_get(&a->on) |
		       (a->msi ? DOMAINCFG_DM : 0);
	if (off < 0x1000)
		return __atomic_load_n(&a->mode[off / 4], __ATOMIC_SEQ_CST);
	if (off < GENMSI)
		return word_read(a, off);
	if (off < IDC_BASE)
		return bits_get(&a->target[(off - GENMSI) / 4]);
	return idc_read(a, off, out);
}

static void word_write(struct vaplic *a, uint64_t off, uint32_t value,
		       struct vaplic_out *out)
{
	static const struct {
		uint16_t base;
		word_fn fn;
	} words[] = {
		{SETIP_BASE, pending_set},
		{CLRIP_BASE, pending_clear},
		{SETIE_BASE, enable_set},
		{CLRIE_BASE, enable_clear},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (in_words(a, off, words[i].base))
			words[i].fn(a, off % 0x80 / 4, value, out);
}

void vaplic_write(struct vaplic *a, uint64_t off, unsigned int width,
		  uint64_t value64, struct vaplic_out *out)
{
	uint32_t value = (uint32_t)value64;

	if (!is_register(off, width))
		return;
	switch (off) {
	case DOMAINCFG:
		domaincfg_write(a, value, out);
		return;
	case SETIPNUM:
	case SETIPNUM_LE:
		by_number(a, value, pending_set, out);
		return;
	case SETIPNUM_BE:
		by_number(a, __builtin_bswap32(value), pending_set, out);
		return;
	case CLRIPNUM:
		by_number(a, value, pending_clear, out);
		return;
	case SETIENUM:
		by_number(a, value, enable_set, out);
		return;
	case CLRIENUM:
		by_number(a, value, enable_clear, out);
		return;
	case GENMSI:
		genmsi_write(a, value, out);
		return;
	default:
		break;
	}
	if (off < 0x1000 && exists(a, off / 4))
		sourcecfg_write(a, (unsigned int)off / 4, value, out);
	else if (off >= 0x1000 && off < SETIPNUM_LE)
		word_write(a, off, value, out);
	else if (off > GENMSI && off < IDC_BASE &&
		 exists(a, (off - GENMSI) / 4))
		target_write(a, (unsigned int)(off - GENMSI) / 4, value, out);
	else if (off >= IDC_BASE)
		idc_write(a, off, value, out);
}

/* A line stays as its device drives it; nobody listens to it yet. */
void vaplic_reset(struct vaplic *a)
{
	a->on = 0;
	a->delivery = 0;
	a->force = 0;
	memset(a->active, 0, sizeof(a->active));
	memset(a->wired, 0, sizeof(a->wired));
	memset(a->level, 0, sizeof(a->level));
	memset(a->low, 0, sizeof(a->low));
	memset(a->pending, 0, sizeof(a->pending));
	memset(a->enabled, 0, sizeof(a->enabled));
	memset(a->mode, 0, sizeof(a->mode));
	memset(a->target, 0, sizeof(a->target));
	memset(a->threshold, 0, sizeof(a->threshold));
}

/*
 * Forwarded sources
 */

void vaplic_sensed_set(struct vaplic *a, unsigned int source, bool sensed)
{
	if (exists(a, source))
		bit_to(&a->sensed[WORD(source)], MASK(source), sensed);
}

bool vaplic_is_edge(const struct vaplic *a, unsigned int source)
{
	return exists(a, source) && !vaplic_is_level(a, source) &&
	       (bits_get(&a->wired[WORD(source)]) & MASK(source));
}

bool vaplic_is_level(const struct vaplic *a, unsigned int source)
{
	return exists(a, source) &&
	       (bits_get(&a->level[WORD(source)]) & MASK(source));
}

int vaplic_target(const struct vaplic *a, unsigned int source)
{
	uint32_t target;

	if (!exists(a, source) ||
	    !(bits_get(&a->active[WORD(source)]) & MASK(source)))
		return -1;
	target = bits_get(&a->target[source]);
	return TARGET_HART(target) < a->vcpus ? (int)TARGET_HART(target) : -1;
}

uint32_t vaplic_asks(const struct vaplic *a, uint64_t off, unsigned int width,
		     uint64_t value64, unsigned int *word)
{
	uint32_t value = (uint32_t)value64;

	if (!a->msi || !is_register(off, width))
		return 0;
	if (in_words(a, off, SETIP_BASE)) {
		*word = off % 0x80 / 4;
		return value;
	}
	if (off == SETIPNUM_BE)
		value = __builtin_bswap32(value);
	else if (off != SETIPNUM && off != SETIPNUM_LE)
		return 0;
	if (!exists(a, value))
		return 0;
	*word = WORD(value);
	return MASK(value);
}

unsigned int vaplic_targets_at(const struct vaplic *a, uint64_t off)
{
	uint64_t source = (off - GENMSI) / 4;

	return off > GENMSI && off < IDC_BASE && exists(a, source)
		       ? (unsigned int)source
		       : 0;
}

int vaplic_claims_at(const struct vaplic *a, uint64_t off, unsigned int width)
{
	uint64_t vcpu = (off - IDC_BASE) / VAPLIC_IDC_BYTES;

	return !a->msi && is_register(off, width) && off >= IDC_BASE &&
			       off % VAPLIC_IDC_BYTES == IDC_CLAIMI &&
			       vcpu < a->vcpus
		       ? (int)vcpu
		       : -1;
}
