/* SPDX-License-Identifier: Apache-2.0 */
#include <lib/fdt_walk.h>

#include <string.h>

#include <libfdt.h>

/* Room that every structure block and property name must leave. */
#define TOKEN_SIZE 4u
#define PROP_HEADER_SIZE 8u

/* A constant as it lies in the tree; both architectures are little-endian. */
#define TOKEN(value) __builtin_bswap32(value)

/*
 * A cell as it lies there, for what can be asked in either byte order: a load
 * and no more where turning it round costs ten instructions.
 */
static uint32_t raw_cell(const uint8_t *p)
{
	uint32_t cell;

	__builtin_memcpy(&cell, __builtin_assume_aligned(p, TOKEN_SIZE),
			 sizeof(cell));
	return cell;
}

static bool is_token(const uint8_t *p, uint32_t token)
{
	return raw_cell(p) == TOKEN(token);
}

bool fdt_name_same(const char *name, const char *what)
{
	return !strcmp(name, what);
}

bool fdt_walk_init(struct fdt_walk *walk, const void *fdt)
{
	uint64_t total, structs, strings;

	if (!fdt || (uintptr_t)fdt % TOKEN_SIZE ||
	    fdt_magic(fdt) != FDT_MAGIC || fdt_version(fdt) < 17 ||
	    fdt_last_comp_version(fdt) > 17)
		return false;
	total = fdt_totalsize(fdt);
	structs = fdt_off_dt_struct(fdt);
	strings = fdt_off_dt_strings(fdt);
	/* offsets are int */
	if (total > INT32_MAX || structs % TOKEN_SIZE ||
	    structs + fdt_size_dt_struct(fdt) > total ||
	    strings + fdt_size_dt_strings(fdt) > total)
		return false;
	*walk = (struct fdt_walk){
		.structs = (const uint8_t *)fdt + structs,
		.strings = (const char *)fdt + strings,
		.structs_size = ALIGN_DOWN(fdt_size_dt_struct(fdt), TOKEN_SIZE),
		.strings_size = fdt_size_dt_strings(fdt),
		.node = -1,
	};
	/* so that a name that begins inside the strings also ends there */
	if (walk->strings_size && walk->strings[walk->strings_size - 1])
		return false;
	return true;
}

static enum fdt_token walk_damaged(struct fdt_walk *walk)
{
	walk->bad = true;
	return FDT_TOKEN_DONE;
}

static enum fdt_token walk_node(struct fdt_walk *walk, uint32_t at)
{
	uint32_t end = walk->offset;
	uint32_t cell;

	if (walk->depth == FDT_DEPTH_MAX)
		return walk_damaged(walk);
	/* names are padded to whole cells; the last one holds a zero byte */
	do {
		if (end >= walk->structs_size)
			return walk_damaged(walk);
		cell = raw_cell(walk->structs + end);
		end += TOKEN_SIZE;
	} while (!((cell - 0x01010101u) & ~cell & 0x80808080u));
	walk->node = (int)at;
	walk->name = (const char *)walk->structs + walk->offset;
	walk->offset = end;
	walk->depth++;
	return FDT_TOKEN_NODE;
}

static enum fdt_token walk_prop(struct fdt_walk *walk)
{
	const uint8_t *p = walk->structs + walk->offset;
	uint32_t left = walk->structs_size - walk->offset;
	uint32_t name;

	if (left < PROP_HEADER_SIZE)
		return walk_damaged(walk);
	walk->len = fdt_cell(p, 0);
	name = fdt_cell(p, 1);
	left -= PROP_HEADER_SIZE;
	if (walk->len > left || name >= walk->strings_size || !walk->depth)
		return walk_damaged(walk);
	walk->name = walk->strings + name;
	walk->value = p + PROP_HEADER_SIZE;
	/* the block's size is a multiple of a token, so this stays inside */
	walk->offset += PROP_HEADER_SIZE + ALIGN_UP(walk->len, TOKEN_SIZE);
	return FDT_TOKEN_PROP;
}

enum fdt_token fdt_walk_next(struct fdt_walk *walk)
{
	while (walk->offset < walk->structs_size) {
		uint32_t at = walk->offset;

		walk->offset += TOKEN_SIZE;
		switch (raw_cell(walk->structs + at)) {
		case TOKEN(FDT_BEGIN_NODE):
			return walk_node(walk, at);
		case TOKEN(FDT_PROP):
			return walk_prop(walk);
		case TOKEN(FDT_END_NODE):
			if (--walk->depth < 0)
				return walk_damaged(walk);
			return FDT_TOKEN_LEAVE;
		case TOKEN(FDT_NOP):
			break;
		case TOKEN(FDT_END):
			return walk->depth ? walk_damaged(walk)
					   : FDT_TOKEN_DONE;
		default:
			return walk_damaged(walk);
		}
	}
	return walk_damaged(walk);
}

