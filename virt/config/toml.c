/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOML 1.0: lines, keys, tables and who may add to which table.
 *
 * Section numbers refer to the TOML 1.0.0 specification's headings.
 */
#include "toml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <mm/heap.h>

#include "toml_parser.h"

struct toml_doc {
	struct arena arena;
	struct toml_node root;
};

struct key {
	const char *at; /* in the source */
	const char *text;
	size_t len;
};

static int parse_value(struct toml_parser *ps, struct toml_node *node);

static uint32_t column(const struct toml_parser *ps, const char *at)
{
	const char *c;
	uint32_t col = 1;

	for (c = ps->line_start; c < at; c++)
		col += ((uint8_t)*c & 0xc0) != 0x80;
	return col;
}

static int fail_va(struct toml_parser *ps, const char *at, bool limit,
		   const char *fmt, va_list args)
{
	/* at may lie before this line when a value spans several */
	ps->error->line = ps->line;
	ps->error->col = at < ps->line_start ? 1 : column(ps, at);
	ps->error->limit = limit;
	vsnprintf(ps->error->text, sizeof(ps->error->text), fmt, args);
	return -EINVAL;
}

int toml_fail(struct toml_parser *ps, const char *at, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail_va(ps, at, false, fmt, args);
	va_end(args);
	return -EINVAL;
}

int toml_fail_limit(struct toml_parser *ps, const char *at, const char *fmt,
		    ...)
{
	va_list args;

	va_start(args, fmt);
	fail_va(ps, at, true, fmt, args);
	va_end(args);
	return -EINVAL;
}

static void skip_blanks(struct toml_parser *ps)
{
	while (toml_peek(ps, 0) == ' ' || toml_peek(ps, 0) == '\t')
		ps->p++;
}

/* A comment up to its line's end. Control characters are not allowed in it. */
static int skip_comment(struct toml_parser *ps)
{
	int c;

	if (toml_peek(ps, 0) != '#')
		return 0;
	while (c = toml_peek(ps, 0), c >= 0 && !toml_newline(ps)) {
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return toml_fail(ps, ps->p,
					 "control character 0x%02x in a "
					 "comment",
					 c);
		ps->p++;
	}
	return 0;
}

/* Blanks, line ends and comments: what may stand between array elements. */
static int skip_space(struct toml_parser *ps)
{
	size_t nl;

	for (;;) {
		skip_blanks(ps);
		if (skip_comment(ps))
			return -EINVAL;
		nl = toml_newline(ps);
		if (!nl)
			return 0;
		toml_next_line(ps, nl);
	}
}

static uint32_t hash(const char *text, size_t len)
{
	uint32_t h = 2166136261U; /* FNV-1a */

	while (len--)
		h = (h ^ (uint8_t)*text++) * 16777619U;
	return h;
}

static struct toml_node *find(const struct toml_node *table, const char *key,
			      size_t len)
{
	uint32_t h = hash(key, len);
	struct toml_node *node;

	for (node = table->first; node; node = node->next)
		if (node->key_hash == h && node->key_len == len &&
		    !memcmp(node->key, key, len))
			return node;
	return NULL;
}

static int node_alloc(struct toml_parser *ps, const char *at,
		      struct toml_node **node)
{
	if (++ps->node_count > TOML_MAX_NODES)
		return toml_fail_limit(ps, at, "more than %d values",
				       TOML_MAX_NODES);
	*node = arena_alloc(ps->arena, sizeof(**node));
	if (!*node)
		return -ENOMEM;
	(*node)->line = ps->line;
	(*node)->col = column(ps, at);
	return 0;
}

static void node_append(struct toml_node *parent, struct toml_node *node)
{
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	parent->count++;
}

static int entry_create(struct toml_parser *ps, struct toml_node *table,
			const struct key *key, struct toml_node **node)
{
	int err = node_alloc(ps, key->at, node);

	if (err)
		return err;
	(*node)->key = key->text;
	(*node)->key_len = (uint32_t)key->len;
	(*node)->key_hash = hash(key->text, key->len);
	node_append(table, *node);
	return 0;
}

