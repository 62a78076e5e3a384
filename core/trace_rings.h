/* SPDX-License-Identifier: Apache-2.0 */
/* The trace's rings, for trace.c and trace_ctl.c. */
#ifndef CORE_TRACE_RINGS_H
#define CORE_TRACE_RINGS_H

#include <arch/percpu.h>
#include <core/trace_ring.h>

/* a CPU's own; written by it alone, interrupts masked */
extern struct trace_ring trace_rings[CPU_MAX];
extern uint64_t trace_only_tag;

#endif
