/* SPDX-License-Identifier: Apache-2.0 */
#include "../../../shell/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A terminal of one line: what the user would see. */
static char screen[1024];
static unsigned int column;

static void emit(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\b')
			column--;
		else if (text[i] == '\n')
			memset(screen, column = 0, sizeof(screen));
		else if (text[i] != '\a')
			screen[column++] = text[i];
	}
}

static char history[LINE_HISTORY][SHELL_LINE_MAX];
static struct line line;

static int setup(void **state)
{
	(void)state;
	line = (struct line){.emit = emit, .history = history};
	memset(screen, column = 0, sizeof(screen));
	line_begin(&line);
	return 0;
}

static enum line_result type(const char *keys)
{
	enum line_result result = LINE_MORE;

	while (*keys)
		result = line_feed(&line, *keys++);
	return result;
}

/* The screen without the blanks that erasing left. */
static void sees(const char *text, unsigned int cursor)
{
	size_t len = strlen(text);

	assert_memory_equal(screen, text, len);
	for (size_t i = len; screen[i]; i++)
		assert_int_equal(screen[i], ' ');
	assert_int_equal(column, cursor);
}

static void enter(const char *keys, const char *expected)
{
	assert_int_equal(type(keys), LINE_MORE);
	assert_int_equal(type("\r"), LINE_READY);
	assert_string_equal(line.buf, expected);
	line_begin(&line);
}

static void edits(void **state)
{
	(void)state;
	type("vm lisr\bt");
	sees("vm list", 7);
	type("\033[D\033[D\x7f");
	sees("vm lst", 4);
	type("i\033[C");
	sees("vm list", 6);
	type("\001x\005y");
	sees("xvm listy", 9);
	type("\001\033[3~");
	sees("vm listy", 0);
	enter("", "vm listy");
	enter("abc\025de", "de");
	enter("\b\x7f\033[D\033[C\033[3~", "");
}

static void control_keys(void **state)
{
	(void)state;
	assert_int_equal(type("abc\003"), LINE_BREAK);
	line_begin(&line);
	assert_int_equal(type("abc\014"), LINE_CLEAR);
	enter("", "abc");
	enter("a\tb\001\002\033", "ab"); /* Tab and others do nothing */
}

static void one_enter(void **state)
{
	(void)state;
	assert_int_equal(line_feed(&line, '\r'), LINE_READY);
	line_begin(&line);
	assert_int_equal(line_feed(&line, '\n'), LINE_MORE);
	assert_int_equal(line_feed(&line, '\n'), LINE_READY);
}

static void arrows_bring_lines_back(void **state)
{
	(void)state;
	enter("one", "one");
	enter("two", "two");
	enter("two", "two"); /* kept once */
	type("new\033[A");
	sees("two", 3);
	type("\033[A");
	sees("one", 3);
	type("\033[A"); /* the oldest stays */
	sees("one", 3);
	type("\033[B");
	sees("two", 3);
	type("\033[B");
	sees("", 0);
	enter("\033[A\033[A!", "one!");
}

static void history_goes_round(void **state)
{
	char text[8] = "l000";

	(void)state;
	for (unsigned int i = 0; i < 250; i++) {
		text[1] = (char)('0' + i / 100);
		text[2] = (char)('0' + i / 10 % 10);
		text[3] = (char)('0' + i % 10);
		enter(text, text);
	}
	for (unsigned int i = 0; i < 300; i++)
		type("\033[A");
	enter("", "l150");
}

static void long_lines_stop(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 1000; i++)
		line_feed(&line, 'a');
	assert_int_equal(type("\r"), LINE_READY);
	assert_int_equal(strlen(line.buf), SHELL_LINE_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(edits, setup),
		cmocka_unit_test_setup(control_keys, setup),
		cmocka_unit_test_setup(one_enter, setup),
		cmocka_unit_test_setup(arrows_bring_lines_back, setup),
		cmocka_unit_test_setup(history_goes_round, setup),
		cmocka_unit_test_setup(long_lines_stop, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
