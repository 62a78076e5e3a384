/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's tree, for the nodes of one emulated device. */
#ifndef TESTS_NODE_TREE_H
#define TESTS_NODE_TREE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <libfdt.h>

static uint8_t tree[4096];

static uint32_t cell(const char *path, const char *name, int index)
{
	int len;
	const fdt32_t *value =
		fdt_getprop(tree, fdt_path_offset(tree, path), name, &len);

	assert_non_null(value);
	assert_true(len >= 4 * (index + 1));
	return fdt32_to_cpu(value[index]);
}

static void tree_begin(void)
{
	int gic;

	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	fdt_setprop_u32(tree, 0, "#address-cells", 2);
	fdt_setprop_u32(tree, 0, "#size-cells", 2);
	fdt_setprop_u32(tree, 0, "interrupt-parent", 7);
	gic = fdt_add_subnode(tree, 0, "intc");
	fdt_setprop_u32(tree, gic, "#interrupt-cells", 3);
	fdt_setprop_u32(tree, gic, "phandle", 7);
}

#endif
