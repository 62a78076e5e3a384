/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Wait queues and sleeping.
 *
 * A waiter tests its condition, queues itself and becomes BLOCKED in one
 * critical section; a waker takes the same lock after it made the condition
 * true. Either the test sees the new value or the waker finds the waiter.
 * Between that section and its switch the waiter may be woken: sched_wake()
 * then only marks it running again.
 */
#include <core/task.h>

#include <errno.h>

#include <arch/cpu.h>
#include <core/timer.h>
#include <lib/lock.h>
#include <lib/log.h>

#include "core.h"
#include "sched.h"

#define LOG_TAG "wait"

_Static_assert(sizeof(struct spinlock) <=
		       sizeof(((struct wait_queue *)0)->lock_storage),
	       "wait_queue.lock_storage");

static struct spinlock *wq_lock(struct wait_queue *wq)
{
	return (struct spinlock *)(void *)wq->lock_storage;
}

void wait_queue_init(struct wait_queue *wq)
{
	wq->head = NULL;
	spin_init(wq_lock(wq), LOCK_RANK_WAIT);
}

/* The list: head->wq_prev is the tail, tail->wq_next is NULL. */
static void wq_append(struct wait_queue *wq, struct task *task)
{
	task->wq_next = NULL;
	if (wq->head) {
		task->wq_prev = wq->head->wq_prev;
		task->wq_prev->wq_next = task;
		wq->head->wq_prev = task;
	} else {
		task->wq_prev = task;
		wq->head = task;
	}
	task->queued = true;
}

static void wq_remove(struct wait_queue *wq, struct task *task)
{
	if (wq->head == task)
		wq->head = task->wq_next;
	else
		task->wq_prev->wq_next = task->wq_next;
	if (task->wq_next)
		task->wq_next->wq_prev = task->wq_prev;
	else if (wq->head)
		wq->head->wq_prev = task->wq_prev;
	task->queued = false;
}

/*
 * A task that was taken off the queue can be woken by nobody else, so it
 * stays blocked, and alive, until sched_wake(). Doing that outside the lock
 * keeps a switch it causes out of the critical section.
 */
static bool wake_first(struct wait_queue *wq)
{
	unsigned long flags = spin_lock_irqsave(wq_lock(wq));
	struct task *task = wq->head;
	bool more = false;

	if (task) {
		wq_remove(wq, task);
		more = wq->head != NULL;
	}
	spin_unlock_irqrestore(wq_lock(wq), flags);
	if (task)
		sched_wake(task);
	return more;
}

void wait_wake_one(struct wait_queue *wq)
{
	(void)wake_first(wq);
}

/*
 * The whole list is unhooked at once: a waiter that finds its condition still
 * false queues again and must not be met a second time, or this loop would
 * not end. Nor may the queue be looked at after the last wake-up, which may
 * be what lets its owner free it.
 */
void wait_wake_all(struct wait_queue *wq)
{
	unsigned long flags = spin_lock_irqsave(wq_lock(wq));
	struct task *task = wq->head;

	wq->head = NULL;
	for (struct task *t = task; t; t = t->wq_next)
		t->queued = false;
	spin_unlock_irqrestore(wq_lock(wq), flags);
	while (task) {
		struct task *next = task->wq_next;

		sched_wake(task);
		task = next;
	}
}

static void wait_expired(struct timer *timer)
{
	struct task *task = timer->ctx;
	struct wait_queue *wq = task->wq;
	unsigned long flags = spin_lock_irqsave(wq_lock(wq));
	bool wake = task->queued;

	task->timed_out = true;
	if (wake)
		wq_remove(wq, task);
	spin_unlock_irqrestore(wq_lock(wq), flags);
	if (wake)
		sched_wake(task);
}

void wait_task_init(struct task *task)
{
	timer_init(&task->timeout, wait_expired, task);
}

/*
 * Queue the current task and give up the CPU, unless @cond holds or its time
 * is over. Return: false when there is nothing (more) to wait for.
 */
static bool wait_once(struct wait_queue *wq, struct task *task,
		      bool (*cond)(void *arg), void *arg, bool *met)
{
	unsigned long flags = arch_irq_save();
	bool sleep;

	(void)spin_lock_irqsave(wq_lock(wq));
	*met = cond(arg);
	sleep = !*met && !task->timed_out;
	if (sleep) {
		wq_append(wq, task);
		__atomic_store_n(&task->state, TASK_BLOCKED, __ATOMIC_RELAXED);
	}
	/* stays masked: nothing may come between here and the switch */
	spin_unlock_irqrestore(wq_lock(wq), arch_irq_save());
	if (sleep)
		sched_block();
	arch_irq_restore(flags);
	return sleep;
}

void wait_event(struct wait_queue *wq, bool (*cond)(void *arg), void *arg)
{
	struct task *task = task_current();
	bool met;

	task->timed_out = false;
	while (wait_once(wq, task, cond, arg, &met))
		;
}

int wait_event_timeout(struct wait_queue *wq, bool (*cond)(void *arg),
		       void *arg, uint64_t deadline_ns)
{
	struct task *task = task_current();
	bool met;

	task->timed_out = false;
	task->wq = wq; /* constant while the timer can fire */
	timer_set(&task->timeout, deadline_ns);
	while (wait_once(wq, task, cond, arg, &met))
		;
	timer_cancel(&task->timeout);
	return met ? 0 : -ETIMEDOUT;
}

static bool never(void *arg)
{
	(void)arg;
	return false;
}

void task_sleep_until(uint64_t deadline_ns)
{
	struct wait_queue wq;

	wait_queue_init(&wq);
	(void)wait_event_timeout(&wq, never, NULL, deadline_ns);
}
