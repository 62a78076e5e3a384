/* SPDX-License-Identifier: Apache-2.0 */
/* vm list */
#include "commands.h"
#include "json.h"
#include "vm_show.h"

#include <lib/util.h>
#include <string.h>
#include <virt/vm.h>

typedef unsigned long long ull;

static bool is_down(const struct vm *vm)
{
	uint32_t state = vm_show_state(vm);

	return state == VM_LOADED || state == VM_STOPPED || state == VM_FAILED;
}

static unsigned int name_columns(void)
{
	size_t columns = strlen("NAME");

	for (const struct vm *vm = vm_first(); vm; vm = vm->next)
		columns = MAX(columns, strlen(vm->config->name));
	return (unsigned int)columns;
}

static void list_table(void)
{
	int columns = (int)name_columns();

	shell_printf("%-4s %-*s %-10s %-6s %12s  %s\n", "ID", columns, "NAME",
		     "STATE", "VCPUS", "RAM", "REASON");
	for (const struct vm *vm = vm_first(); vm; vm = vm->next)
		shell_printf("%-4u %-*s %-10s %-6u %8llu MiB  %s\n",
			     vm->config->id, columns, vm->config->name,
			     vm_state_name(vm_show_state(vm)), vm->vcpu_count,
			     (ull)(vm_show_ram(vm) >> 20),
			     is_down(vm) && vm->stop_reason != VM_STOP_NONE
				     ? vm_stop_reason_name(vm->stop_reason)
				     : "-");
}

static void list_json(void)
{
	struct json json = {0};

	json_open(&json, NULL, '[');
	for (const struct vm *vm = vm_first(); vm; vm = vm->next) {
		json_open(&json, NULL, '{');
		json_uint(&json, "id", vm->config->id);
		json_string(&json, "name", vm->config->name);
		json_string(&json, "state", vm_state_name(vm_show_state(vm)));
		json_string(&json, "stop_reason",
			    vm_stop_reason_name(vm->stop_reason));
		json_uint(&json, "vcpus", vm->vcpu_count);
		json_uint(&json, "vcpus_on", vm_show_vcpus_on(vm));
		json_uint(&json, "ram_mib", vm_show_ram(vm) >> 20);
		json_uint(&json, "uptime_ms", vm_show_uptime_ns(vm) / 1000000);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_end(&json);
}

enum { LIST_ALL, LIST_FORMAT };

static const struct shell_opt list_opts[] = {
	[LIST_ALL] = {'a', "all", NULL, "stopped ones too, which are anyway"},
	[LIST_FORMAT] = {0, "format", "table|json", "for people or machines"},
	{0},
};

static int list_run(const struct shell_args *args)
{
	const char *format = args->opts[LIST_FORMAT];

	if (format && !strcmp(format, "json"))
		list_json();
	else
		list_table();
	return 0;
}

static const struct shell_cmd list_cmd = {
	.parent = "vm",
	.name = "list",
	.help = "every VM: id, name, state, vCPUs, memory",
	.opts = list_opts,
	.run = list_run,
};
SHELL_CMD(list_cmd);
