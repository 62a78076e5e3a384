/* SPDX-License-Identifier: Apache-2.0 */
#include "wdt.h"

#include <arch/virt.h>
#include <virt/vm.h>
#include <virt/vmm.h>

#define NS_PER_S 1000000000ull

static uint64_t ticks_of(const struct wdt *p, uint64_t ns)
{
	return ns / NS_PER_S * p->freq_hz +
	       ns % NS_PER_S * p->freq_hz / NS_PER_S;
}

/* The first nanosecond of a tick. */
static uint64_t ns_of(const struct wdt *p, uint64_t ticks)
{
	return ticks / p->freq_hz * NS_PER_S +
	       (ticks % p->freq_hz * NS_PER_S + p->freq_hz - 1) / p->freq_hz;
}

static uint64_t now_ticks(const struct wdt *p)
{
	return ticks_of(p, vdev_clock_ns(&p->clock));
}

static bool is_counting(const struct wdt *p)
{
	return p->counts && !p->ended;
}

void wdt_end(struct wdt *p)
{
	p->value = 0;
	p->ended = true;
	vmm_wake();
}

uint32_t wdt_value(const struct wdt *p)
{
	if (!is_counting(p))
		return p->value;
	return (uint32_t)(p->round_ticks - 1 - (now_ticks(p) - p->full_ticks));
}

void wdt_restart(struct wdt *p)
{
	p->full_ticks = now_ticks(p);
	p->round_ticks = p->next_ticks;
	p->value = (uint32_t)(p->round_ticks - 1);
}

/* What has become of it since the last look. */
static void advance_locked(struct wdt *p)
{
	uint64_t passed, rounds;

	if (!p->on || !is_counting(p))
		return;
	passed = now_ticks(p) - p->full_ticks;
	if (passed < p->round_ticks)
		return;
	/* the first may have had another length than those behind it */
	rounds = (passed - p->round_ticks) / p->next_ticks;
	p->full_ticks += p->round_ticks + rounds * p->next_ticks;
	p->round_ticks = p->next_ticks;
	if (p->at_zero == WDT_ENDS) {
		wdt_end(p);
		return;
	}
	if (p->raised)
		rounds++;
	p->raised = true;
	if (rounds && p->at_zero == WDT_INTERRUPTS_THEN_ENDS)
		wdt_end(p);
}

static bool line_wanted(const struct wdt *p)
{
	return p->wants == WDT_LINE_RAISED ? p->raised
					   : p->wants == WDT_LINE_HIGH;
}

/* The interrupt line and the timer, after any change. */
static void settle_locked(struct vdev *dev, struct wdt *p)
{
	uint64_t next = p->full_ticks + p->round_ticks;
	bool line = line_wanted(p);

	if (line != p->line && dev->virq) {
		p->line = line;
		arch_virq_set(dev->vm, dev->virq, line);
	}
	/* one that fires for nothing costs less than taking it back */
	if (!p->on || p->clock.paused || !is_counting(p) ||
	    next == p->armed_ticks ||
	    (p->raised && p->at_zero == WDT_INTERRUPTS))
		return;
	p->armed_ticks = next;
	timer_set(&dev->timer, vdev_clock_deadline(&p->clock, ns_of(p, next)));
}

unsigned long wdt_enter(struct wdt *p)
{
	unsigned long flags = spin_lock_irqsave(&p->lock);

	advance_locked(p);
	return flags;
}

void wdt_leave(struct vdev *dev, struct wdt *p, unsigned long flags)
{
	settle_locked(dev, p);
	spin_unlock_irqrestore(&p->lock, flags);
}

static void wdt_timer(struct timer *timer)
{
	struct vdev *dev = timer->ctx;
	struct wdt *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	p->armed_ticks = 0;
	advance_locked(p);
	settle_locked(dev, p);
	spin_unlock_irqrestore(&p->lock, flags);
}

void wdt_init(struct vdev *dev, uint32_t freq_hz)
{
	struct wdt *p = dev->state;

	spin_init(&p->lock, LOCK_RANK_DEVICE_TIMER);
	timer_init(&dev->timer, wdt_timer, dev);
	p->freq_hz = freq_hz;
}

void wdt_cold(struct wdt *p)
{
	p->clock = (struct vdev_clock){0};
	p->counts = p->raised = false;
	p->on = true;
}

/* The last vCPUs are gone, or the state is about to be cold again. */
void wdt_stop(struct vdev *dev)
{
	struct wdt *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	p->on = false;
	p->ended = false;
	p->armed_ticks = 0;
	spin_unlock_irqrestore(&p->lock, flags);
	/* its function takes the lock */
	timer_cancel(&dev->timer);
}

void wdt_pause(struct vdev *dev)
{
	struct wdt *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);

	vdev_clock_pause(&p->clock);
	p->armed_ticks = 0;
	spin_unlock_irqrestore(&p->lock, flags);
	timer_cancel(&dev->timer);
}

void wdt_resume(struct vdev *dev)
{
	struct wdt *p = dev->state;
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
void wdt_work(struct vdev *dev)
{
	struct wdt *p = dev->state;
	unsigned long flags = spin_lock_irqsave(&p->lock);
	bool ended = p->on && p->ended;

	spin_unlock_irqrestore(&p->lock, flags);
	if (ended &&
	    __atomic_load_n(&dev->vm->state, __ATOMIC_ACQUIRE) != VM_STOPPING)
		vm_guest_ended(dev->vm, VM_STOP_FAULT, false,
			       "its watchdog was not fed");
}
