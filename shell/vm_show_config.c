/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vm show -c: a configuration in the language of guest files, with the values
 * that were read. What a file does not say is not printed, so this could be a
 * file again.
 */
#include "vm_show.h"

#include <lib/util.h>
#include <shell/shell.h>
#include <virt/config.h>
#include <virt/vm.h>

typedef unsigned long long ull;

/* A basic string of TOML. */
static void put_string(const char *text)
{
	shell_printf("\"");
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			shell_printf("\\%c", c);
		else if (c < ' ' || c == 0x7f)
			shell_printf("\\u%04x", c);
		else
			shell_printf("%c", c);
	}
	shell_printf("\"");
}

static void string(const char *key, const char *value)
{
	if (!value)
		return;
	shell_printf("%s = ", key);
	put_string(value);
	shell_printf("\n");
}

static void number(const char *key, uint64_t value)
{
	shell_printf("%s = %llu\n", key, (ull)value);
}

static void address(const char *key, uint64_t value)
{
	shell_printf("%s = 0x%llx\n", key, (ull)value);
}

static void numbers(const char *key, const uint64_t *values, unsigned int count)
{
	if (!values)
		return;
	shell_printf("%s = [", key);
	for (unsigned int i = 0; i < count; i++)
		shell_printf("%s0x%llx", i ? ", " : "", (ull)values[i]);
	shell_printf("]\n");
}

/* One word of a list of choices; the first is what absence means. */
static void choice(const char *key, const char *const *names,
		   unsigned int count, uint32_t value)
{
	if (value < count)
		string(key, names[value]);
}

static void image(const char *what, const struct vm_image *image)
{
	if (!image->path)
		return;
	shell_printf("%s_path = ", what);
	put_string(image->path);
	shell_printf("\n");
	if (image->has_load)
		shell_printf("%s_load_addr = 0x%llx\n", what, (ull)image->load);
}

static void base(const struct vm_config *config)
{
	shell_printf("[base]\n");
	number("id", config->id);
	string("name", config->name);
	number("vm_type", config->type);
	number("cpu_num", config->vcpu_count);
	numbers("phys_cpu_ids", config->phys_cpu_ids, config->vcpu_count);
	numbers("phys_cpu_sets", config->phys_cpu_sets, config->vcpu_count);
}

static void policy(const struct vm_config *config)
{
	static const char *const times[] = {"stops", "runs"};

	if (config->on_exit == VM_ON_EXIT_RESTART) {
		string("on_exit", "restart");
		number("restart_limit", config->restart_limit);
	} else {
		string("on_exit", "stop");
	}
	if (config->watchdog_s)
		number("watchdog_s", config->watchdog_s);
	choice("suspend_time", times, ARRAY_SIZE(times), config->suspend_time);
}

static void kernel(const struct vm_config *config)
{
	static const char *const protocols[] = {"direct", "multiboot", "uefi"};

	shell_printf("\n[kernel]\n");
	address("entry_point", config->entry_point);
	string("image_location",
	       config->image_location == VM_IMAGE_MEMORY ? "memory" : "fs");
	choice("boot_protocol", protocols, ARRAY_SIZE(protocols),
	       config->boot_protocol);
	if (config->enable_bios)
		shell_printf("enable_bios = true\n");
	image("kernel", &config->kernel);
	image("dtb", &config->dtb);
	image("ramdisk", &config->ramdisk);
	image("bios", &config->bios);
	string("uefi_firmware_path", config->uefi.path);
	string("disk_path", config->disk.path);
	string("cmdline", config->cmdline);
	shell_printf("memory_regions = [\n");
	for (uint32_t i = 0; i < config->region_count; i++) {
		const struct vm_region *region = &config->regions[i];

		shell_printf("  [0x%llx, 0x%llx, 0x%x, %u],\n",
			     (ull)region->gpa, (ull)region->size_bytes,
			     region->prot, region->map_type);
	}
	shell_printf("]\n");
}

static void emulated(const struct vm_config *config)
{
	shell_printf("emu_devices = [\n");
	for (uint32_t i = 0; i < config->emu_device_count; i++) {
		const struct vm_emu_device *dev = &config->emu_devices[i];

		shell_printf("  [");
		put_string(dev->name);
		shell_printf(", 0x%llx, 0x%llx, %u, 0x%x, [", (ull)dev->gpa,
			     (ull)dev->size_bytes, dev->irq, dev->type);
		for (uint32_t j = 0; j < dev->cfg_count; j++)
			shell_printf("%s0x%llx", j ? ", " : "",
				     (ull)dev->cfg[j]);
		shell_printf("]],\n");
	}
	shell_printf("]\n");
}

