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
 *	t  how many ticks of how many, and how the physical counter has moved
 *	   against the virtual one
 *	k  power off when the power key is pressed
 *	o  power off	r  reset	x  die
 *	d  overwrite everything and spin	D  overwrite everything and reset
 */
#include "guest.h"

extern char _start[], __bss_start[], __bss_end[];

#define RAM_BASE 0x40000000UL
#define RAM_SIZE (4UL << 20)
#define GPIO_BASE 0x09030000UL
#define INTID_GPIO 39
#define TICKS_PER_S 100

#define FDT_BEGIN_NODE 1
#define FDT_END_NODE 2
#define FDT_PROP 3
#define FDT_NOP 4

struct ticks {
	uint64_t start, period;
	volatile uint64_t count;
	volatile uint64_t offset; /* physical less virtual counter */
	volatile uint64_t moves;
};

static struct ticks ticks[2];
static volatile unsigned int cpus_ticking;
static uint64_t dtb, dtb_size;

/*
 * The tree
 */

static uint32_t be32(uint64_t addr)
{
	return __builtin_bswap32(read32(addr));
}

static bool begins(const char *text, const char *with)
{
	while (*with && *text == *with)
		text++, with++;
	return !*with;
}

/* Wherever in the tree it stands. */
static bool tree_says(const char *text)
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

static void expect(const char *what, uint64_t value, uint64_t cold)
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

static void registers_check(void)
{
	uint64_t fp;

	__asm__ volatile(".arch_extension fp\n\tfmov %0, d8" : "=r"(fp));
	expect("x1 to x3", start_regs, 0);
	expect("d8", fp, 0);
	expect("SCTLR_EL1.M,C,I", SYSREG_READ(sctlr_el1) & 0x1005, 0);
	expect("TTBR0_EL1", SYSREG_READ(ttbr0_el1), 0);
	expect("TCR_EL1", SYSREG_READ(tcr_el1), 0);
	expect("MAIR_EL1", SYSREG_READ(mair_el1), 0);
	expect("TPIDR_EL1", SYSREG_READ(tpidr_el1), 0);
	expect("TPIDR_EL0", SYSREG_READ(tpidr_el0), 0);
	expect("CONTEXTIDR_EL1", SYSREG_READ(contextidr_el1), 0);
	expect("CNTV_CTL_EL0", SYSREG_READ(cntv_ctl_el0) & 3, 0);
	expect("CNTP_CTL_EL0", SYSREG_READ(cntp_ctl_el0) & 3, 0);
	/* the counter began anew: well below an hour */
	expect("CNTVCT_EL0 / h",
	       counter_ordered() / (SYSREG_READ(cntfrq_el0) * 3600), 0);
}

static void devices_check(void)
{
	uint64_t sgi = GICR_BASE + GICR_SGI;

	expect("GICD_CTLR", read32(GICD_BASE) & 3, 0);
	expect("GICD_ISENABLER1", read32(GICD_BASE + 0x104), 0);
	expect("GICD_ISPENDR1", read32(GICD_BASE + 0x204), 0);
	expect("GICD_ISACTIVER1", read32(GICD_BASE + 0x304), 0);
	expect("GICD_IPRIORITYR8", read32(GICD_BASE + 0x420), 0);
	expect("GICR_WAKER", read32(GICR_BASE + 0x14) & 2, 2);
	expect("GICR_ISENABLER0", read32(sgi + 0x100) & ~0xffffU, 0);
	expect("GICR_ISPENDR0", read32(sgi + 0x200), 0);
	expect("GICR_ISACTIVER0", read32(sgi + 0x300), 0);
	expect("GICR_IPRIORITYR6", read32(sgi + 0x418), 0);
	SYSREG_WRITE(S3_0_C12_C12_5, 1); /* ICC_SRE_EL1 */
	isb();
	expect("ICC_PMR_EL1", SYSREG_READ(S3_0_C4_C6_0), 0);
	expect("ICC_IGRPEN1_EL1", SYSREG_READ(S3_0_C12_C12_7), 0);
	expect("ICC_RPR_EL1", SYSREG_READ(S3_0_C12_C11_3) & 0xff, 0xff);
	expect("UARTIMSC", read32(UART_BASE + 0x38), 0);
	expect("UARTCR", read32(UART_BASE + 0x30), 0x300);
	if (!tree_says("arm,pl061"))
		return;
	expect("GPIODIR", read32(GPIO_BASE + 0x400), 0);
	expect("GPIOIE", read32(GPIO_BASE + 0x410), 0);
}

