/* SPDX-License-Identifier: Apache-2.0 */
/* vm show */
#include "commands.h"
#include "vm_show.h"

#include <arch/virt.h>
#include <core/task.h>
#include <core/timer.h>
#include <lib/util.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vm_life.h>

typedef unsigned long long ull;

uint32_t vm_show_state(const struct vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);
}

unsigned int vm_show_vcpus_on(const struct vm *vm)
{
	unsigned int on = 0;

	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		on += vcpu_is_on(vm->vcpus[i]);
	return on;
}

uint64_t vm_show_ram(const struct vm *vm)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < vm->ram_count; i++)
		bytes += vm->ram[i].size_bytes;
	return bytes;
}

uint64_t vm_show_uptime_ns(const struct vm *vm)
{
	uint32_t state = vm_show_state(vm);

	return state == VM_RUNNING || state == VM_SUSPENDED
		       ? time_ns() - vm->start_ns
		       : 0;
}

bool vm_show_placed(struct vcpu *vcpu, unsigned int *cpu, uint64_t *run_ns)
{
	return vcpu_is_on(vcpu) && vcpu_task_info(vcpu, cpu, run_ns);
}

const char *vm_show_map_type(uint32_t type)
{
	static const char *const names[] = {"alloc", "identical", "reserved"};

	return type < ARRAY_SIZE(names) ? names[type] : "?";
}

const char *vm_show_irq_mode(uint32_t mode)
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

/*
 * The memory map
 */

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
			vm_show_map_type(
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

/*
 * vCPUs
 */

static void show_exits(const struct vcpu *vcpu, const char *fmt)
{
	for (unsigned int i = 0; i < VCPU_EXIT_REASONS; i++) {
		const char *name = arch_exit_reason_name(i);

		if (!name)
			break;
		if (vcpu->exits[i])
			shell_printf(fmt, name, (ull)vcpu->exits[i]);
	}
	shell_printf("\n");
}

static void show_vcpu(struct vcpu *vcpu)
{
	unsigned int cpu;
	uint64_t run_ns;

	shell_printf("  vcpu%u  hwid 0x%llx, %s", vcpu->id, (ull)vcpu->hwid,
		     vcpu_state_name(
			     __atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE)));
	if (vm_show_placed(vcpu, &cpu, &run_ns))
		shell_printf(" on cpu%u, %llu ms", cpu,
			     (ull)(run_ns / 1000000));
}

static void show_vcpus(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vcpu_count; i++) {
		show_vcpu(vm->vcpus[i]);
		shell_printf(", exits:");
		show_exits(vm->vcpus[i], " %s %llu");
	}
}

static void show_statistics(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vcpu_count; i++) {
		show_vcpu(vm->vcpus[i]);
		show_exits(vm->vcpus[i], "\n    %-20s %12llu");
	}
}

/*
 * The command
 */

static void show_head(struct vm *vm)
{
	struct vm_life life;

	vm_life_get(vm, &life);
	shell_printf("%s (id %u): %s", vm->config->name, vm->config->id,
		     vm_state_name(life.state));
	if (life.up_ns)
		shell_printf(" for %llu s", (ull)(life.up_ns / 1000000000));
	if (life.reason != VM_STOP_NONE)
		shell_printf(", %s: %s", vm_stop_reason_name(life.reason),
			     life.detail);
	shell_printf("\n  starts %u", life.starts);
	if (vm->config->on_exit == VM_ON_EXIT_RESTART)
		shell_printf(", restarted after its end %u times of %u",
			     life.restarts, vm->config->restart_limit);
	shell_printf("\n");
}

static void show_map(const struct vm *vm)
{
	shell_printf("  from %s, interrupts %s\n", vm->config->file,
		     vm_show_irq_mode(vm->irq_mode));
	shell_printf("  entry 0x%llx, device tree 0x%llx\n", (ull)vm->entry.v,
		     (ull)vm->dtb_gpa.v);
	show_memory(vm);
}

enum { SHOW_FULL, SHOW_CONFIG, SHOW_STATISTICS, SHOW_CRASH, SHOW_FORMAT };

static const struct shell_opt show_opts[] = {
	[SHOW_FULL] = {'f', "full", NULL, "all there is"},
	[SHOW_CONFIG] = {'c', "config", NULL,
			 "its configuration, as a guest file has it"},
	[SHOW_STATISTICS] = {'s', "stats", NULL,
			     "its vCPUs: time, exits by reason"},
	[SHOW_CRASH] = {0, "crash", NULL,
			"what its guest left when it last died"},
	[SHOW_FORMAT] = {0, "format", "text|json", "for people or machines"},
	{0},
};

static void show_text(struct vm *vm, bool full, bool config, bool stats)
{
	bool plain = !config && !stats;

	if (full || plain || stats)
		show_head(vm);
	if (full || plain)
		show_map(vm);
	if (full || stats)
		show_statistics(vm);
	else if (plain)
		show_vcpus(vm);
	if (full || config)
		vm_show_config(vm);
}

static int show_run(const struct shell_args *args)
{
	const char *format = args->opts[SHOW_FORMAT];
	struct vm *vm = shell_vm(args->words[0]);

	if (!vm)
		return 1;
	if (args->opts[SHOW_CRASH])
		return shell_vm_crash(vm);
	if (format && !strcmp(format, "json"))
		vm_show_json(vm);
	else
		show_text(vm, args->opts[SHOW_FULL], args->opts[SHOW_CONFIG],
			  args->opts[SHOW_STATISTICS]);
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
	.opts = show_opts,
	.run = show_run,
};
SHELL_CMD(show_cmd);