/* As walk_prop(), but nobody asks what is in them. */
enum fdt_token fdt_walk_next_node(struct fdt_walk *walk)
{
	const uint8_t *structs = walk->structs;
	uint32_t size = walk->structs_size, at = walk->offset;

	while (walk->depth && at < size &&
	       size - at >= TOKEN_SIZE + PROP_HEADER_SIZE &&
	       is_token(structs + at, FDT_PROP)) {
		uint32_t len = fdt_cell(structs + at, 1);

		at += TOKEN_SIZE + PROP_HEADER_SIZE;
		if (len > size - at)
			return walk_damaged(walk);
		at += ALIGN_UP(len, TOKEN_SIZE);
	}
	walk->offset = at;
	return fdt_walk_next(walk);
}

bool fdt_walk_at(struct fdt_walk *walk, const void *fdt, int node)
{
	if (!fdt_walk_init(walk, fdt) || node < 0 || node % (int)TOKEN_SIZE ||
	    (uint32_t)node >= walk->structs_size ||
	    !is_token(walk->structs + node, FDT_BEGIN_NODE))
		return false;
	walk->offset = (uint32_t)node;
	return true;
}

bool fdt_walk_into(struct fdt_walk *walk, const void *fdt, int node)
{
	return fdt_walk_at(walk, fdt, node) &&
	       fdt_walk_next(walk) == FDT_TOKEN_NODE;
}

bool fdt_walk_prop(struct fdt_walk *walk, const void *fdt, int node,
		   const char *name)
{
	walk->bad = true;
	if (!fdt_walk_into(walk, fdt, node))
		return false;
	/* properties stand before the first child */
	while (fdt_walk_next(walk) == FDT_TOKEN_PROP)
		if (fdt_name_is(walk->name, name))
			return true;
	return false;
}

bool fdt_walk_skip(struct fdt_walk *walk)
{
	int depth = walk->depth;

	while (!walk->bad && walk->depth >= depth)
		(void)fdt_walk_next_node(walk);
	return !walk->bad;
}

bool fdt_walk_is(const struct fdt_walk *walk, const char *text)
{
	size_t len = strlen(text) + 1;

	return walk->len == len && !memcmp(walk->value, text, len);
}

bool fdt_strings_have(const void *strings, uint32_t len,
		      const char *const *list)
{
	const char *s = strings, *end = s + len;

	/* so that the last one ends inside */
	if (!len || end[-1])
		return false;
	for (; s < end; s += strlen(s) + 1)
		for (const char *const *l = list; l && *l; l++)
			if (fdt_name_is(s, *l))
				return true;
	return false;
}

bool fdt_walk_has(const struct fdt_walk *walk, const char *const *list)
{
	return fdt_strings_have(walk->value, walk->len, list);
}

const void *fdt_prop(const void *fdt, int node, const char *name, int *len)
{
	struct fdt_walk walk;
	bool found = fdt_walk_prop(&walk, fdt, node, name);

	if (len)
		*len = found      ? (int)walk.len
		       : walk.bad ? -FDT_ERR_BADSTRUCTURE
				  : -FDT_ERR_NOTFOUND;
	return found ? walk.value : NULL;
}

uint32_t fdt_u32(const void *fdt, int node, const char *name, uint32_t absent)
{
	int len;
	const void *value = fdt_prop(fdt, node, name, &len);

	return value && len == 4 ? fdt_cell(value, 0) : absent;
}

int fdt_child(const void *fdt, int parent, const char *name)
{
	struct fdt_walk walk;
	enum fdt_token token;

	if (!fdt_walk_at(&walk, fdt, parent))
		return -FDT_ERR_BADOFFSET;
	do {
		token = fdt_walk_next_node(&walk);
		if (token == FDT_TOKEN_NODE && walk.depth == 2 &&
		    fdt_name_is(walk.name, name))
			return walk.node;
	} while (token != FDT_TOKEN_DONE && walk.depth > 0);
	return -FDT_ERR_NOTFOUND;
}

static int next_is_node(struct fdt_walk *walk)
{
	return fdt_walk_next_node(walk) == FDT_TOKEN_NODE ? walk->node
							  : -FDT_ERR_NOTFOUND;
}

int fdt_child_first(const void *fdt, int parent)
{
	struct fdt_walk walk;

	return fdt_walk_into(&walk, fdt, parent) ? next_is_node(&walk)
						 : -FDT_ERR_BADOFFSET;
}

int fdt_child_next(const void *fdt, int child)
{
	struct fdt_walk walk;

	return fdt_walk_into(&walk, fdt, child) && fdt_walk_skip(&walk)
		       ? next_is_node(&walk)
		       : -FDT_ERR_BADOFFSET;
}
