/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last report: what happened, registers, a backtrace of every CPU, then a
 * reboot.
 *
 * Nothing here takes a lock, allocates or trusts what is broken. A panic
 * inside the report skips what was under way and goes on with the rest; the
 * third one only reboots.
 */
#include <lib/log.h>

#include <stdarg.h>
#include <stdio.h>

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <arch/upcall.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <core/task.h>
#include <core/timer.h>
#include <lib/symbols.h>
#include <mm/host_map.h>

#include "core.h"
#include "sched.h"

#define DEPTH_MAX 24
#define LINE_MAX_BYTES 200
/* How long the other CPUs have to answer. */
#define STOP_DEADLINE_MS 200

extern char __image_start[];

/**
 * struct stop_report - what a stopped CPU says of itself; the panicking CPU
 * prints it, so that reports do not mix
 */
struct stop_report {
	uint64_t pcs[DEPTH_MAX];
	unsigned int depth;
};

static struct stop_report reports[CPU_MAX];
/* atomic; 1 + id of the CPU that panicked first */
static unsigned int panic_cpu;
/* only that CPU touches these */
static unsigned int nesting;
static const struct arch_trap_frame *trap_frame;

bool panic_is_on(void)
{
	return __atomic_load_n(&panic_cpu, __ATOMIC_RELAXED) != 0;
}

static void panic_vprint(const char *fmt, va_list args)
{
	char line[LINE_MAX_BYTES];
	int len = vsnprintf(line, sizeof(line), fmt, args);

	if (len > 0)
		console_panic_write(line, MIN((size_t)len, sizeof(line) - 1));
}

static void __printf(1, 2) panic_print(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	panic_vprint(fmt, args);
	va_end(args);
}

static void print_pc(uint64_t pc)
{
	uint64_t link = pc - (uint64_t)(uintptr_t)__image_start;
	uint64_t offset;
	const char *name = symbol_lookup(link, &offset);

	if (name)
		panic_print("  %016lx %s+%#lx\n", (unsigned long)pc, name,
			    (unsigned long)offset);
	else
		panic_print("  %016lx\n", (unsigned long)pc);
}

/* Bounds of the current task's stack; before there are tasks, a guess. */
static unsigned int backtrace_here(hva_t frame, uint64_t *pcs)
{
	struct cpu *cpu = arch_this_cpu();
	uint64_t here = (uint64_t)(uintptr_t)__builtin_frame_address(0);
	uint64_t top = ALIGN_UP(here, PAGE_SIZE);

	if (cpu && cpu->current && cpu->current->stack_top)
		top = (uint64_t)(uintptr_t)cpu->current->stack_top;
	return arch_backtrace(frame, hva(top - TASK_STACK_SIZE), hva(top), pcs,
			      DEPTH_MAX);
}

static void print_cpu(struct cpu *cpu, const uint64_t *pcs, unsigned int depth)
{
	panic_print("cpu%u, task %s:\n", cpu->id,
		    cpu->current ? cpu->current->name : "none");
	for (unsigned int i = 0; i < depth; i++)
		print_pc(pcs[i]);
}

static void print_own(struct cpu *cpu)
{
	uint64_t pcs[DEPTH_MAX];
	hva_t frame = hva(0);
	unsigned int depth;

	if (trap_frame) {
		arch_trap_frame_dump(trap_frame);
		frame = arch_trap_frame_fp(trap_frame);
	}
	depth = backtrace_here(frame, pcs);
	if (!cpu) {
		for (unsigned int i = 0; i < depth; i++)
			print_pc(pcs[i]);
		return;
	}
	if (trap_frame)
		print_pc(arch_trap_frame_pc(trap_frame));
	print_cpu(cpu, pcs, depth);
}

static uint64_t ticks_of_ms(uint64_t ms)
{
	return arch_counter_freq_hz() / 1000 * ms;
}

