/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests do to a virtual GIC, in any order, on the unit test's model of
 * the hardware: an interrupt is in one list register at most, is taken when
 * the registers say that it must be and never otherwise, and when all is
 * lowered, ended and cleared nothing remains.
 */
#include "../unit/arch/vgic_model.h"

#include "input.h"

/* the tested code, or the copy with the planted bug */
#include "vgic_irq.c"
#include "vgic_lr.c"
#include "vgic_mmio.c"
#include "vgic_reset.c"

#define DIST 0x8000000ull
#define REDIST 0x80a0000ull
#define SGI(n) (REDIST + (n)*0x20000ull + 0x10000)
#define IRQS 96
#define LINKED 40 /* stands for host interrupt 77 */
#define LINKED_PHYS 77
#define STEPS 400

static struct vgic vg;
static struct vcpu vcpus[MODEL_CPUS];
static unsigned int taken[MODEL_CPUS][64]; /* not ended yet */
static unsigned int taken_count[MODEL_CPUS];

void vgic_link_target(struct vgic *g, unsigned int virq)
{
	(void)g;
	(void)virq;
}

void vgic_link_trigger(struct vgic *g, unsigned int virq, bool edge)
{
	(void)edge;
	must(g->phys[virq] == LINKED_PHYS);
}

static struct vgic_cpu *cpu(unsigned int n)
{
	return &vcpus[n].vgic;
}

