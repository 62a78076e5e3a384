// SPDX-License-Identifier: Apache-2.0
/*
 * The register guest: fills every register that it can write with a pattern of
 * its own, computes while another VM has the same CPU in turns, then looks
 * whether all is as it was, and whether any CSR that it can read shows the
 * other's pattern. Boot argument "sign=a" or "sign=b" says which is its.
 */
#include "guest.h"

#define SPINS 2000000
#define SAY_ROUNDS 4

#define SIGN_A 0xa5c3
#define SIGN_B 0x5e1b

#define CSRS 4096
#define FCSR_MASK 0x7f /* flags, and rounding modes that exist */

static uint16_t own, other;
static volatile uint64_t traps;
static uint32_t code[2] __attribute__((aligned(64)));
static bool bad;

/* What regs_hold() leaves. */
struct held {
	uint64_t f[32];
	uint64_t x[32];
	uint64_t fcsr;
};
static struct held held;

/*
 * regs_hold(pattern, spins, held): all x but sp and a0, and all f, get pattern
 * ^ number, fcsr what it takes of it; then it counts down in a0, and stores
 * them all. regs_dump(held) only stores f and fcsr.
 */
void regs_hold(uint64_t pattern, uint64_t spins, struct held *held);
void regs_dump(struct held *held);

/* clang-format off */
__asm__(
"	.option push\n"
"	.option arch, +d\n"
"	.macro each_f op\n"
"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
"	\\op	\\n\n"
"	.endr\n"
"	.endm\n"
"	.macro each_x op\n"
"	.irp n,1,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
"	\\op	\\n\n"
"	.endr\n"
"	.endm\n"
"	.macro each_kept op\n"	/* by who is called; gp and tp */
"	.irp n,1,3,4,8,9,18,19,20,21,22,23,24,25,26,27\n"
"	\\op	x\\n, 8 * \\n(sp)\n"
"	.endr\n"
"	.endm\n"
"	.macro fill_f n\n"
"	xori	t0, a0, \\n\n"
"	fmv.d.x	f\\n, t0\n"
"	.endm\n"
"	.macro fill_x n\n"
"	xori	x\\n, a0, \\n\n"
"	.endm\n"
"	.macro store_f n\n"
"	fsd	f\\n, 8 * \\n(a0)\n"
"	.endm\n"
"	.macro store_x n\n"
"	sd	x\\n, 256 + 8 * \\n(a0)\n"
"	.endm\n"
"	.text\n"
"	.globl	regs_dump\n"
"regs_dump:\n"
"	each_f	store_f\n"
"	csrr	t0, fcsr\n"
"	sd	t0, 512(a0)\n"
"	ret\n"
"	.globl	regs_hold\n"
"regs_hold:\n"
"	addi	sp, sp, -256\n"
"	each_kept sd\n"
"	sd	a1, 80(sp)\n"	/* places of a0 and a1 */
"	sd	a2, 88(sp)\n"
"	each_f	fill_f\n"
"	andi	t0, a0, 0x7f\n"
"	csrw	fcsr, t0\n"
"	each_x	fill_x\n"
"	ld	a0, 80(sp)\n"
"1:	addi	a0, a0, -1\n"
"	bnez	a0, 1b\n"
"	ld	a0, 88(sp)\n"
"	each_x	store_x\n"
"	each_f	store_f\n"
"	csrr	t0, fcsr\n"
"	sd	t0, 512(a0)\n"
"	each_kept ld\n"
"	addi	sp, sp, 256\n"
"	ret\n"
"	.option pop\n"
);
/* clang-format on */
_Static_assert(offsetof(struct held, x) == 256, "store_x");
_Static_assert(offsetof(struct held, fcsr) == 512, "regs_hold");

void guest_irq(uint64_t count)
{
	(void)count; /* never: interrupts stay masked */
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)address;
	traps++;
	return insn_next(pc);
}

void guest_unexpected(void)
{
	print("regs: unexpected trap\n");
}

static uint64_t run_code(uint32_t insn, uint64_t value)
{
	register uint64_t a0 __asm__("a0") = value;
	volatile uint32_t *p = code;

	p[0] = insn;
	p[1] = 0x00008067; /* ret */
	__asm__ volatile("fence.i\n\tjalr %1"
			 : "+r"(a0)
			 : "r"(code)
			 : "memory", "ra");
	return a0;
}

static uint64_t csr_read(unsigned int csr)
{
	return run_code(csr << 20 | 0x00002573, 0); /* csrr a0, csr */
}

static void csr_write(unsigned int csr, uint64_t value)
{
	run_code(csr << 20 | 0x00051073, value); /* csrw csr, a0 */
}

/*
 * CSRs with a value of the guest's choice. @mask: what may be written without
 * an end to this guest, which translates nothing.
 */
