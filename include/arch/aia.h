/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract between the drivers of RISC-V's Advanced Interrupt Architecture
 * 1.0 and the architecture. The drivers know where the harts' interrupt files
 * (chapter 3) and the domain of their S level (chapter 4) are; the architecture
 * has the files' registers, which are CSRs, gives guests theirs, and makes them
 * a domain that is like the host's.
 */
#ifndef ARCH_AIA_H
#define ARCH_AIA_H

#include <lib/types.h>
#include <lib/util.h>

#define IMSIC_PAGE_BYTES 4096
#define IMSIC_ID_MAX 2047

/* Indirect registers of an interrupt file, 3.8; those of eip and eie have 64
 * bits, and odd numbers are none. */
enum imsic_reg {
	IMSIC_EIDELIVERY = 0x70,
	IMSIC_EITHRESHOLD = 0x72,
	IMSIC_EIP0 = 0x80,
	IMSIC_EIE0 = 0xc0,
};

/**
 * struct imsic - the S level's and the guests' files, constant after probe
 * @id_count:       identities are 1 to this in S-level files
 * @guest_id_count: the same of guests' files
 * @guest_bits:     a hart's pages are 1 << this: its own, then its guests'
 * @hart_bits, @group_bits, @group_shift: how a file's address is made
 * @base:           where the first hart's pages are
 * @file:           S-level file of each CPU; v = 0: none
 * @hart_index:     what an APLIC's target.hart_index means the CPU
 */
struct imsic {
	unsigned int id_count;
	unsigned int guest_id_count;
	unsigned int guest_bits;
	unsigned int hart_bits;
	unsigned int group_bits;
	unsigned int group_shift;
	hpa_t base;
	hpa_t file[CONFIG_MAX_CPUS];
	uint32_t hart_index[CONFIG_MAX_CPUS];
};

/** arch_imsic_register() - by the driver, once */
void arch_imsic_register(const struct imsic *imsic);
/** arch_imsic() - NULL when the machine has none that is used */
const struct imsic *arch_imsic(void);

/**
 * struct aplic_info - the domain of S level, constant after probe
 * @msi: its interrupts are messages to the IMSICs
 */
struct aplic_info {
	hpa_t base;
	uint64_t size_bytes;
	unsigned int source_count;
	bool msi;
};

/** arch_aplic_register() - by the driver, once */
void arch_aplic_register(const struct aplic_info *aplic);
/** arch_aplic() - NULL when the machine has none that is used */
const struct aplic_info *arch_aplic(void);

/** arch_imsic_usable() - do all harts have the CSRs (Ssaia)? */
bool arch_imsic_usable(void);

/* The calling hart's S-level file; interrupts masked, or before they are on. */

/** arch_imsic_write() - @reg: enum imsic_reg, and what follows IMSIC_EIP0 */
void arch_imsic_write(unsigned int reg, uint64_t value);
/** arch_imsic_claim() - take the first pending identity; 0: none */
unsigned int arch_imsic_claim(void);

#endif
