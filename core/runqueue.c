/* SPDX-License-Identifier: Apache-2.0 */
/* The levels of a run queue: one FIFO a priority and a bitmap over them. */
#include <lib/util.h>

#include "sched.h"

static void bitmap_set(struct runqueue *rq, uint32_t bitmap)
{
	__atomic_store_n(&rq->bitmap, bitmap, __ATOMIC_RELAXED);
}

static void note(struct runqueue *rq, struct task *task, bool in_level)
{
	uint32_t delta = in_level ? 1 : -1u;

	task->in_level = in_level;
	if (task->movable)
		__atomic_store_n(&rq->movable, rq->movable + delta,
				 __ATOMIC_RELAXED);
}

void rq_append(struct runqueue *rq, struct task *task)
{
	unsigned int level = rq_level(rq, task);

	task->next = NULL;
	if (rq->bitmap & (1u << level))
		rq->tail[level]->next = task;
	else
		rq->head[level] = task;
	rq->tail[level] = task;
	note(rq, task, true);
	bitmap_set(rq, rq->bitmap | (1u << level));
}

void rq_prepend(struct runqueue *rq, struct task *task)
{
	unsigned int level = rq_level(rq, task);

	if (rq->bitmap & (1u << level)) {
		task->next = rq->head[level];
	} else {
		task->next = NULL;
		rq->tail[level] = task;
	}
	rq->head[level] = task;
	note(rq, task, true);
	bitmap_set(rq, rq->bitmap | (1u << level));
}

/* Take out @task, which follows @before, or is the first when that is NULL. */
static void unlink(struct runqueue *rq, unsigned int level, struct task *before,
		   struct task *task)
{
	if (before)
		before->next = task->next;
	else
		rq->head[level] = task->next;
	if (rq->tail[level] == task)
		rq->tail[level] = before;
	if (!rq->head[level])
		bitmap_set(rq, rq->bitmap & ~(1u << level));
	task->next = NULL;
	note(rq, task, false);
}

struct task *rq_pop(struct runqueue *rq)
{
	unsigned int level = rq_top(rq);
	struct task *task = rq->head[level];

	unlink(rq, level, NULL, task);
	return task;
}

void rq_remove(struct runqueue *rq, struct task *task)
{
	unsigned int level = rq_level(rq, task);
	struct task *before = NULL;

	for (struct task *t = rq->head[level]; t != task; t = t->next)
		before = t;
	unlink(rq, level, before, task);
}

struct task *rq_take_movable(struct runqueue *rq, uint64_t mask)
{
	uint32_t levels = rq->bitmap;

	while (levels) {
		unsigned int level = 31 - (unsigned int)__builtin_clz(levels);
		struct task *before = NULL, *task = rq->head[level];

		for (; task; before = task, task = task->next) {
			if (!task->movable || !(task->affinity & mask))
				continue;
			unlink(rq, level, before, task);
			return task;
		}
		levels &= ~(1u << level);
	}
	return NULL;
}

void rq_level_move(struct runqueue *rq, unsigned int from, unsigned int to)
{
	if (!(rq->bitmap & (1u << from)))
		return;
	if (rq->bitmap & (1u << to))
		rq->tail[to]->next = rq->head[from];
	else
		rq->head[to] = rq->head[from];
	rq->tail[to] = rq->tail[from];
	rq->head[from] = NULL;
	bitmap_set(rq, (rq->bitmap | (1u << to)) & ~(1u << from));
}
