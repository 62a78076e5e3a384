/* SPDX-License-Identifier: Apache-2.0 */
/* Guest TOML to struct vm_config: every key, and what is refused. */
#include "check_text.h"

#include <stdlib.h>

#define BASE "[base]\nid = 7\nname = \"x\"\ncpu_num = 2\n"
#define KERNEL                                                                 \
	"[kernel]\nentry_point = 0x4000_0000\nkernel_path = \"k\"\n"           \
	"kernel_load_addr = 0x4000_0000\n"                                     \
	"memory_regions = [[0x4000_0000, 0x100_0000, 0x7, 0]]\n"

static struct config_report report;

static struct vm_config *good(const char *text)
{
	struct vm_config *config;
	int err;

	report = fresh_report();
	err = vm_config_parse("a.toml", text, strlen(text), &report, &config);
	if (err)
		fail_msg("refused:\n%s", findings);
	return config;
}

static void bad(const char *text)
{
	struct vm_config *config;

	report = fresh_report();
	assert_true(vm_config_parse("a.toml", text, strlen(text), &report,
				    &config) < 0);
	assert_null(config);
	assert_true(report.error_count > 0);
}

static void test_defaults(void **state)
{
	struct vm_config *c = good(BASE KERNEL);

	(void)state;
	assert_int_equal(c->id, 7);
	assert_string_equal(c->name, "x");
	assert_string_equal(c->file, "a.toml");
	assert_int_equal(c->type, VM_TYPE_RTOS);
	assert_int_equal(c->vcpu_count, 2);
	assert_null(c->phys_cpu_ids);
	assert_null(c->phys_cpu_sets);
	assert_int_equal(c->on_exit, VM_ON_EXIT_STOP);
	assert_int_equal(c->restart_limit, 5);
	assert_int_equal(c->watchdog_s, 0);
	assert_int_equal(c->suspend_time, VM_TIME_STOPS);
	assert_int_equal(c->image_location, VM_IMAGE_FS);
	assert_int_equal(c->boot_protocol, VM_BOOT_DIRECT);
	assert_int_equal(c->irq_mode, VM_IRQ_NONE);
	assert_int_equal(c->address_policy, VM_ADDR_VIRTUALIZED);
	assert_true(c->kernel.has_load);
	assert_false(c->dtb.has_load);
	assert_null(c->cmdline);
	assert_null(c->sched);
	assert_int_equal(c->region_count, 1);
	assert_int_equal(c->regions[0].size_bytes, 0x1000000);
	vm_config_free(c);
}

