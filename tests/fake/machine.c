/* SPDX-License-Identifier: Apache-2.0 */
/* See machine.h. */
#include "machine.h"

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <arch/cpu.h>
#include <arch/task.h>
#include <arch/upcall.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <core/task.h>
#include <core/timer.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <mm/host_map.h>

#include "../../core/core.h"

#define STACK_SIZE ((size_t)256 * 1024)
#define SPURIOUS 1023u

/* A CPU: what it was doing when its turn ended, and what waits for it. */
struct machine_cpu {
	ucontext_t context;
	bool irqs_masked;
	uint32_t ipis;
	uint64_t timer_ticks;
};

struct machine_notes machine_notes;
static struct machine_cpu machine_cpus[MACHINE_CPUS];
static ucontext_t machine_context;
static uint64_t raised; /* shared lines */
static unsigned int route[MACHINE_IRQS];
static void (*job)(void);
static bool job_done;
static struct wait_queue job_wq;

static struct machine_cpu *self(void)
{
	return &machine_cpus[fake_this_cpu->id];
}

/*
 * The interrupt controller
 */

static unsigned int first_raised(unsigned int cpu)
{
	for (unsigned int irq = MACHINE_PPIS; irq < MACHINE_IRQS; irq++) {
		if ((raised & BIT(irq)) && machine_notes.enabled[irq] &&
		    route[irq] == cpu)
			return irq;
	}
	return SPURIOUS;
}

static bool irq_pending(void)
{
	return self()->ipis || fake_counter >= self()->timer_ticks ||
	       first_raised(fake_this_cpu->id) != SPURIOUS;
}

static unsigned int chip_ack(void)
{
	struct machine_cpu *cpu = self();
	unsigned int irq;

	if (cpu->ipis) {
		irq = (unsigned int)__builtin_ctz(cpu->ipis);
		cpu->ipis &= cpu->ipis - 1;
		return irq;
	}
	if (fake_counter >= cpu->timer_ticks)
		return MACHINE_TIMER_IRQ;
	irq = first_raised(fake_this_cpu->id);
	if (irq != SPURIOUS)
		raised &= ~BIT(irq);
	return irq;
}

static void chip_eoi(unsigned int irq)
{
	(void)irq;
	machine_notes.eois++;
}

static void chip_deactivate(unsigned int irq)
{
	(void)irq;
	machine_notes.deactivations++;
}

static void chip_enable(unsigned int irq)
{
	machine_notes.enabled[irq] = true;
}

static void chip_disable(unsigned int irq)
{
	machine_notes.enabled[irq] = false;
}

static void chip_set_trigger(unsigned int irq, enum irq_trigger trigger)
{
	(void)irq;
	(void)trigger;
}

static void chip_set_cpu(unsigned int irq, unsigned int cpu)
{
	route[irq] = cpu;
	machine_notes.last_cpu = cpu;
}

static void chip_send_ipi(unsigned int cpu, enum ipi ipi)
{
	machine_notes.ipis++;
	machine_cpus[cpu].ipis |= 1u << ipi;
}

static int chip_ipi_of(unsigned int irq)
{
	return irq < IPI_COUNT ? (int)irq : -1;
}

static bool chip_is_shared(unsigned int irq)
{
	return irq >= MACHINE_PPIS;
}

static void chip_cpu_init(void)
{
}

static void chip_forget(unsigned int irq)
{
	machine_notes.forgotten = irq;
}

static const struct irqchip machine_chip = {
	.name = "machine",
	.irq_count = MACHINE_IRQS,
	.cpu_init = chip_cpu_init,
	.ack = chip_ack,
	.eoi = chip_eoi,
	.deactivate = chip_deactivate,
	.enable = chip_enable,
	.disable = chip_disable,
	.set_trigger = chip_set_trigger,
	.set_cpu = chip_set_cpu,
	.forget = chip_forget,
	.send_ipi = chip_send_ipi,
	.ipi_of = chip_ipi_of,
	.is_shared = chip_is_shared,
};

void machine_raise(unsigned int irq)
{
	raised |= BIT(irq);
}

/* Interrupts are unmasked: take what is pending, as the trap entry does. */
static void take_irqs(void)
{
	while (!fake_irqs_masked && irq_pending()) {
		fake_irqs_masked = true;
		core_irq();
		core_preempt();
		fake_irqs_masked = false;
	}
}

/*
 * CPUs
 */

/* The calling CPU's turn ends. */
static void turn_end(void)
{
	struct machine_cpu *cpu = self();

	cpu->irqs_masked = fake_irqs_masked;
	swapcontext(&cpu->context, &machine_context);
	take_irqs();
}

static void wait_for_irq(void)
{
	while (!irq_pending())
		turn_end();
}

/* One turn for every CPU, then time goes on. */
static void machine_step(void)
{
	for (unsigned int id = 0; id < MACHINE_CPUS; id++) {
		fake_this_cpu = &cpus[id];
		fake_irqs_masked = machine_cpus[id].irqs_masked;
		swapcontext(&machine_context, &machine_cpus[id].context);
	}
	fake_counter += MACHINE_QUANTUM_NS * MACHINE_FREQ_HZ / 1000000000;
}

