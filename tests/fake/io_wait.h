/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for a device that the test plays: without tasks, time is counted. */
#ifndef TESTS_FAKE_IO_WAIT_H
#define TESTS_FAKE_IO_WAIT_H

#include <lib/types.h>

/* called whenever somebody waits; may be NULL */
extern void (*fake_device_step)(void);

extern uint64_t fake_now_ns;

/* what was logged, NUL at its end */
extern char fake_log[4096];
/** fake_log_start() - hear it from now on; empty again */
void fake_log_start(void);

#endif
