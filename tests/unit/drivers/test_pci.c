/* SPDX-License-Identifier: Apache-2.0 */
/* PCI: buses, bridges, base addresses and pins, on a machine made up here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>
#include <core/irq.h>

#include "../../../drivers/pci/pci.c"
#include "../../fake/dts.h"
#include "../../fake/io_wait.h"

#define ECAM 0x100000000ull
#define WINDOW 0x40000000ull

/*
 * Functions by bus and devfn; offsets are the specification's.
 */
static struct function {
	unsigned int bus, devfn;
	uint8_t config[256];
	uint32_t bar_size[6]; /* 0: none; of the upper half of a wide one: 1 */
	bool wide[6];
} functions[16];
static unsigned int function_count;

static struct function *function_at(unsigned int bus, unsigned int devfn)
{
	for (unsigned int i = 0; i < function_count; i++)
		if (functions[i].bus == bus && functions[i].devfn == devfn)
			return &functions[i];
	return NULL;
}

static void put(uint8_t *to, uint64_t value, unsigned int bytes)
{
	memcpy(to, &value, bytes);
}

/* A bus is where its bridge says; firmware may have set that up before. */
static bool is_reached(unsigned int bus)
{
	if (bus == 0)
		return true;
	for (unsigned int i = 0; i < function_count; i++) {
		const uint8_t *config = functions[i].config;

		if (config[0x0e] % 128 == 1 && config[0x19] <= bus &&
		    bus <= config[0x1a] && config[0x19])
			return true;
	}
	return false;
}

/* What is behind a bridge is where it leads now. */
static struct function *reached(uint64_t offset)
{
	unsigned int bus = (unsigned int)(offset >> 20);
	unsigned int devfn = offset >> 12 & 255;

	if (!is_reached(bus))
		return NULL;
	return function_at(bus, devfn);
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	uint64_t pa = virt_to_phys((const void *)addr).v, value = 0;
	struct function *fn;

	assert_true(pa >= ECAM && pa < ECAM + (8 << 20));
	fn = reached(pa - ECAM);
	if (!fn)
		return width == 4 ? UINT32_MAX : width == 2 ? 0xffff : 0xff;
	if ((pa & 4095) + width > 256)
		return 0;
	memcpy(&value, fn->config + (pa & 255), width);
	return value;
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	uint64_t pa = virt_to_phys((const void *)(uintptr_t)addr).v;
	struct function *fn = reached(pa - ECAM);
	unsigned int at = pa & 4095;

	assert_non_null(fn);
	assert_true(at + width <= 256);
	if (at >= 0x10 && at < 0x28 && (fn->config[0x0e] & 127) == 0) {
		unsigned int bar = (at - 0x10) / 4;
		uint32_t size = fn->bar_size[bar];

		assert_int_equal(width, 4);
		/* never while it decodes */
		assert_false(fn->config[4] & 2);
		if (bar && fn->wide[bar - 1])
			put(fn->config + at, value, 4);
		else if (size)
			put(fn->config + at,
			    ((uint32_t)value & ~(size - 1)) |
				    (fn->wide[bar] ? 4 : 0),
			    4);
		return;
	}
	put(fn->config + at, value, width);
}

static struct function *add(unsigned int bus, unsigned int dev, uint32_t id,
			    uint32_t class)
{
	struct function *fn = &functions[function_count++];

	memset(fn, 0, sizeof(*fn));
	fn->bus = bus;
	fn->devfn = dev << 3;
	put(fn->config, id, 4);
	put(fn->config + 8, class << 8, 4);
	fn->config[0x3d] = 1;
	return fn;
}

static void wide_bar(struct function *fn, unsigned int bar, uint32_t size)
{
	fn->bar_size[bar] = size;
	fn->wide[bar] = true;
	fn->config[0x10 + 4 * bar] = 4;
}

/* @secondary: 0: firmware did nothing */
static struct function *bridge(unsigned int bus, unsigned int dev,
			       uint8_t secondary, uint8_t subordinate)
{
	struct function *fn = add(bus, dev, 0x12345678, 0x060400);

	fn->config[0x0e] = 1;
	fn->config[0x19] = secondary;
	fn->config[0x1a] = subordinate;
	return fn;
}

