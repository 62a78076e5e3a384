/* SPDX-License-Identifier: Apache-2.0 */
#include "../../fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <lib/image.h>
#include <lib/log.h>
#include <mm/host_map.h>

#define STACK (4 * PAGE_SIZE)

/*
 * As the linker script has them: an Image of 28 KiB in the linear map, at
 * physical address 0x40201000. Its fourth page is a guard; the last two are the
 * cold part.
 */
const struct image image = {
	.start = (char *)0x200040201000,
	.end = (char *)0x200040208000,
};
#define IMAGE 0x40201000ull
#define IMAGE_END 0x40208000ull

static struct pgtable boot;

static int setup(void **state)
{
	static struct mm_owner owner = {.name = "boot"};

	(void)state;
	if (pgtable_init(&boot, arch_host_format(), &owner))
		return -1;
	/* boot code maps the Image, and the tree it was handed */
	if (pgtable_map(&boot, FAKE_PHYS_BASE + IMAGE, hpa(IMAGE),
			3 * PAGE_SIZE, PGT_R | PGT_X) ||
	    pgtable_map(&boot, FAKE_PHYS_BASE + IMAGE + 4 * PAGE_SIZE,
			hpa(IMAGE + 4 * PAGE_SIZE), PAGE_SIZE, PGT_R | PGT_W) ||
	    pgtable_map(&boot, FAKE_PHYS_BASE + 0x48000000, hpa(0x48000000),
			PAGE_SIZE, PGT_R | PGT_W))
		return -1;
	fake_host_root = boot.root;
	host_map_init();
	fake_tlb_watch(&boot);
	return 0;
}

static bool mapped(uint64_t va, uint64_t *pa, unsigned int *prot)
{
	hpa_t hpa;

	if (pgtable_lookup(&boot, va, &hpa, prot, NULL))
		return false;
	*pa = hpa.v;
	return true;
}

/* As cold.c does: write, then fetch from the first page. */
static void cold_part(void **state)
{
	const char *start = image.end - 2 * PAGE_SIZE;
	const char *middle = image.end - PAGE_SIZE;
	unsigned int prot;
	uint64_t pa;

	(void)state;
	assert_false(mapped((uintptr_t)start, &pa, &prot));
	assert_int_equal(host_map_image(start, start, PGT_R), 0);
	assert_int_equal(host_map_image(start, image.end, PGT_R | PGT_W), 0);
	assert_true(mapped((uintptr_t)start, &pa, &prot));
	assert_int_equal(pa, IMAGE_END - 2 * PAGE_SIZE);
	assert_int_equal(prot, PGT_R | PGT_W);
	assert_int_equal(host_map_image(start, middle, PGT_R | PGT_X), 0);
	assert_true(fake_tlb_settle(NULL));
	assert_true(mapped((uintptr_t)start, &pa, &prot));
	assert_int_equal(pa, IMAGE_END - 2 * PAGE_SIZE);
	assert_int_equal(prot, PGT_R | PGT_X);
	assert_true(mapped((uintptr_t)middle, &pa, &prot));
	assert_int_equal(prot, PGT_R | PGT_W);
}

static void device(void **state)
{
	unsigned int prot;
	uint64_t pa, va;

	(void)state;
	va = (uint64_t)(uintptr_t)host_map_device(hpa(0x9000010), 0x1000);
	assert_in_range(va, HOST_VMAP_BASE, HOST_VMAP_BASE + HOST_VMAP_SIZE);
	assert_int_equal(va % PAGE_SIZE, 0x10);
	assert_true(mapped(va, &pa, &prot));
	assert_int_equal(pa, 0x9000010);
	assert_int_equal(prot, PGT_R | PGT_W | PGT_DEVICE);
	assert_true(mapped(va + PAGE_SIZE, &pa, &prot)); /* both pages */

	/* a large one gets large leaves */
	va = (uint64_t)(uintptr_t)host_map_device(hpa(0x10000000), 2 * SIZE_2M);
	assert_true(IS_ALIGNED(va, SIZE_2M));
	log_set_level(LOG_OFF);
	assert_null(host_map_device(hpa(0), 0));
	assert_null(host_map_device(hpa(UINT64_MAX - 5), 100));
	assert_null(host_map_device(hpa(0), HOST_VMAP_SIZE * 2));
	log_set_level(LOG_INFO);
}

