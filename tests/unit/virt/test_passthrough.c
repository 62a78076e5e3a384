/* SPDX-License-Identifier: Apache-2.0 */
/* What of the host's addresses and interrupts a VM gets, and what not. */
#include "../../../virt/plan.h"
#include "../../../virt/ranges.h"

#include "fake_virt.h"

#include <core/irq.h>
#include <core/timer.h>
#include <drivers/reset.h>
#include <drivers/soc.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/heap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virt/vdev.h>

#include <cmocka.h>

#define UART 0x9040000ull
#define GIC_PHANDLE 1

static uint8_t tree[4096];
static uint8_t own[8];
static struct vm_config config;
static struct vm_plan plan;
static struct vm vm;
static struct vm_ram ram[2];
static struct vdev vdevs[2];
static struct arch_window window;
static struct kept_range kept_ranges[4];
static struct host_kept kept;
static unsigned int irq_taken;
static bool on_plic;
static char said[4096];

const struct arch_fdt_rules *arch_fdt_rules(void)
{
	static const char *const always[] = {"arm,gic-v3", "riscv,plic0", NULL};
	static const struct arch_fdt_rules rules = {.always_compatible =
							    always};

	return &rules;
}

bool arch_vm_window(const struct vm *v __unused_arg, unsigned int index,
		    struct arch_window *result)
{
	*result = window;
	return !index && window.size_bytes;
}

static bool is_spi(unsigned int irq)
{
	return irq >= (on_plic ? 1 : 32) && irq < 288;
}

const struct irqchip *irq_chip(void)
{
	static const struct irqchip chip = {.is_shared = is_spi};

	return &chip;
}

/* host_kept.c's, tested there */
bool reg_overlaps(const struct fdt_scan *scan, const struct vm_pt_device *dev)
{
	struct fdt_reg reg;

	return !fdt_scan_reg(scan, 0, &reg) &&
	       range_overlaps(reg.addr, reg.size, dev->hpa, dev->size_bytes);
}

/* the host's controller is the tree's first node */
int irq_of_fdt(const struct fdt_irq *spec, enum irq_trigger *trigger)
{
	bool edge;

	*trigger = IRQ_TRIGGER_KEEP;
	return spec->parent == fdt_first_subnode(tree, 0)
		       ? fdt_irq_number(tree, spec, &edge)
		       : -EINVAL;
}

bool irq_is_free(unsigned int irq)
{
	return irq != irq_taken;
}

int stage2_map(struct stage2 *s2 __unused_arg, gpa_t gpa, hpa_t hpa,
	       uint64_t size_bytes, unsigned int prot)
{
	assert_true(prot & PGT_DEVICE);
	assert_true(IS_ALIGNED(gpa.v | hpa.v | size_bytes, PAGE_SIZE));
	assert_int_not_equal(size_bytes, 0);
	return 0;
}

/* drivers/soc's: which nodes were switched on */
static char switched[256];
static const char *provider;
static bool no_power;

int soc_device_on(const void *fdt, int node)
{
	size_t at = strlen(switched);

	snprintf(switched + at, sizeof(switched) - at, "%s ",
		 fdt_get_name(fdt, node, NULL));
	return no_power ? -EIO : 0;
}

bool soc_is_provider(const void *fdt, int node)
{
	return provider && !strcmp(fdt_get_name(fdt, node, NULL), provider);
}

/* Resets: of which node, what it is to get, in the list's order. */
static const struct fake_reset {
	const char *node;
	int err;
	uint32_t bit;
} * fake_resets;
static unsigned int fake_reset_count;
static char done[128]; /* + into reset, - out of it, w: waited */

int reset_get(const void *fdt, int node, unsigned int index,
	      struct reset *reset)
{
	/* who asks for more has not seen the end */
	assert_true(index < 32);
	for (unsigned int i = 0; i < fake_reset_count; i++) {
		if (strcmp(fdt_get_name(fdt, node, NULL), fake_resets[i].node))
			continue;
		if (fake_resets[i].err == -EINVAL)
			return -EINVAL;
		if (index--)
			continue;
		*reset = (struct reset){.reg = tree, .bit = fake_resets[i].bit};
		return fake_resets[i].err;
	}
	return -ERANGE;
}

void reset_write(const struct reset *reset, bool in_reset)
{
	size_t at = strlen(done);

	assert_ptr_equal(reset->reg, tree);
	snprintf(done + at, sizeof(done) - at, "%c%u", in_reset ? '+' : '-',
		 reset->bit);
}

