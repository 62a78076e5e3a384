/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests' translations: whose the hart uses, and forgetting them. Other harts
 * do it by firmware (SBI, chapter 8), and only those that may hold any.
 *
 * What goes by a VMID. A second stage is forgotten by VMID on edits, on every
 * hart that has used that VMID, and as a whole when VMIDs begin anew
 * (mm/stage2.c). First stages can be forgotten of hgatp's VMID alone: a hart
 * does so when it uses a VM for the first time under a VMID of a generation.
 *
 * What goes by a vCPU. Its fences, and those that others ask of it, are meant
 * for the hart where it is. So a hart forgets a VM's first stages when the vCPU
 * that comes was last elsewhere, or was not the last of its VM here; and the
 * fences of others go to where it was last. Either they see where it is now, or
 * it has not yet forgotten what they tell it to.
 */
#include "vcpu.h"

#include <arch/pgtable.h>
#include <asm/csr.h>
#include <asm/hfence.h>
#include <asm/sbi.h>
#include <asm/stage2.h>
#include <mm/stage2.h>

#define HGATP_VMID_SHIFT 44
#define HGATP_VMID 0x3fff

/* Beyond this many pages one fence for everything is cheaper. */
#define FENCE_PAGES_MAX 64

/*
 * VMIDs that a hart has used since it last forgot all second stages; bit n
 * stands for every VMID that is n modulo their number. Written by the hart
 * itself, interrupts masked; read by those who edit tables.
 */
#define USED_BITS 256
static uint64_t vmids_used[CPU_MAX][USED_BITS / 64];

static uint64_t *used_word(unsigned int cpu, uint16_t vmid)
{
	return &vmids_used[cpu][vmid % USED_BITS / 64];
}

