/* SPDX-License-Identifier: Apache-2.0 */
#define LOG_TAG "imsic"
#include "vcpu.h"

#include <arch/aia.h>
#include <arch/hart.h>
#include <asm/csr.h>
#include <asm/io.h>
#include <core/irq.h>
#include <lib/log.h>
#include <mm/host_map.h>
#include <mm/stage2.h>

/* hstatus.VGEIN has 6 bits, hgeie a bit for each file. */
#define FILES_MAX 63

/* each CPU's guest files that nobody has, BIT(number); atomic */
static uint64_t files_free[CPU_MAX];
/* whose they are; set by who took it, before its hart may tell of it */
static struct vcpu *owners[CPU_MAX][FILES_MAX + 1];
/* each CPU's pages: its own, then its guests' */
static volatile uint8_t *pages[CPU_MAX];

static uint32_t place_get(const struct imsic_file *file)
{
	return __atomic_load_n(&file->place, __ATOMIC_SEQ_CST);
}

/*
 * The harts' files
 */

/* Of the calling hart, interrupts masked: who is interrupted may be about to
 * use these, too. */
struct access {
	uint64_t hstatus, select;
};

static struct access access_begin(unsigned int number)
{
	struct access a = {csr_read(CSR_HSTATUS), csr_read(CSR_VSISELECT)};

	csr_write((a.hstatus & ~(uint64_t)HSTATUS_VGEIN) |
			  (uint64_t)number << HSTATUS_VGEIN_SHIFT,
		  CSR_HSTATUS);
	return a;
}

static void access_end(struct access a)
{
	csr_write(a.select, CSR_VSISELECT);
	csr_write(a.hstatus, CSR_HSTATUS);
}

static uint64_t reg_swap(unsigned int reg, uint64_t value)
{
	csr_write(reg, CSR_VSISELECT);
	return csr_swap(value, CSR_VSIREG);
}

static void reg_set(unsigned int reg, uint64_t value)
{
	csr_write(reg, CSR_VSISELECT);
	csr_set(value, CSR_VSIREG);
}

/* struct move - what is done on a file's hart */
struct move {
	struct vimsic *soft;
	unsigned int number;
	unsigned int ids;
};

/* What is there goes into memory, and the file is empty. */
static void file_empty(void *arg)
{
	const struct move *move = arg;
	struct vimsic *soft = move->soft;
	unsigned long flags = arch_irq_save();
	struct access a = access_begin(move->number);

	csr_clear(BIT(move->number), CSR_HGEIE);
	soft->delivery = reg_swap(IMSIC_EIDELIVERY, 0) == 1;
	soft->threshold = (uint32_t)reg_swap(IMSIC_EITHRESHOLD, 0);
	for (unsigned int w = 0; w <= move->ids / 64; w++) {
		soft->eie[w] = reg_swap(IMSIC_EIE0 + 2 * w, 0);
		__atomic_fetch_or(&soft->eip[w],
				  reg_swap(IMSIC_EIP0 + 2 * w, 0),
				  __ATOMIC_SEQ_CST);
	}
	access_end(a);
	arch_irq_restore(flags);
}

/* The reverse; messages may have come to the file already. */
static void file_fill(void *arg)
{
	const struct move *move = arg;
	struct vimsic *soft = move->soft;
	unsigned long flags = arch_irq_save();
	struct access a = access_begin(move->number);

	for (unsigned int w = 0; w <= move->ids / 64; w++) {
		reg_swap(IMSIC_EIE0 + 2 * w, soft->eie[w]);
		reg_set(IMSIC_EIP0 + 2 * w,
			__atomic_exchange_n(&soft->eip[w], 0,
					    __ATOMIC_SEQ_CST));
	}
	reg_swap(IMSIC_EITHRESHOLD, soft->threshold);
	reg_swap(IMSIC_EIDELIVERY, soft->delivery);
	access_end(a);
	arch_irq_restore(flags);
}

/*
 * Who has which
 */

