// SPDX-License-Identifier: Apache-2.0
/*
 * /init of the Linux boot measurement: says what the counter showed
 * when user space began, and powers off. No C library: nothing but these
 * system calls runs.
 */
#include <stdint.h>

#define SYS_WRITE 64
#define SYS_REBOOT 142

#ifdef __riscv
static uint64_t counter(void)
{
	uint64_t count;

	__asm__ volatile("rdtime %0" : "=r"(count));
	return count;
}

static long syscall4(long nr, long a, long b, long c, long d)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3)
			 : "memory");
	return a0;
}
#else
static uint64_t counter(void)
{
	uint64_t count;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(count));
	return count;
}

static long syscall4(long nr, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3)
			 : "memory");
	return x0;
}
#endif

void _start(void)
{
	char line[40] = "BENCH init ";
	char digits[20];
	unsigned int n = 0, at = 11;
	uint64_t count = counter();

	do
		digits[n++] = '0' + count % 10;
	while ((count /= 10));
	while (n)
		line[at++] = digits[--n];
	line[at++] = '\n';
	syscall4(SYS_WRITE, 1, (long)line, at, 0);
	syscall4(SYS_REBOOT, 0xfee1dead, 672274793, 0x4321fedc, 0);
	for (;;)
		;
}
