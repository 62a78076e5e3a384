/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of ranges against a bitmap. */
#include "../../../virt/ranges.h"

#include "../../fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SPACE 64u

static void against_a_bitmap(void **state)
{
	struct range_set set = {0};
	uint64_t model = 0;

	(void)state;
	fake_seed(1);
	for (unsigned int round = 0; round < 20000; round++) {
		uint64_t base = fake_random(SPACE - 1);
		uint64_t size = fake_random(SPACE - 1 - base);
		uint64_t bits = size ? GENMASK(base + size - 1, base) : 0;
		uint64_t got = 0;

		if (fake_random(2)) {
			assert_int_equal(range_set_add(&set, base, size), 0);
			model |= bits;
		} else {
			assert_int_equal(range_set_remove(&set, base, size),
					 (model & bits) != 0);
			model &= ~bits;
		}
		for (unsigned int i = 0; i < set.count; i++) {
			const struct vm_range *r = &set.ranges[i];
			uint64_t end = r->base + r->size_bytes;

			assert_true(r->size_bytes > 0);
			if (i) /* sorted and apart */
				assert_true(
					set.ranges[i - 1].base +
						set.ranges[i - 1].size_bytes <
					r->base);
			got |= GENMASK(end - 1, r->base);
		}
		assert_int_equal(got, model);
	}
	range_set_free(&set);
}

static void ends_of_the_space(void **state)
{
	struct range_set set = {0};

	(void)state;
	assert_int_equal(range_set_add(&set, UINT64_MAX, 2), -EINVAL);
	assert_int_equal(range_set_add(&set, 0x1000, UINT64_MAX - 0x1000), 0);
	assert_int_equal(range_set_remove(&set, 0x2000, UINT64_MAX), 1);
	assert_int_equal(set.count, 1);
	assert_int_equal(set.ranges[0].size_bytes, 0x1000);
	assert_true(range_overlaps(UINT64_MAX, 1, 0, UINT64_MAX) == false);
	assert_true(range_overlaps(UINT64_MAX - 1, 2, UINT64_MAX, 1));
	range_set_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_a_bitmap),
		cmocka_unit_test(ends_of_the_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
