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

/* What must fault at once: code that is written, data that is run. */
static void code_write(void)
{
	*(volatile char *)(uintptr_t)panic = 0;
}

static void data_execute(void)
{
	static char data[16];
	void (*run)(void) = (void (*)(void))(uintptr_t)data;

	run();
}

static int panic_run(const struct shell_args *args)
{
	const char *how = args->count ? args->words[0] : "";

	if (!strcmp(how, "fault"))
		__builtin_trap();
	if (!strcmp(how, "stack"))
		return (int)overflow(1000000);
	if (!strcmp(how, "write"))
		code_write();
	if (!strcmp(how, "execute"))
		data_execute();
	/* the last two come here if the machine lets them */
	panic("asked for by the shell");
}

static const struct shell_cmd panic_cmd = {
	.name = "panic",
	.operands = "[fault|stack|write|execute]",
	.choices = "fault|stack|write|execute",
	.operand = SHELL_CHOICE,
	.max = 1,
	.help = "stop the machine with a report, to see that it works",
	.run = panic_run,
};
SHELL_CMD(panic_cmd);
