// SPDX-License-Identifier: Apache-2.0
/*
 * SBI with any numbers: the answer is one of the specification's, the right one
 * where it is known, and nothing but a0 and a1 and the memory named is changed.
 */
#include "hostile.h"

#define ECALL 0x73
#define GUARD 4096

static uint8_t named[3 * GUARD] __attribute__((aligned(4096)));

static const uint32_t eids[] = {
	SBI_BASE,
	SBI_TIMER,
	SBI_IPI,
	SBI_RFENCE,
	SBI_HSM,
	SBI_RESET,
	SBI_CONSOLE,
	SBI_STA,
	SBI_HYPERCALL,
	0x504d55 /* PMU */,
	0x53555350 /* SUSP */,
	0x43505043 /* CPPC */,
	0x4e41434c /* NACL */,
	0x46574654 /* FWFT */,
	0x44425452 /* DBTR */,
	0x4d505859 /* MPXY */,
	0x535345 /* SSE */,
	0x08000000,
	0x09000000,
	0x0a000000,
	0,
	1,
	2,
	3,
	4,
	5,
	6,
	7,
	8,
};
#define EIDS (sizeof(eids) / sizeof(eids[0]))

/* Printable: console calls may show it. */
static uint64_t pattern(uint64_t at)
{
	return ((at * 0x9e3779b97f4a7c15) & 0x0f0f0f0f0f0f0f0f) |
	       0x4040404040404040;
}

static uint64_t pattern_begin(void)
{
	return ((uint64_t)__bss_end + 0xffff) & ~0xfffful;
}

static void memory_fill(void)
{
	for (uint64_t at = pattern_begin(); at < RAM_END; at += 8)
		*(uint64_t *)at = pattern(at);
	for (unsigned int i = 0; i < sizeof(named); i++)
		named[i] = '-';
}

static void memory_check(void)
{
	uint64_t bad = 0;

	for (uint64_t at = pattern_begin(); at < RAM_END; at += 8)
		bad += *(volatile uint64_t *)at != pattern(at);
	check(!bad, "memory changed", bad, 0);
	bad = 0;
	for (unsigned int i = 0; i < sizeof(named); i++)
		if (i < GUARD || i >= 2 * GUARD)
			bad += ((volatile uint8_t *)named)[i] != '-';
	check(!bad, "memory changed beside the buffer", bad, 0);
}

static uint64_t wild(void)
{
	static const uint64_t at[] = {
		0,
		1,
		UART_BASE,
		PLIC_BASE,
		HOLE,
		NOTHING,
		RAM_BASE - 1,
		RAM_END,
		RAM_END - 1,
		RAM_END - 7,
		~0ul,
		~0ul - 7,
		1ul << 63,
		RAM_BASE + 3,
		RAM_END - 64,
		0x100000,
		1ul << 32 | RAM_BASE,
	};
	uint64_t r = noise();

	switch (r & 7) {
	case 0:
		return r >> 56;
	case 1:
		return (uint64_t)named + GUARD;
	case 2:
		return r >> (r >> 8 & 63);
	case 3:
		return r;
	default:
		return at[(r >> 8) % (sizeof(at) / sizeof(at[0]))];
	}
}

/* Ends or parks the caller; later steps call them. */
static bool ends_guest(uint64_t eid, uint64_t fid)
{
	return eid == 8 || eid == SBI_RESET ||
	       (eid == SBI_HSM && (fid == 1 || fid == 3));
}

static bool is_legacy(uint64_t eid)
{
	return eid <= 8;
}

