/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions about the host's tree, of any tree: each ends and reads nothing
 * outside; of a well-formed one the answers are libfdt's, too.
 */
#include <lib/fdt.h>

#include <errno.h>

#include <lib/fdt_walk.h>
#include "tree.h"

#define INDEX_MAX 4
#define NODES_MAX 16

static const char *const wanted[] = {"arm,gic-v3", "simple-bus", NULL};

static bool is_off(const void *fdt, int node)
{
	int len;
	const char *status = fdt_getprop(fdt, node, "status", &len);

	return status && (len != 5 || memcmp(status, "okay", 5)) &&
	       (len != 3 || memcmp(status, "ok", 3));
}

/* Nodes below a disabled one do not count. */
static int first_compatible(const void *fdt)
{
	int depth = 0, off = TREE_DEPTH + 1;

	for (int node = 0; node >= 0; node = fdt_next_node(fdt, node, &depth)) {
		if (depth <= off)
			off = is_off(fdt, node) ? depth : TREE_DEPTH + 1;
		if (depth >= off)
			continue;
		for (const char *const *name = wanted; *name; name++)
			if (!fdt_node_check_compatible(fdt, node, *name))
				return node;
	}
	return -1;
}

static void check_props(const void *fdt, int node)
{
	int prop;

	fdt_for_each_property_offset (prop, fdt, node) {
		const char *name;
		int len, got_len;
		const void *value =
			fdt_getprop_by_offset(fdt, prop, &name, &len);

		must(fdt_prop(fdt, node, name, &got_len) == value &&
		     got_len == len);
	}
	must(!fdt_prop(fdt, node, "none", NULL));
}

static void check_reg(const void *fdt, int node)
{
	struct fdt_reg reg;
	unsigned int i;
	int len, err = 0;

	for (i = 0; i < INDEX_MAX && !err; i++) {
		err = fdt_node_reg(fdt, node, i, &reg);
		if (!err)
			must(reg.addr + reg.size >= reg.addr);
	}
	/* an entry has a cell at least */
	if (err == -ENOENT && fdt_getprop(fdt, node, "reg", &len))
		must(i - 1 <= (unsigned int)len / 4);
}

static void check_irq(const void *fdt, int node)
{
	struct fdt_irq irq;
	bool edge;
	int intid;

	for (unsigned int i = 0; i < INDEX_MAX; i++) {
		if (fdt_node_irq(fdt, node, i, &irq))
			return;
		must(irq.cell_count >= 1 && irq.cell_count <= 4);
		must(fdt_prop(fdt, irq.parent, "#interrupt-cells", NULL));
		intid = fdt_gic_intid(&irq, &edge);
		must(intid < 0 || (intid >= 16 && intid < 1020));
	}
}

static int count_device(void *ctx, const void *fdt, int node,
			const char *compatible, int len)
{
	(void)fdt;
	(void)node;
	must(compatible && len >= 0);
	return ++*(int *)ctx == 1000;
}

static void ask_node(const void *fdt, int node)
{
	check_reg(fdt, node);
	check_irq(fdt, node);
	(void)fdt_node_compatible_any(fdt, node, wanted);
	(void)fdt_node_enabled(fdt, node);
	(void)fdt_child(fdt, node, "serial@1");
}

static void compare(const void *fdt)
{
	int node, chosen = fdt_path_offset(fdt, "/chosen");
	const char *out = fdt_getprop(fdt, chosen, "stdout-path", NULL);

	for (node = 0; node >= 0; node = fdt_next_node(fdt, node, NULL)) {
		check_props(fdt, node);
		must(!fdt_node_compatible_any(fdt, node, wanted) ==
		     (fdt_node_check_compatible(fdt, node, wanted[0]) &&
		      fdt_node_check_compatible(fdt, node, wanted[1])));
	}
	node = fdt_find_compatible(fdt, wanted);
	must((node < 0 ? -1 : node) == first_compatible(fdt));
	if (out && out[0] == '/' && out[1] && !strchr(out, ':')) {
		node = fdt_path_offset(fdt, out);
		must((node < 0) == (fdt_stdout_node(fdt) < 0));
		must(node < 0 || fdt_stdout_node(fdt) == node);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	struct tree tree = tree_from_input(&in);
	int count = 0, node;

	if (!tree.fdt)
		return 0;
	for (node = 0; node >= 0 && count < NODES_MAX; count++) {
		ask_node(tree.fdt, node);
		node = fdt_next_node(tree.fdt, node, NULL);
	}
	/* offsets that are no nodes */
	for (unsigned int i = 0; i < 8 && i < size; i++)
		ask_node(tree.fdt, (int)(data[size - 1 - i] * 4) - 16);
	count = 0;
	(void)fdt_for_each_device(tree.fdt, count_device, &count);
	(void)fdt_stdout_node(tree.fdt);
	(void)fdt_find_compatible(tree.fdt, wanted);
	if (tree.exact)
		compare(tree.fdt);
	free(tree.fdt);
	return 0;
}
