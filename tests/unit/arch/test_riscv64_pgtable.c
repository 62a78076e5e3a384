/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of Sv39 and its relatives, held against numbers worked out from the
 * privileged architecture, and the tables that mm/pgtable.c makes of them,
 * walked as 4.3.2 says. The walker's edits: tests/unit/mm/test_pgtable.c.
 */
#include "../../fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "../../../arch/riscv64/pgtable_format.h"

static struct mm_owner owner = {.name = "test"};

static void host_leaves(void **state)
{
	const struct pgt_format *f = riscv64_host_format(3, false);

	(void)state;
	/* page number 1 at bit 10; D A - - X W R V */
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R | PGT_W | PGT_X, 0), 0x4cf);
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R, 0), 0x4c3);
	assert_int_equal(f->leaf(hpa(0x1000), PGT_X, 0), 0x4c9);
	/* writable alone would be reserved */
	assert_int_equal(f->leaf(hpa(0x1000), PGT_W, 0), 0x4c7);
	/* large leaves look the same */
	assert_int_equal(f->leaf(hpa(SIZE_1G), PGT_R | PGT_X, 2), 0x100000cb);
	/* no right at all: U, which S-mode does not pass */
	assert_int_equal(f->leaf(hpa(0x1000), 0, 0), 0x4d3);
	/* devices are never executed; without Svpbmt, a note in bit 9 */
	assert_int_equal(
		f->leaf(hpa(0x10000000), PGT_R | PGT_W | PGT_X | PGT_DEVICE, 0),
		0x40002c7);
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R | PGT_UNCACHED, 0), 0x4c3);
	assert_int_equal(f->table(hpa(0x123000)), 0x48c01);
}

static void stage2_leaves(void **state)
{
	const struct pgt_format *f = riscv64_stage2_format(3, true);

	(void)state;
	/* U in each of them */
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R | PGT_W | PGT_X, 0), 0x4df);
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R, 1), 0x4d3);
	/* but where nothing is allowed */
	assert_int_equal(f->leaf(hpa(0x1000), 0, 0), 0x4c3);
	/* PBMT 2: I/O; 1: not cacheable */
	assert_int_equal(
		f->leaf(hpa(0x10000000), PGT_R | PGT_W | PGT_X | PGT_DEVICE, 0),
		0x40000000040002d7);
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R | PGT_UNCACHED, 0),
			 0x20000000000004d3);
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R | PGT_U, 0), 0x5d3);
	assert_int_equal(f->table(hpa(0x123000)), 0x48c01);
	assert_int_equal(f->leaf(hpa(0xfffffffffff000), PGT_R, 0),
			 0x3ffffffffffcd3);
}

static void check_round_trip(const struct pgt_format *f, unsigned int prot,
			     unsigned int want)
{
	static const uint64_t addresses[] = {0, 0x40000000, 0xffffffc0000000};

	for (unsigned int height = 0; height < 3; height++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(addresses); i++) {
			uint64_t pte = f->leaf(hpa(addresses[i]), prot, height);

			assert_true(f->is_valid(pte));
			assert_true(f->is_leaf(pte, height));
			assert_int_equal(f->addr(pte).v, addresses[i]);
			assert_int_equal(f->prot(pte), want);
			/* said again, it is the same entry: splits rely on it */
			assert_int_equal(
				f->leaf(hpa(addresses[i]), want, height), pte);
		}
	}
}

static void rights_come_back(void **state)
{
	const unsigned int all =
		PGT_R | PGT_W | PGT_X | PGT_U | PGT_DEVICE | PGT_UNCACHED;

	(void)state;
	for (unsigned int prot = 0; prot <= all; prot++) {
		unsigned int want = prot;

		if (prot & PGT_DEVICE) /* the stronger kind, without X */
			want &= ~(unsigned int)(PGT_X | PGT_UNCACHED);
		if (prot & PGT_W)
			want |= PGT_R;
		for (unsigned int levels = 3; levels <= 5; levels++) {
			check_round_trip(riscv64_stage2_format(levels, true),
					 prot, want);
			check_round_trip(riscv64_host_format(levels, true),
					 prot, want);
			want &= ~(unsigned int)PGT_UNCACHED;
			check_round_trip(riscv64_stage2_format(levels, false),
					 prot, want);
			check_round_trip(riscv64_host_format(levels, false),
					 prot, want);
			want |= prot & PGT_DEVICE ? 0 : prot & PGT_UNCACHED;
		}
	}
}

