/* SPDX-License-Identifier: Apache-2.0 */
/* A host's interrupts in a guest: taken, held, completed, given back. */
#include "forward_machine.h"

#include "../../fake/fake.h"

#define IRQ 10
#define VIRQ 12
#define OTHER 11 /* the host's own */

static uint64_t told_all;
static unsigned int others_taken;

static void raise(struct vm *vm, unsigned int virq, bool edge)
{
	assert_null(vm);
	assert_int_equal(edge, host_edges);
	told_all |= edge ? vplic_edge(&plic, virq) : vplic_request(&plic, virq);
}

static enum irq_result other(unsigned int irq, void *arg __unused_arg)
{
	others_taken++;
	plic_model_line(irq, false);
	return IRQ_HANDLED;
}

static int setup(void **state)
{
	(void)state;
	machine_make(raise);
	told_all = others_taken = 0;
	assert_int_equal(
		irq_request(OTHER, other, NULL, "other", IRQ_TRIGGER_KEEP), 0);
	for (unsigned int source = 1; source <= SOURCES; source++)
		wr(PRIORITY(source), 1);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	forward_disconnect_all(&forward);
	assert_int_equal(live, 0);
	assert_int_equal(plic_model.dropped, 0);
	plic_model_gateways();
	for (unsigned int s = 1; s <= SOURCES; s++) {
		if (s == OTHER)
			continue;
		/* off, not claimed, and nothing is left of it but its line */
		assert_int_equal(plic_model.priority[s], 0);
		assert_int_equal(plic_model.waiting[s], plic_model.line[s]);
		assert_int_equal(plic_model.pending[s], plic_model.line[s]);
	}
	return 0;
}

static void connect(unsigned int irq, unsigned int virq)
{
	assert_int_equal(forward_connect(&forward, irq, virq), 0);
}

static void refused(void **state)
{
	(void)state;
	assert_int_equal(forward_connect(&forward, IRQ, 0), -EINVAL);
	assert_int_equal(forward_connect(&forward, IRQ, SOURCES + 1), -EINVAL);
	assert_int_equal(forward_connect(&forward, 0, VIRQ), -EINVAL);
	assert_int_equal(forward_connect(&forward, SOURCES + 1, VIRQ), -EINVAL);
	assert_int_equal(forward_connect(&forward, OTHER, VIRQ), -EBUSY);
	assert_false(forward_has(&forward, VIRQ));
	connect(IRQ, VIRQ);
	assert_true(forward_has(&forward, VIRQ));
	assert_false(forward_has(&forward, SOURCES + 1));
	assert_int_equal(forward_connect(&forward, IRQ, VIRQ + 1), -EBUSY);
	assert_int_equal(forward_connect(&forward, IRQ + 3, VIRQ), -EBUSY);
	forward_disconnect_all(&forward);
	for (unsigned int i = 0; i < 2; i++) {
		allocs_left = i;
		assert_int_equal(forward_connect(&forward, 20, 20), -ENOMEM);
		forward_disconnect_all(&forward);
		assert_int_equal(live, 0);
	}
}

/* A level comes again only when the guest is done, and not when it fell. */
static void held_until_completed(void **state)
{
	(void)state;
	connect(IRQ, VIRQ);
	wr(ENABLE(S_MODE(0), 0), 1u << VIRQ);
	plic_model_line(IRQ, true);
	assert_int_equal(host_take(0), IRQ);
	assert_int_equal(told_all, 1);
	assert_true(vplic_eip(&plic, 0));
	assert_int_equal(host_take(0), 0);
	/* the host's other interrupts are not behind it */
	plic_model_line(OTHER, true);
	assert_int_equal(host_take(0), OTHER);

	assert_int_equal(claim(0), VIRQ);
	assert_int_equal(host_take(0), 0);
	guest_complete(0, 0, VIRQ);
	assert_false(vplic_eip(&plic, 0));
	assert_int_equal(host_take(0), IRQ);
	assert_int_equal(claim(0), VIRQ);
	plic_model_line(IRQ, false);
	guest_complete(0, 0, VIRQ);
	assert_int_equal(host_take(0), 0);
	assert_false(vplic_eip(&plic, 0));
	assert_int_equal(rd(PENDING(0)), 0);
}

