// SPDX-License-Identifier: Apache-2.0
/*
 * A guest that has no UART, as small kernels are: it prints by SBI's debug
 * console, answers what is typed, twice, by the debug console and by the legacy
 * calls, and ends at 'q'.
 */
#include "guest.h"

#define LEGACY_PUT 1
#define LEGACY_GET 2

void guest_irq(uint64_t count)
{
	(void)count;
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)address;
	power_off(); /* without "done" */
	return pc;
}

void guest_unexpected(void)
{
	power_off();
}

void guest_secondary(uint64_t arg)
{
	(void)arg;
}

static void say(const char *text)
{
	size_t len = 0;

	while (text[len])
		len++;
	while (len) {
		struct sbi_ret ret =
			sbi(SBI_CONSOLE, 0, len, (uint64_t)text, 0);

		if (ret.error)
			return;
		text += ret.value;
		len -= ret.value;
	}
}

/* One letter up; others as they are. */
static char up(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Return: 'q' was typed */
static bool answer_debug(void)
{
	char typed[16];
	struct sbi_ret ret =
		sbi(SBI_CONSOLE, 1, sizeof(typed), (uint64_t)typed, 0);

	for (unsigned long i = 0; i < ret.value; i++) {
		if (typed[i] == 'q')
			return true;
		typed[i] = up(typed[i]);
		sbi(SBI_CONSOLE, 2, (uint8_t)typed[i], 0, 0);
	}
	return false;
}

static bool answer_legacy(void)
{
	long typed = sbi(LEGACY_GET, 0, 0, 0, 0).error;

	if (typed >= 0)
		sbi(LEGACY_PUT, 0, (uint64_t)up((char)typed), 0, 0);
	return typed == 'q';
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	(void)entry_count;
	(void)dtb;
	say("sbi guest: type\n");
	while (!answer_debug())
		;
	say("\nsbi guest: again\n");
	while (!answer_legacy())
		;
	say("\nsbi guest: done\n");
	power_off();
}
