/* SPDX-License-Identifier: Apache-2.0 */
/* What no guest is given, and what a guest that asks for it is told. */
#include "../../../virt/plan.h"

#include "fake_disks.h"
#include "fake_virt.h"

#include <core/console.h>
#include <drivers/watchdog.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <virt/vdev.h>

#include <cmocka.h>

#define NODES_MAX 32

static uint8_t tree[4096];
static uint8_t own[NODES_MAX / 8];
static struct vm_config config, other_config;
static struct vm_plan plan, other_plan;
static struct vm vm, other;
static struct vm_ram other_ram;
static struct vdev vdev;
static struct vm_pt_device devices[2];
static const char *excluded[1];
static struct host_kept kept;
static struct vm_config pending_config;

const struct vm_config *const vm_config_table[] = {&other_config, &config,
						   &pending_config};
const unsigned int vm_config_count = ARRAY_SIZE(vm_config_table);
const struct vm_config *const *vm_boot_table = vm_config_table;
unsigned int vm_boot_count = ARRAY_SIZE(vm_config_table);
static char said[4096];

const struct console_dev *console_dev(void)
{
	static struct console_dev dev;

	dev.node = fdt_path_offset(tree, "/soc/uart@9000000");
	return &dev;
}

static int watchdog = -1;

int watchdog_node(void)
{
	return watchdog;
}

const struct arch_fdt_rules *arch_fdt_rules(void)
{
	static const char *const always[] = {"arm,gic-v3", "arm,armv8-timer",
					     "arm,psci-1.0", NULL};
	static const char *const never[] = {"sifive,test1", "syscon-reboot",
					    NULL};
	static const struct arch_fdt_rules rules = {.always_compatible = always,
						    .kept_compatible = never};

	return &rules;
}

struct vm *vm_first(void)
{
	return &other;
}

static void hear(const char *text, size_t len)
{
	size_t at = strlen(said);

	if (at + len < sizeof(said))
		memcpy(said + at, text, len);
}

/* @reg: 0 for none */
static void node(const char *name, const char *compatible, uint32_t reg,
		 uint32_t size)
{
	const uint32_t cells[] = {cpu_to_fdt32(reg), cpu_to_fdt32(size)};

	assert_int_equal(fdt_begin_node(tree, name), 0);
	fdt_property_u32(tree, "#address-cells", 1);
	fdt_property_u32(tree, "#size-cells", 1);
	fdt_property(tree, "ranges", NULL, 0);
	if (compatible)
		fdt_property_string(tree, "compatible", compatible);
	if (reg)
		fdt_property(tree, "reg", cells, sizeof(cells));
}

static void end(void)
{
	assert_int_equal(fdt_end_node(tree), 0);
}

