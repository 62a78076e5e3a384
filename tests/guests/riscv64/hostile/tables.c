// SPDX-License-Identifier: Apache-2.0
/*
 * Page tables that lead out of RAM, into devices, in circles; pages that can be
 * executed and not read; tables that another hart changes meanwhile.
 */
#include "hostile.h"

#define V 0x01ul
#define R 0x02ul
#define W 0x04ul
#define X 0x08ul
#define U 0x10ul
#define AD 0xc0ul
#define PTE(at, flags) ((uint64_t)(at) >> 12 << 10 | (flags))
#define PPN_MAX (((1ul << 44) - 1) << 12)

#define SV39 8ul
#define SV57 10ul
#define WINDOW 16 /* entry of the uppermost table that the tries change */

struct page {
	uint64_t entry[512];
} __attribute__((aligned(4096)));

/* root: identity; above it what Sv48 and Sv57 want; chain: to 4 KiB pages */
static struct page root, above[2], chain[4];
static struct page code_page, other_code, data_page, other_data;

static uint64_t satp_for(uint64_t mode)
{
	const struct page *top = mode == SV39 ? &root : &above[mode - 9];

	return mode << 60 | (uint64_t)top >> 12;
}

static void fence(void)
{
	__asm__ volatile("fence rw, rw\n\tsfence.vma\n\t.4byte 0x100f" ::
				 : "memory");
}

static bool satp_take(uint64_t satp)
{
	CSR_WRITE(satp, satp);
	fence();
	return CSR_READ(satp) == satp;
}

void mmu_on(void)
{
	for (uint64_t i = 0; i < 4; i++)
		root.entry[i] = PTE(i << 30, V | R | W | X | AD);
	above[0].entry[0] = PTE(&root, V);
	above[1].entry[0] = PTE(&above[0], V);
	satp_take(satp_for(SV39));
}

void mmu_off(void)
{
	CSR_WRITE(satp, 0);
	fence();
}

/*
 * One entry after the other
 */

/* LD, SD, AMOADD.D, LR.D, SC.D, FLD by a0 */
static const struct {
	uint32_t insn;
	bool load;
} tries[] = {{0x00053583, true}, {0x00b53023, false}, {0x00b5362f, false},
	     {0x1005362f, true}, {0x18b5362f, false}, {0x00053587, true}};

static bool causes_are(uint64_t cause, bool load, bool page)
{
	return cause == (page ? (load ? LOAD_PAGE : STORE_PAGE)
			      : (load ? LOAD_ACCESS : STORE_ACCESS));
}

/* Every access of @va is a page fault, or an access fault. */
static void all_fault(uint64_t va, bool page, const char *what, uint64_t entry)
{
	const struct hart *hart = hart_here();
	uint64_t cause;

	for (unsigned int i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		cause = try_insn(tries[i].insn, VS, va, 0);
		check((causes_are(cause, tries[i].load, page) &&
		       hart->value == va) ||
			      (cause == NONE && hart->x[12] &&
			       tries[i].insn == 0x18b5362f),
		      what, entry, tries[i].insn);
	}
	cause = try_at(va, VS);
	check(cause == (page ? FETCH_PAGE : FETCH_ACCESS) &&
		      hart->value == va && hart->pc == va,
	      what, entry, 0);
}

static const uint64_t nowhere[] = {
	0,       0x1000,    NOTHING,           UART_BASE,   PLIC_BASE,
	HOLE,    RAM_END,   RAM_BASE - 0x1000, 0x100000,    0x100000000,
	PPN_MAX, 1ul << 40, (1ul << 41),       (1ul << 50), 1ul << 55,
};
#define NOWHERE (sizeof(nowhere) / sizeof(nowhere[0]))

/* The last level's entries; what they name is no RAM. */
static void try_leaves(struct page *last, uint64_t va)
{
	for (unsigned int i = 0; i < NOWHERE; i++) {
		last->entry[0] = PTE(nowhere[i], V | R | W | X | AD);
		fence();
		if (nowhere[i] != UART_BASE && nowhere[i] != PLIC_BASE) {
			all_fault(va + 8, false, "leaf", last->entry[0]);
			continue;
		}
		check(try_insn(0x00054583, VS, va + 5, 0) == NONE,
		      "device by a page table", nowhere[i], 0);
		check(try_at(va, VS) == FETCH_ACCESS, "fetch by a page table",
		      nowhere[i], 0);
	}
}

