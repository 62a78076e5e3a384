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

/** shell_json_string() - @text quoted */
void shell_json_string(const char *text);

#endif
