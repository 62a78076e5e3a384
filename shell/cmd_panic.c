/* SPDX-License-Identifier: Apache-2.0 */
/* panic: try the last report, and the reboot after it */
#include "commands.h"

#include <lib/log.h>
#include <string.h>

/* Frames of half a KiB until the stack's guard page is hit. */
static unsigned int overflow(unsigned int depth)
{
	volatile char pad[512];

	pad[0] = (char)depth;
	return depth ? overflow(depth - 1) + (unsigned int)pad[0] : 0;
}

static int panic_run(const struct shell_args *args)
{
	if (!args->count)
		panic("asked for by the shell");
	if (!strcmp(args->words[0], "fault"))
		__builtin_trap();
	return (int)overflow(1000000);
}

static const struct shell_cmd panic_cmd = {
	.name = "panic",
	.operands = "[fault|stack]",
	.choices = "fault|stack",
	.operand = SHELL_CHOICE,
	.max = 1,
	.help = "stop the machine with a report, to see that it works",
	.run = panic_run,
};
SHELL_CMD(panic_cmd);
