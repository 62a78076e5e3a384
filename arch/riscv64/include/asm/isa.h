/* SPDX-License-Identifier: Apache-2.0 */
/* What the harts can, as the host tree names it. */
#ifndef ASM_ISA_H
#define ASM_ISA_H

#include <lib/types.h>

/**
 * isa_string_has() - is an extension in a string like "rv64imac_zicsr_sstc"?
 * @ext: lower case; one letter, or a name of several
 *
 * Versions behind a name ("i2p1") are passed over, "g" holds what it stands
 * for.
 */
bool isa_string_has(const char *isa, const char *ext);

/** isa_node_has() - the same of a cpu node: its riscv,isa-extensions, or,
 * where it has none, riscv,isa */
bool isa_node_has(const void *fdt, int node, const char *ext);

/**
 * struct riscv64_features - what every hart of the tree can; constant after
 * riscv64_features_probe()
 * @sstc:       the timer is S-mode's own
 * @hypervisor: the H extension
 * @cbom_bytes: of a block that Zicbom's instructions act on, 0: there are none
 * @cboz_bytes: the same of Zicboz
 */
struct riscv64_features {
	bool sstc;
	bool hypervisor;
	uint32_t cbom_bytes;
	uint32_t cboz_bytes;
	uint32_t timebase_hz; /* 0: the tree does not say */
};

/** riscv64_features_probe() - by the boot CPU, before core_boot() */
void riscv64_features_probe(const void *fdt);
const struct riscv64_features *riscv64_features(void);

#endif
