/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pretend physical memory: FAKE_PHYS_SIZE bytes from address 0, reserved but
 * not committed, at a virtual address that is not the physical one.
 */
#ifndef ASM_MEMORY_H
#define ASM_MEMORY_H

#include <lib/types.h>

#define FAKE_PHYS_SIZE ((uint64_t)4 << 40)
/* where it stands: fixed, so that a test can place an Image inside */
#define FAKE_PHYS_BASE 0x200000000000ull

#define HOST_VMAP_BASE ((uint64_t)1 << 40)
#define HOST_VMAP_SIZE ((uint64_t)64 << 20)

char *fake_phys_base(void);

static inline void *phys_to_virt(hpa_t pa)
{
	return fake_phys_base() + pa.v;
}

static inline hpa_t virt_to_phys(const void *va)
{
	return hpa((uint64_t)((const char *)va - fake_phys_base()));
}

#endif
