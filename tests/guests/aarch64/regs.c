// SPDX-License-Identifier: Apache-2.0
/* The register guest: AArch64's. */
#include "regs.h"

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

uint64_t reg_read(uint32_t number)
{
	return run_code(0xd5200000u | number, 0);
}

void reg_write(uint32_t number, uint64_t value)
{
	run_code(0xd5000000u | number, value);
}

const struct reg regs_filled[] = {
	{ENC(3, 0, 4, 1, 0), "SP_EL0", ~0ul, false},
	{ENC(3, 0, 4, 0, 0), "SPSR_EL1", 0xf00003c5, true},
	{ENC(3, 0, 4, 0, 1), "ELR_EL1", ~0ul, true},
	{ENC(3, 0, 5, 1, 0), "AFSR0_EL1", ~0ul, false},
	{ENC(3, 0, 5, 1, 1), "AFSR1_EL1", ~0ul, false},
	{ENC(3, 0, 5, 2, 0), "ESR_EL1", ~0ul, false},
	{ENC(3, 0, 6, 0, 0), "FAR_EL1", ~0ul, false},
	{ENC(3, 0, 10, 2, 0), "MAIR_EL1", ~0ul, false},
	{ENC(3, 0, 10, 3, 0), "AMAIR_EL1", ~0ul, false},
	{ENC(3, 0, 2, 0, 0), "TTBR0_EL1", ~0ul, false},
	{ENC(3, 0, 2, 0, 1), "TTBR1_EL1", ~0ul, false},
	{ENC(3, 0, 2, 0, 2), "TCR_EL1", ~0ul, false},
	{ENC(3, 0, 13, 0, 1), "CONTEXTIDR_EL1", ~0ul, false},
	{ENC(3, 0, 13, 0, 4), "TPIDR_EL1", ~0ul, false},
	{ENC(3, 3, 13, 0, 2), "TPIDR_EL0", ~0ul, false},
	{ENC(3, 3, 13, 0, 3), "TPIDRRO_EL0", ~0ul, false},
	{ENC(3, 0, 7, 4, 0), "PAR_EL1", ~0ul, false},
	{ENC(3, 2, 0, 0, 0), "CSSELR_EL1", 0x2, false},
	{ENC(3, 0, 14, 1, 0), "CNTKCTL_EL1", 0x3ff, false},
	{ENC(3, 3, 14, 3, 2), "CNTV_CVAL_EL0", ~0ul, false},
	{ENC(3, 3, 14, 3, 1), "CNTV_CTL_EL0", 0x3, false},
	{ENC(3, 3, 14, 2, 2), "CNTP_CVAL_EL0", ~0ul, false},
	{ENC(3, 0, 4, 6, 0), "ICC_PMR_EL1", 0xf0, false},
	{ENC(3, 0, 12, 12, 3), "ICC_BPR1_EL1", 0x3, false},
	{ENC(3, 0, 12, 12, 7), "ICC_IGRPEN1_EL1", 0x1, false},
	{ENC(2, 0, 0, 2, 2), "MDSCR_EL1", ~0ul, false},
	{ENC(2, 0, 0, 0, 4), "DBGBVR0_EL1", ~0ul, false},
	{ENC(2, 0, 0, 0, 6), "DBGWVR0_EL1", ~0ul, false},
	{ENC(3, 3, 9, 13, 0), "PMCCNTR_EL0", ~0ul, false},
	{ENC(3, 3, 9, 14, 3), "PMOVSSET_EL0", ~0ul, false},
	{ENC(3, 0, 2, 1, 0), "APIAKeyLo_EL1", ~0ul, false},
	{ENC(3, 0, 2, 1, 1), "APIAKeyHi_EL1", ~0ul, false},
	{ENC(3, 0, 2, 1, 2), "APIBKeyLo_EL1", ~0ul, false},
	{ENC(3, 0, 2, 1, 3), "APIBKeyHi_EL1", ~0ul, false},
	{ENC(3, 0, 2, 2, 0), "APDAKeyLo_EL1", ~0ul, false},
	{ENC(3, 0, 2, 2, 1), "APDAKeyHi_EL1", ~0ul, false},
	{ENC(3, 0, 2, 2, 2), "APDBKeyLo_EL1", ~0ul, false},
	{ENC(3, 0, 2, 2, 3), "APDBKeyHi_EL1", ~0ul, false},
	{ENC(3, 0, 2, 3, 0), "APGAKeyLo_EL1", ~0ul, false},
	{ENC(3, 0, 2, 3, 1), "APGAKeyHi_EL1", ~0ul, false},
};
const unsigned int regs_filled_count =
	sizeof(regs_filled) / sizeof(regs_filled[0]);
_Static_assert(sizeof(regs_filled) / sizeof(regs_filled[0]) <= REGS_FILLED_MAX,
	       "regs.c has room");

const uint32_t regs_begin = 2 << 19, regs_end = 4 << 19, regs_step = 1 << 5;
const char regs_kind[10] = "register ";

/* Reading acknowledges an interrupt; counters, random numbers. */
bool reg_left_out(uint32_t number)
{
	static const uint32_t encs[] = {
		ENC(3, 0, 12, 8, 0), ENC(3, 0, 12, 12, 0), /* IAR0, IAR1 */
		ENC(3, 3, 14, 0, 1), ENC(3, 3, 14, 0, 2),  /* CNTPCT, CNTVCT */
		ENC(3, 3, 14, 0, 5), ENC(3, 3, 14, 0, 6),  /* CNTxCTSS */
		ENC(3, 3, 14, 2, 0), ENC(3, 3, 14, 3, 0),  /* CNTx_TVAL */
		ENC(3, 3, 2, 4, 0),  ENC(3, 3, 2, 4, 1),   /* RNDR, RNDRRS */
	};

	for (unsigned int i = 0; i < sizeof(encs) / sizeof(encs[0]); i++)
		if (encs[i] == number)
			return true;
	return false;
}

void held_start(void)
{
	regs_dump(&held);
	for (unsigned int i = 0; i < 32; i++)
		if (held.q[i][0] || held.q[i][1])
			complain("LEFT", "q", i, held.q[i][0]);
}

void held_try(uint64_t pattern, uint64_t spins)
{
	regs_hold(pattern, spins, &held);
	for (unsigned int i = 0; i < 32; i++)
		for (unsigned int j = 0; j < 2; j++)
			if (held.q[i][j] != (pattern ^ i))
				complain("LOST", "q", i, held.q[i][j]);
	for (unsigned int i = 1; i < 31; i++)
		if (held.x[i] != (pattern ^ i))
			complain("LOST", "x", i, held.x[i]);
	if (held.fpsr != ((pattern & 0x1f) | 1 << 27))
		complain("LOST", "FPSR", 0, held.fpsr);
	if (held.fpcr != ((pattern & 3 << 22) | 1 << 24))
		complain("LOST", "FPCR", 0, held.fpcr);
}
