/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watching guests: their exits for the trace and for what exits cost, and
 * their life for the trace.
 *
 * Exits are watched by other exception vectors (arch_exits_watch()), so that
 * they cost nothing while nobody watches.
 */
#ifndef VIRT_WATCH_H
#define VIRT_WATCH_H

#include <core/trace.h>
#include <lib/types.h>
#include <lib/util.h>

struct vcpu;
struct vm;

/* What happens to VMs and vCPUs beside the states of enum vm_state. */
enum watch_life {
	WATCH_VM_CREATED = 16,
	WATCH_VM_DELETED,
	WATCH_VCPU_ON,
	WATCH_VCPU_OFF,
	WATCH_LIFE_COUNT,
};

/** struct exit_cost - of the exits for one reason, in counter ticks */
struct exit_cost {
	uint64_t count;
	uint64_t ticks;
	uint64_t worst;
};

/**
 * struct vcpu_watch - of a vCPU; its own task writes it, interrupts masked
 * @began_ticks: CPU time of its task when the guest was left
 * @took_ticks:  what it has taken since then
 * @open:        the record of the exit that is being handled
 * @reason:      of that exit
 * @left:        it was, and has not been entered again
 */
struct vcpu_watch {
	uint64_t began_ticks;
	uint64_t took_ticks;
	struct trace_open open;
	uint8_t reason;
	bool left;
};

extern bool watch_exits_on;

/** watch_is_on() - are exits reported to watch_exit() and the others? */
static inline bool watch_is_on(void)
{
	return IS_ENABLED(CONFIG_TRACE) &&
	       unlikely(__atomic_load_n(&watch_exits_on, __ATOMIC_RELAXED));
}

/*
 * From the architecture; interrupts masked, on the vCPU's CPU.
 */

/** watch_exit() - the guest was left at @pc; @syndrome as the CPU has it */
void watch_exit(struct vcpu *vcpu, uint64_t pc, uint64_t syndrome);
/** watch_handled() - what the exit takes ends here, or will end at a later
 * call, before the guest goes on */
void watch_handled(struct vcpu *vcpu);
/** watch_reason() - the exit was for @reason, one of arch's numbers */
void watch_reason(struct vcpu *vcpu, unsigned int reason);
/** watch_inject() - the guest finds @virq pending when it goes on */
void watch_inject(struct vcpu *vcpu, unsigned int virq);
/** watch_entry() - the guest goes on */
void watch_entry(struct vcpu *vcpu);

/** watch_life() - of a VM, or of one of its vCPUs; -1: the VM itself */
void watch_life(const struct vm *vm, int vcpu, unsigned int event);

/** watch_vm() - @event: enum vm_state that it is in now, or enum watch_life */
static inline void watch_vm(const struct vm *vm, unsigned int event)
{
	if (trace_is_on())
		watch_life(vm, -1, event);
}

/** watch_life_name() - of an event, as dumps show it; NULL: there is none */
const char *watch_life_name(unsigned int event);

/*
 * Steering it: the shell's task.
 */

/** watch_trace_start() - trace_start() for all VMs, or @only. Return: as that */
int __must_check watch_trace_start(unsigned int kib, const struct vm *only);
/**
 * watch_trace_stop() - record no more; what there is can be read until the next
 * start, or another stop, which frees its memory
 */
void watch_trace_stop(void);
/** watch_cost_set() - measure what exits cost; what was measured is forgotten
 * when it begins */
void watch_cost_set(bool on);
/** watch_cost_is_on() - is it being measured? */
bool watch_cost_is_on(void);
/** watch_cost() - of a vCPU's exits for one of arch's reasons */
struct exit_cost watch_cost(const struct vcpu *vcpu, unsigned int reason);

#endif
