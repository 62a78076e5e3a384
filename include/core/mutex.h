/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A lock that its waiters sleep for, first come, first served: for tasks that
 * hold it while they wait for a device.
 */
#ifndef CORE_MUTEX_H
#define CORE_MUTEX_H

#include <core/task.h>
#include <lib/types.h>

/** struct mutex - all fields are private to core/mutex.c */
struct mutex {
	struct wait_queue waiters;
	uint32_t next;  /* ticket of who comes next; atomic */
	uint32_t owner; /* ticket of who has it; atomic */
};

/** mutex_init() - nobody has it */
void mutex_init(struct mutex *mutex);

/**
 * mutex_lock() - sleep until it is the caller's
 *
 * Tasks only, interrupts enabled, no spin lock held.
 */
void mutex_lock(struct mutex *mutex);

/** mutex_unlock() - by the task that has it */
void mutex_unlock(struct mutex *mutex);

#endif
