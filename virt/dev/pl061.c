/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated PL061 (ARM DDI 0190B) whose line 3 is the guest's power key:
 * high is pressed, as on QEMU's virt machine. The other lines are open, low.
 * No integration test registers.
 *
 * The key comes up again when the guest has looked at it, so that one that is
 * slow (a debounce of its own, a loaded CPU, a driver that is not there yet)
 * does not miss it: soon after the line was read, later when only its edge
 * was cleared, and in any case after PRESS_NS.
 */
#include "primecell.h"

#include <arch/virt.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/lock.h>
#include <libfdt.h>
#include <virt/config.h>
#include <virt/vm.h>

/* Offsets: DDI 0190B table 3-1 */
enum {
	DATA_END = 0x400, /* 256 views of the lines; the offset is their mask */
	DIR = 0x400,
	IS = 0x404,
	IBE = 0x408,
	IEV = 0x40c,
	IE = 0x410,
	RIS = 0x414,
	MIS = 0x418,
	IC = 0x41c,
	AFSEL = 0x420,
};

#define KEY_LINE 3
#define KEY BIT(KEY_LINE)
#define KEY_POWER 116 /* Linux: input-event-codes.h */

#define NS_PER_MS 1000000ull
#define READ_NS (100 * NS_PER_MS)
#define CLEARED_NS (2000 * NS_PER_MS)
#define PRESS_NS (10000 * NS_PER_MS)

/* no pointers: it can be saved as it is */
struct pl061 {
	struct spinlock lock; /* guards all of it and when the timer is set */
	struct vdev_clock clock;
	uint64_t release_ns; /* on the clock; 0: the key is up */
	bool on;             /* between reset and stop */
	bool line;           /* level last given to the interrupt controller */
	uint8_t in;          /* levels from outside */
	uint8_t data, dir, is, ibe, iev, ie, afsel;
	uint8_t edges; /* seen and not cleared */
};

static const struct primecell pl061_cell = {
	.periph_id = {0x61, 0x10, 0x04, 0x00},
	.compatible = "arm,pl061",
	.clocks = {{"apb_pclk", "apb-pclk", 24000000}},
};

/*
 * Lines and interrupts; the lock is held
 */

/* An output's line shows what drives it. */
static uint8_t lines(const struct pl061 *p)
{
	return (p->in & ~p->dir) | (p->data & p->dir);
}

/* Edges stay until they are cleared, levels for as long as they are there. */
static uint8_t ris(const struct pl061 *p)
{
	uint8_t level = p->is & ~(p->in ^ p->iev) & ~p->dir;

	return (p->edges & ~p->is) | level;
}

static void irq_update_locked(struct vdev *dev, struct pl061 *p)
{
	bool line = (ris(p) & p->ie) != 0;

	if (line == p->line || !dev->virq)
		return;
	p->line = line;
	arch_virq_set(dev->vm, dev->virq, line);
}

static void key_set_locked(struct vdev *dev, struct pl061 *p, bool down)
{
	uint8_t wanted = (p->ibe | (down ? p->iev : ~p->iev)) & ~p->is;

	p->in = down ? KEY : 0;
	p->edges |= KEY & wanted & ~p->dir;
	irq_update_locked(dev, p);
}

/* The key comes up after @hold_ns, if it would not sooner. */
static void release_by_locked(struct vdev *dev, struct pl061 *p,
			      uint64_t hold_ns)
{
	uint64_t release_ns = vdev_clock_ns(&p->clock) + hold_ns;

	if (p->release_ns && p->release_ns <= release_ns)
		return;
	p->release_ns = release_ns;
	if (!p->clock.paused)
		timer_set(&dev->timer,
			  vdev_clock_deadline(&p->clock, release_ns));
}

static void pl061_timer(struct timer *timer)
{
	struct vdev *dev = timer->ctx;
	struct pl061 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	if (!p->on || p->clock.paused || !p->release_ns)
		goto out;
	if (vdev_clock_ns(&p->clock) < p->release_ns) {
		timer_set(timer, vdev_clock_deadline(&p->clock, p->release_ns));
		goto out;
	}
	p->release_ns = 0;
	key_set_locked(dev, p, false);
out:
	spin_unlock_irqrestore(&p->lock, flags);
}

static void pl061_power_key(struct vdev *dev)
{
	struct pl061 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	if (p->on && !p->release_ns) {
		key_set_locked(dev, p, true);
		release_by_locked(dev, p, PRESS_NS);
	}
	spin_unlock_irqrestore(&p->lock, flags);
}

/* The guest has looked at or cleared the lines of @mask. */
static void noticed_locked(struct vdev *dev, struct pl061 *p, uint8_t mask,
			   uint64_t hold_ns)
{
	if (p->release_ns && (mask & KEY & ~p->dir))
		release_by_locked(dev, p, hold_ns);
}

/*
 * Registers
 */

static uint32_t reg_read_locked(struct vdev *dev, struct pl061 *p, uint64_t reg)
{
	if (reg < DATA_END) {
		noticed_locked(dev, p, (uint8_t)(reg >> 2), READ_NS);
		return lines(p) & (reg >> 2);
	}
	switch (reg) {
	case DIR:
		return p->dir;
	case IS:
		return p->is;
	case IBE:
		return p->ibe;
	case IEV:
		return p->iev;
	case IE:
		return p->ie;
	case RIS:
		return ris(p);
	case MIS:
		return ris(p) & p->ie;
	case AFSEL:
		return p->afsel;
	default:
		break;
	}
	return primecell_id(&pl061_cell, reg);
}

