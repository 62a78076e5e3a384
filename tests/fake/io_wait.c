/* SPDX-License-Identifier: Apache-2.0 */
#include "io_wait.h"

#include <core/mutex.h>
#include <core/timer.h>
#include <drivers/io_wait.h>
#include <errno.h>
#include <lib/log.h>
#include <string.h>

#define STEP_NS 1000000ull

void (*fake_device_step)(void);
uint64_t fake_now_ns;
char fake_log[4096];

static void hear(const char *text, size_t len)
{
	size_t at = strlen(fake_log);

	if (at + len < sizeof(fake_log)) {
		memcpy(fake_log + at, text, len);
		fake_log[at + len] = 0;
	}
}

void fake_log_start(void)
{
	fake_log[0] = 0;
	log_set_sink(hear);
}

void io_wait_init(struct io_wait *wait)
{
	wait->has_irq = false;
}

void io_wake(struct io_wait *wait)
{
	(void)wait;
}

int io_wait(struct io_wait *wait, bool (*done)(void *arg), void *arg,
	    uint64_t timeout_ms)
{
	uint64_t end = fake_now_ns + timeout_ms * 1000000;

	(void)wait;
	while (!done(arg)) {
		if (fake_now_ns >= end)
			return -ETIMEDOUT;
		fake_now_ns += STEP_NS;
		if (fake_device_step)
			fake_device_step();
	}
	return 0;
}

uint64_t time_ns(void)
{
	return fake_now_ns;
}

void task_sleep_until(uint64_t deadline_ns)
{
	if (deadline_ns > fake_now_ns)
		fake_now_ns = deadline_ns;
	if (fake_device_step)
		fake_device_step();
}

/* one task: nobody else has it */
void mutex_init(struct mutex *mutex)
{
	mutex->owner = 0;
}

void mutex_lock(struct mutex *mutex)
{
	BUG_ON(mutex->owner);
	mutex->owner = 1;
}

void mutex_unlock(struct mutex *mutex)
{
	BUG_ON(!mutex->owner);
	mutex->owner = 0;
}
