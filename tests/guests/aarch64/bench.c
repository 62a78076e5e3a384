// SPDX-License-Identifier: Apache-2.0
/* The benchmark guest: exits of Arm's, SGIs, the virtual timer. */
#include "bench.h"

#define SGI_SELF 1
#define SGI_PING 2
#define SGI_PONG 3

static volatile uint64_t irq_count;   /* handlers that ran */
static volatile uint64_t irq_counter; /* counter at the last one's start */
static volatile bool second_ready;

void guest_irq(uint64_t count)
{
	unsigned int intid = gic_ack();

	irq_counter = count;
	if (intid == INTID_VTIMER)
		SYSREG_WRITE(cntv_ctl_el0, 0);
	if (intid < 1020)
		gic_eoi(intid);
	irq_count++;
}

static uint64_t empty_pair;

/*
 * isb, counter, operation, counter. Everything is inline, so that the pair
 * holds the operation alone.
 */
#define MEASURE(name, operation)                                               \
	do {                                                                   \
		for (int _i = -WARM_UP; _i < ROUNDS; _i++) {                   \
			uint64_t _start = counter_ordered(), _end;             \
			operation;                                             \
			_end = SYSREG_READ(cntvct_el0);                        \
			if (_i >= 0)                                           \
				samples[_i] = _end - _start;                   \
		}                                                              \
		report(name, empty_pair);                                      \
	} while (0)

static void measure_exits(void)
{
	uint64_t typer = GICD_BASE + 4;
	uint64_t isenabler1 = GICD_BASE + 0x104;
	uint32_t value;

	MEASURE("empty", );
	empty_pair = samples[ROUNDS / 2];
	MEASURE("hypercall", ({
			register uint64_t x0 __asm__("x0") = PSCI_VERSION;

			__asm__ volatile("hvc #0"
					 : "+r"(x0)
					 :
					 : "x1", "x2", "x3", "memory");
		}));
	MEASURE("mmio_gicd_typer", __asm__ volatile("ldr %w0, [%1]"
						    : "=r"(value)
						    : "r"(typer)));
	MEASURE("mmio_gicd_isenabler_read",
		__asm__ volatile("ldr %w0, [%1]"
				 : "=r"(value)
				 : "r"(isenabler1)));
	MEASURE("mmio_gicd_isenabler_write",
		__asm__ volatile("str %w0, [%1]" ::"r"(0u), "r"(isenabler1)
				 : "memory"));
}

static void measure_sgi(void)
{
	for (int i = -WARM_UP; i < ROUNDS; i++) {
		uint64_t before = irq_count, start;
		uint64_t sgi = (uint64_t)SGI_SELF << 24 | 1;

		start = counter_ordered();
		SYSREG_WRITE(S3_0_C12_C11_5, sgi);
		isb();
		while (irq_count == before)
			;
		if (i >= 0)
			samples[i] = irq_counter - start;
	}
	report("sgi_self", empty_pair);
}

/* From the moment the timer is due until the handler's first instruction. */
static void measure_vtimer(const char *name, bool in_wfi)
{
	for (int i = -WARM_UP; i < ROUNDS; i++) {
		uint64_t before = irq_count, due;

		if (in_wfi)
			irq_disable();
		due = counter_ordered() + 20000;
		SYSREG_WRITE(cntv_cval_el0, due);
		SYSREG_WRITE(cntv_ctl_el0, 1);
		isb();
		if (in_wfi) {
			wfi();
			irq_enable();
		}
		while (irq_count == before)
			;
		if (i >= 0)
			samples[i] = irq_counter - due;
	}
	report(name, 0);
}

static void take_sgi(void)
{
	unsigned int intid;

	do {
		wfi();
		intid = gic_ack();
	} while (intid >= 1020);
	gic_eoi(intid);
}

void guest_secondary(uint64_t arg)
{
	irq_init((unsigned int)arg);
	second_ready = true;
	__asm__ volatile("dsb sy" ::: "memory");
	for (;;) {
		take_sgi();
		sgi_send(SGI_PONG, 0);
	}
}

static void measure_pingpong(void)
{
	unsigned int intid;

	if (hvc(PSCI_CPU_ON, 1, (uint64_t)secondary, 1) != 0) {
		print("bench: no second CPU, no ping-pong\n");
		return;
	}
	/* A timer wakes us: spinning would starve the other CPU's thread. */
	irq_disable();
	while (!second_ready) {
		SYSREG_WRITE(cntv_cval_el0, counter_ordered() + 100000);
		SYSREG_WRITE(cntv_ctl_el0, 1);
		isb();
		wfi();
	}
	SYSREG_WRITE(cntv_ctl_el0, 0);
	while ((intid = gic_ack()) < 1020)
		gic_eoi(intid);
	for (int i = -WARM_UP; i < ROUNDS; i++) {
		uint64_t start = counter_ordered();

		sgi_send(SGI_PING, 1);
		take_sgi();
		if (i >= 0)
			samples[i] = SYSREG_READ(cntvct_el0) - start;
	}
	report("ipi_pingpong", empty_pair);
}

uint64_t bench_entry(uint64_t entry_count)
{
	return entry_count;
}

void bench_all(void)
{
	measure_exits();
	measure_sgi();
	measure_vtimer("vtimer", false);
	measure_vtimer("vtimer_wfi", true);
	measure_pingpong();
}