static void tree_make(void)
{
	const uint32_t irqs[] = {cpu_to_fdt32(1), cpu_to_fdt32(13),
				 cpu_to_fdt32(4)};

	assert_int_equal(fdt_create(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	node("", NULL, 0, 0);
	fdt_property_u32(tree, "interrupt-parent", 1);
	node("cpus", NULL, 0, 0);
	node("cpu@1", "arm,cortex-a57", 1, 1); /* 1 is no address */
	end();
	end();
	node("memory@40000000", NULL, 0x40000000, 0x40000000);
	fdt_property_string(tree, "device_type", "memory");
	end();
	node("reserved-memory", NULL, 0, 0);
	node("fw@50000000", NULL, 0x50000000, 0x1000);
	end();
	end();
	node("psci", "arm,psci-1.0", 0, 0);
	end();
	node("timer", "arm,armv8-timer", 0, 0);
	fdt_property(tree, "interrupts", irqs, sizeof(irqs));
	end();
	node("intc@8000000", "arm,gic-v3", 0x8000000, 0x10000);
	fdt_property_u32(tree, "phandle", 1);
	fdt_property_u32(tree, "#interrupt-cells", 3);
	node("its@8080000", "arm,gic-v3-its", 0x8080000, 0x20000);
	end();
	end();
	node("soc", "simple-bus", 0, 0);
	node("uart@9000000", "arm,pl011", 0x9000000, 0x1000);
	end();
	node("uart@9040000", "arm,pl011", 0x9040000, 0x1000);
	end();
	node("odd@ffffff00", NULL, 0xffffff00, 0x200);
	end();
	node("test@100000", "sifive,test1", 0x100000, 0x1000);
	end();
	node("disk@a000000", "virtio,mmio", 0xa000000, 0x200);
	end();
	node("disk@a000200", "virtio,mmio", 0xa000200, 0x200);
	end();
	node("pcie@b0000000", "pci-host-ecam-generic", 0xb0000000, 0x100000);
	fdt_property_string(tree, "device_type", "pci");
	end();
	end();
	end();
	assert_int_equal(fdt_finish(tree), 0);
}

static int setup(void **state)
{
	(void)state;
	tree_make();
	fdt_set_host(tree);
	memset(own, 0, sizeof(own));
	memset(said, 0, sizeof(said));
	memset(devices, 0, sizeof(devices));
	config = (struct vm_config){
		.name = "mine", .pt_devices = devices, .excluded = excluded};
	other_config = (struct vm_config){.name = "other"};
	other_plan = (struct vm_plan){
		.selection = {.own = own, .node_count = NODES_MAX}};
	pending_config = (struct vm_config){.name = "pending"};
	vdev = (struct vdev){.size_bytes = 0x1000};
	vm = (struct vm){.config = &config, .plan = &plan, .vdevs = &vdev};
	other = (struct vm){.config = &other_config,
			    .plan = &other_plan,
			    .ram = &other_ram};
	log_set_sink(hear);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	host_kept_free(&kept);
	return 0;
}

/* Marks a node as the other VM's. */
static void others(const char *path)
{
	int wanted = fdt_path_offset(tree, path), at = 0;

	assert_true(wanted >= 0);
	for (unsigned int i = 0; at >= 0; i++) {
		if (at == wanted)
			own[i / 8] |= BIT(i % 8);
		at = fdt_next_node(tree, at, NULL);
	}
}

static bool has_node(const char *path)
{
	int wanted = fdt_path_offset(tree, path);

	assert_true(wanted >= 0);
	for (unsigned int i = 0; i < kept.node_count; i++)
		if (kept.nodes[i] == wanted)
			return true;
	return false;
}

static const struct kept_range *range_at(uint64_t base)
{
	for (unsigned int i = 0; i < kept.range_count; i++)
		if (kept.ranges[i].base == base)
			return &kept.ranges[i];
	return NULL;
}

static void the_hosts(void **state)
{
	(void)state;
	assert_int_equal(host_kept_find(&vm, &kept), 0);
	assert_true(has_node("/cpus/cpu@1"));
	assert_true(has_node("/timer"));
	assert_true(has_node("/intc@8000000/its@8080000"));
	assert_true(has_node("/soc/uart@9000000"));
	assert_false(has_node("/soc/uart@9040000"));
	assert_true(has_node("/soc/test@100000"));
	assert_int_equal(range_at(0x100000)->kind, KEPT_REGISTERS);
	assert_false(has_node("/soc"));
	assert_int_equal(kept.own_count, kept.node_count);
	assert_int_equal(range_at(0x40000000)->kind, KEPT_BANK);
	assert_int_equal(range_at(0x8000000)->kind, KEPT_REGISTERS);
	assert_int_equal(range_at(0x8080000)->size_bytes, 0x20000);
	assert_non_null(range_at(0x9000000));
	assert_null(range_at(1));
	assert_null(range_at(0x50000000));
	assert_null(range_at(0x9040000));
	host_kept_free(&kept);
	/* a watchdog that runs */
	watchdog = fdt_path_offset(tree, "/soc/uart@9040000");
	assert_int_equal(host_kept_find(&vm, &kept), 0);
	watchdog = -1;
	assert_true(has_node("/soc/uart@9040000"));
	assert_non_null(range_at(0x9040000));
}

static void another_vms(void **state)
{
	(void)state;
	others("/soc/uart@9040000");
	others("/soc/odd@ffffff00");
	other_ram =
		(struct vm_ram){.hpa = hpa(0xa0000000), .size_bytes = 0x1000};
	other.ram_count = 1;
	assert_int_equal(host_kept_find(&vm, &kept), 0);
	assert_int_equal(kept.own_count + 2, kept.node_count);
	assert_true(has_node("/soc/uart@9040000"));
	assert_int_equal(range_at(0x9040000)->size_bytes, 0x1000);
	assert_int_equal(range_at(0xffffff00)->size_bytes, 0x200);
	assert_int_equal(range_at(0xa0000000)->kind, KEPT_OTHERS_RAM);
	host_kept_free(&kept);

	/* RAM that frames knows is guarded by frames; its own is its own */
	other_ram.mapped = true;
	assert_int_equal(host_kept_find(&vm, &kept), 0);
	assert_null(range_at(0xa0000000));
	host_kept_free(&kept);
	other_ram.mapped = false;
	assert_int_equal(host_kept_find(&other, &kept), 0);
	assert_false(has_node("/soc/uart@9040000"));
	assert_null(range_at(0xa0000000));
}

static void warn(const char *path)
{
	memset(said, 0, sizeof(said));
	devices[0].path = path;
	config.pt_device_count = 1;
	host_kept_free(&kept);
	assert_int_equal(host_kept_find(&vm, &kept), 0);
	host_kept_warn(&vm, &kept);
}

static unsigned int lines(void)
{
	unsigned int count = 0;

	for (const char *p = said; (p = strchr(p, '\n')); p++)
		count++;
	return count;
}

/* One line for each device; what is below it, and what is none, says nothing */
static void warned_of(void **state)
{
	(void)state;
	others("/soc/uart@9040000");
	warn("/");
	assert_int_equal(lines(), 5);
	assert_non_null(
		strstr(said, "mine: /soc/test@100000 stays with the host\n"));
	assert_non_null(strstr(said, "mine: /timer stays with the host\n"));
	assert_non_null(
		strstr(said, "mine: /intc@8000000 stays with the host\n"));
	assert_non_null(
		strstr(said, "mine: /soc/uart@9000000 stays with the host\n"));
	assert_non_null(strstr(
		said, "mine: /soc/uart@9040000 stays with another VM\n"));

	warn("/soc/");
	assert_int_equal(lines(), 3);
	warn("/soc/uart@9040000");
	assert_int_equal(lines(), 1);
	warn("/so"); /* another node's name */
	assert_int_equal(lines(), 0);
	warn(NULL); /* a tuple */
	assert_int_equal(lines(), 0);

	/* the UART's stand-in has been told of */
	vdev.gpa = gpa(0x9000000);
	vm.vdev_count = 1;
	warn("/");
	assert_int_equal(lines(), 4);

	excluded[0] = "/soc";
	config.excluded_count = 1;
	warn("/");
	assert_int_equal(lines(), 2);
}

/* Who names a device has it, though it is made later than who asks for "/". */
static void named_by_others(void **state)
{
	static const struct vm_pt_device bus = {.path = "/soc"};
	static const struct vm_pt_device tuple = {.name = "far",
						  .gpa = 0xb000000,
						  .hpa = 0x9040800,
						  .size_bytes = 0x100};
	static const struct vm_pt_device all = {.path = "/"};

	(void)state;
	devices[0].path = "/";
	config.pt_device_count = 1;
	pending_config.pt_devices = &bus;
	pending_config.pt_device_count = 1;
	assert_int_equal(host_kept_find(&vm, &kept), 0);
	assert_true(has_node("/soc"));
	assert_true(has_node("/soc/uart@9040000"));
	assert_non_null(range_at(0x9040000));
	host_kept_free(&kept);

	/* my longer path holds */
	devices[1].path = "/soc/uart@9040000";
	config.pt_device_count = 2;
	assert_int_equal(host_kept_find(&vm, &kept), 0);
	assert_false(has_node("/soc/uart@9040000"));
	host_kept_free(&kept);

	/* a tuple takes the node along, from whoever is made before or after */
	config.pt_device_count = 1;
	for (int made = 0; made < 2; made++) {
		struct vm_config *c = made ? &other_config : &pending_config;

		pending_config.pt_device_count = 0;
		c->pt_devices = &tuple;
		c->pt_device_count = 1;
		assert_int_equal(host_kept_find(&vm, &kept), 0);
		assert_true(has_node("/soc/uart@9040000"));
		assert_false(has_node("/soc"));
		assert_int_equal(range_at(0x9040800)->size_bytes, 0x100);
		host_kept_free(&kept);
	}

	/* "/" names nothing */
	other_config.pt_devices = &all;
	assert_int_equal(host_kept_find(&vm, &kept), 0);
	assert_false(has_node("/soc/uart@9040000"));
}

/* A disk that the host holds stays, with what shares its page; one line. */
static void held_disk(void **state)
{
	(void)state;
	fake_disk.node = fdt_path_offset(tree, "/soc/disk@a000200");
	assert_int_equal(host_kept_find(&vm, &kept), 0);
	assert_false(has_node("/soc/disk@a000200"));
	host_kept_free(&kept);

	fake_disk.held = true;
	assert_int_equal(host_kept_find(&vm, &kept), 0);
	assert_true(has_node("/soc/disk@a000200"));
	assert_true(has_node("/soc/disk@a000000"));
	assert_false(has_node("/soc/uart@9040000"));
	assert_non_null(range_at(0xa000200));
	host_kept_free(&kept);
	warn("/soc");
	assert_int_equal(lines(), 3);
	assert_non_null(
		strstr(said, "mine: /soc/disk@a000200 stays with the host\n"));
	assert_null(strstr(said, "disk@a000000"));
	fake_disk = (struct fake_disk){.node = -1};
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_hosts), T(another_vms), T(named_by_others),
		T(warned_of), T(held_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