/*
 * The rest of the machine
 */

/* What is found is never given back: here, between two tests. */
static void *allocated[64];

void *heap_alloc(size_t size)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(allocated); i++)
		if (!allocated[i])
			return allocated[i] = calloc(1, size);
	return NULL;
}

void heap_free(void *ptr)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(allocated); i++)
		if (ptr && allocated[i] == ptr)
			allocated[i] = NULL;
	free(ptr);
}

static void heap_empty(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(allocated); i++)
		heap_free(allocated[i]);
}

static struct pci_function *bound[16];
static unsigned int bound_count;
static int answer;

static int probe(struct pci_function *fn)
{
	bound[bound_count++] = fn;
	return answer;
}

const struct pci_driver virtio_pci_driver = {.name = "a",
					     .vendor = 0x1af4,
					     .devices = {0x1042, 0x1001},
					     .probe = probe};
const struct pci_driver nvme_driver = {
	.name = "b", .class = 0x010802, .class_mask = 0xffffff, .probe = probe};
const struct pci_driver sdhci_pci_driver = {
	.name = "c", .class = 0x080500, .class_mask = 0xffff00, .probe = probe};

static struct {
	irq_handler_t handler;
	void *arg;
	unsigned int requests, frees;
} irqs[64];

int irq_of_fdt(const struct fdt_irq *spec, enum irq_trigger *trigger)
{
	*trigger = IRQ_TRIGGER_LEVEL;
	return (int)spec->cells[0];
}

int irq_request(unsigned int irq, irq_handler_t handler, void *arg,
		const char *name, enum irq_trigger trigger)
{
	(void)name;
	assert_int_equal(trigger, IRQ_TRIGGER_LEVEL);
	assert_null(irqs[irq].handler);
	irqs[irq].handler = handler;
	irqs[irq].arg = arg;
	irqs[irq].requests++;
	return 0;
}

void irq_free(unsigned int irq)
{
	irqs[irq].handler = NULL;
	irqs[irq].frees++;
}

static uint8_t tree[8192];

#define PIN(dev, pin, irq) "<(" #dev "<<11) 0 0 " #pin " &ic " #irq ">"

static int setup(void **state)
{
	(void)state;
	function_count = bound_count = 0;
	answer = 0;
	memset(irqs, 0, sizeof(irqs));
	dts_text("/dts-v1/; / { #address-cells = <2>; #size-cells = <2>;"
		 "ic: ic { #interrupt-cells = <1>; };"
		 "pci { device_type = \"pci\"; reg = <1 0 0 0x800000>;"
		 "#address-cells = <3>; #size-cells = <2>;"
		 "ranges = <0x2000000 0 0x40000000 0 0x40000000 0 0x1000000>, "
		 "<0x3000000 2 0 2 0 1 0>;"
		 "interrupt-map-mask = <0x1800 0 0 7>;"
		 "interrupt-map = " PIN(0, 1, 10) ", " PIN(0, 2, 11) ", " PIN(
			 1, 1,
			 11) ", " PIN(2, 1,
				      12) ", " PIN(2, 2,
						   13) ", " PIN(3, 1,
								13) "; }; };",
		 tree, sizeof(tree));
	fake_log_start();
	return 0;
}

static void scan_all(void)
{
	struct fdt_reg reg = {ECAM, 8 << 20};
	struct fdt_scan scan;

	assert_true(fdt_scan_init(&scan, tree));
	while (fdt_scan_next(&scan) && strcmp(scan.name, "pci"))
		;
	assert_int_equal(host_probe(&scan, &reg), 0);
}

static uint64_t bar(const struct function *fn, unsigned int index)
{
	uint32_t value;

	memcpy(&value, fn->config + 0x10 + 4 * index, 4);
	return value & ~0xfull;
}

