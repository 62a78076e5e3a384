// SPDX-License-Identifier: Apache-2.0
/* QEMU's virt machine of RISC-V: what is not inline. */
#include "guest.h"

#define UART_FCR (UART_BASE + 2)
#define UART_LCR (UART_BASE + 3)
#define UART_LSR (UART_BASE + 5)
#define LSR_READY (1 << 0)
#define LSR_THR_EMPTY (1 << 5)

uint64_t start_hart;
bool have_sstc;

/* By start.S. The ISA's string or list in the tree names it, nothing else. */
void machine_start(uint64_t hart, uint64_t dtb)
{
	const char *blob = (const char *)dtb;
	uint32_t size = be32(dtb + 4);

	start_hart = hart;
	for (uint32_t i = 0; i + 4 <= size; i++)
		if (blob[i] == 's' && blob[i + 1] == 's' &&
		    blob[i + 2] == 't' && blob[i + 3] == 'c')
			have_sstc = true;
}

void put(char c)
{
	while (!(read8(UART_LSR) & LSR_THR_EMPTY))
		;
	write8(UART_BASE, (uint8_t)c);
}

void uart_init(void)
{
	write8(UART_LCR, 3); /* 8 bits */
	write8(UART_FCR, 1); /* FIFOs */
}

int uart_typed(void)
{
	if (!(read8(UART_LSR) & LSR_READY))
		return -1;
	return read8(UART_BASE);
}

void irq_init(unsigned int cpu)
{
	timer_off();
	write32(PLIC_THRESHOLD(cpu), 0);
	CSR_WRITE(sie, SIE_SOFT | SIE_TIMER | SIE_EXTERNAL);
}

void irq_route(unsigned int irq)
{
	write32(PLIC_PRIORITY(irq), 1);
	write32(PLIC_ENABLE(0, irq),
		read32(PLIC_ENABLE(0, irq)) | 1u << irq % 32);
}

bool cpu_start(uint64_t arg)
{
	return !sbi(SBI_HSM, 0, 1, (uint64_t)secondary, arg).error;
}

void power_off(void)
{
	sbi(SBI_RESET, 0, 0, 0, 0);
	for (;;)
		wfi();
}

void system_reset(void)
{
	sbi(SBI_RESET, 0, 1, 0, 0);
	for (;;)
		wfi();
}
