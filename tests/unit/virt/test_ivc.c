/* SPDX-License-Identifier: Apache-2.0 */
/* Channels between VMs, from the hypercalls down to the real page tables. */
#include "../../fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mm/frames.h>
#include <virt/hypercall.h>
#include <virt/ivc.h>
#include <virt/vcpu.h>
#include <virt/vdev.h>
#include <virt/vm.h>

#define VMS 3
#define RAM_GPA 0x40000000ull
#define RAM_SIZE 0x10000ull
#define GPA_AT RAM_GPA
#define SIZE_AT (RAM_GPA + 8)
#define KEY 0x1234
#define VIRQ 40
#define MIB (1024ull * 1024)

extern long fake_heap_fail_after;

static struct mm_owner owner = {.name = "vm"};
static struct vm vms[VMS];
static struct vm_config configs[VMS];
static struct vm_ram ram[VMS];
static struct vcpu vcpus[VMS];
static bool level[VMS];
static unsigned int line_changes;
static uint64_t frames_at_rest;

bool vdev_call(struct vm *vm __unused_arg, uint32_t fn __unused_arg)
{
	return false;
}

void arch_virq_set(struct vm *vm, unsigned int virq, bool on)
{
	assert_int_equal(virq, VIRQ);
	level[vm - vms] = on;
	line_changes++;
}

bool arch_vm_window(const struct vm *vm __unused_arg, unsigned int index,
		    struct arch_window *window)
{
	*window = (struct arch_window){0x08000000, 0x10000, "gicd"};
	return index == 0;
}

static void vm_make(unsigned int i)
{
	static const struct vdev doorbell = {
		.gpa = {0x0a000000}, .size_bytes = 0x1000, .virq = VIRQ};
	struct vdev dev = doorbell;
	struct vm *vm = &vms[i];
	hpa_t pa;

	configs[i] = (struct vm_config){.name = "vm", .id = 10 * i};
	*vm = (struct vm){.config = &configs[i], .ram = &ram[i]};
	assert_int_equal(stage2_create(&vm->stage2, &owner), 0);
	assert_int_equal(frames_alloc_zeroed(&owner, RAM_SIZE, PAGE_SIZE, &pa),
			 0);
	ram[i] = (struct vm_ram){.gpa = gpa(RAM_GPA),
				 .hpa = pa,
				 .size_bytes = RAM_SIZE,
				 .prot = 7,
				 .owned = true,
				 .mapped = true};
	vm->ram_count = 1;
	assert_int_equal(stage2_map(&vm->stage2, gpa(RAM_GPA), pa, RAM_SIZE, 7),
			 0);
	assert_int_equal(ivc_vm_create(vm), 0);
	dev.vm = vm;
	ivc_doorbell_attach(&dev, PAGE_SIZE);
	vcpus[i] = (struct vcpu){.vm = vm};
	level[i] = false;
}

static int setup(void **state)
{
	(void)state;
	fake_frames_fail_after = fake_heap_fail_after = -1;
	for (unsigned int i = 0; i < VMS; i++)
		vm_make(i);
	line_changes = 0;
	frames_at_rest = fake_frames_out();
	return 0;
}

static uint64_t tables(void)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < VMS; i++)
		pages += vms[i].stage2.pt.table_pages;
	return pages;
}

/* whatever was done is undone: no page, no address, no table is left */
static void all_is_given_back(void)
{
	struct ivc_info info;

	assert_false(ivc_info(0, &info));
	assert_int_equal(fake_frames_out(), frames_at_rest);
	for (unsigned int i = 0; i < VMS; i++) {
		assert_null(vms[i].taken);
		assert_int_equal(ivc_connected(&vms[i]), 0);
		assert_int_equal(ivc_pending(&vms[i]), 0);
		assert_false(level[i]);
	}
}

