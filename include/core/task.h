/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tasks and the scheduler: fixed priorities, round-robin inside one, budgets,
 * one run queue a CPU, pre-emptive, tickless. See Documentation/scheduling.md.
 */
#ifndef CORE_TASK_H
#define CORE_TASK_H

#include <arch/task.h>
#include <lib/types.h>
#include <lib/util.h>

/*
 * Priorities: a higher number runs first. The tasks of TASK_PRIO_SHELL share
 * CONFIG_HOST_BUDGET_US of each CPU; when that is used up they go on with what
 * all others leave, until it comes back.
 */
enum {
	TASK_PRIO_IDLE = 0,
	TASK_PRIO_GUEST_MIN = 1,
	TASK_PRIO_VCPU = 8, /* guests that say nothing */
	TASK_PRIO_GUEST_MAX = 23,
	TASK_PRIO_SHELL = 24,
	TASK_PRIO_MAX = 31,
};

enum task_state {
	TASK_READY,
	TASK_RUNNING,
	TASK_BLOCKED,
	TASK_DEAD,
	TASK_THROTTLED, /* ready, but its budget is used up */
};

struct budget;
struct cpu;
struct task;

/** struct task_attr - how to make a task */
struct task_attr {
	const char *name; /* copied */
	void (*fn)(void *arg);
	void *arg;
	uint8_t priority;
	uint64_t affinity; /* bit n: may run on CPU n; never 0 */
	uint32_t slice_us; /* round-robin slice, 0: CONFIG_TASK_SLICE_US */
	/* NULL: no limit. Outlives the task; tasks that share one share what
	 * it gives. */
	struct budget *budget;
	uint64_t tag; /* whose it is, see core/trace_ring.h; 0: nobody's */
};

/**
 * task_create() - make a task and let it run
 *
 * Return: 0; -ENOMEM; -EINVAL when the affinity holds no CPU that is online.
 */
int __must_check task_create(const struct task_attr *attr, struct task **task);

/** task_join() - sleep until @task's function has returned, then free it */
void task_join(struct task *task);

/** task_current() - the caller */
struct task *task_current(void);
/** task_rename() - what listings call the caller from now on */
void task_rename(const char *name);
/** task_name() */
const char *task_name(const struct task *task);
enum task_state task_state(const struct task *task);
/** task_cpu() - CPU whose run queue holds it */
unsigned int task_cpu(const struct task *task);
/** task_is_pinned() - its affinity is one CPU */
bool task_is_pinned(const struct task *task);
/** task_priority(), task_tag() - as given at its creation */
uint8_t task_priority(const struct task *task);
uint64_t task_tag(const struct task *task);
/** task_runtime_ns() - CPU time it has had */
uint64_t task_runtime_ns(const struct task *task);
/**
 * task_steal_ns() - time that it could have used and others had
 *
 * From the moment it is ready until it runs, the wait for its own budget
 * included.
 */
uint64_t task_steal_ns(const struct task *task);
/** task_steal_own_ns() - the calling task's, without a lock */
uint64_t task_steal_own_ns(void);
/** task_ran_ticks() - CPU time of the caller so far; interrupts masked */
uint64_t task_ran_ticks(void);
/**
 * task_look_ns() - CPU time since this was called for the task before, or
 * since its creation; from task_for_each(), for the one who lists tasks
 */
uint64_t task_look_ns(const struct task *task);
/** task_for_each() - call @fn for every task, for listings; no task ends
 * meanwhile, and @fn does not sleep */
void task_for_each(void (*fn)(const struct task *task, void *ctx), void *ctx);

/**
 * task_promote() - make a task one of the host's own, or what it was again
 *
 * For a guest's task that the host waits for: it runs at TASK_PRIO_SHELL, and
 * its own budget, used up or not, does not count meanwhile. Any context.
 */
void task_promote(struct task *task, bool on);

/** task_yield() - let others of the same priority go first */
void task_yield(void);

/** task_exit() - the current task ends */
__noreturn void task_exit(void);

/** sched_init() - on each CPU: what runs now becomes its idle task */
void sched_init(struct cpu *cpu);
/** sched_idle() - the idle loop of a CPU that finished booting */
__noreturn void sched_idle(void);

/**
 * sched_others_ready() - is another task waiting for this CPU?
 *
 * Or for another one, and may run here; or would the caller's budget be used
 * up by waiting? A vCPU that asks before entering its guest learns whether a
 * halt of the guest must come back to the host. One load; interrupts masked.
 */
bool sched_others_ready(void);

/*
 * Wait queues
 */
struct wait_queue {
	struct task *head;
	uint8_t lock_storage
		[8]; /* a struct spinlock, hidden to keep headers light */
};

/** wait_queue_init() - nobody waits */
void wait_queue_init(struct wait_queue *wq);
/** wait_wake_all(), wait_wake_one() - any context, interrupts on or off */
void wait_wake_all(struct wait_queue *wq);
void wait_wake_one(struct wait_queue *wq);

/**
 * wait_event() - sleep until @cond(@arg) holds
 *
 * @cond is evaluated with the queue's lock held and interrupts masked, so a
 * wake between test and sleep is not lost. Whoever makes it true wakes the
 * queue afterwards.
 */
void wait_event(struct wait_queue *wq, bool (*cond)(void *arg), void *arg);

/**
 * wait_event_timeout() - the same with a deadline on time_ns()
 *
 * Return: 0; -ETIMEDOUT.
 */
int wait_event_timeout(struct wait_queue *wq, bool (*cond)(void *arg),
		       void *arg, uint64_t deadline_ns);

/** task_sleep_until() - on time_ns() */
void task_sleep_until(uint64_t deadline_ns);

#endif
