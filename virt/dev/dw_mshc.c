/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated DesignWare Mobile Storage Host with an SD card in it, as Rockchip
 * wires it: what is its own. Sources: the databook (dw_mshc.h), chapter 6;
 * Rockchip RK3568 TRM part 2 and RK3588 TRM part 2, chapters "Mobile Storage
 * Host Controller".
 */
#include "dw_mshc.h"

#include "card_host.h"

#include <errno.h>
#include <libfdt.h>
#include <virt/config.h>
#include <virt/vdisk.h>

#define CLOCK_HZ 100000000u /* "ciu": half of it gets to the card */
#define FIFO_WORDS 256u
#define VERID_VALUE 0x5342270au
/* 32-bit FIFO and addresses, internal DMA, one card of SD's kind */
#define HCON_VALUE 0x00c43081u

static uint32_t reg_read(struct vdev *dev, struct dw_mshc *p, uint32_t reg)
{
	switch (reg) {
	case VERID:
		return VERID_VALUE;
	case HCON:
		return HCON_VALUE;
	default:
		return dw_mshc_reg_read(dev, p, reg);
	}
}

static void reg_write(struct vdev *dev, struct dw_mshc *p, uint32_t reg,
		      uint32_t value)
{
	if (reg == CLKSRC)
		REG(p, CLKSRC) = value;
	else
		dw_mshc_reg_write(dev, p, reg, value);
}

static uint64_t rockchip_read(struct vdev *dev, uint64_t offset,
			      unsigned int width __unused_arg)
{
	return dw_mshc_read(dev, offset, reg_read);
}

static void rockchip_write(struct vdev *dev, uint64_t offset,
			   unsigned int width __unused_arg, uint64_t value)
{
	dw_mshc_write(dev, offset, value, reg_write);
}

static int rockchip_init(struct vdev *dev)
{
	static const struct dw_mshc_kind kind = {
		.fifo_words = FIFO_WORDS,
		.dma_bits = CTRL_IDMAC | CTRL_DMA_ENABLE,
	};

	return dw_mshc_init(dev, &kind);
}

static int rockchip_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	static const char compatible[] =
		"rockchip,rk3588-dw-mshc\0rockchip,rk3288-dw-mshc";
	static const char clocks[] = "biu\0ciu";
	static const struct card_host_node desc = {
		.compatible = compatible,
		.compatible_bytes = sizeof(compatible),
		.clocks = clocks,
		.clocks_bytes = sizeof(clocks),
		.clock_node = "sd-clock",
		.clock_hz = CLOCK_HZ,
		.max_hz = CLOCK_HZ / 2,
		.lines = 4,
		.flags = dw_mshc_flags,
	};
	int node = card_host_fdt_node(&desc, dev, fdt, parent);

	if (node < 0)
		return node;
	return fdt_setprop_u32(fdt, node, "fifo-depth", FIFO_WORDS) ? -ENOSPC
								    : 0;
}

static const struct vdev_ops dw_mshc_ops __found = {
	.name = "mmc",
	.type = VM_EMU_SD_CARD,
	.cold = true,
	.state_size = sizeof(struct dw_mshc),
	.init = rockchip_init,
	.reset = dw_mshc_reset,
	.read = rockchip_read,
	.write = rockchip_write,
	.fdt_node = rockchip_fdt_node,
	.moved = dw_mshc_moved,
	.stop = dw_mshc_stop,
};
VDEV(dw_mshc_ops);
