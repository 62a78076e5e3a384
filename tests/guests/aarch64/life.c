// SPDX-License-Identifier: Apache-2.0
/* The life guest: registers, GICv3 and PL011. */
#include "life.h"

#define SGI_BASE (GICR_BASE + GICR_SGI)

void registers_check(void)
{
	uint64_t fp;

	__asm__ volatile(".arch_extension fp\n\tfmov %0, d8" : "=r"(fp));
	expect("x1 to x3", start_regs, 0);
	expect("d8", fp, 0);
	expect("SCTLR_EL1.M,C,I", SYSREG_READ(sctlr_el1) & 0x1005, 0);
	expect("TTBR0_EL1", SYSREG_READ(ttbr0_el1), 0);
	expect("TCR_EL1", SYSREG_READ(tcr_el1), 0);
	expect("MAIR_EL1", SYSREG_READ(mair_el1), 0);
	expect("TPIDR_EL1", SYSREG_READ(tpidr_el1), 0);
	expect("TPIDR_EL0", SYSREG_READ(tpidr_el0), 0);
	expect("CONTEXTIDR_EL1", SYSREG_READ(contextidr_el1), 0);
	expect("CNTV_CTL_EL0", SYSREG_READ(cntv_ctl_el0) & 3, 0);
	expect("CNTP_CTL_EL0", SYSREG_READ(cntp_ctl_el0) & 3, 0);
}

void devices_check(void)
{
	expect("GICD_CTLR", read32(GICD_BASE) & 3, 0);
	expect("GICD_ISENABLER1", read32(GICD_BASE + 0x104), 0);
	expect("GICD_ISPENDR1", read32(GICD_BASE + 0x204), 0);
	expect("GICD_ISACTIVER1", read32(GICD_BASE + 0x304), 0);
	expect("GICD_IPRIORITYR8", read32(GICD_BASE + 0x420), 0);
	expect("GICR_WAKER", read32(GICR_BASE + 0x14) & 2, 2);
	expect("GICR_ISENABLER0", read32(SGI_BASE + 0x100) & ~0xffffU, 0);
	expect("GICR_ISPENDR0", read32(SGI_BASE + 0x200), 0);
	expect("GICR_ISACTIVER0", read32(SGI_BASE + 0x300), 0);
	expect("GICR_IPRIORITYR6", read32(SGI_BASE + 0x418), 0);
	SYSREG_WRITE(S3_0_C12_C12_5, 1); /* ICC_SRE_EL1 */
	isb();
	expect("ICC_PMR_EL1", SYSREG_READ(S3_0_C4_C6_0), 0);
	expect("ICC_IGRPEN1_EL1", SYSREG_READ(S3_0_C12_C12_7), 0);
	expect("ICC_RPR_EL1", SYSREG_READ(S3_0_C12_C11_3) & 0xff, 0xff);
	expect("UARTIMSC", read32(UART_BASE + 0x38), 0);
	expect("UARTCR", read32(UART_BASE + 0x30), 0x300);
}

void registers_dirty(void)
{
	__asm__ volatile(".arch_extension fp\n\tfmov d8, %0" ::"r"(~0UL));
	SYSREG_WRITE(ttbr0_el1, 0x40100000);
	SYSREG_WRITE(tcr_el1, 0x19);
	SYSREG_WRITE(mair_el1, 0xff);
	SYSREG_WRITE(tpidr_el1, ~0UL);
	SYSREG_WRITE(tpidr_el0, ~0UL);
	SYSREG_WRITE(contextidr_el1, 0x1234);
	SYSREG_WRITE(cntv_tval_el0, 1);
	SYSREG_WRITE(cntv_ctl_el0, 1);
	SYSREG_WRITE(cntp_tval_el0, 1);
	SYSREG_WRITE(cntp_ctl_el0, 1);
}

void devices_dirty(void)
{
	write32(GICD_BASE + 0x104, ~0U);
	write32(GICD_BASE + 0x204, ~0U);
	write32(GICD_BASE + 0x304, 0xf0);
	for (unsigned int i = 0; i < 32; i += 4) {
		write32(GICD_BASE + 0x420 + i, 0xa0a0a0a0);
		write32(SGI_BASE + 0x400 + i, 0x50505050);
	}
	write32(SGI_BASE + 0x100, ~0U);
	write32(SGI_BASE + 0x200, ~0U);
	gic_ack(); /* and never ended: active, with a running priority */
	write32(SGI_BASE + 0x300, 0xff00);
	write32(UART_BASE + 0x38, 0x7ff);
	write32(UART_BASE + 0x30, 0x301);
}

void ram_dirty(bool reset)
{
	register uint64_t call __asm__("x0") = reset ? PSCI_SYSTEM_RESET : 0;
	uint64_t at = RAM_BASE;

	__asm__ volatile("	adr	x3, 1f\n"
			 "	adr	x4, 4f\n"
			 "	b	1f\n"
			 "	.balign	64\n"
			 "1:	cmp	%1, x3\n"
			 "	b.lo	2f\n"
			 "	cmp	%1, x4\n"
			 "	b.lo	3f\n"
			 "2:	str	%3, [%1]\n"
			 "3:	add	%1, %1, #8\n"
			 "	cmp	%1, %2\n"
			 "	b.lo	1b\n"
			 "	cbz	x0, .\n"
			 "	hvc	#0\n"
			 "	b	.\n"
			 "	.balign	64\n"
			 "4:\n"
			 : "+r"(call), "+r"(at)
			 : "r"(RAM_BASE + RAM_SIZE), "r"(0xdeadbeefdeadbeefUL)
			 : "x3", "x4", "memory", "cc");
	__builtin_unreachable();
}

/* Through frames that a backtrace finds. */
void die_here(uint64_t nowhere)
{
	SYSREG_WRITE(vbar_el1, nowhere);
	isb();
	((void (*)(void))(nowhere + 0x1000))();
	__asm__ volatile("" ::: "memory"); /* no tail call */
}

/* Both counters at one moment, or as near as it gets in a few tries. */
uint64_t offset_read(void)
{
	uint64_t freq = counter_freq(), before = 0, phys = 0, after;

	for (unsigned int i = 0; i < 100; i++) {
		before = counter_ordered();
		phys = SYSREG_READ(cntpct_el0);
		after = counter_ordered();
		if (after - before < freq / 20000)
			break;
	}
	return phys - before;
}