static bool is_bare(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* One part of a key ("Keys"), blanks behind it skipped. */
static int parse_key(struct toml_parser *ps, struct key *key)
{
	int c = toml_peek(ps, 0);
	int err;

	key->at = ps->p;
	if (c == '"' || c == '\'') {
		err = toml_string(ps, false, &key->text, &key->len);
		if (err)
			return err;
	} else {
		key->text = ps->p;
		while (is_bare(toml_peek(ps, 0)))
			ps->p++;
		key->len = (size_t)(ps->p - key->text);
		if (!key->len)
			return toml_fail(ps, ps->p,
					 c < 0 ? "the text ends where a key "
						 "is expected"
					       : "a key is expected here");
	}
	skip_blanks(ps);
	return 0;
}

static int fail_taken(struct toml_parser *ps, const struct key *key,
		      const struct toml_node *node)
{
	return toml_fail(ps, key->at, "'%.*s' is already defined in line %u",
			 (int)MIN(key->len, (size_t)40), key->text, node->line);
}

/* Into a table by one part of a dotted key ("Keys", dotted). */
static int descend_dotted(struct toml_parser *ps, const struct key *key,
			  uint32_t section, struct toml_node **table)
{
	struct toml_node *node = find(*table, key->text, key->len);
	int err;

	if (!node) {
		err = entry_create(ps, *table, key, &node);
		if (err)
			return err;
		node->type = TOML_TABLE;
	} else if (node->type != TOML_TABLE ||
		   (node->origin != TOML_BY_SUBTABLE &&
		    (node->origin != TOML_BY_DOTS ||
		     node->section != section))) {
		return fail_taken(ps, key, node);
	}
	node->origin = TOML_BY_DOTS;
	node->section = section;
	*table = node;
	return 0;
}

/* Into a table by one leading part of a [header] ("Table"). */
static int descend_header(struct toml_parser *ps, const struct key *key,
			  struct toml_node **table)
{
	struct toml_node *node = find(*table, key->text, key->len);
	int err;

	if (!node) {
		err = entry_create(ps, *table, key, &node);
		if (err)
			return err;
		node->type = TOML_TABLE;
		node->origin = TOML_BY_SUBTABLE;
	} else if (node->type > TOML_ARRAY || node->origin == TOML_BY_VALUE) {
		return fail_taken(ps, key, node);
	}
	*table = node->type == TOML_ARRAY ? node->last : node;
	return 0;
}

/* The last part of [header]: a table defined once. */
static int open_table(struct toml_parser *ps, const struct key *key,
		      struct toml_node **table)
{
	struct toml_node *node = find(*table, key->text, key->len);
	int err;

	if (!node) {
		err = entry_create(ps, *table, key, &node);
		if (err)
			return err;
		node->type = TOML_TABLE;
	} else if (node->type != TOML_TABLE ||
		   node->origin != TOML_BY_SUBTABLE) {
		return fail_taken(ps, key, node);
	}
	node->origin = TOML_BY_HEADER;
	*table = node;
	return 0;
}

/* The last part of [[header]] ("Array of Tables"): one more element. */
static int open_element(struct toml_parser *ps, const struct key *key,
			struct toml_node **table)
{
	struct toml_node *array = find(*table, key->text, key->len);
	struct toml_node *node;
	int err;

	if (!array) {
		err = entry_create(ps, *table, key, &array);
		if (err)
			return err;
		array->type = TOML_ARRAY;
		array->origin = TOML_BY_HEADER;
	} else if (array->type != TOML_ARRAY ||
		   array->origin != TOML_BY_HEADER) {
		return fail_taken(ps, key, array);
	}
	err = node_alloc(ps, key->at, &node);
	if (err)
		return err;
	node->type = TOML_TABLE;
	node->origin = TOML_BY_HEADER;
	node_append(array, node);
	*table = node;
	return 0;
}

static int parse_header(struct toml_parser *ps, struct toml_node *root,
			struct toml_node **table)
{
	bool element = toml_peek(ps, 1) == '[';
	unsigned int parts = 0;
	struct key key;
	int err;

	ps->p += element ? 2 : 1;
	*table = root;
	for (;;) {
		skip_blanks(ps);
		err = parse_key(ps, &key);
		if (err)
			return err;
		if (toml_peek(ps, 0) != '.')
			break;
		if (++parts >= TOML_MAX_KEY_PARTS)
			return toml_fail_limit(ps, ps->p, "key too deep");
		err = descend_header(ps, &key, table);
		if (err)
			return err;
		ps->p++;
	}
	if (toml_peek(ps, 0) != ']' || (element && toml_peek(ps, 1) != ']'))
		return toml_fail(ps, ps->p, "%s expected after the name",
				 element ? "']]'" : "']'");
	err = element ? open_element(ps, &key, table)
		      : open_table(ps, &key, table);
	ps->p += element ? 2 : 1;
	return err;
}

static int parse_entry(struct toml_parser *ps, struct toml_node *table,
		       uint32_t section)
{
	struct toml_node *node;
	unsigned int parts = 0;
	struct key key;
	int err;

	for (;;) {
		err = parse_key(ps, &key);
		if (err)
			return err;
		if (toml_peek(ps, 0) != '.')
			break;
		if (++parts >= TOML_MAX_KEY_PARTS)
			return toml_fail_limit(ps, ps->p, "key too deep");
		err = descend_dotted(ps, &key, section, &table);
		if (err)
			return err;
		ps->p++;
		skip_blanks(ps);
	}
	node = find(table, key.text, key.len);
	if (node)
		return fail_taken(ps, &key, node);
	if (toml_peek(ps, 0) != '=')
		return toml_fail(ps, ps->p, "'=' expected after the key");
	ps->p++;
	skip_blanks(ps);
	err = entry_create(ps, table, &key, &node);
	return err ? err : parse_value(ps, node);
}

static int parse_array(struct toml_parser *ps, struct toml_node *array)
{
	struct toml_node *node;
	int err;

	array->type = TOML_ARRAY;
	ps->p++;
	for (;;) {
		err = skip_space(ps);
		if (err)
			return err;
		if (toml_peek(ps, 0) == ']')
			break;
		err = node_alloc(ps, ps->p, &node);
		if (err)
			return err;
		node_append(array, node);
		err = parse_value(ps, node);
		if (!err)
			err = skip_space(ps);
		if (err)
			return err;
		if (toml_peek(ps, 0) == ']')
			break;
		if (toml_peek(ps, 0) != ',')
			return toml_fail(ps, ps->p,
					 "',' or ']' expected in the array "
					 "begun in line %u",
					 array->line);
		ps->p++;
	}
	ps->p++;
	return 0;
}

/* "Inline Table": on one line, no comma behind the last entry, then closed. */
static int parse_inline_table(struct toml_parser *ps, struct toml_node *table)
{
	uint32_t section = ++ps->section_count;
	int err;

	table->type = TOML_TABLE;
	ps->p++;
	skip_blanks(ps);
	if (toml_peek(ps, 0) == '}') {
		ps->p++;
		return 0;
	}
	for (;;) {
		err = parse_entry(ps, table, section);
		if (err)
			return err;
		skip_blanks(ps);
		if (toml_peek(ps, 0) == '}')
			break;
		if (toml_peek(ps, 0) != ',')
			return toml_fail(ps, ps->p,
					 "',' or '}' expected in an inline "
					 "table, on the same line");
		ps->p++;
		skip_blanks(ps);
	}
	ps->p++;
	return 0;
}

static int parse_value(struct toml_parser *ps, struct toml_node *node)
{
	int err;

	switch (toml_peek(ps, 0)) {
	case '"':
	case '\'':
		node->type = TOML_STRING;
		return toml_string(ps, true, &node->text, &node->len);
	case '[':
	case '{':
		if (++ps->depth > TOML_MAX_DEPTH)
			return toml_fail_limit(ps, ps->p,
					       "values nested more than %d "
					       "deep",
					       TOML_MAX_DEPTH);
		err = *ps->p == '[' ? parse_array(ps, node)
				    : parse_inline_table(ps, node);
		ps->depth--;
		return err;
	default:
		return toml_scalar(ps, node);
	}
}

static int parse_line(struct toml_parser *ps, struct toml_node *root,
		      struct toml_node **table, uint32_t *section)
{
	size_t nl;
	int c;
	int err = 0;

	skip_blanks(ps);
	c = toml_peek(ps, 0);
	if (c == '[') {
		*section = ++ps->section_count;
		err = parse_header(ps, root, table);
	} else if (c >= 0 && c != '#' && !toml_newline(ps)) {
		err = parse_entry(ps, *table, *section);
	}
	if (err)
		return err;
	skip_blanks(ps);
	err = skip_comment(ps);
	if (err || ps->p == ps->end)
		return err;
	nl = toml_newline(ps);
	if (!nl)
		return toml_fail(ps, ps->p,
				 "the line should end here; one key and value "
				 "to a line");
	toml_next_line(ps, nl);
	return 0;
}

static int parse_document(struct toml_parser *ps, struct toml_node *root)
{
	struct toml_node *table = root;
	uint32_t section = 0;
	const char *bad;
	int err = 0;

	if (ps->end - ps->p > TOML_MAX_BYTES)
		return toml_fail_limit(ps, ps->p, "more than %d bytes",
				       TOML_MAX_BYTES);
	bad = toml_utf8_check(ps->p, ps->end);
	if (bad) {
		for (; ps->p < bad; ps->p++)
			if (*ps->p == '\n') {
				ps->line++;
				ps->line_start = ps->p + 1;
			}
		return toml_fail(ps, bad, "byte 0x%02x is not UTF-8",
				 (uint8_t)*bad);
	}
	while (!err && ps->p < ps->end)
		err = parse_line(ps, root, &table, &section);
	return err;
}

int toml_parse(const char *text, size_t len, struct toml_doc **doc,
	       struct toml_error *error)
{
	struct toml_parser ps = {
		.p = text,
		.end = text + len,
		.line_start = text,
		.line = 1,
		.error = error,
	};
	int err;

	*error = (struct toml_error){0};
	*doc = heap_alloc(sizeof(**doc));
	if (!*doc)
		return -ENOMEM;
	ps.arena = &(*doc)->arena;
	(*doc)->root.type = TOML_TABLE;
	(*doc)->root.origin = TOML_BY_HEADER;
	err = parse_document(&ps, &(*doc)->root);
	if (err) {
		toml_free(*doc);
		*doc = NULL;
	}
	return err;
}

void toml_free(struct toml_doc *doc)
{
	if (!doc)
		return;
	arena_free(&doc->arena);
	heap_free(doc);
}

const struct toml_node *toml_root(const struct toml_doc *doc)
{
	return &doc->root;
}

const struct toml_node *toml_get(const struct toml_node *table, const char *key)
{
	return table->type == TOML_TABLE ? find(table, key, strlen(key)) : NULL;
}

const char *toml_type_name(enum toml_type type)
{
	static const char *const names[] = {
		[TOML_TABLE] = "table",
		[TOML_ARRAY] = "array",
		[TOML_STRING] = "string",
		[TOML_INTEGER] = "integer",
		[TOML_FLOAT] = "float",
		[TOML_BOOL] = "boolean",
		[TOML_OFFSET_DATETIME] = "date-time",
		[TOML_LOCAL_DATETIME] = "date-time",
		[TOML_LOCAL_DATE] = "date",
		[TOML_LOCAL_TIME] = "time",
	};

	return names[type];
}
