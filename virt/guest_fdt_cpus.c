/* SPDX-License-Identifier: Apache-2.0 */
/* The /cpus node of a guest's device tree. */
#include "guest_fdt_gen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LOG_TAG "tree"
#include <lib/log.h>
#include <virt/guest_fdt.h>

#include <virt/fdt_refs.h>

#define NAME_BYTES 48

/* properties that tie a CPU to what stays with the host */
static bool cpu_prop_stays(const char *prop, bool same_tree)
{
	static const char *const dropped[] = {
		"reg",           "enable-method",   "cpu-release-addr",
		"status",        "cpu-idle-states", "operating-points",
		"#cooling-cells"};

	for (unsigned int i = 0; i < ARRAY_SIZE(dropped); i++) {
		if (fdt_name_is(prop, dropped[i]))
			return false;
	}
	if (fdt_name_is(prop, "phandle") || fdt_name_is(prop, "linux,phandle"))
		return false; /* put_phandle() */
	if (!same_tree && fdt_name_is(prop, "next-level-cache"))
		return false;
	return !fdt_ref_rule(prop);
}

static bool is_cpu(const struct source *src, const struct fdt_walk *at)
{
	struct fdt_walk type;

	if (fdt_walk_prop(&type, src->fdt, at->node, "device_type"))
		return fdt_walk_is(&type, "cpu");
	return gen_name_is(at->name, "cpu");
}

/* the next child of /cpus; @walk is behind the one before. false: no more */
static bool next_child(struct fdt_walk *walk)
{
	return fdt_walk_next_node(walk) == FDT_TOKEN_NODE;
}

static bool cpus_open(const struct source *src, struct fdt_walk *walk)
{
	return src->fdt && src->cpus >= 0 &&
	       fdt_walk_into(walk, src->fdt, src->cpus);
}

/* the CPU's node, < 0: none; @any: the first CPU, whatever its number */
static int find_cpu(const struct source *src, uint64_t hwid, bool any)
{
	struct fdt_walk walk, reg;

	if (!cpus_open(src, &walk))
		return -ENOENT;
	while (next_child(&walk)) {
		if (is_cpu(src, &walk) &&
		    fdt_walk_prop(&reg, src->fdt, walk.node, "reg")) {
			uint64_t v = 0;

			for (uint32_t i = 0; i < reg.len / 4; i++)
				v = v << 32 | fdt_cell(reg.value, i);
			if (any || v == hwid)
				return walk.node;
		}
		if (!fdt_walk_skip(&walk))
			break;
	}
	return -ENOENT;
}

/* what other nodes of the guest's tree call this CPU */
static void put_phandle(struct gen *g, int node)
{
	static const char *const names[] = {"phandle", "linux,phandle"};
	struct fdt_walk walk;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (fdt_walk_prop(&walk, g->main.fdt, node, names[i]))
			gen_copy_prop(g, &g->main, &walk);
}

/* all of a CPU's node but what put_cpu() says itself */
static void copy_cpu(struct gen *g, const struct source *src, int node)
{
	struct fdt_walk walk;
	enum fdt_token token;

	if (!fdt_walk_into(&walk, src->fdt, node))
		return;
	while (walk.depth > 0) {
		token = fdt_walk_next(&walk);
		if (token == FDT_TOKEN_DONE) {
			g->w.err = -EINVAL;
			return;
		}
		if (token == FDT_TOKEN_NODE)
			fdtw_begin(&g->w, walk.name);
		else if (token == FDT_TOKEN_LEAVE)
			fdtw_end(&g->w);
		else if (cpu_prop_stays(walk.name, src == &g->main))
			gen_copy_prop(g, src, &walk);
	}
}

static void put_cpu(struct gen *g, const struct source *src, int node,
		    int phandle_node, uint64_t hwid, uint32_t cells)
{
	char name[NAME_BYTES];
	uint8_t reg[8];

	if (!fdtw_put_cells(reg, cells, hwid)) {
		log_err("cpu %#lx does not fit %u cells of /cpus",
			(unsigned long)hwid, cells);
		g->w.err = -EINVAL;
		return;
	}
	snprintf(name, sizeof(name), "cpu@%lx", (unsigned long)hwid);
	fdtw_begin(&g->w, name);
	fdtw_prop_own(&g->w, FDTW_REG, reg, cells * 4);
	if (g->desc->cpu_enable_method)
		fdtw_prop_str(&g->w, FDTW_ENABLE_METHOD,
			      g->desc->cpu_enable_method);
	if (phandle_node >= 0)
		put_phandle(g, phandle_node);
	copy_cpu(g, src, node);
}

/*
 * A CPU is the host's of the same number, else the given tree's, else like any.
 * In a dtb_path tree its phandle is the given tree's, so that the references
 * there stay true.
 */
static void put_one_cpu(struct gen *g, uint64_t hwid, uint32_t cells)
{
	const struct source *const order[] = {&g->other, &g->main};
	int phandle_node = find_cpu(&g->main, hwid, false);

	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(order); i++) {
		const struct source *src = order[i % ARRAY_SIZE(order)];
		int node = find_cpu(src, hwid, i >= ARRAY_SIZE(order));

		if (node >= 0) {
			put_cpu(g, src, node, phandle_node, hwid, cells);
			return;
		}
	}
	log_err("the tree has no cpu to copy");
	g->w.err = -EINVAL;
}

static bool is_cache(const struct source *src, const struct fdt_walk *at)
{
	static const char *const cache[] = {"cache", NULL};
	struct fdt_walk compatible;

	return fdt_walk_prop(&compatible, src->fdt, at->node, "compatible") &&
	       fdt_walk_has(&compatible, cache);
}

/* @walk has come to the node, and then to its end */
static void put_cache(struct gen *g, struct fdt_walk *walk)
{
	enum fdt_token token;

	fdtw_begin(&g->w, walk->name);
	while ((token = fdt_walk_next(walk)) == FDT_TOKEN_PROP)
		if (!fdt_ref_rule(walk->name))
			gen_copy_prop(g, &g->main, walk);
	if (token != FDT_TOKEN_LEAVE) /* a cache has no children */
		g->w.err = -EINVAL;
	fdtw_end(&g->w);
}

/* properties and caches of /cpus, but not the map of CPUs that are not there */
void gen_put_cpus(struct gen *g)
{
	uint32_t cells =
		fdt_u32(g->main.fdt, g->main.cpus, "#address-cells", 1);
	struct fdt_walk walk;
	enum fdt_token token;

	fdtw_begin(&g->w, "cpus");
	if (!cpus_open(&g->main, &walk)) {
		g->w.err = -EINVAL;
		return;
	}
	while (!g->w.err && ((token = fdt_walk_next(&walk)) == FDT_TOKEN_PROP ||
			     token == FDT_TOKEN_NODE)) {
		if (token == FDT_TOKEN_PROP)
			gen_copy_prop(g, &g->main, &walk);
		else if (is_cache(&g->main, &walk))
			put_cache(g, &walk);
		else if (!fdt_walk_skip(&walk))
			g->w.err = -EINVAL;
	}
	for (unsigned int i = 0; i < g->desc->cpu_count; i++)
		put_one_cpu(g, g->desc->cpu_hwids[i], cells);
	fdtw_end(&g->w);
}
