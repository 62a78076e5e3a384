/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and stores by encoding, C4.1.94. */
#include "insn.h"

#include <lib/util.h>

#define FIELD(insn, hi, lo) ((insn) >> (lo) & ((1u << ((hi) - (lo) + 1)) - 1))

static int32_t sign_extend(uint32_t value, unsigned int bits)
{
	uint32_t sign = 1u << (bits - 1);

	return (int32_t)((value ^ sign) - sign);
}

/* Loading into the base that is written back is CONSTRAINED UNPREDICTABLE, as
 * is storing it; SP as base (31) is no transfer register. */
static bool base_clashes(const struct insn_access *a)
{
	if (!a->writeback || a->rn == 31)
		return false;
	return a->rt[0] == a->rn || (a->count == 2 && a->rt[1] == a->rn);
}

/* Load/store register pair: opc 101 V=0 0 index L imm7 Rt2 Rn Rt */
static bool decode_pair(uint32_t insn, struct insn_access *a)
{
	unsigned int opc = FIELD(insn, 31, 30);
	unsigned int index = FIELD(insn, 24, 23); /* no-allocate post off pre */
	bool load = FIELD(insn, 22, 22);

	if (FIELD(insn, 25, 25) || opc == 3)
		return false;
	if (opc == 1 && (!load || index == 0))
		return false; /* STGP; unallocated */
	a->width = opc == 2 ? 8 : 4;
	a->count = 2;
	a->write = !load;
	a->sign_extend = opc == 1;
	a->sixty_four = opc != 0;
	a->offset = sign_extend(FIELD(insn, 21, 15), 7) * a->width;
	a->writeback = index & 1;
	a->post = index == 1;
	a->rt[0] = FIELD(insn, 4, 0);
	a->rt[1] = FIELD(insn, 14, 10);
	a->rn = FIELD(insn, 9, 5);
	if (load && a->rt[0] == a->rt[1])
		return false; /* CONSTRAINED UNPREDICTABLE */
	return !base_clashes(a);
}

/* Load/store register: size 111 V=0 .. opc ..., immediate forms */
static bool decode_single(uint32_t insn, struct insn_access *a)
{
	unsigned int size = FIELD(insn, 31, 30);
	unsigned int opc = FIELD(insn, 23, 22);
	unsigned int form = FIELD(insn, 11, 10); /* unscaled post unpriv pre */

	/* opc 2 sign-extends to 64 bits, 3 to 32; with 8 bytes: PRFM, none */
	if (opc >= 2 && (size == 3 || (size == 2 && opc == 3)))
		return false;
	a->width = 1u << size;
	a->count = 1;
	a->write = opc == 0;
	a->sign_extend = opc >= 2;
	a->sixty_four = size == 3 || opc == 2;
	a->rt[0] = FIELD(insn, 4, 0);
	a->rn = FIELD(insn, 9, 5);
	if (FIELD(insn, 25, 24) == 1) {
		a->offset = (int32_t)(FIELD(insn, 21, 10) << size);
		return true;
	}
	if (FIELD(insn, 25, 24) != 0 || FIELD(insn, 21, 21))
		return false; /* register offset, atomics, pointer auth */
	a->offset = sign_extend(FIELD(insn, 20, 12), 9);
	a->writeback = form & 1;
	a->post = form == 1;
	return !base_clashes(a);
}

bool insn_decode(uint32_t insn, struct insn_access *access)
{
	*access = (struct insn_access){.rt = {31, 31}};
	switch (FIELD(insn, 29, 26)) {
	case 0xa: /* 101 V=0 */
		return decode_pair(insn, access);
	case 0xe: /* 111 V=0 */
		return decode_single(insn, access);
	default:
		return false;
	}
}
