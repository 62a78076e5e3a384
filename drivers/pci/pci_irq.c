/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt pins: four lines for all functions, so they are shared. */
#include "pci.h"

#include <asm/io.h>
#include <core/irq.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>

#define LOG_TAG "pci"

/** struct pci_line - an interrupt of the machine, and who is on it */
struct pci_line {
	unsigned int irq;
	struct pci_function *functions; /* complete before it is linked */
	struct pci_line *next;
};

static struct pci_line *lines;

static enum irq_result line_irq(unsigned int irq, void *arg)
{
	const struct pci_line *line = arg;
	struct pci_function *fn =
		__atomic_load_n(&line->functions, __ATOMIC_ACQUIRE);

	(void)irq;
	for (; fn; fn = fn->line_next) {
		bool (*handler)(void *arg) =
			__atomic_load_n(&fn->handler, __ATOMIC_RELAXED);

		if (handler)
			(void)handler(fn->handler_arg);
	}
	return IRQ_HANDLED;
}

static int line_of(unsigned int irq, enum irq_trigger trigger,
		   struct pci_line **result)
{
	struct pci_line *line = lines;
	int err;

	while (line && line->irq != irq)
		line = line->next;
	if (!line) {
		line = heap_alloc(sizeof(*line));
		if (!line)
			return -ENOMEM;
		line->irq = irq;
		err = irq_request(irq, line_irq, line, "pci", trigger);
		if (err) {
			heap_free(line);
			return err;
		}
		line->next = lines;
		lines = line;
	}
	*result = line;
	return 0;
}

/* A bridge passes pins on, turned by its device's place: PCI-to-PCI Bridge
 * Specification, 9.1. */
static int irq_of(const struct pci_function *fn, enum irq_trigger *trigger)
{
	unsigned int pin = io_read8(fn->config + PCI_INTERRUPT_PIN);
	uint8_t devfn = fn->devfn;
	struct fdt_irq spec;
	int err;

	if (pin < 1 || pin > 4)
		return -ENOENT;
	for (const struct pci_bridge *b = fn->bridge; b; b = b->up) {
		pin = (pin - 1 + (devfn >> 3)) % 4 + 1;
		devfn = b->devfn;
	}
	err = pci_tree_irq(fn->host->fdt, fn->host->node, fn->host->first_bus,
			   devfn, pin, &spec);
	return err ? err : irq_of_fdt(&spec, trigger);
}

int pci_irq_connect(struct pci_function *fn, bool (*handler)(void *arg),
		    void *arg)
{
	enum irq_trigger trigger;
	int irq = irq_of(fn, &trigger), err;

	if (irq < 0) {
		log_warn("%s: no interrupt (%d): polled", fn->name, irq);
		return irq;
	}
	err = line_of((unsigned int)irq, trigger, &fn->line);
	if (err)
		return err;
	fn->handler_arg = arg;
	fn->handler = handler;
	fn->line_next = fn->line->functions;
	__atomic_store_n(&fn->line->functions, fn, __ATOMIC_RELEASE);
	return 0;
}

/* Off its line; a handler that looks at it meanwhile finds the rest. */
static void line_leave(struct pci_function *fn)
{
	struct pci_function **at = &fn->line->functions;
	struct pci_line **link = &lines;

	__atomic_store_n(&fn->handler, NULL, __ATOMIC_RELAXED);
	while (*at != fn)
		at = &(*at)->line_next;
	__atomic_store_n(at, fn->line_next, __ATOMIC_RELEASE);
	if (fn->line->functions)
		return;
	irq_free(fn->line->irq);
	while (*link != fn->line)
		link = &(*link)->next;
	*link = fn->line->next;
	heap_free(fn->line);
}

void pci_quit(struct pci_function *fn)
{
	io_write16(fn->config + PCI_COMMAND, 0);
	pci_bars_clear(fn);
	if (fn->line)
		line_leave(fn);
	fn->line = NULL;
}