static int teardown(void **state)
{
	(void)state;
	fake_tlb_watch(NULL);
	for (unsigned int i = 0; i < VMS; i++)
		ivc_vm_stopped(&vms[i]);
	all_is_given_back();
	for (unsigned int i = 0; i < VMS; i++) {
		ivc_vm_destroy(&vms[i]);
		stage2_destroy(&vms[i].stage2);
		frames_free(&owner, ram[i].hpa, RAM_SIZE);
	}
	assert_int_equal(fake_frames_out(), 0);
	return 0;
}

/*
 * As a guest
 */

static uint64_t *word(unsigned int vm, uint64_t at)
{
	return (uint64_t *)((char *)phys_to_virt(ram[vm].hpa) + (at - RAM_GPA));
}

static uint64_t call(unsigned int vm, uint64_t nr, uint64_t a, uint64_t b,
		     uint64_t c, uint64_t d)
{
	const uint64_t args[6] = {a, b, c, d, 0xbad, 0xbad};

	return hypercall(&vcpus[vm], nr, args);
}

static uint64_t publish(unsigned int vm, uint64_t key, uint64_t size)
{
	*word(vm, GPA_AT) = 0;
	*word(vm, SIZE_AT) = size;
	return call(vm, 3, key, GPA_AT, SIZE_AT, 0);
}

static uint64_t subscribe(unsigned int vm, unsigned int to, uint64_t key)
{
	*word(vm, GPA_AT) = *word(vm, SIZE_AT) = 0;
	return call(vm, 4, configs[to].id, key, GPA_AT, SIZE_AT);
}

static uint64_t unpublish(unsigned int vm, uint64_t key)
{
	return call(vm, 5, key, 0, 0, 0);
}

static uint64_t unsubscribe(unsigned int vm, unsigned int to, uint64_t key)
{
	return call(vm, 6, configs[to].id, key, 0, 0);
}

static uint64_t notify(unsigned int vm, unsigned int to, uint64_t key)
{
	return call(vm, 0x80, configs[to].id, key, 0, 0);
}

/* where the guest's last publish or subscribe put the channel */
static uint64_t window(unsigned int vm)
{
	return *word(vm, GPA_AT);
}

static hpa_t behind(unsigned int vm, uint64_t at)
{
	unsigned int prot;
	hpa_t pa;

	assert_int_equal(
		stage2_lookup(&vms[vm].stage2, gpa(at), &pa, &prot, NULL), 0);
	assert_int_equal(prot, PGT_R | PGT_W);
	return pa;
}

static uint64_t *seen(unsigned int vm, uint64_t at)
{
	return phys_to_virt(behind(vm, at));
}

static void is_hole(unsigned int vm, uint64_t at)
{
	assert_int_equal(
		stage2_lookup(&vms[vm].stage2, gpa(at), NULL, NULL, NULL),
		-ENOENT);
}

/*
 * Tests
 */

static void header_and_sharing(void **state)
{
	uint64_t pub, sub;

	(void)state;
	assert_int_equal(publish(1, KEY, 5000), 0);
	pub = window(1);
	assert_int_equal(*word(1, SIZE_AT), 8192);
	/* behind the RAM, where nothing else is */
	assert_true(pub >= RAM_GPA + RAM_SIZE);
	assert_int_equal(seen(1, pub)[0], 10); /* its id, its key */
	assert_int_equal(seen(1, pub)[1], KEY);
	for (unsigned int i = 2; i < 512; i++)
		assert_int_equal(seen(1, pub)[i], 0);

	assert_int_equal(subscribe(0, 1, KEY), 0);
	sub = window(0);
	assert_int_equal(*word(0, SIZE_AT), 8192);
	assert_int_equal(behind(0, sub).v, behind(1, pub).v);
	assert_int_equal(behind(0, sub + 4096).v, behind(1, pub + 4096).v);
	is_hole(0, sub + 8192);
	is_hole(1, pub + 8192);
	assert_int_equal(subscribe(2, 1, KEY), 0);
	assert_int_equal(behind(2, window(2)).v, behind(1, pub).v);

	assert_int_equal(unsubscribe(0, 1, KEY), 0);
	is_hole(0, sub);
	/* who unpublishes leaves the memory to those who still look at it */
	assert_int_equal(unpublish(1, KEY), 0);
	is_hole(1, pub);
	assert_int_equal(seen(2, window(2))[1], KEY);
	assert_int_equal(ivc_events(&vms[2], 0), IVC_EVENT_CLOSED);
	assert_int_equal(subscribe(0, 1, KEY), HYPERCALL_FAIL);
	assert_int_equal(unsubscribe(2, 1, KEY), 0);
	all_is_given_back();
	assert_int_equal(unsubscribe(2, 1, KEY), HYPERCALL_FAIL);
	assert_int_equal(unpublish(1, KEY), HYPERCALL_FAIL);
}

