/* SPDX-License-Identifier: Apache-2.0 */
/* A PCI host bridge's node: QEMU's two machines, and nonsense. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "../../../drivers/pci/pci_tree.h"
#include "../../fake/dts.h"

static uint8_t tree[65536];
static struct fdt_scan scan;

static void stand_at(const char *name)
{
	assert_true(fdt_scan_init(&scan, tree));
	while (fdt_scan_next(&scan))
		if (!strcmp(scan.name, name))
			return;
	fail();
}

static void qemu_aarch64(void **state)
{
	struct pci_window window;
	struct fdt_irq irq;
	uint8_t first, last;

	(void)state;
	dts_file("configs/qemu-aarch64.dts", tree, sizeof(tree));
	stand_at("pcie@10000000");
	assert_true(pci_tree_window(&scan, false, &window));
	assert_int_equal(window.bus, 0x10000000);
	assert_int_equal(window.cpu, 0x10000000);
	assert_int_equal(window.size_bytes, 0x2eff0000);
	assert_true(pci_tree_window(&scan, true, &window));
	assert_int_equal(window.bus, 0x8000000000);
	assert_int_equal(window.size_bytes, 0x8000000000);
	pci_tree_buses(&scan, &first, &last);
	assert_int_equal(first, 0);
	assert_int_equal(last, 255);
	for (unsigned int dev = 0; dev < 32; dev++)
		for (unsigned int pin = 1; pin <= 4; pin++) {
			assert_int_equal(pci_tree_irq(tree, scan.node, 0,
						      (uint8_t)(dev << 3 | 5),
						      pin, &irq),
					 0);
			assert_int_equal(irq.cell_count, 3);
			assert_int_equal(irq.cells[0], 0);
			assert_int_equal(irq.cells[1], 3 + (dev + pin - 1) % 4);
		}
	/* no pin, and one that no map has */
	assert_int_equal(pci_tree_irq(tree, scan.node, 0, 0, 0, &irq), -ENOENT);
}

static void qemu_riscv64(void **state)
{
	struct pci_window window;
	struct fdt_irq irq;

	(void)state;
	dts_file("configs/qemu-riscv64.dts", tree, sizeof(tree));
	stand_at("pci@30000000");
	assert_true(pci_tree_window(&scan, false, &window));
	assert_int_equal(window.bus, 0x40000000);
	assert_int_equal(window.size_bytes, 0x40000000);
	for (unsigned int dev = 0; dev < 32; dev++) {
		assert_int_equal(pci_tree_irq(tree, scan.node, 0,
					      (uint8_t)(dev << 3), 2, &irq),
				 0);
		assert_int_equal(irq.cell_count, 1);
		assert_int_equal(irq.cells[0], 32 + (dev + 1) % 4);
	}
}

#define HOST(props)                                                            \
	"/dts-v1/; / { #address-cells = <1>; #size-cells = <1>; "              \
	"ic: ic { #interrupt-cells = <2>; #address-cells = <1>; }; "           \
	"pci { " props " }; };"

/* One address cell above; a controller with address cells; broken maps. */
static void others(void **state)
{
	struct pci_window window;
	struct fdt_irq irq;
	uint8_t first, last;

	(void)state;
	dts_text(HOST("ranges = <0x1000000 0 0 0x1000 0 0x1000 "
		      "0x2000000 0 0x80000000 0x40000000 0 0x1000000 "
		      "0x2000000 0 1>; bus-range = <4 7>;"
		      "interrupt-map = <0x800 0 0 1 &ic 9 5 4 "
		      "0x1000 0 0 1 &ic 9 6 4>;"),
		 tree, sizeof(tree));
	stand_at("pci");
	assert_true(pci_tree_window(&scan, false, &window));
	assert_int_equal(window.bus, 0x80000000);
	assert_int_equal(window.cpu, 0x40000000);
	assert_false(pci_tree_window(&scan, true, &window));
	pci_tree_buses(&scan, &first, &last);
	assert_int_equal(first, 4);
	assert_int_equal(last, 7);
	assert_int_equal(pci_tree_irq(tree, scan.node, 0, 2 << 3, 1, &irq), 0);
	assert_int_equal(irq.cells[0], 6);
	assert_int_equal(pci_tree_irq(tree, scan.node, 0, 3 << 3, 1, &irq),
			 -ENOENT);

	dts_text(HOST("interrupt-map = <0x800 0 0 1 &ic 9 5>;"
		      "bus-range = <7 4>;"
		      "ranges = <0x2000000 0 0x80000000 0x40000000 0xffffffff "
		      "0xffffffff>;"),
		 tree, sizeof(tree));
	stand_at("pci");
	assert_int_equal(pci_tree_irq(tree, scan.node, 0, 1 << 3, 1, &irq),
			 -EINVAL);
	assert_false(pci_tree_window(&scan, false, &window));
	pci_tree_buses(&scan, &first, &last);
	assert_int_equal(first, 0);
	assert_int_equal(last, 255);

	dts_text(HOST("interrupt-map = <0x800 0 0 1 0x77 9 5 4>;"), tree,
		 sizeof(tree));
	stand_at("pci");
	assert_int_equal(pci_tree_irq(tree, scan.node, 0, 1 << 3, 1, &irq),
			 -EINVAL);
	assert_false(pci_tree_window(&scan, false, &window));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_aarch64),
		cmocka_unit_test(qemu_riscv64),
		cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
