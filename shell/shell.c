/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's task: prompt, line, command. */
#define LOG_TAG "shell"
#include <shell/shell.h>

#include "commands.h"
#include "complete.h"
#include "line.h"

#include <core/task.h>
#include <errno.h>
#include <lib/log.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <virt/vconsole.h>

#define PROMPT "cvisor:$ "

static char history[LINE_HISTORY][SHELL_LINE_MAX];
static struct line line = {
	.emit = vconsole_shell_write,
	.history = history,
	.prompt_columns = sizeof(PROMPT) - 1,
};

void shell_printf(const char *fmt, ...)
{
	char text[256];
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (n > 0)
		vconsole_shell_write(text, MIN((size_t)n, sizeof(text) - 1));
}

/* What @words begins with; *@used: how many of them name it. NULL: said */
static const struct shell_cmd *command(int argc, char **argv, int *used)
{
	const struct shell_cmd *cmd = shell_cmd_find(NULL, argv[0]), *sub;

	*used = 1;
	if (!cmd) {
		shell_printf("%s: no such command; try help\n", argv[0]);
		return NULL;
	}
	if (cmd->run)
		return cmd;
	sub = argc > 1 ? shell_cmd_find(cmd->name, argv[1]) : NULL;
	*used = 2;
	if (!sub && argc > 1 && strcmp(argv[1], "help"))
		shell_printf("%s %s: no such command\n", argv[0], argv[1]);
	if (!sub)
		shell_help(cmd);
	return sub;
}

static int run(const struct shell_cmd *cmd, int argc, char **argv)
{
	struct shell_args args;
	char error[128];
	int result = shell_parse(cmd, argc, argv, &args, error, sizeof(error));

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

int shell_exec(const char *text)
{
	char words[SHELL_LINE_MAX], *argv[SHELL_ARGS_MAX];
	const struct shell_cmd *cmd;
	int argc, used;

	if (strlen(text) >= sizeof(words))
		return -E2BIG;
	strcpy(words, text);
	argc = shell_split(words, argv, SHELL_ARGS_MAX);
	if (argc < 0) {
		shell_printf(argc == -E2BIG ? "too many words\n"
					    : "a quote is not closed\n");
		return argc;
	}
	if (!argc)
		return 0;

	cmd = command(argc, argv, &used);
	return cmd ? run(cmd, argc - used, argv + used) : -ENOENT;
}

static void shell_prompt(void)
{
	vconsole_shell_write(PROMPT, strlen(PROMPT));
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

static void shell_task(void *arg __unused_arg)
{
	bool after_tab = false;

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

void shell_start(void)
{
	const struct task_attr attr = {
		.name = "shell",
		.fn = shell_task,
		.priority = TASK_PRIO_SHELL,
		.affinity = 1,
	};
	struct task *task;
	int err = task_create(&attr, &task);

	if (err)
		log_err("no shell, error %d", err);
}
