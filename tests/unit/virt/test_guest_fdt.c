/* SPDX-License-Identifier: Apache-2.0 */
#include "../../fake/fake.h"

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
#include <lib/log.h>
#include <virt/config.h>
#include <virt/guest_fdt.h>

#define TREE_MAX 65536
#define REFS "tests/unit/virt/trees/references.dts"
#define QEMU "tests/unit/virt/trees/qemu-virt.dts"

extern long fake_heap_fail_after;

static char host[TREE_MAX], out[TREE_MAX];
static size_t host_size;
static struct fdt_selection sel;
static char log_text[4096];
static size_t log_len;

static const char *const always_compatible[] = {"arm,gic-v3", "arm,armv8-timer",
						NULL};
static const char *const always_paths[] = {"/cpus", "/psci", NULL};
static const struct arch_fdt_rules rules = {
	.always_compatible = always_compatible,
	.always_paths = always_paths,
	.enable_method = "psci",
};

static const uint64_t hwids[] = {0x100};
static const struct guest_fdt_ram ram[] = {{0x40000000, 0x10000000}};
static const uint8_t seed[GUEST_FDT_SEED_BYTES] = {1, 2, 3, [31] = 32};
static const struct guest_fdt_desc desc = {
	.bootargs = "console=ttyAMA0",
	.stdout_path = "/soc/serial@1000",
	.rng_seed = seed,
	.initrd_start = 0x48000000,
	.initrd_end = 0x48100000,
	.ram = ram,
	.ram_count = 1,
	.cpu_hwids = hwids,
	.cpu_count = 1,
	.cpu_enable_method = "psci",
};

static void sink(const char *text, size_t len)
{
	if (len < sizeof(log_text) - log_len) {
		memcpy(log_text + log_len, text, len);
		log_len += len;
	}
	log_text[log_len] = '\0';
}

/* a .dts file, or with @is_text its text */
static void load(const char *dts, bool is_text)
{
	host_size = is_text ? dts_text(dts, host, sizeof(host))
			    : dts_file(dts, host, sizeof(host));
}

static int do_select(const char *const *paths, unsigned int path_count,
		     const char *const *excluded, unsigned int excluded_count,
		     const int *kept, unsigned int kept_count)
{
	struct vm_pt_device devices[4] = {{0}};
	struct vm_config config = {
		.name = "guest",
		.pt_devices = devices,
		.pt_device_count = path_count,
		.excluded = excluded,
		.excluded_count = excluded_count,
	};

	for (unsigned int i = 0; i < path_count; i++)
		devices[i].path = paths[i];
	log_len = 0;
	return fdt_select(host, &config, &rules, kept, kept_count, &sel);
}

static int select_one(const char *path)
{
	return do_select(&path, 1, NULL, 0, NULL, 0);
}

static unsigned int index_of_path(const char *path)
{
	int want = fdt_path_offset(host, path);
	unsigned int index = 0;

	assert_true(want >= 0);
	for (int node = 0; node != want; node = fdt_next_node(host, node, NULL))
		index++;
	return index;
}

static bool kept(const char *path)
{
	unsigned int i = index_of_path(path);

	assert_true(i < sel.node_count);
	return sel.keep[i / 8] >> (i % 8) & 1;
}

static bool owned(const char *path)
{
	unsigned int i = index_of_path(path);

	return sel.own[i / 8] >> (i % 8) & 1;
}

static void generate(void)
{
	assert_int_equal(guest_fdt_generate(host, &sel, &desc, out, TREE_MAX),
			 0);
	assert_int_equal(fdt_check_full(out, TREE_MAX), 0);
}

static void expect_str(const void *fdt, const char *path, const char *prop,
		       const char *value)
{
	int node = fdt_path_offset(fdt, path);
	int len = 0;
	const char *got = fdt_getprop(fdt, node, prop, &len);

	assert_true(node >= 0);
	if (!value) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_int_equal(len, strlen(value) + 1);
	assert_string_equal(got, value);
}

static uint64_t cell(const void *fdt, const char *path, const char *prop,
		     unsigned int index)
{
	int len = 0;
	const fdt32_t *got =
		fdt_getprop(fdt, fdt_path_offset(fdt, path), prop, &len);

	assert_non_null(got);
	assert_true(len >= (int)(index + 1) * 4);
	return fdt32_to_cpu(got[index]);
}