void time_delay_us(uint32_t us)
{
	size_t at = strlen(done);

	assert_true(us >= 10);
	snprintf(done + at, sizeof(done) - at, "w");
}

static void hear(const char *text, size_t len)
{
	size_t at = strlen(said);

	if (at + len < sizeof(said))
		memcpy(said + at, text, len);
}

static unsigned int warnings(void)
{
	unsigned int lines = 0;

	for (const char *p = said; (p = strstr(p, "] W ")); p++)
		lines++;
	return lines;
}

/*
 * The tree: / gic noreg uart pair wraps zero pci
 */
enum { ROOT, GIC, NOREG, UARTN, PAIR, WRAPS, ZERO, PCI };

static void cells(const char *name, unsigned int count, const uint32_t *value)
{
	uint32_t be[32];

	for (unsigned int i = 0; i < count; i++)
		be[i] = cpu_to_fdt32(value[i]);
	assert_int_equal(fdt_property(tree, name, be, (int)count * 4), 0);
}

#define CELLS(name, ...)                                                       \
	cells(name, sizeof((uint32_t[]){__VA_ARGS__}) / 4,                     \
	      (uint32_t[]){__VA_ARGS__})

static void tree_make(void)
{
	assert_int_equal(fdt_create(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	fdt_begin_node(tree, "");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	CELLS("interrupt-parent", GIC_PHANDLE);
	fdt_begin_node(tree, "gic@8000000");
	fdt_property_string(tree, "compatible", "arm,gic-v3");
	CELLS("phandle", GIC_PHANDLE);
	CELLS("#interrupt-cells", 3);
	CELLS("#address-cells", 0);
	CELLS("reg", 0, 0x8000000, 0, 0x10000);
	fdt_end_node(tree);
	fdt_begin_node(tree, "noreg");
	CELLS("interrupts", 0, 5, 4, 1, 9, 4);
	fdt_end_node(tree);
	fdt_begin_node(tree, "uart@9040000");
	CELLS("reg", 0, UART, 0, 0x1000);
	CELLS("#thermal-sensor-cells", 0); /* it measures, too */
	CELLS("interrupts", 0, 8, 4);
	fdt_end_node(tree);
	fdt_begin_node(tree, "pair@a000000");
	CELLS("reg", 0, 0xa000200, 0, 0x200, 0, 0xa001e00, 0, 0x400);
	fdt_end_node(tree);
	fdt_begin_node(tree, "wraps");
	CELLS("reg", 0xffffffff, 0xfffff000, 0, 0x2000);
	fdt_end_node(tree);
	fdt_begin_node(tree, "zero");
	CELLS("reg", 0, 0xb000000, 0, 0);
	fdt_property_string(tree, "status", "disabled");
	fdt_end_node(tree);
	fdt_begin_node(tree, "pci@10000000");
	fdt_property_string(tree, "device_type", "pci");
	CELLS("#address-cells", 3);
	CELLS("#size-cells", 2);
	CELLS("#interrupt-cells", 1);
	CELLS("ranges", 0x2000000, 0, 0x10000000, 0, 0x10000000, 0, 0x100000);
	/* two entries, the second one's specifier is cut short */
	CELLS("interrupt-map", 0, 0, 0, 1, GIC_PHANDLE, 0, 3, 4, 0, 0, 0, 2,
	      GIC_PHANDLE, 0, 4);
	fdt_end_node(tree);
	fdt_end_node(tree);
	assert_int_equal(fdt_finish(tree), 0);
}

/* The same shape with a PLIC: / plic gpio dev rtc two pci */
enum { PLIC = 1, GPIO, DEV, RTC, TWO, PLIC_PCI };

static void plic_tree_make(void)
{
	assert_int_equal(fdt_create(tree, sizeof(tree)), 0);
	assert_int_equal(fdt_finish_reservemap(tree), 0);
	fdt_begin_node(tree, "");
	CELLS("#address-cells", 2);
	CELLS("#size-cells", 2);
	CELLS("interrupt-parent", GIC_PHANDLE);
	fdt_begin_node(tree, "plic@c000000");
	fdt_property_string(tree, "compatible", "riscv,plic0");
	CELLS("phandle", GIC_PHANDLE);
	CELLS("#interrupt-cells", 1);
	CELLS("#address-cells", 0);
	fdt_end_node(tree);
	fdt_begin_node(tree, "gpio");
	CELLS("phandle", 2);
	CELLS("#interrupt-cells", 2);
	CELLS("interrupts", 7);
	fdt_end_node(tree);
	fdt_begin_node(tree, "dev");
	CELLS("interrupts-extended", GIC_PHANDLE, 11, 2, 3, 1, GIC_PHANDLE, 64);
	fdt_end_node(tree);
	fdt_begin_node(tree, "rtc@101000");
	CELLS("reg", 0, 0x101000, 0, 0x1000);
	CELLS("interrupts", 20, 21);
	fdt_end_node(tree);
	fdt_begin_node(tree, "two@102000");
	CELLS("reg", 0, 0x102000, 0, 0x1000);
	CELLS("interrupts", 22, 23);
	fdt_end_node(tree);
	fdt_begin_node(tree, "pci@30000000");
	CELLS("#address-cells", 3);
	CELLS("#interrupt-cells", 1);
	CELLS("interrupt-map", 0, 0, 0, 1, GIC_PHANDLE, 32, 0, 0, 0, 2,
	      GIC_PHANDLE, 33, 0x800, 0, 0, 1, GIC_PHANDLE, 33);
	fdt_end_node(tree);
	fdt_end_node(tree);
	assert_int_equal(fdt_finish(tree), 0);
}

static int setup(void **state)
{
	(void)state;
	on_plic = false;
	tree_make();
	fdt_set_host(tree);
	memset(own, 0, sizeof(own));
	memset(ram, 0, sizeof(ram));
	memset(vdevs, 0, sizeof(vdevs));
	memset(said, 0, sizeof(said));
	switched[0] = 0;
	provider = NULL;
	no_power = false;
	fake_resets = NULL;
	fake_reset_count = 0;
	done[0] = 0;
	config = (struct vm_config){.name = "test", .file = "test.toml"};
	plan = (struct vm_plan){
		.selection = {.keep = own, .own = own, .node_count = 8}};
	vm = (struct vm){.config = &config,
			 .plan = &plan,
			 .ram = ram,
			 .vdevs = vdevs,
			 .irq_mode = VM_IRQ_EMULATED};
	window = (struct arch_window){0};
	kept = (struct host_kept){.ranges = kept_ranges};
	irq_taken = 0;
	log_set_sink(hear);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	vm_passthrough_destroy(&vm);
	return 0;
}

static void give(unsigned int node)
{
	own[node / 8] |= BIT(node % 8);
}

static void keep(uint64_t base, uint64_t size_bytes)
{
	kept_ranges[kept.range_count++] =
		(struct kept_range){base, size_bytes, "kept", KEPT_REGISTERS};
}

static void create(void)
{
	assert_int_equal(vm_passthrough_create(&vm, &kept), 0);
}

static void mapped(unsigned int i, uint64_t gpa, uint64_t hpa, uint64_t size)
{
	assert_true(i < vm.window_count);
	assert_int_equal(vm.windows[i].gpa.v, gpa);
	assert_int_equal(vm.windows[i].hpa.v, hpa);
	assert_int_equal(vm.windows[i].size_bytes, size);
}

static unsigned int irqs_owned(void)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(vm.irq_owned); i++)
		count += (unsigned int)__builtin_popcountll(vm.irq_owned[i]);
	return count;
}

