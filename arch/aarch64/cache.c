/* SPDX-License-Identifier: Apache-2.0 */
/* Caches by address, Arm ARM D7.5. */
#include <arch/pgtable.h>
#include <asm/sysreg.h>

/* CTR_EL0 gives log2 of a line in words. */
static uint64_t line_bytes(unsigned int log2_words)
{
	return (uint64_t)4 << log2_words;
}

/*
 * @instructions on each @step of [@va, @end); %0 is the address. Sixteen to
 * a round, or counting would cost as much as the work; @end - @va a multiple.
 */
#define EACH_STEP(va, end, step, instructions)                                 \
	do {                                                                   \
		while ((end) - (va) >= 16 * (step))                            \
			__asm__ volatile(".rept 16\n\t" instructions           \
					 "\n\tadd %0, %0, %1\n\t.endr"         \
					 : "+r"(va)                            \
					 : "r"(step)                           \
					 : "memory");                          \
		for (; (va) < (end); (va) += (step))                           \
			__asm__ volatile(instructions ::"r"(va) : "memory");   \
	} while (0)

void arch_dcache_clean_inval(const void *start, size_t size_bytes)
{
	uint64_t line = line_bytes(CTR_DMINLINE(read_sysreg(ctr_el0)));
	uint64_t va = ALIGN_DOWN((uintptr_t)start, line);
	uint64_t end = ALIGN_UP((uintptr_t)start + size_bytes, line);

	EACH_STEP(va, end, line, "dc civac, %0");
	dsb(sy);
}

/*
 * D7.5.6: with DIC instruction caches need not be invalidated; the barriers
 * stay. By address would miss aliases of a virtually indexed cache: guests
 * fetch at addresses of their own.
 */
void arch_icache_inval(void)
{
	dsb(ish);
	if (!(read_sysreg(ctr_el0) & CTR_DIC)) {
		__asm__ volatile("ic ialluis" ::: "memory");
		dsb(ish);
	}
	isb();
}

#define DCZID_DZP (1 << 4)
#define DCZID_BS(dczid) ((dczid)&0xf)

void arch_page_zero(void *page, size_t size_bytes)
{
	uint64_t dczid = read_sysreg(dczid_el0);
	uint64_t va = (uintptr_t)page;
	uint64_t end = va + size_bytes;
	uint64_t block = line_bytes(DCZID_BS(dczid));

	if (dczid & DCZID_DZP) {
		while (va < end)
			__asm__ volatile("stp xzr, xzr, [%0], #16\n\t"
					 "stp xzr, xzr, [%0], #16\n\t"
					 "stp xzr, xzr, [%0], #16\n\t"
					 "stp xzr, xzr, [%0], #16"
					 : "+r"(va)::"memory");
		return;
	}
	/* a block is 2 KiB at most, so a page holds a whole number */
	EACH_STEP(va, end, block, "dc zva, %0");
}

void arch_page_zero_clean(void *page, size_t size_bytes)
{
	uint64_t dczid = read_sysreg(dczid_el0);
	uint64_t block = line_bytes(DCZID_BS(dczid));
	uint64_t line = line_bytes(CTR_DMINLINE(read_sysreg(ctr_el0)));
	uint64_t va = (uintptr_t)page;
	uint64_t end = va + size_bytes;

	if ((dczid & DCZID_DZP) || block != line) {
		arch_page_zero(page, size_bytes);
		arch_dcache_clean_inval(page, size_bytes);
		return;
	}
	EACH_STEP(va, end, line, "dc zva, %0\n\tdc civac, %0");
	dsb(sy);
}
