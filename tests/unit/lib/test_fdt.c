/* SPDX-License-Identifier: Apache-2.0 */
/* Queries on a tree of QEMU's virt machine, odd ones, and damaged ones. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include <lib/fdt.h>

#include "../../../core/core.h"
#include <lib/fdt_walk.h>
#include "../../fake/fake.h"

#define TREE_SIZE 16384
#define INTC 0x8002
#define GPIO 0x8003

static uint8_t qemu[TREE_SIZE];
static uint8_t odd[TREE_SIZE];

static void cells(void *fdt, const char *name, unsigned int count, ...)
{
	fdt32_t values[16];
	va_list args;

	va_start(args, count);
	for (unsigned int i = 0; i < count; i++)
		values[i] = cpu_to_fdt32(va_arg(args, unsigned int));
	va_end(args);
	assert_int_equal(fdt_property(fdt, name, values, (int)count * 4), 0);
}

static void begin(void *fdt, const char *name, unsigned int na, unsigned int ns)
{
	assert_int_equal(fdt_begin_node(fdt, name), 0);
	if (na)
		cells(fdt, "#address-cells", 1, na);
	if (na)
		cells(fdt, "#size-cells", 1, ns);
}

static void end(void *fdt)
{
	assert_int_equal(fdt_end_node(fdt), 0);
}

/* The nodes that matter, as QEMU 10.0's virt with a GICv3 writes them. */
static void make_qemu(void *fdt)
{
	static const char uart[] = "arm,pl011\0arm,primecell";

	fdt_create(fdt, TREE_SIZE);
	fdt_finish_reservemap(fdt);
	begin(fdt, "", 2, 2);
	cells(fdt, "interrupt-parent", 1, INTC);
	fdt_property_string(fdt, "compatible", "linux,dummy-virt");

	begin(fdt, "memory@40000000", 0, 0);
	cells(fdt, "reg", 4, 0, 0x40000000, 0, 0x40000000);
	fdt_property_string(fdt, "device_type", "memory");
	end(fdt);

	begin(fdt, "timer", 0, 0);
	cells(fdt, "interrupts", 12, 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
	end(fdt);

	begin(fdt, "intc@8000000", 2, 2);
	cells(fdt, "phandle", 1, INTC);
	cells(fdt, "interrupts", 3, 1, 9, 4);
	cells(fdt, "reg", 8, 0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0,
	      0xf60000);
	fdt_property(fdt, "ranges", NULL, 0);
	cells(fdt, "#interrupt-cells", 1, 3);
	fdt_property(fdt, "interrupt-controller", NULL, 0);
	begin(fdt, "its@8080000", 0, 0);
	cells(fdt, "reg", 4, 0, 0x8080000, 0, 0x20000);
	end(fdt);
	end(fdt);

	begin(fdt, "pl011@9000000", 0, 0);
	fdt_property(fdt, "compatible", uart, sizeof(uart));
	cells(fdt, "reg", 4, 0, 0x9000000, 0, 0x1000);
	cells(fdt, "interrupts", 3, 0, 1, 4);
	end(fdt);

	begin(fdt, "pl061@9030000", 0, 0);
	cells(fdt, "phandle", 1, GPIO);
	cells(fdt, "interrupts", 3, 0, 7, 4);
	cells(fdt, "#interrupt-cells", 1, 2);
	end(fdt);
	end(fdt);
	fdt_finish(fdt);
}

/* Buses in buses, other widths, extended interrupts, strange status. */
static void make_odd(void *fdt)
{
	fdt_create(fdt, TREE_SIZE);
	fdt_finish_reservemap(fdt);
	begin(fdt, "", 2, 2);
	begin(fdt, "soc", 1, 1);
	/* 0x1000_0000 + 0x100_0000 at 0x2_4000_0000; 0x1 there at 0x8 */
	cells(fdt, "ranges", 8, 0x10000000, 2, 0x40000000, 0x01000000,
	      0x70000000, 0, 0x90000000, 0x1000);
	cells(fdt, "interrupt-parent", 1, INTC);
	begin(fdt, "bus@10000000", 1, 1);
	cells(fdt, "ranges", 3, 0, 0x10000000, 0x00800000);
	begin(fdt, "dev@100", 0, 0);
	cells(fdt, "reg", 4, 0x100, 0x10, 0x7ffff0, 0x20);
	cells(fdt, "interrupts-extended", 7, INTC, 0, 5, 1, GPIO, 3, 8);
	fdt_property_string(fdt, "status", "okay");
	end(fdt);
	begin(fdt, "dev@200", 0, 0);
	cells(fdt, "reg", 3, 0x200, 0x10, 0x30);
	cells(fdt, "interrupts", 2, 0, 5);
	fdt_property_string(fdt, "status", "disabled");
	end(fdt);
	end(fdt);
	begin(fdt, "i2c@70000000", 1, 0);
	cells(fdt, "reg", 2, 0x70000000, 0x100);
	begin(fdt, "chip@50", 0, 0);
	cells(fdt, "reg", 1, 0x50);
	cells(fdt, "interrupt-parent", 1, GPIO);
	cells(fdt, "interrupts", 4, 4, 1, 5, 2);
	fdt_property_string(fdt, "status", "ok");
	end(fdt);
	end(fdt);
	end(fdt);
	begin(fdt, "intc", 0, 0);
	cells(fdt, "linux,phandle", 1, INTC);
	cells(fdt, "#interrupt-cells", 1, 3);
	end(fdt);
	begin(fdt, "gpio", 0, 0);
	cells(fdt, "phandle", 1, GPIO);
	cells(fdt, "#interrupt-cells", 1, 2);
	begin(fdt, "child", 0, 0);
	cells(fdt, "interrupts", 2, 9, 1);
	end(fdt);
	end(fdt);
	begin(fdt, "lost", 0, 0);
	cells(fdt, "interrupts", 3, 0, 1, 4);
	end(fdt);
	begin(fdt, "dangling", 0, 0);
	cells(fdt, "interrupt-parent", 1, 0x77);
	cells(fdt, "interrupts", 3, 0, 1, 4);
	end(fdt);
	end(fdt);
	fdt_finish(fdt);
}

static int node_of(const void *fdt, const char *path)
{
	int node = fdt_path_offset(fdt, path);

	assert_true(node >= 0);
	return node;
}

#define assert_reg(fdt, path, index, a, s)                                     \
	do {                                                                   \
		struct fdt_reg reg;                                            \
		assert_int_equal(                                              \
			fdt_node_reg(fdt, node_of(fdt, path), index, &reg),    \
			0);                                                    \
		assert_int_equal(reg.addr, a);                                 \
		assert_int_equal(reg.size, s);                                 \
	} while (0)

static int reg_error(const void *fdt, const char *path, unsigned int index)
{
	struct fdt_reg reg;

	return fdt_node_reg(fdt, node_of(fdt, path), index, &reg);
}

static int irq_error(const void *fdt, const char *path, unsigned int index)
{
	struct fdt_irq irq;

	return fdt_node_irq(fdt, node_of(fdt, path), index, &irq);
}

static void test_qemu_reg(void **state)
{
	(void)state;
	assert_reg(qemu, "/memory@40000000", 0, 0x40000000, 0x40000000);
	assert_reg(qemu, "/intc@8000000", 0, 0x8000000, 0x10000);
	assert_reg(qemu, "/intc@8000000", 1, 0x80a0000, 0xf60000);
	assert_reg(qemu, "/intc@8000000/its@8080000", 0, 0x8080000, 0x20000);
	assert_int_equal(reg_error(qemu, "/intc@8000000", 2), -ENOENT);
	assert_int_equal(reg_error(qemu, "/intc@8000000", UINT32_MAX), -ENOENT);
	assert_int_equal(reg_error(qemu, "/timer", 0), -ENOENT);
	assert_int_equal(reg_error(qemu, "/", 0), -EINVAL);
}

static void test_qemu_irq(void **state)
{
	static const int intids[] = {29, 30, 27, 26};
	int timer = node_of(qemu, "/timer");
	struct fdt_irq irq;
	bool edge = true;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(fdt_node_irq(qemu, timer, i, &irq), 0);
		assert_int_equal(irq.parent, node_of(qemu, "/intc@8000000"));
		assert_int_equal(fdt_gic_intid(&irq, &edge), intids[i]);
		assert_false(edge);
	}
	assert_int_equal(fdt_node_irq(qemu, timer, 4, &irq), -ENOENT);
	assert_int_equal(
		fdt_node_irq(qemu, node_of(qemu, "/pl011@9000000"), 0, &irq),
		0);
	assert_int_equal(fdt_gic_intid(&irq, NULL), 33);
	assert_int_equal(irq_error(qemu, "/memory@40000000", 0), -ENOENT);
	/* a controller's own interrupt goes to the next one up */
	assert_int_equal(
		fdt_node_irq(qemu, node_of(qemu, "/pl061@9030000"), 0, &irq),
		0);
	assert_int_equal(irq.cell_count, 3);
}

