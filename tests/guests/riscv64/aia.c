// SPDX-License-Identifier: Apache-2.0
/*
 * A machine with IMSICs and an APLIC in MSI mode, looked at by a guest: each
 * register of an interrupt file that has an effect, messages by a store, by the
 * APLIC and by a device's line. Then, for each 'g' that is typed, 1,000
 * messages to the second hart, which answers each: no exit of either is needed
 * for these. By 'r' it takes alarms of a device of the host. It runs on bare QEMU as well, aia=aplic-imsic.
 */
#include "guest.h"

#define APLIC 0x0d000000ul
#define IMSIC(hart) (files + 0x1000ul * stride * (hart))
#define UART_IER (UART_BASE + 1)

#define DOMAINCFG APLIC
#define SOURCECFG(n) (APLIC + 4 * (n))
#define SETIP (APLIC + 0x1c00)
#define SETIPNUM (APLIC + 0x1cdc)
#define IN_CLRIP (APLIC + 0x1d00)
#define SETIENUM (APLIC + 0x1edc)
#define CLRIENUM (APLIC + 0x1fdc)
#define GENMSI (APLIC + 0x3000)
#define TARGET(n) (APLIC + 0x3000 + 4 * (n))

#define EIDELIVERY 0x70
#define EITHRESHOLD 0x72
#define EIP0 0x80
#define EIE0 0xc0

/* CSRs by number: siselect 0x150, sireg 0x151, stopei 0x15c, stopi 0xdb0 */

/* The board's clock, where it is the guest's: Goldfish RTC, source 11. */
#define RTC 0x101000ul
#define RTC_IRQ 11
#define RTC_TIME_LOW (RTC + 0x00)
#define RTC_TIME_HIGH (RTC + 0x04)
#define RTC_ALARM_LOW (RTC + 0x08)
#define RTC_ALARM_HIGH (RTC + 0x0c)
#define RTC_IRQ_ENABLED (RTC + 0x10)
#define RTC_CLEAR_INTERRUPT (RTC + 0x1c)
#define ALARMS 50

#define ID_PING 5
#define ROUND 1000

static const unsigned long files = 0x28000000ul;
static const unsigned long stride = 1; /* pages of a hart, as guests have it */
static volatile uint64_t taken[64], pings, armed, fault;

static void say(const char *what, bool good)
{
	print(good ? "pass " : "FAIL ");
	print(what);
	print("\n");
}

static uint64_t file_read(unsigned int reg)
{
	CSR_WRITE(0x150, reg);
	return CSR_READ(0x151);
}

static void file_write(unsigned int reg, uint64_t value)
{
	CSR_WRITE(0x150, reg);
	CSR_WRITE(0x151, value);
}

static uint32_t claim(void)
{
	uint64_t top;

	__asm__ volatile("csrrw %0, 0x15c, x0" : "=r"(top)::"memory");
	return (uint32_t)(top >> 16);
}

static void message(unsigned int hart, uint32_t id)
{
	mb();
	write32(IMSIC(hart), id);
}

void guest_irq(uint64_t count)
{
	uint32_t id;

	(void)count;
	while ((id = claim())) {
		if (id == ID_PING && this_cpu()) {
			pings++;
			message(0, ID_PING);
		} else if (id < 64 && id != RTC_IRQ) {
			taken[id]++;
		}
		/* A level: asked whether it is up again. QEMU's APLIC in direct
		 * mode tells of one that fell while it was masked: that is for
		 * nothing. */
		if (id == RTC_IRQ) {
			taken[id] += armed;
			armed = 0;
			write32(RTC_CLEAR_INTERRUPT, 1);
			write32(SETIPNUM, RTC_IRQ);
		}
		/* the UART's line falls by what is read */
		if (id == 10) {
			write8(UART_IER, 0);
			(void)read8(UART_BASE + 2);
		}
	}
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)address;
	fault = cause;
	return pc + 4;
}

void guest_unexpected(void)
{
	fault = 99;
}

static void file_init(void)
{
	file_write(EIDELIVERY, 0);
	file_write(EITHRESHOLD, 0);
	file_write(EIP0, 0);
	file_write(EIE0, ~0ul);
	file_write(EIDELIVERY, 1);
	CSR_WRITE(sie, SIE_EXTERNAL);
}

static bool came(unsigned int id, uint64_t count)
{
	uint64_t end = counter() + COUNTED_HZ;

	while (taken[id] != count && counter() < end)
		;
	return taken[id] == count;
}

