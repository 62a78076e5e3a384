/* SPDX-License-Identifier: Apache-2.0 */
/* Disks between the host and its guests: a page of registers has one owner. */
#include "../../../virt/host_disks.h"

#include "fake_disks.h"

#include <lib/fdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <virt/vmm.h>

#include <cmocka.h>

#include "../../fake/dts.h"

static const char source[] =
	"/dts-v1/;\n"
	"/ { #address-cells = <1>; #size-cells = <1>;\n"
	" soc { #address-cells = <1>; #size-cells = <1>; ranges;\n"
	"  compatible = \"simple-bus\";\n"
	"  d@a000000 { compatible = \"virtio,mmio\"; reg = <0xa000000 0x200>; };\n"
	"  d@a000200 { compatible = \"virtio,mmio\"; reg = <0xa000200 0x200>; };\n"
	"  d@a001000 { compatible = \"virtio,mmio\"; reg = <0xa001000 0x200>; };\n"
	" };\n"
	" d@b000000 { compatible = \"virtio,mmio\"; reg = <0xb000000 0x1000>; };\n"
	" uart@c000000 { reg = <0xc000000 0x1000>; };\n"
	"};\n";

static uint8_t tree[4096];
static struct vm_config config;
static struct vm_pt_device device;
static struct vm_range range;
static const char *excluded;

const struct vm_config *const vm_config_table[] = {&config};
const unsigned int vm_config_count = 1;

static int setup(void **state)
{
	(void)state;
	dts_text(source, tree, sizeof(tree));
	fdt_set_host(tree);
	memset(&config, 0, sizeof(config));
	memset(&device, 0, sizeof(device));
	config.pt_devices = &device;
	config.pt_addresses = &range;
	config.excluded = &excluded;
	memset(&fake_disk, 0, sizeof(fake_disk));
	fake_disk.node = -1;
	return 0;
}

static void probes(const char *expected)
{
	host_disks_find();
	assert_string_equal(fake_probed, expected);
}

static void path(const char *text)
{
	config.pt_device_count = 1;
	device.path = text;
}

static void named_by_path(void **state)
{
	(void)state;
	probes("d@a000000 d@a000200 d@a001000 d@b000000 ");
	path("/");
	probes("d@a000000 d@a000200 d@a001000 d@b000000 ");
	path("/nonsense");
	probes("d@a000000 d@a000200 d@a001000 d@b000000 ");
	/* its neighbour's registers are in its page */
	path("/soc/d@a000200");
	probes("d@a001000 d@b000000 ");
	path("/soc");
	probes("d@b000000 ");
	excluded = "/soc/d@a001000";
	config.excluded_count = 1;
	probes("d@a001000 d@b000000 ");
}

static void named_by_address(void **state)
{
	(void)state;
	config.pt_address_count = 1;
	range = (struct vm_range){0xa001e00, 0x10};
	probes("d@a000000 d@a000200 d@b000000 ");
	range = (struct vm_range){0xa000fff, 2};
	probes("d@b000000 ");
	range = (struct vm_range){0xffffffffffffff00, 0x200};
	probes("d@a000000 d@a000200 d@a001000 d@b000000 ");
	config.pt_address_count = 0;
	config.pt_device_count = 1;
	device = (struct vm_pt_device){
		.name = "d", .gpa = 0x1000, .hpa = 0xb000000, .size_bytes = 16};
	probes("d@a000000 d@a000200 d@a001000 ");
}

/* Which node of the tree the VM is given; -1: none. */
static void give(struct vm *vm, struct vm_plan *plan, const char *name)
{
	static uint8_t own[8];
	struct fdt_scan scan;

	memset(own, 0, sizeof(own));
	*plan = (struct vm_plan){.selection.own = own};
	assert_true(fdt_scan_init(&scan, tree));
	for (unsigned int i = 0; fdt_scan_next(&scan); i++) {
		plan->selection.node_count = i + 1;
		if (name && !strcmp(scan.name, name))
			own[i / 8] |= (uint8_t)BIT(i % 8);
	}
	*vm = (struct vm){.config = &config, .plan = plan};
	assert_int_equal(host_disks_leave(vm), 0);
}

static void leaving(void **state)
{
	struct vm_plan plan;
	struct vm vm;

	(void)state;
	fake_disk.node = fdt_path_offset(tree, "/soc/d@a000200");
	give(&vm, &plan, NULL);
	give(&vm, &plan, "d@b000000");
	give(&vm, &plan, "d@a001000");
	give(&vm, &plan, "uart@c000000");
	assert_int_equal(fake_disk.quits, 0);
	give(&vm, &plan, "d@a000000"); /* the same page */
	assert_int_equal(fake_disk.quits, 1);
	fake_disk.quits = 0;
	config.pt_address_count = 1;
	range = (struct vm_range){0xa000800, 0x10};
	give(&vm, &plan, NULL);
	assert_int_equal(fake_disk.quits, 1);
	fake_disk.quits = 0;
	config.pt_address_count = 0;
	config.address_policy = VM_ADDR_PASSTHROUGH;
	give(&vm, &plan, NULL);
	assert_int_equal(fake_disk.quits, 1);
}

static void held(void **state)
{
	struct range_set pages = {0};
	struct fdt_scan scan;
	unsigned int near = 0;

	(void)state;
	assert_int_equal(host_disks_held(&pages), 0);
	assert_int_equal(pages.count, 0);
	fake_disk.node = fdt_path_offset(tree, "/soc/d@a000200");
	assert_int_equal(host_disks_held(&pages), 0);
	assert_int_equal(pages.count, 0);
	fake_disk.held = true;
	assert_int_equal(host_disks_held(&pages), 0);
	assert_int_equal(pages.count, 1);
	assert_true(fdt_scan_init(&scan, tree));
	while (fdt_scan_next(&scan))
		near += host_disks_near(&pages, &scan);
	assert_int_equal(near, 2);
	range_set_free(&pages);
}

#define T(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(named_by_path),
		T(named_by_address),
		T(leaving),
		T(held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
