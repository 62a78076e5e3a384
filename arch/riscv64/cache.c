/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Caches by address: Zicbom and Zicboz, Unprivileged ISA "CMO" extensions.
 * Where they are missing, all of memory is coherent, and nothing need be done.
 */
#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <asm/features.h>
#include <asm/sbi.h>

/* By number, for assemblers that do not know them. */
static void cbo_flush(uint64_t va)
{
	__asm__ volatile(".insn i 0x0f, 2, x0, %0, 2" ::"r"(va) : "memory");
}

static void cbo_zero(uint64_t va)
{
	__asm__ volatile(".insn i 0x0f, 2, x0, %0, 4" ::"r"(va) : "memory");
}

void arch_dcache_clean_inval(const void *start, size_t size_bytes)
{
	uint64_t block = riscv64_features()->cbom_bytes;
	uint64_t end = (uintptr_t)start + size_bytes;

	if (block)
		for (uint64_t va = ALIGN_DOWN((uintptr_t)start, block);
		     va < end; va += block)
			cbo_flush(va);
	arch_mb();
}

/* FENCE.I acts on its own hart (Unprivileged ISA, "Zifencei"); the others do it
 * for firmware. */
void arch_icache_inval(void)
{
	arch_mb();
	__asm__ volatile("fence.i" ::: "memory");
	sbi_call(SBI_EXT_RFENCE, SBI_RFENCE_I, 0, SBI_ALL_HARTS, 0, 0);
}

void arch_page_zero(void *page, size_t size_bytes)
{
	uint64_t block = riscv64_features()->cboz_bytes;
	uint64_t va = (uintptr_t)page;
	uint64_t end = va + size_bytes;

	if (block) {
		for (; va < end; va += block)
			cbo_zero(va);
		return;
	}
	for (; va < end; va += 32)
		__asm__ volatile("sd zero, 0(%0)\n\t"
				 "sd zero, 8(%0)\n\t"
				 "sd zero, 16(%0)\n\t"
				 "sd zero, 24(%0)" ::"r"(va)
				 : "memory");
}

/* Block for block, when both extensions have the same: guests' RAM is large. */
void arch_page_zero_clean(void *page, size_t size_bytes)
{
	uint64_t block = riscv64_features()->cboz_bytes;
	uint64_t va = (uintptr_t)page;
	uint64_t end = va + size_bytes;

	if (!block || block != riscv64_features()->cbom_bytes ||
	    size_bytes % (2 * block)) {
		arch_page_zero(page, size_bytes);
		arch_dcache_clean_inval(page, size_bytes);
		return;
	}
	for (; va < end; va += block) {
		cbo_zero(va);
		cbo_flush(va);
		va += block;
		cbo_zero(va);
		cbo_flush(va);
	}
	arch_mb();
}
