// SPDX-License-Identifier: Apache-2.0
/* The idle guest: says that it is there and sleeps for ever. */
#include "guest.h"

void guest_irq(uint64_t count)
{
	(void)count;
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)address;
	return insn_next(pc);
}

void guest_unexpected(void)
{
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	(void)entry_count;
	(void)arg;
	print("idle guest: asleep\n");
	for (;;)
		wfi();
}
