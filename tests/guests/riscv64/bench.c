// SPDX-License-Identifier: Apache-2.0
/*
 * The benchmark guest: SBI calls, the PLIC, software interrupts, the timer.
 *
 * A hart's `time` goes by 10 MHz on QEMU, and a guest has no instret. So this
 * counts by the goldfish RTC, passed through: it reads in nanoseconds of the
 * machine's clock, which are instructions under -icount, without an exit.
 */
#include "bench.h"

#define RTC_BASE                                                               \
	0x101000UL /* TIME_LOW; TIME_HIGH behind it holds what is
			     * above the low half that was read last */
#define NS_PER_TICK 100

#define SBI_BASE 0x10UL

static volatile uint64_t irq_count;   /* handlers that ran */
static volatile uint32_t irq_counter; /* counter at the last one's start */
static volatile bool second_ready;
static uint64_t empty_pair;

/* 4 * 10^9 instructions until it wraps */
static inline uint32_t instructions(void)
{
	return read32(RTC_BASE);
}

void guest_irq(uint64_t count)
{
	unsigned int irq = irq_ack();

	irq_counter = (uint32_t)count;
	if (irq == IRQ_TIMER)
		timer_off();
	irq_end(irq);
	irq_count++;
}

/* stvec: the counter is read by the second instruction. */
extern char bench_trap[];
__asm__(".balign 4\n"
	"bench_trap:\n"
	"lui gp, 0x101\n"
	"lwu gp, 0(gp)\n"
	"j trap_counted\n");

#define MEASURE(name, operation)                                               \
	do {                                                                   \
		for (int _i = -WARM_UP; _i < ROUNDS; _i++) {                   \
			uint32_t _start = instructions(), _end;                \
			operation;                                             \
			_end = instructions();                                 \
			if (_i >= 0)                                           \
				samples[_i] = _end - _start;                   \
		}                                                              \
		report(name, empty_pair);                                      \
	} while (0)

static void measure_exits(void)
{
	MEASURE("empty", );
	empty_pair = samples[ROUNDS / 2];
	MEASURE("hypercall", ({
			register uint64_t a0 __asm__("a0");
			register uint64_t a1 __asm__("a1");
			register uint64_t a6 __asm__("a6") = 0;
			register uint64_t a7 __asm__("a7") = SBI_BASE;

			__asm__ volatile("ecall"
					 : "=r"(a0), "=r"(a1)
					 : "r"(a6), "r"(a7)
					 : "memory");
		}));
	MEASURE("mmio_plic", read32(PLIC_PRIORITY(1)));
}

static void measure_ipi_self(void)
{
	for (int i = -WARM_UP; i < ROUNDS; i++) {
		uint64_t before = irq_count;
		uint32_t start = instructions();

		ipi_send(0);
		while (irq_count == before)
			;
		if (i >= 0)
			samples[i] = irq_counter - start;
	}
	report("sbi_ipi_self", empty_pair);
}

/*
 * time * 100 and what this returns are the instructions: the least of many
 * tries, each of which may come two too late.
 */
static uint32_t time_origin(void)
{
	uint32_t origin = 0;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t before = counter(), now;
		uint32_t found;

		do
			now = counter();
		while (now == before);
		found = instructions() - (uint32_t)now * NS_PER_TICK;
		if (!i || (int32_t)(found - origin) < 0)
			origin = found;
	}
	return origin;
}

/* From the moment the timer is due until the handler's second instruction. */
static void measure_vtimer(const char *name, bool in_wfi)
{
	uint32_t origin = time_origin();

	for (int i = -WARM_UP; i < ROUNDS; i++) {
		uint64_t before = irq_count, due;

		if (in_wfi)
			irq_disable();
		due = counter() + 200;
		timer_set(due);
		if (in_wfi) {
			wfi();
			irq_enable();
		}
		while (irq_count == before)
			;
		if (i >= 0)
			samples[i] = irq_counter -
				     ((uint32_t)due * NS_PER_TICK + origin);
	}
	report(name, 0);
}

static void take_ipi(void)
{
	while (irq_ack() != IRQ_IPI)
		wfi();
}

void guest_secondary(uint64_t arg)
{
	irq_init((unsigned int)arg);
	CSR_CLEAR(sie, SIE_TIMER | SIE_EXTERNAL);
	second_ready = true;
	mb();
	for (;;) {
		take_ipi();
		ipi_send(0);
	}
}

static void measure_pingpong(void)
{
	irq_disable();
	if (!cpu_start(1)) {
		print("bench: no second CPU, no ping-pong\n");
		return;
	}
	/* A timer wakes us: spinning would starve the other CPU's thread. */
	while (!second_ready) {
		timer_set(counter() + 1000);
		wfi();
	}
	timer_off();
	CSR_CLEAR(sie, SIE_TIMER | SIE_EXTERNAL);
	for (int i = -WARM_UP; i < ROUNDS; i++) {
		uint32_t start = instructions();

		ipi_send(1);
		take_ipi();
		if (i >= 0)
			samples[i] = instructions() - start;
	}
	report("ipi_pingpong", empty_pair);
}

/* The instructions between are a few dozen. */
uint64_t bench_entry(uint64_t entry_count)
{
	uint64_t low = instructions();

	(void)entry_count;
	return low | (uint64_t)read32(RTC_BASE + 4) << 32;
}

void bench_all(void)
{
	CSR_WRITE(stvec, bench_trap);
	measure_exits();
	measure_ipi_self();
	measure_vtimer("vtimer", false);
	measure_vtimer("vtimer_wfi", true);
	measure_pingpong();
}
