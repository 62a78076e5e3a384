/* SPDX-License-Identifier: Apache-2.0 */
/* vm list, vm show */
#include "commands.h"

#include <arch/virt.h>
#include <core/task.h>
#include <core/timer.h>
#include <lib/util.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vm.h>

typedef unsigned long long ull;

static uint32_t state_of(const struct vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);
}

static uint64_t ram_mib(const struct vm *vm)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < vm->ram_count; i++)
		bytes += vm->ram[i].size_bytes;
	return bytes >> 20;
}

static unsigned int vcpus_on(const struct vm *vm)
{
	unsigned int on = 0;

	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		on += vcpu_is_on(vm->vcpus[i]);
	return on;
}

/*
 * vm list
 */

static void list_table(void)
{
	shell_printf("%-4s %-24s %-10s %-6s %s\n", "ID", "NAME", "STATE",
		     "VCPUS", "RAM");
	for (struct vm *vm = vm_first(); vm; vm = vm->next)
		shell_printf("%-4u %-24s %-10s %-6u %llu MiB\n", vm->config->id,
			     vm->config->name, vm_state_name(state_of(vm)),
			     vm->vcpu_count, (ull)ram_mib(vm));
}

static void list_json(void)
{
	shell_printf("[");
	for (struct vm *vm = vm_first(); vm; vm = vm->next) {
		shell_printf("%s{\"id\": %u, \"name\": ",
			     vm == vm_first() ? "" : ", ", vm->config->id);
		shell_json_string(vm->config->name);
		shell_printf(", \"state\": \"%s\", \"vcpus\": %u, "
			     "\"vcpus_on\": %u, \"ram_mib\": %llu}",
			     vm_state_name(state_of(vm)), vm->vcpu_count,
			     vcpus_on(vm), (ull)ram_mib(vm));
	}
	shell_printf("]\n");
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

/*
 * vm show
 */

static const char *map_type_name(uint32_t type)
{
	static const char *const names[] = {"alloc", "identical", "reserved"};

	return type < ARRAY_SIZE(names) ? names[type] : "?";
}

static void show_passthrough(const struct vm *vm)
{
	const char *comma = "  forwarded interrupts:";
	struct arch_window window;

	for (unsigned int i = 0; arch_vm_window(vm, i, &window); i++)
		shell_printf("  device 0x%010llx + 0x%09llx %s\n",
			     (ull)window.base, (ull)window.size_bytes,
			     window.name);
	for (unsigned int i = 0; i < vm->window_count; i++)
		shell_printf(
			"  passed 0x%010llx + 0x%09llx at host 0x%010llx\n",
			(ull)vm->windows[i].gpa.v,
			(ull)vm->windows[i].size_bytes,
			(ull)vm->windows[i].hpa.v);
	for (unsigned int i = 0; i < 64 * ARRAY_SIZE(vm->irq_owned); i++) {
		if (!(vm->irq_owned[i / 64] & BIT(i % 64)))
			continue;
		shell_printf("%s %u", comma, i);
		comma = ",";
	}
	if (comma[0] == ',')
		shell_printf("\n");
}

static void show_memory(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->ram_count; i++) {
		const struct vm_ram *ram = &vm->ram[i];

		shell_printf(
			"  ram    0x%010llx + 0x%09llx at host 0x%010llx, "
			"%s\n",
			(ull)ram->gpa.v, (ull)ram->size_bytes, (ull)ram->hpa.v,
			map_type_name(
				vm->config->regions[ram->region].map_type));
	}
	for (unsigned int i = 0; i < vm->vdev_count; i++) {
		const struct vdev *dev = &vm->vdevs[i];

		shell_printf("  device 0x%010llx + 0x%09llx %s",
			     (ull)dev->gpa.v, (ull)dev->size_bytes,
			     dev->ops->name);
		if (dev->virq)
			shell_printf(", interrupt %u", dev->virq);
		shell_printf("\n");
	}
	show_passthrough(vm);
	shell_printf("  stage 2 tables: %llu pages\n",
		     (ull)vm->stage2.pt.table_pages);
}

static void show_vcpu(struct vcpu *vcpu)
{
	unsigned int cpu;
	uint64_t run_ns;

	shell_printf("  vcpu%u  hwid 0x%llx, %s", vcpu->id, (ull)vcpu->hwid,
		     vcpu_state_name(
			     __atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE)));
	if (vcpu_is_on(vcpu) && vcpu_task_info(vcpu, &cpu, &run_ns))
		shell_printf(" on cpu%u, %llu ms", cpu,
			     (ull)(run_ns / 1000000));
	shell_printf(", exits:");
	for (unsigned int i = 0; i < VCPU_EXIT_REASONS; i++) {
		const char *name = arch_exit_reason_name(i);

		if (!name)
			break;
		if (vcpu->exits[i])
			shell_printf(" %s %llu", name, (ull)vcpu->exits[i]);
	}
	shell_printf("\n");
}

static const char *irq_mode_name(uint32_t mode)
{
	switch (mode) {
	case VM_IRQ_EMULATED:
		return "emulated";
	case VM_IRQ_PASSTHROUGH:
		return "passthrough";
	default:
		return "no_irq";
	}
}

static int show_run(const struct shell_args *args)
{
	struct vm *vm = shell_vm(args->words[0]);
	uint32_t state;

	if (!vm)
		return 1;
	state = state_of(vm);
	shell_printf("%s (id %u): %s", vm->config->name, vm->config->id,
		     vm_state_name(state));
	if (state == VM_RUNNING)
		shell_printf(" for %llu s",
			     (ull)((time_ns() - vm->start_ns) / 1000000000));
	if (vm->stop_reason != VM_STOP_NONE)
		shell_printf(", %s: %s", vm_stop_reason_name(vm->stop_reason),
			     vm->stop_detail);
	shell_printf("\n  from %s, interrupts %s\n", vm->config->file,
		     irq_mode_name(vm->irq_mode));
	shell_printf("  entry 0x%llx, device tree 0x%llx\n", (ull)vm->entry.v,
		     (ull)vm->dtb_gpa.v);
	show_memory(vm);
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		show_vcpu(vm->vcpus[i]);
	return 0;
}

static const struct shell_cmd show_cmd = {
	.parent = "vm",
	.name = "show",
	.help = "a VM's state, memory map, devices, vCPUs with exits by reason",
	.operands = "VM",
	.operand = SHELL_VM,
	.min = 1,
	.max = 1,
	.run = show_run,
};
SHELL_CMD(show_cmd);
