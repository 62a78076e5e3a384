/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest, well-meaning or not, does with Rockchip's emulated pins. */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/rk_ioc.c"

#include "rk_machine.h"

static int setup(void **state)
{
	int err = rk_begin(state, &rk_ioc_ops,
			   IS_3588(state) ? 0xfd5f0000 : 0xfdc20000);

	assert_int_equal(emu.type, 0x4a);
	assert_int_equal(dev.size_bytes, IS_3588(state) ? 0x10000 : 0x50000);
	return err;
}

/* The first and the last of what pins have, as Linux has them. */
static void masked(void **state)
{
	static const uint32_t of_3588[] = {
		/* PMU1, PMU2: function, drive, pull, trigger */
		0x0000, 0x0010, 0x0020, 0x0030, 0x4000, 0x4014, 0x4028, 0x4040,
		/* BUS: GPIO0_B4 to GPIO4_D4 */
		0x800c, 0x809c,
		/* GPIO1, 2, 3, 4 and where the last is odd, eMMC */
		0x9020, 0x924c, 0xa040, 0xa23c, 0xb098, 0xb24c, 0xc080, 0xc244,
		0xd040, 0xd22c};
	static const uint32_t of_3568[] = {
		/* PMUGRF: GPIO0; routes */
		0x0000, 0x001c, 0x0020, 0x0030, 0x0070, 0x00ac, 0x0110,
		/* GRF: GPIO1 to 4; routes, second drivers */
		0x40000, 0x4007c, 0x40080, 0x400c0, 0x40200, 0x402fc, 0x40300,
		0x40314, 0x40840, 0x40854};
	const uint32_t *regs = IS_3588(state) ? of_3588 : of_3568;
	unsigned int count =
		IS_3588(state) ? ARRAY_SIZE(of_3588) : ARRAY_SIZE(of_3568);

	for (unsigned int i = 0; i < count; i++) {
		assert_int_equal(rd(regs[i]), 0);
		wr(regs[i], 0xffffa5a5);
		assert_int_equal(rd(regs[i]), 0xa5a5);
		wr(regs[i], 0x5a5a);
		assert_int_equal(rd(regs[i]), 0xa5a5);
		wr(regs[i], 0x0ff00ff0);
		assert_int_equal(rd(regs[i]), 0xaff5);
		wr(regs[i], 0x80010000);
		assert_int_equal(rd(regs[i]), 0x2ff4);
	}
	/* each is its own */
	for (unsigned int i = 0; i < count; i++)
		wr(regs[i], 0xffff0000 | i);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(rd(regs[i]), i);
	/* the next start finds GPIOs */
	dev.ops->reset(&dev);
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(rd(regs[i]), 0);
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
	dev.ops->read(&dev, UINT64_MAX, 8);
	dev.ops->write(&dev, UINT64_MAX - 3, 8, UINT64_MAX);
	wr(hole, UINT32_MAX);
	assert_int_equal(rd(hole), 0);
	wr(dev.size_bytes, UINT32_MAX);
	assert_int_equal(rd(dev.size_bytes), 0);
	dev.ops->reset(&dev);
	/* parts of a register */
	wr(0x20, 0xffff1234);
	dev.ops->write(&dev, 0x21, 1, 0xff);
	dev.ops->write(&dev, 0x22, 2, 0xffff);
	assert_int_equal(rd(0x20), 0x1234);
	assert_int_equal(dev.ops->read(&dev, 0x21, 1) & 0xff, 0x12);
}

static uint8_t tree[4096];

static uint32_t cell_of(int node, const char *name, int nth, int cells)
{
	int len;
	const fdt32_t *prop = fdt_getprop(tree, node, name, &len);

	assert_int_equal(len, 4 * cells);
	return fdt32_to_cpu(prop[nth]);
}

/* What the pin controller's @link is. */
static void link_is(const char *link, const char *compatible, uint32_t base)
{
	int node = fdt_path_offset(tree, "/pinctrl");

	node = fdt_node_offset_by_phandle(tree, cell_of(node, link, 0, 1));
	assert_int_equal(fdt_node_check_compatible(tree, node, compatible), 0);
	assert_int_equal(fdt_node_check_compatible(tree, node, "syscon"), 0);
	assert_int_equal(cell_of(node, "reg", 1, 4), base);
	assert_int_equal(cell_of(node, "reg", 3, 4), 0x10000);
}

static void node(void **state)
{
	/* as the boards' own trees have it */
	static const uint32_t pins_3588[] = {0, 14, 10, 0, 13, 10};
	static const uint32_t pins_3568[] = {0, 24, 1, 0, 25, 1};
	const uint32_t *pins = IS_3588(state) ? pins_3588 : pins_3568;
	int err = -1, at, pull;

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
	at = fdt_path_offset(tree, "/pinctrl");
	assert_int_equal(fdt_node_check_compatible(
				 tree, at,
				 IS_3588(state) ? "rockchip,rk3588-pinctrl"
						: "rockchip,rk3568-pinctrl"),
			 0);
	if (IS_3588(state)) {
		link_is("rockchip,grf", "rockchip,rk3588-ioc", 0xfd5f0000);
		assert_null(fdt_getprop(tree, at, "rockchip,pmu", NULL));
	} else {
		link_is("rockchip,pmu", "rockchip,rk3568-pmugrf", 0xfdc20000);
		link_is("rockchip,grf", "rockchip,rk3568-grf", 0xfdc60000);
	}
	at = fdt_path_offset(tree, "/pinctrl/uart2/uart2m0-xfer");
	for (int i = 0; i < 6; i++)
		assert_int_equal(
			cell_of(at, "rockchip,pins", i / 3 * 4 + i % 3, 8),
			pins[i]);
	pull = fdt_node_offset_by_phandle(tree,
					  cell_of(at, "rockchip,pins", 7, 8));
	assert_int_equal(cell_of(at, "rockchip,pins", 3, 8),
			 fdt_get_phandle(tree, pull));
	assert_non_null(fdt_getprop(tree, pull, "bias-pull-up", NULL));
}

/* A tree of the user's that has such a node, elsewhere. */
static void node_exists(void **state)
{
	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof(tree)), 0);
	assert_true(fdt_add_subnode(tree, 0, "pinctrl") >= 0);
	assert_int_equal(dev.ops->fdt_node(&dev, tree, 0), -EEXIST);
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
		T(masked),
		T(any_access_is_safe),
		T(node),
		T(node_exists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
