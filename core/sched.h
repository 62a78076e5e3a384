/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks and run queues, for task.c, sched.c and wait.c. */
#ifndef CORE_SCHED_H
#define CORE_SCHED_H

#include <core/cpu.h>
#include <core/task.h>
#include <core/timer.h>
#include <lib/lock.h>
#include <lib/types.h>

#define TASK_NAME_MAX 24
#define TASK_PRIO_COUNT (TASK_PRIO_MAX + 1)

/**
 * struct task - a thread of control on a stack of its own
 * @arch:      what a switch saves
 * @next:      in a run queue; its lock
 * @state:     enum task_state. BLOCKED is written by the task itself while it
 *             holds its wait queue's lock; every other change is made under
 *             the lock of the run queue of @cpu
 * @cpu:       whose run queue owns it; run queue lock, read without it only
 *             to find that lock
 * @ran_ticks, @start_ticks, @slice_left: run queue lock
 * @wq, @wq_next, @wq_prev, @queued: lock of @wq
 * @timed_out: lock of @wq
 * @all_next:  list of all tasks; its lock
 * @tag:       constant; whose it is, for the trace
 * @looked_ticks: of task_look_ns(); list of all tasks
 */
struct task {
	struct arch_task arch;
	struct task *next;
	uint32_t state;
	uint32_t cpu;
	uint64_t affinity;
	uint64_t start_ticks;
	uint64_t ran_ticks;
	uint64_t slice_ticks;
	uint64_t slice_left;
	uint8_t priority;
	bool queued;
	bool timed_out;
	struct wait_queue *wq;
	struct task *wq_next;
	struct task *wq_prev;
	struct timer timeout;
	struct wait_queue exit_wq;
	void (*fn)(void *arg);
	void *arg;
	void *stack_top;
	struct task *all_next;
	uint64_t tag;
	uint64_t looked_ticks;
	char name[TASK_NAME_MAX];
};

/**
 * struct runqueue - a CPU's tasks; @lock guards all of it
 * @bitmap:    bit p: level p holds a task; read without the lock as a hint
 * @current:   what runs here; in no level
 * @load:      ready and running tasks but the idle one; hint for placement
 * @slice_end: counter value at which @current's turn is over
 */
struct runqueue {
	struct spinlock lock;
	uint32_t bitmap;
	uint32_t load;
	struct task *current;
	struct task *idle;
	uint64_t slice_end;
	struct task *head[TASK_PRIO_COUNT];
	struct task *tail[TASK_PRIO_COUNT];
	struct timer slice_timer;
	struct task idle_task;
} __attribute__((aligned(64)));

extern struct runqueue runqueues[CPU_MAX];

/** sched_block() - the current task, already BLOCKED, leaves the CPU.
 * Interrupts masked; returns, masked, when it was woken. */
void sched_block(void);

/** sched_wake() - a BLOCKED task becomes ready; any context */
void sched_wake(struct task *task);

/** sched_start() - the first time for a new task */
void sched_start(struct task *task);

/** task_entry() - where arch_task_init() sends a new task: it inherits the
 * lock of its run queue, and interrupts are masked */
void task_entry(void *arg);

/** sched_exit() - the current task, marked DEAD, never runs again */
__noreturn void sched_exit(void);

/** sched_is_off_cpu() - a DEAD task's stack is no longer in use */
bool sched_is_off_cpu(const struct task *task);

/** sched_runtime_ticks() - with the running turn included */
uint64_t sched_runtime_ticks(const struct task *task);

/** sched_resched_self() - a switch became due on the calling CPU */
void sched_resched_self(void);

/** wait_task_init() - a new task's part in wait.c */
void wait_task_init(struct task *task);

/* The list of all tasks. */
void task_list_add(struct task *task);

#endif
