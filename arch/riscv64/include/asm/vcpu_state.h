/* SPDX-License-Identifier: Apache-2.0 */
/* All of a vCPU's registers: what arch_vcpu_state_get() fills. */
#ifndef ASM_VCPU_STATE_H
#define ASM_VCPU_STATE_H

#include <lib/types.h>

/* CSRs of VS and VU that change hands with the hart. */
struct arch_vs_state {
	uint64_t vsstatus;
	uint64_t vsie;
	uint64_t vstvec;
	uint64_t vsscratch;
	uint64_t vsepc;
	uint64_t vscause;
	uint64_t vstval;
	uint64_t vsatp;
	uint64_t scounteren;
	uint64_t senvcfg;
	uint64_t hvip; /* VSSIP alone: the others follow from their sources */
};

struct arch_fp_state {
	uint64_t f[32];
	uint64_t fcsr;
};

struct arch_vcpu_state {
	uint64_t x[32];
	uint64_t pc;
	uint64_t status;
	uint64_t timecmp; /* on the guest's time */
	struct arch_vs_state vs;
	struct arch_fp_state fp;
};

#endif
