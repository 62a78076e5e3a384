/* SPDX-License-Identifier: Apache-2.0 */
/* Sections are those of AIA 1.0. */
#include "vimsic.h"

#include <arch/aia.h>

#define REG_IPRIO0 0x30
#define REG_IPRIO_END 0x40
#define REG_EIE_END 0x100

static uint64_t word_get(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* Identities of a word that exist: not 0, which means none. */
static uint64_t exists(unsigned int ids, unsigned int word)
{
	uint64_t bits = word ? UINT64_MAX : ~(uint64_t)1;

	return word <= ids / 64 ? bits : 0;
}

void vimsic_reset(struct vimsic *f)
{
	for (unsigned int w = 0; w < VIMSIC_WORDS; w++) {
		__atomic_store_n(&f->eip[w], 0, __ATOMIC_SEQ_CST);
		f->eie[w] = 0;
	}
	f->delivery = 0;
	f->threshold = 0;
}

bool vimsic_post(struct vimsic *f, unsigned int ids, uint32_t id)
{
	if (!id || id > ids)
		return false;
	__atomic_fetch_or(&f->eip[id / 64], BIT(id % 64), __ATOMIC_SEQ_CST);
	return true;
}

uint32_t vimsic_top(const struct vimsic *f, unsigned int ids)
{
	for (unsigned int w = 0; w <= ids / 64; w++) {
		uint64_t bits = f->eie[w];
		uint32_t id;

		if (bits)
			bits &= word_get(&f->eip[w]);
		if (!bits)
			continue;
		id = w * 64 + (uint32_t)__builtin_ctzll(bits);
		/* 3.8.2: 0 holds back nothing */
		if (f->threshold && id >= f->threshold)
			return 0;
		return id << 16 | id;
	}
	return 0;
}

uint32_t vimsic_claim(struct vimsic *f, unsigned int ids)
{
	uint32_t top = vimsic_top(f, ids);
	uint32_t id = top >> 16;

	if (id)
		__atomic_fetch_and(&f->eip[id / 64], ~BIT(id % 64),
				   __ATOMIC_SEQ_CST);
	return top;
}

/* What a register becomes. */
static uint64_t changed(uint64_t old, enum vimsic_op op, uint64_t value)
{
	switch (op) {
	case VIMSIC_WRITE:
		return value;
	case VIMSIC_SET:
		return old | value;
	case VIMSIC_CLEAR:
		return old & ~value;
	default:
		return old;
	}
}

/* Messages come meanwhile: none of them may be lost. */
static uint64_t word_change(uint64_t *word, enum vimsic_op op, uint64_t value,
			    uint64_t mask)
{
	switch (op) {
	case VIMSIC_WRITE:
		return __atomic_exchange_n(word, value & mask,
					   __ATOMIC_SEQ_CST);
	case VIMSIC_SET:
		return __atomic_fetch_or(word, value & mask, __ATOMIC_SEQ_CST);
	case VIMSIC_CLEAR:
		return __atomic_fetch_and(word, ~value, __ATOMIC_SEQ_CST);
	default:
		return word_get(word);
	}
}

/* The least ones that hold every identity. */
static uint64_t threshold_mask(unsigned int ids)
{
	return UINT64_MAX >> __builtin_clzll(ids);
}

bool vimsic_reg(struct vimsic *f, unsigned int ids, uint64_t reg,
		enum vimsic_op op, uint64_t value, uint64_t *old)
{
	unsigned int word = (unsigned int)(reg & 0x3f) / 2;

	switch (reg) {
	case IMSIC_EIDELIVERY:
		*old = f->delivery;
		f->delivery = changed(*old, op, value) == 1;
		return true;
	case IMSIC_EITHRESHOLD:
		*old = f->threshold;
		f->threshold = (uint32_t)(changed(*old, op, value) &
					  threshold_mask(ids));
		return true;
	default:
		break;
	}
	/* odd ones are the upper halves on 32-bit harts, and none here */
	if (reg & 1)
		return false;
	if (reg >= REG_IPRIO0 && reg < REG_IPRIO_END)
		*old = 0;
	else if (reg >= IMSIC_EIP0 && reg < IMSIC_EIE0)
		*old = word_change(&f->eip[word], op, value, exists(ids, word));
	else if (reg >= IMSIC_EIE0 && reg < REG_EIE_END)
		*old = word_change(&f->eie[word], op, value, exists(ids, word));
	else
		return false;
	return true;
}
