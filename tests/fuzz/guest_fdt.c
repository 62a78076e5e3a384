/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any tree through the guests' filter: what is selected hangs together, and
 * what comes out is a tree with what was selected and nothing else.
 */
#include <arch/virt.h>
#include <virt/config.h>
#include <virt/guest_fdt.h>

#include <errno.h>

#include "tree.h"

#define NODES_MAX 4096
#define DEPTH_MAX 64

static const char *const always_compatible[] = {"arm,gic-v3", "arm,armv8-timer",
						NULL};
static const char *const always_paths[] = {"/cpus", "/psci", NULL};
static const struct arch_fdt_rules rules = {
	.always_compatible = always_compatible,
	.always_paths = always_paths,
	.enable_method = "psci",
};
static const uint64_t hwids[] = {0, 3, 0x100};
static const struct guest_fdt_ram ram[] = {{0x4000, 0x1000}, {0x8000, 0x1000}};

/* The host's nodes, in the order of the selection's bits. */
static int nodes[NODES_MAX];
static unsigned int parents[NODES_MAX];
static unsigned int node_count;

static void list_nodes(const void *fdt)
{
	unsigned int open[DEPTH_MAX];
	int depth = 0;

	node_count = 0;
	for (int node = 0; node >= 0 && node_count < NODES_MAX;
	     node = fdt_next_node(fdt, node, &depth)) {
		if (depth < 0 || depth >= DEPTH_MAX)
			break;
		open[depth] = node_count;
		nodes[node_count] = node;
		parents[node_count++] = depth ? open[depth - 1] : 0;
	}
}

static bool bit(const uint8_t *bits, unsigned int i)
{
	return bits[i / 8] >> (i % 8) & 1;
}

static bool is_below(unsigned int node, unsigned int top)
{
	while (node > top)
		node = parents[node];
	return node == top;
}

/* What the VM asks for, from the input. */
struct wish {
	struct vm_config config;
	struct vm_pt_device devices[2];
	const char *excluded[1];
	char paths[3][256];
	int kept[1];
	unsigned int kept_count;
};

/* mostly a path of the tree, now and then one that may not be there */
static const char *wish_path(const void *fdt, struct input *in, char path[256])
{
	uint8_t which = input_u8(in);

	if (which == 255)
		return "/soc/nothing";
	if (which >= 240 || !node_count ||
	    fdt_get_path(fdt, nodes[which % node_count], path, 256))
		return "/";
	return path;
}

static void wish_make(struct wish *w, const void *fdt, struct input *in)
{
	uint8_t what = input_u8(in);

	memset(w, 0, sizeof(*w));
	w->config.name = "fuzz";
	w->config.pt_devices = w->devices;
	w->config.pt_device_count = what & 3 ? (what & 3) - 1u : 1;
	for (unsigned int i = 0; i < w->config.pt_device_count; i++)
		w->devices[i].path = wish_path(fdt, in, w->paths[i]);
	w->config.excluded = w->excluded;
	if (what & 4) {
		w->config.excluded_count = 1;
		w->excluded[0] = wish_path(fdt, in, w->paths[2]);
	}
	if ((what & 8) && node_count) {
		w->kept_count = 1;
		w->kept[0] = nodes[input_u8(in) % node_count];
	}
}

static bool has_prop(const void *fdt, unsigned int node, const char *name)
{
	return fdt_getprop(fdt, nodes[node], name, NULL);
}

static void check_selection(const void *fdt, const struct wish *w,
			    const struct fdt_selection *sel)
{
	int excluded = -1;

	must(sel->node_count == node_count);
	must(bit(sel->keep, 0));
	if (w->config.excluded_count)
		excluded = fdt_path_offset(fdt, w->excluded[0]);
	for (unsigned int i = 0; i < node_count; i++) {
		bool own = bit(sel->own, i);

		must(!bit(sel->keep, i) || bit(sel->keep, parents[i]));
		must(!own || bit(sel->keep, i));
		if (w->kept_count && nodes[i] == w->kept[0] &&
		    (has_prop(fdt, i, "reg") || has_prop(fdt, i, "interrupts")))
			must(!own);
		for (unsigned int j = 0; own && j <= i; j++)
			if (nodes[j] == excluded)
				must(!is_below(i, j));
	}
}

/* Made anew, or left out, below the root whatever was selected. */
static bool is_replaced(const void *fdt, unsigned int node)
{
	static const char *const names[] = {"chosen", "cpus", "aliases"};
	const char *name, *type;
	int len;

	while (parents[node])
		node = parents[node];
	name = fdt_get_name(fdt, nodes[node], &len);
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	type = fdt_getprop(fdt, nodes[node], "device_type", &len);
	return !strncmp(name, "__", 2) || !strcmp(name, "memory") ||
	       !strncmp(name, "memory@", 7) ||
	       (type && len == 7 && !memcmp(type, "memory", 7));
}

