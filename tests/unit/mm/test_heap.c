/* SPDX-License-Identifier: Apache-2.0 */
#include "../../fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <mm/heap.h>

#define SLOTS 600

static struct {
	unsigned char *ptr;
	size_t size;
	unsigned char fill;
} slots[SLOTS];

static void all_gone(void)
{
	struct heap_stats stats;

	heap_stats(&stats);
	assert_int_equal(stats.live_objects, 0);
	assert_int_equal(stats.live_bytes, 0);
	assert_int_equal(mm_owner_heap.pages, 0);
	assert_int_equal(fake_frames_out(), 0);
}

static void every_size(void **state)
{
	(void)state;
	for (size_t size = 1; size <= 9000; size++) {
		unsigned char *p = heap_alloc(size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
		heap_free(p);
	}
	all_gone();
}

static void refusals(void **state)
{
	void *p;

	(void)state;
	assert_null(heap_alloc(0));
	assert_null(heap_alloc(SIZE_MAX));
	assert_null(heap_alloc(SIZE_MAX - 16));
	assert_null(heap_alloc_array(SIZE_MAX / 8, 16));
	p = heap_alloc_array(3, 16);
	assert_non_null(p);
	heap_free(p);
	heap_free(NULL);
	fake_frames_fail_after = 0;
	assert_null(heap_alloc(10));
	assert_null(heap_alloc(10000));
	fake_frames_fail_after = -1;
	all_gone();
}

static void random_use(void **state)
{
	(void)state;
	fake_seed(7);
	for (unsigned int i = 0; i < 40000; i++) {
		unsigned int s = fake_random(SLOTS);

		if (slots[s].ptr) {
			for (size_t j = 0; j < slots[s].size; j++)
				assert_int_equal(slots[s].ptr[j],
						 slots[s].fill);
			heap_free(slots[s].ptr);
			slots[s].ptr = NULL;
			continue;
		}
		slots[s].size = 1 + fake_random(fake_random(20) ? 300 : 6000);
		slots[s].fill = (unsigned char)(1 + fake_random(255));
		slots[s].ptr = heap_alloc(slots[s].size);
		assert_non_null(slots[s].ptr);
		for (size_t j = 0; j < slots[s].size; j++)
			assert_int_equal(slots[s].ptr[j], 0);
		memset(slots[s].ptr, slots[s].fill, slots[s].size);
	}
	for (unsigned int s = 0; s < SLOTS; s++)
		heap_free(slots[s].ptr);
	all_gone();
}

static void free_twice(void)
{
	char *keep = heap_alloc(32);
	char *p = heap_alloc(32);

	heap_free(p);
	heap_free(p);
	heap_free(keep);
}

static void free_inside(void)
{
	heap_free((char *)heap_alloc(100) + 16);
}

static void free_inside_large(void)
{
	heap_free((char *)heap_alloc(10000) + 16);
}

static void free_header(void)
{
	uintptr_t p = (uintptr_t)heap_alloc(100);

	heap_free((void *)(p & ~(uintptr_t)4095));
}

static void free_foreign(void)
{
	heap_free(phys_to_virt(hpa(0x10)));
}

static void our_bugs_panic(void **state)
{
	(void)state;
	assert_true(fake_panics(free_twice));
	assert_true(fake_panics(free_inside));
	assert_true(fake_panics(free_inside_large));
	assert_true(fake_panics(free_header));
	assert_true(fake_panics(free_foreign));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size),
		cmocka_unit_test(refusals),
		cmocka_unit_test(random_use),
		cmocka_unit_test(our_bugs_panic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