static void stop_others(struct cpu *self)
{
	uint64_t waiting = cpu_online_mask & ~BIT(self->id);
	uint64_t deadline = arch_counter() + ticks_of_ms(STOP_DEADLINE_MS);

	if (!irq_chip())
		return;
	for (uint64_t left = waiting; left; left &= left - 1)
		smp_send((unsigned int)__builtin_ctzll(left), IPI_STOP);
	for (unsigned int id = 0; id < cpu_count; id++) {
		/* pairs with the release in panic_stop_cpu() */
		while ((waiting & BIT(id)) &&
		       !__atomic_load_n(&cpu_states[id].stopped,
					__ATOMIC_ACQUIRE) &&
		       arch_counter() < deadline)
			arch_cpu_relax();
	}
}

static void print_others(struct cpu *self)
{
	for (unsigned int id = 0; id < cpu_count; id++) {
		if (id == self->id || !(cpu_online_mask & BIT(id)))
			continue;
		if (cpu_states[id].stopped)
			print_cpu(&cpus[id], reports[id].pcs,
				  reports[id].depth);
		else
			panic_print("cpu%u does not answer\n", id);
	}
}

void panic_stop_cpu(struct cpu *cpu)
{
	struct stop_report *report = &reports[cpu->id];

	report->depth = backtrace_here(hva(0), report->pcs);
	/* pairs with the acquire in stop_others(): the report is complete */
	__atomic_store_n(&cpu_state(cpu)->stopped, true, __ATOMIC_RELEASE);
	arch_cpu_halt();
}

static __noreturn void reboot(void)
{
	uint64_t end;

	if (!CONFIG_PANIC_REBOOT_S)
		arch_cpu_halt();
	panic_print("Rebooting in %d s.\n", CONFIG_PANIC_REBOOT_S);
	end = arch_counter() + arch_counter_freq_hz() * CONFIG_PANIC_REBOOT_S;
	while (arch_counter() < end)
		arch_cpu_relax();
	arch_system_reset();
}

void boot_fail(const char *fmt, ...)
{
	va_list args;

	panic_print("\n*** cannot boot: ");
	va_start(args, fmt);
	panic_vprint(fmt, args);
	va_end(args);
	panic_print("\n");
	reboot();
}

/* The first CPU here reports; another one that panics too waits to be asked. */
static void panic_enter(struct cpu *cpu)
{
	unsigned int self = 1 + (cpu ? cpu->id : 0);
	unsigned int first = 0;

	(void)arch_irq_save();
	if (__atomic_compare_exchange_n(&panic_cpu, &first, self, false,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
	    first == self) {
		log_set_panic_sink(console_panic_write);
		return;
	}
	panic_stop_cpu(cpu);
}

static __noreturn void panic_report(struct cpu *cpu)
{
	switch (nesting++) {
	case 0:
		if (cpu)
			stop_others(cpu);
		print_own(cpu);
		break;
	case 1: /* the own state cannot be printed */
		break;
	default:
		reboot();
	}
	if (cpu && nesting < 3)
		print_others(cpu);
	reboot();
}

void panic(const char *fmt, ...)
{
	struct cpu *cpu = arch_this_cpu();
	va_list args;

	panic_enter(cpu);
	if (nesting < 3) {
		panic_print("\n*** panic%s: ", nesting ? " in the report" : "");
		va_start(args, fmt);
		panic_vprint(fmt, args);
		va_end(args);
		panic_print("\n");
	}
	panic_report(cpu);
}

void core_trap(const struct arch_trap_frame *frame, const char *what)
{
	struct cpu *cpu = arch_this_cpu();

	panic_enter(cpu);
	if (!trap_frame)
		trap_frame = frame;
	if (nesting < 3) {
		panic_print("\n*** panic%s: %s at %016lx\n",
			    nesting ? " in the report" : "", what,
			    (unsigned long)arch_trap_frame_pc(frame));
	}
	panic_report(cpu);
}
