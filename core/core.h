/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of core/ tell each other and nobody else. */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include <core/cpu.h>
#include <core/irq.h>
#include <core/timer.h>
#include <lib/lock.h>
#include <lib/types.h>
#include <lib/util.h>

struct console_dev;
struct task;

#define TASK_STACK_SIZE ((size_t)CONFIG_TASK_STACK_KIB * 1024)

/**
 * struct cpu_state - what core knows of a CPU beside struct cpu
 * @in_irq:   an interrupt handler is running; written by its CPU only
 * @stopped:  atomic; it answered IPI_STOP
 * @calls:    atomic list of smp_call()s that wait for it
 * @held:     its locks, with CONFIG_DEBUG_LOCKS
 */
struct cpu_state {
	bool in_irq;
	bool stopped;
	struct smp_request *calls;
	struct lock_held held;
} __attribute__((aligned(64)));

extern struct cpu_state cpu_states[CPU_MAX];

/** cpu_online_mask - atomic; bit n: CPU n takes tasks */
extern uint64_t cpu_online_mask;

static inline struct cpu_state *cpu_state(const struct cpu *cpu)
{
	return &cpu_states[cpu->id];
}

/**
 * boot_fail() - the machine or its loader lacks what cvisor cannot go on
 * without: say what, then reboot after the deadline of a panic
 */
__noreturn void boot_fail(const char *fmt, ...) __printf(1, 2);

/* Boot steps; each ends in boot_fail() without what it needs. */
void boot_memory(hpa_t fdt);
void boot_cpus(void);
void boot_memory_rest(void); /* what of the Image only booting needed */

/** cpu_set_online() - the calling CPU takes tasks and kicks from now on */
void cpu_set_online(struct cpu *cpu);

/** time_init() - after arch_timer_init() on the boot CPU */
void time_init(void);
/** time_calibrate() - conversion factors for a counter of @freq_hz */
void time_calibrate(uint64_t freq_hz);

/** smp_send() - interrupt a CPU, wherever it is */
void smp_send(unsigned int cpu, enum ipi ipi);
/** smp_run_calls() - IPI_CALL came */
void smp_run_calls(struct cpu *cpu);

/** panic_is_on() - the system is going down: no checks, no waiting */
bool panic_is_on(void);
/** panic_stop_cpu() - IPI_STOP came: note the backtrace, halt */
__noreturn void panic_stop_cpu(struct cpu *cpu);

/** console_boot_done() - no better console will come: print what waited */
void console_boot_done(void);
/** console_start_async() - interrupts are on: output goes on by them */
void console_start_async(void);
/** console_input_init() - before the first UART's interrupt */
void console_input_init(void);
/** console_panic_write() - no lock, polled, after all that was on its way */
void console_panic_write(const char *text, size_t len);

#endif
