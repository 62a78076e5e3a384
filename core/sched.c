/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler: which task a CPU runs.
 *
 * Each CPU has a run queue of one FIFO a priority and a bitmap over them, so
 * choosing costs the same however many tasks wait. The running task is in no
 * FIFO. The turn timer is armed only while a task of equal priority waits, or
 * for the end of a budget.
 *
 * A run queue's lock is held across the switch and dropped by the task that
 * is switched to. Whoever holds the lock of a task's run queue therefore sees
 * it either running there or completely saved, never half way: a waker needs
 * no handshake with the CPU that is just leaving the task. No two run queue
 * locks are ever held together.
 */
#include "sched.h"

#include <arch/cpu.h>
#include <arch/upcall.h>
#include <core/irq.h>
#include <core/timer.h>
#include <core/trace.h>
#include <lib/log.h>
#include <lib/util.h>

#include "core.h"

#define LOG_TAG "sched"

struct runqueue runqueues[CPU_MAX];

_Static_assert(TASK_PRIO_COUNT <= 32, "runqueue.bitmap is 32 bits");
_Static_assert(CONFIG_HOST_BUDGET_US <= CONFIG_HOST_PERIOD_US,
	       "the host's budget fits its period");

static struct runqueue *this_rq(void)
{
	return &runqueues[arch_this_cpu()->id];
}

/*
 * Choosing
 */

/* Should a running @prev make room? Lock held. */
static bool rq_must_switch(struct runqueue *rq, struct task *prev, bool yield,
			   uint64_t now)
{
	unsigned int top, level;

	if (prev->state != TASK_RUNNING)
		return true;
	if (!rq->bitmap)
		return false;
	top = rq_top(rq);
	level = rq_level(rq, prev);
	if (top != level || prev == rq->idle)
		return top > level || prev == rq->idle;
	return yield || now >= rq->slice_end;
}

/*
 * Charge @prev for its turn and, when it can still run, queue it: at the end
 * when its turn is over, in front when a higher priority cut it short.
 */
static void rq_put_prev(struct runqueue *rq, struct task *prev, bool yield,
			uint64_t now)
{
	rq_account(rq, prev, now);
	if (prev == rq->idle)
		return;
	prev->ready_since = now;
	if (prev->state != TASK_RUNNING) {
		prev->slice_left = prev->slice_ticks;
		if (prev->state == TASK_THROTTLED)
			rq_throttle(rq, prev);
		else
			rq_load_add(rq, -1);
		return;
	}
	prev->state = TASK_READY;
	if (yield || now >= rq->slice_end) {
		prev->slice_left = prev->slice_ticks;
		rq_append(rq, prev);
	} else {
		prev->slice_left = rq->slice_end - now;
		rq_prepend(rq, prev);
	}
}

/* The first that has not used up its budget; every task is met once. */
static struct task *rq_choose(struct runqueue *rq, uint64_t now)
{
	while (rq->bitmap) {
		struct task *task = rq_pop(rq);

		if (rq_grant(rq, task, now))
			return task;
		if (task->priority == TASK_PRIO_SHELL) {
			rq_host_demote(rq);
			rq_append(rq, task);
		} else {
			rq_throttle(rq, task);
		}
	}
	rq->budget_end = UINT64_MAX;
	return rq->idle;
}

static struct task *rq_take_next(struct runqueue *rq, uint64_t now)
{
	struct task *next = rq_choose(rq, now);

	if (next != rq->idle)
		next->steal_ticks += now - next->ready_since;
	next->state = TASK_RUNNING;
	next->start_ticks = now;
	rq->slice_end = now + next->slice_left;
	rq->budgeted = next->budget != NULL;
	__atomic_store_n(&rq->level, rq_level(rq, next), __ATOMIC_RELAXED);
	__atomic_store_n(&rq->current, next, __ATOMIC_RELAXED);
	return next;
}

/* A deadline in ticks for timer_set(): both conversions round down. */
static uint64_t deadline_ns(uint64_t ticks)
{
	return time_from_ticks(ticks + 1);
}

