/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated SP805 (ARM DDI 0270B). When it would reset the system, its VM
 * ends by a fault.
 *
 * Nothing counts: registers are worked out from the time when the counter was
 * last full. The host's timer is armed only for what the guest will notice:
 * an interrupt that is not raised yet, or the end. A guest that lets it run
 * without caring costs the host nothing, and each of its timers one write.
 */
#include "primecell.h"

#include <arch/virt.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/lock.h>
#include <libfdt.h>
#include <virt/config.h>
#include <virt/vm.h>
#include <virt/vmm.h>

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
	struct spinlock lock; /* guards all of it and when the timer is set */
	struct vdev_clock clock;
	uint64_t full_ticks;  /* while it counts: when it was at load */
	uint64_t armed_ticks; /* what the timer is set for; 0: nothing */
	uint32_t load;
	uint32_t value; /* while it does not count */
	uint8_t control, itcr, itop;
	bool ris, locked;
	bool ended; /* it has asked for a reset */
	bool on;    /* between reset and stop */
	bool line;  /* level last given to the interrupt controller */
};

static const struct primecell sp805_cell = {
	.periph_id = {0x05, 0x18, 0x14, 0x00},
	.compatible = "arm,sp805",
	.clocks = {{"wdog_clk", "watchdog-clock", FREQ_HZ},
		   {"apb_pclk", "apb-pclk", 24000000}},
};

/*
 * Ticks of its clock: 64 of them are 1953125 ns
 */

#define TICKS_EACH 64ull
#define NS_EACH 1953125ull

_Static_assert(FREQ_HZ / TICKS_EACH * NS_EACH == 1000000000ull, "FREQ_HZ");

static uint64_t ticks_of(uint64_t ns)
{
	return ns / NS_EACH * TICKS_EACH + ns % NS_EACH * TICKS_EACH / NS_EACH;
}

/* The first nanosecond of a tick. */
static uint64_t ns_of(uint64_t ticks)
{
	return ticks / TICKS_EACH * NS_EACH +
	       (ticks % TICKS_EACH * NS_EACH + TICKS_EACH - 1) / TICKS_EACH;
}

static uint64_t now_ticks(const struct sp805 *p)
{
	return ticks_of(vdev_clock_ns(&p->clock));
}

/*
 * Counting; the lock is held
 */

static bool counts(const struct sp805 *p)
{
	return (p->control & CONTROL_INTEN) && !p->ended;
}

/* From full to 0 and full again; 0 counts as the least that is valid. */
static uint64_t period(const struct sp805 *p)
{
	return (uint64_t)p->load + 1;
}

static void end_locked(struct sp805 *p)
{
	p->value = 0;
	p->ended = true;
	vmm_wake();
}

/* What has become of it since the last look: 2.2 and 3.3.3 of DDI 0270B */
static void advance_locked(struct sp805 *p)
{
	uint64_t rounds;

	if (!p->on || !counts(p))
		return;
	rounds = (now_ticks(p) - p->full_ticks) / period(p);
	if (!rounds)
		return;
	p->full_ticks += rounds * period(p);
	if (!p->ris)
		rounds--;
	p->ris = true;
	if (rounds && (p->control & CONTROL_RESEN))
		end_locked(p);
}

static uint32_t value(const struct sp805 *p)
{
	if (!counts(p))
		return p->value;
	return p->load - (uint32_t)(now_ticks(p) - p->full_ticks);
}

static void restart_locked(struct sp805 *p)
{
	p->full_ticks = now_ticks(p);
	p->value = p->load;
}

/* The interrupt line and the timer, after any change. */
static void settle_locked(struct vdev *dev, struct sp805 *p)
{
	bool line = p->itcr ? p->itop & ITOP_INT
			    : p->ris && (p->control & CONTROL_INTEN);
	uint64_t next = p->full_ticks + period(p);

	if (line != p->line && dev->virq) {
		p->line = line;
		arch_virq_set(dev->vm, dev->virq, line);
	}
	/* one that fires for nothing costs less than taking it back */
	if (!p->on || p->clock.paused || !counts(p) || next == p->armed_ticks ||
	    (p->ris && !(p->control & CONTROL_RESEN)))
		return;
	p->armed_ticks = next;
	timer_set(&dev->timer, vdev_clock_deadline(&p->clock, ns_of(next)));
}

static void sp805_timer(struct timer *timer)
{
	struct vdev *dev = timer->ctx;
	struct sp805 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	p->armed_ticks = 0;
	advance_locked(p);
	settle_locked(dev, p);
	spin_unlock_irqrestore(&p->lock, flags);
}

/*
 * Registers
 */

