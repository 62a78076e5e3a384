/* SPDX-License-Identifier: Apache-2.0 */
#include "../../fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <mm/frames.h>

#define MODEL_PAGES 4096

static struct mm_owner owner = {.name = "test"};
static uint64_t next_base = SIZE_1G;

/* earlier tests' RAM goes away; the new piece is the only free memory */
static uint64_t fresh_ram(uint64_t size)
{
	uint64_t base = next_base;

	frames_reserve(hpa(0), UINT64_MAX);
	frames_add(hpa(base), size);
	next_base = ALIGN_UP(base + size, SIZE_1G) + SIZE_1G;
	return base;
}

static uint64_t free_pages(void)
{
	struct frames_stats stats;

	frames_stats(&stats);
	return stats.free_pages;
}

static uint64_t largest(void)
{
	struct frames_stats stats;

	frames_stats(&stats);
	return stats.largest_free_bytes;
}

static void small_low_large_high(void **state)
{
	uint64_t base = fresh_ram(256 * SIZE_2M);
	hpa_t a, b, c;

	(void)state;
	assert_int_equal(frames_alloc(&owner, 1, PAGE_SIZE, &a), 0);
	assert_int_equal(frames_alloc(&owner, 8 * SIZE_2M, SIZE_2M, &b), 0);
	assert_int_equal(frames_alloc(&owner, 5000, PAGE_SIZE, &c), 0);
	assert_int_equal(a.v, base);
	assert_int_equal(c.v, base + PAGE_SIZE);
	assert_int_equal(b.v, base + 248 * SIZE_2M);
	assert_int_equal(owner.pages, 3 + 8 * 512);
	frames_free(&owner, a, 1);
	frames_free(&owner, c, 5000);
	frames_free(&owner, b, 8 * SIZE_2M);
	assert_int_equal(owner.pages, 0);
	assert_int_equal(largest(), 256 * SIZE_2M);
}

static void alignments(void **state)
{
	uint64_t base = fresh_ram(3 * SIZE_1G + SIZE_2M);
	hpa_t pa;

	(void)state;
	for (uint64_t align = PAGE_SIZE; align <= SIZE_1G; align *= 2) {
		assert_int_equal(
			frames_alloc(&owner, align / 2 + 1, align, &pa), 0);
		assert_true(IS_ALIGNED(pa.v, align));
		frames_free(&owner, pa, align / 2 + 1);
	}
	assert_int_equal(largest(), 3 * SIZE_1G + SIZE_2M);
	/* a tight odd alignment is found although no size promises it */
	base = fresh_ram(0x30000);
	assert_int_equal(frames_alloc_at(&owner, hpa(base), 0xf000), 0);
	assert_int_equal(frames_alloc(&owner, 0x20000, 0x10000, &pa), 0);
	assert_int_equal(pa.v, base + 0x10000);
	assert_int_equal(frames_alloc(&owner, 0x20000, 0x10000, &pa), -ENOMEM);
	frames_free(&owner, hpa(base), 0xf000);
	frames_free(&owner, hpa(base + 0x10000), 0x20000);
}

/* What was somebody's, and is not any more. */
static void released(void **state)
{
	uint64_t base = fresh_ram(2 * PAGE_SIZE) + 2 * PAGE_SIZE;
	struct frames_stats before, after;
	hpa_t pa;

	(void)state;
	frames_add_reserved(hpa(base), 8 * PAGE_SIZE);
	frames_stats(&before);
	frames_release(hpa(base + 3 * PAGE_SIZE - 5), 3 * PAGE_SIZE + 9);
	frames_release(hpa(base + PAGE_SIZE), 0);
	frames_release(hpa(base + 5 * SIZE_1G), PAGE_SIZE); /* no RAM */
	frames_stats(&after);
	assert_int_equal(after.free_pages, before.free_pages + 3);
	assert_int_equal(after.total_pages, before.total_pages + 3);
	assert_int_equal(after.released_pages, before.released_pages + 3);
	assert_int_equal(
		frames_alloc_at(&owner, hpa(base + 2 * PAGE_SIZE), PAGE_SIZE),
		-EBUSY);
	assert_int_equal(frames_alloc(&owner, 3 * PAGE_SIZE, PAGE_SIZE, &pa),
			 0);
	assert_int_equal(pa.v, base + 3 * PAGE_SIZE);
	frames_free(&owner, pa, 3 * PAGE_SIZE);
}

static void release_twice(void)
{
	uint64_t base = fresh_ram(2 * PAGE_SIZE);

	frames_release(hpa(base), PAGE_SIZE);
}

