/* SPDX-License-Identifier: Apache-2.0 */
#include "../../fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../arch/riscv64/pgtable_format.h"

#define SPANS_MAX 4096

static struct mm_owner owner = {.name = "test"};
static struct pgtable pt;
/* and two real ones, which main() puts here: of three and of five levels */
static const struct pgt_format *formats[4] = {&fake_format_arm,
					      &fake_format_odd};

static void begin(const struct pgt_format *format)
{
	fake_frames_fail_after = -1;
	assert_int_equal(pgtable_init(&pt, format, &owner), 0);
	pt.flush = fake_tlb_flush;
	fake_tlb_watch(&pt);
}

static void end(void)
{
	fake_tlb_watch(NULL);
	pgtable_destroy(&pt);
	assert_int_equal(pt.table_pages, 0);
	assert_int_equal(owner.pages, 0);
	assert_int_equal(fake_frames_out(), 0);
}

static void expect(uint64_t va, uint64_t pa, unsigned int prot, uint64_t left)
{
	unsigned int got_prot;
	uint64_t got_left;
	hpa_t got_pa;

	assert_int_equal(pgtable_lookup(&pt, va, &got_pa, &got_prot, &got_left),
			 0);
	assert_int_equal(got_pa.v, pa);
	assert_int_equal(got_prot, prot);
	assert_int_equal(got_left, left);
}

static void expect_hole(uint64_t va)
{
	assert_int_equal(pgtable_lookup(&pt, va, NULL, NULL, NULL), -ENOENT);
}

static void unmap(uint64_t va, uint64_t size)
{
	struct pgt_range range;

	assert_int_equal(pgtable_unmap(&pt, va, size, &range), 0);
	assert_true(fake_tlb_settle(&range));
}

static void largest_leaves(void **state)
{
	(void)state;
	begin(&fake_format_arm);
	/* 4 KiB, then 2 MiB, then 1 GiB, and down again */
	assert_int_equal(pgtable_map(&pt, SIZE_1G - SIZE_2M - PAGE_SIZE,
				     hpa(5 * SIZE_1G - SIZE_2M - PAGE_SIZE),
				     SIZE_1G + 2 * (SIZE_2M + PAGE_SIZE),
				     PGT_R | PGT_W),
			 0);
	expect(SIZE_1G - SIZE_2M - PAGE_SIZE, 5 * SIZE_1G - SIZE_2M - PAGE_SIZE,
	       3, PAGE_SIZE);
	expect(SIZE_1G - SIZE_2M, 5 * SIZE_1G - SIZE_2M, 3, SIZE_2M);
	expect(SIZE_1G, 5 * SIZE_1G, 3, SIZE_1G);
	expect(2 * SIZE_1G, 6 * SIZE_1G, 3, SIZE_2M);
	expect(2 * SIZE_1G + SIZE_2M, 6 * SIZE_1G + SIZE_2M, 3, PAGE_SIZE);
	expect_hole(2 * SIZE_1G + SIZE_2M + PAGE_SIZE);
	assert_int_equal(pt.table_pages, 2 + 4);
	end();
	/* va and pa at odds: small leaves only */
	begin(&fake_format_arm);
	assert_int_equal(pgtable_map(&pt, SIZE_2M, hpa(PAGE_SIZE), SIZE_2M, 1),
			 0);
	expect(SIZE_2M, PAGE_SIZE, 1, PAGE_SIZE);
	end();
	/* a format without 1 GiB leaves gets none */
	begin(&fake_format_odd);
	assert_int_equal(pgtable_map(&pt, SIZE_1G, hpa(SIZE_1G), SIZE_1G, 1),
			 0);
	expect(SIZE_1G, SIZE_1G, 1, SIZE_2M);
	end();
}