static bool irq_is_owned(unsigned int irq)
{
	return vm.irq_owned[irq / 64] & BIT(irq % 64);
}

static void nodes(void **state)
{
	(void)state;
	give(NOREG);
	give(PAIR);
	give(WRAPS);
	give(ZERO);
	create();
	/* whole pages; uart is nobody's */
	assert_int_equal(vm.window_count, 1);
	mapped(0, 0xa000000, 0xa000000, 0x3000);
	/* the second is a PPI */
	assert_int_equal(irqs_owned(), 1);
	assert_true(irq_is_owned(37));
}

/* Who has no clock unit gets what stands on one switched on, and only that. */
static void switched_on(void **state)
{
	static struct vm_pt_device tuple = {.name = "uart",
					    .gpa = 0x1000,
					    .hpa = UART,
					    .size_bytes = 0x1000};
	static const struct vm_range range = {0xa000000, 0x1000};

	(void)state;
	provider = "pair@a000000";
	give(NOREG);
	give(PCI);
	create();
	assert_string_equal(switched, "noreg pci@10000000 ");
	vm_passthrough_destroy(&vm);
	/* by address */
	own[0] = 0;
	switched[0] = 0;
	config.pt_devices = &tuple;
	config.pt_device_count = 1;
	create();
	assert_string_equal(switched, "uart@9040000 ");
	vm_passthrough_destroy(&vm);
	/* with the clock unit, whichever way it came */
	switched[0] = 0;
	config.pt_addresses = &range;
	config.pt_address_count = 1;
	create();
	assert_string_equal(switched, "");
	vm_passthrough_destroy(&vm);
	config.pt_address_count = 0;
	give(PAIR);
	create();
	assert_string_equal(switched, "");
	vm_passthrough_destroy(&vm);
	own[0] = 0;
	config.address_policy = VM_ADDR_PASSTHROUGH;
	create();
	assert_string_equal(switched, "");
	vm_passthrough_destroy(&vm);
	/* no power: it is said, and the VM is made */
	config.address_policy = VM_ADDR_VIRTUALIZED;
	no_power = true;
	create();
	assert_non_null(strstr(said, "uart@9040000 has no power"));
}

