/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A64 loads and stores whose stage-2 abort carries no syndrome: pairs, and
 * those that write the base register back. Pure.
 */
#ifndef VIRT_INSN_H
#define VIRT_INSN_H

#include <lib/types.h>

/**
 * struct insn_access - what a load or store does
 * @width:      bytes of one access
 * @count:      accesses, at ascending addresses
 * @offset:     added to the base
 * @post:       the access is at the base itself, @offset goes to write-back
 * @sign_extend, @sixty_four: of loads; without the latter to 32 bits
 */
struct insn_access {
	int32_t offset;
	uint8_t width;
	uint8_t count;
	uint8_t rn;
	uint8_t rt[2];
	bool write;
	bool writeback;
	bool post;
	bool sign_extend;
	bool sixty_four;
};

/**
 * insn_decode() - look at one instruction
 *
 * Return: false for anything else: SIMD, atomics, exclusives, tags, system
 * instructions, unallocated or unpredictable forms.
 */
bool insn_decode(uint32_t insn, struct insn_access *access);

#endif