static void test_every_key(void **state)
{
	struct vm_config *c = good(
		BASE "vm_type = 2\nphys_cpu_ids = [0x0, 0x100]\n"
		     "phys_cpu_sets = [1, 2]\non_exit = \"restart\"\n"
		     "restart_limit = 7\nwatchdog_s = 30\n"
		     "suspend_time = \"runs\"\n" KERNEL
		     "image_location = \"memory\"\ndtb_path = \"d\"\n"
		     "dtb_load_addr = 0x4080_0000\nramdisk_path = \"r\"\n"
		     "ramdisk_load_addr = 0x4090_0000\nbios_path = \"b\"\n"
		     "bios_load_addr = 0x8000\nuefi_firmware_path = \"u\"\n"
		     "disk_path = \"disk\"\ncmdline = \"quiet\"\n"
		     "enable_bios = true\nboot_protocol = \"uefi\"\n"
		     "[devices]\ninterrupt_mode = \"pt\"\n"
		     "address_space_policy = \"passthrough\"\n"
		     "emu_devices = [[\"gicr\", 0x80a_0000, 0x2_0000, 0, 0x20,"
		     " [1, 0x2_0000, 0]]]\n"
		     "passthrough_devices = [[\"/\"], [\"u\", 0x1000, 0x2000,"
		     " 0x1000, 0x21]]\n"
		     "passthrough_addresses = [[0x9000, 0x1000]]\n"
		     "passthrough_ports = [[0x3f8, 8]]\n"
		     "excluded_devices = [[\"/pcie\"]]\n"
		     "[sched]\npriority = [4, 20]\nslice_us = 5000\n"
		     "budget_us = [0, 2_000]\nperiod_us = 10_000\n"
		     "[ivc]\npublish = [0x10, 0]\n"
		     "subscribe = [[3, 0x7fff_ffff_ffff_ffff]]\n");

	(void)state;
	assert_int_equal(c->type, VM_TYPE_LINUX);
	assert_int_equal(c->phys_cpu_ids[1], 0x100);
	assert_int_equal(c->phys_cpu_sets[1], 2);
	assert_int_equal(c->on_exit, VM_ON_EXIT_RESTART);
	assert_int_equal(c->restart_limit, 7);
	assert_int_equal(c->watchdog_s, 30);
	assert_int_equal(c->suspend_time, VM_TIME_RUNS);
	assert_int_equal(c->image_location, VM_IMAGE_MEMORY);
	assert_string_equal(c->dtb.path, "d");
	assert_int_equal(c->dtb.load, 0x40800000);
	assert_string_equal(c->ramdisk.path, "r");
	assert_string_equal(c->bios.path, "b");
	assert_string_equal(c->uefi.path, "u");
	assert_int_equal(c->uefi.load, 0x8000);
	assert_string_equal(c->disk.path, "disk");
	assert_string_equal(c->cmdline, "quiet");
	assert_true(c->enable_bios);
	assert_int_equal(c->boot_protocol, VM_BOOT_UEFI);
	assert_int_equal(c->irq_mode, VM_IRQ_PASSTHROUGH);
	assert_int_equal(c->address_policy, VM_ADDR_PASSTHROUGH);
	assert_int_equal(c->emu_device_count, 1);
	assert_int_equal(c->emu_devices[0].type, VM_EMU_GIC_REDIST);
	assert_int_equal(c->emu_devices[0].cfg_count, 3);
	assert_int_equal(c->emu_devices[0].cfg[1], 0x20000);
	assert_int_equal(c->pt_device_count, 2);
	assert_string_equal(c->pt_devices[0].path, "/");
	assert_null(c->pt_devices[1].path);
	assert_int_equal(c->pt_devices[1].hpa, 0x2000);
	assert_int_equal(c->pt_devices[1].irq, 0x21);
	assert_int_equal(c->pt_addresses[0].base, 0x9000);
	assert_int_equal(c->pt_ports[0].size_bytes, 8);
	assert_string_equal(c->excluded[0], "/pcie");
	assert_int_equal(c->sched[0].priority, 4);
	assert_int_equal(c->sched[0].slice_us, 5000);
	assert_int_equal(c->sched[0].budget_us, 0);
	assert_int_equal(c->sched[0].period_us, 0);
	assert_int_equal(c->sched[1].priority, 20);
	assert_int_equal(c->sched[1].slice_us, 5000);
	assert_int_equal(c->sched[1].budget_us, 2000);
	assert_int_equal(c->sched[1].period_us, 10000);
	assert_true(c->has_ivc);
	assert_int_equal(c->ivc_publish_count, 2);
	assert_int_equal(c->ivc_publish[0], 0x10);
	assert_int_equal(c->ivc_subscribe_count, 1);
	assert_int_equal(c->ivc_subscribe[0].vm, 3);
	assert_int_equal(c->ivc_subscribe[0].key, INT64_MAX);
	vm_config_free(c);
}

/* an empty table allows nothing, none allows everything */
static void test_ivc_table(void **state)
{
	struct vm_config *c = good(BASE KERNEL);

	(void)state;
	assert_false(c->has_ivc);
	vm_config_free(c);
	c = good(BASE KERNEL "[ivc]\n");
	assert_true(c->has_ivc);
	assert_int_equal(c->ivc_publish_count, 0);
	assert_int_equal(c->ivc_subscribe_count, 0);
	vm_config_free(c);
	c = good(BASE KERNEL "[ivc]\nsubscribe = []\npublish = []\n");
	assert_true(c->has_ivc);
	assert_null(c->ivc_publish);
	vm_config_free(c);
}

struct alias {
	const char *line;
	uint32_t value;
	size_t offset;
};

