/* SPDX-License-Identifier: Apache-2.0 */
/* Which emulated devices a VM has, and where none can stand. */
#include "../../../virt/plan.h"

#include "fake_virt.h"

#include <core/console.h>
#include <core/irq.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <virt/vconsole.h>
#include <virt/vdev.h>
#include <virt/vdisk.h>

#include <cmocka.h>

#define UART 0x9000000ull

static unsigned int told[5];
static const struct vdev *who;

static void note_reset(struct vdev *dev)
{
	told[0]++;
	who = dev;
}

static void note_stop(struct vdev *dev)
{
	told[1]++;
	who = dev;
}

static void note_pause(struct vdev *dev)
{
	told[2]++;
	who = dev;
}

static void note_resume(struct vdev *dev)
{
	told[3]++;
	who = dev;
}

static void note_work(struct vdev *dev)
{
	told[4]++;
	who = dev;
}

static const struct vdev_ops uart_ops = {.name = "pl011",
					 .type = VM_EMU_CONSOLE};
static const struct vdev_ops other_uart_ops = {
	.name = "serial", .type = VM_EMU_CONSOLE, .kind = VM_CONSOLE_16550};
static const struct vdev_ops dw_ops = {
	.name = "serial", .type = VM_EMU_CONSOLE, .kind = VM_CONSOLE_DW8250};
static const struct vdev_ops *hosts_uart_ops;
static const struct vdev_ops watchdog_ops = {
	.name = "watchdog",
	.type = VM_EMU_WATCHDOG,
	.reset = note_reset,
	.stop = note_stop,
	.pause = note_pause,
	.resume = note_resume,
	.work = note_work,
};
static bool no_watchdogs;
static unsigned int watchdogs_sought; /* looking for a cold one unpacks it */
static int place_err;
static const struct vdev_ops dummy_ops = {.type = VM_EMU_DUMMY};
static uint8_t tree[1024];
static struct vm_emu_device emu[8];
static struct vm_config config;
static struct vm_ram ram;
static struct vm vm;
static struct arch_window window, second;
static char said[2048];

const struct vdev_ops *vdev_find_ops(uint32_t type)
{
	if (type == VM_EMU_WATCHDOG) {
		watchdogs_sought++;
		return no_watchdogs ? NULL : &watchdog_ops;
	}
	if (type == VM_EMU_DUMMY)
		return &dummy_ops;
	return type == VM_EMU_CONSOLE ? &uart_ops : NULL;
}

const struct vdev_ops *vdev_find_ops_compatible(const void *fdt __unused_arg,
						int node __unused_arg)
{
	return hosts_uart_ops;
}

const struct vdev_ops *vdev_find_ops_kind(uint32_t type, uint32_t kind)
{
	assert_int_equal(type, VM_EMU_CONSOLE);
	return kind == VM_CONSOLE_DW8250 ? &dw_ops : NULL;
}

void vconsole_destroy(struct vconsole *console __unused_arg)
{
}

/* vdev_place.c's, tested there */
int vdev_place(const struct vm *v __unused_arg, uint64_t size_bytes,
	       gpa_t *place)
{
	assert_int_equal(size_bytes, 0x1000);
	*place = gpa(0x100000);
	return place_err;
}

/* host_kept.c's, tested there */
bool path_covers(const char *prefix __unused_arg, const char *path __unused_arg)
{
	return false;
}

const struct console_dev *console_dev(void)
{
	static struct console_dev dev;

	dev.node = fdt_path_offset(tree, "/uart@9000000");
	return &dev;
}

int irq_of_fdt(const struct fdt_irq *spec, enum irq_trigger *trigger)
{
	bool edge;

	*trigger = IRQ_TRIGGER_KEEP;
	return fdt_irq_number(tree, spec, &edge);
}

bool arch_vm_window(const struct vm *v __unused_arg, unsigned int index,
		    struct arch_window *result)
{
	*result = index ? second : window;
	return index < 2 && result->size_bytes;
}

static void hear(const char *text, size_t len)
{
	size_t at = strlen(said);

	if (at + len < sizeof(said))
		memcpy(said + at, text, len);
}

