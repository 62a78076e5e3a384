/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The harts' own interrupts, Privileged ISA 12.1.3: timer, software interrupt
 * (which carries the IPIs), and the external one, behind which a controller of
 * its own has everything else.
 */
#include <arch/cpu.h>
#include <arch/hart.h>
#include <core/cpu.h>
#include <core/irq.h>
#include <drivers/driver.h>
#include <errno.h>
#include <lib/log.h>

#include "riscv_intc.h"

#define LOG_TAG "intc"

_Static_assert(HART_IRQ_NUMBER_TIMER < IRQ_MAX, "numbers of core/irq.c");
_Static_assert(HART_IRQ_NUMBER_IPI + IPI_COUNT <= HART_IRQ_NUMBER_GUEST,
	       "numbers of IPIs and the others");

static const struct irqchip *external_chip;
/* BIT(enum ipi) of those sent to a CPU and not taken yet; atomic */
static uint32_t ipis_sent[CPU_MAX];

void riscv_intc_set_external(const struct irqchip *external)
{
	if (external_chip) {
		log_warn("%s: one controller is enough, %s has the harts",
			 external->name, external_chip->name);
		return;
	}
	external_chip = external;
}

static bool is_external(unsigned int irq)
{
	return external_chip && irq < external_chip->irq_count;
}

static void intc_cpu_init(void)
{
	if (external_chip) {
		external_chip->cpu_init();
		arch_hart_irq_enable(HART_IRQ_EXTERNAL);
	}
	arch_hart_irq_enable(HART_IRQ_SOFT);
}

/* Of what was sent the first; IRQ_MAX: nothing. */
static unsigned int ipi_take(void)
{
	uint32_t *sent = &ipis_sent[arch_this_cpu()->id];
	uint32_t ipis = __atomic_load_n(sent, __ATOMIC_RELAXED);

	if (!ipis)
		return IRQ_MAX;
	ipis &= -ipis;
	/* pairs with the release in intc_send_ipi() */
	__atomic_fetch_and(sent, ~ipis, __ATOMIC_ACQUIRE);
	return HART_IRQ_NUMBER_IPI + (unsigned int)__builtin_ctz(ipis);
}

static unsigned int intc_ack(void)
{
	uint64_t irqs = arch_hart_irqs();
	unsigned int irq;

	/* Cleared before it is looked for: one that is sent in between raises
	 * it again. */
	if (irqs & BIT(HART_IRQ_SOFT))
		arch_hart_soft_clear();
	irq = ipi_take();
	if (irq < IRQ_MAX)
		return irq;
	if (irqs & BIT(HART_IRQ_TIMER))
		return HART_IRQ_NUMBER_TIMER;
	if (irqs & BIT(HART_IRQ_EXTERNAL)) {
		irq = external_chip->ack();
		if (irq && is_external(irq))
			return irq;
	}
	if (irqs & BIT(HART_IRQ_GUEST))
		return HART_IRQ_NUMBER_GUEST;
	return IRQ_MAX;
}

static void intc_eoi(unsigned int irq)
{
	if (is_external(irq))
		external_chip->eoi(irq);
}

static void intc_deactivate(unsigned int irq)
{
	if (is_external(irq))
		external_chip->deactivate(irq);
}

static void intc_enable(unsigned int irq)
{
	if (irq == HART_IRQ_NUMBER_TIMER)
		arch_hart_irq_enable(HART_IRQ_TIMER);
	else if (irq == HART_IRQ_NUMBER_GUEST)
		arch_hart_irq_enable(HART_IRQ_GUEST);
	else if (is_external(irq))
		external_chip->enable(irq);
}

static void intc_disable(unsigned int irq)
{
	if (irq == HART_IRQ_NUMBER_TIMER)
		arch_hart_irq_disable(HART_IRQ_TIMER);
	else if (irq == HART_IRQ_NUMBER_GUEST)
		arch_hart_irq_disable(HART_IRQ_GUEST);
	else if (is_external(irq))
		external_chip->disable(irq);
}

static void intc_set_trigger(unsigned int irq, enum irq_trigger trigger)
{
	if (is_external(irq))
		external_chip->set_trigger(irq, trigger);
}

static void intc_set_cpu(unsigned int irq, unsigned int cpu)
{
	if (is_external(irq))
		external_chip->set_cpu(irq, cpu);
}

static void intc_forget(unsigned int irq)
{
	if (is_external(irq) && external_chip->forget)
		external_chip->forget(irq);
}

static bool intc_is_edge(unsigned int irq)
{
	return is_external(irq) && external_chip->is_edge &&
	       external_chip->is_edge(irq);
}

static void intc_send_ipi(unsigned int cpu, enum ipi ipi)
{
	/* pairs with the acquire in ipi_take() */
	__atomic_fetch_or(&ipis_sent[cpu], BIT(ipi), __ATOMIC_RELEASE);
	arch_hart_soft_send(cpus[cpu].hwid);
}

static int intc_ipi_of(unsigned int irq)
{
	return irq - HART_IRQ_NUMBER_IPI < IPI_COUNT
		       ? (int)(irq - HART_IRQ_NUMBER_IPI)
		       : -1;
}

static bool intc_is_shared(unsigned int irq)
{
	return is_external(irq) && external_chip->is_shared(irq);
}

static int intc_of_fdt(const struct fdt_irq *spec, enum irq_trigger *trigger)
{
	return external_chip ? external_chip->of_fdt(spec, trigger) : -EINVAL;
}

static const struct irqchip intc_chip = {
	.name = "RISC-V harts",
	.irq_count = IRQ_MAX,
	.cpu_init = intc_cpu_init,
	.ack = intc_ack,
	.eoi = intc_eoi,
	.deactivate = intc_deactivate,
	.enable = intc_enable,
	.disable = intc_disable,
	.set_trigger = intc_set_trigger,
	.set_cpu = intc_set_cpu,
	.forget = intc_forget,
	.is_edge = intc_is_edge,
	.send_ipi = intc_send_ipi,
	.ipi_of = intc_ipi_of,
	.is_shared = intc_is_shared,
	.of_fdt = intc_of_fdt,
};

/* Each hart has a node of its own: the first stands for all. */
static int intc_probe(const void *fdt, int node)
{
	(void)fdt;
	(void)node;
	if (irq_chip() != &intc_chip)
		irq_chip_register(&intc_chip);
	return 0;
}

static const char *const intc_compatible[] = {"riscv,cpu-intc", NULL};

static const struct driver intc_driver = {
	.name = "riscv-intc",
	.phase = DRIVER_IRQCHIP,
	.compatible = intc_compatible,
	.wanted = "the harts' own (riscv,cpu-intc, below each of /cpus)",
	.probe = intc_probe,
};
DRIVER(intc_driver);
