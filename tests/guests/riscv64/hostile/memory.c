// SPDX-License-Identifier: Apache-2.0
/* Accesses of every kind where there is nothing, or a device. */
#include "hostile.h"

enum kind {
	LOAD,
	STORE,
	AMO,
	LR,
	SC,
	FLOAD,
	FSTORE,
	BLOCK,
	OPTIONAL = 16, /* not every hart has it */
};

/* The address is in a0, and in sp; a1 is loaded or stored. */
static const struct access {
	uint32_t insn;
	uint8_t size, kind;
} accesses[] = {
	{0x00050583, 1, LOAD}, /* LB LH LW LD LBU LHU LWU */
	{0x00051583, 2, LOAD},
	{0x00052583, 4, LOAD},
	{0x00053583, 8, LOAD},
	{0x00054583, 1, LOAD},
	{0x00055583, 2, LOAD},
	{0x00056583, 4, LOAD},
	{0x00b50023, 1, STORE}, /* SB SH SW SD */
	{0x00b51023, 2, STORE},
	{0x00b52023, 4, STORE},
	{0x00b53023, 8, STORE},
	{0x410c, 4, LOAD}, /* C.LW C.LD C.SW C.SD */
	{0x610c, 8, LOAD},
	{0xc10c, 4, STORE},
	{0xe10c, 8, STORE},
	{0x4582, 4, LOAD}, /* C.LWSP C.LDSP C.SWSP C.SDSP */
	{0x6582, 8, LOAD},
	{0xc02e, 4, STORE},
	{0xe02e, 8, STORE},
	{0x810c, 1, LOAD | OPTIONAL}, /* C.LBU C.LHU C.LH C.SB C.SH */
	{0x850c, 2, LOAD | OPTIONAL},
	{0x854c, 2, LOAD | OPTIONAL},
	{0x890c, 1, STORE | OPTIONAL},
	{0x8d0c, 2, STORE | OPTIONAL},
	{0x00051587, 2, FLOAD | OPTIONAL}, /* FLH FLW FLD */
	{0x00052587, 4, FLOAD},
	{0x00053587, 8, FLOAD},
	{0x00b51027, 2, FSTORE | OPTIONAL}, /* FSH FSW FSD */
	{0x00b52027, 4, FSTORE},
	{0x00b53027, 8, FSTORE},
	{0x210c, 8, FLOAD}, /* C.FLD C.FSD C.FLDSP C.FSDSP */
	{0xa10c, 8, FSTORE},
	{0x2582, 8, FLOAD},
	{0xa02e, 8, FSTORE},
	{0x00b5262f, 4, AMO}, /* AMOADD, AMOSWAP, AMOXOR, AMOMAXU */
	{0x00b5362f, 8, AMO},
	{0x08b5262f, 4, AMO},
	{0x08b5362f, 8, AMO},
	{0x20b5362f, 8, AMO},
	{0xe0b5262f, 4, AMO},
	{0x28b5262f, 4, AMO | OPTIONAL}, /* AMOCAS */
	{0x28b5362f, 8, AMO | OPTIONAL},
	{0x00b5062f, 1, AMO | OPTIONAL}, /* AMOADD.B .H */
	{0x00b5162f, 2, AMO | OPTIONAL},
	{0x1005262f, 4, LR},
	{0x1005362f, 8, LR},
	{0x18b5262f, 4, SC},
	{0x18b5362f, 8, SC},
	{0x0005200f, 1, BLOCK | OPTIONAL}, /* CBO.INVAL .CLEAN .FLUSH .ZERO */
	{0x0015200f, 1, BLOCK | OPTIONAL},
	{0x0025200f, 1, BLOCK | OPTIONAL},
	{0x0045200f, 1, BLOCK | OPTIONAL},
};
#define ACCESSES (sizeof(accesses) / sizeof(accesses[0]))

/* What stands at an address */
enum place { RAM_HERE, DEVICE, VOID };

static enum place place_of(uint64_t at)
{
	if (at >= RAM_BASE && at < RAM_END)
		return RAM_HERE;
	if ((at >= UART_BASE && at < UART_BASE + 0x1000) ||
	    (at >= PLIC_BASE && at < PLIC_BASE + PLIC_SIZE))
		return DEVICE;
	return VOID;
}

static bool paged; /* Sv39, the lowest 4 GiB as they are */

static bool cause_is(uint64_t cause, uint64_t at, uint64_t access_fault,
		     uint64_t page_fault)
{
	if (paged && at >= 1ul << 32)
		return cause == page_fault;
	return cause == access_fault;
}

/* The fault of an access that nothing answers; of a misaligned atomic one, its
 * misalignment may come first. */
