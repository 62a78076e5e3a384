/* SPDX-License-Identifier: Apache-2.0 */
/* The filter in front of the real GIC, against a model of its registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <cmocka.h>

#include "vgic_model.h"

#include "../../../arch/aarch64/virt/vgic_irq.c"
#include "../../../arch/aarch64/virt/vgic_lr.c"
#include "../../../arch/aarch64/virt/vgic_mmio.c"
#include "../../../arch/aarch64/virt/vgic_pt.c"
#include "../../../arch/aarch64/virt/vgic_reset.c"

#define DIST 0x8000000ULL
#define REDIST 0x80a0000ULL
#define SGI(n) (REDIST + (n)*0x20000ULL + 0x10000)
#define OWN 40   /* the VM's */
#define OTHER 41 /* somebody else's */
#define HOST_PRIVATE (1U << 25 | 1U << 26)
#define HOST_SGIS 0xe000

/* Windows of the real GIC: distributor, then two frames for each CPU. */
static uint8_t hw_dist[0x10000], hw_redist[MODEL_CPUS][0x20000];
static struct gic gic;
static struct vgic vg;
static struct vgic_pt pt;
static struct vcpu vcpus[2];
static unsigned int routed[1024];
static enum irq_trigger triggers[1024];

const struct gic *arch_gic(void)
{
	return &gic;
}

void irq_set_cpu(unsigned int irq, unsigned int cpu)
{
	routed[irq] = cpu;
}

void irq_set_trigger(unsigned int irq, enum irq_trigger trigger,
		     bool enabled __unused_arg)
{
	triggers[irq] = trigger;
}

void vgic_link_target(struct vgic *g __unused_arg,
		      unsigned int virq __unused_arg)
{
}

void vgic_link_trigger(struct vgic *g __unused_arg,
		       unsigned int virq __unused_arg, bool edge __unused_arg)
{
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	uint64_t value = 0;

	for (unsigned int i = 0; i < width; i++)
		value |= (uint64_t)((const volatile uint8_t *)addr)[i] << 8 * i;
	return value;
}

/* Set and clear registers act on one set of bits, kept in the "set" one. */
void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	volatile uint8_t *p = addr;
	volatile uint8_t *base =
		p >= hw_dist && p < hw_dist + sizeof(hw_dist)
			? hw_dist
			: hw_redist[(size_t)(p - hw_redist[0]) / 0x20000] +
				  0x10000;
	size_t off = (size_t)(p - base);
	bool bitmap = off >= 0x100 && off < 0x400;

	for (unsigned int i = 0; i < width; i++, value >>= 8) {
		if (!bitmap) {
			p[i] = (uint8_t)value;
			continue;
		}
		if (off & 0x80) {
			p[i] &= (uint8_t)~value;
			p[(ptrdiff_t)i - 0x80] &= (uint8_t)~value;
		} else {
			p[i] |= (uint8_t)value;
			p[i + 0x80] |= (uint8_t)value;
		}
	}
}

static uint32_t hw(unsigned int cpu, uint32_t off)
{
	return (uint32_t)fake_io_read(hw_redist[cpu] + 0x10000 + off, 4);
}

static uint32_t hwd(uint32_t off)
{
	return (uint32_t)fake_io_read(hw_dist + off, 4);
}

static uint64_t rd(uint64_t addr, unsigned int width)
{
	uint64_t value = 0xdead;

	assert_true(vgic_pt_access(&vcpus[0].vgic, addr, width, false, &value));
	return value;
}

static void wr(uint64_t addr, unsigned int width, uint64_t value)
{
	assert_true(vgic_pt_access(&vcpus[0].vgic, addr, width, true, &value));
}

