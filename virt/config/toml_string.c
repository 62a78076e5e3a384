/* SPDX-License-Identifier: Apache-2.0 */
/* TOML 1.0 "String": four kinds of strings; and UTF-8 validation. */
#include <errno.h>
#include <string.h>

#include "toml_parser.h"

/*
 * The Unicode Standard, table 3-7 (well-formed UTF-8): for a lead byte, the
 * range of the second byte; all further ones are 80..BF.
 */
struct utf8_row {
	uint8_t lead_lo, lead_hi;
	uint8_t second_lo, second_hi;
	uint8_t len;
};

static const struct utf8_row utf8_rows[] = {
	{0x00, 0x7f, 0x00, 0x00, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
	{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
	{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
	{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
	{0xf4, 0xf4, 0x80, 0x8f, 4},
};

static size_t utf8_len(const uint8_t *p, size_t left)
{
	const struct utf8_row *row = utf8_rows;
	size_t i;

	while (row->lead_hi < *p)
		if (++row == utf8_rows + ARRAY_SIZE(utf8_rows))
			return 0;
	if (*p < row->lead_lo || left < row->len)
		return 0;
	if (row->len > 1 && (p[1] < row->second_lo || p[1] > row->second_hi))
		return 0;
	for (i = 2; i < row->len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return row->len;
}

const char *toml_utf8_check(const char *text, const char *end)
{
	size_t len;

	for (; text < end; text += len) {
		len = utf8_len((const uint8_t *)text, (size_t)(end - text));
		if (!len)
			return text;
	}
	return NULL;
}

static size_t utf8_encode(uint32_t c, char *out)
{
	static const uint8_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	size_t i;

	for (i = len - 1; i; i--) {
		out[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (char)(lead[len] | c);
	return len;
}

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \uXXXX and \UXXXXXXXX: Unicode scalar values only, so no surrogates. */
static int unicode_escape(struct toml_parser *ps, unsigned int digits,
			  char **out)
{
	const char *at = ps->p - 2;
	uint32_t c = 0;
	int digit;

	while (digits--) {
		digit = hex_digit(toml_peek(ps, 0));
		if (digit < 0)
			return toml_fail(ps, at,
					 "\\u needs 4 hex digits, \\U 8");
		c = c << 4 | (uint32_t)digit;
		ps->p++;
	}
	if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return toml_fail(ps, at, "U+%04X is no character", c);
	*out += utf8_encode(c, *out);
	return 0;
}

/* A backslash at a line's end takes the line end and all space after it. */
static int line_continuation(struct toml_parser *ps)
{
	const char *at = ps->p - 1;
	bool seen = false;
	size_t nl;

	for (;; ps->p += nl ? 0 : 1) {
		nl = toml_newline(ps);
		if (nl) {
			toml_next_line(ps, nl);
			seen = true;
		} else if (toml_peek(ps, 0) != ' ' &&
			   toml_peek(ps, 0) != '\t') {
			break;
		}
	}
	if (!seen)
		return toml_fail(ps, at,
				 "unknown escape; write \\\\ for a backslash");
	return 0;
}

static int escape(struct toml_parser *ps, bool multiline, char **out)
{
	static const char from[] = "btnfr\"\\";
	static const char to[] = "\b\t\n\f\r\"\\";
	const char *found;
	int c;

	ps->p++;
	c = toml_peek(ps, 0);
	if (c == 'u' || c == 'U') {
		ps->p++;
		return unicode_escape(ps, c == 'u' ? 4 : 8, out);
	}
	found = c > 0 ? strchr(from, c) : NULL;
	if (found) {
		*(*out)++ = to[found - from];
		ps->p++;
		return 0;
	}
	if (multiline &&
	    (c == ' ' || c == '\t' || c == '\n' || toml_newline(ps)))
		return line_continuation(ps);
	return toml_fail(ps, ps->p - 1,
			 "unknown escape; write \\\\ for a backslash");
}

/* Bytes until the closing quotes at the latest: bounds the decoded length. */
static size_t raw_bound(const struct toml_parser *ps, char quote,
			bool multiline)
{
	bool basic = quote == '"';
	const char *p = ps->p;
	unsigned int run = 0;

	for (; p < ps->end && run < (multiline ? 3 : 1); p++) {
		if (!multiline && *p == '\n')
			break;
		run = *p == quote ? run + 1 : 0;
		if (basic && *p == '\\' && p + 1 < ps->end)
			p++;
	}
	return (size_t)(p - ps->p) + 2; /* quotes before the closing three */
}

static unsigned int quote_run(const struct toml_parser *ps, char quote)
{
	unsigned int n = 0;

	while (toml_peek(ps, n) == quote)
		n++;
	return n;
}

/* One step inside a string. Return: 1 at its end; 0; -EINVAL. */
static int string_step(struct toml_parser *ps, char quote, bool multiline,
		       char **out)
{
	int c = toml_peek(ps, 0);
	size_t nl = toml_newline(ps);
	unsigned int run;

	if (c == quote) {
		run = multiline ? quote_run(ps, quote) : 1;
		/* up to two quotes may stand right before the closing three */
		run = MIN(run, 5U);
		if (!multiline || run >= 3) {
			ps->p += run;
			run -= multiline ? 3 : 1;
			memset(*out, quote, run);
			*out += run;
			return 1;
		}
	}
	if (c == '\\' && quote == '"')
		return escape(ps, multiline, out);
	if (multiline && nl) {
		*(*out)++ = '\n';
		toml_next_line(ps, nl);
		return 0;
	}
	if (c < 0 || c == '\n')
		return toml_fail(ps, ps->p, "the string is not closed by %s%c",
				 multiline ? "three of " : "", quote);
	if ((c < 0x20 && c != '\t') || c == 0x7f)
		return toml_fail(ps, ps->p,
				 "control character 0x%02x in a string", c);
	*(*out)++ = (char)c;
	ps->p++;
	return 0;
}

int toml_string(struct toml_parser *ps, bool multiline, const char **text,
		size_t *len)
{
	char quote = *ps->p;
	char *buf;
	char *out;
	size_t nl;
	int ret;

	multiline = multiline && quote_run(ps, quote) >= 3;
	ps->p += multiline ? 3 : 1;
	nl = multiline ? toml_newline(ps) : 0;
	if (nl)
		toml_next_line(ps, nl);
	buf = arena_alloc(ps->arena, raw_bound(ps, quote, multiline) + 1);
	if (!buf)
		return -ENOMEM;
	out = buf;
	do
		ret = string_step(ps, quote, multiline, &out);
	while (!ret);
	if (ret < 0)
		return ret;
	*out = '\0';
	*text = buf;
	*len = (size_t)(out - buf);
	return 0;
}