static uint64_t pl061_read(struct vdev *dev, uint64_t offset,
			   unsigned int width __unused_arg)
{
	struct pl061 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);
	uint32_t value = reg_read_locked(dev, p, ALIGN_DOWN(offset, 4));

	spin_unlock_irqrestore(&p->lock, flags);
	return value >> (8 * (offset & 3));
}

static void reg_write_locked(struct vdev *dev, struct pl061 *p, uint64_t reg,
			     uint8_t value)
{
	uint8_t mask;

	if (reg < DATA_END) {
		mask = (uint8_t)(reg >> 2) & p->dir;
		p->data = (p->data & ~mask) | (value & mask);
		return;
	}
	switch (reg) {
	case DIR:
		p->dir = value;
		break;
	case IS:
		p->is = value;
		break;
	case IBE:
		p->ibe = value;
		break;
	case IEV:
		p->iev = value;
		break;
	case IE:
		p->ie = value;
		break;
	case IC:
		p->edges &= ~value;
		noticed_locked(dev, p, value, CLEARED_NS);
		break;
	case AFSEL:
		p->afsel = value;
		break;
	default: /* the rest is read-only */
		break;
	}
}

static void pl061_write(struct vdev *dev, uint64_t offset,
			unsigned int width __unused_arg, uint64_t value)
{
	struct pl061 *p = dev->state;
	unsigned long flags;

	if (offset & 3)
		return;
	flags = spin_lock_irqsave(&p->lock);
	reg_write_locked(dev, p, offset, (uint8_t)value);
	irq_update_locked(dev, p);
	spin_unlock_irqrestore(&p->lock, flags);
}

/*
 * Life
 */

static void pl061_stop(struct vdev *dev)
{
	struct pl061 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	p->on = false;
	spin_unlock_irqrestore(&p->lock, flags);
	/* its function takes the lock */
	timer_cancel(&dev->timer);
}

static void pl061_reset(struct vdev *dev)
{
	struct pl061 *p = dev->state;
	unsigned long flags;

	pl061_stop(dev);
	flags = spin_lock_irqsave(&p->lock);
	p->clock = (struct vdev_clock){0};
	p->release_ns = 0;
	p->in = p->data = p->dir = p->afsel = 0;
	p->is = p->ibe = p->iev = p->ie = p->edges = 0;
	irq_update_locked(dev, p);
	p->on = true;
	spin_unlock_irqrestore(&p->lock, flags);
}

static void pl061_pause(struct vdev *dev)
{
	struct pl061 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	vdev_clock_pause(&p->clock);
	spin_unlock_irqrestore(&p->lock, flags);
	timer_cancel(&dev->timer);
}

static void pl061_resume(struct vdev *dev)
{
	struct pl061 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	vdev_clock_resume(&p->clock);
	if (p->on && p->release_ns)
		timer_set(&dev->timer,
			  vdev_clock_deadline(&p->clock, p->release_ns));
	spin_unlock_irqrestore(&p->lock, flags);
}

static int pl061_init(struct vdev *dev)
{
	struct pl061 *p = dev->state;

	spin_init(&p->lock, LOCK_RANK_DEVICE_TIMER);
	timer_init(&dev->timer, pl061_timer, dev);
	return 0;
}

/*
 * Its nodes
 */

/* Line KEY_LINE of the controller @phandle, active high: KEY_POWER. */
static int key_node(void *fdt, int parent, uint32_t phandle)
{
	const fdt32_t gpios[] = {cpu_to_fdt32(phandle), cpu_to_fdt32(KEY_LINE),
				 cpu_to_fdt32(0)};
	int keys = fdt_add_subnode(fdt, parent, "gpio-keys");
	int key, err = 0;

	/* a tree may have keys of its own */
	if (keys == -FDT_ERR_EXISTS)
		keys = fdt_subnode_offset(fdt, parent, "gpio-keys");
	else if (keys >= 0)
		err = fdt_setprop_string(fdt, keys, "compatible", "gpio-keys");
	key = keys < 0 || err ? -1 : fdt_add_subnode(fdt, keys, "power-key");
	if (key < 0)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, key, "label", "Power");
	if (!err)
		err = fdt_setprop_u32(fdt, key, "linux,code", KEY_POWER);
	if (!err)
		err = fdt_setprop(fdt, key, "gpios", gpios, sizeof(gpios));
	return err ? -ENOSPC : 0;
}

static int gpio_node(const struct vdev *dev, void *fdt, int parent,
		     uint32_t *phandle)
{
	int node = primecell_fdt_node(&pl061_cell, dev, fdt, parent);
	int err;

	if (node < 0)
		return node;
	*phandle = fdt_phandle_unused(fdt);
	err = *phandle ? fdt_setprop_empty(fdt, node, "gpio-controller") : -1;
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#gpio-cells", 2);
	if (!err)
		err = fdt_setprop_empty(fdt, node, "interrupt-controller");
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#interrupt-cells", 2);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "phandle", *phandle);
	return err ? -ENOSPC : 0;
}

static int pl061_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	uint32_t phandle;
	int err = gpio_node(dev, fdt, parent, &phandle);

	return err ? err : key_node(fdt, parent, phandle);
}

static const struct vdev_ops pl061_ops __found = {
	.name = "gpio",
	.type = VM_EMU_POWER_KEY,
	.cold = true,
	.state_size = sizeof(struct pl061),
	.init = pl061_init,
	.reset = pl061_reset,
	.read = pl061_read,
	.write = pl061_write,
	.fdt_node = pl061_fdt_node,
	.power_key = pl061_power_key,
	.stop = pl061_stop,
	.pause = pl061_pause,
	.resume = pl061_resume,
};
VDEV(pl061_ops);
