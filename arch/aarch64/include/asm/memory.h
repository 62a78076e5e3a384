/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's address space at EL2: 48 bits, one table root.
 *
 * RAM and the Image stand at their physical addresses; the upper half holds
 * what needs a place of its own.
 */
#ifndef ASM_MEMORY_H
#define ASM_MEMORY_H

#include <lib/types.h>

#define HOST_VMAP_BASE ((uint64_t)1 << 47)
#define HOST_VMAP_SIZE ((uint64_t)1 << 46)

static inline void *phys_to_virt(hpa_t pa)
{
	return (void *)(uintptr_t)pa.v;
}

static inline hpa_t virt_to_phys(const void *va)
{
	return hpa((uintptr_t)va);
}

#endif
