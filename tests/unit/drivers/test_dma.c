/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for devices: where it lies, and what is done to the caches. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>
#include <drivers/dma.h>

#include "../../fake/dts.h"
#include "../../fake/fake.h"

#define RAM 0x40000000ull

static uint8_t tree[65536];

static bool coherent(const char *path)
{
	int node = fdt_path_offset(tree, path);

	assert_true(node >= 0);
	return dma_is_coherent(tree, node);
}

static void by_tree(void **state)
{
	(void)state;
	dts_text("/dts-v1/; / { a { dma-coherent; b { c { }; }; };"
		 " d { e { }; f { dma-coherent; }; }; };",
		 tree, sizeof(tree));
	assert_true(coherent("/a"));
	assert_true(coherent("/a/b/c"));
	assert_false(coherent("/d"));
	assert_false(coherent("/d/e"));
	assert_true(coherent("/d/f"));
	assert_false(dma_is_coherent(tree, 3));
	assert_false(dma_is_coherent(NULL, 0));
	dts_file("configs/qemu-aarch64.dts", tree, sizeof(tree));
	assert_true(coherent("/pcie@10000000"));
	assert_true(coherent("/virtio_mmio@a000000"));
}

static void below_a_limit(void **state)
{
	uint64_t max = RAM + 4 * PAGE_SIZE - 1;
	uint8_t *mem[4], *far;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		mem[i] = dma_alloc(max, PAGE_SIZE);
		assert_non_null(mem[i]);
		assert_true(virt_to_phys(mem[i]).v + PAGE_SIZE - 1 <= max);
	}
	assert_null(dma_alloc(max, PAGE_SIZE));
	far = dma_alloc(max + 1, PAGE_SIZE);
	assert_null(far);
	far = dma_alloc(UINT64_MAX, 1);
	assert_non_null(far);
	/* a hole in the middle, which the allocator would not give */
	dma_free(mem[2], PAGE_SIZE);
	assert_ptr_equal(dma_alloc(max, PAGE_SIZE), mem[2]);
	assert_null(dma_alloc(max, 2 * PAGE_SIZE));
	for (unsigned int i = 0; i < 4; i++)
		dma_free(mem[i], PAGE_SIZE);
	dma_free(far, 1);
	dma_free(NULL, 1);
	assert_int_equal(fake_frames_out(), 0);
}

static void reaches(void **state)
{
	uint8_t *mem = dma_alloc(UINT64_MAX, PAGE_SIZE);
	uint8_t stack[16];
	uint64_t at = virt_to_phys(mem).v;

	(void)state;
	assert_true(dma_reaches(UINT64_MAX, mem, PAGE_SIZE));
	assert_true(dma_reaches(at + 511, mem, 512));
	assert_false(dma_reaches(at + 510, mem, 512));
	assert_false(dma_reaches(at - 1, mem, 1));
	assert_false(dma_reaches(UINT64_MAX, stack, sizeof(stack)));
	assert_false(dma_reaches(UINT64_MAX, (void *)HOST_VMAP_BASE, 1));
	dma_free(mem, PAGE_SIZE);
}

static void caches(void **state)
{
	const struct dma sees = {.coherent = true, .max = UINT64_MAX};
	const struct dma blind = {.coherent = false, .max = UINT64_MAX};
	uint8_t *mem = dma_alloc(UINT64_MAX, PAGE_SIZE), *shared;
	hpa_t pa;

	(void)state;
	fake_cleaned_bytes = 0;
	dma_to_device(&sees, mem, 512);
	dma_from_device(&sees, mem, 512);
	assert_non_null(dma_alloc_shared(&sees, 100, &pa));
	assert_int_equal(fake_cleaned_bytes, 0);
	dma_to_device(&blind, mem, 512);
	assert_ptr_equal(fake_cleaned, mem);
	assert_int_equal(fake_cleaned_bytes, 512);
	dma_from_device(&blind, mem, 1024);
	assert_int_equal(fake_cleaned_bytes, 1536);
	/* rings: zeros are in memory before they are uncached */
	shared = dma_alloc_shared(&blind, 100, &pa);
	assert_non_null(shared);
	assert_int_equal(fake_cleaned_bytes, 1536 + PAGE_SIZE);
	for (unsigned int i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(shared[i], 0);
	dma_free(mem, PAGE_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_tree),
		cmocka_unit_test(below_a_limit),
		cmocka_unit_test(reaches),
		cmocka_unit_test(caches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