static bool exists(const char *path)
{
	return fdt_path_offset(out, path) >= 0;
}

/* every phandle that a known property names is there */
static void no_tree_is_shared(void)
{
	for (int node = 0; node >= 0; node = fdt_next_node(out, node, NULL)) {
		uint32_t phandle = fdt_get_phandle(out, node);

		if (phandle)
			assert_int_equal(
				fdt_node_offset_by_phandle(out, phandle), node);
	}
}

/*
 * Selection
 */

static void nothing_selected(void **state)
{
	(void)state;
	load(REFS, false);
	assert_int_equal(do_select(NULL, 0, NULL, 0, NULL, 0), 0);
	assert_true(kept("/"));
	assert_true(kept("/cpus/cpu@0"));
	assert_true(kept("/psci"));
	assert_true(kept("/timer"));
	assert_true(kept("/interrupt-controller@8000/msi@9000"));
	assert_false(kept("/soc"));
	assert_false(kept("/memory@80000000"));
	for (unsigned int i = 0; i < sel.node_count; i++)
		assert_false(sel.own[i / 8] >> (i % 8) & 1);
	fdt_selection_free(&sel);
}

static void simple_device(void **state)
{
	(void)state;
	load(REFS, false);
	assert_int_equal(select_one("/soc/serial@1000"), 0);
	assert_true(owned("/soc/serial@1000"));
	assert_true(owned("/oscillator"));
	assert_true(kept("/soc"));
	assert_false(owned("/soc"));
	assert_false(owned("/interrupt-controller@8000"));
	assert_false(kept("/soc/ethernet@2000"));
	assert_false(kept("/soc/clock-controller@4000"));
	fdt_selection_free(&sel);
}

static void every_reference(void **state)
{
	static const char *const want[] = {
		"/oscillator",
		"/soc/clock-controller@4000",
		"/soc/pmu@4100",
		"/soc/pmu@4100/power-controller",
		"/soc/pmu@4100/power-controller/domain@3",
		"/soc/clock-of-domain",
		"/soc/phy@4200",
		"/soc/mdio@4300",
		"/soc/mdio@4300/ethernet-phy@0",
		"/soc/reset-controller@4400",
		"/soc/dma@4500",
		"/soc/tsadc@4600",
		"/soc/mbox@4700",
		"/soc/grf@4800",
		"/soc/syscon@4900",
		"/soc/regmap@4a00",
		"/soc/iommu@4b00",
		"/soc/interconnect@4c00",
		"/soc/efuse@4d00",
		"/soc/efuse@4d00/mac@0",
		"/soc/codec@4e00",
		"/soc/pinctrl@5000",
		"/soc/pinctrl@5000/group/a",
		"/soc/pinctrl@5000/group/b",
		"/soc/clock-of-pinctrl",
		"/soc/i2c@5100",
		"/soc/i2c@5100/pmic@20",
		"/soc/i2c@5100/pmic@20/regulator-1",
		"/soc/gpio@5200",
		"/soc/gpio@5300",
		"/opp-table",
		"/opp-table/opp-1",
		"/soc/bridge@3000",
		"/soc/bridge@3000/port/endpoint",
		"/soc/clock-deep",
		"/reserved-memory/pool@90000000",
	};
	static const char *const dont[] = {
		"/soc/serial@1000",         "/soc/mdio@4300/ethernet-phy@1",
		"/soc/grf@4800/not-needed", "/soc/pinctrl@5000/group/c",
		"/soc/unrelated@f000",      "/soc/off@f100",
		"/soc/clock-of-off",        "/reserved-memory/other@91000000",
	};

	(void)state;
	load(REFS, false);
	assert_int_equal(select_one("/soc/ethernet@2000"), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(want); i++) {
		if (!owned(want[i]))
			fail_msg("%s is not owned", want[i]);
		assert_true(kept(want[i]));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(dont); i++) {
		if (kept(dont[i]) || owned(dont[i]))
			fail_msg("%s is kept", dont[i]);
	}
	fdt_selection_free(&sel);
}

