// SPDX-License-Identifier: Apache-2.0
/*
 * The hostile guest: tries everything a guest can do to its host. Each step
 * says its name, so that a host that dies shows where. Nothing here has to
 * succeed; the host and the other guests have to stay as they were.
 *
 * The guest knows which of its own state it must not destroy to be able to go
 * on (its vectors, its MMU set-up, debug exceptions); all else gets random
 * values.
 *
 * Over 600 lines: the steps share the instruction that is rewritten for each
 * try and the traps that it ends in.
 */
#include "guest.h"

static volatile uint64_t traps; /* exceptions taken since step began */
static volatile uint64_t irqs;
static volatile uint64_t storm;        /* interrupts that are left asserted */
static volatile uint64_t fetch_return; /* where a wild jump comes back to */

/* One instruction and a way back, rewritten for each try. */
static uint32_t code[4] __attribute__((aligned(64)));

#define INTID_PTIMER 30
#define RAM_END 0x41000000UL
/* The one page of hardware that this guest is given: nothing answers there. */
#define HOLE_BASE 0x0c000000UL
/* A PL061 with the power key, an SP805. */
#define KEY_BASE 0x09030000UL
#define WATCHDOG_BASE 0x09040000UL
#define WATCHDOG_INTCLR (WATCHDOG_BASE + 0xc)
#define INTID_KEY 39
#define INTID_WATCHDOG 48

void guest_irq(uint64_t count)
{
	unsigned int intid = gic_ack();

	(void)count;
	if (storm)
		storm--;
	if (!storm && intid == INTID_VTIMER)
		SYSREG_WRITE(cntv_ctl_el0, 0);
	if (!storm && intid == INTID_PTIMER)
		SYSREG_WRITE(cntp_ctl_el0, 0);
	if (intid == INTID_WATCHDOG)
		write32(WATCHDOG_INTCLR, 0);
	if (intid == INTID_KEY)
		write32(KEY_BASE + 0x410, 0);
	if (intid < 1020)
		gic_eoi(intid);
	irqs++;
}

static bool in_image(uint64_t addr)
{
	return addr >= (uint64_t)_start && addr < (uint64_t)__bss_end;
}

/* Skip what trapped; come back from where no instruction can be. */
uint64_t guest_sync(uint64_t esr, uint64_t elr, uint64_t far)
{
	unsigned int ec = esr >> 26;

	(void)far;
	traps++;
	if (!in_image(elr))
		return fetch_return;
	return ec == 0x15 || ec == 0x16 ? elr : elr + 4; /* SVC, HVC */
}

extern char el0_back[];

uint64_t guest_sync_lower(uint64_t esr, uint64_t elr, uint64_t far)
{
	(void)elr;
	(void)far;
	traps += esr >> 26 != 0x15;
	return (uint64_t)el0_back;
}

void guest_serror(void)
{
	traps++;
}

void guest_unexpected(void)
{
	print("hostile: trap through an unexpected vector\n");
}

static void begin(const char *what)
{
	print("hostile: ");
	print(what);
	print(" ...");
	traps = 0;
}

static void end(void)
{
	print(" traps ");
	print_dec(traps);
	print("\n");
}

static void write_code(uint32_t first, uint32_t second)
{
	volatile uint32_t *p = code;

	p[0] = first;
	p[1] = second;
	__asm__ volatile(
		"dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(
			code)
		: "memory");
}

#define INSN_RET 0xd65f03c0u
#define INSN_SVC 0xd4000001u

static uint64_t run_el1(uint64_t value)
{
	register uint64_t x0 __asm__("x0") = value;
	register uint64_t x9 __asm__("x9") = (uint64_t)code;

	__asm__ volatile("blr x9"
			 : "+r"(x0), "+r"(x9)
			 :
			 : "memory", "x1", "x2", "x3", "x4", "x5", "x6", "x7",
			   "x8", "x30", "cc");
	return x0;
}

/* Not inlined: it holds the label that traps from EL0 come back to. */
static __attribute__((noinline)) uint64_t run_el0(uint64_t value)
{
	register uint64_t x0 __asm__("x0") = value;

	__asm__ volatile("msr elr_el1, %1\n\t"
			 "mov x9, #0x3c0\n\t"
			 "msr spsr_el1, x9\n\t"
			 "eret\n"
			 ".global el0_back\n"
			 ".hidden el0_back\n"
			 "el0_back:"
			 : "+r"(x0)
			 : "r"(code)
			 : "memory", "x9", "x30", "cc");
	return x0;
}

