/* SPDX-License-Identifier: Apache-2.0 */
/* vm stat: what guests use, and what their exits cost */
#include "commands.h"
#include "json.h"

#include <arch/virt.h>
#include <core/task.h>
#include <core/timer.h>
#include <lib/util.h>
#include <string.h>
#include <virt/vconsole.h>
#include <virt/vm.h>
#include <virt/watch.h>

typedef unsigned long long ull;

#define MS 1000000ull
#define PERIOD_NS (1000 * MS)

/** struct usage - what a vCPU uses; @steal_ns: what others had of the CPU while
 * it was ready; the last two since the last look */
struct usage {
	bool has_task;
	unsigned int cpu;
	uint64_t ran_ns;
	uint64_t steal_ns;
	uint64_t since_ns;
	uint64_t since_ran_ns;
};

/*
 * Gathering
 */

struct gather {
	const struct vm *vm;
	struct usage *usage;
};

/* Tasks are looked for in the list of all, where none is freed meanwhile. */
static void gather_task(const struct task *task, void *ctx)
{
	const struct gather *gather = ctx;
	uint64_t tag = task_tag(task);
	int vcpu = trace_tag_vcpu(tag);
	struct usage *usage;

	if (!tag || trace_tag_vm(tag) != gather->vm->config->id || vcpu < 0 ||
	    vcpu >= VM_MAX_VCPUS)
		return;
	usage = &gather->usage[vcpu];
	usage->has_task = true;
	usage->cpu = task_cpu(task);
	usage->ran_ns = task_runtime_ns(task);
	usage->steal_ns = task_steal_ns(task);
}

/* What it used since the last look at this run of the VM, or since its start. */
static void look(struct vcpu *vcpu, struct usage *usage)
{
	struct vcpu_look *last = &vcpu->look;
	uint64_t now = time_ns();

	if (last->start_ns != vcpu->vm->start_ns)
		*last = (struct vcpu_look){
			.start_ns = vcpu->vm->start_ns,
			.at_ns = vcpu->vm->start_ns,
		};
	usage->since_ns = now - last->at_ns;
	if (usage->ran_ns > last->ran_ns)
		usage->since_ran_ns = usage->ran_ns - last->ran_ns;
	last->at_ns = now;
	last->ran_ns = usage->ran_ns;
}

static void gather(const struct vm *vm, struct usage *usage)
{
	struct gather ctx = {vm, usage};

	memset(usage, 0, VM_MAX_VCPUS * sizeof(*usage));
	task_for_each(gather_task, &ctx);
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		look(vm->vcpus[i], &usage[i]);
}

/* Of a CPU, in 1/1000. */
static unsigned int share(const struct usage *usage)
{
	uint64_t us = usage->since_ns / 1000;

	return us ? (unsigned int)MIN(usage->since_ran_ns / us, (uint64_t)1000)
		  : 0;
}

static uint32_t state_of(const struct vm *vm)
{
	return __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);
}

static const char *vcpu_state(const struct vcpu *vcpu)
{
	return vcpu_state_name(__atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE));
}

static uint64_t uptime_ms(const struct vm *vm)
{
	uint32_t state = state_of(vm);

	if (state != VM_RUNNING && state != VM_SUSPENDED)
		return 0;
	return (time_ns() - vm->start_ns) / MS;
}

static struct exit_cost cost_of(const struct vcpu *vcpu, unsigned int reason)
{
	if (!IS_ENABLED(CONFIG_TRACE))
		return (struct exit_cost){0};
	return watch_cost(vcpu, reason);
}

static uint64_t mean_ns(const struct exit_cost *cost)
{
	return time_from_ticks(cost->ticks) / cost->count;
}

/*
 * For people
 */

static void print_head(const struct vm *vm)
{
	uint64_t up = uptime_ms(vm);

	shell_printf("%s (id %u): %s", vm->config->name, vm->config->id,
		     vm_state_name(state_of(vm)));
	if (up)
		shell_printf(" for %llu.%llu s", (ull)(up / 1000),
			     (ull)(up / 100 % 10));
	if (vm->stop_reason != VM_STOP_NONE)
		shell_printf(", %s: %s", vm_stop_reason_name(vm->stop_reason),
			     vm->stop_detail);
	shell_printf("\n");
}

