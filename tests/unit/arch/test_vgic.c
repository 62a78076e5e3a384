/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual GICv3 on a model of the hardware's virtual interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <pthread.h>
#include <cmocka.h>

#include "vgic_model.h"

#include "../../../arch/aarch64/virt/vgic_icc.c"
#include "../../../arch/aarch64/virt/vgic_irq.c"
#include "../../../arch/aarch64/virt/vgic_lr.c"
#include "../../../arch/aarch64/virt/vgic_mmio.c"
#include "../../../arch/aarch64/virt/vgic_reset.c"

#define DIST 0x8000000ULL
#define REDIST 0x80a0000ULL
#define RD(n) (REDIST + (n)*0x20000ULL)
#define SGI(n) (RD(n) + 0x10000)

static struct vgic vg;
static struct vcpu vcpus[MODEL_CPUS];

void vgic_link_target(struct vgic *g, unsigned int virq)
{
	(void)g;
	(void)virq;
}

static unsigned int trigger_irq;

void vgic_link_trigger(struct vgic *g, unsigned int virq, bool edge)
{
	trigger_irq = edge ? g->phys[virq] : 0;
}

static struct vgic_cpu *cpu(unsigned int n)
{
	return &vcpus[n].vgic;
}

/* What run.c does before entering, and when the maintenance line is up. */
static void enter(unsigned int n)
{
	model_this = n;
	for (int round = 0; round < 100; round++) {
		if (cpu(n)->work)
			vgic_lr_sync(cpu(n));
		if (!model_maintenance()) {
			if (!cpu(n)->work)
				return;
			continue;
		}
		if (cpu(n)->crowded)
			vgic_lr_refill(cpu(n));
		else
			vgic_lr_reap(cpu(n));
	}
	fail_msg("maintenance interrupt storm");
}

static void enter_all(void)
{
	for (int round = 0; round < 3; round++) {
		for (unsigned int n = 0; n < vg.vcpu_count; n++)
			enter(n);
	}
}

static uint64_t rd(unsigned int n, uint64_t addr, unsigned int width)
{
	uint64_t value = 0xdead;

	model_this = n;
	assert_true(vgic_mmio_access(cpu(n), addr, width, false, &value));
	return value;
}

static void wr(unsigned int n, uint64_t addr, unsigned int width,
	       uint64_t value)
{
	model_this = n;
	assert_true(vgic_mmio_access(cpu(n), addr, width, true, &value));
}

/* ICC_DIR_EL1 cannot trap alone, as on older CPUs */
static bool without_tds;

/* @lrs list registers, five priority bits */
static void machine(unsigned int vcpu_count, unsigned int lrs)
{
	memset(model_cpus, 0, sizeof(model_cpus));
	memset(&vg, 0, sizeof(vg));
	memset(vcpus, 0, sizeof(vcpus));
	memset(model_phys_active, 0, sizeof(model_phys_active));
	memset(model_phys_ends, 0, sizeof(model_phys_ends));
	model_vtr = (lrs - 1) | 4ULL << 26 | 4ULL << 29 |
		    (without_tds ? (uint64_t)0 : ICH_VTR_TDS);
	vgic_caps_set(model_vtr);
	vg.dist_base = DIST;
	vg.irq_count = VGIC_IRQ_MAX;
	vg.typer = 31;
	vg.vcpu_count = vcpu_count;
	vg.redist_shift = 17;
	vg.region_count = 1;
	vg.regions[0] = (struct vgic_region){REDIST, vcpu_count * 0x20000ULL, 0,
					     vcpu_count};
	for (unsigned int n = 0; n < vcpu_count; n++) {
		struct vgic_cpu *vc = cpu(n);

		vcpus[n].on = true;
		vg.cpus[n] = vc;
		vc->vgic = &vg;
		vc->vcpu = &vcpus[n];
		vc->id = n;
		vc->hwid = n;
		vc->cpu = -1;
		vc->typer = (uint64_t)n << 32 | n << 8;
		vgic_reset_cpu(vc);
		/* both groups on, nothing masked, finest binary point */
		vc->vmcr = 3 | 0xf8ULL << 24 | 2 << 21 | 3 << 18;
	}
	vgic_reset_dist(&vg);
	for (unsigned int n = 0; n < vcpu_count; n++) {
		model_this = n;
		vgic_lr_load(cpu(n));
		wr(n, SGI(n) + 0x80, 4, ~0U);
	}
	for (unsigned int word = 1; word < 32; word++)
		wr(0, DIST + 0x80 + 4 * word, 4, ~0U);
	wr(0, DIST, 4, 3);
	enter_all();
}

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
 * Differential: the same operations on a GIC of the simplest kind
 */
