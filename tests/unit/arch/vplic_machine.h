/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual PLIC and its model for the unit tests, and short accesses. */
#ifndef VPLIC_MACHINE_H
#define VPLIC_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "vplic_model.h"

#define PRIORITY(source) (4ull * (source))
#define PENDING(word) (0x1000ull + 4 * (word))
#define ENABLE(context, word) (0x2000ull + 0x80 * (context) + 4 * (word))
#define THRESHOLD(context) (0x200000ull + 0x1000 * (context))
#define CLAIM(context) (THRESHOLD(context) + 4)
/* of the machine that begin() makes */
#define S_MODE(vcpu) (2 * (vcpu) + 1)

static struct vplic plic;
static struct model model;

static inline void begin(unsigned int sources)
{
	assert_true(model_machine(&plic, &model, sources));
}

static inline uint32_t rd(uint64_t off)
{
	uint64_t told = 0;

	return vplic_read(&plic, off, 4, &told);
}

/* Return: who is told */
static inline uint64_t wr(uint64_t off, uint64_t value)
{
	uint64_t told = 0;

	assert_int_equal(vplic_write(&plic, off, 4, value, &told), 0);
	return told;
}

static inline unsigned int claim(unsigned int vcpu)
{
	return rd(CLAIM(S_MODE(vcpu)));
}

/* Return: who is told */
static inline uint64_t complete(unsigned int vcpu, unsigned int source)
{
	uint64_t told = 0;

	assert_int_equal(
		vplic_write(&plic, CLAIM(S_MODE(vcpu)), 4, source, &told),
		source);
	return told;
}

#endif
