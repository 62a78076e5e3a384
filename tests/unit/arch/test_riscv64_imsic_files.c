/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests' interrupt files: who has which of the harts', what is in memory, and
 * that nothing of a file is lost or another's on its way between them.
 */
#include "imsic_machine.h"

static int setup(void **state)
{
	(void)state;
	machine_make();
	return 0;
}

static uint32_t place(const struct vcpu *vcpu)
{
	return place_get(&vcpu->arch->imsic);
}

/* Whatever happened: each file is its owner's alone, or free and cold. */
static void consistent(void)
{
	unsigned int held[HARTS] = {0};

	for (unsigned int i = 0; i < VMS * VCPUS; i++) {
		struct vcpu *vcpu = &vcpus[i / VCPUS][i % VCPUS];
		unsigned int cpu = IMSIC_PLACE_CPU(place(vcpu));
		unsigned int number = IMSIC_PLACE_NUMBER(place(vcpu));

		if (!place(vcpu)) {
			assert_int_equal(mapped[i / VCPUS][i % VCPUS], 0);
			continue;
		}
		assert_in_range(number, 1, hart_files[cpu]);
		assert_ptr_equal(owners[cpu][number], vcpu);
		assert_int_equal(mapped[i / VCPUS][i % VCPUS],
				 FILES_HPA + cpu * sizeof(harts[0].window) +
					 number * IMSIC_PAGE_BYTES);
		assert_false(files_free[cpu] & BIT(number));
		held[cpu]++;
	}
	for (unsigned int h = 0; h < HARTS; h++) {
		unsigned int left = 0;

		for (unsigned int n = 1; n <= FILES; n++) {
			static const struct model_file cold;

			if (!(files_free[h] & BIT(n)))
				continue;
			left++;
			assert_null(owners[h][n]);
			assert_memory_equal(&harts[h].files[n], &cold,
					    sizeof(cold));
			assert_false(harts[h].hgeie & BIT(n));
		}
		assert_int_equal(held[h] + left, hart_files[h]);
	}
}

static int teardown(void **state)
{
	(void)state;
	consistent();
	assert_null(while_quiescing);
	assert_null(before_post);
	assert_null(when_mapped);
	return 0;
}

/* hgeie tells how many there are, up to what the tree has pages for. */
static void what_a_hart_has(void **state)
{
	(void)state;
	assert_int_equal(percpu_enables, HARTS);
	assert_int_equal(files_free[0], 0xe);
	assert_int_equal(files_free[1], 0x6);
	assert_int_equal(files_free[2], 0);
	assert_int_equal(harts[0].hgeie, 0);
	host_imsic.guest_bits = 1;
	imsic_files_enable();
	assert_int_equal(files_free[0], 0x2);
	host_imsic.guest_bits = 2;
	imsic_files_enable();
}

static void each_its_own(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++)
		run_on(&vcpus[i % VMS][i], 0);
	consistent();
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(place(&vcpus[i % VMS][i]),
				 IMSIC_PLACE(0, i + 1));
	/* and it keeps it, with no move, when it comes again */
	assert_int_equal(maps, 3);
	assert_int_equal(quiesces, 0);
	for (unsigned int i = 0; i < 3; i++) {
		run_on(&vcpus[i % VMS][i], 0);
		assert_int_equal(harts[0].hstatus,
				 HSTATUS_SPV | (i + 1ull)
						       << HSTATUS_VGEIN_SHIFT);
	}
	assert_int_equal(maps, 3);
	assert_int_equal(vcpus[0][0].loaded_cpu, -1);
	/* its number is nothing on another hart */
	arch_set_this_cpu(&cpus[1]);
	assert_int_equal(imsic_file_vgein(&vcpus[0][0]), 0);
}