/* Return: 0: all are taken */
static unsigned int file_take(struct vcpu *vcpu, unsigned int cpu)
{
	uint64_t old = __atomic_load_n(&files_free[cpu], __ATOMIC_SEQ_CST);
	unsigned int number;

	do {
		if (!old)
			return 0;
		number = (unsigned int)__builtin_ctzll(old);
	} while (!__atomic_compare_exchange_n(
		&files_free[cpu], &old, old & (old - 1), false,
		__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
	__atomic_store_n(&owners[cpu][number], vcpu, __ATOMIC_SEQ_CST);
	return number;
}

static void file_give(unsigned int cpu, unsigned int number)
{
	__atomic_store_n(&owners[cpu][number], NULL, __ATOMIC_SEQ_CST);
	__atomic_fetch_or(&files_free[cpu], BIT(number), __ATOMIC_SEQ_CST);
}

static gpa_t page_gpa(const struct vcpu *vcpu)
{
	return gpa(vcpu->vm->arch->chips.files +
		   (uint64_t)vcpu->id * IMSIC_PAGE_BYTES);
}

static hpa_t page_hpa(unsigned int cpu, unsigned int number)
{
	return hpa(arch_imsic()->file[cpu].v +
		   (uint64_t)number * IMSIC_PAGE_BYTES);
}

/* Has a vCPU what it can have on this CPU? */
static bool is_settled(const struct vcpu *vcpu, unsigned int cpu)
{
	const struct imsic_file *file = &vcpu->arch->imsic;
	uint32_t place = place_get(file);

	if (vcpu->vm->arch->chips.kind != IRQCHIP_AIA || file->refused)
		return true;
	if (place)
		return IMSIC_PLACE_CPU(place) == cpu;
	return !__atomic_load_n(&files_free[cpu], __ATOMIC_RELAXED);
}

/* Back to memory: its page traps, nothing comes to the hart's file any more,
 * and it is read last. */
static void file_leave(struct vcpu *vcpu)
{
	struct imsic_file *file = &vcpu->arch->imsic;
	uint32_t place = place_get(file);
	unsigned int cpu = IMSIC_PLACE_CPU(place);
	struct move move = {&file->soft, IMSIC_PLACE_NUMBER(place),
			    vcpu->vm->arch->chips.ids};

	if (!place)
		return;
	__atomic_store_n(&file->place, 0, __ATOMIC_SEQ_CST);
	/* a page of its own, which nothing has to be split for */
	if (stage2_unmap(&vcpu->vm->stage2, page_gpa(vcpu), IMSIC_PAGE_BYTES))
		log_err("%s: page of vcpu%u's interrupt file stays",
			vcpu->vm->config->name, vcpu->id);
	/* who is in imsic_post() may write there, where another's file is soon */
	smp_quiesce();
	smp_call(cpu, file_empty, &move);
	file->guarded = false;
	file_give(cpu, move.number);
}

/* The vCPU's state is in memory. */
static void settle(struct vcpu *vcpu, unsigned int cpu)
{
	struct imsic_file *file = &vcpu->arch->imsic;
	struct move move = {&file->soft, 0, vcpu->vm->arch->chips.ids};
	int err;

	file_leave(vcpu);
	move.number = file_take(vcpu, cpu);
	if (!move.number)
		return;
	__atomic_store_n(&file->place, IMSIC_PLACE(cpu, move.number),
			 __ATOMIC_SEQ_CST);
	err = stage2_map(&vcpu->vm->stage2, page_gpa(vcpu),
			 page_hpa(cpu, move.number), IMSIC_PAGE_BYTES,
			 PGT_R | PGT_W | PGT_DEVICE);
	smp_call(cpu, file_fill, &move);
	if (!err)
		return;
	log_warn("%s: vcpu%u's interrupt file stays in memory, error %d",
		 vcpu->vm->config->name, vcpu->id, err);
	file->refused = true;
	file_leave(vcpu);
}

void imsic_vcpu_load(struct vcpu *vcpu)
{
	unsigned int cpu;

	vcpu_load(vcpu);
	for (;;) {
		cpu = arch_this_cpu()->id;
		if (likely(is_settled(vcpu, cpu)))
			return;
		arch_irq_enable();
		vcpu_evict(vcpu);
		settle(vcpu, cpu);
		arch_irq_disable();
		/* it may be another CPU by now */
		vcpu_load(vcpu);
	}
}

void imsic_file_reset(struct vcpu *vcpu)
{
	struct imsic_file *file = &vcpu->arch->imsic;

	file_leave(vcpu);
	file->refused = false;
	file->came = false;
	vimsic_reset(&file->soft);
}

uint64_t imsic_file_vgein(const struct vcpu *vcpu)
{
	uint32_t place = place_get(&vcpu->arch->imsic);

	if (!place || IMSIC_PLACE_CPU(place) != arch_this_cpu()->id)
		return 0;
	return (uint64_t)IMSIC_PLACE_NUMBER(place) << HSTATUS_VGEIN_SHIFT;
}

bool imsic_file_eip(const struct vcpu *vcpu)
{
	const struct imsic_file *file = &vcpu->arch->imsic;

	return !place_get(file) &&
	       vimsic_eip(&file->soft, vcpu->vm->arch->chips.ids);
}

/*
 * Sleepers: the hart tells the host of a guest's file that has something
 */

void imsic_file_guard(struct vcpu *vcpu)
{
	struct imsic_file *file = &vcpu->arch->imsic;
	uint32_t place = place_get(file);

	if (!place)
		return;
	file->guarded = true;
	__atomic_store_n(&file->came, false, __ATOMIC_SEQ_CST);
	/* and virq_sync() takes it back */
	__atomic_store_n(&vcpu->arch->look, true, __ATOMIC_SEQ_CST);
	csr_set(BIT(IMSIC_PLACE_NUMBER(place)), CSR_HGEIE);
}

void imsic_file_unguard(struct vcpu *vcpu)
{
	struct imsic_file *file = &vcpu->arch->imsic;

	if (likely(!file->guarded))
		return;
	file->guarded = false;
	csr_clear(BIT(IMSIC_PLACE_NUMBER(place_get(file))), CSR_HGEIE);
}

bool imsic_file_came(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->arch->imsic.came, __ATOMIC_SEQ_CST);
}

/* It stays up until the guest has claimed it: told once. */
static enum irq_result file_came(unsigned int irq __unused_arg,
				 void *arg __unused_arg)
{
	uint64_t bits = csr_read(CSR_HGEIP) & csr_read(CSR_HGEIE);
	unsigned int cpu = arch_this_cpu()->id;

	csr_clear(bits, CSR_HGEIE);
	for (; bits; bits &= bits - 1) {
		struct vcpu *vcpu = __atomic_load_n(
			&owners[cpu][__builtin_ctzll(bits)], __ATOMIC_SEQ_CST);

		if (!vcpu)
			continue;
		__atomic_store_n(&vcpu->arch->imsic.came, true,
				 __ATOMIC_SEQ_CST);
		vcpu_wake(vcpu);
	}
	return IRQ_HANDLED;
}

/*
 * Messages
 */

void imsic_post(struct vm *vm, unsigned int id_vcpu, uint32_t id)
{
	struct vcpu *vcpu = vm->vcpus[id_vcpu];
	struct imsic_file *file = &vcpu->arch->imsic;
	unsigned long flags;
	uint32_t place, now;

	if (!id || id > vm->arch->chips.ids)
		return;
	flags = arch_irq_save(); /* file_leave() waits for that */
	place = place_get(file);
	for (;;) {
		if (place)
			io_write32(pages[IMSIC_PLACE_CPU(place)] +
					   IMSIC_PLACE_NUMBER(place) *
						   IMSIC_PAGE_BYTES,
				   id);
		else
			(void)vimsic_post(&file->soft, vm->arch->chips.ids, id);
		arch_mb(); /* pairs with the change of place and what follows */
		now = place_get(file);
		if (likely(now == place))
			break;
		place = now;
	}
	arch_irq_restore(flags);
	if (!place)
		virq_tell(vm, BIT(id_vcpu));
}

/* 3.5: two registers of 32 bits; others are ignored, and all read as zero. */
void imsic_page_write(struct vm *vm, uint64_t off, unsigned int width,
		      uint64_t value)
{
	unsigned int vcpu = (unsigned int)(off / IMSIC_PAGE_BYTES);

	off %= IMSIC_PAGE_BYTES;
	if (width != 4 || off > 4 || off % 4)
		return;
	imsic_post(vm, vcpu,
		   off ? __builtin_bswap32((uint32_t)value) : (uint32_t)value);
}

/*
 * sireg and stopei of a file in memory
 */

#define OPCODE_SYSTEM 0x73
#define CSR_OF(insn) ((insn) >> 20)
#define FUNCT3(insn) ((insn) >> 12 & 7)
#define RS1(insn) ((insn) >> 15 & 31)
#define RD(insn) ((insn) >> 7 & 31)

static uint64_t operand(const struct vcpu *vcpu, uint32_t insn)
{
	if (FUNCT3(insn) & 4)
		return RS1(insn);
	return RS1(insn) ? vcpu->arch->regs.x[RS1(insn)] : 0;
}

/* CSRRS and CSRRC of x0 write nothing (Zicsr). */
static enum vimsic_op op_of(uint32_t insn)
{
	static const enum vimsic_op ops[] = {VIMSIC_READ, VIMSIC_WRITE,
					     VIMSIC_SET, VIMSIC_CLEAR};
	enum vimsic_op op = ops[FUNCT3(insn) & 3];

	return op != VIMSIC_WRITE && !RS1(insn) ? VIMSIC_READ : op;
}

/* Of what vsiselect names, the priorities always are (6.3.1). */
static bool is_in_memory(const struct vcpu *vcpu)
{
	return !place_get(&vcpu->arch->imsic) ||
	       csr_read(CSR_VSISELECT) < IMSIC_EIDELIVERY;
}

bool imsic_insn(struct vcpu *vcpu, uint32_t insn)
{
	struct arch_vcpu *arch = vcpu->arch;
	struct vimsic *soft = &arch->imsic.soft;
	unsigned int ids = vcpu->vm->arch->chips.ids;
	enum vimsic_op op = op_of(insn);
	uint64_t old;

	if (vcpu->vm->arch->chips.kind != IRQCHIP_AIA ||
	    (insn & 0x7f) != OPCODE_SYSTEM || !(FUNCT3(insn) & 3) ||
	    !(csr_read(sstatus) & SSTATUS_SPP))
		return false;
	if (CSR_OF(insn) == CSR_STOPEI && !place_get(&arch->imsic))
		old = op == VIMSIC_READ ? vimsic_top(soft, ids)
					: vimsic_claim(soft, ids);
	else if (CSR_OF(insn) != CSR_SIREG || !is_in_memory(vcpu) ||
		 !vimsic_reg(soft, ids, csr_read(CSR_VSISELECT), op,
			     operand(vcpu, insn), &old))
		return false;
	if (RD(insn))
		arch->regs.x[RD(insn)] = old;
	__atomic_store_n(&arch->look, true, __ATOMIC_SEQ_CST);
	return true;
}

/*
 * Beginning
 */

void imsic_files_probe(void)
{
	const struct imsic *imsic = arch_imsic();
	int err;

	if (!imsic || !imsic->guest_bits)
		return;
	for (unsigned int cpu = 0; cpu < CPU_MAX; cpu++)
		if (imsic->file[cpu].v)
			pages[cpu] = host_map_device(
				imsic->file[cpu], (uint64_t)IMSIC_PAGE_BYTES
							  << imsic->guest_bits);
	err = irq_request(HART_IRQ_NUMBER_GUEST, file_came, NULL,
			  "guests' interrupt files", IRQ_TRIGGER_KEEP);
	if (err)
		log_err("no interrupt of guests' files, error %d", err);
}

/* hgeie has as many bits as the hart has files, 6.1. */
void imsic_files_enable(void)
{
	const struct imsic *imsic = arch_imsic();
	unsigned int cpu = arch_this_cpu()->id;
	uint64_t bits;

	csr_write(UINT64_MAX, CSR_HGEIE);
	bits = csr_read(CSR_HGEIE);
	csr_write(0, CSR_HGEIE);
	if (!imsic || !pages[cpu])
		return;
	bits &= GENMASK(MIN((1 << imsic->guest_bits) - 1, FILES_MAX), 1);
	for (uint64_t left = bits; left; left &= left - 1) {
		struct vimsic nothing;
		struct move move = {&nothing,
				    (unsigned int)__builtin_ctzll(left),
				    imsic->guest_id_count};

		vimsic_reset(&nothing);
		file_empty(&move);
	}
	__atomic_store_n(&files_free[cpu], bits, __ATOMIC_SEQ_CST);
	irq_enable_percpu(HART_IRQ_NUMBER_GUEST);
}