/* Nothing but -1 comes of it, and nothing has changed. */
static void refusals(void **state)
{
	static const uint64_t bad[] = {
		0,
		RAM_GPA - 1,
		RAM_GPA - 8,
		RAM_GPA + RAM_SIZE - 7,
		RAM_GPA + RAM_SIZE,
		0x08000000,
		UINT64_MAX,
		UINT64_MAX - 7,
		(uint64_t)1 << 63,
	};
	static const uint64_t sizes[] = {
		0,
		CONFIG_IVC_VM_MAX_MIB * MIB + 1,
		(uint64_t)1 << 40,
		UINT64_MAX,
		UINT64_MAX - 4095,
	};
	uint64_t pages;

	(void)state;
	assert_int_equal(publish(1, KEY, 4096), 0);
	pages = fake_frames_out();
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		*word(0, SIZE_AT) = 4096;
		*word(0, GPA_AT) = 77;
		assert_int_equal(call(0, 3, 1, bad[i], SIZE_AT, 0),
				 HYPERCALL_FAIL);
		assert_int_equal(call(0, 3, 1, GPA_AT, bad[i], 0),
				 HYPERCALL_FAIL);
		assert_int_equal(call(0, 4, 10, KEY, bad[i], SIZE_AT),
				 HYPERCALL_FAIL);
		assert_int_equal(call(0, 4, 10, KEY, GPA_AT, bad[i]),
				 HYPERCALL_FAIL);
		assert_int_equal(*word(0, GPA_AT), 77);
		assert_int_equal(*word(0, SIZE_AT), 4096);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_int_equal(publish(0, 1, sizes[i]), HYPERCALL_FAIL);
	assert_int_equal(publish(1, KEY, 4096), HYPERCALL_FAIL);
	assert_int_equal(unpublish(0, KEY), HYPERCALL_FAIL);
	assert_int_equal(unpublish(1, KEY + 1), HYPERCALL_FAIL);
	assert_int_equal(subscribe(0, 1, KEY + 1), HYPERCALL_FAIL);
	assert_int_equal(subscribe(0, 2, KEY), HYPERCALL_FAIL);
	assert_int_equal(
		call(0, 4, 10 + ((uint64_t)1 << 32), KEY, GPA_AT, SIZE_AT),
		HYPERCALL_FAIL);
	assert_int_equal(unsubscribe(0, 1, KEY), HYPERCALL_FAIL);
	assert_int_equal(notify(0, 1, KEY), HYPERCALL_FAIL);
	assert_int_equal(call(0, 0x82, 10, KEY, 0, 0), HYPERCALL_FAIL);
	for (unsigned int slot = 0; slot < 70; slot++)
		assert_int_equal(call(0, 0x83, slot, 0, 0, 0), HYPERCALL_FAIL);
	assert_int_equal(call(0, 0x83, UINT64_MAX, 0, 0, 0), HYPERCALL_FAIL);
	assert_int_equal(fake_frames_out(), pages);
	assert_null(vms[0].taken);
	assert_int_equal(ivc_connected(&vms[1]), 1);
	assert_int_equal(ivc_pending(&vms[1]), 0);

	assert_int_equal(subscribe(0, 1, KEY), 0);
	pages = fake_frames_out();
	assert_int_equal(subscribe(0, 1, KEY), HYPERCALL_FAIL);
	assert_int_equal(fake_frames_out(), pages);
	assert_int_equal(ivc_connected(&vms[0]), 1);
}

