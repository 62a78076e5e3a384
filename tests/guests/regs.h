/* SPDX-License-Identifier: Apache-2.0 */
/* The register guest: what it needs of its architecture, in <arch>/regs.c. */
#ifndef TEST_GUEST_REGS_H
#define TEST_GUEST_REGS_H

#include "guest.h"

#define REGS_FILLED_MAX 64

/**
 * struct reg - a system register with a value of the guest's choice
 * @mask: what may be written without an end to this guest, which translates
 *        nothing
 * @of_traps: a trap changes it, and it is always there
 */
struct reg {
	uint32_t number;
	char name[20]; /* no pointer: nothing relocates this guest */
	uint64_t mask;
	bool of_traps;
};

/* regs.c */

/** complain() - something is not as it must be */
void complain(const char *what, const char *name, uint64_t number,
	      uint64_t value);

/* <arch>/regs.c */

extern const struct reg regs_filled[];
extern const unsigned int regs_filled_count;
/* numbers that may be registers */
extern const uint32_t regs_begin, regs_end, regs_step;
extern const char regs_kind[10];

/** reg_left_out() - reading it does something, or its value is another each
 * time and would show any pattern at last */
bool reg_left_out(uint32_t number);
uint64_t reg_read(uint32_t number);
void reg_write(uint32_t number, uint64_t value);

/** held_start() - what general and floating-point registers began with: nothing
 * is there, else it complains. The first thing that is called. */
void held_start(void);
/** held_try() - they all get @pattern ^ their number, it counts down from
 * @spins, and complains of each that is another then */
void held_try(uint64_t pattern, uint64_t spins);

#endif