#define IRQS 96      /* 32 private, 64 shared */
#define GHOST 0x1000 /* taken, then made inactive by ICACTIVER */

struct ref_irq {
	bool enabled, group1, edge, line, latch;
	bool forced; /* active by ISACTIVER alone */
	int active;  /* 1 + vCPU */
	uint8_t prio;
	uint8_t target;
};

struct ref_cpu {
	struct ref_irq priv[32];
	unsigned int stack[64]; /* acknowledged, not dropped */
	unsigned int depth;
	unsigned int dropped[IRQS]; /* EOImode 1: not deactivated */
	unsigned int dropped_count;
};

static struct ref_irq ref_spi[IRQS];
static struct ref_cpu ref_cpus[MODEL_CPUS];

static struct ref_irq *ref(unsigned int n, unsigned int irq)
{
	return irq < 32 ? &ref_cpus[n].priv[irq] : &ref_spi[irq];
}

static bool ref_pending(const struct ref_irq *i)
{
	return i->latch || (!i->edge && i->line);
}

/* Best priority that this vCPU must see signalled, 0x100: none. */
static unsigned int ref_best(unsigned int n)
{
	unsigned int best = 0x100;

	for (unsigned int irq = 0; irq < IRQS; irq++) {
		const struct ref_irq *i = ref(n, irq);

		if (i->enabled && ref_pending(i) && !i->active &&
		    (irq < 32 || i->target == n) &&
		    (vg.ctlr & (i->group1 ? 2 : 1)) &&
		    (model()->vmcr & (i->group1 ? 2 : 1)) && i->prio < best)
			best = i->prio;
	}
	if (best >= 0xf8 || best >= model_running())
		return 0x100;
	return best;
}

static void step_take(unsigned int n)
{
	struct ref_cpu *rc = &ref_cpus[n];
	unsigned int best, irq;

	enter(n);
	best = ref_best(n);
	irq = model_ack();
	if (best == 0x100) {
		if (irq != 1023)
			fail_msg("vCPU %u took %u for nothing", n, irq);
		return;
	}
	if (irq == 1023)
		fail_msg("vCPU %u lost an interrupt of priority %x", n, best);
	if (ref(n, irq)->prio != best || !ref_pending(ref(n, irq)) ||
	    ref(n, irq)->active || !ref(n, irq)->enabled)
		fail_msg("vCPU %u took %u (prio %x enabled %d pending %d "
			 "active %d), best was %x",
			 n, irq, ref(n, irq)->prio, ref(n, irq)->enabled,
			 ref_pending(ref(n, irq)), ref(n, irq)->active, best);
	ref(n, irq)->active = 1 + n;
	ref(n, irq)->latch = false;
	rc->stack[rc->depth++] = irq;
}

static void step_end(unsigned int n)
{
	struct ref_cpu *rc = &ref_cpus[n];
	unsigned int irq;

	enter(n);
	if (rc->depth && (rand() & 3)) {
		irq = rc->stack[--rc->depth];
		model_eoi(irq & ~GHOST);
		if (irq & GHOST)
			;
		else if (model()->vmcr & ICH_VMCR_VEOIM)
			rc->dropped[rc->dropped_count++] = irq;
		else
			ref(n, irq)->active = 0;
	} else if (rc->dropped_count) {
		unsigned int i = rand() % rc->dropped_count;

		irq = rc->dropped[i];
		rc->dropped[i] = rc->dropped[--rc->dropped_count];
		if (model()->hcr & (ICH_HCR_TDIR | ICH_HCR_TC))
			vgic_change(cpu(n), &vg, irq < 32 ? cpu(n) : NULL,
				    irq / 32, 1U << irq % 32, VGIC_CLEAR_ACT);
		else
			model_deactivate(irq);
		ref(n, irq)->active = 0;
	}
	enter(n);
}

static void step_line(unsigned int n, unsigned int irq)
{
	struct ref_irq *i = ref(n, irq);
	bool level = !i->line;

	if (irq < 16)
		return;
	if (i->edge && level)
		i->latch = true;
	i->line = level;
	vgic_line_set(NULL, &vg, irq < 32 ? cpu(n) : NULL, irq, level);
}

static uint64_t reg_addr(unsigned int n, unsigned int irq, uint64_t base)
{
	return irq < 32 ? SGI(n) + base : DIST + base + irq / 32 * 4;
}

