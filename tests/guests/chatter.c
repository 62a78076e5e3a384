// SPDX-License-Identifier: Apache-2.0
/*
 * The chatter: numbered lines of equal length, so that a reader sees what is
 * missing, there twice or torn. 300 at its start, or 1000 when its CPU's number
 * is not 0; then what is typed: f floods, t ticks a hundred times, each 10 ms,
 * s stops both, e sends escape sequences, p a prompt.
 */
#include "guest.h"

#define UART_FR 0x18
#define UART_LCR_H 0x2c
#define UART_CR 0x30
#define FR_RXFE (1 << 4)

void guest_irq(uint64_t count)
{
	(void)count;
}

uint64_t guest_sync(uint64_t esr, uint64_t elr, uint64_t far)
{
	(void)esr;
	(void)elr;
	(void)far;
	print("chatter: unexpected exception\n");
	power_off();
}

void guest_unexpected(void)
{
	print("chatter: unexpected trap\n");
}

static void numbered(const char *what, uint64_t number)
{
	print("chatter: ");
	print(what);
	print(" ");
	for (uint64_t unit = 10000000; unit; unit /= 10)
		put('0' + number / unit % 10);
	print(" 0123456789abcdef\n");
}

static int typed(void)
{
	if (read32(UART_BASE + UART_FR) & FR_RXFE)
		return -1;
	return read32(UART_BASE) & 0xff;
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	uint64_t lines = SYSREG_READ(mpidr_el1) & 0xff ? 1000 : 300;
	uint64_t period = SYSREG_READ(cntfrq_el0) / 100;
	uint64_t ticks = 0, ticks_left = 0, next = 0, floods = 0;
	bool flooding = false;

	(void)entry_count;
	(void)arg;
	write32(UART_BASE + UART_LCR_H, 0x70);
	write32(UART_BASE + UART_CR, 0x301);
	for (uint64_t i = 1; i <= lines; i++)
		numbered("line", i);
	print("chatter: at your service\n");
	for (;;) {
		switch (typed()) {
		case 'f':
			flooding = true;
			break;
		case 't':
			ticks_left = 100;
			next = counter_ordered();
			break;
		case 's':
			flooding = false;
			ticks_left = 0;
			print("chatter: silent\n");
			break;
		case 'e':
			print("\033[2J\033[Hchatter: \033[1;31mred\033[0m");
			print("\n10%\r20%\rchatter: done\n");
			break;
		case 'p':
			print("chatter: yes? ");
			break;
		}
		if (flooding)
			numbered("flood", ++floods);
		if (ticks_left && counter_ordered() >= next) {
			numbered("tick", ++ticks);
			next += period;
			ticks_left--;
		}
	}
}