static void refuses(void **state)
{
	uint64_t limit;
	struct pgt_range r;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		begin(formats[i]);
		limit = BIT(formats[i]->va_bits);
		assert_int_equal(pgtable_map(&pt, 1, hpa(0), PAGE_SIZE, 1),
				 -EINVAL);
		assert_int_equal(pgtable_map(&pt, 0, hpa(8), PAGE_SIZE, 1),
				 -EINVAL);
		assert_int_equal(pgtable_map(&pt, 0, hpa(0), 100, 1), -EINVAL);
		assert_int_equal(pgtable_map(&pt, 0, hpa(0), 0, 1), -EINVAL);
		assert_int_equal(pgtable_map(&pt, limit, hpa(0), PAGE_SIZE, 1),
				 -EINVAL);
		assert_int_equal(pgtable_map(&pt, limit - PAGE_SIZE, hpa(0),
					     2 * PAGE_SIZE, 1),
				 -EINVAL);
		assert_int_equal(pgtable_map(&pt, 0 - PAGE_SIZE, hpa(0),
					     2 * PAGE_SIZE, 1),
				 -EINVAL);
		assert_int_equal(pgtable_unmap(&pt, 0, limit + PAGE_SIZE, &r),
				 -EINVAL);
		assert_int_equal(pgtable_protect(&pt, 5, PAGE_SIZE, 1, &r),
				 -EINVAL);
		/* the last page of all works */
		assert_int_equal(pgtable_map(&pt, limit - PAGE_SIZE, hpa(0),
					     PAGE_SIZE, 1),
				 0);
		expect(limit - PAGE_SIZE, 0, 1, PAGE_SIZE);
		expect_hole(limit);
		unmap(0, limit);
		expect_hole(limit - PAGE_SIZE);
		assert_int_equal(pt.table_pages, formats[i]->root_tables);
		end();
	}
}

static void overlap_changes_nothing(void **state)
{
	uint64_t tables;

	(void)state;
	begin(&fake_format_arm);
	assert_int_equal(
		pgtable_map(&pt, SIZE_1G + SIZE_2M, hpa(0), PAGE_SIZE, 1), 0);
	tables = pt.table_pages;
	assert_int_equal(pgtable_map(&pt, 0, hpa(0), 3 * SIZE_1G, 1), -EEXIST);
	assert_int_equal(pt.table_pages, tables);
	expect_hole(0);
	expect_hole(SIZE_1G);
	assert_int_equal(pgtable_map(&pt, SIZE_1G, hpa(0), SIZE_2M, 1), 0);
	assert_int_equal(
		pgtable_map(&pt, SIZE_1G + PAGE_SIZE, hpa(0), PAGE_SIZE, 1),
		-EEXIST);
	end();
}

static void split_on_unmap(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		begin(formats[i]);
		assert_int_equal(pgtable_map(&pt, SIZE_1G, hpa(0), SIZE_1G,
					     PGT_R | PGT_X),
				 0);
		assert_true(fake_tlb_settle(NULL));
		unmap(SIZE_1G + 5 * PAGE_SIZE, PAGE_SIZE);
		expect_hole(SIZE_1G + 5 * PAGE_SIZE);
		expect(SIZE_1G + 4 * PAGE_SIZE, 4 * PAGE_SIZE, 5, PAGE_SIZE);
		expect(SIZE_1G + 6 * PAGE_SIZE, 6 * PAGE_SIZE, 5, PAGE_SIZE);
		expect(SIZE_1G + SIZE_2M, SIZE_2M, 5, SIZE_2M);
		unmap(0, 4 * SIZE_1G);
		assert_int_equal(pt.table_pages, formats[i]->root_tables);
		end();
	}
}