static void step_prio(unsigned int n, unsigned int m, unsigned int irq,
		      uint8_t prio)
{
	ref(n, irq)->prio = prio;
	wr(m, (irq < 32 ? SGI(n) : DIST) + 0x400 + irq, 1, prio);
}

/* ISACTIVER: below all that was taken, see lr_count_ends(). */
static void step_activate(unsigned int n, unsigned int m, unsigned int irq)
{
	struct ref_irq *i = ref(n, irq);

	if (i->active)
		return;
	step_prio(n, m, irq, 0xf8);
	wr(m, reg_addr(n, irq, 0x300), 4, 1U << irq % 32);
	i->active = 1 + n;
	i->forced = true;
	if (irq >= 32 || !(model_cpus[n].vmcr & ICH_VMCR_VEOIM))
		return;
	/* ended by DIR like others: only this vCPU can have it */
	ref_cpus[n].dropped[ref_cpus[n].dropped_count++] = irq;
	i->forced = false;
}

/*
 * ICACTIVER. The running priority of one in service stays until its EOI, which
 * is not counted only with EOImode 1, see lr_count_ends().
 */
static void step_deactivate(unsigned int n, unsigned int m, unsigned int irq)
{
	struct ref_irq *i = ref(n, irq);
	struct ref_cpu *rc = &ref_cpus[i->active ? i->active - 1 : 0];
	unsigned int j;

	if (i->active && !i->forced) {
		if (!(model_cpus[i->active - 1].vmcr & ICH_VMCR_VEOIM))
			return;
		for (j = 0; j < rc->depth; j++)
			if (rc->stack[j] == irq)
				rc->stack[j] |= GHOST;
		for (j = 0; j < rc->dropped_count; j++)
			if (rc->dropped[j] == irq)
				rc->dropped[j--] =
					rc->dropped[--rc->dropped_count];
	}
	wr(m, reg_addr(n, irq, 0x380), 4, 1U << irq % 32);
	i->active = 0;
	i->forced = false;
}

static void step_group(unsigned int n, unsigned int m, unsigned int irq)
{
	uint64_t reg = reg_addr(n, irq, 0x80);
	struct ref_irq *i = ref(n, irq);

	if (i->active)
		return;
	i->group1 = !i->group1;
	wr(m, reg, 4, rd(m, reg, 4) ^ 1U << irq % 32);
}

static void step_config(unsigned int n, unsigned int m, unsigned int irq)
{
	uint64_t reg = (irq < 32 ? SGI(n) : DIST) + 0xc00 + irq / 16 * 4;
	struct ref_irq *i = ref(n, irq);

	if (irq < 16)
		return;
	i->edge = !i->edge;
	wr(m, reg, 4, rd(m, reg, 4) ^ 2U << irq % 16 * 2);
}

/* Groups off and on: the distributor's, and one vCPU's own. */
static void step_groups(unsigned int n, unsigned int m)
{
	if (rand() & 1)
		wr(m, DIST, 4, rand() & 3);
	else
		model_cpus[n].vmcr ^= 1 + (rand() & 1);
	if (rand() & 3)
		return;
	wr(m, DIST, 4, 3);
	model_cpus[n].vmcr |= 3;
}

static void step_reg(unsigned int n, unsigned int irq)
{
	struct ref_irq *i = ref(n, irq);
	uint32_t bit = 1U << irq % 32;
	unsigned int m = rand() % vg.vcpu_count;

	switch (rand() % 12) {
	case 0:
		wr(m, reg_addr(n, irq, 0x100), 4, bit);
		i->enabled = true;
		break;
	case 1:
		if (rand() & 1)
			break;
		wr(m, reg_addr(n, irq, 0x180), 4, bit);
		i->enabled = false;
		break;
	case 2:
		wr(m, reg_addr(n, irq, 0x200), 4, bit);
		i->latch = true;
		break;
	case 3:
		wr(m, reg_addr(n, irq, 0x280), 4, bit);
		i->latch = false;
		break;
	case 4:
		/* of an active one: takes part in the order of ends */
		if (!i->active)
			step_prio(n, m, irq, (rand() % 32) << 3);
		break;
	case 5:
		if (irq < 32)
			break;
		i->target = rand() % vg.vcpu_count;
		wr(m, DIST + 0x6000 + 8 * irq, 8, i->target);
		break;
	case 6:
		if (!(rand() & 3))
			step_activate(n, m, irq);
		break;
	case 7:
	case 8:
		step_deactivate(n, m, irq);
		break;
	case 9:
		step_group(n, m, irq);
		break;
	case 10:
		step_config(n, m, irq);
		break;
	default:
		if (irq >= 16)
			break;
		model_this = m;
		vgic_sgi_send(cpu(m), (uint64_t)irq << 24 | 1U << n, 1);
		i->latch = true;
	}
}

