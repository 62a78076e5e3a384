/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest, well-meaning or not, says to an emulated SCMI server. */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/scmi.c"

#include "fake_virt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define CALL 0x82000010u
#define BASE 0x10u
#define CLOCK 0x14u
#define CLOCKS 24u
#define MHZ 1000000u

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static struct vm_config config = {.file = "guest.toml"};
static struct vm vm = {.config = &config};
static struct vm_emu_device emu;
static struct vdev dev;
static uint32_t token;

static uint32_t rd(uint64_t at)
{
	return (uint32_t)dev.ops->read(&dev, at, 4);
}

static void wr(uint64_t at, uint32_t value)
{
	dev.ops->write(&dev, at, 4, value);
}

static int setup(void **state)
{
	(void)state;
	emu = (struct vm_emu_device){.type = 0x4b, .name = "scmi"};
	dev = (struct vdev){.ops = &scmi_ops,
			    .vm = &vm,
			    .config = &emu,
			    .gpa = gpa(0x10f000),
			    .size_bytes = 0x1000};
	dev.state = calloc(1, dev.ops->state_size);
	if (!dev.state || dev.ops->init(&dev))
		return -1;
	dev.ops->reset(&dev);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(dev.state);
	return 0;
}

/* A message of @bytes behind its header, any of them; its status. */
static int32_t send(uint32_t header, uint32_t bytes, const uint32_t *in)
{
	assert_int_equal(rd(0x04), 1);
	wr(0x10, 0);
	wr(0x14, 4 + bytes);
	wr(0x18, header);
	for (uint32_t i = 0; i < 4; i++)
		wr(0x1c + 4 * i, in ? in[i] : 0);
	wr(0x04, 0);
	assert_true(dev.ops->call(&dev, CALL));
	assert_int_equal(rd(0x04), 1);
	assert_int_equal(rd(0x18), header);
	return (int32_t)rd(0x1c);
}

static uint32_t header_of(uint32_t protocol, uint32_t id)
{
	return (token++ & 0x3ff) << 18 | protocol << 10 | id;
}

/* With @count parameters; answered by @words behind the status, when good. */
static int32_t say(uint32_t protocol, uint32_t id, uint32_t count,
		   uint32_t words, uint32_t a, uint32_t b)
{
	const uint32_t in[4] = {a, b};
	int32_t status = send(header_of(protocol, id), 4 * count, in);

	assert_int_equal(rd(0x14), status ? 8 : 8 + 4 * words);
	return status;
}

static int32_t set_rate(uint32_t flags, uint32_t id, uint64_t hz)
{
	const uint32_t in[4] = {flags, id, (uint32_t)hz, (uint32_t)(hz >> 32)};
	int32_t status = send(header_of(CLOCK, 5), 16, in);

	assert_int_equal(rd(0x14), 8);
	return status;
}

static uint64_t rate(uint32_t id)
{
	assert_int_equal(say(CLOCK, 6, 1, 2, id, 0), 0);
	return dev.ops->read(&dev, 0x20, 8);
}

static void reads(uint64_t at, const char *wanted)
{
	char name[16];

	for (unsigned int i = 0; i < 16; i++)
		name[i] = (char)dev.ops->read(&dev, at + i, 1);
	assert_int_equal(name[15], 0);
	assert_string_equal(name, wanted);
}

static void base(void **state)
{
	(void)state;
	assert_int_equal(say(BASE, 0, 0, 1, 0, 0), 0);
	assert_int_equal(rd(0x20), 0x20000);
	assert_int_equal(say(BASE, 1, 0, 1, 0, 0), 0);
	assert_int_equal(rd(0x20), 0x101);
	for (uint32_t id = 0; id < 300; id++)
		assert_int_equal(say(BASE, 2, 1, 1, id, 0), id < 8 ? 0 : -4);
	assert_int_equal(say(BASE, 2, 1, 1, UINT32_MAX, 0), -4);
	assert_int_equal(say(BASE, 3, 0, 4, 0, 0), 0);
	reads(0x20, "cvisor");
	assert_int_equal(say(BASE, 4, 0, 4, 0, 0), 0);
	reads(0x20, "rk3588");
	assert_int_equal(say(BASE, 5, 0, 1, 0, 0), 0);
	assert_int_equal(rd(0x20), 1);
	assert_int_equal(say(BASE, 6, 1, 2, 0, 0), 0);
	assert_int_equal(rd(0x20), 1);
	assert_int_equal(rd(0x24), 0x14);
	/* behind the last */
	assert_int_equal(say(BASE, 6, 1, 2, 1, 0), 0);
	assert_int_equal(rd(0x20), 0);
	assert_int_equal(say(BASE, 6, 1, 2, 2, 0), -2);
	assert_int_equal(say(BASE, 6, 1, 2, UINT32_MAX, 0), -2);
}

