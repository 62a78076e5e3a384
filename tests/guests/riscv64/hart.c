// SPDX-License-Identifier: Apache-2.0
/*
 * What a hart under a hypervisor must do: SBI, its timer, software interrupts
 * to itself and to another hart, the PLIC with the 16550 behind it, faults that
 * are its own. It knows QEMU's virt machine by heart and runs on it bare, too.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden) /* no GOT: addresses are PC-relative */

#define UART 0x10000000ul
#define PLIC 0xc000000ul
#define NOTHING 0x30000000ul /* PCI's, which the guest does not have */
#define UART_IRQ 10
#define CONTEXT 1 /* S-mode of hart 0 */

#define IRQ (1ul << 63)
#define SOFT (IRQ | 1)
#define TIMER (IRQ | 5)
#define EXTERNAL (IRQ | 9)

extern char secondary[];
void guest_main(uint64_t hart, uint64_t tree);
void guest_secondary(uint64_t hart, uint64_t arg);
uint64_t guest_trap(uint64_t cause, uint64_t pc, uint64_t value);

static volatile uint64_t soft[2], timer, external, fault, fault_value, came;

struct ret {
	long error;
	unsigned long value;
};

static struct ret sbi(uint64_t ext, uint64_t fn, uint64_t x, uint64_t y,
		      uint64_t z)
{
	register uint64_t a0 __asm__("a0") = x;
	register uint64_t a1 __asm__("a1") = y;
	register uint64_t a2 __asm__("a2") = z;
	register uint64_t a6 __asm__("a6") = fn;
	register uint64_t a7 __asm__("a7") = ext;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a6), "r"(a7)
			 : "memory");
	return (struct ret){(long)a0, a1};
}

static uint8_t in8(uint64_t at)
{
	return *(volatile uint8_t *)at;
}

static void out8(uint64_t at, uint8_t value)
{
	*(volatile uint8_t *)at = value;
}

static void out32(uint64_t at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

static uint64_t now(void)
{
	uint64_t v;

	__asm__ volatile("rdtime %0" : "=r"(v));
	return v;
}

static void print(const char *text)
{
	for (; *text; text++) {
		while (!(in8(UART + 5) & 0x20))
			;
		out8(UART, (uint8_t)*text);
	}
}

static void say(const char *what, bool good)
{
	print(good ? "pass " : "FAIL ");
	print(what);
	print("\r\n");
}

/* By the debug console, which takes as much as it has room for. */
static void debug_print(const char *text, size_t len)
{
	while (len) {
		struct ret ret = sbi(0x4442434e, 0, len, (uint64_t)text, 0);

		if (ret.error)
			return;
		text += ret.value;
		len -= ret.value;
	}
}

static void timer_set(uint64_t at)
{
	sbi(0x54494d45, 0, at, 0, 0);
}

uint64_t guest_trap(uint64_t cause, uint64_t pc, uint64_t value)
{
	uint64_t hart;

	switch (cause) {
	case SOFT:
		__asm__ volatile("csrc sip, 2\n\tmv %0, tp" : "=r"(hart));
		soft[hart & 1]++;
		return pc;
	case TIMER:
		timer++;
		timer_set(UINT64_MAX);
		return pc;
	case EXTERNAL:
		external = *(volatile uint32_t *)(PLIC + 0x200004 +
						  0x1000 * CONTEXT);
		in8(UART + 2);
		out8(UART + 1, 0);
		out32(PLIC + 0x200004 + 0x1000 * CONTEXT, (uint32_t)external);
		return pc;
	default:
		fault = cause;
		fault_value = value;
		/* every instruction that may fault here is 4 bytes long */
		return pc + 4;
	}
}

void guest_secondary(uint64_t hart, uint64_t arg)
{
	__asm__ volatile("mv tp, %0" ::"r"(hart));
	came = arg;
	__asm__ volatile("csrs sie, 2\n\tcsrs sstatus, 2");
	while (!soft[1])
		__asm__ volatile("wfi");
	came = arg + 1;
	sbi(0x48534d, 1, 0, 0, 0); /* hart_stop */
}

static void wait(volatile uint64_t *what, uint64_t until)
{
	uint64_t end = now() + 20000000; /* two seconds of QEMU's */

	while (*what != until && now() < end)
		;
}

static void test_interrupts(void)
{
	uint64_t begin, took;

	__asm__ volatile("csrw sie, %0\n\tcsrs sstatus, 2" ::"r"(0x222l));
	sbi(0x735049, 0, 1, 0, 0);
	wait(&soft[0], 1);
	say("software interrupt to itself", soft[0] == 1);

	begin = now();
	for (unsigned int i = 0; i < 5; i++) {
		timer_set(now() + 100000);
		while (timer == i)
			__asm__ volatile("wfi");
	}
	took = now() - begin;
	say("five timer interrupts, slept through",
	    timer == 5 && took >= 500000 && took < 20000000);

	out32(PLIC + 4 * UART_IRQ, 1);
	out32(PLIC + 0x2000 + 0x80 * CONTEXT, 1 << UART_IRQ);
	out32(PLIC + 0x200000 + 0x1000 * CONTEXT, 0);
	out8(UART + 1, 2);
	wait(&external, UART_IRQ);
	say("transmitter's interrupt by the PLIC", external == UART_IRQ);
}

static void test_second_hart(void)
{
	struct ret ret = sbi(0x48534d, 2, 1, 0, 0);

	if (ret.error)
		return; /* there is none */
	say("second hart is stopped", ret.value == 1);
	ret = sbi(0x48534d, 0, 1, (uint64_t)secondary, 77);
	wait(&came, 77);
	say("second hart starts", !ret.error && came == 77);
	sbi(0x735049, 0, 2, 0, 0);
	wait(&came, 78);
	say("software interrupt to it", came == 78);
}

static void test_faults(void)
{
	uint64_t value = 0;

	fault = 0;
	__asm__ volatile(".option push\n\t.option norvc\n\tlw %0, 0(%1)\n\t"
			 ".option pop"
			 : "=r"(value)
			 : "r"(NOTHING)
			 : "memory");
	say("a load of nothing is an access fault",
	    fault == 5 && fault_value == NOTHING);
	fault = 0;
	__asm__ volatile("csrr %0, 0x600" : "=r"(value)::"memory");
	say("hstatus is an illegal instruction", fault == 2);
	fault = 0;
	__asm__ volatile(".4byte 0" ::: "memory");
	say("so is none", fault == 2);
	fault = 0;
	__asm__ volatile("csrr %0, cycle" : "=r"(value)::"memory");
	say("cycle is hidden", fault == 2);
}

void guest_main(uint64_t hart, uint64_t tree)
{
	static const char hello[] = "hart guest: by the debug console\r\n";

	__asm__ volatile("mv tp, %0" ::"r"(hart));
	debug_print(hello, sizeof(hello) - 1);
	print("hart guest: by the UART\r\n");
	say("device tree", *(volatile uint32_t *)tree == 0xedfe0dd0);
	test_faults();
	test_interrupts();
	test_second_hart();
	print("hart guest: done\r\n");
	sbi(0x53525354, 0, 0, 0, 0);
}
