/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller's node, in trees that have one and others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <cmocka.h>

#include "vgic_model.h"

struct vm {
	struct vgic vgic;
};

static struct vgic *vgic_of(struct vm *vm)
{
	return &vm->vgic;
}

#include "../../../arch/aarch64/virt/vgic_fdt.c"

static struct vm vm = {
	.vgic = {.dist_base = 0x8000000,
		 .redist_shift = 17,
		 .region_count = 2,
		 .regions = {{0x80a0000, 0x20000, 0, 1},
			     {0x1080a0000, 0x40000, 1, 2}}},
};
static uint8_t tree[8192];

/* @cells: of addresses and sizes; 0: no node for the controller */
static void make(uint32_t cells, bool has_gic)
{
	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_u32(tree, "#address-cells", cells);
	fdt_property_u32(tree, "#size-cells", cells);
	fdt_property_u32(tree, "interrupt-parent", 7);
	fdt_begin_node(tree, "device");
	fdt_property_u32(tree, "msi-parent", 9);
	fdt_end_node(tree);
	if (has_gic) {
		fdt_begin_node(tree, "intc");
		fdt_property_string(tree, "compatible", "arm,gic-v3");
		fdt_property_u32(tree, "phandle", 7);
		fdt_property_u32(tree, "interrupts", 9);
		fdt_property_u64(tree, "redistributor-stride", 5);
		fdt_begin_node(tree, "its");
		fdt_property_string(tree, "compatible", "arm,gic-v3-its");
		fdt_property_u32(tree, "phandle", 9);
		fdt_end_node(tree);
		fdt_end_node(tree);
	}
	fdt_end_node(tree);
	fdt_finish(tree);
	assert_int_equal(fdt_open_into(tree, tree, sizeof(tree)), 0);
}

static void check(int cells)
{
	int node = fdt_node_offset_by_phandle(tree, 7), len;
	const fdt32_t *reg;

	assert_true(node > 0);
	assert_int_equal(fdt_node_check_compatible(tree, node, "arm,gic-v3"),
			 0);
	reg = fdt_getprop(tree, node, "reg", &len);
	assert_int_equal(len, 3 * 2 * cells * 4);
	assert_int_equal(fdt32_to_cpu(reg[cells - 1]), 0x8000000);
	assert_int_equal(fdt32_to_cpu(reg[2 * cells - 1]), 0x10000);
	assert_null(fdt_getprop(tree, node, "interrupts", NULL));
	assert_null(fdt_getprop(tree, node, "redistributor-stride", NULL));
	assert_int_equal(fdt_node_offset_by_phandle(tree, 9),
			 -FDT_ERR_NOTFOUND);
	node = fdt_path_offset(tree, "/device");
	assert_true(node > 0);
	assert_null(fdt_getprop(tree, node, "msi-parent", NULL));
}

static void taken_over(void **state __unused_arg)
{
	make(2, true);
	assert_int_equal(vgic_fdt_fixup(&vm, tree), 0);
	check(2);
}

/* Devices name a controller that the file has not. */
static void made(void **state __unused_arg)
{
	make(2, false);
	assert_int_equal(vgic_fdt_fixup(&vm, tree), 0);
	check(2);
}

/* Addresses that do not fit are no shorter ones; odd cells are an error. */
static void odd_cells(void **state __unused_arg)
{
	make(1, true);
	assert_int_equal(vgic_fdt_fixup(&vm, tree), -EINVAL);
	vm.vgic.region_count = 1;
	make(1, true);
	assert_int_equal(vgic_fdt_fixup(&vm, tree), 0);
	vm.vgic.region_count = 2;
	make(3, true);
	assert_int_equal(vgic_fdt_fixup(&vm, tree), -EINVAL);
	make(0, false);
	assert_int_equal(vgic_fdt_fixup(&vm, tree), -EINVAL);
	make(99, true);
	assert_int_equal(vgic_fdt_fixup(&vm, tree), -EINVAL);
}

/* The first room for all of it; with less, it is said. */
static void no_room(void **state __unused_arg)
{
	int rc = -ENOSPC;

	for (unsigned int room = 0; rc && room < 1024; room += 4) {
		make(2, false);
		fdt_pack(tree);
		assert_int_equal(
			fdt_open_into(tree, tree,
				      (int)fdt_totalsize(tree) + (int)room),
			0);
		rc = vgic_fdt_fixup(&vm, tree);
		assert_true(!rc || rc == -ENOSPC);
	}
	assert_int_equal(rc, 0);
	check(2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken_over),
		cmocka_unit_test(made),
		cmocka_unit_test(odd_cells),
		cmocka_unit_test(no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
