/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of the host's devices on their way into a guest and back. */
#include "forward.h"

#include <core/irq.h>
#include <errno.h>
#include <mm/heap.h>

/**
 * struct forward_link - one host interrupt
 * @edge: the host tells of each edge, completed or not
 * @held: atomic: the host has claimed it and nobody has completed it
 * @vcpu: atomic: the first that listens
 * @cpu:  atomic: where the interrupt goes; of two that change it at once the
 *        wrong one may be noted, which costs a kick each time until the next
 *        change
 */
struct forward_link {
	struct forward *forward;
	unsigned int irq, virq;
	bool edge;
	bool held;
	unsigned int vcpu;
	unsigned int cpu;
};

#define NOBODY UINT32_MAX

void forward_init(struct forward *f, struct vm *vm,
		  void (*raise)(struct vm *vm, unsigned int virq, bool edge),
		  unsigned int end)
{
	*f = (struct forward){.vm = vm, .raise = raise, .end = end};
}

static enum irq_result taken(unsigned int irq __unused_arg, void *arg)
{
	struct forward_link *link = arg;
	struct forward *f = link->forward;

	/* before the guest can complete it */
	__atomic_store_n(&link->held, true, __ATOMIC_SEQ_CST);
	f->raise(f->vm, link->virq, link->edge);
	return IRQ_FORWARDED;
}

int forward_connect(struct forward *f, unsigned int irq, unsigned int virq)
{
	struct forward_link *link;
	int err;

	if (!virq || virq >= f->end || !irq_chip()->is_shared(irq))
		return -EINVAL;
	if (forward_has(f, virq) || !irq_is_free(irq))
		return -EBUSY;
	if (!f->links)
		f->links = heap_alloc_array(f->end, sizeof(*f->links));
	link = f->links ? heap_alloc(sizeof(*link)) : NULL;
	if (!link)
		return -ENOMEM;
	*link = (struct forward_link){
		.forward = f,
		.irq = irq,
		.virq = virq,
		.edge = irq_chip()->is_edge && irq_chip()->is_edge(irq),
		.vcpu = NOBODY,
		.cpu = FORWARD_NOWHERE,
	};
	f->links[virq] = link;
	f->count++;
	err = irq_request(irq, taken, link, "guest", IRQ_TRIGGER_KEEP);
	if (!err)
		return 0;
	f->links[virq] = NULL;
	f->count--;
	heap_free(link);
	return err;
}

static bool let_go(struct forward_link *link)
{
	/* a spurious completion costs no write of the shared line */
	if (!__atomic_load_n(&link->held, __ATOMIC_SEQ_CST) ||
	    !__atomic_exchange_n(&link->held, false, __ATOMIC_SEQ_CST))
		return false;
	irq_chip()->deactivate(link->irq);
	return true;
}

void forward_disconnect_all(struct forward *f)
{
	for (unsigned int virq = 0; f->count; virq++) {
		struct forward_link *link = f->links[virq];

		if (!link)
			continue;
		irq_free(link->irq); /* off; no handler of it runs any more */
		let_go(link);
		irq_forget(link->irq);
		f->links[virq] = NULL;
		f->count--;
		heap_free(link);
	}
	heap_free(f->links);
	f->links = NULL;
}

static void send_to(struct forward_link *link, unsigned int cpu)
{
	if (cpu == FORWARD_NOWHERE ||
	    __atomic_exchange_n(&link->cpu, cpu, __ATOMIC_RELAXED) == cpu)
		return;
	irq_set_cpu(link->irq, cpu);
}

void forward_route(struct forward *f, unsigned int virq, unsigned int vcpu,
		   unsigned int cpu)
{
	if (!forward_has(f, virq))
		return;
	__atomic_store_n(&f->links[virq]->vcpu, vcpu, __ATOMIC_RELAXED);
	send_to(f->links[virq], cpu);
}

void forward_completed(struct forward *f, unsigned int virq, unsigned int vcpu,
		       unsigned int cpu)
{
	struct forward_link *link;

	if (!forward_has(f, virq))
		return;
	link = f->links[virq];
	/* before it may come again; a lock only when the vCPU has moved */
	if (__atomic_load_n(&link->vcpu, __ATOMIC_RELAXED) == vcpu &&
	    __atomic_load_n(&link->cpu, __ATOMIC_RELAXED) != cpu)
		send_to(link, cpu);
	let_go(link);
}