/* Return: a0 */
static int64_t call(uint64_t eid, uint64_t fid, const uint64_t *args)
{
	struct hart *hart = hart_here();
	uint64_t before[32];

	for (unsigned int i = 1; i < 32; i++)
		hart->x[i] = noise();
	for (unsigned int i = 2; i < 6; i++)
		hart->x[A0 + i] = args[i];
	hart->x[16] = fid;
	hart->x[17] = eid;
	for (unsigned int i = 1; i < 32; i++)
		before[i] = hart->x[i];
	before[A1] = args[1];
	check(try_insn(ECALL, VS, args[0], args[1]) == NONE, "call trapped",
	      eid, fid);
	for (unsigned int i = 1; i < 32; i++)
		check(hart->x[i] == before[i] || i == A0 ||
			      (i == A1 && !is_legacy(eid)),
		      "register changed", eid << 32 | (uint32_t)fid, i);
	return (int64_t)hart->x[A0];
}

/* Harts 0 to 2 exist. */
static bool harts_exist(uint64_t mask, uint64_t base)
{
	if (base == ~0ul)
		return true;
	for (uint64_t i = 0; i < 64; i++)
		if (mask >> i & 1 && (base + i < base || base + i >= HARTS))
			return false;
	return true;
}

/* What is to be answered, where it is known; 1: it is not. */
static int64_t answer_of(uint64_t eid, uint64_t fid, const uint64_t *a)
{
	if (eid == SBI_IPI && fid == 0)
		return harts_exist(a[0], a[1]) ? 0 : -3;
	if (eid == SBI_RFENCE && fid == 0)
		return harts_exist(a[0], a[1]) ? 0 : -3;
	if (eid == SBI_RFENCE && fid <= 2)
		return harts_exist(a[0], a[1]) ? 1 : -3;
	if (eid == SBI_HSM && fid == 0)
		return a[0] >= HARTS ? -3 : a[0] == 0 ? -6 : -5;
	if (eid == SBI_HSM && fid == 2)
		return a[0] >= HARTS ? -3 : 0;
	if (eid == SBI_TIMER && fid == 0)
		return 0;
	if (eid == SBI_BASE && fid <= 6)
		return 0;
	if ((eid == SBI_IPI || eid == SBI_TIMER) && fid)
		return -2;
	if ((eid == SBI_RFENCE && fid > 2) || (eid == SBI_HSM && fid > 3) ||
	    (eid == SBI_BASE && fid > 6) || (eid == SBI_CONSOLE && fid > 2) ||
	    (eid == SBI_STA && fid))
		return -2;
	return 1;
}

static void try_call(uint64_t eid, uint64_t fid)
{
	uint64_t a[6];
	int64_t error, wanted;

	if (ends_guest(eid, fid))
		return;
	for (unsigned int i = 0; i < 6; i++)
		a[i] = wild();
	/* a start that succeeds is the next step's; RAM is not among these */
	if (eid == SBI_HSM && fid == 0)
		a[1] = noise() & 1 ? RAM_END + (a[1] & 0xffff) : a[1] | 1;
	/* these write: where it is known, or nowhere */
	if (eid == SBI_CONSOLE && fid == 1 &&
	    a[1] - RAM_BASE < RAM_END - RAM_BASE) {
		a[0] &= GUARD - 1;
		a[1] = (uint64_t)named + GUARD;
	}
	if (eid == SBI_STA && a[0] - RAM_BASE < RAM_END - RAM_BASE)
		a[0] = (uint64_t)named + GUARD + (a[0] & 0xff);
	error = call(eid, fid, a);
	if (eid == SBI_STA && !error)
		sbi(SBI_STA, 0, ~0ul, ~0ul, 0);
	if (eid == SBI_HYPERCALL)
		return; /* its own errors */
	if (is_legacy(eid)) {
		check((error <= 0 && error >= -9) || eid == 2, "legacy error",
		      eid, (uint64_t)error);
		return;
	}
	check(error <= 0 && error >= -9, "error is none", eid << 32 | fid,
	      (uint64_t)error);
	wanted = answer_of(eid, fid, a);
	check(wanted == 1 || error == wanted, "error", eid << 32 | fid,
	      (uint64_t)error);
}