static void used_set(unsigned int cpu, uint16_t vmid)
{
	uint64_t *word = used_word(cpu, vmid);

	__atomic_store_n(word, *word | BIT(vmid % 64), __ATOMIC_RELAXED);
	/* before any walk; pairs with the one in arch_stage2_tlb_flush() */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void used_only(unsigned int cpu, uint16_t vmid)
{
	for (unsigned int i = 0; i < USED_BITS / 64; i++) {
		uint64_t *word = &vmids_used[cpu][i];
		bool here = word == used_word(cpu, vmid);

		__atomic_store_n(word, here ? BIT(vmid % 64) : 0,
				 __ATOMIC_RELAXED);
	}
}

static uint64_t harts_using(uint16_t vmid)
{
	uint64_t harts = 0;

	for (unsigned int i = 0; i < cpu_count; i++)
		if (__atomic_load_n(used_word(i, vmid), __ATOMIC_RELAXED) &
		    BIT(vmid % 64))
			harts |= BIT(i);
	return harts;
}

static void hgatp_change(struct vm *vm, unsigned int cpu, uint64_t hgatp,
			 uint16_t vmid, bool fresh)
{
	uint64_t vmid_gen =
		__atomic_load_n(&vm->stage2.vmid_gen, __ATOMIC_RELAXED);
	uint64_t *was = &vm->arch->vmid_gen[cpu];

	used_set(cpu, vmid);
	csr_write(hgatp, CSR_HGATP);
	if (fresh) {
		hfence_gvma_all();
		/* not sooner: until here it held all the others */
		used_only(cpu, vmid);
	}
	if (*was == vmid_gen)
		return;
	*was = vmid_gen;
	hfence_vvma_all();
}

void stage2_use(struct vm *vm)
{
	unsigned int cpu = arch_this_cpu()->id;
	bool fresh = false;
	uint16_t vmid = stage2_vmid_get(&vm->stage2, cpu, &fresh);
	uint64_t hgatp = riscv64_stage2_hgatp(vm->arch->s2_root, vmid);

	if (unlikely(fresh || csr_read(CSR_HGATP) != hgatp))
		hgatp_change(vm, cpu, hgatp, vmid, fresh);
}

void stage2_look_again(void)
{
	hfence_gvma_vmid(csr_read(CSR_HGATP) >> HGATP_VMID_SHIFT & HGATP_VMID);
}

void translations_switch(struct vcpu *vcpu, unsigned int cpu)
{
	struct vcpu **last = &vcpu->vm->arch->last_vcpu[cpu];
	bool moved = vcpu->arch->last_cpu != (int)cpu;

	stage2_use(vcpu->vm);
	__atomic_store_n(&vcpu->arch->last_cpu, (int)cpu, __ATOMIC_RELAXED);
	/* before what is forgotten below; pairs with that in harts_of() */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (moved)
		fence_i();
	if (*last && (moved || *last != vcpu))
		hfence_vvma_all();
	*last = vcpu;
}

/* Where vCPUs were last, a bit each. */
static uint64_t harts_of(struct vm *vm, uint64_t vcpus)
{
	uint64_t harts = 0;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	for (; vcpus; vcpus &= vcpus - 1) {
		struct vcpu *vcpu = vm->vcpus[__builtin_ctzll(vcpus)];
		int cpu = __atomic_load_n(&vcpu->arch->last_cpu,
					  __ATOMIC_RELAXED);

		if (cpu >= 0)
			harts |= BIT(cpu);
	}
	return harts;
}

/* One call for each 64 hart ids in a row. */
static void firmware_fence(uint64_t harts, uint64_t fid, uint64_t start,
			   uint64_t size_bytes, uint64_t id)
{
	while (harts) {
		uint64_t base = cpus[__builtin_ctzll(harts)].hwid;
		uint64_t mask = 0;

		for (uint64_t left = harts; left; left &= left - 1) {
			unsigned int cpu = (unsigned int)__builtin_ctzll(left);
			uint64_t at = cpus[cpu].hwid - base;

			if (at >= 64)
				continue;
			mask |= BIT(at);
			harts &= ~BIT(cpu);
		}
		sbi_call5(SBI_EXT_RFENCE, fid, mask, base, start, size_bytes,
			  id);
	}
}

/* Whole pages of a range; false: all, or so many that it is all. */
static bool page_range(uint64_t *start, uint64_t *size_bytes)
{
	uint64_t end = *start + *size_bytes;

	if (*size_bytes > FENCE_PAGES_MAX * PAGE_SIZE ||
	    end > UINT64_MAX - PAGE_SIZE || end < *start) {
		*start = 0;
		*size_bytes = UINT64_MAX;
		return false;
	}
	*start = ALIGN_DOWN(*start, PAGE_SIZE);
	*size_bytes = ALIGN_UP(end, PAGE_SIZE) - *start;
	return true;
}

static void vvma_here(const struct guest_fence *fence)
{
	uint64_t end = fence->start + fence->size_bytes;

	if (fence->size_bytes == UINT64_MAX) {
		if (fence->by_asid)
			hfence_vvma_asid(fence->asid);
		else
			hfence_vvma_all();
		return;
	}
	for (uint64_t va = fence->start; va < end; va += PAGE_SIZE) {
		if (fence->by_asid)
			hfence_vvma_asid_page(va, fence->asid);
		else
			hfence_vvma_page(va);
	}
}

void guest_fence_vma(struct vm *vm, uint64_t vcpus,
		     const struct guest_fence *fence)
{
	struct guest_fence f = *fence;
	uint64_t here = BIT(arch_this_cpu()->id);
	uint64_t harts = harts_of(vm, vcpus);

	page_range(&f.start, &f.size_bytes);
	if (harts & here)
		vvma_here(&f);
	firmware_fence(harts & ~here,
		       f.by_asid ? SBI_RFENCE_HFENCE_VVMA_ASID
				 : SBI_RFENCE_HFENCE_VVMA,
		       f.start, f.size_bytes, f.asid);
}

void guest_fence_i(struct vm *vm, uint64_t vcpus)
{
	uint64_t here = BIT(arch_this_cpu()->id);
	uint64_t harts = harts_of(vm, vcpus);

	if (harts & here)
		fence_i();
	firmware_fence(harts & ~here, SBI_RFENCE_I, 0, 0, 0);
}

static void gvma_here(uint16_t vmid, uint64_t start, uint64_t size_bytes)
{
	if (size_bytes == UINT64_MAX) {
		hfence_gvma_vmid(vmid);
		return;
	}
	for (uint64_t at = start; at < start + size_bytes; at += PAGE_SIZE)
		hfence_gvma_page(at, vmid);
}

void arch_stage2_tlb_flush(uint16_t vmid, gpa_t gpa, uint64_t size_bytes)
{
	unsigned long flags = arch_irq_save(); /* this hart stays this hart */
	uint64_t here = BIT(arch_this_cpu()->id);
	uint64_t start = gpa.v;
	uint64_t harts;

	page_range(&start, &size_bytes);
	/* the edit first: a hart that is not seen to use it walks later */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	harts = harts_using(vmid);
	if (harts & here)
		gvma_here(vmid, start, size_bytes);
	firmware_fence(harts & ~here, SBI_RFENCE_HFENCE_GVMA_VMID, start,
		       size_bytes, vmid);
	arch_irq_restore(flags);
}

void arch_tlb_flush_all_guests(void)
{
	hfence_gvma_all();
}