static void out_of_files(void **state)
{
	struct vcpu *last = &vcpus[1][2];

	(void)state;
	run_on(&vcpus[0][0], 1);
	run_on(&vcpus[0][1], 1);
	run_on(last, 1);
	assert_int_equal(place(last), 0);
	assert_int_equal(harts[1].hstatus, HSTATUS_SPV);
	/* its registers are instructions that are finished in memory */
	guest_reg(last, IMSIC_EIDELIVERY, MODEL_SWAP, 1);
	guest_reg(last, IMSIC_EIE0 + 2, MODEL_SET, BIT(6));
	assert_false(imsic_file_eip(last));
	guest_store(1, 2, 70);
	assert_int_equal(told[1], BIT(2));
	assert_int_equal(told[0], 0);
	assert_true(imsic_file_eip(last));
	assert_int_equal(guest_csr(last, CSR_STOPEI, MODEL_READ, 0),
			 70 << 16 | 70);
	assert_true(imsic_file_eip(last));
	assert_int_equal(guest_csr(last, CSR_STOPEI, MODEL_SWAP, 0),
			 70 << 16 | 70);
	assert_false(imsic_file_eip(last));
	/* a file that is given back is its next time */
	imsic_file_reset(&vcpus[0][1]);
	run_on(last, 1);
	assert_int_equal(place(last), IMSIC_PLACE(1, 2));
	assert_int_equal(harts[1].files[2].eie[1], BIT(6));
	assert_int_equal(harts[1].files[2].delivery, 1);
}

static void a_hart_without(void **state)
{
	(void)state;
	run_on(&vcpus[0][0], 0);
	imsic_post(&vms[0], 0, 5);
	run_on(&vcpus[0][0], 2);
	assert_int_equal(place(&vcpus[0][0]), 0);
	assert_int_equal(vcpus[0][0].arch->imsic.soft.eip[0], BIT(5));
	assert_int_equal(files_free[0], 0xe);
	/* a guest of another controller has nothing to settle */
	arch_vms[1].chips.kind = IRQCHIP_PLIC;
	run_on(&vcpus[1][0], 0);
	assert_int_equal(place(&vcpus[1][0]), 0);
}

static void file_is(unsigned int cpu, unsigned int number)
{
	const struct model_file *f = &harts[cpu].files[number];

	assert_int_equal(f->delivery, 1);
	assert_int_equal(f->threshold, 100);
	assert_int_equal(f->eie[0], 0xf0f0);
	assert_int_equal(f->eie[1], UINT64_MAX);
	assert_int_equal(f->eip[0], BIT(4) | BIT(40));
	assert_int_equal(f->eip[1], BIT(63));
}

static void moves(void **state)
{
	struct vcpu *vcpu = &vcpus[0][1];

	(void)state;
	vcpu->arch->siselect = 0x99;
	run_on(&vcpus[1][1], 1); /* so that the number is another one there */
	run_on(vcpu, 0);
	assert_int_equal(harts[0].select, 0x99);
	guest_reg(vcpu, IMSIC_EIDELIVERY, MODEL_SWAP, 1);
	guest_reg(vcpu, IMSIC_EITHRESHOLD, MODEL_SWAP, 100);
	guest_reg(vcpu, IMSIC_EIE0, MODEL_SWAP, 0xf0f0);
	guest_reg(vcpu, IMSIC_EIE0 + 2, MODEL_SWAP, UINT64_MAX);
	guest_store(0, 1, 4);
	guest_store(0, 1, 127);
	imsic_post(&vms[0], 1, 40);
	harts[0].select = 0x99;
	file_is(0, 1);
	run_on(vcpu, 1);
	assert_int_equal(place(vcpu), IMSIC_PLACE(1, 2));
	assert_int_equal(quiesces, 1);
	file_is(1, 2);
	/* siselect is the guest's, in the hart as well as in memory */
	assert_int_equal(harts[1].select, 0x99);
	assert_int_equal(harts[1].hstatus,
			 HSTATUS_SPV | 2ull << HSTATUS_VGEIN_SHIFT);
	consistent();
	/* into memory, and out of it */
	run_on(vcpu, 2);
	assert_int_equal(place(vcpu), 0);
	assert_true(imsic_file_eip(vcpu));
	consistent();
	run_on(vcpu, 0);
	file_is(0, 1);
	assert_int_equal(harts[0].select, 0x99);
	/* what came in memory was taken out of it */
	assert_int_equal(vcpu->arch->imsic.soft.eip[0], 0);
	assert_int_equal(vcpu->arch->imsic.soft.eip[1], 0);
}

