/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Boot: one table says what happens, in which order, until main() runs in a
 * task and the boot CPU becomes idle.
 */
#include <core/init.h>

#include <arch/cpu.h>
#include <arch/upcall.h>
#include <core/cold.h>
#include <core/console.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <core/task.h>
#include <core/timer.h>
#include <lib/log.h>

#include "core.h"

#define LOG_TAG "boot"

extern char boot_stack_top[]; /* the boot CPU's, which its idle task keeps */

static hpa_t boot_fdt;

static void step_memory(void)
{
	boot_memory(boot_fdt);
}

static void step_sched(void)
{
	cpus[0].stack_top = boot_stack_top;
	sched_init(&cpus[0]);
	console_input_init();
}

static void step_irqchip(void)
{
	drivers_probe(DRIVER_IRQCHIP);
	if (!irq_chip())
		boot_fail("no interrupt controller that cvisor can drive; "
			  "the device tree must name %s",
			  drivers_wanted(DRIVER_IRQCHIP));
	irq_chip()->cpu_init();
}

static void step_time(void)
{
	arch_timer_init();
	time_init();
	timer_cpu_init();
	cpu_set_online(&cpus[0]);
}

static void step_console(void)
{
	drivers_probe(DRIVER_CONSOLE);
	console_boot_done();
}

static void step_irqs_on(void)
{
	arch_irq_enable();
}

static void main_task(void *arg)
{
	int err;

	(void)arg;
	console_start_async();
	/* these may sleep */
	drivers_probe(DRIVER_DEVICE);
	err = main();
	if (err)
		log_err("main ended with %d", err);
}

static void step_main(void)
{
	const struct task_attr attr = {
		.name = "main",
		.fn = main_task,
		.priority = TASK_PRIO_SHELL,
		.affinity = BIT(0),
	};
	struct task *task;

	cold_init();
	if (task_create(&attr, &task))
		panic("no memory for the main task");
}

/*
 * Interrupts stay masked up to "interrupts on"; log text waits in memory up to
 * "console" unless there is an early UART.
 */
static const struct boot_step {
	const char *name;
	void (*fn)(void);
} boot_steps[] = {
	{"memory", step_memory},
	{"cpus", boot_cpus},
	{"scheduler", step_sched},
	{"interrupts", step_irqchip},
	{"time", step_time},
	{"console", step_console},
	{"interrupts on", step_irqs_on},
	{"other CPUs", cpus_start_all},
	{"rest of memory", boot_memory_rest},
	{"main", step_main},
};

void core_boot(hpa_t fdt)
{
	arch_set_this_cpu(&cpus[0]);
	log_set_sink(console_write);
	boot_fdt = fdt;
	for (unsigned int i = 0; i < ARRAY_SIZE(boot_steps); i++) {
		log_debug("%s", boot_steps[i].name);
		boot_steps[i].fn();
	}
	sched_idle();
}
