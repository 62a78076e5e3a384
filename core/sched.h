/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks and run queues, for task.c, sched.c and wait.c. */
#ifndef CORE_SCHED_H
#define CORE_SCHED_H

#include <core/budget.h>
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
 * @ready_since, @steal_ticks: run queue lock; when it began to wait for a CPU,
 *             how long it has waited so far
 * @due_since: run queue lock; the same, but for waits for its budget
 * @priority:  run queue lock; @base_priority but for task_promote()
 * @movable:   constant; its affinity is more than one CPU
 * @in_level:  run queue lock; it is in a level
 * @budget:    constant; what it may use, or NULL: all it can get
 * @back_at:   run queue lock; when it leaves THROTTLED
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
	uint64_t ready_since;
	uint64_t due_since;
	uint64_t steal_ticks;
	struct budget *budget;
	uint64_t back_at;
	uint8_t priority;
	uint8_t base_priority;
	bool movable;
	bool in_level;
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
 * @budgeted:  @current has a budget, which a halt must not use up
 * @wanted:    atomic, set by others: a task of another CPU could run here if
 *             @current halts
 * @halt_word: all three of them in one load, see sched_others_ready()
 * @current:   what runs here; in no level. Read without the lock to compare it
 *             with @idle
 * @level:     of @current; hint for placement
 * @load:      ready and running tasks but the idle one; hint for placement
 * @movable:   tasks in the levels that other CPUs may take; hint
 * @slice_end: counter value at which @current's turn is over
 * @budget_end: the same for its budget
 * @throttled: THROTTLED tasks
 * @host:      budget of the tasks of TASK_PRIO_SHELL together
 * @host_spent: it is used up: they are in, and of, level TASK_PRIO_IDLE
 * @refill_arm: switch_finish() is to set @refill_timer for what comes back
 *             first: of @throttled, of @host
 */
struct runqueue {
	struct spinlock lock;
	union {
		struct {
			uint32_t bitmap;
			uint16_t budgeted;
			uint16_t wanted;
		};
		uint64_t halt_word;
	};
	uint32_t load;
	uint32_t movable;
	struct task *current;
	struct task *idle;
	uint64_t slice_end;
	uint64_t budget_end;
	struct task *throttled;
	uint8_t level;
	bool host_spent;
	bool refill_arm;
	struct task *head[TASK_PRIO_COUNT];
	struct task *tail[TASK_PRIO_COUNT];
	struct timer turn_timer;
	struct timer refill_timer;
	struct budget host;
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
/** sched_steal_ticks() - with the waiting that goes on included */
uint64_t sched_steal_ticks(const struct task *task);

/**
 * sched_enqueue() - put a READY task that only the caller knows of into the
 * queue of CPU @id
 */
void sched_enqueue(struct task *task, unsigned int id);

/** sched_look() - make CPU @id go through schedule(); no lock held */
void sched_look(unsigned int id);

/* runqueue.c: levels of a run queue. Its lock is held by the caller. */

/** rq_level() - where a task belongs, which is its priority but for the host's
 * own tasks when their budget is used up */
static inline unsigned int rq_level(const struct runqueue *rq,
				    const struct task *task)
{
	if (unlikely(rq->host_spent) && task->priority == TASK_PRIO_SHELL)
		return TASK_PRIO_IDLE;
	return task->priority;
}

/** rq_append() - last in its level */
void rq_append(struct runqueue *rq, struct task *task);
/** rq_prepend() - first in its level */
void rq_prepend(struct runqueue *rq, struct task *task);
/** rq_top() - the highest level that is not empty, and one is */
static inline unsigned int rq_top(const struct runqueue *rq)
{
	return 31 - (unsigned int)__builtin_clz(rq->bitmap);
}
/** rq_pop() - the first of the highest level, and there is one */
struct task *rq_pop(struct runqueue *rq);
/** rq_remove() - out of its level */
void rq_remove(struct runqueue *rq, struct task *task);
/** rq_take_movable() - the first one that may run on a CPU of @mask, and on
 * more than one. Return: NULL */
struct task *rq_take_movable(struct runqueue *rq, uint64_t mask);
/** rq_level_move() - all of level @from to the end of level @to */
void rq_level_move(struct runqueue *rq, unsigned int from, unsigned int to);
/** rq_load_add() - one task more, or less */
static inline void rq_load_add(struct runqueue *rq, int delta)
{
	__atomic_store_n(&rq->load, rq->load + (uint32_t)delta,
			 __ATOMIC_RELAXED);
}

/* throttle.c: budgets. The run queue's lock is held by the caller. */

/** rq_account() - charge the running @task for its turn so far */
void rq_account(struct runqueue *rq, struct task *task, uint64_t now);
/** rq_grant() - note how long @task, which is charged up to now, may run.
 * Return: at all? */
bool rq_grant(struct runqueue *rq, const struct task *task, uint64_t now);
/** rq_check_budget() - is the running @prev at the end of its budget? Then it
 * makes room */
void rq_check_budget(struct runqueue *rq, struct task *prev, uint64_t now);
/** rq_host_demote() - the host's budget is used up */
void rq_host_demote(struct runqueue *rq);
/** rq_throttle() - @task's is; it is in no FIFO any more, or not yet */
void rq_throttle(struct runqueue *rq, struct task *task);
/** rq_unthrottle() - the task at @at of the list is READY now, and the
 * caller's alone */
void rq_unthrottle(struct task **at);
/** rq_refill_at() - when the first budget comes back */
uint64_t rq_refill_at(struct runqueue *rq);
/** rq_refill() - of the refill timer, on the CPU where budgets ran out; takes
 * the lock itself */
void rq_refill(struct timer *timer);

/* balance.c: which CPU a task goes to. */

/** balance_place() - for a task that becomes ready */
unsigned int balance_place(const struct task *task);
/** balance_pull() - the calling CPU has nothing to do, interrupts masked: get
 * it a task that waits elsewhere. Return: there is one in its queue */
bool balance_pull(unsigned int self);
/** balance_push() - a slice of the calling CPU is over and the running task
 * goes on: let one that waits below it try elsewhere. Interrupts masked */
void balance_push(unsigned int self);
/** balance_call() - tasks that may run on @mask wait on CPU @from: if one of
 * these idles, or may be about to, let it look. No lock held */
void balance_call(uint64_t mask, unsigned int from);

/** sched_resched_self() - a switch became due on the calling CPU */
void sched_resched_self(void);

/** wait_task_init() - a new task's part in wait.c */
void wait_task_init(struct task *task);

/* The list of all tasks. */
void task_list_add(struct task *task);

#endif