static void agents(void **state)
{
	(void)state;
	assert_int_equal(say(BASE, 7, 1, 5, 0, 0), 0);
	assert_int_equal(rd(0x20), 0);
	reads(0x24, "platform");
	assert_int_equal(say(BASE, 7, 1, 5, 1, 0), 0);
	assert_int_equal(rd(0x20), 1);
	reads(0x24, "guest");
	assert_int_equal(say(BASE, 7, 1, 5, UINT32_MAX, 0), 0);
	assert_int_equal(rd(0x20), 1);
	assert_int_equal(say(BASE, 7, 1, 5, 2, 0), -4);
	assert_int_equal(say(BASE, 7, 1, 5, 0x80000000, 0), -4);
}

static void clocks(void **state)
{
	(void)state;
	assert_int_equal(say(CLOCK, 0, 0, 1, 0, 0), 0);
	assert_int_equal(rd(0x20), 0x20000);
	assert_int_equal(say(CLOCK, 1, 0, 1, 0, 0), 0);
	assert_int_equal(rd(0x20), CLOCKS);
	for (uint32_t id = 0; id < 300; id++)
		assert_int_equal(say(CLOCK, 2, 1, 1, id, 0), id < 8 ? 0 : -4);
	assert_int_equal(say(CLOCK, 3, 1, 6, 0, 0), 0);
	assert_int_equal(rd(0x20), 1);
	reads(0x24, "scmi_clk_cpul");
	assert_int_equal(say(CLOCK, 3, 1, 6, 9, 0), 0);
	reads(0x24, "scmi_cclk_sd");
	assert_int_equal(say(CLOCK, 3, 1, 6, 23, 0), 0);
	reads(0x24, "scmi_hclk_sd");
	assert_int_equal(say(CLOCK, 3, 1, 6, CLOCKS, 0), -4);
	assert_int_equal(say(CLOCK, 3, 1, 6, UINT32_MAX, 0), -4);
	/* lowest, highest, step */
	assert_int_equal(say(CLOCK, 4, 2, 7, 0, 0), 0);
	assert_int_equal(rd(0x20), 0x1003);
	assert_int_equal(dev.ops->read(&dev, 0x24, 8), 408 * MHZ);
	assert_int_equal(dev.ops->read(&dev, 0x2c, 8), 1800ull * MHZ);
	assert_int_equal(dev.ops->read(&dev, 0x34, 8), 24 * MHZ);
	/* of a range the index is not looked at */
	assert_int_equal(say(CLOCK, 4, 2, 7, 1, UINT32_MAX), 0);
	assert_int_equal(rd(0x20), 0x1003);
	assert_int_equal(say(CLOCK, 4, 2, 7, CLOCKS, 0), -4);
}

/* All that are told of are whole steps away from each other, and fit. */
static void table(void **state)
{
	(void)state;
	for (uint32_t id = 0; id < CLOCKS; id++) {
		uint64_t low, high, step;

		assert_int_equal(say(CLOCK, 4, 2, 7, id, 0), 0);
		low = dev.ops->read(&dev, 0x24, 8);
		high = dev.ops->read(&dev, 0x2c, 8);
		step = dev.ops->read(&dev, 0x34, 8);
		assert_true(low && step && low <= high && high <= UINT32_MAX);
		assert_int_equal((high - low) % step, 0);
		assert_int_equal((rate(id) - low) % step, 0);
		assert_in_range(rate(id), low, high);
		assert_int_equal(set_rate(0, id, low), 0);
		assert_int_equal(rate(id), low);
		assert_int_equal(set_rate(0, id, high), 0);
		assert_int_equal(rate(id), high);
	}
}

