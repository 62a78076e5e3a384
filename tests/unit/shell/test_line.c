/* SPDX-License-Identifier: Apache-2.0 */
/* The line editor on a terminal that remembers: what the user would see. */
#include "../../../shell/line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PROMPT 9u
#define WIDTH 80u

/*
 * A terminal of one row that is as wide as anything could be; how far the
 * cursor got tells whether a real one would have wrapped.
 */
static char row[2048];
static unsigned int column, reached, bells, rows_ended, writes;

static void row_clear(void)
{
	memset(row, ' ', sizeof(row));
	column = reached = PROMPT;
}

static void emit(const char *text, size_t len)
{
	writes++;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\b') {
			assert_true(column > PROMPT);
			column--;
		} else if (c == '\n') {
			rows_ended++;
		} else if (c == '\a') {
			bells++;
		} else {
			assert_in_range(c, ' ', '~');
			row[column++] = text[i];
			reached = MAX(reached, column);
		}
	}
}

static char history[LINE_HISTORY][SHELL_LINE_MAX];
static struct line line;

static void begin(void)
{
	row_clear();
	line_begin(&line);
}

static int setup(void **state __unused_arg)
{
	line = (struct line){
		.emit = emit, .history = history, .prompt_columns = PROMPT};
	line_set_width(&line, WIDTH);
	bells = 0;
	begin();
	return 0;
}

/*
 * The row shows @text around @cursor; which part, the cursor's place says. A
 * mark stands at an edge exactly when there is more.
 */
static void sees_text(const char *text, unsigned int len, unsigned int cursor)
{
	unsigned int columns = line.view.columns, first;

	assert_true(reached <= PROMPT + columns);
	assert_true(cursor >= column - PROMPT);
	first = cursor - (column - PROMPT);
	if (len <= columns)
		assert_int_equal(first, 0);
	for (unsigned int i = 0; i < columns; i++) {
		char real = first + i < len ? text[first + i] : ' ';
		char cell = row[PROMPT + i];
		bool here = PROMPT + i == column;

		if (i == 0 && first && !here)
			assert_int_equal(cell, '<');
		else if (i == columns - 1 && len > first + columns && !here)
			assert_int_equal(cell, '>');
		else
			assert_int_equal(cell, real);
	}
}

static void sees_line(void)
{
	assert_true(line.cursor <= line.len);
	assert_true(line.len < SHELL_LINE_MAX);
	sees_text(line.buf, line.len, line.cursor);
}

static void sees(const char *text, unsigned int cursor)
{
	assert_int_equal(line.len, strlen(text));
	assert_memory_equal(line.buf, text, line.len);
	assert_int_equal(line.cursor, cursor);
	sees_line();
}

static enum line_result type(const char *keys)
{
	enum line_result result = LINE_MORE;

	while (*keys) {
		result = line_feed(&line, *keys++);
		if (result == LINE_MORE && !line.searching)
			sees_line();
	}
	return result;
}

static void enter(const char *keys, const char *expected)
{
	assert_int_equal(type(keys), LINE_MORE);
	assert_int_equal(type("\r"), LINE_READY);
	assert_string_equal(line.buf, expected);
	/* it stays on the screen as a whole */
	assert_memory_equal(&row[PROMPT], expected, strlen(expected));
	begin();
}

/*
 * Each key: what is typed, the text then, the cursor.
 */
