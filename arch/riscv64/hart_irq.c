/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupts that a hart itself knows. */
#include <arch/hart.h>

#include <arch/cpu.h>
#include <asm/csr.h>
#include <asm/sbi.h>

/* A guest's is in hip and hie, which are asked once they are known to be. */
static bool guest_irq_on;

uint64_t arch_hart_irqs(void)
{
	uint64_t irqs = csr_read(sip) & csr_read(sie);

	if (__atomic_load_n(&guest_irq_on, __ATOMIC_RELAXED))
		irqs |= csr_read(CSR_HIP) & csr_read(CSR_HIE) &
			BIT(HART_IRQ_GUEST);
	return irqs;
}

void arch_hart_irq_enable(enum hart_irq irq)
{
	if (irq == HART_IRQ_GUEST) {
		csr_set(BIT(irq), CSR_HIE);
		__atomic_store_n(&guest_irq_on, true, __ATOMIC_RELAXED);
	} else {
		csr_set(BIT(irq), sie);
	}
}

void arch_hart_irq_disable(enum hart_irq irq)
{
	if (irq == HART_IRQ_GUEST)
		csr_clear(BIT(irq), CSR_HIE);
	else
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
