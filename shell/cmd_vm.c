/* SPDX-License-Identifier: Apache-2.0 */
/* vm: the group, and what changes a VM's state */
#include "commands.h"

#include <errno.h>
#include <virt/vconsole.h>
#include <virt/vm_life.h>

#define GRACE_S 30
#define GRACE_MAX_S 3600

static const struct shell_cmd vm_cmd = {
	.name = "vm",
	.help = "guests: list them, look at them, start and stop them",
};
SHELL_CMD(vm_cmd);

static uint32_t state_of(const struct vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);
}

/* What to do about a refusal. */
static const char *advice(uint32_t state)
{
	switch (state) {
	case VM_LOADING:
		return "wait until it is Running, or `vm stop` it";
	case VM_RUNNING:
		return "`vm stop` it first, or use -f";
	case VM_SUSPENDED:
		return "`vm resume` lets it go on, `vm stop -f` ends it";
	case VM_STOPPING:
		return "wait until it is Stopped";
	default:
		return "`vm start` runs it";
	}
}

int shell_vm_result(const struct vm *vm, const char *verb, int err)
{
	const char *name = vm->config->name;
	uint32_t state = state_of(vm);

	switch (err) {
	case 0:
		return 0;
	case -EALREADY:
		shell_printf("%s: is %s already\n", name, vm_state_name(state));
		return 0;
	case -EBUSY:
		shell_printf("%s: cannot %s, it is %s: %s\n", name, verb,
			     vm_state_name(state), advice(state));
		return 1;
	case -ETIMEDOUT:
		shell_printf("%s: is %s still, guests of higher priority may "
			     "have its CPUs; it goes on by itself\n",
			     name, vm_state_name(state));
		return 1;
	case -ECANCELED:
		shell_printf("%s: ended meanwhile, it is %s\n", name,
			     vm_state_name(state));
		return 1;
	case -ENODEV:
		shell_printf("%s: has no power key (emu_devices), so it cannot "
			     "be asked; `vm stop` ends it\n",
			     name);
		return 1;
	default:
		shell_printf("%s: cannot %s, error %d; the log says why\n",
			     name, verb, err);
		return 1;
	}
}

/*
 * vm start
 */

enum { START_DETACH, START_CONSOLE };

static const struct shell_opt start_opts[] = {
	[START_DETACH] = {'d', "detach", NULL,
			  "do not wait until it is loaded"},
	[START_CONSOLE] = {'c', "console", NULL, "show its console"},
	{0},
};

static int start_one(const struct shell_args *args, struct vm *vm)
{
	int err = args->opts[START_DETACH] ? vm_start_begin(vm) : vm_start(vm);
	int result = shell_vm_result(vm, "start", err);

	if (!result && args->opts[START_CONSOLE])
		vconsole_attach(vm);
	return result;
}

static int start_run(const struct shell_args *args)
{
	int failed = 0;

	for (int i = 0; i < args->count; i++) {
		struct vm *vm = shell_vm(args->words[i]);

		failed |= vm ? start_one(args, vm) : 1;
	}
	for (struct vm *vm = args->count ? NULL : vm_first(); vm; vm = vm->next)
		if (state_of(vm) == VM_LOADED || state_of(vm) == VM_STOPPED)
			failed |= start_one(args, vm);
	return failed;
}

static const struct shell_cmd start_cmd = {
	.parent = "vm",
	.name = "start",
	.help = "start VMs from cold; without a name, all that are not running",
	.operands = "[VM...]",
	.operand = SHELL_VM,
	.max = SHELL_ARGS_MAX,
	.opts = start_opts,
	.run = start_run,
};
SHELL_CMD(start_cmd);

/*
 * vm stop
 */

enum { STOP_FORCE, STOP_GRACE, STOP_TIMEOUT };

static const struct shell_opt stop_opts[] = {
	[STOP_FORCE] = {'f', "force", NULL, "note the stop as forced"},
	[STOP_GRACE] = {'g', "graceful", NULL,
			"press its power key; by force after --timeout"},
	[STOP_TIMEOUT] = {'t', "timeout", "SECONDS",
			  "that the guest has with -g, 30 if not given"},
	{0},
};