static void test_aliases(void **state)
{
#define PROTOCOL(word, value)                                                  \
	{                                                                      \
		"boot_protocol = \"" word "\"\nuefi_firmware_path = \"u\"\n",  \
			value, offsetof(struct vm_config, boot_protocol)       \
	}
#define IRQ(word, value)                                                       \
	{                                                                      \
		"[devices]\ninterrupt_mode = \"" word "\"\n", value,           \
			offsetof(struct vm_config, irq_mode)                   \
	}
#define POLICY(word, value)                                                    \
	{                                                                      \
		"[devices]\naddress_space_policy = \"" word "\"\n", value,     \
			offsetof(struct vm_config, address_policy)             \
	}
	static const struct alias aliases[] = {
		PROTOCOL("direct", VM_BOOT_DIRECT),
		PROTOCOL("kernel", VM_BOOT_DIRECT),
		PROTOCOL("multiboot", VM_BOOT_MULTIBOOT),
		PROTOCOL("bios", VM_BOOT_MULTIBOOT),
		PROTOCOL("axvm-bios", VM_BOOT_MULTIBOOT),
		PROTOCOL("uefi", VM_BOOT_UEFI),
		PROTOCOL("efi", VM_BOOT_UEFI),
		IRQ("no_irq", VM_IRQ_NONE),
		IRQ("no", VM_IRQ_NONE),
		IRQ("none", VM_IRQ_NONE),
		IRQ("emulated", VM_IRQ_EMULATED),
		IRQ("emu", VM_IRQ_EMULATED),
		IRQ("passthrough", VM_IRQ_PASSTHROUGH),
		IRQ("pt", VM_IRQ_PASSTHROUGH),
		POLICY("virtualized", VM_ADDR_VIRTUALIZED),
		POLICY("virtual", VM_ADDR_VIRTUALIZED),
		POLICY("passthrough", VM_ADDR_PASSTHROUGH),
		POLICY("pt", VM_ADDR_PASSTHROUGH),
	};
	char text[1024];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(aliases); i++) {
		struct vm_config *c;
		uint32_t value;

		snprintf(text, sizeof(text), "%s%s%s", BASE, KERNEL,
			 aliases[i].line);
		c = good(text);
		memcpy(&value, (char *)c + aliases[i].offset, sizeof(value));
		assert_int_equal(value, aliases[i].value);
		vm_config_free(c);
	}
}

static void test_bios_means_multiboot(void **state)
{
	struct vm_config *c = good(BASE KERNEL "enable_bios = true\n");

	(void)state;
	assert_int_equal(c->boot_protocol, VM_BOOT_MULTIBOOT);
	vm_config_free(c);
	c = good(BASE KERNEL "enable_bios = true\nboot_protocol = \"direct\"\n"
			     "ramdisk_path = \"\"\n");
	assert_int_equal(c->boot_protocol, VM_BOOT_DIRECT);
	assert_null(c->ramdisk.path); /* empty is none */
	vm_config_free(c);
	c = good(BASE "vm_type = 9\n" KERNEL);
	assert_int_equal(c->type, VM_TYPE_RTOS);
	assert_finding("a.toml:5: warning: base.vm_type: 9");
	vm_config_free(c);
	c = good(BASE "restart_limit = 7\n" KERNEL);
	assert_finding("a.toml:5: warning: base.restart_limit: ignored");
	vm_config_free(c);
}

struct refusal {
	const char *text;
	const char *line; /* where and which key */
	const char *part; /* the value, or what to do */
};

