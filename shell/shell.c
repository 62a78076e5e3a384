/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's task: prompt, line, command. */
#define LOG_TAG "shell"
#include <shell/shell.h>

#include "commands.h"
#include "complete.h"
#include "files.h"
#include "line.h"

#include <core/task.h>
#include <errno.h>
#include <lib/log.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <virt/vconsole.h>

static char history[LINE_HISTORY][SHELL_LINE_MAX];
static struct line line = {
	.emit = vconsole_shell_write,
	.history = history,
};

void shell_printf(const char *fmt, ...)
{
	char text[2 * SHELL_LINE_MAX]; /* a message may hold a whole line */
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n > 0)
		vconsole_shell_write(text, MIN((size_t)n, sizeof(text) - 1));
}

static void no_such_command(const char *parent, const char *name)
{
	shell_printf("%s%s%s: no such command; try `help%s%s`\n",
		     parent ? parent : "", parent ? " " : "", name,
		     parent ? " " : "", parent ? parent : "");
}

/* "vm", "vm help", "vm help start" */
static int group_help(const struct shell_cmd *group, int argc, char **argv)
{
	const struct shell_cmd *cmd = group;

	if (argc > 1) {
		cmd = shell_cmd_find(group->name, argv[1]);
		if (!cmd) {
			no_such_command(group->name, argv[1]);
			return -ENOENT;
		}
	}
	shell_help(cmd);
	return 0;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--help"))
			return true;
	return false;
}

static int run(const struct shell_cmd *cmd, int argc, char **argv)
{
	struct shell_args args;
	char error[SHELL_LINE_MAX];
	int result;

	if (asks_for_help(argc, argv)) {
		shell_help(cmd);
		return 0;
	}
	result = shell_parse(cmd, argc, argv, &args, error, sizeof(error));
	if (result)
		shell_printf("%s%s%s: %s\n", cmd->parent ? cmd->parent : "",
			     cmd->parent ? " " : "", cmd->name, error);
	else
		result = cmd->run(&args);
	if (result == -EINVAL)
		shell_usage(cmd);
	else if (result < 0)
		shell_printf("%s: failed, error %d\n", cmd->name, result);
	return result;
}

static int run_words(int argc, char **argv)
{
	const struct shell_cmd *cmd = shell_cmd_find(NULL, argv[0]), *sub;

	if (!cmd) {
		no_such_command(NULL, argv[0]);
		return -ENOENT;
	}
	if (cmd->run)
		return run(cmd, argc - 1, argv + 1);
	sub = argc > 1 ? shell_cmd_find(cmd->name, argv[1]) : NULL;
	if (sub)
		return run(sub, argc - 2, argv + 2);
	if (argc < 2 || !strcmp(argv[1], "help") || !strcmp(argv[1], "--help"))
		return group_help(cmd, argc - 1, argv + 1);
	no_such_command(cmd->name, argv[1]);
	return -ENOENT;
}

static void say_open(const struct shell_open *open)
{
	if (open->quote)
		shell_printf("the quote %c is not closed\n", open->quote);
	else
		shell_printf("nothing stands behind the last \\\n");
}

int shell_exec(const char *text)
{
	char words[SHELL_LINE_MAX], *argv[SHELL_ARGS_MAX];
	struct shell_open open;
	int argc;

	if (strlen(text) >= sizeof(words))
		return -E2BIG;
	strcpy(words, text);
	argc = shell_split_open(words, argv, SHELL_ARGS_MAX, &open);
	if (open.quote || open.escape) {
		say_open(&open);
		return -EINVAL;
	}
	if (argc < 0) {
		shell_printf("more than %d words\n", SHELL_ARGS_MAX);
		return argc;
	}
	return argc ? run_words(argc, argv) : 0;
}

/*
 * "cvisor:<cwd>$ ". A long path's end is shown, in half of the screen; what is
 * not ASCII has no certain width.
 */
static void shell_prompt(void)
{
	const char *cwd = IS_ENABLED(CONFIG_SHELL_FILES) ? files_cwd() : "";
	size_t len = strlen(cwd), room = line.width / 2;
	char text[LINE_COLUMNS_MAX + 16];
	int n;

	room = MIN(MAX(room, (size_t)16), (size_t)LINE_COLUMNS_MAX);
	n = snprintf(text, sizeof(text), "cvisor:%s%s$ ",
		     len > room ? "..." : "",
		     len > room ? cwd + len - room : cwd);
	for (int i = 0; i < n; i++)
		if (text[i] < ' ' || text[i] >= 0x7f)
			text[i] = '?';
	line_set_prompt(&line, (unsigned int)n);
	vconsole_shell_write(text, (size_t)n);
}

static void line_again(void)
{
	shell_prompt();
	line_redraw(&line);
}

/* The first Tab adds what is certain; one that adds nothing rings, the next
 * says what there is. */
static void tab(bool again)
{
	static struct completion completion = {.names = complete_names};
	unsigned int columns = line.prompt_columns + line.view.columns;

	shell_complete(&completion, line.buf, line.cursor);
	if (completion.insert_len) {
		line_insert(&line, completion.insert, completion.insert_len);
	} else if (again && completion.count > 1) {
		vconsole_shell_write("\n", 1);
		shell_complete_list(&completion, line.buf, line.cursor, columns,
				    vconsole_shell_write);
		line_again();
	} else {
		line_bell(&line);
	}
}

/* Return: false: the next line begins. */
static bool line_goes_on(enum line_result result, bool after_tab)
{
	switch (result) {
	case LINE_MORE:
		return true;
	case LINE_TAB:
		tab(after_tab);
		return true;
	case LINE_CLEAR:
		/* and ask how wide it is: see KEY_WIDTH */
		shell_printf(SHELL_CLEAR "\033[999C\033[6n\r");
		line_again();
		return true;
	case LINE_RESIZED:
		shell_printf(SHELL_CLEAR);
		line_again();
		return true;
	case LINE_READY:
		shell_exec(line.buf);
		return false;
	case LINE_BREAK:
		break;
	}
	return false;
}

void shell_run(void)
{
	bool after_tab = false;

	task_rename("shell");
	shell_prompt();
	line_begin(&line);
	for (;;) {
		char c = (char)vconsole_shell_read();
		enum line_result result = line_feed(&line, c);

		if (!line_goes_on(result, after_tab)) {
			shell_prompt();
			line_begin(&line);
		}
		after_tab = result == LINE_TAB;
	}
}
