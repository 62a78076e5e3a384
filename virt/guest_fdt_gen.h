/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's tree in the making, shared by guest_fdt.c and guest_fdt_cpus.c. */
#ifndef VIRT_GUEST_FDT_GEN_H
#define VIRT_GUEST_FDT_GEN_H

#include <lib/fdt.h>
#include <lib/types.h>

#include "fdt_writer.h"

struct guest_fdt_desc;

#define ALIAS_MAX 128

/* An alias of the host tree, and whether its target was copied. */
struct alias {
	uint32_t name; /* offset */
	const uint8_t *value;
	uint32_t len;
	uint64_t hash;
	bool found;
};

/**
 * struct source - a tree that tokens come from
 * @names: what its name offsets become in the result
 * @cpus:  offset of /cpus, < 0: none
 */
struct source {
	const void *fdt;
	uint32_t names;
	int cpus;
};

/**
 * struct gen - one tree being made
 * @keep:   NULL: everything
 * @index:  of the node read last
 * @main, @other: the tree that is copied; another one that has CPUs
 */
struct gen {
	struct fdt_writer w;
	struct source main, other;
	const uint8_t *keep;
	uint32_t node_count;
	const struct guest_fdt_desc *desc;
	uint32_t index;
	bool generated;
	uint64_t path_hash[FDT_DEPTH_MAX];
	struct alias aliases[ALIAS_MAX];
	unsigned int alias_count;
};

/** gen_name_is() - with or without a unit address */
bool gen_name_is(const char *name, const char *what);

/** gen_copy_prop() - the property that @prop has come to, in @src */
void gen_copy_prop(struct gen *g, const struct source *src,
		   const struct fdt_walk *prop);

/** gen_put_cpus() - /cpus with a node for each of desc->cpu_hwids */
void gen_put_cpus(struct gen *g);

#endif
