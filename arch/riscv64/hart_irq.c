/* SPDX-License-Identifier: Apache-2.0 */
/* The three interrupts that a hart itself knows. */
#include <arch/hart.h>

#include <arch/cpu.h>
#include <asm/csr.h>
#include <asm/sbi.h>

uint64_t arch_hart_irqs(void)
{
	return csr_read(sip) & csr_read(sie);
}

void arch_hart_irq_enable(enum hart_irq irq)
{
	csr_set(BIT(irq), sie);
}

void arch_hart_irq_disable(enum hart_irq irq)
{
	csr_clear(BIT(irq), sie);
}

void arch_hart_soft_send(uint64_t hwid)
{
	arch_mb();
	sbi_call(SBI_EXT_IPI, SBI_IPI_SEND, 1, hwid, 0, 0);
}

void arch_hart_soft_clear(void)
{
	csr_clear(BIT(HART_IRQ_SOFT), sip);
	/* then look what was sent: pairs with that of arch_hart_soft_send() */
	arch_mb();
}