static const struct {
	const char *keys, *text;
	unsigned int cursor;
} edits[] = {
	{"vm lisr\bt", "vm list", 7},
	{"vm list\033[D\033[D\x7f", "vm lst", 4},
	{"ab\001x\005y", "xaby", 4},
	{"ab\002\002x", "xab", 1},
	{"ab\002\002\006x", "axb", 2},
	{"ab\001\004", "b", 0},
	{"abc\033[D\033[D\004", "ac", 1},
	{"abc\033[D\013", "ab", 2},
	{"abc\033[D\025", "c", 0},
	{"abc\025de", "de", 2},
	{"vm show  idle\027", "vm show  ", 9},
	{"vm show  \027", "vm ", 3},
	{"vm show\033[D\027", "vm w", 3},
	{"\027\025\013\004\b\x7f\033[D\033[C\033[3~", "", 0},
	/* Home and End as terminals send them */
	{"ab\033[Hx", "xab", 1},
	{"ab\033[1~x", "xab", 1},
	{"ab\033[7~x", "xab", 1},
	{"ab\033OHx", "xab", 1},
	{"ab\033[1;5Hx", "xab", 1},
	{"ab\001\033[Fx", "abx", 3},
	{"ab\001\033[4~x", "abx", 3},
	{"ab\001\033[8~x", "abx", 3},
	{"ab\001\033OFx", "abx", 3},
	{"abc\001\033[3~", "bc", 0},
	{"ab\033ODx\033OCy", "axby", 4},
	/* by words */
	{"vm show idle\033b", "vm show idle", 8},
	{"vm show idle\033b\033b", "vm show idle", 3},
	{"vm show idle\033[1;5D", "vm show idle", 8},
	{"vm show idle\033[1;3D", "vm show idle", 8},
	{"vm show idle\033[5D", "vm show idle", 8},
	{"vm show idle\033Od", "vm show idle", 8},
	{"vm show idle\001\033f", "vm show idle", 2},
	{"vm show idle\001\033f\033f", "vm show idle", 7},
	{"vm show idle\001\033[1;5C", "vm show idle", 2},
	{"vm show idle\001\033[5C", "vm show idle", 2},
	{"vm show idle\001\033Oc", "vm show idle", 2},
	{"vm show idle\033b\033\x7f", "vm idle", 3},
	{"vm show idle\001\033d", " show idle", 0},
	{"--format=json\033b", "--format=json", 9},
	{"ab\033[1;2Dx", "axb", 2},
	/* keys that do nothing */
	{"ab\033[5~\033[6~\033[2~\033OP\033[[A\033[15~\033[24;5~x", "abx", 3},
	{"ab\033[200~cd\033[201~", "abcd", 4},
	{"ab\033[1;2Rx", "abx", 3},
	{"ab\032\031\024\034x", "abx", 3},
	/* damaged, foreign, cut short */
	{"ab\033[", "ab", 2},
	{"ab\033[1;5", "ab", 2},
	{"ab\033[\033[D", "ab", 1},
	{"ab\033\033[D", "ab", 1},
	{"ab\033[1\001x", "xab", 1},
	{"ab\033[99999999999999999999~x", "abx", 3},
	{"ab\033[1;2;3;4;5;6Dx", "axb", 2},
	{"ab\033[?1;2cx", "abx", 3},
	{"ab\033[>0Cx", "abx", 3},
	{"ab\033[ Dx", "abx", 3},
	{"ab\033[\x80x", "abx", 3},
	{"ab\033\xc3x", "abx", 3},
	{"a\xc3\xa4\x80\xff\xfe"
	 "b",
	 "ab", 2},
	{"ab\033zx", "abx", 3},
	{"ab\033OZx", "abx", 3},
};

static void keys(void **state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(edits); i++) {
		setup(state);
		assert_int_equal(type(edits[i].keys), LINE_MORE);
		if (line.len != strlen(edits[i].text) ||
		    line.cursor != edits[i].cursor)
			print_error("row %u\n", i);
		sees(edits[i].text, edits[i].cursor);
	}
}

static void results(void **state __unused_arg)
{
	assert_int_equal(type("abc\003"), LINE_BREAK);
	begin();
	assert_int_equal(type("abc\014"), LINE_CLEAR);
	row_clear();
	line_redraw(&line);
	sees("abc", 3);
	assert_int_equal(type("\002\t"), LINE_TAB);
	assert_string_equal(line.buf, "abc");
	assert_true(line_insert(&line, "xy", 2));
	sees("abxyc", 4);
	enter("", "abxyc");
}

static void one_enter(void **state __unused_arg)
{
	assert_int_equal(line_feed(&line, '\r'), LINE_READY);
	begin();
	assert_int_equal(line_feed(&line, '\n'), LINE_MORE);
	assert_int_equal(line_feed(&line, '\n'), LINE_READY);
	begin();
	assert_int_equal(type("\r"), LINE_READY);
	begin();
	assert_int_equal(type("a\n"), LINE_READY);
}

