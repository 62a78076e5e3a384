/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware: RISC-V SBI. The calls, output, and the machine's end. */
#include <asm/sbi.h>

#include <arch/cpu.h>
#include <arch/pgtable.h>
#include <lib/log.h>

#include "boot.h"

#define LOG_TAG "sbi"

struct sbi_ret sbi_call5(uint64_t ext, uint64_t fid, uint64_t arg0,
			 uint64_t arg1, uint64_t arg2, uint64_t arg3,
			 uint64_t arg4)
{
	register uint64_t a0 __asm__("a0") = arg0;
	register uint64_t a1 __asm__("a1") = arg1;
	register uint64_t a2 __asm__("a2") = arg2;
	register uint64_t a3 __asm__("a3") = arg3;
	register uint64_t a4 __asm__("a4") = arg4;
	register uint64_t a6 __asm__("a6") = fid;
	register uint64_t a7 __asm__("a7") = ext;

	/* all registers but a0 and a1 are kept (chapter 3) */
	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbi_ret){(int64_t)a0, a1};
}

bool sbi_has(uint64_t ext)
{
	struct sbi_ret ret =
		sbi_call(SBI_EXT_BASE, SBI_BASE_PROBE, ext, 0, 0, 0);

	return ret.error == SBI_SUCCESS && ret.value != 0;
}

static void dbcn_putc(char c)
{
	sbi_call(SBI_EXT_DBCN, SBI_DBCN_WRITE_BYTE, (uint8_t)c, 0, 0, 0);
}

static void legacy_putc(char c)
{
	sbi_call(SBI_EXT_LEGACY_PUTCHAR, 0, (uint8_t)c, 0, 0, 0);
}

void sbi_console_init(void)
{
	arch_early_putc = sbi_has(SBI_EXT_DBCN) ? dbcn_putc : legacy_putc;
}

static uint64_t base_value(uint64_t fid)
{
	return sbi_call(SBI_EXT_BASE, fid, 0, 0, 0, 0).value;
}

uint64_t arch_cpu_kind(void)
{
	/* all of each may be used, so they are mixed (64-bit FNV-1a's prime) */
	const uint64_t prime = 0x100000001b3;

	return (base_value(SBI_BASE_MVENDORID) * prime ^
		base_value(SBI_BASE_MARCHID)) *
		       prime ^
	       base_value(SBI_BASE_MIMPID);
}

bool arch_system_can_end(void)
{
	return sbi_has(SBI_EXT_SRST);
}

void arch_system_off(void)
{
	sbi_call(SBI_EXT_SRST, SBI_SRST_RESET, SBI_SRST_SHUTDOWN, 0, 0, 0);
	log_err("firmware did not turn the machine off");
	arch_cpu_halt();
}

void arch_system_reset(void)
{
	sbi_call(SBI_EXT_SRST, SBI_SRST_RESET, SBI_SRST_COLD_REBOOT, 0, 0, 0);
	log_err("firmware did not reset the machine");
	arch_cpu_halt();
}

void arch_cpu_halt(void)
{
	/* a WFI may end at any time, hence the loop; not by an interrupt */
	arch_irq_disable();
	csr_write(0, sie);
	for (;;)
		__asm__ volatile("wfi" ::: "memory");
}
