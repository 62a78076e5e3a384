/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Races of forwarded interrupts: devices raise lines until each was served so
 * many times, host CPUs take them, vCPUs serve and complete them, routes
 * change. One that is lost, or held for ever, hangs; the alarm ends it.
 */
#include "forward_machine.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#define RACE_SOURCES 8
#define RACE_ROUNDS 1000
#define VCPUS 2

static uint32_t told_marks;
static unsigned int up[RACE_SOURCES + 1];
static unsigned int served[RACE_SOURCES + 1];
static unsigned int in_service[RACE_SOURCES + 1];
static unsigned int taken_twice;
static bool race_over;

static void raise(struct vm *vm __unused_arg, unsigned int virq,
		  bool edge __unused_arg)
{
	__atomic_fetch_or(&told_marks, (uint32_t)vplic_request(&plic, virq),
			  __ATOMIC_SEQ_CST);
}

static bool is_over(void)
{
	return __atomic_load_n(&race_over, __ATOMIC_SEQ_CST);
}

/* Those from @arg on, every second; up until it is served. */
static void *device(void *arg)
{
	unsigned int first = (unsigned int)(uintptr_t)arg;

	for (unsigned int round = 0; round < RACE_ROUNDS; round++) {
		for (unsigned int i = first; i <= RACE_SOURCES; i += 2) {
			__atomic_store_n(&up[i], 1, __ATOMIC_SEQ_CST);
			plic_model_line(i, true);
		}
		for (unsigned int i = first; i <= RACE_SOURCES; i += 2)
			while (__atomic_load_n(&up[i], __ATOMIC_SEQ_CST))
				sched_yield();
	}
	return NULL;
}

static void *host_thread(void *arg)
{
	while (!is_over())
		if (!host_take((unsigned int)(uintptr_t)arg))
			sched_yield();
	return NULL;
}

static void serve(unsigned int vcpu, unsigned int source)
{
	if (__atomic_fetch_add(&in_service[source], 1, __ATOMIC_SEQ_CST))
		__atomic_fetch_add(&taken_twice, 1, __ATOMIC_SEQ_CST);
	/* the line first: the device may raise it again at once */
	plic_model_line(source, false);
	if (__atomic_exchange_n(&up[source], 0, __ATOMIC_SEQ_CST))
		__atomic_fetch_add(&served[source], 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_sub(&in_service[source], 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&told_marks,
			  (uint32_t)guest_complete(vcpu, vcpu, source),
			  __ATOMIC_SEQ_CST);
}

static void *vcpu_thread(void *arg)
{
	unsigned int vcpu = (unsigned int)(uintptr_t)arg;
	uint32_t mark = 1u << vcpu;
	uint64_t told = 0;

	while (!is_over()) {
		if (!(__atomic_fetch_and(&told_marks, ~mark, __ATOMIC_SEQ_CST) &
		      mark)) {
			sched_yield();
			continue;
		}
		while (vplic_eip(&plic, vcpu)) {
			unsigned int source = vplic_read(
				&plic, CLAIM(S_MODE(vcpu)), 4, &told);

			if (source)
				serve(vcpu, source);
		}
		__atomic_fetch_or(&told_marks, (uint32_t)told & ~mark,
				  __ATOMIC_SEQ_CST);
		told = 0;
	}
	return NULL;
}

/* One caller at a time, as core/irq.c has it: forward_route() alone here, and
 * completions of vCPUs that are where the source goes. */
static void *route_thread(void *arg __unused_arg)
{
	for (unsigned int i = 0; !is_over(); i++) {
		irq_set_cpu(1 + i % RACE_SOURCES, i / RACE_SOURCES % 2);
		sched_yield();
	}
	return NULL;
}

static void races(void **state)
{
	pthread_t devices[2], hosts[2], vcpus[VCPUS], router;

	(void)state;
	machine_make(raise);
	alarm(120);
	for (unsigned int i = 1; i <= RACE_SOURCES; i++) {
		wr(PRIORITY(i), 1 + i % 7);
		assert_int_equal(forward_connect(&forward, i, i), 0);
	}
	for (unsigned int v = 0; v < VCPUS; v++)
		wr(ENABLE(S_MODE(v), 0), ~0u);
	for (uintptr_t i = 0; i < 2; i++) {
		pthread_create(&hosts[i], NULL, host_thread, (void *)i);
		pthread_create(&vcpus[i], NULL, vcpu_thread, (void *)i);
		pthread_create(&devices[i], NULL, device, (void *)(i + 1));
	}
	pthread_create(&router, NULL, route_thread, NULL);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(devices[i], NULL);
	__atomic_store_n(&race_over, true, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < 2; i++) {
		pthread_join(hosts[i], NULL);
		pthread_join(vcpus[i], NULL);
	}
	pthread_join(router, NULL);
	alarm(0);
	for (unsigned int i = 1; i <= RACE_SOURCES; i++)
		assert_int_equal(served[i], RACE_ROUNDS);
	assert_int_equal(taken_twice, 0);
	forward_disconnect_all(&forward);
	assert_int_equal(live, 0);
	for (unsigned int i = 1; i <= RACE_SOURCES; i++)
		assert_false(plic_model.waiting[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(races),
	};

	return cmocka_run_group_tests_name("riscv64 forward race", tests, NULL,
					   NULL);
}
