/* SPDX-License-Identifier: Apache-2.0 */
#include <virt/hypercall.h>

#include <lib/util.h>
#include <virt/ivc.h>
#include <virt/vdev.h>
#include <virt/vm.h>

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

static bool devices_take;
static uint32_t devices_asked;

bool vdev_call(struct vm *vm, uint32_t fn)
{
	assert_non_null(vm);
	devices_asked = fn;
	return devices_take;
}

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

/* Firmware's calls, and those alone, may be a device's: 0, or there is none. */
static void firmware_calls(void **state)
{
	static const struct {
		uint64_t nr;
		bool asked;
	} rows[] = {
		{0x82000000, true},  {0x8200ffff, true},
		{0xc2000000, true},  {0xc200ffff, true},
		{0x81ffffff, false}, {0x82010000, false},
		{0x83000010, false}, {0x02000010, false},
		{0x42000010, false}, {0xc2010000, false},
		{0x84000010, false}, {0x182000010, false},
		{0xa2000010, false}, {0x8000000082000010, false},
	};
	const uint64_t args[6] = {0};
	struct vm vm;
	struct vcpu vcpu = {.vm = &vm};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		for (int taken = 0; taken < 2; taken++) {
			devices_take = taken;
			devices_asked = 0;
			assert_int_equal(
				hypercall(&vcpu, rows[i].nr, args),
				taken && rows[i].asked ? 0 : HYPERCALL_FAIL);
			assert_int_equal(devices_asked,
					 rows[i].asked ? rows[i].nr : 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unknown_numbers_fail),
		cmocka_unit_test(numbers_are_axvisors_and_ours),
		cmocka_unit_test(firmware_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
