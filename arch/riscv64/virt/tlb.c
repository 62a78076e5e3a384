/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests' translations: whose the hart uses, and forgetting them. Other harts
 * do it by firmware (SBI, chapter 8). HFENCE by number, H 3.2.
 */
#include "vcpu.h"

#include <arch/pgtable.h>
#include <asm/csr.h>
#include <asm/sbi.h>
#include <asm/stage2.h>
#include <mm/stage2.h>

/* rs1 and rs2 x0: all addresses, all of them or of the current VMID */
static void fence_gvma_here(void)
{
	__asm__ volatile(".insn r 0x73, 0, 0x31, x0, x0, x0" ::: "memory");
}

void guest_fence_vma_here(void)
{
	__asm__ volatile(".insn r 0x73, 0, 0x11, x0, x0, x0" ::: "memory");
}

/*
 * VS-stage translations are forgotten by VMID alone, and a VMID may have been
 * another VM's since it was here last: whoever comes begins without any.
 */
void stage2_use(struct vm *vm)
{
	bool fresh = false;
	uint16_t vmid =
		stage2_vmid_get(&vm->stage2, arch_this_cpu()->id, &fresh);
	uint64_t hgatp = riscv64_stage2_hgatp(vm->arch->s2_root, vmid);

	if (fresh)
		fence_gvma_here();
	if (csr_read(CSR_HGATP) == hgatp)
		return;
	csr_write(hgatp, CSR_HGATP);
	guest_fence_vma_here();
}

void guest_fence_vma(uint64_t start, uint64_t size_bytes)
{
	sbi_call(SBI_EXT_RFENCE, SBI_RFENCE_HFENCE_VVMA, 0, SBI_ALL_HARTS,
		 start, size_bytes);
}

void guest_fence_i(void)
{
	__asm__ volatile("fence.i" ::: "memory");
	sbi_call(SBI_EXT_RFENCE, SBI_RFENCE_I, 0, SBI_ALL_HARTS, 0, 0);
}

/* Of every VMID: sbi_call() has no fifth argument, and this is rare. */
void arch_stage2_tlb_flush(uint16_t vmid __unused_arg, gpa_t gpa,
			   uint64_t size_bytes)
{
	arch_mb();
	sbi_call(SBI_EXT_RFENCE, SBI_RFENCE_HFENCE_GVMA, 0, SBI_ALL_HARTS,
		 gpa.v, size_bytes);
}

void arch_tlb_flush_all_guests(void)
{
	fence_gvma_here();
}
