/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GICv3, rule by rule. */
#include "vgic_machine.h"

#include <pthread.h>

static void test_ids(void **state)
{
	(void)state;
	machine(2, 4);
	assert_int_equal(rd(0, DIST, 4), 0x53);
	assert_int_equal(rd(0, DIST + 4, 4), 31);
	assert_int_equal(rd(0, DIST + 0xffe8, 4), 0x3b);
	assert_int_equal(rd(0, RD(1) + 0xffe8, 4), 0x3b);
	assert_int_equal(rd(0, RD(1) + 8, 8), 1ULL << 32 | 1 << 8);
	assert_int_equal(rd(0, RD(1) + 12, 4), 1);
	assert_int_equal(rd(0, RD(0) + 0x14, 4), 6);
	wr(0, RD(0) + 0x14, 4, 0);
	assert_int_equal(rd(0, RD(0) + 0x14, 4), 0);
}

static void test_outside(void **state)
{
	uint64_t value = 0;

	(void)state;
	machine(2, 4);
	assert_false(vgic_mmio_access(cpu(0), DIST - 1, 1, false, &value));
	assert_false(
		vgic_mmio_access(cpu(0), DIST + 0x10000, 4, false, &value));
	assert_false(vgic_mmio_access(cpu(0), RD(2), 4, true, &value));
}

/* Each register of the bitmap kind, with the INTIDs that do not exist. */
static void test_bitmaps(void **state)
{
	(void)state;
	machine(2, 4);
	wr(0, DIST + 0x104, 4, 0x80000001);
	assert_int_equal(rd(1, DIST + 0x104, 4), 0x80000001);
	assert_int_equal(rd(1, DIST + 0x184, 4), 0x80000001);
	wr(0, DIST + 0x184, 4, 1);
	assert_int_equal(rd(0, DIST + 0x104, 4), 0x80000000);
	/* private ones are not in the distributor, 1020.. nowhere */
	wr(0, DIST + 0x100, 4, ~0U);
	assert_int_equal(rd(0, DIST + 0x100, 4), 0);
	for (uint64_t reg = 0x80; reg < 0x400; reg += 0x80)
		wr(0, DIST + reg, 4, ~0U);
	wr(0, DIST + 0x17c, 4, ~0U);
	assert_int_equal(rd(0, DIST + 0x17c, 4), 0x0fffffff);
	wr(0, SGI(1) + 0x100, 4, 0xff00);
	assert_int_equal(rd(1, SGI(1) + 0x100, 4), 0xff00);
	assert_int_equal(rd(0, SGI(0) + 0x100, 4), 0);
	wr(0, SGI(1) + 0x104, 4, ~0U);
	assert_int_equal(rd(0, SGI(1) + 0x104, 4), 0);
	/* of other widths: nothing */
	assert_int_equal(rd(0, DIST + 0x104, 1), 0);
	assert_int_equal(rd(0, DIST + 0x104, 8), 0);
	wr(0, DIST + 0x106, 2, 0xffff);
	assert_int_equal(rd(0, DIST + 0x104, 4), 0x80000000);
}

static void test_prio_config(void **state)
{
	(void)state;
	machine(1, 4);
	wr(0, DIST + 0x400 + 33, 1, 0xff);
	assert_int_equal(rd(0, DIST + 0x400 + 33, 1), 0xf8);
	assert_int_equal(rd(0, DIST + 0x400 + 32, 4), 0xf800);
	wr(0, DIST + 0x400 + 31, 1, 0xff);
	assert_int_equal(rd(0, DIST + 0x400 + 31, 1), 0);
	wr(0, DIST + 0xc08, 4, ~0U);
	assert_int_equal(rd(0, DIST + 0xc08, 4), 0xaaaaaaaa);
	assert_int_equal(vg.spi[1].edge, 0xffff);
	wr(0, SGI(0) + 0xc00, 4, 0);
	assert_int_equal(rd(0, SGI(0) + 0xc00, 4), 0xaaaaaaaa);
	wr(0, SGI(0) + 0xc04, 4, 0x80000000);
	assert_int_equal(rd(0, SGI(0) + 0xc04, 4), 0x80000000);
}

static void test_router(void **state)
{
	(void)state;
	machine(2, 4);
	wr(0, DIST + 0x6000 + 8 * 40, 8, ~0ULL);
	assert_int_equal(rd(0, DIST + 0x6000 + 8 * 40, 8), 0xff80ffffff);
	assert_int_equal(vg.target[40], VGIC_TARGET_ANY);
	wr(0, DIST + 0x6000 + 8 * 40, 8, 1);
	assert_int_equal(vg.target[40], 1);
	wr(0, DIST + 0x6000 + 8 * 40 + 4, 4, 1);
	assert_int_equal(vg.target[40], VGIC_TARGET_NONE);
	assert_int_equal(rd(0, DIST + 0x6000 + 8 * 40, 8), 1ULL << 32 | 1);
}