static void reserve_and_at(void **state)
{
	uint64_t base = fresh_ram(64 * PAGE_SIZE);
	hpa_t pa;

	(void)state;
	frames_reserve(hpa(base + 10 * PAGE_SIZE + 5), 10);
	frames_reserve(hpa(base + 10 * PAGE_SIZE), PAGE_SIZE);
	assert_int_equal(free_pages(), 63);
	assert_int_equal(
		frames_alloc_at(&owner, hpa(base + 10 * PAGE_SIZE), PAGE_SIZE),
		-EBUSY);
	assert_int_equal(frames_alloc_at(&owner, hpa(base + 9 * PAGE_SIZE),
					 2 * PAGE_SIZE),
			 -EBUSY);
	assert_int_equal(
		frames_alloc_at(&owner, hpa(base + 9 * PAGE_SIZE), PAGE_SIZE),
		0);
	assert_int_equal(
		frames_alloc_at(&owner, hpa(base - PAGE_SIZE), PAGE_SIZE),
		-EBUSY);
	frames_reserve(hpa(base - PAGE_SIZE), 8 * PAGE_SIZE);
	assert_int_equal(free_pages(), 55);
	assert_int_equal(frames_alloc(&owner, 60 * PAGE_SIZE, PAGE_SIZE, &pa),
			 -ENOMEM);
	assert_int_equal(frames_alloc(&owner, 0, PAGE_SIZE, &pa), -ENOMEM);
	assert_int_equal(frames_alloc(&owner, UINT64_MAX, PAGE_SIZE, &pa),
			 -ENOMEM);
	assert_int_equal(frames_alloc(&owner, UINT64_MAX - 8192, SIZE_1G, &pa),
			 -ENOMEM);
	frames_free(&owner, hpa(base + 9 * PAGE_SIZE), PAGE_SIZE);
	assert_true(frames_is_ram(hpa(base), 64 * PAGE_SIZE));
	assert_false(frames_is_ram(hpa(base), 65 * PAGE_SIZE));
	assert_false(frames_is_ram(hpa(base), UINT64_MAX));
	assert_true(frames_any_ram(hpa(base - PAGE_SIZE), PAGE_SIZE + 1));
	assert_true(frames_any_ram(hpa(base + 64 * PAGE_SIZE - 1), 1));
	assert_false(frames_any_ram(hpa(base - PAGE_SIZE), PAGE_SIZE));
	assert_false(frames_any_ram(hpa(base + 64 * PAGE_SIZE), PAGE_SIZE));
	/* as long as a guest file may say: no walk by pages */
	assert_true(frames_any_ram(hpa(0), (uint64_t)1 << 48));
	assert_true(frames_any_ram(hpa(base), UINT64_MAX));
}

static void regions_merge(void **state)
{
	uint64_t base = fresh_ram(PAGE_SIZE);

	(void)state;
	/* unordered pieces that together are one range, each once */
	frames_add(hpa(base + 3 * PAGE_SIZE), PAGE_SIZE);
	frames_add(hpa(base + PAGE_SIZE - 7), PAGE_SIZE + 7); /* inwards */
	assert_false(frames_is_ram(hpa(base), 4 * PAGE_SIZE));
	frames_add(hpa(base + 2 * PAGE_SIZE), PAGE_SIZE + 100);
	assert_true(frames_is_ram(hpa(base), 4 * PAGE_SIZE));
	assert_int_equal(largest(), 4 * PAGE_SIZE);
	frames_add(hpa(base + 64 * PAGE_SIZE + 1), PAGE_SIZE); /* no page */
	assert_int_equal(free_pages(), 4);
}

static void terabytes(void **state)
{
	hpa_t pa;

	(void)state;
	next_base = (uint64_t)1 << 40;
	fresh_ram((uint64_t)2 << 40); /* one write: no per-page work */
	assert_int_equal(largest(), (uint64_t)2 << 40);
	assert_int_equal(frames_alloc(&owner, (uint64_t)1 << 40, SIZE_1G, &pa),
			 0);
	frames_free(&owner, pa, (uint64_t)1 << 40);
	assert_int_equal(largest(), (uint64_t)2 << 40);
	next_base = (uint64_t)7 << 39;
}

static void zeroed(void **state)
{
	uint64_t base = fresh_ram(16 * PAGE_SIZE);
	const unsigned char *bytes;
	hpa_t pa;

	(void)state;
	memset(phys_to_virt(hpa(base)), 0xff, PAGE_SIZE);
	assert_int_equal(frames_alloc_zeroed(&owner, 100, PAGE_SIZE, &pa), 0);
	bytes = phys_to_virt(pa);
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(bytes[i], 0);
	frames_free(&owner, pa, 100);
}

static void owners(void **state)
{
	static struct mm_owner vm = {.name = "vm"};
	const struct mm_owner *o;
	unsigned int found = 0;
	hpa_t pa;

	(void)state;
	fresh_ram(16 * PAGE_SIZE);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(frames_alloc(&vm, 1, PAGE_SIZE, &pa), 0);
		frames_free(&vm, pa, 1);
	}
	for (o = mm_owner_first(); o; o = o->next)
		found += o == &vm;
	assert_int_equal(found, 1);
	assert_int_equal(mm_owner_retire(&vm), 0);
	for (o = mm_owner_first(); o; o = o->next)
		assert_ptr_not_equal(o, &vm);
	assert_int_equal(frames_alloc(&vm, 1, PAGE_SIZE, &pa), 0);
	assert_int_equal(mm_owner_retire(&vm), 1);
}