/* It waits in the guest's PLIC until somebody enables it. */
static void nobody_listens(void **state)
{
	(void)state;
	connect(IRQ, VIRQ);
	plic_model_line(IRQ, true);
	assert_int_equal(host_take(0), IRQ);
	assert_int_equal(told_all, 0);
	assert_int_equal(wr(ENABLE(S_MODE(2), 0), 1u << VIRQ), 1u << 2);
	assert_int_equal(claim(2), VIRQ);
	/* a completion of a vCPU that does not listen is none */
	guest_complete(1, 0, VIRQ);
	assert_int_equal(host_take(0), 0);
	guest_complete(2, 0, VIRQ);
	assert_int_equal(host_take(0), IRQ);
}

/* Any vCPU completes, on any CPU. */
/* A host's controller that shuts nothing: the edge that comes while the guest
 * serves the last one is there when it has. */
static void edges_of_the_host(void **state)
{
	(void)state;
	host_edges = true;
	connect(IRQ, VIRQ);
	wr(ENABLE(S_MODE(0), 0), 1u << VIRQ);
	assert_int_equal(handlers[IRQ](IRQ, args[IRQ]), IRQ_FORWARDED);
	assert_int_equal(claim(0), VIRQ);
	assert_int_equal(handlers[IRQ](IRQ, args[IRQ]), IRQ_FORWARDED);
	assert_int_equal(claim(0), 0);
	assert_int_equal(guest_complete(0, 0, VIRQ), 1);
	assert_int_equal(claim(0), VIRQ);
	assert_int_equal(guest_complete(0, 0, VIRQ), 0);
	assert_int_equal(claim(0), 0);
	plic_model.dropped = 0; /* the host's completions of no claim */
}

static void completed_elsewhere(void **state)
{
	(void)state;
	connect(IRQ, VIRQ);
	wr(ENABLE(S_MODE(0), 0), 1u << VIRQ);
	wr(ENABLE(S_MODE(1), 0), 1u << VIRQ);
	plic_model_line(IRQ, true);
	assert_int_equal(host_take(0), IRQ);
	assert_int_equal(claim(1), VIRQ);
	assert_int_equal(claim(0), 0);
	guest_complete(0, 2, VIRQ);
	assert_int_equal(host_take(0), IRQ);
}

static void follows_its_vcpu(void **state)
{
	(void)state;
	connect(IRQ, VIRQ);
	wr(ENABLE(S_MODE(0), 0), 1u << VIRQ);
	wr(ENABLE(S_MODE(1), 0), 1u << VIRQ);
	/* of one that never ran only the name is known */
	forward_route(&forward, VIRQ, 1, FORWARD_NOWHERE);
	assert_int_equal(routings, 0);
	forward_route(&forward, VIRQ, 1, 2);
	forward_route(&forward, VIRQ, 1, 2);
	forward_route(&forward, VIRQ + 1, 1, 1); /* not the host's */
	assert_int_equal(routings, 1);
	plic_model_line(IRQ, true);
	assert_int_equal(host_take(0), 0);
	assert_int_equal(host_take(2), IRQ);
	/* another vCPU's completion moves nothing; its own does, in time for
	 * the next one */
	assert_int_equal(claim(0), VIRQ);
	guest_complete(0, 0, VIRQ);
	assert_int_equal(routings, 1);
	assert_int_equal(host_take(2), IRQ);
	assert_int_equal(claim(1), VIRQ);
	guest_complete(1, 1, VIRQ);
	assert_int_equal(routings, 2);
	assert_int_equal(host_take(1), IRQ);
	/* moved while it is held */
	forward_route(&forward, VIRQ, 0, 0);
	assert_int_equal(claim(0), VIRQ);
	guest_complete(0, 0, VIRQ);
	assert_int_equal(host_take(0), IRQ);
}

/* Completions of what was never claimed do no harm. */
static void completes_at_random(void **state)
{
	(void)state;
	connect(IRQ, VIRQ);
	wr(ENABLE(S_MODE(0), 0), UINT32_MAX);
	for (unsigned int source = 0; source < 40; source++)
		guest_complete(0, 0, source);
	assert_int_equal(host_take(0), 0);
	plic_model_line(IRQ, true);
	assert_int_equal(host_take(0), IRQ);
	/* before it was claimed: it comes again, and is one */
	guest_complete(0, 0, VIRQ);
	assert_int_equal(host_take(0), IRQ);
	assert_int_equal(host_take(0), 0);
	assert_int_equal(claim(0), VIRQ);
	assert_int_equal(claim(0), 0);
	plic_model_line(IRQ, false);
	guest_complete(0, 0, VIRQ);
	guest_complete(0, 0, VIRQ);
	assert_int_equal(host_take(0), 0);
}

