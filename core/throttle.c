/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler's part in budgets: who is charged, and what becomes of a task
 * whose budget is used up. It is THROTTLED: in no FIFO, but in a list of its
 * own until the refill timer takes it out. The host's own tasks share a budget
 * on each CPU and are not held up at its end, but fall to the lowest level
 * until it comes back.
 */
#include <arch/cpu.h>
#include <core/timer.h>
#include <lib/util.h>

#include "core.h"
#include "sched.h"

/* What limits @task here and now; NULL: nothing. */
static struct budget *rq_budget(struct runqueue *rq, const struct task *task)
{
	if (task->priority == TASK_PRIO_SHELL)
		return rq->host_spent ? NULL : &rq->host;
	return task->budget;
}

/* Charge the running @task for its turn so far. */
void rq_account(struct runqueue *rq, struct task *task, uint64_t now)
{
	struct budget *budget = rq_budget(rq, task);
	/* nothing holds the host's tasks up but the end of their budget */
	uint64_t since =
		budget == &rq->host ? task->start_ticks : task->due_since;

	task->ran_ticks += now - task->start_ticks;
	if (unlikely(budget))
		budget_charge(budget, since, task->start_ticks, now);
	task->start_ticks = now;
	task->due_since = now;
}

/* Note how long @task, which is charged up to now, may run. Return: at all? */
bool rq_grant(struct runqueue *rq, const struct task *task, uint64_t now)
{
	struct budget *budget = rq_budget(rq, task);
	uint64_t left;

	rq->budget_end = UINT64_MAX;
	if (likely(!budget))
		return true;
	left = budget_left(budget, now);
	if (left)
		rq->budget_end = now + left;
	return left;
}

void rq_host_demote(struct runqueue *rq)
{
	rq->host_spent = true;
	rq->refill_arm = true;
	rq_level_move(rq, TASK_PRIO_SHELL, TASK_PRIO_IDLE);
}

/* In no FIFO any more, or not yet. */
void rq_throttle(struct runqueue *rq, struct task *task)
{
	task->state = TASK_THROTTLED;
	task->back_at = budget_back_at(task->budget);
	task->next = rq->throttled;
	rq->throttled = task;
	rq->refill_arm = true;
	rq_load_add(rq, -1);
}

/* The task at @at of the list is READY now, and the caller's alone. */
void rq_unthrottle(struct task **at)
{
	struct task *task = *at;

	*at = task->next;
	task->next = NULL;
	task->state = TASK_READY;
	task->due_since = task->back_at;
}

/* When the first budget comes back. */
uint64_t rq_refill_at(struct runqueue *rq)
{
	uint64_t at = rq->host_spent ? budget_back_at(&rq->host) : UINT64_MAX;

	for (struct task *t = rq->throttled; t; t = t->next)
		at = MIN(at, t->back_at);
	return at;
}

/* Is the running @prev at the end of its budget? Then it makes room. */
void rq_check_budget(struct runqueue *rq, struct task *prev, uint64_t now)
{
	if (likely(now < rq->budget_end) || prev->state != TASK_RUNNING)
		return;
	rq_account(rq, prev, now);
	if (rq_grant(rq, prev, now))
		return;
	if (prev->priority == TASK_PRIO_SHELL)
		rq_host_demote(rq);
	else
		prev->state = TASK_THROTTLED;
}

static void host_refill(struct runqueue *rq, uint64_t now)
{
	if (!rq->host_spent || !budget_left(&rq->host, now))
		return;
	/* what it did meanwhile was for nothing */
	rq_account(rq, rq->current, now);
	rq->host_spent = false;
	rq_level_move(rq, TASK_PRIO_IDLE, TASK_PRIO_SHELL);
	if (rq->current->priority == TASK_PRIO_SHELL)
		(void)rq_grant(rq, rq->current, now);
}

/* Budgets come back: interrupt context, on the CPU that they ran out on. */
void rq_refill(struct timer *timer)
{
	struct runqueue *rq = timer->ctx;
	unsigned long flags = spin_lock_irqsave(&rq->lock);
	struct task **at = &rq->throttled, *back = NULL;
	uint64_t now = arch_counter();

	host_refill(rq, now);
	while (*at) {
		struct task *task = *at;

		if (task->back_at > now) {
			at = &task->next;
			continue;
		}
		rq_unthrottle(at);
		task->next = back;
		back = task;
	}
	rq->refill_arm = true;
	spin_unlock_irqrestore(&rq->lock, flags);
	while (back) {
		struct task *task = back;

		back = task->next;
		sched_enqueue(task, balance_place(task));
	}
	arch_this_cpu()->need_resched = true;
}