static const struct filled {
	uint16_t csr;
	char name[14]; /* no pointer: nothing relocates this guest */
	uint64_t mask;
} filled[] = {
	{0x104, "sie", 0x222},     {0x106, "scounteren", 0x7},
	{0x10a, "senvcfg", 0x1},   {0x140, "sscratch", ~0ul},
	{0x141, "sepc", ~0ul},     {0x142, "scause", ~0ul},
	{0x143, "stval", ~0ul},    {0x14d, "stimecmp", ~0ul},
	{0x5a8, "scontext", ~0ul},
};
#define FILLED (sizeof(filled) / sizeof(filled[0]))

static bool present[FILLED];
static uint64_t expected[FILLED];

static uint16_t readable[CSRS];
static unsigned int readable_count;

/* Counters would show any pattern at last. */
static bool leave_out(unsigned int csr)
{
	return csr >= 0xc00 && csr < 0xc20;
}

static void find_readable(void)
{
	for (unsigned int csr = 0; csr < CSRS; csr++) {
		uint64_t before = traps;

		if (leave_out(csr))
			continue;
		(void)csr_read(csr);
		if (traps == before)
			readable[readable_count++] = (uint16_t)csr;
	}
}

static uint64_t pattern(uint16_t sign)
{
	return sign * 0x0001000100010001ul;
}

static bool shows_other(uint64_t value)
{
	for (int i = 0; i < 64; i += 16)
		if ((uint16_t)(value >> i) == other)
			return true;
	return false;
}

static void complain(const char *what, const char *name, uint64_t number,
		     uint64_t value)
{
	bad = true;
	print("regs: ");
	print(what);
	put(' ');
	print(name);
	print_hex(number);
	print(" = ");
	print_hex(value);
	print("\n");
}

/* Twice: a CSR that is not there traps, which changes some of the others. */
static void fill(void)
{
	for (unsigned int i = 0; i < FILLED; i++) {
		uint64_t before = traps;

		csr_write(filled[i].csr, pattern(own) & filled[i].mask);
		present[i] = traps == before;
	}
	for (unsigned int i = 0; i < FILLED; i++)
		if (present[i])
			csr_write(filled[i].csr, pattern(own) & filled[i].mask);
	for (unsigned int i = 0; i < FILLED; i++)
		if (present[i])
			expected[i] = csr_read(filled[i].csr);
}

static void check_filled(void)
{
	for (unsigned int i = 0; i < FILLED; i++) {
		uint64_t value;

		if (!present[i])
			continue;
		value = csr_read(filled[i].csr);
		if (value != expected[i])
			complain("LOST", filled[i].name, filled[i].csr, value);
	}
}

static void check_held(void)
{
	for (unsigned int i = 0; i < 32; i++)
		if (held.f[i] != (pattern(own) ^ i))
			complain("LOST", "f", i, held.f[i]);
	for (unsigned int i = 1; i < 32; i++)
		if (i != 2 && i != 10 && held.x[i] != (pattern(own) ^ i))
			complain("LOST", "x", i, held.x[i]);
	if (held.fcsr != (pattern(own) & FCSR_MASK))
		complain("LOST", "fcsr", 0, held.fcsr);
}

static void look_for_other(void)
{
	for (unsigned int i = 0; i < readable_count; i++) {
		uint64_t value = csr_read(readable[i]);

		if (shows_other(value))
			complain("LEAK", "CSR ", readable[i], value);
	}
}

/* What a VM finds when it is started is nobody's. */
static void check_start(void)
{
	if (start_regs)
		complain("LEFT", "x", 0, start_regs);
	for (unsigned int i = 0; i < 32; i++)
		if (held.f[i])
			complain("LEFT", "f", i, held.f[i]);
	if (held.fcsr)
		complain("LEFT", "fcsr", 0, held.fcsr);
	find_readable();
	for (unsigned int i = 0; i < readable_count; i++) {
		uint64_t value = csr_read(readable[i]);

		if (shows_other(value) || (uint16_t)value == own)
			complain("LEFT", "CSR ", readable[i], value);
	}
	/* which on the bare machine is the firmware's */
	print(bad ? "regs: start DIRTY" : "regs: start clean");
	print(", readable ");
	print_dec(readable_count);
	print("\n");
	bad = false;
}

static char sign_letter(uint64_t dtb)
{
	const char *blob = (const char *)dtb;
	uint32_t size = be32(dtb + 4);

	for (uint32_t i = 0; i + 5 < size; i++)
		if (blob[i] == 's' && blob[i + 1] == 'i' &&
		    blob[i + 2] == 'g' && blob[i + 3] == 'n' &&
		    blob[i + 4] == '=')
			return blob[i + 5];
	return 'a';
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	bool is_a = sign_letter(arg) == 'a';

	(void)entry_count;
	regs_dump(&held);
	own = is_a ? SIGN_A : SIGN_B;
	other = is_a ? SIGN_B : SIGN_A;
	check_start();
	for (uint64_t round = 1;; round++) {
		fill();
		regs_hold(pattern(own), SPINS, &held);
		check_filled();
		check_held();
		look_for_other();
		if (round % SAY_ROUNDS)
			continue;
		print("regs: round ");
		print_dec(round);
		print(bad ? " DAMAGED\n" : " intact\n");
	}
}
