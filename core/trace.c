/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trace's writers. A CPU writes its own ring only, with interrupts masked,
 * and looks for the ring on the way; trace_ctl.c makes and frees it.
 */
#include <core/trace.h>

#include <arch/cpu.h>
#include <core/cpu.h>

#include "sched.h"
#include "trace_rings.h"

bool trace_recording;    /* atomic */
uint64_t trace_only_tag; /* constant while there are rings */
struct trace_ring trace_rings[CPU_MAX];

static bool is_wanted(uint64_t tag)
{
	return !trace_only_tag || !tag || (tag ^ trace_only_tag) >> 32 == 0;
}

/* Interrupts masked. Return: position; ~0: there is no ring. */
static uint64_t put(const struct trace_record *record)
{
	struct trace_ring *ring = &trace_rings[arch_this_cpu()->id];

	/* pairs with the release in trace_ring_init() */
	if (!__atomic_load_n(&ring->records, __ATOMIC_ACQUIRE))
		return UINT64_MAX;
	return trace_ring_put(ring, record);
}

void trace_emit(enum trace_kind kind, unsigned int arg, uint64_t tag,
		uint64_t a, uint64_t b)
{
	struct trace_record record = {
		.tag_kind = trace_tag_kind(tag, kind, arg), .a = a, .b = b};
	unsigned long flags;

	if (!is_wanted(tag))
		return;
	flags = arch_irq_save();
	/* with interrupts masked, so that a ring's records are in order */
	record.ticks = arch_counter();
	put(&record);
	arch_irq_restore(flags);
}

struct trace_open trace_exit_begin(uint64_t tag, uint64_t pc, uint64_t syndrome)
{
	struct trace_record record = {
		.ticks = arch_counter(),
		.tag_kind = trace_tag_kind(tag, TRACE_EXIT, TRACE_REASON_OPEN),
		.a = pc,
		.b = syndrome,
	};
	struct trace_open open = {UINT64_MAX, record.ticks};

	if (trace_is_on() && is_wanted(tag))
		open.pos = put(&record);
	return open;
}

void trace_exit_reason(struct trace_open open, unsigned int reason)
{
	struct trace_ring *ring = &trace_rings[arch_this_cpu()->id];

	if (open.pos != UINT64_MAX &&
	    __atomic_load_n(&ring->records, __ATOMIC_ACQUIRE))
		trace_ring_set_arg(ring, open.pos, open.ticks, reason);
}

/* The first sixteen characters; the dump knows longer ones from elsewhere. */
void trace_named(enum trace_kind kind, unsigned int arg, uint64_t tag,
		 const char *name)
{
	uint64_t words[2] = {0, 0};
	char *text = (char *)words;

	for (unsigned int i = 0; i < sizeof(words) && name[i]; i++)
		text[i] = name[i];
	trace_emit(kind, arg, tag, words[0], words[1]);
}

/* Switches and marks are recorded whatever VM the trace is about: without
 * them nobody can say when that one's vCPUs ran. */
void trace_switch(const struct task *next, unsigned int left_in_state)
{
	uint64_t tag = next->tag;

	if (!is_wanted(tag))
		tag = 0;
	trace_named(TRACE_SWITCH, left_in_state, tag, next->name);
}

void trace_wake(const struct task *task)
{
	trace_named(TRACE_WAKE, 0, task->tag, task->name);
}