static void finds(void **state)
{
	struct function *fn, *many;

	(void)state;
	add(0, 0, 0x00081b36, 0x060000); /* nobody's */
	fn = add(0, 1, 0x10421af4, 0x010000);
	fn->bar_size[1] = 0x1000;
	wide_bar(fn, 4, 0x4000);
	many = add(0, 3, 0x99999999, 0x020000);
	many->config[0x0e] = 0x80;
	add(0, 3, 0x99998888, 0x010802)->devfn |= 5;
	add(0, 4, 0x99997777, 0x010802)->devfn |= 5; /* none before it */
	scan_all();
	assert_int_equal(bound_count, 2);
	assert_string_equal(bound[0]->name, "pci 00:01.0");
	assert_string_equal(bound[1]->name, "pci 00:03.5");
	assert_int_equal(bound[1]->vendor, 0x8888);
	/* placed inside the window, apart, aligned */
	assert_true(bar(fn, 1) >= WINDOW && bar(fn, 4) >= WINDOW);
	assert_int_equal(bar(fn, 1) % 0x1000, 0);
	assert_int_equal(bar(fn, 4) % 0x4000, 0);
	assert_true(bar(fn, 4) >= bar(fn, 1) + 0x1000 ||
		    bar(fn, 1) >= bar(fn, 4) + 0x4000);
	assert_ptr_equal(pci_bar(bound[0], 4, 0x4000),
			 phys_to_virt(hpa(bar(fn, 4))));
	assert_null(pci_bar(bound[0], 1, 0x1001));
	assert_null(pci_bar(bound[0], 2, 1));
	assert_null(pci_bar(bound[0], 6, 1));
	assert_int_equal(fn->config[4] & 6, 0);
	pci_start(bound[0]);
	assert_int_equal(fn->config[4] & 6, 6);
	pci_silence(bound[0]);
	assert_int_equal(fn->config[4] & 6, 2);
	/* as it was found */
	pci_quit(bound[0]);
	assert_int_equal(fn->config[4], 0);
	assert_int_equal(bar(fn, 1) | bar(fn, 4), 0);
	assert_int_equal(bar(many, 0), 0);
}

/* What firmware placed stays, and is not given to anybody else. */
static void firmware(void **state)
{
	struct function *fn, *other;

	(void)state;
	other = add(0, 1, 0x11112222, 0x020000);
	other->bar_size[0] = 0x100000;
	put(other->config + 0x10, WINDOW, 4);
	other->config[4] = 2;
	fn = add(0, 2, 0x10421af4, 0x010000);
	fn->bar_size[0] = 0x1000;
	put(fn->config + 0x10, WINDOW + 0x200000, 4);
	fn->config[4] = 2;
	add(0, 3, 0x10421af4, 0x010000)->bar_size[0] = 0x1000;
	scan_all();
	assert_int_equal(bound_count, 2);
	assert_int_equal(bar(other, 0), WINDOW);
	assert_int_equal(other->config[4], 2);
	assert_int_equal(bar(fn, 0), WINDOW + 0x200000);
	assert_true(bar(function_at(0, 3 << 3), 0) >= WINDOW + 0x201000);
	pci_quit(bound[0]);
	assert_int_equal(bar(fn, 0), WINDOW + 0x200000);
}

static void no_room(void **state)
{
	struct function *fn;

	(void)state;
	/* beyond 4 GiB where the small window is too small */
	fn = add(0, 1, 0x10421af4, 0x010000);
	wide_bar(fn, 0, 0x2000000);
	fn->bar_size[2] = 0x2000000;
	scan_all();
	assert_int_equal(bound_count, 1);
	assert_non_null(pci_bar(bound[0], 0, 0x2000000));
	assert_int_equal(bar(fn, 1), 0); /* masked: 2 */
	assert_int_equal(fn->config[0x14], 2);
	assert_null(pci_bar(bound[0], 2, 1));
	assert_non_null(strstr(fake_log, "have no place"));
}