static void exclusion_and_host(void **state)
{
	const char *const paths[] = {"/"};
	const char *const excluded[] = {"/soc/i2c@5100", "/no/such"};
	int host_nodes[3];

	(void)state;
	load(REFS, false);
	host_nodes[0] = fdt_path_offset(host, "/soc/serial@1000");
	host_nodes[1] = fdt_path_offset(host, "/oscillator");
	host_nodes[2] = fdt_path_offset(host, "/soc/phy@4200");
	log_set_sink(sink);
	assert_int_equal(do_select(paths, 1, excluded, 2, host_nodes, 3), 0);
	assert_non_null(strstr(log_text, "/no/such"));
	assert_true(owned("/soc/ethernet@2000"));
	assert_true(owned("/soc/unrelated@f000"));
	assert_false(kept("/soc/i2c@5100"));
	assert_false(kept("/soc/i2c@5100/pmic@20/regulator-1"));
	assert_false(kept("/soc/serial@1000"));
	assert_false(kept("/soc/phy@4200"));
	assert_false(kept("/memory@80000000"));
	/* a clock without registers is nobody's */
	assert_true(kept("/oscillator"));
	assert_false(owned("/oscillator"));
	/* disabled: shown, not given */
	assert_true(kept("/soc/off@f100"));
	assert_false(owned("/soc/off@f100"));
	fdt_selection_free(&sel);

	assert_int_equal(select_one("/soc/off@f100"), 0);
	assert_true(owned("/soc/off@f100"));
	assert_true(owned("/soc/clock-of-off"));
	fdt_selection_free(&sel);
}

static void missing_path(void **state)
{
	(void)state;
	load(REFS, false);
	log_set_sink(sink);
	assert_int_equal(select_one("/soc/pmu@4100/nothing/here"), -ENOENT);
	assert_non_null(strstr(log_text, "ends at /soc/pmu@4100\n"));
	assert_null(sel.keep);
	assert_int_equal(select_one("/nothing"), -ENOENT);
	assert_non_null(strstr(log_text, "ends at /\n"));
	assert_int_equal(select_one("serial0"), -ENOENT);
}

static void no_memory(void **state)
{
	const char *path = "/soc/ethernet@2000";
	int err;

	(void)state;
	load(REFS, false);
	for (long n = 0;; n++) {
		fake_heap_fail_after = n;
		err = select_one(path);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
	}
	fake_heap_fail_after = 0;
	assert_int_equal(guest_fdt_generate(host, &sel, &desc, out, TREE_MAX),
			 -ENOMEM);
	fake_heap_fail_after = -1;
	fdt_selection_free(&sel);
}

/*
 * Generation
 */

/* NULL: the tree says nothing of one */
static void expect_seed(const uint8_t *bytes)
{
	int len, node = fdt_path_offset(out, "/chosen");
	const void *found = fdt_getprop(out, node, "rng-seed", &len);

	assert_true(node >= 0);
	assert_int_equal(!found, !bytes);
	if (!found)
		return;
	assert_int_equal(len, GUEST_FDT_SEED_BYTES);
	assert_memory_equal(found, bytes, GUEST_FDT_SEED_BYTES);
}

static void generated_parts(void **state)
{
	(void)state;
	load(REFS, false);
	assert_int_equal(select_one("/soc/serial@1000"), 0);
	generate();
	expect_str(out, "/", "compatible", "test,board");
	expect_str(out, "/chosen", "bootargs", "console=ttyAMA0");
	expect_str(out, "/chosen", "stdout-path", "/soc/serial@1000");
	assert_int_equal(cell(out, "/chosen", "linux,initrd-start", 1),
			 0x48000000);
	assert_int_equal(cell(out, "/chosen", "linux,initrd-end", 1),
			 0x48100000);
	expect_seed(seed);
	assert_false(exists("/memory@80000000"));
	expect_str(out, "/memory@40000000", "device_type", "memory");
	assert_int_equal(cell(out, "/memory@40000000", "reg", 1), 0x40000000);
	assert_int_equal(cell(out, "/memory@40000000", "reg", 3), 0x10000000);
	expect_str(out, "/aliases", "serial0", "/soc/serial@1000");
	expect_str(out, "/aliases", "ethernet0", NULL);
	assert_int_equal(fdt_num_mem_rsv(out), 0);
	assert_true(exists("/timer"));
	assert_true(exists("/interrupt-controller@8000"));
	assert_true(exists("/soc/serial@1000"));
	assert_false(exists("/soc/ethernet@2000"));
	assert_false(exists("/reserved-memory"));
	no_tree_is_shared();
	/* there is room for fixups, and they work */
	assert_int_equal(fdt_setprop_string(out, fdt_path_offset(out, "/psci"),
					    "method", "hvc"),
			 0);
	assert_true(fdt_add_subnode(out, 0, "added") >= 0);
	assert_int_equal(fdt_pack(out), 0);
	assert_int_equal(fdt_check_full(out, fdt_totalsize(out)), 0);
	expect_str(out, "/psci", "method", "hvc");
	fdt_selection_free(&sel);
}