static unsigned int count_children(const void *fdt, const char *parent,
				   const char *prefix)
{
	int node, top = fdt_path_offset(fdt, parent);
	unsigned int count = 0;

	fdt_for_each_subnode (node, fdt, top)
		count += !strncmp(fdt_get_name(fdt, node, NULL), prefix,
				  strlen(prefix));
	return count;
}

/* Copies of CPUs carry numbers too, and are none of the selection's. */
static bool is_cpus(const void *out, int node)
{
	int top = fdt_supernode_atdepth_offset(out, node, 1, NULL);

	return top >= 0 && !strcmp(fdt_get_name(out, top, NULL), "cpus");
}

/* Every node of the result by its number in the source. */
static void check_contents(const void *fdt, const struct fdt_selection *sel,
			   const void *out)
{
	unsigned int want = 0, have = 0;
	int node;

	for (unsigned int i = 1; i < node_count; i++)
		want += bit(sel->keep, i) && !is_replaced(fdt, i);
	for (node = fdt_next_node(out, 0, NULL); node >= 0;
	     node = fdt_next_node(out, node, NULL)) {
		const fdt32_t *id = fdt_getprop(out, node, TREE_ID, NULL);

		if (!id || is_cpus(out, node))
			continue;
		must(fdt32_ld(id) < node_count);
		must(bit(sel->keep, fdt32_ld(id)));
		have++;
	}
	must(have == want, "%u nodes, selected were %u", have, want);
}

static void check_made(const void *out, size_t size,
		       const struct guest_fdt_desc *desc)
{
	const char *text;
	int node, err = fdt_check_full(out, size);

	must(!err, "%s", fdt_strerror(err));
	node = fdt_path_offset(out, "/chosen");
	must(node >= 0);
	text = fdt_getprop(out, node, "bootargs", NULL);
	must(text && !strcmp(text, desc->bootargs));
	must(count_children(out, "/", "memory@") == desc->ram_count);
}

static void generate(const struct tree *tree, const struct fdt_selection *sel,
		     const struct guest_fdt_desc *desc, size_t room)
{
	void *out = malloc(room);
	int err;

	must(out);
	err = guest_fdt_generate(tree->fdt, sel, desc, out, room);
	must(err <= 0);
	if (!err) {
		check_made(out, room, desc);
		if (tree->exact)
			check_contents(tree->fdt, sel, out);
	} else {
		must(err == -ENOSPC || err == -EINVAL);
	}
	free(out);
}

static void adopt(const struct tree *tree, const struct guest_fdt_desc *desc,
		  size_t room)
{
	void *out = malloc(room);
	int err;

	must(out);
	err = guest_fdt_adopt(tree->fdt, tree->size, tree->fdt, desc, out,
			      room);
	must(err <= 0);
	if (!err)
		check_made(out, room, desc);
	free(out);
}

static void run(const struct tree *tree, struct input *in)
{
	struct guest_fdt_desc desc = {
		.bootargs = "console=ttyAMA0",
		.stdout_path = "/soc/serial@1",
		.ram = ram,
		.cpu_hwids = hwids,
		.cpu_enable_method = "psci",
	};
	struct fdt_selection sel;
	uint8_t what = input_u8(in);
	size_t room = 2 * tree->size + 2048;
	struct wish wish;
	int err;

	desc.ram_count = what & 1 ? 2 : 1;
	desc.cpu_count = what & 2 ? 3 : 1;
	if (what & 4)
		desc.initrd_end = 0x100000;
	if ((what & 0xf8) == 0xf8)
		room = input_u16(in);
	list_nodes(tree->fdt);
	wish_make(&wish, tree->fdt, in);
	err = fdt_select(tree->fdt, &wish.config, &rules, wish.kept,
			 wish.kept_count, &sel);
	must(err <= 0);
	if (!err) {
		if (tree->exact)
			check_selection(tree->fdt, &wish, &sel);
		generate(tree, &sel, &desc, room);
		fdt_selection_free(&sel);
	} else {
		must(err == -EINVAL || err == -ENOENT);
	}
	adopt(tree, &desc, room);
}

/* The last bytes are what is asked for, the rest the tree; or all is a tree. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t cut = size < 8 ? size : size - 8;
	bool whole = size > 40 && fdt32_ld((const void *)data) == FDT_MAGIC;
	struct input in = {data, whole ? size : cut};
	struct input ask = {data + cut, size - cut};
	struct tree tree = tree_from_input(&in);

	if (!tree.fdt)
		return 0;
	run(&tree, &ask);
	free(tree.fdt);
	return 0;
}
