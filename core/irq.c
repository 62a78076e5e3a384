/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical interrupts: who handles which, and the loop that asks the
 * controller.
 *
 * Dispatching takes no lock. A handler is published by storing it last and
 * withdrawn by clearing it first and then making every CPU pass through an
 * interrupt: handlers run with interrupts masked, so none is left behind.
 */
#include <core/irq.h>

#include <errno.h>

#include <arch/cpu.h>
#include <arch/upcall.h>
#include <core/cpu.h>
#include <lib/lock.h>
#include <lib/log.h>
#include <mm/heap.h>

#include "core.h"

#define LOG_TAG "irq"

/**
 * struct irq_desc - an interrupt line that somebody has
 * @handler, @arg, @name: constant
 * @counts:  each CPU writes its own, the first of each row
 *
 * Rows of a cache line: a CPU's timer interrupt takes no line away from
 * another's, and none from those that read the rest.
 */
#define COUNTS_ROW 8
struct irq_desc {
	irq_handler_t handler;
	void *arg;
	const char *name;
	uint64_t pad[5];
	uint64_t counts[CPU_MAX][COUNTS_ROW];
};

/* guards who owns a line, and the controller's enable and routing registers */
static struct spinlock irq_lock = SPINLOCK_INIT(LOCK_RANK_IRQ);
/* from irq_request() to irq_free(); atomic, written under irq_lock */
static struct irq_desc *descs[IRQ_MAX];
/* stands there, without a handler, while CPUs may look at what irq_free() takes
 * away */
static struct irq_desc leaving = {.name = "leaving"};
/* each CPU writes its own row */
static uint64_t ipi_counts[CPU_MAX][COUNTS_ROW];
_Static_assert(IPI_COUNT <= COUNTS_ROW, "ipi_counts");
static const struct irqchip *chip;

void irq_chip_register(const struct irqchip *new_chip)
{
	if (chip) {
		log_warn("%s: one controller is enough, %s has it",
			 new_chip->name, chip->name);
		return;
	}
	chip = new_chip;
}

const struct irqchip *irq_chip(void)
{
	return chip;
}

int irq_of_fdt(const struct fdt_irq *spec, enum irq_trigger *trigger)
{
	return chip && chip->of_fdt ? chip->of_fdt(spec, trigger) : -EINVAL;
}

/* Nobody's: silence the line, or it comes for ever. */
static void irq_spurious(unsigned int irq)
{
	static struct log_limit limit;

	/* irq_free() has just withdrawn it, or it is really nobody's */
	chip->disable(irq);
	log_limited(&limit, LOG_WARN, "interrupt %u is nobody's, disabled",
		    irq);
}

static void ipi_received(struct cpu *cpu, enum ipi ipi, unsigned int irq)
{
	ipi_counts[cpu->id][ipi]++;
	/* ended first: IPI_STOP does not return */
	chip->eoi(irq);
	chip->deactivate(irq);
	switch (ipi) {
	case IPI_CALL:
		smp_run_calls(cpu);
		break;
	case IPI_STOP:
		panic_stop_cpu(cpu);
	default:
		break; /* a kick: need_resched and requests speak for it */
	}
}

static inline __attribute__((always_inline)) struct irq_desc *
desc_of(unsigned int irq)
{
	/* pairs with the release in irq_request(): all that is read of it
	 * depends on this address */
	return irq < IRQ_MAX ? __atomic_load_n(&descs[irq], __ATOMIC_RELAXED)
			     : NULL;
}

static void dispatch(struct cpu *cpu, unsigned int irq)
{
	enum irq_result result = IRQ_HANDLED;
	struct irq_desc *desc = desc_of(irq);
	int ipi;

	if (likely(desc)) {
		desc->counts[cpu->id][0]++;
		if (likely(desc->handler)) {
			result = desc->handler(irq, desc->arg);
			goto end;
		}
	}
	ipi = chip->ipi_of(irq);
	if (ipi >= 0) {
		ipi_received(cpu, (enum ipi)ipi, irq);
		return;
	}
	irq_spurious(irq);
end:
	chip->eoi(irq);
	if (result == IRQ_HANDLED)
		chip->deactivate(irq);
}

void core_irq_dispatch(unsigned int irq)
{
	struct cpu *cpu = arch_this_cpu();
	struct cpu_state *state = cpu_state(cpu);

	state->in_irq = true;
	dispatch(cpu, irq);
	state->in_irq = false;
}