/* A guest that is gone completes nothing: it would never come again. */
static void ended_with_the_guest(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		connect(IRQ, VIRQ);
		connect(IRQ + 20, VIRQ + 20);
		vplic_reset(&plic);
		wr(ENABLE(S_MODE(0), 0), 1u << VIRQ);
		plic_model_line(IRQ, true);
		plic_model_line(IRQ + 20, true);
		told_all = 0;
		assert_int_equal(host_take(0), IRQ);
		assert_int_equal(host_take(0), IRQ + 20);
		assert_int_equal(host_take(0), 0);
		forward_disconnect_all(&forward);
		assert_int_equal(host_take(0), 0);
	}
}

/* A request whose line fell before anybody took it is not the next owner's. */
static void nothing_stale(void **state)
{
	(void)state;
	connect(IRQ, VIRQ);
	irq_set_cpu(IRQ, 2);
	plic_model_line(IRQ, true);
	plic_model_line(IRQ, false);
	plic_model_line(OTHER, true);
	assert_true(plic_model.pending[IRQ]);
	forward_disconnect_all(&forward);
	assert_false(plic_model.pending[IRQ]);
	connect(IRQ, VIRQ);
	/* and nobody else's was taken for it */
	assert_int_equal(host_take(0), OTHER);
	assert_int_equal(host_take(0), 0);
	assert_int_equal(host_take(2), 0);
}

/* A PLIC that cannot tell it apart keeps the request, and no other is lost. */
static void one_priority(void **state)
{
	(void)state;
	plic_model_priorities = 1;
	connect(IRQ, VIRQ);
	plic_model_line(IRQ, true);
	plic_model_line(IRQ, false);
	plic_model_line(OTHER, true);
	forward_disconnect_all(&forward);
	assert_true(plic_model.pending[IRQ]);
	assert_int_equal(host_take(0), OTHER);
	connect(IRQ, VIRQ);
	assert_int_equal(host_take(0), IRQ);
	guest_complete(0, 0, VIRQ); /* it does not listen */
}

/*
 * Whatever guests and devices do: no interrupt is handed over twice at a time,
 * and each device gets through in the end.
 */
static void random_steps(void **state)
{
	uint64_t lines = 0;

	(void)state;
	fake_seed(7);
	for (unsigned int s = 20; s < 36; s++)
		connect(s, s ^ 1);
	for (unsigned int v = 0; v < 3; v++)
		for (unsigned int w = 0; w < 2; w++)
			wr(ENABLE(S_MODE(v), w), UINT32_MAX);
	for (unsigned int i = 0; i < 20000; i++) {
		unsigned int s = 20 + (unsigned int)fake_random(16);
		unsigned int vcpu = (unsigned int)fake_random(3);
		unsigned int cpu = (unsigned int)fake_random(HOST_CPUS);

		switch (fake_random(6)) {
		case 0:
			lines ^= BIT(s);
			plic_model_line(s, lines & BIT(s));
			break;
		case 1:
			host_take(cpu);
			break;
		case 2:
			claim(vcpu);
			break;
		case 3:
			forward_route(&forward, s, vcpu, cpu);
			break;
		default:
			guest_complete(vcpu, cpu, s);
		}
	}
	/* now it behaves: every line that is up comes, and can fall */
	for (unsigned int s = 20; s < 36; s++)
		plic_model_line(s, true);
	lines = 0;
	for (unsigned int i = 0; i < 2000; i++) {
		unsigned int source;

		host_take(i % HOST_CPUS);
		source = claim(i % 3);
		if (!source)
			source = 20 + i % 16; /* claimed and forgotten above */
		else
			lines |= BIT(source ^ 1);
		plic_model_line(source ^ 1, false);
		guest_complete(i % 3, 0, source);
	}
	assert_int_equal(plic_model_best(1, 0) | plic_model_best(3, 0) |
				 plic_model_best(5, 0),
			 0);
	for (unsigned int v = 0; v < 3; v++)
		assert_false(vplic_eip(&plic, v));
	for (unsigned int s = 20; s < 36; s++) {
		plic_model_line(s, true);
		while (!host_take(host.route[s]))
			;
		assert_int_equal(claim(0), s ^ 1);
		plic_model_line(s, false);
		guest_complete(0, 0, s ^ 1);
	}
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(refused),
		T(held_until_completed),
		T(nobody_listens),
		T(edges_of_the_host),
		T(completed_elsewhere),
		T(follows_its_vcpu),
		T(completes_at_random),
		T(ended_with_the_guest),
		T(nothing_stale),
		T(random_steps),
		cmocka_unit_test_setup(one_priority, setup),
	};

	return cmocka_run_group_tests_name("riscv64 forward", tests, NULL,
					   NULL);
}
