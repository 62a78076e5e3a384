/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's RAM: all of it is zeroed before it is given, and after. */
#include "../../fake/fake.h"
#include "fake_virt.h"

#include "../../../virt/plan.h"

#include <arch/pgtable.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define GUEST 0x80000000ull

static const struct vm_region regions[] = {
	{.gpa = GUEST, .size_bytes = 4 * PAGE_SIZE, .prot = PGT_R | PGT_W},
	{.gpa = GUEST + SIZE_2M,
	 .size_bytes = PAGE_SIZE,
	 .prot = PGT_R | PGT_W | PGT_DEVICE},
	{.gpa = GUEST + 2 * SIZE_2M,
	 .size_bytes = PAGE_SIZE,
	 .prot = PGT_R | PGT_W | PGT_UNCACHED},
};
static const struct vm_config config = {
	.name = "test",
	.file = "test.toml",
	.regions = regions,
	.region_count = ARRAY_SIZE(regions),
};
static struct vm vm = {.config = &config, .owner = {.name = "test"}};

int stage2_map(struct stage2 *s2 __unused_arg, gpa_t gpa __unused_arg,
	       hpa_t hpa __unused_arg, uint64_t size_bytes __unused_arg,
	       unsigned int prot __unused_arg)
{
	return 0;
}

int frames_alloc_at(struct mm_owner *owner __unused_arg,
		    hpa_t base __unused_arg, uint64_t size_bytes __unused_arg)
{
	return -EBUSY;
}

int reserved_claim(const struct vm_config *cfg __unused_arg,
		   const struct vm_region *region __unused_arg,
		   struct mm_owner *owner __unused_arg,
		   bool *owned __unused_arg)
{
	return -EBUSY;
}

static bool is_zero(const struct vm_ram *ram)
{
	const uint8_t *p = phys_to_virt(ram->hpa);

	for (uint64_t i = 0; i < ram->size_bytes; i++)
		if (p[i])
			return false;
	return true;
}

/* The allocator hands out pages full of somebody's bytes. */
static void zeroed_of_every_kind(void **state)
{
	(void)state;
	assert_int_equal(vm_ram_create(&vm), 0);
	assert_int_equal(vm.ram_count, 3);
	assert_false(vm.ram[1].mapped);
	vm_ram_zero(&vm);
	for (unsigned int i = 0; i < vm.ram_count; i++)
		assert_true(is_zero(&vm.ram[i]));
	vm_ram_destroy(&vm);
	assert_int_equal(vm.owner.pages, 0);
	assert_int_equal(fake_frames_out(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_of_every_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
