/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Formats of this machine, and forgetting translations.
 *
 * CPUs may differ; tables are shared, so the least of all limits counts. It
 * is fixed when the stage-2 format is first asked for.
 */
#include <arch/cpu.h>
#include <asm/mmu.h>
#include <asm/sysreg.h>
#include <errno.h>

#define MMFR0_PARANGE(reg) ((reg)&0xf)
#define MMFR1_VMIDBITS(reg) (((reg) >> 4) & 0xf)
#define PA_RANGE_48 5
#define VMIDBITS_16 2

/* Beyond this many pages one flush of everything is cheaper. */
#define FLUSH_PAGES_MAX 64

/* Written while CPUs come up one by one; atomic. */
static unsigned int pa_range = PA_RANGE_48;
static bool vmid16 = true;
static bool frozen;

/*
 * What a TLBI by IPA looks through while another VMID is selected: nothing is
 * mapped, so a speculative walk can put nothing under that VMID. Constant once
 * there are VMs.
 */
static hpa_t empty_root;

int aarch64_features_add(void)
{
	unsigned int range = MMFR0_PARANGE(read_sysreg(id_aa64mmfr0_el1));
	bool wide =
		MMFR1_VMIDBITS(read_sysreg(id_aa64mmfr1_el1)) == VMIDBITS_16;

	if (__atomic_load_n(&frozen, __ATOMIC_ACQUIRE))
		return range < pa_range || (vmid16 && !wide) ? -ENODEV : 0;
	if (range < pa_range)
		__atomic_store_n(&pa_range, range, __ATOMIC_RELEASE);
	if (!wide)
		__atomic_store_n(&vmid16, false, __ATOMIC_RELEASE);
	return 0;
}

unsigned int aarch64_pa_range(void)
{
	return __atomic_load_n(&pa_range, __ATOMIC_ACQUIRE);
}

const struct pgt_format *arch_host_format(void)
{
	return &aarch64_host_format;
}

const struct pgt_format *arch_stage2_format(void)
{
	__atomic_store_n(&frozen, true, __ATOMIC_RELEASE);
	return aarch64_stage2_format(aarch64_pa_range());
}

unsigned int arch_stage2_vmid_bits(void)
{
	__atomic_store_n(&frozen, true, __ATOMIC_RELEASE);
	return __atomic_load_n(&vmid16, __ATOMIC_ACQUIRE) ? 16 : 8;
}

void aarch64_empty_root_set(hpa_t root)
{
	empty_root = root;
}

uint64_t arch_stage2_vtcr(void)
{
	return aarch64_vtcr(arch_stage2_format(), aarch64_pa_range(),
			    arch_stage2_vmid_bits() == 16);
}

/*
 * D8.13.5: table writes, DSB, TLBI, DSB for its completion everywhere, ISB
 * for this CPU.
 */
void arch_pte_sync(void)
{
	dsb(ishst);
	isb();
}

void arch_host_tlb_flush(hva_t va, size_t size_bytes)
{
	uint64_t page = va.v >> PAGE_SHIFT;
	uint64_t end = (va.v + size_bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;

	dsb(ishst);
	if (end - page > FLUSH_PAGES_MAX)
		__asm__ volatile("tlbi alle2is" ::: "memory");
	else
		for (; page < end; page++)
			__asm__ volatile("tlbi vae2is, %0" ::"r"(page)
					 : "memory");
	dsb(ish);
	isb();
}

/*
 * Stage 2 entries by IPA first; then, since a TLB may hold both stages in one
 * entry without the IPA, all of the VMID's stage 1 (D8.13.5.1).
 */
static void stage2_flush_pages(uint64_t page, uint64_t end)
{
	for (; page < end; page++)
		__asm__ volatile("tlbi ipas2e1is, %0" ::"r"(page) : "memory");
	dsb(ish);
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
}

void arch_stage2_tlb_flush(uint16_t vmid, gpa_t gpa, uint64_t size_bytes)
{
	unsigned long flags = arch_irq_save();
	uint64_t page = gpa.v >> PAGE_SHIFT;
	uint64_t last = gpa.v + (size_bytes - 1);
	uint64_t vttbr;

	if (size_bytes == 0)
		goto out;
	/* TLBI acts on the selected VMID; the guest's, if one is loaded on
	 * this CPU, comes back afterwards. */
	dsb(ishst);
	vttbr = read_sysreg(vttbr_el2);
	write_sysreg((uint64_t)vmid << VTTBR_VMID_SHIFT | empty_root.v,
		     vttbr_el2);
	isb();
	if (last < gpa.v || (last >> PAGE_SHIFT) - page >= FLUSH_PAGES_MAX)
		__asm__ volatile("tlbi vmalls12e1is" ::: "memory");
	else
		stage2_flush_pages(page, (last >> PAGE_SHIFT) + 1);
	dsb(ish);
	isb();
	write_sysreg(vttbr, vttbr_el2);
	isb();
out:
	arch_irq_restore(flags);
}

void arch_tlb_flush_all_guests(void)
{
	dsb(nshst);
	__asm__ volatile("tlbi alle1" ::: "memory");
	dsb(nsh);
	isb();
}
