/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stage-2 aborts: emulated registers, and what cannot be emulated.
 *
 * An access that the virtual interrupt controller takes is finished here, and
 * one that an emulated device answers at once (a byte to its console). All
 * others leave as EXIT_MMIO_*; struct mmio_op remembers what the instruction
 * still has to do, and mmio_continue() does it on the next entry.
 */
#include "insn.h"
#include "vcpu.h"
#include "vgic.h"

#include <virt/guest_mem.h>
#include <virt/vdev.h>

/* ISS of data and instruction aborts, D19.2.37 */
#define ISS_ISV BIT(24)
#define ISS_SAS(esr) ((esr) >> 22 & 3)
#define ISS_SSE BIT(21)
#define ISS_SRT(esr) ((esr) >> 16 & 0x1f)
#define ISS_SF BIT(15)
#define ISS_CM BIT(8)
#define ISS_S1PTW BIT(7)
#define ISS_WNR BIT(6)
#define ISS_FSC(esr) ((esr)&0x3f)

#define FSC_TRANSLATION 0x04 /* 0x04..0x07 */
#define FSC_EXTERNAL 0x10
#define FSC_EXTERNAL_WALK 0x14 /* 0x14..0x17 */
#define FSC_PARITY 0x18        /* 0x18..0x1f: also on a walk */
#define FSC_TLB_CONFLICT 0x30

#define VECTOR_EL1H_SYNC 0x200 /* D1.3.1.2 */

/* A load or store of one register into a hole, with a syndrome. */
#define ISS_PLAIN (ISS_ISV | ISS_CM | ISS_S1PTW | 0x3c)
#define ISS_PLAIN_VALUE (ISS_ISV | FSC_TRANSLATION)

#define SCTLR_E0E BIT(24)
#define SCTLR_EE BIT(25)
#define PSR_A32_E BIT(9)
#define PAR_F BIT(0)

/* HPFAR_EL2.FIPA holds bits 47:12 of the address from bit 4 on */
static gpa_t fault_gpa(uint64_t far)
{
	uint64_t page = (read_sysreg(hpfar_el2) & GENMASK(43, 4)) << 8;

	return gpa(page | (far & (PAGE_SIZE - 1)));
}

static bool in_el0(uint64_t pstate)
{
	return (pstate & PSR_MODE_A32) || !(pstate & 0xc);
}

static bool big_endian(void)
{
	uint64_t pstate = read_sysreg(spsr_el2);

	if (pstate & PSR_MODE_A32)
		return pstate & PSR_A32_E;
	return read_sysreg(sctlr_el1) & (in_el0(pstate) ? SCTLR_E0E : SCTLR_EE);
}

static uint64_t value_truncate(uint64_t value, unsigned int width)
{
	return width == 8 ? value : value & (BIT(width * 8) - 1);
}

static uint64_t value_swap(uint64_t value, unsigned int width)
{
	return __builtin_bswap64(value) >> (64 - width * 8);
}

/* What a store puts on the bus, from a register's value. */
static uint64_t value_store(const struct mmio_op *op, uint64_t value)
{
	value = value_truncate(value, op->width);
	return op->big_endian ? value_swap(value, op->width) : value;
}

/* What a load puts into the register. */
static uint64_t value_load(const struct mmio_op *op, uint64_t value)
{
	unsigned int shift = 64 - op->width * 8;

	value = value_truncate(value, op->width);
	if (op->big_endian)
		value = value_swap(value, op->width);
	if (op->sign_extend)
		value = (uint64_t)((int64_t)(value << shift) >> shift);
	return op->sixty_four ? value : (uint32_t)value;
}

/* SP of the guest's level: SP_EL0 unless PSTATE.SP of EL1 says otherwise. */
static bool uses_sp_el1(uint64_t pstate)
{
	return (pstate & 0x1f) == PSR_MODE_EL1H;
}

static uint64_t base_read(struct vcpu *vcpu, unsigned int n)
{
	if (n < 31)
		return vcpu->arch->regs.x[n];
	return uses_sp_el1(read_sysreg(spsr_el2)) ? read_sysreg(sp_el1)
						  : read_sysreg(sp_el0);
}

static void base_write(struct vcpu *vcpu, unsigned int n, uint64_t value,
		       uint64_t pstate)
{
	if (n < 31)
		vcpu->arch->regs.x[n] = value;
	else if (uses_sp_el1(pstate))
		write_sysreg(value, sp_el1);
	else
		write_sysreg(value, sp_el0);
}

