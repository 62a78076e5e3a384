/* SPDX-License-Identifier: Apache-2.0 */
/* The shell: a line editor, a parser, commands as rows. */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <lib/types.h>
#include <lib/util.h>

#define SHELL_LINE_MAX 256
#define SHELL_ARGS_MAX 32

/** struct shell_cmd - one command; registered by SHELL_CMD(sym) */
struct shell_cmd {
	const char *name;
	const char *usage; /* "vm show [-f|-c|-s] ID" */
	const char *help;  /* one line */
	/* 0; a positive exit code; -EINVAL prints the usage */
	int (*run)(int argc, char **argv);
};

#define SHELL_CMD(sym)                                                         \
	static const struct shell_cmd *const __shell_##sym __linked_in(        \
		".shell_cmds") = &(sym)

/** shell_start() - make the shell's task */
void shell_start(void);

/** shell_printf() - a command's output */
void shell_printf(const char *fmt, ...) __printf(1, 2);

/** shell_exec() - run one line; for tests and the line loop */
int shell_exec(const char *line);

/**
 * shell_split() - quotes and backslash escapes, in place
 *
 * Return: argc; -EINVAL on an open quote; -E2BIG.
 */
int shell_split(char *line, char **argv, int max);

#endif
