/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turning the trace on and off: rings are made and freed here.
 *
 * Writers look for their ring with interrupts masked: once every CPU has taken
 * a call after the rings were withdrawn, nobody writes them any more.
 */
#include <core/trace.h>

#include <errno.h>

#include <arch/cpu.h>
#include <asm/memory.h>
#include <core/cpu.h>
#include <core/task.h>
#include <mm/frames.h>

#include "core.h"
#include "trace_rings.h"

static struct mm_owner owner = {.name = "trace"};
static uint64_t ring_bytes; /* of each, 0: there are none */

static void for_each_cpu(void (*fn)(void *arg), void *arg)
{
	uint64_t online = __atomic_load_n(&cpu_online_mask, __ATOMIC_ACQUIRE);

	for (; online; online &= online - 1)
		smp_call((unsigned int)__builtin_ctzll(online), fn, arg);
}

/* On each CPU: what happens here, and who runs. */
static void mark_here(void *arg)
{
	enum trace_mark mark = *(const enum trace_mark *)arg;

	trace_emit(TRACE_MARK, mark, 0, 0, 0);
	if (mark != TRACE_MARK_PAUSE)
		trace_switch(arch_this_cpu()->current, TASK_READY);
}

static void mark_all(enum trace_mark mark)
{
	for_each_cpu(mark_here, &mark);
}

static void withdraw_here(void *arg)
{
	(void)arg;
	__atomic_store_n(&trace_rings[arch_this_cpu()->id].records, NULL,
			 __ATOMIC_RELAXED);
}

static void rings_free(void)
{
	struct trace_record *records[CPU_MAX];

	for (unsigned int id = 0; id < cpu_count; id++)
		records[id] = trace_rings[id].records;
	for_each_cpu(withdraw_here, NULL);
	for (unsigned int id = 0; id < cpu_count; id++) {
		trace_rings[id].records =
			NULL; /* of CPUs that are not online */
		if (records[id])
			frames_free(&owner, virt_to_phys(records[id]),
				    ring_bytes);
	}
	ring_bytes = 0;
}

static int rings_alloc(void)
{
	hpa_t pa;

	for (unsigned int id = 0; id < cpu_count; id++) {
		if (frames_alloc(&owner, ring_bytes, PAGE_SIZE, &pa)) {
			rings_free();
			return -ENOMEM;
		}
		trace_ring_init(&trace_rings[id], phys_to_virt(pa),
				ring_bytes / sizeof(struct trace_record));
	}
	return 0;
}

int trace_start(unsigned int kib, uint64_t tag)
{
	int err;

	if (ring_bytes)
		return -EBUSY;
	if (kib < TRACE_KIB_MIN || kib > TRACE_KIB_MAX)
		return -EINVAL;
	ring_bytes = 1024ull << (31 - __builtin_clz(kib));
	trace_only_tag = tag;
	err = rings_alloc();
	if (err)
		return err;
	__atomic_store_n(&trace_recording, true, __ATOMIC_RELEASE);
	mark_all(TRACE_MARK_START);
	return 0;
}

void trace_stop(void)
{
	__atomic_store_n(&trace_recording, false, __ATOMIC_RELEASE);
	if (ring_bytes)
		rings_free();
}

void trace_pause(bool pause)
{
	if (!ring_bytes)
		return;
	__atomic_store_n(&trace_recording, !pause, __ATOMIC_RELEASE);
	mark_all(pause ? TRACE_MARK_PAUSE : TRACE_MARK_RESUME);
}

const struct trace_ring *trace_ring_of(unsigned int cpu)
{
	return ring_bytes && cpu < cpu_count && trace_rings[cpu].records
		       ? &trace_rings[cpu]
		       : NULL;
}

uint64_t trace_only(void)
{
	return trace_only_tag;
}