static void protect_types(void **state)
{
	struct pgt_range range;
	unsigned int flushes;

	(void)state;
	begin(&fake_format_arm);
	assert_int_equal(pgtable_map(&pt, 0, hpa(0), 4 * SIZE_2M, 7), 0);
	assert_true(fake_tlb_settle(NULL));
	/* rights of whole leaves: in place, no flush inside */
	flushes = fake_tlb_flush_count;
	assert_int_equal(
		pgtable_protect(&pt, SIZE_2M, 2 * SIZE_2M, PGT_R, &range), 0);
	assert_int_equal(fake_tlb_flush_count, flushes);
	assert_int_equal(range.start, SIZE_2M);
	assert_int_equal(range.size_bytes, 2 * SIZE_2M);
	assert_true(fake_tlb_settle(&range));
	expect(SIZE_2M, SIZE_2M, PGT_R, SIZE_2M);
	expect(3 * SIZE_2M, 3 * SIZE_2M, 7, SIZE_2M);
	/* nothing changes: nothing to flush */
	assert_int_equal(
		pgtable_protect(&pt, SIZE_2M, 2 * SIZE_2M, PGT_R, &range), 0);
	assert_int_equal(range.size_bytes, 0);
	/* the memory type: the model fails this test if it is not broken */
	assert_int_equal(
		pgtable_protect(&pt, 0, SIZE_2M, PGT_R | PGT_DEVICE, &range),
		0);
	assert_true(fake_tlb_settle(&range));
	expect(0, 0, PGT_R | PGT_DEVICE, SIZE_2M);
	end();
}

/* a change that is not flushed is found: the model can fail */
static void redirects(void **state)
{
	/* 2 MiB leaves and a tail of pages, to 2 MiB that repeat */
	const uint64_t size = 2 * SIZE_2M + 3 * PAGE_SIZE;
	struct pgt_redirect to = {SIZE_1G, hpa(SIZE_2M), SIZE_2M,
				  PGT_R | PGT_W};
	uint64_t tables;
	unsigned int flushes;

	(void)state;
	begin(&fake_format_arm);
	assert_int_equal(pgtable_map(&pt, SIZE_1G, hpa(8 * SIZE_2M), size, 3),
			 0);
	tables = pt.table_pages;
	/* refused: a hole, half a leaf, a span or an address too small */
	assert_int_equal(pgtable_redirect(&pt, size + PAGE_SIZE, &to), -EINVAL);
	assert_int_equal(pgtable_redirect(&pt, SIZE_2M + PAGE_SIZE, &to),
			 -EINVAL);
	to.span = PAGE_SIZE;
	assert_int_equal(pgtable_redirect(&pt, size, &to), -EINVAL);
	to.span = 0;
	assert_int_equal(pgtable_redirect(&pt, size, &to), -EINVAL);
	to.span = SIZE_2M;
	to.pa = hpa(SIZE_2M + PAGE_SIZE);
	assert_int_equal(pgtable_redirect(&pt, size, &to), -EINVAL);
	expect(SIZE_1G, 8 * SIZE_2M, 3, SIZE_2M);
	to.pa = hpa(SIZE_2M);
	fake_frames_fail_after = 0; /* it needs no memory */
	flushes = fake_tlb_flush_count;
	assert_int_equal(pgtable_redirect(&pt, size, &to), 0);
	fake_frames_fail_after = -1;
	assert_int_equal(fake_tlb_flush_count, flushes + 1);
	assert_true(fake_tlb_settle(NULL));
	expect(SIZE_1G, SIZE_2M, 3, SIZE_2M);
	expect(SIZE_1G + SIZE_2M, SIZE_2M, 3, SIZE_2M);
	expect(SIZE_1G + 2 * SIZE_2M, SIZE_2M, 3, PAGE_SIZE);
	expect(SIZE_1G + 2 * SIZE_2M + 2 * PAGE_SIZE, SIZE_2M + 2 * PAGE_SIZE,
	       3, PAGE_SIZE);
	expect_hole(SIZE_1G + size);
	assert_int_equal(pt.table_pages, tables);
	unmap(SIZE_1G, size);
	end();
}

static void model_finds_stale(void **state)
{
	struct pgt_range range;

	(void)state;
	begin(&fake_format_arm);
	assert_int_equal(pgtable_map(&pt, 0, hpa(0), 2 * SIZE_2M, 7), 0);
	assert_true(fake_tlb_settle(NULL));
	assert_int_equal(pgtable_protect(&pt, 0, SIZE_2M, PGT_R, &range), 0);
	assert_false(fake_tlb_settle(NULL));
	assert_true(fake_tlb_settle(&range));
	end();
}

