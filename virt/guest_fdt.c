/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a guest's device tree: one pass over the source tree that copies
 * tokens, leaves out what was not selected, and puts the generated nodes in.
 *
 * Property names keep their place: the source's strings block is copied as it
 * is and ours are appended, so no name is ever searched for.
 */
#include <virt/guest_fdt.h>

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#define LOG_TAG "tree"
#include <lib/log.h>
#include <mm/heap.h>

#include "guest_fdt_gen.h"

#define NAME_BYTES 48

bool gen_name_is(const char *name, const char *what)
{
	size_t len = strlen(what);

	return !strncmp(name, what, len) &&
	       (name[len] == '\0' || name[len] == '@');
}

void gen_copy_prop(struct gen *g, const struct source *src,
		   const struct fdt_walk *prop)
{
	fdtw_prop(&g->w, src->names + fdt_walk_name_offset(prop), prop->value,
		  prop->len);
}

/*
 * Memory and /chosen
 */

static void put_memory(struct gen *g)
{
	uint32_t ac = fdt_u32(g->main.fdt, 0, "#address-cells", 2);
	uint32_t sc = fdt_u32(g->main.fdt, 0, "#size-cells", 1);
	char name[NAME_BYTES];
	uint8_t reg[16];

	for (unsigned int i = 0; i < g->desc->ram_count; i++) {
		const struct guest_fdt_ram *ram = &g->desc->ram[i];

		snprintf(name, sizeof(name), "memory@%lx",
			 (unsigned long)ram->gpa);
		if (!fdtw_put_cells(reg, ac, ram->gpa) ||
		    !fdtw_put_cells(reg + ac * 4, sc, ram->size_bytes)) {
			log_err("%s does not fit the root's %u + %u cells",
				name, ac, sc);
			g->w.err = -EINVAL;
			return;
		}
		fdtw_begin(&g->w, name);
		fdtw_prop_str(&g->w, FDTW_DEVICE_TYPE, "memory");
		fdtw_prop_own(&g->w, FDTW_REG, reg, (ac + sc) * 4);
		fdtw_end(&g->w);
	}
}

/* a given tree's /chosen keeps what we have nothing to say about */
static bool chosen_is_ours(const struct guest_fdt_desc *d, const char *prop)
{
	if (!strcmp(prop, "bootargs"))
		return d->bootargs;
	if (!strcmp(prop, "stdout-path") || !strcmp(prop, "linux,stdout-path"))
		return d->stdout_path;
	if (!strncmp(prop, "linux,initrd-", 13))
		return d->initrd_end;
	/* one that stays the same at every start is none */
	return !strcmp(prop, "rng-seed");
}

static void copy_chosen(struct gen *g)
{
	static const char path[] = "/chosen";
	int node = fdt_path_node(g->main.fdt, path, sizeof(path) - 1);
	struct fdt_walk walk;

	if (node < 0 || !fdt_walk_into(&walk, g->main.fdt, node))
		return;
	while (fdt_walk_next(&walk) == FDT_TOKEN_PROP)
		if (!chosen_is_ours(g->desc, walk.name))
			gen_copy_prop(g, &g->main, &walk);
}

static void put_chosen(struct gen *g)
{
	const struct guest_fdt_desc *d = g->desc;

	fdtw_begin(&g->w, "chosen");
	if (!g->keep)
		copy_chosen(g);
	if (d->bootargs)
		fdtw_prop_str(&g->w, FDTW_BOOTARGS, d->bootargs);
	if (d->stdout_path)
		fdtw_prop_str(&g->w, FDTW_STDOUT_PATH, d->stdout_path);
	if (d->initrd_end) {
		fdtw_prop_u64(&g->w, FDTW_INITRD_START, d->initrd_start);
		fdtw_prop_u64(&g->w, FDTW_INITRD_END, d->initrd_end);
	}
	if (d->rng_seed)
		fdtw_prop_own(&g->w, FDTW_RNG_SEED, d->rng_seed,
			      GUEST_FDT_SEED_BYTES);
	fdtw_end(&g->w);
}

