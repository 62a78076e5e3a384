/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guest-page faults: emulated registers, and what cannot be emulated.
 *
 * An access that an interrupt controller takes is finished here, and one that an
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

/* Callee-saved ones are not loaded again on the way back, see entry.S. */
#define REGS_KEPT (BIT(3) | BIT(9) | GENMASK(27, 18))

/* Of a load, its register. Return: what entry.S is to do */
static int access_finish(struct vcpu *vcpu, uint64_t value)
{
	const struct insn_access *a = &vcpu->arch->access;
	unsigned int shift = 64 - a->width * 8;

	if (a->write)
		return RESUME;
	value <<= shift;
	value = a->sign_extend ? (uint64_t)((int64_t)value >> shift)
			       : value >> shift;
	reg_write(vcpu, a->reg, value);
	return REGS_KEPT & BIT(a->reg) ? RESUME_ALL : RESUME;
}

/* The same inside arch_vcpu_run(). */
static int access_done(struct vcpu *vcpu, uint64_t value)
{
	pc_skip(vcpu->arch->access.length);
	return access_finish(vcpu, value);
}

void arch_vcpu_mmio_done(struct vcpu *vcpu, uint64_t value)
{
	access_finish(vcpu, value);
	vcpu->arch->regs.pc += vcpu->arch->access.length;
}

/* Of a guest-page fault it is not said whether there is no mapping, or one that
 * does not allow it. */
static uint8_t rights_needed(uint64_t cause)
{
	bool write;

	if (insn_walk(csr_read(CSR_HTINST), &write))
		return write ? PGT_W : PGT_R;
	if (cause == CAUSE_FETCH_GUEST)
		return PGT_X;
	return cause == CAUSE_STORE_GUEST ? PGT_W : PGT_R;
}

/*
 * Not to be emulated. The table may have been in the middle of a change when
 * the access came: virt looks under its lock.
 */
static int leave_unmapped(struct vcpu *vcpu, uint64_t cause, gpa_t at)
{
	struct arch_vcpu *arch = vcpu->arch;
	bool fetch = cause == CAUSE_FETCH_GUEST;

	exit_count(vcpu, fetch ? REASON_FETCH_FAULT : REASON_DATA_FAULT);
	arch->exit->kind = EXIT_UNMAPPED;
	arch->exit->mmio.gpa = at;
	arch->exit->mmio.needs = rights_needed(cause);
	/* the fault would be taken to that very fetch */
	arch->exit->mmio.hopeless =
		fetch && (csr_read(sstatus) & SSTATUS_SPP) &&
		csr_read(sepc) == (csr_read(CSR_VSTVEC) & ~(uint64_t)3);
	return LEAVE;
}

static int access_start(struct vcpu *vcpu, uint64_t cause, gpa_t at)
{
	const struct insn_access *a = &vcpu->arch->access;
	struct vcpu_exit *exit = vcpu->arch->exit;
	uint64_t value;

	/* the instruction has been changed under our eyes */
	if (unlikely(a->write != (cause == CAUSE_STORE_GUEST)))
		return RESUME;
	/* misaligned: no device takes it */
	if (unlikely(at.v & (a->width - 1u)))
		return leave_unmapped(vcpu, cause, at);
	value = a->write ? truncate(reg_read(vcpu, a->reg), a->width) : 0;
	if (virq_has(vcpu->vm, at))
		return access_done(vcpu, virq_access(vcpu, at, value));
	exit_count(vcpu, REASON_MMIO);
	if (vdev_quick(vcpu->vm, at, a->width, a->write, &value))
		return access_done(vcpu, value);
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

/* Bit 0: an instruction, not the walk of a page table. */
static uint64_t htinst_read(void)
{
	uint64_t htinst = csr_read(CSR_HTINST);

	return IS_ENABLED(CONFIG_RISCV64_IGNORE_HTINST) && (htinst & 1)
		       ? 0
		       : htinst;
}

/* Return: INSN_FETCH: the guest's own tables have changed since */
static enum insn_kind insn_find(uint64_t htinst, struct insn_access *a)
{
	enum insn_kind kind = insn_from_htinst(htinst, a);
	uint32_t insn;

	if (kind != INSN_FETCH || !insn_fetch(csr_read(sepc), &insn))
		return kind;
	return insn_decode(insn, a);
}

static const uint8_t access_faults[] = {
	[CAUSE_FETCH_GUEST] = CAUSE_FETCH_ACCESS,
	[CAUSE_LOAD_GUEST] = CAUSE_LOAD_ACCESS,
	[CAUSE_STORE_GUEST] = CAUSE_STORE_ACCESS,
};

int abort_guest_page(struct vcpu *vcpu, uint64_t cause)
{
	struct arch_vcpu *arch = vcpu->arch;
	struct insn_access *a = &arch->access;
	uint64_t va = csr_read(stval);
	/* htval has no lowest two bits; they are those of the address, H 2.8 */
	gpa_t at = gpa(csr_read(CSR_HTVAL) << 2 | (va & 3));

	arch->abort_cause = access_faults[cause];
	arch->access_va = va;
	if (likely(cause != CAUSE_FETCH_GUEST && insn_usual(htinst_read(), a)))
		return access_start(vcpu, cause, at);
	if (cause == CAUSE_FETCH_GUEST)
		return leave_unmapped(vcpu, cause, at);
	switch (insn_find(htinst_read(), a)) {
	case INSN_ACCESS:
		return access_start(vcpu, cause, at);
	case INSN_FETCH:
		return RESUME; /* it faults there, or does not */
	default:
		return leave_unmapped(vcpu, cause, at);
	}
}