static bool faults_well(const struct access *a, uint64_t at, uint64_t cause)
{
	bool is_load = (a->kind & 15) == LOAD || (a->kind & 15) == FLOAD ||
		       (a->kind & 15) == LR;
	bool atomic = (a->kind & 15) >= AMO && (a->kind & 15) <= SC;
	uint64_t value = hart_here()->value;

	if (value - at >= a->size)
		return (a->kind & 15) == BLOCK && value - (at & ~63ul) < 64 &&
		       cause_is(cause, value, STORE_ACCESS, STORE_PAGE);
	/* QEMU with one hart makes an AMO of a load and a store */
	if (atomic && at % a->size &&
	    (cause == LOAD_MISALIGNED ||
	     (cause == STORE_MISALIGNED && !is_load)))
		return true;
	return is_load ? cause_is(cause, value, LOAD_ACCESS, LOAD_PAGE)
		       : cause_is(cause, value, STORE_ACCESS, STORE_PAGE);
}

static void try_access(const struct access *a, uint64_t at, enum mode mode)
{
	enum kind kind = a->kind & 15;
	enum place first = place_of(at), last = place_of(at + a->size - 1);
	struct hart *hart = hart_here();
	uint64_t cause;

	if (first == RAM_HERE)
		return;
	hart->x[2] = at;
	cause = try_insn(a->insn, mode, at, 0x2e2e2e2e2e2e2e2e);
	if (cause == ILLEGAL && hart->value == a->insn &&
	    (a->kind & OPTIONAL)) {
		check(true, NULL, 0, 0);
	} else if (cause == NONE) {
		check((kind <= STORE && first == DEVICE && last == DEVICE) ||
			      (kind == SC && hart->x[12]) ||
			      /* the hole is mapped, that may be enough */
			      (kind == BLOCK && at - HOLE < 4096),
		      "access done", a->insn, at);
	} else {
		check(faults_well(a, at, cause) &&
			      hart->pc == (uint64_t)hart->code,
		      "access faulted", a->insn, at);
		check(first == VOID || last != first || kind > STORE ||
			      at % a->size,
		      "device faulted", a->insn, at);
	}
}

static void access_all(uint64_t at)
{
	for (unsigned int i = 0; i < ACCESSES; i++) {
		try_access(&accesses[i], at, VS);
		if (!paged)
			try_access(&accesses[i], at, VU);
	}
}

static const uint64_t places[] = {
	0,
	0x1000,
	0x100000,  /* where the machine has its power button */
	0x2000000, /* and timers, and a flash */
	0x20000000,
	PLIC_BASE - 1,
	PLIC_BASE,
	PLIC_BASE + 0x28,
	PLIC_BASE + 0x1000,
	PLIC_BASE + 0x2080,
	PLIC_BASE + 0x1ffffd,
	PLIC_BASE + 0x200000,
	PLIC_BASE + 0x201004,
	PLIC_BASE + PLIC_SIZE - 1,
	PLIC_BASE + PLIC_SIZE,
	UART_BASE - 1,
	UART_BASE,
	UART_BASE + 5,
	UART_BASE + 0xffd,
	UART_BASE + 0x1000,
	HOLE,
	HOLE + 8,
	HOLE + 0xffd,
	HOLE + 0x1000,
	NOTHING,
	RAM_BASE - 1,
	RAM_BASE - 4,
	RAM_END,
	RAM_END + 0xfff,
	0xfffffff8,
	0x1000000000,
	0x0000003ffffffff8, /* behind Sv39's, Sv39x4's, Sv48x4's, Sv57x4's */
	0x0000004000000000,
	0x000001fffffffff8,
	0x0000020000000000,
	0x0003fffffffffff8,
	0x0004000000000000,
	0x00fffffffffffff8,
	0x0100000000000000,
	0x07fffffffffffff8,
	0x0800000000000000,
	0x7ffffffffffffff8,
	0x8000000000000000,
	0xffffffc000000000,
	0xffffffff80000000,
	0xfffffffffffffff0,
};
#define PLACES (sizeof(places) / sizeof(places[0]))

static void uart_restore(void)
{
	write8(UART_BASE + 3, 3);
	write8(UART_BASE + 4, 0);
	write8(UART_BASE + 1, 0);
	write8(UART_BASE + 2, 7);
	write8(UART_BASE, '\n');
}

void step_wild(const char *what)
{
	paged = CSR_READ(satp);
	begin(what);
	for (unsigned int i = 0; i < PLACES; i++) {
		access_all(places[i]);
		access_all(places[i] + 1);
	}
	for (unsigned int bit = 0; bit < 64; bit++) {
		access_all((1ul << bit) - 8);
		access_all((1ul << bit) - 1);
		access_all(1ul << bit);
		access_all(~0ul << bit);
	}
	for (unsigned int i = 0; i < 64; i++)
		access_all(noise() >> i);
	uart_restore();
	end();
}

