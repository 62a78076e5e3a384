/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU's state between memory and the CPU's registers. */
#include "vcpu.h"
#include "vgic.h"

#include <arch/pgtable.h>
#include <mm/stage2.h>

static struct vm *last_vm[CPU_MAX];
static bool has_pauth;

bool vcpu_load_probe(void)
{
	uint64_t isar1 = read_sysreg(id_aa64isar1_el1);
	uint64_t isar2 = read_sysreg(S3_0_C0_C6_2);

	/* APA, API, GPA, GPI; APA3, GPA3: D19.2.61, D19.2.62 */
	has_pauth = (isar1 & 0xff000ff0) || (isar2 & 0xff00);
	return has_pauth;
}

/* Member of struct arch_el1_state, register. */
#define EL1_REGISTERS(x)                                                       \
	x(sp_el0, sp_el0) x(sp_el1, sp_el1) x(elr_el1, elr_el1) x(             \
		spsr_el1, spsr_el1) x(sctlr, sctlr_el1) x(cpacr, cpacr_el1)    \
		x(ttbr0, ttbr0_el1) x(ttbr1, ttbr1_el1) x(tcr, tcr_el1) x(     \
			esr, esr_el1) x(afsr0, afsr0_el1) x(afsr1, afsr1_el1)  \
			x(far, far_el1) x(mair, mair_el1) x(                   \
				amair, amair_el1) x(vbar, vbar_el1)            \
				x(contextidr, contextidr_el1) x(               \
					tpidr_el0,                             \
					tpidr_el0) x(tpidrro_el0,              \
						     tpidrro_el0) x(tpidr_el1, \
								    tpidr_el1) \
					x(par, par_el1) x(csselr, csselr_el1)  \
						x(cntkctl, cntkctl_el1)        \
							x(mdscr, mdscr_el1)

/* APIAKeyLo_EL1 and on, D19.2.11: encodings, for older assemblers. */
#define KEY_REGISTERS(x)                                                       \
	x(0, S3_0_C2_C1_0) x(1, S3_0_C2_C1_1) x(2, S3_0_C2_C1_2)               \
		x(3, S3_0_C2_C1_3) x(4, S3_0_C2_C2_0) x(5, S3_0_C2_C2_1)       \
			x(6, S3_0_C2_C2_2) x(7, S3_0_C2_C2_3)                  \
				x(8, S3_0_C2_C3_0) x(9, S3_0_C2_C3_1)

static void el1_save(struct arch_el1_state *el1)
{
#define SAVE(member, reg) el1->member = read_sysreg(reg);
#define SAVE_KEY(i, reg) el1->keys[i] = read_sysreg(reg);
	EL1_REGISTERS(SAVE)
	if (has_pauth) {
		KEY_REGISTERS(SAVE_KEY)
	}
#undef SAVE
#undef SAVE_KEY
}

static void el1_restore(const struct arch_el1_state *el1)
{
#define RESTORE(member, reg) write_sysreg(el1->member, reg);
#define RESTORE_KEY(i, reg) write_sysreg(el1->keys[i], reg);
	EL1_REGISTERS(RESTORE)
	if (has_pauth) {
		KEY_REGISTERS(RESTORE_KEY)
	}
#undef RESTORE
#undef RESTORE_KEY
}

void arch_vcpu_put(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	vgic_put(vcpu); /* looks at the timer's line, so it goes first */
	guest_timer_put(vcpu);
	el1_save(&arch->el1);
	fpsimd_save(&arch->fp);
}

void stage2_use_root(struct vm *vm, hpa_t root)
{
	unsigned int cpu = arch_this_cpu()->id;
	bool fresh = false;
	uint64_t vttbr;

	vttbr = (uint64_t)stage2_vmid_get(&vm->stage2, cpu, &fresh)
			<< VTTBR_VMID_SHIFT |
		root.v;
	if (fresh)
		arch_tlb_flush_all_guests();
	if (read_sysreg(vttbr_el2) != vttbr)
		write_sysreg(vttbr, vttbr_el2);
}

/*
 * vCPUs of one VM share a VMID, but a guest may give the same ASID, or its
 * invalidations without broadcast, another meaning on each.
 */
static void tlb_switch(struct vcpu *vcpu, unsigned int cpu)
{
	struct vcpu **last = &vcpu->vm->arch->last_vcpu[cpu];

	if (*last == vcpu)
		return;
	if (*last) {
		stage2_use(vcpu->vm);
		isb();
		__asm__ volatile("tlbi vmalle1; dsb nsh; isb" ::: "memory");
	}
	*last = vcpu;
}

void arch_vcpu_load(struct vcpu *vcpu, unsigned int cpu)
{
	struct arch_vcpu *arch = vcpu->arch;

	if (last_vm[cpu] != vcpu->vm) {
		smccc_mitigate();
		last_vm[cpu] = vcpu->vm;
	}
	tlb_switch(vcpu, cpu);
	write_sysreg(vcpu->hwid | BIT(31), vmpidr_el2); /* bit 31: RES1 */
	write_sysreg(read_sysreg(midr_el1), vpidr_el2);
	el1_restore(&arch->el1);
	fpsimd_restore(&arch->fp);
	guest_timer_load(vcpu);
	vgic_load(vcpu);
	isb();
}