/* Entries that are none for one reason or the other */
static void try_broken(struct page *last, uint64_t va)
{
	static const uint64_t broken[] = {
		R | W | X | AD,                 /* not valid */
		V | W | AD,                     /* reserved: W and not R */
		V | W | X | AD,                 /* the same */
		V,                              /* no leaf at the last level */
		V | R | W | X | U | AD,         /* VU's, and no SUM */
		V | R | W | X | AD | 1ul << 60, /* reserved */
		V | R | W | X | AD | 1ul << 54,
		V | AD, /* no leaf with A and D */
	};

	for (unsigned int i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		last->entry[0] = PTE(&data_page, broken[i]);
		fence();
		all_fault(va + 8, true, "broken entry", broken[i]);
	}
	/* where A is 0 the hart may set it, or not */
	last->entry[0] = PTE(&data_page, V | R | W);
	fence();
	if (try_insn(0x00053583, VS, va, 0) != NONE)
		all_fault(va + 8, true, "A is 0", 0);
	else
		check(last->entry[0] & 0x40, "A was set", last->entry[0], 0);
}

/* Svinval: the three are one SFENCE.VMA. A hart that remembers the entry, as
 * QEMU does, shows whether they did anything. */
static void try_sinval(struct page *last, uint64_t va)
{
	uint64_t value;

	data_page.entry[0] = 0x1111;
	other_data.entry[0] = 0x2222;
	last->entry[0] = PTE(&data_page, V | R | W | AD);
	fence();
	for (unsigned int i = 0; i < 4; i++) {
		register uint64_t at __asm__("a0") = va;

		value = *(volatile uint64_t *)va;
		check(value == (i & 1 ? 0x2222 : 0x1111), "SINVAL.VMA", value,
		      i);
		last->entry[0] =
			PTE(i & 1 ? &data_page : &other_data, V | R | W | AD);
		/* SFENCE.W.INVAL, SINVAL.VMA a0, SFENCE.INVAL.IR */
		__asm__ volatile(".4byte 0x18000073\n\t.4byte 0x16050073\n\t"
				 ".4byte 0x18100073" ::"r"(at)
				 : "memory");
	}
	last->entry[0] = 0;
	fence();
}

static void try_mode(uint64_t mode)
{
	unsigned int levels = (unsigned int)(mode - SV39) + 3;
	unsigned int shift = 12 + 9 * (levels - 1);
	struct page *top = mode == SV39 ? &root : &above[mode - 9];
	uint64_t va = (uint64_t)WINDOW << shift, loop = 0;

	if (!satp_take(satp_for(mode)))
		return; /* this hart has it not */
	for (unsigned int i = 0; i < NOWHERE; i++) {
		/* PTEs in nothing, in devices, in what no memory can be */
		top->entry[WINDOW] = PTE(nowhere[i], V);
		fence();
		/* QEMU's walk of what fails to answer is a page fault */
		all_fault(va | (noise() & 0x3ffffff8), nowhere[i] == HOLE,
			  "table", nowhere[i]);
	}
	top->entry[WINDOW] = PTE(top, V);
	fence();
	for (unsigned int i = 0; i < levels; i++)
		loop |= (uint64_t)WINDOW << (12 + 9 * i);
	all_fault(loop, true, "a table that is its own", mode);
	top->entry[WINDOW] = PTE(1ul << 12, V | R | W | X | AD);
	fence();
	all_fault(va, true, "misaligned large page", mode);

	top->entry[WINDOW] = PTE(&chain[0], V);
	for (unsigned int i = 0; i + 2 < levels; i++)
		chain[i].entry[0] = PTE(&chain[i + 1], V);
	try_leaves(&chain[levels - 2], va);
	try_broken(&chain[levels - 2], va);
	if (try_insn(0x16050073, VS, va, 0) == NONE)
		try_sinval(&chain[levels - 2], va);
	/* not the sign of its highest bit */
	for (unsigned int bit = shift + 9; bit < 64; bit++)
		all_fault(1ul << bit | 0x80000000, true, "not canonical", bit);
	top->entry[WINDOW] = 0;
	fence();
}

