/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks: making, ending, joining and listing them. */
#include <core/task.h>

#include <errno.h>
#include <string.h>

#include <arch/cpu.h>
#include <arch/upcall.h>
#include <lib/lock.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <mm/host_map.h>

#include "core.h"
#include "sched.h"

#define LOG_TAG "task"

/* guards the list and every all_next; not taken by interrupt handlers */
static struct spinlock list_lock = SPINLOCK_INIT(LOCK_RANK_TASKS);
static struct task *all_tasks;

void task_list_add(struct task *task)
{
	spin_lock(&list_lock);
	task->all_next = all_tasks;
	all_tasks = task;
	spin_unlock(&list_lock);
}

static void task_list_remove(struct task *task)
{
	struct task **link = &all_tasks;

	spin_lock(&list_lock);
	while (*link != task)
		link = &(*link)->all_next;
	*link = task->all_next;
	spin_unlock(&list_lock);
}

void task_for_each(void (*fn)(const struct task *task, void *ctx), void *ctx)
{
	spin_lock(&list_lock);
	for (struct task *task = all_tasks; task; task = task->all_next)
		fn(task, ctx);
	spin_unlock(&list_lock);
}

static int attr_check(const struct task_attr *attr)
{
	uint64_t online = __atomic_load_n(&cpu_online_mask, __ATOMIC_ACQUIRE);

	if (!attr->fn || !attr->name || !(attr->affinity & online))
		return -EINVAL;
	if (attr->priority == TASK_PRIO_IDLE || attr->priority > TASK_PRIO_MAX)
		return -EINVAL;
	return 0;
}

int task_create(const struct task_attr *attr, struct task **result)
{
	uint32_t slice_us =
		attr->slice_us ? attr->slice_us : CONFIG_TASK_SLICE_US;
	struct task *task;
	int err = attr_check(attr);

	if (err)
		return err;
	task = heap_alloc(sizeof(*task));
	if (!task)
		return -ENOMEM;
	task->stack_top = host_stack_alloc(TASK_STACK_SIZE);
	if (!task->stack_top) {
		heap_free(task);
		return -ENOMEM;
	}
	strncpy(task->name, attr->name, sizeof(task->name) - 1);
	task->fn = attr->fn;
	task->arg = attr->arg;
	task->priority = attr->priority;
	task->base_priority = attr->priority;
	task->affinity = attr->affinity;
	task->movable = !task_is_pinned(task);
	task->budget = attr->budget;
	task->tag = attr->tag;
	task->cpu = (uint32_t)__builtin_ctzll(attr->affinity);
	if (task->cpu >= CPU_MAX)
		task->cpu = 0; /* sched_start() chooses among the online */
	task->slice_ticks = time_to_ticks((uint64_t)slice_us * 1000);
	task->slice_left = task->slice_ticks;
	wait_queue_init(&task->exit_wq);
	wait_task_init(task);
	arch_task_init(&task->arch, task->stack_top, task_entry, task);
	*result = task; /* the task may look at it at once */
	task_list_add(task);
	sched_start(task);
	return 0;
}

void task_exit(void)
{
	struct task *task = task_current();
	struct cpu *cpu;

	arch_irq_disable();
	cpu = arch_this_cpu();
	/* no self-kick for the joiner: sched_exit() switches anyway */
	cpu->preempt_count++;
	/* pairs with the load in is_dead(), ordered by exit_wq's lock */
	__atomic_store_n(&task->state, TASK_DEAD, __ATOMIC_RELAXED);
	wait_wake_all(&task->exit_wq);
	cpu->preempt_count--;
	sched_exit();
}

void core_task_exit(void)
{
	task_exit();
}

static bool is_dead(void *arg)
{
	struct task *task = arg;

	return __atomic_load_n(&task->state, __ATOMIC_RELAXED) == TASK_DEAD;
}

void task_join(struct task *task)
{
	wait_event(&task->exit_wq, is_dead, task);
	/* its CPU, interrupts masked, is between the wake-up and the switch */
	while (!sched_is_off_cpu(task))
		arch_cpu_relax();
	task_list_remove(task);
	host_stack_free(task->stack_top, TASK_STACK_SIZE);
	heap_free(task);
}

struct task *task_current(void)
{
	/* read with interrupts masked, so that both loads are one CPU's */
	unsigned long flags = arch_irq_save();
	struct task *task = arch_this_cpu()->current;

	arch_irq_restore(flags);
	return task;
}

void task_rename(const char *name)
{
	struct task *task = task_current();

	strncpy(task->name, name, sizeof(task->name) - 1);
}

const char *task_name(const struct task *task)
{
	return task->name;
}

enum task_state task_state(const struct task *task)
{
	return (enum task_state)__atomic_load_n(&task->state, __ATOMIC_RELAXED);
}

unsigned int task_cpu(const struct task *task)
{
	return __atomic_load_n(&task->cpu, __ATOMIC_RELAXED);
}

uint64_t task_look_ns(const struct task *task)
{
	struct task *looked =
		(struct task *)task; /* listings are given const */
	uint64_t ticks = sched_runtime_ticks(task);
	uint64_t since = ticks - task->looked_ticks;

	looked->looked_ticks = ticks;
	return time_from_ticks(since);
}

uint8_t task_priority(const struct task *task)
{
	return task->priority;
}

uint64_t task_tag(const struct task *task)
{
	return task->tag;
}

bool task_is_pinned(const struct task *task)
{
	return (task->affinity & (task->affinity - 1)) == 0;
}

uint64_t task_runtime_ns(const struct task *task)
{
	return time_from_ticks(sched_runtime_ticks(task));
}

uint64_t task_steal_ns(const struct task *task)
{
	return time_from_ticks(sched_steal_ticks(task));
}

uint64_t task_steal_own_ns(void)
{
	return time_from_ticks(task_current()->steal_ticks);
}
