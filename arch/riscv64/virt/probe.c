/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this machine can run guests, and what each hart lets them do. */
#define LOG_TAG "virt"
#include "vcpu.h"

#include <arch/aia.h>
#include <arch/pgtable.h>
#include <asm/csr.h>
#include <asm/features.h>
#include <asm/sbi.h>
#include <asm/stage2.h>
#include <errno.h>
#include <lib/log.h>

/* Exceptions that are a guest's own: it would take them on a bare hart too. */
#define HEDELEG                                                                \
	(BIT(CAUSE_FETCH_MISALIGNED) | BIT(CAUSE_FETCH_ACCESS) |               \
	 BIT(CAUSE_ILLEGAL) | BIT(CAUSE_BREAKPOINT) |                          \
	 BIT(CAUSE_LOAD_MISALIGNED) | BIT(CAUSE_LOAD_ACCESS) |                 \
	 BIT(CAUSE_STORE_MISALIGNED) | BIT(CAUSE_STORE_ACCESS) |               \
	 BIT(CAUSE_USER_ECALL) | BIT(CAUSE_FETCH_PAGE) |                       \
	 BIT(CAUSE_LOAD_PAGE) | BIT(CAUSE_STORE_PAGE))
#define HIDELEG (HVIP_VSSIP | HVIP_VSTIP | HVIP_VSEIP)

#define HCOUNTEREN_TM BIT(1)

/* Each CPU may hold one over when they run out, mm/stage2.c. */
#define VMID_BITS_MIN 7
_Static_assert(CPU_MAX < 1 << (VMID_BITS_MIN - 1), "VMIDs for every CPU");

static struct guest_features features;

const struct guest_features *guest_features(void)
{
	return &features;
}

uint64_t guest_machine_id(unsigned int which)
{
	return sbi_call(SBI_EXT_BASE, SBI_BASE_MVENDORID + which, 0, 0, 0, 0)
		.value;
}

static uint64_t henvcfg_find(void)
{
	uint64_t wanted = 0;

	if (riscv64_all_have("zicbom"))
		wanted |= HENVCFG_CBIE_FLUSH | HENVCFG_CBCFE;
	if (riscv64_all_have("zicboz"))
		wanted |= HENVCFG_CBZE;
	if (riscv64_all_have("svadu"))
		wanted |= HENVCFG_ADUE;
	if (riscv64_all_have("svpbmt"))
		wanted |= HENVCFG_PBMTE;
	if (riscv64_features()->sstc)
		wanted |= HENVCFG_STCE;
	csr_write(wanted, CSR_HENVCFG);
	return csr_read(CSR_HENVCFG) & wanted;
}

int arch_virt_probe(void)
{
	const char *lacks;

	if (!riscv64_all_have("h")) {
		log_err("no guests here: not every hart of the device tree has "
			"the hypervisor extension (h in riscv,isa)");
		return -ENODEV;
	}
	lacks = riscv64_stage2_probe();
	if (lacks || arch_stage2_vmid_bits() < VMID_BITS_MIN) {
		log_err("no guests here: hgatp has %s",
			lacks ? lacks : "too few bits of VMID");
		return -ENODEV;
	}
	features = (struct guest_features){
		.henvcfg = henvcfg_find(),
		.fp = riscv64_all_have("d"),
		.aia = riscv64_all_have("ssaia"),
		.stateen = riscv64_all_have("smstateen"),
	};
	features.sstc = features.henvcfg & HENVCFG_STCE;
	imsic_files_probe();
	log_info("%s, %u bits of VMID, timer by %s", arch_stage2_format()->name,
		 arch_stage2_vmid_bits(), features.sstc ? "Sstc" : "SBI");
	return 0;
}

const char *arch_irq_passthrough_refusal(void)
{
	return arch_aplic() ? "an APLIC interrupts no guest itself"
			    : "a PLIC interrupts no guest itself";
}

int arch_virt_enable(void)
{
	unsigned long flags = arch_irq_save();
	uint64_t left;

	csr_write(HEDELEG, CSR_HEDELEG);
	csr_write(HIDELEG, CSR_HIDELEG);
	csr_write(0, CSR_HIE);
	csr_write(0, CSR_HVIP);
	/* cycle and instret are the hart's, of all its guests: hidden */
	csr_write(HCOUNTEREN_TM, CSR_HCOUNTEREN);
	csr_write(features.henvcfg, CSR_HENVCFG);
	left = features.henvcfg & ~csr_read(CSR_HENVCFG);
	csr_write(0, CSR_HTIMEDELTA);
	if (features.aia) {
		/* interrupts come as without AIA; none has a priority */
		csr_write(0, CSR_HVIEN);
		csr_write(0, CSR_HVICTL);
		csr_write(0, CSR_HVIPRIO1);
		csr_write(0, CSR_HVIPRIO2);
	}
	imsic_files_enable();
	if (features.sstc)
		csr_write(UINT64_MAX, CSR_VSTIMECMP);
	csr_write(0, CSR_HGATP);
	arch_tlb_flush_all_guests();
	arch_irq_restore(flags);
	if (left) {
		log_err("hart %llu: henvcfg lacks 0x%llx of the others'",
			(unsigned long long)arch_hwid(),
			(unsigned long long)left);
		return -ENODEV;
	}
	return 0;
}

/* RISC-V ELF psABI, 8.1: EM_RISCV */
uint16_t arch_elf_machine(void)
{
	return 243;
}
