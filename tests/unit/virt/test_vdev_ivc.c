/* SPDX-License-Identifier: Apache-2.0 */
/* The doorbell's registers, its node, and windows of AxVisor's form. */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/ivc.c"

#include "fake_virt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define IRQ 40

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static const struct vm_config config = {.id = 77, .name = "x"};
static struct vm vm;
static struct vdev dev;
static bool is_doorbell;
static uint64_t attached;
static uint32_t enabled, acked, cleared_slot, cleared, rung;
static unsigned int calls;

void ivc_doorbell_attach(const struct vdev *d, uint64_t register_bytes)
{
	assert_ptr_equal(d, &dev);
	attached = register_bytes;
}

bool ivc_doorbell_is(const struct vdev *d __unused_arg)
{
	return is_doorbell;
}

void ivc_doorbell_reset(struct vm *v)
{
	assert_ptr_equal(v, &vm);
	calls++;
}

uint32_t ivc_connected(struct vm *v __unused_arg)
{
	return 0x11;
}

uint32_t ivc_pending(const struct vm *v __unused_arg)
{
	return 0x80000001;
}

uint32_t ivc_ack(struct vm *v __unused_arg, uint32_t mask)
{
	calls++;
	acked = mask;
	return 0;
}

uint32_t ivc_take(struct vm *v __unused_arg)
{
	calls++;
	return 0x5;
}

uint32_t ivc_enable(struct vm *v __unused_arg, uint32_t mask)
{
	calls++;
	enabled = mask;
	return 0;
}

uint32_t ivc_enabled(struct vm *v __unused_arg)
{
	return enabled;
}

uint32_t ivc_events(struct vm *v __unused_arg, unsigned int slot)
{
	return 100 + slot;
}

uint32_t ivc_events_clear(struct vm *v __unused_arg, unsigned int slot,
			  uint32_t events)
{
	calls++;
	cleared_slot = slot;
	cleared = events;
	return 0;
}

int ivc_notify(struct vm *v __unused_arg, unsigned int slot)
{
	calls++;
	rung = slot;
	return 0;
}

static uint32_t rd(uint64_t reg)
{
	return (uint32_t)dev.ops->read(&dev, reg, 4);
}

static void wr(uint64_t reg, uint32_t value)
{
	dev.ops->write(&dev, reg, 4, value);
}

static int setup(void **state)
{
	(void)state;
	vm = (struct vm){.config = &config};
	dev = (struct vdev){.ops = &ivc_ops,
			    .vm = &vm,
			    .gpa = gpa(0x0a000000),
			    .size_bytes = 0x3000,
			    .virq = IRQ};
	is_doorbell = true;
	enabled = acked = cleared = rung = calls = 0;
	return dev.ops->init(&dev);
}

static void registers(void **state)
{
	(void)state;
	assert_int_equal(attached, 0x1000);
	assert_int_equal(rd(0x00), 0x43564943);
	assert_int_equal(rd(0x04), 1);
	assert_int_equal(rd(0x08), 77);
	assert_int_equal(rd(0x0c), 32);
	assert_int_equal(rd(0x10), 0x80000001);
	wr(0x14, 0xabcd);
	assert_int_equal(rd(0x14), 0xabcd);
	wr(0x18, 6);
	assert_int_equal(acked, 6);
	assert_int_equal(rd(0x18), 0);
	wr(0x1c, 31);
	assert_int_equal(rung, 31);
	assert_int_equal(rd(0x20), 0x11);
	assert_int_equal(rd(0x24), 5);
	assert_int_equal(rd(0x100), 100);
	assert_int_equal(rd(0x17c), 131);
	wr(0x17c, 3);
	assert_int_equal(cleared_slot, 31);
	assert_int_equal(cleared, 3);
	calls = 0;
	dev.ops->reset(&dev);
	assert_int_equal(calls, 1);
}

