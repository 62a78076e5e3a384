/* SPDX-License-Identifier: Apache-2.0 */
/* Where a device goes that has no place: where nothing else is or may be. */
#include "../../../virt/plan.h"

#include "fake_virt.h"

#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <virt/vdev.h>

#include <cmocka.h>

#define MIB 0x100000ull
#define GIB 0x40000000ull

static uint8_t host[1024], given[1024];
static struct vm_emu_device emu;
static struct vm_range passed;
static struct vm_config config;
static struct vm_ram ram;
static struct vdev vdev;
static struct vm_plan plan;
static struct vm vm;
static struct arch_window window;

bool arch_vm_window(const struct vm *v __unused_arg, unsigned int index,
		    struct arch_window *result)
{
	*result = window;
	return !index && window.size_bytes;
}

/* A tree with one node of two register ranges. */
static void tree_make(void *fdt, uint64_t a, uint64_t a_size, uint64_t b,
		      uint64_t b_size)
{
	const fdt64_t reg[] = {cpu_to_fdt64(a), cpu_to_fdt64(a_size),
			       cpu_to_fdt64(b), cpu_to_fdt64(b_size)};
	int node;

	assert_int_equal(fdt_create_empty_tree(fdt, 1024), 0);
	fdt_setprop_u32(fdt, 0, "#address-cells", 2);
	fdt_setprop_u32(fdt, 0, "#size-cells", 2);
	node = fdt_add_subnode(fdt, 0, "device");
	assert_int_equal(fdt_setprop(fdt, node, "reg", reg, sizeof(reg)), 0);
}

static int setup(void **state __unused_arg)
{
	tree_make(host, 0, 1, 1, 1);
	fdt_set_host(host);
	emu = (struct vm_emu_device){.type = VM_EMU_CONSOLE};
	passed = (struct vm_range){0};
	config = (struct vm_config){.emu_devices = &emu,
				    .emu_device_count = 1,
				    .pt_addresses = &passed,
				    .pt_address_count = 1};
	ram = (struct vm_ram){0};
	vdev = (struct vdev){0};
	plan = (struct vm_plan){0};
	vm = (struct vm){.config = &config,
			 .plan = &plan,
			 .ram = &ram,
			 .ram_count = 1,
			 .vdevs = &vdev,
			 .vdev_count = 1};
	window = (struct arch_window){0};
	return 0;
}

static uint64_t place(void)
{
	gpa_t gpa;

	assert_int_equal(vdev_place(&vm, 0x1000, &gpa), 0);
	return gpa.v;
}

static void behind_each_in_turn(void **state __unused_arg)
{
	assert_int_equal(place(), MIB);
	ram.gpa = gpa(MIB / 2);
	ram.size_bytes = MIB;
	assert_int_equal(place(), MIB * 3 / 2);
	vdev.gpa = gpa(2 * MIB - 0x1000); /* leaves room before it */
	vdev.size_bytes = 0x1000;
	assert_int_equal(place(), MIB * 3 / 2);
	vdev.gpa = gpa(MIB * 3 / 2 + 0xfff);
	assert_int_equal(place(), MIB * 3 / 2 + 0x10000);
	window.base = MIB;
	window.size_bytes = MIB;
	assert_int_equal(place(), 2 * MIB);
	emu.gpa = 2 * MIB; /* though its kind is not offered */
	emu.size_bytes = MIB;
	assert_int_equal(place(), 3 * MIB);
	emu.type = VM_EMU_DUMMY;
	assert_int_equal(place(), 3 * MIB);
	passed.base = 3 * MIB;
	passed.size_bytes = MIB;
	assert_int_equal(place(), 4 * MIB);
	tree_make(host, 5 * MIB, MIB, 4 * MIB, MIB);
	assert_int_equal(place(), 6 * MIB);
	tree_make(given, 6 * MIB, 1, 0, 0);
	plan.images.dtb = given;
	assert_int_equal(place(), 6 * MIB + 0x10000);
}

static void no_room(void **state __unused_arg)
{
	gpa_t gpa_;

	ram.gpa = gpa(0);
	ram.size_bytes = 4 * GIB - 0x10000;
	assert_int_equal(place(), 4 * GIB - 0x10000);
	assert_int_equal(vdev_place(&vm, 0x10000, &gpa_), 0);
	assert_int_equal(vdev_place(&vm, 0x10001, &gpa_), -ENOSPC);
	vdev.gpa = gpa(4 * GIB - 0xf000); /* what is left is off the grain */
	vdev.size_bytes = 1;
	assert_int_equal(place(), 4 * GIB - 0x10000);
	vdev.gpa = gpa(4 * GIB - 0x10000);
	assert_int_equal(vdev_place(&vm, 0x1000, &gpa_), -ENOSPC);
	ram.size_bytes = 64 * GIB;
	assert_int_equal(vdev_place(&vm, 0x1000, &gpa_), -ENOSPC);
}

/* A tree may say what it likes. */
static void odd_trees(void **state __unused_arg)
{
	tree_make(host, UINT64_MAX, UINT64_MAX, 3, UINT64_MAX);
	plan.images.dtb = given;
	tree_make(given, MIB, UINT64_MAX, UINT64_MAX, 2);
	assert_int_equal(place(), MIB); /* they wrap: no addresses */
	tree_make(host, 4 * GIB, 4 * GIB, UINT64_MAX, 1);
	tree_make(given, 0, 0, MIB, 0);
	assert_int_equal(place(), MIB);
	tree_make(host, 0, 2 * MIB, UINT64_MAX, 2);
	assert_int_equal(place(), 2 * MIB);
	tree_make(given, 0, UINT64_MAX, 0, 0);
	assert_int_equal(vdev_place(&vm, 0x1000, &vdev.gpa), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(behind_each_in_turn, setup),
		cmocka_unit_test_setup(no_room, setup),
		cmocka_unit_test_setup(odd_trees, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