static void expect_done(const char *wanted)
{
	assert_string_equal(done, wanted);
	done[0] = 0;
}

#define RESETS(...)                                                            \
	do {                                                                   \
		static const struct fake_reset list[] = {__VA_ARGS__};         \
		fake_resets = list;                                            \
		fake_reset_count = ARRAY_SIZE(list);                           \
	} while (0)

/* All of them go on, then all off; once. Not before the guest ever ran. */
static void resets(void **state)
{
	(void)state;
	RESETS({"pair@a000000", 0, 3}, {"pair@a000000", -ENODEV, 0},
	       {"pair@a000000", 0, 4}, {"pci@10000000", 0, 5}, {"noreg", 0, 4},
	       {"zero", 0, 7}, {"uart@9040000", 0, 8});
	/* a guest that has the clock unit does not do this for us */
	provider = "pair@a000000";
	give(PAIR);
	give(PCI);
	give(NOREG);
	give(ZERO); /* which is disabled */
	give(UARTN);
	create();
	assert_non_null(strstr(said, "while it is stopped: 3; without a known "
				     "reset, they go on: 1"));
	vm_soc_stop(&vm);
	expect_done("");
	plan.loads = 1;
	vm_soc_stop(&vm);
	expect_done("+4+3+5w");
	vm_soc_stop(&vm);
	expect_done("");
	vm_soc_start(&vm);
	expect_done("-4-3-5w");
	vm_soc_start(&vm);
	expect_done("");
	/* nobody finds them in it later */
	vm_soc_stop(&vm);
	done[0] = 0;
	vm_passthrough_destroy(&vm);
	expect_done("-4-3-5w");
	vm_passthrough_destroy(&vm);
	expect_done("");
	/* a host without any such thing says nothing of it */
	own[0] = 0;
	said[0] = 0;
	create();
	assert_string_equal(said, "");
}

/* The host, or another VM, stands on the same one; or the tree is damaged. */
static void resets_that_fail(void **state)
{
	(void)state;
	RESETS({"pair@a000000", 0, 3}, {"pair@a000000", 0, 4},
	       {"uart@9040000", 0, 1}, {"uart@9040000", 0, 4},
	       {"gic@8000000", -EINVAL, 0}, {"zero", 0, 3});
	plan.loads = 1;
	give(PAIR);
	give(GIC);
	create();
	assert_non_null(strstr(said, "test: a reset of its devices is "
				     "uart@9040000's, too: not done"));
	assert_non_null(strstr(said, "stopped: 1; without a known reset, they "
				     "go on: 1"));
	assert_int_equal(warnings(), 1);
	vm_soc_stop(&vm);
	expect_done("+3w");
	vm_passthrough_destroy(&vm);
	done[0] = 0;
	/* of none is anything left */
	RESETS({"pair@a000000", 0, 4}, {"uart@9040000", 0, 4});
	create();
	assert_int_equal(plan.soc.reset_count, 0);
}

/* Whoever asks for what the host or another VM has does not reset it. */
static void resets_of_others(void **state)
{
	static const struct vm_range all = {0x8000000, 0x4000000};
	int nodes_kept[1];

	(void)state;
	RESETS({"pair@a000000", 0, 3}, {"gic@8000000", 0, 4},
	       {"uart@9040000", 0, 5});
	plan.loads = 1;
	config.pt_addresses = &all;
	config.pt_address_count = 1;
	/* its second registers; the other by its node */
	keep(0xa001f00, 4);
	nodes_kept[0] = fdt_first_subnode(tree, 0);
	kept.nodes = nodes_kept;
	kept.node_count = 1;
	create();
	assert_string_equal(switched, "uart@9040000 ");
	assert_int_equal(plan.soc.reset_count, 0);
	vm_passthrough_destroy(&vm);
	/* nobody else has them */
	kept.range_count = kept.node_count = 0;
	create();
	vm_soc_stop(&vm);
	expect_done("+4+3w");
}