static void cpus(void **state)
{
	const uint64_t two[] = {0x100, 5};
	struct guest_fdt_desc d = desc;

	(void)state;
	load(REFS, false);
	assert_int_equal(do_select(NULL, 0, NULL, 0, NULL, 0), 0);
	d.cpu_hwids = two;
	d.cpu_count = 2;
	d.cpu_enable_method = "spin-table";
	assert_int_equal(guest_fdt_generate(host, &sel, &d, out, TREE_MAX), 0);
	assert_int_equal(fdt_check_full(out, TREE_MAX), 0);
	assert_false(exists("/cpus/cpu@0"));
	assert_false(exists("/cpus/cpu-map"));
	expect_str(out, "/cpus/cpu@100", "compatible", "arm,cortex-a76");
	expect_str(out, "/cpus/cpu@100", "enable-method", "spin-table");
	assert_int_equal(cell(out, "/cpus/cpu@100", "reg", 0), 0x100);
	assert_int_equal(cell(out, "/cpus/cpu@100/inner", "test,value", 0), 7);
	assert_int_equal(cell(out, "/cpus/cpu@100", "next-level-cache", 0),
			 cell(out, "/cpus/l2-cache", "phandle", 0));
	/* no host CPU has number 5: a copy of the first, without what ties */
	expect_str(out, "/cpus/cpu@5", "compatible", "arm,cortex-a55");
	expect_str(out, "/cpus/cpu@5", "clocks", NULL);
	expect_str(out, "/cpus/cpu@5", "cpu-supply", NULL);
	expect_str(out, "/cpus/cpu@5", "operating-points-v2", NULL);
	expect_str(out, "/cpus/cpu@5", "phandle", NULL);
	no_tree_is_shared();
	d.cpu_enable_method = NULL;
	assert_int_equal(guest_fdt_generate(host, &sel, &d, out, TREE_MAX), 0);
	expect_str(out, "/cpus/cpu@100", "enable-method", NULL);
	/* a number too wide for the cells of /cpus is an error, not a lie */
	d.cpu_hwids = (const uint64_t[]){(uint64_t)1 << 32};
	d.cpu_count = 1;
	assert_int_equal(guest_fdt_generate(host, &sel, &d, out, TREE_MAX),
			 -EINVAL);
	fdt_selection_free(&sel);
}

static void room(void **state)
{
	size_t need;

	(void)state;
	load(REFS, false);
	assert_int_equal(select_one("/soc/ethernet@2000"), 0);
	generate();
	need = fdt_off_dt_strings(out) + fdt_size_dt_strings(out);
	for (size_t size = 0; size < need; size++) {
		/* malloc: ASan sees a byte too far */
		char *small = malloc(size + 1);

		assert_int_equal(
			guest_fdt_generate(host, &sel, &desc, small, size),
			-ENOSPC);
		free(small);
	}
	assert_int_equal(guest_fdt_generate(host, &sel, &desc, out, need), 0);
	assert_int_equal(fdt_check_full(out, need), 0);
	fdt_selection_free(&sel);
}

