/* SPDX-License-Identifier: Apache-2.0 */
/* This machine's feature registers, as guests are shown them. */
#include "sysreg.h"

#include <asm/mmu.h>
#include <asm/sysreg.h>

static uint64_t shown[8][8];

/* clang-format off */
#define FOR_OP2(crm, x)							\
	x(crm, 0) x(crm, 1) x(crm, 2) x(crm, 3)				\
	x(crm, 4) x(crm, 5) x(crm, 6) x(crm, 7)
/* clang-format on */

void idregs_probe(void)
{
	uint64_t pa_range = aarch64_pa_range();
	const uint64_t widest = 5; /* 48 bits */

	/* CRm 1..7 read as zero where nothing is allocated, D18.1.1 */
#define PROBE(crm, op2)                                                        \
	shown[crm][op2] =                                                      \
		idreg_show(crm, op2, read_sysreg(S3_0_C0_C##crm##_##op2));
	FOR_OP2(1, PROBE)
	FOR_OP2(2, PROBE)
	FOR_OP2(3, PROBE)
	FOR_OP2(4, PROBE)
	FOR_OP2(5, PROBE)
	FOR_OP2(6, PROBE)
	FOR_OP2(7, PROBE)
#undef PROBE
	shown[0][6] = read_sysreg(revidr_el1);
	/* as wide as stage 2 takes addresses */
	shown[7][0] = (shown[7][0] & ~(uint64_t)0xf) | MIN(pa_range, widest);
}

uint64_t idreg_read(unsigned int crm, unsigned int op2)
{
	return shown[crm & 7][op2 & 7];
}