/*
 * The second half of a switch, in the task that was switched to; it may be on
 * another CPU than when it left, so everything is looked up afresh.
 */
static void switch_finish(void) __no_lock_analysis
{
	struct runqueue *rq = this_rq();
	/* who waits for this turn to end: an equal, or one that could move */
	bool rival =
		(rq->bitmap & (1u << rq_level(rq, rq->current))) || rq->movable;
	uint64_t end = rival ? rq->slice_end : UINT64_MAX;
	uint64_t refill_at = UINT64_MAX;

	end = MIN(end, rq->budget_end);
	if (unlikely(rq->refill_arm))
		refill_at = rq_refill_at(rq);
	rq->refill_arm = false;
	/* masked on both sides of the unlock: "restore" to masked */
	spin_unlock_irqrestore(&rq->lock, arch_irq_save());
	if (end != UINT64_MAX)
		timer_set(&rq->turn_timer, time_from_ticks(end));
	if (unlikely(refill_at != UINT64_MAX))
		timer_set(&rq->refill_timer, deadline_ns(refill_at));
}

/* Interrupts masked. */
static void schedule(bool yield) __no_lock_analysis
{
	struct cpu *cpu = arch_this_cpu();
	struct runqueue *rq = &runqueues[cpu->id];
	struct task *prev = rq->current;
	struct task *next;
	uint64_t now = arch_counter();

	(void)spin_lock_irqsave(&rq->lock);
	cpu->need_resched = false;
	rq_check_budget(rq, prev, now);
	if (!rq_must_switch(rq, prev, yield, now)) {
		bool push = rq->movable && now >= rq->slice_end;

		if (push)
			rq->slice_end = now + prev->slice_ticks;
		switch_finish();
		if (push)
			balance_push(cpu->id);
		return;
	}
	rq_put_prev(rq, prev, yield, now);
	next = rq_take_next(rq, now);
	if (next != prev) {
		cpu->current = next;
		if (trace_is_on())
			trace_switch(next, prev->state);
		arch_task_switch(&prev->arch, &next->arch);
	}
	switch_finish();
}

void task_entry(void *arg)
{
	struct task *task = arg;

	switch_finish();
	arch_irq_enable();
	task->fn(task->arg);
}

void sched_block(void)
{
	if (unlikely(arch_this_cpu()->preempt_count))
		panic("%s sleeps with a lock held or pre-emption off",
		      task_name(task_current()));
	schedule(false);
}

void task_yield(void)
{
	unsigned long flags = arch_irq_save();

	schedule(true);
	arch_irq_restore(flags);
}

void sched_exit(void)
{
	schedule(false);
	panic("a dead task ran again");
}

void core_preempt(void)
{
	struct cpu *cpu = arch_this_cpu();

	if (cpu->need_resched && !cpu->preempt_count)
		schedule(false);
}

void sched_resched_self(void)
{
	struct cpu *cpu = arch_this_cpu();

	if (cpu->preempt_count || cpu_state(cpu)->in_irq)
		return; /* preempt_enable() or the trap entry looks */
	if (arch_irqs_enabled()) {
		unsigned long flags = arch_irq_save();

		core_preempt();
		arch_irq_restore(flags);
	} else {
		/* the caller masked interrupts: when it unmasks them, or
		 * enters a guest, this one brings us to core_preempt() */
		smp_kick(cpu->id);
	}
}

/* lib/lock.c holds off task switches while a lock is held. Code that runs
 * before core_boot() may log, when there is no CPU to speak of yet. */
void lock_preempt_disable(void)
{
	if (likely(arch_this_cpu()))
		preempt_disable();
}

void lock_preempt_enable(void)
{
	if (likely(arch_this_cpu()))
		preempt_enable();
}

struct lock_held *lock_held_this_cpu(void)
{
	struct cpu *cpu = arch_this_cpu();

	return cpu && !panic_is_on() ? &cpu_state(cpu)->held : NULL;
}

void preempt_enable(void)
{
	struct cpu *cpu = arch_this_cpu();

	/* keeps the compiler from moving the guarded code past this */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	cpu->preempt_count--;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (unlikely(cpu->need_resched) && !cpu->preempt_count)
		sched_resched_self();
}

