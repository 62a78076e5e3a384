/* SPDX-License-Identifier: Apache-2.0 */
/* Chapters are those of the PLIC specification 1.0.0; locking: vplic.h. */
#include "vplic.h"

#include <errno.h>
#include <string.h>

/* Chapter 3, memory map */
#define PENDING_BASE 0x1000
#define PENDING_END 0x1080
#define ENABLE_BASE 0x2000
#define ENABLE_STRIDE 0x80
#define CONTEXT_BASE 0x200000
#define CONTEXT_STRIDE 0x1000
#define CONTEXT_THRESHOLD 0
#define CONTEXT_CLAIM 4

#define WORD(source) ((source) / 32)
#define MASK(source) ((uint32_t)1 << ((source) % 32))

static inline uint32_t bits_get(const uint32_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
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

static inline unsigned int level_get(const uint8_t *level)
{
	return __atomic_load_n(level, __ATOMIC_SEQ_CST);
}

/* WARL, chapters 4 and 7; writers tell whoever may care, not whether it was
 * so before: of two that write at once neither knows */
static void level_set(uint8_t *level, uint64_t value)
{
	__atomic_store_n(level, value & VPLIC_PRIORITY_MASK, __ATOMIC_SEQ_CST);
}

/* bits of a word's sources that exist: not 0, which means none */
static uint32_t exists(const struct vplic *p, unsigned int word)
{
	uint32_t bits = word ? UINT32_MAX : ~(uint32_t)1;

	if (word > WORD(p->sources))
		return 0;
	if (word == WORD(p->sources))
		bits &= UINT32_MAX >> (31 - p->sources % 32);
	return bits;
}

int vplic_init(struct vplic *p, unsigned int sources, unsigned int vcpus)
{
	if (!sources || sources > VPLIC_SOURCE_MAX || !vcpus ||
	    vcpus > VPLIC_VCPU_MAX)
		return -EINVAL;
	*p = (struct vplic){
		.sources = (uint16_t)sources,
		.vcpus = (uint8_t)vcpus,
	};
	return 0;
}

int vplic_context_add(struct vplic *p, uint32_t cause, int vcpu)
{
	uint8_t who = VPLIC_NOBODY;

	if (p->contexts == VPLIC_CONTEXT_MAX)
		return -ENOSPC;
	if (vcpu >= p->vcpus)
		return -EINVAL;
	if (cause == VPLIC_CAUSE_S && vcpu >= 0) {
		who = (uint8_t)vcpu;
		if (memchr(p->vcpu_of, who, p->contexts))
			return -EINVAL;
	}
	p->vcpu_of[p->contexts++] = who;
	return 0;
}

/*
 * Who listens
 */

static bool is_enabled(const struct vplic *p, unsigned int vcpu,
		       unsigned int source)
{
	return bits_get(&p->enabled[vcpu][WORD(source)]) & MASK(source);
}

int vplic_target(const struct vplic *p, unsigned int source)
{
	for (unsigned int v = 0; v < p->vcpus; v++)
		if (is_enabled(p, v, source))
			return (int)v;
	return -1;
}

/* vCPUs that a pending bit of this source interrupts */
static uint64_t listeners(const struct vplic *p, unsigned int source)
{
	unsigned int priority = level_get(&p->priority[source]);
	uint64_t vcpus = 0;

	for (unsigned int v = 0; v < p->vcpus; v++) {
		if (is_enabled(p, v, source) &&
		    priority > level_get(&p->threshold[v]))
			vcpus |= BIT(v);
	}
	return vcpus;
}

/* its pending source of the highest priority above @floor, of several the one
 * of the lowest number (1.4); 0: none */
static unsigned int best_of(const struct vplic *p, unsigned int vcpu,
			    unsigned int floor)
{
	unsigned int best = 0;

	for (unsigned int w = 0; w <= WORD(p->sources); w++) {
		uint32_t bits = bits_get(&p->pending[w]);

		if (bits)
			bits &= bits_get(&p->enabled[vcpu][w]);
		for (; bits; bits &= bits - 1) {
			unsigned int source =
				w * 32 + (unsigned int)__builtin_ctz(bits);
			unsigned int priority = level_get(&p->priority[source]);

			if (priority > floor) {
				floor = priority;
				best = source;
			}
		}
	}
	return best;
}

unsigned int vplic_next(const struct vplic *p, unsigned int vcpu)
{
	return best_of(p, vcpu, level_get(&p->threshold[vcpu]));
}

bool vplic_eip(const struct vplic *p, unsigned int vcpu)
{
	return vplic_next(p, vcpu);
}

/*
 * Gateways, 1.2: one request at a time, until it is completed
 */

/* Takes the note of an edge away. Return: there was one */
static bool again(struct vplic *p, unsigned int source)
{
	return bits_clear(&p->again[WORD(source)], MASK(source)) & MASK(source);
}

static uint64_t request(struct vplic *p, unsigned int source)
{
	if (bits_set(&p->busy[WORD(source)], MASK(source)) & MASK(source))
		return 0;
	bits_set(&p->pending[WORD(source)], MASK(source));
	return listeners(p, source);
}

uint64_t vplic_request(struct vplic *p, unsigned int source)
{
	return source && source <= p->sources ? request(p, source) : 0;
}

/*
 * The note before the gateway, which complete() reads the other way: one of the
 * two makes the request. One that is pending still has all edges so far in it,
 * as who claims it looks at the device afterwards.
 */
uint64_t vplic_edge(struct vplic *p, unsigned int source)
{
	if (!source || source > p->sources ||
	    (bits_get(&p->pending[WORD(source)]) & MASK(source)))
		return 0;
	bits_set(&p->again[WORD(source)], MASK(source));
	if (bits_get(&p->busy[WORD(source)]) & MASK(source))
		return 0;
	return again(p, source) ? request(p, source) : 0;
}

uint64_t vplic_line_set(struct vplic *p, unsigned int source, bool level)
{
	uint32_t *word;

	if (!source || source > p->sources)
		return 0;
	word = &p->line[WORD(source)];
	if (!level) {
		bits_clear(word, MASK(source));
		return 0;
	}
	/* the line before the gateway, which complete() reads the other way */
	if (bits_set(word, MASK(source)) & MASK(source))
		return 0;
	return request(p, source);
}

void vplic_reset(struct vplic *p)
{
	memset(p->priority, 0, sizeof(p->priority));
	memset(p->threshold, 0, sizeof(p->threshold));
	memset(p->enabled, 0, sizeof(p->enabled));
	for (unsigned int w = 0; w < VPLIC_WORDS; w++) {
		uint32_t bits;

		bits_clear(&p->pending[w], UINT32_MAX);
		bits_clear(&p->busy[w], UINT32_MAX);
		bits_clear(&p->again[w], UINT32_MAX);
		/* lines that are up make their requests anew */
		for (bits = bits_get(&p->line[w]); bits; bits &= bits - 1)
			request(p, w * 32 + (unsigned int)__builtin_ctz(bits));
	}
}

/*
 * Chapter 8. The threshold hides nothing from a claim. Each failure is another
 * vCPU's success; one that fails so often finds its interrupt still pending.
 */
static uint32_t claim(struct vplic *p, unsigned int vcpu, uint64_t *told)
{
	for (unsigned int tries = 0; tries < p->vcpus; tries++) {
		unsigned int source = best_of(p, vcpu, 0);
		uint32_t mask = MASK(source);

		if (!source)
			break;
		if (!(bits_clear(&p->pending[WORD(source)], mask) & mask))
			continue;
		*told |= listeners(p, source);
		return source;
	}
	/* it came for what another has taken: its level is to fall */
	*told |= BIT(vcpu);
	return 0;
}

/* Chapter 9: of any source that is enabled, whoever claimed it */
static unsigned int complete(struct vplic *p, unsigned int vcpu, uint64_t value,
			     uint64_t *told)
{
	unsigned int source = (unsigned int)value;

	if (!source || source > p->sources || !is_enabled(p, vcpu, source))
		return 0;
	bits_clear(&p->busy[WORD(source)], MASK(source));
	if ((bits_get(&p->line[WORD(source)]) & MASK(source)) ||
	    ((bits_get(&p->again[WORD(source)]) & MASK(source)) &&
	     again(p, source)))
		*told |= request(p, source);
	return source;
}

/*
 * Registers that a guest sets
 */

static void priority_write(struct vplic *p, unsigned int source, uint64_t value,
			   uint64_t *told)
{
	if (!source || source > p->sources)
		return;
	level_set(&p->priority[source], value);
	if (!(bits_get(&p->pending[WORD(source)]) & MASK(source)))
		return;
	for (unsigned int v = 0; v < p->vcpus; v++)
		*told |= is_enabled(p, v, source) ? BIT(v) : 0;
}

static void enable_write(struct vplic *p, unsigned int vcpu, unsigned int word,
			 uint64_t value, uint64_t *told)
{
	uint32_t new = (uint32_t)value &exists(p, word);
	uint32_t changed = __atomic_exchange_n(&p->enabled[vcpu][word], new,
					       __ATOMIC_SEQ_CST) ^
			   new;

	if (bits_get(&p->pending[word]) & changed)
		*told |= BIT(vcpu);
}

/*
 * The window
 */

/* A register that is one: registers have 32 bits and are accessed whole, 3 */
static bool is_register(uint64_t off, unsigned int width)
{
	return width == 4 && IS_ALIGNED(off, 4);
}

/* the vCPU of a context and what is left of the offset; VPLIC_NOBODY */
static unsigned int context_at(const struct vplic *p, uint64_t *off)
{
	uint64_t base = *off < CONTEXT_BASE ? ENABLE_BASE : CONTEXT_BASE;
	uint64_t stride = *off < CONTEXT_BASE ? ENABLE_STRIDE : CONTEXT_STRIDE;
	uint64_t context = (*off - base) / stride;

	*off = (*off - base) % stride;
	return context < p->contexts ? p->vcpu_of[context] : VPLIC_NOBODY;
}

bool vplic_enables_at(const struct vplic *p, uint64_t off, unsigned int *word)
{
	if (off < ENABLE_BASE || off >= CONTEXT_BASE ||
	    context_at(p, &off) == VPLIC_NOBODY)
		return false;
	*word = (unsigned int)off / 4;
	return true;
}

uint32_t vplic_read(struct vplic *p, uint64_t off, unsigned int width,
		    uint64_t *told)
{
	bool enables = off < CONTEXT_BASE;
	unsigned int vcpu;

	if (!is_register(off, width))
		return 0;
	if (off < PENDING_BASE)
		return level_get(&p->priority[off / 4]);
	if (off < ENABLE_BASE)
		return off < PENDING_END
			       ? bits_get(&p->pending[(off - PENDING_BASE) / 4])
			       : 0;
	vcpu = context_at(p, &off);
	if (vcpu == VPLIC_NOBODY)
		return 0;
	if (enables)
		return bits_get(&p->enabled[vcpu][off / 4]);
	if (off == CONTEXT_THRESHOLD)
		return level_get(&p->threshold[vcpu]);
	return off == CONTEXT_CLAIM ? claim(p, vcpu, told) : 0;
}

unsigned int vplic_write(struct vplic *p, uint64_t off, unsigned int width,
			 uint64_t value, uint64_t *told)
{
	bool enables = off < CONTEXT_BASE;
	unsigned int vcpu;

	if (!is_register(off, width))
		return 0;
	if (off < PENDING_BASE)
		priority_write(p, (unsigned int)off / 4, value, told);
	if (off < ENABLE_BASE)
		return 0; /* pending bits are read-only, chapter 5 */
	vcpu = context_at(p, &off);
	if (vcpu == VPLIC_NOBODY)
		return 0;
	if (enables) {
		enable_write(p, vcpu, (unsigned int)off / 4, value, told);
	} else if (off == CONTEXT_CLAIM) {
		return complete(p, vcpu, (uint32_t)value, told);
	} else if (off == CONTEXT_THRESHOLD) {
		level_set(&p->threshold[vcpu], value);
		*told |= BIT(vcpu);
	}
	return 0;
}