static void test_sgi(void **state)
{
	(void)state;
	machine(4, 4);
	for (unsigned int n = 0; n < 4; n++)
		wr(n, SGI(n) + 0x100, 4, 0xffff);
	/* to a list */
	model_this = 0;
	vgic_sgi_send(cpu(0), 5ULL << 24 | 0xa, 1);
	enter_all();
	for (unsigned int n = 0; n < 4; n++) {
		model_this = n;
		assert_int_equal(model_ack(), n & 1 ? 5 : 1023);
	}
	/* all but self; then ones that match nobody */
	model_this = 2;
	vgic_sgi_send(cpu(2), 7ULL << 24 | BIT(40), 1);
	vgic_sgi_send(cpu(2), 8ULL << 24 | BIT(44) | 0xffff, 1);
	vgic_sgi_send(cpu(2), 8ULL << 24 | BIT(16) | 0xffff, 1);
	vgic_sgi_send(cpu(2), 8ULL << 24 | BIT(48) | 0xffff, 1);
	vgic_sgi_send(cpu(2), 8ULL << 24 | 0xffff, 0); /* group 0 alone */
	enter_all();
	for (unsigned int n = 0; n < 4; n++) {
		model_this = n;
		if (n & 1)
			model_eoi(5);
		assert_int_equal(model_ack(), n == 2 ? 1023 : 7);
		assert_int_equal(model_ack(), 1023);
	}
}

static void test_sgi_self_again(void **state)
{
	(void)state;
	machine(1, 4);
	wr(0, SGI(0) + 0x100, 4, 0xffff);
	for (int i = 0; i < 50; i++) {
		vgic_sgi_send(cpu(0), 3ULL << 24 | 1, 1);
		assert_int_equal(cpu(0)->work, 0); /* no slow path */
		assert_int_equal(model_ack(), 3);
		if (i & 1) { /* again while active: comes after the end */
			vgic_sgi_send(cpu(0), 3ULL << 24 | 1, 1);
			enter(0);
			assert_int_equal(model_ack(), 1023);
			model_eoi(3);
			enter(0);
			assert_int_equal(model_ack(), 3);
		}
		model_eoi(3);
		enter(0);
		assert_int_equal(model_ack(), 1023);
	}
}

static void test_level(void **state)
{
	(void)state;
	machine(1, 4);
	wr(0, DIST + 0x104, 4, 2);
	vgic_line_set(NULL, &vg, NULL, 33, true);
	enter(0);
	assert_int_equal(model_ack(), 33);
	model_eoi(33);
	enter(0);
	assert_int_equal(model_ack(), 33); /* still up */
	vgic_line_set(NULL, &vg, NULL, 33, false);
	enter(0);
	model_eoi(33);
	enter(0);
	assert_int_equal(model_ack(), 1023);
	vgic_line_set(NULL, &vg, NULL, 33, true);
	enter(0);
	vgic_line_set(NULL, &vg, NULL, 33, false);
	enter(0);
	assert_int_equal(model_ack(), 1023); /* gone before it was taken */
}

/*
 * A vCPU waits on another CPU than the one that holds its state; what was saved
 * at its last leave says nothing.
 */
static void test_wait_elsewhere(void **state)
{
	uint64_t vmcr;

	(void)state;
	machine(2, 4);
	wr(0, DIST + 0x104, 4, 2);
	wr(0, SGI(0) + 0x100, 4, 0xffff);
	enter(0);
	cpu(0)->vmcr = 0;
	model_this = 2;
	assert_false(vgic_lr_pending(cpu(0)));
	vgic_line_set(NULL, &vg, NULL, 33, true);
	assert_true(vgic_lr_pending(cpu(0)));
	/* where it is, and where it is not any more */
	model_this = 0;
	assert_true(vgic_lr_pending(cpu(0)));
	vgic_lr_put(cpu(0));
	model_this = 2;
	vmcr = cpu(0)->vmcr;
	cpu(0)->vmcr = 0; /* groups off, all masked */
	assert_false(vgic_lr_pending(cpu(0)));
	cpu(0)->vmcr = vmcr;
	assert_true(vgic_lr_pending(cpu(0)));
	model_this = 0;
	vgic_lr_load(cpu(0));
	enter(0);
	assert_int_equal(model_ack(), 33);
	model_this = 3;
	assert_false(vgic_lr_pending(cpu(0)));
	vgic_sgi_send(cpu(1), 4ULL << 24 | 1, 1);
	assert_true(vgic_lr_pending(cpu(0)));
}

