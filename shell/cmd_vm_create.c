/* SPDX-License-Identifier: Apache-2.0 */
/* vm create, vm delete */
#include "commands.h"
#include "files.h"

#include <errno.h>
#include <fs/fs.h>
#include <stdio.h>
#include <string.h>
#include <virt/vm_files.h>
#include <virt/vm_life.h>
#include <virt/vmm.h>

static const struct vm_config *embedded_find(const char *name)
{
	for (unsigned int i = 0; i < vm_config_count; i++)
		if (!strcmp(vm_config_table[i]->name, name))
			return vm_config_table[i];
	return NULL;
}

static bool is_file(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') ||
	       (len > 5 && !strcmp(name + len - 5, ".toml"));
}

static int create_file(const char *name)
{
	char path[VM_FILE_PATH_MAX];
	struct vm *vm;
	int err;

	if (!IS_ENABLED(CONFIG_VM_FILES)) {
		shell_printf("%s: this Image reads no guest files "
			     "(CONFIG_VM_FILES); name a VM that is built in\n",
			     name);
		return 1;
	}
	err = fs_path_join(*files_cwd() ? files_cwd() : "/", name, path,
			   sizeof(path));
	if (!err)
		err = vm_file_create(path, &vm);
	if (err)
		shell_printf("%s: cannot be created, error %d; the log says "
			     "why\n",
			     name, err);
	return err ? 1 : 0;
}

static int create_one(const char *name)
{
	const struct vm_config *config = embedded_find(name);
	struct vm *vm = vm_find_name(name);
	int err;

	if (vm) {
		shell_printf("%s: exists, it is %s\n", name,
			     vm_state_name(__atomic_load_n(&vm->state,
							   __ATOMIC_ACQUIRE)));
		return 1;
	}
	if (!config && !is_file(name)) {
		shell_printf("%s: no VM of this name is built in, and a guest "
			     "file's name ends in .toml\n",
			     name);
		return 1;
	}
	if (!virt_is_enabled()) {
		shell_printf("%s: no guest runs on this machine; the log says "
			     "why\n",
			     name);
		return 1;
	}
	if (!config)
		return create_file(name);
	err = vm_create(config, &vm);
	if (err)
		shell_printf("%s: cannot be created, error %d; the log says "
			     "why\n",
			     name, err);
	return err ? 1 : 0;
}

static int create_run(const struct shell_args *args)
{
	int failed = 0;

	for (int i = 0; i < args->count; i++)
		failed |= create_one(args->words[i]);
	return failed;
}

static const struct shell_cmd create_cmd = {
	.parent = "vm",
	.name = "create",
	.help = "make VMs of guest files, or that are built in and were deleted",
	.operands = "FILE|NAME...",
	.operand = SHELL_VM_CONFIG,
	.min = 1,
	.max = SHELL_ARGS_MAX,
	.run = create_run,
};
SHELL_CMD(create_cmd);

enum { DELETE_FORCE, DELETE_KEEP };

static const struct shell_opt delete_opts[] = {
	[DELETE_FORCE] = {'f', "force", NULL, "stop it first if it runs"},
	[DELETE_KEEP] = {0, "keep-data", NULL,
			 "leave its disk images (none is ever deleted yet)"},
	{0},
};

static int delete_one(struct vm *vm, bool force)
{
	char name[64]; /* goes with the VM */
	int err = force ? vm_stop(vm, VM_STOP_FORCED) : 0;

	if (err && err != -EALREADY)
		return shell_vm_result(vm, "be stopped", err);
	snprintf(name, sizeof(name), "%s", vm->config->name);
	err = vm_destroy(vm);
	if (err == -EBUSY)
		return shell_vm_result(vm, "be deleted", err);
	if (err)
		shell_printf("%s: deleted; its memory is still being cleared, "
			     "`mem` shows when it is free\n",
			     name);
	return err ? 1 : 0;
}

static int delete_run(const struct shell_args *args)
{
	int failed = 0;

	for (int i = 0; i < args->count; i++) {
		struct vm *vm = shell_vm(args->words[i]);

		failed |= vm ? delete_one(vm, args->opts[DELETE_FORCE]) : 1;
	}
	return failed;
}

static const struct shell_cmd delete_cmd = {
	.parent = "vm",
	.name = "delete",
	.help = "delete VMs: all their memory is free again",
	.operands = "VM...",
	.operand = SHELL_VM,
	.min = 1,
	.max = SHELL_ARGS_MAX,
	.opts = delete_opts,
	.run = delete_run,
};
SHELL_CMD(delete_cmd);
