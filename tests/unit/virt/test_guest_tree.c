/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's tree as guest_tree.c puts it together, and its seed at each start. */
#include "../../../virt/plan.h"

#include <errno.h>
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../fake/dts.h"

#include <arch/virt.h>
#include <lib/fdt.h>
#include <lib/random.h>
#include <virt/vcpu.h>
#include <virt/vdev.h>
#include <virt/vm.h>

#define QEMU "tests/unit/virt/trees/qemu-virt.dts"

static const char *const always_compatible[] = {"arm,gic-v3", "arm,armv8-timer",
						NULL};
static const char *const always_paths[] = {"/cpus", "/psci", NULL};
static const struct arch_fdt_rules rules = {
	.always_compatible = always_compatible,
	.always_paths = always_paths,
	.enable_method = "psci",
};

static char host[65536];
static int fixup_err;
static struct vm_ram ram[3];
static struct vcpu vcpu;
static struct vcpu *vcpus[] = {&vcpu};
static struct vm_config config;
static struct vm_plan plan;
static struct vm vm;

/* what stands beside */
const struct arch_fdt_rules *arch_fdt_rules(void)
{
	return &rules;
}

int arch_fdt_fixup(struct vm *v __unused_arg, void *fdt __unused_arg)
{
	return fixup_err;
}

/* the emulated device that the guest's console is */
static bool input(struct vdev *dev __unused_arg, uint8_t byte __unused_arg)
{
	return true;
}

static int uart_node(const struct vdev *dev, void *fdt, int parent __unused_arg)
{
	char name[40];

	vdev_node_name(dev, name, sizeof(name));
	return fdt_add_subnode(fdt, 0, name) < 0 ? -ENOSPC : 0;
}

void vdev_node_name(const struct vdev *dev, char *name, size_t size)
{
	snprintf(name, size, "serial@%llx", (unsigned long long)dev->gpa.v);
}

static const struct vdev_ops uart_ops = {
	.name = "serial",
	.console_input = input,
	.fdt_node = uart_node,
};
static struct vdev uart = {.ops = &uart_ops, .gpa = {0x20000000}};

static int setup(void **state)
{
	static const uint8_t zeros[64];

	(void)state;
	dts_file(QEMU, host, sizeof(host));
	fdt_set_host(host);
	random_seed(zeros, sizeof(zeros));
	fixup_err = 0;
	config = (struct vm_config){
		.file = "vms/t.toml", .name = "t", .cmdline = "quiet"};
	plan = (struct vm_plan){0};
	vm = (struct vm){.config = &config,
			 .plan = &plan,
			 .ram = ram,
			 .ram_count = 1,
			 .vcpu_count = 1};
	memcpy(vm.vcpus, vcpus, sizeof(vcpus));
	ram[0] = (struct vm_ram){.gpa = gpa(0x40000000),
				 .size_bytes = 0x1000000};
	assert_int_equal(
		fdt_select(host, &config, &rules, NULL, 0, &plan.selection), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fdt_selection_free(&plan.selection);
	free(plan.dtb);
	return 0;
}

static const void *chosen(const char *prop, int *len)
{
	int node = fdt_path_offset(plan.dtb, "/chosen");

	assert_true(node >= 0);
	return fdt_getprop(plan.dtb, node, prop, len);
}

static void seed_get(uint8_t seed[GUEST_FDT_SEED_BYTES])
{
	int len;
	const void *value = chosen("rng-seed", &len);

	assert_non_null(value);
	assert_int_equal(len, GUEST_FDT_SEED_BYTES);
	memcpy(seed, value, GUEST_FDT_SEED_BYTES);
}

/* Each start has a seed of its own; nothing else of the tree changes. */
static void test_seed_of_each_start(void **state)
{
	uint8_t seeds[8][GUEST_FDT_SEED_BYTES];
	static const uint8_t zeros[GUEST_FDT_SEED_BYTES];
	void *before;
	int node;

	(void)state;
	assert_int_equal(vm_tree_create(&vm), 0);
	before = malloc(plan.dtb_size);
	memcpy(before, plan.dtb, plan.dtb_size);
	for (unsigned int i = 0; i < 8; i++) {
		seed_get(seeds[i]);
		assert_memory_not_equal(seeds[i], zeros, sizeof(zeros));
		for (unsigned int j = 0; j < i; j++)
			assert_memory_not_equal(seeds[i], seeds[j],
						sizeof(zeros));
		vm_tree_reseed(&vm);
		assert_int_equal(fdt_totalsize(plan.dtb), plan.dtb_size);
	}
	node = fdt_path_offset(plan.dtb, "/chosen");
	assert_int_equal(fdt_setprop_inplace(plan.dtb, node, "rng-seed",
					     seeds[0], sizeof(seeds[0])),
			 0);
	assert_memory_equal(plan.dtb, before, plan.dtb_size);
	free(before);
}

/* A tree of the user's: without a seed of its own, then with one. */
static void test_seed_in_given_tree(void **state)
{
	static const char seed[GUEST_FDT_SEED_BYTES] =
		"the same at every start";
	uint8_t given[1024], first[GUEST_FDT_SEED_BYTES], second[sizeof(first)];
	int node;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(fdt_create_empty_tree(given, sizeof(given)),
				 0);
		node = fdt_add_subnode(given, 0, "chosen");
		assert_true(node >= 0);
		if (i)
			assert_int_equal(fdt_setprop(given, node, "rng-seed",
						     seed, sizeof(seed)),
					 0);
		plan.images.dtb = given;
		plan.images.image[IMAGE_DTB].size_bytes = sizeof(given);
		assert_int_equal(vm_tree_create(&vm), 0);
		seed_get(first);
		assert_memory_not_equal(first, seed, sizeof(seed));
		vm_tree_reseed(&vm);
		seed_get(second);
		assert_memory_not_equal(first, second, sizeof(first));
		free(plan.dtb);
		plan.dtb = NULL;
	}
}

