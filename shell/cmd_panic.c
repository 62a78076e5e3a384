/* SPDX-License-Identifier: Apache-2.0 */
/* panic: try the last report, and the reboot after it */
#include "commands.h"

#include <errno.h>
#include <lib/log.h>
#include <string.h>

/* Frames of half a KiB until the stack's guard page is hit. */
static unsigned int overflow(unsigned int depth)
{
	volatile char pad[512];

	pad[0] = (char)depth;
	return depth ? overflow(depth - 1) + (unsigned int)pad[0] : 0;
}

static int panic_run(int argc, char **argv)
{
	if (argc == 1)
		panic("asked for by the shell");
	if (argc != 2)
		return -EINVAL;
	if (!strcmp(argv[1], "fault"))
		__builtin_trap();
	if (!strcmp(argv[1], "stack"))
		return (int)overflow(1000000);
	return -EINVAL;
}

static const struct shell_cmd panic_cmd = {
	.name = "panic",
	.usage = "panic [fault|stack]",
	.help = "stop the machine with a report, to see that it works",
	.run = panic_run,
};
SHELL_CMD(panic_cmd);
