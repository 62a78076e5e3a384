/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share. */
#ifndef SHELL_COMMANDS_H
#define SHELL_COMMANDS_H

#include <shell/shell.h>

struct vm;

#define SHELL_CLEAR "\033[2J\033[H"

/** shell_cmd_find() - in a group, NULL: outside any; NULL when there is none */
const struct shell_cmd *shell_cmd_find(const char *parent, const char *name);
/** shell_cmd_next() - of a group in order of names, "" gives the first; NULL:
 * no more */
const struct shell_cmd *shell_cmd_next(const char *parent, const char *after);

/** shell_opt_find() - the row of "-x" (@name is NULL) or "--name", which is
 * @len long; -1: none */
int shell_opt_find(const struct shell_cmd *cmd, char letter, const char *name,
		   size_t len);

/** shell_usage() - "usage: vm list [-a] [--format table|json]" and a newline */
void shell_usage(const struct shell_cmd *cmd);
/** shell_help() - of one command: usage, what it does, its options; or of a
 * group, its commands; NULL: of all */
void shell_help(const struct shell_cmd *cmd);

/** shell_vm() - by name, or by id when no VM is named like it; NULL: there is
 * none, which was said */
struct vm *shell_vm(const char *arg);

/** shell_vm_result() - say how a change of a VM's state went. Return: exit
 * code */
int shell_vm_result(const struct vm *vm, const char *verb, int err);

/**
 * shell_number() - a decimal number, within limits
 * @what: for the message ("-n")
 *
 * Return: 0; -EINVAL, which was said.
 */
int __must_check shell_number(const char *what, const char *text, uint32_t min,
			      uint32_t max, uint32_t *value);

/** shell_choice() - which of "on|off|debug" @text is; -1: none */
int shell_choice(const char *choices, const char *text);

/** shell_vm_crash() - what a VM that died left. Return: exit code */
int shell_vm_crash(struct vm *vm);

#endif
