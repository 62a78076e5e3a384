/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated DesignWare watchdog: the registers around a struct wdt. Sources:
 * Synopsys DW_apb_wdt Databook 1.09a, chapters "Registers" and "Functional
 * Description", as public headers and drivers tell them; Intel Cyclone V HPS
 * TRM, chapter "Watchdog Timer", for its dual timeout period.
 */
#include "wdt.h"

#include <errno.h>
#include <libfdt.h>
#include <virt/config.h>

enum {
	CR = 0x00,
	TORR = 0x04,
	CCVR = 0x08,
	CRR = 0x0c,
	STAT = 0x10,
	EOI = 0x14,
	COMP_PARAMS_3 = 0xec,
	COMP_PARAMS_2 = 0xf0,
	COMP_PARAMS_1 = 0xf4,
	COMP_VERSION = 0xf8,
	COMP_TYPE = 0xfc,
};

#define CR_EN BIT(0)
#define CR_RMOD BIT(1) /* an interrupt first */
#define CR_KEPT 0x3fu  /* and the reset pulse's length, and one for tests */
#define TORR_TOP(torr) ((torr)&0xfu)
#define TORR_TOP_INIT(torr) ((torr) >> 4 & 0xfu)
#define TORR_COLD 0xffu
#define CRR_RESTART 0x76u

/* 32 bits to count with, 2 to the power of 16 and more; the first period has a
 * field of its own; both are 15 after a reset */
#define PARAMS_1 0x10ff0244u
#define COLD_COUNT 0x7fffffffu
#define VERSION_109 0x3130392au /* "109*" */
#define TYPE_WDT 0x44570120u

#define FREQ_HZ 24000000u /* as on Rockchip's boards: up to 89 s */

/* no pointers: it can be saved as it is */
struct dw_wdt {
	struct wdt wdt;
	uint8_t cr, torr;
};

_Static_assert(offsetof(struct dw_wdt, wdt) == 0, "where wdt.c looks for it");

static uint64_t period(uint32_t top)
{
	return 1ull << (16 + top);
}

static uint32_t reg_read(struct dw_wdt *p, uint64_t reg)
{
	switch (reg) {
	case CR:
		return p->cr;
	case TORR:
		return p->torr;
	case CCVR:
		return wdt_value(&p->wdt);
	case STAT:
		return p->wdt.raised;
	case EOI: /* the counter goes on */
		p->wdt.raised = false;
		return 0;
	case COMP_PARAMS_3:
		return TORR_COLD;
	case COMP_PARAMS_2:
		return COLD_COUNT;
	case COMP_PARAMS_1:
		return PARAMS_1;
	case COMP_VERSION:
		return VERSION_109;
	case COMP_TYPE:
		return TYPE_WDT;
	default:
		return 0;
	}
}

static uint64_t dw_wdt_read(struct vdev *dev, uint64_t offset,
			    unsigned int width __unused_arg)
{
	struct dw_wdt *p = dev->state;
	unsigned long flags = wdt_enter(&p->wdt);
	uint32_t result = reg_read(p, ALIGN_DOWN(offset, 4));

	wdt_leave(dev, &p->wdt, flags);
	return result >> (8 * (offset & 3));
}

/* Once it runs, only a reset stops it. */
static void cr_write_locked(struct dw_wdt *p, uint32_t value)
{
	bool starts = (value & CR_EN) && !p->wdt.counts;

	p->cr = (value & CR_KEPT) | (p->cr & CR_EN);
	p->wdt.at_zero = p->cr & CR_RMOD ? WDT_INTERRUPTS_THEN_ENDS : WDT_ENDS;
	if (!starts)
		return;
	p->wdt.next_ticks = period(TORR_TOP_INIT(p->torr));
	wdt_restart(&p->wdt);
	p->wdt.next_ticks = period(TORR_TOP(p->torr));
	p->wdt.counts = true;
}

static void reg_write_locked(struct dw_wdt *p, uint64_t reg, uint32_t value)
{
	switch (reg) {
	case CR:
		cr_write_locked(p, value);
		break;
	case TORR:
		p->torr = (uint8_t)value;
		p->wdt.next_ticks = period(TORR_TOP(p->torr));
		break;
	case CRR:
		if ((value & 0xff) != CRR_RESTART)
			break;
		p->wdt.raised = false;
		wdt_restart(&p->wdt);
		break;
	default: /* the rest is read-only */
		break;
	}
}

static void dw_wdt_write(struct vdev *dev, uint64_t offset,
			 unsigned int width __unused_arg, uint64_t value)
{
	struct dw_wdt *p = dev->state;
	unsigned long flags;

	if (offset & 3)
		return;
	flags = wdt_enter(&p->wdt);
	reg_write_locked(p, offset, (uint32_t)value);
	wdt_leave(dev, &p->wdt, flags);
}

static void dw_wdt_reset(struct vdev *dev)
{
	struct dw_wdt *p = dev->state;
	unsigned long flags;

	wdt_stop(dev);
	flags = wdt_enter(&p->wdt);
	wdt_cold(&p->wdt);
	p->torr = TORR_COLD;
	p->wdt.next_ticks = period(TORR_TOP(p->torr));
	wdt_restart(&p->wdt);
	p->cr = 0;
	p->wdt.at_zero = WDT_ENDS;
	wdt_leave(dev, &p->wdt, flags);
}

static int dw_wdt_init(struct vdev *dev)
{
	struct dw_wdt *p = dev->state;

	wdt_init(dev, FREQ_HZ);
	p->wdt.wants = WDT_LINE_RAISED;
	return 0;
}

static int put_node(const struct vdev *dev, void *fdt, int parent,
		    uint32_t phandle)
{
	char name[32];
	int node, err;

	vdev_node_name(dev, name, sizeof(name));
	node = fdt_add_subnode(fdt, parent, name);
	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, node, "compatible", "snps,dw-wdt");
	if (!err)
		err = fdt_appendprop_addrrange(fdt, parent, node, "reg",
					       dev->gpa.v, dev->size_bytes);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "clocks", phandle);
	if (!err)
		err = fdt_setprop_string(fdt, node, "clock-names", "tclk");
	return err ? -ENOSPC : node;
}

static int dw_wdt_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	uint32_t phandle;
	int node, err;

	/* first, because nodes move */
	err = vdev_fdt_clock(fdt, parent, "dw-watchdog-clock", FREQ_HZ,
			     &phandle);
	if (err)
		return err;
	node = put_node(dev, fdt, parent, phandle);
	if (node < 0 || !dev->virq)
		return MIN(node, 0);
	return vdev_fdt_irq(dev, fdt, node);
}

static const struct vdev_ops dw_wdt_ops __found = {
	.name = "watchdog",
	.type = VM_EMU_DW_WATCHDOG,
	.cold = true,
	.state_size = sizeof(struct dw_wdt),
	.init = dw_wdt_init,
	.reset = dw_wdt_reset,
	.read = dw_wdt_read,
	.write = dw_wdt_write,
	.fdt_node = dw_wdt_fdt_node,
	.stop = wdt_stop,
	.pause = wdt_pause,
	.resume = wdt_resume,
	.work = wdt_work,
};
VDEV(dw_wdt_ops);
