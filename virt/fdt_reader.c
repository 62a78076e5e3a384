/* SPDX-License-Identifier: Apache-2.0 */
#include "fdt_reader.h"

#include <errno.h>
#include <libfdt.h>
#include <string.h>

#define DEPTH_MAX 64

static uint32_t word(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

int fdt_reader_init(struct fdt_reader *r, const void *fdt)
{
	uint64_t total, off, size;

	if (!fdt || fdt_magic(fdt) != FDT_MAGIC || fdt_version(fdt) < 17 ||
	    fdt_last_comp_version(fdt) > 17)
		return -EINVAL;
	total = fdt_totalsize(fdt);
	off = fdt_off_dt_struct(fdt);
	size = fdt_size_dt_struct(fdt);
	if (off % 4 || off + size > total || size < 16)
		return -EINVAL;
	r->structure = (const uint8_t *)fdt + off;
	r->size = (uint32_t)ALIGN_DOWN(size, 4);
	off = fdt_off_dt_strings(fdt);
	size = fdt_size_dt_strings(fdt);
	if (off + size > total || total > INT32_MAX)
		return -EINVAL;
	r->strings = (const char *)fdt + off;
	r->strings_size = (uint32_t)size;
	/* names end inside the block if its last byte is their NUL */
	if (size && r->strings[size - 1])
		return -EINVAL;
	r->offset = 0;
	r->depth = 0;
	return 0;
}

void fdt_reader_seek(struct fdt_reader *r, int node)
{
	r->offset = (uint32_t)node;
	r->depth = 0;
}

static int read_node(struct fdt_reader *r, struct fdt_token *t)
{
	const char *name = (const char *)r->structure + r->offset;
	const char *nul = memchr(name, '\0', r->size - r->offset);

	if (!nul || r->depth == DEPTH_MAX)
		return -EINVAL;
	t->kind = TOKEN_NODE;
	t->name = name;
	r->offset += (uint32_t)ALIGN_UP((size_t)(nul - name) + 1, 4);
	r->depth++;
	return 0;
}

static int read_prop(struct fdt_reader *r, struct fdt_token *t)
{
	if (r->size - r->offset < 8 || !r->depth)
		return -EINVAL;
	t->kind = TOKEN_PROP;
	t->len = word(r->structure + r->offset);
	t->nameoff = word(r->structure + r->offset + 4);
	r->offset += 8;
	if (t->len > r->size - r->offset || t->nameoff >= r->strings_size)
		return -EINVAL;
	t->name = r->strings + t->nameoff;
	t->data = r->structure + r->offset;
	r->offset += ALIGN_UP(t->len, 4);
	return 0;
}

int fdt_reader_next(struct fdt_reader *r, struct fdt_token *t)
{
	uint32_t tag;

	do {
		if (r->offset > r->size || r->size - r->offset < 4)
			return -EINVAL;
		t->offset = (int)r->offset;
		tag = word(r->structure + r->offset);
		r->offset += 4;
	} while (tag == FDT_NOP);

	switch (tag) {
	case FDT_BEGIN_NODE:
		return read_node(r, t);
	case FDT_PROP:
		return read_prop(r, t);
	case FDT_END_NODE:
		if (!r->depth)
			return -EINVAL;
		r->depth--;
		t->kind = TOKEN_END_NODE;
		return 0;
	case FDT_END:
		t->kind = TOKEN_END;
		return r->depth ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

/* Behind the properties that come next; damage is left to be found there. */
static void skip_props(struct fdt_reader *r)
{
	const uint8_t *p = r->structure;

	while (r->offset <= r->size && r->size - r->offset >= 12 &&
	       word(p + r->offset) == FDT_PROP) {
		uint32_t len = word(p + r->offset + 4);

		if (len > r->size - r->offset - 12)
			return;
		r->offset += 12 + ALIGN_UP(len, 4);
	}
}

int fdt_reader_skip(struct fdt_reader *r)
{
	unsigned int depth = r->depth;
	struct fdt_token t;
	int err = 0;

	while (!err && r->depth >= depth) {
		skip_props(r);
		err = fdt_reader_next(r, &t);
	}
	return err;
}

bool fdt_reader_prop(const void *fdt, int node, const char *name,
		     struct fdt_token *t)
{
	struct fdt_reader r;

	if (fdt_reader_init(&r, fdt))
		return false;
	fdt_reader_seek(&r, node);
	if (fdt_reader_next(&r, t))
		return false;
	while (!fdt_reader_next(&r, t) && t->kind == TOKEN_PROP) {
		if (!strcmp(t->name, name))
			return true;
	}
	return false;
}

/* the first @len bytes at @path name the node, perhaps without its address */
static bool names_node(const char *path, size_t len, const char *name)
{
	return !strncmp(name, path, len) &&
	       (!name[len] || (name[len] == '@' && !memchr(path, '@', len)));
}

int fdt_reader_path(const void *fdt, const char *path)
{
	struct fdt_reader r;
	struct fdt_token t;
	unsigned int depth = 1; /* inside the node that was found last */
	int found = 0;

	if (*path != '/' || fdt_reader_init(&r, fdt) || fdt_reader_next(&r, &t))
		return -EINVAL;
	for (;;) {
		size_t len;

		while (*path == '/')
			path++;
		if (!*path)
			return found;
		len = strcspn(path, "/");
		do {
			skip_props(&r);
			if (fdt_reader_next(&r, &t))
				return -EINVAL;
			if (r.depth < depth)
				return -ENOENT;
		} while (t.kind != TOKEN_NODE || r.depth != depth + 1 ||
			 !names_node(path, len, t.name));
		found = t.offset;
		depth++;
		path += len;
	}
}

bool fdt_token_str(const struct fdt_token *t, const char *text)
{
	size_t len = strlen(text) + 1;

	return t->len == len && !memcmp(t->data, text, len);
}

bool fdt_token_has_str(const struct fdt_token *t, const char *const *list)
{
	const char *s = (const char *)t->data;
	const char *end = s + t->len;

	while (s < end) {
		const char *nul = memchr(s, '\0', (size_t)(end - s));

		if (!nul)
			return false;
		for (const char *const *l = list; l && *l; l++) {
			if (!strcmp(s, *l))
				return true;
		}
		s = nul + 1;
	}
	return false;
}
