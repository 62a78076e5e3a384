// SPDX-License-Identifier: Apache-2.0
/* Output, PSCI and GICv3 for the bare-metal test guests. */
#include "guest.h"

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
	while (read32(UART_BASE + 0x18) & (1 << 5)) /* FR.TXFF */
		;
	write32(UART_BASE, (uint8_t)c);
}

void print(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			put('\r');
		put(*text);
	}
}

void print_dec(uint64_t value)
{
	char digits[20];
	unsigned int n = 0;

	do
		digits[n++] = '0' + value % 10;
	while ((value /= 10));
	while (n)
		put(digits[--n]);
}

void print_hex(uint64_t value)
{
	print("0x");
	for (int shift = 60; shift >= 0; shift -= 4)
		if (value >> shift || shift == 0)
			put("0123456789abcdef"[(value >> shift) & 15]);
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

void power_off(void)
{
	hvc(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}

uint64_t random64(void)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* gcc may call these for struct copies and loops it recognises. */
void *memset(void *dst, int c, size_t n)
{
	volatile char *p = dst;

	while (n--)
		*p++ = (char)c;
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	volatile char *d = dst;
	const char *s = src;

	while (n--)
		*d++ = *s++;
	return dst;
}