/* Interrupts are off: what the file says is read. */
static void test_file(void)
{
	file_init();
	say("delivery", file_read(EIDELIVERY) == 1);
	say("identity 0 is none", file_read(EIE0) == ~1ul);
	message(0, 9);
	message(0, 7);
	message(0, 0);
	say("pending bits", file_read(EIP0) == (1 << 9 | 1 << 7));
	say("the lowest is first", CSR_READ(0x15c) == (7 << 16 | 7));
	say("the hart has it", CSR_READ(sip) & SIE_EXTERNAL);
	say("stopi shows it", CSR_READ(0xdb0) >> 16 == 9);
	file_write(EITHRESHOLD, 7);
	say("the threshold hides it",
	    CSR_READ(0x15c) == 0 && !(CSR_READ(sip) & SIE_EXTERNAL));
	file_write(EITHRESHOLD, 8);
	say("and lower ones not", CSR_READ(0x15c) == (7 << 16 | 7));
	file_write(EITHRESHOLD, 0);
	CSR_WRITE(0x150, EIE0);
	CSR_CLEAR(0x151, 1 << 7);
	say("one that is not enabled", CSR_READ(0x15c) == (9 << 16 | 9));
	CSR_SET(0x151, 1 << 7);
	say("claimed in order", claim() == 7 && claim() == 9 && !claim());
	CSR_WRITE(0x150, EIP0);
	CSR_SET(0x151, 1 << 3);
	say("pending by its CSR", claim() == 3);
	fault = 0;
	CSR_WRITE(0x150, EIP0 + 1);
	(void)CSR_READ(0x151);
	say("odd registers are none", fault == 2);
}

static void test_aplic(void)
{
	taken[10] = 0;
	write32(DOMAINCFG, 0x100);
	say("the APLIC sends messages", read32(DOMAINCFG) == 0x80000104);
	irq_enable();
	write32(GENMSI, 12);
	say("its own message", came(12, 1));
	/* the UART's transmitter is empty: its line goes up */
	write32(SOURCECFG(10), 6);
	write32(TARGET(10), 10);
	write32(SETIENUM, 10);
	say("no interrupt yet", !taken[10]);
	write8(UART_IER, 2);
	say("the UART's line by message", came(10, 1));
	write32(CLRIENUM, 10);
	write8(UART_IER, 2);
	say("its level is seen", read32(IN_CLRIP) & 1 << 10);
	say("and pending", read32(SETIP) & 1 << 10);
	write32(SETIENUM, 10);
	say("told when it is on again", came(10, 2));
	write32(SETIPNUM, 10);
	say("a level that fell is not pending by hand",
	    !(read32(SETIP) & 1 << 10) && came(10, 2));
}

/* Asleep, but for messages: it may wait in the hardware. */
void guest_secondary(uint64_t arg)
{
	file_init();
	irq_enable();
	message(0, (uint32_t)arg);
	for (;;)
		wfi();
}

/* Each answered before the next is sent. */
static void ping(void)
{
	uint64_t before = pings;

	for (unsigned int i = 0; i < ROUND; i++) {
		uint64_t count = taken[ID_PING] + 1;

		message(1, ID_PING);
		if (!came(ID_PING, count))
			break;
	}
	print_dec(pings - before);
	print(" messages taken\n");
}

static void test_second_hart(void)
{
	if (!cpu_start(33))
		return;
	say("a message of the second hart", came(33, 1));
	for (unsigned int i = 0; i < 10; i++) {
		/* time to fall asleep */
		for (uint64_t end = counter() + COUNTED_HZ / 200;
		     counter() < end;)
			;
		message(1, ID_PING);
		came(ID_PING, i + 1);
	}
	say("messages wake it", taken[ID_PING] == 10 && pings == 10);
}

/* Each is awaited before the next is set. */
static void alarms(void)
{
	uint64_t count = taken[RTC_IRQ];

	write32(SOURCECFG(RTC_IRQ), 6);
	write32(TARGET(RTC_IRQ), RTC_IRQ);
	write32(SETIENUM, RTC_IRQ);
	write32(RTC_IRQ_ENABLED, 1);
	for (unsigned int i = 1; i <= ALARMS; i++) {
		uint64_t due = read32(RTC_TIME_LOW);

		due |= (uint64_t)read32(RTC_TIME_HIGH) << 32;
		due += 1000000;
		armed = 1;
		write32(RTC_ALARM_HIGH, due >> 32);
		write32(RTC_ALARM_LOW, (uint32_t)due);
		if (!came(RTC_IRQ, count + i))
			break;
	}
	print_dec(taken[RTC_IRQ] - count);
	print(" alarms taken\n");
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	(void)entry_count;
	(void)dtb;
	uart_init();
	print("aia guest\n");
	test_file();
	test_aplic();
	test_second_hart();
	print("aia guest: done\n");
	for (;;) {
		int c = uart_typed();

		if (c == 'g')
			ping();
		else if (c == 'r')
			alarms();
		else if (c == 'q')
			power_off();
	}
}