static void rates(void **state)
{
	static const struct {
		uint32_t flags;
		uint64_t hz;
		uint32_t is; /* 0: there is none */
	} rows[] = {
		{0, 200 * MHZ, 200 * MHZ},   {0, 299999999, 200 * MHZ},
		{0, 300 * MHZ, 300 * MHZ},   {0, 1000000001, 0},
		{0, UINT64_MAX, 0},          {0, (1ull << 32) + 300 * MHZ, 0},
		{0, 199999999, 0},           {0, 0, 0},
		{2, 450 * MHZ, 400 * MHZ},   {4, 200000001, 300 * MHZ},
		{4, 1000 * MHZ, 1000 * MHZ}, {4, 999999999, 1000 * MHZ},
		{4, 1000000001, 0},          {4, UINT64_MAX, 0},
		{4, 199999999, 0},           {4, 0, 0},
		{8, 250 * MHZ, 200 * MHZ},   {8, 250000001, 300 * MHZ},
		{8, 950 * MHZ, 900 * MHZ},   {8, 0, 0},
		{12, 950000001, 1000 * MHZ}, {12, UINT64_MAX, 0},
	};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(set_rate(0, 5, 700 * MHZ), 0);
		assert_int_equal(set_rate(rows[i].flags, 5, rows[i].hz),
				 rows[i].is ? 0 : -2);
		assert_int_equal(rate(5), rows[i].is ? rows[i].is : 700 * MHZ);
	}
	/* the others are as they were */
	assert_int_equal(rate(6), 200 * MHZ);
	assert_int_equal(set_rate(1, 5, 300 * MHZ), -1);
	for (unsigned int bit = 4; bit < 32; bit++)
		assert_int_equal(set_rate(1u << bit, 5, 300 * MHZ), -2);
	assert_int_equal(set_rate(0, CLOCKS, 300 * MHZ), -4);
	assert_int_equal(set_rate(0, UINT32_MAX, 300 * MHZ), -4);
	assert_int_equal(say(CLOCK, 6, 1, 2, CLOCKS, 0), -4);
	assert_int_equal(say(CLOCK, 6, 1, 2, UINT32_MAX, 0), -4);
}

static bool runs(uint32_t id)
{
	assert_int_equal(say(CLOCK, 3, 1, 6, id, 0), 0);
	return rd(0x20);
}

static void enabling(void **state)
{
	(void)state;
	for (uint32_t id = 0; id < CLOCKS; id++) {
		assert_true(runs(id));
		assert_int_equal(say(CLOCK, 7, 2, 0, id, 0), 0);
		assert_false(runs(id));
		assert_true(id + 1 == CLOCKS || runs(id + 1));
		assert_int_equal(say(CLOCK, 7, 2, 0, id, 1), 0);
		assert_true(runs(id));
	}
	for (unsigned int bit = 1; bit < 32; bit++)
		assert_int_equal(say(CLOCK, 7, 2, 0, 0, 1u << bit), -2);
	assert_true(runs(0));
	assert_int_equal(say(CLOCK, 7, 2, 0, CLOCKS, 0), -4);
	assert_int_equal(say(CLOCK, 7, 2, 0, 32, 0), -4);
	/* the next start of the VM */
	assert_int_equal(say(CLOCK, 7, 2, 0, 3, 0), 0);
	assert_int_equal(set_rate(0, 3, 408 * MHZ), 0);
	wr(0x1c, 1);
	wr(4, 0);
	dev.ops->reset(&dev);
	for (uint32_t at = 0; at < 0x100; at += 4)
		assert_int_equal(rd(at), at == 4);
	assert_true(runs(3));
	assert_int_equal(rate(3), 816 * MHZ);
}

/* Each command, with more or less behind it than it has. */
static void lengths(void **state)
{
	static const uint8_t wanted[2][8] = {{0, 0, 1, 0, 0, 0, 1, 1},
					     {0, 0, 1, 1, 2, 4, 1, 2}};

	(void)state;
	for (uint32_t id = 0; id < 16; id++) {
		const uint32_t protocol = id < 8 ? BASE : CLOCK;

		for (uint32_t bytes = 0; bytes <= 0xe4; bytes++) {
			if (bytes == 4u * wanted[id / 8][id % 8])
				continue;
			assert_int_equal(
				send(header_of(protocol, id % 8), bytes, NULL),
				-10);
			assert_int_equal(rd(0x14), 8);
		}
	}
}

static void unknown(void **state)
{
	(void)state;
	for (uint32_t protocol = 0; protocol < 256; protocol++) {
		if (protocol == BASE || protocol == CLOCK)
			continue;
		assert_int_equal(say(protocol, 0, 0, 0, 0, 0), -1);
		assert_int_equal(say(protocol, 6, 1, 0, 0, 0), -1);
	}
	for (uint32_t id = 8; id < 256; id++) {
		assert_int_equal(say(BASE, id, 0, 0, 0, 0), -1);
		assert_int_equal(say(CLOCK, id, 1, 0, 0, 0), -1);
	}
	/* what is no command; bits that nobody has named */
	for (uint32_t type = 1; type < 4; type++)
		assert_int_equal(send(CLOCK << 10 | type << 8, 0, NULL), -10);
	assert_int_equal(send(0xf0000000 | CLOCK << 10, 0, NULL), 0);
}

