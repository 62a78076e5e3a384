/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest-page faults: emulated registers, and what cannot be emulated.
 *
 * An access that the virtual PLIC takes is finished here, and one that an
 * emulated device answers at once (a byte to its console). All others leave as
 * EXIT_MMIO_*, which arch_vcpu_mmio_done() finishes.
 */
#include "vcpu.h"

#include <arch/pgtable.h>
#include <asm/csr.h>
#include <virt/vdev.h>

static uint64_t reg_read(const struct vcpu *vcpu, unsigned int n)
{
	return n ? vcpu->arch->regs.x[n] : 0;
}

static void reg_write(struct vcpu *vcpu, unsigned int n, uint64_t value)
{
	if (n)
		vcpu->arch->regs.x[n] = value;
}

static uint64_t truncate(uint64_t value, unsigned int width)
{
	return width == 8 ? value : value & (BIT(width * 8) - 1);
}

static void access_finish(struct vcpu *vcpu, uint64_t value)
{
	const struct insn_access *a = &vcpu->arch->access;
	unsigned int shift = 64 - a->width * 8;

	if (!a->write) {
		value = truncate(value, a->width);
		if (a->sign_extend)
			value = (uint64_t)((int64_t)(value << shift) >> shift);
		reg_write(vcpu, a->reg, value);
	}
	vcpu->arch->regs.pc += a->length;
}

void arch_vcpu_mmio_done(struct vcpu *vcpu, uint64_t value)
{
	access_finish(vcpu, value);
}

static void plic_access(struct vcpu *vcpu, gpa_t at)
{
	const struct insn_access *a = &vcpu->arch->access;
	struct arch_vm *arch = vcpu->vm->arch;
	uint64_t off = at.v - arch->plic_base;
	uint64_t told = 0, value = 0;

	if (a->write)
		vplic_write(&arch->plic, off, a->width,
			    truncate(reg_read(vcpu, a->reg), a->width), &told);
	else
		value = vplic_read(&arch->plic, off, a->width, &told);
	access_finish(vcpu, value);
	virq_tell(vcpu->vm, told);
}

/* Of a guest-page fault it is not said whether there is no mapping, or one that
 * does not allow it. */
static uint8_t rights_needed(const struct guest_trap *trap)
{
	bool write;

	if (insn_walk(trap->htinst, &write))
		return write ? PGT_W : PGT_R;
	if (trap->cause == CAUSE_FETCH_GUEST)
		return PGT_X;
	return trap->cause == CAUSE_STORE_GUEST ? PGT_W : PGT_R;
}

/*
 * Not to be emulated. The table may have been in the middle of a change when
 * the access came: virt looks under its lock.
 */
static int leave_unmapped(struct vcpu *vcpu, const struct guest_trap *trap,
			  gpa_t at)
{
	struct arch_vcpu *arch = vcpu->arch;
	bool fetch = trap->cause == CAUSE_FETCH_GUEST;

	exit_count(vcpu, fetch ? REASON_FETCH_FAULT : REASON_DATA_FAULT);
	arch->exit->kind = EXIT_UNMAPPED;
	arch->exit->mmio.gpa = at;
	arch->exit->mmio.needs = rights_needed(trap);
	/* the fault would be taken to that very fetch */
	arch->exit->mmio.hopeless =
		fetch && (arch->regs.status & SSTATUS_SPP) &&
		arch->regs.pc == (csr_read(CSR_VSTVEC) & ~(uint64_t)3);
	return LEAVE;
}

static int access_start(struct vcpu *vcpu, gpa_t at)
{
	const struct insn_access *a = &vcpu->arch->access;
	struct vcpu_exit *exit = vcpu->arch->exit;
	uint64_t value =
		a->write ? truncate(reg_read(vcpu, a->reg), a->width) : 0;

	if (in_plic(vcpu->vm, at)) {
		exit_count(vcpu, REASON_PLIC);
		plic_access(vcpu, at);
		return RESUME;
	}
	exit_count(vcpu, REASON_MMIO);
	if (vdev_quick(vcpu->vm, at, a->width, a->write, &value)) {
		access_finish(vcpu, value);
		return RESUME;
	}
	exit->kind = a->write ? EXIT_MMIO_WRITE : EXIT_MMIO_READ;
	exit->mmio.gpa = at;
	exit->mmio.value = value;
	exit->mmio.width = a->width;
	exit->mmio.needs = a->write ? PGT_W : PGT_R;
	return LEAVE;
}

bool insn_fetch(uint64_t pc, uint32_t *insn)
{
	uint16_t low, high = 0;

	if (!guest_fetch(pc, &low) ||
	    (insn_length(low) == 4 && !guest_fetch(pc + 2, &high)))
		return false;
	*insn = (uint32_t)high << 16 | low;
	return true;
}

/* htval has no lowest two bits; they are those of the address (H 2.8). */
static gpa_t fault_gpa(const struct guest_trap *trap)
{
	return gpa(trap->htval << 2 | (trap->value & 3));
}

int abort_guest_page(struct vcpu *vcpu, const struct guest_trap *trap)
{
	static const uint8_t causes[] = {
		[CAUSE_FETCH_GUEST - CAUSE_FETCH_GUEST] = CAUSE_FETCH_ACCESS,
		[CAUSE_LOAD_GUEST - CAUSE_FETCH_GUEST] = CAUSE_LOAD_ACCESS,
		[CAUSE_STORE_GUEST - CAUSE_FETCH_GUEST] = CAUSE_STORE_ACCESS,
	};
	struct arch_vcpu *arch = vcpu->arch;
	struct insn_access *a = &arch->access;
	gpa_t at = fault_gpa(trap);
	enum insn_kind kind;
	uint32_t insn;

	arch->abort_cause = causes[trap->cause - CAUSE_FETCH_GUEST];
	arch->access_va = trap->value;
	if (trap->cause == CAUSE_FETCH_GUEST)
		return leave_unmapped(vcpu, trap, at);
	kind = insn_from_htinst(trap->htinst, a);
	if (kind == INSN_FETCH) {
		if (!insn_fetch(arch->regs.pc, &insn))
			return RESUME; /* it faults there, or does not */
		kind = insn_decode(insn, a);
	}
	if (kind != INSN_ACCESS ||
	    (at.v & (PAGE_SIZE - 1)) + a->width > PAGE_SIZE)
		return leave_unmapped(vcpu, trap, at);
	/* the instruction has been changed under our eyes */
	if (a->write != (trap->cause == CAUSE_STORE_GUEST))
		return RESUME;
	return access_start(vcpu, at);
}