void step_page_tables(void)
{
	begin("page tables out of RAM, in circles, broken");
	for (uint64_t mode = SV39; mode <= SV57; mode++)
		try_mode(mode);
	check(satp_take(satp_for(SV39)), "Sv39 again", 0, 0);
	end();
}

/* window: entry 0 is for code, entry 1 for data */
static struct page *window_open(void)
{
	root.entry[WINDOW] = PTE(&chain[0], V);
	chain[0].entry[0] = PTE(&chain[1], V);
	fence();
	return &chain[1];
}

#define CODE ((uint64_t)WINDOW << 30)
#define DATA (CODE + 0x1000)

static void code_put(struct page *page, uint32_t insn)
{
	uint32_t *code = (uint32_t *)page;

	code[0] = (insn & 3) == 3 ? insn : insn | 0x9002u << 16;
	code[1] = 0x00100073;
	fence();
}

static uint64_t try_code(uint64_t a0, uint64_t a1)
{
	struct hart *hart = hart_here();

	hart->x[A0] = a0;
	hart->x[A1] = a1;
	hart->x[2] = a0;
	return try_at(CODE, VS);
}

void step_execute_only(void)
{
	static const uint32_t loads[] = {0x00054583, 0x00050583, 0x810c};
	struct hart *hart = hart_here();
	struct page *last = window_open();

	begin("code that cannot be read");
	last->entry[0] = PTE(&code_page, V | X | AD);
	last->entry[1] = PTE(UART_BASE, V | R | W | AD);
	fence();
	check(try_insn(0x00052583, VS, CODE, 0) == LOAD_PAGE, "it is readable",
	      0, 0);
	for (unsigned int i = 0; i < sizeof(loads) / sizeof(loads[0]); i++) {
		write8(UART_BASE + 7, 0x5a);
		code_put(&code_page, loads[i]);
		if (try_code(DATA + 7, 0) != BREAKPOINT)
			check(hart->cause == ILLEGAL && loads[i] == 0x810c,
			      "load from such code", loads[i], 0);
		else
			check(hart->x[A1] == 0x5a, "loaded by such code",
			      loads[i], hart->x[A1]);
	}
	code_put(&code_page, 0x00b50023);
	check(try_code(DATA + 7, 0x77) == BREAKPOINT &&
		      read8(UART_BASE + 7) == 0x77,
	      "stored by such code", read8(UART_BASE + 7), 0);

	/* what the host may have to fetch to know what it was */
	CSR_WRITE(sie, SIE_SOFT);
	CSR_SET(sip, SIE_SOFT);
	code_put(&code_page, 0x10500073);
	check(try_code(0, 0) == BREAKPOINT && hart->pc == CODE + 4, "WFI", 0,
	      0);
	code_put(&code_page, 0x00d00073);
	check(try_code(0, 0) == BREAKPOINT || hart->cause == ILLEGAL, "WRS.NTO",
	      0, 0);
	CSR_CLEAR(sip, SIE_SOFT);
	CSR_WRITE(sie, 0);
	code_put(&code_page, 0x600025f3); /* CSRR a1, hstatus */
	check(try_code(0, 0) == ILLEGAL && hart->value == 0x600025f3,
	      "hstatus from such code", hart->value, 0);
	code_put(&code_page, 0x62000073); /* HFENCE.GVMA */
	check(try_code(0, 0) == ILLEGAL && hart->value == 0x62000073,
	      "HFENCE from such code", hart->value, 0);
	code_put(&code_page, 0x0045200f); /* CBO.ZERO of a device */
	check(try_code(DATA, 0) == STORE_ACCESS || hart->cause == ILLEGAL,
	      "CBO.ZERO from such code", 0, 0);
	end();
}

/*
 * Another hart at the tables
 */

static volatile bool racing;

