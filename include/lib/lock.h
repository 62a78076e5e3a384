/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Spin locks, their ranks, and the marks that clang's -Wthread-safety checks.
 *
 * A CPU may take a lock only while every lock it holds has a lower rank;
 * debug builds (CONFIG_DEBUG_LOCKS) check it. Documentation/locking.md says
 * what each lock guards.
 */
#ifndef LIB_LOCK_H
#define LIB_LOCK_H

#include <lib/types.h>

#ifdef __clang__
#define __thread_safety(x) __attribute__((x))
#else
#define __thread_safety(x)
#endif

#define __capability __thread_safety(capability("lock"))
#define __must_hold(...) __thread_safety(requires_capability(__VA_ARGS__))
#define __acquires(...) __thread_safety(acquire_capability(__VA_ARGS__))
#define __releases(...) __thread_safety(release_capability(__VA_ARGS__))
/* for the reader: in C, clang cannot look up a member's neighbour */
#define __guarded_by(x)
#define __no_lock_analysis __thread_safety(no_thread_safety_analysis)

/*
 * Lowest first: the order in which locks may nest. Those that interrupt
 * handlers never take come first, so that an interrupt under any of them finds
 * only higher ranks to take.
 */
enum lock_rank {
	LOCK_RANK_VM_LIST,
	LOCK_RANK_VM,
	LOCK_RANK_IVC,
	LOCK_RANK_STAGE2,
	LOCK_RANK_VMID,
	LOCK_RANK_HOST_MAP,
	LOCK_RANK_HEAP,
	LOCK_RANK_FRAMES,
	LOCK_RANK_RANDOM,
	LOCK_RANK_TASKS,
	LOCK_RANK_IVC_ENDS,
	LOCK_RANK_IVC_CHANNEL,
	LOCK_RANK_CONSOLE,
	LOCK_RANK_DEVICE,
	LOCK_RANK_DEVICE_TIMER,
	LOCK_RANK_VGIC,
	LOCK_RANK_IRQ,
	LOCK_RANK_WAIT,
	LOCK_RANK_TIMER,
	LOCK_RANK_RUNQUEUE,
	LOCK_RANK_BUDGET,
	LOCK_RANK_LOG,
	LOCK_RANK_SCREEN,
	LOCK_RANK_SCROLLBACK,
	LOCK_RANK_UART,
};

/** struct spinlock - FIFO lock; a static one is made by SPINLOCK_INIT() */
struct __capability spinlock {
	uint16_t next;
	uint16_t owner;
	uint8_t rank;
};

#define SPINLOCK_INIT(r)                                                       \
	{                                                                      \
		.rank = (r)                                                    \
	}

/** spin_init() - prepare a lock that lives in allocated memory */
void spin_init(struct spinlock *lock, enum lock_rank rank);

/**
 * spin_lock() - take a lock that no interrupt handler takes
 *
 * The caller is not pre-empted until spin_unlock(). Never sleep inside.
 */
void spin_lock(struct spinlock *lock) __acquires(lock);
void spin_unlock(struct spinlock *lock) __releases(lock);

/**
 * spin_lock_irqsave() - take a lock that interrupt handlers take too
 *
 * Return: the interrupt state for spin_unlock_irqrestore().
 */
unsigned long spin_lock_irqsave(struct spinlock *lock) __acquires(lock);
void spin_unlock_irqrestore(struct spinlock *lock, unsigned long flags)
	__releases(lock);

/*
 * What core provides, since lib knows neither tasks nor the CPU table.
 */

/** lock_preempt_disable() - no task switch on this CPU until the other */
void lock_preempt_disable(void);
/** lock_preempt_enable() - switches at once if one became due meanwhile */
void lock_preempt_enable(void);

#define LOCK_HELD_MAX 12
/** struct lock_held - the locks that one CPU holds, in the order taken */
struct lock_held {
	const struct spinlock *locks[LOCK_HELD_MAX];
	unsigned int count;
};
/**
 * lock_held_this_cpu() - the calling CPU's list, only with CONFIG_DEBUG_LOCKS
 *
 * Return: NULL before this CPU is known, or while it panics: no checks then.
 */
struct lock_held *lock_held_this_cpu(void);

#endif