/* Two vCPUs, on CPUs 2 and 3; everything of the host's is enabled. */
static int machine(void **state)
{
	(void)state;
	memset(&vg, 0, sizeof(vg));
	memset(vcpus, 0, sizeof(vcpus));
	memset(&pt, 0, sizeof(pt));
	memset(hw_dist, 0, sizeof(hw_dist));
	memset(hw_redist, 0, sizeof(hw_redist));
	memset(routed, 0xff, sizeof(routed));
	memset(triggers, 0, sizeof(triggers));
	gic = (struct gic){.irq_count = 256,
			   .host_sgis = HOST_SGIS,
			   .guest_sgis = 0x1fff,
			   .dist_regs = hw_dist};
	for (unsigned int n = 0; n < MODEL_CPUS; n++)
		gic.redist_regs[n] = hw_redist[n];
	vgic_caps_set(3 | 4ULL << 26 | 4ULL << 29);
	vg.dist_base = DIST;
	vg.irq_count = 256;
	vg.vcpu_count = 2;
	vg.redist_shift = 17;
	vg.region_count = 1;
	vg.regions[0] = (struct vgic_region){REDIST, 0x40000, 0, 2};
	vg.pt = &pt;
	vgic_pt_init(&pt, HOST_PRIVATE);
	for (unsigned int n = 0; n < 2; n++) {
		struct vgic_cpu *vc = &vcpus[n].vgic;

		vg.cpus[n] = vc;
		vc->vgic = &vg;
		vc->vcpu = &vcpus[n];
		vc->id = n;
		vc->hwid = n;
		vc->phys_cpu = (uint8_t)(2 + n);
		vc->cpu = -1;
		vgic_reset_cpu(vc);
	}
	vgic_reset_dist(&vg);
	for (unsigned int n = 0; n < MODEL_CPUS; n++)
		fake_io_write(hw_redist[n] + 0x10100, 4,
			      HOST_PRIVATE | HOST_SGIS);
	fake_io_write(hw_dist + 0x104, 4, 1U << (OTHER - 32));
	vgic_pt_spi_take(&vg, OWN);
	return 0;
}

static void test_enable(void **state)
{
	(void)state;
	wr(DIST, 4, 0x13);
	assert_int_equal(rd(DIST, 4), 0x12); /* no DS, no group 0 */
	wr(DIST + 0x104, 4, ~0U);
	assert_int_equal(hwd(0x104), 1U << (OWN - 32) | 1U << (OTHER - 32));
	/* emulated devices' are the emulated distributor's */
	assert_int_equal(rd(DIST + 0x104, 4), ~0U);
	wr(DIST + 0x184, 4, ~0U);
	assert_int_equal(hwd(0x104), 1U << (OTHER - 32));
	/* private ones: of the right CPU, without the host's */
	wr(SGI(1) + 0x100, 4, ~0U);
	assert_int_equal(hw(3, 0x100), ~0U);
	assert_int_equal(hw(2, 0x100), HOST_PRIVATE | HOST_SGIS);
	wr(SGI(1) + 0x180, 4, ~0U);
	assert_int_equal(hw(3, 0x100), HOST_PRIVATE | HOST_SGIS);
	assert_int_equal(rd(SGI(1) + 0x100, 4), 0);
	/* the distributor's word of private ones is nobody's */
	wr(DIST + 0x100, 4, ~0U);
	assert_int_equal(hwd(0x100), 0);
}

/* What is enabled while the group is off comes with the group. */
static void test_gate(void **state)
{
	(void)state;
	wr(DIST + 0x104, 4, 1U << (OWN - 32));
	wr(SGI(0) + 0x100, 4, 1 << 27);
	assert_int_equal(hwd(0x104), 1U << (OTHER - 32));
	assert_int_equal(hw(2, 0x100) & 1 << 27, 0);
	assert_int_equal(rd(DIST + 0x104, 4), 1U << (OWN - 32));
	wr(DIST, 4, 2);
	assert_true(hwd(0x104) & 1U << (OWN - 32));
	assert_true(hw(2, 0x100) & 1 << 27);
	wr(DIST, 4, 0);
	assert_int_equal(hwd(0x104), 1U << (OTHER - 32));
	assert_int_equal(hw(2, 0x100), HOST_PRIVATE | HOST_SGIS);
}

static void test_state(void **state)
{
	(void)state;
	for (unsigned int off = 0x200; off < 0x400; off += 0x100) {
		fake_io_write(hw_dist + off + 4, 4, 1U << (OTHER - 32));
		wr(DIST + off + 4, 4, 1U << (OWN - 32) | 1U << (OTHER - 32));
		assert_true(hwd(off + 4) & 1U << (OWN - 32));
		wr(DIST + off + 0x84, 4, ~0U);
		assert_int_equal(hwd(off + 4), 1U << (OTHER - 32));
		fake_io_write(hw_redist[2] + 0x10000 + off, 4, ~0U);
		assert_int_equal(rd(SGI(0) + off, 4),
				 ~(HOST_PRIVATE | HOST_SGIS));
		wr(SGI(0) + off + 0x80, 4, ~0U);
		assert_int_equal(hw(2, off), HOST_PRIVATE | HOST_SGIS);
	}
	/* one of an emulated device stays out of the hardware */
	wr(DIST + 0x208, 4, 1);
	assert_int_equal(hwd(0x208), 0);
	assert_int_equal(rd(DIST + 0x208, 4), 1);
}

