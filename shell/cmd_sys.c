/* SPDX-License-Identifier: Apache-2.0 */
/* uname */
#include "commands.h"

#include <generated/version.h>

enum { UNAME_ALL, UNAME_SYSTEM, UNAME_RELEASE, UNAME_MACHINE };

static const struct shell_opt uname_opts[] = {
	[UNAME_ALL] = {'a', "all", NULL, "all of it, in this order"},
	[UNAME_SYSTEM] = {'s', NULL, NULL, "the system's name"},
	[UNAME_RELEASE] = {'r', NULL, NULL, "its version"},
	[UNAME_MACHINE] = {'m', NULL, NULL, "the machine's architecture"},
	{0},
};

static int uname_run(const struct shell_args *args)
{
	static const char *const parts[] = {
		[UNAME_SYSTEM] = "cvisor",
		[UNAME_RELEASE] = CVISOR_VERSION,
		[UNAME_MACHINE] = CONFIG_ARCH,
	};
	const char *blank = "";

	for (unsigned int i = UNAME_SYSTEM; i <= UNAME_MACHINE; i++) {
		if (!args->opts[UNAME_ALL] && !args->opts[i])
			continue;
		shell_printf("%s%s", blank, parts[i]);
		blank = " ";
	}
	shell_printf("%s\n", *blank ? "" : parts[UNAME_SYSTEM]);
	return 0;
}

static const struct shell_cmd uname_cmd = {
	.name = "uname",
	.help = "print the system's name, its version, the machine's architecture",
	.opts = uname_opts,
	.run = uname_run,
};
SHELL_CMD(uname_cmd);
