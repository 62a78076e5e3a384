/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated SP805 (ARM DDI 0270B): the registers around a struct wdt. */
#include "primecell.h"
#include "wdt.h"

#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>
#include <virt/config.h>
#include <virt/vm.h>

/* Offsets: DDI 0270B table 3-1 */
enum {
	LOAD = 0x000,
	VALUE = 0x004,
	CONTROL = 0x008,
	INTCLR = 0x00c,
	RIS = 0x010,
	MIS = 0x014,
	LOCK = 0xc00,
	ITCR = 0xf00,
	ITOP = 0xf04,
};

#define CONTROL_INTEN BIT(0)
#define CONTROL_RESEN BIT(1)
#define LOCK_KEY 0x1acce551u
#define ITOP_RES BIT(0)
#define ITOP_INT BIT(1)

#define FREQ_HZ 32768u

/* no pointers: it can be saved as it is */
struct sp805 {
	struct wdt wdt;
	uint32_t load;
	uint8_t control, itcr, itop;
	bool locked;
};

_Static_assert(offsetof(struct sp805, wdt) == 0, "where wdt.c looks for it");

static const struct primecell sp805_cell = {
	.periph_id = {0x05, 0x18, 0x14, 0x00},
	.compatible = "arm,sp805",
	.clocks = {{"wdog_clk", "watchdog-clock", FREQ_HZ},
		   {"apb_pclk", "apb-pclk", 24000000}},
};

static uint32_t reg_read(const struct sp805 *p, uint64_t reg)
{
	switch (reg) {
	case LOAD:
		return p->load;
	case VALUE:
		return wdt_value(&p->wdt);
	case CONTROL:
		return p->control;
	case RIS:
		return p->wdt.raised;
	case MIS:
		return p->wdt.raised && (p->control & CONTROL_INTEN);
	case LOCK:
		return p->locked;
	case ITCR:
		return p->itcr;
	default:
		break;
	}
	return primecell_id(&sp805_cell, reg);
}

static uint64_t sp805_read(struct vdev *dev, uint64_t offset,
			   unsigned int width __unused_arg)
{
	struct sp805 *p = dev->state;
	unsigned long flags = wdt_enter(&p->wdt);
	uint32_t result = reg_read(p, ALIGN_DOWN(offset, 4));

	wdt_leave(dev, &p->wdt, flags);
	return result >> (8 * (offset & 3));
}

/* 0 counts as the least that is valid. */
static void load_locked(struct sp805 *p, uint32_t load)
{
	p->load = load;
	p->wdt.next_ticks = (uint64_t)load + 1;
	wdt_restart(&p->wdt);
}

/* What the counter does, and the interrupt; 2.2 and 3.3.3 of DDI 0270B */
static void apply_locked(struct sp805 *p)
{
	bool counts = p->control & CONTROL_INTEN;

	p->wdt.counts = counts;
	p->wdt.at_zero = p->control & CONTROL_RESEN ? WDT_INTERRUPTS_THEN_ENDS
						    : WDT_INTERRUPTS;
	p->wdt.wants = counts ? WDT_LINE_RAISED : WDT_LINE_LOW;
	if (p->itcr)
		p->wdt.wants =
			p->itop & ITOP_INT ? WDT_LINE_HIGH : WDT_LINE_LOW;
	if (p->itcr && (p->itop & ITOP_RES) && !p->wdt.ended)
		wdt_end(&p->wdt);
}

static void control_write_locked(struct sp805 *p, uint32_t control)
{
	uint32_t left = wdt_value(&p->wdt);

	control &= CONTROL_INTEN | CONTROL_RESEN;
	if ((p->control ^ control) & CONTROL_INTEN) {
		wdt_restart(&p->wdt);
		if (!(control & CONTROL_INTEN))
			p->wdt.value = left;
	}
	p->control = (uint8_t)control;
}

static void reg_write_locked(struct sp805 *p, uint64_t reg, uint32_t value)
{
	if (reg == LOCK)
		p->locked = value != LOCK_KEY;
	if (p->locked)
		return;
	switch (reg) {
	case LOAD:
		load_locked(p, value);
		break;
	case CONTROL:
		control_write_locked(p, value);
		break;
	case INTCLR:
		p->wdt.raised = false;
		wdt_restart(&p->wdt);
		break;
	case ITCR:
		p->itcr = value & 1;
		break;
	case ITOP:
		p->itop = value & (ITOP_RES | ITOP_INT);
		break;
	default: /* the rest is read-only */
		break;
	}
	apply_locked(p);
}

static void sp805_write(struct vdev *dev, uint64_t offset,
			unsigned int width __unused_arg, uint64_t value)
{
	struct sp805 *p = dev->state;
	unsigned long flags;

	if (offset & 3)
		return;
	flags = wdt_enter(&p->wdt);
	reg_write_locked(p, offset, (uint32_t)value);
	wdt_leave(dev, &p->wdt, flags);
}

/*
 * Life
 */

/* As firmware that hands over to a guest: two rounds last @seconds. */
static void start_locked(struct sp805 *p, uint32_t seconds)
{
	uint64_t ticks = (uint64_t)seconds * FREQ_HZ / 2;

	load_locked(p, (uint32_t)MIN(ticks - 1, (uint64_t)UINT32_MAX));
	p->control = CONTROL_INTEN | CONTROL_RESEN;
}

static void sp805_reset(struct vdev *dev)
{
	struct sp805 *p = dev->state;
	unsigned long flags;

	wdt_stop(dev);
	flags = wdt_enter(&p->wdt);
	wdt_cold(&p->wdt);
	load_locked(p, UINT32_MAX);
	p->control = p->itcr = p->itop = 0;
	p->locked = false;
	if (dev->vm->config->watchdog_s)
		start_locked(p, dev->vm->config->watchdog_s);
	apply_locked(p);
	wdt_leave(dev, &p->wdt, flags);
}

static int sp805_init(struct vdev *dev)
{
	wdt_init(dev, FREQ_HZ);
	return 0;
}

static int sp805_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	int node = primecell_fdt_node(&sp805_cell, dev, fdt, parent);

	if (node < 0)
		return node;
	/* the guest's driver goes on with what it finds */
	if (dev->vm->config->watchdog_s &&
	    fdt_setprop_u32(fdt, node, "timeout-sec",
			    dev->vm->config->watchdog_s))
		return -ENOSPC;
	return 0;
}

static const struct vdev_ops sp805_ops __found = {
	.name = "watchdog",
	.type = VM_EMU_WATCHDOG,
	.cold = true,
	.state_size = sizeof(struct sp805),
	.init = sp805_init,
	.reset = sp805_reset,
	.read = sp805_read,
	.write = sp805_write,
	.fdt_node = sp805_fdt_node,
	.stop = wdt_stop,
	.pause = wdt_pause,
	.resume = wdt_resume,
	.work = wdt_work,
};
VDEV(sp805_ops);