void machine_work(uint64_t ns)
{
	for (uint64_t done = 0; done < ns; done += MACHINE_QUANTUM_NS)
		turn_end();
}

uint64_t arch_counter_freq_hz(void)
{
	return MACHINE_FREQ_HZ;
}

void arch_timer_set(uint64_t ticks)
{
	machine_notes.timer_sets++;
	self()->timer_ticks = ticks;
}

unsigned int arch_timer_irq(void)
{
	return MACHINE_TIMER_IRQ;
}

void arch_timer_init(void)
{
}

uint64_t arch_hwid(void)
{
	return fake_this_cpu->id;
}

int arch_cpu_start(struct cpu *cpu)
{
	(void)cpu;
	return 0;
}

/*
 * Tasks
 */

/* Kept for good, in a list so that the leak checker sees them. */
struct kept_context {
	ucontext_t context;
	struct kept_context *next;
};

static ucontext_t *task_context(struct arch_task *task)
{
	static struct kept_context *all;

	if (!task->context) {
		struct kept_context *kept = calloc(1, sizeof(*kept));

		kept->next = all;
		all = kept;
		task->context = &kept->context;
	}
	return task->context;
}

static void task_begin(unsigned int high, unsigned int low)
{
	struct arch_task *task =
		(struct arch_task *)((uintptr_t)high << 32 | low);

	task->fn(task->arg);
	core_task_exit();
}

void arch_task_init(struct arch_task *task, void *stack_top,
		    void (*fn)(void *arg), void *arg)
{
	ucontext_t *context = task_context(task);
	uintptr_t number = (uintptr_t)task;

	task->stack_top = stack_top;
	task->fn = fn;
	task->arg = arg;
	getcontext(context);
	context->uc_stack.ss_sp = (char *)stack_top - STACK_SIZE;
	context->uc_stack.ss_size = STACK_SIZE;
	makecontext(context, (void (*)(void))task_begin, 2,
		    (unsigned int)(number >> 32), (unsigned int)number);
}

void arch_task_switch(struct arch_task *prev, struct arch_task *next)
{
	if (!fake_irqs_masked)
		panic("task switch with interrupts unmasked");
	prev->switches++;
	swapcontext(task_context(prev), task_context(next));
}

/* heap.h and host_map.h as far as tasks need them */

void *heap_alloc(size_t size)
{
	return calloc(1, size);
}

void heap_free(void *ptr)
{
	free(ptr);
}

void *host_stack_alloc(size_t size_bytes)
{
	char *stack = malloc(STACK_SIZE);

	(void)size_bytes;
	return stack ? stack + STACK_SIZE : NULL;
}

void host_stack_free(void *top, size_t size_bytes)
{
	(void)size_bytes;
	free((char *)top - STACK_SIZE);
}

/* panic.c's part: tests end at the first panic */

bool panic_is_on(void)
{
	return false;
}

void panic_stop_cpu(struct cpu *cpu)
{
	panic("cpu%u was stopped", cpu->id);
}

/*
 * Boot, and jobs for the task on CPU 0
 */

static bool job_waits(void *arg)
{
	(void)arg;
	return job != NULL;
}

static void job_task(void *arg)
{
	(void)arg;
	for (;;) {
		wait_event(&job_wq, job_waits, NULL);
		job();
		job = NULL;
		job_done = true;
	}
}

static void boot_cpu(void)
{
	static const struct task_attr attr = {
		.name = "job",
		.fn = job_task,
		.priority = TASK_PRIO_MAX,
		.affinity = 1,
	};
	struct task *task;

	if (fake_this_cpu->id)
		core_secondary_boot(fake_this_cpu);
	time_init();
	sched_init(fake_this_cpu);
	irq_chip_register(&machine_chip);
	timer_cpu_init();
	cpu_set_online(fake_this_cpu);
	wait_queue_init(&job_wq);
	if (task_create(&attr, &task))
		panic("no job task");
	sched_idle();
}

void machine_start(void)
{
	fake_wait_for_irq = wait_for_irq;
	fake_relax = turn_end;
	fake_irqs_unmasked = take_irqs;
	fake_counter = 1000000;
	cpu_count = MACHINE_CPUS;
	for (unsigned int id = 0; id < MACHINE_CPUS; id++) {
		struct machine_cpu *cpu = &machine_cpus[id];

		cpus[id].id = id;
		cpus[id].hwid = id;
		cpus[id].stack_top = host_stack_alloc(STACK_SIZE);
		cpu->irqs_masked = true;
		cpu->timer_ticks = UINT64_MAX;
		getcontext(&cpu->context);
		cpu->context.uc_stack.ss_sp =
			(char *)cpus[id].stack_top - STACK_SIZE;
		cpu->context.uc_stack.ss_size = STACK_SIZE;
		makecontext(&cpu->context, boot_cpu, 0);
	}
	for (unsigned int i = 0; i < 10; i++)
		machine_step();
}

void machine_test(void (*fn)(void), uint64_t limit_ns)
{
	uint64_t end = fake_counter + limit_ns;

	job = fn;
	job_done = false;
	fake_this_cpu = &cpus[1];
	fake_irqs_masked = true;
	wait_wake_all(&job_wq);
	while (!job_done) {
		if (fake_counter > end)
			panic("the test does not come to an end");
		machine_step();
	}
}
