// SPDX-License-Identifier: Apache-2.0
/* QEMU's virt machine of AArch64: what is not inline. */
#include "guest.h"

#define UART_FR (UART_BASE + 0x18)
#define UART_LCR_H (UART_BASE + 0x2c)
#define UART_CR (UART_BASE + 0x30)
#define FR_RXFE (1 << 4)
#define FR_TXFF (1 << 5)

#define CALL(conduit)                                                          \
	register uint64_t x0 __asm__("x0") = nr;                               \
	register uint64_t x1 __asm__("x1") = a1;                               \
	register uint64_t x2 __asm__("x2") = a2;                               \
	register uint64_t x3 __asm__("x3") = a3;                               \
	__asm__ volatile(conduit                                               \
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)              \
			 :                                                     \
			 : "memory", "x4", "x5", "x6", "x7", "x8", "x9",       \
			   "x10", "x11", "x12", "x13", "x14", "x15", "x16",    \
			   "x17");                                             \
	return x0

uint64_t hvc(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3)
{
	CALL("hvc #0");
}

uint64_t smc(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3)
{
	CALL("smc #0");
}

void put(char c)
{
	while (read32(UART_FR) & FR_TXFF)
		;
	write32(UART_BASE, (uint8_t)c);
}

void uart_init(void)
{
	write32(UART_LCR_H, 0x70); /* 8 bits, FIFOs */
	write32(UART_CR, 0x301);
}

int uart_typed(void)
{
	if (read32(UART_FR) & FR_RXFE)
		return -1;
	return read32(UART_BASE) & 0xff;
}

void gic_init(unsigned int cpu)
{
	uint64_t redist = GICR_BASE + cpu * GICR_STRIDE;

	if (cpu == 0)
		write32(GICD_BASE, 0x12); /* ARE | EnableGrp1 */
	write32(redist + 0x14, read32(redist + 0x14) & ~2u); /* WAKER */
	while (read32(redist + 0x14) & 4)
		;
	write32(redist + GICR_SGI + 0x80, ~0u); /* IGROUPR0 */
	for (unsigned int i = 0; i < 32; i += 4)
		write32(redist + GICR_SGI + 0x400 + i, 0xa0a0a0a0);
	write32(redist + GICR_SGI + 0x100, 0xffff | 1u << INTID_VTIMER);
	SYSREG_WRITE(S3_0_C12_C12_5, 1); /* ICC_SRE_EL1 */
	isb();
	SYSREG_WRITE(S3_0_C4_C6_0, 0xf0); /* ICC_PMR_EL1 */
	SYSREG_WRITE(S3_0_C12_C12_4, 0);  /* ICC_CTLR_EL1 */
	SYSREG_WRITE(S3_0_C12_C12_7, 1);  /* ICC_IGRPEN1_EL1 */
	isb();
}

void irq_init(unsigned int cpu)
{
	gic_init(cpu);
}

/* Group 1. Whether it is a level is the reset value's, which says so. */
void irq_route(unsigned int irq)
{
	uint64_t word = irq / 32, bit = 1u << irq % 32;

	write32(GICD_BASE + 0x80 + 4 * word,
		read32(GICD_BASE + 0x80 + 4 * word) | bit);
	*(volatile uint8_t *)(GICD_BASE + 0x400 + irq) = 0xa0;
	*(volatile uint64_t *)(GICD_BASE + 0x6000 + 8 * irq) = 0;
	write32(GICD_BASE + 0x100 + 4 * word, bit);
}

bool cpu_start(uint64_t arg)
{
	return !hvc(PSCI_CPU_ON, 1, (uint64_t)secondary, arg);
}

void power_off(void)
{
	hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}

void system_reset(void)
{
	hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
	for (;;)
		wfi();
}