static void test_buses(void **state)
{
	(void)state;
	assert_reg(odd, "/soc/bus@10000000/dev@100", 0, 0x240000100, 0x10);
	assert_reg(odd, "/soc/i2c@70000000", 0, 0x90000000, 0x100);
	/* begins inside the bus and ends outside */
	assert_int_equal(reg_error(odd, "/soc/bus@10000000/dev@100", 1),
			 -ERANGE);
	/* three cells are no whole entry */
	assert_int_equal(reg_error(odd, "/soc/bus@10000000/dev@200", 0),
			 -EINVAL);
	/* an address on an I2C bus is none of the CPU's */
	assert_int_equal(reg_error(odd, "/soc/i2c@70000000/chip@50", 0),
			 -ERANGE);
}

static void test_interrupt_parents(void **state)
{
	struct fdt_irq irq;
	int dev = node_of(odd, "/soc/bus@10000000/dev@100");
	int chip = node_of(odd, "/soc/i2c@70000000/chip@50");
	bool edge = false;

	(void)state;
	assert_int_equal(fdt_node_irq(odd, dev, 0, &irq), 0);
	assert_int_equal(irq.parent, node_of(odd, "/intc"));
	assert_int_equal(fdt_gic_intid(&irq, &edge), 37);
	assert_true(edge);
	assert_int_equal(fdt_node_irq(odd, dev, 1, &irq), 0);
	assert_int_equal(irq.parent, node_of(odd, "/gpio"));
	assert_int_equal(irq.cell_count, 2);
	assert_int_equal(irq.cells[0], 3);
	assert_int_equal(irq.cells[1], 8);
	assert_int_equal(fdt_gic_intid(&irq, NULL), -EINVAL);
	assert_int_equal(fdt_node_irq(odd, dev, 2, &irq), -ENOENT);

	assert_int_equal(fdt_node_irq(odd, chip, 1, &irq), 0);
	assert_int_equal(irq.parent, node_of(odd, "/gpio"));
	assert_int_equal(irq.cells[0], 5);

	/* the parent in the tree is a controller */
	assert_int_equal(
		fdt_node_irq(odd, node_of(odd, "/gpio/child"), 0, &irq), 0);
	assert_int_equal(irq.parent, node_of(odd, "/gpio"));

	assert_int_equal(irq_error(odd, "/soc/bus@10000000/dev@200", 0),
			 -EINVAL); /* two cells, three each */
	assert_int_equal(irq_error(odd, "/lost", 0), -EINVAL);
	assert_int_equal(irq_error(odd, "/dangling", 0), -EINVAL);
}

