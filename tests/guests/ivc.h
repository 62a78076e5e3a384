/* SPDX-License-Identifier: Apache-2.0 */
/* What the test guests that use channels share: their doorbell's interrupt. */
#ifndef TEST_GUEST_IVC_H
#define TEST_GUEST_IVC_H

#include "../../guests/include/cvisor_ivc.h"
#include "guest.h"

#define DOORBELL 0x0a000000UL
#define INTID_DOORBELL 40

static inline uint32_t bell_read(unsigned int reg)
{
	uint32_t value = read32(DOORBELL + reg);

	__asm__ volatile("dmb sy" ::: "memory");
	return value;
}

static inline void bell_write(unsigned int reg, uint32_t value)
{
	__asm__ volatile("dmb sy" ::: "memory");
	write32(DOORBELL + reg, value);
}

/* The doorbell's SPI: group 1, level, this CPU. */
static inline void bell_init(void)
{
	uint64_t word = INTID_DOORBELL / 32, bit = 1u << INTID_DOORBELL % 32;

	write32(GICD_BASE + 0x80 + 4 * word,
		read32(GICD_BASE + 0x80 + 4 * word) | bit);
	*(volatile uint8_t *)(GICD_BASE + 0x400 + INTID_DOORBELL) = 0xa0;
	*(volatile uint64_t *)(GICD_BASE + 0x6000 + 8 * INTID_DOORBELL) = 0;
	write32(GICD_BASE + 0x100 + 4 * word, bit);
}

/* Publish or subscribe by the pointers that the calls want. */
static inline bool ivc_publish(uint64_t key, uint64_t bytes, uint64_t *base,
			       uint64_t *size)
{
	static volatile uint64_t out[2];

	out[1] = bytes;
	if (cvisor_call(CVISOR_IVC_PUBLISH, key, (uint64_t)&out[0],
			(uint64_t)&out[1], 0))
		return false;
	*base = out[0];
	*size = out[1];
	return true;
}

static inline bool ivc_subscribe(uint64_t publisher, uint64_t key,
				 uint64_t *base, uint64_t *size)
{
	static volatile uint64_t out[2];

	if (cvisor_call(CVISOR_IVC_SUBSCRIBE, publisher, key, (uint64_t)&out[0],
			(uint64_t)&out[1]))
		return false;
	*base = out[0];
	*size = out[1];
	return true;
}

#endif
