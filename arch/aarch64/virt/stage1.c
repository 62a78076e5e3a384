/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's stage 1 in software, D8.2, and its chain of frame records
 * (AAPCS64 6.4.6). Whatever the guest left there ends the walk at worst.
 */
#include "stage1.h"

#define SCTLR_M BIT(0)
#define SCTLR_EE BIT(25)
#define PSR_MODE_A32 0x10
#define PA_MASK GENMASK(47, 0)
#define DESC_VALID BIT(0)
#define DESC_TABLE BIT(1)

/* What TCR_EL1 says of one half of the addresses, D19.2.139. */
struct half {
	uint64_t base; /* of the first table */
	unsigned int va_bits;
	unsigned int granule; /* bits */
	bool off;
	bool tbi;
};

static unsigned int granule_of(bool high, uint64_t tcr)
{
	static const uint8_t low_bits[] = {12, 16, 14, 0};
	static const uint8_t high_bits[] = {0, 14, 12, 16};

	return high ? high_bits[tcr >> 30 & 3] : low_bits[tcr >> 14 & 3];
}

static struct half half_of(const struct arch_el1_state *el1, bool high)
{
	uint64_t tcr = el1->tcr;

	return (struct half){
		.base = (high ? el1->ttbr1 : el1->ttbr0) & PA_MASK,
		.va_bits = 64 - (unsigned int)(tcr >> (high ? 16 : 0) & 0x3f),
		.granule = granule_of(high, tcr),
		.off = tcr >> (high ? 23 : 7) & 1,
		.tbi = tcr >> (high ? 38 : 37) & 1,
	};
}

static bool in_half(const struct half *half, uint64_t va, bool high)
{
	uint64_t sign = high ? ~(uint64_t)0 : 0;

	if (half->off || !half->granule || half->va_bits < half->granule + 1 ||
	    half->va_bits > 48)
		return false;
	va ^= sign;
	if (half->tbi)
		va &= GENMASK(55, 0);
	return !(va >> half->va_bits);
}

static bool desc_read(const struct guest_view *view, uint64_t gpa,
		      uint64_t *desc)
{
	if (!view->read(view->ctx, gpa, desc))
		return false;
	if (view->state->el1.sctlr & SCTLR_EE)
		*desc = __builtin_bswap64(*desc);
	return *desc & DESC_VALID;
}

/* Tables 4 KiB: blocks at levels 1 and 2; 16 and 64 KiB: at level 2. */
static bool block_allowed(unsigned int granule, unsigned int level)
{
	return level == 2 || (level == 1 && granule == 12);
}

static bool walk(const struct guest_view *view, const struct half *half,
		 uint64_t va, uint64_t *gpa)
{
	unsigned int stride = half->granule - 3;
	unsigned int levels =
		(half->va_bits - half->granule + stride - 1) / stride;
	uint64_t table = half->base & ~(uint64_t)0x3f;
	unsigned int top = half->va_bits;

	for (unsigned int level = 4 - levels; level < 4; level++) {
		unsigned int shift = half->granule + stride * (3 - level);
		uint64_t index = (va & GENMASK(top - 1, 0)) >> shift, desc;
		bool leaf;

		if (!desc_read(view, table + 8 * index, &desc))
			return false;
		leaf = level == 3 || !(desc & DESC_TABLE);
		if (leaf) {
			if (level == 3 ? !(desc & DESC_TABLE)
				       : !block_allowed(half->granule, level))
				return false;
			*gpa = (desc & PA_MASK & ~GENMASK(shift - 1, 0)) |
			       (va & GENMASK(shift - 1, 0));
			return true;
		}
		table = desc & PA_MASK & ~GENMASK(half->granule - 1, 0);
		top = shift;
	}
	return false;
}

bool stage1_walk(const struct guest_view *view, uint64_t va, uint64_t *gpa)
{
	const struct arch_el1_state *el1 = &view->state->el1;
	bool high = va >> 55 & 1;
	struct half half = half_of(el1, high);

	if (!(el1->sctlr & SCTLR_M)) {
		*gpa = va;
		return !(va & ~PA_MASK);
	}
	return in_half(&half, va, high) && walk(view, &half, va, gpa);
}

static bool va_read(const struct guest_view *view, uint64_t va, uint64_t *value)
{
	uint64_t gpa;

	return stage1_walk(view, va, &gpa) && view->read(view->ctx, gpa, value);
}

/* A return address may be signed: above the address bits, D8.9.1. */
static uint64_t pac_strip(const struct guest_view *view, uint64_t pc)
{
	bool high = pc >> 55 & 1;
	struct half half = half_of(&view->state->el1, high);

	if (!(view->state->el1.sctlr & SCTLR_M) || half.va_bits > 55)
		return pc;
	return high ? pc | ~GENMASK(half.va_bits - 1, 0)
		    : pc & GENMASK(half.va_bits - 1, 0);
}

/*
 * Frames lie at ever higher addresses but where stacks change; a record that
 * leads to itself ends it, a longer loop at @max.
 */
unsigned int frames_follow(const struct guest_view *view, uint64_t *pcs,
			   unsigned int max)
{
	uint64_t frame = view->state->x[29], next, pc;
	unsigned int count = 0;

	if (!max)
		return 0;
	pcs[count++] = view->state->pc;
	if (view->state->pstate & PSR_MODE_A32)
		return count;
	while (count < max && frame && !(frame & 7) && frame + 8 > frame &&
	       va_read(view, frame, &next) && va_read(view, frame + 8, &pc) &&
	       pc) {
		pcs[count++] = pac_strip(view, pc);
		if (next == frame)
			break;
		frame = next;
	}
	return count;
}
