/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest, well-meaning or not, does with an emulated PMU of Rockchip's. */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/rk_pmu.c"

#include "rk_machine.h"

static int setup(void **state)
{
	int err = rk_begin(state, &rk_pmu_ops,
			   IS_3588(state) ? 0xfd8d8000 : 0xfdd90000);

	assert_int_equal(emu.type, 0x49);
	assert_int_equal(dev.size_bytes, 0x1000);
	return err;
}

/*
 * As Linux' pm-domains.c has them, in bits of a register: where a domain is
 * switched, where its state is seen and by what, its memories, its bus.
 */
static const struct domain {
	uint16_t power;
	uint8_t bit;
	uint16_t state, state_bit;
	uint8_t on;
	uint16_t memory_at;
	uint8_t memory;
	uint16_t request;
	uint32_t buses, idle;
} of_3588[] =
	{
		/* NPU, VCODEC, NVM: by their gates; GPU: by its repair */
		{0x14c, 1, 0x180, 1, 0, 0, 0, 0, 0, 0},
		{0x14c, 2, 0x180, 2, 0, 0, 0, 0, 0, 0},
		{0x150, 8, 0x180, 24, 0, 0, 0, 0x110, 1 << 2, 1 << 18},
		{0x14c, 0, 0x290, 1, 1, 0, 0, 0x10c, 1, 1},
		/* NPUTOP, VENC1, VOP, AUDIO, SDMMC */
		{0x14c, 3, 0x290, 2, 1, 0, 11, 0x10c, 1 << 1, 1 << 1},
		{0x14c, 7, 0x290, 6, 1, 0, 15, 0x10c, 1 << 5, 1 << 5},
		{0x150, 1, 0x290, 16, 1, 0, 25, 0x10c, 3 << 13, 3 << 13},
		{0x150, 4, 0x290, 19, 1, 0, 28, 0x110, 1 << 1, 1 << 17},
		{0x150, 13, 0x290, 26, 1, 4, 5, 0, 0, 0},
		/* RKVDEC0, RKVDEC1, VENC0, NPU1, NPU2, VDPU, RGA30, AV1, VI,
		 * FEC, ISP1, RGA31, VO0, VO1, PHP, GMAC, PCIE, NVM0, SDIO, USB */
		{0x14c, 8, 0x290, 7, 1, 0, 16, 0x10c, 1 << 6, 1 << 6},
		{0x14c, 9, 0x290, 8, 1, 0, 17, 0x10c, 1 << 7, 1 << 7},
		{0x14c, 6, 0x290, 5, 1, 0, 14, 0x10c, 1 << 4, 1 << 4},
		{0x14c, 4, 0x290, 3, 1, 0, 12, 0x10c, 1 << 2, 1 << 2},
		{0x14c, 5, 0x290, 4, 1, 0, 13, 0x10c, 1 << 3, 1 << 3},
		{0x14c, 10, 0x290, 9, 1, 0, 18, 0x10c, 1 << 8, 1 << 8},
		{0x14c, 11, 0x290, 10, 1, 0, 19, 0, 0, 0},
		{0x14c, 12, 0x290, 11, 1, 0, 20, 0x10c, 1 << 9, 1 << 9},
		{0x14c, 13, 0x290, 12, 1, 0, 21, 0x10c, 1 << 10, 1 << 10},
		{0x14c, 14, 0x290, 13, 1, 0, 22, 0, 0, 0},
		{0x14c, 15, 0x290, 14, 1, 0, 23, 0x10c, 1 << 11, 1 << 11},
		{0x150, 0, 0x290, 15, 1, 0, 24, 0x10c, 1 << 12, 1 << 12},
		{0x150, 2, 0x290, 17, 1, 0, 26, 0x10c, 1 << 15, 1 << 15},
		{0x150, 3, 0x290, 18, 1, 0, 27, 0x110, 1 << 0, 1 << 16},
		{0x150, 5, 0x290, 20, 1, 0, 29, 0x110, 1 << 5, 1 << 21},
		{0x150, 6, 0x290, 21, 1, 0, 30, 0, 0, 0},
		{0x150, 7, 0x290, 22, 1, 0, 31, 0, 0, 0},
		{0x150, 9, 0x290, 23, 1, 4, 1, 0, 0, 0},
		{0x150, 10, 0x290, 24, 1, 4, 2, 0x110, 1 << 3, 1 << 19},
		{0x150, 11, 0x290, 25, 1, 4, 3, 0x110, 1 << 4, 1 << 20},
},
  of_3568[] = {
	  /* NPU, GPU, VI, VO, RGA, VPU, RKVDEC, RKVENC, PIPE */
	  {0xa0, 1, 0x98, 1, 0, 0, 0, 0x50, 1 << 2, 1 << 2},
	  {0xa0, 0, 0x98, 0, 0, 0, 0, 0x50, 1 << 1, 1 << 1},
	  {0xa0, 6, 0x98, 6, 0, 0, 0, 0x50, 1 << 3, 1 << 3},
	  {0xa0, 7, 0x98, 7, 0, 0, 0, 0x50, 1 << 4, 1 << 4},
	  {0xa0, 5, 0x98, 5, 0, 0, 0, 0x50, 1 << 5, 1 << 5},
	  {0xa0, 2, 0x98, 2, 0, 0, 0, 0x50, 1 << 6, 1 << 6},
	  {0xa0, 4, 0x98, 4, 0, 0, 0, 0x50, 1 << 8, 1 << 8},
	  {0xa0, 3, 0x98, 3, 0, 0, 0, 0x50, 1 << 7, 1 << 7},
	  {0xa0, 8, 0x98, 8, 0, 0, 0, 0x50, 1 << 11, 1 << 11},
};