/* Memory that is not there, or not all of it */
static void try_memory(void)
{
	static const uint64_t bad[][3] = {
		{1, RAM_END, 0},
		{2, RAM_END - 1, 0},
		{1, RAM_BASE - 1, 0},
		{16, RAM_BASE - 8, 0},
		{~0ul, RAM_BASE, 0},
		{1, UART_BASE, 0},
		{4, PLIC_BASE, 0},
		{1, HOLE, 0},
		{1, NOTHING, 0},
		{16, ~0ul - 7, 0},
		{1, ~0ul, 0},
		{~0ul, ~0ul, 0},
		{1, RAM_BASE, 1},
		{1, RAM_BASE, ~0ul},
		{RAM_END, 0, 0},
		{0x1000001, RAM_BASE, 0},
		{1ul << 63, 1ul << 63, 0},
	};

	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		for (uint64_t fid = 0; fid < 2; fid++)
			check(sbi(SBI_CONSOLE, fid, bad[i][0], bad[i][1],
				  bad[i][2])
					      .error == -3,
			      "console by no memory", bad[i][0], bad[i][1]);
	check(sbi(SBI_CONSOLE, 0, 1, RAM_END - 1, 0).error == 0,
	      "console by RAM's last byte", 0, 0);
}

void step_sbi(void)
{
	begin("SBI calls with any numbers");
	memory_fill();
	for (unsigned int i = 0; i < EIDS; i++)
		for (uint64_t fid = 0; fid < 16; fid++)
			for (unsigned int n = 0; n < 24; n++)
				try_call(eids[i], fid);
	for (unsigned int i = 0; i < 8000; i++) {
		uint64_t eid = i & 1 ? eids[noise() % EIDS] : wild();
		uint64_t fid = i & 2 ? noise() & 7 : wild();

		try_call(eid, fid);
	}
	try_memory();
	memory_check();
	sbi_timer(~0ul);
	CSR_CLEAR(sip, SIE_SOFT);
	end();
}

/*
 * Harts that come and go
 */

static volatile uint64_t comings, granted;
static volatile bool storming;

static void come(void)
{
	/* the steps before have left what they liked there */
	check(floats_zero(), "f registers of a new hart", 0, 0);
	__atomic_fetch_add(&comings, 1, __ATOMIC_SEQ_CST);
}

static void start_other(void)
{
	struct sbi_ret ret =
		sbi(SBI_HSM, 0, 1, (uint64_t)hostile_secondary, (uint64_t)come);

	if (!ret.error)
		__atomic_fetch_add(&granted, 1, __ATOMIC_SEQ_CST);
	else
		check(ret.error == -6, "start", (uint64_t)ret.error, 0);
}

static void starter(void)
{
	while (storming)
		start_other();
}

#define SUSPENDED 4 /* HSM's state, table 16 */

static volatile uint64_t woken;

static void come_back(void)
{
	woken++;
}

/* Sleeps until an IPI; comes back at another entry, or behind the call. */
static void sleeper_keep(void)
{
	CSR_WRITE(sie, SIE_SOFT);
	check(!sbi(SBI_HSM, 3, 0, 0, 0).error, "suspend", 0, 0);
	CSR_CLEAR(sip, SIE_SOFT);
	woken++;
}

static void sleeper_lose(void)
{
	CSR_WRITE(sie, SIE_SOFT);
	sbi(SBI_HSM, 3, 0x80000000, (uint64_t)hostile_secondary,
	    (uint64_t)come_back);
	check(false, "suspend came back", 0, 0);
}

static void try_suspend(void (*sleeper)(void))
{
	for (unsigned int i = 0; i < 40; i++) {
		uint64_t before = woken, until = counter() + 100000000;

		if (!check(hart_run(1, sleeper), "sleeper starts", i, 0))
			return;
		while (sbi(SBI_HSM, 2, 1, 0, 0).value != SUSPENDED &&
		       counter() < until)
			;
		check(counter() < until, "it is suspended", i, 0);
		while (woken == before && counter() < until) {
			sbi(SBI_IPI, 0, 2, 0, 0);
			for (unsigned int n = noise() & 0xfff; n; n--)
				__asm__ volatile("");
		}
		check(woken == before + 1 && hart_wait(1), "woken", woken,
		      before);
	}
}

