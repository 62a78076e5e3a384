// SPDX-License-Identifier: Apache-2.0
/* The life guest: CSRs, the PLIC and the 16550. */
#include "life.h"

#define UART_IER (UART_BASE + 1)
#define UART_LCR (UART_BASE + 3)
#define UART_MCR (UART_BASE + 4)
#define UART_SCR (UART_BASE + 7)

#define SSTATUS_SIE (1UL << 1)
#define SSTATUS_SUM (1UL << 18)
#define SSTATUS_MXR (1UL << 19)
#define SOURCE 33 /* nothing stands behind it */

void registers_check(void)
{
	uint64_t fp;

	__asm__ volatile(".option push\n\t.option arch, +d\n\t"
			 "fmv.x.d %0, fs0\n\t.option pop"
			 : "=r"(fp));
	expect("registers but a0 and a1", start_regs, 0);
	expect("fs0", fp, 0);
	expect("fcsr", CSR_READ(0x003), 0);
	expect("sstatus.SIE,SUM,MXR",
	       CSR_READ(sstatus) & (SSTATUS_SIE | SSTATUS_SUM | SSTATUS_MXR),
	       0);
	expect("satp", CSR_READ(satp), 0);
	expect("sie", CSR_READ(sie), 0);
	expect("sip", CSR_READ(sip), 0);
	expect("sscratch", CSR_READ(sscratch), 0);
	expect("sepc", CSR_READ(sepc), 0);
	expect("scause", CSR_READ(scause), 0);
	expect("stval", CSR_READ(stval), 0);
	expect("scounteren", CSR_READ(scounteren), 7);
	if (have_sstc)
		expect("stimecmp", CSR_READ(0x14d), UINT64_MAX);
}

void devices_check(void)
{
	expect("priority", read32(PLIC_PRIORITY(SOURCE)), 0);
	expect("priority of the UART", read32(PLIC_PRIORITY(IRQ_UART)), 0);
	expect("pending", read32(PLIC_PENDING(0)), 0);
	expect("pending 32 to 63", read32(PLIC_PENDING(SOURCE)), 0);
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		expect("enable", read32(PLIC_ENABLE(cpu, 0)), 0);
		expect("enable 32 to 63", read32(PLIC_ENABLE(cpu, SOURCE)), 0);
		expect("threshold", read32(PLIC_THRESHOLD(cpu)), 0);
		expect("claim", read32(PLIC_CLAIM(cpu)), 0);
	}
	expect("IER", read8(UART_IER), 0);
	expect("LCR", read8(UART_LCR), 0);
	expect("MCR", read8(UART_MCR), 0);
}

/* FSCSR is a mode of its own: the flags that the last operations have left. */
void registers_dirty(void)
{
	__asm__ volatile(".option push\n\t.option arch, +d\n\t"
			 "fmv.d.x fs0, %0\n\t.option pop" ::"r"(~0UL));
	CSR_WRITE(0x003, 0xff);
	CSR_SET(sstatus, SSTATUS_SUM | SSTATUS_MXR);
	CSR_WRITE(sie, SIE_SOFT | SIE_TIMER | SIE_EXTERNAL);
	CSR_SET(sip, SIE_SOFT);
	CSR_WRITE(sscratch, ~0UL);
	CSR_WRITE(sepc, ~0UL);
	CSR_WRITE(scause, ~0UL);
	CSR_WRITE(stval, ~0UL);
	CSR_WRITE(scounteren, 0);
	timer_set(1);
	ipi_send(1); /* if there is one */
}

/* The transmitter's interrupt is claimed and never completed. */
void devices_dirty(void)
{
	irq_route(IRQ_UART);
	write8(UART_IER, 0xf);
	write8(UART_SCR, 0x5a);
	write8(UART_MCR, 0xf);
	(void)*(volatile uint32_t *)PLIC_CLAIM(0);
	for (unsigned int i = 1; i < 64; i++)
		write32(PLIC_PRIORITY(i), 7);
	for (unsigned int cpu = 0; cpu < 2; cpu++) {
		write32(PLIC_ENABLE(cpu, 0), ~0U);
		write32(PLIC_ENABLE(cpu, SOURCE), ~0U);
		write32(PLIC_THRESHOLD(cpu), 5);
	}
	write8(UART_LCR, 3);
}

/* system_reset() of SRST, chapter 10, has 1 and 0 as arguments. */
void ram_dirty(bool reset)
{
	register uint64_t a0 __asm__("a0") = 1;
	register uint64_t a1 __asm__("a1") = 0;
	register uint64_t a6 __asm__("a6") = 0;
	register uint64_t a7 __asm__("a7") = reset ? SBI_RESET : 0;
	uint64_t at = RAM_BASE;

	__asm__ volatile("	lla	t0, 1f\n"
			 "	lla	t1, 4f\n"
			 "	j	1f\n"
			 "	.balign	64\n"
			 "1:	bltu	%[at], t0, 2f\n"
			 "	bltu	%[at], t1, 3f\n"
			 "2:	sd	%[value], 0(%[at])\n"
			 "3:	addi	%[at], %[at], 8\n"
			 "	bltu	%[at], %[end], 1b\n"
			 "5:	beqz	a7, 5b\n"
			 "	ecall\n"
			 "	j	.\n"
			 "	.balign	64\n"
			 "4:\n"
			 : [at] "+r"(at)
			 : [end] "r"(RAM_BASE + RAM_SIZE),
			   [value] "r"(0xdeadbeefdeadbeefUL), "r"(a0), "r"(a1),
			   "r"(a6), "r"(a7)
			 : "t0", "t1", "memory");
	__builtin_unreachable();
}

/* Through frames that a backtrace finds. */
void die_here(uint64_t nowhere)
{
	CSR_WRITE(stvec, nowhere);
	((void (*)(void))(nowhere + 0x1000))();
	__asm__ volatile("" ::: "memory"); /* no tail call */
}

uint64_t offset_read(void)
{
	return 0;
}