#define COUNT(state)                                                           \
	(IS_3588(state) ? ARRAY_SIZE(of_3588) : ARRAY_SIZE(of_3568))

static bool is_on(const struct domain *d)
{
	return (rd(d->state) >> d->state_bit & 1) == d->on;
}

static void set(uint64_t reg, unsigned int bit, bool to)
{
	wr(reg, (0x10000u | to) << bit);
}

/* Its memories restart: 1 of @at is off. */
static void restart(const struct domain *d)
{
	const uint64_t at = 0x1a0 + d->power - 0x14c;

	assert_int_equal(rd(0x1f0 + d->memory_at) >> d->memory & 1, 1);
	assert_int_equal(rd(0x1f8 + d->memory_at) >> d->memory & 1, 0);
	assert_false(is_on(d));
	set(at, d->bit, true);
	assert_int_equal(rd(0x1f8 + d->memory_at) >> d->memory & 1, 1);
	assert_false(is_on(d));
	set(at, d->bit, false);
	assert_int_equal(rd(0x1f8 + d->memory_at) >> d->memory & 1, 0);
}

static void off_and_on(const struct domain *d)
{
	assert_true(is_on(d));
	if (d->buses) {
		wr(d->request, d->buses << 16 | d->buses);
		assert_int_equal(rd(emu.cfg[0] == 3588 ? 0x118 : 0x60),
				 d->idle);
		assert_int_equal(rd(emu.cfg[0] == 3588 ? 0x120 : 0x68),
				 d->idle);
		assert_int_equal(rd(d->request), d->buses);
	}
	set(d->power, d->bit, true);
	assert_false(is_on(d));
	assert_int_equal(rd(d->power), 1 << d->bit);
	if (d->memory)
		assert_int_equal(rd(0x1f0 + d->memory_at) >> d->memory & 1, 0);
	set(d->power, d->bit, false);
	if (d->memory)
		restart(d);
	assert_true(is_on(d));
	if (d->buses)
		wr(d->request, d->buses << 16);
	assert_int_equal(rd(emu.cfg[0] == 3588 ? 0x118 : 0x60), 0);
	assert_int_equal(rd(emu.cfg[0] == 3588 ? 0x120 : 0x68), 0);
}

static void domains(void **state)
{
	const struct domain *all = IS_3588(state) ? of_3588 : of_3568;

	for (unsigned int i = 0; i < COUNT(state); i++) {
		for (unsigned int j = 0; j < COUNT(state); j++)
			assert_true(is_on(&all[j]));
		off_and_on(&all[i]);
	}
	/* one off, the others as they were */
	set(all[3].power, all[3].bit, true);
	for (unsigned int j = 0; j < COUNT(state); j++)
		assert_int_equal(is_on(&all[j]), j != 3);
	/* a start begins with all of them on */
	dev.ops->reset(&dev);
	assert_true(is_on(&all[3]));
}

/* Requests by their mask alone; their status is nobody's to write. */
static void masked(void **state)
{
	static const uint16_t of_3588_at[] = {0x14c, 0x150, 0x10c,
					      0x110, 0x1a0, 0x1a4};
	static const uint16_t of_3568_at[] = {0xa0, 0x50};
	static const uint16_t status_3588[] = {0x118, 0x120, 0x180,
					       0x1f8, 0x1fc, 0x290};
	static const uint16_t status_3568[] = {0x98, 0x60, 0x68};
	bool is_3588 = IS_3588(state);
	const uint16_t *at = is_3588 ? of_3588_at : of_3568_at;
	const uint16_t *status = is_3588 ? status_3588 : status_3568;

	for (unsigned int i = 0; i < (is_3588 ? 6 : 3); i++) {
		uint32_t was = rd(status[i]);

		wr(status[i], 0xffffffff);
		assert_int_equal(rd(status[i]), was);
		wr(status[i], 0xffff0000);
		assert_int_equal(rd(status[i]), was);
	}
	for (unsigned int i = 0; i < (is_3588 ? 6 : 2); i++) {
		assert_int_equal(rd(at[i]), 0);
		wr(at[i], 0xffffa5a5);
		assert_int_equal(rd(at[i]), 0xa5a5);
		wr(at[i], 0x5a5a);
		assert_int_equal(rd(at[i]), 0xa5a5);
		wr(at[i], 0x0ff00ff0);
		assert_int_equal(rd(at[i]), 0xaff5);
		wr(at[i], 0x80010000);
		assert_int_equal(rd(at[i]), 0x2ff4);
	}
}