static void pci_bridge(void **state)
{
	(void)state;
	give(PCI);
	create();
	assert_int_equal(vm.window_count, 1);
	mapped(0, 0x10000000, 0x10000000, 0x100000);
	assert_int_equal(irqs_owned(), 1);
	assert_true(irq_is_owned(35));
}

/* One cell a source; what a GPIO controller's lines are is not the PLIC's. */
static void plic_sources(void **state)
{
	(void)state;
	on_plic = true;
	plic_tree_make();
	give(GPIO);
	give(DEV);
	create();
	assert_int_equal(irqs_owned(), 3);
	assert_true(irq_is_owned(7));
	assert_true(irq_is_owned(11));
	assert_true(irq_is_owned(64));
	give(PLIC_PCI);
	create();
	assert_int_equal(irqs_owned(), 5);
	assert_true(irq_is_owned(32));
	assert_true(irq_is_owned(33));
}

static void no_irq(void **state)
{
	(void)state;
	vm.irq_mode = VM_IRQ_NONE;
	give(UARTN);
	create();
	assert_int_equal(vm.window_count, 1);
	assert_int_equal(irqs_owned(), 0);
}

static void irq_dummies(void **state)
{
	static const uint32_t irqs[] = {0,    1,    0x17, 40, 288,
					1023, 5000, 41,   50};
	static struct vm_pt_device devices[ARRAY_SIZE(irqs)];

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(irqs); i++)
		devices[i] = (struct vm_pt_device){.name = "d", .irq = irqs[i]};
	config.pt_devices = devices;
	config.pt_device_count = ARRAY_SIZE(irqs);
	irq_taken = 41;
	vm.vdev_count = 1; /* an emulated device drives 50 */
	vdevs[0].virq = 50;
	create();
	assert_int_equal(irqs_owned(), 1);
	assert_true(irq_is_owned(40));
	assert_int_equal(vm.window_count, 0);
	/* dummies are no news, one in use is */
	assert_int_equal(warnings(), 1);
	assert_non_null(strstr(said, "interrupt 41"));
}

/* A number that the tree gives to another device than the tuple's. */
static void irq_dummies_on_a_plic(void **state)
{
	static const struct vm_pt_device devices[] = {
		{.name = "rtc",
		 .gpa = 0x101000,
		 .hpa = 0x101000,
		 .size_bytes = 0x1000,
		 .irq = 21},
		{.name = "part",
		 .gpa = 0x30000800,
		 .hpa = 0x102800,
		 .size_bytes = 0x100,
		 .irq = 23},
		{.name = "uart", /* the PCI bridge's by the tree */
		 .gpa = 0x10000000,
		 .hpa = 0x10000000,
		 .size_bytes = 0x1000,
		 .irq = 22},
		{.name = "unknown to the tree",
		 .gpa = 0x20000000,
		 .hpa = 0x20000000,
		 .size_bytes = 0x1000,
		 .irq = 90},
	};

	(void)state;
	on_plic = true;
	plic_tree_make();
	config.pt_devices = devices;
	config.pt_device_count = ARRAY_SIZE(devices);
	create();
	assert_int_equal(irqs_owned(), 3);
	assert_true(irq_is_owned(21));
	assert_true(irq_is_owned(23));
	assert_true(irq_is_owned(90));
}

static void kept_in_the_middle(void **state)
{
	static const struct vm_range ranges[] = {{0x9000000, 0x100000},
						 {0x20000100, 0x10}};

	(void)state;
	config.pt_addresses = ranges;
	config.pt_address_count = 2;
	keep(0x9040800, 0x10); /* cuts its whole page */
	keep(0x9080000, 0x2000);
	keep(0x7000000, 0x1000); /* nobody asks for it */
	keep(0x90ff000, 0);      /* and this is nothing */
	create();
	assert_int_equal(vm.window_count, 4);
	mapped(0, 0x9000000, 0x9000000, 0x40000);
	mapped(1, 0x9041000, 0x9041000, 0x3f000);
	mapped(2, 0x9082000, 0x9082000, 0x7e000);
	mapped(3, 0x20000000, 0x20000000, 0x1000);
	assert_int_equal(warnings(), 2);
}