/* What vCPU @m reads of 32 interrupts; private ones are @n's. */
static void check_word(unsigned int n, unsigned int m, unsigned int word)
{
	uint32_t pend = rd(m, reg_addr(n, word * 32, 0x200), 4);
	uint32_t act = rd(m, reg_addr(n, word * 32, 0x300), 4);
	uint32_t enabled = rd(m, reg_addr(n, word * 32, 0x180), 4);
	uint32_t group1 = rd(m, reg_addr(n, word * 32, 0x80), 4);

	for (unsigned int bit = 0; bit < 32; bit++) {
		unsigned int irq = word * 32 + bit;
		const struct ref_irq *i = ref(n, irq);
		uint32_t config =
			rd(m, (irq < 32 ? SGI(n) : DIST) + 0xc00 + irq / 16 * 4,
			   4);

		if ((pend >> bit & 1) != ref_pending(i) ||
		    (act >> bit & 1) != !!i->active)
			fail_msg("vCPU %u: %u of %u reads %u %u, is %u %u", m,
				 irq, n, pend >> bit & 1, act >> bit & 1,
				 ref_pending(i), !!i->active);
		assert_int_equal(enabled >> bit & 1, i->enabled);
		assert_int_equal(group1 >> bit & 1, i->group1);
		assert_int_equal(config >> (irq % 16 * 2 + 1) & 1, i->edge);
		assert_int_equal(
			rd(m, (irq < 32 ? SGI(n) : DIST) + 0x400 + irq, 1),
			i->prio);
	}
}

/* Others' list registers: a read asks, the next one knows. */
static void check_views(unsigned int n, unsigned int m)
{
	unsigned int word = rand() % (IRQS / 32);

	check_word(n, n, 0);
	rd(m, reg_addr(n, word * 32, 0x200), 4);
	rd(m, reg_addr(n, word * 32, 0x300), 4);
	enter_all();
	check_word(n, m, word);
}

static void differential(unsigned int seed, unsigned int vcpu_count,
			 unsigned int lrs)
{
	srand(seed);
	machine(vcpu_count, lrs);
	memset(ref_spi, 0, sizeof(ref_spi));
	memset(ref_cpus, 0, sizeof(ref_cpus));
	for (unsigned int n = 0; n < vcpu_count; n++) {
		if (rand() & 1)
			model_cpus[n].vmcr |= ICH_VMCR_VEOIM;
		for (unsigned int irq = 0; irq < 32; irq++)
			ref(n, irq)->group1 = true;
		for (unsigned int irq = 0; irq < 16; irq++)
			ref(n, irq)->edge = true;
	}
	for (unsigned int irq = 32; irq < IRQS; irq++)
		ref_spi[irq].group1 = true;
	wr(0, DIST + 0xc08, 4, ~0U); /* 32..47: edges */
	for (unsigned int irq = 32; irq < 48; irq++)
		ref_spi[irq].edge = true;
	for (int i = 0; i < 4000; i++) {
		unsigned int n = rand() % vcpu_count;
		unsigned int irq = rand() % IRQS;

		switch (rand() % 8) {
		case 0:
		case 1:
			step_reg(n, irq);
			break;
		case 2:
		case 3:
			step_line(n, irq);
			break;
		case 4:
			if (!(rand() & 7))
				step_groups(n, rand() % vcpu_count);
			if (rand() & 7)
				break;
			model_this = n;
			vgic_lr_put(cpu(n));
			vgic_lr_load(cpu(n));
			break;
		case 5:
			step_end(n);
			break;
		case 6:
			enter_all();
			step_take(n);
			break;
		default:
			enter_all();
			check_views(n, rand() % vcpu_count);
		}
	}
}

static void test_differential(void **state)
{
	(void)state;
	for (unsigned int seed = 0; seed < 320; seed++) {
		without_tds = seed / 64 & 1;
		differential(seed, 1 + seed % 4, 1 + seed / 4 % 16);
	}
	without_tds = false;
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
		cmocka_unit_test(test_differential),
		cmocka_unit_test(test_clear_then_send),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
