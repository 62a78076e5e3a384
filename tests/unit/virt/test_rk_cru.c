/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest, well-meaning or not, does with an emulated CRU of Rockchip's. */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/rk_cru.c"

#include "rk_machine.h"

static int setup(void **state)
{
	assert_int_equal(rk_cru_ops.type, 0x48);
	return rk_begin(state, &rk_cru_ops,
			IS_3588(state) ? 0xfd7c0000 : 0xfdd00000);
}

/* CLKSEL, GATE, SOFTRST, MODE, SDMMC's phases: by the mask alone. */
static void masked(void **state)
{
	static const uint32_t of_3588[] = {0x304,   0x50c,   0x5c4,   0x800,
					   0x934,   0xa04,   0xc24,   0x280,
					   0x8a00,  0x10800, 0x30308, 0x30800,
					   0x50300, 0x52304, 0x58318, 0x1c8};
	static const uint32_t of_3568[] = {0x20108, 0x20240, 0x20300, 0x2038c,
					   0x20400, 0x20474, 0x20580, 0x200c0,
					   0x00108, 0x00180, 0x00200, 0x80};
	const uint32_t *regs = IS_3588(state) ? of_3588 : of_3568;
	unsigned int count =
		IS_3588(state) ? ARRAY_SIZE(of_3588) : ARRAY_SIZE(of_3568);

	for (unsigned int i = 0; i < count; i++) {
		wr(regs[i], 0xffffa5a5);
		assert_int_equal(rd(regs[i]), 0xa5a5);
		wr(regs[i], 0x5a5a);
		assert_int_equal(rd(regs[i]), 0xa5a5);
		wr(regs[i], 0x0ff00ff0);
		assert_int_equal(rd(regs[i]), 0xaff5);
		wr(regs[i], 0x80010000);
		assert_int_equal(rd(regs[i]), 0x2ff4);
	}
	/* as long as it runs: the next one begins as from firmware */
	dev.ops->reset(&dev);
	assert_int_equal(rd(regs[0]), IS_3588(state) ? 0x147 : 0);
	assert_int_equal(rd(regs[3]), 0);
}

/* Numerator and denominator; fractions of PLLs. */
static void whole(void **state)
{
	/* I2S0 TX, UART1, UART9, I2S10, UART0 */
	static const uint32_t of_3588[] = {0x364, 0x3a8, 0x3e8, 0x570, 0x30310};
	/* GPLL, PPLL, UART2, I2S3 RX, UART0 */
	static const uint32_t of_3568[] = {0x20048, 0x8, 0x201dc, 0x20250,
					   0x114};
	const uint32_t *regs = IS_3588(state) ? of_3588 : of_3568;

	for (unsigned int i = 0; i < 5; i++) {
		wr(regs[i], 0x00031234);
		assert_int_equal(rd(regs[i]), 0x00031234);
		wr(regs[i], 0x00005678);
		assert_int_equal(rd(regs[i]), 0x00005678);
	}
}

/* While they have power; the bit is not software's. */
static void locks(void **state)
{
	static const uint32_t of_3588[] = {0x160,   0x180,   0x1a0,
					   0x1c0,   0x1e0,   0x8200,
					   0x50000, 0x52020, 0x58040};
	static const uint32_t of_3568[] = {0,       0x40,    0x20000, 0x20020,
					   0x20040, 0x20060, 0x20080, 0x200a0};
	const uint32_t *plls = IS_3588(state) ? of_3588 : of_3568;
	unsigned int count =
		IS_3588(state) ? ARRAY_SIZE(of_3588) : ARRAY_SIZE(of_3568);
	uint32_t at = IS_3588(state) ? 0x18 : 4;
	uint32_t lock = IS_3588(state) ? 0x8000 : 0x400;

	for (unsigned int i = 0; i < count; i++) {
		uint32_t con1 = rd(plls[i] + 4);

		assert_int_equal(rd(plls[i] + at) & lock, lock);
		wr(plls[i] + 4, 0x20002000);
		assert_int_equal(rd(plls[i] + at) & lock, 0);
		wr(plls[i] + at, lock << 16 | lock);
		assert_int_equal(rd(plls[i] + at) & lock, 0);
		wr(plls[i] + 4, 0x20000000);
		wr(plls[i] + at, lock << 16);
		assert_int_equal(rd(plls[i] + at) & lock, lock);
		assert_int_equal(rd(plls[i] + 4), con1);
		/* by its byte as well */
		assert_true(dev.ops->read(&dev, plls[i] + at + 1, 1) &
			    lock >> 8);
	}
	/* others have no such bit */
	assert_int_equal(rd(IS_3588(state) ? 0x1b4 + 0x80 : 0x200e4), 0);
}