static void timer_fires(void)
{
	model_phys_active[27] = true;
	model()->vtimer = true;
	vgic_lr_timer(cpu(0), 27);
	enter(0);
}

static void test_timer(void **state)
{
	(void)state;
	machine(2, 4);
	wr(0, SGI(0) + 0x100, 4, 1 << 27);
	for (int i = 0; i < 10; i++) {
		timer_fires();
		assert_int_equal(model_ack(), 27);
		model_eoi(27);
		assert_false(model_phys_active[27]);
	}
	assert_true(cpu(0)->lr0_timer);
	/* taken, then another vCPU gets the CPU and gives it back */
	timer_fires();
	assert_int_equal(model_ack(), 27);
	vgic_lr_put(cpu(0));
	assert_false(model_phys_active[27]);
	vgic_lr_load(cpu(0));
	assert_true(model_phys_active[27]);
	enter(0);
	assert_int_equal(model_ack(), 1023);
	assert_int_equal(rd(0, SGI(0) + 0x300, 4), 1 << 27);
	model_eoi(27);
	assert_false(model_phys_active[27]);
	assert_int_equal(rd(0, SGI(0) + 0x300, 4), 0);
	/* disabled when it fires, set anew before it is enabled: none */
	wr(0, SGI(0) + 0x180, 4, 1 << 27);
	timer_fires();
	assert_int_equal(model_ack(), 1023);
	model()->vtimer = false;
	wr(0, SGI(0) + 0x100, 4, 1 << 27);
	enter(0);
	assert_int_equal(model_ack(), 1023);
	assert_false(model_phys_active[27]);
}

static void test_forwarded(void **state)
{
	(void)state;
	machine(2, 2);
	vg.spi[1].linked = 1 << 8;
	vg.phys[40] = 77;
	wr(0, DIST + 0xc08, 4, 2 << 16);
	assert_int_equal(trigger_irq, 77);
	wr(0, DIST + 0x104, 4, 1 << 8);
	model_phys_active[77] = true;
	bits_set(&vg.spi[1].phys, 1U << 8);
	vgic_latch_set(NULL, &vg, NULL, 1, 1U << 8);
	enter(0);
	assert_int_equal(model_ack(), 40);
	/* pended by hand while active: twice, and the end comes once */
	wr(0, DIST + 0x204, 4, 1 << 8);
	enter(0);
	model_eoi(40);
	enter(0);
	assert_true(model_phys_active[77]);
	assert_int_equal(model_ack(), 40);
	model_eoi(40);
	enter(0);
	assert_false(model_phys_active[77]);
	assert_int_equal(model_phys_ends[77], 1);
	/* ICACTIVER ends the physical one too */
	model_phys_active[77] = true;
	bits_set(&vg.spi[1].phys, 1U << 8);
	vgic_latch_set(NULL, &vg, NULL, 1, 1U << 8);
	enter(0);
	assert_int_equal(model_ack(), 40);
	wr(0, DIST + 0x384, 4, 1 << 8);
	assert_false(model_phys_active[77]);
}

/* Another vCPU clears what is active or pending in a list register. */
static void test_remote_change(void **state)
{
	(void)state;
	machine(2, 4);
	wr(0, DIST + 0xc08, 4, ~0U);
	wr(0, DIST + 0x104, 4, ~0U);
	vgic_line_set(NULL, &vg, NULL, 34, true);
	enter_all();
	model_this = 0;
	assert_int_equal(model_ack(), 34);
	rd(1, DIST + 0x304, 4);
	enter_all();
	assert_int_equal(rd(1, DIST + 0x304, 4), 4);
	wr(1, DIST + 0x384, 4, 4);
	assert_int_equal(rd(1, DIST + 0x304, 4), 0);
	enter_all();
	assert_int_equal(rd(0, DIST + 0x304, 4), 0);
	wr(0, DIST + 0x204, 4, 8);
	enter_all();
	wr(1, DIST + 0x284, 4, 8);
	enter_all();
	assert_int_equal(rd(1, DIST + 0x204, 4), 0);
	model_this = 0;
	assert_int_equal(model_ack(), 1023);
	/* another's private one, by its redistributor's frame */
	wr(1, SGI(0) + 0x100, 4, 1);
	wr(1, SGI(0) + 0x200, 4, 1);
	enter_all();
	wr(1, SGI(0) + 0x280, 4, 1);
	enter_all();
	assert_int_equal(rd(1, SGI(0) + 0x200, 4), 0);
}