static int setup(void **state)
{
	const uint32_t reg[] = {0, cpu_to_fdt32(UART), 0, cpu_to_fdt32(0x1000)};

	(void)state;
	fdt_create(tree, sizeof(tree));
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_u32(tree, "#address-cells", 2);
	fdt_property_u32(tree, "#size-cells", 2);
	fdt_begin_node(tree, "uart@9000000");
	fdt_property(tree, "reg", reg, sizeof(reg));
	fdt_property_u32(tree, "interrupt-parent", 1);
	fdt_property_u32(tree, "interrupts", 10);
	fdt_end_node(tree);
	fdt_begin_node(tree, "plic");
	fdt_property_u32(tree, "phandle", 1);
	fdt_property_u32(tree, "#interrupt-cells", 1);
	fdt_property_string(tree, "compatible", "riscv,plic0");
	fdt_end_node(tree);
	fdt_end_node(tree);
	assert_int_equal(fdt_finish(tree), 0);
	fdt_set_host(tree);
	memset(said, 0, sizeof(said));
	memset(emu, 0, sizeof(emu));
	memset(told, 0, sizeof(told));
	no_watchdogs = false;
	watchdogs_sought = 0;
	hosts_uart_ops = &uart_ops;
	place_err = 0;
	config = (struct vm_config){
		.name = "test", .file = "test.toml", .emu_devices = emu};
	ram = (struct vm_ram){
		.gpa = gpa(0x40000000), .size_bytes = 0x10000000, .region = 2};
	vm = (struct vm){.config = &config, .ram = &ram, .ram_count = 1};
	window = (struct arch_window){0x8000000, 0x10000, "gic distributor"};
	second = (struct arch_window){0};
	log_set_sink(hear);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vm_vdevs_destroy(&vm);
	return 0;
}

static void emulate(const char *name, uint64_t gpa, uint32_t type)
{
	emu[config.emu_device_count++] = (struct vm_emu_device){
		.name = name, .gpa = gpa, .size_bytes = 0x1000, .type = type};
}

static void by_the_file(void **state)
{
	(void)state;
	emulate("uart", 0xa000000, VM_EMU_CONSOLE);
	emulate("net", 0xb000000, VM_EMU_VIRTIO_NET);
	assert_int_equal(vm_vdevs_create(&vm), 0);
	assert_int_equal(vm.vdev_count, 1);
	assert_int_equal(vm.vdevs[0].gpa.v, 0xa000000);
	assert_non_null(strstr(said, "net: type 0xe2 is not offered"));
	assert_int_equal(watchdogs_sought, 0);
}

/* The kind that the file asks for, else the host's, else any. */
static void console_kind(void **state)
{
	(void)state;
	hosts_uart_ops = &other_uart_ops;
	emulate("uart0", 0xa000000, VM_EMU_CONSOLE);
	emulate("uart1", 0xa010000, VM_EMU_CONSOLE);
	emulate("uart2", 0xa020000, VM_EMU_CONSOLE);
	emulate("uart3", 0xa030000, VM_EMU_CONSOLE);
	emu[1].cfg_count = emu[2].cfg_count = emu[3].cfg_count = 1;
	emu[1].cfg[0] = VM_CONSOLE_DW8250;
	emu[2].cfg[0] = VM_CONSOLE_HOSTS;
	emu[3].cfg[0] = VM_CONSOLE_PL011; /* not built in */
	assert_int_equal(vm_vdevs_create(&vm), 0);
	assert_int_equal(vm.vdev_count, 3);
	assert_ptr_equal(vm.vdevs[0].ops, &other_uart_ops);
	assert_ptr_equal(vm.vdevs[1].ops, &dw_ops);
	assert_ptr_equal(vm.vdevs[2].ops, &other_uart_ops);
	assert_non_null(strstr(said, "uart3: type 0x2 is not offered"));
	vm_vdevs_destroy(&vm);
	hosts_uart_ops = NULL;
	assert_int_equal(vm_vdevs_create(&vm), 0);
	assert_ptr_equal(vm.vdevs[0].ops, &uart_ops);
}

static void two_at_one_place(void **state)
{
	(void)state;
	emulate("uart", 0xa000000, VM_EMU_CONSOLE);
	emulate("again", 0xa000000, VM_EMU_CONSOLE);
	assert_int_equal(vm_vdevs_create(&vm), -EEXIST);
}

static void inside_ram(void **state)
{
	(void)state;
	emulate("uart", 0x4ffff000, VM_EMU_CONSOLE);
	assert_int_equal(vm_vdevs_create(&vm), -EEXIST);
	assert_non_null(strstr(said, "test.toml: uart (0x4ffff000 + 0x1000) "
				     "lies inside memory_regions[2] "
				     "(0x40000000 + 0x10000000); move one"));
}

static void controller_inside_ram(void **state)
{
	(void)state;
	window.base = 0x40000000 - 0x10000;
	assert_int_equal(vm_vdevs_create(&vm), 0);
	vm_vdevs_destroy(&vm);
	window.base += 0x1000;
	assert_int_equal(vm_vdevs_create(&vm), -EEXIST);
	assert_non_null(strstr(said, "gic distributor (0x3fff1000"));
}

static void inside_controller(void **state)
{
	(void)state;
	emulate("uart", 0x800f000, VM_EMU_CONSOLE);
	assert_int_equal(vm_vdevs_create(&vm), -EEXIST);
	assert_non_null(strstr(said, "test.toml: uart (0x800f000 + 0x1000) "
				     "overlaps the gic distributor "
				     "(0x8000000 + 0x10000); move one"));
	vm_vdevs_destroy(&vm);
	emu[0].gpa = 0x8010000;
	assert_int_equal(vm_vdevs_create(&vm), 0);
}

