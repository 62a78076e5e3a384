/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GICv3's sources on the model of the hardware's virtual
 * interface: a machine of a few vCPUs, each alone on its CPU.
 */
#ifndef TEST_VGIC_MACHINE_H
#define TEST_VGIC_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
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

#endif