static void is_zero(unsigned int vm, uint64_t base, uint64_t size)
{
	for (uint64_t at = base; at < base + size; at += PAGE_SIZE)
		for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
			assert_int_equal(seen(vm, at)[i], 0);
}

static bool is_among(unsigned int vm, uint64_t base, uint64_t size, hpa_t pa,
		     uint64_t bytes)
{
	for (uint64_t at = base; at < base + size; at += PAGE_SIZE)
		if (behind(vm, at).v - pa.v < bytes)
			return true;
	return false;
}

/* @size: several pages, or 2 MiB leaves with a tail */
static void death(uint64_t size)
{
	uint64_t sub, other, tables_before;
	bool fresh;
	hpa_t was;

	assert_int_equal(publish(1, KEY, size), 0);
	was = behind(1, window(1));
	memset(seen(1, window(1)), 0xee, PAGE_SIZE);
	assert_int_equal(subscribe(0, 1, KEY), 0);
	assert_int_equal(subscribe(2, 1, KEY), 0);
	sub = window(0);
	other = window(2);
	assert_int_equal(behind(0, sub).v, was.v);
	stage2_vmid_get(&vms[0].stage2, 0, &fresh); /* it runs */
	tables_before = tables();
	fake_tlb_watch(&vms[0].stage2.pt);
	fake_stage2_flushed.count = 0;
	fake_frames_fail_after = fake_heap_fail_after = 0;
	ivc_vm_stopped(&vms[1]); /* needs no memory */
	fake_frames_fail_after = fake_heap_fail_after = -1;
	/* no walker leads to the old pages any more, which are free now */
	assert_true(fake_tlb_settle(NULL));
	fake_tlb_watch(NULL);
	assert_in_range(fake_stage2_flushed.count, 1, 2);
	assert_true(tables() <= tables_before);

	is_zero(0, sub, size);
	is_zero(2, other, size);
	assert_false(is_among(0, sub, size, was, size));
	assert_false(is_among(2, other, size, was, size));
	/* what one writes there is not seen by the other */
	*seen(0, sub) = 1;
	assert_int_equal(*seen(2, other), 0);
	is_hole(0, sub + size);
	/* wherever it goes on writing, its header stays zero */
	*seen(0, sub) = 0;
	for (uint64_t at = PAGE_SIZE; at < size; at += PAGE_SIZE)
		memset(seen(0, sub + at), 0xff, PAGE_SIZE);
	for (unsigned int i = 0; i < PAGE_SIZE / 8; i++)
		assert_int_equal(seen(0, sub)[i], 0);
	is_zero(2, other, size);
	assert_int_equal(ivc_events(&vms[0], 0), IVC_EVENT_DEAD);
	assert_int_equal(ivc_pending(&vms[0]), 1);
	assert_int_equal(notify(0, 1, KEY), 0); /* nobody hears it */

	/* its next life may publish the same, beside the dead one */
	assert_int_equal(publish(1, KEY, size), 0);
	assert_int_equal(subscribe(0, 1, KEY), HYPERCALL_FAIL);
	assert_int_equal(unsubscribe(0, 1, KEY), 0);
	assert_int_equal(subscribe(0, 1, KEY), 0);
	assert_int_equal(seen(0, window(0))[1], KEY);
	assert_int_equal(seen(2, other)[1], 0);
	assert_int_equal(unsubscribe(0, 1, KEY), 0);
	assert_int_equal(unsubscribe(2, 1, KEY), 0);
	assert_int_equal(unpublish(1, KEY), 0);
	all_is_given_back();
}

