// SPDX-License-Identifier: Apache-2.0
/* The register guest: RISC-V's. */
#include "regs.h"

#define FCSR_MASK 0x7f /* flags, and rounding modes that exist */

static uint32_t code[2] __attribute__((aligned(64)));

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

uint64_t reg_read(uint32_t number)
{
	return run_code(number << 20 | 0x00002573, 0); /* csrr a0, csr */
}

void reg_write(uint32_t number, uint64_t value)
{
	run_code(number << 20 | 0x00051073, value); /* csrw csr, a0 */
}

const struct reg regs_filled[] = {
	{0x104, "sie", 0x222, false},     {0x106, "scounteren", 0x7, false},
	{0x10a, "senvcfg", 0x1, false},   {0x140, "sscratch", ~0ul, false},
	{0x141, "sepc", ~0ul, false},     {0x142, "scause", ~0ul, false},
	{0x143, "stval", ~0ul, false},    {0x14d, "stimecmp", ~0ul, false},
	{0x5a8, "scontext", ~0ul, false},
};
const unsigned int regs_filled_count =
	sizeof(regs_filled) / sizeof(regs_filled[0]);
_Static_assert(sizeof(regs_filled) / sizeof(regs_filled[0]) <= REGS_FILLED_MAX,
	       "regs.c has room");

const uint32_t regs_begin = 0, regs_end = 4096, regs_step = 1;
const char regs_kind[10] = "CSR ";

/* Counters. */
bool reg_left_out(uint32_t number)
{
	return number >= 0xc00 && number < 0xc20;
}

void held_start(void)
{
	regs_dump(&held);
	if (start_regs)
		complain("LEFT", "x", 0, start_regs);
	for (unsigned int i = 0; i < 32; i++)
		if (held.f[i])
			complain("LEFT", "f", i, held.f[i]);
	if (held.fcsr)
		complain("LEFT", "fcsr", 0, held.fcsr);
}

void held_try(uint64_t pattern, uint64_t spins)
{
	regs_hold(pattern, spins, &held);
	for (unsigned int i = 0; i < 32; i++)
		if (held.f[i] != (pattern ^ i))
			complain("LOST", "f", i, held.f[i]);
	for (unsigned int i = 1; i < 32; i++)
		if (i != 2 && i != 10 && held.x[i] != (pattern ^ i))
			complain("LOST", "x", i, held.x[i]);
	if (held.fcsr != (pattern & FCSR_MASK))
		complain("LOST", "fcsr", 0, held.fcsr);
}
