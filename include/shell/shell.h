/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shell: a line editor, a parser, commands as rows.
 *
 * A command describes its options and operands once, as a table: parsing,
 * the usage line, help and completion all read it.
 */
#ifndef SHELL_SHELL_H
#define SHELL_SHELL_H

#include <lib/types.h>
#include <lib/util.h>

#define SHELL_LINE_MAX 256
#define SHELL_ARGS_MAX 32
#define SHELL_OPTS_MAX 8

/**
 * struct shell_opt - an option: "-a", "--all", "--format table|json"
 * @letter: after one dash; 0: none
 * @name:   after two dashes; NULL: none
 * @value:  NULL: a flag. Else it takes a value: choices with '|' between them,
 *          of which one must be given, or a word for the usage line ("SECONDS")
 */
struct shell_opt {
	char letter;
	const char *name;
	const char *value;
	const char *help;
};

/* What a command's operands name, for completion. */
enum shell_operand {
	SHELL_WORD, /* nothing that could be completed */
	SHELL_CHOICE,
	SHELL_COMMAND,
	SHELL_VM,        /* an existing VM, by name or id */
	SHELL_VM_CONFIG, /* an embedded configuration, by name */
	SHELL_DT_PATH,   /* a path of the host's device tree */
	SHELL_LOG_TAG,   /* a subsystem that logs */
	SHELL_DISK,      /* a disk of the host */
	SHELL_PATH,      /* a file or directory */
	SHELL_DIRECTORY,
};

/**
 * struct shell_args - a parsed command line
 * @opts:  by place in the command's table: the value, "" for a flag; NULL: not
 *         given
 * @count: of @words, the operands
 * @to:    behind `>` or, with @append, `>>`: the file to write; NULL: none
 */
struct shell_args {
	const char *opts[SHELL_OPTS_MAX];
	int count;
	char **words;
	const char *to;
	bool append;
};

/**
 * struct shell_cmd - one command, or one of a group; by SHELL_CMD(sym)
 * @parent:   name of the group it belongs to ("vm"); NULL: none
 * @operands: as the usage line shows them ("[VM...]"); NULL: none
 * @choices:  "on|off": the first operand must be one of them, with
 *            SHELL_CHOICE every one
 * @min, @max: how many operands
 * @opts:     ends in an empty row; NULL: none
 * @redirect: `>` and `>>` are its own; no other command has them
 * @run:      Return: 0; a positive exit code; -EINVAL also prints the usage.
 *            NULL: it is a group
 */
struct shell_cmd {
	const char *parent;
	const char *name;
	const char *help;
	const char *operands;
	const char *choices;
	enum shell_operand operand;
	uint8_t min, max;
	bool redirect;
	const struct shell_opt *opts;
	int (*run)(const struct shell_args *args);
};

#define SHELL_CMD(sym)                                                         \
	static const struct shell_cmd *const __shell_##sym __linked_in(        \
		".shell_cmds") = &(sym)

/** shell_run() - the calling task is the shell from now on */
__noreturn void shell_run(void);

/** shell_printf() - a command's output */
void shell_printf(const char *fmt, ...) __printf(1, 2);

/** shell_exec() - run one line; for tests and the line loop */
int shell_exec(const char *line);

/* What shell_split() makes of a `>` or `>>` that is not quoted: these very
 * words, not other ones like them. */
extern char shell_to[], shell_append[];

/**
 * shell_split() - quotes and backslash escapes, in place
 *
 * Return: argc; -EINVAL on an open quote; -E2BIG.
 */
int shell_split(char *line, char **argv, int max);

/**
 * struct shell_open - how a line ends that is still being typed
 * @word:   in the middle of its last word, or right behind it
 * @quote:  that is open; 0: none
 * @escape: behind a backslash
 */
struct shell_open {
	bool word;
	char quote;
	bool escape;
};

/** shell_split_open() - the same for such a line. Return: argc; -E2BIG. */
int shell_split_open(char *line, char **argv, int max, struct shell_open *open);

/**
 * shell_parse() - the words behind a command's name into options and operands
 * @argv:  reordered: the operands come to its front; "--" ends the options
 * @error: what is wrong, in words
 *
 * Return: 0; -EINVAL.
 */
int __must_check shell_parse(const struct shell_cmd *cmd, int argc, char **argv,
			     struct shell_args *args, char *error,
			     size_t error_size);

#endif