/* A key is one write: the shell's cost of an echo. */
static void one_write(void **state __unused_arg)
{
	type("vm list");
	writes = 0;
	type("x");
	assert_int_equal(writes, 1);
	type("\001");
	assert_int_equal(writes, 2);
	type("\033[D"); /* nothing changes */
	assert_int_equal(writes, 2);
}

/*
 * Long lines
 */

static void long_lines_scroll(void **state __unused_arg)
{
	char text[SHELL_LINE_MAX];

	for (unsigned int i = 0; i < SHELL_LINE_MAX - 1; i++) {
		text[i] = (char)('a' + i % 26);
		line_feed(&line, text[i]);
		sees_line();
	}
	text[SHELL_LINE_MAX - 1] = '\0';
	sees(text, SHELL_LINE_MAX - 1);
	assert_int_equal(bells, 0);
	type("x");
	assert_int_equal(bells, 1);
	sees(text, SHELL_LINE_MAX - 1);
	type("\001");
	sees(text, 0);
	assert_memory_equal(&row[PROMPT], text, 60);
	for (unsigned int i = 0; i < SHELL_LINE_MAX; i++)
		type("\033[C");
	for (unsigned int i = 0; i < SHELL_LINE_MAX; i++)
		type("\033[1;5D\033[D");
	assert_false(line_insert(&line, "xy", 2));
	sees(text, 0);
	/* Enter shows all of it */
	enter("", text);
	assert_int_equal(type("\033[A"), LINE_MORE);
	sees(text, SHELL_LINE_MAX - 1);
	type("\025short");
	sees("short", 5);
}

static void narrow_and_wide(void **state __unused_arg)
{
	type("0123456789012345678901234567890123456789012345678901234567890123"
	     "456789");
	assert_int_equal(type("\033[24;40R"), LINE_RESIZED);
	row_clear();
	line_redraw(&line);
	sees_line();
	assert_true(reached <= 39);
	assert_int_equal(type("\033[24;40R"), LINE_MORE);
	type("\001");
	sees_line();
	assert_int_equal(type("\033[50;9999R"), LINE_RESIZED);
	row_clear();
	line_redraw(&line);
	sees_line();
	assert_int_equal(type("\033[50;17R"), LINE_RESIZED);
	row_clear();
	line_redraw(&line);
	sees_line();
}

/*
 * History
 */

static void arrows_bring_lines_back(void **state __unused_arg)
{
	enter("one", "one");
	enter("two", "two");
	enter("two", "two"); /* kept once */
	enter("", "");       /* not kept */
	type("new\002\033[A");
	sees("two", 3);
	type("\020"); /* Ctrl+P */
	sees("one", 3);
	assert_int_equal(bells, 0);
	type("\033[A"); /* the oldest stays */
	assert_int_equal(bells, 1);
	sees("one", 3);
	type("\016");
	sees("two", 3);
	type("\033OB"); /* what was being typed is still there */
	sees("new", 3);
	type("\033[B");
	sees("new", 3);
	enter("\033[A\033[A!", "one!");
	type("\033[A");
	sees("one!", 4);
}

static void history_goes_round(void **state __unused_arg)
{
	char text[8] = "l000";

	for (unsigned int i = 0; i < 250; i++) {
		text[1] = (char)('0' + i / 100);
		text[2] = (char)('0' + i / 10 % 10);
		text[3] = (char)('0' + i % 10);
		enter(text, text);
	}
	for (unsigned int i = 0; i < 300; i++)
		type("\033[A");
	assert_int_equal(bells, 200);
	enter("", "l150");
}

static void without_history(void **state __unused_arg)
{
	line.history = NULL;
	enter("one", "one");
	type("\033[A\022o");
	assert_int_equal(bells, 2);
	type("\007x");
	sees("x", 1);
}

static void search_sees(const char *prompt, const char *text, unsigned int at)
{
	char all[512];
	size_t len = strlen(prompt);

	memcpy(all, prompt, len);
	strcpy(all + len, text);
	sees_text(all, (unsigned int)strlen(all), (unsigned int)len + at);
}