/* All accesses are answered: results reach the registers at once. */
static void mmio_finish(struct vcpu *vcpu, uint64_t pstate)
{
	struct mmio_op *op = &vcpu->arch->mmio;
	unsigned int i;

	for (i = 0; i < op->count && !op->write; i++)
		regs_write(vcpu, op->rt[i], value_load(op, op->values[i]));
	if (op->writeback)
		base_write(vcpu, op->base_reg, op->base_value, pstate);
	op->count = 0;
}

/* Return: true when every access is answered, false when @exit asks for one. */
static bool mmio_step(struct vcpu *vcpu, struct vcpu_exit *exit)
{
	struct mmio_op *op = &vcpu->arch->mmio;
	uint64_t value;
	gpa_t at;

	while (op->done < op->count) {
		at = gpa(op->gpa.v + op->done * op->width);
		value = op->write ? value_store(op, regs_read(vcpu,
							      op->rt[op->done]))
				  : 0;
		if (vgic_mmio(vcpu, at, op->width, op->write, &value)) {
			op->values[op->done++] = value;
			continue;
		}
		exit->kind = op->write ? EXIT_MMIO_WRITE : EXIT_MMIO_READ;
		exit->mmio.gpa = at;
		exit->mmio.value = value;
		exit->mmio.width = op->width;
		exit->mmio.needs = 0; /* rights have faults of their own */
		return false;
	}
	return true;
}

/* The state is loaded, but PC and PSTATE are the saved ones. */
bool mmio_continue(struct vcpu *vcpu, struct vcpu_exit *exit)
{
	struct mmio_op *op = &vcpu->arch->mmio;

	if (!mmio_step(vcpu, exit))
		return false;
	mmio_finish(vcpu, vcpu->arch->regs.pstate);
	pc_skip_saved(vcpu, op->short_insn);
	return true;
}

void arch_vcpu_mmio_done(struct vcpu *vcpu, uint64_t value)
{
	struct mmio_op *op = &vcpu->arch->mmio;

	if (op->done < op->count)
		op->values[op->done++] = value;
}

static int mmio_start(struct vcpu *vcpu, uint64_t esr, uint64_t far)
{
	struct arch_vcpu *arch = vcpu->arch;

	if (mmio_step(vcpu, arch->exit)) {
		exit_count(vcpu, REASON_VGIC_MMIO);
		mmio_finish(vcpu, read_sysreg(spsr_el2));
		pc_skip(esr);
		return vcpu_after_change(vcpu, RESUME_ALL);
	}
	exit_count(vcpu, REASON_MMIO);
	arch->abort_esr = esr;
	arch->abort_far = far;
	return LEAVE;
}

static void op_from_syndrome(struct mmio_op *op, uint64_t esr, gpa_t at)
{
	op->gpa = at;
	op->width = 1u << ISS_SAS(esr);
	op->count = 1;
	op->done = 0;
	op->rt[0] = ISS_SRT(esr);
	op->write = esr & ISS_WNR;
	op->sign_extend = esr & ISS_SSE;
	op->sixty_four = esr & ISS_SF;
	op->big_endian = big_endian();
	op->writeback = false;
	op->short_insn = !(esr & ESR_IL);
}

/*
 * Read the instruction at the guest's PC, through its own stage 1. PAR_EL1 is
 * the guest's too. Return: false when it is not there, or not in RAM.
 */
static bool fetch_insn(struct vcpu *vcpu, uint32_t *insn)
{
	uint64_t pc = read_sysreg(elr_el2);
	uint64_t saved = read_sysreg(par_el1);
	uint64_t par;

	__asm__ volatile("at s1e1r, %0; isb" ::"r"(pc) : "memory");
	par = read_sysreg(par_el1);
	write_sysreg(saved, par_el1);
	if (par & PAR_F)
		return false;
	return !guest_read(vcpu->vm,
			   gpa((par & GENMASK(47, 12)) | (pc & 0xffc)), insn,
			   sizeof(*insn));
}