void sched_look(unsigned int id)
{
	unsigned long flags = arch_irq_save();
	bool local = arch_this_cpu()->id == id;

	/* pairs with the read in core_preempt() and sched_idle(): the task is
	 * in the queue (released by the lock) before the flag is seen, and
	 * the flag before the kick arrives */
	__atomic_store_n(&cpus[id].need_resched, true, __ATOMIC_RELEASE);
	if (!local)
		smp_kick(id);
	arch_irq_restore(flags);
	if (local)
		sched_resched_self();
}

static uint64_t movable_to(const struct task *task)
{
	return task->movable ? task->affinity : 0;
}

void sched_enqueue(struct task *task, unsigned int id)
{
	struct runqueue *rq = &runqueues[id];
	unsigned long flags = spin_lock_irqsave(&rq->lock);
	struct task *current = rq->current;
	unsigned int level = rq_level(rq, task);
	uint64_t waiting = 0;
	bool look = true, was_alone = false;

	__atomic_store_n(&task->cpu, id, __ATOMIC_RELAXED);
	if (current != rq->idle) {
		unsigned int running = rq_level(rq, current);

		was_alone = !rq->halt_word;
		/* a first rival starts the turn timer; later ones find it
		 * running */
		look = level > running ||
		       (level == running && !(rq->bitmap & (1u << level))) ||
		       (task->movable && !rq->movable);
		waiting = movable_to(task) | movable_to(current);
	}
	rq_append(rq, task);
	rq_load_add(rq, 1);
	spin_unlock_irqrestore(&rq->lock, flags);
	/* alone, a guest above it may wait in the hardware, where nobody sees
	 * it: interrupted once, it halts with us the next time */
	if (look)
		sched_look(id);
	else if (was_alone)
		smp_kick(id);
	if (waiting)
		balance_call(waiting, id);
}

void sched_start(struct task *task)
{
	task->state = TASK_READY;
	task->ready_since = task->due_since = arch_counter();
	sched_enqueue(task, balance_place(task));
}

/* Lock the run queue that owns @task, which may be moving meanwhile. */
static struct runqueue *task_rq_lock(const struct task *task,
				     unsigned long *flags) __no_lock_analysis
{
	for (;;) {
		uint32_t id = __atomic_load_n(&task->cpu, __ATOMIC_RELAXED);
		struct runqueue *rq = &runqueues[id];

		*flags = spin_lock_irqsave(&rq->lock);
		if (likely(task->cpu == id))
			return rq;
		spin_unlock_irqrestore(&rq->lock, *flags);
	}
}

void sched_wake(struct task *task) __no_lock_analysis
{
	unsigned long flags;
	struct runqueue *rq = task_rq_lock(task, &flags);
	bool running = rq->current == task;

	if (task->state != TASK_BLOCKED) {
		spin_unlock_irqrestore(&rq->lock, flags);
		return;
	}
	/* still on its way out: its schedule() will find it running */
	task->state = running ? TASK_RUNNING : TASK_READY;
	task->ready_since = task->due_since = arch_counter();
	spin_unlock_irqrestore(&rq->lock, flags);
	if (running)
		return;
	/* in no queue yet, so it cannot end meanwhile */
	if (trace_is_on())
		trace_wake(task);
	sched_enqueue(task, balance_place(task));
}

/* @task runs on @rq: it goes on, or not, as what it is now. */
static void promote_running(struct runqueue *rq, struct task *task,
			    uint8_t priority)
{
	uint64_t now = arch_counter();

	rq_account(rq, task, now);
	task->priority = priority;
	if (!rq_grant(rq, task, now))
		rq->budget_end = now; /* schedule() sees to it */
}

