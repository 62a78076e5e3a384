/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host's address space: RAM and the Image stand at their physical
 * addresses, in the lower half of what the machine translates. Its upper
 * quarter holds what needs a place of its own.
 */
#ifndef ASM_MEMORY_H
#define ASM_MEMORY_H

#include <lib/types.h>

/** riscv64_host_bits - of the lower half: 38, 47 or 56 */
extern unsigned int riscv64_host_bits;

#define HOST_VMAP_BASE ((uint64_t)3 << (riscv64_host_bits - 2))
#define HOST_VMAP_SIZE ((uint64_t)1 << (riscv64_host_bits - 2))

static inline void *phys_to_virt(hpa_t pa)
{
	return (void *)(uintptr_t)pa.v;
}

static inline hpa_t virt_to_phys(const void *va)
{
	return hpa((uintptr_t)va);
}

#endif