static void death_of_a_small_one(void **state)
{
	(void)state;
	death(3 * PAGE_SIZE);
}

static void death_of_a_large_one(void **state)
{
	(void)state;
	death(6 * MIB + 5 * PAGE_SIZE);
}

static void death_of_a_middling_one(void **state)
{
	(void)state;
	death(SIZE_2M + PAGE_SIZE);
	death(SIZE_2M);
	death(SIZE_2M - PAGE_SIZE);
}

static void large_leaves(void **state)
{
	uint64_t left;

	(void)state;
	assert_int_equal(publish(1, KEY, 6 * MIB + 1), 0);
	assert_int_equal(*word(1, SIZE_AT), 6 * MIB + 4096);
	for (uint64_t at = 0; at < 6 * MIB; at += SIZE_2M) {
		assert_int_equal(stage2_lookup(&vms[1].stage2,
					       gpa(window(1) + at), NULL, NULL,
					       &left),
				 0);
		assert_int_equal(left, SIZE_2M);
	}
}

static void subscriber_dies(void **state)
{
	(void)state;
	assert_int_equal(publish(1, KEY, 4096), 0);
	assert_int_equal(subscribe(0, 1, KEY), 0);
	assert_int_equal(ivc_events_clear(&vms[1], 0, IVC_EVENT_ALL),
			 IVC_EVENT_JOINED);
	ivc_vm_stopped(&vms[0]);
	assert_int_equal(ivc_events(&vms[1], 0), IVC_EVENT_LEFT);
	assert_int_equal(seen(1, window(1))[1], KEY);
	assert_int_equal(notify(1, 1, KEY), 0);
	assert_int_equal(subscribe(0, 1, KEY), 0);
}

static void doorbell(void **state)
{
	(void)state;
	assert_int_equal(publish(1, KEY, 4096), 0);
	assert_int_equal(subscribe(0, 1, KEY), 0);
	assert_int_equal(subscribe(2, 1, KEY), 0);
	ivc_ack(&vms[1], ~0u);
	ivc_enable(&vms[0], 1);
	ivc_enable(&vms[1], ~0u);
	assert_int_equal(line_changes, 0);

	/* from the publisher to all, from a subscriber to the publisher */
	assert_int_equal(notify(1, 1, KEY), 2);
	assert_true(level[0]);
	assert_false(level[2]); /* not enabled, but pending */
	assert_int_equal(ivc_pending(&vms[2]), 1);
	assert_int_equal(notify(0, 1, KEY), 1);
	assert_true(level[1]);
	assert_int_equal(line_changes, 2);

	/* a flood is one interrupt */
	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(notify(1, 1, KEY), 2);
	assert_int_equal(line_changes, 2);

	/* acknowledged: the next one comes */
	assert_int_equal(call(0, 0x81, 0, 0, 0, 0), 1);
	assert_true(level[0]);
	assert_int_equal(call(0, 0x81, ~0ull, 0, 0, 0), 1);
	assert_false(level[0]);
	assert_int_equal(call(0, 0x81, ~0ull, 0, 0, 0), 0);
	assert_int_equal(call(0, 0x83, 0, ~0ull, 0, 0), IVC_EVENT_NOTIFY);
	assert_int_equal(call(0, 0x83, 0, 0, 0, 0), 0);
	assert_int_equal(notify(1, 1, KEY), 2);
	assert_true(level[0]);

	/* masking takes the line back, and unmasking gives it */
	ivc_enable(&vms[0], 0);
	assert_false(level[0]);
	assert_int_equal(ivc_take(&vms[0]), 0);
	ivc_enable(&vms[0], 3);
	assert_true(level[0]);
	assert_int_equal(ivc_take(&vms[0]), 1);
	assert_false(level[0]);
	assert_int_equal(ivc_pending(&vms[0]), 0);

	/* what is pending goes with the end */
	assert_int_equal(notify(1, 1, KEY), 2);
	assert_true(level[0]);
	assert_int_equal(unsubscribe(0, 1, KEY), 0);
	assert_false(level[0]);
	assert_int_equal(notify(1, 1, KEY), 1);
	assert_int_equal(ivc_pending(&vms[0]), 0);
}

