/* SPDX-License-Identifier: Apache-2.0 */
/* uname */
#include "commands.h"

enum { UNAME_ALL, UNAME_SYSTEM, UNAME_MACHINE };

static const struct shell_opt uname_opts[] = {
	[UNAME_ALL] = {'a', NULL, NULL, "both"},
	[UNAME_SYSTEM] = {'s', NULL, NULL, "the system's name"},
	[UNAME_MACHINE] = {'m', NULL, NULL, "the machine's architecture"},
	{0},
};

static int uname_run(const struct shell_args *args)
{
	bool machine = args->opts[UNAME_ALL] || args->opts[UNAME_MACHINE];
	bool system =
		args->opts[UNAME_ALL] || args->opts[UNAME_SYSTEM] || !machine;

	shell_printf("%s%s%s\n", system ? "cvisor" : "",
		     system && machine ? " " : "", machine ? CONFIG_ARCH : "");
	return 0;
}

static const struct shell_cmd uname_cmd = {
	.name = "uname",
	.help = "print the system's name and the machine's",
	.opts = uname_opts,
	.run = uname_run,
};
SHELL_CMD(uname_cmd);
