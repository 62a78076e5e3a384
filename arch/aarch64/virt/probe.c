/* SPDX-License-Identifier: Apache-2.0 */
/* Can this machine run guests, and what each CPU's EL2 traps. */
#define LOG_TAG "virt"
#include "sysreg.h"
#include "vcpu.h"
#include "vgic.h"

#include <asm/mmu.h>
#include <core/irq.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <mm/frames.h>

/* CPTR_EL2, E2H = 0, D19.2.30: beside SVE and SME, trace and activity
 * monitors trap */
#define CPTR_TTA BIT(20)
#define CPTR_TAM BIT(30)

/* MDCR_EL2, D19.2.87: performance monitors, debug, profiling, trace */
#define MDCR_HPMN GENMASK(4, 0)
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM BIT(6)
#define MDCR_TDA BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA BIT(11)
#define MDCR_TPMS BIT(14)
#define MDCR_HPMD BIT(17)
#define MDCR_TTRF BIT(19)
#define MDCR_TDCC BIT(27)

/* Registers of features that an older assembler does not know. */
#define HCRX_EL2 S3_4_C1_C2_2
#define HFGRTR_EL2 S3_4_C1_C1_4
#define HFGWTR_EL2 S3_4_C1_C1_5
#define HFGITR_EL2 S3_4_C1_C1_6
#define HDFGRTR_EL2 S3_4_C3_C1_4
#define HDFGWTR_EL2 S3_4_C3_C1_5
#define HAFGRTR_EL2 S3_4_C3_C1_6
#define MPAM2_EL2 S3_4_C10_C5_0
#define MPAM2_TRAPMPAM0EL1 BIT(49)
#define MPAM2_TRAPMPAM1EL1 BIT(48)
#define MPAMHCR_EL2 S3_4_C10_C4_0

#define FIELD4(value, lsb) ((value) >> (lsb)&0xf)

#define INTID_MAINTENANCE 25

/*
 * TWI comes and goes (run.c). Cache maintenance by set and way is the guest's
 * own loss (SWIO makes it harmless to memory); broadcasts are forced (FB, BSU)
 * because its vCPUs move; what is hidden traps.
 */
uint64_t hcr_base = HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO |
		    HCR_FB | HCR_BSU_IS | HCR_TID1 | HCR_TID3 | HCR_TSC |
		    HCR_TIDCP | HCR_TACR | HCR_RW | HCR_TLOR | HCR_TERR |
		    HCR_TID5;
unsigned int maintenance_irq = INTID_MAINTENANCE;
unsigned int kick_irq = IRQ_MAX;

/* The maintenance interrupt came while the host ran. */
static enum irq_result maintenance_in_host(unsigned int irq __unused_arg,
					   void *arg __unused_arg)
{
	struct vcpu *vcpu = vcpu_resident();

	if (vcpu)
		vgic_maintenance(vcpu);
	else
		write_sysreg(0, ICH_HCR_EL2);
	isb();
	return IRQ_HANDLED;
}

static int maintenance_probe(void)
{
	static const char *const gic[] = {"arm,gic-v3", NULL};
	int node = fdt_find_compatible(host_fdt(), gic);
	struct fdt_irq irq;
	bool edge;
	int intid, rc;

	if (node >= 0 && !fdt_node_irq(host_fdt(), node, 0, &irq)) {
		intid = fdt_gic_intid(&irq, &edge);
		if (intid >= 16 && intid < 32)
			maintenance_irq = (unsigned int)intid;
	}
	rc = irq_request(maintenance_irq, maintenance_in_host, NULL,
			 "virtual GIC", IRQ_TRIGGER_KEEP);
	if (rc)
		log_err("maintenance interrupt %u: error %d", maintenance_irq,
			-rc);
	return rc;
}

static void kick_probe(void)
{
	unsigned int irq;

	for (irq = 0; irq < 16; irq++) {
		if (irq_chip()->ipi_of(irq) == IPI_KICK)
			kick_irq = irq;
	}
}