static void qemu(void **state)
{
	const uint64_t one[] = {1};
	struct guest_fdt_desc d = desc;

	(void)state;
	load(QEMU, false);
	assert_int_equal(select_one("/"), 0);
	d.cpu_hwids = one;
	assert_int_equal(guest_fdt_generate(host, &sel, &d, out, TREE_MAX), 0);
	assert_int_equal(fdt_check_full(out, TREE_MAX), 0);
	assert_true(exists("/pl011@9000000"));
	assert_true(exists("/apb-pclk"));
	assert_true(exists("/intc@8000000/its@8080000"));
	assert_true(exists("/cpus/cpu@1"));
	assert_false(exists("/cpus/cpu@0"));
	no_tree_is_shared();
	fdt_selection_free(&sel);

	assert_int_equal(select_one("/pl031@9010000"), 0);
	generate();
	assert_true(owned("/apb-pclk"));
	assert_false(exists("/pl011@9000000"));
	assert_true(exists("/pl031@9010000"));
	fdt_selection_free(&sel);
}

static void adopt(void **state)
{
	static char given[TREE_MAX];
	struct guest_fdt_desc d = desc;
	const uint64_t ids[] = {0x100, 1};

	(void)state;
	load(QEMU, false);
	memcpy(given, host, host_size);
	/* a CPU from each: 1 is in the given tree, 0x100 in the host's */
	load(REFS, false);
	d.cpu_hwids = ids;
	d.cpu_count = 2;
	d.bootargs = NULL;
	d.stdout_path = NULL;
	/* a seed that is the same at every start is none */
	d.rng_seed = NULL;
	assert_int_equal(fdt_open_into(given, given, TREE_MAX), 0);
	assert_int_equal(fdt_setprop(given, fdt_path_offset(given, "/chosen"),
				     "rng-seed", "known to all", 12),
			 0);
	assert_int_equal(guest_fdt_adopt(given, fdt_totalsize(given), host, &d,
					 out, TREE_MAX),
			 0);
	assert_int_equal(fdt_check_full(out, TREE_MAX), 0);
	expect_str(out, "/cpus/cpu@100", "compatible", "arm,cortex-a76");
	expect_str(out, "/cpus/cpu@1", "compatible", "arm,cortex-a57");
	assert_int_equal(cell(out, "/cpus/cpu@100/inner", "test,value", 0), 7);
	assert_false(exists("/cpus/cpu@0"));
	assert_true(exists("/pl011@9000000"));
	expect_seed(NULL);
	/* of /chosen, what we do not say stays */
	expect_str(out, "/chosen", "stdout-path", "/pl011@9000000");
	assert_int_equal(cell(out, "/chosen", "linux,initrd-start", 1),
			 0x48000000);
	assert_int_equal(cell(out, "/memory@40000000", "reg", 3), 0x10000000);
	no_tree_is_shared();

	/* a CPU that both have is the host's, under the given tree's phandle */
	d.cpu_hwids = (const uint64_t[]){0};
	d.cpu_count = 1;
	assert_int_equal(guest_fdt_adopt(given, fdt_totalsize(given), host, &d,
					 out, TREE_MAX),
			 0);
	expect_str(out, "/cpus/cpu@0", "compatible", "arm,cortex-a55");
	assert_int_equal(cell(out, "/cpus/cpu@0", "phandle", 0),
			 cell(given, "/cpus/cpu@0", "phandle", 0));

	/* reservations of a given tree go with it */
	memcpy(given, host, host_size);
	assert_int_equal(
		guest_fdt_adopt(given, host_size, host, &desc, out, TREE_MAX),
		0);
	assert_int_equal(fdt_num_mem_rsv(out), 1);
	expect_str(out, "/chosen", "bootargs", "console=ttyAMA0");
	expect_str(out, "/aliases", "gone0", "/soc/unrelated@f000");
}

/*
 * Trees that are wrong
 */

