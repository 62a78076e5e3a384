/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forgetting guests' translations on the calling hart: privileged architecture
 * 1.12, 8.3.2, by number for assemblers that do not know them. x0 means all.
 */
#ifndef ASM_HFENCE_H
#define ASM_HFENCE_H

#include <lib/types.h>

/** hfence_gvma_all() - second stages of all VMIDs */
static inline void hfence_gvma_all(void)
{
	__asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, x0" ::: "memory");
}

/** hfence_gvma_vmid() - the second stage of one */
static inline void hfence_gvma_vmid(uint64_t vmid)
{
	__asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, %0" ::"r"(vmid)
			 : "memory");
}

/** hfence_gvma_page() - leaves of one for the page at @gpa */
static inline void hfence_gvma_page(uint64_t gpa, uint64_t vmid)
{
	__asm__ volatile(".insn r 0x73, 0, 0x31, x0, %0, %1" ::"r"(gpa >> 2),
			 "r"(vmid)
			 : "memory");
}

/** hfence_vvma_all() - first stages of hgatp's VMID, as the others below */
static inline void hfence_vvma_all(void)
{
	__asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, x0" ::: "memory");
}

/** hfence_vvma_asid() - of one ASID */
static inline void hfence_vvma_asid(uint64_t asid)
{
	__asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, %0" ::"r"(asid)
			 : "memory");
}

/** hfence_vvma_page() - of all ASIDs, the leaves for the page at @va */
static inline void hfence_vvma_page(uint64_t va)
{
	__asm__ volatile(".insn r 0x73, 0, 0x11, x0, %0, x0" ::"r"(va)
			 : "memory");
}

/** hfence_vvma_asid_page() - the same of one ASID, but for global ones */
static inline void hfence_vvma_asid_page(uint64_t va, uint64_t asid)
{
	__asm__ volatile(".insn r 0x73, 0, 0x11, x0, %0, %1" ::"r"(va),
			 "r"(asid)
			 : "memory");
}

/** fence_i() - fetches see the stores before */
static inline void fence_i(void)
{
	__asm__ volatile("fence.i" ::: "memory");
}

#endif
