/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching guests' exits and lives. What exits cost is CPU time of the vCPU's
 * own task between the exit and the next entry: a guest that sleeps in WFI, or
 * that another task keeps from the CPU, adds nothing.
 */
#include <virt/watch.h>

#include <arch/virt.h>
#include <core/cpu.h>
#include <core/task.h>
#include <errno.h>
#include <virt/vm.h>

bool watch_exits_on; /* atomic */

static bool tracing, costing; /* the shell's task; costing is read by all */

static uint64_t tag_of(const struct vcpu *vcpu)
{
	return TRACE_TAG_VCPU(vcpu->vm->config->id, vcpu->id);
}

void watch_exit(struct vcpu *vcpu, uint64_t pc, uint64_t syndrome)
{
	struct vcpu_watch *watch = &vcpu->watch;

	watch->open = trace_exit_begin(tag_of(vcpu), pc, syndrome);
	watch->left = true;
	/* last, so that what watching takes is not measured */
	watch->began_ticks = task_ran_ticks();
}

void watch_handled(struct vcpu *vcpu)
{
	vcpu->watch.took_ticks = task_ran_ticks() - vcpu->watch.began_ticks;
}

void watch_reason(struct vcpu *vcpu, unsigned int reason)
{
	trace_exit_reason(vcpu->watch.open, reason);
	vcpu->watch.reason = (uint8_t)reason;
}

void watch_inject(struct vcpu *vcpu, unsigned int virq)
{
	if (trace_is_on())
		trace_emit(TRACE_INJECT, 0, tag_of(vcpu), virq, 0);
}

/* Read by others as they like: each word for itself is whole. */
static void cost_add(struct exit_cost *cost, uint64_t ticks)
{
	__atomic_store_n(&cost->count, cost->count + 1, __ATOMIC_RELAXED);
	__atomic_store_n(&cost->ticks, cost->ticks + ticks, __ATOMIC_RELAXED);
	if (ticks > cost->worst)
		__atomic_store_n(&cost->worst, ticks, __ATOMIC_RELAXED);
}

void watch_entry(struct vcpu *vcpu)
{
	struct vcpu_watch *watch = &vcpu->watch;

	if (trace_is_on())
		trace_emit(TRACE_ENTRY, 0, tag_of(vcpu), 0, 0);
	if (!watch->left)
		return;
	watch->left = false;
	if (__atomic_load_n(&costing, __ATOMIC_RELAXED) &&
	    watch->reason < VCPU_EXIT_REASONS)
		cost_add(&vcpu->costs[watch->reason], watch->took_ticks);
}

void watch_life(const struct vm *vm, int vcpu, unsigned int event)
{
	uint32_t id = vm->config->id;

	trace_named(TRACE_LIFE, event,
		    vcpu < 0 ? TRACE_TAG_VM(id)
			     : TRACE_TAG_VCPU(id, (unsigned int)vcpu),
		    vm->config->name);
}

const char *watch_life_name(unsigned int event)
{
	static const char *const names[WATCH_LIFE_COUNT - WATCH_VM_CREATED] = {
		"created", "deleted", "vcpu-on", "vcpu-off"};

	if (event < WATCH_VM_CREATED)
		return event <= VM_FAILED ? vm_state_name(event) : NULL;
	return event < WATCH_LIFE_COUNT ? names[event - WATCH_VM_CREATED]
					: NULL;
}

/*
 * Steering
 */

static void watch_here(void *arg)
{
	arch_exits_watch(*(const bool *)arg);
}

static void watch_update(void)
{
	bool on = tracing || costing;

	if (watch_is_on() == on)
		return;
	__atomic_store_n(&watch_exits_on, on, __ATOMIC_RELAXED);
	for (unsigned int id = 0; id < cpu_count; id++)
		if (__atomic_load_n(&cpus[id].online, __ATOMIC_RELAXED))
			smp_call(id, watch_here, &on);
}

int watch_trace_start(unsigned int kib, const struct vm *only)
{
	int err;

	if (tracing)
		return -EBUSY;
	trace_stop(); /* what is left of the one before */
	/* first, so that vCPUs which the marks interrupt are seen to go on */
	tracing = true;
	watch_update();
	err = trace_start(kib, only ? TRACE_TAG_VM(only->config->id) : 0);
	if (err) {
		tracing = false;
		watch_update();
	}
	for (const struct vm *vm = err ? NULL : vm_first(); vm; vm = vm->next)
		watch_vm(vm, __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE));
	return err;
}

void watch_trace_stop(void)
{
	if (!tracing) {
		trace_stop();
		return;
	}
	tracing = false;
	watch_update();
	trace_pause(true);
}

static void costs_forget(void)
{
	for (struct vm *vm = vm_first(); vm; vm = vm->next)
		for (unsigned int i = 0; i < vm->vcpu_count; i++)
			for (unsigned int n = 0; n < VCPU_EXIT_REASONS; n++)
				vm->vcpus[i]->costs[n] = (struct exit_cost){0};
}

void watch_cost_set(bool on)
{
	if (on == costing)
		return;
	if (on)
		costs_forget();
	__atomic_store_n(&costing, on, __ATOMIC_RELAXED);
	watch_update();
}

bool watch_cost_is_on(void)
{
	return costing;
}

struct exit_cost watch_cost(const struct vcpu *vcpu, unsigned int reason)
{
	const struct exit_cost *cost = &vcpu->costs[reason];

	return (struct exit_cost){
		__atomic_load_n(&cost->count, __ATOMIC_RELAXED),
		__atomic_load_n(&cost->ticks, __ATOMIC_RELAXED),
		__atomic_load_n(&cost->worst, __ATOMIC_RELAXED),
	};
}
