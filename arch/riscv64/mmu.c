/* SPDX-License-Identifier: Apache-2.0 */
/* The host's format, and forgetting translations. */
#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <asm/sbi.h>

#include "boot.h"

/* Beyond this many pages one flush of everything is cheaper. */
#define FLUSH_PAGES_MAX 64

unsigned int riscv64_host_bits;

/* Written by boot code. */
static const struct pgt_format *host_format;

void mmu_format_set(const struct pgt_format *format)
{
	host_format = format;
	riscv64_host_bits = format->va_bits;
}

const struct pgt_format *arch_host_format(void)
{
	return host_format;
}

/*
 * A hart may remember that an entry was invalid (Privileged ISA 12.2.1), so
 * new ones are announced like old ones are withdrawn: here, and by firmware on
 * the others. SFENCE.VMA orders the stores before it on its own hart alone.
 */
static void flush(uint64_t va, uint64_t size_bytes)
{
	arch_mb();
	sbi_call(SBI_EXT_RFENCE, SBI_RFENCE_VMA, 0, SBI_ALL_HARTS, va,
		 size_bytes);
}

void arch_pte_sync(void)
{
	__asm__ volatile("sfence.vma" ::: "memory");
	flush(0, UINT64_MAX);
}

void arch_host_tlb_flush(hva_t va, size_t size_bytes)
{
	uint64_t page = ALIGN_DOWN(va.v, PAGE_SIZE);
	uint64_t end = ALIGN_UP(va.v + size_bytes, PAGE_SIZE);
	uint64_t at;

	if (size_bytes / PAGE_SIZE > FLUSH_PAGES_MAX) {
		arch_pte_sync();
		return;
	}
	for (at = page; at < end; at += PAGE_SIZE)
		__asm__ volatile("sfence.vma %0" ::"r"(at) : "memory");
	flush(page, end - page);
}
