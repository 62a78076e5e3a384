/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract between RISC-V's drivers of interrupt controllers and the
 * architecture: the interrupts that a hart itself knows.
 *
 * drivers/irqchip/riscv_intc.c is the host's struct irqchip on every RISC-V
 * machine: it has the timer's and the IPIs' numbers, and asks the controller
 * behind the external line (a PLIC, an APLIC) for all others:
 * drivers/irqchip/riscv_intc.h says how such a driver registers.
 */
#ifndef ARCH_HART_H
#define ARCH_HART_H

#include <lib/types.h>
#include <lib/util.h>

/* Interrupts at S, by their bit in sip and sie: Privileged ISA 12.1.3. */
enum hart_irq {
	HART_IRQ_SOFT = 1,
	HART_IRQ_TIMER = 5,
	HART_IRQ_EXTERNAL = 9,
	HART_IRQ_GUEST = 12, /* H 2.3: a guest's interrupt file has something */
};

/*
 * Host interrupt numbers: a controller's sources keep their own, from 1 on;
 * what each hart has for itself lies behind the last of them.
 */
#define HART_IRQ_NUMBER_FIRST 1008
#define HART_IRQ_NUMBER_IPI HART_IRQ_NUMBER_FIRST /* and enum ipi */
#define HART_IRQ_NUMBER_GUEST (HART_IRQ_NUMBER_FIRST + 14)
#define HART_IRQ_NUMBER_TIMER (HART_IRQ_NUMBER_FIRST + 15)

/** arch_hart_irqs() - BIT(enum hart_irq) of those pending and enabled, on the
 * calling CPU */
uint64_t arch_hart_irqs(void);

/** arch_hart_irq_enable(), arch_hart_irq_disable() - on the calling CPU */
void arch_hart_irq_enable(enum hart_irq irq);
void arch_hart_irq_disable(enum hart_irq irq);

/** arch_hart_soft_send() - make HART_IRQ_SOFT pending on the hart @hwid; what
 * was stored before is visible to who takes it */
void arch_hart_soft_send(uint64_t hwid);
/** arch_hart_soft_clear() - on the calling CPU, before it looks what there is */
void arch_hart_soft_clear(void);

#endif