static void own_channel(void **state)
{
	(void)state;
	assert_int_equal(publish(1, KEY, 4096), 0);
	uint64_t first = window(1);

	assert_int_equal(subscribe(1, 1, KEY), 0);
	assert_int_not_equal(window(1), first);
	assert_int_equal(behind(1, window(1)).v, behind(1, first).v);
	ivc_ack(&vms[1], ~0u);
	assert_int_equal(call(1, 0x82, 10, KEY, 0, 0), 0);
	assert_int_equal(notify(1, 1, KEY), 1);
	assert_int_equal(ivc_pending(&vms[1]), 2);
	assert_int_equal(ivc_notify(&vms[1], 1), 1);
	assert_int_equal(ivc_pending(&vms[1]), 3);
	ivc_vm_stopped(&vms[1]);
	all_is_given_back();
}

static void limits(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < IVC_SLOTS; i++)
		assert_int_equal(publish(1, i, 4096), 0);
	assert_int_equal(publish(1, IVC_SLOTS, 4096), HYPERCALL_FAIL);
	assert_int_equal(ivc_connected(&vms[1]), UINT32_MAX);
	/* a freed slot is the next one's, with nothing left of before */
	assert_int_equal(subscribe(0, 1, 7), 0);
	assert_int_equal(unpublish(1, 7), 0);
	assert_int_equal(publish(1, 99, 4096), 0);
	assert_int_equal(call(1, 0x82, 10, 99, 0, 0), 7);
	assert_int_equal(ivc_events(&vms[1], 7), 0);
	assert_int_equal(ivc_pending(&vms[1]), 0);
	ivc_vm_stopped(&vms[1]);
	ivc_vm_stopped(&vms[0]);
	all_is_given_back();

	/* bytes: both ends count, each in its own VM */
	assert_int_equal(publish(1, 0, CONFIG_IVC_VM_MAX_MIB / 2 * MIB), 0);
	assert_int_equal(publish(1, 1, CONFIG_IVC_VM_MAX_MIB / 2 * MIB + 4096),
			 HYPERCALL_FAIL);
	assert_int_equal(subscribe(0, 1, 0), 0);
	assert_int_equal(publish(0, 1, CONFIG_IVC_VM_MAX_MIB / 2 * MIB + 1),
			 HYPERCALL_FAIL);
	assert_int_equal(unpublish(1, 0), 0);
	assert_int_equal(unsubscribe(0, 1, 0), 0);
	all_is_given_back();
}

/* every allocation fails once, and leaves no trace */
static void no_memory(void **state)
{
	long frames, heap;

	(void)state;
	for (frames = 0;; frames++) {
		uint64_t before = tables();

		fake_frames_fail_after = frames;
		if (!publish(1, KEY, 3 * MIB))
			break;
		fake_frames_fail_after = -1;
		all_is_given_back();
		assert_int_equal(tables(), before);
	}
	assert_in_range(frames, 2, 8);
	for (heap = 0;; heap++) {
		fake_frames_fail_after = -1;
		fake_heap_fail_after = heap;
		if (!subscribe(0, 1, KEY))
			break;
		assert_int_equal(ivc_connected(&vms[0]), 0);
		assert_null(vms[0].taken);
	}
	assert_int_equal(heap, 2);
	fake_heap_fail_after = -1;
	assert_int_equal(unsubscribe(0, 1, KEY), 0);
	for (frames = 0;; frames++) {
		uint64_t before = fake_frames_out();

		fake_frames_fail_after = frames;
		if (!subscribe(0, 1, KEY))
			break;
		assert_int_equal(fake_frames_out(), before);
		assert_null(vms[0].taken);
	}
	fake_frames_fail_after = -1;
	assert_in_range(frames, 2, 8);
}

