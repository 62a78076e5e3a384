/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first tables, and the way into core.
 *
 * boot_map_image() runs with the MMU off: no unaligned access, no call of
 * string functions (their stores to device memory must not be clever).
 */
#include "boot.h"

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <arch/upcall.h>
#include <asm/mmu.h>
#include <asm/sysreg.h>
#include <lib/image.h>
#include <lib/log.h>
#include <libfdt.h>

#define LOG_TAG "boot"

/* The arm64 boot protocol's limit on a device tree. */
#define FDT_SIZE_MAX SIZE_2M

/*
 * Identity tables for the Image, the tree and a UART wherever each lies: a
 * root; two L1 and two L2 for the Image and the tree each (they may cross any
 * boundary), one of both for the UART; an L3 where a run of pages ends: in the
 * Image where the guests' files begin, two for all up to the end of the cold
 * part, two for the boot stack; two for the tree, one for the UART. And four
 * that core maps the first RAM by.
 */
#define BOOT_TABLES (1 + 2 + 2 + 5 + 2 + 2 + 2 + 3 + 4)
#define ENTRIES 512

static uint64_t boot_tables[BOOT_TABLES][ENTRIES]
	__attribute__((aligned(4096), section(".noinit")));
static unsigned int boot_tables_used;

extern char __text_end[], __rodata_start[], __rodata_end[];
extern char __data_start[];
extern char boot_stack_guard[], boot_stack_bottom[];

static uint64_t *table_new(void)
{
	uint64_t *table = boot_tables[boot_tables_used++];
	uint64_t *entry = table;

	/* not a C loop, which would become memset() */
	for (unsigned int i = 0; i < ENTRIES / 2; i++)
		__asm__ volatile("stp xzr, xzr, [%0], #16"
				 : "+r"(entry)::"memory");
	return table;
}

static uint64_t *table_below(uint64_t *entry)
{
	const struct pgt_format *f = &aarch64_host_format;
	uint64_t *table;

	if (f->is_valid(*entry))
		return (uint64_t *)(uintptr_t)f->addr(*entry).v;
	if (boot_tables_used == BOOT_TABLES)
		return NULL;
	table = table_new();
	*entry = f->table(hpa((uintptr_t)table));
	return table;
}

/* Map one leaf at @va; the bytes it covers, or those already covered. */
static uint64_t map_step(uint64_t va, uint64_t left, unsigned int prot)
{
	const struct pgt_format *f = &aarch64_host_format;
	uint64_t *table = boot_tables[0];

	for (unsigned int height = 3;; height--) {
		unsigned int shift = PAGE_SHIFT + 9 * height;
		uint64_t size = (uint64_t)1 << shift;
		uint64_t *entry = &table[(va >> shift) % ENTRIES];

		if (f->is_valid(*entry) && f->is_leaf(*entry, height))
			return size - (va & (size - 1));
		if (height == 0 || (height == 1 && !f->is_valid(*entry) &&
				    IS_ALIGNED(va, size) && left >= size)) {
			*entry = f->leaf(hpa(va), prot, height);
			return size;
		}
		table = table_below(entry);
		if (!table)
			return left; /* reported by whoever needs the range */
	}
}

void boot_map(uint64_t start, uint64_t size_bytes, unsigned int prot)
{
	uint64_t va = ALIGN_DOWN(start, PAGE_SIZE);
	uint64_t end = ALIGN_UP(start + size_bytes, PAGE_SIZE);

	while (va < end)
		va += map_step(va, end - va, prot);
	arch_pte_sync();
}

static void map_range(const char *start, const char *end, unsigned int prot)
{
	boot_map((uintptr_t)start, (uint64_t)(end - start), prot);
}

uint64_t boot_map_image(void)
{
	table_new();
	boot_tables_used = 1;
	if (image.text > image.start + PAGE_SIZE)
		map_range(image.start + PAGE_SIZE, image.text, PGT_R);
	map_range(image.text, __text_end, PGT_R | PGT_X);
	map_range(__rodata_start, __rodata_end, PGT_R);
	map_range(__data_start, image.cold_text, PGT_R | PGT_W);
	map_range(image.cold_end, boot_stack_guard, PGT_R | PGT_W);
	map_range(boot_stack_bottom, image.end, PGT_R | PGT_W);
	return (uintptr_t)boot_tables[0];
}

void *arch_table_take(void)
{
	return boot_tables_used < BOOT_TABLES ? boot_tables[boot_tables_used++]
					      : NULL;
}

hpa_t arch_host_root(void)
{
	return hpa((uintptr_t)boot_tables[0]);
}

/*
 * Make the loader's tree readable. It is ordinary RAM and mapped as such, so
 * that mm may use the pages once core has copied the tree.
 */
static bool map_fdt(uint64_t fdt)
{
	uint64_t size;

	if (fdt == 0 || !IS_ALIGNED(fdt, 8) || fdt >= BIT(47))
		return false;
	boot_map(fdt, sizeof(struct fdt_header), PGT_R | PGT_W);
	if (fdt_check_header((void *)(uintptr_t)fdt) != 0)
		return false;
	size = fdt_totalsize((void *)(uintptr_t)fdt);
	if (size > FDT_SIZE_MAX)
		return false;
	boot_map(fdt, size, PGT_R | PGT_W);
	return true;
}

void boot_primary(uint64_t fdt)
{
	if (!map_fdt(fdt))
		fdt = 0;
	/* SErrors are taken from here on, whoever causes them */
	__asm__ volatile("msr daifclr, #4" ::: "memory");
	(void)aarch64_features_add();
	if (fdt)
		earlycon_init((const void *)(uintptr_t)fdt);
	core_boot(hpa(fdt));
}

/*
 * Say why, and stop: with the MMU off, maybe not at EL2, so nothing here may
 * take a lock or touch an EL2 register.
 */
void boot_refuse(uint64_t fdt, unsigned int why)
{
	static const char *const texts[] = {
		[REFUSED_EL] =
			"\ncvisor: not started at EL2. Let the firmware hand "
			"over at EL2 (QEMU: -M virt,virtualization=on)\n",
		[REFUSED_E2H] =
			"\ncvisor: this CPU has no EL2 without VHE "
			"(HCR_EL2.E2H is fixed to 1), which is not supported\n",
	};

	if (map_fdt(fdt))
		earlycon_init((const void *)(uintptr_t)fdt);
	for (const char *c = texts[why]; arch_early_putc && *c; c++) {
		if (*c == '\n')
			arch_early_putc('\r');
		arch_early_putc(*c);
	}
	arch_cpu_halt();
}

void boot_secondary(struct cpu *cpu)
{
	__asm__ volatile("msr daifclr, #4" ::: "memory");
	if (aarch64_features_add())
		arch_cpu_halt();
	core_secondary_boot(cpu);
}
