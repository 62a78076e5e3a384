/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI as guests see it: numbers, widths, arguments. Arm DEN 0022. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../arch/aarch64/virt/psci.h"

#define SUCCESS 0
#define NOT_SUPPORTED ((uint64_t)-1)
#define INVALID_PARAMETERS ((uint64_t)-2)
#define INVALID_ADDRESS ((uint64_t)-9)

#define RAM 0x40000000u
#define RAM_END 0x80000000u

/* CPU 0 is on, 1 and 0x100 are off. */
static int cpu_state(void *ctx, uint64_t hwid)
{
	assert_ptr_equal(ctx, &cpu_state);
	return hwid == 0 ? 1 : hwid == 1 || hwid == 0x100 ? 0 : -1;
}

static bool entry_valid(void *ctx, uint64_t entry)
{
	assert_ptr_equal(ctx, &cpu_state);
	return entry >= RAM && entry < RAM_END;
}

static const struct psci_vm vm = {
	.cpu_state = cpu_state,
	.entry_valid = entry_valid,
};

static struct psci_result result;

static enum psci_action call(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3)
{
	const uint64_t x[4] = {fn, a1, a2, a3};

	result = (struct psci_result){.value = 0x5a5a};
	return psci_call(x, &vm, &cpu_state, &result);
}

static void answers(uint64_t value, uint64_t fn, uint64_t a1, uint64_t a2,
		    uint64_t a3)
{
	assert_int_equal(call(fn, a1, a2, a3), PSCI_DO_ANSWER);
	assert_int_equal(result.value, value);
}

static void test_version(void **state)
{
	(void)state;
	answers(0x10001, 0x84000000, 0, 0, 0);
	/* the upper half of x0 is no part of the number */
	answers(0x10001, 0xdeadbeef84000000, 1, 2, 3);
	/* there is no 64-bit PSCI_VERSION */
	answers(NOT_SUPPORTED, 0xc4000000, 0, 0, 0);
}

static void test_unknown(void **state)
{
	static const uint32_t known[] = {
		0x84000000, 0x84000001, 0xc4000001, 0x84000002, 0x84000003,
		0xc4000003, 0x84000004, 0xc4000004, 0x84000006, 0x84000008,
		0x84000009, 0x8400000a, 0x84000012, 0xc4000012,
	};
	unsigned int i, k;
	uint32_t fn;

	(void)state;
	for (i = 0; i < 64; i++) {
		bool is_known = false;

		fn = (i & 32 ? 0xc4000000 : 0x84000000) | (i & 31);
		for (k = 0; k < sizeof(known) / sizeof(known[0]); k++)
			is_known |= known[k] == fn;
		assert_true(PSCI_IS_CALL(fn));
		assert_int_equal(psci_has(fn), is_known);
		if (!is_known)
			answers(NOT_SUPPORTED, fn, 0, 0, 0);
		/* PSCI_FEATURES agrees */
		answers(is_known ? 0 : NOT_SUPPORTED, 0x8400000a, fn, 0, 0);
	}
	assert_false(PSCI_IS_CALL(0x84000020));
	assert_false(PSCI_IS_CALL(0x80000000));
	assert_false(PSCI_IS_CALL(0));
	assert_false(psci_has(0x80000000));
	/* SMCCC_VERSION is found through PSCI_FEATURES */
	answers(0, 0x8400000a, 0x80000000, 0, 0);
	answers(NOT_SUPPORTED, 0x8400000a, 0, 0, 0);
}

static void test_cpu_on(void **state)
{
	(void)state;
	assert_int_equal(call(0xc4000003, 1, RAM, ~(uint64_t)0),
			 PSCI_DO_CPU_ON);
	assert_int_equal(result.hwid, 1);
	assert_int_equal(result.entry, RAM);
	assert_true(result.arg == ~(uint64_t)0);
	/* 32-bit calls look at halves only */
	assert_int_equal(call(0x84000003, 0xffffffff00000001,
			      0xffffffff40000000, 0xffffffff00000007),
			 PSCI_DO_CPU_ON);
	assert_int_equal(result.hwid, 1);
	assert_int_equal(result.entry, RAM);
	assert_int_equal(result.arg, 7);
	/* Aff3 is kept, what is between is not */
	assert_int_equal(call(0xc4000003, 0x1200000000, RAM, 0),
			 PSCI_DO_CPU_ON);
	assert_int_equal(result.hwid, 0x1200000000);
	answers(INVALID_PARAMETERS, 0xc4000003, 0x80000001, RAM, 0);
	answers(INVALID_PARAMETERS, 0xc4000003, 0x10000000001, RAM, 0);
	/* not in RAM; T32 */
	answers(INVALID_ADDRESS, 0xc4000003, 1, RAM_END, 0);
	answers(INVALID_ADDRESS, 0xc4000003, 1, ~(uint64_t)3, 0);
	answers(INVALID_ADDRESS, 0xc4000003, 1, RAM + 1, 0);
	answers(INVALID_ADDRESS, 0xc4000003, 1, RAM + 2, 0);
}

static void test_affinity_info(void **state)
{
	(void)state;
	answers(0, 0xc4000004, 0, 0, 0);
	answers(1, 0xc4000004, 1, 0, 0);
	answers(1, 0x84000004, 0xffffffff00000100, 0xffffffff00000000, 0);
	answers(INVALID_PARAMETERS, 0xc4000004, 2, 0, 0);
	answers(INVALID_PARAMETERS, 0xc4000004, 0, 1, 0);
	answers(INVALID_PARAMETERS, 0xc4000004, (uint64_t)1 << 63, 0, 0);
}

static void test_suspend(void **state)
{
	(void)state;
	assert_int_equal(call(0xc4000001, 0, 0, 0), PSCI_DO_SUSPEND);
	assert_int_equal(result.value, SUCCESS);
	assert_int_equal(call(0x84000001, 0x3010002, RAM, 1), PSCI_DO_SUSPEND);
	answers(INVALID_PARAMETERS, 0xc4000001, 0x80000000, 0, 0);
	answers(INVALID_PARAMETERS, 0xc4000001, 0x00020000, 0, 0);
}

static void test_ends(void **state)
{
	(void)state;
	assert_int_equal(call(0x84000002, 0, 0, 0), PSCI_DO_CPU_OFF);
	assert_int_equal(call(0x84000008, 0, 0, 0), PSCI_DO_OFF);
	assert_int_equal(call(0x84000009, 0, 0, 0), PSCI_DO_RESET);
	assert_int_equal(call(0x84000012, 0, 0, 0), PSCI_DO_RESET);
	assert_int_equal(call(0xc4000012, 0, 5, 0), PSCI_DO_RESET);
	answers(INVALID_PARAMETERS, 0xc4000012, 1, 0, 0);
	answers(INVALID_PARAMETERS, 0xc4000012, 0x80000000, 0, 0);
	answers(2, 0x84000006, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_cpu_on),
		cmocka_unit_test(test_affinity_info),
		cmocka_unit_test(test_suspend),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