/* Nothing is a message: the channel says so, and the rest stays. */
static void no_message(void **state)
{
	static const struct {
		uint32_t status, length;
	} rows[] = {{1, 4},
		    {2, 4},
		    {3, 4},
		    {0xffffffff, 4},
		    {0, 0},
		    {0, 1},
		    {0, 3},
		    {0, 0xe9},
		    {0, 0x100},
		    {0, 0x7fffffff},
		    {0, 1u << 31},
		    {0, UINT32_MAX},
		    {0, UINT32_MAX - 3}};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		for (uint64_t at = 0; at < 0x100; at += 4)
			wr(at, 0x5a5a5a5a);
		wr(0x14, rows[i].length);
		wr(0x18, BASE << 10);
		wr(0x04, rows[i].status);
		assert_true(dev.ops->call(&dev, CALL));
		for (uint64_t at = 0; at < 0x100; at += 4)
			assert_int_equal(rd(at), at == 0x04   ? 3
						 : at == 0x14 ? rows[i].length
						 : at == 0x18 ? BASE << 10
							      : 0x5a5a5a5a);
		/* and the next one is heard */
		wr(0x04, 1);
		assert_int_equal(say(BASE, 0, 0, 1, 0, 0), 0);
	}
	/* bits of its state that nobody has named */
	wr(0x14, 4);
	wr(0x18, BASE << 10);
	wr(0x04, 0xfffffffc);
	assert_true(dev.ops->call(&dev, CALL));
	assert_int_equal(rd(0x04), 1);
	assert_int_equal(rd(0x20), 0x20000);
}

/* Every way to touch the window: none is outside the area. */
static void accesses(void **state)
{
	static const uint64_t ends[] = {0xff,  0xfd,  0xf9,  0x100,
					0x101, 0x800, 0xff8, 0xfff};

	(void)state;
	dev.ops->write(&dev, 0x80, 8, 0x1122334455667788);
	assert_int_equal(dev.ops->read(&dev, 0x80, 8), 0x1122334455667788);
	assert_int_equal(dev.ops->read(&dev, 0x83, 4), 0x22334455);
	dev.ops->write(&dev, 0x81, 2, 0xffffabcd);
	assert_int_equal(dev.ops->read(&dev, 0x80, 8), 0x1122334455abcd88);
	assert_int_equal(dev.ops->read(&dev, 0x87, 1), 0x11);
	dev.ops->write(&dev, 0xf8, 8, UINT64_MAX);
	assert_int_equal(dev.ops->read(&dev, 0xf8, 8), UINT64_MAX);
	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++) {
		dev.ops->write(&dev, ends[i], 8, 0);
		assert_int_equal(dev.ops->read(&dev, ends[i], 8), 0);
	}
	assert_int_equal(dev.ops->read(&dev, 0xf8, 8), UINT64_MAX);
	assert_int_equal(rate(0), 816 * MHZ);
}

static void calls(void **state)
{
	struct vdev devs[2] = {dev, dev};
	static const struct vdev_ops others = {.name = "other"};

	(void)state;
	assert_false(dev.ops->call(&dev, CALL + 1));
	assert_false(dev.ops->call(&dev, 0));
	assert_int_equal(rd(0x04), 1);
	emu.cfg[0] = 0xc2001234;
	emu.cfg_count = 1;
	assert_false(dev.ops->call(&dev, CALL));
	assert_true(dev.ops->call(&dev, 0xc2001234));
	assert_int_equal(rd(0x04), 3);
	/* by the VM that has it, behind one that takes none */
	devs[0].ops = &others;
	vm.vdevs = devs;
	vm.vdev_count = 2;
	assert_true(vdev_call(&vm, 0xc2001234));
	assert_false(vdev_call(&vm, CALL));
	vm.vdev_count = 1;
	assert_false(vdev_call(&vm, 0xc2001234));
	vm.vdev_count = 0;
}

static const void *prop(const void *fdt, const char *path, const char *name,
			int wanted)
{
	int len, node = fdt_path_offset(fdt, path);
	const void *value = fdt_getprop(fdt, node, name, &len);

	assert_non_null(value);
	assert_int_equal(len, wanted);
	return value;
}

