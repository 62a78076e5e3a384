/* SPDX-License-Identifier: Apache-2.0 */
/* exit, quit, poweroff, reboot: the end of it all */
#include "commands.h"

#include <arch/cpu.h>
#include <core/machine.h>
#include <core/task.h>
#include <core/timer.h>
#include <errno.h>
#include <fs/fs.h>
#include <stdio.h>
#include <virt/vm_life.h>

/* A VM that is down stays so: nothing but a command starts it. */
static bool is_up(const struct vm *vm)
{
	switch (__atomic_load_n(&vm->state, __ATOMIC_ACQUIRE)) {
	case VM_LOADING:
	case VM_RUNNING:
	case VM_SUSPENDED:
	case VM_STOPPING:
		return true;
	default:
		return false;
	}
}

static int can_end(const char *command)
{
	if (arch_system_can_end())
		return 0;
	shell_printf("%s: no firmware to do it (the device tree names none); "
		     "nothing was done\n",
		     command);
	return 1;
}

/*
 * Stopping VMs: those that have a power key are asked, all at a time.
 */

#define GRACE_S 30u
#define GRACE_MAX_S 3600u
#define ASKED_MAX 64u
#define LOOK_NS 50000000u

struct asked {
	const struct vm *vms[ASKED_MAX];
	unsigned int count;
};

static void vms_ask(struct asked *asked)
{
	for (struct vm *vm = vm_first(); vm; vm = vm->next) {
		if (!is_up(vm))
			continue;
		shell_printf("stopping %s\n", vm->config->name);
		if (asked->count < ASKED_MAX && !vm_stop_ask(vm))
			asked->vms[asked->count++] = vm;
	}
}

static bool any_is_up(const struct asked *asked)
{
	for (unsigned int i = 0; i < asked->count; i++)
		if (is_up(asked->vms[i]))
			return true;
	return false;
}

static void grace_give(const struct asked *asked, uint32_t grace_s)
{
	uint64_t deadline = time_ns() + (uint64_t)grace_s * 1000000000;

	while (any_is_up(asked) && time_ns() < deadline)
		task_sleep_until(time_ns() + LOOK_NS);
	for (unsigned int i = 0; i < asked->count; i++)
		if (is_up(asked->vms[i]))
			shell_printf("%s: did not end within %u s\n",
				     asked->vms[i]->config->name, grace_s);
}

static int vms_stop(const char *command, uint32_t grace_s)
{
	struct asked asked = {.count = 0};
	int failed = 0;

	vms_ask(&asked);
	grace_give(&asked, grace_s);
	for (struct vm *vm = vm_first(); vm; vm = vm->next)
		if (is_up(vm) && vm_stop(vm, VM_STOP_FORCED) && is_up(vm))
			failed = 1;
	if (failed)
		shell_printf("%s: not all VMs stopped; -f does not wait for "
			     "them\n",
			     command);
	return failed;
}

/* A disk that fails is said, and does not keep the machine on. */
static void files_sync(const char *command)
{
	int err = IS_ENABLED(CONFIG_FS) ? fs_sync() : 0;

	if (err)
		shell_printf("%s: a disk fails, error %d: what was written "
			     "last may be lost\n",
			     command, err);
}

enum { END_FORCE, END_TIMEOUT };

static const struct shell_opt end_opts[] = {
	[END_FORCE] = {'f', "force", NULL, "at once, whatever runs"},
	[END_TIMEOUT] = {'t', "timeout", "SECONDS",
			 "that guests have behind their power key (30)"},
	{0},
};

static int end(const struct shell_args *args, const char *command,
	       const char *last_words, void (*now)(const char *last_words))
{
	const char *timeout = args->opts[END_TIMEOUT];
	uint32_t grace_s = GRACE_S;
	int err = can_end(command);

	if (timeout && shell_number(command, timeout, 1, GRACE_MAX_S, &grace_s))
		return -EINVAL;
	if (!err && !args->opts[END_FORCE])
		err = vms_stop(command, grace_s);
	if (err)
		return err;
	files_sync(command);
	now(last_words);
	return 0;
}

static int poweroff_run(const struct shell_args *args)
{
	return end(args, "poweroff", "Powering off.", machine_off);
}

static const struct shell_cmd poweroff_cmd = {
	.name = "poweroff",
	.help = "stop all VMs, then turn the machine off",
	.opts = end_opts,
	.run = poweroff_run,
};
SHELL_CMD(poweroff_cmd);

static int reboot_run(const struct shell_args *args)
{
	return end(args, "reboot", "Rebooting.", machine_reset);
}

static const struct shell_cmd reboot_cmd = {
	.name = "reboot",
	.help = "stop all VMs, then start the machine again",
	.opts = end_opts,
	.run = reboot_run,
};
SHELL_CMD(reboot_cmd);

/*
 * The shell has nowhere to return to: without it the guests would run with
 * nobody at the console. So it leaves when there is nothing left to look after.
 */
static int exit_run(const struct shell_args *args)
{
	char last_words[64];
	uint32_t code = 0;
	bool up = false;

	if (args->count && shell_number("exit", args->words[0], 0, 255, &code))
		return -EINVAL;
	for (struct vm *vm = vm_first(); vm; vm = vm->next) {
		if (!is_up(vm))
			continue;
		shell_printf("%s%s", up ? ", " : "exit: VMs are running: ",
			     vm->config->name);
		up = true;
	}
	if (up) {
		shell_printf("; stop them first, or use poweroff\n");
		return 1;
	}
	if (can_end("exit"))
		return 1;
	files_sync("exit");
	snprintf(last_words, sizeof(last_words), "Powering off, exit code %u.",
		 code);
	machine_off(last_words);
}

static const struct shell_cmd exit_cmd = {
	.name = "exit",
	.help = "turn the machine off when no VM runs; CODE is printed",
	.operands = "[CODE]",
	.max = 1,
	.run = exit_run,
};
SHELL_CMD(exit_cmd);

static const struct shell_cmd quit_cmd = {
	.name = "quit",
	.help = "the same as exit",
	.operands = "[CODE]",
	.max = 1,
	.run = exit_run,
};
SHELL_CMD(quit_cmd);