/* Whoever restarts memories of what is off has to do it again. */
static void out_of_order(void **state)
{
	const struct domain *vop = &of_3588[6];

	(void)state;
	set(vop->power, vop->bit, true);
	set(0x1a4, vop->bit, true);
	set(0x1a4, vop->bit, false);
	set(vop->power, vop->bit, false);
	assert_false(is_on(vop));
	restart(vop);
	assert_true(is_on(vop));
	/* again while it is on: it stays so */
	set(0x1a4, vop->bit, true);
	set(0x1a4, vop->bit, false);
	assert_true(is_on(vop));
}

/* All of the window and behind it; where there is nothing, nothing is kept. */
static void any_access_is_safe(void **state)
{
	const struct domain *all = IS_3588(state) ? of_3588 : of_3568;
	uint64_t reg = all[0].power;

	for (uint64_t at = 0; at < dev.size_bytes + 0x2000; at += 3)
		for (unsigned int width = 1; width <= 8; width *= 2) {
			dev.ops->write(&dev, at, width, UINT64_MAX);
			dev.ops->read(&dev, at, width);
		}
	dev.ops->read(&dev, UINT64_MAX, 8);
	dev.ops->write(&dev, UINT64_MAX - 3, 8, UINT64_MAX);
	/* before, between and behind those that are kept */
	for (uint64_t at = 0; at < dev.size_bytes; at += 4) {
		bool kept = IS_3588(state)
				    ? (at & ~4ull) == 0x1a0 || at == 0x14c ||
					      at == 0x150 || at == 0x10c ||
					      at == 0x110
				    : at == 0xa0 || at == 0x50;

		dev.ops->reset(&dev);
		wr(at, UINT32_MAX);
		assert_int_equal(rd(at) == 0xffff, kept);
	}
	wr(dev.size_bytes, UINT32_MAX);
	assert_int_equal(rd(dev.size_bytes), 0);
	dev.ops->reset(&dev);
	/* parts of a register */
	wr(reg, 0xffff1234);
	dev.ops->write(&dev, reg + 1, 1, 0xff);
	dev.ops->write(&dev, reg + 2, 2, 0xffff);
	assert_int_equal(rd(reg), 0x1234);
	assert_int_equal(dev.ops->read(&dev, reg + 1, 1) & 0xff, 0x12);
}

static uint8_t tree[8192];

static uint32_t cell_of(int node, const char *name, int cells)
{
	int len;
	const fdt32_t *prop = fdt_getprop(tree, node, name, &len);

	assert_int_equal(len, 4 * cells);
	return fdt32_to_cpu(prop[cells - 1]);
}

static void node(void **state)
{
	static const uint8_t ids_3588[] = {
		8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 21, 22, 23, 24, 25,
		26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 40};
	static const uint8_t ids_3568[] = {6, 7, 8, 9, 10, 11, 13, 14, 15};
	bool is_3588 = IS_3588(state);
	const uint8_t *id = is_3588 ? ids_3588 : ids_3568;
	int err = -1, pmu, controller, domain;

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
	pmu = fdt_path_offset(tree, is_3588 ? "/power-management@fd8d8000"
					    : "/power-management@fdd90000");
	assert_true(pmu >= 0);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(
			fdt_node_check_compatible(
				tree, pmu,
				(const char *const[]){
					is_3588 ? "rockchip,rk3588-pmu"
						: "rockchip,rk3568-pmu",
					"syscon", "simple-mfd"}[i]),
			0);
	assert_int_equal(cell_of(pmu, "reg", 4), is_3588 ? 0x400 : 0x1000);
	controller = fdt_subnode_offset(tree, pmu, "power-controller");
	assert_int_equal(fdt_node_check_compatible(
				 tree, controller,
				 is_3588 ? "rockchip,rk3588-power-controller"
					 : "rockchip,rk3568-power-controller"),
			 0);
	assert_int_equal(cell_of(controller, "#power-domain-cells", 1), 1);
	assert_int_equal(cell_of(controller, "#address-cells", 1), 1);
	assert_int_equal(cell_of(controller, "#size-cells", 1), 0);
	/* the last comes first */
	id += is_3588 ? sizeof(ids_3588) : sizeof(ids_3568);
	fdt_for_each_subnode (domain, tree, controller) {
		char name[24];

		id--;
		snprintf(name, sizeof(name), "power-domain@%u", *id);
		assert_string_equal(fdt_get_name(tree, domain, NULL), name);
		assert_int_equal(cell_of(domain, "reg", 1), *id);
		assert_int_equal(cell_of(domain, "#power-domain-cells", 1), 0);
	}
	assert_ptr_equal(id, is_3588 ? ids_3588 : ids_3568);
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
		T(domains),
		T(masked),
		ON(out_of_order, 3588),
		T(any_access_is_safe),
		T(node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
