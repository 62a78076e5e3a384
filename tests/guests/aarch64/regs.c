// SPDX-License-Identifier: Apache-2.0
/*
 * The register guest: fills every register that it can write with a pattern of
 * its own, computes while another VM has the same CPU in turns, then looks
 * whether all is as it was, and whether any register that it can read shows
 * the other's pattern. Boot argument "sign=a" or "sign=b" says which is its.
 */
#include "guest.h"

#define SPINS 2000000
#define SAY_ROUNDS 4

#define SIGN_A 0xa5c3
#define SIGN_B 0x5e1b

static uint16_t own, other;
static volatile uint64_t traps;
static uint32_t code[4] __attribute__((aligned(64)));

/* What regs_hold() leaves. */
struct held {
	uint64_t q[32][2];
	uint64_t x[32];
	uint64_t fpsr, fpcr;
};
static struct held held;

/*
 * regs_hold(pattern, spins, held): x1 to x30 and q0 to q31 get pattern ^
 * number, FPSR and FPCR what they take of it; then it counts down in x0, and
 * stores them all. regs_dump(held) only stores q0 to q31.
 */
void regs_hold(uint64_t pattern, uint64_t spins, struct held *held);
void regs_dump(struct held *held);

/* clang-format off */
__asm__(
"	.arch_extension fp\n"
"	.arch_extension simd\n"
"	.macro each_q op\n"
"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
"	\\op	\\n\n"
"	.endr\n"
"	.endm\n"
"	.macro each_x op\n"
"	.irp n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
"	\\op	\\n\n"
"	.endr\n"
"	.endm\n"
"	.macro fill_q n\n"
"	mov	x3, #\\n\n"
"	eor	x3, x3, x0\n"
"	dup	v\\n\\().2d, x3\n"
"	.endm\n"
"	.macro fill_x n\n"
"	mov	x\\n, #\\n\n"
"	eor	x\\n, x\\n, x0\n"
"	.endm\n"
"	.macro store_q n\n"
"	str	q\\n, [x0, #(16 * \\n)]\n"
"	.endm\n"
"	.macro store_x n\n"
"	str	x\\n, [x0, #(512 + 8 * \\n)]\n"
"	.endm\n"
"	.text\n"
"	.globl	regs_dump\n"
"regs_dump:\n"
"	each_q	store_q\n"
"	ret\n"
"	.globl	regs_hold\n"
"regs_hold:\n"
"	stp	x29, x30, [sp, #-128]!\n"
"	stp	x19, x20, [sp, #16]\n"
"	stp	x21, x22, [sp, #32]\n"
"	stp	x23, x24, [sp, #48]\n"
"	stp	x25, x26, [sp, #64]\n"
"	stp	x27, x28, [sp, #80]\n"
"	stp	x1, x2, [sp, #96]\n"
"	each_q	fill_q\n"
"	and	x3, x0, #0x1f\n"	/* FPSR: cumulative flags */
"	orr	x3, x3, #(1 << 27)\n"	/* QC */
"	msr	fpsr, x3\n"
"	and	x3, x0, #(0x3 << 22)\n"	/* FPCR: rounding mode */
"	orr	x3, x3, #(1 << 24)\n"	/* flush to zero */
"	msr	fpcr, x3\n"
"	each_x	fill_x\n"
"	ldr	x0, [sp, #96]\n"
"1:	subs	x0, x0, #1\n"
"	b.ne	1b\n"
"	ldr	x0, [sp, #104]\n"
"	each_x	store_x\n"
"	each_q	store_q\n"
"	mrs	x1, fpsr\n"
"	mrs	x2, fpcr\n"
"	str	x1, [x0, #768]\n"
"	str	x2, [x0, #776]\n"
"	ldp	x19, x20, [sp, #16]\n"
"	ldp	x21, x22, [sp, #32]\n"
"	ldp	x23, x24, [sp, #48]\n"
"	ldp	x25, x26, [sp, #64]\n"
"	ldp	x27, x28, [sp, #80]\n"
"	ldp	x29, x30, [sp], #128\n"
"	ret\n"
);
/* clang-format on */
_Static_assert(offsetof(struct held, x) == 512, "store_x");
_Static_assert(offsetof(struct held, fpsr) == 768, "regs_hold");

void guest_irq(uint64_t count)
{
	(void)count; /* never: interrupts stay masked */
}

uint64_t guest_sync(uint64_t esr, uint64_t elr, uint64_t far)
{
	(void)esr;
	(void)far;
	traps++;
	return elr + 4;
}

void guest_unexpected(void)
{
	print("regs: unexpected trap\n");
}

/* op0:op1:CRn:CRm:op2 as an MRS has them, C5.1.3 of the Arm ARM. */
#define ENC(op0, op1, crn, crm, op2)                                           \
	((op0) << 19 | (op1) << 16 | (crn) << 12 | (crm) << 8 | (op2) << 5)

