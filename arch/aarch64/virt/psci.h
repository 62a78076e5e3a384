/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PSCI 1.1 as a guest sees it (Arm DEN 0022): decoding, validation, answers.
 * Pure: what needs the VM is asked through struct psci_vm, what needs the run
 * loop is returned as an action.
 */
#ifndef VIRT_PSCI_H
#define VIRT_PSCI_H

#include <lib/types.h>

#define PSCI_IS_CALL(fn) (((uint32_t)(fn) & ~0x4000001fu) == 0x84000000u)

/** struct psci_vm - questions about the calling vCPU's VM */
struct psci_vm {
	/* 1: on, 0: off, -1: there is no such CPU */
	int (*cpu_state)(void *ctx, uint64_t hwid);
	/* can a CPU start there? */
	bool (*entry_valid)(void *ctx, uint64_t entry);
};

enum psci_action {
	PSCI_DO_ANSWER,  /* x0 := result->value, go on */
	PSCI_DO_CPU_ON,  /* start result->hwid; the answer comes later */
	PSCI_DO_CPU_OFF, /* the calling CPU stops */
	PSCI_DO_SUSPEND, /* x0 := result->value, then wait as by WFI */
	PSCI_DO_OFF,
	PSCI_DO_RESET,
};

struct psci_result {
	uint64_t value;
	uint64_t hwid;
	uint64_t entry;
	uint64_t arg;
};

/**
 * psci_call() - one call
 * @x:      x0..x3 of the caller; PSCI_IS_CALL(x[0]) holds
 * @vm, @ctx: whom to ask
 * @result: filled as the action says
 */
enum psci_action psci_call(const uint64_t *x, const struct psci_vm *vm,
			   void *ctx, struct psci_result *result);

/** psci_has() - would psci_call() know this function number? */
bool psci_has(uint32_t fn);

#endif
