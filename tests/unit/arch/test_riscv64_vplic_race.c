/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Races at the virtual PLIC: devices raise lines until each source was handled
 * so many times, vCPUs handle them. A lost request or notification hangs; the
 * alarm ends it. And a reset while lines change.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "vplic_machine.h"

#define RACE_SOURCES 8
#define RACE_ROUNDS 2000

static uint32_t told_marks;
static unsigned int handled[RACE_SOURCES + 1];
static unsigned int device_up[RACE_SOURCES + 1];
static unsigned int in_service[RACE_SOURCES + 1];
static unsigned int taken_twice;
static bool race_over;

static void tell(uint64_t vcpus)
{
	__atomic_fetch_or(&told_marks, (uint32_t)vcpus, __ATOMIC_SEQ_CST);
}

/* @arg: the first of the sources, every second is this one's */
static void *device(void *arg)
{
	unsigned int first = (unsigned int)(uintptr_t)arg;

	for (unsigned int round = 0; round < RACE_ROUNDS; round++) {
		for (unsigned int i = first; i <= RACE_SOURCES; i += 2) {
			__atomic_store_n(&device_up[i], 1, __ATOMIC_SEQ_CST);
			tell(vplic_line_set(&plic, i, true));
		}
		for (unsigned int i = first; i <= RACE_SOURCES; i += 2) {
			while (__atomic_load_n(&device_up[i], __ATOMIC_SEQ_CST))
				sched_yield();
		}
	}
	return NULL;
}