static void bridges(void **state)
{
	struct function *root, *inner, *a, *b;

	(void)state;
	root = bridge(0, 2, 0, 0);
	inner = bridge(1, 0, 0, 0);
	a = add(2, 1, 0x10421af4, 0x010000);
	a->bar_size[0] = 0x4000;
	b = add(2, 3, 0x10421af4, 0x010000);
	b->bar_size[0] = 0x4000;
	add(0, 5, 0x10421af4, 0x010000)->bar_size[0] = 0x4000;
	scan_all();
	assert_int_equal(bound_count, 3);
	assert_int_equal(root->config[0x19], 1);
	assert_int_equal(root->config[0x1a], 2);
	assert_int_equal(inner->config[0x19], 2);
	assert_int_equal(inner->config[0x1a], 2);
	for (unsigned int i = 0; i < 2; i++) {
		const struct function *br = i ? inner : root;
		uint64_t base = (uint64_t)(br->config[0x20] & 0xf0) << 16 |
				(uint64_t)br->config[0x21] << 24;
		uint64_t end = ((uint64_t)(br->config[0x22] & 0xf0) << 16 |
				(uint64_t)br->config[0x23] << 24) +
			       0xfffff;

		assert_true(bar(a, 0) >= base && bar(a, 0) + 0x3fff <= end);
		assert_true(bar(b, 0) >= base && bar(b, 0) + 0x3fff <= end);
		/* and nothing of the bus before them */
		assert_true(bar(function_at(0, 5 << 3), 0) > end);
		assert_int_equal(br->config[4] & 6, 6);
	}
	/* pins turn on their way: device 1, then 0, then 2 of the root */
	assert_int_equal(pci_irq_connect(bound[0], NULL, NULL), 0);
	assert_int_equal(irqs[13].requests, 1);
}

/* A bridge that leads to where it is, or up: no end of buses. */
static void circles(void **state)
{
	(void)state;
	bridge(0, 1, 1, 7);
	bridge(1, 0, 1, 7);
	bridge(1, 1, 0, 0);
	add(1, 2, 0x10421af4, 0x010000);
	scan_all();
	assert_true(bound_count >= 1);
}

static unsigned int asked[2];
static bool yes(void *arg)
{
	asked[arg != NULL]++;
	return true;
}

static void shared_line(void **state)
{
	(void)state;
	add(0, 1, 0x10421af4, 0x010000);
	add(0, 3, 0x10421af4, 0x010000)->config[0x3d] = 0;
	add(0, 5, 0x10421af4, 0x010000);
	scan_all();
	assert_int_equal(bound_count, 3);
	assert_int_equal(pci_irq_connect(bound[0], yes, NULL), 0);
	assert_int_equal(pci_irq_connect(bound[1], yes, NULL), -ENOENT);
	assert_int_equal(pci_irq_connect(bound[2], yes, &asked), 0);
	assert_int_equal(irqs[11].requests, 1);
	irqs[11].handler(11, irqs[11].arg);
	assert_int_equal(asked[0], 1);
	assert_int_equal(asked[1], 1);
	pci_quit(bound[0]);
	irqs[11].handler(11, irqs[11].arg);
	assert_int_equal(asked[0], 1);
	assert_int_equal(asked[1], 2);
	assert_int_equal(irqs[11].frees, 0);
	pci_quit(bound[2]);
	assert_int_equal(irqs[11].frees, 1);
}

static void capabilities(void **state)
{
	struct function *fn = add(0, 1, 0x10421af4, 0x010000);

	(void)state;
	fn->config[6] = 0x10;
	fn->config[0x34] = 0x43; /* the low bits mean nothing */
	fn->config[0x40] = 9;
	fn->config[0x41] = 0x50;
	fn->config[0x50] = 5;
	fn->config[0x51] = 0x60;
	fn->config[0x60] = 9;
	fn->config[0x61] = 0x50; /* a circle */
	scan_all();
	assert_int_equal(pci_capability(bound[0], 9, 0), 0x40);
	assert_int_equal(pci_capability(bound[0], 9, 0x40), 0x60);
	assert_int_equal(pci_capability(bound[0], 9, 0x60), 0x60);
	assert_int_equal(pci_capability(bound[0], 7, 0), 0);
	assert_false(pci_is_gone(bound[0]));
	put(fn->config, 0xffffffff, 4);
	assert_true(pci_is_gone(bound[0]));
}

/* the lines, too, go with their functions */
static int teardown(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < bound_count; i++)
		pci_quit(bound[i]);
	heap_empty();
	return 0;
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(finds),   T(firmware),    T(no_room),      T(bridges),
		T(circles), T(shared_line), T(capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
