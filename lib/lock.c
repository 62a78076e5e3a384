/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ticket spin locks.
 *
 * A CPU draws a ticket from next and waits until owner shows it. Waiters sleep
 * in arch_wait_event(); the unlocker wakes them only if there are any.
 */
#include <lib/lock.h>

#include <arch/cpu.h>
#include <lib/log.h>
#include <lib/util.h>

#ifdef CONFIG_DEBUG_LOCKS
static void held_push(const struct spinlock *lock)
{
	struct lock_held *held = lock_held_this_cpu();

	if (!held)
		return;
	for (unsigned int i = 0; i < held->count; i++) {
		if (held->locks[i]->rank >= lock->rank)
			panic("lock of rank %u taken while holding rank %u",
			      lock->rank, held->locks[i]->rank);
	}
	if (held->count == LOCK_HELD_MAX)
		panic("more than %u locks held", LOCK_HELD_MAX);
	held->locks[held->count++] = lock;
}

static void held_pop(const struct spinlock *lock)
{
	struct lock_held *held = lock_held_this_cpu();
	unsigned int i;

	if (!held)
		return;
	for (i = held->count; i > 0; i--) {
		if (held->locks[i - 1] == lock)
			break;
	}
	if (i == 0)
		panic("lock of rank %u released but not held", lock->rank);
	for (; i < held->count; i++)
		held->locks[i - 1] = held->locks[i];
	held->count--;
}
#else
static inline void held_push(const struct spinlock *lock)
{
	(void)lock;
}

static inline void held_pop(const struct spinlock *lock)
{
	(void)lock;
}
#endif

void spin_init(struct spinlock *lock, enum lock_rank rank)
{
	lock->next = 0;
	lock->owner = 0;
	lock->rank = rank;
}

static inline void ticket_take(struct spinlock *lock)
{
	uint16_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

	if (likely(__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) == ticket))
		return;
	/*
	 * Pairs with the fence in ticket_release(): either this load sees the
	 * new owner, or the releaser sees the new next and sends the event.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
		arch_wait_event();
}

static inline void ticket_release(struct spinlock *lock)
{
	uint16_t owner = lock->owner + 1; /* only the holder writes it */

	__atomic_store_n(&lock->owner, owner, __ATOMIC_RELEASE);
	/* pairs with the fence in ticket_take() */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (unlikely(__atomic_load_n(&lock->next, __ATOMIC_RELAXED) != owner))
		arch_send_event();
}

void spin_lock(struct spinlock *lock) __no_lock_analysis
{
	lock_preempt_disable();
	held_push(lock);
	ticket_take(lock);
}

void spin_unlock(struct spinlock *lock) __no_lock_analysis
{
	held_pop(lock);
	ticket_release(lock);
	lock_preempt_enable();
}

unsigned long spin_lock_irqsave(struct spinlock *lock) __no_lock_analysis
{
	unsigned long flags = arch_irq_save();

	lock_preempt_disable();
	held_push(lock);
	ticket_take(lock);
	return flags;
}

void spin_unlock_irqrestore(struct spinlock *lock,
			    unsigned long flags) __no_lock_analysis
{
	held_pop(lock);
	ticket_release(lock);
	arch_irq_restore(flags);
	lock_preempt_enable();
}
