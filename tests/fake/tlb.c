/* SPDX-License-Identifier: Apache-2.0 */
/* Table formats, and a TLB that caches everything it may. See fake.h. */
#include "fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/log.h>

#define LEAF_MAX 131072
#define TABLE_MAX 1024

struct cached_leaf {
	uint64_t va;
	uint64_t size;
	uint64_t pte;
};

struct cached_table {
	uint64_t va;
	uint64_t size;
	uint64_t pa;
};

unsigned int fake_tlb_flush_count;
struct fake_stage2_flush fake_stage2_flushed;
unsigned int fake_vmid_bits = 8;
hpa_t fake_host_root;

static const struct pgtable *watched;
static struct cached_leaf leaves[LEAF_MAX]; /* ascending, disjoint */
static unsigned int leaf_count;
static struct cached_leaf seen[LEAF_MAX]; /* of the walk that goes on */
static unsigned int seen_count;
static struct cached_table tables[TABLE_MAX];
static unsigned int table_count;

/*
 * Like stage 2 of Arm: bit 0 valid, bit 1 table (or page at the last level),
 * rights in 6..7 and 54, memory type in 2..5; PGT_U kept in a software bit.
 */
#define ARM_ADDR 0x0000fffffffff000ull

static uint64_t arm_leaf(hpa_t pa, unsigned int prot, unsigned int height)
{
	uint64_t pte = pa.v | BIT(10) | (height == 0 ? 3 : 1);

	pte |= prot & PGT_R ? BIT(6) : 0;
	pte |= prot & PGT_W ? BIT(7) : 0;
	pte |= prot & PGT_X ? 0 : BIT(54);
	pte |= prot & PGT_U ? BIT(55) : 0;
	if (prot & PGT_DEVICE)
		return pte | 1 << 2;
	return pte | (prot & PGT_UNCACHED ? 5 : 15) << 2;
}

static uint64_t arm_table(hpa_t pa)
{
	return pa.v | 3;
}

static bool arm_is_valid(uint64_t pte)
{
	return pte & 1;
}

static bool arm_is_leaf(uint64_t pte, unsigned int height)
{
	return height == 0 || !(pte & 2);
}

static hpa_t arm_addr(uint64_t pte)
{
	return hpa(pte & ARM_ADDR);
}

static unsigned int arm_prot(uint64_t pte)
{
	unsigned int type = pte >> 2 & 15;
	unsigned int prot = 0;

	prot |= pte & BIT(6) ? PGT_R : 0;
	prot |= pte & BIT(7) ? PGT_W : 0;
	prot |= pte & BIT(54) ? 0 : PGT_X;
	prot |= pte & BIT(55) ? PGT_U : 0;
	if (type == 1)
		return prot | PGT_DEVICE;
	return prot | (type == 5 ? PGT_UNCACHED : 0);
}

const struct pgt_format fake_format_arm = {
	.name = "arm-like",
	.levels = 3,
	.va_bits = 40,
	.root_tables = 2,
	.leaf_mask = 7,
	.bbm = true,
	.leaf = arm_leaf,
	.table = arm_table,
	.is_valid = arm_is_valid,
	.is_leaf = arm_is_leaf,
	.addr = arm_addr,
	.prot = arm_prot,
};

const struct pgt_format fake_format_host = {
	.name = "host",
	.levels = 4,
	.va_bits = 48,
	.root_tables = 1,
	.leaf_mask = 7,
	.bbm = true,
	.leaf = arm_leaf,
	.table = arm_table,
	.is_valid = arm_is_valid,
	.is_leaf = arm_is_leaf,
	.addr = arm_addr,
	.prot = arm_prot,
};

/*
 * Like RISC-V: page number from bit 10, an entry without rights points to a
 * table; memory types in the top bits. No leaf above 2 MiB.
 */
static uint64_t odd_leaf(hpa_t pa, unsigned int prot, unsigned int height)
{
	uint64_t type = prot & PGT_DEVICE ? 2 : prot & PGT_UNCACHED ? 1 : 0;

	(void)height;
	return pa.v >> 12 << 10 | (uint64_t)(prot & 0xf) << 1 | type << 61 | 1;
}

static uint64_t odd_table(hpa_t pa)
{
	return pa.v >> 12 << 10 | 1;
}

static bool odd_is_leaf(uint64_t pte, unsigned int height)
{
	(void)height;
	return pte & 0xe;
}

static hpa_t odd_addr(uint64_t pte)
{
	return hpa((pte & GENMASK(53, 10)) >> 10 << 12);
}

static unsigned int odd_prot(uint64_t pte)
{
	static const unsigned int type[4] = {0, PGT_UNCACHED, PGT_DEVICE, 0};

	return (pte >> 1 & 0xf) | type[pte >> 61 & 3];
}

const struct pgt_format fake_format_odd = {
	.name = "odd",
	.levels = 3,
	.va_bits = 41,
	.root_tables = 4,
	.leaf_mask = 3,
	.bbm = false,
	.flush_whole = true,
	.leaf = odd_leaf,
	.table = odd_table,
	.is_valid = arm_is_valid,
	.is_leaf = odd_is_leaf,
	.addr = odd_addr,
	.prot = odd_prot,
};

/*
 * The walkers
 */

static void fail_test(const char *what, uint64_t va)
{
	fprintf(stderr, "tlb: %s at %#llx\n", what, (unsigned long long)va);
	abort();
}

static void remember_table(uint64_t va, uint64_t size, uint64_t pa)
{
	for (unsigned int i = 0; i < table_count; i++) {
		if (tables[i].pa == pa && tables[i].va == va)
			return;
	}
	if (table_count == TABLE_MAX)
		fail_test("too many tables", va);
	tables[table_count++] = (struct cached_table){va, size, pa};
}