static void print_cpu_list(uint64_t mask)
{
	const char *comma = "";

	for (; mask; mask &= mask - 1) {
		shell_printf("%s%d", comma, __builtin_ctzll(mask));
		comma = ",";
	}
}

static void print_vcpu(const struct vcpu *vcpu, const struct usage *usage)
{
	struct arch_injected injected = arch_vcpu_injected(vcpu);
	unsigned int permille = share(usage);

	shell_printf("  vcpu%u  %s", vcpu->id, vcpu_state(vcpu));
	if (usage->has_task)
		shell_printf(" on cpu%u of ", usage->cpu);
	else
		shell_printf(", cpus ");
	print_cpu_list(vcpu->affinity);
	shell_printf("; ran %llu ms, %u.%u %%, stolen %llu ms; "
		     "injected: timer %llu, others %llu\n",
		     (ull)(usage->ran_ns / MS), permille / 10, permille % 10,
		     (ull)(usage->steal_ns / MS), (ull)injected.timer,
		     (ull)injected.other);
}

static bool exits_of(const struct vm *vm, unsigned int reason)
{
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		if (vm->vcpus[i]->exits[reason])
			return true;
	return false;
}

/* A table: reasons down, vCPUs side by side; then what they cost. */
static void print_exits(const struct vm *vm)
{
	const char *name;

	shell_printf("  %-12s", "exits");
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		shell_printf("      vcpu%-2u", i);
	shell_printf("\n");
	for (unsigned int n = 0; (name = arch_exit_reason_name(n)); n++) {
		if (!exits_of(vm, n))
			continue;
		shell_printf("  %-12s", name);
		for (unsigned int i = 0; i < vm->vcpu_count; i++)
			shell_printf(" %11llu", (ull)vm->vcpus[i]->exits[n]);
		shell_printf("\n");
	}
}

static void print_costs(const struct vm *vm)
{
	bool headed = false;
	const char *name;

	for (unsigned int n = 0; (name = arch_exit_reason_name(n)); n++) {
		struct exit_cost sum = {0};

		for (unsigned int i = 0; i < vm->vcpu_count; i++) {
			struct exit_cost cost = cost_of(vm->vcpus[i], n);

			sum.count += cost.count;
			sum.ticks += cost.ticks;
			sum.worst = MAX(sum.worst, cost.worst);
		}
		if (!sum.count)
			continue;
		if (!headed)
			shell_printf("  %-12s %11s %11s %11s\n", "cost",
				     "measured", "mean ns", "worst ns");
		headed = true;
		shell_printf("  %-12s %11llu %11llu %11llu\n", name,
			     (ull)sum.count, (ull)mean_ns(&sum),
			     (ull)time_from_ticks(sum.worst));
	}
}

static void print_vm(const struct vm *vm)
{
	struct usage usage[VM_MAX_VCPUS];

	gather(vm, usage);
	print_head(vm);
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		print_vcpu(vm->vcpus[i], &usage[i]);
	print_exits(vm);
	print_costs(vm);
}

/*
 * For machines: Documentation/shell.md has the members.
 */

static void json_exits(struct json *json, const struct vcpu *vcpu)
{
	const char *name;

	json_open(json, "exits", '{');
	for (unsigned int n = 0; (name = arch_exit_reason_name(n)); n++)
		json_uint(json, name, vcpu->exits[n]);
	json_close(json, '}');
	json_open(json, "costs", '{');
	for (unsigned int n = 0; (name = arch_exit_reason_name(n)); n++) {
		struct exit_cost cost = cost_of(vcpu, n);

		if (!cost.count)
			continue;
		json_open(json, name, '{');
		json_uint(json, "count", cost.count);
		json_uint(json, "mean_ns", mean_ns(&cost));
		json_uint(json, "worst_ns", time_from_ticks(cost.worst));
		json_close(json, '}');
	}
	json_close(json, '}');
}