static void handle(unsigned int vcpu, unsigned int source)
{
	/* one at a time: the gateway sees to it */
	assert_int_equal(
		__atomic_fetch_add(&in_service[source], 1, __ATOMIC_SEQ_CST),
		0);
	/* it may be a request that was made before the line fell */
	tell(vplic_line_set(&plic, source, false));
	if (__atomic_exchange_n(&device_up[source], 0, __ATOMIC_SEQ_CST))
		__atomic_fetch_add(&handled[source], 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_sub(&in_service[source], 1, __ATOMIC_SEQ_CST);
	tell(complete(vcpu, source));
}

static void *vcpu_thread(void *arg)
{
	unsigned int vcpu = (unsigned int)(uintptr_t)arg;
	uint32_t mark = 1u << vcpu;
	uint64_t told = 0;
	unsigned int source;

	for (;;) {
		bool over = __atomic_load_n(&race_over, __ATOMIC_SEQ_CST);

		if (!(__atomic_fetch_and(&told_marks, ~mark, __ATOMIC_SEQ_CST) &
		      mark)) {
			if (over)
				return NULL;
			sched_yield();
			continue;
		}
		while (vplic_eip(&plic, vcpu)) {
			source = vplic_read(&plic, CLAIM(S_MODE(vcpu)), 4,
					    &told);
			if (source)
				handle(vcpu, source);
		}
		tell(told & ~(uint64_t)mark);
		told = 0;
	}
}

static void races(void **state)
{
	pthread_t devices[2], vcpus[2];

	(void)state;
	begin(RACE_SOURCES);
	alarm(60);
	for (unsigned int i = 1; i <= RACE_SOURCES; i++)
		wr(PRIORITY(i), 1 + i % 7);
	wr(ENABLE(S_MODE(0), 0), ~0u);
	wr(ENABLE(S_MODE(1), 0), ~0u);
	for (uintptr_t i = 0; i < 2; i++) {
		assert_int_equal(
			pthread_create(&vcpus[i], NULL, vcpu_thread, (void *)i),
			0);
		assert_int_equal(pthread_create(&devices[i], NULL, device,
						(void *)(i + 1)),
				 0);
	}
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(devices[i], NULL);
	__atomic_store_n(&race_over, true, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < 2; i++)
		pthread_join(vcpus[i], NULL);
	alarm(0);
	for (unsigned int i = 1; i <= RACE_SOURCES; i++)
		assert_int_equal(handled[i], RACE_ROUNDS);
	assert_int_equal(taken_twice, 0);
	assert_int_equal(rd(PENDING(0)), 0);
	assert_int_equal(plic.busy[0], 0);
}

#define EDGE_ROUNDS 20000
#define EDGE 3

static unsigned int edges_made, edges_seen;

static void edge(unsigned int number)
{
	__atomic_store_n(&edges_made, number, __ATOMIC_SEQ_CST);
	vplic_edge(&plic, EDGE);
	for (unsigned int i = 1;
	     __atomic_load_n(&edges_seen, __ATOMIC_SEQ_CST) < number; i++)
		if (i % 256 == 0)
			sched_yield();
}

/* Each comes while the guest is about to complete the one before. */
static void *edge_device(void *arg)
{
	(void)arg;
	for (unsigned int i = 1; i <= EDGE_ROUNDS; i++)
		edge(i);
	return NULL;
}

/* Whatever was made is seen: an interrupt comes after the last edge. */
static void edge_races(void **state)
{
	unsigned int seen = 0, idle = 0;
	pthread_t device;

	(void)state;
	begin(RACE_SOURCES);
	alarm(60);
	wr(PRIORITY(EDGE), 1);
	wr(ENABLE(S_MODE(0), 0), ~0u);
	assert_int_equal(pthread_create(&device, NULL, edge_device, NULL), 0);
	while (seen < EDGE_ROUNDS) {
		if (claim(0) != EDGE) {
			if (++idle % 256 == 0)
				sched_yield();
			continue;
		}
		seen = __atomic_load_n(&edges_made, __ATOMIC_SEQ_CST);
		__atomic_store_n(&edges_seen, seen, __ATOMIC_SEQ_CST);
		/* the device's turn, where the two share a CPU */
		if (seen % 2)
			sched_yield();
		complete(0, EDGE);
	}
	pthread_join(device, NULL);
	alarm(0);
	/* one that was seen before it was told of */
	if (claim(0))
		complete(0, EDGE);
	assert_int_equal(claim(0), 0);
	assert_int_equal(plic.busy[0] | plic.again[0], 0);
}

#define RESET_ROUNDS 80

static unsigned int toggle_go, toggle_done; /* rounds */

static void *toggle(void *arg)
{
	(void)arg;
	for (unsigned int round = 1; round <= RESET_ROUNDS; round++) {
		while (__atomic_load_n(&toggle_go, __ATOMIC_SEQ_CST) < round)
			sched_yield();
		for (unsigned int i = 1; i <= 1023; i++)
			vplic_line_set(&plic, i, (round + i) & 1);
		__atomic_store_n(&toggle_done, round, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

/* a reset while lines change leaves no gateway that waits for nobody, and no
 * line that is up without a request */
static void reset_races(void **state)
{
	uint32_t lines[32] = {0};
	pthread_t thread;

	(void)state;
	begin(1023);
	alarm(60);
	assert_int_equal(pthread_create(&thread, NULL, toggle, NULL), 0);
	for (unsigned int round = 1; round <= RESET_ROUNDS; round++) {
		__atomic_store_n(&toggle_go, round, __ATOMIC_SEQ_CST);
		/* somewhere in the middle of it */
		while (__atomic_load_n(&plic.line[round % 32],
				       __ATOMIC_SEQ_CST) == lines[round % 32] &&
		       __atomic_load_n(&toggle_done, __ATOMIC_SEQ_CST) < round)
			;
		vplic_reset(&plic);
		while (__atomic_load_n(&toggle_done, __ATOMIC_SEQ_CST) < round)
			sched_yield();
		memcpy(lines, plic.line, sizeof(lines));
		for (unsigned int w = 0; w < 32; w++) {
			assert_int_equal(plic.busy[w] & ~plic.pending[w], 0);
			assert_int_equal(plic.line[w] & ~plic.busy[w], 0);
		}
	}
	pthread_join(thread, NULL);
	alarm(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(races),
		cmocka_unit_test(edge_races),
		cmocka_unit_test(reset_races),
	};

	return cmocka_run_group_tests_name("riscv64 vplic race", tests, NULL,
					   NULL);
}
