/* SPDX-License-Identifier: Apache-2.0 */
/* All of a vCPU's registers: what arch_vcpu_state_get() fills. */
#ifndef ASM_VCPU_STATE_H
#define ASM_VCPU_STATE_H

#include <lib/types.h>

/* Registers of EL1 and EL0 that change hands with the CPU. */
struct arch_el1_state {
	uint64_t sp_el0;
	uint64_t sp_el1;
	uint64_t elr_el1;
	uint64_t spsr_el1;
	uint64_t sctlr;
	uint64_t cpacr;
	uint64_t ttbr0;
	uint64_t ttbr1;
	uint64_t tcr;
	uint64_t esr;
	uint64_t afsr0;
	uint64_t afsr1;
	uint64_t far;
	uint64_t mair;
	uint64_t amair;
	uint64_t vbar;
	uint64_t contextidr;
	uint64_t tpidr_el0;
	uint64_t tpidrro_el0;
	uint64_t tpidr_el1;
	uint64_t par;
	uint64_t csselr;
	uint64_t cntkctl;
	uint64_t mdscr;
	uint64_t keys[10]; /* pointer authentication: IA IB DA DB GA, lo hi */
};

struct arch_fp_state {
	uint64_t q[32][2];
	uint64_t fpsr;
	uint64_t fpcr;
} __attribute__((aligned(16)));

struct arch_timer_state {
	uint64_t cntv_ctl;
	uint64_t cntv_cval; /* on the guest's CNTVCT */
	uint64_t cntp_ctl;
	uint64_t cntp_cval;
};

struct arch_vcpu_state {
	uint64_t x[31];
	uint64_t pc;
	uint64_t pstate;
	struct arch_el1_state el1;
	struct arch_timer_state timer;
	struct arch_fp_state fp;
};

#endif
