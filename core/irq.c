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
 * struct irq_desc - an interrupt line that somebody had once
 * @handler: atomic; NULL: nobody's
 * @arg:     constant while @handler is set
 * @name:    non-NULL while requested; irq_lock
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
/* made by a line's first irq_request(), and there to stay; atomic */
static struct irq_desc *descs[IRQ_MAX];
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
	irq_handler_t handler;
	int ipi;

	if (likely(desc)) {
		desc->counts[cpu->id][0]++;
		/* pairs with the release in irq_request(): @arg is there */
		handler = __atomic_load_n(&desc->handler, __ATOMIC_ACQUIRE);
		if (likely(handler)) {
			result = handler(irq, desc->arg);
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
	struct irq_desc *made = NULL, *desc;
	unsigned long flags;
	int err = -EBUSY;

	if (!chip || irq >= IRQ_MAX || irq >= chip->irq_count || !handler ||
	    !name || chip->ipi_of(irq) >= 0)
		return -EINVAL;
	if (!desc_of(irq)) {
		made = heap_alloc(sizeof(*made));
		if (!made)
			return -ENOMEM;
	}
	flags = spin_lock_irqsave(&irq_lock);
	desc = desc_of(irq);
	if (!desc) {
		desc = made;
		made = NULL;
		__atomic_store_n(&descs[irq], desc, __ATOMIC_RELEASE);
	}
	if (!desc->name) {
		desc->name = name;
		desc->arg = arg;
		/* pairs with the acquire in dispatch() */
		__atomic_store_n(&desc->handler, handler, __ATOMIC_RELEASE);
		if (trigger != IRQ_TRIGGER_KEEP)
			chip->set_trigger(irq, trigger);
		if (chip->is_shared(irq))
			chip->set_cpu(irq, arch_this_cpu()->id);
		chip->enable(irq);
		err = 0;
	}
	spin_unlock_irqrestore(&irq_lock, flags);
	heap_free(made); /* another CPU was first */
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
	struct irq_desc *desc = desc_of(irq);
	unsigned long flags;

	if (!desc || !desc->name)
		return;
	flags = spin_lock_irqsave(&irq_lock);
	chip->disable(irq);
	__atomic_store_n(&desc->handler, NULL, __ATOMIC_RELAXED);
	spin_unlock_irqrestore(&irq_lock, flags);
	smp_quiesce(); /* no CPU is in the handler any more */
	flags = spin_lock_irqsave(&irq_lock);
	desc->arg = NULL;
	desc->name = NULL;
	spin_unlock_irqrestore(&irq_lock, flags);
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
	return irq < IRQ_MAX && !irq_name(irq);
}

const char *irq_name(unsigned int irq)
{
	const struct irq_desc *desc = desc_of(irq);

	return desc ? __atomic_load_n(&desc->name, __ATOMIC_RELAXED) : NULL;
}

uint64_t irq_count_on(unsigned int irq, unsigned int cpu)
{
	const struct irq_desc *desc = desc_of(irq);
	int ipi = chip ? chip->ipi_of(irq) : -1;

	if (cpu >= CPU_MAX)
		return 0;
	if (ipi >= 0)
		return __atomic_load_n(&ipi_counts[cpu][ipi], __ATOMIC_RELAXED);
	return desc ? __atomic_load_n(&desc->counts[cpu][0], __ATOMIC_RELAXED)
		    : 0;
}
