/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fences, on harts that cache whatever they may: QEMU's forget too much to miss
 * one. Guests run, move, edit their tables and code; the host edits second
 * stages, makes and ends VMs until VMIDs begin anew. What a guest sees must
 * never be older than what it, or the host, has fenced for.
 *
 * Over 600 lines, because the harts that cache are of use to no other test, and
 * tlb.c is compiled into this one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../fake/fake.h"

#include <asm/csr.h>
#undef csr_read
#undef csr_write
#define csr_read(csr) model_csr_read(CSR_TEXT(csr))
#define csr_write(value, csr) model_csr_write(CSR_TEXT(csr), value)
static uint64_t model_csr_read(const char *csr);
static void model_csr_write(const char *csr, uint64_t value);

#define ASM_HFENCE_H
static void hfence_gvma_all(void);
static void hfence_gvma_vmid(uint64_t vmid);
static void hfence_gvma_page(uint64_t gpa, uint64_t vmid);
static void hfence_vvma_all(void);
static void hfence_vvma_asid(uint64_t asid);
static void hfence_vvma_page(uint64_t va);
static void hfence_vvma_asid_page(uint64_t va, uint64_t asid);
static void fence_i(void);

#include "../../../arch/riscv64/virt/tlb.c"

#include "../../../arch/riscv64/pgtable_format.h"

#define HARTS 3
#define VMS 4
#define VCPUS 3
#define PAGES 4
#define ASIDS 2 /* 0: tables of each vCPU's own; 1: those of all of the VM */
#define VMIDS 8
#define GUEST 0x80000000ull

struct cpu cpus[CPU_MAX];
unsigned int cpu_count = HARTS;

struct entry {
	bool valid;
	unsigned int owner; /* whose table it came from */
	unsigned int version;
};

static struct hart {
	uint64_t hgatp;
	struct vcpu *inside;
	struct entry gvma[VMIDS][PAGES];
	struct entry vvma[VMIDS][ASIDS][PAGES];
	struct entry code[VMS];
} harts[HARTS];

static struct mm_owner owner = {.name = "vm"};
static struct vm vms[VMS];
static struct arch_vm arch_vms[VMS];
static struct vcpu vcpus[VMS][VCPUS];
static struct arch_vcpu arch_vcpus[VMS][VCPUS];
static unsigned int incarnation[VMS];

/* What tables and code say now, and the least that a vCPU must see. */
static unsigned int gtable[VMS][PAGES], gneed[VMS][PAGES];
static unsigned int vtable[VMS][VCPUS + 1][PAGES];
static unsigned int vneed[VMS][VCPUS][ASIDS][PAGES];
static unsigned int code[VMS], code_need[VMS][VCPUS];

static unsigned int clock_now; /* versions are moments */
static unsigned int calls, harts_called;

static struct hart *here(void)
{
	return &harts[arch_this_cpu()->id];
}

static unsigned int vmid_of(const struct hart *h)
{
	return h->hgatp >> 44 & (VMIDS - 1);
}

static uint64_t model_csr_read(const char *csr)
{
	assert_string_equal(csr, CSR_TEXT(CSR_HGATP));
	return here()->hgatp;
}

static void model_csr_write(const char *csr, uint64_t value)
{
	assert_string_equal(csr, CSR_TEXT(CSR_HGATP));
	here()->hgatp = value;
}

/*
 * Walks: a guest touches everything whenever it may.
 */

static unsigned int table_of(unsigned int vm, unsigned int vcpu,
			     unsigned int asid)
{
	(void)vm;
	return asid ? VCPUS : vcpu;
}

static unsigned int owner_tag(unsigned int vm, unsigned int table)
{
	return (incarnation[vm] * VMS + vm) * (VCPUS + 1) + table;
}

static void cache(struct entry *e, unsigned int from, unsigned int version)
{
	if (!e->valid)
		*e = (struct entry){true, from, version};
}

