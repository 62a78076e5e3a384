/* SPDX-License-Identifier: Apache-2.0 */
/* The call to firmware, and where a CPU stays that has nothing more to do. */
#include <arch/cpu.h>
#include <asm/smccc.h>

void smccc_smc(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3,
	       struct smccc_result *result)
{
	register uint64_t x0 __asm__("x0") = fn;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;

	/* SMCCC 1.0 lets the callee lose x4 to x17 */
	__asm__ volatile("smc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)
			 :
			 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
			   "x12", "x13", "x14", "x15", "x16", "x17", "memory");
	*result = (struct smccc_result){{x0, x1, x2, x3}};
}

void arch_cpu_halt(void)
{
	/* masked interrupts still end a WFI, hence the loop */
	__asm__ volatile("msr daifset, #0xf" ::: "memory");
	for (;;)
		__asm__ volatile("wfi" ::: "memory");
}
