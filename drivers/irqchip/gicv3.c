/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GICv3 and v4, Arm IHI 0069H: distributor and CPU interfaces.
 *
 * All of the host's interrupts are Non-secure group 1 of one priority.
 * Priority drop and deactivation are separate (EOImode = 1), so that an
 * interrupt can be left active for a guest to end.
 *
 * Registers with a bit or byte for each interrupt are written without a
 * lock; ICFGR alone is read, modified and written, under core's lock of
 * interrupts.
 */
#include <arch/cpu.h>
#include <arch/gic.h>
#include <asm/io.h>
#include <asm/sysreg.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <drivers/driver.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/host_map.h>

#include "gicv3_regs.h"

#define LOG_TAG "gicv3"

#define ICC_SRE_ALL 0xf /* SRE, DFB, DIB, and Enable for EL1 */
#define ICC_SRE_SRE 1
#define ICC_CTLR_EOIMODE BIT(1)
#define IAR_INTID(iar) ((unsigned int)((iar)&0xffffff))

/* A register write takes effect within microseconds; this is generous. */
#define WAIT_SPINS_MAX 1000000

static struct gic gic_info;
static gic_regs_t dist;
static int gic_node;
static unsigned int sgi_first; /* of the IPIs */

static void wait_clear(gic_regs_t reg, uint32_t bit, const char *what)
{
	static struct log_limit limit;

	for (unsigned int i = 0; i < WAIT_SPINS_MAX; i++)
		if (!(io_read32(reg) & bit))
			return;
	log_limited(&limit, LOG_ERR, "%s does not finish", what);
}

/* The frame that holds an interrupt's bits, and how to wait for it. */
static gic_regs_t frame_of(unsigned int irq)
{
	if (irq >= GIC_SPI_FIRST)
		return dist;
	return gic_info.redist_regs[arch_this_cpu()->id] + GICR_SGI_FRAME;
}

static void wait_rwp(unsigned int irq)
{
	if (irq >= GIC_SPI_FIRST)
		wait_clear(dist + GICD_CTLR, GICD_CTLR_RWP, "distributor");
	else
		wait_clear(gic_info.redist_regs[arch_this_cpu()->id] +
				   GICR_CTLR,
			   GICR_CTLR_RWP, "redistributor");
}

static void write_bit(unsigned int irq, uint32_t bank)
{
	io_write32(frame_of(irq) + bank + irq / 32 * 4, 1u << irq % 32);
}

static void gic_enable(unsigned int irq)
{
	write_bit(irq, GIC_ISENABLER);
}

static void gic_disable(unsigned int irq)
{
	write_bit(irq, GIC_ICENABLER);
	wait_rwp(irq);
}

static void gic_set_trigger(unsigned int irq, enum irq_trigger trigger)
{
	gic_regs_t reg = frame_of(irq) + GIC_ICFGR + irq / 16 * 4;
	uint32_t bit = GIC_ICFGR_EDGE << irq % 16 * 2;
	uint32_t value;

	if (trigger == IRQ_TRIGGER_KEEP || irq < 16)
		return;
	value = io_read32(reg) & ~bit;
	io_write32(reg, trigger == IRQ_TRIGGER_EDGE ? value | bit : value);
}

static void gic_set_cpu(unsigned int irq, unsigned int cpu)
{
	/* bit 31, "any CPU", stays 0 */
	io_write64(dist + GICD_IROUTER + 8 * irq, cpus[cpu].hwid);
}

static unsigned int gic_ack(void)
{
	unsigned int irq = IAR_INTID(read_sysreg(ICC_IAR1_EL1));

	/* the acknowledge is complete before the device is looked at, 4.1.1 */
	dsb(sy);
	return irq;
}

static void gic_eoi(unsigned int irq)
{
	write_sysreg(irq, ICC_EOIR1_EL1);
	isb();
}

static void gic_deactivate(unsigned int irq)
{
	write_sysreg(irq, ICC_DIR_EL1);
	isb();
}

static void gic_send_ipi(unsigned int cpu, enum ipi ipi)
{
	uint64_t hwid = cpus[cpu].hwid;
	uint64_t aff0 = hwid & 0xff;
	uint64_t value = (hwid >> 32 & 0xff) << 48 | /* Aff3 */
			 (aff0 >> 4) << 44 |         /* range selector */
			 (hwid >> 16 & 0xff) << 32 | /* Aff2 */
			 (uint64_t)(sgi_first + ipi) << 24 |
			 (hwid >> 8 & 0xff) << 16 | /* Aff1 */
			 BIT(aff0 & 0xf);

	/* what the other CPU is to see was stored before; it reads after its
	 * acknowledge */
	dsb(ishst);
	write_sysreg(value, ICC_SGI1R_EL1);
	isb();
}

static int gic_ipi_of(unsigned int irq)
{
	return irq - sgi_first < IPI_COUNT ? (int)(irq - sgi_first) : -1;
}