static void touch(struct hart *h)
{
	unsigned int vm, vcpu;

	if (!h->inside)
		return;
	vm = (unsigned int)(h->inside->vm - vms);
	vcpu = h->inside->id;
	for (unsigned int p = 0; p < PAGES; p++) {
		cache(&h->gvma[vmid_of(h)][p], owner_tag(vm, 0), gtable[vm][p]);
		for (unsigned int a = 0; a < ASIDS; a++) {
			unsigned int t = table_of(vm, vcpu, a);

			cache(&h->vvma[vmid_of(h)][a][p], owner_tag(vm, t),
			      vtable[vm][t][p]);
		}
	}
	cache(&h->code[vm], 0, code[vm]);
}

static void touch_all(void)
{
	for (unsigned int i = 0; i < HARTS; i++)
		touch(&harts[i]);
}

/* What the guest inside sees is its own, and new enough. */
static void check(const struct hart *h)
{
	unsigned int vm, vcpu;

	if (!h->inside)
		return;
	vm = (unsigned int)(h->inside->vm - vms);
	vcpu = h->inside->id;
	for (unsigned int p = 0; p < PAGES; p++) {
		const struct entry *e = &h->gvma[vmid_of(h)][p];

		assert_int_equal(e->owner, owner_tag(vm, 0));
		assert_true(e->version >= gneed[vm][p]);
		for (unsigned int a = 0; a < ASIDS; a++) {
			e = &h->vvma[vmid_of(h)][a][p];
			assert_int_equal(e->owner,
					 owner_tag(vm, table_of(vm, vcpu, a)));
			assert_true(e->version >= vneed[vm][vcpu][a][p]);
		}
	}
	assert_true(h->code[vm].version >= code_need[vm][vcpu]);
}

static void check_all(void)
{
	touch_all();
	for (unsigned int i = 0; i < HARTS; i++)
		check(&harts[i]);
}

/*
 * Fences of a hart
 */

static void gvma(struct hart *h, int vmid, int page)
{
	touch_all();
	for (int v = 0; v < VMIDS; v++)
		for (int p = 0; p < PAGES; p++)
			if ((vmid < 0 || v == vmid) && (page < 0 || p == page))
				h->gvma[v][p].valid = false;
}

static void vvma(struct hart *h, unsigned int vmid, int asid, int page)
{
	touch_all();
	for (int a = 0; a < ASIDS; a++)
		for (int p = 0; p < PAGES; p++)
			if ((asid < 0 || a == asid) && (page < 0 || p == page))
				h->vvma[vmid][a][p].valid = false;
}

static void fence_code(struct hart *h)
{
	touch_all();
	for (unsigned int i = 0; i < VMS; i++)
		h->code[i].valid = false;
}

static int page_of(uint64_t at)
{
	assert_int_equal(at % PAGE_SIZE, 0);
	return at >= GUEST && at - GUEST < PAGES * PAGE_SIZE
		       ? (int)((at - GUEST) / PAGE_SIZE)
		       : PAGES;
}

static void hfence_gvma_all(void)
{
	gvma(here(), -1, -1);
}

static void hfence_gvma_vmid(uint64_t vmid)
{
	gvma(here(), (int)vmid, -1);
}

static void hfence_gvma_page(uint64_t at, uint64_t vmid)
{
	gvma(here(), (int)vmid, page_of(at));
}

static void hfence_vvma_all(void)
{
	vvma(here(), vmid_of(here()), -1, -1);
}

static void hfence_vvma_asid(uint64_t asid)
{
	vvma(here(), vmid_of(here()), (int)asid, -1);
}

static void hfence_vvma_page(uint64_t va)
{
	vvma(here(), vmid_of(here()), -1, page_of(va));
}

static void hfence_vvma_asid_page(uint64_t va, uint64_t asid)
{
	vvma(here(), vmid_of(here()), (int)asid, page_of(va));
}

static void fence_i(void)
{
	fence_code(here());
}

