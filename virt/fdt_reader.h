/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a flattened tree token by token, once, in order.
 *
 * libfdt finds things by walking from the start each time; what works on whole
 * trees would take quadratic time with it. Every read is checked, so that a
 * malformed tree ends in -EINVAL and nothing else.
 */
#ifndef VIRT_FDT_READER_H
#define VIRT_FDT_READER_H

#include <lib/types.h>
#include <lib/util.h>

enum fdt_token_kind { TOKEN_NODE, TOKEN_PROP, TOKEN_END_NODE, TOKEN_END };

/**
 * struct fdt_token - one of the structure block
 * @offset:  where it stands; of a node, what libfdt calls its offset
 * @name:    of the node or the property
 * @nameoff: the property's name in the strings block
 * @data, @len: the property's value
 */
struct fdt_token {
	enum fdt_token_kind kind;
	int offset;
	const char *name;
	uint32_t nameoff;
	const uint8_t *data;
	uint32_t len;
};

struct fdt_reader {
	const uint8_t *structure;
	uint32_t size;
	const char *strings;
	uint32_t strings_size;
	uint32_t offset;
	unsigned int depth;
};

/**
 * fdt_reader_init() - begin at the root
 *
 * Return: 0; -EINVAL when the header makes no sense.
 */
int __must_check fdt_reader_init(struct fdt_reader *r, const void *fdt);

/** fdt_reader_seek() - go on at a node that was read before */
void fdt_reader_seek(struct fdt_reader *r, int node);

/**
 * fdt_reader_next() - the next token; NOPs are passed over
 *
 * Return: 0; -EINVAL.
 */
int __must_check fdt_reader_next(struct fdt_reader *r, struct fdt_token *t);

/** fdt_reader_skip() - the rest of the node whose TOKEN_NODE came last, to
 * behind its TOKEN_END_NODE */
int __must_check fdt_reader_skip(struct fdt_reader *r);

/**
 * fdt_reader_prop() - a property of @node by name
 *
 * Return: false: not there, or malformed.
 */
bool fdt_reader_prop(const void *fdt, int node, const char *name,
		     struct fdt_token *t);

/**
 * fdt_reader_path() - the node of an absolute path, in one pass
 *
 * As libfdt has it: a component without unit address fits any.
 *
 * Return: offset; -ENOENT; -EINVAL.
 */
int fdt_reader_path(const void *fdt, const char *path);

/** fdt_cell() - big-endian cell @index of a value; the caller checked @len */
static inline uint32_t fdt_cell(const struct fdt_token *t, uint32_t index)
{
	const uint8_t *p = t->data + index * 4;

	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/** fdt_token_str() - the value is exactly this string */
bool fdt_token_str(const struct fdt_token *t, const char *text);

/** fdt_token_has_str() - the value, a list of strings, has one of @list */
bool fdt_token_has_str(const struct fdt_token *t, const char *const *list);

/*
 * fdt_refs.c: which properties name other nodes
 */

/** struct fdt_ref_rule - how a property refers */
struct fdt_ref_rule {
	const char *name;
	uint8_t match; /* enum in fdt_refs.c */
	bool once;     /* one phandle, then whatever */
	bool whole;    /* the target is of no use without its descendants */
	/* of the target: cells after each phandle; NULL: none */
	const char *cells_name;
};

/** fdt_ref_rule() - NULL: the property refers to nothing */
const struct fdt_ref_rule *fdt_ref_rule(const char *prop);

#endif
