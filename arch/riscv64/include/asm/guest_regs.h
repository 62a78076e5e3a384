/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest's exit saves, beside the CSRs that stay in the hart. */
#ifndef ASM_GUEST_REGS_H
#define ASM_GUEST_REGS_H

#include <lib/types.h>

/**
 * struct guest_regs - layout shared with entry.S through asm-offsets
 * @x:       x[0] is not written
 * @status:  sstatus in the guest: SPP is its mode, FS its registers' state
 * @host_*:  valid while the guest runs
 */
struct guest_regs {
	uint64_t x[32];
	uint64_t pc;
	uint64_t status;
	uint64_t host_sp;
	uint64_t host_scratch;
	uint64_t host_status;
	uint64_t host_vectors;
};

#endif
