/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PLIC with level interrupts, as the specification 1.0.0 says it: gateways,
 * pending bits, priorities, thresholds, claims. The test is the device.
 */
#ifndef PLIC_MODEL_H
#define PLIC_MODEL_H

#include <pthread.h>

#define CONTEXTS 8
#define SOURCES 70
#define WORDS 3
#define REGS_SIZE 0x208000ull

/* Offsets are the specification's, not the driver's macros. */
static struct plic_model {
	uint32_t priority[SOURCES + 1];
	uint32_t enable[CONTEXTS][WORDS];
	uint32_t threshold[CONTEXTS];
	bool line[SOURCES + 1];    /* the device's */
	bool waiting[SOURCES + 1]; /* the gateway, for a completion */
	bool pending[SOURCES + 1];
	unsigned int dropped; /* completions */
} plic_model;

static uint8_t *const window = (uint8_t *)0x10000000; /* never touched */
static uint32_t plic_model_priorities = 7;            /* bits that exist */
static pthread_mutex_t plic_model_lock = PTHREAD_MUTEX_INITIALIZER;

static inline bool plic_model_enabled(unsigned int context, unsigned int source)
{
	return plic_model.enable[context][source / 32] >> source % 32 & 1;
}

static inline void plic_model_gateways(void)
{
	for (unsigned int s = 1; s <= SOURCES; s++)
		if (plic_model.line[s] && !plic_model.waiting[s])
			plic_model.pending[s] = plic_model.waiting[s] = true;
}

/* The highest priority wins, then the lowest number; 0: none. */
static inline unsigned int plic_model_best(unsigned int context, uint32_t above)
{
	unsigned int found = 0;

	plic_model_gateways();
	for (unsigned int s = 1; s <= SOURCES; s++)
		if (plic_model.pending[s] && plic_model_enabled(context, s) &&
		    plic_model.priority[s] > above) {
			above = plic_model.priority[s];
			found = s;
		}
	return found;
}

/* Is the external interrupt of this context's hart up? */
static inline bool plic_model_notified(unsigned int context)
{
	return plic_model_best(context, plic_model.threshold[context]) != 0;
}

static inline uint32_t plic_model_claim(unsigned int context)
{
	unsigned int source =
		plic_model_best(context, 0); /* no threshold here */

	plic_model.pending[source] = false;
	return source;
}

static inline void plic_model_complete(unsigned int context, uint32_t source)
{
	if (source < 1 || source > SOURCES ||
	    !plic_model_enabled(context, source)) {
		plic_model.dropped++;
		return;
	}
	/* one that is pending has not been claimed */
	if (!plic_model.pending[source])
		plic_model.waiting[source] = false;
}

static inline size_t plic_model_offset(const volatile void *addr,
				       unsigned int width)
{
	size_t at = (size_t)((uintptr_t)addr - (uintptr_t)window);

	assert_int_equal(width, 4);
	assert_int_equal(at % 4, 0);
	assert_true(at < REGS_SIZE);
	return at;
}

static inline uint32_t *plic_model_enable_word(size_t at)
{
	size_t context = (at - 0x2000) / 0x80, word = at % 0x80 / 4;

	assert_true(at >= 0x2000 && context < CONTEXTS && word < WORDS);
	return &plic_model.enable[context][word];
}

static inline uint32_t plic_model_read(size_t at)
{
	uint32_t value = 0;

	if (at < 0x1000)
		return plic_model.priority[at / 4];
	if (at < 0x1080) {
		plic_model_gateways();
		for (size_t s = (at - 0x1000) * 8, i = 0; i < 32; i++)
			if (s + i <= SOURCES && plic_model.pending[s + i])
				value |= 1u << i;
		return value;
	}
	if (at < 0x200000)
		return *plic_model_enable_word(at);
	assert_int_equal(at % 0x1000, 4);
	return plic_model_claim((unsigned int)((at - 0x200000) / 0x1000));
}

/* A device's level changes. */
static inline void plic_model_line(unsigned int source, bool level)
{
	pthread_mutex_lock(&plic_model_lock);
	plic_model.line[source] = level;
	plic_model_gateways();
	pthread_mutex_unlock(&plic_model_lock);
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	size_t at = plic_model_offset(addr, width);
	uint32_t value;

	pthread_mutex_lock(&plic_model_lock);
	value = plic_model_read(at);
	pthread_mutex_unlock(&plic_model_lock);
	return value;
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	size_t at = plic_model_offset(addr, width);
	unsigned int context = (unsigned int)((at - 0x200000) / 0x1000);

	pthread_mutex_lock(&plic_model_lock);
	if (at < 0x1000) {
		assert_in_range(at / 4, 1, SOURCES);
		plic_model.priority[at / 4] =
			(uint32_t)value & plic_model_priorities;
	} else if (at < 0x200000) {
		*plic_model_enable_word(at) = (uint32_t)value;
		plic_model.enable[0][0] &= ~1u; /* source 0 is none */
	} else if (at % 0x1000 == 0) {
		plic_model.threshold[context] = (uint32_t)value;
	} else {
		assert_int_equal(at % 0x1000, 4);
		plic_model_complete(context, (uint32_t)value);
	}
	pthread_mutex_unlock(&plic_model_lock);
}

#endif