static void enter(unsigned int n)
{
	int round;

	model_this = (int)n;
	for (round = 0; round < 100; round++) {
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
	must(round < 100, "maintenance interrupts without end");
}

static void enter_all(void)
{
	for (int round = 0; round < 3; round++)
		for (unsigned int n = 0; n < vg.vcpu_count; n++)
			enter(n);
}

static uint64_t rd(unsigned int n, uint64_t addr, unsigned int width)
{
	uint64_t value = 0;

	model_this = (int)n;
	must(vgic_mmio_access(cpu(n), addr, width, false, &value));
	return value;
}

static void wr(unsigned int n, uint64_t addr, unsigned int width,
	       uint64_t value)
{
	model_this = (int)n;
	must(vgic_mmio_access(cpu(n), addr, width, true, &value));
}

static void machine(unsigned int vcpu_count, unsigned int lrs)
{
	memset(model_cpus, 0, sizeof(model_cpus));
	memset(&vg, 0, sizeof(vg));
	memset(vcpus, 0, sizeof(vcpus));
	memset(taken_count, 0, sizeof(taken_count));
	memset(model_phys_active, 0, sizeof(model_phys_active));
	model_vtr = (lrs - 1) | 4ull << 26 | 4ull << 29 | ICH_VTR_TDS;
	vgic_caps_set(model_vtr);
	vg.dist_base = DIST;
	vg.irq_count = VGIC_IRQ_MAX;
	vg.typer = 31;
	vg.vcpu_count = vcpu_count;
	vg.redist_shift = 17;
	vg.region_count = 1;
	vg.regions[0] = (struct vgic_region){REDIST, vcpu_count * 0x20000ull, 0,
					     vcpu_count};
	for (unsigned int n = 0; n < vcpu_count; n++) {
		struct vgic_cpu *vc = cpu(n);

		vcpus[n].on = true;
		vg.cpus[n] = vc;
		*vc = (struct vgic_cpu){
			.vgic = &vg,
			.vcpu = &vcpus[n],
			.cpu = -1,
			.id = n,
			.hwid = n,
		};
		vgic_reset_cpu(vc);
		vc->vmcr = 3 | 0xf8ull << 24 | 2 << 21 | 3 << 18;
	}
	vgic_reset_dist(&vg);
	vg.spi[LINKED / 32].linked = 1u << LINKED % 32;
	vg.phys[LINKED] = LINKED_PHYS;
	for (unsigned int n = 0; n < vcpu_count; n++) {
		model_this = (int)n;
		vgic_lr_load(cpu(n));
		wr(n, SGI(n) + 0x80, 4, ~0u);
		wr(n, SGI(n) + 0x100, 4, ~0u);
	}
	for (unsigned int word = 1; word < IRQS / 32; word++) {
		wr(0, DIST + 0x80 + 4 * word, 4, ~0u);
		wr(0, DIST + 0x100 + 4 * word, 4, ~0u);
	}
	wr(0, DIST, 4, 3);
	enter_all();
}

/*
 * What must hold between any two steps
 */

static void check_registers(void)
{
	static uint8_t places[MODEL_CPUS][32], shared[1024];

	memset(places, 0, sizeof(places));
	memset(shared, 0, sizeof(shared));
	for (unsigned int n = 0; n < vg.vcpu_count; n++)
		for (unsigned int i = 0; i < VGIC_LR_MAX; i++) {
			uint64_t lr = model_cpus[n].lr[i];
			uint32_t irq = (uint32_t)lr;

			if (!(lr & LR_STATE))
				continue;
			must(i < vgic_caps.lr_count && irq < VGIC_IRQ_MAX);
			must(!(irq < 32 ? places[n][irq]++ : shared[irq]++),
			     "%u twice", irq);
			/* 12.4.8: the hardware forbids it */
			must(!(lr & LR_HW) || (lr & LR_STATE) != LR_STATE);
		}
}

static uint64_t reg_of(unsigned int n, unsigned int word, unsigned int base)
{
	return word ? DIST + base + 4 * word : SGI(n) + base;
}

/* Best priority that the registers say must be signalled to a vCPU. */
static unsigned int best_of(unsigned int n)
{
	uint32_t ctlr = (uint32_t)rd(n, DIST, 4);
	unsigned int best = 0x100;

	for (unsigned int word = 0; word < IRQS / 32; word++) {
		uint32_t group1 = (uint32_t)rd(n, reg_of(n, word, 0x80), 4);
		uint32_t ready =
			(uint32_t)rd(n, reg_of(n, word, 0x100), 4) &
			(uint32_t)rd(n, reg_of(n, word, 0x200), 4) &
			~(uint32_t)rd(n, reg_of(n, word, 0x300), 4) &
			((ctlr & 2 ? group1 : 0) | (ctlr & 1 ? ~group1 : 0));

		for (; ready; ready &= ready - 1) {
			unsigned int i = (unsigned int)__builtin_ctz(ready);
			unsigned int irq = word * 32 + i, prio;

			if (word &&
			    rd(n, DIST + 0x6000 + 8 * irq, 8) != cpu(n)->hwid)
				continue;
			prio = (unsigned int)rd(
				n, (word ? DIST : SGI(n)) + 0x400 + irq, 1);
			best = MIN(best, prio);
		}
	}
	if (best >= 0xf8 || best >= model_running())
		return 0x100;
	return best;
}

static void take(unsigned int n)
{
	unsigned int best, irq;

	enter_all();
	best = best_of(n);
	enter_all();
	model_this = (int)n;
	irq = model_ack();
	if (best == 0x100) {
		/* an SPI to any vCPU is nobody's in particular */
		must(irq == 1023 || irq >= 32, "took %u for nothing", irq);
	} else {
		must(irq != 1023, "lost one of priority %x", best);
		must(irq >= 32 || cpu(n)->prio[irq] <= best);
	}
	if (irq == 1023)
		return;
	must(irq < VGIC_IRQ_MAX && taken_count[n] < 64);
	taken[n][taken_count[n]++] = irq;
}

static void end(unsigned int n)
{
	enter(n);
	if (taken_count[n])
		model_eoi(taken[n][--taken_count[n]]);
	enter(n);
}

/* The host's interrupt behind a linked one fires when it is not active. */
static void fire_linked(void)
{
	if (model_phys_active[LINKED_PHYS])
		return;
	model_phys_active[LINKED_PHYS] = true;
	bits_set(&vg.spi[LINKED / 32].phys, 1u << LINKED % 32);
	vgic_latch_set(NULL, &vg, NULL, LINKED / 32, 1u << LINKED % 32);
}

/* one bit of a bitmap register, the group register among them */
static void change_bit(unsigned int n, struct input *in)
{
	static const uint16_t bases[] = {0x100, 0x180, 0x200, 0x280, 0x380};
	unsigned int irq = input_u8(in) % IRQS;
	unsigned int base = bases[input_u8(in) % ARRAY_SIZE(bases)];

	wr(n, reg_of(n, irq / 32, base), 4, 1u << irq % 32);
}

static void access_any(unsigned int n, struct input *in)
{
	uint16_t off = input_u16(in);
	unsigned int width = 1u << (input_u8(in) & 3);
	uint64_t value = input_u32(in);
	bool write = value & 1;
	uint64_t addr = off & 0x8000 ? SGI(n) - 0x10000 + (off & 0x7fff) * 4
				     : DIST + (off & 0x7fff) * 2;

	/* active bits set by hand have no end that belongs to them */
	if (write && (addr & 0xff80) == 0x300)
		return;
	/* the order of ends is by priority: left alone while any is active */
	if (write && (addr & 0xfc00) == 0x400)
		for (unsigned int i = 0; i < vg.vcpu_count; i++)
			if (taken_count[i])
				return;
	model_this = (int)n;
	vgic_mmio_access(cpu(n), addr, width, write, &value);
}

static void line(unsigned int n, struct input *in)
{
	uint8_t what = input_u8(in);
	unsigned int irq = 16 + what % (IRQS - 16);

	if (irq == LINKED)
		fire_linked();
	else
		vgic_line_set(NULL, &vg, irq < 32 ? cpu(n) : NULL, irq,
			      !(input_u8(in) & 1));
}

static void step(struct input *in)
{
	uint8_t op = input_u8(in);
	unsigned int n = (op >> 4) % vg.vcpu_count;

	switch (op & 0xf) {
	case 0 ... 2:
		change_bit(n, in);
		break;
	case 3 ... 4:
		access_any(n, in);
		break;
	case 5 ... 6:
		model_this = (int)n;
		vgic_sgi_send(cpu(n),
			      (uint64_t)(input_u8(in) & 0xf) << 24 |
				      (uint64_t)(input_u8(in) & 1) << 40 |
				      input_u8(in),
			      op >> 7);
		break;
	case 7 ... 9:
		line(n, in);
		break;
	case 10 ... 11:
		take(n);
		break;
	case 12 ... 13:
		end(n);
		break;
	case 14:
		model_this = (int)n;
		vgic_lr_put(cpu(n));
		vgic_lr_load(cpu(n));
		break;
	default:
		enter(n);
	}
	check_registers();
}

/* Nothing may be left when nobody wants anything any more. */
static void all_settle(void)
{
	wr(0, DIST, 4, 3);
	for (unsigned int irq = 16; irq < IRQS; irq++)
		for (unsigned int n = 0; n < (irq < 32 ? vg.vcpu_count : 1);
		     n++)
			vgic_line_set(NULL, &vg, irq < 32 ? cpu(n) : NULL, irq,
				      false);
	for (unsigned int n = 0; n < vg.vcpu_count; n++)
		while (taken_count[n])
			end(n);
	for (unsigned int n = 0; n < vg.vcpu_count; n++)
		for (unsigned int word = 0; word < 32; word++) {
			wr(n, reg_of(n, word, 0x280), 4, ~0u);
			wr(n, reg_of(n, word, 0x380), 4, ~0u);
			/* SETSPI and any line above */
			for (unsigned int i = 0; !n && word > 2 && i < 32; i++)
				if (word * 32 + i < VGIC_IRQ_MAX)
					vgic_line_set(NULL, &vg, NULL,
						      word * 32 + i, false);
		}
	enter_all();
	for (unsigned int n = 0; n < vg.vcpu_count; n++) {
		model_this = (int)n;
		must(model_ack() == 1023);
		for (unsigned int word = 0; word < 32; word++) {
			must(!rd(n, reg_of(n, word, 0x200), 4));
			must(!rd(n, reg_of(n, word, 0x300), 4));
		}
	}
	must(!model_phys_active[LINKED_PHYS], "host interrupt left active");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t shape = input_u8(&in);

	machine(1 + (shape & 3), 1 + (shape >> 2 & 0xf));
	for (unsigned int i = 0; in.left && i < STEPS; i++)
		step(&in);
	all_settle();
	return 0;
}
