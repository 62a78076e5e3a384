/* SPDX-License-Identifier: Apache-2.0 */
/* ivc: channels between VMs, their ends and traffic */
#include "commands.h"

#include <lib/util.h>
#include <virt/ivc.h>
#include <virt/vm.h>

typedef unsigned long long ull;

static const char *state_of(const struct ivc_info *info)
{
	if (info->is_dead)
		return "dead";
	return info->is_closed ? "closed" : "open";
}

static void end_show(const struct ivc_info *info)
{
	const struct vm *vm = vm_find(info->vm_id);

	/* a VM's ends are gone before it is */
	shell_printf("%10llu  0x%-16llx  %-6s  %-10s  %-16.16s  %4u  %10llu  "
		     "0x%-10llx  %10llu  %10llu\n",
		     (ull)info->publisher_id, (ull)info->key, state_of(info),
		     info->is_publisher ? "publisher" : "subscriber",
		     vm ? vm->config->name : "?", info->slot,
		     (ull)(info->size_bytes >> 10), (ull)info->gpa,
		     (ull)info->sent, (ull)info->received);
}

static int ivc_run(const struct shell_args *args __unused_arg)
{
	struct ivc_info info;

	if (!ivc_info(0, &info)) {
		shell_printf("no channels\n");
		return 0;
	}
	shell_printf("%10s  %-18s  %-6s  %-10s  %-16s  %4s  %10s  %-12s  %10s  "
		     "%10s\n",
		     "PUBLISHER", "KEY", "STATE", "END", "VM", "SLOT", "KIB",
		     "GPA", "SENT", "RECEIVED");
	for (unsigned int n = 0; ivc_info(n, &info); n++)
		end_show(&info);
	return 0;
}

static const struct shell_cmd ivc_cmd = {
	.name = "ivc",
	.help = "show the channels between VMs, their ends and traffic",
	.run = ivc_run,
};
SHELL_CMD(ivc_cmd);
