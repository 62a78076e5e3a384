/* SPDX-License-Identifier: Apache-2.0 */
#include "../../../shell/commands.h"
#include "../../../shell/complete.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/*
 * Commands of the test's own.
 */
static int run(const struct shell_args *args)
{
	(void)args;
	return 0;
}

static const struct shell_opt list_opts[] = {
	{'a', "all", NULL, ""},
	{0, "format", "table|json", ""},
	{'v', "vm", "VM", ""},
	{'n', NULL, "LINES", ""},
	{0},
};

static const struct shell_cmd cmds[] = {
	{.name = "dt", .operand = SHELL_DT_PATH, .max = 1, .run = run},
	{.name = "dmesg", .run = run},
	{.name = "echo", .max = 2, .redirect = true, .run = run},
	{.name = "help", .operand = SHELL_COMMAND, .max = 2, .run = run},
	{.name = "log",
	 .choices = "on|off|debug",
	 .operand = SHELL_LOG_TAG,
	 .max = 2,
	 .run = run},
	{.name = "say",
	 .choices = "this|that",
	 .operand = SHELL_CHOICE,
	 .max = 2,
	 .run = run},
	{.name = "vm"},
	{.parent = "vm",
	 .name = "create",
	 .operand = SHELL_VM_CONFIG,
	 .max = 1,
	 .run = run},
	{.parent = "vm",
	 .name = "list",
	 .operand = SHELL_VM,
	 .max = 2,
	 .opts = list_opts,
	 .run = run},
	{.parent = "vm", .name = "listen", .run = run},
};

static bool is_in(const struct shell_cmd *cmd, const char *parent)
{
	return !cmd->parent == !parent &&
	       (!parent || !strcmp(cmd->parent, parent));
}

const struct shell_cmd *shell_cmd_find(const char *parent, const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(cmds); i++)
		if (is_in(&cmds[i], parent) && !strcmp(cmds[i].name, name))
			return &cmds[i];
	return NULL;
}

const struct shell_cmd *shell_cmd_next(const char *parent, const char *after)
{
	const struct shell_cmd *best = NULL;

	for (unsigned int i = 0; i < ARRAY_SIZE(cmds); i++)
		if (is_in(&cmds[i], parent) &&
		    strcmp(cmds[i].name, after) > 0 &&
		    (!best || strcmp(cmds[i].name, best->name) < 0))
			best = &cmds[i];
	return best;
}

static void names(enum shell_operand kind, const char *word,
		  complete_visit *visit, void *ctx)
{
	static const char *const vms[] = {
		"linux-1", "linux-2", "my vm", "it's", "back\\\"", "$x", NULL};
	static const char *const configs[] = {"only", NULL};
	static const char *const tags[] = {"vm", "vgic", NULL};
	static const char *const root[] = {"/cpus/", "/chosen", NULL};
	static const char *const cpus[] = {"/cpus/cpu@0", "/cpus/cpu@1", NULL};
	static const char *const slash[] = {"/", NULL};
	const char *const *list = kind == SHELL_VM              ? vms
				  : kind == SHELL_VM_CONFIG     ? configs
				  : kind == SHELL_LOG_TAG       ? tags
				  : !strncmp(word, "/cpus/", 6) ? cpus
				  : *word                       ? root
								: slash;

	for (; *list; list++)
		visit(ctx, *list);
}

/*
 * What is typed before Tab, how many fit, what the key adds.
 */
static const struct {
	const char *line;
	unsigned int count;
	const char *insert;
} rows[] = {
	{"", 7, ""},
	{"v", 1, "m "},
	{"vm", 1, " "},
	{"  v", 1, "m "},
	{"d", 2, ""},
	{"dm", 1, "esg "},
	{"x", 0, ""},
	{"vm ", 4, ""},
	{"vm l", 2, "ist"},
	{"vm list", 2, ""},
	{"vm h", 1, "elp "},
	{"vm c", 1, "reate "},
	{"vm create ", 1, "only "},
	{"vm create only ", 0, ""},
	{"vm nonsense ", 0, ""},
	{"nonsense ", 0, ""},
	/* operands */
	{"vm list ", 6, ""},
	{"vm list li", 2, "nux-"},
	{"vm list linux-", 2, ""},
	{"vm list linux-2", 1, " "},
	{"vm list linux-1 m", 1, "y\\ vm "},
	{"vm list linux-1 linux-2 m", 0, ""},
	{"vm list -a linux-1 $", 1, "x "},
	{"dmesg ", 0, ""},
	{"say ", 2, "th"},
	{"say this tha", 1, "t "},
	{"log o", 2, ""},
	{"log of", 1, "f "},
	{"log off v", 2, ""},
	{"log off vg", 1, "ic "},
	{"log off vgic ", 0, ""},
	{"help v", 1, "m "},
	{"help vm li", 2, "st"},
	{"help dt ", 0, ""},
	{"help vm list ", 0, ""},
	/* quotes */
	{"vm list my", 1, "\\ vm "},
	{"vm list my\\ ", 1, "vm "},
	{"vm list 'my", 1, " vm' "},
	{"vm list \"my", 1, " vm\" "},
	{"vm list \"my vm\"", 1, " "},
	{"vm list 'my v'm", 1, " "},
	{"vm list 'linux", 2, "-"},
	{"vm list it", 1, "\\'s "},
	{"vm list \"it", 1, "'s\" "},
	{"vm list 'it", 1, "'\\''s' "},
	{"vm list ba", 1, "ck\\\\\\\" "},
	{"vm list \"ba", 1, "ck\\\\\\\"\" "},
	{"vm list my\\", 0, ""},
	{"'vm' li", 2, "st"},
	{"'v", 1, "m' "},
	/* options */
	{"vm list -", 6, ""},
	{"vm list --", 3, ""},
	{"vm list --f", 1, "ormat "},
	{"vm list --format ", 2, ""},
	{"vm list --format j", 1, "son "},
	{"vm list --format=", 2, ""},
	{"vm list --format=j", 1, "son "},
	{"vm list '--format=j", 1, "son' "},
	{"vm list --format json li", 2, "nux-"},
	{"vm list --vm o", 0, ""},
	{"vm list --vm my", 1, "\\ vm "},
	{"vm list -v li", 2, "nux-"},
	{"vm list -av li", 2, "nux-"},
	{"vm list -n ", 0, ""},
	{"vm list -n 5 li", 2, "nux-"},
	{"vm list -n5 li", 2, "nux-"},
	{"vm list -a", 1, " "},
	{"vm list -z", 0, ""},
	{"vm list --nonsense=", 0, ""},
	{"vm list --all=", 0, ""},
	{"vm list -- -", 0, ""},
	{"vm list -- li", 2, "nux-"},
	{"dmesg -", 0, ""},
	/* paths */
	{"dt ", 1, "/"},
	{"dt /", 2, "c"},
	{"dt /cp", 1, "us/"},
	{"dt /cpus/", 2, "cpu@"},
	{"dt /cpus/cpu@1", 1, " "},
	{"dt '/cp", 1, "us/"},
	{"dt '/ch", 1, "osen' "},
	{"echo /cp", 0, ""},
	{"echo x > /cp", 1, "us/"},
	{"echo x>>'/ch", 1, "osen' "},
	{"echo x > /cpus/ ", 0, ""},
	{"echo x '>' /cp", 0, ""},
};

