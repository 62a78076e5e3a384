/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions of the host itself: name them, show their registers. */
#include <arch/cpu.h>
#include <arch/upcall.h>
#include <asm/csr.h>
#include <asm/trap.h>
#include <lib/log.h>
#include <lib/util.h>

#define LOG_TAG "trap"

void (*arch_early_putc)(char c);

static const char *const cause_names[] = {
	[CAUSE_FETCH_MISALIGNED] = "misaligned pc",
	[CAUSE_FETCH_ACCESS] = "instruction access fault",
	[CAUSE_ILLEGAL] = "illegal instruction",
	[CAUSE_BREAKPOINT] = "breakpoint",
	[CAUSE_LOAD_MISALIGNED] = "misaligned load",
	[CAUSE_LOAD_ACCESS] = "load access fault",
	[CAUSE_STORE_MISALIGNED] = "misaligned store",
	[CAUSE_STORE_ACCESS] = "store access fault",
	[CAUSE_FETCH_PAGE] = "instruction page fault",
	[CAUSE_LOAD_PAGE] = "load page fault",
	[CAUSE_STORE_PAGE] = "store page fault",
};

static const char *const reg_names[32] = {
	"x0", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
	"a1", "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
	"s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

__noreturn void trap_fatal(const struct arch_trap_frame *frame);

/* Called by vectors.S on an emergency stack. */
void trap_fatal(const struct arch_trap_frame *frame)
{
	const char *what = NULL;

	if (frame->cause < ARRAY_SIZE(cause_names))
		what = cause_names[frame->cause];
	core_trap(frame, what ? what : "unexpected exception");
}

void arch_trap_frame_dump(const struct arch_trap_frame *frame)
{
	log_print(LOG_OFF, LOG_TAG, "pc  %016llx  cause %llx",
		  (unsigned long long)frame->pc,
		  (unsigned long long)frame->cause);
	log_print(LOG_OFF, LOG_TAG, "stval %016llx  sstatus %llx",
		  (unsigned long long)frame->value,
		  (unsigned long long)frame->status);
	for (unsigned int i = 1; i < 31; i += 2)
		log_print(LOG_OFF, LOG_TAG, "%-3s %016llx  %-3s %016llx",
			  reg_names[i], (unsigned long long)frame->x[i],
			  reg_names[i + 1],
			  (unsigned long long)frame->x[i + 1]);
	log_print(LOG_OFF, LOG_TAG, "%-3s %016llx", reg_names[31],
		  (unsigned long long)frame->x[31]);
}

hva_t arch_trap_frame_fp(const struct arch_trap_frame *frame)
{
	return hva(frame->x[8]);
}

uint64_t arch_trap_frame_pc(const struct arch_trap_frame *frame)
{
	return frame->pc;
}

bool arch_trap_frame_fault(const struct arch_trap_frame *frame, hva_t *va)
{
	*va = hva(frame->value);
	switch (frame->cause) {
	case CAUSE_FETCH_ACCESS:
	case CAUSE_LOAD_ACCESS:
	case CAUSE_STORE_ACCESS:
	case CAUSE_FETCH_PAGE:
	case CAUSE_LOAD_PAGE:
	case CAUSE_STORE_PAGE:
		return true;
	default:
		return false;
	}
}
