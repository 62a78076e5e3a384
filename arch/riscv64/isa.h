/* SPDX-License-Identifier: Apache-2.0 */
/* The names of extensions, as a host tree has them. */
#ifndef RISCV64_ISA_H
#define RISCV64_ISA_H

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

#endif
