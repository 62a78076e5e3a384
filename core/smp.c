/* SPDX-License-Identifier: Apache-2.0 */
/* More than one CPU: the table, starting them, calls and kicks among them. */
#include <core/cpu.h>

#include <errno.h>

#include <arch/cpu.h>
#include <arch/upcall.h>
#include <core/irq.h>
#include <core/task.h>
#include <core/timer.h>
#include <lib/lock.h>
#include <lib/log.h>
#include <mm/host_map.h>

#include "core.h"

#define LOG_TAG "smp"

/* How long firmware may take to bring a CPU up. */
#define CPU_START_TIMEOUT_NS 1000000000ull

struct cpu cpus[CPU_MAX];
unsigned int cpu_count;
struct cpu_state cpu_states[CPU_MAX];
uint64_t cpu_online_mask;

/**
 * struct smp_request - one smp_call(), on its caller's stack
 * @done: atomic; after it is set the callee does not touch the request
 */
struct smp_request {
	struct smp_request *next;
	void (*fn)(void *arg);
	void *arg;
	bool done;
};

struct cpu *cpu_find_hwid(uint64_t hwid)
{
	for (unsigned int id = 0; id < cpu_count; id++) {
		if (cpus[id].hwid == hwid)
			return &cpus[id];
	}
	return NULL;
}

uint64_t cpus_of_a_kind(uint64_t mask)
{
	uint64_t best = 0;

	mask &= __atomic_load_n(&cpu_online_mask, __ATOMIC_ACQUIRE);
	while (mask) {
		uint64_t kind = cpus[__builtin_ctzll(mask)].kind;
		uint64_t same = 0;

		for (uint64_t rest = mask; rest; rest &= rest - 1) {
			unsigned int id = (unsigned int)__builtin_ctzll(rest);

			if (cpus[id].kind == kind)
				same |= BIT(id);
		}
		if (__builtin_popcountll(same) > __builtin_popcountll(best))
			best = same;
		mask &= ~same;
	}
	return best;
}

void cpu_set_online(struct cpu *cpu)
{
	cpu->kind = arch_cpu_kind();
	__atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
	/* pairs with the acquire of whoever is about to use this CPU: its run
	 * queue and timer queue are ready */
	__atomic_fetch_or(&cpu_online_mask, BIT(cpu->id), __ATOMIC_RELEASE);
}

void core_secondary_boot(struct cpu *cpu)
{
	arch_set_this_cpu(cpu);
	irq_chip()->cpu_init();
	arch_timer_init();
	sched_init(cpu);
	timer_cpu_init();
	cpu_set_online(cpu);
	arch_send_event();
	sched_idle();
}

static bool cpu_start(struct cpu *cpu)
{
	int err;

	cpu->stack_top = host_stack_alloc(TASK_STACK_SIZE);
	if (!cpu->stack_top) {
		log_err("cpu%u: no memory for its stack", cpu->id);
		return false;
	}
	err = arch_cpu_start(cpu);
	if (err) {
		log_err("cpu%u: firmware does not start it (%d)", cpu->id, err);
		host_stack_free(cpu->stack_top, TASK_STACK_SIZE);
		cpu->stack_top = NULL;
		return false;
	}
	return true;
}

static void start_timeout(struct timer *timer)
{
	(void)timer; /* its interrupt ends arch_wait_event() */
}

/*
 * All are started before the first is waited for, so they boot side by side.
 * Waiting sleeps between looks: a CPU sends an event when it is there, and a
 * timer ends the wait for one that never is.
 */
void cpus_start_all(void)
{
	uint64_t deadline_ns = time_ns() + CPU_START_TIMEOUT_NS;
	uint64_t waiting = 0;
	struct timer timer;

	for (unsigned int id = 1; id < cpu_count; id++) {
		if (cpu_start(&cpus[id]))
			waiting |= BIT(id);
	}
	timer_init(&timer, start_timeout, NULL);
	if (waiting)
		timer_set(&timer, deadline_ns);
	while (waiting & ~__atomic_load_n(&cpu_online_mask, __ATOMIC_ACQUIRE)) {
		if (time_ns() >= deadline_ns)
			break;
		arch_wait_event();
	}
	timer_cancel(&timer);
	waiting &= ~__atomic_load_n(&cpu_online_mask, __ATOMIC_ACQUIRE);
	for (; waiting; waiting &= waiting - 1)
		log_err("cpu%d did not come up", __builtin_ctzll(waiting));
}

/* atomic; NULL while no CPU ever goes out of reach */
static void (*smp_reach)(unsigned int cpu);

void smp_reach_set(void (*reach)(unsigned int cpu))
{
	__atomic_store_n(&smp_reach, reach, __ATOMIC_RELEASE);
}

bool smp_is_wanted(void)
{
	return __atomic_load_n(&cpu_state(arch_this_cpu())->calls,
			       __ATOMIC_SEQ_CST) ||
	       panic_is_on();
}

void smp_send(unsigned int cpu, enum ipi ipi)
{
	void (*reach)(unsigned int cpu) =
		__atomic_load_n(&smp_reach, __ATOMIC_ACQUIRE);

	if (unlikely(reach))
		reach(cpu);
	irq_chip()->send_ipi(cpu, ipi);
}

void smp_kick(unsigned int cpu)
{
	if (irq_chip()) /* before that there is no other CPU to kick */
		smp_send(cpu, IPI_KICK);
}

/* The list is taken whole and run oldest first. */
void smp_run_calls(struct cpu *cpu)
{
	/* pairs with the release in smp_call() */
	struct smp_request *request = __atomic_exchange_n(
		&cpu_state(cpu)->calls, NULL, __ATOMIC_ACQUIRE);
	struct smp_request *reversed = NULL;

	while (request) {
		struct smp_request *next = request->next;

		request->next = reversed;
		reversed = request;
		request = next;
	}
	while (reversed) {
		struct smp_request *next = reversed->next;

		reversed->fn(reversed->arg);
		/* pairs with the acquire in smp_call() */
		__atomic_store_n(&reversed->done, true, __ATOMIC_RELEASE);
		reversed = next;
	}
	arch_send_event();
}

void smp_call(unsigned int cpu, void (*fn)(void *arg), void *arg)
{
	struct smp_request request = {.fn = fn, .arg = arg};
	struct smp_request **calls = &cpu_states[cpu].calls;

	preempt_disable();
	if (arch_this_cpu()->id == cpu) {
		unsigned long flags = arch_irq_save();

		fn(arg);
		arch_irq_restore(flags);
		preempt_enable();
		return;
	}
	preempt_enable();

	request.next = __atomic_load_n(calls, __ATOMIC_RELAXED);
	/* pairs with the acquire in smp_run_calls() */
	while (!__atomic_compare_exchange_n(calls, &request.next, &request,
					    true, __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED))
		;
	smp_send(cpu, IPI_CALL);
	while (!__atomic_load_n(&request.done, __ATOMIC_ACQUIRE))
		arch_wait_event();
}

static void nothing(void *arg)
{
	(void)arg;
}

/* A CPU that takes the call has its interrupts open. */
void smp_quiesce(void)
{
	uint64_t online = __atomic_load_n(&cpu_online_mask, __ATOMIC_ACQUIRE);

	for (; online; online &= online - 1)
		smp_call((unsigned int)__builtin_ctzll(online), nothing, NULL);
}
