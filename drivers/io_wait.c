/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a device. */
#include <drivers/io_wait.h>

#include <core/timer.h>
#include <errno.h>
#include <lib/fdt.h>

/* How often one looks whose interrupt may be lost; whose has none at all. */
#define LOST_NS 100000000ull
#define POLL_NS 200000ull

void io_wait_init(struct io_wait *wait)
{
	wait_queue_init(&wait->waiters);
	wait->has_irq = false;
}

void io_wake(struct io_wait *wait)
{
	wait_wake_all(&wait->waiters);
}

int io_wait(struct io_wait *wait, bool (*done)(void *arg), void *arg,
	    uint64_t timeout_ms)
{
	uint64_t step = wait->has_irq ? LOST_NS : POLL_NS;
	uint64_t now = time_ns(), end = now + timeout_ms * 1000000;
	int err;

	do {
		err = wait_event_timeout(&wait->waiters, done, arg,
					 MIN(now + step, end));
		now = time_ns();
	} while (err && now < end);
	return err;
}

int io_irq_connect(const void *fdt, int node, unsigned int index,
		   irq_handler_t handler, void *arg, const char *name)
{
	enum irq_trigger trigger;
	struct fdt_irq spec;
	int err = fdt_node_irq(fdt, node, index, &spec);
	int irq;

	if (err)
		return err;
	irq = irq_of_fdt(&spec, &trigger);
	if (irq < 0)
		return irq;
	err = irq_request((unsigned int)irq, handler, arg, name, trigger);
	return err ? err : irq;
}
