/* SPDX-License-Identifier: Apache-2.0 */
/* The PLIC's node in trees of guests: whose contexts it names, and where. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <libfdt.h>

#include "../../../arch/riscv64/virt/vplic.h"
#include "../../../arch/riscv64/virt/vplic_fdt.h"

#define PLIC 7
#define NONE 0xffffffff

static const uint64_t hartids[] = {4, 2};
static uint8_t tree[8192];
static struct vplic plic;

/* hart 2's interrupt controller has phandle 22, hart 4's has none */
static void hart(uint32_t id, uint32_t phandle)
{
	char name[16];

	snprintf(name, sizeof(name), "cpu@%x", id);
	fdt_begin_node(tree, name);
	fdt_property_u32(tree, "reg", id);
	fdt_begin_node(tree, "cache");
	fdt_property_string(tree, "compatible", "cache");
	fdt_end_node(tree);
	fdt_begin_node(tree, "interrupt-controller");
	fdt_property_string(tree, "compatible", "riscv,cpu-intc");
	if (phandle)
		fdt_property_u32(tree, "phandle", phandle);
	fdt_end_node(tree);
	fdt_end_node(tree);
}

static void make(uint32_t cells, bool has_plic, bool has_hart)
{
	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_u32(tree, "#address-cells", cells);
	fdt_property_u32(tree, "#size-cells", cells);
	fdt_begin_node(tree, "cpus");
	fdt_property_u32(tree, "#address-cells", 1);
	fdt_property_u32(tree, "#size-cells", 0);
	hart(2, 22);
	hart(3, 33);
	if (has_hart)
		hart(4, 0);
	fdt_end_node(tree);
	if (has_plic) {
		fdt_begin_node(tree, "plic@c000000");
		fdt_property_string(tree, "compatible", "riscv,plic0");
		fdt_property_u32(tree, "phandle", PLIC);
		fdt_property_u32(tree, "riscv,ndev", 1);
		fdt_property_u64(tree, "reg", 1);
		/* of a hart that the guest does not have */
		fdt_property_u64(tree, "interrupts-extended",
				 (uint64_t)33 << 32 | 9);
		fdt_end_node(tree);
	}
	fdt_end_node(tree);
	fdt_finish(tree);
	assert_int_equal(fdt_open_into(tree, tree, sizeof(tree)), 0);
}

static void contexts(bool with_m)
{
	assert_int_equal(vplic_init(&plic, 95, 2), 0);
	for (int v = 0; v < 2; v++) {
		if (with_m)
			assert_int_equal(vplic_context_add(&plic, 11, v), 0);
		assert_int_equal(vplic_context_add(&plic, VPLIC_CAUSE_S, v), 0);
	}
}

static void fixup(uint64_t base, uint64_t size, int want)
{
	assert_int_equal(vplic_fdt_fixup(&plic, base, size, hartids, tree),
			 want);
}

static uint32_t cell(const char *prop, unsigned int index, unsigned int count)
{
	int node = fdt_node_offset_by_phandle(tree, PLIC), len;
	const fdt32_t *cells = fdt_getprop(tree, node, prop, &len);

	assert_int_equal(len, count * 4);
	return fdt32_to_cpu(cells[index]);
}

static uint32_t phandle_of(const char *path)
{
	uint32_t phandle = fdt_get_phandle(tree, fdt_path_offset(tree, path));

	assert_int_not_equal(phandle, 0);
	return phandle;
}

static void check_contexts(bool with_m)
{
	unsigned int count = with_m ? 8 : 4, at = 0;

	for (unsigned int v = 0; v < 2; v++) {
		uint32_t intc =
			phandle_of(v ? "/cpus/cpu@2/interrupt-controller"
				     : "/cpus/cpu@4/interrupt-controller");

		if (with_m) {
			at++; /* any of them */
			assert_int_equal(
				cell("interrupts-extended", at++, count), NONE);
		}
		assert_int_equal(cell("interrupts-extended", at++, count),
				 intc);
		assert_int_equal(cell("interrupts-extended", at++, count), 9);
	}
	assert_int_equal(phandle_of("/cpus/cpu@2/interrupt-controller"), 22);
}

static void names_contexts(void **state)
{
	(void)state;
	for (int with_m = 0; with_m < 2; with_m++) {
		make(2, true, true);
		contexts(with_m);
		fixup(0x10c000000, 0x600000, 0);
		check_contexts(with_m);
		assert_int_equal(cell("riscv,ndev", 0, 1), 95);
		assert_int_equal(cell("reg", 0, 4), 1);
		assert_int_equal(cell("reg", 1, 4), 0xc000000);
		assert_int_equal(cell("reg", 2, 4), 0);
		assert_int_equal(cell("reg", 3, 4), 0x600000);
		/* again: the same */
		fixup(0x10c000000, 0x600000, 0);
		check_contexts(with_m);
	}
}

static void narrow_cells(void **state)
{
	(void)state;
	make(1, true, true);
	contexts(true);
	fixup(0xc000000, 0x600000, 0);
	assert_int_equal(cell("reg", 0, 2), 0xc000000);
	assert_int_equal(cell("reg", 1, 2), 0x600000);
	make(1, true, true);
	fixup(0x10c000000, 0x600000, -EINVAL);
}

static void what_is_missing(void **state)
{
	(void)state;
	contexts(true);
	make(2, false, true);
	fixup(0xc000000, 0x600000, -ENOENT);
	make(2, true, false);
	fixup(0xc000000, 0x600000, -ENOENT);
	/* no room */
	make(2, true, true);
	fdt_pack(tree);
	fixup(0xc000000, 0x600000, -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_contexts),
		cmocka_unit_test(narrow_cells),
		cmocka_unit_test(what_is_missing),
	};

	return cmocka_run_group_tests_name("riscv64 vplic fdt", tests, NULL,
					   NULL);
}
