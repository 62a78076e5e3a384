/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of arch/: what page tables look like.
 *
 * mm/pgtable.c walks and edits tables of every architecture from one of these
 * const descriptions. All tables here have 512 entries of 8 bytes, but for a
 * root that may be several tables side by side (stage 2 concatenation,
 * Sv39x4).
 */
#ifndef ARCH_PGTABLE_H
#define ARCH_PGTABLE_H

#include <lib/types.h>
#include <lib/util.h>

/* Rights and kind of a mapping; values are those of TOML memory flags. */
enum pgt_prot {
	PGT_R = 0x1,
	PGT_W = 0x2,
	PGT_X = 0x4,
	PGT_U = 0x8, /* kept, without effect on stage 2 */
	PGT_DEVICE = 0x10,
	PGT_UNCACHED = 0x20,
};

/**
 * struct pgt_format - one kind of translation table
 * @name:        for messages
 * @levels:      tables from root to last, 2..5
 * @va_bits:     width of the input address
 * @root_tables: 4 KiB tables that make the root, a power of two
 * @leaf_mask:   bit n set: a leaf may stand n levels above the last
 *               (bit 0: 4 KiB, bit 1: 2 MiB, bit 2: 1 GiB)
 * @bbm:         changing a valid entry needs break-before-make
 * @flush_whole: flushing a range forgets its leaves, not the tables above
 *               them: before one is freed, everything is flushed
 * @leaf:        entry that maps @pa with @prot (enum pgt_prot) at @height
 *               levels above the last
 * @table:       entry that points to a lower table
 * @is_valid:    entry is a leaf or a table
 * @is_leaf:     valid entry at @height is a leaf
 * @addr:        output address, or lower table's, of a valid entry
 * @prot:        enum pgt_prot of a leaf
 */
struct pgt_format {
	const char *name;
	uint8_t levels;
	uint8_t va_bits;
	uint8_t root_tables;
	uint8_t leaf_mask;
	bool bbm;
	bool flush_whole;
	uint64_t (*leaf)(hpa_t pa, unsigned int prot, unsigned int height);
	uint64_t (*table)(hpa_t pa);
	bool (*is_valid)(uint64_t pte);
	bool (*is_leaf)(uint64_t pte, unsigned int height);
	hpa_t (*addr)(uint64_t pte);
	unsigned int (*prot)(uint64_t pte);
};

/** arch_host_format() - the host's own address space */
const struct pgt_format *arch_host_format(void);

/**
 * arch_stage2_format() - guest to host physical, as wide as this machine can
 *
 * Decided once from all CPUs' features; valid after arch_virt_probe().
 */
const struct pgt_format *arch_stage2_format(void);

/** arch_host_root() - root of the tables that boot code made; mm goes on */
hpa_t arch_host_root(void);

/**
 * arch_table_take() - a table that boot code had room for and did not use
 *
 * By the boot CPU. A page of the Image behind the one before, undefined;
 * whoever takes it has it for good.
 *
 * Return: NULL: there is none any more.
 */
void *arch_table_take(void);

/**
 * arch_pte_sync() - make a finished table edit visible to every walker
 *
 * Between writing entries and relying on them (DSB ISHST; ISB on Arm).
 */
void arch_pte_sync(void);

/**
 * arch_host_tlb_flush() - forget host translations of a range, every CPU
 * @size_bytes: UINT64_MAX: all of them
 */
void arch_host_tlb_flush(hva_t va, size_t size_bytes);

/**
 * arch_stage2_tlb_flush() - forget a VM's translations, every CPU
 * @vmid:       as in the root register
 * @gpa:        first address
 * @size_bytes: UINT64_MAX: all of the VMID's
 */
void arch_stage2_tlb_flush(uint16_t vmid, gpa_t gpa, uint64_t size_bytes);

/** arch_stage2_vmid_bits() - 8 or 16 on Arm, as every CPU can */
unsigned int arch_stage2_vmid_bits(void);

/** arch_tlb_flush_all_guests() - on this CPU, when VMIDs roll over */
void arch_tlb_flush_all_guests(void);

/** arch_dcache_clean_inval() - write back and drop lines, to coherency */
void arch_dcache_clean_inval(const void *start, size_t size_bytes);

/**
 * arch_icache_inval() - instruction caches, of all CPUs, forget what they hold
 *
 * So instructions become executable that arch_dcache_clean_inval() wrote back.
 */
void arch_icache_inval(void);

/** arch_page_zero() - zero whole pages as fast as the CPU can */
void arch_page_zero(void *page, size_t size_bytes);

/** arch_page_zero_clean() - the same, and arch_dcache_clean_inval() */
void arch_page_zero_clean(void *page, size_t size_bytes);

/*
 * Host physical memory is linearly mapped; these two translate. Only RAM that
 * the frame allocator knows, and the Image, are mapped.
 */
#include <asm/memory.h>
/*
 * void *phys_to_virt(hpa_t pa);
 * hpa_t virt_to_phys(const void *va);
 * HOST_VMAP_BASE, HOST_VMAP_SIZE      where mm may put stacks and devices
 */

#endif