static void walk(uint64_t pa, unsigned int height, uint64_t va,
		 unsigned int entries)
{
	const struct pgt_format *f = watched->format;
	uint64_t span = BIT(12 + 9 * height);
	const uint64_t *table = phys_to_virt(hpa(pa));

	for (unsigned int i = 0; i < entries; i++, va += span) {
		uint64_t pte = table[i];

		if (!f->is_valid(pte))
			continue;
		if (!f->is_leaf(pte, height)) {
			remember_table(va, span, f->addr(pte).v);
			walk(f->addr(pte).v, height - 1, va, 512);
			continue;
		}
		if (!(f->leaf_mask & BIT(height)))
			fail_test("leaf of a forbidden size", va);
		if (f->addr(pte).v & (span - 1))
			fail_test("misaligned leaf", va);
		if (seen_count == LEAF_MAX)
			fail_test("too many leaves", va);
		seen[seen_count++] = (struct cached_leaf){va, span, pte};
	}
}

/* may a walker hold both at once */
static bool compatible(const struct cached_leaf *a, const struct cached_leaf *b)
{
	const struct pgt_format *f = watched->format;
	const unsigned int type = PGT_DEVICE | PGT_UNCACHED;

	if (a->pte == b->pte && a->va == b->va && a->size == b->size)
		return true;
	if (!f->bbm) /* such machines bear any change, as long as it is flushed */
		return true;
	return a->va == b->va && a->size == b->size &&
	       f->addr(a->pte).v == f->addr(b->pte).v &&
	       ((f->prot(a->pte) ^ f->prot(b->pte)) & type) == 0;
}

/* every walker looks at everything: what it had, and what is there now */
static void look(void)
{
	static struct cached_leaf merged[LEAF_MAX];
	unsigned int count = 0, i = 0, j = 0;

	if (!watched)
		return;
	seen_count = 0;
	walk(watched->root.v, watched->format->levels - 1, 0,
	     watched->format->root_tables * 512);
	while (i < leaf_count || j < seen_count) {
		const struct cached_leaf *a =
			i < leaf_count ? &leaves[i] : NULL;
		const struct cached_leaf *b = j < seen_count ? &seen[j] : NULL;

		if (a && b && a->va < b->va + b->size &&
		    b->va < a->va + a->size) {
			if (!compatible(a, b))
				fail_test("break before make", b->va);
			/* the stale one stays: nothing makes it go away */
			merged[count++] = *a;
			i++;
			while (j < seen_count && seen[j].va < a->va + a->size) {
				if (!compatible(a, &seen[j]))
					fail_test("break before make",
						  seen[j].va);
				j++;
			}
		} else if (a && (!b || a->va < b->va)) {
			merged[count++] = *a;
			i++;
		} else {
			merged[count++] = *b;
			j++;
		}
	}
	memcpy(leaves, merged, count * sizeof(*leaves));
	leaf_count = count;
}

static void forget(uint64_t va, uint64_t size)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < leaf_count; i++) {
		if (leaves[i].va < va + size &&
		    va < leaves[i].va + leaves[i].size)
			continue;
		leaves[kept++] = leaves[i];
	}
	leaf_count = kept;
	if (watched && watched->format->flush_whole && size != UINT64_MAX)
		return;
	kept = 0;
	for (unsigned int i = 0; i < table_count; i++) {
		if (tables[i].va < va + size &&
		    va < tables[i].va + tables[i].size)
			continue;
		tables[kept++] = tables[i];
	}
	table_count = kept;
}

void fake_tlb_watch(const struct pgtable *pt)
{
	watched = pt;
	leaf_count = 0;
	table_count = 0;
	if (pt)
		look();
}

void fake_tlb_flush(void *ctx, uint64_t va, uint64_t size_bytes)
{
	(void)ctx;
	fake_tlb_flush_count++;
	look();
	forget(va, size_bytes);
	look();
}

void fake_tlb_table_freed(hpa_t pa)
{
	for (unsigned int i = 0; i < table_count; i++) {
		if (tables[i].pa == pa.v)
			fail_test("table freed while cached", tables[i].va);
	}
}

bool fake_tlb_settle(const struct pgt_range *range)
{
	look();
	if (range && range->size_bytes)
		forget(range->start, range->size_bytes);
	look();
	if (leaf_count != seen_count)
		return false;
	return !memcmp(leaves, seen, leaf_count * sizeof(*leaves));
}

/*
 * The contract
 */

void arch_pte_sync(void)
{
	look();
}

const struct pgt_format *arch_host_format(void)
{
	return &fake_format_host;
}

const struct pgt_format *arch_stage2_format(void)
{
	return &fake_format_arm;
}

__attribute__((weak)) void *arch_table_take(void)
{
	static uint64_t tables[4][512] __attribute__((aligned(4096)));
	static unsigned int used;

	if (used == ARRAY_SIZE(tables))
		return NULL;
	memset(tables[used], 0xa5, sizeof(tables[used]));
	return tables[used++];
}

hpa_t arch_host_root(void)
{
	return fake_host_root;
}

void arch_host_tlb_flush(hva_t va, size_t size_bytes)
{
	fake_tlb_flush(NULL, va.v, size_bytes);
}

void arch_stage2_tlb_flush(uint16_t vmid, gpa_t gpa, uint64_t size_bytes)
{
	fake_stage2_flushed.count++;
	fake_stage2_flushed.vmid = vmid;
	fake_stage2_flushed.gpa = gpa.v;
	fake_stage2_flushed.size_bytes = size_bytes;
	fake_tlb_flush(NULL, gpa.v, size_bytes);
}

unsigned int arch_stage2_vmid_bits(void)
{
	return fake_vmid_bits;
}
