/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of interrupts by the bindings of their controllers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../fake/dts.h"

#include <errno.h>
#include <lib/fdt.h>
#include <lib/util.h>
#include <libfdt.h>

static const char source[] =
	"/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;"
	" interrupt-parent = <&plic>;"
	" gic: gic { compatible = \"arm,gic-v3\";"
	"  interrupt-controller; #interrupt-cells = <3>; };"
	" plic: plic { compatible = \"sifive,plic-1.0.0\", \"riscv,plic0\";"
	"  interrupt-controller; #interrupt-cells = <1>; riscv,ndev = <95>; };"
	" two: two { compatible = \"andestech,nceplic100\", \"riscv,plic0\";"
	"  interrupt-controller; #interrupt-cells = <2>; riscv,ndev = <2000>;"
	"  };"
	" aplic: aplic { compatible = \"qemu,aplic\", \"riscv,aplic\";"
	"  interrupt-controller; #interrupt-cells = <2>;"
	"  riscv,num-sources = <96>; };"
	" gpio: gpio { compatible = \"some,gpio\";"
	"  interrupt-controller; #interrupt-cells = <2>; };"
	" root { interrupts = <10 1023 1024 0>; };"
	" bus { interrupt-parent = <&aplic>;"
	"  dev { interrupts = <7 4>, <8 1>, <9 2>; }; };"
	" mixed { interrupts-extended = <&gic 0 5 1>, <&gic 1 11 4>,"
	"  <&two 12 4>, <&two 13 1>, <&gpio 3 1>, <&plic 95>; }; };";

static char fdt[8192];

static int tree_make(void **state)
{
	(void)state;
	dts_text(source, fdt, sizeof(fdt));
	return 0;
}

struct row {
	const char *path;
	unsigned int index;
	int number;
	bool edge;
};

static void numbers(void **state)
{
	static const struct row rows[] = {
		{"/root", 0, 10, false},       {"/root", 1, 1023, false},
		{"/root", 2, -EINVAL, false},  {"/root", 3, -EINVAL, false},
		{"/bus/dev", 0, 7, false},     {"/bus/dev", 1, 8, true},
		{"/bus/dev", 2, 9, true},      {"/mixed", 0, 37, true},
		{"/mixed", 1, 27, false}, /* a hart's or CPU's own */
		{"/mixed", 2, 12, false},      {"/mixed", 3, 13, true},
		{"/mixed", 4, -EINVAL, false}, /* another driver's */
		{"/mixed", 5, 95, false},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct fdt_irq irq;
		bool edge = false;

		assert_int_equal(fdt_node_irq(fdt,
					      fdt_path_offset(fdt, row->path),
					      row->index, &irq),
				 0);
		assert_int_equal(fdt_irq_number(fdt, &irq, &edge), row->number);
		if (row->number > 0)
			assert_int_equal(edge, row->edge);
	}
}

/* Damage: fewer cells than the binding has. */
static void short_specifiers(void **state)
{
	struct fdt_irq irq = {.cells = {7, 4, 4}};
	bool edge;

	(void)state;
	irq.parent = fdt_path_offset(fdt, "/aplic");
	irq.cell_count = 1;
	assert_int_equal(fdt_irq_number(fdt, &irq, &edge), -EINVAL);
	irq.parent = fdt_path_offset(fdt, "/gic");
	irq.cell_count = 2;
	assert_int_equal(fdt_irq_number(fdt, &irq, &edge), -EINVAL);
}

static void controllers(void **state)
{
	static const struct {
		const char *path, *name;
		unsigned int first, last;
	} rows[] = {
		{"/gic", "GIC", 32, 1019}, {"/plic", "PLIC", 1, 95},
		{"/two", "PLIC", 1, 1023}, {"/aplic", "APLIC", 1, 96},
		{"/gpio", NULL, 0, 0},     {"/", NULL, 0, 0},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		int node = fdt_path_offset(fdt, rows[i].path);
		struct fdt_intc intc;

		assert_int_equal(fdt_intc_get(fdt, node, &intc),
				 rows[i].name != NULL);
		if (!rows[i].name)
			continue;
		assert_string_equal(intc.name, rows[i].name);
		assert_int_equal(intc.first, rows[i].first);
		assert_int_equal(intc.last, rows[i].last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(short_specifiers),
		cmocka_unit_test(controllers),
	};

	return cmocka_run_group_tests_name("fdt_irq", tests, tree_make, NULL);
}