static void test_priority(void **state)
{
	(void)state;
	wr(DIST + 0x400 + OWN, 4, 0x00f80000 | 0xa0);
	assert_int_equal(hw_dist[0x400 + OWN], 0x80 | 0x50);
	assert_int_equal(hw_dist[0x400 + OTHER], 0);
	assert_int_equal(hw_dist[0x400 + OWN + 2], 0);
	assert_int_equal(rd(DIST + 0x400 + OWN, 1), 0xa0);
	for (unsigned int irq = 0; irq < 32; irq++)
		wr(SGI(0) + 0x400 + irq, 1, 0);
	for (unsigned int irq = 0; irq < 32; irq++)
		assert_int_equal(hw_redist[2][0x10400 + irq],
				 (HOST_PRIVATE | HOST_SGIS) >> irq & 1 ? 0
								       : 0x80);
}

static void test_route(void **state)
{
	(void)state;
	assert_int_equal(routed[OWN], 2);
	wr(DIST + 0x6000 + 8 * OWN, 8, 1);
	assert_int_equal(routed[OWN], 3);
	wr(DIST + 0x6000 + 8 * OWN, 8, 0x80000000);
	assert_int_equal(routed[OWN], 2);
	wr(DIST + 0x6000 + 8 * OWN + 4, 4, 7);
	assert_int_equal(routed[OWN], 2);
	wr(DIST + 0x6000 + 8 * OTHER, 8, 1);
	assert_int_equal(routed[OTHER], ~0U);
	wr(DIST + 0xc08, 4, ~0U);
	assert_int_equal(triggers[OWN], IRQ_TRIGGER_EDGE);
	assert_int_equal(triggers[OTHER], IRQ_TRIGGER_KEEP);
}

static void test_sgi(void **state)
{
	const struct vgic_cpu *self = &vcpus[0].vgic;

	(void)state;
	assert_int_equal(vgic_pt_sgi_targets(self, 3), 3);
	assert_int_equal(vgic_pt_sgi_targets(self, 0xfffc), 0);
	assert_int_equal(vgic_pt_sgi_targets(self, BIT(40)), 2);
	assert_int_equal(vgic_pt_sgi_targets(self, BIT(16) | 3), 0);
	assert_int_equal(vgic_pt_sgi_targets(self, BIT(44) | 3), 0);
}

/* Whatever the guest does, others' bits stay, and giving back cleans up. */
static void test_any_access(void **state)
{
	static const unsigned int widths[] = {1, 2, 4, 8};

	(void)state;
	fake_io_write(hw_dist + 0x204, 4, 1U << (OTHER - 32));
	fake_io_write(hw_dist + 0x304, 4, 1U << (OTHER - 32));
	srand(5);
	for (unsigned int i = 0; i < 300000; i++) {
		uint64_t addr = rand() & 1 ? DIST + rand() % 0x10000
					   : REDIST + rand() % 0x40000;
		uint64_t value = (uint64_t)rand() << 33 ^ rand();

		vgic_pt_access(&vcpus[rand() & 1].vgic, addr,
			       widths[rand() & 3], rand() & 1, &value);
	}
	for (unsigned int off = 0x100; off < 0x400; off += 0x100)
		assert_int_equal(hwd(off + 4) & ~(1U << (OWN - 32)),
				 1U << (OTHER - 32));
	assert_int_equal(routed[OTHER], ~0U);
	vgic_pt_spi_give(&vg, OWN);
	for (unsigned int n = 0; n < 2; n++)
		vgic_pt_private_give(&vcpus[n].vgic);
	for (unsigned int off = 0x100; off < 0x400; off += 0x100) {
		assert_int_equal(hwd(off + 4), 1U << (OTHER - 32));
		for (unsigned int n = 0; n < MODEL_CPUS; n++)
			assert_int_equal(hw(n, off),
					 off == 0x100 ? HOST_PRIVATE | HOST_SGIS
						      : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_enable, machine),
		cmocka_unit_test_setup(test_gate, machine),
		cmocka_unit_test_setup(test_state, machine),
		cmocka_unit_test_setup(test_priority, machine),
		cmocka_unit_test_setup(test_route, machine),
		cmocka_unit_test_setup(test_sgi, machine),
		cmocka_unit_test_setup(test_any_access, machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