/* after the root's properties, before its other children */
static void put_generated(struct gen *g)
{
	if (g->generated)
		return;
	g->generated = true;
	put_chosen(g);
	put_memory(g);
}

/*
 * Aliases: those whose target was copied
 */

#define HASH_START 0xcbf29ce484222325ull

/* FNV-1a, so that a path's hash grows from its parent's */
static uint64_t hash_bytes(uint64_t hash, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)text[i]) * 0x100000001b3ull;
	return hash;
}

static void read_aliases(struct gen *g)
{
	static const char path[] = "/aliases";
	int node = fdt_path_node(g->main.fdt, path, sizeof(path) - 1);
	struct fdt_walk walk;

	if (node < 0 || !fdt_walk_into(&walk, g->main.fdt, node))
		return;
	while (fdt_walk_next(&walk) == FDT_TOKEN_PROP) {
		if (!walk.len || g->alias_count == ALIAS_MAX)
			continue;
		g->aliases[g->alias_count++] = (struct alias){
			.name = fdt_walk_name_offset(&walk),
			.value = walk.value,
			.len = walk.len,
			.hash = hash_bytes(HASH_START, (const char *)walk.value,
					   walk.len - 1),
		};
	}
}

static void note_path(struct gen *g, const char *name, int depth)
{
	uint64_t hash = hash_bytes(g->path_hash[depth - 1], "/", 1);

	hash = hash_bytes(hash, name, strlen(name));
	g->path_hash[depth] = hash;
	for (unsigned int i = 0; i < g->alias_count; i++) {
		if (g->aliases[i].hash == hash)
			g->aliases[i].found = true;
	}
}

static void put_aliases(struct gen *g)
{
	bool begun = false;

	for (unsigned int i = 0; i < g->alias_count; i++) {
		const struct alias *alias = &g->aliases[i];

		if (!alias->found)
			continue;
		if (!begun)
			fdtw_begin(&g->w, "aliases");
		begun = true;
		fdtw_prop(&g->w, g->main.names + alias->name, alias->value,
			  alias->len);
	}
	if (begun)
		fdtw_end(&g->w);
}

/*
 * The pass
 */

static bool is_memory(const struct gen *g, const struct fdt_walk *at)
{
	struct fdt_walk type;

	return gen_name_is(at->name, "memory") ||
	       (fdt_walk_prop(&type, g->main.fdt, at->node, "device_type") &&
		fdt_walk_is(&type, "memory"));
}

/* children of the root that are made anew, or are of no use to a guest */
static bool is_replaced(const struct gen *g, const struct fdt_walk *at)
{
	if (!strncmp(at->name, "__", 2)) /* __symbols__ and fixups */
		return true;
	if (g->keep && !strcmp(at->name, "aliases"))
		return true;
	return !strcmp(at->name, "chosen") || !strcmp(at->name, "cpus") ||
	       is_memory(g, at);
}

static bool is_kept(const struct gen *g)
{
	return !g->keep || (g->index < g->node_count &&
			    (g->keep[g->index / 8] >> (g->index % 8) & 1));
}

/* as fdt_walk_skip(), but the nodes count */
static void skip_node(struct gen *g, struct fdt_walk *walk)
{
	int depth = walk->depth;

	while (!walk->bad && walk->depth >= depth)
		if (fdt_walk_next_node(walk) == FDT_TOKEN_NODE)
			g->index++;
}

static void copy_node(struct gen *g, struct fdt_walk *walk)
{
	int depth = walk->depth - 1; /* of this node; 0 is the root */

	if (depth == 0) {
		fdtw_begin(&g->w, "");
		return;
	}
	g->index++;
	if (depth == 1) {
		put_generated(g);
		if (!strcmp(walk->name, "cpus"))
			gen_put_cpus(g);
		if (is_replaced(g, walk)) {
			skip_node(g, walk);
			return;
		}
	}
	if (!is_kept(g)) {
		skip_node(g, walk);
		return;
	}
	note_path(g, walk->name, depth);
	fdtw_begin(&g->w, walk->name);
}

