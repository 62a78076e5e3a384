/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SBI 2.0 as a guest sees it: decoding, validation, answers. Pure: what needs
 * the VM is asked through struct sbi_vm, what needs the run loop is returned
 * as an action. Chapters are those of the specification 2.0.
 */
#ifndef RISCV64_VIRT_SBI_H
#define RISCV64_VIRT_SBI_H

#include <lib/types.h>

/* Chapter 3 */
enum sbi_error {
	SBI_SUCCESS = 0,
	SBI_ERR_FAILED = -1,
	SBI_ERR_NOT_SUPPORTED = -2,
	SBI_ERR_INVALID_PARAM = -3,
	SBI_ERR_DENIED = -4,
	SBI_ERR_INVALID_ADDRESS = -5,
	SBI_ERR_ALREADY_AVAILABLE = -6,
};

/* Chapter 9: what sbi_vm.hart_state() may say */
enum sbi_hart_state {
	SBI_HART_STARTED,
	SBI_HART_STOPPED,
	SBI_HART_START_PENDING,
	SBI_HART_STOP_PENDING,
	SBI_HART_SUSPENDED,
};

/** SBI_CONSOLE_MAX - bytes that one console call moves: it may do a part */
#define SBI_CONSOLE_MAX 256

/** struct sbi_vm - questions about the calling vCPU's VM */
struct sbi_vm {
	/* number of the vCPU, 0..63, with this hart id; -1: there is none */
	int (*vcpu_of)(void *ctx, uint64_t hartid);
	/* a bit for each vCPU that exists */
	uint64_t (*vcpus)(void *ctx);
	/* of a vCPU that exists */
	enum sbi_hart_state (*hart_state)(void *ctx, unsigned int vcpu);
	/* does the guest have RAM at all of it? @size_bytes is not 0 */
	bool (*ram)(void *ctx, uint64_t gpa, uint64_t size_bytes);
	/* 0: mvendorid, 1: marchid, 2: mimpid, as this guest is to see them */
	uint64_t (*machine_id)(void *ctx, unsigned int which);
};

/*
 * What is to be done. Unless it says so, a0 and a1 are then the result's error
 * and value, which are those of success.
 */
enum sbi_action {
	SBI_DO_ANSWER,
	SBI_DO_TIMER,   /* next timer interrupt at deadline; none until then */
	SBI_DO_IPI,     /* software interrupt to vcpus; the caller may be one */
	SBI_DO_FENCE_I, /* FENCE.I on vcpus */
	SBI_DO_SFENCE,  /* SFENCE.VMA on vcpus as fence says */
	SBI_DO_START,   /* hart.vcpu shall start: the answer is the outcome */
	SBI_DO_STOP,    /* the caller stops; no answer */
	SBI_DO_SUSPEND, /* wait as by WFI, then answer */
	SBI_DO_SUSPEND_LOSE,  /* the same, but start anew by hart; no answer */
	SBI_DO_OFF,           /* value: 1 after a failure, else 0; no answer */
	SBI_DO_RESET,         /* the same */
	SBI_DO_CONSOLE_WRITE, /* print memory; a1: bytes printed */
	SBI_DO_CONSOLE_READ,  /* typed bytes to memory; a1: how many */
	SBI_DO_CONSOLE_PUT,   /* print byte */
	SBI_DO_CONSOLE_GET,   /* a0: one typed byte; -1: there is none */
	SBI_DO_STEAL_TIME,    /* zero memory, stolen time goes there */
	SBI_DO_STEAL_TIME_OFF,
	SBI_DO_HYPERCALL, /* number in a6, arguments in a0..a5 */
};

/**
 * struct sbi_result - filled as the action says
 * @a0_only: a legacy call, which leaves a1 alone
 * @vcpus:   a bit for each vCPU that is meant; one that does not run needs
 *           nothing done
 * @fence:   virtual addresses; size_bytes UINT64_MAX: all of them
 * @memory:  RAM of the guest when it was asked for
 */
struct sbi_result {
	int64_t error;
	uint64_t value;
	uint64_t vcpus;
	bool a0_only;
	union {
		uint64_t deadline;
		uint8_t byte;
		struct {
			uint64_t start;
			uint64_t size_bytes;
			uint16_t asid;
			bool by_asid;
		} fence;
		struct {
			unsigned int vcpu;
			uint64_t entry;
			uint64_t arg; /* a1; a0 is the hart's id */
		} hart;
		struct {
			gpa_t gpa;
			uint64_t size_bytes;
		} memory;
	};
};

/**
 * sbi_decide() - one call
 * @a:      a0..a7 of the caller
 * @vm, @ctx: whom to ask
 */
enum sbi_action sbi_decide(const uint64_t *a, const struct sbi_vm *vm,
			   void *ctx, struct sbi_result *result);

#endif