/* Somebody else runs where the old file is: his registers are left alone. */
static void moves_from_under_another(void **state)
{
	(void)state;
	run_on(&vcpus[0][0], 0);
	imsic_post(&vms[0], 0, 77);
	run_on(&vcpus[1][0], 0);
	harts[0].select = 0x72;
	run_on(&vcpus[0][0], 1);
	assert_int_equal(harts[1].files[1].eip[1], BIT(13));
	assert_int_equal(harts[0].select, 0x72);
	assert_int_equal(harts[0].hstatus,
			 HSTATUS_SPV | 2ull << HSTATUS_VGEIN_SHIFT);
}

/* The task goes elsewhere while its file is settled. */
static void moved_meanwhile(void **state)
{
	(void)state;
	load_moves_to = 1;
	run_on(&vcpus[0][0], 0);
	assert_int_equal(place(&vcpus[0][0]), IMSIC_PLACE(1, 1));
	assert_int_equal(files_free[0], 0xe);
}

static void straggler(void)
{
	/* the guest can reach the old file no more, and who looks for it now
	 * finds memory; one who looked before still writes */
	assert_int_equal(place(&vcpus[0][0]), 0);
	assert_int_equal(mapped[0][0], 0);
	message_to(0, 1, 33);
	imsic_post(&vms[0], 0, 34);
}

static void early_bird(void)
{
	guest_store(0, 0, 35);
	imsic_post(&vms[0], 0, 36);
}

static void late_messages(void **state)
{
	(void)state;
	run_on(&vcpus[0][0], 0);
	while_quiescing = straggler;
	when_mapped = early_bird;
	run_on(&vcpus[0][0], 1);
	assert_int_equal(harts[1].files[1].eip[0],
			 BIT(33) | BIT(34) | BIT(35) | BIT(36));
	assert_int_equal(vcpus[0][0].arch->imsic.soft.eip[0], 0);
	/* nor is one left to who has the file next: teardown */
}

static void to_hart_0(void)
{
	bool masked = fake_irqs_masked;

	fake_irqs_masked = false;
	run_on(&vcpus[0][0], 0);
	fake_irqs_masked = masked;
}

/* A poster has looked where the file is, and it moves. */
static void posts_behind(void **state)
{
	(void)state;
	before_post = to_hart_0;
	imsic_post(&vms[0], 0, 50);
	assert_int_equal(harts[0].files[1].eip[0], BIT(50));
	/* the message it left in memory is one more, once: 4.9.1 allows it */
	harts[0].files[1].eip[0] = 0;
	run_on(&vcpus[0][0], 2);
	assert_int_equal(vcpus[0][0].arch->imsic.soft.eip[0], BIT(50));
	vcpus[0][0].arch->imsic.soft.eip[0] = 0;
}

static void cold(void **state)
{
	struct vcpu *vcpu = &vcpus[0][0];

	(void)state;
	run_on(vcpu, 0);
	guest_reg(vcpu, IMSIC_EIDELIVERY, MODEL_SWAP, 1);
	guest_reg(vcpu, IMSIC_EITHRESHOLD, MODEL_SWAP, 9);
	guest_reg(vcpu, IMSIC_EIE0, MODEL_SWAP, UINT64_MAX);
	guest_store(0, 0, 3);
	vcpu->arch->imsic.refused = true;
	vcpu_evict(vcpu);
	imsic_file_reset(vcpu);
	consistent();
	assert_int_equal(files_free[0], 0xe);
	assert_false(vcpu->arch->imsic.refused);
	assert_int_equal(vcpu->arch->imsic.soft.delivery, 0);
	assert_int_equal(vcpu->arch->imsic.soft.threshold, 0);
	assert_int_equal(vcpu->arch->imsic.soft.eie[0], 0);
	assert_int_equal(vcpu->arch->imsic.soft.eip[0], 0);
	run_on(vcpu, 0);
	assert_int_equal(harts[0].files[1].eip[0], 0);
}

/* No page of the guest: in memory, and not tried on each way in. */
static void refused(void **state)
{
	struct vcpu *vcpu = &vcpus[0][0];

	(void)state;
	vcpu->arch->imsic.soft.threshold = 7;
	imsic_post(&vms[0], 0, 12);
	map_error = -ENOMEM;
	run_on(vcpu, 0);
	assert_int_equal(place(vcpu), 0);
	assert_int_equal(vcpu->arch->imsic.soft.eip[0], BIT(12));
	assert_int_equal(vcpu->arch->imsic.soft.threshold, 7);
	assert_int_equal(files_free[0], 0xe);
	map_error = 0;
	run_on(vcpu, 1);
	assert_int_equal(place(vcpu), 0);
	assert_int_equal(maps, 1);
	imsic_file_reset(vcpu);
	run_on(vcpu, 0);
	assert_int_equal(place(vcpu), IMSIC_PLACE(0, 1));
}

