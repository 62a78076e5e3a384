/* SPDX-License-Identifier: Apache-2.0 */
#include "../../fake/fake.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <mm/stage2.h>

#define VMS 40
#define CPUS 4
#define GUEST 0x40000000ull

static struct mm_owner owner = {.name = "vm"};
static struct stage2 vms[VMS];

static void map_and_flush(void **state)
{
	struct stage2 *s2 = &vms[0];
	unsigned int prot;
	uint64_t left;
	bool fresh;
	hpa_t pa;

	(void)state;
	assert_int_equal(stage2_create(s2, &owner), 0);
	assert_int_equal(stage2_map(s2, gpa(GUEST), hpa(GUEST), 4 * SIZE_2M, 7),
			 0);
	assert_int_equal(stage2_map(s2, gpa(GUEST), hpa(0), PAGE_SIZE, 7),
			 -EEXIST);
	/* never entered: no CPU can have cached anything */
	fake_stage2_flushed.count = 0;
	assert_int_equal(stage2_unmap(s2, gpa(GUEST), SIZE_2M), 0);
	assert_int_equal(fake_stage2_flushed.count, 0);

	uint16_t vmid = stage2_vmid_get(s2, 0, &fresh);

	assert_int_not_equal(vmid, 0);
	assert_int_equal(stage2_unmap(s2, gpa(GUEST + SIZE_2M), SIZE_2M), 0);
	assert_int_equal(fake_stage2_flushed.count, 1);
	assert_int_equal(fake_stage2_flushed.vmid, vmid);
	assert_int_equal(fake_stage2_flushed.gpa, GUEST + SIZE_2M);
	assert_int_equal(fake_stage2_flushed.size_bytes, SIZE_2M);
	assert_int_equal(
		stage2_protect(s2, gpa(GUEST + 2 * SIZE_2M), SIZE_2M, PGT_R),
		0);
	assert_int_equal(fake_stage2_flushed.count, 2);
	assert_int_equal(stage2_unmap(s2, gpa(3), SIZE_2M), -EINVAL);
	assert_int_equal(
		stage2_lookup(s2, gpa(GUEST + 2 * SIZE_2M), &pa, &prot, &left),
		0);
	assert_int_equal(pa.v, GUEST + 2 * SIZE_2M);
	assert_int_equal(prot, PGT_R);
	assert_int_equal(left, SIZE_2M);
	stage2_destroy(s2);
	assert_int_equal(fake_stage2_flushed.size_bytes, UINT64_MAX);
	assert_int_equal(owner.pages, 0);
	assert_int_equal(fake_frames_out(), 0);
}

static unsigned int drops;
static uint64_t frames_at_drop;

static void count_drop(struct stage2 *s2)
{
	assert_ptr_equal(s2, &vms[0]);
	/* before the flush, and before a table is another's */
	assert_int_equal(fake_stage2_flushed.count, drops);
	assert_int_equal(fake_frames_out(), frames_at_drop);
	drops++;
}

/* copies of the root are told of what they would still lead to */
static void copies_of_the_root(void **state)
{
	struct stage2 *s2 = &vms[0];
	bool fresh;

	(void)state;
	assert_int_equal(stage2_create(s2, &owner), 0);
	s2->root_drop = count_drop;
	stage2_vmid_get(s2, 0, &fresh);
	fake_stage2_flushed.count = drops = 0;
	assert_int_equal(stage2_map(s2, gpa(GUEST), hpa(GUEST), PAGE_SIZE, 7),
			 0);
	assert_int_equal(drops, 0);
	frames_at_drop = fake_frames_out();
	assert_int_equal(stage2_protect(s2, gpa(GUEST), PAGE_SIZE, PGT_R), 0);
	assert_int_equal(drops, 1);
	assert_int_equal(stage2_unmap(s2, gpa(GUEST), PAGE_SIZE), 0);
	assert_int_equal(drops, 2);
	assert_true(fake_frames_out() < frames_at_drop);
	s2->root_drop = NULL;
	stage2_destroy(s2);
	assert_int_equal(fake_frames_out(), 0);
}

