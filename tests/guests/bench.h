/* SPDX-License-Identifier: Apache-2.0 */
/* The benchmark guest: what bench.c and <arch>/bench.c share. */
#ifndef TEST_GUEST_BENCH_H
#define TEST_GUEST_BENCH_H

#include "guest.h"

#define WARM_UP 100
#define ROUNDS 1000

/* bench.c */
extern uint64_t samples[ROUNDS];

/**
 * report() - "BENCH name median min max" of the samples, which it sorts
 * @subtract: what measuring alone takes
 */
void report(const char *name, uint64_t subtract);
/** bench_failed() - something came that must not; no return */
void bench_failed(const char *what, uint64_t cause, uint64_t pc,
		  uint64_t address) __attribute__((noreturn));

/* <arch>/bench.c */

/** bench_all() - all that is measured, each reported; CPU 1 takes part */
void bench_all(void);
/** bench_entry() - of the guest's first instruction, as the machine counts from
 * its start; @entry_count: guest_main()'s */
uint64_t bench_entry(uint64_t entry_count);

#endif
