/* SPDX-License-Identifier: Apache-2.0 */
/* TOML 1.0 "Boolean", "Integer" and "Float". */
#include <errno.h>
#include <string.h>

#include "toml_parser.h"

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static int digit_value(int c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

static bool token_is(const char *token, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(token, word, len);
}

/*
 * Digits with single underscores between them.
 *
 * Return: bytes used; 0 when this is not such a run.
 */
static size_t digits_run(const char *p, const char *end, int base)
{
	const char *start = p;

	while (p < end) {
		if (digit_value(*p) >= base)
			break;
		p++;
		if (p + 1 < end && *p == '_' && digit_value(p[1]) < base)
			p++;
	}
	return (size_t)(p - start);
}

static int parse_integer(struct toml_parser *ps, const char *token,
			 const char *p, const char *end, int base,
			 bool negative, struct toml_node *node)
{
	uint64_t limit = (uint64_t)INT64_MAX + negative;
	uint64_t value = 0;

	for (; p < end; p++) {
		if (*p == '_')
			continue;
		if (__builtin_mul_overflow(value, (uint64_t)base, &value) ||
		    __builtin_add_overflow(value, (uint64_t)digit_value(*p),
					   &value) ||
		    value > limit)
			return toml_fail(ps, token,
					 "the integer does not fit in 64 bits "
					 "with sign");
	}
	node->type = TOML_INTEGER;
	node->integer = (int64_t)(negative ? 0 - value : value);
	return 0;
}

/* Floats are kept as text, without underscores. */
static int keep_float(struct toml_parser *ps, const char *token, size_t len,
		      struct toml_node *node)
{
	char *out = arena_alloc(ps->arena, len + 1);
	size_t i;

	if (!out)
		return -ENOMEM;
	node->type = TOML_FLOAT;
	node->text = out;
	for (i = 0; i < len; i++)
		if (token[i] != '_')
			*out++ = token[i];
	node->len = (size_t)(out - node->text);
	return 0;
}

/* Return: bytes of ".digits" and "e+digits" at @p; -1 when malformed. */
static long float_part(const char *p, const char *end)
{
	const char *start = p;
	size_t run;

	if (p < end && *p == '.') {
		run = digits_run(p + 1, end, 10);
		if (!run)
			return -1;
		p += 1 + run;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		run = digits_run(p, end, 10);
		if (!run)
			return -1;
		p += run;
	}
	return (long)(p - start);
}

static int fail_value(struct toml_parser *ps, const char *token, size_t len)
{
	if (!len)
		return toml_fail(ps, token, "a value is expected here");
	return toml_fail(ps, token, "'%.*s' is no value; strings need quotes",
			 (int)MIN(len, (size_t)40), token);
}

static int parse_number(struct toml_parser *ps, const char *token, size_t len,
			struct toml_node *node)
{
	static const struct {
		char letter;
		int base;
	} bases[] = {{'x', 16}, {'o', 8}, {'b', 2}};
	const char *end = token + len;
	const char *p = token;
	bool negative = false;
	size_t run;
	long more;
	size_t i;

	for (i = 0; len > 2 && i < ARRAY_SIZE(bases); i++) {
		if (token[0] != '0' || token[1] != bases[i].letter)
			continue;
		if (digits_run(token + 2, end, bases[i].base) != len - 2)
			return fail_value(ps, token, len);
		return parse_integer(ps, token, token + 2, end, bases[i].base,
				     false, node);
	}
	if (*p == '+' || *p == '-')
		negative = *p++ == '-';
	if (token_is(p, (size_t)(end - p), "inf") ||
	    token_is(p, (size_t)(end - p), "nan"))
		return keep_float(ps, token, len, node);
	run = digits_run(p, end, 10);
	if (!run)
		return fail_value(ps, token, len);
	if (run > 1 && *p == '0')
		return toml_fail(ps, token,
				 "a decimal number must not begin with 0");
	more = float_part(p + run, end);
	if (more < 0 || p + run + more != end)
		return fail_value(ps, token, len);
	if (more)
		return keep_float(ps, token, len, node);
	return parse_integer(ps, token, p, end, 10, negative, node);
}

/* "2026-01-31 12:00:00": the one scalar with a blank inside. */
static bool blank_in_datetime(const struct toml_parser *ps, size_t len)
{
	return len == 10 && ps->p[4] == '-' && toml_peek(ps, 10) == ' ' &&
	       is_digit(toml_peek(ps, 11)) && is_digit(toml_peek(ps, 12)) &&
	       toml_peek(ps, 13) == ':';
}

static bool is_token(int c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '+' || c == '-' || c == '_' ||
	       c == '.' || c == ':';
}

int toml_scalar(struct toml_parser *ps, struct toml_node *node)
{
	const char *token = ps->p;
	size_t len = 0;

	while (is_token(toml_peek(ps, len)))
		len++;
	if (blank_in_datetime(ps, len))
		for (len++; is_token(toml_peek(ps, len));)
			len++;
	if (!len)
		return fail_value(ps, token, len);
	ps->p += len;
	if (token_is(token, len, "true") || token_is(token, len, "false")) {
		node->type = TOML_BOOL;
		node->boolean = *token == 't';
		return 0;
	}
	if (toml_looks_like_time(token, len))
		return toml_time_scalar(ps, token, len, node);
	return parse_number(ps, token, len, node);
}
