/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores by encoding: unprivileged ISA, chapters 24 and 16.8. */
#include "insn.h"

#include <lib/util.h>

#define FIELD(insn, hi, lo) ((insn) >> (lo) & ((1u << ((hi) - (lo) + 1)) - 1))

#define OPCODE_LOAD 0x03
#define OPCODE_STORE 0x23
#define OPCODE_AMO 0x2f

/*
 * htinst, privileged architecture 1.12, 8.6.3: bit 0 set is an instruction
 * whose base register gave way to the address offset; bit 1 clear says that it
 * was a short one, given as the long one that does the same.
 */
#define HTINST_INSN BIT(0)
#define HTINST_LONG BIT(1)
#define HTINST_OFFSET GENMASK(19, 15)
#define HTINST_LOAD_ZERO GENMASK(31, 20)
#define HTINST_STORE_ZERO (GENMASK(31, 25) | GENMASK(11, 7))
/* Reading or writing a PTE for VS-stage translation, of 4 or of 8 bytes */
#define HTINST_WALK 0x2000
#define HTINST_WALK_EIGHT 0x1000
#define HTINST_WALK_WRITE 0x20

static enum insn_kind load(struct insn_access *a, unsigned int width,
			   bool sign_extend, unsigned int reg)
{
	a->width = (uint8_t)width;
	a->sign_extend = sign_extend;
	a->reg = (uint8_t)reg;
	return INSN_ACCESS;
}

static enum insn_kind store(struct insn_access *a, unsigned int width,
			    unsigned int reg)
{
	a->write = true;
	return load(a, width, false, reg);
}

static enum insn_kind decode_long(uint32_t insn, struct insn_access *a)
{
	unsigned int funct3 = FIELD(insn, 14, 12);

	a->length = 4;
	switch (FIELD(insn, 6, 0)) {
	case OPCODE_LOAD: /* LB LH LW LD LBU LHU LWU */
		if (funct3 == 7)
			return INSN_OTHER;
		return load(a, 1u << (funct3 & 3), !(funct3 & 4),
			    FIELD(insn, 11, 7));
	case OPCODE_STORE: /* SB SH SW SD */
		if (funct3 > 3)
			return INSN_OTHER;
		return store(a, 1u << funct3, FIELD(insn, 24, 20));
	case OPCODE_AMO:
		return INSN_ATOMIC;
	default:
		return INSN_OTHER;
	}
}

/* Zcb: bits 12:10 say which, of the halfwords with bit 6 */
static enum insn_kind decode_zcb(uint32_t insn, struct insn_access *a,
				 unsigned int reg)
{
	bool bit6 = FIELD(insn, 6, 6);

	switch (FIELD(insn, 12, 10)) {
	case 0: /* C.LBU */
		return load(a, 1, false, reg);
	case 1: /* C.LHU, C.LH */
		return load(a, 2, bit6, reg);
	case 2: /* C.SB */
		return store(a, 1, reg);
	case 3: /* C.SH */
		return bit6 ? INSN_OTHER : store(a, 2, reg);
	default:
		return INSN_OTHER;
	}
}

static enum insn_kind decode_short(uint32_t insn, struct insn_access *a)
{
	unsigned int near = 8 + FIELD(insn, 4, 2); /* rd', rs2': x8..x15 */
	unsigned int rd = FIELD(insn, 11, 7);
	unsigned int rs2 = FIELD(insn, 6, 2);

	a->length = 2;
	/* quadrant, then funct3 */
	switch (FIELD(insn, 1, 0) << 3 | FIELD(insn, 15, 13)) {
	case 2: /* C.LW */
		return load(a, 4, true, near);
	case 3: /* C.LD */
		return load(a, 8, true, near);
	case 4:
		return decode_zcb(insn, a, near);
	case 6: /* C.SW */
		return store(a, 4, near);
	case 7: /* C.SD */
		return store(a, 8, near);
	case 2 << 3 | 2: /* C.LWSP; reserved with x0 */
		return rd ? load(a, 4, true, rd) : INSN_OTHER;
	case 2 << 3 | 3: /* C.LDSP */
		return rd ? load(a, 8, true, rd) : INSN_OTHER;
	case 2 << 3 | 6: /* C.SWSP */
		return store(a, 4, rs2);
	case 2 << 3 | 7: /* C.SDSP */
		return store(a, 8, rs2);
	default:
		return INSN_OTHER;
	}
}

enum insn_kind insn_decode(uint32_t insn, struct insn_access *access)
{
	*access = (struct insn_access){0};
	switch (insn_length(insn)) {
	case 2:
		return decode_short(insn, access);
	case 4:
		return decode_long(insn, access);
	default:
		return INSN_OTHER;
	}
}

/* What does not conform in every bit says nothing: it may be a custom value,
 * or a later standard's. */
static bool conforms(uint64_t htinst, enum insn_kind kind,
		     const struct insn_access *access)
{
	if (kind == INSN_ACCESS)
		return !(htinst & (access->write ? HTINST_STORE_ZERO
						 : HTINST_LOAD_ZERO));
	return kind == INSN_ATOMIC && (htinst & HTINST_LONG);
}

bool insn_walk(uint64_t htinst, bool *write)
{
	*write = htinst & HTINST_WALK_WRITE;
	return (htinst & ~(uint64_t)(HTINST_WALK_EIGHT | HTINST_WALK_WRITE)) ==
	       HTINST_WALK;
}

enum insn_kind insn_from_htinst(uint64_t htinst, struct insn_access *access)
{
	enum insn_kind kind;
	bool write;

	*access = (struct insn_access){0};
	if (!htinst)
		return INSN_FETCH;
	if (!(htinst & HTINST_INSN))
		return insn_walk(htinst, &write)
			       ? INSN_WALK
			       : INSN_FETCH; /* a platform's own value */
	if (htinst >> 32 || insn_length((uint32_t)(htinst | HTINST_LONG)) != 4)
		return INSN_FETCH;
	kind = decode_long((uint32_t)(htinst | HTINST_LONG), access);
	if (!conforms(htinst, kind, access))
		return INSN_FETCH;
	if (kind == INSN_ACCESS && (htinst & HTINST_OFFSET))
		return INSN_OTHER;
	access->length = htinst & HTINST_LONG ? 4 : 2;
	return kind;
}