static void tables_are_not_leaves(void **state)
{
	const struct pgt_format *f = riscv64_stage2_format(5, true);
	uint64_t pte = f->table(hpa(0x7fff000));

	(void)state;
	assert_true(f->is_valid(pte));
	for (unsigned int height = 1; height < 5; height++)
		assert_false(f->is_leaf(pte, height));
	assert_int_equal(f->addr(pte).v, 0x7fff000);
	assert_false(f->is_valid(0));
	/* what the walker leaves in dead tables: any page's address */
	assert_false(f->is_valid(0xfffffffffff000));
}

/* levels -> widths, roots and modes: 4.1.11, 8.2.10 */
static void modes(void **state)
{
	static const struct {
		unsigned int levels, host_bits, stage2_bits;
		const char *host, *stage2;
		uint64_t mode;
	} rows[] = {
		{3, 38, 41, "sv39", "sv39x4", 8},
		{4, 47, 50, "sv48", "sv48x4", 9},
		{5, 56, 59, "sv57", "sv57x4", 10},
	};

	(void)state;
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(rows); i++) {
		unsigned int r = i / 2;
		const struct pgt_format *h =
			riscv64_host_format(rows[r].levels, i & 1);
		const struct pgt_format *s =
			riscv64_stage2_format(rows[r].levels, i & 1);

		assert_string_equal(h->name, rows[r].host);
		assert_int_equal(h->levels, rows[r].levels);
		assert_int_equal(h->va_bits, rows[r].host_bits);
		assert_int_equal(h->root_tables, 1);
		assert_string_equal(s->name, rows[r].stage2);
		assert_int_equal(s->levels, rows[r].levels);
		assert_int_equal(s->va_bits, rows[r].stage2_bits);
		assert_int_equal(s->root_tables, 4);
		assert_int_equal(riscv64_satp(h, hpa(0x80200000)),
				 rows[r].mode << 60 | 0x80200);
		assert_int_equal(riscv64_hgatp(s, hpa(0x80204000), 0x3fff),
				 rows[r].mode << 60 | (uint64_t)0x3fff << 44 |
					 0x80204);
		assert_int_equal(riscv64_hgatp(s, hpa(0x80204000), 0),
				 rows[r].mode << 60 | 0x80204);
	}
}

/*
 * What a hart does: 4.3.2, and 8.5.1 for the second stage. @right: R, W or X
 * of an entry. False: page fault.
 */
static bool hart_walks(const struct pgtable *pt, bool stage2, uint64_t va,
		       uint64_t right, uint64_t *pa)
{
	int level = pt->format->levels - 1;
	uint64_t table = pt->root.v;
	uint64_t index = va >> (12 + 9 * level);

	/* the root: 2,048 entries instead of 512 */
	if (index >= (stage2 ? 2048 : 256))
		return false;
	for (; level >= 0; level--) {
		const uint64_t *entries = phys_to_virt(hpa(table));
		uint64_t pte = entries[index];
		uint64_t low;

		/* not valid; W without R; bits 63, 60:54 */
		if (!(pte & 1) || (pte & 6) == 4 ||
		    (pte & 0x9fc0000000000000ull))
			return false;
		if (pte & 0xe) {
			low = ((uint64_t)1 << (12 + 9 * level)) - 1;
			*pa = (pte << 2 & 0xfffffffffff000ull);
			if (*pa & low) /* misaligned */
				return false;
			*pa |= va & low;
			return (pte & right) && !!(pte & 0x10) == stage2 &&
			       (pte & 0x40) && (right != 4 || (pte & 0x80));
		}
		/* G aside, what is reserved in a pointer; PBMT too */
		if (pte & 0x60000000000000d0ull)
			return false;
		table = pte << 2 & 0xfffffffffff000ull;
		if (level)
			index = va >> (12 + 9 * (level - 1)) & 511;
	}
	return false;
}