static void odd_ranges(void **state)
{
	static const struct vm_range ranges[] = {
		{UINT64_MAX - 0xffff, 0x20000}, /* past all addresses */
		{UINT64_MAX - 0xfff, 0x1000},   /* to their end */
		{0x1000, 0},
		{0xfffffff000, 0x4000},
	};

	(void)state;
	config.pt_addresses = ranges;
	config.pt_address_count = ARRAY_SIZE(ranges);
	keep(0x10000001000, UINT64_MAX); /* the rest of all addresses */
	create();
	assert_int_equal(vm.window_count, 1);
	mapped(0, 0xfffffff000, 0xfffffff000, 0x2000);
}

static void guests_own_is_cut_out(void **state)
{
	static const struct vm_range ranges[] = {{0x40000000, 0x100000}};

	(void)state;
	config.pt_addresses = ranges;
	config.pt_address_count = 1;
	ram[0] = (struct vm_ram){.gpa = gpa(0x40000000), .size_bytes = 0x1000};
	ram[1] = (struct vm_ram){.gpa = gpa(0x400f0000), .size_bytes = 0x20000};
	vm.ram_count = 2;
	vdevs[0].gpa = gpa(0x40010000);
	vdevs[0].size_bytes = 0x20; /* traps whole pages */
	vm.vdev_count = 1;
	window = (struct arch_window){0x40020000, 0x10000, "gicd"};
	create();
	assert_int_equal(vm.window_count, 3);
	mapped(0, 0x40001000, 0x40001000, 0xf000);
	mapped(1, 0x40011000, 0x40011000, 0xf000);
	mapped(2, 0x40030000, 0x40030000, 0xc0000);
	assert_int_equal(warnings(), 0);
}

static void tuple_elsewhere(void **state)
{
	static const struct vm_pt_device devices[] = {
		{.name = "up",
		 .gpa = 0xb000000,
		 .hpa = UART,
		 .size_bytes = 0x10000,
		 .irq = 40},
		{.name = "down",
		 .gpa = 0x1000,
		 .hpa = 0xfe000000,
		 .size_bytes = 0x4000},
		{.name = "same",
		 .gpa = 0xb008000,
		 .hpa = 0xb008000,
		 .size_bytes = 0x1000},
	};

	(void)state;
	config.pt_devices = devices;
	config.pt_device_count = ARRAY_SIZE(devices);
	keep(UART + 0x2000, 0x1000);   /* host addresses … */
	vdevs[0].gpa = gpa(0xb004000); /* … and the guest's */
	vdevs[0].size_bytes = 0x1000;
	vm.vdev_count = 1;
	create();
	assert_int_equal(vm.window_count, 6);
	mapped(0, 0xb008000, 0xb008000, 0x1000);
	mapped(1, 0xb000000, UART, 0x2000);
	mapped(2, 0xb003000, UART + 0x3000, 0x1000);
	mapped(3, 0xb005000, UART + 0x5000, 0x3000);
	mapped(4, 0xb009000, UART + 0x9000, 0x7000);
	mapped(5, 0x1000, 0xfe000000, 0x4000);
	assert_true(irq_is_owned(40));
	assert_int_equal(warnings(), 1);
}

/* All below the highest register, to the next GiB, but for what is kept. */
static void policy(void **state)
{
	(void)state;
	config.address_policy = VM_ADDR_PASSTHROUGH;
	keep(0x8000000, 0x10000);
	ram[0] = (struct vm_ram){.gpa = gpa(0x20000000),
				 .size_bytes = 0x1000000};
	vm.ram_count = 1;
	create();
	assert_int_equal(vm.window_count, 3);
	mapped(0, 0, 0, 0x8000000);
	mapped(1, 0x8010000, 0x8010000, 0x20000000 - 0x8010000);
	mapped(2, 0x21000000, 0x21000000, 0x40000000 - 0x21000000);
	assert_int_equal(warnings(), 0);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nodes),
		T(switched_on),
		T(resets),
		T(resets_that_fail),
		T(resets_of_others),
		T(pci_bridge),
		T(plic_sources),
		T(no_irq),
		T(irq_dummies),
		T(irq_dummies_on_a_plic),
		T(kept_in_the_middle),
		T(odd_ranges),
		T(guests_own_is_cut_out),
		T(tuple_elsewhere),
		T(policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
