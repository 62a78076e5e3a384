/* SPDX-License-Identifier: Apache-2.0 */
/* help, clear */
#include "commands.h"

static int help_run(const struct shell_args *args)
{
	const struct shell_cmd *cmd = NULL;

	for (int i = 0; i < args->count; i++) {
		const char *group = cmd ? cmd->name : NULL;

		cmd = shell_cmd_find(group, args->words[i]);
		if (!cmd) {
			shell_printf("help: %s%s%s: no such command\n",
				     group ? group : "", group ? " " : "",
				     args->words[i]);
			return 1;
		}
	}
	shell_help(cmd);
	return 0;
}

static const struct shell_cmd help_cmd = {
	.name = "help",
	.operands = "[COMMAND]",
	.operand = SHELL_COMMAND,
	.max = 2,
	.help = "list the commands, or say how one is used",
	.run = help_run,
};
SHELL_CMD(help_cmd);

static int clear_run(const struct shell_args *args __unused_arg)
{
	shell_printf(SHELL_CLEAR);
	return 0;
}

static const struct shell_cmd clear_cmd = {
	.name = "clear",
	.help = "clear the screen",
	.run = clear_run,
};
SHELL_CMD(clear_cmd);