void step_hart_storm(void)
{
	static const uint64_t types[] = {1,          2,          0x0fffffff,
					 0x10000000, 0x7fffffff, 0x80000001,
					 0x8fffffff, 0x90000000, 0xffffffff};
	uint64_t until;

	begin("harts started, stopped and suspended");
	comings = granted = 0;
	storming = true;
	if (!check(hart_run(2, starter), "hart starts", 0, 0))
		return;
	harts[1].id = 1;
	harts[1].random = 77;
	until = counter() + 20000000;
	while (counter() < until)
		start_other();
	storming = false;
	check(hart_wait(2) && hart_wait(1) && comings == granted && granted > 9,
	      "starts and comings", comings, granted);
	for (unsigned int i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		int64_t error = sbi(SBI_HSM, 3, types[i], RAM_BASE, 0).error;

		check(error == -3 || error == -2, "suspend type", types[i],
		      (uint64_t)error);
	}
	check(sbi(SBI_HSM, 3, 0x80000000, RAM_END, 0).error == -5,
	      "resume address", 0, 0);
	check(sbi(SBI_RESET, 0, 3, 0, 0).error == -3, "reset type", 0, 0);
	check(sbi(SBI_RESET, 0, 0, 2, 0).error == -3, "reset reason", 0, 0);
	check(sbi(SBI_RESET, 0, 0xf0000000, 0, 0).error == -3, "reset type", 0,
	      0);
	try_suspend(sleeper_keep);
	try_suspend(sleeper_lose);
	end();
}

/*
 * Interrupts as fast as they go
 */

static void irq_storm(void)
{
	CSR_WRITE(sie, SIE_SOFT | SIE_TIMER | SIE_EXTERNAL);
	for (unsigned int i = 0; i < 4000; i++) {
		sbi_timer(i % 4 == 0   ? 0
			  : i % 4 == 1 ? counter()
				       : counter() + i % 256);
		sbi(SBI_IPI, 0, noise() & 7, i % 8 ? 0 : ~0ul, 0);
		if (i % 16 == 0)
			sbi(SBI_RFENCE, noise() % 3, noise() & 7, 0, noise());
		if (i % 8 == 3) { /* masked, so that it is not lost before */
			sbi_timer(counter() + 10);
			__asm__ volatile("wfi");
		}
		CSR_SET(sstatus, SSTATUS_SIE);
		CSR_CLEAR(sstatus, SSTATUS_SIE);
	}
	CSR_WRITE(sie, 0);
}

static void pending_is(uint64_t deadline, bool pending)
{
	sbi_timer(deadline);
	check(!(CSR_READ(sip) & SIE_TIMER) == !pending, "timer pending",
	      deadline, pending);
}

void step_interrupts(void)
{
	uint64_t before = hart_here()->irqs;

	begin("timers and interrupts between harts");
	CSR_WRITE(sie, 0);
	for (unsigned int i = 0; i < 200; i++) {
		pending_is(0, true);
		pending_is(~0ul, false);
		pending_is(counter(), true);
		pending_is(1ul << 63, false);
		pending_is(1, true);
		pending_is(~0ul - 1, false);
		pending_is(counter() + 1000000000, false);
	}
	sbi_timer(~0ul);
	if (!check(hart_run(1, irq_storm) && hart_run(2, irq_storm),
		   "harts start", 0, 0))
		return;
	irq_storm();
	check(hart_wait(1) && hart_wait(2), "harts stop", 0, 0);
	check(hart_here()->irqs > before + 4000, "interrupts",
	      hart_here()->irqs, before);
	sbi_timer(~0ul);
	CSR_CLEAR(sip, SIE_SOFT);
	end();
}
