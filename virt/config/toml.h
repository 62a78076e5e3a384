/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict TOML 1.0 reader: text in, tree of nodes out.
 *
 * Limits beyond the language's own: integers are 64 bits signed, floats stay
 * text (nothing here computes with them, and EL2 code has no FP registers),
 * and the TOML_MAX_ numbers below.
 */
#ifndef VIRT_CONFIG_TOML_H
#define VIRT_CONFIG_TOML_H

#include <lib/types.h>
#include <lib/util.h>

#define TOML_MAX_BYTES (256 * 1024)
#define TOML_MAX_NODES 16384
#define TOML_MAX_DEPTH 24 /* of values inside values: recursion here */
#define TOML_MAX_KEY_PARTS 64

enum toml_type {
	TOML_TABLE,
	TOML_ARRAY,
	TOML_STRING,
	TOML_INTEGER,
	TOML_FLOAT,
	TOML_BOOL,
	TOML_OFFSET_DATETIME,
	TOML_LOCAL_DATETIME,
	TOML_LOCAL_DATE,
	TOML_LOCAL_TIME,
};

struct toml_datetime {
	uint16_t year;
	uint8_t month, day;
	uint8_t hour, minute, second;
	int16_t offset_minutes;
	uint32_t nanosecond;
};

/* How a table or array came to be: decides who may add to it. */
enum toml_origin {
	TOML_BY_VALUE,    /* inline: closed */
	TOML_BY_SUBTABLE, /* named only as a parent in a [header] */
	TOML_BY_HEADER,   /* [header] or [[header]] */
	TOML_BY_DOTS,     /* dotted key, open within its section */
};

/**
 * struct toml_node - a value, and its place in table or array
 * @key:   in a table: not NUL-terminated, may contain any byte
 * @line, @col: where its key (in an array: its value) begins, from 1
 * @next:  sibling, in order of the text
 */
struct toml_node {
	enum toml_type type;
	enum toml_origin origin;
	uint32_t line;
	uint32_t col;
	const char *key;
	uint32_t key_len;
	uint32_t key_hash;
	struct toml_node *next;
	union {
		struct {
			struct toml_node *first;
			struct toml_node *last;
			uint32_t count;
			uint32_t section; /* that TOML_BY_DOTS belongs to */
		};
		struct { /* strings and floats; NUL-terminated as well */
			const char *text;
			size_t len;
		};
		int64_t integer;
		bool boolean;
		struct toml_datetime time;
	};
};

/** struct toml_error - the first mistake; @limit: ours, not the language's */
struct toml_error {
	uint32_t line;
	uint32_t col;
	bool limit;
	char text[128];
};

struct toml_doc;

/**
 * toml_parse() - read a whole document
 * @text: must stay until toml_free(): keys and strings may point into it
 *
 * Return: 0; -EINVAL with @error filled; -ENOMEM.
 */
int __must_check toml_parse(const char *text, size_t len, struct toml_doc **doc,
			    struct toml_error *error);
void toml_free(struct toml_doc *doc);

const struct toml_node *toml_root(const struct toml_doc *doc);
/** toml_get() - entry of a table; NULL */
const struct toml_node *toml_get(const struct toml_node *table,
				 const char *key);
/** toml_type_name() - "string", "integer" …, for messages */
const char *toml_type_name(enum toml_type type);

#endif