/* No syndrome: some instructions can be looked at. */
static bool op_from_insn(struct vcpu *vcpu, struct mmio_op *op, uint64_t esr,
			 uint64_t far, gpa_t at)
{
	struct insn_access access;
	uint64_t base, where;
	uint32_t insn;

	if (read_sysreg(spsr_el2) & PSR_MODE_A32)
		return false;
	if (!fetch_insn(vcpu, &insn) || !insn_decode(insn, &access))
		return false;
	base = base_read(vcpu, access.rn);
	where = access.post ? base : base + (int64_t)access.offset;
	/* begun elsewhere (half of a pair in RAM), going elsewhere, or the
	 * instruction has been changed under our eyes; byte 7 may be a tag */
	if ((where ^ far) & GENMASK(55, 0) ||
	    access.write != (bool)(esr & ISS_WNR) ||
	    (at.v & (PAGE_SIZE - 1)) + access.width * access.count > PAGE_SIZE)
		return false;
	*op = (struct mmio_op){
		.gpa = at,
		.base_value = base + (int64_t)access.offset,
		.width = access.width,
		.count = access.count,
		.rt = {access.rt[0], access.rt[1]},
		.base_reg = access.rn,
		.write = access.write,
		.sign_extend = access.sign_extend,
		.sixty_four = access.sixty_four,
		.big_endian = big_endian(),
		.writeback = access.writeback,
	};
	return true;
}

/* Aborts that are not about a hole in the guest's address space. */
static int abort_odd(struct vcpu *vcpu, uint64_t esr)
{
	unsigned int fsc = ISS_FSC(esr);

	if (fsc == FSC_TLB_CONFLICT) {
		__asm__ volatile("tlbi vmalls12e1; dsb nsh; isb" ::: "memory");
		return RESUME;
	}
	if ((fsc & 0x3c) == FSC_EXTERNAL_WALK || (fsc & 0x38) == FSC_PARITY)
		return exit_fault(vcpu, "memory error in a table walk", esr,
				  fault_gpa(read_sysreg(far_el2)));
	return inject_abort(vcpu, esr, FSC_EXTERNAL);
}

/* No translation fault. */
static int abort_final(struct vcpu *vcpu, uint64_t esr)
{
	if (esr & ISS_S1PTW)
		return inject_abort(vcpu, esr,
				    FSC_EXTERNAL_WALK | (ISS_FSC(esr) & 3));
	return abort_odd(vcpu, esr);
}

static bool tables_moved(struct vcpu *vcpu, gpa_t at)
{
	return unlikely(vcpu->arch->pt) && pt_abort(vcpu, at);
}

/* An abort of the guest's fetch would be taken to this very fetch. */
static bool at_own_vector(void)
{
	return (read_sysreg(spsr_el2) & (PSR_MODE_A32 | 0xf)) ==
		       PSR_MODE_EL1H &&
	       read_sysreg(elr_el2) == read_sysreg(vbar_el1) + VECTOR_EL1H_SYNC;
}

/*
 * Not to be emulated. The table may have been in the middle of a change
 * (break-before-make) when the access came: virt looks under its lock.
 */
static int leave_unmapped(struct vcpu *vcpu, uint64_t esr, uint64_t far,
			  gpa_t at)
{
	struct arch_vcpu *arch = vcpu->arch;
	bool fetch = ESR_EC(esr) == ESR_EC_IABT_LOW;

	arch->abort_esr = esr;
	arch->abort_far = far;
	arch->mmio.count = 0;
	arch->exit->kind = EXIT_UNMAPPED;
	arch->exit->mmio.gpa = at;
	arch->exit->mmio.needs = fetch ? PGT_X : 0;
	arch->exit->mmio.hopeless = fetch && at_own_vector();
	return LEAVE;
}

static int abort_slow(struct vcpu *vcpu, uint64_t esr, uint64_t far, gpa_t at)
{
	struct mmio_op *op = &vcpu->arch->mmio;

	if (tables_moved(vcpu, at))
		return LEAVE;
	exit_count(vcpu, REASON_DATA_ABORT);
	if ((ISS_FSC(esr) & 0x3c) != FSC_TRANSLATION)
		return abort_final(vcpu, esr);
	if (esr & ISS_S1PTW)
		return leave_unmapped(vcpu, esr, far, at);
	if (esr & ISS_CM) {
		/* nothing is cached where nothing is */
		pc_skip(esr);
		return RESUME;
	}
	if (!op_from_insn(vcpu, op, esr, far, at)) {
		op->count = 0;
		if (tables_moved(vcpu, at))
			return LEAVE; /* fetch_insn() walks them too */
		return leave_unmapped(vcpu, esr, far, at);
	}
	return mmio_start(vcpu, esr, far);
}

