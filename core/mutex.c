/* SPDX-License-Identifier: Apache-2.0 */
/* Tickets, and a wait queue for those whose turn it is not. */
#include <core/mutex.h>

struct turn {
	const struct mutex *mutex;
	uint32_t ticket;
};

void mutex_init(struct mutex *mutex)
{
	wait_queue_init(&mutex->waiters);
	mutex->next = mutex->owner = 0;
}

static bool is_my_turn(void *arg)
{
	const struct turn *turn = arg;

	/* pairs with the release in mutex_unlock() */
	return __atomic_load_n(&turn->mutex->owner, __ATOMIC_ACQUIRE) ==
	       turn->ticket;
}

void mutex_lock(struct mutex *mutex)
{
	struct turn turn = {
		.mutex = mutex,
		.ticket = __atomic_fetch_add(&mutex->next, 1, __ATOMIC_RELAXED),
	};

	if (!is_my_turn(&turn))
		wait_event(&mutex->waiters, is_my_turn, &turn);
}

/* All are woken: whose turn it is need not be the first in the queue. */
void mutex_unlock(struct mutex *mutex)
{
	__atomic_store_n(&mutex->owner, mutex->owner + 1, __ATOMIC_RELEASE);
	wait_wake_all(&mutex->waiters);
}
