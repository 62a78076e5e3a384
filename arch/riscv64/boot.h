/* SPDX-License-Identifier: Apache-2.0 */
/* Between head.S, boot.c and smp.c. */
#ifndef RISCV64_BOOT_H
#define RISCV64_BOOT_H

#ifndef __ASSEMBLY__
#include <lib/types.h>
#include <lib/util.h>

struct cpu;
struct pgt_format;

/* struct secondary_boot - what a CPU reads first. Offsets in asm-offsets.c. */
struct secondary_boot {
	uint64_t satp;
	uint64_t stack_top;
	struct cpu *cpu;
};

/* head.S: where firmware starts a CPU, a1 = struct secondary_boot */
void secondary_entry(void);

/* Called by head.S. */
uint64_t boot_map_image(void);
__noreturn void boot_primary(uint64_t hartid, uint64_t fdt);
__noreturn void boot_secondary(struct cpu *cpu);

/** boot_satp() - what boot_map_image() returned */
uint64_t boot_satp(void);
/** boot_hartid() - of the boot CPU */
uint64_t boot_hartid(void);

/** mmu_format_set() - by boot code: the widest that was found, and again when it
 * is known whether it has memory types */
void mmu_format_set(const struct pgt_format *format);

/** sbi_console_init() - set arch_early_putc */
void sbi_console_init(void);

#endif /* __ASSEMBLY__ */
#endif