/* The last write counts, whoever did the one before and left it as a request. */
static void test_last_change_counts(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int first = i & 1, second = i >> 1 & 1;
		uint64_t set = i & 4 ? 0x300 : 0x380, last = set ^ 0x80;

		machine(2, 4);
		/* one that vCPU 1 has taken, one that it has not */
		wr(1, SGI(1) + 0x100, 4, 1);
		wr(1, SGI(1) + 0x200, 4, 1);
		enter_all();
		model_this = 1;
		assert_int_equal(model_ack(), 0);
		wr(first, SGI(1) + set, 4, 3);
		wr(second, SGI(1) + last, 4, 3);
		assert_int_equal(rd(0, SGI(1) + 0x300, 4),
				 last == 0x300 ? 3 : 0);
		enter_all();
		assert_int_equal(rd(0, SGI(1) + 0x300, 4),
				 last == 0x300 ? 3 : 0);
	}
}

/*
 * More active ones than list registers, ended by DIR in the order that its
 * count tells least of: the last taken goes last.
 */
static void ends_by_dir(void)
{
	machine(1, 1);
	model()->vmcr |= ICH_VMCR_VEOIM;
	wr(0, SGI(0) + 0x100, 4, 7);
	for (unsigned int irq = 3; irq--;) {
		wr(0, SGI(0) + 0x400 + irq, 1, 0x20 * (irq + 1));
		wr(0, SGI(0) + 0x200, 4, 1 << irq);
		enter(0);
		assert_int_equal(model_ack(), irq);
		enter(0);
	}
	for (unsigned int irq = 0; irq < 3; irq++) {
		assert_int_equal(vgic_icc_read(VGIC_ICC_RPR), 0x20 * (irq + 1));
		model_eoi(irq);
		enter(0);
	}
	assert_int_equal(vgic_icc_read(VGIC_ICC_RPR), 0xff);
	for (unsigned int irq = 3; irq--;) {
		assert_int_equal(rd(0, SGI(0) + 0x300, 4), (2 << irq) - 1);
		if (model()->hcr & (ICH_HCR_TDIR | ICH_HCR_TC))
			vgic_change(cpu(0), &vg, cpu(0), 0, 1 << irq,
				    VGIC_CLEAR_ACT);
		else
			model_deactivate(irq);
		enter(0);
	}
	assert_int_equal(rd(0, SGI(0) + 0x300, 4), 0);
	assert_int_equal(model()->hcr & (ICH_HCR_TDIR | ICH_HCR_TC), 0);
}

static void test_ends_by_dir(void **state)
{
	(void)state;
	ends_by_dir();
	without_tds = true;
	ends_by_dir();
	without_tds = false;
}

/* As ICC_PMR_EL1, ICC_CTLR_EL1 and ICC_RPR_EL1 do when they do not trap. */
static void test_common_registers(void **state)
{
	uint64_t others;

	(void)state;
	machine(1, 4);
	others = model()->vmcr & ~(ICH_VMCR_VCBPR | ICH_VMCR_VEOIM);
	model_vtr |= 1ULL << 23 | 1ULL << 21;
	/* five bits of priority, 24 of INTIDs, Aff3 */
	assert_int_equal(vgic_icc_read(VGIC_ICC_CTLR),
			 1 << 15 | 1 << 11 | 4 << 8);
	assert_true(vgic_icc_write(VGIC_ICC_CTLR, ~0ULL));
	assert_int_equal(vgic_icc_read(VGIC_ICC_CTLR),
			 1 << 15 | 1 << 11 | 4 << 8 | 3);
	assert_int_equal(model()->vmcr,
			 others | ICH_VMCR_VCBPR | ICH_VMCR_VEOIM);
	assert_true(vgic_icc_write(VGIC_ICC_CTLR, 0));
	assert_int_equal(model()->vmcr, others);
	assert_int_equal(vgic_icc_read(VGIC_ICC_PMR), 0xf8);
	assert_true(vgic_icc_write(VGIC_ICC_PMR, ~0ULL));
	assert_int_equal(model()->vmcr, others);
	assert_true(vgic_icc_write(VGIC_ICC_PMR, 0x57));
	assert_int_equal(vgic_icc_read(VGIC_ICC_PMR), 0x50);
	assert_int_equal(model()->vmcr & 0xffffff, others & 0xffffff);
	assert_false(vgic_icc_write(VGIC_ICC_RPR, 0));
	assert_int_equal(vgic_icc_read(VGIC_ICC_RPR), 0xff);
}