static void table(void **state __unused_arg)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct completion c = {.names = names};
		char line[64];

		/* what stands behind the cursor is of no interest */
		snprintf(line, sizeof(line), "%s'x", rows[i].line);
		shell_complete(&c, line, (unsigned int)strlen(rows[i].line));
		c.insert[c.insert_len] = '\0';
		if (c.count != rows[i].count ||
		    strcmp(c.insert, rows[i].insert))
			print_error("\"%s\": %u, \"%s\"\n", rows[i].line,
				    c.count, c.insert);
		assert_int_equal(c.count, rows[i].count);
		assert_string_equal(c.insert, rows[i].insert);
	}
}

/* What Tab makes of a name is what the parser takes it for. */
static void round_trip(void **state __unused_arg)
{
	static const char *const quotes[] = {"", "'", "\""};
	static const char *const starts[] = {"m", "i", "b", "$"};
	static const char *const whole[] = {"my vm", "it's", "back\\\"", "$x"};

	for (unsigned int i = 0; i < ARRAY_SIZE(starts); i++) {
		for (unsigned int q = 0; q < ARRAY_SIZE(quotes); q++) {
			struct completion c = {.names = names};
			char line[64], *argv[4];
			int n = snprintf(line, sizeof(line), "vm list %s%s",
					 quotes[q], starts[i]);

			shell_complete(&c, line, (unsigned int)n);
			memcpy(line + n, c.insert, c.insert_len);
			line[(size_t)n + c.insert_len] = '\0';
			assert_int_equal(shell_split(line, argv, 4), 3);
			assert_string_equal(argv[2], whole[i]);
		}
	}
}

static char screen[512];

static void print(const char *text, size_t len)
{
	strncat(screen, text, len);
}

static void listing(void **state __unused_arg)
{
	struct completion c = {.names = names};

	screen[0] = '\0';
	shell_complete_list(&c, "vm l", 4, 80, print);
	assert_string_equal(screen, "list    listen  \n");
	screen[0] = '\0';
	shell_complete_list(&c, "vm list ", 8, 20, print);
	assert_string_equal(screen, "linux-1  linux-2  \n"
				    "my vm    it's     \n"
				    "back\\\"   $x       \n");
	screen[0] = '\0';
	shell_complete_list(&c, "vm list ", 8, 3, print);
	assert_non_null(strstr(screen, "linux-1  \nlinux-2  \nmy vm"));
	screen[0] = '\0';
	shell_complete_list(&c, "dt /cpus/", 9, 80, print);
	assert_string_equal(screen, "cpu@0  cpu@1  \n");
	screen[0] = '\0';
	shell_complete_list(&c, "dt /", 4, 80, print);
	assert_string_equal(screen, "cpus/   chosen  \n");
	screen[0] = '\0';
	shell_complete_list(&c, "dt ", 3, 80, print);
	assert_string_equal(screen, "/  \n");
	screen[0] = '\0';
	shell_complete_list(&c, "x", 1, 80, print);
	assert_string_equal(screen, "");
	shell_complete_list(&c, "\\", 1, 80, print);
	assert_string_equal(screen, "");
}

static void full_lines(void **state __unused_arg)
{
	struct completion c = {.names = names};
	char line[SHELL_LINE_MAX] = "vm list ";

	/* too many words, and one as long as can be */
	memset(line + 8, ' ', sizeof(line) - 9);
	for (unsigned int i = 8; i < sizeof(line) - 1; i += 2)
		line[i] = 'x';
	shell_complete(&c, line, sizeof(line) - 1);
	assert_int_equal(c.count, 0);
	memset(line + 8, 'x', sizeof(line) - 9);
	shell_complete(&c, line, sizeof(line) - 1);
	assert_int_equal(c.count, 0);
	shell_complete(&c, line, sizeof(line));
	assert_int_equal(c.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(listing),
		cmocka_unit_test(full_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