static void controller_over_itself(void **state)
{
	(void)state;
	second = (struct arch_window){0x8010000, 0x20000, "gic redistributors"};
	assert_int_equal(vm_vdevs_create(&vm), 0);
	vm_vdevs_destroy(&vm);
	second.base -= 0x8000;
	assert_int_equal(vm_vdevs_create(&vm), -EEXIST);
	assert_non_null(strstr(said, "overlaps the gic redistributors"));
}

/* Dummies stand where nothing else does, whatever comes first. */
static void dummies(void **state)
{
	(void)state;
	emulate("over the uart", 0xa000000, VM_EMU_DUMMY);
	emulate("uart", 0xa000000, VM_EMU_CONSOLE);
	emulate("over ram", 0x40000000, VM_EMU_DUMMY);
	emulate("over the gic", 0x8000000, VM_EMU_DUMMY);
	emulate("empty", 0xc000000, VM_EMU_DUMMY);
	emu[4].size_bytes = 0;
	emulate("alone", 0xb000000, VM_EMU_DUMMY);
	emulate("over all", 0, VM_EMU_DUMMY);
	emu[6].size_bytes = 0xffff00000000;
	assert_int_equal(vm_vdevs_create(&vm), 0);
	assert_int_equal(vm.vdev_count, 2);
	assert_string_equal(vm.vdevs[0].config->name, "uart");
	assert_string_equal(vm.vdevs[1].config->name, "alone");
}

/* All addresses are asked for: the host's UART is missed, but not in RAM. */
static void stand_in(void **state)
{
	(void)state;
	config.address_policy = VM_ADDR_PASSTHROUGH;
	assert_int_equal(vm_vdevs_create(&vm), 0);
	assert_int_equal(vm.vdev_count, 1);
	assert_int_equal(vm.vdevs[0].gpa.v, UART);
	assert_int_equal(vm.vdevs[0].virq, 10);
	assert_non_null(strstr(said, "an emulated one stands there"));
	vm_vdevs_destroy(&vm);

	ram.gpa = gpa(UART & ~(SIZE_2M - 1));
	window.size_bytes = 0;
	assert_int_equal(vm_vdevs_create(&vm), 0);
	assert_int_equal(vm.vdev_count, 0);
}

static void watchdog_by_its_key(void **state)
{
	(void)state;
	config.watchdog_s = 10;
	emulate("uart", 0xa000000, VM_EMU_CONSOLE);
	assert_int_equal(vm_vdevs_create(&vm), 0);
	assert_int_equal(vm.vdev_count, 2);
	assert_ptr_equal(vm.vdevs[0].ops, &watchdog_ops);
	assert_int_equal(vm.vdevs[0].gpa.v, 0x100000);
	assert_int_equal(vm.vdevs[0].virq, 0);
	vm_vdevs_destroy(&vm);

	/* the file's own is taken */
	emulate("dog", 0xb000000, VM_EMU_WATCHDOG);
	assert_int_equal(vm_vdevs_create(&vm), 0);
	assert_int_equal(vm.vdev_count, 2);
	assert_int_equal(vm.vdevs[1].gpa.v, 0xb000000);
	vm_vdevs_destroy(&vm);

	config.emu_device_count = 1;
	place_err = -ENOSPC;
	assert_int_equal(vm_vdevs_create(&vm), -ENOSPC);
	assert_non_null(strstr(said, "give it one in emu_devices, type 0x41"));
	vm_vdevs_destroy(&vm);
	no_watchdogs = true;
	assert_int_equal(vm_vdevs_create(&vm), -ENODEV);
	assert_non_null(strstr(said, "CONFIG_VDEV_SP805"));
}

static void devices_are_told(void **state)
{
	(void)state;
	emulate("uart", 0xa000000, VM_EMU_CONSOLE); /* has none of them */
	emulate("dog", 0xb000000, VM_EMU_WATCHDOG);
	assert_int_equal(vm_vdevs_create(&vm), 0);
	vm_vdevs_reset(&vm);
	vm_vdevs_pause(&vm);
	vm_vdevs_resume(&vm);
	vm_vdevs_work(&vm);
	vm_vdevs_stop(&vm);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(told[i], 1);
	assert_ptr_equal(who, &vm.vdevs[1]);
	vm_vdevs_destroy(&vm);
	assert_int_equal(told[1], 2); /* before its state is freed */
	vm_vdevs_work(&vm);
	assert_int_equal(told[4], 1);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

void vdisk_destroy(struct vdisk *disk)
{
	assert_null(disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(by_the_file),       T(two_at_one_place),
		T(inside_ram),        T(controller_inside_ram),
		T(inside_controller), T(controller_over_itself),
		T(dummies),           T(console_kind),
		T(stand_in),          T(watchdog_by_its_key),
		T(devices_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