static void racer(void)
{
	struct page *last = &chain[1];
	static const uint64_t data[] = {UART_BASE, PLIC_BASE, NOTHING, HOLE, 0};
	unsigned int i = 0;

	while (racing) {
		uint64_t flags = V | R | W | AD;
		uint64_t at = data[i++ % 5];

		last->entry[1] = at      ? PTE(at, flags)
				 : i % 2 ? 0
					 : PTE(&data_page, flags);
		last->entry[0] = i % 7 == 0   ? 0
				 : i % 7 == 1 ? PTE(NOTHING, V | X | AD)
				 : i & 2      ? PTE(&code_page, V | X | AD)
					 : PTE(&other_code, V | R | X | AD);
		chain[0].entry[0] =
			i % 64 == 0 ? PTE(UART_BASE, V) : PTE(&chain[1], V);
		__asm__ volatile("fence" ::: "memory");
		for (unsigned int n = noise() & 63; n; n--)
			__asm__ volatile("");
	}
	chain[0].entry[0] = PTE(&chain[1], V);
}

static bool race_may(const struct hart *hart)
{
	switch (hart->cause) {
	case BREAKPOINT:
		return hart->pc == CODE + 4 || hart->pc == CODE + 2;
	case FETCH_PAGE:
	case FETCH_ACCESS:
		return hart->value - CODE < 8 && hart->pc - CODE < 8;
	case LOAD_PAGE:
	case LOAD_ACCESS:
	case STORE_PAGE:
	case STORE_ACCESS:
		return hart->value == DATA + 5 && hart->pc == CODE;
	default:
		return false;
	}
}

void step_racing_tables(void)
{
	/* pairs of which the second is not what the first one's trap says */
	static const uint32_t pairs[][2] = {
		{0x00054583, 0x00b50023}, /* LBU, SB */
		{0x00054583, 0x0005358b}, /* LBU, custom-0 */
		{0x00b50023, 0x00054583},
		{0x00054583, 0x00b5562f}, /* none */
	};
	struct hart *hart = hart_here();
	uint64_t done = 0;

	begin("page tables that another hart changes");
	window_open();
	racing = true;
	if (!check(hart_run(1, racer), "hart starts", 0, 0))
		return;
	for (unsigned int i = 0; i < 24000; i++) {
		const uint32_t *pair = pairs[i / 6000];

		if (i % 6000 == 0) {
			code_put(&code_page, pair[0]);
			code_put(&other_code, pair[1]);
		}
		fence();
		try_code(DATA + 5, 0);
		done += hart->cause == BREAKPOINT;
		check(race_may(hart) || (hart->cause == ILLEGAL && i >= 6000 &&
					 hart->value == pair[1]),
		      "race", hart->cause, hart->value);
	}
	racing = false;
	check(hart_wait(1), "hart stops", 0, 0);
	check(done, "none of them was done", done, 0);
	fence();
	write8(UART_BASE + 1, 0);
	end();
}

/*
 * Noise as VU-mode's code; it has two pages.
 */

static bool noise_may(uint64_t cause)
{
	switch (cause) {
	case ILLEGAL:
	case BREAKPOINT:
	case LOAD_MISALIGNED:
	case STORE_MISALIGNED:
	case USER_ECALL:
	case FETCH_PAGE:
	case LOAD_PAGE:
	case STORE_PAGE:
	case TIMER:
		return true;
	default:
		return false;
	}
}

void step_random_user(void)
{
	struct hart *hart = hart_here();
	struct page *last = window_open();
	uint16_t *code = (uint16_t *)&code_page;

	begin("noise as code of VU");
	last->entry[0] = PTE(&code_page, V | X | U | AD);
	last->entry[1] = PTE(&data_page, V | R | W | U | AD);
	fence();
	CSR_WRITE(sie, SIE_TIMER);
	for (unsigned int i = 0; i < 20000; i++) {
		for (unsigned int n = 0; n < 64; n++)
			code[n] = n < 6 ? (uint16_t)noise() : 0x9002;
		if (i & 1)
			code[0] |= 3;
		__asm__ volatile(".4byte 0x100f" ::: "memory");
		for (unsigned int n = 1; n < 32; n++)
			hart->x[n] = DATA + (noise() & 0xff8);
		sbi_timer(counter() + 20000);
		try_at(CODE, VU);
		check(noise_may(hart->cause), "noise",
		      (uint64_t)code[1] << 16 | code[0], hart->cause);
	}
	sbi_timer(UINT64_MAX);
	CSR_WRITE(sie, 0);
	root.entry[WINDOW] = 0;
	fence();
	end();
}
