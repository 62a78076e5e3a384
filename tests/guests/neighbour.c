// SPDX-License-Identifier: Apache-2.0
/*
 * The neighbour: fills 4 MiB of its RAM with a pattern, checks it again and
 * again, and says each second whether every byte is still its own.
 */
#include "guest.h"

#define PATTERN_WORDS (4u << 20) / 8

/* Behind the image: RAM that the boot header does not claim. */
extern char __bss_end[];

static volatile uint64_t ticks;

void guest_irq(uint64_t count)
{
	unsigned int intid = gic_ack();

	(void)count;
	if (intid == INTID_VTIMER) {
		SYSREG_WRITE(cntv_tval_el0, SYSREG_READ(cntfrq_el0) / 4);
		ticks++;
	}
	if (intid < 1020)
		gic_eoi(intid);
}

uint64_t guest_sync(uint64_t esr, uint64_t elr, uint64_t far)
{
	(void)esr;
	(void)elr;
	(void)far;
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
	volatile uint64_t *words =
		(uint64_t *)(((uint64_t)__bss_end + 0xfffff) & ~0xfffffUL);

	(void)entry_count;
	(void)arg;
	for (uint64_t i = 0; i < PATTERN_WORDS; i++)
		words[i] = pattern(i);
	gic_init(0);
	SYSREG_WRITE(cntv_tval_el0, SYSREG_READ(cntfrq_el0) / 4);
	SYSREG_WRITE(cntv_ctl_el0, 1);
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