struct encoding {
	uint8_t op0, op1, crn, crm, op2;
};

#define ANY 0xff
/* Registers whose random value would end this guest, not its host. */
static const struct encoding keep[] = {
	{3, 0, 1, 0, ANY},   /* SCTLR, ACTLR, CPACR, SCTLR2 */
	{3, 0, 2, ANY, ANY}, /* TTBRn, TCR, keys, GCS */
	{3, 0, 12, 0, 0},    /* VBAR */
	{3, 0, 4, 2, ANY},   /* SPSel, PAN, UAO */
	{3, 0, 4, 0, ANY},   /* SPSR, ELR */
	{3, 0, 4, 1, 0},     /* SP_EL0 */
	{3, 3, 4, 2, ANY},   /* DAIF, NZCV, SVCR, DIT */
	{2, 0, 0, ANY, ANY}, /* breakpoints, watchpoints, MDSCR */
	/* QEMU itself dies of some values in these (BPR, EOIR) */
	{3, 0, 12, 8, 3},
	{3, 0, 12, 12, 3},
	{3, 0, 12, 8, 1},
	{3, 0, 12, 12, 1},
};

static bool matches(uint8_t pattern, unsigned int value)
{
	return pattern == ANY || pattern == value;
}

static bool must_keep(const struct encoding *e)
{
	for (unsigned int i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
		if (keep[i].op0 == e->op0 && matches(keep[i].op1, e->op1) &&
		    matches(keep[i].crn, e->crn) &&
		    matches(keep[i].crm, e->crm) &&
		    matches(keep[i].op2, e->op2))
			return true;
	return false;
}

/* MRS x0 / MSR x0: C5.1.3 of the Arm ARM; op0 2 and 3. */
static uint32_t insn_sysreg(const struct encoding *e, bool read)
{
	return 0xd5000000u | (uint32_t)read << 21 | (uint32_t)e->op0 << 19 |
	       (uint32_t)e->op1 << 16 | (uint32_t)e->crn << 12 |
	       (uint32_t)e->crm << 8 | (uint32_t)e->op2 << 5;
}

static void try_sysreg(const struct encoding *e, bool el0)
{
	uint64_t (*run)(uint64_t) = el0 ? run_el0 : run_el1;
	uint64_t traps_before = traps, old;
	bool readable;

	write_code(insn_sysreg(e, true), el0 ? INSN_SVC : INSN_RET);
	old = run(0);
	readable = traps == traps_before;
	write_code(insn_sysreg(e, false), el0 ? INSN_SVC : INSN_RET);
	if (must_keep(e)) {
		if (readable)
			run(old);
		return;
	}
	run(random64());
	run(readable ? old : 0);
}

static void step_sysregs(bool el0)
{
	begin(el0 ? "65536 MRS/MSR encodings at EL0"
		  : "65536 MRS/MSR encodings at EL1");
	for (unsigned int n = 0; n < 1u << 15; n++) {
		struct encoding e = {
			.op0 = 2 + (n >> 14),
			.op1 = n >> 11 & 7,
			.crn = n >> 7 & 15,
			.crm = n >> 3 & 15,
			.op2 = n & 7,
		};

		try_sysreg(&e, el0);
	}
	SYSREG_WRITE(cntv_ctl_el0, 0);
	SYSREG_WRITE(cntp_ctl_el0, 0);
	end();
}

/* op0 1: cache, TLB, address translation; EL2's are undefined here. */
static void step_sys_instructions(void)
{
	begin("16384 SYS encodings at EL1 and EL0");
	for (unsigned int n = 0; n < 1u << 14; n++) {
		/* never our own image: DC ZVA of it would be suicide */
		uint64_t addr = random64() & 1 ? (uint64_t)__bss_end + 4096
					       : random64() >> 16;

		write_code(0xd5080000u | n << 5, INSN_RET);
		run_el1(addr);
		write_code(0xd5080000u | n << 5, INSN_SVC);
		run_el0(addr);
	}
	end();
}

/* Loads and stores of every kind at one address; x0 is the address. */
static const uint32_t accesses[] = {
	0x39400001, 0x79400001, 0xb9400001, 0xf9400001, /* ldr b h w x */
	0x39000001, 0x79000001, 0xb9000001, 0xf9000001, /* str */
	0x39800001, 0x79800001, 0xb9800001,             /* ldrs b h w */
	0xb8404401, 0xf8408c01, 0xb8004401, 0xf8008c01, /* post, pre index */
	0xa9400801, 0x29400801, 0xa9000801, 0x29000801, /* ldp stp */
	0x69400801, 0xa8c10801, 0xa9810801,             /* ldpsw, post, pre */
	0x3dc00001, 0x3d800001, 0xad400801, 0xad000801, /* q, pairs of q */
	0xc85f7c01, 0xc8027c01, 0x885ffc01, 0x8802fc01, /* exclusives */
	0xc87f0801, 0xc8dffc01, 0xc89ffc01,             /* ldxp, ldar, stlr */
	0xf8210001, 0xb8210001, 0x38210001,             /* ldadd x w b */
	0xf8218001, 0xb8218001,                         /* swp */
	0xc8a17c02, 0x88a17c02, 0x48207c02,             /* cas, casp */
	0xd50b7420, 0xd50b7e20, 0xd5087620,             /* dc zva civac ivac */
	0xd50b7520, 0xd5087800, 0xd5087820, /* ic ivau, at s1e1r w */
	0xf8000801, 0xf8400801,             /* sttr, ldtr */
	0xd9200401, 0xf83f8001, 0xf9800000, /* stg, ld64b, prfm */
};

static void access_all(uint64_t addr)
{
	for (unsigned int i = 0; i < sizeof(accesses) / sizeof(accesses[0]);
	     i++) {
		write_code(accesses[i], INSN_RET);
		run_el1(addr);
	}
}

static const uint64_t places[] = {
	0x0,
	0x1000,
	0x07ffffff,
	GICD_BASE,
	GICD_BASE + 0x104,
	GICD_BASE + 0x401,
	GICD_BASE + 0x6000,
	GICD_BASE + 0xfffd,
	HOLE_BASE,
	HOLE_BASE + 8,
	0x08080000,
	0x08090040,
	GICR_BASE,
	GICR_BASE + 8,
	GICR_BASE + 0x10100,
	GICR_BASE + 0x1fffe,
	GICR_BASE + 0x40000,
	UART_BASE,
	UART_BASE + 0x18,
	UART_BASE + 0x30,
	UART_BASE + 0xffd,
	UART_BASE + 0x1000,
	KEY_BASE + 0x40c,
	KEY_BASE + 0x3ff,
	KEY_BASE + 0xffd,
	WATCHDOG_BASE + 4,
	WATCHDOG_BASE + 0xffd,
	0x09010000,
	0x0a000000,
	0x0c000000,
	0x10000000,
	0x3efeffff,
	0x3fffffff,
	0x80000000,
	0xfffffff8,
	0x100000000,
	0x4000000000,
	0x8000000000,
	0xfffffffff0,
	0x0000fffffffff000,
	0xffff000000000000,
	0xfffffffffffffff8,
};

static void uart_restore(void)
{
	write32(UART_BASE + 0x30, 0x301); /* CR: enable, transmit, receive */
	write32(UART_BASE + 0x38, 0);
}

static void jump(uint64_t addr)
{
	__asm__ volatile("adr x9, 1f\n\t"
			 "str x9, [%0]\n\t"
			 "br %1\n"
			 "1:" ::"r"(&fetch_return),
			 "r"(addr)
			 : "x9", "x30", "memory");
}

static void step_wild(const char *what)
{
	begin(what);
	for (unsigned int i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		access_all(places[i]);
		access_all(places[i] + 1);
		jump(places[i] & ~3UL);
	}
	for (unsigned int i = 0; i < 64; i++)
		access_all(random64() >> (16 + i % 24));
	uart_restore();
	end();
}

/* Everything mapped as Normal memory, so that no access is stopped by stage 1
 * before it reaches the host: 512 blocks of 1 GiB, T0SZ 25. */
static void mmu_on(void)
{
	static uint64_t table[512] __attribute__((aligned(4096)));

	for (uint64_t i = 0; i < 512; i++)
		table[i] = i << 30 | 1 << 10 | 3 << 8 | 1;
	SYSREG_WRITE(mair_el1, 0xff);
	SYSREG_WRITE(tcr_el1,
		     25UL | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 5UL << 32);
	SYSREG_WRITE(ttbr0_el1, (uint64_t)table);
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	SYSREG_WRITE(sctlr_el1, SYSREG_READ(sctlr_el1) | 1);
	isb();
}

/* Calls that would end or park this guest are left for the last step. */
static bool ends_guest(uint32_t nr)
{
	uint32_t function = nr & 0xffff;

	if ((nr & 0xbfff0000) != 0x84000000)
		return false;
	return function == 1 || function == 2 || function == 8 ||
	       function == 9 || function == 0xc || function == 0xd ||
	       function == 0xe || function == 0x12;
}

static void step_calls(void)
{
	begin("PSCI, SMCCC and hypercalls");
	for (unsigned int i = 0; i < 20000; i++) {
		static const uint64_t bases[] = {0x84000000, 0xc4000000,
						 0x80000000, 0xc6000000,
						 0x86000000, 0};
		uint64_t nr = bases[i % 6] + (i & 64 ? random64() & 0xffff
						     : random64() & 0x1f);

		if (i % 97 == 0)
			nr = random64();
		if (ends_guest((uint32_t)nr))
			continue;
		(i & 1 ? hvc : smc)(nr, random64() >> (i % 64), random64(),
				    random64());
	}
	write_code(0xd4000002u | 0x1234 << 5, INSN_RET); /* hvc #0x1234 */
	run_el1(0);
	write_code(0xd4000003u | 0xffff << 5, INSN_RET); /* smc #0xffff */
	run_el1(0);
	write_code(0xd4000002u, INSN_SVC); /* hvc at EL0 */
	run_el0(0);
	end();
}

static void step_sgis(void)
{
	begin("SGIs with random targets");
	for (unsigned int i = 0; i < 20000; i++) {
		uint64_t value = random64();

		SYSREG_WRITE(S3_0_C12_C11_5, value);
		SYSREG_WRITE(S3_0_C12_C11_6, ~value);
		SYSREG_WRITE(S3_0_C12_C11_7, value << 7);
		if (i % 64 == 0) {
			irq_enable();
			isb();
			irq_disable();
		}
	}
	end();
}

/* strb, strh, str w, str x, and the loads */
static const uint32_t stores[] = {0x39000001, 0x79000001, 0xb9000001,
				  0xf9000001, 0x39400001, 0x79400001,
				  0xb9400001, 0xf9400001};

static void step_gic_storm(void)
{
	begin("random GIC register accesses");
	for (unsigned int i = 0; i < 20000; i++) {
		uint64_t r = random64();
		uint64_t addr = r & 1 ? GICD_BASE + (r >> 8 & 0xffff)
				      : GICR_BASE + (r >> 8 & 0x3ffff);

		write_code(stores[r >> 1 & 7], INSN_RET);
		run_el1(r & 0x10 ? addr : addr & ~7UL);
	}
	end();
	gic_init(0);
}

static void step_wfi_storm(void)
{
	uint64_t end_at = counter_ordered() + 2 * SYSREG_READ(cntfrq_el0);

	begin("WFI storm");
	gic_init(0);
	/* beside a busy vCPU each halt costs a turn */
	for (unsigned int i = 0; i < 50000 && counter_ordered() < end_at; i++) {
		SYSREG_WRITE(cntv_tval_el0, i % 128);
		SYSREG_WRITE(cntv_ctl_el0, 1);
		isb();
		wfi();
		__asm__ volatile("yield\n\tsev\n\twfe");
		irq_enable();
		isb();
		irq_disable();
	}
	SYSREG_WRITE(cntv_ctl_el0, 0);
	end();
}

/* Interrupts that come again as soon as they are ended. */
static void step_irq_storms(void)
{
	begin("timer, SGI and SPI storms");
	gic_init(0);
	write32(GICR_BASE + GICR_SGI + 0x100, 1u << INTID_PTIMER);
	storm = 5000;
	SYSREG_WRITE(cntv_cval_el0, 0);
	SYSREG_WRITE(cntv_ctl_el0, 1);
	SYSREG_WRITE(cntp_cval_el0, 0);
	SYSREG_WRITE(cntp_ctl_el0, 1);
	irq_enable();
	while (storm)
		isb();
	for (unsigned int i = 0; i < 20000; i++) {
		/* to all but oneself, and to oneself */
		SYSREG_WRITE(S3_0_C12_C11_5,
			     (uint64_t)(i % 16) << 24 | 1UL << 40);
		sgi_send(i % 16, 0);
	}
	for (unsigned int i = 0; i < 20000; i++) {
		uint64_t bank = 4 + 4 * (i % 32);

		write32(GICD_BASE + 0x80 + bank, ~0u);
		write32(GICD_BASE + 0x100 + bank, i);
		write32(GICD_BASE + 0x200 + bank, ~0u);
		write32(GICD_BASE + 0x300 + bank, ~i);
	}
	irq_disable();
	for (uint64_t bank = 4; bank < 0x80; bank += 4) {
		write32(GICD_BASE + 0x180 + bank, ~0u);
		write32(GICD_BASE + 0x280 + bank, ~0u);
		write32(GICD_BASE + 0x380 + bank, ~0u);
	}
	end();
}

/*
 * Everything at every register of power key and watchdog; then the host's
 * timers as fast as they go. The watchdog may end this guest, and does not: it
 * is locked, or not allowed to reset.
 */
static void step_devices(void)
{
	begin("power key and watchdog, timer storms");
	gic_init(0);
	write32(GICD_BASE + 0x104,
		1u << (INTID_KEY % 32) | 1u << (INTID_WATCHDOG % 32));
	write32(WATCHDOG_BASE + 0xc00, 0);
	for (unsigned int i = 0; i < 20000; i++) {
		uint64_t r = random64();
		uint64_t addr =
			(r & 1 ? KEY_BASE : WATCHDOG_BASE) + (r >> 8 & 0xfff);

		write_code(stores[r >> 1 & 7], INSN_RET);
		run_el1(r & 0x10 ? addr : addr & ~7UL);
	}
	irq_enable();
	isb();
	irq_disable();
	write32(WATCHDOG_BASE + 0xc00, 0x1acce551);
	write32(WATCHDOG_BASE, 0);
	write32(WATCHDOG_BASE + 8, 1);
	for (unsigned int i = 0; i < 20000; i++) {
		write32(WATCHDOG_BASE, i % 3);
		write32(WATCHDOG_INTCLR, 0);
		if (i % 16)
			continue;
		irq_enable();
		isb();
		irq_disable();
	}
	write32(WATCHDOG_BASE + 8, 0);
	write32(WATCHDOG_INTCLR, 0);
	write32(KEY_BASE + 0x410, 0);
	end();
}

/* Breakpoints and watchpoints everywhere, single step: none may work, or all
 * of it stays in this guest. */
static void step_debug(void)
{
	begin("debug registers");
	SYSREG_WRITE(oslar_el1, 0);
	SYSREG_WRITE(dbgbvr0_el1, (uint64_t)code);
	SYSREG_WRITE(dbgbcr0_el1, 0x1e7);
	SYSREG_WRITE(dbgwvr0_el1, (uint64_t)code);
	SYSREG_WRITE(dbgwcr0_el1, 0x1ff);
	SYSREG_WRITE(mdscr_el1, 1 << 15 | 1 << 13 | 1);
	isb();
	__asm__ volatile("msr daifclr, #8\n\tisb");
	write_code(0xd503201f, INSN_RET);
	run_el1(0);
	write_code(0xd4200000, INSN_RET); /* brk, hlt, dcps1..3 */
	run_el1(0);
	for (uint32_t i = 0; i < 4; i++) {
		write_code(i ? 0xd4a00000 + i : 0xd4400000, INSN_RET);
		run_el1(0);
	}
	SYSREG_WRITE(mdscr_el1, 0);
	__asm__ volatile("msr daifset, #8");
	end();
}

static void step_flood(void)
{
	begin("console flood");
	for (unsigned int i = 0; i < 20000; i++) /* and never looks at FR */
		write32(UART_BASE, "\x1b[0m\x18]. "[i % 8]);
	write32(UART_BASE, '\n');
	for (uint64_t offset = 0; offset < 0x1000; offset += 4) {
		write32(UART_BASE + offset, offset == 0x30 ? 0x301 : ~0u);
		(void)read32(UART_BASE + offset);
	}
	uart_restore();
	end();
}

/* Its tree, its kernel's file as loaded, all that is not its own code. */
static void step_scribble(void)
{
	volatile uint64_t *p =
		(uint64_t *)(((uint64_t)__bss_end + 4095) & ~4095UL);

	begin("all of RAM overwritten, the tree too");
	for (; (uint64_t)p < RAM_END; p++)
		*p = random64();
	p = (uint64_t *)(RAM_END - 0x1000000);
	for (; (uint64_t)p < (uint64_t)_start; p++)
		*p = random64();
	end();
}

/* Tables of the upper half in every odd place; the lower half stays. */
static void step_walks(void)
{
	uint64_t tcr = SYSREG_READ(tcr_el1);

	begin("page tables in odd places");
	/* T1SZ 25, TG1 4 KiB, cached and not */
	for (unsigned int i = 0; i < 2 * sizeof(places) / sizeof(places[0]);
	     i++) {
		uint64_t base = places[i / 2] & 0x0000fffffffff000;

		SYSREG_WRITE(tcr_el1, (tcr & ~(1UL << 23)) | 25UL << 16 |
					      2UL << 30 |
					      (i & 1 ? 5UL << 24 : 0));
		SYSREG_WRITE(ttbr1_el1, base);
		isb();
		access_all(0xffffff8000000000 + (random64() & 0x7ffffffff8));
		access_all(0xffffffffffffffe0);
		jump(0xffffff8000001000);
	}
	SYSREG_WRITE(tcr_el1, tcr);
	isb();
	end();
}

static uint64_t upper_table[512] __attribute__((aligned(4096)));

/*
 * The second CPU keeps walking page tables that lie in a device. First it
 * makes the host read its instruction through tables where nothing answers.
 */
void guest_secondary(uint64_t arg)
{
	(void)arg;
	for (uint64_t i = 0; i < 512; i++)
		upper_table[i] = i << 30 | 1 << 10 | 3 << 8 | 1;
	SYSREG_WRITE(mair_el1, 0xff);
	SYSREG_WRITE(tcr_el1, 25UL | 25UL << 16 | 5UL << 32 | 2UL << 30);
	SYSREG_WRITE(ttbr0_el1, (uint64_t)upper_table);
	SYSREG_WRITE(ttbr1_el1, (uint64_t)upper_table);
	isb();
	SYSREG_WRITE(sctlr_el1, SYSREG_READ(sctlr_el1) | 1);
	__asm__ volatile("mov sp, %3\n\t" /* so its traps never end */
			 "isb\n\t"
			 "msr ttbr0_el1, %0\n\t"
			 "isb\n\t"
			 "ldp x2, x3, [%1]\n\t"
			 "msr ttbr0_el1, %2\n\t"
			 "isb\n"
			 "1: b 1b" ::"r"(HOLE_BASE),
			 "r"(0xffffff8000000000 | UART_BASE), "r"(UART_BASE),
			 "r"(0x3f000000UL)
			 : "x2", "x3", "memory");
}

static void step_other_cpus(void)
{
	begin("a CPU with page tables in devices, wild entries");
	print_hex(hvc(PSCI_CPU_ON, 1, (uint64_t)secondary, 0));
	print_hex(hvc(PSCI_CPU_ON, 1, 0x123456789abc, 0));
	print_hex(hvc(PSCI_CPU_ON, 2, 0x123456789abc, 0));
	print_hex(hvc(PSCI_CPU_ON, 2, UART_BASE, 0));
	print_hex(hvc(PSCI_CPU_ON, 0xdead00beef, (uint64_t)secondary, 0));
	end();
}

/*
 * A CPU whose first instruction is none and whose vectors are nowhere: a host
 * may end the guest for that, so it comes last.
 */
static void step_dead_cpu(void)
{
	uint64_t end_at = counter_ordered() + 60 * SYSREG_READ(cntfrq_el0);

	print_hex(hvc(PSCI_CPU_ON, 2, RAM_END - 4, 0));
	while (counter_ordered() < end_at)
		;
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	(void)entry_count;
	(void)arg;
	gic_init(0);
	step_other_cpus();
	step_sysregs(false);
	step_sysregs(true);
	step_sys_instructions();
	step_wild("wild accesses, MMU off");
	step_calls();
	step_sgis();
	step_gic_storm();
	step_wfi_storm();
	step_irq_storms();
	step_devices();
	step_debug();
	step_flood();
	step_scribble();
	mmu_on();
	step_wild("wild accesses, MMU on");
	step_walks();
	print("hostile: done, interrupts ");
	print_dec(irqs);
	print("\n");
	step_dead_cpu();
	power_off();
}
