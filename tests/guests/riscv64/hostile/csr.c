// SPDX-License-Identifier: Apache-2.0
/* All CSR numbers by all instructions that access them, from VS and VU. */
#include "hostile.h"

#define CSR_COUNT 4096
#define SEED 0x015

/* SYSTEM by funct3: CSRRW CSRRS CSRRC, and with an immediate */
enum { RW = 1, RS = 2, RC = 3, IMM = 4 };

static uint32_t insn_csr(unsigned int funct3, unsigned int csr, unsigned int rd,
			 unsigned int rs1)
{
	return 0x73 | rd << 7 | funct3 << 12 | rs1 << 15 | csr << 20;
}

/*
 * What a hart without H, V and counters has in S-mode. Bits 9:8 of a number
 * are the lowest mode that may, 11:10 are both set when it is read-only: 2.1.
 */
static bool expected(unsigned int csr, enum mode mode)
{
	static const uint16_t supervisor[] = {
		0x100, 0x104, 0x105, 0x106, 0x10a, 0x140,
		0x141, 0x142, 0x143, 0x144, 0x180,
	};

	if ((csr >= 1 && csr <= 3) || csr == 0xc01)
		return true;
	for (unsigned int i = 0; i < 11; i++)
		if (supervisor[i] == csr)
			return mode == VS;
	return false;
}

/* Has the guest by its machine: Sstc's, Sscofpmf's. */
static bool possible(unsigned int csr, enum mode mode)
{
	return mode == VS && (csr == 0x14d || csr == 0xda0);
}

static bool is_illegal(uint32_t insn, enum mode mode, uint64_t a0)
{
	const struct hart *hart = hart_here();
	uint64_t cause = try_insn(insn, mode, a0, a0);

	if (cause == NONE)
		return false;
	check(cause == ILLEGAL && hart->value == insn &&
		      hart->pc == (uint64_t)hart->code,
	      "CSR trap", insn, cause);
	return true;
}

static void list(unsigned int csr, enum mode mode, uint64_t value,
		 const uint64_t *mask)
{
	print(mode == VS ? "csr VS " : "csr VU ");
	print_hex(csr);
	/* time and counters go on, sip and sepc are of the moment */
	if ((csr >= 0xc00 && csr < 0xc20) || (csr & ~0x200u) == 0x144) {
		print("\n");
		return;
	}
	print(" ");
	print_hex(value);
	if (mask) {
		print(" ");
		print_hex(*mask);
	}
	print("\n");
}

/*
 * Zeroes, ones and noise in one go, with no trap in between that would need
 * what is gone; then what it was. satp takes only values that are none.
 */
static uint64_t write_mask(unsigned int csr, enum mode mode)
{
	struct hart *hart = hart_here();
	uint64_t code = (uint64_t)hart->code;
	unsigned int n = 0;

	hart->code[n++] = insn_csr(RW, csr, 12, 0);  /* a2: old */
	hart->code[n++] = insn_csr(RW, csr, 13, 10); /* a3: zeroes */
	hart->code[n++] = insn_csr(RW, csr, 14, 11); /* a4: ones */
	hart->code[n++] = insn_csr(RW, csr, 15, 12); /* a5: noise */
	hart->code[n++] = insn_csr(RS, csr, 0, 10);
	hart->code[n++] = insn_csr(RC, csr, 0, 11);
	hart->code[n++] = insn_csr(RW, csr, 0, 12);
	hart->code[n++] = 0x00100073;
	__asm__ volatile(".4byte 0x100f" ::: "memory");
	hart->x[A0] = csr == 0x180 ? 0xf5a5ul << 48 : ~0ul;
	hart->x[A1] = csr == 0x180 ? 0x7fful << 48 : noise();
	check(try_at(code, mode) == BREAKPOINT && hart->pc == code + 28,
	      "CSR written", csr, mode);
	return hart->x[13] ^ hart->x[14];
}

static void try_present(unsigned int csr, enum mode mode, bool bare)
{
	struct hart *hart = hart_here();
	uint64_t value = hart->x[A1], mask;

	if (csr >> 10 == 3) {
		list(csr, mode, value, NULL);
		check(is_illegal(insn_csr(RW, csr, 11, 10), mode, 0) &&
			      is_illegal(insn_csr(RS, csr, 11, 10), mode, 0) &&
			      is_illegal(insn_csr(RC, csr, 11, 10), mode,
					 ~0ul) &&
			      is_illegal(insn_csr(RW | IMM, csr, 0, 0), mode,
					 0),
		      "read-only CSR written", csr, mode);
		return;
	}
	mask = write_mask(csr, mode);
	list(csr, mode, value, &mask);
	try_insn(insn_csr(RS, csr, 11, 0), mode, 0, 0);
	check(bare || hart->x[A1] == value || csr == 0x144 ||
		      (csr >= 0x141 && csr <= 0x143),
	      "CSR as it was", csr, hart->x[A1] ^ value);
}

static void try_csr(unsigned int csr, enum mode mode, bool bare)
{
	bool present = !is_illegal(insn_csr(RS, csr, 11, 0), mode, 0);

	if (!bare)
		check(present == expected(csr, mode) || possible(csr, mode),
		      present ? "CSR is there" : "CSR is not there", csr, mode);
	if (present) {
		try_present(csr, mode, bare);
		return;
	}
	for (unsigned int funct3 = RW; funct3 <= (RC | IMM); funct3++) {
		/* SEED takes CSRRW alone */
		if (funct3 != IMM && !(bare && csr == SEED))
			check(is_illegal(insn_csr(funct3, csr, 11, 10), mode,
					 noise()),
			      "absent CSR", csr, funct3);
	}
}

/* scounteren is the guest's own to take time from VU-mode. */
static void try_counteren(void)
{
	CSR_WRITE(scounteren, 0);
	check(is_illegal(insn_csr(RS, 0xc01, 11, 0), VU, 0), "time in VU", 0,
	      0);
	check(!is_illegal(insn_csr(RS, 0xc01, 11, 0), VS, 0), "time in VS", 0,
	      0);
	CSR_WRITE(scounteren, 7);
}

void step_csrs(bool bare)
{
	begin("4096 CSRs from VS and from VU");
	for (unsigned int csr = 0; csr < CSR_COUNT; csr++)
		try_csr(csr, VS, bare);
	for (unsigned int csr = 0; csr < CSR_COUNT; csr++)
		try_csr(csr, VU, bare);
	if (!bare)
		try_counteren();
	end();
}