static bool gic_is_shared(unsigned int irq)
{
	return irq >= GIC_SPI_FIRST && irq < gic_info.irq_count;
}

static int gic_of_fdt(const struct fdt_irq *spec, enum irq_trigger *trigger)
{
	bool edge = false;
	int irq =
		spec->parent == gic_node ? fdt_gic_intid(spec, &edge) : -EINVAL;

	*trigger = edge ? IRQ_TRIGGER_EDGE : IRQ_TRIGGER_LEVEL;
	return irq;
}

/* Wake the redistributor, quiet all private interrupts but SGIs. */
static void redist_init(gic_regs_t rd)
{
	gic_regs_t sgi = rd + GICR_SGI_FRAME;

	io_write32(rd + GICR_WAKER,
		   io_read32(rd + GICR_WAKER) & ~(uint32_t)GICR_WAKER_SLEEP);
	wait_clear(rd + GICR_WAKER, GICR_WAKER_ASLEEP, "redistributor wake-up");
	io_write32(sgi + GIC_ICENABLER, UINT32_MAX);
	wait_clear(rd + GICR_CTLR, GICR_CTLR_RWP, "redistributor");
	io_write32(sgi + GIC_IGROUPR, UINT32_MAX);
	io_write32(sgi + GIC_ICPENDR, UINT32_MAX);
	io_write32(sgi + GIC_ICACTIVER, UINT32_MAX);
	for (unsigned int i = 0; i < 32; i += 4)
		io_write32(sgi + GIC_IPRIORITYR + i,
			   GIC_PRIORITY_HOST * 0x01010101u);
	io_write32(sgi + GIC_ISENABLER, gic_info.host_sgis);
}

/*
 * Secure firmware may keep SGIs: their fields read as zero from here (12.9.18).
 * The IPIs take the last ones, since guests know the first.
 */
static void sgis_probe(void)
{
	gic_regs_t sgi =
		gic_info.redist_regs[arch_this_cpu()->id] + GICR_SGI_FRAME;
	uint32_t ours = 0;
	unsigned int count = 0;

	for (unsigned int i = 0; i < 16; i++) {
		io_write8(sgi + GIC_IPRIORITYR + i, GIC_PRIORITY_GUEST);
		if (io_read8(sgi + GIC_IPRIORITYR + i) == GIC_PRIORITY_GUEST)
			ours |= BIT(i);
	}
	sgi_first = 16 - IPI_COUNT;
	for (unsigned int i = 16; i-- > 0;) {
		count = ours & BIT(i) ? count + 1 : 0;
		if (count == IPI_COUNT) {
			sgi_first = i;
			break;
		}
	}
	gic_info.host_sgis = (BIT(IPI_COUNT) - 1) << sgi_first;
	gic_info.guest_sgis = ours & ~gic_info.host_sgis;
}

/*
 * The lowest bit of a priority is lost when the register shows Non-secure
 * priorities: they have one bit less.
 */
static bool pmr_is_whole(void)
{
	unsigned int bits = 1 + (read_sysreg(ICC_CTLR_EL1) >> 8 & 7);

	if (io_read32(dist + GICD_CTLR) & GICD_CTLR_DS)
		return false;
	write_sysreg(BIT(8 - bits), ICC_PMR_EL1);
	isb();
	return read_sysreg(ICC_PMR_EL1) != 0;
}

static void gic_cpu_init(void)
{
	unsigned int cpu = arch_this_cpu()->id;
	gic_regs_t rd = gic_info.redist_regs[cpu];

	if (!rd)
		panic("cpu%u has no redistributor", cpu);
	redist_init(rd);
	write_sysreg(ICC_SRE_ALL, ICC_SRE_EL2);
	isb();
	if (!(read_sysreg(ICC_SRE_EL2) & ICC_SRE_SRE))
		panic("firmware keeps the GIC's system registers shut");
	write_sysreg(0, ICC_IGRPEN1_EL1);
	write_sysreg(0, ICC_BPR1_EL1);
	/* the same on every CPU */
	if (cpu == 0)
		gic_info.pmr_is_whole = pmr_is_whole();
	write_sysreg(gic_pmr(&gic_info, GIC_PMR_HOST), ICC_PMR_EL1);
	write_sysreg(ICC_CTLR_EOIMODE, ICC_CTLR_EL1);
	write_sysreg(1, ICC_IGRPEN1_EL1);
	isb();
}

static const struct irqchip gicv3_chip = {
	.name = "GICv3",
	.cpu_init = gic_cpu_init,
	.ack = gic_ack,
	.eoi = gic_eoi,
	.deactivate = gic_deactivate,
	.enable = gic_enable,
	.disable = gic_disable,
	.set_trigger = gic_set_trigger,
	.set_cpu = gic_set_cpu,
	.send_ipi = gic_send_ipi,
	.ipi_of = gic_ipi_of,
	.is_shared = gic_is_shared,
	.of_fdt = gic_of_fdt,
};
/* With irq_count, which the hardware tells. */
static struct irqchip chip;