static uint32_t cell(const void *fdt, const char *path, const char *name)
{
	return fdt32_ld(prop(fdt, path, name, 4));
}

static void tree_with(uint32_t cells, bool firmware)
{
	const char *shmem = "/sram@10f000/scmi-shmem@0";
	const char *clocks = "/firmware/scmi/protocol@14";
	uint32_t fdt[1024];
	struct fdt_reg reg;
	int node;

	assert_int_equal(fdt_create_empty_tree(fdt, sizeof(fdt)), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#address-cells", cells), 0);
	assert_int_equal(fdt_setprop_u32(fdt, 0, "#size-cells", cells), 0);
	if (firmware)
		assert_true(fdt_add_subnode(fdt, 0, "firmware") > 0);
	assert_int_equal(dev.ops->fdt_node(&dev, fdt, 0), 0);
	assert_string_equal(prop(fdt, "/sram@10f000", "compatible", 10),
			    "mmio-sram");
	assert_string_equal(prop(fdt, shmem, "compatible", 15),
			    "arm,scmi-shmem");
	/* as the host's own driver finds it */
	node = fdt_path_offset(fdt, shmem);
	assert_int_equal(fdt_node_reg(fdt, node, 0, &reg), 0);
	assert_int_equal(reg.addr, 0x10f000);
	assert_int_equal(reg.size, 0x100);
	assert_string_equal(prop(fdt, "/firmware/scmi", "compatible", 13),
			    "arm,scmi-smc");
	assert_int_equal(cell(fdt, "/firmware/scmi", "arm,smc-id"), CALL);
	assert_int_equal(cell(fdt, "/firmware/scmi", "shmem"),
			 fdt_get_phandle(fdt, node));
	assert_int_equal(cell(fdt, clocks, "reg"), 0x14);
	assert_int_equal(cell(fdt, clocks, "#clock-cells"), 1);
}

/* The board's own, which clocks name: it asks the guest's server from now on. */
static void tree_of_board(void)
{
	const char *clocks = "/firmware/scmi/protocol@14";
	uint32_t fdt[1024];
	int node;

	assert_int_equal(fdt_create_empty_tree(fdt, sizeof(fdt)), 0);
	node = fdt_add_subnode(fdt, 0, "firmware");
	node = fdt_add_subnode(fdt, node, "scmi");
	assert_int_equal(
		fdt_setprop_string(fdt, node, "compatible", "arm,scmi"), 0);
	assert_int_equal(fdt_setprop_u32(fdt, node, "arm,smc-id", 1), 0);
	assert_int_equal(fdt_setprop_u32(fdt, node, "shmem", 1), 0);
	node = fdt_add_subnode(fdt, node, "protocol@14");
	assert_int_equal(fdt_setprop_u32(fdt, node, "phandle", 7), 0);
	assert_int_equal(dev.ops->fdt_node(&dev, fdt, 0), 0);
	assert_string_equal(prop(fdt, "/firmware/scmi", "compatible", 13),
			    "arm,scmi-smc");
	assert_int_equal(cell(fdt, "/firmware/scmi", "arm,smc-id"), CALL);
	assert_int_equal(cell(fdt, "/firmware/scmi", "shmem"), 8);
	assert_int_equal(cell(fdt, "/sram@10f000/scmi-shmem@0", "phandle"), 8);
	assert_int_equal(cell(fdt, clocks, "phandle"), 7);
	assert_int_equal(cell(fdt, clocks, "#clock-cells"), 1);
}

static void tree(void **state)
{
	unsigned int refused = 0;
	uint32_t fdt[1024];
	bool fits = false;
	int err;

	(void)state;
	tree_with(2, false);
	tree_with(2, true);
	tree_with(1, false);
	tree_of_board();
	/* whatever room there is: too little, then enough */
	for (int size = 64; size < 2048; size += 4) {
		if (fdt_create_empty_tree(fdt, size))
			continue;
		err = dev.ops->fdt_node(&dev, fdt, 0);
		assert_int_equal(err, fits || !err ? 0 : -ENOSPC);
		fits = !err;
		refused += !fits;
	}
	assert_true(fits);
	assert_in_range(refused, 10, 400);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(base),       CASE(agents),   CASE(clocks),  CASE(table),
		CASE(rates),      CASE(enabling), CASE(lengths), CASE(unknown),
		CASE(no_message), CASE(accesses), CASE(calls),   CASE(tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
