/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time and one-shot timers.
 *
 * Each CPU has a list sorted by deadline; its host timer is set for the first.
 * There is no periodic tick. Lists are short (sleeping tasks, halted vCPUs,
 * the slice), so insertion walks.
 */
#include <core/timer.h>

#include <arch/cpu.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <lib/lock.h>
#include <lib/log.h>
#include <lib/util.h>

#include "core.h"

#define LOG_TAG "timer"

#define NS_PER_S 1000000000ull

/**
 * struct factor - a ratio as @mult / 2^@shift
 *
 * All 63 or 64 bits of @mult count, so a year's error is below a nanosecond.
 * With fewer, deadlines and the host timer would drift apart, and a timer
 * that fires early fires again and again until its time has come.
 */
struct factor {
	uint64_t mult;
	unsigned int shift;
};

static struct factor ns_per_tick;
static struct factor ticks_per_ns;

/**
 * struct timer_queue - one CPU's timers
 * @lock:       guards @first and every queued timer's next, deadline_ns
 * @first:      earliest deadline
 * @running:    atomic; the timer whose function this CPU is in
 * @programmed: what the host timer is set to; only its CPU uses it
 */
struct timer_queue {
	struct spinlock lock;
	struct timer *first;
	struct timer *running;
	uint64_t programmed;
} __attribute__((aligned(64)));

static struct timer_queue queues[CPU_MAX];

static uint64_t scale(uint64_t value, const struct factor *factor)
{
	unsigned __int128 wide = (unsigned __int128)value * factor->mult;

	wide >>= factor->shift;
	return wide > UINT64_MAX ? UINT64_MAX : (uint64_t)wide;
}

/* Long division, once: 128-bit division is a library call that we lack. */
static struct factor factor_of(uint64_t num, uint64_t den)
{
	struct factor factor = {.mult = num / den};
	uint64_t rest = num % den;

	while (!(factor.mult & BIT(63)) && factor.shift < 100) {
		rest <<= 1;
		factor.mult = factor.mult << 1 | (rest >= den);
		if (rest >= den)
			rest -= den;
		factor.shift++;
	}
	return factor;
}

void time_calibrate(uint64_t freq_hz)
{
	ns_per_tick = factor_of(NS_PER_S, freq_hz);
	ticks_per_ns = factor_of(freq_hz, NS_PER_S);
}

void time_init(void)
{
	time_calibrate(arch_counter_freq_hz());
}

uint64_t time_from_ticks(uint64_t ticks)
{
	return scale(ticks, &ns_per_tick);
}

uint64_t time_to_ticks(uint64_t ns)
{
	return scale(ns, &ticks_per_ns);
}

uint64_t time_ns(void)
{
	return time_from_ticks(arch_counter());
}

void time_delay_us(uint32_t us)
{
	uint64_t end = arch_counter() + time_to_ticks((uint64_t)us * 1000) + 1;

	while (arch_counter() < end)
		arch_cpu_relax();
}

void timer_init(struct timer *timer, void (*fn)(struct timer *timer), void *ctx)
{
	*timer = (struct timer){.fn = fn, .ctx = ctx};
}

/* On its own CPU, lock held: set the hardware for the first deadline. */
static void queue_program(struct timer_queue *q)
{
	uint64_t ticks = UINT64_MAX;

	if (q->first) {
		ticks = time_to_ticks(q->first->deadline_ns);
		/* both conversions round down: one more is never early */
		if (ticks != UINT64_MAX)
			ticks++;
	}
	if (ticks == q->programmed)
		return;
	q->programmed = ticks;
	arch_timer_set(ticks);
}

/* Lock held. */
static void queue_insert(struct timer_queue *q, struct timer *timer)
{
	struct timer **link = &q->first;

	/* equal deadlines fire in the order they were set */
	while (*link && (*link)->deadline_ns <= timer->deadline_ns)
		link = &(*link)->next;
	timer->next = *link;
	*link = timer;
}

/* Lock held; @timer is in @q. */
static void queue_remove(struct timer_queue *q, struct timer *timer)
{
	struct timer **link = &q->first;

	while (*link != timer)
		link = &(*link)->next;
	*link = timer->next;
	timer->next = NULL;
}

