/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace: a ring of events for each CPU, there while it is on.
 *
 * While it is off, whoever has something to report spends a load and a branch,
 * and only on slow paths; guest exits are not even asked, see virt/watch.h.
 */
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include <core/trace_ring.h>
#include <lib/types.h>
#include <lib/util.h>

struct task;

#define TRACE_KIB_MIN 4u
#define TRACE_KIB_MAX 65536u

extern bool trace_recording;

/** trace_is_on() - are events wanted at this moment? */
static inline bool trace_is_on(void)
{
	return IS_ENABLED(CONFIG_TRACE) &&
	       unlikely(__atomic_load_n(&trace_recording, __ATOMIC_RELAXED));
}

/**
 * trace_emit() - write a record into this CPU's ring; any context
 * @tag: whom it is about, TRACE_TAG_VM() or the like
 *
 * Does nothing when there is no ring, or the trace is about another VM.
 */
void trace_emit(enum trace_kind kind, unsigned int arg, uint64_t tag,
		uint64_t a, uint64_t b);

/** struct trace_open - an exit record whose reason is still to come */
struct trace_open {
	uint64_t pos;
	uint64_t ticks;
};

/** trace_exit_begin() - a guest was left; interrupts masked. Return: for
 * trace_exit_reason() */
struct trace_open trace_exit_begin(uint64_t tag, uint64_t pc,
				   uint64_t syndrome);
/** trace_exit_reason() - on the same CPU, interrupts masked since then */
void trace_exit_reason(struct trace_open open, unsigned int reason);

/** trace_named() - trace_emit() with the beginning of a name as @a and @b */
void trace_named(enum trace_kind kind, unsigned int arg, uint64_t tag,
		 const char *name);

/* From the scheduler. */
/** trace_switch() - this CPU goes on with @next; interrupts masked */
void trace_switch(const struct task *next, unsigned int left_in_state);
/** trace_wake() - @task is ready */
void trace_wake(const struct task *task);

/*
 * Steering it: one task at a time, which can sleep.
 */

/**
 * trace_start() - allocate a ring for every CPU and record
 * @kib: for each CPU, within TRACE_KIB_MIN and _MAX; rounded down to a power
 *       of two
 * @tag: TRACE_TAG_VM() of the only VM to record, 0: all
 *
 * Return: 0; -EBUSY when it is on; -EINVAL; -ENOMEM.
 */
int __must_check trace_start(unsigned int kib, uint64_t tag);
/** trace_stop() - end it and free the rings */
void trace_stop(void);
/** trace_pause() - stop recording and keep the rings, or go on with them */
void trace_pause(bool pause);

/** trace_ring_of() - a CPU's ring for reading; NULL when there is none.
 * It stays until trace_stop(). */
const struct trace_ring *trace_ring_of(unsigned int cpu);
/** trace_only() - the tag given to trace_start() */
uint64_t trace_only(void);

#endif
