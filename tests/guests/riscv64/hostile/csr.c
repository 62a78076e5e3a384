// SPDX-License-Identifier: Apache-2.0
/* All CSR numbers by all instructions that access them, from VS and VU. */
#include "hostile.h"

#define CSR_COUNT 4096
#define SEED 0x015

/* AIA 1.0, chapter 2 */
#define SISELECT 0x150
#define SIREG 0x151
#define STOPEI 0x15c
#define STOPI 0xdb0

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
static bool expected(unsigned int csr, enum mode mode, bool aia)
{
	static const uint16_t supervisor[] = {
		0x100, 0x104, 0x105, 0x106, 0x10a, 0x140,
		0x141, 0x142, 0x143, 0x144, 0x180,
	};

	if ((csr >= 1 && csr <= 3) || csr == 0xc01)
		return true;
	if (aia && (csr == SISELECT || csr == STOPEI || csr == STOPI))
		return mode == VS;
	for (unsigned int i = 0; i < 11; i++)
		if (supervisor[i] == csr)
			return mode == VS;
	return false;
}

/* Has the guest by its machine: Sstc's, Sscofpmf's. sireg is what siselect
 * says, and that may be nothing. */
static bool possible(unsigned int csr, enum mode mode, bool aia)
{
	return mode == VS &&
	       (csr == 0x14d || csr == 0xda0 || (aia && csr == SIREG));
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
 * what is gone; then what it was. satp takes only values that are none. Of
 * sireg the register that siselect names is meant.
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
	/* eidelivery: 1 is a value, what else is one the hart may choose */
	if (csr == SIREG && CSR_READ(0x150) == 0x70)
		hart->x[A0] = hart->x[A1] = 1;
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

static void try_csr(unsigned int csr, enum mode mode, bool bare, bool aia)
{
	bool present = !is_illegal(insn_csr(RS, csr, 11, 0), mode, 0);

	if (!bare)
		check(present == expected(csr, mode, aia) ||
			      possible(csr, mode, aia),
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

/* Ssctr's records, for which QEMU 10.0.2 does not ask hstateen0.CTR: nothing
 * is in them. */
static bool is_ctr(unsigned int select)
{
	return select >= 0x200;
}

/* AIA's of what siselect can name, 2.1: the others are not ours to write. */
static bool is_aia(unsigned int select)
{
	return (select >= 0x30 && select < 0x40) ||
	       (select >= 0x70 && select < 0x100);
}

/* What siselect can name, each as a CSR of a number that there is not. */
static void try_indirect(bool bare)
{
	const struct hart *hart = hart_here();
	uint64_t value, mask;

	for (unsigned int select = 0; select < 0x220; select++) {
		CSR_WRITE(0x150, select);
		if (CSR_READ(0x150) != select ||
		    is_illegal(insn_csr(RS, SIREG, 11, 0), VS, 0))
			continue;
		value = hart->x[A1];
		check(bare || is_aia(select) || (is_ctr(select) && !value),
		      "sireg is there", select, value);
		mask = is_aia(select) ? write_mask(SIREG, VS) : 0;
		list(0x10000 + select, VS, value, &mask);
		try_insn(insn_csr(RS, SIREG, 11, 0), VS, 0, 0);
		check(bare || hart->x[A1] == value, "sireg as it was", select,
		      hart->x[A1] ^ value);
		check(is_illegal(insn_csr(RS, SIREG, 11, 0), VU, 0),
		      "sireg in VU", select, 0);
	}
	CSR_WRITE(0x150, 0);
}

/* Messages that the guest makes pending by hand, and takes in their order. */
static void try_claims(void)
{
	static const uint8_t ids[] = {60, 7, 61, 33};
	uint64_t top;

	CSR_WRITE(0x150, 0xc0);
	CSR_WRITE(0x151, ~0ul);
	CSR_WRITE(0x150, 0x80);
	for (unsigned int i = 0; i < sizeof(ids); i++)
		CSR_SET(0x151, 1ul << ids[i]);
	for (unsigned int i = 0; i < 5; i++) {
		static const uint8_t order[] = {7, 33, 60, 61, 0};

		top = CSR_READ(0x15c);
		check(top == order[i] * 0x10001ul, "stopei", top, i);
		CSR_WRITE(0x15c, ~0ul); /* takes it, whatever is written */
	}
	check(!CSR_READ(0x151), "eip", CSR_READ(0x151), 0);
	CSR_WRITE(0x150, 0xc0);
	CSR_WRITE(0x151, 0);
	CSR_WRITE(0x150, 0);
}

void step_csrs(bool bare, bool aia)
{
	begin("4096 CSRs from VS and from VU");
	for (unsigned int csr = 0; csr < CSR_COUNT; csr++)
		try_csr(csr, VS, bare, aia);
	for (unsigned int csr = 0; csr < CSR_COUNT; csr++)
		try_csr(csr, VU, bare, aia);
	if (aia) {
		try_indirect(bare);
		try_claims();
	}
	if (!bare)
		try_counteren();
	end();
}
