/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a tree's structure block token by token, without looking back.
 *
 * libfdt answers every question from the tree's beginning and checks as it
 * goes; questions about ancestors and phandles would cost it the whole tree
 * several times over, and it looks at names byte by byte: on QEMU's tree one
 * fdt_path_offset() took 100,000 instructions. This reader makes one pass of a
 * few instructions a token and never leaves the block. Devicetree
 * Specification v0.4, 5.4.
 */
#ifndef LIB_FDT_WALK_H
#define LIB_FDT_WALK_H

#include <lib/types.h>
#include <lib/util.h>

/* Deeper nodes are taken for damage, as Linux has it. */
#define FDT_DEPTH_MAX 64

enum fdt_token {
	FDT_TOKEN_NODE,  /* a node begins: .node, .name */
	FDT_TOKEN_PROP,  /* .name, .value, .len */
	FDT_TOKEN_LEAVE, /* the innermost node ends */
	FDT_TOKEN_DONE,  /* end of the tree, or damage */
};

/**
 * struct fdt_walk - where we are, and what came last
 * @depth: nodes that are open; 1 inside the root, FDT_DEPTH_MAX at the most
 * @bad:   the walk ended because the tree is damaged
 */
struct fdt_walk {
	const uint8_t *structs;
	const char *strings;
	uint32_t structs_size;
	uint32_t strings_size;
	uint32_t offset;
	int depth;
	bool bad;
	int node;
	const char *name;
	const uint8_t *value;
	uint32_t len;
};

/** fdt_name_same() - the same text */
bool fdt_name_same(const char *name, const char *what);

/** fdt_name_is() - the same, but most names differ in their first letter */
static inline bool fdt_name_is(const char *name, const char *what)
{
	return name[0] == what[0] && fdt_name_same(name, what);
}

/** fdt_walk_init() - Return: false when the header makes no sense */
bool fdt_walk_init(struct fdt_walk *walk, const void *fdt);

/** fdt_walk_next() - the next token */
enum fdt_token fdt_walk_next(struct fdt_walk *walk);

/** fdt_walk_next_node() - the same; properties that come next are passed over,
 * at a third of the cost */
enum fdt_token fdt_walk_next_node(struct fdt_walk *walk);

/** fdt_walk_at() - the same, to begin at @node; its name is the next token */
bool fdt_walk_at(struct fdt_walk *walk, const void *fdt, int node);

/** fdt_walk_into() - the same, behind the name: properties come next */
bool fdt_walk_into(struct fdt_walk *walk, const void *fdt, int node);

/** fdt_walk_prop() - to a property of @node; false: not there, or damage */
bool fdt_walk_prop(struct fdt_walk *walk, const void *fdt, int node,
		   const char *name);

/** fdt_walk_skip() - behind the end of the innermost node; false: damage */
bool fdt_walk_skip(struct fdt_walk *walk);

/** fdt_walk_name_offset() - of the property, where its name is in the strings */
static inline uint32_t fdt_walk_name_offset(const struct fdt_walk *walk)
{
	return (uint32_t)(walk->name - walk->strings);
}

/** fdt_walk_is() - the property's value is exactly this string */
bool fdt_walk_is(const struct fdt_walk *walk, const char *text);

/** fdt_strings_have() - a property's strings, @len bytes, have one of @list,
 * which ends in NULL */
bool fdt_strings_have(const void *strings, uint32_t len,
		      const char *const *list);

/** fdt_walk_has() - the value, a list of strings, has one of @list */
bool fdt_walk_has(const struct fdt_walk *walk, const char *const *list);

/**
 * fdt_prop() - a property's value, as fdt_getprop() gives it
 * @len: -FDT_ERR_NOTFOUND or -FDT_ERR_BADSTRUCTURE with NULL; may be NULL
 */
const void *fdt_prop(const void *fdt, int node, const char *name, int *len);

/** fdt_u32() - a property of one cell; @absent: there is none like that */
uint32_t fdt_u32(const void *fdt, int node, const char *name, uint32_t absent);

/** fdt_child() - a node's child of this name, unit address and all; < 0 */
int fdt_child(const void *fdt, int parent, const char *name);

/** fdt_child_first() - < 0: it has none */
int fdt_child_first(const void *fdt, int parent);

/** fdt_child_next() - the node behind @child, of the same parent; < 0: none */
int fdt_child_next(const void *fdt, int child);

/** fdt_for_each_child() - @child: an int, < 0 behind the last one */
#define fdt_for_each_child(child, fdt, parent)                                 \
	for (child = fdt_child_first(fdt, parent); child >= 0;                 \
	     child = fdt_child_next(fdt, child))

/** fdt_cell() - big-endian cell @index of a property's value */
static inline uint32_t fdt_cell(const void *value, unsigned int index)
{
	const uint8_t *p = (const uint8_t *)value + 4 * (size_t)index;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

#endif