/* Undefined offsets, other widths, what lies behind the registers. */
static void nothing_else(void **state)
{
	static const uint64_t offsets[] = {0x28,   0xfc,   0x180, 0xffc,
					   0x1000, 0x1014, 0x2ffc};
	static const unsigned int widths[] = {1, 2, 8};

	(void)state;
	calls = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(offsets); i++) {
		assert_int_equal(rd(offsets[i]), 0);
		wr(offsets[i], ~0u);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(widths); i++)
		for (uint64_t at = 0; at < 0x200; at += widths[i]) {
			assert_int_equal(dev.ops->read(&dev, at, widths[i]), 0);
			dev.ops->write(&dev, at, widths[i], ~0ull);
		}
	assert_int_equal(rd(0x25), 0); /* no take */
	for (uint64_t reg = 0; reg <= 0x10; reg += 4)
		wr(reg, ~0u); /* read-only */
	wr(0x20, 1);
	wr(0x24, 1);
	assert_int_equal(calls, 0);
}

/* AxVisor's line: a range for channels, no registers. */
static void range_only(void **state)
{
	static const unsigned int dummies[] = {0, 1, 0x17, 31};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(dummies); i++) {
		dev.virq = dummies[i];
		assert_int_equal(dev.ops->init(&dev), 0);
		assert_int_equal(attached, 0);
		assert_int_equal(rd(0), 0);
		wr(0x1c, 1);
		assert_int_equal(calls, 0);
	}
	dev.virq = IRQ;
	dev.size_bytes = 0x800;
	assert_int_equal(dev.ops->init(&dev), 0);
	assert_int_equal(attached, 0);
}

static void tree(char *fdt, size_t size)
{
	assert_int_equal(fdt_create_empty_tree(fdt, (int)size), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#address-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#size-cells", 2), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "interrupt-parent", 1), 0);
	int gic = fdt_add_subnode(fdt, 0, "intc");

	assert_true(gic > 0);
	assert_int_equal(fdt_setprop_u32(fdt, gic, "phandle", 1), 0);
	assert_int_equal(fdt_setprop_u32(fdt, gic, "#interrupt-cells", 3), 0);
}

static void node(void **state)
{
	static const uint32_t reg[4] = {0, 0x0a000000, 0, 0x1000};
	static char fdt[4096];
	const fdt32_t *cells;
	int at, len;

	(void)state;
	tree(fdt, sizeof(fdt));
	assert_int_equal(dev.ops->fdt_node(&dev, fdt, 0), 0);
	at = fdt_path_offset(fdt, "/ivc@a000000");
	assert_true(at > 0);
	assert_int_equal(fdt_node_check_compatible(fdt, at, "cvisor,ivc"), 0);
	cells = fdt_getprop(fdt, at, "reg", &len);
	assert_int_equal(len, 16); /* the registers, not the range */
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(fdt32_to_cpu(cells[i]), reg[i]);
	cells = fdt_getprop(fdt, at, "interrupts", &len);
	assert_int_equal(len, 12);
	assert_int_equal(fdt32_to_cpu(cells[1]), IRQ - 32);
	assert_int_equal(fdt32_to_cpu(cells[2]), 4); /* level, high */

	/* none for a second one, or for a range; no room is said */
	tree(fdt, sizeof(fdt));
	is_doorbell = false;
	assert_int_equal(dev.ops->fdt_node(&dev, fdt, 0), 0);
	is_doorbell = true;
	dev.virq = 0;
	assert_int_equal(dev.ops->fdt_node(&dev, fdt, 0), 0);
	assert_true(fdt_path_offset(fdt, "/ivc@a000000") < 0);
	dev.virq = IRQ;
	assert_int_equal(fdt_pack(fdt), 0);
	assert_int_equal(dev.ops->fdt_node(&dev, fdt, 0), -ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(registers, setup),
		cmocka_unit_test_setup(nothing_else, setup),
		cmocka_unit_test_setup(range_only, setup),
		cmocka_unit_test_setup(node, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
