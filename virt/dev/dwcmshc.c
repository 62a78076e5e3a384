/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated eMMC controller of RK3588 with its eMMC: Synopsys' DWC_mshc, an
 * SDHCI with registers of its own. RK3568 and RK3588 TRM part 2, chapter "eMMC
 * Host Controller", "Register Description". Its clock unit is not there: the
 * guest's tree gives it a clock of a fixed rate.
 */
#include "card_host.h"
#include "sdhci.h"

#include <arch/virt.h>
#include <libfdt.h>
#include <string.h>
#include <virt/config.h>
#include <virt/vdisk.h>
#include <virt/vm.h>

/* Offsets: EMMC_VENDOR_AREA… and what it points to, EMMC_DLL_… */
enum {
	VENDOR_POINTER = 0xe8,
	VENDOR = 0x500,
	VENDOR_END = 0x600,
	DLL = 0x800,
	DLL_STATUS0 = 0x840,
	DLL_END = 0x850,
};

#define DLL_START BIT(0)
#define DLL_LOCKED BIT(8)

/* ADMA2, high speed, 3.3 V, 8 lines, 200 MHz; 1 MHz for timeouts */
#define CAPS 0x012cc881u
#define VERSION 5u /* 4.20 */
#define CLOCK_HZ 200000000u
#define MAX_HZ 52000000u

/** struct dwcmshc - @vendor, @dll: kept; no pointers: it can be saved as it is */
struct dwcmshc {
	struct sdhci_state sdhci;
	uint32_t vendor[(VENDOR_END - VENDOR) / 4];
	uint32_t dll[(DLL_END - DLL) / 4];
};

static uint32_t *own_reg(struct dwcmshc *p, uint32_t reg)
{
	if (reg >= VENDOR && reg < VENDOR_END)
		return &p->vendor[(reg - VENDOR) / 4];
	if (reg >= DLL && reg < DLL_END)
		return &p->dll[(reg - DLL) / 4];
	return NULL;
}

static uint32_t reg_read(struct vdev *dev, struct dwcmshc *p, uint64_t reg)
{
	const uint32_t *own;

	if (reg == VENDOR_POINTER)
		return VENDOR;
	if (reg < SDHCI_END)
		return sdhci_read(dev, &p->sdhci, (uint32_t)reg);
	/* a line that was started has locked */
	if (reg == DLL_STATUS0)
		return p->dll[0] & DLL_START ? DLL_LOCKED : 0;
	own = reg < DLL_END ? own_reg(p, (uint32_t)reg) : NULL;
	return own ? *own : 0;
}

static void reg_write(struct vdev *dev, struct dwcmshc *p, uint64_t reg,
		      uint32_t value, uint32_t mask)
{
	uint32_t *own;

	if (reg < SDHCI_END) {
		sdhci_write(dev, &p->sdhci, (uint32_t)reg, value, mask);
		return;
	}
	own = reg < DLL_END ? own_reg(p, (uint32_t)reg) : NULL;
	if (own)
		*own = (*own & ~mask) | (value & mask);
}

/* Of one word; what reaches into the next is two of them. */
static uint64_t dwcmshc_read(struct vdev *dev, uint64_t offset,
			     unsigned int width)
{
	struct dwcmshc *p = dev->state;
	uint64_t reg = ALIGN_DOWN(offset, 4), value;

	mutex_lock(&dev->disk->lock);
	value = reg_read(dev, p, reg);
	if ((offset & 3) + width > 4)
		value |= (uint64_t)reg_read(dev, p, reg + 4) << 32;
	sdhci_settle(dev, &p->sdhci);
	mutex_unlock(&dev->disk->lock);
	return value >> (8 * (offset & 3));
}

/* The lower word first, as an access of its width does it on a board. */
static void dwcmshc_write(struct vdev *dev, uint64_t offset, unsigned int width,
			  uint64_t value)
{
	uint64_t mask = width >= 8 ? UINT64_MAX : BIT(8 * width) - 1;
	unsigned int shift = 8 * (offset & 3);
	uint64_t reg = ALIGN_DOWN(offset, 4);
	struct dwcmshc *p = dev->state;

	mutex_lock(&dev->disk->lock);
	reg_write(dev, p, reg, (uint32_t)(value << shift),
		  (uint32_t)(mask << shift));
	if (shift / 8 + width > 4)
		reg_write(dev, p, reg + 4, (uint32_t)(value >> (32 - shift)),
			  (uint32_t)(mask >> (32 - shift)));
	sdhci_settle(dev, &p->sdhci);
	mutex_unlock(&dev->disk->lock);
}

static void dwcmshc_reset(struct vdev *dev)
{
	struct dwcmshc *p = dev->state;

	mutex_lock(&dev->disk->lock);
	memset(p->vendor, 0, sizeof(p->vendor));
	memset(p->dll, 0, sizeof(p->dll));
	p->sdhci.caps = CAPS;
	p->sdhci.version = VERSION;
	sdhci_power_on(dev, &p->sdhci);
	card_host_insert(dev, &p->sdhci.card, CARD_EMMC);
	mutex_unlock(&dev->disk->lock);
}

static void dwcmshc_moved(struct vdev *dev)
{
	struct dwcmshc *p = dev->state;

	sdhci_moved(dev, &p->sdhci);
}

/* Nothing of the guest's memory is touched any more. */
static void dwcmshc_stop(struct vdev *dev)
{
	struct dwcmshc *p = dev->state;

	if (!dev->disk) /* it was not made */
		return;
	mutex_lock(&dev->disk->lock);
	sdhci_stop(&p->sdhci);
	mutex_unlock(&dev->disk->lock);
}

static int dwcmshc_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	static const char compatible[] = "rockchip,rk3588-dwcmshc";
	static const char clocks[] = "core\0bus\0axi\0block\0timer";
	static const char *const flags[] = {
		"cap-mmc-highspeed", "dma-coherent",  "no-sd",
		"no-sdio",           "non-removable", NULL};
	static const struct card_host_node desc = {
		.compatible = compatible,
		.compatible_bytes = sizeof(compatible),
		.clocks = clocks,
		.clocks_bytes = sizeof(clocks),
		.clock_node = "emmc-clock",
		.clock_hz = CLOCK_HZ,
		.max_hz = MAX_HZ,
		.lines = 8,
		.flags = flags,
	};
	int node = card_host_fdt_node(&desc, dev, fdt, parent);

	return MIN(node, 0);
}

static const struct vdev_ops dwcmshc_ops __found = {
	.name = "mmc",
	.type = VM_EMU_EMMC,
	.cold = true,
	.state_size = sizeof(struct dwcmshc),
	.init = vdisk_create,
	.reset = dwcmshc_reset,
	.read = dwcmshc_read,
	.write = dwcmshc_write,
	.fdt_node = dwcmshc_fdt_node,
	.moved = dwcmshc_moved,
	.stop = dwcmshc_stop,
};
VDEV(dwcmshc_ops);