/* Nothing to make a reseed from: the tree stays as it is. */
static void test_reseed_without_chosen(void **state)
{
	uint8_t tree[256], before[sizeof(tree)];

	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	memcpy(before, tree, sizeof(tree));
	plan.dtb = tree;
	vm_tree_reseed(&vm);
	plan.dtb = NULL;
	assert_memory_equal(tree, before, sizeof(tree));
}

/* Chunks of host memory are one piece of RAM; device memory is none. */
static void test_ram_in_one_piece(void **state)
{
	uint64_t cells[2];
	int node, len;
	const void *reg;

	(void)state;
	ram[1] = (struct vm_ram){.gpa = gpa(0x41000000),
				 .size_bytes = 0x3000000};
	ram[2] = (struct vm_ram){.gpa = gpa(0x44000000),
				 .size_bytes = 0x1000,
				 .prot = PGT_R | PGT_DEVICE};
	vm.ram_count = 3;
	assert_int_equal(vm_tree_create(&vm), 0);
	node = fdt_path_offset(plan.dtb, "/memory@40000000");
	assert_true(node >= 0);
	reg = fdt_getprop(plan.dtb, node, "reg", &len);
	assert_int_equal(len, sizeof(cells));
	memcpy(cells, reg, sizeof(cells));
	assert_int_equal(fdt64_to_cpu(cells[0]), 0x40000000);
	assert_int_equal(fdt64_to_cpu(cells[1]), 0x4000000);
	assert_true(fdt_path_offset(plan.dtb, "/memory@44000000") < 0);
}

static void test_console_and_ramdisk(void **state)
{
	static const char data[4096];
	const fdt64_t *at;
	int len;

	(void)state;
	plan.images.image[IMAGE_RAMDISK] =
		(struct image){.used = true, .size_bytes = sizeof(data)};
	plan.ramdisk_gpa = gpa(0x40800000);
	vm.vdevs = &uart;
	vm.vdev_count = 1;
	assert_int_equal(vm_tree_create(&vm), 0);
	assert_string_equal(chosen("stdout-path", NULL), "/serial@20000000");
	assert_string_equal(chosen("bootargs", NULL), "quiet");
	assert_true(fdt_path_offset(plan.dtb, "/serial@20000000") >= 0);
	at = chosen("linux,initrd-start", &len);
	assert_int_equal(len, 8);
	assert_int_equal(fdt64_ld(at), 0x40800000);
	at = chosen("linux,initrd-end", &len);
	assert_int_equal(fdt64_ld(at), 0x40801000);
}

/* As long as a guest file can be: no limit of ours. */
static void test_long_command_line(void **state)
{
	static char line[200000];

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	config.cmdline = line;
	assert_int_equal(vm_tree_create(&vm), 0);
	assert_string_equal(chosen("bootargs", NULL), line);
}

static void test_no_tree(void **state)
{
	extern long fake_heap_fail_after;
	int err = -ENOMEM;

	(void)state;
	fixup_err = -ENOSPC;
	assert_int_equal(vm_tree_create(&vm), -ENOSPC);
	assert_null(plan.dtb);
	fixup_err = 0;
	for (long n = 0; err; n++) {
		fake_heap_fail_after = n;
		err = vm_tree_create(&vm);
		fake_heap_fail_after = -1;
		assert_true(!err || err == -ENOMEM);
		assert_true(!err == !!plan.dtb);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_seed_of_each_start, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_seed_in_given_tree, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_reseed_without_chosen,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_ram_in_one_piece, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_console_and_ramdisk, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_long_command_line, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_no_tree, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
