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

extern const struct shell_cmd *const __shell_cmds_start[],
	*const __shell_cmds_end[];

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

const struct shell_cmd *shell_cmd_find(const char *name)
{
	for (const struct shell_cmd *const *cmd = __shell_cmds_start;
	     cmd < __shell_cmds_end; cmd++)
		if (!strcmp((*cmd)->name, name))
			return *cmd;
	return NULL;
}

/* The link order means nothing: smallest name after @after. */
const struct shell_cmd *shell_cmd_next(const char *after)
{
	const struct shell_cmd *best = NULL;

	for (const struct shell_cmd *const *cmd = __shell_cmds_start;
	     cmd < __shell_cmds_end; cmd++)
		if (strcmp((*cmd)->name, after) > 0 &&
		    (!best || strcmp((*cmd)->name, best->name) < 0))
			best = *cmd;
	return best;
}

int shell_exec(const char *text)
{
	char words[SHELL_LINE_MAX], *argv[SHELL_ARGS_MAX];
	const struct shell_cmd *cmd;
	int argc, result;

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

	cmd = shell_cmd_find(argv[0]);
	if (!cmd) {
		shell_printf("%s: no such command; try help\n", argv[0]);
		return -ENOENT;
	}
	result = cmd->run(argc, argv);
	if (result == -EINVAL)
		shell_printf("usage: %s\n", cmd->usage);
	else if (result < 0)
		shell_printf("%s: failed, error %d\n", argv[0], result);
	return result;
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
