/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated MCI of Phytium's E2000 with an SD card in it: DesignWare's
 * controller with addresses of 64 bits and clocks of its own. Where its facts
 * are from stands in drivers/mmc/phytium_mci.h; the vendor's Linux driver that
 * is named there tells what guests do with it. Nobody says which version and
 * configuration it tells: zeros, here.
 *
 * The card's side runs by SOURCE: what is handed over to it, commands among
 * that, waits for this clock.
 */
#include "dw_mshc.h"

#include "card_host.h"

#include <libfdt.h>
#include <virt/config.h>
#include <virt/vdisk.h>

enum {
	CLOCK_READY = 0x58,
	DBADDR_HIGH = 0x8c,
	READ_LEVEL = 0x100,
	SOURCE = 0x108,
	HALF_CYCLE = 0x10c,
	PHASE_SHIFT = 0x110,
	PERIOD = 0x114,
	IRQ_OVER = 0xfd0, /* written at each interrupt */
};

#define SOURCE_ENABLE BIT(1)
#define CLOCK_HZ 1200000000u
#define MAX_HZ 50000000u
#define FIFO_WORDS 512u

static uint32_t reg_read(struct vdev *dev, struct dw_mshc *p, uint32_t reg)
{
	return reg == CLOCK_READY ? !p->stopped : dw_mshc_reg_read(dev, p, reg);
}

static void source_write(struct vdev *dev, struct dw_mshc *p, uint32_t value)
{
	REG(p, SOURCE) = value;
	p->stopped = !(value & SOURCE_ENABLE);
	dw_mshc_take(dev, p);
}

static void reg_write(struct vdev *dev, struct dw_mshc *p, uint32_t reg,
		      uint32_t value)
{
	switch (reg) {
	case SOURCE:
		source_write(dev, p, value);
		break;
	case DBADDR_HIGH:
	case READ_LEVEL:
	case HALF_CYCLE:
	case PHASE_SHIFT:
	case PERIOD:
		REG(p, reg) = value;
		break;
	default:
		dw_mshc_reg_write(dev, p, reg, value);
		break;
	}
}

static uint64_t mci_read(struct vdev *dev, uint64_t offset,
			 unsigned int width __unused_arg)
{
	return ALIGN_DOWN(offset, 4) == IRQ_OVER
		       ? 0
		       : dw_mshc_read(dev, offset, reg_read);
}

static void mci_write(struct vdev *dev, uint64_t offset,
		      unsigned int width __unused_arg, uint64_t value)
{
	if (offset != IRQ_OVER)
		dw_mshc_write(dev, offset, value, reg_write);
}

static int mci_init(struct vdev *dev)
{
	static const struct dw_mshc_kind kind = {
		.fifo_words = FIFO_WORDS,
		.dma_bits = CTRL_IDMAC,
		.wide = true,
		.ahead = true,
		.gated = true,
	};

	return dw_mshc_init(dev, &kind);
}

static int mci_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	static const char compatible[] = "phytium,mci";
	static const char clocks[] = "phytium_mci_clk";
	static const struct card_host_node desc = {
		.compatible = compatible,
		.compatible_bytes = sizeof(compatible),
		.clocks = clocks,
		.clocks_bytes = sizeof(clocks),
		.clock_node = "mci-clock",
		.clock_hz = CLOCK_HZ,
		.max_hz = MAX_HZ,
		.lines = 4,
		.flags = dw_mshc_flags,
	};
	int node = card_host_fdt_node(&desc, dev, fdt, parent);

	return MIN(node, 0);
}

static const struct vdev_ops phytium_mci_ops __found = {
	.name = "mmc",
	.type = VM_EMU_PHYTIUM_CARD,
	.cold = true,
	.state_size = sizeof(struct dw_mshc),
	.init = mci_init,
	.reset = dw_mshc_reset,
	.read = mci_read,
	.write = mci_write,
	.fdt_node = mci_fdt_node,
	.moved = dw_mshc_moved,
	.stop = dw_mshc_stop,
};
VDEV(phytium_mci_ops);
