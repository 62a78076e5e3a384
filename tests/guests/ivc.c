// SPDX-License-Identifier: Apache-2.0
/*
 * One of two VMs that talk through a channel: the one with an even id
 * publishes, the one whose id is one more subscribes. They send each other
 * numbers, each waiting in WFI for the other's doorbell. Then the subscriber
 * fills the channel with numbers until the publisher dies, looks for zeros, and
 * begins anew.
 */
#include "ivc.h"

#define KEY 0x10
#define BYTES 0x300000ul /* 2 MiB leaves and a tail of pages */
#define ROUNDS 500

static volatile uint32_t events, interrupts;
static uint64_t base, size, publisher;
static uint32_t slot;

/* In the channel, behind its header. */
struct mail {
	uint64_t header[2];
	volatile uint64_t question, answer;
};

static struct mail *mail(void)
{
	return (struct mail *)base;
}

void guest_irq(uint64_t count)
{
	unsigned int irq = irq_ack();
	uint32_t taken;

	(void)count;
	if (irq == IRQ_TIMER)
		timer_off();
	if (irq == IRQ_DOORBELL) {
		interrupts++;
		taken = bell_read(CVISOR_IVC_REG_TAKE);
		if (taken & 1u << slot) {
			uint32_t e = bell_read(CVISOR_IVC_REG_EVENTS(slot));

			bell_write(CVISOR_IVC_REG_EVENTS(slot), e);
			events |= e;
		}
	}
	irq_end(irq);
}

static void __attribute__((noreturn)) die(const char *why)
{
	print("ivc: FAILED: ");
	print(why);
	print("\n");
	power_off();
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	print("ivc: cause ");
	print_hex(cause);
	print(" at ");
	print_hex(pc);
	print(" address ");
	print_hex(address);
	die(": an exception");
}

void guest_unexpected(void)
{
	die("an unexpected trap");
}

/* Sleep until one of these events has come; they are taken. */
static uint32_t wait_for(uint32_t wanted)
{
	uint32_t came;

	for (;;) {
		irq_disable();
		came = events & wanted;
		events &= ~came;
		/* of no use to wait for, and nobody takes it here */
		if (came || (events & CVISOR_IVC_EVENT_DEAD))
			break;
		wfi();
		irq_enable();
	}
	irq_enable();
	return came;
}

static void pause_ms(uint64_t ms)
{
	uint64_t due = counter_ordered() + counter_freq() * ms / 1000;

	/* masked, or the interrupt could come before the WFI */
	irq_disable();
	while (counter_ordered() < due) {
		timer_set(due);
		wfi();
		irq_enable();
		irq_disable();
	}
	irq_enable();
}

static void ring(void)
{
	bell_write(CVISOR_IVC_REG_RING, slot);
}

static void say(const char *what, uint64_t n)
{
	print("ivc: ");
	print_dec(n);
	print(what);
	print("\n");
}

/* The publisher answers each question by its double, for ever. */
static void publish(void)
{
	uint64_t answered = 0;

	if (!ivc_publish(KEY, BYTES - 100, &base, &size) || size != BYTES ||
	    mail()->header[0] != publisher || mail()->header[1] != KEY)
		die("publish");
	slot = cvisor_call(CVISOR_IVC_SLOT, publisher, KEY, 0, 0);
	bell_write(CVISOR_IVC_REG_ENABLE, 1u << slot);
	say(" bytes published", size);
	for (;;) {
		uint32_t came = wait_for(CVISOR_IVC_EVENT_NOTIFY |
					 CVISOR_IVC_EVENT_JOINED);

		if (came & CVISOR_IVC_EVENT_JOINED) {
			print("ivc: a subscriber came\n");
			answered = 0;
		}
		while (mail()->question != answered) {
			answered = mail()->question;
			mail()->answer = 2 * answered;
			ring();
		}
	}
}

static void ask(void)
{
	uint64_t spurious = 0;

	interrupts = 0;
	for (uint64_t i = 1; i <= ROUNDS; i++) {
		mail()->question = i;
		ring();
		for (;;) {
			wait_for(CVISOR_IVC_EVENT_NOTIFY);
			if (events & CVISOR_IVC_EVENT_DEAD)
				return; /* killed in the middle: no matter */
			if (mail()->answer == 2 * i)
				break;
			spurious++;
		}
	}
	say(" questions answered", ROUNDS);
	if (spurious)
		say(" rings for nothing", spurious);
}

/* Write all over the channel, in all widths, until its publisher is dead. */
static void write_until_death(void)
{
	volatile uint64_t *words = (volatile uint64_t *)base;
	uint64_t n = size / 8, rounds = 0;

	print("ivc: writing\n");
	while (!(events & CVISOR_IVC_EVENT_DEAD)) {
		for (uint64_t i = 8; i + 2 <= n; i += 2)
			store_pair(&words[i], rounds);
		*(volatile uint8_t *)&words[5] = (uint8_t)rounds;
		rounds++;
	}
	events = 0;
	/* it never wrote there: the header must be gone */
	if (words[0] || words[1])
		die("the publisher is dead and its header still there");
	for (uint64_t i = 8; i < n; i++)
		words[i] = 0;
	for (uint64_t i = 8; i < n; i++)
		if (words[i])
			die("not its own zeros");
	print("ivc: the publisher died, zeros\n");
}

static void subscribe(void)
{
	while (!ivc_subscribe(publisher, KEY, &base, &size))
		pause_ms(20);
	if (size != BYTES || mail()->header[0] != publisher ||
	    mail()->header[1] != KEY)
		die("subscribe");
	slot = cvisor_call(CVISOR_IVC_SLOT, publisher, KEY, 0, 0);
	events = 0;
	bell_write(CVISOR_IVC_REG_ENABLE, 1u << slot);
	say(" bytes subscribed to", size);
	ask();
	write_until_death();
	if (cvisor_call(CVISOR_IVC_UNSUBSCRIBE, publisher, KEY, 0, 0))
		die("unsubscribe");
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	uint32_t id = bell_read(CVISOR_IVC_REG_VM_ID);

	(void)entry_count;
	(void)arg;
	if (bell_read(CVISOR_IVC_REG_ID) != CVISOR_IVC_ID ||
	    bell_read(CVISOR_IVC_REG_VERSION) != 1 ||
	    bell_read(CVISOR_IVC_REG_SLOTS) != CVISOR_IVC_SLOTS)
		die("no doorbell");
	publisher = id & ~1u;
	irq_init(0);
	irq_route(IRQ_DOORBELL);
	irq_enable();
	if (id == publisher)
		publish();
	for (;;)
		subscribe();
}
