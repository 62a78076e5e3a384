// SPDX-License-Identifier: Apache-2.0
/*
 * The neighbour: fills 4 MiB of its RAM with a pattern, checks it again and
 * again, and says each second whether every byte is still its own.
 */
#include "guest.h"

#define PATTERN_WORDS (4u << 20) / 8

static volatile uint64_t ticks;

void guest_irq(uint64_t count)
{
	unsigned int irq = irq_ack();

	(void)count;
	if (irq == IRQ_TIMER) {
		timer_set(counter() + counter_freq() / 4);
		ticks++;
	}
	irq_end(irq);
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)pc;
	(void)address;
	print("neighbour: unexpected exception\n");
	power_off();
}

void guest_unexpected(void)
{
	print("neighbour: unexpected trap\n");
}

static uint64_t pattern(uint64_t i)
{
	return (i + 1) * 0x9e3779b97f4a7c15;
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	/* behind the image: RAM that the boot header does not claim */
	volatile uint64_t *words =
		(uint64_t *)(((uint64_t)__bss_end + 0xfffff) & ~0xfffffUL);

	(void)entry_count;
	(void)arg;
	for (uint64_t i = 0; i < PATTERN_WORDS; i++)
		words[i] = pattern(i);
	irq_init(0);
	timer_set(counter() + counter_freq() / 4);
	irq_enable();
	for (uint64_t round = 1;; round++) {
		uint64_t sum = 0, bad = 0, last = ticks;

		for (uint64_t i = 0; i < PATTERN_WORDS; i++) {
			bad += words[i] != pattern(i);
			sum += words[i];
		}
		print("neighbour: round ");
		print_dec(round);
		print(bad ? " DAMAGED, checksum " : " intact, checksum ");
		print_hex(sum);
		print("\n");
		while (ticks < last + 4)
			wfi();
	}
}