static void interrupt(void *arg __unused_arg)
{
	assert_int_equal(guest_irq_handler(HART_IRQ_NUMBER_GUEST, NULL),
			 IRQ_HANDLED);
}

static void sleeps(void **state)
{
	struct vcpu *vcpu = &vcpus[0][1];

	(void)state;
	run_on(&vcpus[1][1], 0);
	run_on(vcpu, 0);
	guest_reg(vcpu, IMSIC_EIDELIVERY, MODEL_SWAP, 1);
	guest_reg(vcpu, IMSIC_EIE0, MODEL_SWAP, BIT(20));
	vcpu->arch->look = false;
	imsic_file_guard(vcpu);
	assert_int_equal(harts[0].hgeie, BIT(2));
	assert_true(vcpu->arch->look);
	assert_false(imsic_file_came(vcpu));
	/* others' files and what it has not enabled are no reason */
	guest_store(0, 1, 21);
	guest_store(1, 1, 20);
	assert_int_equal(model_hgeip(&harts[0]) & harts[0].hgeie, 0);
	guest_store(0, 1, 20);
	assert_int_equal(model_hgeip(&harts[0]) & harts[0].hgeie, BIT(2));
	on_hart(0, interrupt, NULL);
	assert_int_equal(wakes[0][1], 1);
	assert_int_equal(wakes[1][1], 0);
	assert_true(imsic_file_came(vcpu));
	/* told once, though the level is still up */
	assert_int_equal(model_hgeip(&harts[0]), BIT(2));
	assert_int_equal(harts[0].hgeie, 0);
	imsic_file_unguard(vcpu);
	/* asleep again, and woken by something else */
	imsic_file_guard(vcpu);
	assert_false(imsic_file_came(vcpu));
	imsic_file_unguard(vcpu);
	assert_int_equal(harts[0].hgeie, 0);
	/* asleep while it is moved: its hart tells of the next owner alone */
	imsic_file_guard(vcpu);
	run_on(vcpu, 1);
	assert_false(vcpu->arch->imsic.guarded);
	assert_int_equal(harts[0].hgeie, 0);
	assert_int_equal(harts[1].hgeie, 0);
	imsic_file_unguard(vcpu);
	/* in memory, others tell */
	imsic_file_guard(&vcpus[0][2]);
	assert_false(vcpus[0][2].arch->look);
	/* an interrupt whose file's owner has just left is nobody's */
	run_on(&vcpus[1][1], 0);
	harts[0].hgeie = BIT(1);
	owners[0][1] = NULL;
	guest_reg(&vcpus[1][1], IMSIC_EIDELIVERY, MODEL_SWAP, 1);
	guest_reg(&vcpus[1][1], IMSIC_EIE0, MODEL_SWAP, BIT(20));
	on_hart(0, interrupt, NULL);
	assert_int_equal(wakes[0][1] + wakes[1][1], 1);
	assert_int_equal(harts[0].hgeie, 0);
	owners[0][1] = &vcpus[1][1];
}

static void stores_to_pages(void **state)
{
	struct vimsic *soft = &vcpus[0][1].arch->imsic.soft;

	(void)state;
	imsic_page_write(&vms[0], IMSIC_PAGE_BYTES, 4, 6);
	imsic_page_write(&vms[0], IMSIC_PAGE_BYTES + 4, 4, 0x07000000);
	assert_int_equal(soft->eip[0], BIT(6) | BIT(7));
	assert_int_equal(told[0], BIT(1));
	/* no register, no width, no identity */
	imsic_page_write(&vms[0], IMSIC_PAGE_BYTES + 8, 4, 8);
	imsic_page_write(&vms[0], IMSIC_PAGE_BYTES + 2, 4, 8);
	imsic_page_write(&vms[0], IMSIC_PAGE_BYTES + 4, 8, 8);
	imsic_page_write(&vms[0], IMSIC_PAGE_BYTES, 8, 8);
	imsic_page_write(&vms[0], IMSIC_PAGE_BYTES, 2, 8);
	imsic_page_write(&vms[0], IMSIC_PAGE_BYTES, 4, 0);
	imsic_page_write(&vms[0], IMSIC_PAGE_BYTES, 4, IDS + 1);
	imsic_page_write(&vms[0], IMSIC_PAGE_BYTES, 4, UINT32_MAX);
	assert_int_equal(soft->eip[0], BIT(6) | BIT(7));
	assert_int_equal(soft->eip[1], 0);
	run_on(&vcpus[0][1], 0);
	imsic_post(&vms[0], 1, IDS + 1);
	imsic_post(&vms[0], 1, 0);
	assert_int_equal(harts[0].files[1].eip[0], BIT(6) | BIT(7));
}