static uint64_t run_code(uint32_t insn, uint64_t value)
{
	register uint64_t x0 __asm__("x0") = value;
	register uint64_t x9 __asm__("x9") = (uint64_t)code;
	volatile uint32_t *p = code;

	p[0] = insn;
	p[1] = 0xd65f03c0u; /* ret */
	__asm__ volatile("dc cvau, %1\n\tdsb ish\n\tic ivau, %1\n\tdsb ish\n\t"
			 "isb\n\tblr x9"
			 : "+r"(x0)
			 : "r"(x9)
			 : "memory", "x30", "cc");
	return x0;
}

static uint64_t sysreg_read(uint32_t enc)
{
	return run_code(0xd5200000u | enc, 0);
}

static void sysreg_write(uint32_t enc, uint64_t value)
{
	run_code(0xd5000000u | enc, value);
}

/*
 * Registers with a value of the guest's choice. @mask: what may be written
 * without an end to this guest, whose MMU is off.
 */
static const struct filled {
	uint32_t enc;
	char name[20]; /* no pointer: nothing relocates this guest */
	uint64_t mask;
} filled[] = {
	{ENC(3, 0, 4, 1, 0), "SP_EL0", ~0ul},
	{ENC(3, 0, 4, 0, 0), "SPSR_EL1", 0xf00003c5},
	{ENC(3, 0, 4, 0, 1), "ELR_EL1", ~0ul},
	{ENC(3, 0, 5, 1, 0), "AFSR0_EL1", ~0ul},
	{ENC(3, 0, 5, 1, 1), "AFSR1_EL1", ~0ul},
	{ENC(3, 0, 5, 2, 0), "ESR_EL1", ~0ul},
	{ENC(3, 0, 6, 0, 0), "FAR_EL1", ~0ul},
	{ENC(3, 0, 10, 2, 0), "MAIR_EL1", ~0ul},
	{ENC(3, 0, 10, 3, 0), "AMAIR_EL1", ~0ul},
	{ENC(3, 0, 2, 0, 0), "TTBR0_EL1", ~0ul},
	{ENC(3, 0, 2, 0, 1), "TTBR1_EL1", ~0ul},
	{ENC(3, 0, 2, 0, 2), "TCR_EL1", ~0ul},
	{ENC(3, 0, 13, 0, 1), "CONTEXTIDR_EL1", ~0ul},
	{ENC(3, 0, 13, 0, 4), "TPIDR_EL1", ~0ul},
	{ENC(3, 3, 13, 0, 2), "TPIDR_EL0", ~0ul},
	{ENC(3, 3, 13, 0, 3), "TPIDRRO_EL0", ~0ul},
	{ENC(3, 0, 7, 4, 0), "PAR_EL1", ~0ul},
	{ENC(3, 2, 0, 0, 0), "CSSELR_EL1", 0x2},
	{ENC(3, 0, 14, 1, 0), "CNTKCTL_EL1", 0x3ff},
	{ENC(3, 3, 14, 3, 2), "CNTV_CVAL_EL0", ~0ul},
	{ENC(3, 3, 14, 3, 1), "CNTV_CTL_EL0", 0x3},
	{ENC(3, 3, 14, 2, 2), "CNTP_CVAL_EL0", ~0ul},
	{ENC(3, 0, 4, 6, 0), "ICC_PMR_EL1", 0xf0},
	{ENC(3, 0, 12, 12, 3), "ICC_BPR1_EL1", 0x3},
	{ENC(3, 0, 12, 12, 7), "ICC_IGRPEN1_EL1", 0x1},
	{ENC(2, 0, 0, 2, 2), "MDSCR_EL1", ~0ul},
	{ENC(2, 0, 0, 0, 4), "DBGBVR0_EL1", ~0ul},
	{ENC(2, 0, 0, 0, 6), "DBGWVR0_EL1", ~0ul},
	{ENC(3, 3, 9, 13, 0), "PMCCNTR_EL0", ~0ul},
	{ENC(3, 3, 9, 14, 3), "PMOVSSET_EL0", ~0ul},
	{ENC(3, 0, 2, 1, 0), "APIAKeyLo_EL1", ~0ul},
	{ENC(3, 0, 2, 1, 1), "APIAKeyHi_EL1", ~0ul},
	{ENC(3, 0, 2, 1, 2), "APIBKeyLo_EL1", ~0ul},
	{ENC(3, 0, 2, 1, 3), "APIBKeyHi_EL1", ~0ul},
	{ENC(3, 0, 2, 2, 0), "APDAKeyLo_EL1", ~0ul},
	{ENC(3, 0, 2, 2, 1), "APDAKeyHi_EL1", ~0ul},
	{ENC(3, 0, 2, 2, 2), "APDBKeyLo_EL1", ~0ul},
	{ENC(3, 0, 2, 2, 3), "APDBKeyHi_EL1", ~0ul},
	{ENC(3, 0, 2, 3, 0), "APGAKeyLo_EL1", ~0ul},
	{ENC(3, 0, 2, 3, 1), "APGAKeyHi_EL1", ~0ul},
};
#define FILLED (sizeof(filled) / sizeof(filled[0]))

