/* SPDX-License-Identifier: Apache-2.0 */
/* The second stage of translation, beside what <arch/pgtable.h> says of it. */
#ifndef ASM_STAGE2_H
#define ASM_STAGE2_H

#include <arch/pgtable.h>

/** riscv64_stage2_probe() - once, on a hart with H. Return: NULL; what hgatp
 * has instead of what is needed */
const char *riscv64_stage2_probe(void);

/** riscv64_stage2_hgatp() - hgatp for a root of arch_stage2_format() */
uint64_t riscv64_stage2_hgatp(hpa_t root, uint16_t vmid);

#endif
