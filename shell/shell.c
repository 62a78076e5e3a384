/* SPDX-License-Identifier: Apache-2.0 */
/* The shell's task: prompt, line, command. */
#define LOG_TAG "shell"
#include <shell/shell.h>

#include "commands.h"
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

static void shell_task(void *arg __unused_arg)
{
	shell_prompt();
	for (;;) {
		char c = (char)vconsole_shell_read();

		switch (line_feed(&line, c)) {
		case LINE_MORE:
			continue;
		case LINE_CLEAR:
			shell_printf(SHELL_CLEAR);
			shell_prompt();
			line_redraw(&line);
			continue;
		case LINE_READY:
			shell_exec(line.buf);
			break;
		case LINE_BREAK:
			break;
		}
		line_begin(&line);
		shell_prompt();
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
