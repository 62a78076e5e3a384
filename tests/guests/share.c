// SPDX-License-Identifier: Apache-2.0
/*
 * The sharing guest: what it does is said in its boot arguments.
 *
 * role=burn: computes without end and says how much of its time it had, and
 *   how long the gaps were in which it did not run. It knows from the counter
 *   what a piece of work takes when nothing comes between.
 * role=wake period=US rounds=N: sleeps, is woken by its timer each period,
 *   and says after N rounds how late its handler was.
 * role=spin: computes without end and says nothing.
 * role=nap work=US period=US: computes for so long, sleeps until the period
 *   is over, and says how much it got done.
 * cpus=2: the second CPU burns too.
 *
 * "Work" is in counter ticks. Under QEMU -icount with a 1 GHz counter a tick
 * is an instruction, and all of this repeats to the digit. A gap is longer than
 * an exit and shorter than a switch: 800 instructions.
 */
#include "guest.h"

#define PIECE 5000 /* loops */
#define GAP (800 * (COUNTED_HZ / 1000000) / 1000)
#define GAPS 256
#define SAMPLES 65536

static volatile bool fired;
/* volatile, too: nobody else takes its address, so no asm could change it */
static volatile uint64_t fired_at;

static uint64_t samples[SAMPLES];
static uint64_t gaps[GAPS];
static uint64_t gap_count, gap_most;
static uint64_t piece_ticks = ~0ul; /* of a piece without a gap */
static volatile uint64_t second_pieces;

void guest_irq(uint64_t count)
{
	unsigned int irq = irq_ack();

	if (irq == IRQ_TIMER) {
		timer_off();
		fired_at = count;
		fired = true;
	}
	irq_end(irq);
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)pc;
	(void)address;
	print("share: unexpected exception\n");
	power_off();
}

void guest_unexpected(void)
{
	print("share: unexpected trap\n");
}

static void print_value(const char *name, uint64_t value)
{
	print(name);
	print_dec(value);
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

static void note_gap(uint64_t ticks)
{
	gaps[gap_count++ % GAPS] = ticks;
	if (ticks > gap_most)
		gap_most = ticks;
}

/* Read the counter again and again. Return: what it takes without a gap. */
static void work_piece(void)
{
	uint64_t begin = counter(), last = begin, now = begin;
	bool whole = true;

	for (unsigned int i = 0; i < PIECE; i++) {
		now = counter();
		if (now - last > GAP) {
			note_gap(now - last);
			whole = false;
		}
		last = now;
	}
	if (whole && now - begin < piece_ticks)
		piece_ticks = now - begin;
}

static void say_gaps(void)
{
	unsigned int n = gap_count < GAPS ? (unsigned int)gap_count : GAPS;

	for (unsigned int i = 0; i < n; i++)
		samples[i] = gaps[i];
	sort(samples, n);
	print_value(" gaps ", gap_count);
	print_value(" median ", n ? samples[n / 2] : 0);
	print_value(" most ", gap_most);
}

static void burn(uint64_t say_ticks)
{
	uint64_t pieces = 0, next = 0;

	for (;;) {
		work_piece();
		pieces++;
		if (counter() < next)
			continue;
		next = counter() + say_ticks;
		print_value("share: worked ", pieces * piece_ticks);
		print_value(" second ", second_pieces * piece_ticks);
		print_value(" at ", counter());
		say_gaps();
		print("\n");
	}
}

void guest_secondary(uint64_t arg)
{
	(void)arg;
	for (;;) {
		for (volatile unsigned int i = 0; i < PIECE; i++)
			;
		second_pieces++;
	}
}

static void sleep_until(uint64_t due)
{
	fired = false;
	timer_set(due);
	while (!fired) {
		irq_disable();
		if (!fired)
			wfi();
		irq_enable();
	}
}

static void wake(uint64_t period, uint64_t rounds)
{
	uint64_t due = counter();

	for (;;) {
		for (unsigned int i = 0; i < rounds; i++) {
			due += period;
			sleep_until(due);
			samples[i] = fired_at - due;
		}
		sort(samples, (unsigned int)rounds);
		print_value("share: woken p50 ", samples[rounds / 2]);
		print_value(" p99 ", samples[rounds * 99 / 100]);
		print_value(" max ", samples[rounds - 1]);
		print_value(" of ", rounds);
		print("\n");
		due = counter();
	}
}

static void nap(uint64_t work, uint64_t period, uint64_t say_ticks)
{
	uint64_t due = counter(), pieces = 0, next = 0;

	work_piece();
	for (;;) {
		uint64_t begin = pieces;

		due += period;
		while ((pieces - begin) * piece_ticks < work) {
			work_piece();
			pieces++;
		}
		if (counter() < due)
			sleep_until(due);
		else
			due = counter(); /* it cannot be done */
		if (counter() < next)
			continue;
		next = counter() + say_ticks;
		print_value("share: worked ", pieces * piece_ticks);
		print_value(" at ", counter());
		print("\n");
	}
}

/* Without a look at the counter, which QEMU pays dearly for. */
static void __attribute__((noreturn)) spin(void)
{
	for (volatile uint64_t n = 0;; n++)
		;
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	uint64_t us = counter_freq() / 1000000;
	uint64_t period = argument_number(arg, "period=", 1000) * us;
	uint64_t rounds = argument_number(arg, "rounds=", 200);
	uint64_t say = argument_number(arg, "say=", 100000) * us;

	(void)entry_count;
	irq_init(0);
	irq_enable();
	if (argument_number(arg, "cpus=", 1) > 1)
		cpu_start(1);
	print("share: started\n");
	if (argument(arg, "role=wake"))
		wake(period, rounds < SAMPLES ? rounds : SAMPLES);
	else if (argument(arg, "role=spin"))
		spin();
	else if (argument(arg, "role=nap"))
		nap(argument_number(arg, "work=", 100) * us, period, say);
	burn(say);
}
