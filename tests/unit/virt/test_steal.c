/* SPDX-License-Identifier: Apache-2.0 */
/* Records of stolen time: where they are, whose, and that they go again. */
#include "fake_virt.h"

#include "../../../virt/space.h"
#include "../../../virt/steal.h"

#include <virt/guest_mem.h>
#include <virt/steal.h>

#include <arch/pgtable.h>
#include <core/task.h>
#include <errno.h>
#include <mm/frames.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PAGE_AT 0x5000

static struct vm vm;
static struct vcpu vcpus[2];
static unsigned int pages, maps;
static uint64_t mapped_gpa, mapped_prot, own_steal_ns;
static int space_err, map_err;

int space_take(struct vm *v, const struct space_wish *wish,
	       struct space_taken *taken)
{
	assert_int_equal(wish->size_bytes, PAGE_SIZE);
	assert_int_equal(wish->align, PAGE_SIZE);
	taken->base = 0x9000;
	if (!space_err)
		v->taken = taken;
	return space_err;
}

void space_give(struct vm *v, struct space_taken *taken)
{
	assert_ptr_equal(v->taken, taken);
	v->taken = NULL;
}

int frames_alloc_zeroed(struct mm_owner *owner, uint64_t size_bytes,
			uint64_t align, hpa_t *pa)
{
	assert_ptr_equal(owner, &vm.owner);
	assert_int_equal(size_bytes, PAGE_SIZE);
	assert_int_equal(align, PAGE_SIZE);
	*pa = hpa(PAGE_AT);
	memset(phys_to_virt(*pa), 0, PAGE_SIZE);
	pages++;
	return 0;
}

void frames_free(struct mm_owner *owner, hpa_t pa, uint64_t size_bytes)
{
	assert_ptr_equal(owner, &vm.owner);
	assert_int_equal(pa.v, PAGE_AT);
	assert_int_equal(size_bytes, PAGE_SIZE);
	pages--;
}

int stage2_map(struct stage2 *s2, gpa_t at, hpa_t pa, uint64_t size_bytes,
	       unsigned int prot)
{
	assert_ptr_equal(s2, &vm.stage2);
	assert_int_equal(pa.v, PAGE_AT);
	assert_int_equal(size_bytes, PAGE_SIZE);
	mapped_gpa = at.v;
	mapped_prot = prot;
	maps++;
	return map_err;
}

uint64_t task_steal_own_ns(void)
{
	return own_steal_ns;
}

void arch_steal_record_set(void *record, uint64_t steal_ns)
{
	memcpy(record, &steal_ns, sizeof(steal_ns));
}

/* RAM of the guest: what it names lies in this page, or nowhere */
#define RAM_AT 0x40000000
#define RAM_HOST 0x7000

void *guest_ptr(const struct vm *v, gpa_t at, uint64_t len)
{
	assert_ptr_equal(v, &vm);
	assert_int_equal(len, ARCH_STEAL_RECORD_BYTES);
	if (at.v - RAM_AT > PAGE_SIZE - len)
		return NULL;
	return (char *)phys_to_virt(hpa(RAM_HOST)) + (at.v - RAM_AT);
}

static int setup(void **state)
{
	static const struct vm_config config = {.name = "test"};

	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	vm.config = &config;
	spin_init(&vm.lock, LOCK_RANK_VM);
	for (unsigned int i = 0; i < 2; i++)
		vcpus[i] = (struct vcpu){.vm = &vm, .id = i};
	pages = maps = 0;
	space_err = map_err = 0;
	own_steal_ns = 0;
	return 0;
}

/* A VM that never asks takes no memory, and its neighbours' is not shown. */
static void on_demand(void **state)
{
	(void)state;
	assert_int_equal(steal_create(&vm), 0);
	assert_int_equal(pages, 0);
	own_steal_ns = 700;
	assert_int_equal(steal_enable(&vcpus[1]), 0x9000 + 64);
	assert_int_equal(mapped_gpa, 0x9000);
	assert_int_equal(mapped_prot, PGT_R);
	own_steal_ns = 300;
	assert_int_equal(steal_enable(&vcpus[0]), 0x9000);
	/* again, as after a restart */
	assert_int_equal(steal_enable(&vcpus[0]), 0x9000);
	assert_int_equal(maps, 1);
	assert_int_equal(*(uint64_t *)vcpus[0].steal, 300);
	assert_int_equal(*(uint64_t *)vcpus[1].steal, 700);
	assert_ptr_equal(vcpus[0].steal, phys_to_virt(hpa(PAGE_AT)));
	own_steal_ns = 900;
	steal_publish(&vcpus[1]);
	assert_int_equal(*(uint64_t *)vcpus[1].steal, 900);
	assert_int_equal(*(uint64_t *)vcpus[0].steal, 300);
	steal_destroy(&vm);
	assert_int_equal(pages, 0);
	assert_null(vm.taken);
}

static void refused(void **state)
{
	(void)state;
	space_err = -ENOSPC;
	assert_int_equal(steal_create(&vm), 0);
	assert_null(vm.steal);
	assert_int_equal(steal_enable(&vcpus[0]), UINT64_MAX);
	steal_destroy(&vm);

	space_err = 0;
	assert_int_equal(steal_create(&vm), 0);
	map_err = -ENOMEM;
	assert_int_equal(steal_enable(&vcpus[0]), UINT64_MAX);
	assert_null(vcpus[0].steal);
	assert_int_equal(pages, 0);
	map_err = 0;
	assert_int_equal(steal_enable(&vcpus[0]), 0x9000);
	steal_destroy(&vm);
	assert_int_equal(pages, 0);
}

/* Where the guest wants it: zeroed, published at once, given up alone. */
static void in_its_ram(void **state)
{
	char *page = phys_to_virt(hpa(RAM_HOST));

	(void)state;
	memset(page, 0xa5, PAGE_SIZE);
	own_steal_ns = 40;
	assert_int_equal(steal_place(&vcpus[0], gpa(RAM_AT + 128)), 0);
	assert_ptr_equal(vcpus[0].steal, page + 128);
	assert_int_equal(*(uint64_t *)(page + 128), 40);
	for (unsigned int i = 8; i < 64; i++)
		assert_int_equal(page[128 + i], 0);
	assert_int_equal((uint8_t)page[127], 0xa5);
	assert_int_equal((uint8_t)page[192], 0xa5);
	/* a bad place changes nothing */
	assert_int_equal(steal_place(&vcpus[0], gpa(RAM_AT + PAGE_SIZE)),
			 -EFAULT);
	assert_ptr_equal(vcpus[0].steal, page + 128);
	assert_int_equal(steal_place(&vcpus[0], gpa(RAM_AT)), 0);
	assert_ptr_equal(vcpus[0].steal, page);
	steal_off(&vcpus[0]);
	assert_null(vcpus[0].steal);
	assert_int_equal(pages, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(on_demand, setup),
		cmocka_unit_test_setup(refused, setup),
		cmocka_unit_test_setup(in_its_ram, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
