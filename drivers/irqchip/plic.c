/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PLIC behind the harts' external interrupt.
 *
 * A claimed source does not come again until it is completed, and others do
 * meanwhile: the end of an interrupt drops no priority, and its deactivation
 * is the completion.
 */
#include <arch/cpu.h>
#include <arch/hart.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <drivers/driver.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/host_map.h>

#include "plic_regs.h"
#include "riscv_intc.h"

#define LOG_TAG "plic"

/* Behind them are the harts' own numbers. */
#define SOURCES_USED_MAX (HART_IRQ_NUMBER_FIRST - 1)
_Static_assert(SOURCES_USED_MAX <= PLIC_SOURCES_MAX, "route[] has them");

static struct plic plic;
static int plic_node;

static void chip_cpu_init(void)
{
	unsigned int cpu = arch_this_cpu()->id;

	if (plic.context[cpu] == PLIC_NO_CONTEXT)
		log_warn("cpu%u has no context: no device interrupts it", cpu);
	else
		plic_cpu_init(&plic, cpu);
}

static unsigned int chip_ack(void)
{
	return plic_claim(&plic, arch_this_cpu()->id);
}

static void chip_eoi(unsigned int irq)
{
	(void)irq;
}

static bool chip_is_shared(unsigned int irq)
{
	return irq && irq <= plic.source_count;
}

static void chip_deactivate(unsigned int irq)
{
	if (chip_is_shared(irq))
		plic_complete(&plic, irq);
}

static void chip_enable(unsigned int irq)
{
	if (chip_is_shared(irq))
		plic_enable(&plic, irq);
}

static void chip_disable(unsigned int irq)
{
	if (chip_is_shared(irq))
		plic_disable(&plic, irq);
}

/* How a line speaks is wired into its gateway. */
static void chip_set_trigger(unsigned int irq, enum irq_trigger trigger)
{
	(void)irq;
	(void)trigger;
}

static void chip_set_cpu(unsigned int irq, unsigned int cpu)
{
	static struct log_limit limit;

	if (chip_is_shared(irq) && plic_set_cpu(&plic, irq, cpu))
		log_limited(&limit, LOG_WARN,
			    "interrupt %u stays on cpu%u: cpu%u has no context",
			    irq, plic.route[irq], cpu);
}

static void chip_forget(unsigned int irq)
{
	if (chip_is_shared(irq))
		plic_forget(&plic, irq, arch_this_cpu()->id);
}

static int chip_of_fdt(const struct fdt_irq *spec, enum irq_trigger *trigger)
{
	*trigger = IRQ_TRIGGER_KEEP;
	if (spec->parent != plic_node || !spec->cell_count ||
	    !chip_is_shared(spec->cells[0]))
		return -EINVAL;
	return (int)spec->cells[0];
}

/* With irq_count, which the tree tells. */
static struct irqchip chip = {
	.name = "PLIC",
	.cpu_init = chip_cpu_init,
	.ack = chip_ack,
	.eoi = chip_eoi,
	.deactivate = chip_deactivate,
	.enable = chip_enable,
	.disable = chip_disable,
	.set_trigger = chip_set_trigger,
	.set_cpu = chip_set_cpu,
	.forget = chip_forget,
	.is_shared = chip_is_shared,
	.of_fdt = chip_of_fdt,
};

/* Return: riscv,ndev, as far as it can be used; 0: logged */
static unsigned int sources_of(const void *fdt, int node)
{
	int len;
	const fdt32_t *ndev = fdt_getprop(fdt, node, "riscv,ndev", &len);

	if (!ndev || len != 4 || !fdt32_ld(ndev)) {
		log_err("riscv,ndev does not say how many sources there are");
		return 0;
	}
	if (fdt32_ld(ndev) > SOURCES_USED_MAX)
		log_warn("%u sources: only %u are used", fdt32_ld(ndev),
			 SOURCES_USED_MAX);
	return MIN(fdt32_ld(ndev), (uint32_t)SOURCES_USED_MAX);
}

static int plic_probe(const void *fdt, int node)
{
	unsigned int boot_cpu = arch_this_cpu()->id;
	struct fdt_reg reg;
	int contexts;
	int err;

	if (plic.regs)
		return -EBUSY;
	err = fdt_node_reg(fdt, node, 0, &reg);
	if (err || reg.addr % PAGE_SIZE || reg.size < PLIC_CONTEXT_END(0)) {
		log_err("%s: reg names no registers of a PLIC",
			fdt_get_name(fdt, node, NULL));
		return err ? err : -EINVAL;
	}
	plic.source_count = sources_of(fdt, node);
	if (!plic.source_count)
		return -EINVAL;
	contexts = plic_tree_contexts(fdt, node, reg.size, &plic);
	if (contexts < 0)
		return contexts;
	if (plic.context[boot_cpu] == PLIC_NO_CONTEXT) {
		log_err("interrupts-extended has no context of the boot CPU");
		return -ENXIO;
	}
	plic.regs = host_map_device(hpa(reg.addr), reg.size);
	if (!plic.regs)
		return -ENOMEM;
	plic_init(&plic, boot_cpu);
	plic_node = node;
	chip.irq_count = plic.source_count + 1;
	riscv_intc_set_external(&chip);
	log_info("%u interrupts, contexts of %d CPUs", plic.source_count,
		 contexts);
	return 0;
}

static const char *const plic_compatible[] = {"sifive,plic-1.0.0",
					      "riscv,plic0", NULL};

static const struct driver plic_driver = {
	.name = "plic",
	.phase = DRIVER_IRQCHIP,
	.compatible = plic_compatible,
	.probe = plic_probe,
};
DRIVER(plic_driver);
