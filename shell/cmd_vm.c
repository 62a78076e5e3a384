/* SPDX-License-Identifier: Apache-2.0 */
/* vm: the group, and a VM's life: start, stop */
#include "commands.h"

#include <errno.h>
#include <virt/vm.h>

static const struct shell_cmd vm_cmd = {
	.name = "vm",
	.help = "guests: list them, look at them, start and stop them",
};
SHELL_CMD(vm_cmd);

static uint32_t state_of(const struct vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);
}

static int start_one(struct vm *vm)
{
	int err = vm_start(vm);

	if (err == -EBUSY)
		shell_printf("%s: cannot start, it is %s\n", vm->config->name,
			     vm_state_name(state_of(vm)));
	else if (err)
		shell_printf("%s: does not start, error %d; `log` says why\n",
			     vm->config->name, err);
	return err ? 1 : 0;
}

static int start_run(const struct shell_args *args)
{
	int failed = 0;

	for (int i = 0; i < args->count; i++) {
		struct vm *vm = shell_vm(args->words[i]);

		failed |= vm ? start_one(vm) : 1;
	}
	for (struct vm *vm = args->count ? NULL : vm_first(); vm; vm = vm->next)
		if (state_of(vm) == VM_LOADED || state_of(vm) == VM_STOPPED)
			failed |= start_one(vm);
	return failed;
}

static const struct shell_cmd start_cmd = {
	.parent = "vm",
	.name = "start",
	.help = "start VMs from cold; without a name, all that are not running",
	.operands = "[VM...]",
	.operand = SHELL_VM,
	.max = SHELL_ARGS_MAX,
	.run = start_run,
};
SHELL_CMD(start_cmd);

enum { STOP_FORCE };

static const struct shell_opt stop_opts[] = {
	[STOP_FORCE] = {'f', "force", NULL, "without asking the guest"},
	{0},
};

static int stop_run(const struct shell_args *args)
{
	struct vm *vm = shell_vm(args->words[0]);

	if (!vm)
		return 1;
	return vm_stop(vm,
		       args->opts[STOP_FORCE] ? VM_STOP_FORCED : VM_STOP_CLEAN)
		       ? 1
		       : 0;
}

static const struct shell_cmd stop_cmd = {
	.parent = "vm",
	.name = "stop",
	.help = "stop a VM",
	.operands = "VM",
	.operand = SHELL_VM,
	.min = 1,
	.max = 1,
	.opts = stop_opts,
	.run = stop_run,
};
SHELL_CMD(stop_cmd);