#define INSN(csr, funct3, rs1, rd)                                             \
	((uint32_t)(csr) << 20 | (rs1) << 15 | (funct3) << 12 | (rd) << 7 |    \
	 0x73u)

static void instructions(void **state)
{
	struct vcpu *vcpu = &vcpus[0][0];
	uint64_t *x = vcpu->arch->regs.x;

	(void)state;
	run_on(vcpu, 2);
	x[5] = 0x30;
	x[6] = 0x55;
	harts[2].select = IMSIC_EIE0;
	vcpu->arch->look = false;
	/* csrrw x6, csrrs x6, csrrc x6, and by immediates */
	assert_true(imsic_insn(vcpu, INSN(CSR_SIREG, 1u, 5u, 6u)));
	assert_true(vcpu->arch->look);
	assert_int_equal(x[6], 0);
	assert_true(imsic_insn(vcpu, INSN(CSR_SIREG, 6u, 8u, 6u)));
	assert_int_equal(x[6], 0x30);
	assert_true(imsic_insn(vcpu, INSN(CSR_SIREG, 7u, 16u, 6u)));
	assert_int_equal(x[6], 0x38);
	assert_true(imsic_insn(vcpu, INSN(CSR_SIREG, 2u, 0u, 6u)));
	assert_int_equal(x[6], 0x28);
	assert_true(imsic_insn(vcpu, INSN(CSR_SIREG, 5u, 2u, 0u)));
	assert_int_equal(vcpu->arch->imsic.soft.eie[0], 2);
	assert_true(imsic_insn(vcpu, INSN(CSR_SIREG, 1u, 0u, 0u)));
	assert_int_equal(vcpu->arch->imsic.soft.eie[0], 0);
	assert_int_equal(x[0], 0);
	/* what it is not: other CSRs, no CSR at all, no such register, VU */
	assert_false(imsic_insn(vcpu, INSN(CSR_SISELECT, 1u, 5u, 6u)));
	assert_false(imsic_insn(vcpu, INSN(CSR_SIREG, 0u, 5u, 6u)));
	assert_false(imsic_insn(vcpu, INSN(CSR_SIREG, 4u, 5u, 6u)));
	assert_false(imsic_insn(vcpu, INSN(CSR_SIREG, 1u, 5u, 6u) ^ 0x40));
	harts[2].select = IMSIC_EIE0 + 1;
	assert_false(imsic_insn(vcpu, INSN(CSR_SIREG, 1u, 5u, 6u)));
	harts[2].select = IMSIC_EIE0;
	harts[2].sstatus = 0;
	assert_false(imsic_insn(vcpu, INSN(CSR_SIREG, 1u, 5u, 6u)));
	harts[2].sstatus = SSTATUS_SPP;
	arch_vms[0].chips.kind = IRQCHIP_APLIC;
	assert_false(imsic_insn(vcpu, INSN(CSR_SIREG, 1u, 5u, 6u)));
	arch_vms[0].chips.kind = IRQCHIP_AIA;
	/* a hart's file answers by itself, but for the priorities */
	run_on(vcpu, 0);
	harts[0].select = IMSIC_EIE0;
	assert_false(imsic_insn(vcpu, INSN(CSR_SIREG, 1u, 5u, 6u)));
	assert_false(imsic_insn(vcpu, INSN(CSR_STOPEI, 1u, 0u, 6u)));
	harts[0].select = 0x30;
	assert_true(imsic_insn(vcpu, INSN(CSR_SIREG, 1u, 5u, 6u)));
	assert_int_equal(x[6], 0);
}

