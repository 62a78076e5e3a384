/* SPDX-License-Identifier: Apache-2.0 */
/* vm list, show, start, stop */
#include "commands.h"

#include <arch/virt.h>
#include <core/task.h>
#include <core/timer.h>
#include <errno.h>
#include <lib/util.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vm.h>

typedef unsigned long long ull;

static uint32_t state_of(const struct vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);
}

/* By name, or by id when no VM is named like it. */
static struct vm *vm_by_arg(const char *arg)
{
	struct vm *vm = vm_find_name(arg);
	const char *digit = arg;
	uint32_t id = 0;

	if (vm)
		return vm;
	while (*digit >= '0' && *digit <= '9' && id < 100000000)
		id = 10 * id + (uint32_t)(*digit++ - '0');
	vm = *arg && !*digit ? vm_find(id) : NULL;
	if (!vm)
		shell_printf("%s: no such VM\n", arg);
	return vm;
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

static void json_string(const char *text)
{
	shell_printf("\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			shell_printf("\\%c", *text);
		else if ((unsigned char)*text < ' ')
			shell_printf("\\u%04x", *text);
		else
			shell_printf("%c", *text);
	}
	shell_printf("\"");
}

static void list_json(void)
{
	shell_printf("[");
	for (struct vm *vm = vm_first(); vm; vm = vm->next) {
		shell_printf("%s{\"id\": %u, \"name\": ",
			     vm == vm_first() ? "" : ", ", vm->config->id);
		json_string(vm->config->name);
		shell_printf(", \"state\": \"%s\", \"vcpus\": %u, "
			     "\"vcpus_on\": %u, \"ram_mib\": %llu}",
			     vm_state_name(state_of(vm)), vm->vcpu_count,
			     vcpus_on(vm), (ull)ram_mib(vm));
	}
	shell_printf("]\n");
}

static int vm_list(int argc, char **argv)
{
	const char *format = "table";

	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "-a"))
			continue; /* stopped ones are listed anyway */
		if (!strncmp(argv[i], "--format=", 9))
			format = argv[i] + 9;
		else if (!strcmp(argv[i], "--format") && i + 1 < argc)
			format = argv[++i];
		else
			return -EINVAL;
	}
	if (!strcmp(format, "table"))
		list_table();
	else if (!strcmp(format, "json"))
		list_json();
	else
		return -EINVAL;
	return 0;
}

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

static void show_vcpu(const struct vcpu *vcpu)
{
	shell_printf("  vcpu%u  hwid 0x%llx, %s", vcpu->id, (ull)vcpu->hwid,
		     vcpu_state_name(
			     __atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE)));
	if (vcpu->task && vcpu_is_on(vcpu))
		shell_printf(" on cpu%u, %llu ms", task_cpu(vcpu->task),
			     (ull)(task_runtime_ns(vcpu->task) / 1000000));
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

static int vm_show(int argc, char **argv)
{
	struct vm *vm = argc == 1 ? vm_by_arg(argv[0]) : NULL;
	uint32_t state;

	if (argc != 1)
		return -EINVAL;
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

/*
 * vm start, vm stop
 */

static int vm_start_run(int argc, char **argv)
{
	struct vm *vm;

	for (int i = 0; i < argc; i++) {
		vm = vm_by_arg(argv[i]);
		if (!vm)
			return 1;
		if (vm_start(vm)) {
			shell_printf("%s: cannot start, it is %s\n", argv[i],
				     vm_state_name(state_of(vm)));
			return 1;
		}
	}
	for (vm = argc ? NULL : vm_first(); vm; vm = vm->next)
		if (state_of(vm) == VM_LOADED || state_of(vm) == VM_STOPPED)
			if (vm_start(vm))
				return 1;
	return 0;
}

static int vm_stop_run(int argc, char **argv)
{
	enum vm_stop_reason reason = VM_STOP_CLEAN;
	struct vm *vm;

	if (argc == 2 && !strcmp(argv[0], "-f")) {
		reason = VM_STOP_FORCED;
		argv++;
		argc--;
	}
	if (argc != 1)
		return -EINVAL;
	vm = vm_by_arg(argv[0]);
	if (!vm)
		return 1;
	return vm_stop(vm, reason) ? 1 : 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv); /* words behind the name */
} rows[] = {
	{"list", vm_list},
	{"show", vm_show},
	{"start", vm_start_run},
	{"stop", vm_stop_run},
};

static int vm_run(int argc, char **argv)
{
	for (unsigned int i = 0; argc > 1 && i < ARRAY_SIZE(rows); i++)
		if (!strcmp(argv[1], rows[i].name))
			return rows[i].run(argc - 2, argv + 2);
	return -EINVAL;
}

static const struct shell_cmd vm_cmd = {
	.name = "vm",
	.usage = "vm list [--format table|json] | vm show VM | "
		 "vm start [VM...] | vm stop [-f] VM",
	.help = "list, look at, start and stop guests, by id or name",
	.run = vm_run,
};
SHELL_CMD(vm_cmd);
