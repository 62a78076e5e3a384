// SPDX-License-Identifier: Apache-2.0
/*
 * The life guest: says whether its start was a cold one, counts its timer's
 * ticks on up to two CPUs, and ends in every way a guest can, by keys typed at
 * its console or by a word "life=..." in its boot arguments:
 *
 *	storm	reset at once, for ever
 *	die	jump into nowhere at once
 *	(none)	wait for keys:
 *
 *	t  how many ticks of how many, and how a clock that does not stop has
 *	   moved against the counter
 *	k  power off when the power key is pressed
 *	o  power off	r  reset	x  die
 *	d  overwrite everything and spin	D  overwrite everything and reset
 */
#include "life.h"

#define TICKS_PER_S 100

#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4

struct ticks {
	uint64_t start, period;
	volatile uint64_t count;
	volatile uint64_t offset; /* see offset_read() */
	volatile uint64_t moves;
};

static struct ticks ticks[2];
static volatile unsigned int cpus_ticking;
static uint64_t dtb, dtb_size;

/*
 * The tree
 */

static bool begins(const char *text, const char *with)
{
	while (*with && *text == *with)
		text++, with++;
	return !*with;
}

bool tree_says(const char *text)
{
	for (uint64_t at = dtb; at < dtb + dtb_size; at++)
		if (begins((const char *)at, text))
			return true;
	return false;
}

static uint64_t mix(uint64_t sum, uint32_t word)
{
	return (sum ^ word) * 0x100000001b3UL;
}

/* Of everything but the seed, which is another one at each start. */
static uint64_t tree_sum(void)
{
	uint64_t at = dtb + be32(dtb + 8), strings = dtb + be32(dtb + 12);
	uint64_t end = at + be32(dtb + 36), sum = 1;

	while (at < end) {
		uint32_t token = be32(at), len, pad;
		bool seed;

		sum = mix(sum, token);
		at += 4;
		if (token == FDT_BEGIN_NODE) {
			while (*(const char *)at)
				sum = mix(sum, *(const uint8_t *)at++);
			at = (at + 4) & ~3UL;
		} else if (token == FDT_PROP) {
			len = be32(at);
			seed = begins((const char *)strings + be32(at + 4),
				      "rng-seed");
			pad = (len + 3) & ~3U;
			at += 8;
			for (uint32_t i = 0; !seed && i < pad; i += 4)
				sum = mix(sum, be32(at + i));
			at += pad;
		}
	}
	return sum;
}

static uint64_t image_sum(void)
{
	uint64_t sum = 1;

	for (uint64_t at = (uint64_t)_start; at < (uint64_t)__bss_start;
	     at += 4)
		sum = mix(sum, read32(at));
	return sum;
}

/*
 * Was it a cold start?
 */

static unsigned int wrongs;

void expect(const char *what, uint64_t value, uint64_t cold)
{
	if (value == cold)
		return;
	print("life: WARM: ");
	print(what);
	print(" is ");
	print_hex(value);
	print("\n");
	wrongs++;
}

static void ram_check(void)
{
	uint64_t image = (uint64_t)_start, image_end = (uint64_t)__bss_end;

	for (uint64_t at = RAM_BASE; at < RAM_BASE + RAM_SIZE; at += 8) {
		if (at >= image && at < image_end)
			continue;
		if (at >= (dtb & ~7UL) && at < dtb + dtb_size)
			continue;
		if (*(volatile uint64_t *)at && wrongs < 10) {
			print_hex(at);
			expect("RAM there", *(volatile uint64_t *)at, 0);
		}
	}
}

static void key_check(void)
{
	if (!tree_says("arm,pl061"))
		return;
	expect("GPIODIR", read32(KEY_BASE + 0x400), 0);
	expect("GPIOIE", read32(KEY_BASE + 0x410), 0);
}

static void start_report(void)
{
	ram_check();
	registers_check();
	/* the counter began anew: well below an hour */
	expect("counter / h", counter_ordered() / (counter_freq() * 3600), 0);
	devices_check();
	key_check();
	print(wrongs ? "life: warm start" : "life: cold start");
	print(", image ");
	print_hex(image_sum());
	print(", tree ");
	print_hex(tree_sum());
	print("\n");
}