/* an edit of a VM that runs keeps to break-before-make */
static void live_edit(void **state)
{
	struct stage2 *s2 = &vms[0];
	bool fresh;

	(void)state;
	assert_int_equal(stage2_create(s2, &owner), 0);
	stage2_vmid_get(s2, 0, &fresh);
	fake_tlb_watch(&s2->pt);
	assert_int_equal(stage2_map(s2, gpa(GUEST), hpa(GUEST), SIZE_1G, 7), 0);
	assert_int_equal(stage2_unmap(s2, gpa(GUEST + PAGE_SIZE), PAGE_SIZE),
			 0);
	assert_true(fake_tlb_settle(NULL));
	assert_int_equal(stage2_unmap(s2, gpa(GUEST), SIZE_1G), 0);
	assert_true(fake_tlb_settle(NULL));
	fake_tlb_watch(NULL);
	stage2_destroy(s2);
}

/*
 * What must never be: two VMs with one VMID inside guests, a VM with two
 * VMIDs inside guests, and a CPU that meets old translations of a VMID.
 */

struct cpu_model {
	int vm; /* that it is inside, -1: none */
	uint16_t vmid;
	int tlb[256]; /* VM whose translations may be cached under a VMID */
};
static struct cpu_model model[CPUS];

static void enter(unsigned int cpu, int vm)
{
	struct cpu_model *m = &model[cpu];
	bool fresh;

	m->vmid = stage2_vmid_get(&vms[vm], cpu, &fresh);
	m->vm = vm;
	if (fresh)
		memset(m->tlb, -1, sizeof(m->tlb));
	assert_in_range(m->vmid, 1, (1u << fake_vmid_bits) - 1);
	if (m->tlb[m->vmid] >= 0)
		assert_int_equal(m->tlb[m->vmid], vm);
	m->tlb[m->vmid] = vm;
	for (unsigned int i = 0; i < CPUS; i++) {
		if (model[i].vm < 0 || i == cpu)
			continue;
		if (model[i].vm == vm)
			assert_int_equal(model[i].vmid, m->vmid);
		else
			assert_int_not_equal(model[i].vmid, m->vmid);
	}
}

static void vmids_roll_over(void **state)
{
	(void)state;
	fake_vmid_bits = 5; /* 31 numbers for 40 VMs */
	for (unsigned int i = 0; i < CPUS; i++) {
		model[i].vm = -1;
		memset(model[i].tlb, -1, sizeof(model[i].tlb));
	}
	for (unsigned int i = 0; i < VMS; i++)
		assert_int_equal(stage2_create(&vms[i], &owner), 0);
	fake_seed(3);
	for (unsigned int i = 0; i < 200000; i++) {
		unsigned int cpu = fake_random(CPUS);

		if (fake_random(4) == 0)
			model[cpu].vm = -1; /* left the guest for something */
		else if (model[cpu].vm >= 0 && fake_random(3) == 0)
			enter(cpu, model[cpu].vm);
		else
			enter(cpu,
			      (int)fake_random(fake_random(100) ? 6 : VMS));
	}
	for (unsigned int i = 0; i < VMS; i++)
		stage2_destroy(&vms[i]);
	fake_vmid_bits = 8;
}

/* the same number of entries from real threads: ends, and never gives 0 */
static bool vmid_zero;

static void *enter_many(void *arg)
{
	unsigned int cpu = (unsigned int)(uintptr_t)arg;
	bool fresh;

	for (unsigned int i = 0; i < 100000; i++) {
		if (!stage2_vmid_get(&vms[(i * 7 + cpu) % VMS], cpu, &fresh))
			__atomic_store_n(&vmid_zero, true, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void vmids_concurrent(void **state)
{
	pthread_t threads[CPUS];

	(void)state;
	fake_vmid_bits = 5;
	for (unsigned int i = 0; i < VMS; i++)
		assert_int_equal(stage2_create(&vms[i], &owner), 0);
	for (uintptr_t i = 0; i < CPUS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, enter_many,
						(void *)i),
				 0);
	for (unsigned int i = 0; i < CPUS; i++)
		pthread_join(threads[i], NULL);
	assert_false(vmid_zero);
	for (unsigned int i = 0; i < VMS; i++)
		stage2_destroy(&vms[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(map_and_flush),
		cmocka_unit_test(copies_of_the_root),
		cmocka_unit_test(live_edit),
		cmocka_unit_test(vmids_roll_over),
		cmocka_unit_test(vmids_concurrent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