void core_irq(void)
{
	struct cpu *cpu = arch_this_cpu();
	struct cpu_state *state = cpu_state(cpu);
	unsigned int irq;

	state->in_irq = true;
	while ((irq = chip->ack()) < chip->irq_count)
		dispatch(cpu, irq);
	state->in_irq = false;
}

int irq_request(unsigned int irq, irq_handler_t handler, void *arg,
		const char *name, enum irq_trigger trigger)
{
	struct irq_desc *desc;
	unsigned long flags;
	int err = -EBUSY;

	if (!chip || irq >= IRQ_MAX || irq >= chip->irq_count || !handler ||
	    !name || chip->ipi_of(irq) >= 0)
		return -EINVAL;
	desc = heap_alloc(sizeof(*desc));
	if (!desc)
		return -ENOMEM;
	*desc = (struct irq_desc){.handler = handler, .arg = arg, .name = name};
	flags = spin_lock_irqsave(&irq_lock);
	if (!desc_of(irq)) {
		/* dispatch() finds the rest by this address */
		__atomic_store_n(&descs[irq], desc, __ATOMIC_RELEASE);
		desc = NULL;
		if (trigger != IRQ_TRIGGER_KEEP)
			chip->set_trigger(irq, trigger);
		if (chip->is_shared(irq))
			chip->set_cpu(irq, arch_this_cpu()->id);
		chip->enable(irq);
		err = 0;
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	heap_free(desc); /* somebody has the line */
	return err;
}

void irq_enable_percpu(unsigned int irq)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);

	chip->enable(irq);
	spin_unlock_irqrestore(&irq_lock, flags);
}

void irq_free(unsigned int irq)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);
	struct irq_desc *desc = desc_of(irq);

	if (!desc || desc == &leaving) {
		spin_unlock_irqrestore(&irq_lock, flags);
		return;
	}
	chip->disable(irq);
	__atomic_store_n(&descs[irq], &leaving, __ATOMIC_RELEASE);
	spin_unlock_irqrestore(&irq_lock, flags);
	smp_quiesce(); /* no CPU is in the handler any more */
	__atomic_store_n(&descs[irq], NULL, __ATOMIC_RELEASE);
	heap_free(desc);
}

void irq_set_cpu(unsigned int irq, unsigned int cpu)
{
	unsigned long flags;

	if (!chip || irq >= chip->irq_count || cpu >= cpu_count ||
	    !chip->is_shared(irq))
		return;
	flags = spin_lock_irqsave(&irq_lock);
	chip->set_cpu(irq, cpu);
	spin_unlock_irqrestore(&irq_lock, flags);
}

void irq_set_trigger(unsigned int irq, enum irq_trigger trigger, bool enabled)
{
	unsigned long flags;

	if (!chip || irq >= chip->irq_count)
		return;
	flags = spin_lock_irqsave(&irq_lock);
	if (enabled)
		chip->disable(irq);
	chip->set_trigger(irq, trigger);
	if (enabled)
		chip->enable(irq);
	spin_unlock_irqrestore(&irq_lock, flags);
}

void irq_forget(unsigned int irq)
{
	unsigned long flags;

	if (!chip || irq >= chip->irq_count || !chip->forget ||
	    !chip->is_shared(irq))
		return;
	flags = spin_lock_irqsave(&irq_lock);
	chip->forget(irq);
	spin_unlock_irqrestore(&irq_lock, flags);
}

bool irq_is_free(unsigned int irq)
{
	return irq < IRQ_MAX && !desc_of(irq);
}

const char *irq_name(unsigned int irq)
{
	unsigned long flags = spin_lock_irqsave(&irq_lock);
	const struct irq_desc *desc = desc_of(irq);
	const char *name = desc ? desc->name : NULL;

	spin_unlock_irqrestore(&irq_lock, flags);
	return name;
}

uint64_t irq_count_on(unsigned int irq, unsigned int cpu)
{
	int ipi = chip ? chip->ipi_of(irq) : -1;
	const struct irq_desc *desc;
	unsigned long flags;
	uint64_t count = 0;

	if (cpu >= CPU_MAX)
		return 0;
	if (ipi >= 0)
		return __atomic_load_n(&ipi_counts[cpu][ipi], __ATOMIC_RELAXED);
	flags = spin_lock_irqsave(&irq_lock);
	desc = desc_of(irq);
	if (desc)
		count = __atomic_load_n(&desc->counts[cpu][0],
					__ATOMIC_RELAXED);
	spin_unlock_irqrestore(&irq_lock, flags);
	return count;
}
