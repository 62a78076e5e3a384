/* SPDX-License-Identifier: Apache-2.0 */
/* Reserved memory: RAM that is free, no RAM at all, nobody's registers. */
#include "fake_virt.h"

#include "../../../virt/plan.h"

#include <core/init.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define RAM 0x40000000ull
#define GIC 0x8000000ull
#define OTHERS 0xa0000000ull /* no RAM of ours, another VM has it */
#define FREE 0xb0000000ull

const struct vm_config *const vm_config_table[1];
const unsigned int vm_config_count;

int frames_alloc_at(struct mm_owner *owner __unused_arg, hpa_t base,
		    uint64_t size_bytes __unused_arg)
{
	return base.v == RAM ? 0 : -EBUSY;
}

bool frames_any_ram(hpa_t base, uint64_t size_bytes)
{
	return base.v < RAM + SIZE_1G && base.v + size_bytes > RAM;
}

static int claim_and_check(uint64_t base, uint64_t size_bytes)
{
	static struct kept_range ranges[] = {
		{GIC, 0x10000, "intc@8000000", KEPT_REGISTERS},
		{RAM, SIZE_1G, "memory@40000000", KEPT_BANK},
		{RAM, 4 * SIZE_1G, "memory@40000000", KEPT_BANK},
		{OTHERS, SIZE_2M, "another VM's memory", KEPT_OTHERS_RAM},
	};
	static const struct host_kept kept = {
		.ranges = ranges, .range_count = ARRAY_SIZE(ranges)};
	static const struct vm_config config = {.file = "test.toml"};
	static struct mm_owner owner;
	const struct vm_region region = {.gpa = base,
					 .size_bytes = size_bytes,
					 .map_type = VM_MAP_RESERVED};
	struct vm_ram ram = {.hpa = hpa(base), .size_bytes = size_bytes};
	struct vm vm = {.config = &config, .ram = &ram, .ram_count = 1};
	int err = reserved_claim(&config, &region, &owner, &ram.owned);

	ram.mapped = ram.owned;
	return err ? err : reserved_check(&vm, &kept);
}

static void ram(void **state)
{
	(void)state;
	assert_int_equal(claim_and_check(RAM, SIZE_2M), 0);
	assert_int_equal(claim_and_check(RAM + SIZE_2M, SIZE_2M), -EBUSY);
	/* outside ours, inside a bank: the tree reserves it */
	assert_int_equal(claim_and_check(RAM + SIZE_1G, SIZE_2M), 0);
	assert_int_equal(claim_and_check(0, (uint64_t)1 << 48), -EBUSY);
}

static void registers(void **state)
{
	(void)state;
	assert_int_equal(claim_and_check(GIC, 0x10000), -EBUSY);
	assert_int_equal(claim_and_check(GIC + 0xf000, SIZE_2M), -EBUSY);
	assert_int_equal(claim_and_check(GIC - SIZE_2M, SIZE_2M), 0);
	assert_int_equal(claim_and_check(FREE, SIZE_2M), 0);
}

static void shared(void **state)
{
	(void)state;
	assert_int_equal(claim_and_check(OTHERS, SIZE_2M), 0);
	assert_int_equal(claim_and_check(OTHERS, 2 * SIZE_2M), -EBUSY);
	assert_int_equal(claim_and_check(OTHERS + PAGE_SIZE, PAGE_SIZE),
			 -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ram),
		cmocka_unit_test(registers),
		cmocka_unit_test(shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