static void search(void **state __unused_arg)
{
	enter("vm list", "vm list");
	enter("vm show idle", "vm show idle");
	enter("mem", "mem");
	enter("vm show other", "vm show other");

	type("new\022");
	search_sees("(search ''): ", "new", 3);
	type("show");
	search_sees("(search 'show'): ", "vm show other", 3);
	type("\022");
	search_sees("(search 'show'): ", "vm show idle", 3);
	type("\022");
	search_sees("(failed search 'show'): ", "vm show idle", 3);
	assert_int_equal(bells, 1);
	type("\b\b\b\b");
	search_sees("(search ''): ", "new", 3);
	type("li");
	search_sees("(search 'li'): ", "vm list", 3);
	type("\007"); /* Ctrl+G: as it was */
	sees("new", 3);
	/* any other key keeps the line and does its work */
	type("\022li\033");
	type("[D");
	sees("vm list", 2);
	type("\025x\022mem");
	enter("", "mem");
	assert_int_equal(type("\022li\r"), LINE_READY);
	assert_string_equal(line.buf, "vm list");
	begin();
	type("\022\022\022");
	assert_int_equal(type("\003"), LINE_BREAK);
	begin();
	sees("", 0);
}

static void search_for_too_much(void **state __unused_arg)
{
	char long_text[200];

	memset(long_text, 'q', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	enter(long_text, long_text);
	type("\022");
	for (unsigned int i = 0; i < 100; i++) {
		char prompt[128] = "(search '";

		type("q");
		memset(prompt + 9, 'q', MIN(i + 1, LINE_PATTERN_MAX - 1u));
		strcat(prompt, "'): ");
		search_sees(prompt, long_text, 0);
	}
	assert_int_equal(bells, 100 - (LINE_PATTERN_MAX - 1));
	enter("\005", long_text);
}

/*
 * Any bytes: what is seen is what there is. The same ones each time.
 */

static uint32_t seed;

static uint32_t chance(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

static void random_key(char *bytes)
{
	static const char *const known[] = {
		"\033[A", "\033[B",    "\033[C",     "\033[D",    "\033[1;5C",
		"\033b",  "\033[1;5D", "\033[H",     "\033OF",    "\033[3~",
		"\001",   "\005",      "\022",       "\007",      "\b",
		"\027",   "\013",      "\033[4~",    "\033d",     "\t",
		"\003",   "\014",      "\033[9;60R", "\033[9;9R", "\r",
		"\033[",  "\033",      "\033[1;",    "\033O",     "\025",
	};
	uint32_t kind = chance(100);

	memset(bytes, 0, 32);
	if (kind < 60) {
		for (uint32_t i = 0, n = 1 + chance(20); i < n; i++)
			bytes[i] = (char)(' ' + chance('~' - ' ' + 1));
	} else if (kind < 95) {
		strcpy(bytes, known[chance(ARRAY_SIZE(known))]);
	} else {
		for (uint32_t i = 0, n = 1 + chance(8); i < n; i++)
			bytes[i] = (char)(1 + chance(255));
	}
}

static void fed(enum line_result result)
{
	switch (result) {
	case LINE_READY:
		assert_int_equal(strlen(line.buf), line.len);
		assert_memory_equal(&row[PROMPT], line.buf, line.len);
		begin();
		break;
	case LINE_BREAK:
		begin();
		break;
	case LINE_CLEAR:
	case LINE_RESIZED:
		row_clear();
		line_redraw(&line);
		break;
	case LINE_TAB:
		line_insert(&line, "completed", chance(10));
		break;
	case LINE_MORE:
		break;
	}
}

static void any_bytes(void **state __unused_arg)
{
	char bytes[32];

	seed = 20250701;
	for (unsigned int i = 0; i < 60000; i++) {
		random_key(bytes);
		for (const char *c = bytes; *c; c++) {
			fed(line_feed(&line, *c));
			assert_true(reached <= PROMPT + line.view.columns);
			if (!line.searching)
				sees_line();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test_setup(results, setup),
		cmocka_unit_test_setup(one_enter, setup),
		cmocka_unit_test_setup(one_write, setup),
		cmocka_unit_test_setup(long_lines_scroll, setup),
		cmocka_unit_test_setup(narrow_and_wide, setup),
		cmocka_unit_test_setup(arrows_bring_lines_back, setup),
		cmocka_unit_test_setup(history_goes_round, setup),
		cmocka_unit_test_setup(without_history, setup),
		cmocka_unit_test_setup(search, setup),
		cmocka_unit_test_setup(search_for_too_much, setup),
		cmocka_unit_test_setup(any_bytes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