/* Firmware does on other harts what it is asked to: SBI 2.0, chapter 8. */
static void firmware_on(struct hart *h, uint64_t fid, uint64_t start,
			uint64_t size, uint64_t id)
{
	bool all = size == UINT64_MAX || (!start && !size);
	unsigned int vmid = vmid_of(here());

	if (fid == SBI_RFENCE_I) {
		fence_code(h);
		return;
	}
	for (uint64_t at = all ? 0 : start; all || at < start + size;
	     at += PAGE_SIZE) {
		int page = all ? -1 : page_of(at);

		if (fid == SBI_RFENCE_HFENCE_GVMA_VMID)
			gvma(h, (int)id, page);
		else if (fid == SBI_RFENCE_HFENCE_VVMA_ASID)
			vvma(h, vmid, (int)id, page);
		else if (fid == SBI_RFENCE_HFENCE_VVMA)
			vvma(h, vmid, -1, page);
		else
			fail();
		if (all)
			break;
	}
}

struct sbi_ret sbi_call5(uint64_t ext, uint64_t fid, uint64_t mask,
			 uint64_t base, uint64_t start, uint64_t size,
			 uint64_t id)
{
	assert_int_equal(ext, SBI_EXT_RFENCE);
	assert_int_not_equal(mask, 0);
	calls++;
	for (unsigned int bit = 0; bit < 64; bit++) {
		unsigned int cpu = 0;

		if (!(mask >> bit & 1))
			continue;
		while (cpu < HARTS && cpus[cpu].hwid != base + bit)
			cpu++;
		assert_true(cpu < HARTS); /* no hart that is not there */
		harts_called |= 1u << cpu;
		firmware_on(&harts[cpu], fid, start, size, id);
	}
	return (struct sbi_ret){0, 0};
}

/*
 * What mm/stage2.c asks
 */

void arch_pte_sync(void)
{
}

const struct pgt_format *arch_stage2_format(void)
{
	return riscv64_stage2_format(3, false);
}

unsigned int arch_stage2_vmid_bits(void)
{
	return 3;
}

uint64_t riscv64_stage2_hgatp(hpa_t root, uint16_t vmid)
{
	return riscv64_hgatp(arch_stage2_format(), root, vmid);
}

void fake_tlb_table_freed(hpa_t pa)
{
	(void)pa;
}

/*
 * What happens
 */

static void on(unsigned int hart)
{
	arch_set_this_cpu(&cpus[hart]);
}

static void vm_new(unsigned int i)
{
	struct vm *vm = &vms[i];

	incarnation[i]++;
	memset(&arch_vms[i], 0, sizeof(arch_vms[i]));
	*vm = (struct vm){.arch = &arch_vms[i], .vcpu_count = VCPUS};
	assert_int_equal(stage2_create(&vm->stage2, &owner), 0);
	assert_int_equal(stage2_map(&vm->stage2, gpa(GUEST), hpa(GUEST),
				    PAGES * PAGE_SIZE, PGT_R),
			 0);
	for (unsigned int v = 0; v < VCPUS; v++) {
		arch_vcpus[i][v] = (struct arch_vcpu){.last_cpu = -1};
		vcpus[i][v] = (struct vcpu){
			.vm = vm, .id = v, .arch = &arch_vcpus[i][v]};
		vm->vcpus[v] = &vcpus[i][v];
	}
	clock_now++;
	for (unsigned int p = 0; p < PAGES; p++) {
		gtable[i][p] = gneed[i][p] = clock_now;
		for (unsigned int t = 0; t <= VCPUS; t++)
			vtable[i][t][p] = clock_now;
	}
	memset(vneed[i], 0, sizeof(vneed[i]));
	memset(code_need[i], 0, sizeof(code_need[i]));
}

static void vm_end(unsigned int i)
{
	for (unsigned int h = 0; h < HARTS; h++)
		if (harts[h].inside && harts[h].inside->vm == &vms[i])
			harts[h].inside = NULL;
	on(0);
	stage2_destroy(&vms[i].stage2);
}

