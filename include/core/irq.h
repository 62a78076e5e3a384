/* SPDX-License-Identifier: Apache-2.0 */
/* Physical interrupts: handlers by number, and the controller behind them. */
#ifndef CORE_IRQ_H
#define CORE_IRQ_H

#include <lib/types.h>
#include <lib/util.h>

struct fdt_irq;

#define IRQ_MAX 1024

enum irq_result {
	IRQ_HANDLED,
	/* a guest has it now and will end it: drop priority, do not deactivate */
	IRQ_FORWARDED,
};
typedef enum irq_result (*irq_handler_t)(unsigned int irq, void *arg);

enum irq_trigger {
	IRQ_TRIGGER_KEEP,
	IRQ_TRIGGER_LEVEL,
	IRQ_TRIGGER_EDGE,
};

/* What CPUs tell each other. */
enum ipi {
	IPI_KICK, /* reschedule, or leave the guest and look around */
	IPI_CALL, /* smp_call() */
	IPI_STOP, /* panic: report your backtrace and halt */
	IPI_COUNT,
};

/** struct irqchip - what a controller driver gives to core/irq.c */
struct irqchip {
	const char *name;
	unsigned int irq_count;
	void (*cpu_init)(void); /* on each CPU */
	/* next pending interrupt, acknowledged; irq_count or more: none */
	unsigned int (*ack)(void);
	void (*eoi)(unsigned int irq); /* priority drop */
	void (*deactivate)(unsigned int irq);
	void (*enable)(unsigned int irq);
	void (*disable)(unsigned int irq);
	void (*set_trigger)(unsigned int irq, enum irq_trigger trigger);
	void (*set_cpu)(unsigned int irq, unsigned int cpu);
	/* see irq_forget(); may be NULL */
	void (*forget)(unsigned int irq);
	/* does it come again before its deactivation, once for each edge of
	 * its line? NULL: none does */
	bool (*is_edge)(unsigned int irq);
	void (*send_ipi)(unsigned int cpu, enum ipi ipi);
	/* -1 when @irq is no IPI */
	int (*ipi_of)(unsigned int irq);
	/* of any number: is it an SPI or the like, and there? */
	bool (*is_shared)(unsigned int irq);
	/* see irq_of_fdt() */
	int (*of_fdt)(const struct fdt_irq *spec, enum irq_trigger *trigger);
};

/** irq_chip_register() - by the controller's probe; one per machine */
void irq_chip_register(const struct irqchip *chip);
const struct irqchip *irq_chip(void);

/**
 * irq_of_fdt() - the number of what a tree's specifier means
 *
 * Return: the number; -EINVAL: none of the controller's.
 */
int irq_of_fdt(const struct fdt_irq *spec, enum irq_trigger *trigger);

/**
 * irq_request() - connect a handler and enable the line
 * @name: static text, for the `irq` listing
 *
 * A per-CPU interrupt is enabled on the calling CPU only: request once, then
 * irq_enable_percpu() on the others.
 *
 * Return: 0; -EBUSY; -EINVAL; -ENOMEM.
 */
int __must_check irq_request(unsigned int irq, irq_handler_t handler, void *arg,
			     const char *name, enum irq_trigger trigger);
void irq_enable_percpu(unsigned int irq);
/** irq_free() - disable and forget; waits for a handler that is running */
void irq_free(unsigned int irq);
void irq_set_cpu(unsigned int irq, unsigned int cpu);

/**
 * irq_set_trigger() - how a shared line speaks
 * @enabled: it is enabled now; the line is off meanwhile
 */
void irq_set_trigger(unsigned int irq, enum irq_trigger trigger, bool enabled);

/**
 * irq_forget() - a request of a shared line that nobody took is dropped
 *
 * The line is free, and what was taken of it has been deactivated. One that is
 * up requests anew.
 */
void irq_forget(unsigned int irq);

/** irq_is_free() - nobody requested it */
bool irq_is_free(unsigned int irq);
const char *irq_name(unsigned int irq);
/** irq_count_on() - how often it came to @cpu since it was requested */
uint64_t irq_count_on(unsigned int irq, unsigned int cpu);

#endif