static void permissions(void **state)
{
	static const uint64_t may_publish[] = {KEY, 5};
	static const struct vm_ivc_peer may_subscribe[] = {{10, KEY}, {20, 1}};

	(void)state;
	configs[1].has_ivc = true;
	configs[1].ivc_publish = may_publish;
	configs[1].ivc_publish_count = 2;
	configs[0].has_ivc = true;
	configs[0].ivc_subscribe = may_subscribe;
	configs[0].ivc_subscribe_count = 2;
	assert_int_equal(publish(1, 5, 4096), 0);
	assert_int_equal(publish(1, KEY, 4096), 0);
	assert_int_equal(publish(1, 6, 4096), HYPERCALL_FAIL);
	assert_int_equal(publish(0, KEY, 4096), HYPERCALL_FAIL); /* none */
	assert_int_equal(publish(2, KEY, 4096), 0);              /* no table */
	assert_int_equal(subscribe(0, 1, KEY), 0);
	assert_int_equal(subscribe(0, 1, 5), HYPERCALL_FAIL);
	assert_int_equal(subscribe(0, 2, KEY), HYPERCALL_FAIL);
	assert_int_equal(subscribe(1, 2, KEY), HYPERCALL_FAIL);
	assert_int_equal(subscribe(2, 1, 5), 0);
}

static void listing(void **state)
{
	struct ivc_info info;
	unsigned int ends = 0, publishers = 0;

	(void)state;
	assert_int_equal(publish(1, KEY, 8192), 0);
	assert_int_equal(publish(2, KEY, 4096), 0);
	assert_int_equal(subscribe(0, 1, KEY), 0);
	notify(0, 1, KEY);
	for (; ivc_info(ends, &info); ends++) {
		publishers += info.is_publisher;
		assert_false(info.is_dead || info.is_closed);
		if (info.is_publisher)
			assert_int_equal(info.vm_id, info.publisher_id);
		if (info.vm_id == 0) {
			assert_int_equal(info.gpa, window(0));
			assert_int_equal(info.size_bytes, 8192);
			assert_int_equal(info.sent, 1);
		}
	}
	assert_int_equal(ends, 3);
	assert_int_equal(publishers, 2);
	ivc_vm_stopped(&vms[2]);
	ivc_vm_stopped(&vms[1]);
	assert_true(ivc_info(0, &info));
	assert_true(info.is_dead);
	assert_false(ivc_info(1, &info));
}

/* thousands of calls as they come: nothing is lost, nothing meets */
static void at_random(void **state)
{
	(void)state;
	fake_seed(11);
	for (unsigned int i = 0; i < 4000; i++) {
		unsigned int vm = (unsigned int)fake_random(VMS);
		unsigned int to = (unsigned int)fake_random(VMS);
		uint64_t key = fake_random(3);

		switch (fake_random(8)) {
		case 0:
		case 1:
			publish(vm, key,
				1 + fake_random(4) * fake_random(MIB / 2));
			break;
		case 2:
		case 3:
			subscribe(vm, to, key);
			break;
		case 4:
			unpublish(vm, key);
			break;
		case 5:
			unsubscribe(vm, to, key);
			break;
		case 6:
			notify(vm, to, key);
			break;
		default:
			if (!fake_random(10))
				ivc_vm_stopped(&vms[vm]);
			break;
		}
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(header_and_sharing),
		TEST(refusals),
		TEST(death_of_a_small_one),
		TEST(death_of_a_large_one),
		TEST(death_of_a_middling_one),
		TEST(large_leaves),
		TEST(subscriber_dies),
		TEST(doorbell),
		TEST(own_channel),
		TEST(limits),
		TEST(no_memory),
		TEST(permissions),
		TEST(listing),
		TEST(at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
