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
	{"a>b", 3, {"a", ">", "b"}},
	{"a >>'b>c'", 3, {"a", ">>", "b>c"}},
	{"a\\>b \">\"", 2, {"a>b", ">"}},
	{">a>", 3, {">", "a", ">"}},
	{"a>>>", 3, {"a", ">>", ">"}},
	{"1 2 3 4>", -E2BIG, {NULL}},
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

/*
 * Options and operands
 */
enum { FORCE, FORMAT, COUNT };

static const struct shell_opt opts[] = {
	[FORCE] = {'f', "force", NULL, ""},
	[FORMAT] = {0, "format", "table|json", ""},
	[COUNT] = {'n', "lines", "LINES", ""},
	{0},
};

static const struct shell_cmd plain = {
	.name = "c", .operands = "VM [VM]", .min = 1, .max = 2, .opts = opts};
static const struct shell_cmd choice = {.name = "c",
					.operands = "[on|off]",
					.choices = "on|off",
					.operand = SHELL_CHOICE,
					.max = 1};

static const struct {
	const struct shell_cmd *cmd;
	const char *line;
	const char *error; /* NULL: none */
	const char *opts[3];
	int count;
	const char *words[2];
} parses[] = {
	{&plain, "a", NULL, {NULL}, 1, {"a"}},
	{&plain, "a b", NULL, {NULL}, 2, {"a", "b"}},
	{&plain, "a -f b", NULL, {""}, 2, {"a", "b"}},
	{&plain, "--force a", NULL, {""}, 1, {"a"}},
	{&plain, "--format json a", NULL, {NULL, "json"}, 1, {"a"}},
	{&plain, "--format=table a", NULL, {NULL, "table"}, 1, {"a"}},
	{&plain, "-n 5 a", NULL, {NULL, NULL, "5"}, 1, {"a"}},
	{&plain, "-fn5 a", NULL, {"", NULL, "5"}, 1, {"a"}},
	{&plain, "--lines=5 a", NULL, {NULL, NULL, "5"}, 1, {"a"}},
	{&plain, "-- -f", NULL, {NULL}, 1, {"-f"}},
	{&plain, "-", NULL, {NULL}, 1, {"-"}},
	{&plain, "''", NULL, {NULL}, 1, {""}},
	{&plain, "", "needs VM [VM]", {NULL}, 0, {NULL}},
	{&plain, "a b c", "c: one word too many", {NULL}, 0, {NULL}},
	{&plain, "-x a", "-x: no such option", {NULL}, 0, {NULL}},
	{&plain, "--forc a", "--forc: no such option", {NULL}, 0, {NULL}},
	{&plain, "--forced a", "--forced: no such option", {NULL}, 0, {NULL}},
	{&plain, "--force=1 a", "--force=1: takes no value", {NULL}, 0, {NULL}},
	{&plain,
	 "a --format xml",
	 "--format: \"xml\" is none of table|json",
	 {NULL},
	 0,
	 {NULL}},
	{&plain, "a --format", "--format: needs table|json", {NULL}, 0, {NULL}},
	{&plain, "a -n", "-n: needs LINES", {NULL}, 0, {NULL}},
	{&choice, "", NULL, {NULL}, 0, {NULL}},
	{&choice, "off", NULL, {NULL}, 1, {"off"}},
	{&choice, "of", "of: is none of on|off", {NULL}, 0, {NULL}},
	{&choice, "-f", "-f: no such option", {NULL}, 0, {NULL}},
};

static void options(void **state __unused_arg)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(parses); i++) {
		char line[64], *argv[8], error[64] = "";
		struct shell_args args;
		int argc, err;

		strcpy(line, parses[i].line);
		argc = shell_split(line, argv, 8);
		err = shell_parse(parses[i].cmd, argc, argv, &args, error,
				  sizeof(error));
		assert_int_equal(err, parses[i].error ? -EINVAL : 0);
		assert_string_equal(error,
				    parses[i].error ? parses[i].error : "");
		if (err)
			continue;
		assert_int_equal(args.count, parses[i].count);
		for (int j = 0; j < args.count; j++)
			assert_string_equal(args.words[j], parses[i].words[j]);
		for (int j = 0; j < 3; j++) {
			assert_int_equal(!args.opts[j], !parses[i].opts[j]);
			if (args.opts[j])
				assert_string_equal(args.opts[j],
						    parses[i].opts[j]);
		}
	}
}

/* A `>` that is not quoted, of a command that has it */
static void redirections(void **state __unused_arg)
{
	static const struct shell_cmd writes = {
		.name = "c", .max = 2, .redirect = true};
	static const struct {
		const struct shell_cmd *cmd;
		const char *line;
		const char *to; /* NULL: an error */
		int count;
		bool append;
	} lines[] = {
		{&writes, "a > f b", "f", 2, false},
		{&writes, "a>>f", "f", 1, true},
		{&writes, "> '>'", ">", 0, false},
		{&writes, "a > -x", "-x", 1, false},
		{&writes, "a >", NULL, 0, false},
		{&writes, "a > > b", NULL, 0, false},
		{&writes, "a > b >> c", NULL, 0, false},
		{&plain, "a > b", NULL, 0, false},
	};
	char line[64], *argv[8], error[80];
	struct shell_args args;

	for (unsigned int i = 0; i < ARRAY_SIZE(lines); i++) {
		int argc = shell_split(strcpy(line, lines[i].line), argv, 8);
		int err = shell_parse(lines[i].cmd, argc, argv, &args, error,
				      sizeof(error));

		assert_int_equal(err, lines[i].to ? 0 : -EINVAL);
		if (err)
			continue;
		assert_string_equal(args.to, lines[i].to);
		assert_int_equal(args.append, lines[i].append);
		assert_int_equal(args.count, lines[i].count);
	}
	strcpy(line, "a '>' \\>\\>");
	assert_int_equal(shell_parse(&plain, shell_split(line, argv, 8), argv,
				     &args, error, sizeof(error)),
			 -EINVAL); /* a word too many, not a file */
	assert_int_equal(args.count, 3);
	assert_null(args.to);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(table),
					   cmocka_unit_test(options),
					   cmocka_unit_test(redirections)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
