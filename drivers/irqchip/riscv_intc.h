/* SPDX-License-Identifier: Apache-2.0 */
/* Between the harts' own interrupts and the controller behind them. */
#ifndef RISCV_INTC_H
#define RISCV_INTC_H

#include <core/irq.h>

/**
 * riscv_intc_set_external() - by the probe of the controller whose output is
 * the harts' external interrupt; one per machine
 * @external: filled but for send_ipi and ipi_of, which are not called. Its
 *            functions are called with numbers below its @irq_count only, and
 *            this is HART_IRQ_NUMBER_FIRST at most. @cpu_init runs on each CPU
 *            before the external interrupt is enabled there. @ack is called
 *            when the line is up: 0 (no source has that number) or @irq_count
 *            and more: none after all. @eoi is before @deactivate, always.
 */
void riscv_intc_set_external(const struct irqchip *external);

#endif
