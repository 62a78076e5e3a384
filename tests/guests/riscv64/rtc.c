// SPDX-License-Identifier: Apache-2.0
/*
 * A goldfish RTC of the host's and its interrupt: alarms that come, one that
 * waits while it is disabled, one that the guest never completes. It runs on
 * QEMU's virt machine bare, too. Interrupts are looked for, not taken.
 *
 * Registers: QEMU docs/specs or hw/rtc/goldfish_rtc.c's offsets, the PLIC's
 * specification 1.0.0.
 */
#include <stdbool.h>
#include <stdint.h>

#pragma GCC visibility push(hidden) /* no GOT: addresses are PC-relative */

#define RTC 0x101000ul
#define RTC_TIME_LOW 0x00
#define RTC_TIME_HIGH 0x04
#define RTC_ALARM_LOW 0x08
#define RTC_ALARM_HIGH 0x0c
#define RTC_IRQ_ENABLED 0x10
#define RTC_CLEAR_INTERRUPT 0x1c

#define PLIC 0xc000000ul
#define IRQ 11
#define CONTEXT 1 /* S-mode of hart 0 */
#define PRIORITY (PLIC + 4 * IRQ)
#define PENDING (PLIC + 0x1000)
#define ENABLE (PLIC + 0x2000 + 0x80 * CONTEXT)
#define THRESHOLD (PLIC + 0x200000 + 0x1000 * CONTEXT)
#define CLAIM (THRESHOLD + 4)

#define MS 10000ul /* of rdtime */
#define NS_PER_MS 1000000ul
#define SIP_EXTERNAL (1ul << 9)

extern char secondary[];
void guest_main(uint64_t hart, uint64_t tree);
void guest_secondary(uint64_t hart, uint64_t arg);
uint64_t guest_trap(uint64_t cause, uint64_t pc, uint64_t value);

static long sbi(uint64_t ext, uint64_t fn, uint64_t x, uint64_t y)
{
	register uint64_t a0 __asm__("a0") = x;
	register uint64_t a1 __asm__("a1") = y;
	register uint64_t a2 __asm__("a2") = 0;
	register uint64_t a6 __asm__("a6") = fn;
	register uint64_t a7 __asm__("a7") = ext;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a6), "r"(a7)
			 : "memory");
	return (long)a0;
}

static uint32_t in32(uint64_t at)
{
	return *(volatile uint32_t *)at;
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

static bool is_up(void)
{
	uint64_t sip;

	__asm__ volatile("csrr %0, sip" : "=r"(sip));
	return sip & SIP_EXTERNAL;
}

static void print(const char *text)
{
	for (; *text; text++)
		sbi(0x4442434e, 2, (uint8_t)*text, 0);
}

static void say(const char *what, bool good)
{
	print(good ? "pass " : "FAIL ");
	print(what);
	print("\r\n");
}

/* An alarm so far from now. */
static void alarm_set(uint64_t ms)
{
	uint64_t at = in32(RTC + RTC_TIME_LOW);

	at |= (uint64_t)in32(RTC + RTC_TIME_HIGH) << 32;
	at += ms * NS_PER_MS;
	out32(RTC + RTC_ALARM_HIGH, (uint32_t)(at >> 32));
	out32(RTC + RTC_ALARM_LOW, (uint32_t)at);
}

/* Does the external interrupt come up in that time? */
static bool comes(uint64_t ms)
{
	uint64_t end = now() + ms * MS;

	while (!is_up())
		if (now() > end)
			return false;
	return true;
}

static void device_clear(void)
{
	out32(RTC + RTC_CLEAR_INTERRUPT, 1);
}

uint64_t guest_trap(uint64_t cause, uint64_t pc, uint64_t value)
{
	(void)cause;
	(void)value;
	say("no trap", false);
	return pc + 4;
}

void guest_secondary(uint64_t hart, uint64_t arg)
{
	(void)hart;
	(void)arg;
}

void guest_main(uint64_t hart, uint64_t tree)
{
	uint32_t source;

	(void)hart;
	(void)tree;
	device_clear();
	out32(PRIORITY, 1);
	out32(THRESHOLD, 0);
	out32(ENABLE, 1u << IRQ);
	say("nothing is pending", !comes(30) && in32(CLAIM) == 0);

	out32(RTC + RTC_IRQ_ENABLED, 1);
	alarm_set(5);
	say("an alarm comes", comes(2000));
	source = in32(CLAIM);
	say("it is the clock's", source == IRQ);
	say("not twice before it is completed",
	    !comes(30) && !(in32(PENDING) >> IRQ & 1));
	device_clear();
	out32(CLAIM, source);
	say("not after it was served", !comes(30));

	alarm_set(5);
	say("another one comes", comes(2000) && in32(CLAIM) == IRQ);
	device_clear();
	out32(CLAIM, IRQ);

	out32(ENABLE, 0);
	alarm_set(5);
	say("it waits while it is disabled", !comes(60));
	out32(ENABLE, 1u << IRQ);
	say("and comes then", comes(2000) && in32(CLAIM) == IRQ);
	device_clear();
	/* not completed: the host's, to end */
	alarm_set(5);
	say("none while one is open", !comes(60));
	print("rtc guest: done\r\n");
	sbi(0x53525354, 0, 0, 0);
}
