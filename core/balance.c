/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which CPU a task goes to.
 *
 * No CPU idles while a task that may run on it waits on another: a task that
 * becomes ready goes to an idle CPU if there is one; a CPU that has nothing to
 * do takes a task that waits elsewhere; and a task that has to wait although
 * another CPU idles, which happens when one bound to its CPU comes between,
 * makes that one look.
 *
 * Nor does it wait for ever below a higher priority while its own or a lower
 * one has another CPU: what has waited for a slice goes where it waits least.
 *
 * Pulling and calling must not miss each other. The waiter is in its queue before it
 * looks who idles; the idler is idle before it looks who waits; each with a
 * full barrier in between. Run queues are locked one at a time, and a scan
 * goes over the CPUs once and over the tasks that wait on one of them.
 *
 * CPUs of unlike kinds are no matter here: affinities have one kind only, see
 * cpus_of_a_kind().
 */
#include <arch/cpu.h>
#include <lib/lock.h>
#include <lib/util.h>

#include "core.h"
#include "sched.h"

static uint32_t cpu_load(unsigned int id)
{
	return __atomic_load_n(&runqueues[id].load, __ATOMIC_RELAXED);
}

static bool cpu_idles(const struct runqueue *rq)
{
	return __atomic_load_n(&rq->current, __ATOMIC_RELAXED) == rq->idle;
}

/*
 * 0: idle. Then those that run something of lower priority, of the same, of a
 * higher one; by load among themselves.
 */
static uint32_t cpu_cost(unsigned int id, unsigned int priority)
{
	uint32_t load = cpu_load(id);
	unsigned int level =
		__atomic_load_n(&runqueues[id].level, __ATOMIC_RELAXED);

	if (!load)
		return 0;
	return load + ((level >= priority) + (level > priority)) * 0x10000u;
}

/*
 * An idle CPU, the last one first because its caches may be warm, else where
 * it has to wait least. All of these are hints: a stale one costs time, not
 * correctness.
 */
unsigned int balance_place(const struct task *task)
{
	uint64_t mask = task->affinity &
			__atomic_load_n(&cpu_online_mask, __ATOMIC_ACQUIRE);
	unsigned int best = task->cpu;
	uint32_t best_cost = UINT32_MAX;

	if ((mask & (mask - 1)) == 0)
		return mask ? (unsigned int)__builtin_ctzll(mask) : best;
	if (mask & BIT(best))
		best_cost = cpu_cost(best, task->priority);
	for (; mask && best_cost; mask &= mask - 1) {
		unsigned int id = (unsigned int)__builtin_ctzll(mask);
		uint32_t cost = cpu_cost(id, task->priority);

		if (cost < best_cost) {
			best = id;
			best_cost = cost;
		}
	}
	return best;
}

/* A task that waits on @rq and may run on CPU @self. */
static struct task *take_from(struct runqueue *rq, unsigned int self)
{
	struct task *task = NULL;
	unsigned long flags;

	if (!__atomic_load_n(&rq->movable, __ATOMIC_RELAXED))
		return NULL;
	flags = spin_lock_irqsave(&rq->lock);
	/* an idle CPU is about to run what is in its queue */
	if (!cpu_idles(rq))
		task = rq_take_movable(rq, BIT(self));
	if (task)
		rq_load_add(rq, -1);
	spin_unlock_irqrestore(&rq->lock, flags);
	return task;
}

bool balance_pull(unsigned int self)
{
	__atomic_store_n(&runqueues[self].wanted, 0, __ATOMIC_RELAXED);
	/* pairs with the one in balance_call(): current is idle already */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (unsigned int i = 1; i < cpu_count; i++) {
		unsigned int id = (self + i) % cpu_count;
		struct task *task = take_from(&runqueues[id], self);

		if (!task)
			continue;
		sched_enqueue(task, self);
		return true;
	}
	return false;
}

/* The first task that waits on @self, if it is better off elsewhere. */
static struct task *take_to_push(unsigned int self, unsigned int *to)
{
	struct runqueue *rq = &runqueues[self];
	unsigned long flags = spin_lock_irqsave(&rq->lock);
	struct task *task = NULL;

	if (rq->movable)
		task = rq_take_movable(rq, ~BIT(self));
	if (task) {
		*to = balance_place(task);
		if (*to == self || cpu_cost(*to, task->priority) + 1 >=
					   cpu_cost(self, task->priority)) {
			rq_prepend(rq, task);
			task = NULL;
		} else {
			rq_load_add(rq, -1);
		}
	}
	spin_unlock_irqrestore(&rq->lock, flags);
	return task;
}

void balance_push(unsigned int self)
{
	unsigned int to;
	struct task *task = take_to_push(self, &to);

	if (task)
		sched_enqueue(task, to);
}

/*
 * A CPU with one task may be waiting in a guest's halt, where nobody sees it:
 * interrupted once, the guest halts with us the next time.
 */
static void want(struct runqueue *rq, unsigned int id)
{
	if (__atomic_load_n(&rq->bitmap, __ATOMIC_RELAXED) ||
	    __atomic_exchange_n(&rq->wanted, 1, __ATOMIC_SEQ_CST))
		return;
	smp_kick(id);
}

void balance_call(uint64_t mask, unsigned int from)
{
	uint64_t others;

	mask &= ~BIT(from) &
		__atomic_load_n(&cpu_online_mask, __ATOMIC_ACQUIRE);
	/* pairs with the one in balance_pull(): the task is queued already */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (others = mask; others; others &= others - 1) {
		unsigned int id = (unsigned int)__builtin_ctzll(others);

		if (cpu_idles(&runqueues[id])) {
			sched_look(id);
			return;
		}
	}
	for (others = mask; others; others &= others - 1) {
		unsigned int id = (unsigned int)__builtin_ctzll(others);

		want(&runqueues[id], id);
	}
}
