/* SPDX-License-Identifier: Apache-2.0 */
#include <virt/guest_mem.h>

#include <arch/pgtable.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <virt/vm.h>

#include <cmocka.h>

#include "../../fake/fake.h"

/* Two chunks side by side for the guest, apart for the host, and a device. */
static struct vm_ram ram[] = {
	{.gpa = {0x40000000},
	 .hpa = {0x1000000},
	 .size_bytes = 0x4000,
	 .mapped = true},
	{.gpa = {0x40004000},
	 .hpa = {0x8000000},
	 .size_bytes = 0x4000,
	 .mapped = true},
	{.gpa = {0x50000000}, .hpa = {0x9000000}, .size_bytes = 0x1000},
	{.gpa = {0xfffffffffffff000},
	 .hpa = {0xa000000},
	 .size_bytes = 0x1000,
	 .mapped = true},
};
static struct vm vm = {.ram = ram, .ram_count = ARRAY_SIZE(ram)};

static int setup(void **state)
{
	(void)state;
	memset(phys_to_virt(hpa(0x1000000)), 0x11, 0x4000);
	memset(phys_to_virt(hpa(0x8000000)), 0x22, 0x4000);
	memset(phys_to_virt(hpa(0x9000000)), 0x33, 0x1000);
	return 0;
}

static void across_chunks(void **state)
{
	uint8_t buf[32], *host;

	(void)state;
	assert_int_equal(guest_read(&vm, gpa(0x40003ff0), buf, 32), 0);
	assert_int_equal(buf[15], 0x11);
	assert_int_equal(buf[16], 0x22);

	memset(buf, 0x55, sizeof(buf));
	assert_int_equal(guest_write(&vm, gpa(0x40003ff0), buf, 32), 0);
	host = phys_to_virt(hpa(0x1000000));
	assert_int_equal(host[0x3fef], 0x11);
	assert_int_equal(host[0x3fff], 0x55);
	host = phys_to_virt(hpa(0x8000000));
	assert_int_equal(host[15], 0x55);
	assert_int_equal(host[16], 0x22);
}

static void outside_fails_whole(void **state)
{
	uint8_t buf[64];
	uint8_t *last = (uint8_t *)phys_to_virt(hpa(0x8000000)) + 0x3fff;

	(void)state;
	memset(buf, 0x77, sizeof(buf));
	assert_int_equal(guest_write(&vm, gpa(0x40007ff0), buf, 32), -EFAULT);
	assert_int_equal(*last, 0x22); /* nothing was written */
	assert_int_equal(guest_read(&vm, gpa(0x3ffffff0), buf, 32), -EFAULT);
	assert_int_equal(buf[31], 0x77);
	assert_int_equal(guest_read(&vm, gpa(0x50000000), buf, 1), -EFAULT);
	assert_int_equal(guest_read(&vm, gpa(0), buf, 1), -EFAULT);
}

static void lengths_that_wrap(void **state)
{
	uint8_t buf[64];

	(void)state;
	assert_int_equal(guest_read(&vm, gpa(0xfffffffffffffff0), buf, 32),
			 -EFAULT);
	assert_int_equal(guest_zero(&vm, gpa(0x40000000), UINT64_MAX), -EFAULT);
	assert_int_equal(guest_zero(&vm, gpa(0x40000010), -(uint64_t)0x10),
			 -EFAULT);
	assert_int_equal(guest_read(&vm, gpa(0xfffffffffffffff0), buf, 15), 0);
	assert_int_equal(guest_read(&vm, gpa(0), buf, 0), 0);
}

static void zero_ragged(void **state)
{
	const uint8_t *host = phys_to_virt(hpa(0x1000000));

	(void)state;
	assert_int_equal(guest_zero(&vm, gpa(0x40000801), 0x2100), 0);
	assert_int_equal(host[0x800], 0x11);
	for (unsigned int i = 0x801; i < 0x2901; i++)
		assert_int_equal(host[i], 0);
	assert_int_equal(host[0x2901], 0x11);
	assert_int_equal(guest_zero(&vm, gpa(0x40000003), 2), 0);
	assert_int_equal(host[2], 0x11);
	assert_int_equal(host[4], 0);
	assert_int_equal(host[5], 0x11);
}

/* 100 bytes at a time, @left in all; then an error, if one is given */
struct source {
	int64_t left;
	int64_t error;
};

static int64_t from_source(void *ctx, void *buf, size_t len)
{
	struct source *source = ctx;
	int64_t n = MIN(MIN((int64_t)len, 100), source->left);

	memset(buf, 0x66, (size_t)n);
	source->left -= n;
	return n ? n : source->error;
}

/* What was loaded was written back, and only then forgotten by the instruction
 * caches. */
static void assert_executable(uint64_t bytes)
{
	assert_int_equal(fake_cleaned_bytes, bytes);
	assert_int_equal(fake_executable_bytes, bytes);
	fake_cleaned_bytes = fake_executable_bytes = 0;
}

static void loads_are_executable(void **state)
{
	static uint8_t buf[0x1000];
	const uint8_t *host = phys_to_virt(hpa(0x8000000));

	(void)state;
	fake_cleaned_bytes = fake_executable_bytes = 0;
	assert_int_equal(guest_load(&vm, gpa(0x40003800), buf, 0x1000), 0);
	assert_executable(0x1000);
	assert_int_equal(guest_fill(&vm, gpa(0x40003f00), 0x200, from_source,
				    &(struct source){.left = 0x1000}),
			 0x200);
	assert_executable(0x200);
	assert_int_equal(host[0xff], 0x66);
	assert_int_equal(host[0x100], 0);
	assert_int_equal(guest_fill(&vm, gpa(0x40003f00), 0x4000, from_source,
				    &(struct source){.left = 333}),
			 333);
	assert_executable(333);
	/* what came before the error may be fetched already */
	assert_int_equal(
		guest_fill(&vm, gpa(0x40003f00), 0x4000, from_source,
			   &(struct source){.left = 150, .error = -EIO}),
		-EIO);
	assert_executable(150);
	assert_int_equal(guest_fill(&vm, gpa(0x40003f00), 0x5000, from_source,
				    &(struct source){.left = 1}),
			 -EFAULT);
	assert_executable(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(across_chunks, setup),
		cmocka_unit_test_setup(outside_fails_whole, setup),
		cmocka_unit_test_setup(lengths_that_wrap, setup),
		cmocka_unit_test_setup(zero_ragged, setup),
		cmocka_unit_test_setup(loads_are_executable, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