static int copy_tree(struct gen *g)
{
	struct fdt_walk walk;
	enum fdt_token token;

	if (!fdt_walk_init(&walk, g->main.fdt))
		return -EINVAL;
	while (!g->w.err && (token = fdt_walk_next(&walk)) != FDT_TOKEN_DONE) {
		if (token == FDT_TOKEN_NODE) {
			copy_node(g, &walk);
		} else if (token == FDT_TOKEN_PROP) {
			gen_copy_prop(g, &g->main, &walk);
		} else {
			if (walk.depth == 0) {
				put_generated(g);
				put_aliases(g);
			}
			fdtw_end(&g->w);
		}
	}
	return walk.bad ? -EINVAL : g->w.err;
}

static void source_init(struct source *src, const void *fdt)
{
	static const char path[] = "/cpus";

	src->fdt = fdt;
	src->names = 0;
	src->cpus = fdt ? fdt_path_node(fdt, path, sizeof(path) - 1) : -ENOENT;
}

/* @g->main and the rest are set */
static int gen_run(struct gen *g, void *buf, size_t buf_size)
{
	struct fdt_walk walk;
	int err;

	if (!fdt_walk_init(&walk, g->main.fdt))
		return -EINVAL;
	if (g->other.fdt) {
		g->other.names = walk.strings_size;
		if (!fdt_walk_init(&walk, g->other.fdt))
			return -EINVAL;
	}
	g->path_hash[0] = HASH_START;
	/* a given tree's reservations go with it, the host's stay its own */
	fdtw_init(&g->w, buf, buf_size, g->keep ? NULL : g->main.fdt,
		  g->other.names + walk.strings_size);
	if (g->keep)
		read_aliases(g);
	err = copy_tree(g);
	if (err)
		return err;
	return fdtw_finish(&g->w, g->main.fdt, g->other.fdt);
}

int guest_fdt_generate(const void *host, const struct fdt_selection *selection,
		       const struct guest_fdt_desc *desc, void *buf,
		       size_t buf_size)
{
	struct gen *g = heap_alloc(sizeof(*g));
	int err;

	if (!g)
		return -ENOMEM;
	source_init(&g->main, host);
	g->other.cpus = -ENOENT;
	g->keep = selection->keep;
	g->node_count = selection->node_count;
	g->desc = desc;
	err = gen_run(g, buf, buf_size);
	heap_free(g);
	return err;
}

int guest_fdt_adopt(const void *given, size_t given_size, const void *host,
		    const struct guest_fdt_desc *desc, void *buf,
		    size_t buf_size)
{
	struct gen *g;
	int err;

	if (given_size < sizeof(struct fdt_header) ||
	    fdt_check_full(given, given_size)) {
		log_err("the given device tree is damaged");
		return -EINVAL;
	}
	g = heap_alloc(sizeof(*g));
	if (!g)
		return -ENOMEM;
	source_init(&g->main, given);
	source_init(&g->other, host);
	g->desc = desc;
	err = gen_run(g, buf, buf_size);
	heap_free(g);
	return err;
}

gpa_t guest_fdt_address(gpa_t ram, uint64_t ram_size)
{
	uint64_t top = ram.v + MIN(ram_size, 256 * SIZE_2M);
	uint64_t at = ALIGN_DOWN(top, SIZE_2M);

	/* Linux takes trees of up to 2 MiB (Documentation/arm64/booting) */
	if (top - at < GUEST_FDT_MAX && at >= SIZE_2M)
		at -= SIZE_2M;
	return at > ram.v ? gpa(at) : ram;
}