/* Taken, made inactive by ICACTIVER, ended: no other's end is counted. */
static void test_inactive_then_ended(void **state)
{
	(void)state;
	machine(2, 4);
	wr(0, SGI(0) + 0x100, 4, 3);
	wr(0, SGI(0) + 0x200, 4, 1);
	enter(0);
	assert_int_equal(model_ack(), 0);
	wr(0, SGI(0) + 0x300, 4, 2);
	wr(1, SGI(0) + 0x380, 4, 1);
	enter_all();
	model_this = 0;
	model_eoi(0);
	enter(0);
	assert_int_equal(rd(0, SGI(0) + 0x300, 4), 2);
}

static void test_one_of_n(void **state)
{
	unsigned int taken = 0;

	(void)state;
	machine(4, 1);
	wr(0, DIST + 0xc08, 4, ~0U);
	wr(0, DIST + 0x104, 4, ~0U);
	for (unsigned int i = 32; i < 40; i++) {
		wr(0, DIST + 0x6000 + 8 * i, 8, BIT(31));
		vgic_line_set(NULL, &vg, NULL, i, true);
	}
	for (int round = 0; round < 20; round++) {
		for (unsigned int n = 0; n < 4; n++) {
			unsigned int irq;

			enter(n);
			irq = model_ack();
			if (irq == 1023)
				continue;
			taken++;
			model_eoi(irq);
		}
	}
	assert_int_equal(taken, 8);
}

/* Any offset and width: defined, and no state outside the registers. */
static void test_any_access(void **state)
{
	static const unsigned int widths[] = {1, 2, 4, 8};
	unsigned int i;

	(void)state;
	machine(2, 4);
	srand(3);
	for (i = 0; i < 300000; i++) {
		uint64_t addr = rand() & 1 ? DIST + rand() % 0x10000
					   : REDIST + rand() % 0x40000;
		unsigned int width = widths[rand() & 3], n = rand() & 1;
		uint64_t value = (uint64_t)rand() << 33 ^ rand();

		model_this = n;
		vgic_mmio_access(cpu(n), addr, width, rand() & 1, &value);
		if (!(rand() & 15))
			vgic_sgi_send(cpu(n), value, rand() & 1);
		if (!(rand() & 7))
			enter_all();
		if (!(rand() & 7)) {
			unsigned int irq = model_ack();

			if (irq != 1023 && (rand() & 1))
				model_eoi(irq);
		}
	}
}

/*
 * An SGI that is sent after another vCPU's pending state was cleared stays,
 * while the owner applies what was asked: it looks again and again here.
 */
static uint32_t owner_rounds;
static bool owner_over;

static void *owner(void *arg)
{
	while (!__atomic_load_n(&owner_over, __ATOMIC_ACQUIRE)) {
		vgic_requests(arg, 0, ~(uint32_t)0);
		__atomic_fetch_add(&owner_rounds, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void test_clear_then_send(void **state)
{
	struct vgic_word *w;
	unsigned int lost = 0;
	pthread_t thread;

	(void)state;
	machine(2, 4);
	w = &cpu(1)->priv;
	assert_int_equal(pthread_create(&thread, NULL, owner, cpu(1)), 0);
	for (unsigned int i = 0; i < 100000; i++) {
		uint32_t rounds;

		vgic_change(cpu(0), &vg, cpu(1), 0, 1, VGIC_CLEAR_PEND);
		for (unsigned int j = 0; j < i % 64; j++)
			__asm__ volatile("");
		vgic_latch_set(cpu(0), &vg, cpu(1), 0, 1);
		rounds = __atomic_load_n(&owner_rounds, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&owner_rounds, __ATOMIC_SEQ_CST) -
			       rounds <
		       2)
			;
		lost += !(bits_get(&w->latch) & 1);
	}
	__atomic_store_n(&owner_over, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	assert_int_equal(lost, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_bitmaps),
		cmocka_unit_test(test_prio_config),
		cmocka_unit_test(test_router),
		cmocka_unit_test(test_sgi),
		cmocka_unit_test(test_sgi_self_again),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_wait_elsewhere),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_forwarded),
		cmocka_unit_test(test_remote_change),
		cmocka_unit_test(test_last_change_counts),
		cmocka_unit_test(test_inactive_then_ended),
		cmocka_unit_test(test_ends_by_dir),
		cmocka_unit_test(test_common_registers),
		cmocka_unit_test(test_one_of_n),
		cmocka_unit_test(test_any_access),
		cmocka_unit_test(test_clear_then_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