static int stop_one(struct vm *vm, bool force, bool grace, uint32_t timeout_s)
{
	int err;

	if (!grace)
		return shell_vm_result(
			vm, "stop",
			vm_stop(vm, force ? VM_STOP_FORCED : VM_STOP_CLEAN));
	err = vm_stop_graceful(vm, (uint64_t)timeout_s * 1000000000);
	if (!err && vm->stop_reason == VM_STOP_FORCED)
		shell_printf("%s: stopped by force, %s\n", vm->config->name,
			     vm->stop_detail);
	return shell_vm_result(vm, "be asked to stop", err);
}

static int stop_run(const struct shell_args *args)
{
	bool force = args->opts[STOP_FORCE], grace = args->opts[STOP_GRACE];
	const char *timeout = args->opts[STOP_TIMEOUT];
	uint32_t timeout_s = GRACE_S;
	int failed = 0;

	if ((force && grace) || (timeout && !grace))
		return -EINVAL;
	if (timeout &&
	    shell_number("--timeout", timeout, 1, GRACE_MAX_S, &timeout_s))
		return -EINVAL;
	for (int i = 0; i < args->count; i++) {
		struct vm *vm = shell_vm(args->words[i]);

		failed |= vm ? stop_one(vm, force, grace, timeout_s) : 1;
	}
	return failed;
}

static const struct shell_cmd stop_cmd = {
	.parent = "vm",
	.name = "stop",
	.help = "stop VMs: at once, or with -g by asking the guest",
	.operands = "VM...",
	.operand = SHELL_VM,
	.min = 1,
	.max = SHELL_ARGS_MAX,
	.opts = stop_opts,
	.run = stop_run,
};
SHELL_CMD(stop_cmd);

/*
 * vm restart
 */

enum { RESTART_FORCE };

static const struct shell_opt restart_opts[] = {
	[RESTART_FORCE] = {'f', "force", NULL, "also one that is Stopping"},
	{0},
};

static int restart_run(const struct shell_args *args)
{
	int failed = 0;

	for (int i = 0; i < args->count; i++) {
		struct vm *vm = shell_vm(args->words[i]);

		failed |=
			vm ? shell_vm_result(
				     vm, "restart",
				     vm_restart(vm, args->opts[RESTART_FORCE]))
			   : 1;
	}
	return failed;
}

static const struct shell_cmd restart_cmd = {
	.parent = "vm",
	.name = "restart",
	.help = "start VMs again from cold, without asking the guest",
	.operands = "VM...",
	.operand = SHELL_VM,
	.min = 1,
	.max = SHELL_ARGS_MAX,
	.opts = restart_opts,
	.run = restart_run,
};
SHELL_CMD(restart_cmd);

/*
 * vm suspend, vm resume
 */

static int each(const struct shell_args *args, const char *verb,
		int (*change)(struct vm *vm))
{
	int failed = 0;

	for (int i = 0; i < args->count; i++) {
		struct vm *vm = shell_vm(args->words[i]);

		failed |= vm ? shell_vm_result(vm, verb, change(vm)) : 1;
	}
	return failed;
}

static int suspend_run(const struct shell_args *args)
{
	return each(args, "be suspended", vm_suspend);
}

static const struct shell_cmd suspend_cmd = {
	.parent = "vm",
	.name = "suspend",
	.help = "let VMs stand still; their time too, unless the file says not",
	.operands = "VM...",
	.operand = SHELL_VM,
	.min = 1,
	.max = SHELL_ARGS_MAX,
	.run = suspend_run,
};
SHELL_CMD(suspend_cmd);

static int resume_run(const struct shell_args *args)
{
	return each(args, "be resumed", vm_resume);
}

static const struct shell_cmd resume_cmd = {
	.parent = "vm",
	.name = "resume",
	.help = "let suspended VMs go on",
	.operands = "VM...",
	.operand = SHELL_VM,
	.min = 1,
	.max = SHELL_ARGS_MAX,
	.run = resume_run,
};
SHELL_CMD(resume_cmd);
