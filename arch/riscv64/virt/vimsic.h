/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interrupt file in memory: RISC-V Advanced Interrupt Architecture 1.0,
 * chapter 3. Pure. It stands for a vCPU's where no hart has one for it, and
 * carries the state of one from hart to hart.
 *
 * Messages are posted by anybody, an atomic operation each; everything else is
 * the vCPU's own.
 */
#ifndef RISCV64_VIRT_VIMSIC_H
#define RISCV64_VIRT_VIMSIC_H

#include <lib/types.h>
#include <lib/util.h>

#define VIMSIC_ID_MAX 2047
#define VIMSIC_WORDS ((VIMSIC_ID_MAX + 1) / 64)

/**
 * struct vimsic - one file
 * @eip: pending identities, atomic
 */
struct vimsic {
	uint64_t eip[VIMSIC_WORDS];
	uint64_t eie[VIMSIC_WORDS];
	uint32_t delivery;
	uint32_t threshold;
};

/** vimsic_reset() - as after a reset: nothing is pending, enabled, delivered */
void vimsic_reset(struct vimsic *f);

/** vimsic_post() - a message has come; @ids: identities are 1 to this. Return:
 * false: there is no such identity */
bool vimsic_post(struct vimsic *f, unsigned int ids, uint32_t id);

/** vimsic_top() - the first that is pending, enabled and below the threshold,
 * in both halves as stopei has it; 0: none */
uint32_t vimsic_top(const struct vimsic *f, unsigned int ids);

/** vimsic_eip() - does it interrupt its vCPU? */
static inline bool vimsic_eip(const struct vimsic *f, unsigned int ids)
{
	return f->delivery == 1 && vimsic_top(f, ids);
}

/** vimsic_claim() - vimsic_top(), which is pending no more */
uint32_t vimsic_claim(struct vimsic *f, unsigned int ids);

enum vimsic_op { VIMSIC_READ, VIMSIC_WRITE, VIMSIC_SET, VIMSIC_CLEAR };

/**
 * vimsic_reg() - an access by sireg
 * @reg:   siselect
 * @value: written, or bits to be set or cleared; else ignored
 * @old:   what it was before
 *
 * The priorities of a hart's own interrupts, which share sireg, are read-only
 * zero (6.3.1 leaves them to the hypervisor).
 *
 * Return: false: there is no such register.
 */
bool vimsic_reg(struct vimsic *f, unsigned int ids, uint64_t reg,
		enum vimsic_op op, uint64_t value, uint64_t *old);

#endif