void task_promote(struct task *task, bool on) __no_lock_analysis
{
	uint8_t priority = on ? TASK_PRIO_SHELL : task->base_priority;
	unsigned long flags;
	struct runqueue *rq = task_rq_lock(task, &flags);
	struct task **at = &rq->throttled;
	unsigned int id = task->cpu;
	bool queue = false;

	if (task->in_level) {
		rq_remove(rq, task);
		task->priority = priority;
		rq_append(rq, task);
	} else if (rq->current == task) {
		promote_running(rq, task, priority);
	} else {
		task->priority = priority;
		queue = on && task->state == TASK_THROTTLED;
	}
	if (queue) {
		while (*at != task)
			at = &(*at)->next;
		rq_unthrottle(at);
	}
	spin_unlock_irqrestore(&rq->lock, flags);
	if (queue)
		sched_enqueue(task, balance_place(task));
	else
		sched_look(id);
}

bool sched_is_off_cpu(const struct task *task) __no_lock_analysis
{
	unsigned long flags;
	struct runqueue *rq = task_rq_lock(task, &flags);
	bool off = rq->current != task;

	spin_unlock_irqrestore(&rq->lock, flags);
	return off;
}

uint64_t sched_runtime_ticks(const struct task *task) __no_lock_analysis
{
	unsigned long flags;
	struct runqueue *rq = task_rq_lock(task, &flags);
	uint64_t ticks = task->ran_ticks;

	if (rq->current == task)
		ticks += arch_counter() - task->start_ticks;
	spin_unlock_irqrestore(&rq->lock, flags);
	return ticks;
}

uint64_t task_ran_ticks(void)
{
	const struct task *task = arch_this_cpu()->current;

	/* both change in this CPU's schedule() alone while it runs here */
	return task->ran_ticks + (arch_counter() - task->start_ticks);
}

uint64_t sched_steal_ticks(const struct task *task) __no_lock_analysis
{
	unsigned long flags;
	struct runqueue *rq = task_rq_lock(task, &flags);
	uint64_t ticks = task->steal_ticks;

	if (task->state == TASK_READY || task->state == TASK_THROTTLED)
		ticks += arch_counter() - task->ready_since;
	spin_unlock_irqrestore(&rq->lock, flags);
	return ticks;
}

bool sched_others_ready(void)
{
	return __atomic_load_n(&this_rq()->halt_word, __ATOMIC_RELAXED) != 0;
}

static void turn_over(struct timer *timer)
{
	(void)timer;
	/* schedule() compares the counter with the ends itself */
	arch_this_cpu()->need_resched = true;
}

void sched_init(struct cpu *cpu)
{
	struct runqueue *rq = &runqueues[cpu->id];
	struct task *idle = &rq->idle_task;

	spin_init(&rq->lock, LOCK_RANK_RUNQUEUE);
	timer_init(&rq->turn_timer, turn_over, rq);
	timer_init(&rq->refill_timer, rq_refill, rq);
	rq->budget_end = UINT64_MAX;
	idle->state = TASK_RUNNING;
	idle->cpu = cpu->id;
	idle->affinity = BIT(cpu->id);
	idle->priority = TASK_PRIO_IDLE;
	idle->stack_top = cpu->stack_top;
	__builtin_memcpy(idle->name, "idle/", 5);
	idle->name[5] = (char)('0' + cpu->id / 10);
	idle->name[6] = (char)('0' + cpu->id % 10);
	rq->idle = idle;
	rq->current = idle;
	cpu->current = idle;
	/* until sched_idle(): booting is not interrupted by tasks */
	cpu->preempt_count = 1;
	task_list_add(idle);
}

void sched_idle(void)
{
	struct cpu *cpu = arch_this_cpu();

	/* here, because the clock's rate is known only now */
	budget_init(&this_rq()->host,
		    time_to_ticks(CONFIG_HOST_BUDGET_US * 1000ull),
		    time_to_ticks(CONFIG_HOST_PERIOD_US * 1000ull));
	cpu->preempt_count = 0;
	for (;;) {
		arch_irq_disable();
		/* a wake after this test is pending as an interrupt, which
		 * ends the wait although it is masked */
		if (!__atomic_load_n(&cpu->need_resched, __ATOMIC_ACQUIRE) &&
		    !balance_pull(cpu->id))
			arch_wait_for_irq();
		arch_irq_enable();
		sched_resched_self();
	}
}