/*
 * Leave nothing as it was
 */

static void key_dirty(void)
{
	if (!tree_says("arm,pl061"))
		return;
	write32(KEY_BASE + 0x400, 0xf7);
	write32(KEY_BASE + 0x410, 0xff);
}

static void dirty(bool reset) __attribute__((noreturn));
static void dirty(bool reset)
{
	print("life: overwriting everything\n");
	irq_disable();
	registers_dirty();
	devices_dirty();
	key_dirty();
	ram_dirty(reset);
}

static void __attribute__((noinline)) die(void)
{
	print("life: about to die\n");
	die_here(0x7f000000);
	__asm__ volatile("" ::: "memory");
}

/*
 * Ticks
 */

static void offset_watch(struct ticks *t, uint64_t freq)
{
	uint64_t offset = offset_read();

	if (offset - t->offset > freq / 100 && t->offset - offset > freq / 100)
		t->moves++;
	else
		return;
	t->offset = offset;
}

static void ticks_start(void)
{
	struct ticks *t = &ticks[this_cpu()];
	uint64_t freq = counter_freq();

	t->period = freq / TICKS_PER_S;
	t->start = counter_ordered();
	t->offset = offset_read();
	timer_set(t->start + t->period);
	irq_enable();
}

static void tick(void)
{
	struct ticks *t = &ticks[this_cpu()];

	t->count++;
	timer_set(t->start + (t->count + 1) * t->period);
	offset_watch(t, t->period * TICKS_PER_S);
}

/* Those that are due are pending: let them come before they are counted. */
static void ticks_report(void)
{
	uint64_t ms = ticks[0].period * TICKS_PER_S / 1000;

	for (unsigned int i = 0; i < cpus_ticking; i++) {
		struct ticks *t = &ticks[i];
		uint64_t due = (counter_ordered() - t->start) / t->period;

		while (t->count < due &&
		       counter_ordered() - t->start < (due + 500) * t->period)
			;
		print("life: cpu");
		print_dec(i);
		print(t->count < due ? " LOST ticks: " : " ticks: ");
		print_dec(t->count);
		print(" of ");
		print_dec(due);
		print(", counters moved ");
		print_dec(t->moves);
		print(" times, apart by ");
		print_dec(t->offset / ms);
		print(" ms\n");
	}
	print("life: end of report\n");
}

void guest_irq(uint64_t count)
{
	unsigned int irq = irq_ack();

	(void)count;
	if (irq == IRQ_TIMER)
		tick();
	if (irq == IRQ_KEY) {
		print("life: the power key\n");
		power_off();
	}
	irq_end(irq);
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	print("life: unexpected exception, cause ");
	print_hex(cause);
	print(" at ");
	print_hex(pc);
	print(", address ");
	print_hex(address);
	print("\n");
	power_off();
}

void guest_unexpected(void)
{
	print("life: unexpected trap\n");
	power_off();
}

void guest_secondary(uint64_t arg)
{
	(void)arg;
	irq_init(1);
	ticks_start();
	cpus_ticking = 2;
	for (;;)
		wfi();
}

/*
 * Keys
 */

static void power_key_watch(void)
{
	write32(KEY_BASE + 0x404, 0);      /* edges */
	write32(KEY_BASE + 0x40c, 1 << 3); /* rising */
	write32(KEY_BASE + 0x410, 1 << 3);
	irq_route(IRQ_KEY);
	print("life: watching the power key\n");
}

static void key(char c)
{
	switch (c) {
	case 't':
		ticks_report();
		break;
	case 'k':
		power_key_watch();
		break;
	case 'o':
		power_off();
	case 'r':
		system_reset();
	case 'x':
		die();
		break;
	case 'd':
		dirty(false);
	case 'D':
		dirty(true);
	default:
		break;
	}
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	(void)entry_count;
	dtb = arg;
	dtb_size = be32(dtb + 4);
	if (tree_says("life=storm"))
		system_reset();
	if (tree_says("life=die"))
		die();
	start_report();
	uart_init();
	irq_init(0);
	ticks_start();
	cpus_ticking = 1;
	cpu_start(0); /* if there is one */
	for (;;) {
		for (int c = uart_typed(); c >= 0; c = uart_typed())
			key((char)c);
		wfi();
	}
}
