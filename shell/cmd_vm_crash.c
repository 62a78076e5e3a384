/* SPDX-License-Identifier: Apache-2.0 */
/* vm show --crash: what a guest that died left */
#include "commands.h"

#include <core/timer.h>
#include <errno.h>
#include <mm/heap.h>
#include <virt/crash.h>
#include <virt/vm.h>

typedef unsigned long long ull;

static void line(void *ctx __unused_arg, const char *text)
{
	shell_printf("    %s\n", text);
}

static void show_vcpu(const struct vm_crash *crash, unsigned int id)
{
	const struct crash_vcpu *vcpu = &crash->vcpus[id];

	shell_printf("  vcpu%u%s\n", id, vcpu->was_on ? "" : ", off");
	if (!vcpu->was_on)
		return;
	arch_vcpu_state_print(crash_state(crash, id), line, NULL);
	shell_printf("    called from:");
	for (unsigned int i = 0; i < vcpu->pc_count; i++)
		shell_printf("%s 0x%llx", i ? " <" : "", (ull)vcpu->pcs[i]);
	shell_printf("\n");
	for (unsigned int i = 0; i < vcpu->exit_count; i++) {
		const struct vcpu_exit_note *note = &vcpu->exits[i];
		uint64_t ago = crash->at_ns - time_from_ticks(note->ticks);

		shell_printf("    exit: %s 0x%llx at pc 0x%llx, %llu us "
			     "before\n",
			     vcpu_exit_kind_name(note->kind), (ull)note->value,
			     (ull)note->pc, (ull)(ago / 1000));
	}
}

/* What a guest printed must not move the cursor. */
static void show_console(const struct vm_crash *crash)
{
	bool begins = true;

	shell_printf("  its console's last %llu bytes:\n",
		     (ull)crash->console_len);
	for (size_t i = 0; i < crash->console_len; i++) {
		unsigned char c = (unsigned char)crash->console[i];

		if (c == '\r' || (c < ' ' && c != '\n' && c != '\t') ||
		    c == 0x7f)
			continue;
		shell_printf("%s%c", begins ? "    " : "", c);
		begins = c == '\n';
	}
	if (!begins)
		shell_printf("\n");
}

int shell_vm_crash(struct vm *vm)
{
	struct vm_crash *crash;
	int err = crash_get(vm, &crash);

	if (err == -ENOENT)
		shell_printf("%s: has not died since it was last started\n",
			     vm->config->name);
	else if (err)
		shell_printf("%s: %s\n", vm->config->name,
			     err == -EAGAIN ? "dies just now, try again"
					    : "no memory to look at it");
	if (err)
		return 1;
	shell_printf("%s died %llu s ago, after %llu ms: %s\n",
		     vm->config->name,
		     (ull)((time_ns() - crash->at_ns) / 1000000000),
		     (ull)(crash->up_ns / 1000000), crash->detail);
	for (unsigned int i = 0; i < crash->vcpu_count; i++)
		show_vcpu(crash, i);
	show_console(crash);
	heap_free(crash);
	return 0;
}
