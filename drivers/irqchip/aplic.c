/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An APLIC behind the harts' external interrupt: its domain of S level, which
 * interrupts them itself (direct mode) or by messages to their IMSICs.
 */
#include "aplic_regs.h"
#include "imsic_regs.h"
#include "riscv_intc.h"

#include <arch/cpu.h>
#include <arch/hart.h>
#include <core/cpu.h>
#include <drivers/driver.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/host_map.h>

#define LOG_TAG "aplic"

/* Behind them are the harts' own numbers. */
#define SOURCES_USED_MAX (HART_IRQ_NUMBER_FIRST - 1)
_Static_assert(SOURCES_USED_MAX <= APLIC_SOURCES_MAX, "mode[] has them");

static struct aplic aplic;
static struct aplic_info info;
static int aplic_node;

static void chip_cpu_init(void)
{
	unsigned int cpu = arch_this_cpu()->id;

	if (aplic.hart[cpu] == APLIC_NO_HART)
		log_warn("cpu%u is not reached: no device interrupts it", cpu);
	else if (aplic.msi)
		imsic_cpu_init(arch_imsic());
	else
		aplic_cpu_init(&aplic, cpu);
}

static unsigned int chip_ack(void)
{
	unsigned int cpu = arch_this_cpu()->id;

	if (!aplic.msi)
		return aplic_claim(&aplic, cpu);
	return aplic_of_id(&aplic, arch_imsic_claim());
}

static void chip_eoi(unsigned int irq)
{
	(void)irq;
}

static bool chip_is_shared(unsigned int irq)
{
	return aplic_has(&aplic, irq);
}

static void chip_deactivate(unsigned int irq)
{
	if (chip_is_shared(irq))
		aplic_complete(&aplic, irq);
}

static void chip_enable(unsigned int irq)
{
	static struct log_limit limit;
	int err = chip_is_shared(irq) ? aplic_enable(&aplic, irq) : 0;

	if (err)
		log_limited(&limit, LOG_ERR, "interrupt %u stays off: %s", irq,
			    err == -ENOSPC ? "the IMSICs have no identity left"
					   : "the domain above keeps it");
}

static void chip_disable(unsigned int irq)
{
	if (chip_is_shared(irq))
		aplic_disable(&aplic, irq);
}

static void chip_set_trigger(unsigned int irq, enum irq_trigger trigger)
{
	if (chip_is_shared(irq))
		aplic_set_trigger(&aplic, irq, trigger);
}

static bool chip_is_edge(unsigned int irq)
{
	return chip_is_shared(irq) && !aplic_is_level(&aplic, irq);
}

static void chip_set_cpu(unsigned int irq, unsigned int cpu)
{
	static struct log_limit limit;

	if (chip_is_shared(irq) && aplic_set_cpu(&aplic, irq, cpu))
		log_limited(&limit, LOG_WARN,
			    "interrupt %u stays on cpu%u: cpu%u is not reached",
			    irq, aplic.route[irq], cpu);
}

/* A line's two senses are its wire's: they are kept here, where the numbers
 * that the callers have say nothing of them. */
static int chip_of_fdt(const struct fdt_irq *spec, enum irq_trigger *trigger)
{
	unsigned int irq;

	if (spec->parent != aplic_node || spec->cell_count < 2 ||
	    !chip_is_shared(spec->cells[0]))
		return -EINVAL;
	irq = spec->cells[0];
	aplic_sense(&aplic, irq, spec->cells[1]);
	*trigger = aplic_is_level(&aplic, irq) ? IRQ_TRIGGER_LEVEL
					       : IRQ_TRIGGER_EDGE;
	return (int)irq;
}

/* With irq_count, which the tree tells. */
static struct irqchip chip = {
	.name = "APLIC",
	.cpu_init = chip_cpu_init,
	.ack = chip_ack,
	.eoi = chip_eoi,
	.deactivate = chip_deactivate,
	.enable = chip_enable,
	.disable = chip_disable,
	.set_trigger = chip_set_trigger,
	.set_cpu = chip_set_cpu,
	.is_edge = chip_is_edge,
	.is_shared = chip_is_shared,
	.of_fdt = chip_of_fdt,
};

static unsigned int harts_of(const struct imsic *imsic)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < CPU_MAX; i++) {
		if (imsic)
			aplic.hart[i] = imsic->file[i].v ? imsic->hart_index[i]
							 : APLIC_NO_HART;
		count += aplic.hart[i] != APLIC_NO_HART;
	}
	return count;
}

static int aplic_probe(const void *fdt, int node)
{
	unsigned int boot_cpu = arch_this_cpu()->id;
	struct fdt_reg reg;
	unsigned int harts;
	int err, files;

	err = aplic_tree_level(fdt, node, &files);
	if (err)
		return err;
	if (node != aplic_tree_choose(fdt, boot_cpu)) {
		log_warn("%s: not used, another one has S level: %u interrupts "
			 "of devices go there and do not come",
			 fdt_get_name(fdt, node, NULL),
			 aplic_tree_devices(fdt, node));
		return -ENODEV;
	}
	aplic.msi = files >= 0;
	err = aplic.msi ? imsic_use(fdt, files) : 0;
	if (!err)
		err = fdt_node_reg(fdt, node, 0, &reg);
	if (!err && reg.addr % PAGE_SIZE)
		err = -EINVAL;
	if (!err)
		err = aplic_tree_read(fdt, node, reg.size, SOURCES_USED_MAX,
				      &aplic);
	if (err)
		return err;
	if (aplic.msi)
		aplic.id_count = arch_imsic()->id_count;
	harts = harts_of(aplic.msi ? arch_imsic() : NULL);
	if (aplic.hart[boot_cpu] == APLIC_NO_HART) {
		log_err("%s does not reach the boot CPU",
			fdt_get_name(fdt, node, NULL));
		return -ENXIO;
	}
	aplic.regs = host_map_device(hpa(reg.addr), reg.size);
	if (!aplic.regs)
		return -ENOMEM;
	err = aplic_init(&aplic, boot_cpu);
	if (err) {
		log_err("%s: does not deliver %s",
			fdt_get_name(fdt, node, NULL),
			aplic.msi ? "by messages" : "directly");
		return err;
	}
	aplic_node = node;
	chip.irq_count = aplic.source_count + 1;
	riscv_intc_set_external(&chip);
	info = (struct aplic_info){
		.base = hpa(reg.addr),
		.size_bytes = reg.size,
		.source_count = aplic.source_count,
		.msi = aplic.msi,
	};
	arch_aplic_register(&info);
	log_info("%u interrupts %s, to %u CPUs", aplic.source_count,
		 aplic.msi ? "by messages" : "directly", harts);
	return 0;
}

static const char *const aplic_compatible[] = {"riscv,aplic", NULL};

static const struct driver aplic_driver = {
	.name = "aplic",
	.phase = DRIVER_IRQCHIP,
	.compatible = aplic_compatible,
	.probe = aplic_probe,
};
DRIVER(aplic_driver);
