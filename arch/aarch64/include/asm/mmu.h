/* SPDX-License-Identifier: Apache-2.0 */
/* Translation, beyond what <arch/pgtable.h> asks of every architecture. */
#ifndef ASM_MMU_H
#define ASM_MMU_H

#include <arch/pgtable.h>
#include <lib/types.h>

/**
 * aarch64_features_add() - the calling CPU's limits join the machine's
 *
 * Called on each CPU before it enters core. A CPU that comes after the
 * stage-2 format was chosen and cannot use it is refused.
 *
 * Return: 0; -ENODEV.
 */
int aarch64_features_add(void);

/** aarch64_pa_range() - least ID_AA64MMFR0_EL1.PARange of all CPUs, 0..5 */
unsigned int aarch64_pa_range(void);

/** aarch64_empty_root_set() - a stage-2 root that maps nothing, for ever;
 * before the first VM */
void aarch64_empty_root_set(hpa_t root);

/** arch_stage2_vtcr() - VTCR_EL2 that fits arch_stage2_format() */
uint64_t arch_stage2_vtcr(void);

/* pgtable_format.c, pure: */
extern const struct pgt_format aarch64_host_format;
/** aarch64_stage2_format() - of a physical address range code, clamped */
const struct pgt_format *aarch64_stage2_format(unsigned int pa_range);
/** aarch64_vtcr() - VTCR_EL2 for a format of the above */
uint64_t aarch64_vtcr(const struct pgt_format *format, unsigned int pa_range,
		      bool vmid16);

#endif
