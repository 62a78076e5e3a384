/* SPDX-License-Identifier: Apache-2.0 */
/* A lock whose holder and waiters may sleep; for tasks. */
#ifndef FS_MUTEX_H
#define FS_MUTEX_H

#include <core/task.h>

struct mutex {
	struct wait_queue wq;
	bool held;
};

static inline void mutex_init(struct mutex *m)
{
	wait_queue_init(&m->wq);
	m->held = false;
}

/* with the queue's lock held */
static inline bool mutex_take(void *arg)
{
	struct mutex *m = arg;

	if (__atomic_load_n(&m->held, __ATOMIC_ACQUIRE))
		return false;
	__atomic_store_n(&m->held, true, __ATOMIC_RELAXED);
	return true;
}

static inline void mutex_lock(struct mutex *m)
{
	wait_event(&m->wq, mutex_take, m);
}

/* Pairs with the acquire in mutex_take(). */
static inline void mutex_unlock(struct mutex *m)
{
	__atomic_store_n(&m->held, false, __ATOMIC_RELEASE);
	wait_wake_one(&m->wq);
}

#endif
