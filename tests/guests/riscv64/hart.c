// SPDX-License-Identifier: Apache-2.0
/*
 * What a hart under a hypervisor must do: SBI, its timer, software interrupts
 * to itself and to another hart, the PLIC with the 16550 behind it, faults that
 * are its own. It knows QEMU's virt machine by heart and runs on it bare, too.
 */
#include "guest.h"

#define NOTHING 0x30000000ul /* PCI's, which the guest does not have */

static volatile uint64_t soft[2], timer, external, fault, fault_value, came;

static void say(const char *what, bool good)
{
	print(good ? "pass " : "FAIL ");
	print(what);
	print("\n");
}

/* By the debug console, which takes as much as it has room for. */
static void debug_print(const char *text, size_t len)
{
	while (len) {
		struct sbi_ret ret =
			sbi(SBI_CONSOLE, 0, len, (uint64_t)text, 0);

		if (ret.error)
			return;
		text += ret.value;
		len -= ret.value;
	}
}

void guest_irq(uint64_t count)
{
	unsigned int irq = irq_ack();

	(void)count;
	if (irq == IRQ_IPI) {
		soft[this_cpu()]++;
	} else if (irq == IRQ_TIMER) {
		timer++;
		timer_off();
	} else if (irq != IRQ_NONE) {
		external = irq;
		read8(UART_BASE + 2);
		write8(UART_BASE + 1, 0);
	}
	irq_end(irq);
}

/* Every instruction that may fault here is 4 bytes long. */
uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	fault = cause;
	fault_value = address;
	return pc + 4;
}

void guest_unexpected(void)
{
	print("FAIL unknown interrupt\n");
}

void guest_secondary(uint64_t arg)
{
	came = arg;
	CSR_SET(sie, SIE_SOFT);
	irq_enable();
	while (!soft[1])
		wfi();
	came = arg + 1;
	sbi(SBI_HSM, 1, 0, 0, 0); /* hart_stop */
}

static void wait(volatile uint64_t *what, uint64_t until)
{
	uint64_t end = counter() + 20000000; /* two seconds of QEMU's */

	while (*what != until && counter() < end)
		;
}

static void test_interrupts(void)
{
	uint64_t begin, took;

	irq_init(0);
	irq_enable();
	ipi_send(0);
	wait(&soft[0], 1);
	say("software interrupt to itself", soft[0] == 1);

	begin = counter();
	for (unsigned int i = 0; i < 5; i++) {
		timer_set(counter() + 100000);
		while (timer == i)
			wfi();
	}
	took = counter() - begin;
	say("five timer interrupts, slept through",
	    timer == 5 && took >= 500000 && took < 20000000);

	irq_route(IRQ_UART);
	write8(UART_BASE + 1, 2);
	wait(&external, IRQ_UART);
	say("transmitter's interrupt by the PLIC", external == IRQ_UART);
}

static void test_second_hart(void)
{
	struct sbi_ret ret = sbi(SBI_HSM, 2, 1, 0, 0);

	if (ret.error)
		return; /* there is none */
	say("second hart is stopped", ret.value == 1);
	ret = sbi(SBI_HSM, 0, 1, (uint64_t)secondary, 77);
	wait(&came, 77);
	say("second hart starts", !ret.error && came == 77);
	ipi_send(1);
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

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	static const char hello[] = "hart guest: by the debug console\r\n";

	(void)entry_count;
	debug_print(hello, sizeof(hello) - 1);
	print("hart guest: by the UART\n");
	say("device tree", read32(dtb) == 0xedfe0dd0);
	test_faults();
	test_interrupts();
	test_second_hart();
	print("hart guest: done\n");
	power_off();
}