static uint32_t reg_read(const struct sp805 *p, uint64_t reg)
{
	switch (reg) {
	case LOAD:
		return p->load;
	case VALUE:
		return value(p);
	case CONTROL:
		return p->control;
	case RIS:
		return p->ris;
	case MIS:
		return p->ris && (p->control & CONTROL_INTEN);
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
	unsigned long flags = spin_lock_irqsave(&p->lock);
	uint32_t result;

	advance_locked(p);
	result = reg_read(p, ALIGN_DOWN(offset, 4));
	settle_locked(dev, p);
	spin_unlock_irqrestore(&p->lock, flags);
	return result >> (8 * (offset & 3));
}

static void control_write_locked(struct sp805 *p, uint32_t control)
{
	uint32_t left = value(p);

	control &= CONTROL_INTEN | CONTROL_RESEN;
	if ((p->control ^ control) & CONTROL_INTEN) {
		restart_locked(p);
		if (!(control & CONTROL_INTEN))
			p->value = left;
	}
	p->control = (uint8_t)control;
}

static void test_update_locked(struct sp805 *p)
{
	if (p->itcr && (p->itop & ITOP_RES) && !p->ended)
		end_locked(p);
}

static void reg_write_locked(struct sp805 *p, uint64_t reg, uint32_t value)
{
	if (reg == LOCK)
		p->locked = value != LOCK_KEY;
	if (p->locked)
		return;
	switch (reg) {
	case LOAD:
		p->load = value;
		restart_locked(p);
		break;
	case CONTROL:
		control_write_locked(p, value);
		break;
	case INTCLR:
		p->ris = false;
		restart_locked(p);
		break;
	case ITCR:
		p->itcr = value & 1;
		test_update_locked(p);
		break;
	case ITOP:
		p->itop = value & (ITOP_RES | ITOP_INT);
		test_update_locked(p);
		break;
	default: /* the rest is read-only */
		break;
	}
}

static void sp805_write(struct vdev *dev, uint64_t offset,
			unsigned int width __unused_arg, uint64_t value)
{
	struct sp805 *p = dev->state;
	unsigned long flags;

	if (offset & 3)
		return;
	flags = spin_lock_irqsave(&p->lock);
	advance_locked(p);
	reg_write_locked(p, offset, (uint32_t)value);
	settle_locked(dev, p);
	spin_unlock_irqrestore(&p->lock, flags);
}

/*
 * Life
 */

/* The last vCPUs are gone, or the state is about to be cold again. */
static void sp805_stop(struct vdev *dev)
{
	struct sp805 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	p->on = false;
	p->ended = false;
	p->armed_ticks = 0;
	spin_unlock_irqrestore(&p->lock, flags);
	/* its function takes the lock */
	timer_cancel(&dev->timer);
}

/* As firmware that hands over to a guest: two rounds last @seconds. */
static void start_locked(struct sp805 *p, uint32_t seconds)
{
	uint64_t ticks = (uint64_t)seconds * FREQ_HZ / 2;

	p->load = (uint32_t)MIN(ticks - 1, (uint64_t)UINT32_MAX);
	p->control = CONTROL_INTEN | CONTROL_RESEN;
	restart_locked(p);
}

static void sp805_reset(struct vdev *dev)
{
	struct sp805 *p = dev->state;
	unsigned long flags;

	sp805_stop(dev);
	flags = spin_lock_irqsave(&p->lock);
	p->clock = (struct vdev_clock){0};
	p->load = p->value = UINT32_MAX;
	p->control = p->itcr = p->itop = 0;
	p->ris = p->locked = false;
	p->on = true;
	if (dev->vm->config->watchdog_s)
		start_locked(p, dev->vm->config->watchdog_s);
	settle_locked(dev, p);
	spin_unlock_irqrestore(&p->lock, flags);
}

static void sp805_pause(struct vdev *dev)
{
	struct sp805 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	vdev_clock_pause(&p->clock);
	p->armed_ticks = 0;
	spin_unlock_irqrestore(&p->lock, flags);
	timer_cancel(&dev->timer);
}

static void sp805_resume(struct vdev *dev)
{
	struct sp805 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	vdev_clock_resume(&p->clock);
	advance_locked(p);
	settle_locked(dev, p);
	spin_unlock_irqrestore(&p->lock, flags);
}

/*
 * In the vmm's task, which alone ends stops: a VM that runs now is the one
 * that did not feed it. Said again after each wake, for one that was still
 * LOADING then.
 */
static void sp805_work(struct vdev *dev)
{
	struct sp805 *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);
	bool ended = p->on && p->ended;

	spin_unlock_irqrestore(&p->lock, flags);
	if (ended &&
	    __atomic_load_n(&dev->vm->state, __ATOMIC_ACQUIRE) != VM_STOPPING)
		vm_guest_ended(dev->vm, VM_STOP_FAULT, false,
			       "its watchdog was not fed");
}

static int sp805_init(struct vdev *dev)
{
	struct sp805 *p = dev->state;

	spin_init(&p->lock, LOCK_RANK_DEVICE_TIMER);
	timer_init(&dev->timer, sp805_timer, dev);
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
	.stop = sp805_stop,
	.pause = sp805_pause,
	.resume = sp805_resume,
	.work = sp805_work,
};
VDEV(sp805_ops);
