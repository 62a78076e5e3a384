/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vm show --format json. Programs read it: Documentation/shell.md lists each
 * field, and a test holds the two against each other. Fields may be added;
 * none changes its meaning.
 */
#include "json.h"
#include "vm_show.h"

#include <arch/virt.h>
#include <lib/util.h>
#include <virt/vdev.h>
#include <virt/vm.h>

static void ram(struct json *json, const struct vm *vm)
{
	json_open(json, "ram", '[');
	for (unsigned int i = 0; i < vm->ram_count; i++) {
		const struct vm_ram *part = &vm->ram[i];
		uint32_t type = vm->config->regions[part->region].map_type;

		json_open(json, NULL, '{');
		json_uint(json, "gpa", part->gpa.v);
		json_uint(json, "hpa", part->hpa.v);
		json_uint(json, "size_bytes", part->size_bytes);
		json_string(json, "map_type", vm_show_map_type(type));
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void device(struct json *json, const char *name, uint64_t gpa,
		   uint64_t size_bytes, uint32_t virq)
{
	json_open(json, NULL, '{');
	json_string(json, "name", name);
	json_uint(json, "gpa", gpa);
	json_uint(json, "size_bytes", size_bytes);
	json_uint(json, "virq", virq);
	json_close(json, '}');
}

static void devices(struct json *json, const struct vm *vm)
{
	struct arch_window window;

	json_open(json, "devices", '[');
	for (unsigned int i = 0; i < vm->vdev_count; i++) {
		const struct vdev *dev = &vm->vdevs[i];

		device(json, dev->ops->name, dev->gpa.v, dev->size_bytes,
		       dev->virq);
	}
	for (unsigned int i = 0; arch_vm_window(vm, i, &window); i++)
		device(json, window.name, window.base, window.size_bytes, 0);
	json_close(json, ']');
}

static void passed(struct json *json, const struct vm *vm)
{
	json_open(json, "passed", '[');
	for (unsigned int i = 0; i < vm->window_count; i++) {
		const struct vm_window *window = &vm->windows[i];

		json_open(json, NULL, '{');
		json_uint(json, "gpa", window->gpa.v);
		json_uint(json, "hpa", window->hpa.v);
		json_uint(json, "size_bytes", window->size_bytes);
		json_close(json, '}');
	}
	json_close(json, ']');

	json_open(json, "forwarded_irqs", '[');
	for (unsigned int i = 0; i < 64 * ARRAY_SIZE(vm->irq_owned); i++)
		if (vm->irq_owned[i / 64] & BIT(i % 64))
			json_uint(json, NULL, i);
	json_close(json, ']');
}

static void cpu_numbers(struct json *json, const char *name, uint64_t mask)
{
	json_open(json, name, '[');
	for (unsigned int i = 0; i < 64; i++)
		if (mask & BIT(i))
			json_uint(json, NULL, i);
	json_close(json, ']');
}

static void vcpu(struct json *json, struct vcpu *vcpu)
{
	uint32_t state = __atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE);
	uint64_t run_ns = 0;
	unsigned int cpu;
	bool placed = vm_show_placed(vcpu, &cpu, &run_ns);

	json_open(json, NULL, '{');
	json_uint(json, "id", vcpu->id);
	json_uint(json, "hwid", vcpu->hwid);
	json_string(json, "state", vcpu_state_name(state));
	if (placed)
		json_uint(json, "cpu", cpu);
	else
		json_null(json, "cpu");
	cpu_numbers(json, "cpus", vcpu->affinity);
	json_uint(json, "cpu_ms", run_ns / 1000000);
	json_open(json, "exits", '{');
	for (unsigned int i = 0; i < VCPU_EXIT_REASONS; i++) {
		const char *name = arch_exit_reason_name(i);

		if (!name)
			break;
		json_uint(json, name, vcpu->exits[i]);
	}
	json_close(json, '}');
	json_close(json, '}');
}

void vm_show_json(struct vm *vm)
{
	struct json json = {0};

	json_open(&json, NULL, '{');
	json_uint(&json, "id", vm->config->id);
	json_string(&json, "name", vm->config->name);
	json_string(&json, "file", vm->config->file);
	json_string(&json, "state", vm_state_name(vm_show_state(vm)));
	json_string(&json, "stop_reason", vm_stop_reason_name(vm->stop_reason));
	json_string(&json, "stop_detail", vm->stop_detail);
	json_uint(&json, "uptime_ms", vm_show_uptime_ns(vm) / 1000000);
	json_string(&json, "interrupt_mode", vm_show_irq_mode(vm->irq_mode));
	json_uint(&json, "entry", vm->entry.v);
	json_uint(&json, "dtb", vm->dtb_gpa.v);
	json_uint(&json, "stage2_pages", vm->stage2.pt.table_pages);
	ram(&json, vm);
	devices(&json, vm);
	passed(&json, vm);
	json_open(&json, "vcpus", '[');
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		vcpu(&json, vm->vcpus[i]);
	json_close(&json, ']');
	json_close(&json, '}');
	json_end(&json);
}
