/* SPDX-License-Identifier: Apache-2.0 */
/* uname, log */
#include "commands.h"

#include <errno.h>
#include <lib/log.h>
#include <string.h>

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

static const char *const level_names[] = {
	[LOG_OFF] = "off",   [LOG_ERR] = "error",   [LOG_WARN] = "warn",
	[LOG_INFO] = "info", [LOG_DEBUG] = "debug", [LOG_TRACE] = "trace",
};

static int log_run(const struct shell_args *args)
{
	const char *level = args->count ? args->words[0] : NULL;

	if (!level)
		shell_printf("%s\n", level_names[log_level()]);
	else if (!strcmp(level, "on"))
		log_set_level(LOG_INFO);
	for (unsigned int i = 0; level && i < ARRAY_SIZE(level_names); i++)
		if (!strcmp(level, level_names[i]))
			log_set_level(i);
	return 0;
}

static const struct shell_cmd log_cmd = {
	.name = "log",
	.help = "show or set how much is logged",
	.operands = "[on|off|error|warn|info|debug|trace]",
	.choices = "on|off|error|warn|info|debug|trace",
	.operand = SHELL_CHOICE,
	.max = 1,
	.run = log_run,
};
SHELL_CMD(log_cmd);