static bool present[FILLED];
static uint64_t expected[FILLED];

/* Every register that answers. */
#define READABLE 1024
static uint32_t readable[READABLE];
static unsigned int readable_count;

/* Reading acknowledges an interrupt; or the value is another each time, a
 * counter or a random number, and would show any pattern at last. */
static bool leave_out(uint32_t enc)
{
	static const uint32_t encs[] = {
		ENC(3, 0, 12, 8, 0), ENC(3, 0, 12, 12, 0), /* IAR0, IAR1 */
		ENC(3, 3, 14, 0, 1), ENC(3, 3, 14, 0, 2),  /* CNTPCT, CNTVCT */
		ENC(3, 3, 14, 0, 5), ENC(3, 3, 14, 0, 6),  /* CNTxCTSS */
		ENC(3, 3, 14, 2, 0), ENC(3, 3, 14, 3, 0),  /* CNTx_TVAL */
		ENC(3, 3, 2, 4, 0),  ENC(3, 3, 2, 4, 1),   /* RNDR, RNDRRS */
	};

	for (unsigned int i = 0; i < sizeof(encs) / sizeof(encs[0]); i++)
		if (encs[i] == enc)
			return true;
	return false;
}

static void find_readable(void)
{
	for (uint32_t enc = 2 << 19; enc < 4 << 19; enc += 1 << 5) {
		uint64_t before = traps;

		if (leave_out(enc))
			continue;
		(void)sysreg_read(enc);
		if (traps == before && readable_count < READABLE)
			readable[readable_count++] = enc;
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

static bool bad;

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

static void fill(void)
{
	for (unsigned int i = 0; i < FILLED; i++) {
		uint64_t before = traps;

		if (filled[i].enc == ENC(3, 0, 4, 0, 1) ||
		    filled[i].enc == ENC(3, 0, 4, 0, 0))
			continue; /* a trap changes them: last, see below */
		sysreg_write(filled[i].enc, pattern(own) & filled[i].mask);
		present[i] = traps == before;
	}
	/* the same again where nothing traps */
	for (unsigned int i = 0; i < FILLED; i++) {
		if (filled[i].enc == ENC(3, 0, 4, 0, 1) ||
		    filled[i].enc == ENC(3, 0, 4, 0, 0))
			present[i] = true;
		if (present[i])
			sysreg_write(filled[i].enc,
				     pattern(own) & filled[i].mask);
	}
	for (unsigned int i = 0; i < FILLED; i++)
		if (present[i])
			expected[i] = sysreg_read(filled[i].enc);
}

static void check_filled(void)
{
	for (unsigned int i = 0; i < FILLED; i++) {
		uint64_t value;

		if (!present[i])
			continue;
		value = sysreg_read(filled[i].enc);
		if (value != expected[i])
			complain("LOST", filled[i].name, filled[i].enc, value);
	}
}

static void check_held(void)
{
	for (unsigned int i = 0; i < 32; i++)
		for (unsigned int j = 0; j < 2; j++)
			if (held.q[i][j] != (pattern(own) ^ i))
				complain("LOST", "q", i, held.q[i][j]);
	for (unsigned int i = 1; i < 31; i++)
		if (held.x[i] != (pattern(own) ^ i))
			complain("LOST", "x", i, held.x[i]);
	if (held.fpsr != ((pattern(own) & 0x1f) | 1 << 27))
		complain("LOST", "FPSR", 0, held.fpsr);
	if (held.fpcr != ((pattern(own) & 3 << 22) | 1 << 24))
		complain("LOST", "FPCR", 0, held.fpcr);
}

static void look_for_other(void)
{
	for (unsigned int i = 0; i < readable_count; i++) {
		uint64_t value = sysreg_read(readable[i]);

		if (shows_other(value))
			complain("LEAK", "register ", readable[i], value);
	}
}

/* What a VM finds when it is started is nobody's. */
static void check_start(void)
{
	for (unsigned int i = 0; i < 32; i++)
		if (held.q[i][0] || held.q[i][1])
			complain("LEFT", "q", i, held.q[i][0]);
	find_readable();
	for (unsigned int i = 0; i < readable_count; i++) {
		uint64_t value = sysreg_read(readable[i]);

		if (shows_other(value) || (uint16_t)value == own)
			complain("LEFT", "register ", readable[i], value);
	}
	print(bad ? "regs: start DIRTY" : "regs: start clean");
	print(", readable ");
	print_dec(readable_count);
	print("\n");
}

static char sign_letter(uint64_t dtb)
{
	const char *blob = (const char *)dtb;
	uint32_t size = __builtin_bswap32(read32(dtb + 4));

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