static void stacks(void **state)
{
	void *tops[64];
	uint64_t before = fake_frames_out();
	unsigned int prot;
	uint64_t pa;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(tops); i++) {
		uint64_t top;

		tops[i] = host_stack_alloc(STACK);
		assert_non_null(tops[i]);
		top = (uint64_t)(uintptr_t)tops[i];
		assert_true(mapped(top - 1, &pa, &prot));
		assert_int_equal(prot, PGT_R | PGT_W);
		assert_true(mapped(top - STACK, &pa, &prot));
		assert_false(mapped(top, &pa, &prot));
		assert_false(mapped(top - STACK - 1, &pa, &prot));
		assert_true(host_map_guard_hit(hva(top)));
		assert_true(host_map_guard_hit(hva(top - STACK - 1)));
		assert_false(host_map_guard_hit(hva(top - 1)));
		assert_false(host_map_guard_hit(hva(top - STACK)));
	}
	assert_int_equal(mm_owner_stacks.pages, 64 * 4);
	for (unsigned int i = 0; i < ARRAY_SIZE(tops); i++)
		host_stack_free(tops[i * 37 % 64], STACK);
	host_stack_free(NULL, STACK);
	assert_true(fake_tlb_settle(NULL));
	assert_int_equal(mm_owner_stacks.pages, 0);
	assert_int_equal(fake_frames_out(), before);
	assert_false(host_map_guard_hit(hva((uint64_t)(uintptr_t)tops[0])));
	assert_false(host_map_guard_hit(hva(0)));
}

static void out_of_memory(void **state)
{
	uint64_t before = fake_frames_out();
	void *top;
	long n;

	(void)state;
	for (n = 0; n < 2; n++) {
		/* the first is the stack; tables may fall back to early ones */
		fake_frames_fail_after = 0;
		assert_null(host_stack_alloc(STACK));
		assert_int_equal(fake_frames_out(), before);
	}
	fake_frames_fail_after = -1;
	top = host_stack_alloc(STACK);
	assert_non_null(top);
	host_stack_free(top, STACK);
}

static void free_wrong_size(void)
{
	host_stack_free(host_stack_alloc(STACK), STACK - PAGE_SIZE);
}

static void free_unknown(void)
{
	host_stack_free((void *)(uintptr_t)(HOST_VMAP_BASE + 0x2345000), STACK);
}

static void our_bugs_panic(void **state)
{
	(void)state;
	assert_true(fake_panics(free_wrong_size));
	assert_true(fake_panics(free_unknown));
}

static void ram(void **state)
{
	unsigned int prot;
	uint64_t pa;

	(void)state;
	assert_int_equal(host_map_ram(hpa(0), 100), 0); /* no whole page */
	/* the edges are no whole pages either */
	assert_int_equal(host_map_ram(hpa(0x40000008), 0x3ffff000), 0);
	for (uint64_t at = 0x40001000; at < 0x7ffff000; at += PAGE_SIZE) {
		bool there = mapped(FAKE_PHYS_BASE + at, &pa, &prot);

		if (at == IMAGE + 3 * PAGE_SIZE ||
		    (at >= IMAGE_END - 2 * PAGE_SIZE && at < IMAGE_END)) {
			assert_false(there);
			continue;
		}
		assert_true(there);
		assert_int_equal(pa, at);
		assert_int_equal(prot, at >= IMAGE && at < IMAGE + 0x3000
					       ? PGT_R | PGT_X
					       : PGT_R | PGT_W);
	}
	assert_false(mapped(FAKE_PHYS_BASE + 0x40000000, &pa, &prot));
	assert_false(mapped(FAKE_PHYS_BASE + 0x7ffff000, &pa, &prot));
	/* again: harmless */
	assert_int_equal(host_map_ram(hpa(0x40000008), 0x3ffff000), 0);
	/* a whole GiB is one leaf, and a terabyte a thousand */
	assert_int_equal(
		host_map_ram(hpa((uint64_t)1 << 40), (uint64_t)1 << 40), 0);
	assert_true(mapped(FAKE_PHYS_BASE + (3ull << 39), &pa, &prot));
	assert_int_equal(pa, 3ull << 39);
	assert_int_equal(host_map_ram(hpa((uint64_t)1 << 48), SIZE_1G),
			 -EINVAL);
}

/* the first RAM, when no frame is there to make a table of */
static void ram_before_frames(void **state)
{
	uint64_t before = fake_frames_out();
	unsigned int prot;
	uint64_t pa;

	(void)state;
	fake_frames_fail_after = 0;
	assert_int_equal(host_map_ram(hpa(0x80000000), SIZE_2M + PAGE_SIZE), 0);
	fake_frames_fail_after = -1;
	assert_true(mapped(FAKE_PHYS_BASE + 0x80000000 + SIZE_2M, &pa, &prot));
	assert_int_equal(fake_frames_out(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ram_before_frames),
		cmocka_unit_test(ram),
		cmocka_unit_test(cold_part),
		cmocka_unit_test(device),
		cmocka_unit_test(stacks),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(our_bugs_panic),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
