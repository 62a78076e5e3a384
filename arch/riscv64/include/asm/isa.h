/* SPDX-License-Identifier: Apache-2.0 */
/* The names of extensions, as a host tree has them. */
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

/** isa_skip_version() - where "2p1" at @s ends: at @s itself, if it is none */
const char *isa_skip_version(const char *s);

/** isa_name_length() - of a name of @len bytes, how much stands before its
 * version; all of it where there is none */
size_t isa_name_length(const char *name, size_t len);

#endif