static void test_intids(void **state)
{
	static const struct {
		uint32_t type, number;
		int intid;
	} rows[] = {
		{0, 0, 32},
		{0, 987, 1019},
		{0, 988, -EINVAL},
		{1, 0, 16},
		{1, 15, 31},
		{1, 16, -EINVAL},
		{2, 0, -EINVAL},
		{3, 0, -EINVAL},
		{UINT32_MAX, 0, -EINVAL},
		{0, UINT32_MAX, -EINVAL},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fdt_irq irq = {
			.cells = {rows[i].type, rows[i].number, 4},
			.cell_count = 3,
		};

		assert_int_equal(fdt_gic_intid(&irq, NULL), rows[i].intid);
	}
}

static void test_status_and_compatible(void **state)
{
	static const char *const primecell[] = {"x", "arm,primecell", NULL};
	static const char *const prefix[] = {"arm,pl01", "arm", NULL};
	static const char *const none[] = {NULL};
	int uart = node_of(qemu, "/pl011@9000000");

	(void)state;
	assert_true(fdt_node_enabled(qemu, uart));
	assert_true(fdt_node_enabled(
		odd, node_of(odd, "/soc/bus@10000000/dev@100")));
	assert_false(fdt_node_enabled(
		odd, node_of(odd, "/soc/bus@10000000/dev@200")));
	assert_true(fdt_node_enabled(
		odd, node_of(odd, "/soc/i2c@70000000/chip@50")));
	assert_true(fdt_node_compatible_any(qemu, uart, primecell));
	assert_false(fdt_node_compatible_any(qemu, uart, prefix));
	assert_false(fdt_node_compatible_any(qemu, uart, none));
	assert_false(fdt_node_compatible_any(qemu, node_of(qemu, "/timer"),
					     primecell));
}