/* Every SPI off, group 1, level-sensitive until its driver says otherwise. */
static void dist_init(void)
{
	unsigned int end = gic_info.irq_count;

	io_write32(dist + GICD_CTLR, 0);
	wait_clear(dist + GICD_CTLR, GICD_CTLR_RWP, "distributor");
	for (unsigned int irq = GIC_SPI_FIRST; irq < end; irq += 32) {
		uint32_t off = irq / 32 * 4;

		io_write32(dist + GIC_ICENABLER + off, UINT32_MAX);
		io_write32(dist + GIC_IGROUPR + off, UINT32_MAX);
		io_write32(dist + GIC_ICPENDR + off, UINT32_MAX);
		io_write32(dist + GIC_ICACTIVER + off, UINT32_MAX);
	}
	for (unsigned int irq = GIC_SPI_FIRST; irq < end; irq += 16)
		io_write32(dist + GIC_ICFGR + irq / 16 * 4, 0);
	for (unsigned int irq = GIC_SPI_FIRST; irq < end; irq += 4)
		io_write32(dist + GIC_IPRIORITYR + irq,
			   GIC_PRIORITY_HOST * 0x01010101u);
	wait_clear(dist + GICD_CTLR, GICD_CTLR_RWP, "distributor");
	io_write32(dist + GICD_CTLR,
		   GICD_CTLR_ARE | GICD_CTLR_ENABLE_G1A | GICD_CTLR_ENABLE_G1);
	wait_clear(dist + GICD_CTLR, GICD_CTLR_RWP, "distributor");
	/* routing by affinity is writable only now that ARE is set */
	for (unsigned int irq = GIC_SPI_FIRST; irq < end; irq++)
		gic_set_cpu(irq, arch_this_cpu()->id);
}

static int gicv3_probe(const void *fdt, int node)
{
	struct fdt_reg reg;
	unsigned int arch;
	int err;

	if (dist)
		return -EBUSY;
	err = fdt_node_reg(fdt, node, 0, &reg);
	if (err) {
		log_err("reg names no distributor");
		return err;
	}
	/* registers are accessed as they lie: no fault on a strange tree */
	if (reg.size < GICD_SIZE || reg.addr % PAGE_SIZE) {
		log_err("distributor at %#lx, %#lx bytes: not a whole frame",
			(unsigned long)reg.addr, (unsigned long)reg.size);
		return -EINVAL;
	}
	dist = host_map_device(hpa(reg.addr), reg.size);
	if (!dist)
		return -ENOMEM;
	arch = GIC_PIDR2_ARCH(io_read32(dist + GICD_PIDR2));
	if (arch != 3 && arch != 4) {
		log_err("distributor at %#lx is of version %u",
			(unsigned long)reg.addr, arch);
		return -ENODEV;
	}
	gic_info.dist_base = hpa(reg.addr);
	gic_info.irq_count = MIN(GICD_TYPER_LINES(io_read32(dist + GICD_TYPER)),
				 (unsigned int)GIC_SPI_END);
	err = gicv3_redist_probe(fdt, node, &gic_info);
	if (err)
		return err;
	sgis_probe();
	gic_info.dist_regs = dist;
	gic_node = node;
	arch_gic_register(&gic_info);
	dist_init();
	chip = gicv3_chip;
	chip.irq_count = gic_info.irq_count;
	irq_chip_register(&chip);
	log_info("version %u, %u interrupts", arch, gic_info.irq_count);
	return 0;
}

static const char *const gicv3_compatible[] = {"arm,gic-v3", NULL};

static const struct driver gicv3_driver = {
	.name = "gicv3",
	.phase = DRIVER_IRQCHIP,
	.compatible = gicv3_compatible,
	.wanted = "a GICv3 or later (arm,gic-v3; QEMU: -M virt,gic-version=3)",
	.probe = gicv3_probe,
};
DRIVER(gicv3_driver);

/* Older ones are recognised, so that the log says what is missing. */
static int gicv2_probe(const void *fdt, int node)
{
	log_err("%s is a GICv2 or older: not supported",
		fdt_get_name(fdt, node, NULL));
	return -ENODEV;
}

static const char *const gicv2_compatible[] = {
	"arm,gic-400",       "arm,cortex-a15-gic", "arm,cortex-a7-gic",
	"arm,cortex-a9-gic", "arm,gic-v2",         NULL};

static const struct driver gicv2_driver = {
	.name = "gicv2",
	.phase = DRIVER_IRQCHIP,
	.compatible = gicv2_compatible,
	.probe = gicv2_probe,
};
DRIVER(gicv2_driver);
