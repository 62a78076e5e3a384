/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a RISC-V instruction and as htinst. A short load or store is
 * what its long form is, as the ISA's chapter 16 and Zcb expand them; htinst
 * says the same as the instruction that it stands for; and what htinst says in
 * a hurry is what it says at length.
 */
#include <stdbool.h>

#include "../../arch/riscv64/virt/insn.h"

#include "input.h"

/* Long forms with an offset of 0, rs1 x0: LOAD, STORE, LOAD-FP, STORE-FP */
static uint32_t i_type(uint32_t opcode, uint32_t funct3, uint32_t rd)
{
	return opcode | funct3 << 12 | rd << 7;
}

static uint32_t s_type(uint32_t opcode, uint32_t funct3, uint32_t rs2)
{
	return opcode | funct3 << 12 | rs2 << 20;
}

/* 0: it is none, or reserved */
static uint32_t expand(uint16_t c)
{
	uint32_t near = 8 + (c >> 2 & 7), rd = c >> 7 & 31, rs2 = c >> 2 & 31;

	switch (c & 0xe003) {
	case 0x2000: /* C.FLD */
		return i_type(0x07, 3, near);
	case 0x4000: /* C.LW */
		return i_type(0x03, 2, near);
	case 0x6000: /* C.LD */
		return i_type(0x03, 3, near);
	case 0xa000: /* C.FSD */
		return s_type(0x27, 3, near);
	case 0xc000: /* C.SW */
		return s_type(0x23, 2, near);
	case 0xe000: /* C.SD */
		return s_type(0x23, 3, near);
	case 0x2002: /* C.FLDSP */
		return i_type(0x07, 3, rd);
	case 0x4002: /* C.LWSP */
		return rd ? i_type(0x03, 2, rd) : 0;
	case 0x6002: /* C.LDSP */
		return rd ? i_type(0x03, 3, rd) : 0;
	case 0xa002: /* C.FSDSP */
		return s_type(0x27, 3, rs2);
	case 0xc002: /* C.SWSP */
		return s_type(0x23, 2, rs2);
	case 0xe002: /* C.SDSP */
		return s_type(0x23, 3, rs2);
	default:
		break;
	}
	switch (c & 0xfc43) { /* Zcb */
	case 0x8000:          /* C.LBU, whose offset is in bit 6 too */
	case 0x8040:
		return i_type(0x03, 4, near);
	case 0x8400: /* C.LHU */
		return i_type(0x03, 5, near);
	case 0x8440: /* C.LH */
		return i_type(0x03, 1, near);
	case 0x8800: /* C.SB */
	case 0x8840:
		return s_type(0x23, 0, near);
	case 0x8c00: /* C.SH */
		return s_type(0x23, 1, near);
	default:
		return 0;
	}
}

static bool same(const struct insn_access *a, const struct insn_access *b)
{
	return a->width == b->width && a->reg == b->reg &&
	       a->write == b->write && a->sign_extend == b->sign_extend;
}

static void sane(const struct insn_access *a)
{
	must(a->length == 2 || a->length == 4);
	must(a->width == 1 || a->width == 2 || a->width == 4 || a->width == 8);
	must(a->reg < 32);
	must(!a->write || !a->sign_extend);
}

/* 8.6.3: the base register is the offset, 0; bit 1 is clear of short ones */
static void as_htinst(uint32_t insn, const struct insn_access *a)
{
	uint32_t keep = insn & 0x20 ? 0x01f0707f : 0x00007fff;
	uint64_t htinst = (insn & keep) & ~(a->length == 2 ? 2u : 0u);
	struct insn_access b;

	must(insn_from_htinst(htinst, &b) == INSN_ACCESS);
	must(same(a, &b) && a->length == b.length);
}

static void decode(uint32_t insn)
{
	uint32_t full = (insn & 3) == 3 ? insn : expand((uint16_t)insn);
	struct insn_access a, b;
	enum insn_kind kind = insn_decode(insn, &a);

	must(kind == INSN_ACCESS || kind == INSN_ATOMIC || kind == INSN_OTHER);
	if (kind == INSN_ACCESS) {
		sane(&a);
		must(a.length == insn_length(insn));
		as_htinst(full, &a);
	}
	if ((insn & 3) == 3)
		return;
	must(insn_decode(insn & 0xffff, &b) == kind);
	if (!full) {
		must(kind == INSN_OTHER);
		return;
	}
	must(insn_decode(full, &b) == kind);
	must(kind != INSN_ACCESS || same(&a, &b));
}

static void htinst(uint64_t value)
{
	struct insn_access a, b;
	enum insn_kind kind = insn_from_htinst(value, &a);
	bool write;

	if (kind == INSN_ACCESS)
		sane(&a);
	must((kind == INSN_WALK) == insn_walk(value, &write));
	must(value || kind == INSN_FETCH);
	if (!insn_usual(value, &b))
		return;
	must(kind == INSN_ACCESS);
	must(same(&a, &b) && a.length == b.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	while (in.left) {
		uint8_t how = input_u8(&in);
		uint32_t low = input_u32(&in);

		if (how & 1)
			decode(low);
		else
			htinst(how & 2 ? (uint64_t)input_u32(&in) << 32 | low
				       : low);
	}
	return 0;
}
