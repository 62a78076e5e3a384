// SPDX-License-Identifier: Apache-2.0
/*
 * /init of the Linux boot measurement: says what the virtual counter showed
 * when user space began, and powers off. No C library: nothing but these
 * system calls runs.
 */
#include <stdint.h>

#define SYS_WRITE 64
#define SYS_REBOOT 142

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

void _start(void)
{
	char line[40] = "BENCH init ";
	char digits[20];
	unsigned int n = 0, at = 11;
	uint64_t count;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(count));
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
