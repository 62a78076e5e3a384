/* SPDX-License-Identifier: Apache-2.0 */
/* uname, log */
#include "commands.h"

#include <errno.h>
#include <lib/log.h>
#include <string.h>

static int uname_run(int argc, char **argv)
{
	bool machine = false, system = argc == 1;

	for (int i = 1; i < argc; i++) {
		bool all = !strcmp(argv[i], "-a");

		if (!all && strcmp(argv[i], "-s") && strcmp(argv[i], "-m"))
			return -EINVAL;
		system |= all || argv[i][1] == 's';
		machine |= all || argv[i][1] == 'm';
	}
	shell_printf("%s%s%s\n", system ? "cvisor" : "",
		     system && machine ? " " : "", machine ? CONFIG_ARCH : "");
	return 0;
}

static const struct shell_cmd uname_cmd = {
	.name = "uname",
	.usage = "uname [-a] [-s] [-m]",
	.help = "print the system's name and the machine's",
	.run = uname_run,
};
SHELL_CMD(uname_cmd);

static const char *const level_names[] = {
	[LOG_OFF] = "off",   [LOG_ERR] = "error",   [LOG_WARN] = "warn",
	[LOG_INFO] = "info", [LOG_DEBUG] = "debug", [LOG_TRACE] = "trace",
};

static int log_run(int argc, char **argv)
{
	if (argc == 1) {
		shell_printf("%s\n", level_names[log_level()]);
		return 0;
	}
	if (argc != 2)
		return -EINVAL;
	if (!strcmp(argv[1], "on")) {
		log_set_level(LOG_INFO);
		return 0;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(level_names); i++) {
		if (strcmp(argv[1], level_names[i]))
			continue;
		log_set_level(i);
		return 0;
	}
	return -EINVAL;
}

static const struct shell_cmd log_cmd = {
	.name = "log",
	.usage = "log [on|off|error|warn|info|debug|trace]",
	.help = "show or set how much is logged",
	.run = log_run,
};
SHELL_CMD(log_cmd);