static void odd_references(void **state)
{
	(void)state;
	load("/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;"
	     "cpus { #address-cells = <1>; #size-cells = <0>;"
	     "  cpu@100 { device_type = \"cpu\"; reg = <0x100>; }; };"
	     "a: a { clocks = <&b 1>; phandle = <1>; };"
	     "b: b { clocks = <&a>; #clock-cells = <1>; phandle = <2>;"
	     "  resets = [01 02]; dmas; vdd-supply = <0x77>;"
	     "  power-domains = <0 0 0>; };"
	     "c { clocks = <&d 1>; };"
	     "d: d { #clock-cells = <1>; };"
	     "};",
	     true);
	/* dtc itself would go on for ever with these two */
	assert_int_equal(fdt_open_into(host, host, TREE_MAX), 0);
	assert_int_equal(fdt_setprop_u32(host, fdt_path_offset(host, "/b"),
					 "interrupt-parent", 2),
			 0);
	assert_int_equal(fdt_setprop_u32(host, fdt_path_offset(host, "/d"),
					 "#clock-cells", UINT32_MAX),
			 0);
	/* a cycle; a value of odd length; none; a phandle nobody has */
	assert_int_equal(select_one("/a"), 0);
	assert_true(owned("/a"));
	assert_true(owned("/b"));
	fdt_selection_free(&sel);
	/* more argument cells than there are */
	assert_int_equal(select_one("/c"), 0);
	assert_false(owned("/d"));
	generate();
	fdt_selection_free(&sel);
}

static void truncated(void **state)
{
	char *copy;

	(void)state;
	load(REFS, false);
	for (uint32_t size = 16; size < fdt_size_dt_struct(host); size += 4) {
		int err;

		copy = malloc(host_size);
		memcpy(copy, host, host_size);
		fdt_set_size_dt_struct(copy, size);
		memcpy(host, copy, host_size);
		err = select_one("/soc/ethernet@2000");
		assert_int_equal(err, -EINVAL);
		err = guest_fdt_adopt(copy, host_size, host, &desc, out,
				      TREE_MAX);
		assert_int_equal(err, -EINVAL);
		free(copy);
		load(REFS, false);
		size += 400;
	}
}

static void damaged(void **state)
{
	static char pristine[TREE_MAX];

	(void)state;
	load(REFS, false);
	memcpy(pristine, host, host_size);
	log_set_level(LOG_OFF);
	for (unsigned int round = 0; round < 4000; round++) {
		size_t size = host_size;
		char *copy = malloc(size);
		const char *path = "/soc/ethernet@2000";
		struct vm_pt_device device = {.path = path};
		struct vm_config config = {.name = "guest",
					   .pt_devices = &device,
					   .pt_device_count = 1};
		int err;

		fake_seed(round);
		memcpy(copy, pristine, size);
		for (unsigned int i = fake_random(4); i < 4; i++) {
			/* the total size is the loader's to check */
			size_t at =
				8 + fake_random(fake_random(2) ? 32 : size - 8);

			copy[at] = (char)fake_random(256);
		}
		err = fdt_select(copy, &config, &rules, NULL, 0, &sel);
		if (!err) {
			err = guest_fdt_generate(copy, &sel, &desc, out,
						 TREE_MAX);
			if (!err)
				assert_int_equal(fdt_check_header(out), 0);
			fdt_selection_free(&sel);
		}
		err = guest_fdt_adopt(copy, size, pristine, &desc, out,
				      TREE_MAX);
		if (!err)
			assert_int_equal(fdt_check_full(out, TREE_MAX), 0);
		free(copy);
	}
	log_set_level(LOG_INFO);
}

static void address(void **state)
{
	(void)state;
	assert_int_equal(guest_fdt_address(gpa(0x40000000), SIZE_1G).v,
			 0x5fe00000);
	assert_int_equal(guest_fdt_address(gpa(0x40000000), 0x8000000).v,
			 0x47e00000);
	assert_int_equal(guest_fdt_address(gpa(0x40000000), 0x8180000).v,
			 0x48000000);
	assert_int_equal(guest_fdt_address(gpa(0x40000000), 0x8010000).v,
			 0x47e00000);
	/* no 2 MiB boundary inside: the very beginning */
	assert_int_equal(guest_fdt_address(gpa(0x40100000), 0x80000).v,
			 0x40100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_selected),
		cmocka_unit_test(simple_device),
		cmocka_unit_test(every_reference),
		cmocka_unit_test(exclusion_and_host),
		cmocka_unit_test(missing_path),
		cmocka_unit_test(no_memory),
		cmocka_unit_test(generated_parts),
		cmocka_unit_test(cpus),
		cmocka_unit_test(room),
		cmocka_unit_test(qemu),
		cmocka_unit_test(adopt),
		cmocka_unit_test(odd_references),
		cmocka_unit_test(truncated),
		cmocka_unit_test(damaged),
		cmocka_unit_test(address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