/* A load or store by a whole register of A64, little-endian. */
static bool is_simple(uint64_t esr)
{
	return (esr & (ISS_PLAIN | ISS_SSE | ESR_IL)) ==
		       (ISS_PLAIN_VALUE | ESR_IL) &&
	       !(read_sysreg(spsr_el2) & (PSR_MODE_A32 | PSR_SS | PSR_BTYPE)) &&
	       !(read_sysreg(sctlr_el1) & (SCTLR_EE | SCTLR_E0E));
}

/* Return: false: the device needs the vCPU's task, or there is none. */
static bool dev_quick(struct vcpu *vcpu, uint64_t esr, gpa_t at, int *action)
{
	unsigned int width = 1u << ISS_SAS(esr), rt = ISS_SRT(esr);
	bool write = esr & ISS_WNR;
	uint64_t value = 0;

	if (write)
		value = value_truncate(regs_read(vcpu, rt), width);
	if (!vdev_quick(vcpu->vm, at, width, write, &value))
		return false;
	*action = RESUME;
	if (!write)
		*action = regs_write(vcpu, rt, value_truncate(value, width));
	write_sysreg(read_sysreg(elr_el2) + 4, elr_el2);
	exit_count(vcpu, REASON_MMIO);
	*action = vcpu_after_change(vcpu, *action);
	return true;
}

static int dist_done(struct vcpu *vcpu, int action)
{
	write_sysreg(read_sysreg(elr_el2) + 4, elr_el2);
	exit_count(vcpu, REASON_VGIC_MMIO);
	return vcpu_after_change(vcpu, action);
}

static __attribute__((noinline)) int dist_read(struct vcpu *vcpu, uint64_t esr,
					       uint32_t off)
{
	unsigned int width = 1u << ISS_SAS(esr);
	uint64_t value = vgic_dist_reg(off, width)
				 ->read(&vcpu->arch->vgic, NULL, off, width);

	return dist_done(vcpu, regs_write(vcpu, ISS_SRT(esr), value));
}

static __attribute__((noinline)) int dist_write(struct vcpu *vcpu, uint64_t esr,
						uint32_t off)
{
	unsigned int width = 1u << ISS_SAS(esr);

	vgic_dist_reg(off, width)
		->write(&vcpu->arch->vgic, NULL, off, width,
			regs_read(vcpu, ISS_SRT(esr)));
	return dist_done(vcpu, RESUME);
}

static __attribute__((noinline)) int abort_other(struct vcpu *vcpu,
						 uint64_t esr, gpa_t at)
{
	uint64_t far = read_sysreg(far_el2);
	int action;

	if (unlikely((esr & ISS_PLAIN) != ISS_PLAIN_VALUE))
		return abort_slow(vcpu, esr, far, at);
	if (tables_moved(vcpu, at))
		return LEAVE;
	if (is_simple(esr) && dev_quick(vcpu, esr, at, &action))
		return action;
	op_from_syndrome(&vcpu->arch->mmio, esr, at);
	return mmio_start(vcpu, esr, far);
}

/*
 * What guests do all day goes around struct mmio_op, in registers all the way:
 * a plain load or store to the emulated distributor, from A64, little-endian,
 * without sign extension.
 */
int abort_data(struct vcpu *vcpu, uint64_t esr)
{
	gpa_t at = fault_gpa(read_sysreg(far_el2));
	struct arch_vcpu *arch = vcpu->arch;
	uint64_t off = at.v - arch->vgic.vgic->dist_base;

	if (unlikely((esr & (ISS_PLAIN | ISS_SSE | ESR_IL)) !=
			     (ISS_PLAIN_VALUE | ESR_IL) ||
		     off >= VGIC_DIST_SIZE || arch->pt ||
		     (read_sysreg(spsr_el2) &
		      (PSR_MODE_A32 | PSR_SS | PSR_BTYPE)) ||
		     (read_sysreg(sctlr_el1) & (SCTLR_EE | SCTLR_E0E))))
		return abort_other(vcpu, esr, at);
	return esr & ISS_WNR ? dist_write(vcpu, esr, (uint32_t)off)
			     : dist_read(vcpu, esr, (uint32_t)off);
}

int abort_fetch(struct vcpu *vcpu, uint64_t esr)
{
	uint64_t far = read_sysreg(far_el2);
	gpa_t at = fault_gpa(far);

	if (tables_moved(vcpu, at))
		return LEAVE;
	exit_count(vcpu, REASON_FETCH_ABORT);
	if ((ISS_FSC(esr) & 0x3c) == FSC_TRANSLATION)
		return leave_unmapped(vcpu, esr, far, at);
	return abort_final(vcpu, esr);
}