static void check_walk(const struct pgtable *pt, bool stage2, uint64_t va,
		       uint64_t want, unsigned int prot)
{
	for (unsigned int bit = 0; bit < 3; bit++) {
		uint64_t pa = 0;

		if (prot & BIT(bit)) {
			assert_true(hart_walks(pt, stage2, va, 2u << bit, &pa));
			assert_int_equal(pa, want);
		} else {
			assert_false(
				hart_walks(pt, stage2, va, 2u << bit, &pa));
		}
	}
}

static void harts_follow(const struct pgt_format *f)
{
	bool stage2 = f->root_tables == 4;
	/* the last gigabytes, in the last of the root's pages */
	uint64_t top = BIT(f->va_bits) - 2 * SIZE_1G;
	struct pgt_range range;
	struct pgtable pt;

	assert_int_equal(pgtable_init(&pt, f, &owner), 0);
	pt.flush = fake_tlb_flush;
	assert_int_equal(pt.root.v % (f->root_tables * PAGE_SIZE), 0);
	/* 4 KiB, 2 MiB, 1 GiB */
	assert_int_equal(pgtable_map(&pt, top - SIZE_2M - PAGE_SIZE,
				     hpa(5 * SIZE_1G - SIZE_2M - PAGE_SIZE),
				     SIZE_1G + SIZE_2M + PAGE_SIZE,
				     PGT_R | PGT_W | PGT_X),
			 0);
	assert_int_equal(pgtable_map(&pt, 0x10000000, hpa(0x10000000),
				     PAGE_SIZE, PGT_R | PGT_W | PGT_DEVICE),
			 0);
	check_walk(&pt, stage2, top - SIZE_2M - 8, 5 * SIZE_1G - SIZE_2M - 8,
		   7);
	check_walk(&pt, stage2, top - 8, 5 * SIZE_1G - 8, 7);
	check_walk(&pt, stage2, top + SIZE_1G - 8, 6 * SIZE_1G - 8, 7);
	check_walk(&pt, stage2, 0x10000008, 0x10000008, PGT_R | PGT_W);
	check_walk(&pt, stage2, top + SIZE_1G, 0, 0);
	check_walk(&pt, stage2, top - SIZE_2M - PAGE_SIZE - 8, 0, 0);
	/* one page of the gigabyte read-only, one without any right */
	assert_int_equal(
		pgtable_protect(&pt, top + SIZE_2M, PAGE_SIZE, PGT_R, &range),
		0);
	assert_int_equal(pgtable_protect(&pt, top + SIZE_2M + PAGE_SIZE,
					 PAGE_SIZE, 0, &range),
			 0);
	check_walk(&pt, stage2, top, 5 * SIZE_1G, 7);
	check_walk(&pt, stage2, top + SIZE_2M - 8, 5 * SIZE_1G + SIZE_2M - 8,
		   7);
	check_walk(&pt, stage2, top + SIZE_2M + 16, 5 * SIZE_1G + SIZE_2M + 16,
		   PGT_R);
	check_walk(&pt, stage2, top + SIZE_2M + PAGE_SIZE, 0, 0);
	check_walk(&pt, stage2, top + SIZE_2M + 2 * PAGE_SIZE,
		   5 * SIZE_1G + SIZE_2M + 2 * PAGE_SIZE, 7);
	check_walk(&pt, stage2, top + 2 * SIZE_2M, 5 * SIZE_1G + 2 * SIZE_2M,
		   7);
	/* nothing lies beyond */
	assert_int_equal(
		pgtable_map(&pt, BIT(f->va_bits), hpa(0), PAGE_SIZE, PGT_R),
		-EINVAL);
	pgtable_destroy(&pt);
	assert_int_equal(owner.pages, 0);
	assert_int_equal(fake_frames_out(), 0);
}

static void harts_follow_them(void **state)
{
	(void)state;
	fake_frames_fail_after = -1;
	for (unsigned int levels = 3; levels <= 5; levels++) {
		for (int svpbmt = 0; svpbmt < 2; svpbmt++) {
			harts_follow(riscv64_host_format(levels, svpbmt));
			harts_follow(riscv64_stage2_format(levels, svpbmt));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_leaves),
		cmocka_unit_test(stage2_leaves),
		cmocka_unit_test(rights_come_back),
		cmocka_unit_test(tables_are_not_leaves),
		cmocka_unit_test(modes),
		cmocka_unit_test(harts_follow_them),
	};

	return cmocka_run_group_tests_name("riscv64 pgtable", tests, NULL,
					   NULL);
}