static void try_fetch(uint64_t at, enum mode mode)
{
	const struct hart *hart = hart_here();
	uint64_t cause = try_at(at & ~1ul, mode);

	check(cause == FETCH_ACCESS && hart->value == (at & ~1ul) &&
		      hart->pc == (at & ~1ul),
	      "fetch", at, mode);
}

/* An instruction of which the first half is RAM's last, and no second is. */
static void try_half(enum mode mode)
{
	volatile uint16_t *last = (uint16_t *)(RAM_END - 2);
	const struct hart *hart = hart_here();
	uint64_t cause;

	*last = 0x0003; /* LB x0, ... */
	cause = try_at(RAM_END - 2, mode);
	check(cause == FETCH_ACCESS && hart->pc == RAM_END - 2 &&
		      (hart->value == RAM_END || hart->value == RAM_END - 2),
	      "half an instruction", cause, mode);
	*last = 0;
	cause = try_at(RAM_END - 2, mode);
	check(cause == ILLEGAL && hart->pc == RAM_END - 2 && !hart->value,
	      "the last of RAM", cause, mode);
}

void step_fetches(void)
{
	begin("fetches from devices and from nothing");
	for (unsigned int mode = VU; mode <= VS; mode++) {
		for (unsigned int i = 0; i < PLACES; i++)
			try_fetch(places[i], mode);
		for (unsigned int bit = 2; bit < 64; bit++) {
			if (bit != 31)
				try_fetch(1ul << bit, mode);
			try_fetch((1ul << bit) - 2, mode);
		}
		for (unsigned int i = 0; i < 200; i++)
			try_fetch(noise() | 1ul << (32 + i % 32), mode);
		try_half(mode);
	}
	end();
}

/*
 * Memory without a right: the guest's file has a page that cannot be written
 * and one that holds no code
 */

static void try_read_only(const struct access *a, uint64_t at, enum mode mode)
{
	enum kind kind = a->kind & 15;
	struct hart *hart = hart_here();
	uint64_t cause;

	hart->x[2] = at;
	cause = try_insn(a->insn, mode, at, 0x2e2e2e2e2e2e2e2e);
	if (cause == ILLEGAL && hart->value == a->insn && (a->kind & OPTIONAL))
		check(true, NULL, 0, 0);
	else if (kind == LOAD || kind == FLOAD || kind == LR)
		check(cause == NONE, "read-only read", a->insn, cause);
	else if (cause ==
		 NONE) /* SC has stored nothing, CBO.ZERO would store */
		check((kind == SC && hart->x[12]) ||
			      (kind == BLOCK && a->insn >> 20 != 4),
		      "read-only written", a->insn, mode);
	else
		check(faults_well(a, at, cause) &&
			      hart->pc == (uint64_t)hart->code,
		      "read-only faulted", a->insn, cause);
}

void step_rights(void)
{
	volatile uint64_t *words = (volatile uint64_t *)READ_RUN;

	paged = CSR_READ(satp);
	begin("memory that is not to be written, or not to be run");
	for (unsigned int mode = VU; mode <= VS; mode++) {
		for (unsigned int i = 0; i < ACCESSES; i++) {
			try_read_only(&accesses[i], READ_RUN, mode);
			try_read_only(&accesses[i], READ_RUN + 0xfc0, mode);
		}
		check(try_at(READ_RUN, mode) == ILLEGAL, "zeros run", mode, 0);
		*(volatile uint64_t *)READ_WRITE = mode;
		try_fetch(READ_WRITE, mode);
		try_fetch(READ_WRITE + 0xffe, mode);
	}
	for (unsigned int i = 0; i < 512; i++)
		check(!words[i], "read-only changed", i, words[i]);
	end();
}

/*
 * Right values from devices, with every register
 */

static void regs_fill(uint64_t *before)
{
	struct hart *hart = hart_here();

	for (unsigned int i = 1; i < 32; i++)
		before[i] = hart->x[i] = noise();
}

/* All as they were, but @but. */
static void regs_same(const uint64_t *before, unsigned int but, uint32_t insn)
{
	const struct hart *hart = hart_here();

	for (unsigned int i = 1; i < 32; i++)
		check(i == but || i == A0 || i == A1 || hart->x[i] == before[i],
		      "register lost", insn, i);
}

static void load_is(uint32_t insn, uint64_t at, uint64_t value)
{
	struct hart *hart = hart_here();
	uint64_t before[32];

	regs_fill(before);
	before[2] = hart->x[2] = at;
	if (try_insn(insn, VS, at, ~value) != NONE)
		check(hart->cause == ILLEGAL && hart->value == insn &&
			      (insn & 3) != 3,
		      "load trapped", insn, at);
	else
		check(hart->x[A1] == value, "loaded", insn, hart->x[A1]);
	regs_same(before, A1, insn);
}

