/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores that left the guest by a guest-page fault: from what the
 * hart says of them in htinst, or from their encoding. Pure.
 *
 * Chapters of the unprivileged ISA 20191213; Zcb by the Zc specification 1.0.
 */
#ifndef RISCV64_VIRT_INSN_H
#define RISCV64_VIRT_INSN_H

#include <lib/types.h>

enum insn_kind {
	INSN_ACCESS, /* one load or store: *access is filled */
	INSN_ATOMIC, /* LR, SC or AMO: no device can do it */
	INSN_OTHER,  /* floating point, vectors, no access at all ... */
	INSN_FETCH,  /* htinst says nothing: fetch the instruction */
	INSN_WALK,   /* no instruction: the guest's page tables lie there */
};

/**
 * struct insn_access - what a load or store does
 * @length: bytes of the instruction, 2 or 4
 * @width:  bytes of the access
 * @reg:    x register that is loaded, or whose low bytes are stored; 0 is
 *          loaded without effect and stored as 0
 * @sign_extend: a load's value, from its width to 64 bits; else zeroes go on
 */
struct insn_access {
	uint8_t length;
	uint8_t width;
	uint8_t reg;
	bool write;
	bool sign_extend;
};

/** insn_length() - by the first two bytes: 2, 4, or 0 for longer ones */
static inline unsigned int insn_length(uint32_t insn)
{
	if ((insn & 3) != 3)
		return 2;
	return (insn & 0x1c) != 0x1c ? 4 : 0;
}

/**
 * insn_decode() - look at fetched bytes
 * @insn: first byte lowest; the upper half of a short one means nothing
 *
 * Return: INSN_ACCESS, _ATOMIC or _OTHER.
 */
enum insn_kind insn_decode(uint32_t insn, struct insn_access *access);

/**
 * insn_from_htinst() - look at what the hart wrote when it took the fault
 *
 * An access that goes wrong behind its first byte is INSN_OTHER: it is
 * misaligned, and no access of a device.
 */
enum insn_kind insn_from_htinst(uint64_t htinst, struct insn_access *access);

/*
 * Bits of a load's and a store's htinst that may be anything: funct3, rd or
 * rs2, and bit 1, which is clear of a short one.
 */
#define HTINST_LOAD_FREE 0x7f82u
#define HTINST_LOAD 0x01u
#define HTINST_STORE_FREE 0x1f07002u
#define HTINST_STORE 0x21u

/** insn_usual() - the same for what a driver does all the time, in a few
 * instructions. Return: false: ask insn_from_htinst() */
static inline bool insn_usual(uint64_t htinst, struct insn_access *access)
{
	unsigned int funct3 = htinst >> 12 & 7;

	access->length = 2 + (htinst & 2);
	access->width = (uint8_t)(1u << (funct3 & 3));
	if ((htinst & ~(uint64_t)HTINST_LOAD_FREE) == HTINST_LOAD) {
		access->reg = htinst >> 7 & 31;
		access->write = false;
		access->sign_extend = funct3 < 4;
		return funct3 != 7;
	}
	access->reg = htinst >> 20 & 31;
	access->write = true;
	access->sign_extend = false;
	return (htinst & ~(uint64_t)HTINST_STORE_FREE) == HTINST_STORE &&
	       funct3 < 4;
}

/**
 * insn_walk() - did the guest's page tables themselves fault?
 * @write: the hart was to set A or D
 */
bool insn_walk(uint64_t htinst, bool *write);

#endif
