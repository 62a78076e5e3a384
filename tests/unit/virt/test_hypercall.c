/* SPDX-License-Identifier: Apache-2.0 */
#include <virt/hypercall.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void unknown_numbers_fail(void **state)
{
	static const uint64_t numbers[] = {
		7,          8,          255,        0x84000000,
		0xc4000003, UINT32_MAX, UINT64_MAX, (uint64_t)1 << 63,
	};
	const uint64_t args[6] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_int_equal(hypercall(NULL, numbers[i], args),
				 HYPERCALL_FAIL);
}

static void nothing_is_offered_yet(void **state)
{
	const uint64_t args[6] = {UINT64_MAX, UINT64_MAX, UINT64_MAX,
				  UINT64_MAX, UINT64_MAX, UINT64_MAX};

	(void)state;
	for (uint64_t nr = 0; nr <= HYPERCALL_IVC_UNSUBSCRIBE; nr++)
		assert_int_equal(hypercall(NULL, nr, args), HYPERCALL_FAIL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_numbers_fail),
		cmocka_unit_test(nothing_is_offered_yet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