static void no_memory(void **state)
{
	struct pgt_range range;
	uint64_t tables;
	int err;

	(void)state;
	for (unsigned int f = 0; f < ARRAY_SIZE(formats); f++) {
		begin(formats[f]);
		assert_int_equal(
			pgtable_map(&pt, 4 * SIZE_1G, hpa(0), SIZE_2M, 7), 0);
		tables = pt.table_pages;
		for (long n = 0;; n++) {
			fake_frames_fail_after = n;
			err = pgtable_map(&pt, SIZE_1G - PAGE_SIZE,
					  hpa(5 * SIZE_1G - PAGE_SIZE),
					  SIZE_1G + 2 * PAGE_SIZE, 7);
			if (!err)
				break;
			assert_int_equal(err, -ENOMEM);
			assert_int_equal(pt.table_pages, tables);
			expect_hole(SIZE_1G - PAGE_SIZE);
			expect_hole(SIZE_1G);
			assert_true(fake_tlb_settle(NULL));
		}
		tables = pt.table_pages;
		for (long n = 0;; n++) {
			fake_frames_fail_after = n;
			err = pgtable_unmap(&pt, 4 * SIZE_1G + PAGE_SIZE,
					    PAGE_SIZE, &range);
			if (!err)
				break;
			assert_int_equal(err, -ENOMEM);
			assert_int_equal(pt.table_pages, tables);
			expect(4 * SIZE_1G + PAGE_SIZE, PAGE_SIZE, 7,
			       SIZE_2M - PAGE_SIZE);
		}
		assert_true(fake_tlb_settle(&range));
		end();
	}
}

/*
 * Random edits against a list of spans
 */

struct span {
	uint64_t va, end, pa;
	unsigned int prot;
};
static struct span spans[SPANS_MAX];
static unsigned int span_count;

static bool model_overlaps(uint64_t va, uint64_t stop)
{
	for (unsigned int i = 0; i < span_count; i++) {
		if (spans[i].va < stop && va < spans[i].end)
			return true;
	}
	return false;
}

static void model_add(uint64_t va, uint64_t stop, uint64_t pa,
		      unsigned int prot)
{
	assert_true(span_count < SPANS_MAX);
	spans[span_count++] = (struct span){va, stop, pa, prot};
}

/* cut [va, stop) out; keep it with new rights if @prot is not 0 */
static void model_change(uint64_t va, uint64_t stop, unsigned int prot)
{
	unsigned int count = span_count;

	for (unsigned int i = 0; i < count; i++) {
		struct span s = spans[i];
		uint64_t from = MAX(s.va, va);
		uint64_t to = MIN(s.end, stop);

		if (from >= to)
			continue;
		spans[i].end = spans[i].va; /* empty now */
		if (s.va < from)
			model_add(s.va, from, s.pa, s.prot);
		if (to < s.end)
			model_add(to, s.end, s.pa + (to - s.va), s.prot);
		if (prot)
			model_add(from, to, s.pa + (from - s.va), prot);
	}
	count = 0;
	for (unsigned int i = 0; i < span_count; i++) {
		if (spans[i].va < spans[i].end)
			spans[count++] = spans[i];
	}
	span_count = count;
}

static void compare_at(uint64_t va)
{
	unsigned int prot;
	hpa_t pa;
	int err = pgtable_lookup(&pt, va, &pa, &prot, NULL);

	for (unsigned int i = 0; i < span_count; i++) {
		if (va < spans[i].va || va >= spans[i].end)
			continue;
		assert_int_equal(err, 0);
		assert_int_equal(pa.v, spans[i].pa + (va - spans[i].va));
		assert_int_equal(prot, spans[i].prot);
		return;
	}
	assert_int_equal(err, -ENOENT);
}

