/* SPDX-License-Identifier: Apache-2.0 */
/* The pass over the tree that finds the disks' controllers. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <drivers/driver.h>
#include <drivers/storage.h>

#include "../../fake/dts.h"

static uint8_t tree[65536];
static char found[2048];
static const char *taken = "";
static bool damaged;
static unsigned int probed;

static int probe(const struct fdt_scan *scan, const struct fdt_reg *reg)
{
	struct fdt_reg again;

	probed++;
	if (damaged)
		return -ENODEV;
	/* as the slow way has it */
	assert_int_equal(fdt_node_reg(scan->fdt, scan->node, 0, &again), 0);
	assert_int_equal(again.addr, reg->addr);
	assert_int_equal(again.size, reg->size);
	assert_int_equal(scan->chain[scan->depth], scan->node);
	snprintf(found + strlen(found), sizeof(found) - strlen(found),
		 "%s:%llx ", scan->name, (unsigned long long)reg->addr);
	return 0;
}

static const char *const compatible[] = {"virtio,mmio", NULL};
static const struct driver other = {.name = "other", .compatible = compatible};
static const struct driver driver = {
	.name = "test",
	.phase = DRIVER_STORAGE,
	.compatible = compatible,
	.probe_at = probe,
};
/* in place of the linker's table, which has a name for its end */
const struct driver *const __drivers_start[]
	__attribute__((used)) = {&other, &driver, &other};
__asm__(".globl __drivers_end\n.set __drivers_end, __drivers_start + 24");

static bool is_guests(const struct fdt_scan *scan)
{
	return !strcmp(scan->name, taken);
}

static void probes(const char *expected)
{
	fdt_set_host(tree);
	found[0] = 0;
	storage_probe(is_guests);
	assert_string_equal(found, expected);
}

#define D(name, reg, more)                                                     \
	name " { compatible = \"some,thing\", \"virtio,mmio\"; reg = <" reg    \
	     ">; " more " };"

static void finds(void **state)
{
	(void)state;
	dts_text(
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; ranges; " D(
			"a", "0 0x1000 0 0x200", "status = \"okay\";")
			D("b", "0 0x2000 0 0x200", "status = \"disabled\";") "bus1 { #address-cells = <1>; #size-cells = <1>; ranges;" D(
				"c", "0x3000 0x200",
				D("below", "0x5000 1",
				  "")) "};"
				       "bus2 { #address-cells = <1>; #size-cells = <1>; "
				       "ranges = <0 0 0x70000000 0x10000>;" D("d", "0x100 0x200", "") "inner { #address-cells = <1>; #size-cells = <1>; ranges; " D(
					       "e", "0x400 0x200",
					       "") "}; };"
						   "off { #address-cells = <2>; #size-cells = <2>; ranges; "
						   "status = \"disabled\"; " D("f", "0 0x4000 0 1", "") "}; unreachable { #address-cells = <1>; #size-cells = <1>; " D(
							   "g", "0x6000 1",
							   "") "};"
							       "h { compatible = \"virtio,mmio\"; };"
							       "i { compatible = \"virtio,mmi\"; reg = <0 0 0 1>; };" D(
								       "j",
								       "0 0x8000 0 0x200",
								       "") "};",
		tree, sizeof(tree));
	probes("a:1000 c:3000 d:70000100 e:70000400 j:8000 ");
	taken = "c";
	probes("a:1000 d:70000100 e:70000400 j:8000 ");
	taken = "";
}

static void qemu(void **state)
{
	unsigned int count = 0;

	(void)state;
	dts_file("configs/qemu-aarch64.dts", tree, sizeof(tree));
	fdt_set_host(tree);
	found[0] = 0;
	storage_probe(is_guests);
	for (const char *at = found; (at = strchr(at, ':')); at++)
		count++;
	assert_int_equal(count, 32);
}

/* Any byte may be wrong: the pass ends. */
static void damage(void **state)
{
	size_t size;

	(void)state;
	size = dts_file("configs/qemu-riscv64.dts", tree, sizeof(tree));
	damaged = true;
	fdt_set_host(tree);
	for (size_t at = 0; at < size; at++)
		for (unsigned int bit = 0; bit < 8; bit += 3) {
			tree[at] ^= (uint8_t)BIT(bit);
			storage_probe(is_guests);
			tree[at] ^= (uint8_t)BIT(bit);
		}
	probed = 0;
	storage_probe(is_guests);
	assert_int_equal(probed, 8);
	fdt_set_host(NULL);
	storage_probe(is_guests);
	assert_int_equal(probed, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds),
		cmocka_unit_test(qemu),
		cmocka_unit_test(damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
