/* SPDX-License-Identifier: Apache-2.0 */
/* What the harts can. */
#ifndef ASM_FEATURES_H
#define ASM_FEATURES_H

#include <lib/types.h>

/**
 * struct riscv64_features - what every hart of the tree can; constant after
 * riscv64_features_probe()
 * @sstc:       the timer is S-mode's own
 * @svpbmt:     entries of tables, of both stages, say what is a device's
 * @cbom_bytes: of a block that Zicbom's instructions act on, 0: there are none
 * @cboz_bytes: the same of Zicboz
 * @timebase_hz: ticks a second of the counter, 0: the tree does not say
 */
struct riscv64_features {
	bool sstc;
	bool svpbmt;
	uint32_t cbom_bytes;
	uint32_t cboz_bytes;
	uint32_t timebase_hz;
};

/** riscv64_features_probe() - by the boot CPU, before core_boot() */
void riscv64_features_probe(const void *fdt);
const struct riscv64_features *riscv64_features(void);
/** riscv64_all_have() - every hart of host_fdt() has this extension */
bool riscv64_all_have(const char *ext);

#endif