static void start_report(void)
{
	ram_check();
	registers_check();
	devices_check();
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

static void registers_dirty(void)
{
	__asm__ volatile(".arch_extension fp\n\tfmov d8, %0" ::"r"(~0UL));
	SYSREG_WRITE(ttbr0_el1, 0x40100000);
	SYSREG_WRITE(tcr_el1, 0x19);
	SYSREG_WRITE(mair_el1, 0xff);
	SYSREG_WRITE(tpidr_el1, ~0UL);
	SYSREG_WRITE(tpidr_el0, ~0UL);
	SYSREG_WRITE(contextidr_el1, 0x1234);
	SYSREG_WRITE(cntv_tval_el0, 1);
	SYSREG_WRITE(cntv_ctl_el0, 1);
	SYSREG_WRITE(cntp_tval_el0, 1);
	SYSREG_WRITE(cntp_ctl_el0, 1);
}

static void devices_dirty(void)
{
	uint64_t sgi = GICR_BASE + GICR_SGI;

	write32(GICD_BASE + 0x104, ~0U);
	write32(GICD_BASE + 0x204, ~0U);
	write32(GICD_BASE + 0x304, 0xf0);
	for (unsigned int i = 0; i < 32; i += 4) {
		write32(GICD_BASE + 0x420 + i, 0xa0a0a0a0);
		write32(sgi + 0x400 + i, 0x50505050);
	}
	write32(sgi + 0x100, ~0U);
	write32(sgi + 0x200, ~0U);
	gic_ack(); /* and never ended: active, with a running priority */
	write32(sgi + 0x300, 0xff00);
	write32(UART_BASE + 0x38, 0x7ff);
	write32(UART_BASE + 0x30, 0x301);
	if (!tree_says("arm,pl061"))
		return;
	write32(GPIO_BASE + 0x400, 0xf7);
	write32(GPIO_BASE + 0x410, 0xff);
}

/*
 * All of RAM but the few instructions that do it: @nr is the call that
 * follows, 0 for none.
 */
static void ram_dirty(uint64_t nr) __attribute__((noreturn));
static void ram_dirty(uint64_t nr)
{
	register uint64_t call __asm__("x0") = nr;
	uint64_t at = RAM_BASE;

	__asm__ volatile("	adr	x3, 1f\n"
			 "	adr	x4, 4f\n"
			 "	b	1f\n"
			 "	.balign	64\n"
			 "1:	cmp	%1, x3\n"
			 "	b.lo	2f\n"
			 "	cmp	%1, x4\n"
			 "	b.lo	3f\n"
			 "2:	str	%3, [%1]\n"
			 "3:	add	%1, %1, #8\n"
			 "	cmp	%1, %2\n"
			 "	b.lo	1b\n"
			 "	cbz	x0, .\n"
			 "	hvc	#0\n"
			 "	b	.\n"
			 "	.balign	64\n"
			 "4:\n"
			 : "+r"(call), "+r"(at)
			 : "r"(RAM_BASE + RAM_SIZE), "r"(0xdeadbeefdeadbeefUL)
			 : "x3", "x4", "memory", "cc");
	__builtin_unreachable();
}

static void dirty(uint64_t nr) __attribute__((noreturn));
static void dirty(uint64_t nr)
{
	print("life: overwriting everything\n");
	irq_disable();
	registers_dirty();
	devices_dirty();
	ram_dirty(nr);
}

/* Through frames that a backtrace finds. */
static void __attribute__((noinline)) die_here(uint64_t nowhere)
{
	SYSREG_WRITE(vbar_el1, nowhere);
	isb();
	((void (*)(void))(nowhere + 0x1000))();
	__asm__ volatile("" ::: "memory"); /* no tail call */
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

/* Both counters at one moment, or as near as it gets in a few tries. */
static uint64_t offset_read(uint64_t freq)
{
	uint64_t before = 0, phys = 0, after;

	for (unsigned int i = 0; i < 100; i++) {
		before = counter_ordered();
		phys = SYSREG_READ(cntpct_el0);
		after = counter_ordered();
		if (after - before < freq / 20000)
			break;
	}
	return phys - before;
}

static void offset_watch(struct ticks *t, uint64_t freq)
{
	uint64_t offset = offset_read(freq);

	if (offset - t->offset > freq / 100 && t->offset - offset > freq / 100)
		t->moves++;
	else
		return;
	t->offset = offset;
}

static unsigned int this_cpu(void)
{
	return SYSREG_READ(mpidr_el1) & 1;
}

static void ticks_start(void)
{
	struct ticks *t = &ticks[this_cpu()];
	uint64_t freq = SYSREG_READ(cntfrq_el0);

	t->period = freq / TICKS_PER_S;
	t->start = counter_ordered();
	t->offset = offset_read(freq);
	SYSREG_WRITE(cntv_cval_el0, t->start + t->period);
	SYSREG_WRITE(cntv_ctl_el0, 1);
	irq_enable();
}

static void tick(void)
{
	struct ticks *t = &ticks[this_cpu()];

	t->count++;
	SYSREG_WRITE(cntv_cval_el0, t->start + (t->count + 1) * t->period);
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
	unsigned int intid = gic_ack();

	(void)count;
	if (intid == INTID_VTIMER)
		tick();
	if (intid == INTID_GPIO) {
		print("life: the power key\n");
		power_off();
	}
	if (intid < 1020)
		gic_eoi(intid);
}

uint64_t guest_sync(uint64_t esr, uint64_t elr, uint64_t far)
{
	print("life: unexpected exception, syndrome ");
	print_hex(esr);
	print(" at ");
	print_hex(elr);
	print(", address ");
	print_hex(far);
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
	gic_init(1);
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
	write32(GPIO_BASE + 0x404, 0);      /* edges */
	write32(GPIO_BASE + 0x40c, 1 << 3); /* rising */
	write32(GPIO_BASE + 0x410, 1 << 3);
	write32(GICD_BASE + 0x084, ~0U); /* group 1 */
	write32(GICD_BASE + 0x104, 1U << (INTID_GPIO - 32));
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
		hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
		break;
	case 'x':
		die();
		break;
	case 'd':
		dirty(0);
	case 'D':
		dirty(PSCI_SYSTEM_RESET);
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
		hvc(PSCI_SYSTEM_RESET, 0, 0, 0);
	if (tree_says("life=die"))
		die();
	start_report();
	write32(UART_BASE + 0x30, 0x301); /* on: keys arrive */
	gic_init(0);
	ticks_start();
	cpus_ticking = 1;
	hvc(PSCI_CPU_ON, 1, (uint64_t)secondary, 0); /* if there is one */
	for (;;) {
		while (!(read32(UART_BASE + 0x18) & (1 << 4)))
			key((char)read32(UART_BASE));
		wfi();
	}
}