static uint64_t count_mapped(void)
{
	uint64_t total = 0;
	uint64_t left;

	for (uint64_t va = 0; va < BIT(pt.format->va_bits); va += left) {
		if (!pgtable_lookup(&pt, va, NULL, NULL, &left))
			total += left;
	}
	return total;
}

static uint64_t count_model(void)
{
	uint64_t total = 0;

	for (unsigned int i = 0; i < span_count; i++)
		total += spans[i].end - spans[i].va;
	return total;
}

static uint64_t random_address(void)
{
	switch (fake_random(3)) {
	case 0:
		return fake_random(4) * SIZE_1G;
	case 1:
		return SIZE_1G - 3 * SIZE_2M + fake_random(6) * SIZE_2M;
	default:
		return SIZE_1G - SIZE_2M + fake_random(1024) * PAGE_SIZE;
	}
}

static void random_edit(void)
{
	static const unsigned int prots[] = {1, 3, 5, 7, 0x13, 0x23};
	unsigned int prot = prots[fake_random(ARRAY_SIZE(prots))];
	uint64_t va = random_address();
	uint64_t stop = random_address();
	struct pgt_range range = {0};
	uint64_t pa = 0;
	int err;

	if (stop < va) {
		uint64_t swap = va;

		va = stop;
		stop = swap;
	}
	if (va == stop)
		stop += PAGE_SIZE;
	fake_frames_fail_after = fake_random(4) ? -1 : (long)fake_random(4);
	switch (fake_random(4)) {
	case 0:
	case 1:
		pa = va + fake_random(3) * SIZE_1G;
		pa += fake_random(4) ? 0 : PAGE_SIZE;
		if (stop - va > 64 * SIZE_2M && !IS_ALIGNED(pa - va, SIZE_2M))
			stop = va + SIZE_2M;
		err = pgtable_map(&pt, va, hpa(pa), stop - va, prot);
		if (model_overlaps(va, stop))
			/* what comes first; ENOMEM not without a cause, below */
			assert_true(err == -EEXIST || err == -ENOMEM);
		else if (!err)
			model_add(va, stop, pa, prot);
		break;
	case 2:
		err = pgtable_unmap(&pt, va, stop - va, &range);
		if (!err)
			model_change(va, stop, 0);
		break;
	default:
		err = pgtable_protect(&pt, va, stop - va, prot, &range);
		if (!err)
			model_change(va, stop, prot);
		break;
	}
	if (fake_frames_fail_after < 0)
		assert_int_not_equal(err, -ENOMEM);
	assert_true(fake_tlb_settle(&range));
	for (unsigned int i = 0; i < 4; i++)
		compare_at(random_address());
	if (va)
		compare_at(va - PAGE_SIZE);
	compare_at(va);
	compare_at(stop - PAGE_SIZE);
	compare_at(stop);
}

static void random_edits(void **state)
{
	(void)state;
	for (unsigned int f = 0; f < ARRAY_SIZE(formats); f++) {
		unsigned int rounds = f < 2 ? 20 : 5;

		for (unsigned int round = 0; round < rounds; round++) {
			fake_seed(f * 1000 + round);
			span_count = 0;
			begin(formats[f]);
			for (unsigned int i = 0; i < 60; i++)
				random_edit();
			assert_int_equal(count_mapped(), count_model());
			fake_frames_fail_after = -1;
			unmap(0, BIT(formats[f]->va_bits));
			assert_int_equal(pt.table_pages,
					 formats[f]->root_tables);
			end();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(largest_leaves),
		cmocka_unit_test(refuses),
		cmocka_unit_test(overlap_changes_nothing),
		cmocka_unit_test(split_on_unmap),
		cmocka_unit_test(protect_types),
		cmocka_unit_test(redirects),
		cmocka_unit_test(model_finds_stale),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(random_edits),
	};

	formats[2] = riscv64_stage2_format(RISCV64_LEVELS_MIN, true);
	formats[3] = riscv64_host_format(RISCV64_LEVELS_MAX, true);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
