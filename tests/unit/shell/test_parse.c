/* SPDX-License-Identifier: Apache-2.0 */
#include <shell/shell.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *line;
	int argc;
	const char *argv[4];
} rows[] = {
	{"", 0, {NULL}},
	{"  \t ", 0, {NULL}},
	{"vm list", 2, {"vm", "list"}},
	{"  vm \t list  ", 2, {"vm", "list"}},
	{"a 'b c' d", 3, {"a", "b c", "d"}},
	{"a \"b c\"d", 2, {"a", "b cd"}},
	{"a\\ b c", 2, {"a b", "c"}},
	{"'it''s'", 1, {"its"}},
	{"\"a\\\"b\"", 1, {"a\"b"}},
	{"'a\\b'", 1, {"a\\b"}},
	{"a '' b", 3, {"a", "", "b"}},
	{"--format=json", 1, {"--format=json"}},
	{"'", -EINVAL, {NULL}},
	{"a \"b", -EINVAL, {NULL}},
	{"a\\", -EINVAL, {NULL}},
	{"1 2 3 4 5", -E2BIG, {NULL}},
};

static void table(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		char line[64], *argv[4];

		strcpy(line, rows[i].line);
		assert_int_equal(shell_split(line, argv, 4), rows[i].argc);
		for (int j = 0; j < rows[i].argc; j++)
			assert_string_equal(argv[j], rows[i].argv[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(table)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