static void vcpu_run(struct vcpu *vcpu, unsigned int hart)
{
	static struct vcpu *resident[HARTS];

	for (unsigned int h = 0; h < HARTS; h++) {
		if (harts[h].inside == vcpu)
			harts[h].inside = NULL;
		if (h != hart && resident[h] == vcpu)
			resident[h] = NULL;
	}
	on(hart);
	harts[hart].inside = NULL;
	if (resident[hart] != vcpu || vcpu->arch->last_cpu < 0)
		translations_switch(vcpu, hart);
	resident[hart] = vcpu;
	stage2_use(vcpu->vm);
	harts[hart].inside = vcpu;
}

/* The host changes rights of a page. */
static void host_edits(unsigned int vm, unsigned int page)
{
	unsigned int prot;
	uint64_t left;
	hpa_t to;

	touch_all();
	gtable[vm][page] = ++clock_now;
	assert_int_equal(stage2_lookup(&vms[vm].stage2,
				       gpa(GUEST + page * PAGE_SIZE), &to,
				       &prot, &left),
			 0);
	assert_int_equal(stage2_protect(&vms[vm].stage2,
					gpa(GUEST + page * PAGE_SIZE),
					PAGE_SIZE, prot ^ PGT_W),
			 0);
	gneed[vm][page] = clock_now;
}

/* The same of all at once, as mm/stage2.c asks it for a table that goes away. */
static void host_edits_all(unsigned int vm)
{
	uint64_t vmid_gen = vms[vm].stage2.vmid_gen;

	touch_all();
	clock_now++;
	for (unsigned int p = 0; p < PAGES; p++)
		gtable[vm][p] = clock_now;
	if (vmid_gen)
		arch_stage2_tlb_flush((uint16_t)vmid_gen, gpa(0), UINT64_MAX);
	for (unsigned int p = 0; p < PAGES; p++)
		gneed[vm][p] = clock_now;
}

/* A running guest changes its tables and tells vCPUs, or itself alone. */
static void guest_edits(struct hart *h, unsigned int page, unsigned int asid,
			unsigned int mask, bool by_asid, bool all)
{
	unsigned int vm = (unsigned int)(h->inside->vm - vms);
	unsigned int vcpu = h->inside->id;
	const struct guest_fence fence = {
		.start = all ? 0 : GUEST + page * PAGE_SIZE,
		.size_bytes = all ? UINT64_MAX : PAGE_SIZE,
		.asid = (uint16_t)asid,
		.by_asid = by_asid,
	};

	touch_all();
	vtable[vm][table_of(vm, vcpu, asid)][page] = ++clock_now;
	if (mask) {
		guest_fence_vma(&vms[vm], mask, &fence);
	} else {
		mask = 1u << vcpu;
		vvma(h, vmid_of(h), (int)asid, (int)page);
	}
	for (unsigned int v = 0; v < VCPUS; v++)
		if (mask >> v & 1 &&
		    table_of(vm, v, asid) == table_of(vm, vcpu, asid))
			vneed[vm][v][asid][page] = clock_now;
}

static void guest_writes_code(struct hart *h, unsigned int mask)
{
	unsigned int vm = (unsigned int)(h->inside->vm - vms);

	touch_all();
	code[vm] = ++clock_now;
	if (mask) {
		guest_fence_i(&vms[vm], mask);
	} else {
		mask = 1u << h->inside->id;
		fence_code(h);
	}
	for (unsigned int v = 0; v < VCPUS; v++)
		if (mask >> v & 1)
			code_need[vm][v] = clock_now;
}

static int setup(void **state)
{
	static const uint64_t hwids[HARTS] = {70, 1, 5};

	(void)state;
	memset(harts, 0, sizeof(harts));
	for (unsigned int i = 0; i < HARTS; i++)
		cpus[i] = (struct cpu){.id = i, .hwid = hwids[i]};
	on(0);
	for (unsigned int i = 0; i < VMS; i++)
		vm_new(i);
	calls = harts_called = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < VMS; i++)
		vm_end(i);
	assert_int_equal(fake_frames_out(), 0);
	return 0;
}