/* Rates that firmware leaves, in Hz of GPLL and the CPUs'. */
static void cold(void **state)
{
	if (IS_3588(state)) {
		assert_int_equal(24000000ull * (rd(0x1c0) & 0x3ff) /
						 (rd(0x1c4) & 0x3f) >>
					 (rd(0x1c4) >> 6 & 7),
				 1188000000);
		assert_int_equal(24000000ull * (rd(0x58040) & 0x3ff) /
						 (rd(0x58044) & 0x3f) >>
					 (rd(0x58044) >> 6 & 7),
				 816000000);
	} else {
		assert_int_equal(24000000ull * (rd(0x20040) & 0xfff) /
					 (rd(0x20044) & 0x3f) /
					 (rd(0x20040) >> 12 & 7) /
					 (rd(0x20044) >> 6 & 7),
				 1188000000);
		assert_int_equal(24000000ull * (rd(0x20000) & 0xfff) /
					 (rd(0x20004) & 0x3f) /
					 (rd(0x20000) >> 12 & 7) /
					 (rd(0x20004) >> 6 & 7),
				 816000000);
	}
}

/* All of the window and behind it; where there is nothing, nothing is kept. */
static void any_access_is_safe(void **state)
{
	uint64_t hole = IS_3588(state) ? 0x1000 : 0x10000;

	for (uint64_t at = 0; at < dev.size_bytes + 0x2000; at += 3)
		for (unsigned int width = 1; width <= 8; width *= 2) {
			dev.ops->write(&dev, at, width, UINT64_MAX);
			dev.ops->read(&dev, at, width);
		}
	wr(hole, UINT32_MAX);
	assert_int_equal(rd(hole), 0);
	wr(dev.size_bytes, UINT32_MAX);
	assert_int_equal(rd(dev.size_bytes), 0);
	dev.ops->reset(&dev);
	/* parts of a register */
	wr(0x308, 0xffff1234);
	dev.ops->write(&dev, 0x309, 1, 0xff);
	dev.ops->write(&dev, 0x30a, 2, 0xffff);
	assert_int_equal(rd(0x308), 0x1234);
	assert_int_equal(dev.ops->read(&dev, 0x309, 1) & 0xff, 0x12);
}

static uint8_t tree[4096];

static void node_is(const char *path, const char *compatible, uint32_t base,
		    uint32_t bytes)
{
	int len, node = fdt_path_offset(tree, path);
	const fdt32_t *reg = fdt_getprop(tree, node, "reg", &len);

	assert_true(node >= 0);
	assert_int_equal(fdt_node_check_compatible(tree, node, compatible), 0);
	assert_int_equal(len, 16);
	assert_int_equal(fdt32_to_cpu(reg[1]), base);
	assert_int_equal(fdt32_to_cpu(reg[3]), bytes);
	reg = fdt_getprop(tree, node, "clocks", &len);
	assert_int_equal(len, 8);
	for (unsigned int i = 0; i < 2; i++) {
		int clock =
			fdt_node_offset_by_phandle(tree, fdt32_to_cpu(reg[i]));
		const char *name = i ? "xin32k" : "xin24m";

		assert_string_equal(fdt_get_name(tree, clock, NULL), name);
		assert_string_equal(fdt_stringlist_get(tree, node,
						       "clock-names", (int)i,
						       NULL),
				    name);
	}
	reg = fdt_getprop(tree, node, "#clock-cells", NULL);
	assert_int_equal(fdt32_to_cpu(*reg), 1);
	reg = fdt_getprop(tree, node, "#reset-cells", NULL);
	assert_int_equal(fdt32_to_cpu(*reg), 1);
}

static void nodes(void **state)
{
	int err = -1;

	for (int room = 0; err; room += 4) {
		assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
		fdt_setprop_u32(tree, 0, "#address-cells", 2);
		fdt_setprop_u32(tree, 0, "#size-cells", 2);
		assert_int_equal(fdt_pack(tree), 0);
		fdt_set_totalsize(tree, fdt_totalsize(tree) + room);
		err = dev.ops->fdt_node(&dev, tree, 0);
		assert_true(!err || err == -ENOSPC);
		assert_true(err || room > 300);
	}
	if (IS_3588(state)) {
		node_is("/clock-controller@fd7c0000", "rockchip,rk3588-cru",
			0xfd7c0000, 0x5c000);
		assert_true(fdt_path_offset(tree, "/spll") >= 0);
	} else {
		node_is("/clock-controller@fdd00000", "rockchip,rk3568-pmucru",
			0xfdd00000, 0x1000);
		node_is("/clock-controller@fdd20000", "rockchip,rk3568-cru",
			0xfdd20000, 0x1000);
	}
}

#define ON(fn, kind)                                                           \
	{                                                                      \
#fn " of " #kind, fn, setup, teardown,                         \
			(void *)(const uint64_t[])                             \
		{                                                              \
			kind                                                   \
		}                                                              \
	}
#define T(fn) ON(fn, 3588), ON(fn, 3568)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(masked), T(whole), T(locks),
		T(cold),   T(nodes), T(any_access_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
