/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What emulated watchdogs have in common: a counter that goes down in rounds.
 * At the end of one it interrupts, or, as its kind and the guest want it, would
 * reset the system: its VM ends by a fault.
 *
 * Nothing counts: registers are worked out from the time when the round began.
 * The host's timer is armed only for what the guest will notice: an interrupt
 * that is not raised yet, or the end. A guest that lets it run without caring
 * costs the host nothing, and each of its timers one write.
 */
#ifndef VIRT_DEV_WDT_H
#define VIRT_DEV_WDT_H

#include <lib/lock.h>
#include <virt/vdev.h>

/* at the end of a round */
enum wdt_at_zero {
	WDT_INTERRUPTS,
	WDT_INTERRUPTS_THEN_ENDS, /* by the first that finds it still raised */
	WDT_ENDS,
};

enum wdt_line { WDT_LINE_LOW, WDT_LINE_HIGH, WDT_LINE_RAISED };

/**
 * struct wdt - the first member of such a device's state
 * @next_ticks: how long a round lasts that begins from now on, in clocks
 * @value:      of the counter, while it does not count
 * @at_zero:    enum wdt_at_zero
 * @wants:      enum wdt_line: the interrupt line, or that it follows @raised
 * @counts:     as the guest has it
 * @raised:     the interrupt is there, and not cleared
 *
 * The device writes these between wdt_enter() and wdt_leave(); the rest is the
 * counter's own. No pointers: it can be saved as it is.
 */
struct wdt {
	struct spinlock lock; /* guards all of it and when the timer is set */
	struct vdev_clock clock;
	uint64_t full_ticks; /* when the round began */
	uint64_t round_ticks, next_ticks;
	uint64_t armed_ticks; /* what the timer is set for; 0: nothing */
	uint32_t freq_hz;
	uint32_t value;
	uint8_t at_zero, wants;
	bool counts, raised;
	bool ended; /* it has asked for a reset */
	bool on;    /* between reset and stop */
	bool line;  /* level last given to the interrupt controller */
};

/** wdt_init() - once; it counts @freq_hz clocks a second */
void wdt_init(struct vdev *dev, uint32_t freq_hz);

/** wdt_enter() - takes the lock; all is as of now. Return: for wdt_leave() */
unsigned long wdt_enter(struct wdt *p) __acquires(p->lock);
/** wdt_leave() - interrupt line and timer follow what is there now */
void wdt_leave(struct vdev *dev, struct wdt *p, unsigned long flags)
	__releases(p->lock);

/** wdt_cold() - the VM may run, the counter does not, nothing is raised */
void wdt_cold(struct wdt *p);
/** wdt_restart() - a new round begins */
void wdt_restart(struct wdt *p);
/** wdt_end() - would reset the system; the VM ends soon */
void wdt_end(struct wdt *p);
/** wdt_value() - of the counter, now */
uint32_t wdt_value(const struct wdt *p);

/** wdt_stop(), wdt_pause(), wdt_resume(), wdt_work() - for struct vdev_ops */
void wdt_stop(struct vdev *dev);
void wdt_pause(struct vdev *dev);
void wdt_resume(struct vdev *dev);
void wdt_work(struct vdev *dev);

#endif
