/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a device: by its interrupt, or by looking. */
#ifndef DRIVERS_IO_WAIT_H
#define DRIVERS_IO_WAIT_H

#include <core/irq.h>
#include <core/task.h>
#include <lib/types.h>

/** struct io_wait - @has_irq: io_wake() will come; else it is looked at */
struct io_wait {
	struct wait_queue waiters;
	bool has_irq;
};

/** io_wait_init() - without an interrupt so far */
void io_wait_init(struct io_wait *wait);

/** io_wake() - from the device's interrupt handler */
void io_wake(struct io_wait *wait);

/**
 * io_wait() - sleep until @done(@arg)
 *
 * A lost interrupt makes it slow, not wrong. @done runs with interrupts masked
 * and a lock held.
 *
 * Return: 0; -ETIMEDOUT.
 */
int __must_check io_wait(struct io_wait *wait, bool (*done)(void *arg),
			 void *arg, uint64_t timeout_ms);

/** io_irq_connect() - interrupt @index of a node. Return: its number; -Exxx */
int __must_check io_irq_connect(const void *fdt, int node, unsigned int index,
				irq_handler_t handler, void *arg,
				const char *name);

#endif