static void json_vcpu(struct json *json, const struct vcpu *vcpu,
		      const struct usage *usage)
{
	struct arch_injected injected = arch_vcpu_injected(vcpu);

	json_open(json, NULL, '{');
	json_uint(json, "id", vcpu->id);
	json_string(json, "state", vcpu_state(vcpu));
	if (usage->has_task)
		json_uint(json, "cpu", usage->cpu);
	else
		json_null(json, "cpu");
	json_open(json, "cpus", '[');
	for (uint64_t mask = vcpu->affinity; mask; mask &= mask - 1)
		json_uint(json, NULL, (uint64_t)__builtin_ctzll(mask));
	json_close(json, ']');
	json_uint(json, "cpu_ms", usage->ran_ns / MS);
	json_uint(json, "cpu_permille", share(usage));
	json_uint(json, "steal_ms", usage->steal_ns / MS);
	json_open(json, "injected", '{');
	json_uint(json, "timer", injected.timer);
	json_uint(json, "other", injected.other);
	json_close(json, '}');
	json_exits(json, vcpu);
	json_close(json, '}');
}

static void json_vm(struct json *json, const struct vm *vm)
{
	struct usage usage[VM_MAX_VCPUS];

	gather(vm, usage);
	json_open(json, NULL, '{');
	json_uint(json, "id", vm->config->id);
	json_string(json, "name", vm->config->name);
	json_string(json, "state", vm_state_name(state_of(vm)));
	json_string(json, "stop_reason", vm_stop_reason_name(vm->stop_reason));
	json_string(json, "stop_detail",
		    vm->stop_reason == VM_STOP_NONE ? "" : vm->stop_detail);
	json_uint(json, "uptime_ms", uptime_ms(vm));
	json_open(json, "vcpus", '[');
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		json_vcpu(json, vm->vcpus[i], &usage[i]);
	json_close(json, ']');
	json_close(json, '}');
}

/*
 * The command
 */

enum { STAT_WATCH, STAT_FORMAT, STAT_COST };

static const struct shell_opt stat_opts[] = {
	[STAT_WATCH] = {'w', "watch", NULL, "again each second, until a key"},
	[STAT_FORMAT] = {0, "format", "table|json", "for people or machines"},
	[STAT_COST] = {0, "cost", "on|off", "measure what exits cost"},
	{0},
};

static void show_json(const struct vm *only)
{
	struct json json = {0};

	json_open(&json, NULL, '[');
	for (const struct vm *vm = vm_first(); vm; vm = vm->next)
		if (!only || vm == only)
			json_vm(&json, vm);
	json_close(&json, ']');
	json_end(&json);
}

static void show(const struct vm *only)
{
	for (const struct vm *vm = vm_first(); vm; vm = vm->next)
		if (!only || vm == only)
			print_vm(vm);
}

static int cost_set(const char *value)
{
	if (!IS_ENABLED(CONFIG_TRACE)) {
		shell_printf("this Image is built without CONFIG_TRACE\n");
		return 1;
	}
	watch_cost_set(!strcmp(value, "on"));
	return 0;
}

static int stat_run(const struct shell_args *args)
{
	const char *name = args->count ? args->words[0] : NULL;
	const char *format = args->opts[STAT_FORMAT];
	bool json = format && !strcmp(format, "json");

	if (args->opts[STAT_COST])
		return cost_set(args->opts[STAT_COST]);
	for (;;) {
		/* looked for each time: it may be gone by now */
		const struct vm *only = name ? shell_vm(name) : NULL;

		if (name && !only)
			return 1;
		if (args->opts[STAT_WATCH] && !json)
			shell_printf(SHELL_CLEAR);
		if (json)
			show_json(only);
		else
			show(only);
		if (!args->opts[STAT_WATCH])
			return 0;
		if (!vconsole_shell_wait(time_ns() + PERIOD_NS))
			continue;
		vconsole_shell_read();
		return 0;
	}
}

static const struct shell_cmd stat_cmd = {
	.parent = "vm",
	.name = "stat",
	.help = "what guests use: CPU time, exits, interrupts",
	.operands = "[VM]",
	.operand = SHELL_VM,
	.max = 1,
	.opts = stat_opts,
	.run = stat_run,
};
SHELL_CMD(stat_cmd);