static void one_step(void)
{
	unsigned int vm = (unsigned int)fake_random(VMS);
	struct hart *h = &harts[fake_random(HARTS)];
	unsigned int page = (unsigned int)fake_random(PAGES);
	unsigned int mask = (unsigned int)fake_random(1 << VCPUS);

	on((unsigned int)fake_random(HARTS));
	switch (fake_random(h->inside ? 10 : 4)) {
	case 0:
	case 1:
	case 2:
		vcpu_run(&vcpus[vm][fake_random(VCPUS)],
			 (unsigned int)(h - harts));
		break;
	case 3:
		if (fake_random(8)) {
			host_edits(vm, page);
		} else if (fake_random(2)) {
			host_edits_all(vm);
		} else {
			vm_end(vm);
			vm_new(vm);
		}
		break;
	case 4:
	case 5:
	case 6:
	case 7:
		on((unsigned int)(h - harts));
		guest_edits(h, page, (unsigned int)fake_random(ASIDS), mask,
			    fake_random(2), fake_random(2));
		break;
	default:
		on((unsigned int)(h - harts));
		guest_writes_code(h, mask);
	}
	check_all();
}

static void at_random(void **state)
{
	(void)state;
	fake_seed(1);
	for (unsigned int i = 0; i < 100000; i++)
		one_step();
}

/* Nobody is disturbed who cannot hold anything. */
static void only_who_may_hold_it(void **state)
{
	const struct guest_fence all = {.size_bytes = UINT64_MAX};

	(void)state;
	vcpu_run(&vcpus[0][0], 0);
	vcpu_run(&vcpus[1][0], 1);
	vcpu_run(&vcpus[1][1], 2);
	on(0);
	calls = 0;
	host_edits(0, 1);
	assert_int_equal(calls, 0);
	guest_fence_vma(&vms[0], 7, &all);
	guest_fence_i(&vms[0], 7);
	assert_int_equal(calls, 0);
	harts_called = 0;
	host_edits(1, 1);
	assert_int_equal(harts_called, 6);
	on(1);
	harts_called = 0;
	guest_fence_vma(&vms[1], 3, &all);
	assert_int_equal(harts_called, 4);
	harts_called = 0;
	guest_fence_i(&vms[1], 2);
	assert_int_equal(harts_called, 4);
	check_all();
}

/* Hart ids 70 and 1 are no one mask's: two calls. */
static void ids_far_apart(void **state)
{
	const struct guest_fence all = {.size_bytes = UINT64_MAX};

	(void)state;
	vcpu_run(&vcpus[0][0], 0);
	vcpu_run(&vcpus[0][1], 1);
	vcpu_run(&vcpus[0][2], 2);
	on(2);
	calls = harts_called = 0;
	guest_fence_vma(&vms[0], 7, &all);
	assert_int_equal(harts_called, 3);
	assert_int_equal(calls, 2);
}

static uint64_t last_start, last_size;

static void ranges(void **state)
{
	(void)state;
	last_start = 0x1fff;
	last_size = 2;
	assert_true(page_range(&last_start, &last_size));
	assert_int_equal(last_start, 0x1000);
	assert_int_equal(last_size, 0x2000);
	last_start = 0;
	last_size = UINT64_MAX;
	assert_false(page_range(&last_start, &last_size));
	assert_int_equal(last_size, UINT64_MAX);
	last_start = UINT64_MAX - 10;
	last_size = 5;
	assert_false(page_range(&last_start, &last_size));
	last_start = 0;
	last_size = 65 * PAGE_SIZE;
	assert_false(page_range(&last_start, &last_size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(only_who_may_hold_it),
		TEST(ids_far_apart),
		TEST(ranges),
		TEST(at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
