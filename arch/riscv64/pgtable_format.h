/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page tables of RISC-V as mm/pgtable.c sees them: the host's own, in
 * satp, and the guests' second stage, in hgatp. Pure: which of them this
 * machine has is found out elsewhere.
 */
#ifndef RISCV64_PGTABLE_FORMAT_H
#define RISCV64_PGTABLE_FORMAT_H

#include <arch/pgtable.h>

/** RISCV64_LEVELS_MIN - Sv39 and Sv39x4; five levels are Sv57 and Sv57x4 */
#define RISCV64_LEVELS_MIN 3
#define RISCV64_LEVELS_MAX 5

/**
 * riscv64_host_format() - of the host's own address space
 * @levels: 3..5
 * @svpbmt: every hart has Svpbmt; else memory is what the platform says, and
 *          PGT_UNCACHED changes nothing
 *
 * The lower half only, 38, 47 or 56 bits: the walker's addresses are numbers,
 * those of the upper half are sign-extended. It relies on sstatus.SUM = 0.
 */
const struct pgt_format *riscv64_host_format(unsigned int levels, bool svpbmt);

/** riscv64_stage2_format() - guest to host physical: 41, 50 or 59 bits */
const struct pgt_format *riscv64_stage2_format(unsigned int levels,
					       bool svpbmt);

/** riscv64_satp() - satp for a root of a host format; ASID 0 */
uint64_t riscv64_satp(const struct pgt_format *format, hpa_t root);

/** riscv64_hgatp() - hgatp for a root of a stage-2 format */
uint64_t riscv64_hgatp(const struct pgt_format *format, hpa_t root,
		       uint16_t vmid);

#endif
