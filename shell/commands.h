/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHELL_COMMANDS_H
#define SHELL_COMMANDS_H

#include <shell/shell.h>

#define SHELL_CLEAR "\033[2J\033[H"

/** shell_cmd_find() - NULL when there is none */
const struct shell_cmd *shell_cmd_find(const char *name);
/** shell_cmd_next() - in order of names, "" gives the first; NULL: no more */
const struct shell_cmd *shell_cmd_next(const char *after);

#endif
