// SPDX-License-Identifier: Apache-2.0
/*
 * The chatter: numbered lines of equal length, so that a reader sees what is
 * missing, there twice or torn. 300 at its start, or 1000 when its CPU's number
 * is not 0; then what is typed: f floods, t ticks a hundred times, each 10 ms,
 * s stops both, e sends escape sequences, p a prompt.
 */
#include "guest.h"

void guest_irq(uint64_t count)
{
	(void)count;
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)pc;
	(void)address;
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

void guest_main(uint64_t entry_count, uint64_t arg)
{
	uint64_t lines = cpu_hwid() ? 1000 : 300;
	uint64_t period = counter_freq() / 100;
	uint64_t ticks = 0, ticks_left = 0, next = 0, floods = 0;
	bool flooding = false;

	(void)entry_count;
	(void)arg;
	uart_init();
	for (uint64_t i = 1; i <= lines; i++)
		numbered("line", i);
	print("chatter: at your service\n");
	for (;;) {
		switch (uart_typed()) {
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