static void test_not_a_node(void **state)
{
	struct fdt_reg reg;
	struct fdt_irq irq;

	(void)state;
	assert_int_equal(fdt_node_reg(qemu, -1, 0, &reg), -EINVAL);
	assert_int_equal(fdt_node_reg(qemu, 2, 0, &reg), -EINVAL);
	assert_int_equal(fdt_node_reg(qemu, 1 << 20, 0, &reg), -EINVAL);
	assert_true(fdt_node_irq(qemu, 2, 0, &irq) < 0);
	assert_true(fdt_node_irq(qemu, 1 << 20, 0, &irq) < 0);
}

/* Every query at every node that a damaged tree still shows. */
static void ask_everything(const void *fdt)
{
	static const char *const list[] = {"arm,pl011", NULL};
	struct fdt_walk walk;
	unsigned int steps = 0;

	if (!fdt_walk_init(&walk, fdt))
		return;
	while (fdt_walk_next(&walk) != FDT_TOKEN_DONE) {
		struct fdt_reg reg;
		struct fdt_irq irq;

		assert_true(++steps < TREE_SIZE);
		for (unsigned int i = 0; i < 4; i++) {
			(void)fdt_node_reg(fdt, walk.node, i, &reg);
			if (!fdt_node_irq(fdt, walk.node, i, &irq)) {
				assert_in_range(irq.cell_count, 1, 4);
				(void)fdt_gic_intid(&irq, NULL);
			}
		}
		(void)fdt_node_enabled(fdt, walk.node);
		(void)fdt_node_compatible_any(fdt, walk.node, list);
	}
}

/* The copy ends where the tree does, so that ASan sees each step too far. */
static void damage(const void *tree, unsigned int hits)
{
	size_t size = fdt_totalsize(tree);
	uint8_t *copy = malloc(size);

	memcpy(copy, tree, size);
	for (unsigned int i = 0; i < hits; i++)
		copy[8 + fake_random(size - 8)] = (uint8_t)fake_random(256);
	ask_everything(copy);
	free(copy);
}

static void test_damaged(void **state)
{
	(void)state;
	fake_seed(1);
	for (unsigned int i = 0; i < 3000; i++) {
		damage(qemu, 1 + i % 7);
		damage(odd, 1 + i % 7);
	}
}

static void test_truncated(void **state)
{
	size_t size = fdt_totalsize(odd);

	(void)state;
	for (size_t cut = sizeof(struct fdt_header); cut < size; cut++) {
		uint8_t *copy = malloc(cut);

		memcpy(copy, odd, cut);
		fdt_set_totalsize(copy, (uint32_t)cut);
		ask_everything(copy);
		free(copy);
	}
}

/* A phandle that leads round in a circle must not hold us up. */
static void test_loops(void **state)
{
	static uint8_t tree[TREE_SIZE];
	struct fdt_irq irq;

	(void)state;
	fdt_create(tree, TREE_SIZE);
	fdt_finish_reservemap(tree);
	begin(tree, "", 2, 2);
	cells(tree, "interrupt-parent", 1, 1);
	begin(tree, "a", 0, 0);
	cells(tree, "phandle", 1, 1);
	cells(tree, "interrupt-parent", 1, 1);
	cells(tree, "interrupts", 1, 5);
	end(tree);
	end(tree);
	fdt_finish(tree);
	assert_int_equal(fdt_node_irq(tree, node_of(tree, "/a"), 0, &irq),
			 -EINVAL);
}

