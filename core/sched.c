/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scheduler: which task a CPU runs.
 *
 * Each CPU has a run queue of one FIFO a priority and a bitmap over them, so
 * choosing costs the same however many tasks wait. The running task is in no
 * FIFO. The slice timer is armed only while a task of equal priority waits.
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

static struct runqueue *this_rq(void)
{
	return &runqueues[arch_this_cpu()->id];
}

static void rq_append(struct runqueue *rq, struct task *task)
{
	unsigned int prio = task->priority;

	task->next = NULL;
	if (rq->bitmap & (1u << prio))
		rq->tail[prio]->next = task;
	else
		rq->head[prio] = task;
	rq->tail[prio] = task;
	__atomic_store_n(&rq->bitmap, rq->bitmap | (1u << prio),
			 __ATOMIC_RELAXED);
}

static void rq_prepend(struct runqueue *rq, struct task *task)
{
	unsigned int prio = task->priority;

	if (rq->bitmap & (1u << prio)) {
		task->next = rq->head[prio];
	} else {
		task->next = NULL;
		rq->tail[prio] = task;
	}
	rq->head[prio] = task;
	__atomic_store_n(&rq->bitmap, rq->bitmap | (1u << prio),
			 __ATOMIC_RELAXED);
}

static unsigned int rq_top(const struct runqueue *rq)
{
	return 31 - (unsigned int)__builtin_clz(rq->bitmap);
}

static struct task *rq_pop(struct runqueue *rq)
{
	unsigned int prio = rq_top(rq);
	struct task *task = rq->head[prio];

	rq->head[prio] = task->next;
	if (!task->next)
		__atomic_store_n(&rq->bitmap, rq->bitmap & ~(1u << prio),
				 __ATOMIC_RELAXED);
	task->next = NULL;
	return task;
}

static void rq_load_add(struct runqueue *rq, int delta)
{
	__atomic_store_n(&rq->load, rq->load + (uint32_t)delta,
			 __ATOMIC_RELAXED);
}

/* Should a running @prev make room? Lock held. */
static bool rq_must_switch(struct runqueue *rq, struct task *prev, bool yield,
			   uint64_t now)
{
	unsigned int top;

	if (prev->state != TASK_RUNNING)
		return true;
	if (!rq->bitmap)
		return false;
	top = rq_top(rq);
	if (top != prev->priority)
		return top > prev->priority;
	return yield || now >= rq->slice_end;
}

/*
 * Charge @prev for its turn and, when it can still run, queue it: at the end
 * when its turn is over, in front when a higher priority cut it short.
 */
static void rq_put_prev(struct runqueue *rq, struct task *prev, bool yield,
			uint64_t now)
{
	prev->ran_ticks += now - prev->start_ticks;
	if (prev == rq->idle)
		return;
	if (prev->state != TASK_RUNNING) {
		prev->slice_left = prev->slice_ticks;
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

static struct task *rq_take_next(struct runqueue *rq, uint64_t now)
{
	struct task *next = rq->bitmap ? rq_pop(rq) : rq->idle;

	next->state = TASK_RUNNING;
	next->start_ticks = now;
	rq->slice_end = now + next->slice_left;
	rq->current = next;
	return next;
}

/*
 * The second half of a switch, in the task that was switched to; it may be on
 * another CPU than when it left, so everything is looked up afresh.
 */
static void switch_finish(void) __no_lock_analysis
{
	struct runqueue *rq = this_rq();
	bool rival = rq->bitmap & (1u << rq->current->priority);
	uint64_t slice_end = rq->slice_end;

	/* masked on both sides of the unlock: "restore" to masked */
	spin_unlock_irqrestore(&rq->lock, arch_irq_save());
	if (rival)
		timer_set(&rq->slice_timer, time_from_ticks(slice_end));
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
	if (!rq_must_switch(rq, prev, yield, now)) {
		switch_finish();
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

/* A task of @prio was queued on CPU @id: make it look. No lock held. */
static void resched_cpu(unsigned int id)
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

/*
 * Queue a READY task that only the caller knows of on CPU @id.
 */
static void enqueue(struct task *task, unsigned int id)
{
	struct runqueue *rq = &runqueues[id];
	unsigned long flags = spin_lock_irqsave(&rq->lock);
	struct task *current = rq->current;
	bool resched;

	__atomic_store_n(&task->cpu, id, __ATOMIC_RELAXED);
	/* a first rival starts the slice timer; later ones find it running */
	resched = task->priority > current->priority || current == rq->idle ||
		  (task->priority == current->priority &&
		   !(rq->bitmap & (1u << task->priority)));
	rq_append(rq, task);
	rq_load_add(rq, 1);
	spin_unlock_irqrestore(&rq->lock, flags);
	if (resched)
		resched_cpu(id);
}

static uint32_t cpu_load(unsigned int id)
{
	return __atomic_load_n(&runqueues[id].load, __ATOMIC_RELAXED);
}

/*
 * An idle CPU, the last one first because its caches may be warm, else the
 * least loaded. Loads are hints: a stale one costs time, not correctness.
 */
static unsigned int place(uint64_t affinity, unsigned int last)
{
	uint64_t mask =
		affinity & __atomic_load_n(&cpu_online_mask, __ATOMIC_ACQUIRE);
	unsigned int best = last;
	uint32_t best_load = UINT32_MAX;

	if ((mask & (mask - 1)) == 0)
		return mask ? (unsigned int)__builtin_ctzll(mask) : last;
	if (mask & BIT(last))
		best_load = cpu_load(last);
	for (; mask && best_load; mask &= mask - 1) {
		unsigned int id = (unsigned int)__builtin_ctzll(mask);
		uint32_t load = cpu_load(id);

		if (load < best_load) {
			best = id;
			best_load = load;
		}
	}
	return best;
}

void sched_start(struct task *task)
{
	task->state = TASK_READY;
	enqueue(task, place(task->affinity, task->cpu));
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
	spin_unlock_irqrestore(&rq->lock, flags);
	if (running)
		return;
	/* in no queue yet, so it cannot end meanwhile */
	if (trace_is_on())
		trace_wake(task);
	enqueue(task, place(task->affinity, task->cpu));
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

bool sched_others_ready(void)
{
	return __atomic_load_n(&this_rq()->bitmap, __ATOMIC_RELAXED) != 0;
}

static void slice_over(struct timer *timer)
{
	(void)timer;
	/* schedule() compares the counter with slice_end itself */
	arch_this_cpu()->need_resched = true;
}

void sched_init(struct cpu *cpu)
{
	struct runqueue *rq = &runqueues[cpu->id];
	struct task *idle = &rq->idle_task;

	spin_init(&rq->lock, LOCK_RANK_RUNQUEUE);
	timer_init(&rq->slice_timer, slice_over, rq);
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

	cpu->preempt_count = 0;
	for (;;) {
		arch_irq_disable();
		/* a wake after this test is pending as an interrupt, which
		 * ends the wait although it is masked */
		if (!__atomic_load_n(&cpu->need_resched, __ATOMIC_ACQUIRE))
			arch_wait_for_irq();
		arch_irq_enable();
		sched_resched_self();
	}
}
