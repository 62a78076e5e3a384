/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first tables, and the way into core.
 *
 * boot_map_image() runs without translation, and without the Image's rights:
 * it must get by on what head.S has set up, and has no way to say what fails.
 */
#include "boot.h"

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <arch/upcall.h>
#include <asm/csr.h>
#include <asm/features.h>
#include <lib/image.h>
#include <libfdt.h>

#include "pgtable_format.h"

/* A device tree is not larger than this. */
#define FDT_SIZE_MAX SIZE_2M

/*
 * Identity tables for the Image and the tree wherever each lies: a root; two
 * at each height between root and last for each of them (they may cross any
 * boundary); a last one where a run of pages ends: in the Image where the
 * guests' files begin, two for all up to the end of the cold part, two for the
 * boot stack; two for the tree. And four that core maps the first RAM by.
 */
#define BOOT_TABLES (1 + 3 * 4 + 5 + 2 + 4)
#define ENTRIES 512

static uint64_t boot_tables[BOOT_TABLES][ENTRIES]
	__attribute__((aligned(4096), section(".noinit")));
static unsigned int boot_tables_used;
static uint64_t satp, boot_hart;

extern char __text_end[], __rodata_start[], __rodata_end[];
extern char __data_start[];
extern char boot_stack_guard[], boot_stack_bottom[];

static unsigned int shift_of(unsigned int height)
{
	return PAGE_SHIFT + 9 * height;
}

static uint64_t *table_new(void)
{
	uint64_t *table = boot_tables[boot_tables_used++];

	for (unsigned int i = 0; i < ENTRIES; i++)
		table[i] = 0;
	return table;
}

static uint64_t *table_below(uint64_t *entry)
{
	const struct pgt_format *f = arch_host_format();
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
	const struct pgt_format *f = arch_host_format();
	uint64_t *table = boot_tables[0];

	for (unsigned int height = f->levels - 1u;; height--) {
		uint64_t size = (uint64_t)1 << shift_of(height);
		uint64_t *entry = &table[(va >> shift_of(height)) % ENTRIES];

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

static void map(uint64_t start, uint64_t size_bytes, unsigned int prot)
{
	uint64_t va = ALIGN_DOWN(start, PAGE_SIZE);
	uint64_t end = ALIGN_UP(start + size_bytes, PAGE_SIZE);

	while (va < end)
		va += map_step(va, end - va, prot);
	__asm__ volatile("sfence.vma" ::: "memory");
}

static void map_range(const char *start, const char *end, unsigned int prot)
{
	map((uintptr_t)start, (uint64_t)(end - start), prot);
}

/*
 * Does a format's mode take effect? A write of one that is missing changes
 * nothing (12.1.11). For the one instruction behind it that is translated, the
 * Image stands at its own addresses in leaves of the root.
 */
static bool format_works(const struct pgt_format *f)
{
	unsigned int height = f->levels - 1u;
	uint64_t size = (uint64_t)1 << shift_of(height);
	uint64_t ends[] = {(uintptr_t)image.start, (uintptr_t)image.end};
	uint64_t *root = boot_tables[0];
	uint64_t wanted = riscv64_satp(f, hpa((uintptr_t)root));
	uint64_t got;

	if (ends[1] >> f->va_bits)
		return false;
	boot_tables_used = 0;
	table_new();
	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++)
		root[ends[i] >> shift_of(height)] =
			f->leaf(hpa(ALIGN_DOWN(ends[i], size)),
				PGT_R | PGT_W | PGT_X, height);
	__asm__ volatile("sfence.vma\n\t"
			 "csrw satp, %1\n\t"
			 "csrr %0, satp\n\t"
			 "csrw satp, zero\n\t"
			 "sfence.vma"
			 : "=&r"(got)
			 : "r"(wanted)
			 : "memory");
	return got == wanted;
}

/* The widest; NULL: this hart has none that reaches the Image. */
static const struct pgt_format *format_find(void)
{
	for (unsigned int levels = RISCV64_LEVELS_MAX;
	     levels >= RISCV64_LEVELS_MIN; levels--) {
		const struct pgt_format *f = riscv64_host_format(levels, false);

		if (format_works(f))
			return f;
	}
	return NULL;
}

/* Return: satp, or 0. */
uint64_t boot_map_image(void)
{
	const struct pgt_format *f = format_find();

	if (!f)
		return 0;
	mmu_format_set(f);
	boot_tables_used = 0;
	table_new();
	if (image.text > image.start + PAGE_SIZE)
		map_range(image.start + PAGE_SIZE, image.text, PGT_R);
	map_range(image.text, __text_end, PGT_R | PGT_X);
	map_range(__rodata_start, __rodata_end, PGT_R);
	map_range(__data_start, image.cold_text, PGT_R | PGT_W);
	map_range(image.cold_end, boot_stack_guard, PGT_R | PGT_W);
	map_range(boot_stack_bottom, image.end, PGT_R | PGT_W);
	satp = riscv64_satp(f, arch_host_root());
	return satp;
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

uint64_t boot_satp(void)
{
	return satp;
}

uint64_t boot_hartid(void)
{
	return boot_hart;
}

/*
 * Make the loader's tree readable. It is ordinary RAM and mapped as such, so
 * that mm may use the pages once core has copied the tree.
 */
static bool map_fdt(uint64_t fdt)
{
	uint64_t size;

	if (fdt == 0 || !IS_ALIGNED(fdt, 8) || fdt >= HOST_VMAP_BASE)
		return false;
	map(fdt, sizeof(struct fdt_header), PGT_R | PGT_W);
	if (fdt_check_header((void *)(uintptr_t)fdt) != 0)
		return false;
	size = fdt_totalsize((void *)(uintptr_t)fdt);
	if (size > FDT_SIZE_MAX)
		return false;
	map(fdt, size, PGT_R | PGT_W);
	return true;
}

void boot_primary(uint64_t hartid, uint64_t fdt)
{
	boot_hart = hartid;
	sbi_console_init();
	if (map_fdt(fdt))
		riscv64_features_probe((const void *)(uintptr_t)fdt);
	else
		fdt = 0;
	/* so far there is nothing but RAM, which is alike in both */
	mmu_format_set(riscv64_host_format(arch_host_format()->levels,
					   riscv64_features()->svpbmt));
	core_boot(hpa(fdt));
}
