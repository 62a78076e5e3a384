/* SPDX-License-Identifier: Apache-2.0 */
/* Redistributors found by a tree that may say anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <libfdt.h>

#include <arch/cpu.h>
#include <core/cpu.h>
#include <mm/host_map.h>

#include "../../../drivers/irqchip/gicv3_regs.h"
#include "../../fake/fake.h"

#define FRAMES 4
#define STRIDE 0x20000ull
#define BASE 0x80a0000ull

static struct cpu host_cpus[FRAMES];
static uint64_t mapped, furthest;
static unsigned int last; /* frame whose TYPER says so */
static uint8_t tree[4096];
static struct gic gic;

struct cpu *cpu_find_hwid(uint64_t hwid)
{
	return hwid < FRAMES ? &host_cpus[hwid] : NULL;
}

/* Not memory: every access is answered, or found out of bounds, here. */
volatile void *host_map_device(hpa_t base, uint64_t size_bytes)
{
	assert_int_equal(base.v, BASE);
	mapped = size_bytes;
	return (volatile void *)(uintptr_t)base.v;
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	uint64_t off = (uintptr_t)addr - BASE;

	assert_true(off + width <= mapped);
	assert_int_equal(off % width, 0);
	furthest = MAX(furthest, off);
	assert_int_equal(off % STRIDE, GICR_TYPER);
	off /= STRIDE;
	return off << 32 | (off == last ? GICR_TYPER_LAST : 0);
}

void fake_io_write(volatile void *addr __unused_arg,
		   unsigned int width __unused_arg, uint64_t value __unused_arg)
{
	fail();
}

static int probe(uint64_t base, uint64_t size, uint64_t stride,
		 uint32_t regions)
{
	fdt64_t reg[4] = {cpu_to_fdt64(0x8000000), cpu_to_fdt64(0x10000),
			  cpu_to_fdt64(base), cpu_to_fdt64(size)};

	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
	fdt_begin_node(tree, "gic");
	fdt_property(tree, "reg", reg, sizeof(reg));
	fdt_property_u32(tree, "#redistributor-regions", regions);
	if (stride)
		fdt_property_u64(tree, "redistributor-stride", stride);
	fdt_end_node(tree);
	fdt_end_node(tree);
	fdt_finish(tree);
	memset(&gic, 0, sizeof(gic));
	mapped = furthest = 0;
	fake_this_cpu = &host_cpus[0];
	for (unsigned int i = 0; i < FRAMES; i++)
		host_cpus[i] = (struct cpu){.id = i, .hwid = i};
	return gicv3_redist_probe(tree, fdt_path_offset(tree, "/gic"), &gic);
}

static void found(void **state __unused_arg)
{
	last = 2;
	assert_int_equal(probe(BASE, FRAMES * STRIDE, 0, 1), 0);
	assert_int_equal((uintptr_t)gic.redist_regs[2], BASE + 2 * STRIDE);
	assert_null(gic.redist_regs[3]);
	assert_int_equal(gic.redist_stride, STRIDE);
	assert_int_equal(probe(BASE, FRAMES * STRIDE, 2 * STRIDE, 1), 0);
	assert_null(gic.redist_regs[1]);
}

/* No frame says that it is the last, and the region ends within one. */
static void region_without_end(void **state __unused_arg)
{
	last = 99;
	assert_int_equal(probe(BASE, 2 * STRIDE + 8, 0, 1), 0);
	assert_int_equal(furthest, STRIDE + GICR_TYPER);
	assert_non_null(gic.redist_regs[1]);
}

static void refused(void **state __unused_arg)
{
	last = 0;
	assert_int_equal(probe(BASE, STRIDE, 1, 1), -EINVAL);
	assert_int_equal(probe(BASE, STRIDE, 0x10000, 1), -EINVAL);
	assert_int_equal(probe(BASE, STRIDE, 0x20004, 1), -EINVAL);
	assert_int_equal(probe(BASE + 4, STRIDE, 0, 1), -EINVAL);
	assert_int_equal(probe(BASE, 0x1000, 0, 1), -EINVAL);
	assert_int_equal(probe(BASE, STRIDE, 0, 0), -EINVAL);
	assert_int_equal(probe(BASE, STRIDE, 0, UINT32_MAX), -EINVAL);
	assert_int_not_equal(probe(BASE, STRIDE, 0, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(region_without_end),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