static const struct refusal refusals[] = {
	{BASE "nam = 1\n" KERNEL, "a.toml:5: error: base.nam:", "'name'"},
	{BASE "entry_point = 1\n" KERNEL, "base.entry_point:", "[kernel]"},
	{BASE "on_exit = \"reboot\"\n" KERNEL, "base.on_exit: \"reboot\"",
	 "on_exit = \"restart\""},
	{BASE "on_exit = true\n" KERNEL, "base.on_exit: true", "string"},
	{BASE "restart_limit = 0\n" KERNEL, "base.restart_limit: 0",
	 "on_exit = \"stop\""},
	{BASE "restart_limit = 1_000_001\n" KERNEL,
	 "base.restart_limit:", "more than"},
	{BASE "watchdog_s = 0\n" KERNEL, "base.watchdog_s: 0", "leave the key"},
	{BASE "watchdog_s = 86_401\n" KERNEL, "base.watchdog_s:", "more than"},
	{BASE "watchdog_s = -1\n" KERNEL, "base.watchdog_s: -1", "negative"},
	{BASE "suspend_time = \"stop\"\n" KERNEL, "base.suspend_time: \"stop\"",
	 "\"stops\""},
	{BASE "quux_corge = 1\n" KERNEL, "base.quux_corge:", "remove"},
	{"x = 1\n" BASE KERNEL, "a.toml:1: error: x:", "unknown"},
	{"id = 1\n" BASE KERNEL, "a.toml:1: error: id:", "[base]"},
	{BASE KERNEL "[device]\n", "[device]", "devices"},
	{BASE KERNEL "[ivc]\npublish = 1\n",
	 "a.toml:11: error: ivc.publish:", "[0x10"},
	{BASE KERNEL "[ivc]\npublish = [-1]\n", "ivc.publish: -1", "negative"},
	{BASE KERNEL "[ivc]\nsubscribe = [2, 5]\n", "ivc.subscribe: 2",
	 "[vm id, key]"},
	{BASE KERNEL "[ivc]\nsubscribe = [[2]]\n",
	 "ivc.subscribe:", "[vm id, key]"},
	{BASE KERNEL "[ivc]\nsubscribe = [[0x1_0000_0000, 1]]\n",
	 "ivc.subscribe: 4294967296", "more than"},
	{BASE KERNEL "[ivc]\nsubscribe = [[\"x\", 1]]\n",
	 "ivc.subscribe: \"x\"", "integer"},
	{BASE KERNEL "[ivc]\npublishes = [1]\n", "ivc.publishes:", "'publish'"},
	{BASE KERNEL "[devices]\npublish = [1]\n", "devices.publish:", "[ivc]"},
	{BASE KERNEL "[[devices]]\n", "devices:", "[devices]"},
	{"base = 1\n" KERNEL, "a.toml:1: error: base:", "[base]"},
	{"[base]\nid = \"1\"\nname = \"x\"\ncpu_num = 1\n" KERNEL,
	 "a.toml:2: error: base.id: \"1\"", "id = 1"},
	{"[base]\nid = -1\nname = \"x\"\ncpu_num = 1\n" KERNEL, "base.id: -1",
	 "negative"},
	{"[base]\nid = 0x1_0000_0000\nname = \"x\"\ncpu_num = 1\n" KERNEL,
	 "base.id: 4294967296", "more than"},
	{"[base]\nid = 1\nname = 5\ncpu_num = 1\n" KERNEL, "base.name: 5",
	 "string"},
	{"[base]\nid = 1\nname = \"\"\ncpu_num = 1\n" KERNEL, "base.name: \"\"",
	 "1 to 63"},
	{"[base]\nid = 1\nname = \"a\\u0000b\"\ncpu_num = 1\n" KERNEL,
	 "base.name", "control"},
	{"[base]\nid = 1\nname = \"x\"\ncpu_num = 0\n" KERNEL,
	 "base.cpu_num: 0", "1 to 8"},
	{"[base]\nid = 1\nname = \"x\"\ncpu_num = 9\n" KERNEL,
	 "base.cpu_num: 9", "1 to 8"},
	{"[base]\nid = 1\nname = \"x\"\ncpu_num = 1.5\n" KERNEL,
	 "base.cpu_num: 1.5", "float"},
	{BASE "phys_cpu_ids = [0]\n" KERNEL,
	 "base.phys_cpu_ids:", "cpu_num = 2"},
	{BASE "phys_cpu_sets = [1, 2, 4]\n" KERNEL,
	 "base.phys_cpu_sets:", "3 elements"},
	{BASE "phys_cpu_sets = 1\n" KERNEL, "base.phys_cpu_sets: 1",
	 "not an array"},
	{BASE "phys_cpu_sets = [1, \"2\"]\n" KERNEL,
	 "base.phys_cpu_sets: \"2\"", "string"},
	{BASE, "kernel.entry_point: missing", "[kernel]"},
	{KERNEL, "base.id: missing", "[base]"},
	{BASE KERNEL "enable_bios = 1\n", "kernel.enable_bios: 1", "true"},
	{BASE KERNEL "image_location = \"mem\"\n",
	 "kernel.image_location: \"mem\"", "memory"},
	{BASE KERNEL "boot_protocol = \"uefi\"\n",
	 "kernel.uefi_firmware_path: missing", "uefi"},
	{BASE KERNEL "boot_protocol = 1\n", "kernel.boot_protocol: 1",
	 "string"},
	{BASE "[kernel]\nentry_point = 0\nkernel_path = \"\"\n"
	      "kernel_load_addr = 0\nmemory_regions = [[0, 4096, 7, 0]]\n",
	 "kernel.kernel_path: missing", "images/"},
	{BASE "[kernel]\nmemory_regions = []\n",
	 "kernel.memory_regions:", "needs memory"},
	{BASE "[kernel]\nmemory_regions = [[0, 4096, 7]]\n",
	 "kernel.memory_regions:", "3 positions"},
	{BASE "[kernel]\nmemory_regions = [[0, 4096, 7, 3]]\n",
	 "kernel.memory_regions: 3", "map_type"},
	{BASE "[kernel]\nmemory_regions = [[0, 4096, 0x40, 0]]\n",
	 "kernel.memory_regions: 64", "flags"},
	{BASE "[kernel]\nmemory_regions = [1]\n", "kernel.memory_regions: 1",
	 "form"},
	{BASE KERNEL "[devices]\ninterrupt_mode = \"emulate\"\n",
	 "devices.interrupt_mode: \"emulate\"", "\"emulated\""},
	{BASE KERNEL "[devices]\nemu_devices = [[\"a\", 0, 1, 0, 0x99, []]]\n",
	 "devices.emu_devices: 153", "emu_type"},
	{BASE KERNEL "[devices]\nemu_devices = [[\"a\", 0, 1, 0, 2, [1,2,3,4,"
		     "5,6,7,8,9]], [\"a\", 0, 1, 0, 2, [1]]]\n",
	 "devices.emu_devices: [array of 9]", "up to 8"},
	{BASE KERNEL "[devices]\npassthrough_devices = [\"/uart\"]\n",
	 "devices.passthrough_devices: \"/uart\"", "[\"/path\"]"},
	{BASE KERNEL "[devices]\npassthrough_devices = [[\"uart\"]]\n",
	 "devices.passthrough_devices: \"uart\"", "begins with /"},
	{BASE KERNEL "[devices]\npassthrough_devices = [[\"u\", 1, 2]]\n",
	 "devices.passthrough_devices:", "3 positions"},
	{BASE KERNEL "[devices]\nexcluded_devices = [[\"x\"]]\n",
	 "devices.excluded_devices: \"x\"", "begins with /"},
	{BASE KERNEL "[devices]\npassthrough_ports = [[0xfff8, 9]]\n",
	 "devices.passthrough_ports: 9", "0xffff"},
	{BASE KERNEL "[devices]\npassthrough_addresses = [[0x1000, 0]]\n",
	 "devices.passthrough_addresses: 0", "at least 1"},
	{BASE KERNEL "[sched]\npriority = 0\n", "sched.priority: 0",
	 "1 (last) to 23"},
	{BASE KERNEL "[sched]\npriority = [1, 24]\n",
	 "a.toml:11: error: sched.priority: 24", "23 (first)"},
	{BASE KERNEL "[sched]\npriority = \"high\"\n",
	 "sched.priority: \"high\"", "not integer"},
	{BASE KERNEL "[sched]\npriority = [1, 2, 3]\n",
	 "sched.priority: has 3 elements", "cpu_num = 2"},
	{BASE KERNEL "[sched]\npriority = []\n", "sched.priority: [array of 0]",
	 "one for each vCPU"},
	{BASE KERNEL "[sched]\npriority = [1,1,1,1,1,1,1,1,1]\n",
	 "sched.priority: [array of 9]", "one for each vCPU"},
	{BASE KERNEL "[sched]\nslice_us = 99\n", "sched.slice_us: 99",
	 "100 to 1000000"},
	{BASE KERNEL "[sched]\nslice_us = -1\n", "sched.slice_us: -1",
	 "negative"},
	{BASE KERNEL "[sched]\nbudget_us = 2_000\n", "sched.budget_us: vCPU 0",
	 "period_us = 10_000"},
	{BASE KERNEL
	 "[sched]\nbudget_us = [0, 2_000]\nperiod_us = [5_000, 0]\n",
	 "sched.budget_us: vCPU 1", "no period"},
	{BASE KERNEL "[sched]\nperiod_us = 2_000\n",
	 "sched.period_us: a period", "budget_us = 2_000"},
	{BASE KERNEL "[sched]\nbudget_us = 20_000\nperiod_us = 10_000\n",
	 "sched.budget_us: vCPU 0: 20000 us", "10000 us"},
	{BASE KERNEL "[sched]\nbudget_us = 49\nperiod_us = 10_000\n",
	 "sched.budget_us: 49", "50 to"},
	{BASE KERNEL "[sched]\nbudget_us = 60\nperiod_us = 199\n",
	 "sched.period_us: 199", "200 to 1000000"},
	{BASE KERNEL "[sched]\nbudget_us = 60\nperiod_us = 1_000_001\n",
	 "sched.period_us: 1000001", "200 to 1000000"},
	{BASE KERNEL "[sched]\npriorty = 3\n", "sched.priorty:", "'priority'"},
	{BASE "priority = 3\n" KERNEL, "base.priority:", "[sched]"},
	{BASE KERNEL "[shed]\n", "[shed]", "sched"},
	{BASE "name = \"again\"\n" KERNEL,
	 "a.toml:5: error: column 1:", "'name'"},
	{"[base\n", "a.toml:1: error: column 6", "']'"},
};

static void test_refusals(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		bad(refusals[i].text);
		assert_finding("a.toml", "error: ", refusals[i].line,
			       refusals[i].part);
	}
}

/* Reading goes on after the first mistake. */
static void test_all_are_told(void **state)
{
	(void)state;
	bad(BASE "x = 1\ny = 2\n" KERNEL "cmdline = 3\n");
	assert_finding("base.x");
	assert_finding("base.y");
	assert_finding("kernel.cmdline");
	assert_int_equal(report.error_count, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_ivc_table),
		cmocka_unit_test(test_aliases),
		cmocka_unit_test(test_bios_means_multiboot),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_all_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