static void passthrough(const struct vm_config *config)
{
	shell_printf("passthrough_devices = [\n");
	for (uint32_t i = 0; i < config->pt_device_count; i++) {
		const struct vm_pt_device *dev = &config->pt_devices[i];

		shell_printf("  [");
		put_string(dev->path ? dev->path : dev->name);
		if (!dev->path)
			shell_printf(", 0x%llx, 0x%llx, 0x%llx, %u",
				     (ull)dev->gpa, (ull)dev->hpa,
				     (ull)dev->size_bytes, dev->irq);
		shell_printf("],\n");
	}
	shell_printf("]\n");
}

static void ranges(const char *key, const struct vm_range *list, uint32_t count)
{
	if (!count)
		return;
	shell_printf("%s = [\n", key);
	for (uint32_t i = 0; i < count; i++)
		shell_printf("  [0x%llx, 0x%llx],\n", (ull)list[i].base,
			     (ull)list[i].size_bytes);
	shell_printf("]\n");
}

static void excluded(const struct vm_config *config)
{
	if (!config->excluded_count)
		return;
	shell_printf("excluded_devices = [\n");
	for (uint32_t i = 0; i < config->excluded_count; i++) {
		shell_printf("  [");
		put_string(config->excluded[i]);
		shell_printf("],\n");
	}
	shell_printf("]\n");
}

/* A number for each vCPU; all 0: the file does not say. */
static void per_vcpu(const char *key, const struct vm_config *config,
		     size_t offset)
{
	const char *separator = " = [";
	bool given = false;
	uint32_t value;

	for (uint32_t i = 0; i < config->vcpu_count; i++)
		given |= *(const uint32_t *)((const char *)&config->sched[i] +
					     offset) != 0;
	if (!given)
		return;
	shell_printf("%s", key);
	for (uint32_t i = 0; i < config->vcpu_count; i++) {
		value = *(const uint32_t *)((const char *)&config->sched[i] +
					    offset);
		shell_printf("%s%u", separator, value);
		separator = ", ";
	}
	shell_printf("]\n");
}

static void sched(const struct vm_config *config)
{
	if (!config->sched)
		return;
	shell_printf("\n[sched]\n");
	per_vcpu("priority", config, offsetof(struct vm_sched, priority));
	per_vcpu("slice_us", config, offsetof(struct vm_sched, slice_us));
	per_vcpu("budget_us", config, offsetof(struct vm_sched, budget_us));
	per_vcpu("period_us", config, offsetof(struct vm_sched, period_us));
}

static void ivc(const struct vm_config *config)
{
	if (!config->has_ivc)
		return;
	shell_printf("\n[ivc]\npublish = [");
	for (uint32_t i = 0; i < config->ivc_publish_count; i++)
		shell_printf("%s%llu", i ? ", " : "",
			     (ull)config->ivc_publish[i]);
	shell_printf("]\nsubscribe = [");
	for (uint32_t i = 0; i < config->ivc_subscribe_count; i++)
		shell_printf("%s[%llu, %llu]", i ? ", " : "",
			     (ull)config->ivc_subscribe[i].vm,
			     (ull)config->ivc_subscribe[i].key);
	shell_printf("]\n");
}

void vm_show_config(const struct vm *vm)
{
	static const char *const policies[] = {"virtualized", "passthrough"};
	const struct vm_config *config = vm->config;

	shell_printf("# %s\n", config->file);
	base(config);
	policy(config);
	kernel(config);
	shell_printf("\n[devices]\n");
	string("interrupt_mode", vm_show_irq_mode(config->irq_mode));
	choice("address_space_policy", policies, ARRAY_SIZE(policies),
	       config->address_policy);
	emulated(config);
	passthrough(config);
	ranges("passthrough_addresses", config->pt_addresses,
	       config->pt_address_count);
	ranges("passthrough_ports", config->pt_ports, config->pt_port_count);
	excluded(config);
	sched(config);
	ivc(config);
}
