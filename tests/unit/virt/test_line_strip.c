/* SPDX-License-Identifier: Apache-2.0 */
#include "../../../virt/line_strip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void lines(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"plain\n", "plain"},
		{"\n", ""},
		{"dos\r\n", "dos"},
		{"twice\r\r\n", "twice"},
		{"10%\r20%\r100%\r\n", "100%"},
		{"a\tb\n", "a b"},
		{"ab\b\b\b\bc\n", "c"},
		{"\a\x01nul\x7f\n", "nul"},
		{"\033[1;31mred\033[0m\n", "red"},
		{"\033[2J\033[Hcleared\n", "cleared"},
		{"\033]0;title\atext\n", "text"},
		{"\033]0;title\033\\text\n", "text"},
		{"\033Pq#0\033\\x\n", "x"},
		{"\033(Bcharset\n", "charset"},
		{"\033creset\n", "reset"},
		{"\033[?25l\033[6nx\n", "x"},
		{"r\xc3\xa9sum\xc3\xa9\n", "r\xc3\xa9sum\xc3\xa9"},
		{"unfinished \033[3\r\nnext", "next"},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[40];
		struct line_strip line;

		line_strip_init(&line, text, sizeof(text));
		for (const char *c = rows[i].in; *c; c++)
			assert_true(line_strip_feed(&line, *c));
		assert_int_equal(line.len, strlen(rows[i].out));
		assert_memory_equal(text, rows[i].out, line.len);
	}
}

static void full(void **state)
{
	char text[5] = "....!";
	struct line_strip line;

	(void)state;
	line_strip_init(&line, text, 4);
	for (const char *c = "abcd"; *c; c++)
		assert_true(line_strip_feed(&line, *c));
	assert_false(line_strip_feed(&line, 'e'));
	assert_false(line_strip_feed(&line, '\t'));
	assert_true(line_strip_feed(&line, '\033'));
	assert_true(line_strip_feed(&line, 'c'));
	assert_true(line_strip_feed(&line, '\n'));
	assert_memory_equal(text, "abcd!", 5);
}

/* Whatever a guest prints: printable bytes only. */
static void any_bytes(void **state)
{
	char text[64];
	struct line_strip line;
	uint32_t seed = 1;

	(void)state;
	line_strip_init(&line, text, sizeof(text));
	for (unsigned int i = 0; i < 100000; i++) {
		seed = seed * 1664525 + 1013904223;
		if (!line_strip_feed(&line, (char)(seed >> 24)))
			line_strip_init(&line, text, sizeof(text));
		for (size_t j = 0; j < line.len; j++)
			assert_true((unsigned char)text[j] >= ' ' &&
				    text[j] != 0x7f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(full),
		cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
