/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last report: what happened, registers, a backtrace of every CPU, then a
 * reboot.
 *
 * Nothing here takes a lock, allocates or trusts what is broken. A panic
 * inside the report skips what was under way and goes on with the rest; the
 * third one only reboots.
 *
 * Each CPU traps once on its way here, so that its registers are where those
 * of any trap are and its report runs on the emergency stack.
 */
#include <lib/log.h>

#include <stdarg.h>
#include <stdio.h>

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <arch/upcall.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <core/machine.h>
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

/**
 * struct stop_report - what a stopped CPU says of itself; the panicking CPU
 * prints it, so that reports do not mix
 */
struct stop_report {
	const struct arch_trap_frame *frame; /* on its emergency stack */
	uint64_t pcs[DEPTH_MAX];
	unsigned int depth;
};

static struct stop_report reports[CPU_MAX];
/* atomic; 1 + id of the CPU that panicked first */
static unsigned int panic_cpu;
/* only that CPU touches these */
static unsigned int nesting;
static bool said; /* panic() has printed why, and trapped to get here */

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

/*
 * @back: 1 for where a call returns to, which is the next function's if the
 * call was the last of its own: of one that never returns, panic() itself.
 */
static void print_pc(uint64_t pc, unsigned int back)
{
	uint64_t offset;
	const char *name = symbol_lookup(pc - back, &offset);

	if (name)
		panic_print("  %016lx %s+%#lx\n", (unsigned long)pc, name,
			    (unsigned long)(offset + back));
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

static void report_fill(struct stop_report *report,
			const struct arch_trap_frame *frame)
{
	report->frame = frame;
	report->depth = backtrace_here(arch_trap_frame_fp(frame), report->pcs);
}

static void print_cpu(const struct cpu *cpu, const struct stop_report *report)
{
	panic_print("cpu%u, task %s:\n", cpu->id,
		    cpu->current ? cpu->current->name : "none");
	arch_trap_frame_dump(report->frame);
	print_pc(arch_trap_frame_pc(report->frame), 0);
	for (unsigned int i = 0; i < report->depth; i++)
		print_pc(report->pcs[i], 1);
}

static void print_own(struct cpu *cpu, const struct arch_trap_frame *frame)
{
	struct stop_report *report = &reports[cpu ? cpu->id : 0];

	report_fill(report, frame);
	print_cpu(cpu ? cpu : &cpus[0], report);
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
			print_cpu(&cpus[id], &reports[id]);
		else
			panic_print("cpu%u does not answer\n", id);
	}
}

static __noreturn void stop(struct cpu *cpu,
			    const struct arch_trap_frame *frame)
{
	report_fill(&reports[cpu->id], frame);
	/* pairs with the acquire in stop_others(): the report is complete */
	__atomic_store_n(&cpu_state(cpu)->stopped, true, __ATOMIC_RELEASE);
	arch_cpu_halt();
}

void panic_stop_cpu(struct cpu *cpu __unused_arg)
{
	__builtin_trap(); /* to core_trap(), which stops it */
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

/* Return: false when another CPU was first, which wants this one to stop. */
static bool panic_enter(const struct cpu *cpu)
{
	unsigned int self = 1 + (cpu ? cpu->id : 0);
	unsigned int first = 0;

	(void)arch_irq_save();
	if (!__atomic_compare_exchange_n(&panic_cpu, &first, self, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) &&
	    first != self)
		return false;
	log_set_panic_sink(console_panic_write);
	return true;
}

static __noreturn void panic_report(struct cpu *cpu,
				    const struct arch_trap_frame *frame)
{
	switch (nesting++) {
	case 0:
		if (cpu)
			stop_others(cpu);
		print_own(cpu, frame);
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

/*
 * Turning the machine off, or resetting it, is a panic without its report: the
 * other CPUs stop where they are, what waits for the console is printed.
 */
static __noreturn void end(const char *last_words, void (*how)(void))
{
	struct cpu *cpu = arch_this_cpu();
	uint64_t until;

	if (!panic_enter(cpu))
		__builtin_trap(); /* another CPU panics: to core_trap() */
	stop_others(cpu);
	panic_print("%s\n", last_words);
	/* a UART's FIFO of 64 bytes at 115200 baud has gone out by then */
	until = arch_counter() + ticks_of_ms(20);
	while (arch_counter() < until)
		arch_cpu_relax();
	how();
	arch_cpu_halt();
}

void machine_off(const char *last_words)
{
	end(last_words, arch_system_off);
}

void machine_reset(const char *last_words)
{
	end(last_words, arch_system_reset);
}

static const char *how(void)
{
	return nesting ? " in the report" : "";
}

void panic(const char *fmt, ...)
{
	va_list args;

	if (panic_enter(arch_this_cpu())) {
		if (nesting < 3) {
			panic_print("\n*** panic%s: ", how());
			va_start(args, fmt);
			panic_vprint(fmt, args);
			va_end(args);
			panic_print("\n");
		}
		said = true;
	}
	__builtin_trap(); /* to core_trap() */
}

void core_trap(const struct arch_trap_frame *frame, const char *what)
{
	struct cpu *cpu = arch_this_cpu();
	hva_t at;

	if (!panic_enter(cpu))
		stop(cpu, frame);
	if (arch_trap_frame_fault(frame, &at) && host_map_guard_hit(at))
		what = "stack overflow";
	if (!said && nesting < 3)
		panic_print("\n*** panic%s: %s at %016lx\n", how(), what,
			    (unsigned long)arch_trap_frame_pc(frame));
	said = false;
	panic_report(cpu, frame);
}