/* One pass sees what libfdt sees, and the same registers as a search. */
static void test_scan(void **state)
{
	const void *trees[] = {qemu, odd};
	struct fdt_scan scan;
	struct fdt_reg a, b;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(trees); i++) {
		int depth = 0;

		assert_true(fdt_scan_init(&scan, trees[i]));
		for (int node = 0; node >= 0 && depth >= 0;
		     node = fdt_next_node(trees[i], node, &depth)) {
			int found;

			assert_true(fdt_scan_next(&scan));
			assert_int_equal(scan.node, node);
			assert_int_equal(scan.depth, depth);
			assert_string_equal(scan.name,
					    fdt_get_name(trees[i], node, NULL));
			found = fdt_node_reg(trees[i], node, 0, &a);
			assert_int_equal(fdt_scan_reg(&scan, 0, &b), found);
			if (!found)
				assert_memory_equal(&a, &b, sizeof(a));
		}
		assert_false(fdt_scan_next(&scan));
	}
}

static void test_first(void **state)
{
	static const char *const uart[] = {"arm,primecell", NULL};
	static const char *const none[] = {"acme,nothing", NULL};
	static const char *const props[] = {"no-such", "#interrupt-cells",
					    NULL};
	static uint8_t copy[TREE_SIZE];
	int node;

	(void)state;
	node = fdt_first_compatible(qemu, uart);
	assert_int_equal(node, fdt_node_offset_by_compatible(qemu, -1, *uart));
	assert_true(fdt_first_compatible(qemu, none) < 0);
	node = fdt_first_with(qemu, props);
	assert_int_equal(node, node_of(qemu, "/intc@8000000"));
	assert_int_equal(fdt_phandle_node(qemu, INTC), node);
	node = fdt_phandle_node(qemu, fdt_phandle_unused(qemu));
	assert_true(node < 0);

	assert_int_equal(fdt_open_into(qemu, copy, sizeof(copy)), 0);
	node = node_of(copy, "/timer");
	assert_int_equal(fdt_drop(copy, node, "no-such"), 0);
	assert_int_equal(fdt_drop(copy, node, "interrupts"), 0);
	assert_null(fdt_getprop(copy, node, "interrupts", NULL));
}

/* Ancestors, paths and children, as libfdt finds them. */
static void family(const void *fdt)
{
	struct fdt_scan scan;
	int child;

	assert_true(fdt_scan_init(&scan, fdt));
	while (fdt_scan_next(&scan)) {
		char path[128], libs[128];
		int libs_child = fdt_first_subnode(fdt, scan.node);

		assert_int_equal(fdt_parent(fdt, scan.node),
				 fdt_parent_offset(fdt, scan.node));
		assert_true(fdt_scan_path(&scan, path, sizeof(path)));
		assert_int_equal(
			fdt_get_path(fdt, scan.node, libs, sizeof(libs)), 0);
		assert_string_equal(path, libs);
		assert_true(fdt_scan_path(&scan, path, strlen(libs) + 1));
		assert_false(fdt_scan_path(&scan, path, strlen(libs)));
		fdt_for_each_child (child, fdt, scan.node) {
			assert_int_equal(child, libs_child);
			libs_child = fdt_next_subnode(fdt, child);
		}
		assert_int_equal(libs_child, -FDT_ERR_NOTFOUND);
	}
	assert_true(fdt_parent(fdt, 2) < 0);
	assert_true(fdt_child_first(fdt, 2) < 0);
	assert_true(fdt_child_next(fdt, -1) < 0);
}

static void test_family(void **state)
{
	(void)state;
	family(qemu);
	family(odd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qemu_reg),
		cmocka_unit_test(test_qemu_irq),
		cmocka_unit_test(test_buses),
		cmocka_unit_test(test_interrupt_parents),
		cmocka_unit_test(test_intids),
		cmocka_unit_test(test_status_and_compatible),
		cmocka_unit_test(test_not_a_node),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_loops),
		cmocka_unit_test(test_scan),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_family),
	};

	make_qemu(qemu);
	make_odd(odd);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