static void try_registers(void)
{
	struct hart *hart = hart_here();
	uint64_t before[32];

	for (unsigned int r = 0; r < 32; r++) {
		uint64_t base = r == A0 ? A1 : A0;
		uint32_t load = 0x00004003 | r << 7 | (uint32_t)base << 15;
		uint32_t store = 0x00000023 | r << 20 | (uint32_t)base << 15;

		write8(UART_BASE + 7, 0xa5);
		regs_fill(before);
		check(try_insn(load, VS, UART_BASE + 7, UART_BASE + 7) ==
				      NONE &&
			      (!r || hart->x[r] == 0xa5),
		      "LBU", r, hart->x[r]);
		regs_same(before, r, load);

		regs_fill(before);
		before[0] = 0;
		check(try_insn(store, VS, UART_BASE + 7, UART_BASE + 7) == NONE,
		      "SB", r, 0);
		if (r == A0 || r == A1)
			before[r] = UART_BASE + 7;
		check(read8(UART_BASE + 7) == (uint8_t)before[r], "SB stored",
		      r, read8(UART_BASE + 7));
		regs_same(before, 0, store);
	}
}

void step_emulated(void)
{
	const uint64_t enables = PLIC_BASE + 0x2080;

	begin("values of emulated registers");
	write8(UART_BASE + 7, 0xa5);
	load_is(0x00050583, UART_BASE + 7, 0xffffffffffffffa5);
	load_is(0x00054583, UART_BASE + 7, 0xa5);
	load_is(0x810c, UART_BASE + 7, 0xa5);
	write32(enables, 0xfffffffe);
	load_is(0x00052583, enables, 0xfffffffffffffffe);
	load_is(0x00056583, enables, 0xfffffffe);
	load_is(0x410c, enables, 0xfffffffffffffffe);
	load_is(0x4582, enables, 0xfffffffffffffffe);
	check(try_insn(0xc10c, VS, enables, 0x12345678) == NONE &&
		      read32(enables) == 0x12345678,
	      "C.SW", read32(enables), 0);
	hart_here()->x[2] = enables;
	check(try_insn(0xc02e, VS, enables, 0x9abcdef0) == NONE &&
		      read32(enables) == 0x9abcdef0,
	      "C.SWSP", read32(enables), 0);
	write32(enables, 0);
	try_registers();
	end();
}

/*
 * Devices, by all harts at once
 */

static volatile uint64_t at_work;

static void device_storm(void)
{
	struct hart *hart = hart_here();

	CSR_WRITE(sie, 0);
	for (unsigned int i = 0; i < 12000; i++) {
		uint64_t r = noise();
		const struct access *a = &accesses[r % ACCESSES];
		uint64_t at;
		uint64_t cause;

		r = noise();
		switch (r & 7) {
		case 0:
			at = UART_BASE + (r >> 8 & 7);
			break;
		case 1:
			at = PLIC_BASE + (r >> 8) % PLIC_SIZE;
			break;
		case 2:
			at = PLIC_BASE + 0x200000 + 0x1000 * (r >> 8 & 7) +
			     (r >> 16 & 4);
			break;
		case 3:
			at = PLIC_BASE + 0x2000 + 0x80 * (r >> 8 & 7) +
			     (r >> 16 & 0xc);
			break;
		default:
			a = &accesses[r & 8 ? 2 : 9]; /* LW, SW */
			at = PLIC_BASE + (r >> 8 & 0x1ffc);
		}
		hart->x[2] = at;
		/* what is printed is not to be taken for anything */
		cause = try_insn(a->insn, VS, at, at == UART_BASE ? r & 15 : r);
		check(cause == NONE || faults_well(a, at, cause) ||
			      (cause == ILLEGAL && (a->kind & OPTIONAL)),
		      "device", a->insn, at);
	}
}

static void device_storm_beside(void)
{
	device_storm();
	__atomic_fetch_sub(&at_work, 1, __ATOMIC_SEQ_CST);
}

void step_devices(void)
{
	begin("everything at PLIC and UART, from all harts");
	paged = false;
	at_work = 2;
	if (!check(hart_run(1, device_storm_beside) &&
			   hart_run(2, device_storm_beside),
		   "harts start", 0, 0))
		return;
	device_storm();
	check(hart_wait(1) && hart_wait(2) && !at_work, "harts stop", at_work,
	      0);
	uart_restore();
	for (uint64_t off = 0x2000; off < 0x2300; off += 4)
		write32(PLIC_BASE + off, 0);
	for (unsigned int id = 0; id < HARTS; id++)
		write32(PLIC_BASE + 0x201000 + 0x2000 * id, 0);
	end();
}
