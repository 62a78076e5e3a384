// SPDX-License-Identifier: Apache-2.0
/*
 * The benchmark guest: what each operation costs, in ticks of a counter that
 * counts instructions under QEMU -icount.
 *
 * Prints "BENCH name median min max" for each, then "BENCH done". The second
 * CPU answers the ping-pong.
 */
#include "bench.h"

uint64_t samples[ROUNDS];

void bench_failed(const char *what, uint64_t cause, uint64_t pc,
		  uint64_t address)
{
	print("bench: ");
	print(what);
	print(", cause ");
	print_hex(cause);
	print(" at ");
	print_hex(pc);
	print(" address ");
	print_hex(address);
	print("\nBENCH failed\n");
	power_off();
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	bench_failed("unexpected exception", cause, pc, address);
}

void guest_unexpected(void)
{
	print("BENCH failed\n");
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

void report(const char *name, uint64_t subtract)
{
	static const uint16_t at[] = {ROUNDS / 2, 0, ROUNDS - 1};

	sort(samples, ROUNDS);
	print("BENCH ");
	print(name);
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t v = samples[at[i]];

		put(' ');
		print_dec(v > subtract ? v - subtract : 0);
	}
	print("\n");
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	(void)dtb;
	entry_count = bench_entry(entry_count);
	print("BENCH entry_to_guest");
	for (unsigned int i = 0; i < 3; i++) {
		put(' ');
		print_dec(entry_count);
	}
	print("\n");
	irq_init(0);
	irq_enable();
	bench_all();
	print("BENCH done\n");
	power_off();
}
