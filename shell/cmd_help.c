/* SPDX-License-Identifier: Apache-2.0 */
/* help, clear */
#include "commands.h"

#include <errno.h>

static int help_run(int argc, char **argv)
{
	const struct shell_cmd *cmd;

	if (argc > 2)
		return -EINVAL;
	if (argc == 2) {
		cmd = shell_cmd_find(argv[1]);
		if (!cmd) {
			shell_printf("%s: no such command\n", argv[1]);
			return 1;
		}
		shell_printf("usage: %s\n  %s\n", cmd->usage, cmd->help);
		return 0;
	}
	for (cmd = shell_cmd_next(""); cmd; cmd = shell_cmd_next(cmd->name))
		shell_printf("  %-10s %s\n", cmd->name, cmd->help);
	shell_printf("Ctrl+X then ] or [ shows another console.\n");
	return 0;
}

static const struct shell_cmd help_cmd = {
	.name = "help",
	.usage = "help [COMMAND]",
	.help = "list the commands, or say how one is used",
	.run = help_run,
};
SHELL_CMD(help_cmd);

static int clear_run(int argc, char **argv __unused_arg)
{
	if (argc != 1)
		return -EINVAL;
	shell_printf(SHELL_CLEAR);
	return 0;
}

static const struct shell_cmd clear_cmd = {
	.name = "clear",
	.usage = "clear",
	.help = "clear the screen",
	.run = clear_run,
};
SHELL_CMD(clear_cmd);
