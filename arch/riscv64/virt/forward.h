/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host interrupts that a guest has as its own, whichever controllers the two
 * have.
 *
 * The host claims one and does not complete it: its gateway is shut until the
 * guest completes what it was given for it, and the device cannot interrupt the
 * host meanwhile. A claim hides nothing else from a hart, so a guest that never
 * completes keeps its own device silent and nothing more. The other way, to
 * complete at once and turn the source off until the guest is done, costs two
 * writes more an interrupt, and a level that is still up then makes a request
 * that is stale when the guest has served the device: a second interrupt for
 * nothing, each time.
 *
 * An edge is another matter where the host's controller has nothing to shut (an
 * APLIC, whether it sends messages or not): it comes whenever there is one, and
 * the guest's controller keeps it until the guest can take it.
 *
 * Any vCPU may complete, on any hart: the host's completion goes to whichever
 * context the source is routed to. It is routed to the hart of the first vCPU
 * that listens, and follows that to another hart at its next completion.
 *
 * A guest that completes what it has not claimed gets its next interrupt early,
 * on its own hart: its own time.
 */
#ifndef RISCV64_VIRT_FORWARD_H
#define RISCV64_VIRT_FORWARD_H

#include <lib/types.h>
#include <lib/util.h>

struct forward_link;
struct vm;

/**
 * struct forward - of a VM; constant while a vCPU runs
 * @raise: the guest's controller gets a request; from interrupt context. @edge:
 *         it may come again before it was completed
 * @end:   guest numbers are below
 * @links: by guest number; NULL: there are none
 * @count: of them
 */
struct forward {
	struct vm *vm;
	void (*raise)(struct vm *vm, unsigned int virq, bool edge);
	unsigned int end;
	struct forward_link **links;
	unsigned int count;
};

/** forward_init() - no interrupt yet */
void forward_init(struct forward *f, struct vm *vm,
		  void (*raise)(struct vm *vm, unsigned int virq, bool edge),
		  unsigned int end);

/** forward_connect() - as arch_virq_forward() */
int __must_check forward_connect(struct forward *f, unsigned int irq,
				 unsigned int virq);

/**
 * forward_disconnect_all() - no vCPU runs
 *
 * What the guest left open is completed, what it has not taken is dropped.
 */
void forward_disconnect_all(struct forward *f);

/** forward_has() - is this guest number a host's interrupt? */
static inline bool forward_has(const struct forward *f, unsigned int virq)
{
	return f->links && virq < f->end && f->links[virq];
}

/**
 * forward_completed() - the guest has completed @virq, any number
 * @vcpu: by that vCPU
 * @cpu:  which runs here
 */
void forward_completed(struct forward *f, unsigned int virq, unsigned int vcpu,
		       unsigned int cpu);

/**
 * forward_route() - @vcpu is the first that listens to @virq
 * @cpu: where its task is; FORWARD_NOWHERE: it has none
 */
void forward_route(struct forward *f, unsigned int virq, unsigned int vcpu,
		   unsigned int cpu);
#define FORWARD_NOWHERE UINT32_MAX

#endif
