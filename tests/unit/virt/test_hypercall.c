/* SPDX-License-Identifier: Apache-2.0 */
#include <virt/hypercall.h>

#include <lib/util.h>
#include <virt/ivc.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* clang-format off */
#define CALL(name)                                                             \
	uint64_t name(struct vcpu *vcpu __unused_arg, const uint64_t args[6])  \
	{                                                                      \
		called = #name;                                                \
		return args[0] + 1;                                            \
	}

static const char *called;
CALL(ivc_call_publish)
CALL(ivc_call_subscribe)
CALL(ivc_call_unpublish)
CALL(ivc_call_unsubscribe)
CALL(ivc_call_notify)
CALL(ivc_call_ack)
CALL(ivc_call_slot)
CALL(ivc_call_events)
/* clang-format on */

static void numbers_are_axvisors_and_ours(void **state)
{
	static const struct {
		uint64_t nr;
		const char *name;
	} calls[] = {
		{3, "ivc_call_publish"},   {4, "ivc_call_subscribe"},
		{5, "ivc_call_unpublish"}, {6, "ivc_call_unsubscribe"},
		{0x80, "ivc_call_notify"}, {0x81, "ivc_call_ack"},
		{0x82, "ivc_call_slot"},   {0x83, "ivc_call_events"},
	};
	const uint64_t args[6] = {41};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		assert_int_equal(hypercall(NULL, calls[i].nr, args), 42);
		assert_string_equal(called, calls[i].name);
	}
}

static void unknown_numbers_fail(void **state)
{
	static const uint64_t numbers[] = {
		0,          1,          2,          7,
		8,          255,        0x84,       0x84000000,
		0xc4000003, UINT32_MAX, UINT64_MAX, (uint64_t)1 << 63,
	};
	const uint64_t args[6] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_int_equal(hypercall(NULL, numbers[i], args),
				 HYPERCALL_FAIL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_numbers_fail),
		cmocka_unit_test(numbers_are_axvisors_and_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
