/* SPDX-License-Identifier: Apache-2.0 */
/* vm console: which is shown, and the mixed view */
#include "commands.h"

#include <errno.h>
#include <string.h>
#include <virt/config.h>
#include <virt/vconsole.h>
#include <virt/vm.h>

#define LINES_MAX 1000000u

enum { CONSOLE_TAIL, CONSOLE_MIX };

static const struct shell_opt console_opts[] = {
	[CONSOLE_TAIL] = {'n', "tail", "LINES",
			  "begin with its last lines, seen or not"},
	[CONSOLE_MIX] =
		{'m', "mix", "on|off",
		 "print lines of hidden guests, too, as \"NAME| text\""},
	{0},
};

static int lines_parse(const char *text, unsigned int *lines)
{
	const char *digit = text;

	*lines = 0;
	while (*digit >= '0' && *digit <= '9' && *lines < LINES_MAX)
		*lines = 10 * *lines + (unsigned int)(*digit++ - '0');
	if (*lines && !*digit)
		return 0;
	shell_printf("--tail %s: not a number of lines from 1 to %u\n", text,
		     LINES_MAX);
	return -EINVAL;
}

/* The keys' numbers, and what would be shown. */
static int console_list(void)
{
	struct vconsole_info info;

	shell_printf("%-6s %-24s %-8s %s\n", "CTRL+X", "NAME", "MISSED",
		     "KEPT");
	for (unsigned int i = 0; vconsole_info(i, &info); i++)
		shell_printf("%-6u %-24s %-8llu %llu%s\n", i, info.name,
			     (unsigned long long)info.missed,
			     (unsigned long long)info.kept,
			     info.shown ? "  shown" : "");
	shell_printf("mixed view: %s\n", vconsole_is_mixed() ? "on" : "off");
	return 0;
}

static int console_run(const struct shell_args *args)
{
	const char *mix = args->opts[CONSOLE_MIX];
	const char *tail = args->opts[CONSOLE_TAIL];
	unsigned int lines = 0;
	struct vm *vm;

	if (tail && (!args->count || lines_parse(tail, &lines)))
		return -EINVAL;
	if (mix)
		vconsole_mix(!strcmp(mix, "on"));
	if (!args->count)
		return mix ? 0 : console_list();

	vm = shell_vm(args->words[0]);
	if (!vm)
		return 1;
	if (!vm->console) {
		shell_printf("%s: it has no console; an emulated UART (type "
			     "0x%x in emu_devices) gives it one\n",
			     vm->config->name, VM_EMU_CONSOLE);
		return 1;
	}
	vconsole_show(vm, lines);
	return 0;
}

static const struct shell_cmd console_cmd = {
	.parent = "vm",
	.name = "console",
	.help = "show a guest's console, from where you left it (Ctrl+X s: "
		"back); without a name, list the consoles",
	.operands = "[VM]",
	.operand = SHELL_VM,
	.max = 1,
	.opts = console_opts,
	.run = console_run,
};
SHELL_CMD(console_cmd);
