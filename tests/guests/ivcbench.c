// SPDX-License-Identifier: Apache-2.0
/*
 * What talking through a channel costs, in counter ticks: instructions of both
 * guests and the hypervisor together under QEMU -icount with a 1 GHz counter.
 *
 * Two VMs: the one with an even id answers, the one whose id is one more asks
 * and measures, through the doorbell and over the same page with both spinning
 * on it. The hint in the spin gives QEMU's one thread to the other CPU at once:
 * without it, a turn's length would be measured.
 */
#include "ivc.h"

#define KEY 1
#define WARM_UP 100
#define ROUNDS 1000
#define BLOCK 4096

enum mode { BELL, POLL };

/* In the channel: the message behind the flags, on its own page. */
struct mail {
	uint64_t header[2];
	volatile uint64_t mode, question, answer;
	uint64_t bytes; /* of the message */
	uint8_t pad[4096 - 48];
	uint64_t block[BLOCK / 8];
};
_Static_assert(sizeof(struct mail) == 4096 + BLOCK, "two pages");

static struct mail *mail;
static uint64_t publisher;
static uint32_t slot;
static uint64_t samples[ROUNDS];
static uint64_t mine[BLOCK / 8] __attribute__((aligned(16)));

static void __attribute__((noreturn)) die(const char *why)
{
	print("ivcbench: ");
	print(why);
	print("\nBENCH failed\n");
	power_off();
}

void guest_irq(uint64_t count)
{
	(void)count;
	die("an interrupt, which are masked");
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)pc;
	(void)address;
	die("an exception");
}

void guest_unexpected(void)
{
	die("a trap");
}

/* Interrupts stay masked: WFI wakes all the same. */
static void bell_wait(void)
{
	unsigned int irq;

	do {
		wfi();
		irq = irq_ack();
		if (irq == IRQ_DOORBELL)
			cvisor_call(CVISOR_IVC_ACK, ~0ul, 0, 0, 0);
		if (irq == IRQ_TIMER)
			timer_off();
		irq_end(irq);
	} while (irq != IRQ_DOORBELL && irq != IRQ_TIMER);
}

static void pause_ms(uint64_t ms)
{
	uint64_t due = counter_ordered() + counter_freq() * ms / 1000;

	while (counter_ordered() < due) {
		timer_set(due);
		bell_wait();
	}
}

static void ring(void)
{
	mb();
	cvisor_call(CVISOR_IVC_NOTIFY, publisher, KEY, 0, 0);
}

static void copy(uint64_t *to, const uint64_t *from, uint64_t bytes)
{
	const uint64_t *end = from + bytes / 8;

	for (; from < end; from += 2, to += 2)
		copy_pair(to, from);
}

/* Until the word is what it should be, by the bell or by looking. */
static void wait_for(const volatile uint64_t *word, uint64_t value,
		     uint64_t mode)
{
	if (mode == BELL) {
		do
			bell_wait();
		while (*word != value);
	} else {
		while (*word != value)
			spin_hint();
	}
	mb();
}

static void answer(void)
{
	uint64_t last = 0;

	for (;;) {
		wait_for(&mail->question, last + 1, mail->mode);
		last++;
		copy(mine, mail->block, mail->bytes);
		mb();
		/* the mode that the asker waits in */
		if (mail->mode == BELL) {
			mail->answer = last;
			ring();
		} else {
			mail->answer = last;
		}
	}
}

static void ask(uint64_t number, uint64_t bytes)
{
	copy(mail->block, mine, bytes);
	mb();
	mail->question = number;
	if (mail->mode == BELL)
		ring();
	wait_for(&mail->answer, number, mail->mode);
}

static void sort(uint64_t *v, unsigned int n)
{
	for (unsigned int gap = n / 2; gap; gap /= 2)
		for (unsigned int i = gap; i < n; i++) {
			uint64_t x = v[i];
			unsigned int j = i;

			for (; j >= gap && v[j - gap] > x; j -= gap)
				v[j] = v[j - gap];
			v[j] = x;
		}
}

static void report(const char *name, uint64_t median, uint64_t a, uint64_t b)
{
	print("BENCH ");
	print(name);
	put(' ');
	print_dec(median);
	put(' ');
	print_dec(a);
	put(' ');
	print_dec(b);
	print("\n");
}

static void measure(const char *name, uint64_t *number, uint64_t bytes)
{
	mail->bytes = bytes;
	for (int i = -WARM_UP; i < ROUNDS; i++) {
		uint64_t start = counter_ordered();

		ask(++*number, bytes);
		if (i >= 0)
			samples[i] = counter_ordered() - start;
	}
	sort(samples, ROUNDS);
	if (!bytes)
		report(name, samples[ROUNDS / 2], samples[0],
		       samples[ROUNDS - 1]);
	else
		report(name, 1000 * bytes / samples[ROUNDS / 2],
		       1000 * bytes / samples[ROUNDS - 1],
		       1000 * bytes / samples[0]);
}

static void measure_all(void)
{
	uint64_t number = 0;

	pause_ms(1); /* the answerer waits by now */
	measure("ivc_roundtrip", &number, 0);
	measure("ivc_bytes_per_1000_instructions", &number, BLOCK);
	/* the answerer still waits for the bell: one question more by it */
	mail->bytes = 0;
	mail->mode = POLL;
	mail->question = ++number;
	ring();
	wait_for(&mail->answer, number, POLL);
	measure("ivc_polled_roundtrip", &number, 0);
	measure("ivc_polled_bytes_per_1000_instructions", &number, BLOCK);
	print("BENCH done\n");
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	uint32_t id = bell_read(CVISOR_IVC_REG_VM_ID);
	uint64_t base, size;

	(void)entry_count;
	(void)arg;
	publisher = id & ~1u;
	irq_init(0);
	irq_route(IRQ_DOORBELL);
	if (id == publisher) {
		if (!ivc_publish(KEY, sizeof(struct mail), &base, &size))
			die("publish");
	} else {
		while (!ivc_subscribe(publisher, KEY, &base, &size))
			pause_ms(1);
	}
	mail = (struct mail *)base;
	slot = cvisor_call(CVISOR_IVC_SLOT, publisher, KEY, 0, 0);
	bell_write(CVISOR_IVC_REG_ENABLE, 1u << slot);
	if (id == publisher)
		answer();
	else
		measure_all();
	power_off();
}
