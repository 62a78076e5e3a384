/* SPDX-License-Identifier: Apache-2.0 */
/* top: CPUs and tasks, and who has used which share since the last look */
#include "commands.h"

#include <core/cpu.h>
#include <core/task.h>
#include <core/timer.h>
#include <errno.h>
#include <lib/util.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vconsole.h>

typedef unsigned long long ull;

#define MS 1000000ull
#define PERIOD_NS (1000 * MS)
/* tasks that may appear between counting and listing them */
#define SPARE 8

/** struct entry - a task, as it was when it was looked at */
struct entry {
	char name[40];
	unsigned int cpu;
	unsigned int priority;
	enum task_state state;
	uint64_t ran_ns;
	uint64_t since_ns; /* of that, since the last look */
};

/** struct listing - all of them */
struct listing {
	struct entry *entries;
	unsigned int count, room;
};

static uint64_t looked_ns; /* the shell's task */

static void count_task(const struct task *task __unused_arg, void *ctx)
{
	((struct listing *)ctx)->room++;
}

/* The list of tasks is locked: nothing is printed here. */
static void list_task(const struct task *task, void *ctx)
{
	struct listing *list = ctx;
	struct entry *entry = &list->entries[list->count];

	if (list->count == list->room)
		return;
	list->count++;
	strncpy(entry->name, task_name(task), sizeof(entry->name) - 1);
	entry->cpu = task_cpu(task);
	entry->priority = task_priority(task);
	entry->state = task_state(task);
	entry->ran_ns = task_runtime_ns(task);
	entry->since_ns = task_look_ns(task);
}

static bool is_idle(const struct entry *entry)
{
	return entry->priority == TASK_PRIO_IDLE;
}

/* In 1/1000. */
static unsigned int share(uint64_t used_ns, uint64_t of_ns)
{
	uint64_t us = of_ns / 1000;

	return us ? (unsigned int)MIN(used_ns / us, (uint64_t)1000) : 0;
}

static void print_cpus(const struct listing *list, uint64_t elapsed_ns)
{
	for (unsigned int i = 0; i < list->count; i++) {
		const struct entry *entry = &list->entries[i];
		unsigned int idle = share(entry->since_ns, elapsed_ns);

		if (is_idle(entry))
			shell_printf("cpu%-3u idle %3u.%u %%, busy %3u.%u %%\n",
				     entry->cpu, idle / 10, idle % 10,
				     (1000 - idle) / 10, (1000 - idle) % 10);
	}
}

static const char *state_name(enum task_state state)
{
	static const char *const names[] = {
		[TASK_READY] = "ready",      [TASK_RUNNING] = "running",
		[TASK_BLOCKED] = "asleep",   [TASK_DEAD] = "ended",
		[TASK_THROTTLED] = "budget",
	};

	return (unsigned int)state < ARRAY_SIZE(names) ? names[state] : "?";
}

static bool goes_before(const struct entry *a, const struct entry *b)
{
	if (is_idle(a)) /* idle tasks first, by CPU: print_cpus() */
		return !is_idle(b) || a->cpu < b->cpu;
	return !is_idle(b) && a->since_ns > b->since_ns;
}

static void sort(struct listing *list)
{
	for (unsigned int i = 1; i < list->count; i++) {
		struct entry entry = list->entries[i];
		unsigned int j = i;

		for (; j && goes_before(&entry, &list->entries[j - 1]); j--)
			list->entries[j] = list->entries[j - 1];
		list->entries[j] = entry;
	}
}

static void print_tasks(const struct listing *list, uint64_t elapsed_ns)
{
	shell_printf("%-24s %4s %4s %-8s %12s %8s\n", "TASK", "CPU", "PRIO",
		     "STATE", "TIME ms", "SHARE");
	for (unsigned int i = 0; i < list->count; i++) {
		const struct entry *entry = &list->entries[i];
		unsigned int used = share(entry->since_ns, elapsed_ns);

		if (is_idle(entry))
			continue;
		shell_printf("%-24s %4u %4u %-8s %12llu %4u.%u %%\n",
			     entry->name, entry->cpu, entry->priority,
			     state_name(entry->state),
			     (ull)(entry->ran_ns / MS), used / 10, used % 10);
	}
}

static int show(void)
{
	struct listing list = {.room = SPARE};
	uint64_t now = time_ns(), elapsed = now - looked_ns;

	task_for_each(count_task, &list);
	list.entries = heap_alloc_array(list.room, sizeof(*list.entries));
	if (!list.entries) {
		shell_printf("no memory for a list of %u tasks\n", list.room);
		return 1;
	}
	looked_ns = now;
	task_for_each(list_task, &list);
	sort(&list);
	print_cpus(&list, elapsed);
	print_tasks(&list, elapsed);
	heap_free(list.entries);
	return 0;
}

enum { TOP_WATCH };

static const struct shell_opt top_opts[] = {
	[TOP_WATCH] = {'w', "watch", NULL, "again each second, until a key"},
	{0},
};

static int top_run(const struct shell_args *args)
{
	if (!args->opts[TOP_WATCH])
		return show();
	for (;;) {
		int err;

		shell_printf(SHELL_CLEAR);
		err = show();
		if (err)
			return err;
		if (!vconsole_shell_wait(time_ns() + PERIOD_NS))
			continue;
		vconsole_shell_read();
		return 0;
	}
}

static const struct shell_cmd top_cmd = {
	.name = "top",
	.help = "how busy CPUs and tasks were since the last look",
	.opts = top_opts,
	.run = top_run,
};
SHELL_CMD(top_cmd);