static int empty_root_make(void)
{
	uint64_t size = arch_stage2_format()->root_tables * PAGE_SIZE;
	hpa_t root;
	int rc = frames_alloc_zeroed(&mm_owner_tables, size, size, &root);

	if (!rc)
		aarch64_empty_root_set(root);
	return rc;
}

int arch_virt_probe(void)
{
	int rc;

	if (FIELD4(read_sysreg(id_aa64pfr0_el1), 24) == 0) {
		log_err("no guests here: the CPU has no GICv3 interface");
		return -ENODEV;
	}
	kick_probe();
	idregs_probe();
	if (vcpu_load_probe())
		hcr_base |= HCR_API | HCR_APK; /* the keys are switched */
	smccc_probe();
	rc = empty_root_make();
	if (rc)
		return rc;
	rc = vgic_probe();
	if (rc)
		return rc;
	rc = guest_timer_probe();
	if (rc)
		return rc;
	return maintenance_probe();
}

/* Fine-grained traps only add to the others; reset values are unknown. */
static void traps_fine_init(void)
{
	uint64_t mmfr0 = read_sysreg(id_aa64mmfr0_el1);
	uint64_t mmfr1 = read_sysreg(id_aa64mmfr1_el1);
	uint64_t pfr0 = read_sysreg(id_aa64pfr0_el1);
	uint64_t pfr1 = read_sysreg(id_aa64pfr1_el1);

	if (FIELD4(mmfr1, 40)) /* HCX: zero traps what it names */
		write_sysreg(0, HCRX_EL2);
	if (FIELD4(mmfr0, 56)) { /* FGT: negative bits trap when zero */
		write_sysreg(0, HFGRTR_EL2);
		write_sysreg(0, HFGWTR_EL2);
		write_sysreg(0, HFGITR_EL2);
		write_sysreg(0, HDFGRTR_EL2);
		write_sysreg(0, HDFGWTR_EL2);
		if (FIELD4(pfr0, 44)) /* AMU */
			write_sysreg(0, HAFGRTR_EL2);
	}
	if (FIELD4(pfr0, 40) || FIELD4(pfr1, 16)) { /* MPAM */
		write_sysreg(MPAM2_TRAPMPAM0EL1 | MPAM2_TRAPMPAM1EL1,
			     MPAM2_EL2);
		if (read_sysreg(S3_0_C10_C4_4) & BIT(17)) /* MPAMIDR.HAS_HCR */
			write_sysreg(0, MPAMHCR_EL2);
	}
}

static uint64_t mdcr_value(void)
{
	uint64_t mdcr = MDCR_TPMCR | MDCR_TPM | MDCR_TDA | MDCR_TDOSA |
			MDCR_TDRA | MDCR_TPMS | MDCR_TTRF | MDCR_TDCC;
	uint64_t version = FIELD4(read_sysreg(id_aa64dfr0_el1), 8);

	/* with monitors, HPMN is at least their number to leave none to EL2 */
	if (version && version != 0xf)
		mdcr |= MDCR_HPMD | (read_sysreg(pmcr_el0) >> 11 & MDCR_HPMN);
	return mdcr;
}

int arch_virt_enable(void)
{
	unsigned long flags = arch_irq_save();

	write_sysreg(hcr_base, hcr_el2);
	write_sysreg(arch_stage2_vtcr(), vtcr_el2);
	write_sysreg(0, vttbr_el2);
	write_sysreg(CPTR_EL2_DEFAULT | CPTR_TTA | CPTR_TAM, cptr_el2);
	write_sysreg(mdcr_value(), mdcr_el2);
	write_sysreg(0, hstr_el2);
	traps_fine_init();
	vgic_cpu_enable();
	guest_timer_enable();
	irq_enable_percpu(maintenance_irq);
	isb();
	/* whatever firmware ran may have left translations */
	arch_tlb_flush_all_guests();
	arch_irq_restore(flags);
	return 0;
}

/* ELF for the Arm 64-bit Architecture, 5.3: EM_AARCH64 */
uint16_t arch_elf_machine(void)
{
	return 183;
}