/* Take @timer out of whatever queue holds it, as long as one does. */
static void timer_dequeue(struct timer *timer)
{
	int cpu;

	while ((cpu = __atomic_load_n(&timer->cpu, __ATOMIC_ACQUIRE)) != 0) {
		struct timer_queue *q = &queues[cpu - 1];
		unsigned long flags = spin_lock_irqsave(&q->lock);

		if (timer->cpu == cpu) {
			queue_remove(q, timer);
			__atomic_store_n(&timer->cpu, 0, __ATOMIC_RELEASE);
		}
		spin_unlock_irqrestore(&q->lock, flags);
		/* the host timer keeps its setting: at worst it fires for
		 * nothing once, which costs less than setting it here */
	}
}

void timer_set(struct timer *timer, uint64_t deadline_ns)
{
	unsigned long flags = arch_irq_save();
	unsigned int id = arch_this_cpu()->id;
	struct timer_queue *q = &queues[id];
	bool done = false;

	while (!done) {
		int unarmed = 0;

		timer_dequeue(timer);
		(void)spin_lock_irqsave(&q->lock);
		/* fails when another CPU armed it in between: try again */
		if (__atomic_compare_exchange_n(
			    &timer->cpu, &unarmed, (int)id + 1, false,
			    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			timer->deadline_ns = deadline_ns;
			queue_insert(q, timer);
			if (q->first == timer)
				queue_program(q);
			done = true;
		}
		spin_unlock_irqrestore(&q->lock, arch_irq_save());
	}
	arch_irq_restore(flags);
}

/* Is its function running on a CPU other than the caller's? */
static bool timer_is_running(const struct timer *timer)
{
	unsigned long flags = arch_irq_save();
	unsigned int self = arch_this_cpu()->id;
	bool running = false;

	for (unsigned int id = 0; id < cpu_count; id++) {
		if (id == self)
			continue; /* fn itself cancels */
		/* pairs with the release in timer_interrupt() */
		if (__atomic_load_n(&queues[id].running, __ATOMIC_ACQUIRE) ==
		    timer)
			running = true;
	}
	arch_irq_restore(flags);
	return running;
}

/*
 * fn may arm its timer again while we wait for it, hence the loop. The firing
 * CPU stores running before it stores cpu = 0, and we load them in the other
 * order: a timer that was taken off its queue to fire is seen running.
 */
void timer_cancel(struct timer *timer)
{
	for (;;) {
		timer_dequeue(timer);
		if (timer_is_running(timer)) {
			arch_cpu_relax();
			continue;
		}
		if (!__atomic_load_n(&timer->cpu, __ATOMIC_ACQUIRE))
			return;
	}
}

/* The first timer if its time has come, taken off the queue; else NULL. */
static struct timer *queue_take_due(struct timer_queue *q)
{
	unsigned long flags = spin_lock_irqsave(&q->lock);
	struct timer *timer = q->first;

	if (timer && timer->deadline_ns <= time_ns()) {
		q->first = timer->next;
		timer->next = NULL;
		/* running first, see timer_cancel() */
		__atomic_store_n(&q->running, timer, __ATOMIC_RELAXED);
		__atomic_store_n(&timer->cpu, 0, __ATOMIC_RELEASE);
	} else {
		timer = NULL;
		queue_program(q);
	}
	spin_unlock_irqrestore(&q->lock, flags);
	return timer;
}

static enum irq_result timer_interrupt(unsigned int irq, void *arg)
{
	struct timer_queue *q = &queues[arch_this_cpu()->id];
	struct timer *timer;

	(void)irq;
	(void)arg;
	q->programmed = 0; /* it fired: whatever comes next is to be set */
	while ((timer = queue_take_due(q)) != NULL) {
		timer->fn(timer);
		/* pairs with the acquire in timer_is_running(): fn's effects
		 * come before the canceller goes on */
		__atomic_store_n(&q->running, NULL, __ATOMIC_RELEASE);
	}
	return IRQ_HANDLED;
}

void timer_cpu_init(void)
{
	struct cpu *cpu = arch_this_cpu();
	struct timer_queue *q = &queues[cpu->id];
	unsigned int irq = arch_timer_irq();

	spin_init(&q->lock, LOCK_RANK_TIMER);
	q->programmed = UINT64_MAX;
	arch_timer_set(UINT64_MAX);
	if (cpu->id != 0) {
		irq_enable_percpu(irq);
		return;
	}
	if (irq_request(irq, timer_interrupt, NULL, "timer", IRQ_TRIGGER_LEVEL))
		panic("the host timer's interrupt %u cannot be had", irq);
}
