/* SPDX-License-Identifier: Apache-2.0 */
/* Between head.S, boot.c and psci.c. */
#ifndef AARCH64_BOOT_H
#define AARCH64_BOOT_H

/* Why a CPU cannot go on, from el2_prepare to boot_refuse(). */
#define REFUSED_EL 1
#define REFUSED_E2H 2

#ifndef __ASSEMBLY__
#include <lib/types.h>
#include <lib/util.h>

struct cpu;

/*
 * struct secondary_boot - what a CPU reads with its MMU off
 *
 * Cleaned to memory before the CPU is started. Offsets in asm-offsets.c.
 */
struct secondary_boot {
	uint64_t root;
	uint64_t stack_top;
	struct cpu *cpu;
} __attribute__((aligned(64)));

/* head.S: where firmware starts a CPU, x0 = struct secondary_boot */
void secondary_entry(void);

/* Called by head.S. */
uint64_t boot_map_image(void);
__noreturn void boot_primary(uint64_t fdt);
__noreturn void boot_refuse(uint64_t fdt, unsigned int why);
__noreturn void boot_secondary(struct cpu *cpu);

/**
 * boot_map() - enter an identity range into the boot tables
 * @prot: enum pgt_prot
 *
 * Pages that are mapped already stay as they are.
 */
void boot_map(uint64_t start, uint64_t size_bytes, unsigned int prot);

/** earlycon_init() - find stdout-path's UART, map it, set arch_early_putc */
void earlycon_init(const void *fdt);

#endif /* __ASSEMBLY__ */
#endif