static void free_twice(void)
{
	hpa_t pa;

	if (frames_alloc(&owner, 3 * PAGE_SIZE, PAGE_SIZE, &pa))
		return;
	frames_free(&owner, hpa(pa.v + PAGE_SIZE), PAGE_SIZE);
	frames_free(&owner, pa, 3 * PAGE_SIZE);
}

static void free_foreign(void)
{
	frames_free(&owner, hpa(0x1000), PAGE_SIZE);
}

static void free_too_much(void)
{
	static struct mm_owner other = {.name = "other"};
	hpa_t pa;

	if (frames_alloc(&owner, PAGE_SIZE, PAGE_SIZE, &pa))
		return;
	frames_free(&other, pa, PAGE_SIZE);
}

static void our_bugs_panic(void **state)
{
	(void)state;
	fresh_ram(16 * PAGE_SIZE);
	assert_true(fake_panics(free_twice));
	assert_true(fake_panics(release_twice));
	assert_true(fake_panics(free_foreign));
	assert_true(fake_panics(free_too_much));
}

/*
 * Random use against a map of pages
 */

struct piece {
	uint64_t page, count;
};

static bool used[MODEL_PAGES];
static struct piece pieces[MODEL_PAGES];
static unsigned int piece_count;

static bool model_free(uint64_t page, uint64_t count)
{
	for (uint64_t i = page; i < page + count; i++) {
		if (i >= MODEL_PAGES || used[i])
			return false;
	}
	return true;
}

static bool model_has_room(uint64_t base, uint64_t count, uint64_t align)
{
	for (uint64_t i = 0; i < MODEL_PAGES; i++) {
		if (IS_ALIGNED(base + i * PAGE_SIZE, align) &&
		    model_free(i, count))
			return true;
	}
	return false;
}

static void model_check(uint64_t base)
{
	uint64_t run = 0, best = 0, free_count = 0;

	(void)base;
	for (uint64_t i = 0; i < MODEL_PAGES; i++) {
		run = used[i] ? 0 : run + 1;
		best = MAX(best, run);
		free_count += !used[i];
	}
	assert_int_equal(free_pages(), free_count);
	assert_int_equal(largest(), best * PAGE_SIZE);
	assert_int_equal(owner.pages, MODEL_PAGES - free_count);
}

static void random_alloc(uint64_t base)
{
	uint64_t count = 1 + fake_random(fake_random(8) ? 20 : 900);
	uint64_t align = PAGE_SIZE << fake_random(fake_random(4) ? 2 : 11);
	hpa_t pa;

	if (fake_random(8) == 0) {
		uint64_t at = fake_random(MODEL_PAGES);
		bool ok = model_free(at, count);

		pa = hpa(base + at * PAGE_SIZE);
		assert_int_equal(frames_alloc_at(&owner, pa, count * PAGE_SIZE),
				 ok ? 0 : -EBUSY);
		if (!ok)
			return;
	} else {
		bool ok = model_has_room(base, count, align);

		assert_int_equal(
			frames_alloc(&owner, count * PAGE_SIZE, align, &pa),
			ok ? 0 : -ENOMEM);
		if (!ok)
			return;
		assert_true(IS_ALIGNED(pa.v, align));
	}
	assert_true(model_free((pa.v - base) / PAGE_SIZE, count));
	pieces[piece_count].page = (pa.v - base) / PAGE_SIZE;
	pieces[piece_count++].count = count;
	memset(&used[(pa.v - base) / PAGE_SIZE], true, count);
	memset(phys_to_virt(pa), 0xee, count * PAGE_SIZE);
}

static void random_free(uint64_t base)
{
	struct piece *p;
	uint64_t count;

	if (!piece_count)
		return;
	p = &pieces[fake_random(piece_count)];
	/* from its front, all or a part */
	count = fake_random(3) ? p->count : 1 + fake_random(p->count);
	frames_free(&owner, hpa(base + p->page * PAGE_SIZE), count * PAGE_SIZE);
	memset(&used[p->page], false, count);
	p->page += count;
	p->count -= count;
	if (!p->count)
		*p = pieces[--piece_count];
}

static void random_use(void **state)
{
	uint64_t base = fresh_ram(MODEL_PAGES * PAGE_SIZE);

	(void)state;
	owner.pages = 0;
	for (unsigned int seed = 0; seed < 8; seed++) {
		fake_seed(seed);
		for (unsigned int i = 0; i < 1500; i++) {
			if (fake_random(100) < (i / 200 % 2 ? 35 : 60))
				random_alloc(base);
			else
				random_free(base);
			if (i % 16 == 0)
				model_check(base);
		}
		while (piece_count)
			random_free(base);
		model_check(base);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_low_large_high),
		cmocka_unit_test(alignments),
		cmocka_unit_test(released),
		cmocka_unit_test(reserve_and_at),
		cmocka_unit_test(regions_merge),
		cmocka_unit_test(terabytes),
		cmocka_unit_test(zeroed),
		cmocka_unit_test(owners),
		cmocka_unit_test(our_bugs_panic),
		cmocka_unit_test(random_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
