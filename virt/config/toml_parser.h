/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the TOML reader share. */
#ifndef VIRT_CONFIG_TOML_PARSER_H
#define VIRT_CONFIG_TOML_PARSER_H

#include "arena.h"
#include "toml.h"

struct toml_parser {
	const char *p; /* next byte */
	const char *end;
	const char *line_start;
	uint32_t line;
	uint32_t node_count;
	uint32_t depth;
	uint32_t section_count;
	struct arena *arena;
	struct toml_error *error;
};

/** toml_peek() - byte @ahead of the position; -1 past the end */
static inline int toml_peek(const struct toml_parser *ps, size_t ahead)
{
	return (size_t)(ps->end - ps->p) > ahead ? (uint8_t)ps->p[ahead] : -1;
}

/** toml_fail() - note a mistake at @at. Return: -EINVAL */
int __printf(3, 4)
	toml_fail(struct toml_parser *ps, const char *at, const char *fmt, ...);
int __printf(3, 4) toml_fail_limit(struct toml_parser *ps, const char *at,
				   const char *fmt, ...);

/** toml_newline() - 1 or 2 when a line ends here, 0 when not */
static inline size_t toml_newline(const struct toml_parser *ps)
{
	if (toml_peek(ps, 0) == '\n')
		return 1;
	return toml_peek(ps, 0) == '\r' && toml_peek(ps, 1) == '\n' ? 2 : 0;
}

/** toml_next_line() - step over a line end of @bytes */
static inline void toml_next_line(struct toml_parser *ps, size_t bytes)
{
	ps->p += bytes;
	ps->line++;
	ps->line_start = ps->p;
}

/** toml_utf8_check() - Return: first byte that is not UTF-8, or NULL */
const char *toml_utf8_check(const char *text, const char *end);

/**
 * toml_string() - a string of any kind, at its opening quote
 * @multiline: whether the three-quote forms are allowed (not in keys)
 */
int __must_check toml_string(struct toml_parser *ps, bool multiline,
			     const char **text, size_t *len);

/** toml_scalar() - true, false, a number, a date or a time */
int __must_check toml_scalar(struct toml_parser *ps, struct toml_node *node);

/** toml_time_scalar() - @token is a date or time, whole. Return: -EINVAL */
int __must_check toml_time_scalar(struct toml_parser *ps, const char *token,
				  size_t len, struct toml_node *node);
/** toml_looks_like_time() - as opposed to a number */
bool toml_looks_like_time(const char *token, size_t len);

#endif
