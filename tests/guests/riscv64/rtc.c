// SPDX-License-Identifier: Apache-2.0
/*
 * A goldfish RTC and its interrupt at the PLIC: alarms that come, one that
 * waits while it is disabled, one that the guest never completes. Interrupts
 * are looked for, not taken.
 */
#include "guest.h"

#define RTC 0x101000UL
#define RTC_TIME_LOW (RTC + 0x00)
#define RTC_TIME_HIGH (RTC + 0x04)
#define RTC_ALARM_LOW (RTC + 0x08)
#define RTC_ALARM_HIGH (RTC + 0x0c)
#define RTC_IRQ_ENABLED (RTC + 0x10)
#define RTC_CLEAR_INTERRUPT (RTC + 0x1c)
#define IRQ_RTC 11

#define NS_PER_MS 1000000UL

void guest_irq(uint64_t count)
{
	(void)count;
	guest_unexpected();
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)address;
	guest_unexpected();
	return insn_next(pc);
}

void guest_unexpected(void)
{
	print("FAIL trap\n");
	power_off();
}

void guest_secondary(uint64_t arg)
{
	(void)arg;
}

static void say(const char *what, bool good)
{
	print(good ? "pass " : "FAIL ");
	print(what);
	print("\n");
}

/* An alarm so far from now. */
static void alarm_set(uint64_t ms)
{
	uint64_t at = read32(RTC_TIME_LOW);

	at |= (uint64_t)read32(RTC_TIME_HIGH) << 32;
	at += ms * NS_PER_MS;
	write32(RTC_ALARM_HIGH, (uint32_t)(at >> 32));
	write32(RTC_ALARM_LOW, (uint32_t)at);
}

/* Does the external interrupt come up in that time? */
static bool comes(uint64_t ms)
{
	uint64_t end = counter() + ms * counter_freq() / 1000;

	while (!(CSR_READ(sip) & SIE_EXTERNAL))
		if (counter() > end)
			return false;
	return true;
}

static bool is_pending(void)
{
	return read32(PLIC_PENDING(IRQ_RTC)) >> IRQ_RTC & 1;
}

static bool claim(void)
{
	return read32(PLIC_CLAIM(0)) == IRQ_RTC;
}

static void serve(void)
{
	write32(RTC_CLEAR_INTERRUPT, 1);
}

static void complete(void)
{
	write32(PLIC_CLAIM(0), IRQ_RTC);
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	(void)entry_count;
	(void)dtb;
	CSR_WRITE(sie, 0);
	serve();
	write32(PLIC_THRESHOLD(0), 0);
	irq_route(IRQ_RTC);
	say("nothing is pending", !comes(30) && !is_pending() && !claim());

	write32(RTC_IRQ_ENABLED, 1);
	alarm_set(5);
	say("an alarm comes", comes(2000));
	say("it is the clock's", is_pending() && claim());
	say("not twice before it is completed", !comes(30) && !is_pending());
	serve();
	complete();
	say("not after it was served", !comes(30) && !is_pending());

	alarm_set(5);
	say("another one comes", comes(2000) && claim());
	serve();
	complete();

	write32(PLIC_ENABLE(0, IRQ_RTC), 0);
	alarm_set(5);
	say("it waits while it is disabled", !comes(60));
	irq_route(IRQ_RTC);
	say("and comes then", comes(2000) && claim());
	serve();
	/* not completed: the host's, to end */
	alarm_set(5);
	say("none while one is open", !comes(60) && !is_pending());
	print("rtc guest: done\n");
	power_off();
}
