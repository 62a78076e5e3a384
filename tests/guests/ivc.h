/* SPDX-License-Identifier: Apache-2.0 */
/* What the test guests that use channels share: their doorbell, their calls. */
#ifndef TEST_GUEST_IVC_H
#define TEST_GUEST_IVC_H

#include "../../guests/include/cvisor_ivc.h"
#include "guest.h"

static inline uint32_t bell_read(unsigned int reg)
{
	uint32_t value = read32(DOORBELL_BASE + reg);

	mb();
	return value;
}

static inline void bell_write(unsigned int reg, uint32_t value)
{
	mb();
	write32(DOORBELL_BASE + reg, value);
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