/*
 * Guests that do what they like on harts that they are moved between, against
 * files that never move.
 */
static struct model_file wanted[VMS][VCPUS];

static void check_all(void)
{
	consistent();
	for (unsigned int i = 0; i < VMS * VCPUS; i++) {
		struct vcpu *vcpu = &vcpus[i / VCPUS][i % VCPUS];
		const struct vimsic *soft = &vcpu->arch->imsic.soft;
		struct model_file now = {.eip = {soft->eip[0], soft->eip[1]},
					 .eie = {soft->eie[0], soft->eie[1]},
					 .delivery = soft->delivery,
					 .threshold = soft->threshold};

		if (place(vcpu))
			now = harts[IMSIC_PLACE_CPU(place(vcpu))]
				      .files[IMSIC_PLACE_NUMBER(place(vcpu))];
		assert_memory_equal(&now, &wanted[i / VCPUS][i % VCPUS],
				    sizeof(now));
		assert_int_equal(imsic_file_eip(vcpu),
				 !place(vcpu) && model_has(&now));
	}
}

static void random_reg(unsigned int vm, unsigned int id)
{
	static const uint8_t regs[] = {0x70, 0x72, 0x80, 0x82, 0xc0, 0xc2};
	unsigned int reg = regs[fake_random(ARRAY_SIZE(regs))];
	enum model_op op = (enum model_op)fake_random(4);
	uint64_t value =
		fake_random(UINT32_MAX) << 32 ^ fake_random(UINT32_MAX);
	struct model_file *f = &wanted[vm][id];
	uint64_t *at = reg == 0x70   ? &f->delivery
		       : reg == 0x72 ? &f->threshold
		       : reg < 0xc0  ? &f->eip[reg / 2 % 2]
				     : &f->eie[reg / 2 % 2];
	uint64_t keeps = reg == 0x70   ? 1
			 : reg == 0x72 ? IDS
			 : reg % 64    ? UINT64_MAX
				       : ~1ull;
	uint64_t was;

	if (reg == 0x70)
		value &= 1;
	was = apply(at, keeps, op, value);
	assert_int_equal(guest_reg(&vcpus[vm][id], reg, op, value), was);
}

static void random_steps(void **state)
{
	unsigned int in_memory = 0, ran = 0;

	(void)state;
	memset(wanted, 0, sizeof(wanted));
	fake_seed(5);
	for (unsigned int i = 0; i < 30000; i++) {
		unsigned int vm = (unsigned int)fake_random(VMS);
		unsigned int id = (unsigned int)fake_random(VCPUS);
		struct vcpu *vcpu = &vcpus[vm][id];
		uint32_t message = (uint32_t)fake_random(IDS + 3);

		switch (fake_random(20)) {
		case 0:
			vcpu_evict(vcpu);
			imsic_file_reset(vcpu);
			memset(&wanted[vm][id], 0, sizeof(wanted[vm][id]));
			break;
		case 1:
		case 2:
		case 3:
		case 4:
			run_on(vcpu, (unsigned int)fake_random(HARTS));
			ran++;
			in_memory += !place(vcpu);
			break;
		case 5:
		case 6:
		case 7:
		case 8:
			if (message && message <= IDS)
				wanted[vm][id].eip[message / 64] |=
					BIT(message % 64);
			if (message % 2)
				guest_store(vm, id, message);
			else
				imsic_post(&vms[vm], id, message);
			break;
		default:
			if (vcpu->loaded_cpu < 0)
				break;
			arch_set_this_cpu(&cpus[vcpu->loaded_cpu]);
			random_reg(vm, id);
		}
		check_all();
	}
	/* both were used */
	assert_in_range(in_memory, ran / 10, ran * 9 / 10);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_a_hart_has), T(each_its_own),
		T(out_of_files),    T(a_hart_without),
		T(moves),           T(moves_from_under_another),
		T(moved_meanwhile), T(late_messages),
		T(posts_behind),    T(cold),
		T(refused),         T(sleeps),
		T(stores_to_pages), T(instructions),
		T(random_steps),
	};

	return cmocka_run_group_tests_name("imsic files", tests, NULL, NULL);
}
