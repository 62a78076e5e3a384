/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions of the host itself: name them, show their registers. */
#include <arch/cpu.h>
#include <arch/upcall.h>
#include <asm/sysreg.h>
#include <asm/trap.h>
#include <lib/log.h>
#include <lib/util.h>

#include "boot.h"

#define LOG_TAG "trap"

void (*arch_early_putc)(char c);

/* ESR_EL2.EC of what EL2 can do to itself; NULL rows: see default_name. */
static const char *const class_names[64] = {
	[ESR_EC_UNKNOWN] = "undefined instruction",
	[ESR_EC_FP] = "FP/SIMD access",
	[ESR_EC_BTI] = "branch target",
	[ESR_EC_ILLEGAL] = "illegal execution state",
	[ESR_EC_HVC64] = "HVC",
	[ESR_EC_SMC64] = "SMC",
	[ESR_EC_SYSREG] = "system register access",
	[ESR_EC_SVE] = "SVE access",
	[ESR_EC_SME] = "SME access",
	[ESR_EC_IABT_CUR] = "instruction abort",
	[ESR_EC_PC_ALIGN] = "misaligned pc",
	[ESR_EC_DABT_CUR] = "data abort",
	[ESR_EC_SP_ALIGN] = "misaligned sp",
	[ESR_EC_SERROR] = "SError",
	[ESR_EC_BRK64] = "BRK",
};

/* By vectors.S: position in the table's row. */
static const char *const kind_names[4] = {
	NULL, /* synchronous: by class */
	"IRQ on SP_EL0",
	"FIQ",
	"SError",
};

__noreturn void trap_fatal(const struct arch_trap_frame *frame,
			   unsigned int kind);

/* Called by vectors.S on an emergency stack. */
void trap_fatal(const struct arch_trap_frame *frame, unsigned int kind)
{
	const char *what = kind_names[kind % 4];

	if (!what)
		what = class_names[ESR_EC(frame->esr)];
	core_trap(frame, what ? what : "unexpected exception");
}

void arch_trap_frame_dump(const struct arch_trap_frame *frame)
{
	log_print(LOG_OFF, LOG_TAG, "pc  %016llx  sp  %016llx",
		  (unsigned long long)frame->pc, (unsigned long long)frame->sp);
	log_print(LOG_OFF, LOG_TAG, "esr %016llx  far %016llx  pstate %llx",
		  (unsigned long long)frame->esr,
		  (unsigned long long)frame->far,
		  (unsigned long long)frame->pstate);
	for (unsigned int i = 0; i < 30; i += 2)
		log_print(LOG_OFF, LOG_TAG, "x%-2u %016llx  x%-2u %016llx", i,
			  (unsigned long long)frame->x[i], i + 1,
			  (unsigned long long)frame->x[i + 1]);
	log_print(LOG_OFF, LOG_TAG, "x30 %016llx",
		  (unsigned long long)frame->x[30]);
}

hva_t arch_trap_frame_fp(const struct arch_trap_frame *frame)
{
	return hva(frame->x[29]);
}

uint64_t arch_trap_frame_pc(const struct arch_trap_frame *frame)
{
	return frame->pc;
}

bool arch_trap_frame_fault(const struct arch_trap_frame *frame, hva_t *va)
{
	*va = hva(frame->far);
	return ESR_EC(frame->esr) == ESR_EC_DABT_CUR ||
	       ESR_EC(frame->esr) == ESR_EC_IABT_CUR;
}
